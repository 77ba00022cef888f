/*
 * snapshot.c
 *		A lead's row as it was at some time: taken as JSON by column name, and
 *		put back.
 *
 * JSON, not a value of the row type: the table may gain and lose columns of the
 * user's meanwhile, and a dump restores it anywhere. Not every value survives
 * the way through JSON unharmed, so a column whose JSON is the same as then is
 * left alone: only what a merge changed is written back. The settings that
 * change how values are written are pinned, so that the same is the same.
 *
 * Everything here runs as the caller, within SPI_connect.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "errors.h"
#include "roles.h"
#include "snapshot.h"

static KeptPlan take_plan = {
	"SELECT pg_catalog.to_jsonb(l.*) FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, InvalidOid}
};

/* on the row of today: columns that were not there yet keep their values */
static KeptPlan row_plan = {
	"SELECT pg_catalog.jsonb_populate_record(l.*, $2) FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, JSONBOID, InvalidOid}
};

/* Columns that are not as they were, save the guard's own and those that nobody may write. */
static KeptPlan differing_plan = {
	"SELECT a.attnum::pg_catalog.int4, a.attname::pg_catalog.text FROM lead.lead l, pg_catalog.pg_attribute a,"
	" LATERAL (SELECT pg_catalog.to_jsonb(l.*) AS row) n"
	" WHERE l.id OPERATOR(pg_catalog.=) $1 AND a.attrelid OPERATOR(pg_catalog.=) $3"
	" AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped"
	" AND a.attgenerated OPERATOR(pg_catalog.=) '' AND a.attidentity OPERATOR(pg_catalog.<>) 'a'"
	" AND a.attname::pg_catalog.text OPERATOR(pg_catalog.<>) ALL ('{id,processing_data,status_since,match_keys,version,"
	"inserted_by,inserted_by_actor,inserted_at,edited_by,edited_by_actor,edited_at}'::pg_catalog.text[])"
	" AND $2 OPERATOR(pg_catalog.?) a.attname::pg_catalog.text"
	" AND (n.row OPERATOR(pg_catalog.->) a.attname::pg_catalog.text) OPERATOR(pg_catalog.<>)"
	" ($2 OPERATOR(pg_catalog.->) a.attname::pg_catalog.text)"
	" ORDER BY a.attnum",
	{UUIDOID, JSONBOID, OIDOID, InvalidOid}
};

/* As for a dump; ends with AtEOXact_GUC(true, result). */
static int
pin_formats(void)
{
	static const char *const formats[][2] = {
		{"timezone", "UTC"}, {"datestyle", "ISO"}, {"intervalstyle", "postgres"}, {"extra_float_digits", "3"},
		{"bytea_output", "hex"}, {"xmlbinary", "base64"}, {"lc_monetary", "C"},
		{"search_path", "pg_catalog, pg_temp"}, /* names of reg* types */
	};
	int			nest = NewGUCNestLevel();

	for (int i = 0; i < lengthof(formats); i++)
		(void) set_config_option(formats[i][0], formats[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	return nest;
}

/* Runs a query under pinned formats; returns the number of rows. */
static int
query(KeptPlan *plan, Datum *values)
{
	int			nest = pin_formats();
	int			count = plan_execute(plan, values, NULL, SPI_OK_SELECT);

	AtEOXact_GUC(true, nest);
	return count;
}

/* The first value of the first row, of a lead that the caller has locked. */
static Datum
query_one(KeptPlan *plan, Datum *values)
{
	bool		isnull = true;
	Datum		value = (Datum) 0;

	if (query(plan, values) > 0)
		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		no_such_lead(DatumGetCString(DirectFunctionCall1(uuid_out, values[0])));
	return value;
}

/* The lead's row as it is, by column name. */
Datum
lead_snapshot(Datum lead_id)
{
	return query_one(&take_plan, &lead_id);
}

/* The version that the row had; 0 where the snapshot does not say. */
int
snapshot_version(Datum snapshot)
{
	JsonbValue	buffer;
	JsonbValue *version = getKeyJsonValueFromContainer(&DatumGetJsonbP(snapshot)->root, "version",
													   strlen("version"), &buffer);

	if (version == NULL || version->type != jbvNumeric)
		return 0;
	return DatumGetInt32(DirectFunctionCall1(numeric_int4, NumericGetDatum(version->val.numeric)));
}

/*
 * Gives the lead the wanted values in the columns at these places, and in no
 * others: column privileges and triggers of the user's on columns are asked
 * for what changes only.
 */
void
update_columns(const LeadRow *row, const LeadRow *wanted, Bitmapset *places)
{
	Oid			types[3] = {UUIDOID, row->desc->tdtypeid, INT4OID};
	HeapTuple	tuple = heap_form_tuple(wanted->desc, wanted->values, wanted->nulls);
	Datum		values[3] = {ROW_VALUE(row, LEAD_ID), heap_copy_tuple_as_datum(tuple, wanted->desc),
		ROW_VALUE(row, LEAD_VERSION_COLUMN)};
	StringInfoData text;
	int			place = -1;

	initStringInfo(&text);
	while ((place = bms_next_member(places, place)) >= 0)
	{
		const char *name = quote_identifier(NameStr(TupleDescAttr(row->desc, place)->attname));

		appendStringInfo(&text, "%s %s = ($2).%s",
						 text.len ? "," : "UPDATE lead.lead AS l SET", name, name);
	}
	appendStringInfoString(&text, " WHERE l.id OPERATOR(pg_catalog.=) $1 AND l.version OPERATOR(pg_catalog.=) $3");
	if (SPI_execute_with_args(text.data, 3, types, values, NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not execute \"%s\"", text.data);
	require_updated((int) SPI_processed, row);
}

/* Where the row is not as it was; the names too, for a message. */
static Bitmapset *
differing(Datum lead_id, Datum snapshot, char **names)
{
	Datum		values[3] = {lead_id, snapshot, ObjectIdGetDatum(lead_relation("lead", false))};
	int			count = query(&differing_plan, values);
	Bitmapset  *places = NULL;
	StringInfoData list;
	bool		isnull;

	initStringInfo(&list);
	for (int i = 0; i < count; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];

		places = bms_add_member(places, DatumGetInt32(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull)) - 1);
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", SPI_getvalue(tuple, SPI_tuptable->tupdesc, 2));
	}
	*names = list.data;
	return places;
}

/*
 * Puts the row back as it was, with a pass for the guard. A trigger of the
 * user's that changes it again is refused: a restore is exact or none.
 */
void
snapshot_restore(Datum lead_id, Datum snapshot)
{
	Datum		values[2] = {lead_id, snapshot};
	StoredLead	lead;
	LeadRow		wanted;
	char	   *names;
	Bitmapset  *places = differing(lead_id, snapshot, &names);
	Status		from,
				to;

	if (places == NULL)
		return;
	stored_lead_read(&lead, lead_id, false);
	wanted = stored_row_of(query_one(&row_plan, values));
	from = status_of(ROW_VALUE(&lead.row, LEAD_STATUS));
	to = status_of(ROW_VALUE(&wanted, LEAD_STATUS));
	pass_give(PASS_RESTORE, DatumGetUUIDP(lead_id), from, to);
	update_columns(&lead.row, &wanted, places);
	require_pass_used(PASS_RESTORE, &lead.row, from, to);
	if (differing(lead_id, snapshot, &names) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("lead \"%s\" was not restored as it was", lead_row_string(&lead.row, LEAD_KEY)),
				 errdetail("A trigger changed %s again.", names),
				 errhint("Have triggers on lead.lead leave alone what lead.unmerge puts back."),
				 errlead(NULL, NULL)));
}
