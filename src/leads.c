/*
 * leads.c
 *		Reads a stored lead by id, locks and moves it, as the caller: privileges
 *		and row security hold. Locks are NO KEY UPDATE, so that persons may be
 *		added meanwhile: their foreign key takes a weaker lock, and two such
 *		sessions that then asked for FOR UPDATE would wait for each other.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "attributes.h"
#include "errors.h"
#include "leads.h"
#include "roles.h"
#include "text.h"

/*
 * The row as a whole, not its columns, which would lose the place of dropped
 * ones; and written so that it cannot be taken for a column of the user's.
 */
static KeptPlan read_plan = {
	"SELECT (l.*)::lead.lead FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, InvalidOid}
};

static KeptPlan lock_plan = {
	"SELECT (l.*)::lead.lead FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	{UUIDOID, InvalidOid}
};

static KeptPlan lock_by_key_plan = {
	"SELECT (l.*)::lead.lead FROM lead.lead l WHERE l.key OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	{TEXTOID, InvalidOid}
};

/* in the order of ids, so that two sessions with the same leads wait, not deadlock */
static KeptPlan lock_many_plan = {
	"SELECT l.id::pg_catalog.uuid FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) ANY ($1)"
	" ORDER BY l.id FOR NO KEY UPDATE",
	{UUIDARRAYOID, InvalidOid}
};

static KeptPlan read_many_plan = {
	"SELECT (l.*)::lead.lead FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY l.id",
	{UUIDARRAYOID, InvalidOid}
};

static KeptPlan move_plan = {
	"UPDATE lead.lead AS l SET status = $2, status_reason = $3, deferred_until = $4"
	" WHERE l.id OPERATOR(pg_catalog.=) $1 AND l.version OPERATOR(pg_catalog.=) $5",
	{UUIDOID, LEAD_STATUS_ARGUMENT, TEXTOID, TIMESTAMPTZOID, INT4OID, InvalidOid}
};

static void
tuple_of_datum(Datum whole, HeapTuple tuple)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(whole);

	tuple->t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple->t_self);
	tuple->t_tableOid = InvalidOid;
	tuple->t_data = header;
}

static TupleDesc
open_datum(Datum whole, HeapTuple tuple)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(whole);

	tuple_of_datum(whole, tuple);
	return lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header),
									   HeapTupleHeaderGetTypMod(header));
}

/* A text argument; NULL where it is NULL or blank. */
char *
given_text(FunctionCallInfo fcinfo, int number)
{
	char	   *given = PG_ARGISNULL(number) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(number));

	return given && !blank_string(given) ? given : NULL;
}

/*
 * A row that a caller gives as an argument: of type lead.lead (42804), with a
 * status (22023); all else may be NULL.
 */
LeadRow
lead_argument(Datum whole)
{
	HeapTupleData tuple;
	TupleDesc	desc = open_datum(whole, &tuple);
	LeadRow		row;

	if (desc->tdtypeid != get_rel_type_id(lead_relation("lead", false)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument lead must be a row of lead.lead"),
				 errdetail("It is of another type."),
				 errhint("Pass the row itself, as in SELECT ... FROM lead.lead l with l.")));
	lead_row_open(&row, &tuple, desc);
	require_argument(!ROW_NULL(&row, LEAD_STATUS), "lead", "Pass a row of lead.lead, with its status.");
	return row;
}

/* A row of lead.lead that is made from a stored one. */
LeadRow
stored_row_of(Datum whole)
{
	HeapTupleData tuple;
	TupleDesc	desc = open_datum(whole, &tuple);
	LeadRow		row;

	stored_row_open(&row, &tuple, desc);
	return row;
}

static bool
read_one(StoredLead *lead, KeptPlan *plan, Datum argument)
{
	bool		isnull;

	if (plan_execute(plan, &argument, NULL, SPI_OK_SELECT) == 0)
		return false;
	lead->whole = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	lead->row = stored_row_of(lead->whole);
	return true;
}

/* Within SPI_connect; raises P0002 where there is no such lead for the caller. */
void
stored_lead_read(StoredLead *lead, Datum id, bool lock)
{
	if (!read_one(lead, lock ? &lock_plan : &read_plan, id))
		no_such_lead(DatumGetCString(DirectFunctionCall1(uuid_out, id)));
}

/*
 * Locks the lead of this id, else of this key; false where the caller has none.
 * While the lock was waited for the lead may have lost the key to another one,
 * so it is looked for once more.
 */
bool
stored_lead_lock_named(StoredLead *lead, const char *id_or_key)
{
	Datum		key = CStringGetTextDatum(id_or_key);
	pg_uuid_t	id;

	if (read_uuid(id_or_key, &id) && read_one(lead, &lock_plan, UUIDPGetDatum(&id)))
		return true;
	return read_one(lead, &lock_by_key_plan, key) || read_one(lead, &lock_by_key_plan, key);
}

static int
compare_uuids(const void *a, const void *b)
{
	return memcmp(a, b, UUID_LEN);
}

bool
same_uuid(Datum a, Datum b)
{
	return compare_uuids(DatumGetUUIDP(a), DatumGetUUIDP(b)) == 0;
}

/* Locks many leads, each named once; P0002 for the first that the caller cannot have. */
void
stored_leads_lock(Datum *ids, int count)
{
	Datum		array = PointerGetDatum(construct_array(ids, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
	int			found = plan_execute(&lock_many_plan, &array, NULL, SPI_OK_SELECT);
	pg_uuid_t  *locked = palloc(sizeof(pg_uuid_t) * (found + 1));
	bool		isnull;

	if (found == count)
		return;
	for (int i = 0; i < found; i++)
		locked[i] = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	for (int i = 0; i < count; i++)
		if (!bsearch(DatumGetUUIDP(ids[i]), locked, found, sizeof(pg_uuid_t), compare_uuids))
			no_such_lead(DatumGetCString(DirectFunctionCall1(uuid_out, ids[i])));
}

/* Locks those of an uuid[] that the caller can have, in the order of their ids. */
void
stored_leads_lock_known(Datum ids)
{
	(void) plan_execute(&lock_many_plan, &ids, NULL, SPI_OK_SELECT);
}

/*
 * Reads those of an uuid[] that the caller may see, in the order of their ids.
 * They are of one type, and share its description.
 */
int
stored_leads_read(Datum ids, StoredLead **leads)
{
	int			count = plan_execute(&read_many_plan, &ids, NULL, SPI_OK_SELECT);
	TupleDesc	desc = NULL;
	HeapTupleData tuple;
	bool		isnull;

	*leads = palloc(sizeof(StoredLead) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		StoredLead *lead = &(*leads)[i];
		HeapTupleHeader header;

		lead->whole = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
		header = DatumGetHeapTupleHeader(lead->whole);
		if (desc == NULL || desc->tdtypeid != HeapTupleHeaderGetTypeId(header) ||
			desc->tdtypmod != HeapTupleHeaderGetTypMod(header))
			desc = open_datum(lead->whole, &tuple);
		tuple_of_datum(lead->whole, &tuple);
		stored_row_open(&lead->row, &tuple, desc);
	}
	return count;
}

/*
 * Our functions that return a row are declared to return the type of their
 * first argument, and are called with a NULL of the right one by a wrapper.
 * Whoever calls them otherwise must not get a value of another type.
 */
void
require_row_type(FunctionCallInfo fcinfo, const char *table)
{
	if (get_fn_expr_rettype(fcinfo->flinfo) != get_rel_type_id(lead_relation(table, false)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument row_type must be of type lead.%s", table),
				 errdetail("The function returns a value of its type."),
				 errhint("Pass NULL::lead.%s, or call the function that does.", table)));
}

/*
 * Ends a function that returns a row, and its SPI connection: the row that the
 * plan finds for the lead, as the caller may see it now, or NULL.
 */
Datum
finish_with_row(FunctionCallInfo fcinfo, KeptPlan *plan, Datum lead_id)
{
	bool		found = plan_execute(plan, &lead_id, NULL, SPI_OK_SELECT) > 0;
	Datum		row = (Datum) 0;
	bool		isnull;

	if (found)
		row = SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull),
								false, -1);
	SPI_finish();
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(row);
}

/* The same with the lead itself. */
Datum
finish_with_lead(FunctionCallInfo fcinfo, Datum lead_id)
{
	return finish_with_row(fcinfo, &read_plan, lead_id);
}

/* The lead must have been written as asked, or nothing of it stays. */
void
require_updated(int count, const LeadRow *row)
{
	if (count == 1)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("lead \"%s\" was not updated", lead_row_string(row, LEAD_KEY)),
			 errdetail("A trigger or a row security policy suppressed or turned the change."),
			 errhint("Look at the triggers and policies of lead.lead."),
			 errlead("status", NULL)));
}

/*
 * Writes a move that no client may make himself, as the caller, with a pass for
 * the guard; reason and date may be NULL. By version too, for records name the
 * one that this UPDATE makes.
 */
void
move_with_pass(PassKind kind, const LeadRow *row, Status to, const Datum *reason, const Datum *until)
{
	Status		from = status_of(ROW_VALUE(row, LEAD_STATUS));
	Datum		values[5] = {ROW_VALUE(row, LEAD_ID), status_datum(to),
		reason ? *reason : (Datum) 0, until ? *until : (Datum) 0, ROW_VALUE(row, LEAD_VERSION_COLUMN)};
	bool		nulls[5] = {false, false, reason == NULL, until == NULL, false};

	pass_give(kind, DatumGetUUIDP(values[0]), from, to);
	require_updated(plan_execute(&move_plan, values, nulls, SPI_OK_UPDATE), row);
	require_pass_used(kind, row, from, to);
}

/* The pass must be gone after the UPDATE, or that went elsewhere. */
void
require_pass_used(PassKind kind, const LeadRow *row, Status from, Status to)
{
	if (pass_allows(kind, DatumGetUUIDP(ROW_VALUE(row, LEAD_ID)), from, to))
		require_updated(0, row);
}

/* A copy of the row with another status, as conditions are to see it. */
LeadRow
row_as_it_would_be(const LeadRow *row, Datum status, Datum reason, bool no_reason)
{
	LeadRow		copy = lead_row_copy(row);

	lead_row_set(&copy, LEAD_STATUS, status);
	lead_row_set_null(&copy, LEAD_DEFERRED_UNTIL);
	if (no_reason)
		lead_row_set_null(&copy, LEAD_STATUS_REASON);
	else
		lead_row_set(&copy, LEAD_STATUS_REASON, reason);
	return copy;
}
