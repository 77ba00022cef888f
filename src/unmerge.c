/*
 * unmerge.c
 *		Takes a merge back: winner and loser become what they were before.
 *
 * Only while nothing has changed since, which the versions tell; else whatever
 * stands in the way is listed in one error. Of several merges into one winner
 * the latest goes first: each knows the winner as the one before left it.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "leads.h"
#include "merges.h"
#include "snapshot.h"

LEAD_FUNCTION(lead_do_unmerge);

/* A row of lead.lead_merge. */
typedef struct Merge
{
	Datum		winner_id;
	int			winner_version;
	int			loser_version;
	Datum		winner_before;
	Datum		loser_before;
	Datum		person_ids;
	Datum		merged_at;
	char	   *winner_key;
} Merge;

static KeptPlan read_plan = {
	"SELECT m.winner_id::pg_catalog.uuid, m.winner_version::pg_catalog.int4, m.loser_version::pg_catalog.int4,"
	" m.winner_before::pg_catalog.jsonb, m.loser_before::pg_catalog.jsonb,"
	" COALESCE(m.person_ids::pg_catalog.uuid[], '{}'), m.merged_at::pg_catalog.timestamptz,"
	" COALESCE(w.key, '?') FROM lead.lead_merge m"
	" LEFT JOIN lead.lead w ON w.id OPERATOR(pg_catalog.=) m.winner_id"
	" WHERE m.loser_id OPERATOR(pg_catalog.=) $1 AND m.winner_id IS NOT NULL AND m.winner_version IS NOT NULL"
	" AND m.loser_version IS NOT NULL AND m.winner_before IS NOT NULL AND m.loser_before IS NOT NULL AND m.merged_at IS NOT NULL",
	{UUIDOID, InvalidOid}
};

/*
 * This merge and the later ones into the winner ($1), latest first: the loser's
 * key, whether it is a later one, and whether the winner was changed between it
 * and the next (or now, when it has version $2). A next one that gave the winner
 * nothing has the same version, though it may remember an older one.
 */
static KeptPlan later_plan = {
	"SELECT s.key, s.later, s.next OPERATOR(pg_catalog.<>) s.version AND s.next_version OPERATOR(pg_catalog.<>) s.version"
	" FROM (SELECT COALESCE(k.key, '?') AS key, m.merged_at, m.merged_at OPERATOR(pg_catalog.>) $3 AS later,"
	" m.winner_version AS version, COALESCE(pg_catalog.lead((m.winner_before OPERATOR(pg_catalog.->>) 'version')::pg_catalog.int4) OVER w, $2) AS next,"
	" COALESCE(pg_catalog.lead(m.winner_version) OVER w, $2) AS next_version"
	" FROM lead.lead_merge m LEFT JOIN lead.lead k ON k.id OPERATOR(pg_catalog.=) m.loser_id"
	" WHERE m.winner_id OPERATOR(pg_catalog.=) $1 AND m.merged_at OPERATOR(pg_catalog.>=) $3"
	" WINDOW w AS (ORDER BY m.merged_at)) s ORDER BY s.merged_at DESC",
	{UUIDOID, INT4OID, TIMESTAMPTZOID, InvalidOid}
};

static KeptPlan persons_plan = {
	"SELECT pg_catalog.count(*)::pg_catalog.int4 FROM lead.person p"
	" WHERE p.id OPERATOR(pg_catalog.=) ANY ($1) AND p.lead_id OPERATOR(pg_catalog.=) $2",
	{UUIDARRAYOID, UUIDOID, InvalidOid}
};

static KeptPlan delete_plan = {
	"DELETE FROM lead.lead_merge m WHERE m.loser_id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, InvalidOid}
};

static KeptPlan carry_plan = {
	"UPDATE lead.lead_merge AS m SET winner_version = $3"
	" WHERE m.winner_id OPERATOR(pg_catalog.=) $1 AND m.winner_version OPERATOR(pg_catalog.=) $2",
	{UUIDOID, INT4OID, INT4OID, InvalidOid}
};

static bool read_merge(Datum loser_id, Merge *merge);
static void lock_merge(StoredLead *loser, Merge *merge);
static void require_undisturbed(const LeadRow *loser, const LeadRow *winner, const Merge *merge);
static void restore(Datum lead_id, Datum before);

/* lead.unmerge: see its SQL comment. */
Datum
lead_do_unmerge(PG_FUNCTION_ARGS)
{
	Datum		loser_id;
	StoredLead	loser,
				winner;
	Merge		merge;

	require_row_type(fcinfo, "lead");
	require_argument(!PG_ARGISNULL(1), "loser", "Pass the id of the lead that was merged into another.");
	loser_id = PG_GETARG_DATUM(1);

	SPI_connect();
	stored_lead_read(&loser, loser_id, false);
	lock_merge(&loser, &merge);
	stored_lead_read(&loser, loser_id, false);
	stored_lead_read(&winner, merge.winner_id, false);
	require_undisturbed(&loser.row, &winner.row, &merge);
	require_written(merges_write(&delete_plan, &loser_id, NULL, SPI_OK_DELETE), "lead_merge");
	restore(merge.winner_id, merge.winner_before);
	point_persons(merge.person_ids, merge.winner_id, loser_id);
	restore(loser_id, merge.loser_before);
	return finish_with_lead(fcinfo, loser_id);
}

static bool
read_merge(Datum loser_id, Merge *merge)
{
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;

	if (merges_query(&read_plan, &loser_id) == 0)
		return false;
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	merge->winner_id = SPI_getbinval(tuple, desc, 1, &isnull);
	merge->winner_version = DatumGetInt32(SPI_getbinval(tuple, desc, 2, &isnull));
	merge->loser_version = DatumGetInt32(SPI_getbinval(tuple, desc, 3, &isnull));
	merge->winner_before = SPI_getbinval(tuple, desc, 4, &isnull);
	merge->loser_before = SPI_getbinval(tuple, desc, 5, &isnull);
	merge->person_ids = SPI_getbinval(tuple, desc, 6, &isnull);
	merge->merged_at = SPI_getbinval(tuple, desc, 7, &isnull);
	merge->winner_key = SPI_getvalue(tuple, desc, 8);
	return true;
}

static void
require_merged(const LeadRow *lead, Merge *merge)
{
	if (!read_merge(ROW_VALUE(lead, LEAD_ID), merge))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("lead \"%s\" is not merged into another", lead_row_string(lead, LEAD_KEY)),
				 errdetail("lead.lead_merge has no row for it."),
				 errhint("Pass the lead that was the loser of a merge."),
				 err_place("lead_merge", "loser_id", NULL)));
}

/* Locks both leads and reads the merge as it is then; while we waited it may have become another. */
static void
lock_merge(StoredLead *loser, Merge *merge)
{
	Datum		ids[2] = {ROW_VALUE(&loser->row, LEAD_ID)};

	require_merged(&loser->row, merge);
	do
	{
		ids[1] = merge->winner_id;
		stored_leads_lock(ids, lengthof(ids));
		require_merged(&loser->row, merge);
	} while (!same_uuid(ids[1], merge->winner_id));
}

/* A line for the detail of the error. */
static void
add_line(StringInfo lines, const char *line)
{
	appendStringInfo(lines, "%s%s", lines->len ? "\n" : "", line);
}

/* Merges into the winner that came later, and changes of it since. */
static void
list_changes_of_winner(StringInfo lines, const Merge *merge, int version, bool changed)
{
	Datum		values[3] = {merge->winner_id, Int32GetDatum(version), merge->merged_at};
	int			count = merges_query(&later_plan, values);
	StringInfoData later;
	bool		isnull;

	initStringInfo(&later);
	for (int i = 0; i < count; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		Datum		value = SPI_getbinval(tuple, desc, 3, &isnull);

		changed |= isnull || DatumGetBool(value);
		if (DatumGetBool(SPI_getbinval(tuple, desc, 2, &isnull)))
			appendStringInfo(&later, "%s\"%s\"", later.len ? ", " : "", SPI_getvalue(tuple, desc, 1));
	}
	if (changed)
		add_line(lines, psprintf("Lead \"%s\" was changed since.", merge->winner_key));
	if (later.len > 0)
		add_line(lines, psprintf("Merged into \"%s\" later, and to be taken out first: %s.",
								 merge->winner_key, later.data));
}

static void
list_persons(StringInfo lines, const Merge *merge)
{
	Datum		values[2] = {merge->person_ids, merge->winner_id};
	ArrayType  *ids = DatumGetArrayTypeP(merge->person_ids);
	int			count = ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids));
	int			there;
	bool		isnull;

	if (count == 0)
		return;
	plan_execute(&persons_plan, values, NULL, SPI_OK_SELECT);
	there = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (there < count)
		add_line(lines, psprintf("Of %d persons that came with it, %d no longer point to lead \"%s\".",
								 count, count - there, merge->winner_key));
}

/* An erasure empties what both were before, for good. */
static void
refuse_erased(const LeadRow *loser, const Merge *merge)
{
	if (JB_ROOT_COUNT(DatumGetJsonbP(merge->winner_before)) > 0 && JB_ROOT_COUNT(DatumGetJsonbP(merge->loser_before)) > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("lead \"%s\" cannot be taken out of \"%s\"",
					lead_row_string(loser, LEAD_KEY), merge->winner_key),
			 errdetail("Both were erased: nothing is left of what they were before."),
			 errhint("Insert a new lead."),
			 err_place("lead_merge", "loser_id", NULL)));
}

/* Raises all that stands in the way. */
static void
require_undisturbed(const LeadRow *loser, const LeadRow *winner, const Merge *merge)
{
	int			version = DatumGetInt32(ROW_VALUE(winner, LEAD_VERSION_COLUMN));
	bool		changed = false;
	StringInfoData lines;
	Merge		away;

	refuse_erased(loser, merge);
	initStringInfo(&lines);
	if (DatumGetInt32(ROW_VALUE(loser, LEAD_VERSION_COLUMN)) != merge->loser_version)
		add_line(&lines, psprintf("Lead \"%s\" was changed since.", lead_row_string(loser, LEAD_KEY)));
	if (read_merge(merge->winner_id, &away))
	{
		changed = version != away.loser_version;
		version = snapshot_version(away.loser_before);
		add_line(&lines, psprintf("Lead \"%s\" is itself merged into \"%s\" since.",
								  merge->winner_key, away.winner_key));
	}
	list_changes_of_winner(&lines, merge, version, changed);
	list_persons(&lines, merge);
	if (lines.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("lead \"%s\" cannot be taken out of \"%s\"",
						lead_row_string(loser, LEAD_KEY), merge->winner_key),
				 errdetail("%s", lines.data),
				 errhint("Take later merges back first. A lead that was changed since stays merged: correct both by hand."),
				 err_place("lead_merge", "loser_id", NULL)));
}

/*
 * Puts a lead back. Earlier merges into it know it by the version that it had
 * before: it is the same again, under a new one.
 */
static void
restore(Datum lead_id, Datum before)
{
	int			version = snapshot_version(before);
	StoredLead	lead;
	Datum		values[3] = {lead_id, Int32GetDatum(version)};

	snapshot_restore(lead_id, before);
	stored_lead_read(&lead, lead_id, false);
	values[2] = ROW_VALUE(&lead.row, LEAD_VERSION_COLUMN);
	if (DatumGetInt32(values[2]) != version)
		merges_write(&carry_plan, values, NULL, SPI_OK_UPDATE);
}
