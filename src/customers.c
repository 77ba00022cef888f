/*
 * customers.c
 *		The built-in customer of a converted lead: makes customer and account,
 *		or attaches to a customer that is there, and points the lead's persons
 *		to it. All as the caller, within SPI_connect.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/uuid.h"

#include "customers.h"
#include "errors.h"
#include "plans.h"
#include "settings.h"

static KeptPlan create_plan = {
	"INSERT INTO lead.customer (" NEW_CUSTOMER_COLUMNS ")"
	" SELECT " NEW_CUSTOMER_VALUES
	" FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1"
	" RETURNING id::pg_catalog.uuid",
	{UUIDOID, InvalidOid}
};

/* start date NULL: today, as lead.time_zone has it */
static KeptPlan open_account_plan = {
	"INSERT INTO lead.account (name, customer_id, account_start_date)"
	" SELECT l.party_name, $2, $3 FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1"
	" RETURNING id::pg_catalog.uuid",
	{UUIDOID, UUIDOID, DATEOID, InvalidOid}
};

#define UNITED(list) list " = lead.unite_contacts(c." list ", l." list ")"

static KeptPlan attach_plan = {
	"UPDATE lead.customer AS c SET"
	" description = COALESCE(c.description, l.description), "
	UNITED("contact_instants") ", "
	UNITED("phones") ", "
	UNITED("emails") ", "
	UNITED("websites") ", "
	UNITED("data_boxes") ","
	" data_tags = c.data_tags OPERATOR(pg_catalog.||) l.data_tags,"	/* repeats go when the row is stored */
	" chars = l.chars OPERATOR(pg_catalog.||) c.chars"
	" FROM lead.lead l"
	" WHERE l.id OPERATOR(pg_catalog.=) $1 AND c.id OPERATOR(pg_catalog.=) $2",
	{UUIDOID, UUIDOID, InvalidOid}
};

/* of those open today the one wanted, else the oldest */
static KeptPlan account_plan = {
	"SELECT a.id::pg_catalog.uuid FROM lead.account a WHERE a.customer_id OPERATOR(pg_catalog.=) $1"
	" AND (a.account_end_date IS NULL OR a.account_end_date OPERATOR(pg_catalog.>=) $3)"
	" ORDER BY (a.id OPERATOR(pg_catalog.=) $2) IS NOT TRUE, a.account_start_date, a.id LIMIT 1",
	{UUIDOID, UUIDOID, DATEOID, InvalidOid}
};

static KeptPlan point_persons_plan = {
	"WITH pointed AS ("
	"UPDATE lead.person AS p SET customer_id = $2"
	" WHERE p.lead_id OPERATOR(pg_catalog.=) $1 AND p.customer_id IS NULL RETURNING p.id)"
	" SELECT pg_catalog.array_agg(pointed.id::pg_catalog.uuid) FROM pointed",
	{UUIDOID, UUIDOID, InvalidOid}
};

static KeptPlan release_persons_plan = {
	"UPDATE lead.person AS p SET customer_id = NULL"
	" WHERE p.id OPERATOR(pg_catalog.=) ANY ($2) AND p.customer_id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, UUIDARRAYOID, InvalidOid}
};

/* The first column of the first row of the last result. */
static Datum
first_value(bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
}

/* The same where it is an id: never NULL while the table is as it was made. */
static Datum
first_id(const char *table)
{
	bool		isnull;
	Datum		id = first_value(&isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table lead.%s is not as the extension made it", table),
				 errdetail("A row has no id."),
				 errhint("Give column \"id\" its default and NOT NULL back."),
				 err_place(table, "id", NULL)));
	return id;
}

static void
open_account(Datum lead_id, const DateADT *since, Outcome *outcome)
{
	Datum		values[3] = {lead_id, outcome->customer_id, since ? DateADTGetDatum(*since) : (Datum) 0};
	bool		nulls[3] = {false, false, since == NULL};

	require_written(plan_execute(&open_account_plan, values, nulls, SPI_OK_INSERT_RETURNING), "account");
	outcome->account_id = first_id("account");
	outcome->has_account = true;
}

static void
point_persons(Datum lead_id, Outcome *outcome)
{
	Datum		values[2] = {lead_id, outcome->customer_id};
	bool		isnull;
	Datum		ids;

	plan_execute(&point_persons_plan, values, NULL, SPI_OK_SELECT);
	ids = first_value(&isnull);
	outcome->person_ids = isnull ? (Datum) 0 : ids;
}

/* since: the first day of the account; NULL: today. */
Outcome
customer_create(Datum lead_id, const DateADT *since)
{
	Outcome		outcome = {0};

	require_written(plan_execute(&create_plan, &lead_id, NULL, SPI_OK_INSERT_RETURNING), "customer");
	outcome.customer_id = first_id("customer");
	outcome.has_customer = true;
	outcome.made_customer = true;
	open_account(lead_id, since, &outcome);
	point_persons(lead_id, &outcome);
	return outcome;
}

/*
 * Empty fields are filled, lists, tags and chars united. The account is the one
 * wanted if it is (still) the customer's and open today, else his oldest that
 * is, else a new one.
 */
Outcome
customer_attach(Datum lead_id, Datum customer_id, const Datum *account_id, const DateADT *since)
{
	Outcome		outcome = {0};
	Datum		values[2] = {lead_id, customer_id};
	Datum		account_values[3] = {customer_id, account_id ? *account_id : (Datum) 0,
		DateADTGetDatum(today_date())};
	bool		account_nulls[3] = {false, account_id == NULL, false};

	if (plan_execute(&attach_plan, values, NULL, SPI_OK_UPDATE) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("customer %s does not exist",
						DatumGetCString(DirectFunctionCall1(uuid_out, customer_id))),
				 errdetail("No row of lead.customer with this id is there, or none that you may change."),
				 errhint("Leave customer_id out to make a new customer."),
				 err_place("lead_conversion", "customer_id", "lead_conversion_customer_id_fkey")));
	outcome.customer_id = customer_id;
	outcome.has_customer = true;
	if (plan_execute(&account_plan, account_values, account_nulls, SPI_OK_SELECT) > 0)
	{
		outcome.account_id = first_id("account");
		outcome.has_account = true;
	}
	else
		open_account(lead_id, since, &outcome);
	point_persons(lead_id, &outcome);
	return outcome;
}

/* Persons whom the conversion pointed to the customer lose it. */
void
customer_detach(Datum customer_id, Datum person_ids)
{
	Datum		values[2] = {customer_id, person_ids};

	plan_execute(&release_persons_plan, values, NULL, SPI_OK_UPDATE);
}
