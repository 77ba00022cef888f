/*
 * erase.c
 *		Overwrites the personal data of a lead, for good: lead.erase.
 *
 * All in the caller's transaction: the lead, its history and conversions, the
 * persons that are the lead's alone, and the customer with his accounts where
 * the lead alone made him. What overwrite.c names stays: statuses, codes,
 * times and roles, so that every figure of the past is the same afterwards.
 *
 * What belongs to the lead is found with the rights of each table's owner: a
 * policy that hides a person or a second conversion from the caller must not
 * decide what is erased. Lead, person, customer and account are then written
 * as the caller, so a policy may refuse the erasure, but not halve it. History,
 * conversion and certificate are written as their owner, as always.
 *
 * Rows are locked FOR UPDATE before anything is found: whoever is just adding
 * a person, or attaching a lead to the customer, is waited for.
 *
 * Not reached here: payloads of imports, whose tables do not exist yet.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
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

static KeptPlan lock_leads_plan = {
	"SELECT FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY l.id FOR UPDATE",
	{UUIDARRAYOID, InvalidOid}
};

/* of these leads; $2 NULL: whoever he is, else one of these */
static KeptPlan made_customers_plan = {
	"SELECT pg_catalog.array_agg(DISTINCT c.customer_id::pg_catalog.uuid) FROM lead.lead_conversion c"
	" WHERE c.lead_id OPERATOR(pg_catalog.=) ANY ($1) AND c.made_customer::pg_catalog.bool AND c.customer_id IS NOT NULL"
	" AND ($2 IS NULL OR c.customer_id OPERATOR(pg_catalog.=) ANY ($2))",
	{UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

static KeptPlan lock_customers_plan = {
	"SELECT FROM lead.customer u WHERE u.id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY u.id FOR UPDATE",
	{UUIDARRAYOID, InvalidOid}
};

static KeptPlan own_customers_plan = {
	"SELECT pg_catalog.array_agg(u.id) FROM pg_catalog.unnest($1) u (id)"
	" WHERE NOT EXISTS (SELECT FROM lead.lead_conversion c WHERE c.customer_id OPERATOR(pg_catalog.=) u.id"
	" AND c.lead_id OPERATOR(pg_catalog.<>) ALL ($2))",
	{UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

/* $1 the lead, $2 all customers erased, $3 those of this lead */
static KeptPlan own_persons_plan = {
	"WITH own AS MATERIALIZED (SELECT p.id FROM lead.person p"
	" WHERE (p.lead_id OPERATOR(pg_catalog.=) $1 AND (p.customer_id IS NULL OR p.customer_id OPERATOR(pg_catalog.=) ANY ($2)))"
	" OR (p.lead_id IS NULL AND p.customer_id OPERATOR(pg_catalog.=) ANY ($3)) FOR UPDATE)"
	" SELECT pg_catalog.array_agg(own.id::pg_catalog.uuid) FROM own",
	{UUIDOID, UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

/* the same and $4, all leads erased */
static KeptPlan shared_persons_plan = {
	"SELECT pg_catalog.count(*) FROM lead.person p"
	" WHERE (p.lead_id OPERATOR(pg_catalog.=) $1 AND p.customer_id OPERATOR(pg_catalog.<>) ALL ($2))"
	" OR (p.customer_id OPERATOR(pg_catalog.=) ANY ($3) AND p.lead_id OPERATOR(pg_catalog.<>) ALL ($4))",
	{UUIDOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

static KeptPlan insert_plan = {
	"INSERT INTO lead.lead_erasure (lead_id, version, reason, erased_at, erased_by, erased_by_actor,"
	" history_rows, conversions, persons, persons_kept, customer_id, accounts, kept)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	{UUIDOID, INT4OID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID,
		INT4OID, INT4OID, INT4OID, INT4OID, UUIDOID, INT4OID, TEXTARRAYOID, InvalidOid}
};

static KeptPlan read_plan = {
	"SELECT e FROM lead.lead_erasure e WHERE e.lead_id OPERATOR(pg_catalog.=) $1 ORDER BY e.version DESC LIMIT 1",
	{UUIDOID, InvalidOid}
};

/* The C function is PUBLIC's, so it asks by itself. */
static void
require_administrator(void)
{
	if (pg_class_aclcheck(lead_relation("lead", false), GetUserId(), ACL_DELETE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to erase a lead"),
				 errdetail("It asks for DELETE on lead.lead, which administrators have."),
				 errhint("Have an administrator do it."),
				 err_place("lead", NULL, NULL)));
}

static Datum
array_of(Datum id)
{
	return PointerGetDatum(construct_array(&id, 1, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/* The first value of the first row, read as the owner of a table. */
static Datum
read_as_owner(KeptPlan *plan, Datum *values, const bool *nulls, const char *table, bool *isnull)
{
	RoleSwitch	saved = become_owner_of(lead_relation(table, false));

	plan_execute(plan, values, nulls, SPI_OK_SELECT);
	switch_back(saved);
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
}

/* The same where it is uuid[]: empty instead of NULL. */
static Datum
ids_as_owner(KeptPlan *plan, Datum *values, const bool *nulls, const char *table)
{
	bool		isnull;
	Datum		ids = read_as_owner(plan, values, nulls, table, &isnull);

	return isnull ? PointerGetDatum(construct_empty_array(UUIDOID)) : ids;
}

/* The customers that these leads made and nobody else has to do with, locked. */
static Datum
own_customers(Datum leads)
{
	Datum		values[2] = {leads, (Datum) 0};
	bool		nulls[2] = {false, true};
	Datum		made = ids_as_owner(&made_customers_plan, values, nulls, "lead_conversion");
	RoleSwitch	saved = become_owner_of(lead_relation("customer", false));

	plan_execute(&lock_customers_plan, &made, NULL, SPI_OK_SELECT);
	switch_back(saved);
	values[0] = made;
	values[1] = leads;
	return ids_as_owner(&own_customers_plan, values, NULL, "lead_conversion");
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

static bool
first_of(Datum ids, Datum *first)
{
	ArrayType  *array = DatumGetArrayTypeP(ids);
	int			index = 1;
	bool		isnull = true;

	if (ARR_NDIM(array) == 1)
		*first = array_ref(array, 1, &index, -1, UUID_LEN, false, TYPALIGN_CHAR, &isnull);
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
	if (pass_use(PASS_ERASE, DatumGetUUIDP(id), status, status))
		require_updated(0, &lead->row);	/* it went past the guard */
}

/* Erases one lead of the scope and writes its certificate. */
static void
erase_lead(const Scope *scope, Datum id)
{
	Datum		leads = array_of(id);
	Datum		own_values[2] = {leads, scope->customers};
	Datum		customers = ids_as_owner(&made_customers_plan, own_values, NULL, "lead_conversion");
	Datum		person_values[4] = {id, scope->customers, customers, scope->leads};
	Overwritten done = {0};
	StoredLead	lead;
	Datum		values[13];
	bool		nulls[13] = {false};
	const char *actor = setting_actor();
	RoleSwitch	saved;

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
	values[8] = Int32GetDatum(overwrite_rows(&done, "person", "id",
											 ids_as_owner(&own_persons_plan, person_values, NULL, "person")));
	values[9] = Int32GetDatum((int32) DatumGetInt64(read_as_owner(&shared_persons_plan, person_values, NULL,
																  "person", &nulls[9])));
	nulls[10] = !first_of(customers, &values[10]);
	overwrite_rows(&done, "customer", "id", customers);
	values[11] = Int32GetDatum(overwrite_rows(&done, "account", "customer_id", customers));
	values[12] = text_array(done.kept);

	saved = become_owner_of(lead_relation("lead_erasure", false));
	require_written(plan_execute(&insert_plan, values, nulls, SPI_OK_INSERT), "lead_erasure");
	switch_back(saved);
}

/* lead.erase: see its SQL comment. */
Datum
lead_do_erase(PG_FUNCTION_ARGS)
{
	Scope		scope;
	Datum		id;

	require_row_type(fcinfo, "lead_erasure");
	require_argument(!PG_ARGISNULL(1), "lead_id", "Pass the id of the lead.");
	id = PG_GETARG_DATUM(1);
	require_administrator();
	if (given_text(fcinfo, 2) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_LEAD_REASON),
				 errmsg("an erasure needs a reason"),
				 errdetail("The certificate keeps it."),
				 errhint("Pass reason; name nobody in it."),
				 err_place("lead_erasure", "reason", "lead_erasure_reason")));
	scope.reason = PG_GETARG_DATUM(2);

	SPI_connect();
	scope.leads = array_of(id);
	if (plan_execute(&lock_leads_plan, &scope.leads, NULL, SPI_OK_SELECT) == 0)
		no_such_lead(DatumGetCString(DirectFunctionCall1(uuid_out, id)));
	scope.customers = own_customers(scope.leads);
	erase_lead(&scope, id);
	return finish_with_row(fcinfo, &read_plan, id);
}
