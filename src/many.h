/*
 * many.h
 *		One kind of work on many leads in one call. See many.c.
 */
#ifndef LEAD_MANY_H
#define LEAD_MANY_H

#include "columns.h"
#include "outcomes.h"

/* A lead of the call, as it is stored and locked. */
typedef struct ManyLead
{
	int64		input;			/* which of the inputs it is, beginning with 0 */
	LeadOutcome *outcome;		/* OUTCOME_NONE while it is to be written */
	LeadRow		row;
	bool		alone;			/* written by itself, after the others of its chunk */
	pg_uuid_t	customer_id;	/* a conversion's new customer and account */
	pg_uuid_t	account_id;
} ManyLead;

/* What is to be done, by whom it is known how. */
typedef struct ManyWork
{
	OutcomeKind done;			/* what a lead that was written is, */
	Status		becomes;		/* and the status that it has then */
	bool		all_or_none;
	bool		dry_run;
	void	   *request;		/* of the functions below */

	/*
	 * Refuses the leads that it must not touch, tells those for which there is
	 * nothing to do, marks those that are written alone. Outcomes live in
	 * the context given. Within SPI_connect, as all three.
	 */
	void		(*judge) (struct ManyWork *work, ManyLead *leads, int count, MemoryContext context);

	/* writes leads, with one statement for each table */
	void		(*write) (struct ManyWork *work, ManyLead **leads, int count);

	/* writes one as the function for one lead does */
	void		(*write_alone) (struct ManyWork *work, ManyLead *lead, MemoryContext context);

	/*
	 * The call names a lead again, and the outcome is what the first input makes
	 * of it: decides for one that asks for something else. NULL: all ask for the
	 * same.
	 */
	void		(*repeat) (struct ManyWork *work, int64 first, int64 input, LeadOutcome *outcome, MemoryContext context);
} ManyWork;

extern LeadOutcome *many_run(ManyWork *work, const Datum *ids, const bool *nulls, int64 count);
extern void many_call(FunctionCallInfo fcinfo, ManyWork *work);
extern void many_refuse(ManyLead *lead, List *refusals, MemoryContext context);
extern void many_remark(ManyLead *lead, const Refusal *remark, MemoryContext context);
extern Datum many_ids(ManyLead **leads, int count);
extern void many_require(int written, int count);

#endif							/* LEAD_MANY_H */
