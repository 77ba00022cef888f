/*
 * transition.h
 *		Moving a lead by function. See transition.c.
 */
#ifndef LEAD_TRANSITION_H
#define LEAD_TRANSITION_H

#include "fmgr.h"

#include "columns.h"
#include "status.h"

/* What the caller asks for; (Datum) 0 where nothing is given. */
typedef struct TransitionRequest
{
	Status		to;
	bool		has_reason;
	Datum		reason;
	bool		has_until;
	Datum		until;
	bool		has_data;
	Datum		data;			/* processing_data */
} TransitionRequest;

typedef enum Step
{
	STEP_NONE,
	STEP_MOVE,
	STEP_POSTPONE
} Step;

/* What each step writes, of one lead or many: $2 status, $3 reason, $4 until, $5 processing_data. */
#define MOVE_LEAD \
	"UPDATE lead.lead AS l SET status = $2, status_reason = $3, deferred_until = $4, processing_data = $5"
#define POSTPONE_LEAD \
	"UPDATE lead.lead AS l SET deferred_until = $4, processing_data = $5," \
	" status_reason = COALESCE($3, l.status_reason)"

extern TransitionRequest transition_arguments(FunctionCallInfo fcinfo, int first);
extern Step transition_step(const TransitionRequest *request, const LeadRow *lead);
extern void transition_one(const TransitionRequest *request, const LeadRow *lead);

#endif							/* LEAD_TRANSITION_H */
