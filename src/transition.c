/*
 * transition.c
 *		Moving a lead by function, and what a user interface asks before.
 *
 * lead.transition is a convenience: it writes the same UPDATE that any client
 * may write, and the guard judges it.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "chars.h"
#include "errors.h"
#include "leads.h"
#include "lifecycle.h"
#include "plans.h"
#include "srf.h"
#include "transition.h"

LEAD_FUNCTION(lead_do_transition);
LEAD_FUNCTION(lead_transition_allowed);
LEAD_FUNCTION(lead_allowed_transitions);

static KeptPlan move_plan = {
	MOVE_LEAD
	" WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, LEAD_STATUS_ARGUMENT, TEXTOID, TIMESTAMPTZOID, JSONBOID, InvalidOid}
};

/* the usual case in one statement: the lead is there and in another status */
static KeptPlan move_unseen_plan = {
	MOVE_LEAD
	" WHERE l.id OPERATOR(pg_catalog.=) $1 AND l.status OPERATOR(pg_catalog.<>) $2",
	{UUIDOID, LEAD_STATUS_ARGUMENT, TEXTOID, TIMESTAMPTZOID, JSONBOID, InvalidOid}
};

static KeptPlan postpone_plan = {
	POSTPONE_LEAD
	" WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, LEAD_STATUS_ARGUMENT, TEXTOID, TIMESTAMPTZOID, JSONBOID, InvalidOid}
};

/*
 * What the function would do with a lead: move it, postpone it (it is in LATER
 * and gets another date), or nothing.
 */
Step
transition_step(const TransitionRequest *request, const LeadRow *lead)
{
	Status		from = status_of(ROW_VALUE(lead, LEAD_STATUS));

	if (from != request->to)
		return STEP_MOVE;
	if (request->to == STATUS_LATER && request->has_until &&
		(ROW_NULL(lead, LEAD_DEFERRED_UNTIL) ||
		 DatumGetTimestampTz(ROW_VALUE(lead, LEAD_DEFERRED_UNTIL)) != DatumGetTimestampTz(request->until)))
		return STEP_POSTPONE;
	return STEP_NONE;
}

static int
update(KeptPlan *plan, const TransitionRequest *request, Datum id)
{
	Datum		values[5] = {id, status_datum(request->to), request->reason, request->until, request->data};
	bool		nulls[5] = {false, false, !request->has_reason, !request->has_until, !request->has_data};

	return plan_execute(plan, values, nulls, SPI_OK_UPDATE);
}

/* Writes that step, within SPI_connect. */
void
transition_one(const TransitionRequest *request, const LeadRow *lead)
{
	Step		step = transition_step(request, lead);

	if (step != STEP_NONE)
		require_updated(update(step == STEP_MOVE ? &move_plan : &postpone_plan, request, ROW_VALUE(lead, LEAD_ID)),
						lead);
}

/* The arguments from one on, in this order: status, reason, until, processing_data. */
TransitionRequest
transition_arguments(FunctionCallInfo fcinfo, int first)
{
	TransitionRequest request = {0};

	require_argument(!PG_ARGISNULL(first), "to_status", "Pass the status to enter.");
	request.to = status_of(PG_GETARG_DATUM(first));
	request.has_reason = !PG_ARGISNULL(first + 1);
	request.reason = request.has_reason ? PG_GETARG_DATUM(first + 1) : (Datum) 0;
	request.has_until = !PG_ARGISNULL(first + 2);
	request.until = request.has_until ? PG_GETARG_DATUM(first + 2) : (Datum) 0;
	request.has_data = !PG_ARGISNULL(first + 3);
	request.data = request.has_data ? PG_GETARG_DATUM(first + 3) : (Datum) 0;
	return request;
}

/* lead.transition: see its SQL comment. */
Datum
lead_do_transition(PG_FUNCTION_ARGS)
{
	TransitionRequest request;
	StoredLead	lead;

	require_row_type(fcinfo, "lead");
	require_argument(!PG_ARGISNULL(1), "lead_id", "Pass the id of the lead.");
	request = transition_arguments(fcinfo, 2);

	SPI_connect();
	if (update(&move_unseen_plan, &request, PG_GETARG_DATUM(1)) == 0)
	{
		stored_lead_read(&lead, PG_GETARG_DATUM(1), true);
		transition_one(&request, &lead.row);
	}
	return finish_with_lead(fcinfo, PG_GETARG_DATUM(1));
}

/* lead.transition_allowed(record, status): see its SQL comment. */
Datum
lead_transition_allowed(PG_FUNCTION_ARGS)
{
	LeadRow		lead = lead_argument(PG_GETARG_DATUM(0));
	LeadRow		changed;
	Move		move = {0};
	Pair		pair;

	move.from = status_of(ROW_VALUE(&lead, LEAD_STATUS));
	move.to = status_of(PG_GETARG_DATUM(1));
	if (move.from == move.to || STATUS_IS_CONVERTED(move.to))
		PG_RETURN_BOOL(false);
	pair = lifecycle_pair(move.from, move.to);
	if (!pair.allowed || pair.needs_reason || pair.needs_until)
		PG_RETURN_BOOL(false);
	if (!pair.has_condition && move.from != STATUS_REJECTED)
		PG_RETURN_BOOL(true);
	changed = row_as_it_would_be(&lead, PG_GETARG_DATUM(1), (Datum) 0, true);
	move.lead = &changed;
	move.now = GetCurrentTimestamp();
	PG_RETURN_BOOL(lifecycle_refusals(&move) == NIL);
}

static const char *
way_to(Status status)
{
	if (status == STATUS_CONVERTED)
		return "convert";
	if (status == STATUS_CONVERTED_EXTERNAL)
		return "convert_external";
	return "transition";
}

static Datum
messages_array(List *refusals)
{
	Datum	   *messages = palloc(sizeof(Datum) * Max(list_length(refusals), 1));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, refusals)
	{
		Refusal    *refusal = (Refusal *) lfirst(cell);

		messages[count++] = CStringGetTextDatum(refusal->brief ? refusal->brief : refusal->message);
	}
	return PointerGetDatum(construct_array(messages, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* lead.allowed_transitions(lead_id): see its SQL comment. */
Datum
lead_allowed_transitions(PG_FUNCTION_ARGS)
{
	RowSink		sink;
	StoredLead	lead;
	Status		from;

	require_argument(!PG_ARGISNULL(0), "lead_id", "Pass the id of the lead.");
	sink = srf_begin(fcinfo);
	SPI_connect();
	stored_lead_read(&lead, PG_GETARG_DATUM(0), false);
	from = status_of(ROW_VALUE(&lead.row, LEAD_STATUS));
	for (int i = 0; i < STATUS_COUNT; i++)
	{
		Status		to = statuses_in_order[i];
		LeadRow		changed = row_as_it_would_be(&lead.row, status_datum(to), (Datum) 0, true);
		Move		move = {from, to, &changed, GetCurrentTimestamp(), true};
		char	   *message;
		Pair		pair = lifecycle_needs(from, to, &message);
		List	   *refusals;
		Datum		values[7];
		bool		nulls[7] = {false};

		if (from == to)
			continue;
		refusals = lifecycle_refusals(&move);
		if (STATUS_IS_CONVERTED(to) && !STATUS_IS_CONVERTED(from))
			refusals = list_concat(refusals, chars_missing(&lead.row));
		values[0] = status_datum(to);
		values[1] = BoolGetDatum(refusals == NIL);
		values[2] = BoolGetDatum(refusals == NIL && pair.needs_reason);
		values[3] = BoolGetDatum(refusals == NIL && pair.needs_until);
		values[4] = CStringGetTextDatum(way_to(to));
		values[5] = messages_array(refusals);
		if (refusals != NIL)
			message = ((Refusal *) linitial(refusals))->hint;
		nulls[6] = message == NULL;
		values[6] = message ? CStringGetTextDatum(message) : (Datum) 0;
		srf_put(&sink, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
