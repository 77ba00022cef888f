/*
 * transition_many.c
 *		Moves many leads to one status: lead.transition_many.
 *
 * What the rules refuse is not refused here at once: a trigger of the user's may
 * mend it (fill in a reason, say), so such a lead is moved alone, and what the
 * guard says then is its outcome. A dry run, which writes nothing, tells what
 * the rules say.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "leads.h"
#include "lifecycle.h"
#include "many.h"
#include "plans.h"
#include "rows.h"
#include "transition.h"

LEAD_FUNCTION(lead_transition_many);

static KeptPlan move_plan = {
	MOVE_LEAD
	" WHERE l.id OPERATOR(pg_catalog.=) ANY ($1)",
	{UUIDARRAYOID, LEAD_STATUS_ARGUMENT, TEXTOID, TIMESTAMPTZOID, JSONBOID, InvalidOid}
};

static KeptPlan postpone_plan = {
	POSTPONE_LEAD
	" WHERE l.id OPERATOR(pg_catalog.=) ANY ($1)",
	{UUIDARRAYOID, LEAD_STATUS_ARGUMENT, TEXTOID, TIMESTAMPTZOID, JSONBOID, InvalidOid}
};

/* What the rules have against the step, in the guard's order. */
static List *
step_refusals(const TransitionRequest *request, Step step, const LeadRow *lead)
{
	bool		has_reason = request->has_reason && !is_blank(request->reason);
	LeadRow		changed = row_as_it_would_be(lead, status_datum(request->to), request->reason, !has_reason);
	Move		move = {status_of(ROW_VALUE(lead, LEAD_STATUS)), request->to, &changed, GetCurrentTimestamp()};
	Refusal    *refusal;

	if (request->has_until)
		lead_row_set(&changed, LEAD_DEFERRED_UNTIL, request->until);
	if (step == STEP_POSTPONE)
	{
		refusal = until_refusal(&changed, move.now);
		return refusal ? list_make1(refusal) : NIL;
	}
	if (request->has_until && request->to != STATUS_LATER && lead_row_differs(lead, &changed, LEAD_DEFERRED_UNTIL))
		return list_make1(date_refusal(request->to));
	if (STATUS_IS_CONVERTED(request->to) && !STATUS_IS_CONVERTED(move.from))
		return list_make1(conversion_only_refusal(&move));
	return lifecycle_refusals(&move);
}

static void
judge(ManyWork *work, ManyLead *leads, int count, MemoryContext context)
{
	const TransitionRequest *request = work->request;

	for (int i = 0; i < count; i++)
	{
		Step		step = transition_step(request, &leads[i].row);
		List	   *refusals;

		CHECK_FOR_INTERRUPTS();
		if (step == STEP_NONE)
		{
			leads[i].outcome->kind = OUTCOME_REPLAYED;
			continue;
		}
		refusals = step_refusals(request, step, &leads[i].row);
		if (refusals == NIL)
			continue;
		if (work->dry_run)
			many_refuse(&leads[i], refusals, context);
		else
			leads[i].alone = true;
	}
}

static void
write_step(const TransitionRequest *request, Step step, ManyLead **leads, int count)
{
	Datum		values[5] = {many_ids(leads, count), status_datum(request->to), request->reason, request->until, request->data};
	bool		nulls[5] = {false, false, !request->has_reason, !request->has_until, !request->has_data};

	if (count > 0)
		many_require(plan_execute(step == STEP_MOVE ? &move_plan : &postpone_plan, values, nulls, SPI_OK_UPDATE),
					 count);
}

static void
write_together(ManyWork *work, ManyLead **leads, int count)
{
	const TransitionRequest *request = work->request;
	ManyLead  **moved = palloc(sizeof(ManyLead *) * count);
	ManyLead  **postponed = palloc(sizeof(ManyLead *) * count);
	int			moves = 0,
				postponements = 0;

	for (int i = 0; i < count; i++)
		if (transition_step(request, &leads[i]->row) == STEP_MOVE)
			moved[moves++] = leads[i];
		else
			postponed[postponements++] = leads[i];
	write_step(request, STEP_MOVE, moved, moves);
	write_step(request, STEP_POSTPONE, postponed, postponements);
}

static void
write_alone(ManyWork *work, ManyLead *lead, MemoryContext context)
{
	const TransitionRequest *request = work->request;
	StoredLead	now;

	stored_lead_read(&now, ROW_VALUE(&lead->row, LEAD_ID), true);
	if (transition_step(request, &now.row) == STEP_NONE)
		lead->outcome->kind = OUTCOME_REPLAYED;
	transition_one(request, &now.row);
}

/* lead.transition_many: see its SQL comment. */
Datum
lead_transition_many(PG_FUNCTION_ARGS)
{
	TransitionRequest request = transition_arguments(fcinfo, 1);
	ManyWork	work = {
		.done = OUTCOME_CHANGED, .becomes = request.to, .request = &request,
		.judge = judge, .write = write_together, .write_alone = write_alone
	};

	work.all_or_none = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);
	work.dry_run = !PG_ARGISNULL(6) && PG_GETARG_BOOL(6);
	many_call(fcinfo, &work);
	return (Datum) 0;
}
