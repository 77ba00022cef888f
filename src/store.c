/*
 * store.c
 *		Writes attributes into lead.lead, as the caller: those of a payload, or a
 *		change.
 *
 * A statement names the columns that are given and no others: those left out
 * get the table's default, which may be the user's, and need no privilege.
 * Leads of one origin give the same columns or nearly so; the statement for
 * each set of columns is kept, up to a limit, since parsing and planning one
 * takes longer than storing a small lead.
 *
 * All within SPI_connect.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/memutils.h"

#include "errors.h"
#include "plans.h"
#include "roles.h"
#include "status.h"
#include "store.h"

#define STATEMENTS_KEPT 128

/* Bit n: attribute n is written. */
typedef uint32 Columns;

#define CHARS_UNITED (1U << 31)	/* an update keeps the chars that are not given */

typedef struct Statement
{
	Columns		columns;
	bool		update;
	KeptPlan	plan;
} Statement;

#define BY_ID "SELECT l.id::pg_catalog.uuid FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1"
#define BY_KEY "SELECT l.id::pg_catalog.uuid FROM lead.lead l WHERE l.key OPERATOR(pg_catalog.=) $1 AND l.id IS NOT NULL"
#define HOLD " FOR KEY SHARE"

static KeptPlan by_id_plan = {BY_ID, {UUIDOID, InvalidOid}};
static KeptPlan by_key_plan = {BY_KEY, {TEXTOID, InvalidOid}};
static KeptPlan hold_by_id_plan = {BY_ID HOLD, {UUIDOID, InvalidOid}};
static KeptPlan hold_by_key_plan = {BY_KEY HOLD, {TEXTOID, InvalidOid}};

static KeptPlan status_plan = {
	"SELECT l.status::lead.lead_status FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1 AND l.status IS NOT NULL",
	{UUIDOID, InvalidOid}
};

static bool
find_one(KeptPlan *plan, Datum value, Datum *found)
{
	bool		isnull;

	if (plan_execute(plan, &value, NULL, SPI_OK_SELECT) == 0)
		return false;
	*found = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return true;
}

static bool
may_lock(void)
{
	Oid			lead = lead_relation("lead", false);

	return pg_class_aclcheck(lead, GetUserId(), ACL_UPDATE) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(lead, GetUserId(), ACL_UPDATE, ACLMASK_ANY) == ACLCHECK_OK;
}

/*
 * Finds the lead and holds it until the end of the transaction. While the lock
 * is waited for the lead may have lost the key, so it is looked for once more:
 * that finds also whom a policy lets us see and not lock.
 */
static bool
find_and_hold(KeptPlan *plan, KeptPlan *hold_plan, Datum value, Datum *found)
{
	if (!find_one(plan, value, found))
		return false;
	return !may_lock() || find_one(hold_plan, value, found) || find_one(plan, value, found);
}

static bool
look_for(KeptPlan *plan, KeptPlan *hold_plan, bool hold, Datum value, Datum *found)
{
	return hold ? find_and_hold(plan, hold_plan, value, found) : find_one(plan, value, found);
}

/*
 * The lead that is there: with the payload's id, else with its key. Held, it is
 * not erased before the line that met it says so: an erasure overwrites the
 * lines that name the lead, and must not miss this one.
 */
Found
store_find(const Payload *payload, bool hold, pg_uuid_t *id)
{
	Found		found = FOUND_NONE;
	Datum		value;

	if (payload->given[ATTRIBUTE_ID] == GIVEN &&
		look_for(&by_id_plan, &hold_by_id_plan, hold, payload->values[ATTRIBUTE_ID], &value))
		found = FOUND_BY_ID;
	else if (payload->given[ATTRIBUTE_KEY] == GIVEN &&
			 look_for(&by_key_plan, &hold_by_key_plan, hold, payload->values[ATTRIBUTE_KEY], &value))
		found = FOUND_BY_KEY;
	if (found != FOUND_NONE)
		*id = *DatumGetUUIDP(value);
	return found;
}

/* Whether another lead has the payload's key. */
bool
store_key_is_others(const Payload *payload, const pg_uuid_t *id)
{
	Datum		found;

	return payload->given[ATTRIBUTE_KEY] == GIVEN &&
		find_one(&by_key_plan, payload->values[ATTRIBUTE_KEY], &found) &&
		memcmp(DatumGetUUIDP(found), id, sizeof(pg_uuid_t)) != 0;
}

/* The lead's status; false where the caller may not see the lead. */
bool
store_status(const pg_uuid_t *id, Datum *status)
{
	return find_one(&status_plan, UUIDPGetDatum(id), status);
}

static void
write_insert(StringInfo text, Columns columns)
{
	StringInfoData values;
	int			count = 0;

	initStringInfo(&values);
	appendStringInfoString(text, "INSERT INTO lead.lead (");
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
	{
		if ((columns & (1U << i)) == 0)
			continue;
		appendStringInfo(text, "%s%s", count ? ", " : "", attribute_column(i));
		appendStringInfo(&values, "%s$%d%s", count ? ", " : "", count + 1, attribute_cast(i));
		count++;
	}
	appendStringInfo(text, ") VALUES (%s)", values.data);
}

/* The id stands behind the values. */
static void
write_update(StringInfo text, Columns columns)
{
	int			count = 0;

	appendStringInfoString(text, "UPDATE lead.lead AS l SET ");
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
	{
		if ((columns & (1U << i)) == 0)
			continue;
		appendStringInfo(text, "%s%s = %s$%d%s", count ? ", " : "", attribute_column(i),
						 i == ATTRIBUTE_CHARS && (columns & CHARS_UNITED) ? "l.chars OPERATOR(pg_catalog.||) " : "",
						 count + 1, attribute_cast(i));
		count++;
	}
	appendStringInfo(text, " WHERE l.id OPERATOR(pg_catalog.=) $%d", count + 1);
}

/* Parameters of the statement; those of a KeptPlan. Returns their number. */
static int
parameter_types(Columns columns, bool update, Oid *types)
{
	int			count = 0;

	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
		if (columns & (1U << i))
			types[count++] = attribute_type(i);
	if (update)
		types[count++] = UUIDOID;
	types[count] = InvalidOid;
	return count;
}

static char *
statement_text(Columns columns, bool update)
{
	StringInfoData text;

	initStringInfo(&text);
	if (update)
		write_update(&text, columns);
	else
		write_insert(&text, columns);
	return text.data;
}

static int
run_unkept(Columns columns, bool update, Datum *values, const bool *nulls, int expected)
{
	Oid			types[PLAN_MAX_ARGUMENTS + 1];
	int			count = parameter_types(columns, update, types);
	char		null_flags[PLAN_MAX_ARGUMENTS];
	char	   *text = statement_text(columns, update);

	for (int i = 0; i < count; i++)
	{
		if (types[i] == LEAD_STATUS_ARGUMENT)
			types[i] = status_type();
		null_flags[i] = nulls && nulls[i] ? 'n' : ' ';
	}
	if (SPI_execute_with_args(text, count, types, values, null_flags, false, 0) != expected)
		elog(ERROR, "could not execute \"%s\"", text);
	return (int) SPI_processed;
}

/*
 * None is ever thrown out, for it might just be running: a trigger of the user's
 * may import leads too.
 */
static int
run(Columns columns, bool update, Datum *values, const bool *nulls)
{
	static Statement kept[STATEMENTS_KEPT];
	static int	count = 0;
	int			expected = update ? SPI_OK_UPDATE : SPI_OK_INSERT;
	int			i = 0;

	while (i < count && (kept[i].columns != columns || kept[i].update != update))
		i++;
	if (i == STATEMENTS_KEPT)
		return run_unkept(columns, update, values, nulls, expected);
	if (i == count)
	{
		kept[i].plan.text = MemoryContextStrdup(TopMemoryContext, statement_text(columns, update));
		(void) parameter_types(columns, update, kept[i].plan.types);
		kept[i].columns = columns;
		kept[i].update = update;
		count++;
	}
	return plan_execute(&kept[i].plan, values, nulls, expected);
}

/* The columns that are given, but for one, and their values in order. */
static Columns
given_columns(const Payload *payload, int but, Datum *values, int *count)
{
	Columns		columns = 0;

	*count = 0;
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
	{
		if (i == but || payload->given[i] != GIVEN)
			continue;
		columns |= 1U << i;
		values[(*count)++] = payload->values[i];
	}
	return columns;
}

/* A new lead of this id, which is the payload's where that gives one. */
void
store_insert(const Payload *payload, const pg_uuid_t *id)
{
	Datum		values[ATTRIBUTE_COUNT];
	Payload		with_id = *payload;
	Columns		columns;
	int			count;

	with_id.given[ATTRIBUTE_ID] = GIVEN;
	with_id.values[ATTRIBUTE_ID] = UUIDPGetDatum(id);
	columns = given_columns(&with_id, -1, values, &count);
	require_written(run(columns, false, values, NULL), "lead");
}

/* Gives the lead that was found the attributes given; others stay. */
void
store_update(const Payload *payload, const pg_uuid_t *id, Found found)
{
	Datum		values[ATTRIBUTE_COUNT + 1];
	int			count;
	Columns		columns = given_columns(payload, found == FOUND_BY_ID ? ATTRIBUTE_ID : ATTRIBUTE_KEY, values, &count);

	if (columns == 0)
		return;
	if (payload->chars_by_member)
		columns |= CHARS_UNITED;
	values[count] = UUIDPGetDatum(id);
	require_written(run(columns, true, values, NULL), "lead");
}

/* Gives a lead the values of a change, which may be NULL. */
void
store_change(const Change *change, const pg_uuid_t *id)
{
	Datum		values[ATTRIBUTE_COUNT + 1];
	bool		nulls[ATTRIBUTE_COUNT + 1];
	Columns		columns = 0;
	int			count = 0;

	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
	{
		if (!change->named[i])
			continue;
		columns |= 1U << i;
		values[count] = change->values[i];
		nulls[count++] = change->nulls[i];
	}
	values[count] = UUIDPGetDatum(id);
	nulls[count] = false;
	require_written(run(columns, true, values, nulls), "lead");
}
