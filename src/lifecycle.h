/*
 * lifecycle.h
 *		Which status may follow which, and what a move needs. See lifecycle.c.
 */
#ifndef LEAD_LIFECYCLE_H
#define LEAD_LIFECYCLE_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "columns.h"
#include "errors.h"
#include "status.h"

/* A move to be judged: from a status to the row as it would become. */
typedef struct Move
{
	Status		from;			/* STATUS_CREATION for a new lead */
	Status		to;
	const LeadRow *lead;		/* with the new status, reason and date */
	TimestampTz now;
	bool		undecided;		/* reason and date are yet to be given */
} Move;

/* What a pair of statuses asks for, by the graph in force. */
typedef struct Pair
{
	bool		allowed;
	bool		needs_reason;
	bool		needs_until;
	bool		has_condition;
} Pair;

extern Pair lifecycle_pair(Status from, Status to);
extern Pair lifecycle_needs(Status from, Status to, char **message);
extern List *lifecycle_refusals(const Move *move);
extern Refusal *conversion_only_refusal(const Move *move);
extern Refusal *date_refusal(Status status);
extern Refusal *until_refusal(const LeadRow *lead, TimestampTz now);
extern void lifecycle_check_until(const LeadRow *lead, TimestampTz now);

#endif							/* LEAD_LIFECYCLE_H */
