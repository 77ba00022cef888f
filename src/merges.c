/*
 * merges.c
 *		Merges duplicates into the lead that is to stay.
 *
 * All in the caller's transaction: lock winner and losers in the order of their
 * ids, judge all of them, then one step for each loser: fill and unite the
 * winner, point the persons to it, end the loser, record the step. The record
 * comes last, so that it names the versions that both have then, whatever
 * triggers of the user's did meanwhile.
 *
 * Leads and persons are written as the caller, whose privileges and row
 * security hold. The record is read and written as its owner. It is read with
 * the latest snapshot at every isolation level: a loser that was REJECTED
 * before is not written by a merge, so no conflict of row versions would tell a
 * transaction with an older snapshot of it.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "leads.h"
#include "merges.h"
#include "roles.h"
#include "settings.h"
#include "snapshot.h"

LEAD_FUNCTION(lead_do_merge);

/* One call of lead.merge. */
typedef struct Merger
{
	Datum		winner_id;
	Datum	   *loser_ids;		/* each once, in the order given */
	int			count;
	Bitmapset  *fillable;		/* places of columns that are filled where empty */
	TimestampTz last;			/* when the merge before into this winner was made */
} Merger;

static KeptPlan distinct_plan = {
	"SELECT u.id FROM pg_catalog.unnest($1) WITH ORDINALITY AS u (id, ord)"
	" GROUP BY u.id ORDER BY pg_catalog.min(u.ord)",
	{UUIDARRAYOID, InvalidOid}
};

/* a lead and, where it is merged, the one that it went into */
static KeptPlan merged_plan = {
	"SELECT m.winner_id::pg_catalog.uuid, w.key FROM lead.lead_merge m"
	" LEFT JOIN lead.lead w ON w.id OPERATOR(pg_catalog.=) m.winner_id"
	" WHERE m.loser_id OPERATOR(pg_catalog.=) $1 AND m.winner_id IS NOT NULL",
	{UUIDOID, InvalidOid}
};

static KeptPlan last_plan = {
	"SELECT pg_catalog.max(m.merged_at::pg_catalog.timestamptz) FROM lead.lead_merge m"
	" WHERE m.winner_id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, InvalidOid}
};

/*
 * Columns that may be filled: those of the user's, description, priority and
 * assigned_to (of ours no others can be empty, save the guard's). Not one that
 * is generated, or that a unique index or an exclusion constraint reads, also
 * in an expression or a predicate.
 */
static KeptPlan fillable_plan = {
	"SELECT a.attnum::pg_catalog.int4 FROM pg_catalog.pg_attribute a"
	" WHERE a.attrelid OPERATOR(pg_catalog.=) $1 AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped"
	" AND a.attgenerated OPERATOR(pg_catalog.=) '' AND a.attidentity OPERATOR(pg_catalog.=) ''"
	" AND a.attname::pg_catalog.text OPERATOR(pg_catalog.<>) ALL ('{processing_data,status_reason,deferred_until,"
	"match_keys,inserted_by_actor,edited_by_actor}'::pg_catalog.text[])"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i"
	" WHERE i.indrelid OPERATOR(pg_catalog.=) a.attrelid AND (i.indisunique OR i.indisexclusion)"
	" AND (a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey) OR EXISTS (SELECT FROM pg_catalog.pg_depend d"
	" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
	" AND d.objid OPERATOR(pg_catalog.=) i.indexrelid"
	" AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
	" AND d.refobjid OPERATOR(pg_catalog.=) a.attrelid AND d.refobjsubid OPERATOR(pg_catalog.=) a.attnum)))",
	{OIDOID, InvalidOid}
};

/* What is united, NULL where the winner has it all. */
#define UNITED(column) "CASE WHEN u." column " OPERATOR(pg_catalog.<>) w." column " THEN u." column " END"
#define UNITED_LIST(column) "lead.unite_contacts(w." column ", l." column ") AS " column

static KeptPlan united_plan = {
	"SELECT " UNITED("contact_instants") ", " UNITED("phones") ", " UNITED("emails") ", " UNITED("websites") ", "
	UNITED("data_boxes") ", " UNITED("data_tags") ", " UNITED("chars")
	" FROM lead.lead w, lead.lead l, LATERAL (SELECT " UNITED_LIST("contact_instants") ", " UNITED_LIST("phones") ", "
	UNITED_LIST("emails") ", " UNITED_LIST("websites") ", " UNITED_LIST("data_boxes") ","
	" w.data_tags OPERATOR(pg_catalog.||) ARRAY(SELECT t.tag FROM pg_catalog.unnest(l.data_tags) WITH ORDINALITY AS t (tag, ord)"
	" WHERE t.tag OPERATOR(pg_catalog.<>) ALL (w.data_tags) ORDER BY t.ord) AS data_tags,"
	" l.chars OPERATOR(pg_catalog.||) w.chars AS chars OFFSET 0) u"
	" WHERE w.id OPERATOR(pg_catalog.=) $1 AND l.id OPERATOR(pg_catalog.=) $2",
	{UUIDOID, UUIDOID, InvalidOid}
};

static const LeadColumn united_columns[] = {
	LEAD_CONTACT_INSTANTS, LEAD_PHONES, LEAD_EMAILS, LEAD_WEBSITES, LEAD_DATA_BOXES, LEAD_DATA_TAGS, LEAD_CHARS
};

static KeptPlan persons_plan = {
	"SELECT pg_catalog.array_agg(p.id) FROM (SELECT p.id::pg_catalog.uuid AS id FROM lead.person p"
	" WHERE p.lead_id OPERATOR(pg_catalog.=) $1 ORDER BY p.id FOR NO KEY UPDATE) p",
	{UUIDOID, InvalidOid}
};

static KeptPlan point_plan = {
	"WITH pointed AS (UPDATE lead.person AS p SET lead_id = $3"
	" WHERE p.id OPERATOR(pg_catalog.=) ANY ($1) AND p.lead_id OPERATOR(pg_catalog.=) $2 RETURNING p.lead_id)"
	" SELECT pg_catalog.count(*)::pg_catalog.int4 FROM pointed WHERE pointed.lead_id OPERATOR(pg_catalog.=) $3",
	{UUIDARRAYOID, UUIDOID, UUIDOID, InvalidOid}
};

/* a row that only others see makes this fail with 40001, not 23505 */
static KeptPlan record_plan = {
	"INSERT INTO lead.lead_merge (loser_id, winner_id, winner_version, loser_version, winner_before, loser_before,"
	" person_ids, merged_at, merged_by, merged_by_actor)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
	{UUIDOID, UUIDOID, INT4OID, INT4OID, JSONBOID, JSONBOID, UUIDARRAYOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, InvalidOid}
};

static void read_losers(FunctionCallInfo fcinfo, Merger *merger);
static void lock_all(const Merger *merger);
static void judge_all(Merger *merger);
static void prepare(Merger *merger);
static void merge_one(Merger *merger, Datum loser_id);

/* Reads lead.lead_merge as its owner, whatever the isolation level. */
int
merges_query(KeptPlan *plan, Datum *values)
{
	return plan_query_as_owner(plan, values, "lead_merge");
}

int
merges_write(KeptPlan *plan, Datum *values, const bool *nulls, int expected)
{
	return plan_execute_as_owner(plan, values, nulls, expected, "lead_merge");
}

static char *
text_column(int column)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return value ? value : "?";
}

/* Why a lead that is merged into another cannot move; NULL where it is not merged. */
Refusal *
merged_refusal(const LeadRow *lead)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum		id = ROW_VALUE(lead, LEAD_ID);
	char	   *winner = NULL;
	Refusal    *refusal;

	if (ROW_NULL(lead, LEAD_ID))
		return NULL;
	SPI_connect();
	if (merges_query(&merged_plan, &id) > 0)
		winner = MemoryContextStrdup(caller, text_column(2));
	SPI_finish();
	if (winner == NULL)
		return NULL;

	refusal = palloc0(sizeof(Refusal));
	refusal->sqlstate = ERRCODE_LEAD_TRANSITION;
	refusal->message = psprintf("lead \"%s\" is merged into \"%s\"", lead_row_string(lead, LEAD_KEY), winner);
	refusal->detail = "A lead stays REJECTED while it is merged into another.";
	refusal->hint = psprintf("To take the merge back: SELECT * FROM lead.unmerge('%s');", lead_row_id(lead));
	refusal->column = "status";
	refusal->constraint = "lead_status_merged";
	return refusal;
}

/* lead.merge: see its SQL comment. */
Datum
lead_do_merge(PG_FUNCTION_ARGS)
{
	Merger		merger = {0};

	require_row_type(fcinfo, "lead");
	require_argument(!PG_ARGISNULL(1), "winner", "Pass the id of the lead that is to stay.");
	merger.winner_id = PG_GETARG_DATUM(1);

	SPI_connect();
	read_losers(fcinfo, &merger);
	lock_all(&merger);
	judge_all(&merger);
	if (merger.count > 0)
		prepare(&merger);
	for (int i = 0; i < merger.count; i++)
		merge_one(&merger, merger.loser_ids[i]);
	return finish_with_lead(fcinfo, merger.winner_id);
}

static void
refuse_losers(const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument losers cannot be used"),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static void
read_losers(FunctionCallInfo fcinfo, Merger *merger)
{
	static const char *const hint = "Pass the ids of the leads that are to go into the winner.";
	ArrayType  *array = PG_ARGISNULL(2) ? NULL : PG_GETARG_ARRAYTYPE_P(2);
	Datum		value = PointerGetDatum(array);
	bool		isnull;

	require_argument(array != NULL, "losers", hint);
	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) == 0)
		refuse_losers("It is empty.", hint);
	if (array_contains_nulls(array))
		refuse_losers("It contains NULL.", hint);
	merger->count = plan_execute(&distinct_plan, &value, NULL, SPI_OK_SELECT);
	merger->loser_ids = palloc(sizeof(Datum) * merger->count);
	for (int i = 0; i < merger->count; i++)
	{
		merger->loser_ids[i] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
		if (same_uuid(merger->loser_ids[i], merger->winner_id))
			refuse_losers("The winner is among them.", "Leave it out: a lead is not merged into itself.");
	}
}

static void
lock_all(const Merger *merger)
{
	Datum	   *ids = palloc(sizeof(Datum) * (merger->count + 1));

	ids[0] = merger->winner_id;
	memcpy(ids + 1, merger->loser_ids, sizeof(Datum) * merger->count);
	stored_leads_lock(ids, merger->count + 1);
}

static Refusal *
make_refusal(int sqlstate, const char *table, const char *column, const char *constraint)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = sqlstate;
	refusal->table = table;
	refusal->column = column;
	refusal->constraint = constraint;
	return refusal;
}

/* The winner must not be merged away itself. */
static Refusal *
judge_winner(const LeadRow *winner)
{
	Refusal    *refusal;

	if (merges_query(&merged_plan, &ROW_VALUE(winner, LEAD_ID)) == 0)
		return NULL;
	refusal = make_refusal(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "lead_merge", "winner_id", NULL);
	refusal->message = psprintf("lead \"%s\" is itself merged into \"%s\"",
								lead_row_string(winner, LEAD_KEY), text_column(2));
	refusal->detail = "A lead that is merged into another takes in no more.";
	refusal->hint = psprintf("Merge into that one: SELECT * FROM lead.merge('%s', losers);", text_column(1));
	return refusal;
}

/* A customer came out of a converted lead: it cannot go into another. */
static Refusal *
judge_status(const LeadRow *loser)
{
	Status		status = status_of(ROW_VALUE(loser, LEAD_STATUS));
	Refusal    *refusal;

	if (!STATUS_IS_CONVERTED(status))
		return NULL;
	refusal = make_refusal(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "lead", "status", "lead_status_conversion");
	refusal->message = psprintf("lead \"%s\" is converted and cannot be merged into another",
								lead_row_string(loser, LEAD_KEY));
	refusal->detail = psprintf("Its status is %s.", status_name(status));
	refusal->hint = psprintf("Let it be the winner, or take the conversion back first: SELECT * FROM lead.revert_conversion('%s', 'reason');",
							 lead_row_id(loser));
	return refusal;
}

/* Whether the loser is in this winner already; a refusal where it cannot get there. */
static bool
is_replay(const LeadRow *loser, Datum winner_id, Refusal **refusal)
{
	bool		isnull;

	*refusal = judge_status(loser);
	if (*refusal || merges_query(&merged_plan, &ROW_VALUE(loser, LEAD_ID)) == 0)
		return false;
	if (same_uuid(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull), winner_id))
		return true;
	*refusal = make_refusal(ERRCODE_LEAD_CONFLICT, "lead_merge", "loser_id", "lead_merge_pkey");
	(*refusal)->message = psprintf("lead \"%s\" is merged already", lead_row_string(loser, LEAD_KEY));
	(*refusal)->detail = psprintf("It went into \"%s\".", text_column(2));
	(*refusal)->hint = psprintf("Merge that one instead, or take the merge back first: SELECT * FROM lead.unmerge('%s');",
								lead_row_id(loser));
	return false;
}

/* Raises all that stands against the merge; leaves the losers that are yet to be merged. */
static void
judge_all(Merger *merger)
{
	List	   *refusals = NIL;
	StoredLead	lead;
	Refusal    *refusal;
	int			left = 0;

	stored_lead_read(&lead, merger->winner_id, false);
	if ((refusal = judge_winner(&lead.row)) != NULL)
		refusals = lappend(refusals, refusal);
	for (int i = 0; i < merger->count; i++)
	{
		stored_lead_read(&lead, merger->loser_ids[i], false);
		if (is_replay(&lead.row, merger->winner_id, &refusal))
			continue;
		if (refusal)
			refusals = lappend(refusals, refusal);
		merger->loser_ids[left++] = merger->loser_ids[i];
	}
	refusals_raise(refusals);
	merger->count = left;
}

/* What all steps need to know. */
static void
prepare(Merger *merger)
{
	Datum		lead = ObjectIdGetDatum(lead_relation("lead", false));
	int			count;
	Datum		value;
	bool		isnull;

	count = plan_execute(&fillable_plan, &lead, NULL, SPI_OK_SELECT);
	for (int i = 0; i < count; i++)
	{
		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
		merger->fillable = bms_add_member(merger->fillable, DatumGetInt32(value) - 1);
	}
	merges_query(&last_plan, &merger->winner_id);
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	merger->last = isnull ? DT_NOBEGIN : DatumGetTimestampTz(value);
}

/*
 * Gives the winner what it lacks and the loser has. Where that is nothing it
 * is not written.
 */
static void
enrich(const Merger *merger, const LeadRow *winner, const LeadRow *loser)
{
	Datum		values[2] = {ROW_VALUE(winner, LEAD_ID), ROW_VALUE(loser, LEAD_ID)};
	LeadRow		wanted = lead_row_copy(winner);
	Bitmapset  *places = NULL;
	int			place = -1;

	if (plan_execute(&united_plan, values, NULL, SPI_OK_SELECT) != 1)
		require_updated(0, winner);
	for (int i = 0; i < lengthof(united_columns); i++)
	{
		bool		isnull;
		Datum		united = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &isnull);

		if (isnull)
			continue;
		lead_row_set(&wanted, united_columns[i], united);
		places = bms_add_member(places, wanted.place[united_columns[i]]);
	}
	while ((place = bms_next_member(merger->fillable, place)) >= 0)
	{
		if (place >= wanted.desc->natts || !winner->nulls[place] || loser->nulls[place])
			continue;
		wanted.values[place] = loser->values[place];
		wanted.nulls[place] = false;
		places = bms_add_member(places, place);
	}
	if (places)
		update_columns(winner, &wanted, places);
}

/* Points these persons from one lead to another: all of them, or it is an error. */
void
point_persons(Datum person_ids, Datum from, Datum to)
{
	ArrayType  *array = DatumGetArrayTypeP(person_ids);
	Datum		values[3] = {person_ids, from, to};
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bool		isnull;

	if (count == 0)
		return;
	plan_execute(&point_plan, values, NULL, SPI_OK_SELECT);
	if (DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull)) != count)
		require_written(0, "person");
}

/* The persons of the loser whom the caller may change go to the winner; returns their ids. */
static Datum
move_persons(Datum loser_id, Datum winner_id)
{
	Datum		ids;
	bool		isnull;

	plan_execute(&persons_plan, &loser_id, NULL, SPI_OK_SELECT);
	ids = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		return PointerGetDatum(construct_empty_array(UUIDOID));
	point_persons(ids, loser_id, winner_id);
	return ids;
}

/*
 * The loser ends REJECTED; one that is so already stays as it is. The reason
 * names the winner by id, not by key, which an erasure would have to overwrite
 * in the history of others.
 */
static void
end_loser(const LeadRow *loser, const LeadRow *winner)
{
	Datum		reason;

	if (status_of(ROW_VALUE(loser, LEAD_STATUS)) == STATUS_REJECTED)
		return;
	reason = CStringGetTextDatum(psprintf("merged into lead %s", lead_row_id(winner)));
	move_with_pass(PASS_MERGE, loser, STATUS_REJECTED, &reason, NULL);
}

/* User code runs in each write: triggers, event bindings. */
static void
require_status(const LeadRow *loser, Status expected)
{
	Status		status = status_of(ROW_VALUE(loser, LEAD_STATUS));

	if (status != expected)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("lead \"%s\" changed its status while it was merged", lead_row_string(loser, LEAD_KEY)),
				 errdetail("A trigger or event binding made it %s.", status_name(status)),
				 errhint("Have it leave the status to the merge."),
				 errlead("status", NULL)));
}

/* Both as they are now go into the record, with what they were before. */
static void
record(Merger *merger, Datum loser_id, Datum winner_before, Datum loser_before, Datum person_ids)
{
	const char *actor = setting_actor();
	StoredLead	winner,
				loser;
	Refusal    *refusal;
	Datum		values[10];
	bool		nulls[10] = {false};

	stored_lead_read(&winner, merger->winner_id, false);
	stored_lead_read(&loser, loser_id, false);
	require_status(&loser.row, STATUS_REJECTED);
	if ((refusal = judge_winner(&winner.row)) != NULL)	/* user code again: no circles */
		refusals_raise(list_make1(refusal));
	merger->last = Max(GetCurrentTimestamp(), merger->last + 1);
	values[0] = loser_id;
	values[1] = merger->winner_id;
	values[2] = ROW_VALUE(&winner.row, LEAD_VERSION_COLUMN);
	values[3] = ROW_VALUE(&loser.row, LEAD_VERSION_COLUMN);
	values[4] = winner_before;
	values[5] = loser_before;
	values[6] = person_ids;
	values[7] = TimestampTzGetDatum(merger->last);
	values[8] = CStringGetTextDatum(outer_user_name());
	nulls[9] = actor == NULL;
	values[9] = actor ? CStringGetTextDatum(actor) : (Datum) 0;
	require_written(merges_write(&record_plan, values, nulls, SPI_OK_INSERT), "lead_merge");
}

/* One step, in an SPI connection of its own, so that its memory goes with it. */
static void
merge_one(Merger *merger, Datum loser_id)
{
	StoredLead	winner,
				loser;
	Refusal    *refusal;
	Datum		winner_before,
				loser_before,
				person_ids;
	Status		status;

	CHECK_FOR_INTERRUPTS();
	SPI_connect();
	stored_lead_read(&winner, merger->winner_id, false);
	stored_lead_read(&loser, loser_id, false);
	if (is_replay(&loser.row, merger->winner_id, &refusal))
	{
		SPI_finish();			/* user code of an earlier step has done it */
		return;
	}
	if (refusal)
		refusals_raise(list_make1(refusal));
	winner_before = lead_snapshot(merger->winner_id);
	loser_before = lead_snapshot(loser_id);
	enrich(merger, &winner.row, &loser.row);
	person_ids = move_persons(loser_id, merger->winner_id);
	status = status_of(ROW_VALUE(&loser.row, LEAD_STATUS));
	stored_lead_read(&loser, loser_id, false);
	require_status(&loser.row, status);
	end_loser(&loser.row, &winner.row);
	record(merger, loser_id, winner_before, loser_before, person_ids);
	SPI_finish();
}
