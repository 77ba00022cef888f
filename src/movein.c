/*
 * movein.c
 *		Takes in a lead that lived in another system until now: in any status,
 *		with its own dates, its history and its conversions.
 *
 * The lead is inserted like any other, as the caller, and the guard fills and
 * normalises what is in it. But for this one row it takes status and times from
 * the past, does not judge the way there, and has the whole past recorded at
 * once, before anybody else hears of the lead: an event binding for CREATE finds
 * it as if it had always been here. Not judged either is what nobody asks of a
 * lead that is here already: whether its codes are valid today, what its chars
 * must hold, whether it is a duplicate.
 *
 * That the row is such a one is C state, for one id and the one INSERT that is
 * under way, and is used once. Where that use is undone (a trigger inserted the
 * row itself, in a block that failed) it may be used again: else the row that
 * follows would be one without a past. It is no pass of pass.c, for it also
 * carries what is to be recorded.
 *
 * Roles and the transaction are those of now: who wrote it is not forged. Whom
 * the other system names stands beside them, as the actor.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "customers.h"
#include "errors.h"
#include "history.h"
#include "movein.h"
#include "plans.h"
#include "roles.h"
#include "settings.h"
#include "targets.h"

struct Arrival
{
	pg_uuid_t	lead_id;
	const Past *past;
	SubTransactionId recorded_in;	/* InvalidSubTransactionId: not recorded yet */
	Arrival    *outer;			/* of a trigger that moves in another lead meanwhile */
};

static Arrival *arriving = NULL;

static KeptPlan insert_plan = {
	"INSERT INTO lead.lead_conversion (lead_id, version, kind, from_status, customer_id, account_id,"
	" customer_ref, external_system, external_id, person_ids, reason, converted_at, converted_by, converted_by_actor, deferred_until,"
	" made_customer, reverted_at, reverted_by, reverted_by_actor, revert_reason)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
	{UUIDOID, INT4OID, LEAD_STATUS_ARGUMENT, LEAD_STATUS_ARGUMENT, UUIDOID, UUIDOID,
		TEXTOID, TEXTOID, TEXTOID, UUIDARRAYOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
		BOOLOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}
};

/*
 * A line of a batch that brings a past must be written by an administrator, not
 * only be run by one: agents may write lines into any batch. writer is a name,
 * since a dump knows no other.
 */
void
require_moved_in_by(const char *writer)
{
	Oid			role = get_role_oid(writer, true);

	if (OidIsValid(role) && is_administrator(role))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the line was written by a role that may not move in leads"),
			 errdetail("Its writer must have DELETE on lead.lead, which administrators have; written_by is \"%s\".", writer),
			 errhint("Have an administrator write the line, or leave insertedAt, history and conversion out."),
			 err_place("lead_import", "written_by", NULL)));
}

/*
 * Administrators only. insert gets arg and inserts the lead; what it raises, or
 * what is wrong with the past, undoes all in the transaction of the caller.
 * status and status_reason are the lead's present ones, NULL where not given.
 */
void
move_in(const pg_uuid_t *lead_id, const GivenPast *given, const Status *status, const char *status_reason,
		InsertLead insert, void *arg)
{
	Arrival		self = {*lead_id, NULL, InvalidSubTransactionId, arriving};

	require_administrator("move in a lead", "Have an administrator do it, or leave insertedAt, history and conversion out.");
	self.past = past_read(given, status, status_reason);
	arriving = &self;
	PG_TRY();
	{
		insert(arg);
	}
	PG_FINALLY();
	{
		arriving = self.outer;
	}
	PG_END_TRY();
	if (self.recorded_in == InvalidSubTransactionId)
		require_written(0, "lead");
}

/* What was recorded goes with its subtransaction. */
static void
end_of_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	for (Arrival *at = arriving; at; at = at->outer)
	{
		if (at->recorded_in != mine)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			at->recorded_in = parent;
		else if (event == SUBXACT_EVENT_ABORT_SUB)
			at->recorded_in = InvalidSubTransactionId;
	}
}

void
movein_init(void)
{
	RegisterSubXactCallback(end_of_subtransaction, NULL);
}

/* Once for each lead that is moved in; whatever else is inserted meanwhile brings nothing. */
Arrival *
arrival_of(const LeadRow *lead)
{
	for (Arrival *at = arriving; at; at = at->outer)
		if (at->recorded_in == InvalidSubTransactionId &&
			memcmp(&at->lead_id, DatumGetUUIDP(ROW_VALUE(lead, LEAD_ID)), sizeof(pg_uuid_t)) == 0)
			return at;
	return NULL;
}

static const PastChange *
last_change(const Past *past)
{
	return &past->changes[past->change_count - 1];
}

/* A postponement leaves the status as it was entered before. */
static TimestampTz
present_since(const Past *past)
{
	const PastChange *change = last_change(past);

	while (change > past->changes && change[-1].to == change->to)
		change--;
	return change->at;
}

/* Where it ended, as the row of a lead that had lived here would have it. */
void
arrival_fill(const Arrival *arrival, LeadRow *lead)
{
	const Past *past = arrival->past;
	const PastChange *last = last_change(past);

	lead_row_set(lead, LEAD_STATUS, status_datum(last->to));
	lead_row_set_text(lead, LEAD_STATUS_REASON, last->reason);
	lead_row_set(lead, LEAD_STATUS_SINCE, TimestampTzGetDatum(present_since(past)));
	lead_row_set(lead, LEAD_VERSION_COLUMN, Int32GetDatum(past->change_count));
	lead_row_set(lead, LEAD_INSERTED_AT, TimestampTzGetDatum(past->changes[0].at));
	lead_row_set_text(lead, LEAD_INSERTED_BY_ACTOR, past->changes[0].by);
	lead_row_set(lead, LEAD_EDITED_AT, TimestampTzGetDatum(last->at));
	lead_row_set_text(lead, LEAD_EDITED_BY_ACTOR, last->by);
	if (last->to == STATUS_LATER &&
		(ROW_NULL(lead, LEAD_DEFERRED_UNTIL) ||
		 TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(ROW_VALUE(lead, LEAD_DEFERRED_UNTIL)))))
		ereport(ERROR,
				(errcode(ERRCODE_LEAD_UNTIL),
				 errmsg("a lead that is moved in as LATER needs a deferral date"),
				 errdetail("It is parked until a finite moment, which may be past: it is due then."),
				 errhint("Give deferredUntil."),
				 errlead("deferred_until", "lead_deferred_until_required")));
}

/*
 * The customer of a conversion, as lead.convert finds it: the one named, the
 * one that an earlier conversion of this lead led to, or a new one. earlier is
 * that one's outcome. Targets are not called: their customers are there.
 */
static Outcome
find_customer(const PastConversion *conversion, const LeadRow *lead, TimestampTz at, const Outcome *earlier)
{
	char	   *target = target_for(lead_row_string(lead, LEAD_TYPE));
	Datum		lead_id = ROW_VALUE(lead, LEAD_ID);
	DateADT		day = day_of(at);
	Outcome		outcome = {0};

	if (target && conversion->customer_ref == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the conversion needs customerRef"),
				 errdetail("Leads of this type are converted by %s, which is not called for a lead that was converted before.", target),
				 errhint("Give the reference of the customer in your own tables."),
				 err_place("lead_conversion", "customer_ref", "lead_past_customer")));
	if (!target && conversion->customer_ref)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the conversion cannot have customerRef"),
				 errdetail("Leads of this type become rows of lead.customer, which are known by customerId."),
				 errhint("Give customerId, or name a function of yours in lead.conversion_target first."),
				 err_place("lead_conversion", "customer_ref", "lead_past_customer")));
	if (target)
	{
		outcome.customer_ref = conversion->customer_ref;
		return outcome;
	}
	if (conversion->names_customer)
		return customer_attach(lead_id, conversion->customer_id, NULL, &day);
	if (!earlier->has_customer)
		return customer_create(lead_id, &day);
	outcome = customer_attach(lead_id, earlier->customer_id, &earlier->account_id, &day);
	outcome.made_customer = earlier->made_customer;
	return outcome;
}

static void
write_conversion(const Past *past, const PastConversion *conversion, const LeadRow *lead, const Outcome *outcome)
{
	const PastChange *change = &past->changes[conversion->change];
	const PastChange *reversal = change < last_change(past) ? change + 1 : NULL;
	Status		from = change[-1].to;
	Datum		who = CStringGetTextDatum(outer_user_name());
	Datum		values[20];
	bool		nulls[20] = {false};

	values[0] = ROW_VALUE(lead, LEAD_ID);
	values[1] = Int32GetDatum(conversion->change + 1);
	values[2] = status_datum(change->to);
	values[3] = status_datum(from);
	values[4] = outcome->customer_id;
	nulls[4] = !outcome->has_customer;
	values[5] = outcome->account_id;
	nulls[5] = !outcome->has_account;
	values[6] = nullable_text(outcome->customer_ref, &nulls[6]);
	values[7] = nullable_text(conversion->external_system, &nulls[7]);
	values[8] = nullable_text(conversion->external_id, &nulls[8]);
	values[9] = outcome->person_ids ? outcome->person_ids : PointerGetDatum(construct_empty_array(UUIDOID));
	values[10] = nullable_text(change->reason, &nulls[10]);
	values[11] = TimestampTzGetDatum(change->at);
	values[12] = who;
	values[13] = nullable_text(change->by, &nulls[13]);
	/* until when it was parked nobody told: a reversal makes it due, not forgotten */
	values[14] = TimestampTzGetDatum(change->at);
	nulls[14] = from != STATUS_LATER;
	values[15] = BoolGetDatum(outcome->made_customer);
	nulls[15] = !outcome->has_customer;
	nulls[16] = nulls[17] = reversal == NULL;
	values[16] = reversal ? TimestampTzGetDatum(reversal->at) : (Datum) 0;
	values[17] = who;
	values[18] = nullable_text(reversal ? reversal->by : NULL, &nulls[18]);
	values[19] = nullable_text(reversal ? reversal->reason : NULL, &nulls[19]);

	require_written(plan_execute_as_owner(&insert_plan, values, nulls, SPI_OK_INSERT, "lead_conversion"),
					"lead_conversion");
}

/* Records the past of the lead, which is stored now. */
void
arrival_record(Arrival *arrival, const LeadRow *lead)
{
	const Past *past = arrival->past;
	Outcome		earlier = {0};

	arrival->recorded_in = GetCurrentSubTransactionId();
	SPI_connect();
	for (int i = 0; i < past->conversion_count; i++)
	{
		const PastConversion *conversion = &past->conversions[i];
		const PastChange *change = &past->changes[conversion->change];
		Outcome		outcome = {0};

		CHECK_FOR_INTERRUPTS();
		if (change->to == STATUS_CONVERTED)
			outcome = find_customer(conversion, lead, change->at, &earlier);
		write_conversion(past, conversion, lead, &outcome);
		if (outcome.has_customer)
		{
			earlier = outcome;
			if (change < last_change(past) && outcome.person_ids)
				customer_detach(outcome.customer_id, outcome.person_ids);
		}
	}
	history_write_past(ROW_VALUE(lead, LEAD_ID), past);
	SPI_finish();
}
