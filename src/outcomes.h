/*
 * outcomes.h
 *		What became of each input of a call that takes many. See outcomes.c.
 */
#ifndef LEAD_OUTCOMES_H
#define LEAD_OUTCOMES_H

#include "errors.h"
#include "srf.h"
#include "status.h"
#include "utils/uuid.h"

typedef enum OutcomeKind
{
	OUTCOME_NONE,				/* not decided yet */
	OUTCOME_CONVERTED,
	OUTCOME_CHANGED,			/* a transition, or an import into a lead that was there */
	OUTCOME_CREATED,
	OUTCOME_REPLAYED,			/* it was so already */
	OUTCOME_SKIPPED,
	OUTCOME_REFUSED
} OutcomeKind;

/* One row of lead.outcome but for its number. Strings are NULL where there is nothing to say. */
typedef struct LeadOutcome
{
	OutcomeKind kind;
	bool		has_lead;
	bool		has_status;
	bool		has_customer;
	pg_uuid_t	lead_id;
	Status		status;
	pg_uuid_t	customer_id;
	char	   *customer_ref;
	int			sqlstate;		/* 0: none */
	char	   *message;
	char	   *detail;
	char	   *hint;
} LeadOutcome;

extern const char *outcome_name(OutcomeKind kind);
extern void outcome_refuse(LeadOutcome *outcome, const Refusal *refusal);
extern void outcome_replay(LeadOutcome *outcome);
extern void outcome_remark(LeadOutcome *outcome, const Refusal *remark);
extern void outcome_undone(LeadOutcome *outcome);
extern void outcome_put(RowSink *sink, int64 number, const LeadOutcome *outcome);

#endif							/* LEAD_OUTCOMES_H */
