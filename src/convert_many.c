/*
 * convert_many.c
 *		Converts many leads: lead.convert_many and lead.convert_external_many.
 *
 * A lead that becomes a new customer is written together with the others of its
 * chunk. What needs more than that is left to the function for one lead: a
 * target of the user's, a lead that was converted before and goes back to that
 * customer, and one that shares a phone number, an e-mail address or a data box
 * with another of the same chunk, for which the policy on duplicates has to see
 * the other's customer first.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "convert_many.h"
#include "keys.h"
#include "leads.h"
#include "many.h"
#include "pass.h"
#include "plans.h"
#include "policy.h"
#include "processing.h"
#include "records.h"
#include "roles.h"
#include "settings.h"
#include "targets.h"

LEAD_FUNCTION(lead_convert_many);
LEAD_FUNCTION(lead_convert_external_many);

/*
 * So many new customers that the server's foreign key checks are to be planned
 * anew: a plan made for a table of few rows would read all of it for each check.
 */
#define MANY_CUSTOMERS 1000

typedef struct Request
{
	ConversionRequest common;	/* but for lead and external_id */
	char	  **external_ids;	/* by input, or NULL; each may be NULL */
	HTAB	   *seen;			/* certain keys of the leads judged, in a dry run of all chunks */
} Request;

#define NEW_CUSTOMERS \
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS x (lead_id, customer_id, account_id)" \
	" JOIN lead.lead l ON l.id OPERATOR(pg_catalog.=) x.lead_id"

static KeptPlan customers_plan = {
	"INSERT INTO lead.customer (id, " NEW_CUSTOMER_COLUMNS ")"
	" SELECT x.customer_id, " NEW_CUSTOMER_VALUES
	NEW_CUSTOMERS,
	{UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

/* start date NULL: today, as lead.time_zone has it */
static KeptPlan accounts_plan = {
	"INSERT INTO lead.account (id, name, customer_id, account_start_date)"
	" SELECT x.account_id, l.party_name, x.customer_id, NULL"
	NEW_CUSTOMERS,
	{UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

static KeptPlan persons_plan = {
	"WITH pointed AS ("
	"UPDATE lead.person AS p SET customer_id = x.customer_id"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS x (lead_id, customer_id)"
	" WHERE p.lead_id OPERATOR(pg_catalog.=) x.lead_id AND p.customer_id IS NULL RETURNING p.lead_id, p.id)"
	" SELECT pg_catalog.array_agg(pointed.lead_id::pg_catalog.uuid), pg_catalog.array_agg(pointed.id::pg_catalog.uuid) FROM pointed",
	{UUIDARRAYOID, UUIDARRAYOID, InvalidOid}
};

static KeptPlan records_plan = {
	"INSERT INTO lead.lead_conversion (lead_id, version, kind, from_status, deferred_until, customer_id, account_id,"
	" external_id, person_ids, external_system, reason, converted_at, converted_by, converted_by_actor, made_customer)"
	" SELECT x.lead_id, x.version, $8, x.from_status, x.deferred_until, x.customer_id, x.account_id, x.external_id,"
	" COALESCE(p.ids, '{}'), $11, $12, $13, $14, $15, $16"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),"
	" pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7))"
	" AS x (lead_id, version, from_status, deferred_until, customer_id, account_id, external_id)"
	" LEFT JOIN (SELECT u.lead_id, pg_catalog.array_agg(u.id)"
	" FROM ROWS FROM (pg_catalog.unnest($9), pg_catalog.unnest($10)) AS u (lead_id, id) GROUP BY u.lead_id) AS p (lead_id, ids)"
	" ON p.lead_id OPERATOR(pg_catalog.=) x.lead_id",
	{UUIDARRAYOID, INT4ARRAYOID, LEAD_STATUSES_ARGUMENT, TIMESTAMPTZARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID,
		LEAD_STATUS_ARGUMENT, UUIDARRAYOID, UUIDARRAYOID,
		TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, BOOLOID, InvalidOid}
};

static KeptPlan move_plan = {
	"UPDATE lead.lead AS l SET status = $2, status_reason = $3, deferred_until = NULL"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($4)) AS x (id, version)"
	" WHERE l.id OPERATOR(pg_catalog.=) x.id AND l.version OPERATOR(pg_catalog.=) x.version",
	{UUIDARRAYOID, LEAD_STATUS_ARGUMENT, TEXTOID, INT4ARRAYOID, InvalidOid}
};

/* ---------------------------------------------------------------- judging */

static ConversionRequest
request_for(const Request *request, const ManyLead *lead)
{
	ConversionRequest one = request->common;

	one.lead_id = ROW_VALUE(&lead->row, LEAD_ID);
	one.external_id = request->external_ids ? request->external_ids[lead->input] : NULL;
	return one;
}

static int
compare_records(const void *a, const void *b)
{
	return memcmp(DatumGetUUIDP(((const Recorded *) a)->lead_id), DatumGetUUIDP(((const Recorded *) b)->lead_id), UUID_LEN);
}

/* What the call, or one before, has found out of a conversion. */
static void
tell_customer(LeadOutcome *outcome, const Outcome *found, MemoryContext context)
{
	outcome->has_customer = found->has_customer;
	if (found->has_customer)
		outcome->customer_id = *DatumGetUUIDP(found->customer_id);
	outcome->customer_ref = found->customer_ref ? MemoryContextStrdup(context, found->customer_ref) : NULL;
}

/*
 * A lead that is converted: into what is asked for, or not. open may be NULL; in
 * a dry run that is what the caller may not see, and is not told.
 */
static void
judge_converted(ManyWork *work, const ConversionRequest *one, ManyLead *lead, const Recorded *open, MemoryContext context)
{
	Recorded	unseen = {.kind = status_of(ROW_VALUE(&lead->row, LEAD_STATUS))};
	Refusal    *refusal = NULL;

	if (open)
		refusal = record_conflict(open, one, &lead->row);
	else if (!work->dry_run)
		refusal = record_missing(&lead->row);
	else if (unseen.kind != one->kind)
		refusal = record_conflict(&unseen, one, &lead->row);
	if (refusal)
	{
		many_refuse(lead, list_make1(refusal), context);
		return;
	}
	lead->outcome->kind = OUTCOME_REPLAYED;
	if (open)
		tell_customer(lead->outcome, &open->outcome, context);
}

/* Whether a lead judged before shares a certain key. */
static bool
is_shared(HTAB *seen, const uint64 *numbers, int count)
{
	for (int i = 0; i < count; i++)
		if (hash_search(seen, &numbers[i], HASH_FIND, NULL))
			return true;
	return false;
}

static void
note_keys(HTAB *seen, const uint64 *numbers, int count)
{
	for (int i = 0; i < count; i++)
		(void) hash_search(seen, &numbers[i], HASH_ENTER, NULL);
}

/*
 * What was written is found by the policy itself, so it matters only among the
 * leads of a chunk, or where nothing is written.
 */
static HTAB *
keys_seen(ManyWork *work, int count, MemoryContext context)
{
	Request    *request = work->request;
	HASHCTL		control = {.keysize = sizeof(uint64), .entrysize = sizeof(uint64),
	.hcxt = work->dry_run ? context : CurrentMemoryContext};

	if (request->seen == NULL || !work->dry_run)
		request->seen = hash_create("certain keys", count, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return request->seen;
}

/* The policy on duplicates, for a lead that is to become a new customer. */
static void
judge_duplicate(ManyWork *work, ManyLead *lead, HTAB *seen, MemoryContext context)
{
	Refusal		remark;
	Verdict		verdict = policy_judge_conversion(&lead->row, false, &remark);
	int			count;
	uint64	   *numbers = policy_key_numbers(&lead->row, &count);
	bool		shared = is_shared(seen, numbers, count);

	if (shared && work->dry_run && verdict == VERDICT_FINE)
		verdict = policy_judge_collision(&lead->row, &remark);

	/* one that is refused now may be so for another customer when it comes to that */
	if (!work->dry_run || verdict != VERDICT_REFUSED)
		note_keys(seen, numbers, count);
	if (shared && !work->dry_run)
	{
		lead->alone = true;
		return;
	}
	if (verdict == VERDICT_REFUSED)
		many_refuse(lead, list_make1(&remark), context);
	else if (verdict == VERDICT_WARNED)
		many_remark(lead, &remark, context);
}

/* A lead that is not converted; was_converted: into a customer of ours, and that was taken back. */
static void
judge_open(ManyWork *work, const ConversionRequest *one, ManyLead *lead, bool was_converted, HTAB *seen, MemoryContext context)
{
	char	   *target = one->kind == STATUS_CONVERTED ? target_for(lead_row_string(&lead->row, LEAD_TYPE)) : NULL;
	List	   *refusals = conversion_refusals(one, &lead->row, target);

	if (refusals != NIL)
		many_refuse(lead, refusals, context);
	else if (one->kind != STATUS_CONVERTED)
		return;
	else if (target)
		lead->alone = true;
	else if (was_converted)
	{
		int			count;
		uint64	   *numbers = policy_key_numbers(&lead->row, &count);

		/* goes back to its customer, who gets the keys that it has by now */
		lead->alone = true;
		note_keys(seen, numbers, count);
	}
	else
		judge_duplicate(work, lead, seen, context);
}

/* Nobody else may make such customers from now on. */
static void
lock_keys(ManyLead *leads, int count)
{
	int			size = 64,
				filled = 0;
	uint64	   *all;

	if (!policy_locks_conversions())
		return;
	all = palloc(sizeof(uint64) * size);

	for (int i = 0; i < count; i++)
	{
		int			some;
		uint64	   *numbers = policy_key_numbers(&leads[i].row, &some);

		for (; filled + some > size; size *= 2)
			all = repalloc_huge(all, sizeof(uint64) * size * 2);
		for (int j = 0; j < some; j++)
			all[filled++] = numbers[j];
	}
	policy_lock_conversions(all, filled);
}

static void
judge(ManyWork *work, ManyLead *leads, int count, MemoryContext context)
{
	const Request *request = work->request;
	HTAB	   *seen = keys_seen(work, count, context);
	ManyLead  **all = palloc(sizeof(ManyLead *) * Max(count, 1));
	Recorded   *records;
	int			record_count,
				at = 0;

	if (request->common.kind == STATUS_CONVERTED && !work->dry_run)
		lock_keys(leads, count);
	for (int i = 0; i < count; i++)
		all[i] = &leads[i];
	record_count = records_read(many_ids(all, count), work->dry_run, &records);
	qsort(records, record_count, sizeof(Recorded), compare_records);
	for (int i = 0; i < count; i++)
	{
		ConversionRequest one = request_for(request, &leads[i]);
		const Recorded *open = NULL;
		bool		was_converted = false;

		CHECK_FOR_INTERRUPTS();
		for (; at < record_count && same_uuid(records[at].lead_id, one.lead_id); at++)
			if (records[at].reverted)
				was_converted |= records[at].outcome.has_customer;
			else
				open = &records[at];
		if (STATUS_IS_CONVERTED(status_of(ROW_VALUE(&leads[i].row, LEAD_STATUS))))
			judge_converted(work, &one, &leads[i], open, context);
		else
			judge_open(work, &one, &leads[i], was_converted, seen, context);
	}
}

/*
 * The call names a lead again, perhaps as another customer of the other system.
 * What it became is recorded, unless nothing is written: then it is what the
 * first input asked for.
 */
static void
ask_again(ManyWork *work, int64 first, int64 input, LeadOutcome *outcome, MemoryContext context)
{
	const Request *request = work->request;
	const char *asked = request->external_ids[input];
	const char *done = request->external_ids[first];
	ConversionRequest one = request->common;
	Recorded	found = {.kind = one.kind, .external_system = one.external_system, .external_id = request->external_ids[first]};
	ManyLead	lead = {input, outcome};
	StoredLead	stored;
	Refusal    *refusal;

	if (asked == done || (asked && done && strcmp(asked, done) == 0) ||
		(outcome->kind == OUTCOME_REFUSED && outcome->sqlstate != ERRCODE_LEAD_CONFLICT))
		return;
	SPI_connect();
	stored_lead_read(&stored, UUIDPGetDatum(&outcome->lead_id), false);
	if (STATUS_IS_CONVERTED(status_of(ROW_VALUE(&stored.row, LEAD_STATUS))))
		record_read_open(&stored.row, &found);
	one.external_id = request->external_ids[input];
	refusal = record_conflict(&found, &one, &stored.row);
	if (refusal)
		many_refuse(&lead, list_make1(refusal), context);
	else
		outcome_replay(outcome);
	SPI_finish();
}

/* ---------------------------------------------------------------- writing */

/* Columns of the leads of a part, as arrays. */
typedef struct Columns
{
	Datum		ids;
	Datum		versions;
	Datum		next_versions;
	Datum		statuses;
	Datum		untils;
	Datum		customers;
	Datum		accounts;
	Datum		external_ids;
} Columns;

static Datum
array_of(Datum *values, bool *nulls, int count, Oid type)
{
	int			dimension = count;
	int			lower = 1;
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, &dimension, &lower, type, length, by_value, align));
}

/* Draws the ids of new customers and accounts, too. */
static Columns
columns_of(const Request *request, ManyLead **leads, int count)
{
	enum
	{
		ID, VERSION, NEXT, STATUS, UNTIL, CUSTOMER, ACCOUNT, EXTERNAL, COLUMNS
	};
	bool		makes = request->common.kind == STATUS_CONVERTED;
	Datum	   *values[COLUMNS];
	bool	   *nulls[COLUMNS];

	for (int i = 0; i < COLUMNS; i++)
	{
		values[i] = palloc(sizeof(Datum) * count);
		nulls[i] = palloc0(sizeof(bool) * count);
	}
	for (int i = 0; i < count; i++)
	{
		ManyLead   *lead = leads[i];
		ConversionRequest one = request_for(request, lead);
		int32		version = DatumGetInt32(ROW_VALUE(&lead->row, LEAD_VERSION_COLUMN));

		lead->customer_id = *DatumGetUUIDP(uuid_v7());
		lead->account_id = *DatumGetUUIDP(uuid_v7());
		values[ID][i] = one.lead_id;
		values[VERSION][i] = Int32GetDatum(version);
		values[NEXT][i] = Int32GetDatum(version + 1);
		values[STATUS][i] = ROW_VALUE(&lead->row, LEAD_STATUS);
		values[UNTIL][i] = ROW_VALUE(&lead->row, LEAD_DEFERRED_UNTIL);
		nulls[UNTIL][i] = ROW_NULL(&lead->row, LEAD_DEFERRED_UNTIL);
		values[CUSTOMER][i] = UUIDPGetDatum(&lead->customer_id);
		values[ACCOUNT][i] = UUIDPGetDatum(&lead->account_id);
		nulls[CUSTOMER][i] = nulls[ACCOUNT][i] = !makes;
		nulls[EXTERNAL][i] = one.external_id == NULL;
		values[EXTERNAL][i] = one.external_id ? CStringGetTextDatum(one.external_id) : (Datum) 0;
	}
	return (Columns)
	{
		array_of(values[ID], nulls[ID], count, UUIDOID),
			array_of(values[VERSION], nulls[VERSION], count, INT4OID),
			array_of(values[NEXT], nulls[NEXT], count, INT4OID),
			array_of(values[STATUS], nulls[STATUS], count, status_type()),
			array_of(values[UNTIL], nulls[UNTIL], count, TIMESTAMPTZOID),
			array_of(values[CUSTOMER], nulls[CUSTOMER], count, UUIDOID),
			array_of(values[ACCOUNT], nulls[ACCOUNT], count, UUIDOID),
			array_of(values[EXTERNAL], nulls[EXTERNAL], count, TEXTOID)
	};
}

/* Customers, accounts, and the leads' persons pointed to them: leads and persons as arrays. */
static void
make_customers(const Columns *columns, int count, Datum persons[2], bool no_persons[2])
{
	Datum		values[3] = {columns->ids, columns->customers, columns->accounts};

	many_require(plan_execute(&customers_plan, values, NULL, SPI_OK_INSERT), count);
	if (count >= MANY_CUSTOMERS)
		CacheInvalidateRelcacheByRelid(lead_relation("customer", false));
	many_require(plan_execute(&accounts_plan, values, NULL, SPI_OK_INSERT), count);
	(void) plan_execute(&persons_plan, values, NULL, SPI_OK_SELECT);
	for (int i = 0; i < 2; i++)
		persons[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &no_persons[i]);
}

static void
write_records(const ConversionRequest *common, const Columns *columns, int count, Datum persons[2], bool no_persons[2])
{
	const char *actor = setting_actor();
	bool		makes = common->kind == STATUS_CONVERTED;
	Datum		values[16] = {
		columns->ids, columns->next_versions, columns->statuses, columns->untils,
		columns->customers, columns->accounts, columns->external_ids,
		status_datum(common->kind), persons[0], persons[1],
		common->external_system ? CStringGetTextDatum(common->external_system) : (Datum) 0,
		common->reason, TimestampTzGetDatum(GetCurrentTimestamp()), CStringGetTextDatum(outer_user_name()),
		actor ? CStringGetTextDatum(actor) : (Datum) 0, BoolGetDatum(true)
	};
	bool		nulls[16] = {
		[8] = no_persons[0], [9] = no_persons[1], [10] = common->external_system == NULL,
		[11] = !common->has_reason, [14] = actor == NULL, [15] = !makes
	};

	many_require(plan_execute_as_owner(&records_plan, values, nulls, SPI_OK_INSERT, "lead_conversion"), count);
}

static void
move(const ConversionRequest *common, const Columns *columns, ManyLead **leads, int count)
{
	Datum		values[4] = {columns->ids, status_datum(common->kind), common->reason, columns->versions};
	bool		nulls[4] = {false, false, !common->has_reason, false};

	for (int i = 0; i < count; i++)
		pass_give(PASS_CONVERSION, DatumGetUUIDP(ROW_VALUE(&leads[i]->row, LEAD_ID)),
				  status_of(ROW_VALUE(&leads[i]->row, LEAD_STATUS)), common->kind);
	many_require(plan_execute(&move_plan, values, nulls, SPI_OK_UPDATE), count);
	for (int i = 0; i < count; i++)
		require_pass_used(PASS_CONVERSION, &leads[i]->row, status_of(ROW_VALUE(&leads[i]->row, LEAD_STATUS)), common->kind);
}

static void
write_together(ManyWork *work, ManyLead **leads, int count)
{
	const Request *request = work->request;
	const ConversionRequest *common = &request->common;
	Columns		columns = columns_of(request, leads, count);
	Datum		persons[2] = {0};
	bool		no_persons[2] = {true, true};

	for (int i = 0; common->has_data && i < count; i++)
		processing_keep(DatumGetUUIDP(ROW_VALUE(&leads[i]->row, LEAD_ID)), DatumGetJsonbP(common->data));
	if (common->kind == STATUS_CONVERTED)
		make_customers(&columns, count, persons, no_persons);
	write_records(common, &columns, count, persons, no_persons);
	move(common, &columns, leads, count);
	for (int i = 0; common->kind == STATUS_CONVERTED && i < count; i++)
	{
		leads[i]->outcome->has_customer = true;
		leads[i]->outcome->customer_id = leads[i]->customer_id;
	}
}

static void
write_alone(ManyWork *work, ManyLead *lead, MemoryContext context)
{
	ConversionRequest one = request_for(work->request, lead);
	Refusal		remark = {0};
	Outcome		found;

	one.remark = &remark;
	if (convert_one(&one, &found))
		lead->outcome->kind = OUTCOME_REPLAYED;
	tell_customer(lead->outcome, &found, context);
	many_remark(lead, &remark, context);
}

/* ---------------------------------------------------------------- the functions */

static ManyWork
work_for(Request *request)
{
	return (ManyWork)
	{
		.done = OUTCOME_CONVERTED, .becomes = request->common.kind, .request = request,
			.judge = judge, .write = write_together, .write_alone = write_alone,
			.repeat = request->external_ids ? ask_again : NULL
	};
}

static void
call(FunctionCallInfo fcinfo, Request *request, int options)
{
	ManyWork	work = work_for(request);

	work.all_or_none = !PG_ARGISNULL(options) && PG_GETARG_BOOL(options);
	work.dry_run = !PG_ARGISNULL(options + 1) && PG_GETARG_BOOL(options + 1);
	request->common.has_reason = given_text(fcinfo, options + 2) != NULL;
	request->common.reason = request->common.has_reason ? PG_GETARG_DATUM(options + 2) : (Datum) 0;
	request->common.has_data = !PG_ARGISNULL(options + 3);
	request->common.data = request->common.has_data ? PG_GETARG_DATUM(options + 3) : (Datum) 0;
	many_call(fcinfo, &work);
}

/* The same for code of ours: an outcome for each id, none of which is NULL. */
LeadOutcome *
convert_leads(const ConversionRequest *common, const Datum *ids, int64 count)
{
	Request		request = {*common};
	ManyWork	work = work_for(&request);

	return many_run(&work, ids, palloc0(sizeof(bool) * Max(count, 1)), count);
}

/* lead.convert_many: see its SQL comment. */
Datum
lead_convert_many(PG_FUNCTION_ARGS)
{
	Request		request = {{.kind = STATUS_CONVERTED}};

	call(fcinfo, &request, 1);
	return (Datum) 0;
}

/* One for each lead, each as an argument of convert_external; NULL: none is known. */
static char **
external_ids_argument(FunctionCallInfo fcinfo, int number)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	char	  **ids;

	if (PG_ARGISNULL(number))
		return NULL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(number), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	if (!PG_ARGISNULL(0) && count != ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(0)), ARR_DIMS(PG_GETARG_ARRAYTYPE_P(0))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument external_ids must have as many elements as lead_ids"),
				 errdetail("It has %d.", count),
				 errhint("Put NULL where the id is not known, or leave the argument out.")));
	ids = palloc(sizeof(char *) * Max(count, 1));
	for (int i = 0; i < count; i++)
		ids[i] = nulls[i] ? NULL : reference_given(TextDatumGetCString(values[i]), "external_ids");
	return ids;
}

/* lead.convert_external_many: see its SQL comment. */
Datum
lead_convert_external_many(PG_FUNCTION_ARGS)
{
	Request		request = {{.kind = STATUS_CONVERTED_EXTERNAL}};

	request.common.external_system = reference_argument(fcinfo, 1, "external_system");
	require_argument(request.common.external_system != NULL, "external_system",
					 "Name the system in which the customers live.");
	request.external_ids = external_ids_argument(fcinfo, 2);
	call(fcinfo, &request, 3);
	return (Datum) 0;
}
