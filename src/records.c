/*
 * records.c
 *		The rows of lead.lead_conversion: what a lead became, and whether that was
 *		taken back. Read and written as the owner of the table, since nobody else
 *		has INSERT on it; at most one of a lead is open. All within SPI_connect.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "overwrite.h"
#include "plans.h"
#include "records.h"
#include "roles.h"
#include "settings.h"

#define RECORD_COLUMNS \
	"SELECT c.version::pg_catalog.int4, c.kind::lead.lead_status, c.from_status::lead.lead_status," \
	" c.customer_id::pg_catalog.uuid, c.account_id::pg_catalog.uuid, c.customer_ref, c.external_system, c.external_id," \
	" COALESCE(c.person_ids, '{}')::pg_catalog.uuid[], c.deferred_until::pg_catalog.timestamptz," \
	" c.made_customer::pg_catalog.bool, c.lead_id::pg_catalog.uuid, c.reverted_at IS NOT NULL FROM lead.lead_conversion c" \
	" WHERE c.version IS NOT NULL AND c.kind IS NOT NULL AND c.from_status IS NOT NULL"

static KeptPlan open_plan = {
	RECORD_COLUMNS " AND c.lead_id OPERATOR(pg_catalog.=) $1 AND c.reverted_at IS NULL",
	{UUIDOID, InvalidOid}
};

/* by a target or without one: a reference means nothing to the other, nor does an erased one */
static KeptPlan last_reverted_plan = {
	RECORD_COLUMNS " AND c.lead_id OPERATOR(pg_catalog.=) $1 AND c.reverted_at IS NOT NULL"
	" AND c.kind OPERATOR(pg_catalog.=) $2"
	" AND (c.customer_ref IS NOT NULL) OPERATOR(pg_catalog.=) $3"
	" AND (c.customer_ref OPERATOR(pg_catalog.<>) '" ERASED "') IS NOT FALSE ORDER BY c.version DESC LIMIT 1",
	{UUIDOID, LEAD_STATUS_ARGUMENT, BOOLOID, InvalidOid}
};

static KeptPlan many_plan = {
	RECORD_COLUMNS " AND c.lead_id OPERATOR(pg_catalog.=) ANY ($1)",
	{UUIDARRAYOID, InvalidOid}
};

/* what a caller gets, as the caller */
static KeptPlan returned_plan = {
	"SELECT (c.*)::lead.lead_conversion FROM lead.lead_conversion c WHERE c.lead_id OPERATOR(pg_catalog.=) $1 AND c.reverted_at IS NULL",
	{UUIDOID, InvalidOid}
};

static KeptPlan insert_plan = {
	"INSERT INTO lead.lead_conversion (lead_id, version, kind, from_status, customer_id, account_id,"
	" customer_ref, external_system, external_id, person_ids, reason, converted_at, converted_by, converted_by_actor, deferred_until,"
	" made_customer)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
	{UUIDOID, INT4OID, LEAD_STATUS_ARGUMENT, LEAD_STATUS_ARGUMENT, UUIDOID, UUIDOID,
		TEXTOID, TEXTOID, TEXTOID, UUIDARRAYOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, BOOLOID, InvalidOid}
};

static KeptPlan close_plan = {
	"UPDATE lead.lead_conversion AS c SET reverted_at = $3, reverted_by = $4, reverted_by_actor = $5, revert_reason = $6"
	" WHERE c.lead_id OPERATOR(pg_catalog.=) $1 AND c.version OPERATOR(pg_catalog.=) $2",
	{UUIDOID, INT4OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}
};

static Recorded
recorded_in(HeapTuple tuple, TupleDesc desc)
{
	Recorded	found = {0};
	bool		isnull;

	found.version = DatumGetInt32(SPI_getbinval(tuple, desc, 1, &isnull));
	found.kind = status_of(SPI_getbinval(tuple, desc, 2, &isnull));
	found.from = status_of(SPI_getbinval(tuple, desc, 3, &isnull));
	found.outcome.customer_id = SPI_getbinval(tuple, desc, 4, &isnull);
	found.outcome.has_customer = !isnull;
	found.outcome.account_id = SPI_getbinval(tuple, desc, 5, &isnull);
	found.outcome.has_account = !isnull;
	found.outcome.customer_ref = SPI_getvalue(tuple, desc, 6);
	found.external_system = SPI_getvalue(tuple, desc, 7);
	found.external_id = SPI_getvalue(tuple, desc, 8);
	found.outcome.person_ids = SPI_getbinval(tuple, desc, 9, &isnull);
	found.deferred_until = SPI_getbinval(tuple, desc, 10, &isnull);
	found.has_until = !isnull;
	found.outcome.made_customer = DatumGetBool(SPI_getbinval(tuple, desc, 11, &isnull));
	found.lead_id = SPI_getbinval(tuple, desc, 12, &isnull);
	found.reverted = DatumGetBool(SPI_getbinval(tuple, desc, 13, &isnull));
	return found;
}

/* Whether there is one. */
static bool
read_record(KeptPlan *plan, Datum *values, Recorded *found)
{
	if (plan_execute_as_owner(plan, values, NULL, SPI_OK_SELECT, "lead_conversion") == 0)
		return false;
	*found = recorded_in(SPI_tuptable->vals[0], SPI_tuptable->tupdesc);
	return true;
}

/* A lead is converted, but nothing says into what. */
Refusal *
record_missing(const LeadRow *lead)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
	refusal->message = psprintf("lead \"%s\" is converted, but its conversion is missing",
								lead_row_string(lead, LEAD_KEY));
	refusal->detail = "lead.lead_conversion has no open row for it.";
	refusal->hint = "Restore the table from a backup.";
	refusal->table = "lead_conversion";
	refusal->column = "lead_id";
	return refusal;
}

/* The open record of a converted lead. */
void
record_read_open(const LeadRow *lead, Recorded *found)
{
	Datum		id = ROW_VALUE(lead, LEAD_ID);

	if (!read_record(&open_plan, &id, found))
		refusals_raise(list_make1(record_missing(lead)));
}

/* The last conversion into a customer here that was taken back; whether there is one. */
bool
record_read_reverted(Datum lead_id, bool by_target, Recorded *found)
{
	Datum		values[3] = {lead_id, status_datum(STATUS_CONVERTED), BoolGetDatum(by_target)};

	return read_record(&last_reverted_plan, values, found);
}

/* All records of many leads, or those that the caller may see; how many there are. */
int
records_read(Datum lead_ids, bool as_caller, Recorded **found)
{
	int			count = as_caller ? plan_execute(&many_plan, &lead_ids, NULL, SPI_OK_SELECT) :
		plan_execute_as_owner(&many_plan, &lead_ids, NULL, SPI_OK_SELECT, "lead_conversion");

	*found = palloc(sizeof(Recorded) * Max(count, 1));
	for (int i = 0; i < count; i++)
		(*found)[i] = recorded_in(SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	return count;
}

/* Where a conversion led, in words. */
static char *
destination(const Recorded *found)
{
	if (found->kind == STATUS_CONVERTED_EXTERNAL)
		return psprintf("system \"%s\"%s%s%s",
						found->external_system ? found->external_system : "unknown",
						found->external_id ? ", id \"" : "",
						found->external_id ? found->external_id : "",
						found->external_id ? "\"" : "");
	if (found->outcome.customer_ref)
		return psprintf("customer \"%s\"", found->outcome.customer_ref);
	if (!found->outcome.has_customer)
		return "customer unknown";
	return psprintf("customer %s",
					DatumGetCString(DirectFunctionCall1(uuid_out, found->outcome.customer_id)));
}

static bool
asks_for_other(const char *asked, const char *found)
{
	return asked && (found == NULL || strcmp(asked, found) != 0);
}

/*
 * The lead is converted already: NULL if the request asks for the same or names
 * none, else the conflict.
 */
Refusal *
record_conflict(const Recorded *found, const ConversionRequest *request, const LeadRow *lead)
{
	Refusal    *refusal;

	if (found->kind == request->kind &&
		!(request->names_customer &&
		  !(found->outcome.has_customer && same_uuid(request->customer_id, found->outcome.customer_id))) &&
		!asks_for_other(request->customer_ref, found->outcome.customer_ref) &&
		!asks_for_other(request->external_system, found->external_system) &&
		!asks_for_other(request->external_id, found->external_id))
		return NULL;
	refusal = palloc0(sizeof(Refusal));
	refusal->sqlstate = ERRCODE_LEAD_CONFLICT;
	refusal->message = psprintf("lead \"%s\" is converted already", lead_row_string(lead, LEAD_KEY));
	refusal->detail = psprintf("It is %s: %s.", status_name(found->kind), destination(found));
	refusal->hint = psprintf("To convert it elsewhere take this back first: SELECT * FROM lead.revert_conversion('%s', 'reason');",
							 lead_row_id(lead));
	refusal->table = "lead_conversion";
	refusal->column = "lead_id";
	refusal->constraint = "lead_conversion_open_key";
	return refusal;
}

/* The lead as it is before the conversion moves it. */
void
record_write(const ConversionRequest *request, const LeadRow *lead, const Outcome *outcome)
{
	Datum		values[16];
	bool		nulls[16] = {false};

	values[0] = request->lead_id;
	values[1] = Int32GetDatum(DatumGetInt32(ROW_VALUE(lead, LEAD_VERSION_COLUMN)) + 1);
	values[2] = status_datum(request->kind);
	values[3] = ROW_VALUE(lead, LEAD_STATUS);
	values[4] = outcome->customer_id;
	nulls[4] = !outcome->has_customer;
	values[5] = outcome->account_id;
	nulls[5] = !outcome->has_account;
	values[6] = nullable_text(outcome->customer_ref, &nulls[6]);
	values[7] = nullable_text(request->external_system, &nulls[7]);
	values[8] = nullable_text(request->external_id, &nulls[8]);
	values[9] = outcome->person_ids ? outcome->person_ids :
		PointerGetDatum(construct_empty_array(UUIDOID));
	values[10] = request->reason;
	nulls[10] = !request->has_reason;
	values[11] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[12] = CStringGetTextDatum(outer_user_name());
	values[13] = nullable_text(setting_actor(), &nulls[13]);
	values[14] = ROW_VALUE(lead, LEAD_DEFERRED_UNTIL);
	nulls[14] = ROW_NULL(lead, LEAD_DEFERRED_UNTIL);
	values[15] = BoolGetDatum(outcome->made_customer);
	nulls[15] = !outcome->has_customer;

	require_written(plan_execute_as_owner(&insert_plan, values, nulls, SPI_OK_INSERT, "lead_conversion"),
					"lead_conversion");
}

void
record_close(const LeadRow *lead, const Recorded *found, Datum reason)
{
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = ROW_VALUE(lead, LEAD_ID);
	values[1] = Int32GetDatum(found->version);
	values[2] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[3] = CStringGetTextDatum(outer_user_name());
	values[4] = nullable_text(setting_actor(), &nulls[4]);
	values[5] = reason;

	require_written(plan_execute_as_owner(&close_plan, values, nulls, SPI_OK_UPDATE, "lead_conversion"),
					"lead_conversion");
}

/* Ends a function that returns the open record, and its SPI connection. */
Datum
record_finish(FunctionCallInfo fcinfo, Datum lead_id)
{
	return finish_with_row(fcinfo, &returned_plan, lead_id);
}
