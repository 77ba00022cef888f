/*
 * erase.c
 *		Overwrites the personal data of a lead, for good: lead.erase.
 *
 * All in the caller's transaction: the lead, those merged into it, their history
 * and conversions, what their merges kept, the persons that are theirs alone,
 * and the customer with his accounts where they alone made him, or only leads
 * that are erased have to do with him. What overwrite.c names stays: statuses,
 * codes, times and roles, so that every figure of the past is the same afterwards.
 *
 * What belongs to the lead is found with the rights of each table's owner: a
 * policy that hides a person or a second conversion from the caller must not
 * decide what is erased. Lead, person, customer and account are then written
 * as the caller, so a policy may refuse the erasure, but not halve it. History,
 * conversion, lines of imports and certificate are written as their owner, as always.
 *
 * Rows are locked FOR UPDATE before anything is found: whoever is just adding
 * a person, or attaching a lead to the customer, is waited for.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "errors.h"
#include "leads.h"
#include "overwrite.h"
#include "pass.h"
#include "plans.h"
#include "roles.h"
#include "settings.h"

LEAD_FUNCTION(lead_do_erase);

/* What is erased together. Arrays are uuid[], empty where there is none. */
typedef struct Scope
{
	Datum		leads;
	Datum		customers;		/* those that no other lead has to do with */
	Datum		reason;
} Scope;

/* the lead and those merged into it, directly or not */
static KeptPlan merged_plan = {
	"WITH RECURSIVE party (id) AS (SELECT $1 UNION SELECT m.loser_id::pg_catalog.uuid FROM party"
	" JOIN lead.lead_merge m ON m.winner_id OPERATOR(pg_catalog.=) party.id)"
	" SELECT pg_catalog.array_agg(party.id) FROM party",
	{UUIDOID, InvalidOid}
};

/* the lead that this one went into, in the end; NULL: none */
static KeptPlan winner_plan = {
	"WITH RECURSIVE winner (id) AS (SELECT m.winner_id::pg_catalog.uuid FROM lead.lead_merge m WHERE m.loser_id OPERATOR(pg_catalog.=) $1"
	" UNION SELECT m.winner_id::pg_catalog.uuid FROM winner JOIN lead.lead_merge m ON m.loser_id OPERATOR(pg_catalog.=) winner.id)"
	" SELECT (SELECT winner.id FROM winner WHERE NOT EXISTS"
	" (SELECT FROM lead.lead_merge m WHERE m.loser_id OPERATOR(pg_catalog.=) winner.id) LIMIT 1)",
	{UUIDOID, InvalidOid}
};

static KeptPlan key_plan = {
	"SELECT l.key FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, InvalidOid}
};

static KeptPlan lock_leads_plan = {
	"SELECT FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY l.id FOR UPDATE",
	{UUIDARRAYOID, InvalidOid}
};

/* erased before, and not written since */
#define IS_ERASED(lead_id) \
	"EXISTS (SELECT FROM lead.lead_erasure e JOIN lead.lead w ON w.id OPERATOR(pg_catalog.=) e.lead_id" \
	" AND w.version OPERATOR(pg_catalog.=) e.version WHERE e.lead_id OPERATOR(pg_catalog.=) " lead_id ")"

/* customers of these leads that one of them made, or a lead that is erased already */
#define MADE_CUSTOMERS \
	"SELECT pg_catalog.array_agg(DISTINCT c.customer_id::pg_catalog.uuid) FROM lead.lead_conversion c" \
	" WHERE c.lead_id OPERATOR(pg_catalog.=) ANY ($1) AND c.customer_id IS NOT NULL" \
	" AND EXISTS (SELECT FROM lead.lead_conversion m WHERE m.customer_id OPERATOR(pg_catalog.=) c.customer_id" \
	" AND m.made_customer::pg_catalog.bool AND (m.lead_id OPERATOR(pg_catalog.=) ANY ($1) OR " IS_ERASED("m.lead_id") "))"

static KeptPlan made_customers_plan = {
	MADE_CUSTOMERS,
	{UUIDARRAYOID, InvalidOid}
};

/* those of them that are erased */
static KeptPlan made_of_these_plan = {
	MADE_CUSTOMERS " AND c.customer_id OPERATOR(pg_catalog.=) ANY ($2)",
	{UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

static KeptPlan lock_customers_plan = {
	"SELECT FROM lead.customer u WHERE u.id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY u.id FOR UPDATE",
	{UUIDARRAYOID, InvalidOid}
};

static KeptPlan own_customers_plan = {
	"SELECT pg_catalog.array_agg(u.id) FROM pg_catalog.unnest($1) u (id)"
	" WHERE NOT EXISTS (SELECT FROM lead.lead_conversion c WHERE c.customer_id OPERATOR(pg_catalog.=) u.id"
	" AND c.lead_id OPERATOR(pg_catalog.<>) ALL ($2) AND NOT " IS_ERASED("c.lead_id") ")",
	{UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

/* $1 the lead, $2 all customers erased, $3 those of this lead */
static KeptPlan own_persons_plan = {
	"WITH own AS MATERIALIZED (SELECT p.id FROM lead.person p"
	" WHERE (p.lead_id OPERATOR(pg_catalog.=) $1 AND (p.customer_id IS NULL OR p.customer_id OPERATOR(pg_catalog.=) ANY ($2)))"
	" OR (p.customer_id OPERATOR(pg_catalog.=) ANY ($3) AND (p.lead_id IS NULL OR " IS_ERASED("p.lead_id") ")) FOR UPDATE)"
	" SELECT pg_catalog.array_agg(own.id::pg_catalog.uuid) FROM own",
	{UUIDOID, UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

/* the same and $4, all leads erased */
static KeptPlan shared_persons_plan = {
	"SELECT pg_catalog.count(*) FROM lead.person p"
	" WHERE (p.lead_id OPERATOR(pg_catalog.=) $1 AND p.customer_id IS NOT NULL AND p.customer_id OPERATOR(pg_catalog.<>) ALL ($2))"
	" OR (p.customer_id OPERATOR(pg_catalog.=) ANY ($3) AND p.lead_id OPERATOR(pg_catalog.<>) ALL ($4)"
	" AND NOT " IS_ERASED("p.lead_id") ")",
	{UUIDOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

static KeptPlan insert_plan = {
	"INSERT INTO lead.lead_erasure (lead_id, version, reason, erased_at, erased_by, erased_by_actor,"
	" history_rows, conversions, merges, persons, persons_kept, customer_id, accounts, kept)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
	{UUIDOID, INT4OID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID,
		INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, UUIDOID, INT4OID, TEXTARRAYOID, InvalidOid}
};

static KeptPlan read_plan = {
	"SELECT (e.*)::lead.lead_erasure FROM lead.lead_erasure e WHERE e.lead_id OPERATOR(pg_catalog.=) $1 ORDER BY e.version DESC LIMIT 1",
	{UUIDOID, InvalidOid}
};

static Datum
array_of(Datum id)
{
	return PointerGetDatum(construct_array(&id, 1, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/*
 * The first value of the first row, read as the owner of a table, with the
 * latest snapshot: what others have added is missed at no isolation level.
 */
static Datum
read_as_owner(KeptPlan *plan, Datum *values, const char *table, bool *isnull)
{
	plan_query_as_owner(plan, values, table);
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
}

/* The same where it is uuid[]: empty instead of NULL. */
static Datum
ids_as_owner(KeptPlan *plan, Datum *values, const char *table)
{
	bool		isnull;
	Datum		ids = read_as_owner(plan, values, table, &isnull);

	return isnull ? PointerGetDatum(construct_empty_array(UUIDOID)) : ids;
}

/* The customers that these leads made and nobody else has to do with, locked. */
static Datum
own_customers(Datum leads)
{
	Datum		made = ids_as_owner(&made_customers_plan, &leads, "lead_conversion");
	Datum		values[2] = {made, leads};

	plan_execute_as_owner(&lock_customers_plan, &made, NULL, SPI_OK_SELECT, "customer");
	return ids_as_owner(&own_customers_plan, values, "lead_conversion");
}

static Datum
text_array(List *strings)
{
	Datum	   *values = palloc(Max(list_length(strings), 1) * sizeof(Datum));
	ListCell   *cell;
	int			count = 0;

	foreach(cell, strings)
		values[count++] = CStringGetTextDatum((char *) lfirst(cell));
	return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The first of ids; false where there is none. */
static bool
first_of(Datum ids, Datum *first)
{
	int			index = 1;
	bool		isnull;

	*first = array_get_element(ids, 1, &index, -1, UUID_LEN, false, TYPALIGN_CHAR, &isnull);
	return !isnull;
}

/* The lead itself, as the caller, with a pass for the guard. */
static void
overwrite_lead(const StoredLead *lead, Overwritten *done)
{
	Datum		id = ROW_VALUE(&lead->row, LEAD_ID);
	Status		status = status_of(ROW_VALUE(&lead->row, LEAD_STATUS));

	pass_give(PASS_ERASE, DatumGetUUIDP(id), status, status);
	overwrite_rows(done, "lead", "id", array_of(id));
	require_pass_used(PASS_ERASE, &lead->row, status, status);
}

/* Erases one lead of the scope and writes its certificate. */
static void
erase_lead(const Scope *scope, Datum id)
{
	Datum		leads = array_of(id);
	Datum		own_values[2] = {leads, scope->customers};
	Datum		customers = ids_as_owner(&made_of_these_plan, own_values, "lead_conversion");
	Datum		person_values[4] = {id, scope->customers, customers, scope->leads};
	Overwritten done = {0};
	StoredLead	lead;
	Datum		values[14];
	bool		nulls[14] = {false};
	const char *actor = setting_actor();

	stored_lead_read(&lead, id, false);
	done.lead_key = lead_row_string(&lead.row, LEAD_KEY);
	overwrite_lead(&lead, &done);
	values[0] = id;
	values[1] = Int32GetDatum(done.version);
	values[2] = scope->reason;
	values[3] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[4] = CStringGetTextDatum(outer_user_name());
	nulls[5] = actor == NULL;
	values[5] = actor ? CStringGetTextDatum(actor) : (Datum) 0;
	values[6] = Int32GetDatum(overwrite_rows(&done, "lead_status_change", "lead_id", leads));
	values[7] = Int32GetDatum(overwrite_rows(&done, "lead_conversion", "lead_id", leads));
	values[8] = Int32GetDatum(overwrite_rows(&done, "lead_merge", "winner_id", leads));
	overwrite_rows(&done, "lead_import", "lead_id", leads);
	values[9] = Int32GetDatum(overwrite_rows(&done, "person", "id",
											 ids_as_owner(&own_persons_plan, person_values, "person")));
	values[10] = Int32GetDatum((int32) DatumGetInt64(read_as_owner(&shared_persons_plan, person_values,
																   "person", &nulls[10])));
	nulls[11] = !first_of(customers, &values[11]);
	overwrite_rows(&done, "customer", "id", customers);
	values[12] = Int32GetDatum(overwrite_rows(&done, "account", "customer_id", customers));
	values[13] = text_array(done.kept);

	require_written(plan_execute_as_owner(&insert_plan, values, nulls, SPI_OK_INSERT, "lead_erasure"), "lead_erasure");
}

/* A lead merged into another is the same party, and is erased with it. */
static void
refuse_merged(const StoredLead *lead)
{
	bool		isnull;
	Datum		winner = read_as_owner(&winner_plan, &ROW_VALUE(&lead->row, LEAD_ID), "lead_merge", &isnull);
	char	   *id,
			   *key = NULL;

	if (isnull)
		return;
	id = DatumGetCString(DirectFunctionCall1(uuid_out, winner));
	if (plan_execute(&key_plan, &winner, NULL, SPI_OK_SELECT) > 0)	/* as the caller may see it */
		key = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("lead \"%s\" is merged into lead \"%s\"", lead_row_string(&lead->row, LEAD_KEY), key ? key : id),
			 errdetail("Both are the same party, so they are erased together."),
			 errhint("Erase the other one: SELECT * FROM lead.erase('%s', 'reason');", id),
			 err_place("lead_merge", "loser_id", "lead_merge_pkey")));
}

/* The lead and all merged into it. */
static Datum
read_party(Datum lead_id)
{
	bool		isnull;

	return read_as_owner(&merged_plan, &lead_id, "lead_merge", &isnull);
}

static int
count_of(Datum ids)
{
	return ARR_DIMS(DatumGetArrayTypeP(ids))[0];
}

/*
 * Locks them, all in the order of their ids, as merges do; while we waited more
 * may have been merged. Reads the lead as it is then.
 */
static Datum
lock_party(StoredLead *lead, Datum lead_id)
{
	Datum		party = read_party(lead_id);
	int			locked;
	int			count;

	do
	{
		count = count_of(party);
		locked = plan_execute(&lock_leads_plan, &party, NULL, SPI_OK_SELECT);
		party = read_party(lead_id);
	} while (count_of(party) > count);
	stored_lead_read(lead, lead_id, false);
	if (locked < count)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("lead \"%s\" was not erased", lead_row_string(&lead->row, LEAD_KEY)),
				 errdetail("A row security policy hides a lead that is merged into it."),
				 errhint("Have it erased by an administrator who may see both."),
				 err_place("lead_merge", "winner_id", NULL)));
	return party;
}

/* lead.erase: see its SQL comment. */
Datum
lead_do_erase(PG_FUNCTION_ARGS)
{
	Scope		scope;
	StoredLead	lead;
	Datum		id,
			   *ids;
	bool	   *nulls;
	int			count;

	require_row_type(fcinfo, "lead_erasure");
	require_argument(!PG_ARGISNULL(1), "lead_id", "Pass the id of the lead.");
	id = PG_GETARG_DATUM(1);
	require_administrator("erase a lead", "Have an administrator do it.");
	if (given_text(fcinfo, 2) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_LEAD_REASON),
				 errmsg("an erasure needs a reason"),
				 errdetail("The certificate keeps it."),
				 errhint("Pass reason; name nobody in it."),
				 err_place("lead_erasure", "reason", "lead_erasure_reason")));
	scope.reason = PG_GETARG_DATUM(2);

	SPI_connect();
	scope.leads = lock_party(&lead, id);
	refuse_merged(&lead);
	scope.customers = own_customers(scope.leads);
	deconstruct_array(DatumGetArrayTypeP(scope.leads), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR, &ids, &nulls, &count);
	for (int i = 0; i < count; i++)
		erase_lead(&scope, ids[i]);
	return finish_with_row(fcinfo, &read_plan, id);
}
