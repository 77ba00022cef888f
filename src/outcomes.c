/*
 * outcomes.c
 *		What became of each input of a call that takes many: the rows of type
 *		lead.outcome, one for each input and in the order of the inputs.
 */
#include "compat.h"

#include "utils/builtins.h"

#include "outcomes.h"
#include "plans.h"

const char *
outcome_name(OutcomeKind kind)
{
	switch (kind)
	{
		case OUTCOME_CONVERTED:
			return "CONVERTED";
		case OUTCOME_CHANGED:
			return "CHANGED";
		case OUTCOME_CREATED:
			return "CREATED";
		case OUTCOME_REPLAYED:
			return "REPLAYED";
		case OUTCOME_SKIPPED:
			return "SKIPPED";
		case OUTCOME_REFUSED:
			return "REFUSED";
		case OUTCOME_NONE:
			break;
	}
	elog(ERROR, "an input has no outcome");
}

/* Something to be said of an outcome that is none the worse for it. */
void
outcome_remark(LeadOutcome *outcome, const Refusal *remark)
{
	outcome->sqlstate = remark->sqlstate;
	outcome->message = remark->message;
	outcome->detail = remark->detail;
	outcome->hint = remark->hint;
}

/* Nothing was done for this input; the lead stays what it was. */
void
outcome_refuse(LeadOutcome *outcome, const Refusal *refusal)
{
	outcome->kind = OUTCOME_REFUSED;
	outcome->has_customer = false;
	outcome->customer_ref = NULL;
	outcome_remark(outcome, refusal);
}

/* It is so already, and nothing is to be said of it. */
void
outcome_replay(LeadOutcome *outcome)
{
	static const Refusal nothing = {0};

	outcome->kind = OUTCOME_REPLAYED;
	outcome_remark(outcome, &nothing);
}

/*
 * The call was undone, all or none. What a duplicate duplicates may have been
 * made by it.
 */
void
outcome_undone(LeadOutcome *outcome)
{
	if (outcome->kind == OUTCOME_REFUSED && outcome->sqlstate == ERRCODE_LEAD_DUPLICATE && outcome->hint)
		outcome->hint = psprintf("%s What this call itself made is undone.", outcome->hint);
}

/* Numbers begin with 1. */
void
outcome_put(RowSink *sink, int64 number, const LeadOutcome *outcome)
{
	Datum		values[10];
	bool		nulls[10] = {false};

	values[0] = Int64GetDatum(number);
	nulls[1] = !outcome->has_lead;
	values[1] = UUIDPGetDatum(&outcome->lead_id);
	values[2] = CStringGetTextDatum(outcome_name(outcome->kind));
	nulls[3] = !outcome->has_status;
	values[3] = outcome->has_status ? status_datum(outcome->status) : (Datum) 0;
	nulls[4] = !outcome->has_customer;
	values[4] = UUIDPGetDatum(&outcome->customer_id);
	values[5] = nullable_text(outcome->customer_ref, &nulls[5]);
	values[6] = nullable_text(outcome->sqlstate ? unpack_sql_state(outcome->sqlstate) : NULL, &nulls[6]);
	values[7] = nullable_text(outcome->message, &nulls[7]);
	values[8] = nullable_text(outcome->detail, &nulls[8]);
	values[9] = nullable_text(outcome->hint, &nulls[9]);
	srf_put(sink, values, nulls);
}
