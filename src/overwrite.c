/*
 * overwrite.c
 *		What an erasure overwrites in a row, and what stays.
 *
 * Every column of ours that stays is named here, with a reason to be read off
 * it: ids and links, codes, statuses, times, roles. All others go, the user's
 * own too, so that a column somebody adds is erased unless it takes no NULL.
 *
 * The statement is made anew from the columns that are there, which may be
 * others tomorrow; nobody erases so often that a kept plan would pay. What it
 * returns is looked at: a trigger or policy of the user's may have suppressed
 * or turned it, and then nothing of the erasure may stay.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "errors.h"
#include "overwrite.h"
#include "roles.h"

/* The new values, as SQL. */
#define NOTHING "NULL"
#define MARK "'" ERASED "'"
#define MARKED_ID "'" ERASED "-' OPERATOR(pg_catalog.||) t.id::pg_catalog.text"
#define MARK_IF_ANY(column) "CASE WHEN t." column " IS NOT NULL THEN " MARK " END"
#define NO_ENTRIES "'[]'"
#define NO_MEMBERS "'{}'"		/* an object's, or an array's */

typedef struct OurColumn
{
	const char *name;
	const char *value;			/* NULL: it stays */
} OurColumn;

#define EMPTY_LISTS \
	{"contact_instants", NO_ENTRIES}, {"phones", NO_ENTRIES}, {"emails", NO_ENTRIES}, \
	{"websites", NO_ENTRIES}, {"data_boxes", NO_ENTRIES}

static const OurColumn lead_columns[] = {
	{"id"}, {"key", MARKED_ID}, {"status"}, {"party_name", MARK}, {"lead_rating"},
	{"description", NOTHING}, {"priority"}, {"lead_source"}, EMPTY_LISTS, {"data_tags", NO_MEMBERS},
	{"processing_data"}, {"chars", NO_MEMBERS}, {"lead_type"}, {"status_since"},
	{"status_reason", NOTHING}, {"deferred_until"}, {"assigned_to", NOTHING}, {"match_keys", NOTHING},
	{"version"}, {"inserted_by"}, {"inserted_by_actor", NOTHING}, {"inserted_at"},
	{"edited_by"}, {"edited_by_actor", NOTHING}, {"edited_at"}, {NULL}
};

static const OurColumn change_columns[] = {
	{"lead_id"}, {"version"}, {"from_status"}, {"to_status"}, {"reason", NOTHING}, {"entered_at"},
	{"changed_at"}, {"changed_by"}, {"actor", NOTHING}, {"xid"}, {"event_position"}, {NULL}
};

static const OurColumn conversion_columns[] = {
	{"lead_id"}, {"version"}, {"kind"}, {"from_status"}, {"deferred_until"}, {"customer_id"},
	{"account_id"}, {"customer_ref", MARK_IF_ANY("customer_ref")}, {"external_system"},
	{"external_id", MARK_IF_ANY("external_id")}, {"person_ids"}, {"reason", NOTHING},
	{"converted_at"}, {"converted_by"}, {"converted_by_actor", NOTHING}, {"reverted_at"},
	{"reverted_by"}, {"reverted_by_actor", NOTHING}, {"revert_reason", NOTHING}, {"made_customer"}, {NULL}
};

static const OurColumn person_columns[] = {
	{"id"}, {"key", MARKED_ID}, {"first_name", NOTHING}, {"last_name", MARK}, {"person_type", NOTHING},
	{"status"}, EMPTY_LISTS, {"lead_id"}, {"customer_id"}, {"user_id", NOTHING},
	{"data_tags", NO_MEMBERS}, {"chars", NO_MEMBERS}, {NULL}
};

static const OurColumn customer_columns[] = {
	{"id"}, {"key", MARKED_ID}, {"name", MARK}, {"description", NOTHING}, {"status"}, {"customer_type"},
	EMPTY_LISTS, {"data_tags", NO_MEMBERS}, {"chars", NO_MEMBERS},
	{"match_keys"}, {NULL}		/* made anew by its trigger, of nothing */
};

static const OurColumn account_columns[] = {
	{"id"}, {"key", MARKED_ID}, {"name", MARK}, {"customer_id"}, {"status"}, {"account_start_date"},
	{"account_end_date"}, {"description", NOTHING}, {"chars", NO_MEMBERS}, {NULL}
};

static const OurColumn merge_columns[] = {
	{"loser_id"}, {"winner_id"}, {"winner_version"}, {"loser_version"}, {"winner_before", NO_MEMBERS},
	{"loser_before", NO_MEMBERS}, {"person_ids"}, {"merged_at"}, {"merged_by"}, {"merged_by_actor", NOTHING}, {NULL}
};

static const OurColumn import_columns[] = {
	{"batch"}, {"line"}, {"payload", NO_MEMBERS}, {"state"}, {"sqlstate"}, {"message", NOTHING}, {"detail", NOTHING},
	{"hint", NOTHING}, {"lead_id"}, {"processed_at"}, {"processed_by"}, {"written_by"}, {NULL}
};

typedef struct OurTable
{
	const char *name;
	const OurColumn *columns;
	bool		owners;			/* nobody but its owner writes it */
} OurTable;

static const OurTable tables[] = {
	{"lead", lead_columns, false},
	{"lead_status_change", change_columns, true},
	{"lead_conversion", conversion_columns, true},
	{"lead_merge", merge_columns, true},
	{"lead_import", import_columns, true},
	{"person", person_columns, false},
	{"customer", customer_columns, false},
	{"account", account_columns, false},
};

static const OurTable *
find_table(const char *name)
{
	for (int i = 0; i < lengthof(tables); i++)
		if (strcmp(tables[i].name, name) == 0)
			return &tables[i];
	elog(ERROR, "an erasure does not know table \"%s\"", name);
}

/* NULL where the column is not ours. */
static const OurColumn *
find_column(const OurTable *table, const char *name)
{
	for (const OurColumn *column = table->columns; column->name; column++)
		if (strcmp(column->name, name) == 0)
			return column;
	return NULL;
}

static bool
takes_null(Form_pg_attribute attribute)
{
	Oid			type = attribute->atttypid;
	bool		required = attribute->attnotnull;

	while (OidIsValid(type) && !required)	/* a domain, over another perhaps */
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", type);
		required = ((Form_pg_type) GETSTRUCT(tuple))->typnotnull;
		type = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
		ReleaseSysCache(tuple);
	}
	return !required;
}

/*
 * The assignments, what must be true of our columns afterwards, and the user's
 * own columns that stay. Generated ones follow those they are made of.
 */
static void
assignments(const OurTable *table, StringInfo set, StringInfo check, List **kept)
{
	Relation	relation = table_open(lead_relation(table->name, false), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		const OurColumn *ours = find_column(table, NameStr(attribute->attname));
		const char *column = quote_identifier(NameStr(attribute->attname));
		const char *value = ours ? ours->value : NOTHING;

		if (attribute->attisdropped || attribute->attgenerated || value == NULL)
			continue;
		if (!ours && !takes_null(attribute))
		{
			*kept = lappend(*kept, psprintf("%s.%s", table->name, NameStr(attribute->attname)));
			continue;
		}
		appendStringInfo(set, "%s%s = %s", set->len ? ", " : "", column, value);
		if (ours && strcmp(value, NOTHING) == 0)
			appendStringInfo(check, " AND t.%s IS NULL", column);
		else if (ours)
			appendStringInfo(check, " AND (t.%s OPERATOR(pg_catalog.=) (%s)) IS NOT FALSE", column, value);
	}
	table_close(relation, NoLock);	/* the columns stay as they are until the end */
}

static int64
count_of(int result, const char *table)
{
	bool		isnull;

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read lead.%s: %s", table, SPI_result_code_string(result));
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/*
 * How many rows there are, also those that the caller may not see. A transaction
 * with an older snapshot could not write what others have added since.
 */
static int64
count_rows(const OurTable *table, const char *key, Datum ids)
{
	Oid			types[1] = {UUIDARRAYOID};
	RoleSwitch	saved = become_owner_of(lead_relation(table->name, false));
	SPIPlanPtr	plan = SPI_prepare(psprintf("SELECT pg_catalog.count(*) FROM lead.%s t"
											" WHERE t.%s OPERATOR(pg_catalog.=) ANY ($1)", table->name, key), 1, types);
	int64		count;

	if (plan == NULL)
		elog(ERROR, "could not prepare to read lead.%s", table->name);
	count = count_of(SPI_execute_snapshot(plan, &ids, NULL, GetLatestSnapshot(), InvalidSnapshot, false, false, 0),
					 table->name);
	if (IsolationUsesXactSnapshot() &&
		count_of(SPI_execute_plan(plan, &ids, NULL, false, 0), table->name) != count)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent update"),
				 errdetail("Others have added to lead.%s or taken from it since the transaction began.", table->name),
				 errhint("Run the transaction again."),
				 err_place(table->name, NULL, NULL)));
	switch_back(saved);
	return count;
}

static void
refuse_half(const Overwritten *done, const char *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("lead \"%s\" was not erased", done->lead_key),
			 errdetail("A trigger or a row security policy suppressed or turned the change of a row of lead.%s.", table),
			 errhint("Look at the triggers and policies of lead.%s.", table),
			 err_place(table, NULL, NULL)));
}

/* Whether each row returned is as it was to become; of a lead, its version. */
static bool
all_overwritten(Overwritten *done, int64 expected)
{
	bool		isnull;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];

		if (!DatumGetBool(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull)))
			return false;
		if (SPI_tuptable->tupdesc->natts > 1)
			done->version = DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
	}
	return SPI_processed == expected;
}

/*
 * Overwrites the rows whose key is one of the ids (uuid[]), all of them or the
 * erasure fails (55000). Within SPI_connect; returns their number.
 */
int
overwrite_rows(Overwritten *done, const char *name, const char *key, Datum ids)
{
	const OurTable *table = find_table(name);
	Oid			types[1] = {UUIDARRAYOID};
	int64		expected = count_rows(table, key, ids);
	List	   *kept = NIL;
	StringInfoData set,
				check;
	RoleSwitch	saved;
	int			result;

	if (expected == 0)
		return 0;
	initStringInfo(&set);
	initStringInfo(&check);
	assignments(table, &set, &check, &kept);
	if (table->owners)
		saved = become_owner_of(lead_relation(name, false));
	result = SPI_execute_with_args(psprintf("UPDATE lead.%s AS t SET %s WHERE t.%s OPERATOR(pg_catalog.=) ANY ($1)"
											" RETURNING true%s%s", name, set.data, key, check.data,
											strcmp(name, "lead") == 0 ? ", t.version::pg_catalog.int4" : ""),
								   1, types, &ids, NULL, false, 0);
	if (table->owners)
		switch_back(saved);
	if (result != SPI_OK_UPDATE_RETURNING)
		elog(ERROR, "could not overwrite lead.%s: %s", name, SPI_result_code_string(result));
	if (!all_overwritten(done, expected))
		refuse_half(done, name);
	done->kept = list_concat(done->kept, kept);
	return (int) expected;
}
