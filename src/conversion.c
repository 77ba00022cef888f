/*
 * conversion.c
 *		Turns a lead into a customer, and takes that back.
 *
 * All in the caller's transaction, in one order: lock the lead, judge, make or
 * find the customer, record the conversion, move the status. Whatever fails
 * undoes all. The lock comes first, so a second caller waits and then finds the
 * first one's conversion, which it gets back: double clicks and retries make no
 * second customer.
 *
 * Lead, customer, account and person are written as the caller, whose
 * privileges and row security hold. The record is written as its owner: nobody
 * else has INSERT on lead.lead_conversion.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "chars.h"
#include "customers.h"
#include "errors.h"
#include "leads.h"
#include "lifecycle.h"
#include "overwrite.h"
#include "plans.h"
#include "policy.h"
#include "processing.h"
#include "roles.h"
#include "settings.h"
#include "targets.h"
#include "text.h"
#include "userfunc.h"

LEAD_FUNCTION(lead_do_convert);
LEAD_FUNCTION(lead_do_convert_external);
LEAD_FUNCTION(lead_do_revert_conversion);

#define REFERENCE_LIMIT 200

/* What the caller asks for; NULL and (Datum) 0 where nothing is named. */
typedef struct Request
{
	Datum		lead_id;
	Status		kind;
	bool		names_customer;
	Datum		customer_id;
	char	   *customer_ref;
	char	   *external_system;
	char	   *external_id;
	bool		has_reason;
	Datum		reason;
	bool		has_data;
	Datum		data;			/* processing_data */
} Request;

/* A row of lead.lead_conversion, as far as it matters here. */
typedef struct Recorded
{
	int			version;
	Status		kind;
	Status		from;
	Outcome		outcome;
	char	   *external_system;
	char	   *external_id;
	bool		has_until;
	Datum		deferred_until;
} Recorded;

/* Leads whose customer is being made at present, innermost first. */
typedef struct UnderWay
{
	Datum		lead_id;
	struct UnderWay *outer;
} UnderWay;

static UnderWay *under_way = NULL;

#define RECORD_COLUMNS \
	"SELECT c.version::pg_catalog.int4, c.kind::lead.lead_status, c.from_status::lead.lead_status," \
	" c.customer_id::pg_catalog.uuid, c.account_id::pg_catalog.uuid, c.customer_ref, c.external_system, c.external_id," \
	" COALESCE(c.person_ids, '{}')::pg_catalog.uuid[], c.deferred_until::pg_catalog.timestamptz," \
	" c.made_customer::pg_catalog.bool FROM lead.lead_conversion c" \
	" WHERE c.version IS NOT NULL AND c.kind IS NOT NULL AND c.from_status IS NOT NULL AND c.lead_id OPERATOR(pg_catalog.=) $1 AND c.reverted_at IS "

static KeptPlan open_record_plan = {
	RECORD_COLUMNS "NULL",
	{UUIDOID, InvalidOid}
};

static KeptPlan read_open_plan = {
	"SELECT (c.*)::lead.lead_conversion FROM lead.lead_conversion c WHERE c.lead_id OPERATOR(pg_catalog.=) $1 AND c.reverted_at IS NULL",
	{UUIDOID, InvalidOid}
};

/* by a target or without one: a reference means nothing to the other, nor does an erased one */
static KeptPlan last_reverted_plan = {
	RECORD_COLUMNS "NOT NULL AND c.kind OPERATOR(pg_catalog.=) $2"
	" AND (c.customer_ref IS NOT NULL) OPERATOR(pg_catalog.=) $3"
	" AND (c.customer_ref OPERATOR(pg_catalog.<>) '" ERASED "') IS NOT FALSE ORDER BY c.version DESC LIMIT 1",
	{UUIDOID, LEAD_STATUS_ARGUMENT, BOOLOID, InvalidOid}
};

static KeptPlan insert_plan = {
	"INSERT INTO lead.lead_conversion (lead_id, version, kind, from_status, customer_id, account_id,"
	" customer_ref, external_system, external_id, person_ids, reason, converted_at, converted_by, converted_by_actor, deferred_until,"
	" made_customer)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
	{UUIDOID, INT4OID, LEAD_STATUS_ARGUMENT, LEAD_STATUS_ARGUMENT, UUIDOID, UUIDOID,
		TEXTOID, TEXTOID, TEXTOID, UUIDARRAYOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, BOOLOID, InvalidOid}
};

static KeptPlan close_plan = {
	"UPDATE lead.lead_conversion AS c SET reverted_at = $3, reverted_by = $4, reverted_by_actor = $5, revert_reason = $6"
	" WHERE c.lead_id OPERATOR(pg_catalog.=) $1 AND c.version OPERATOR(pg_catalog.=) $2",
	{UUIDOID, INT4OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}
};

static Datum convert(FunctionCallInfo fcinfo, const Request *request);
static void convert_locked(const Request *request, const StoredLead *locked);
static bool replays(const Request *request, const StoredLead *lead);
static Outcome make_customer_once(const Request *request, const StoredLead *lead, const char *target);
static Outcome make_customer(const Request *request, const StoredLead *lead, const char *target);
static void record(const Request *request, const StoredLead *lead, Status from, const Outcome *outcome);

/* A text argument that names something: refused where too long. */
static char *
text_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	char	   *given = given_text(fcinfo, number);

	if (given && pg_mbstrlen(given) > REFERENCE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument %s is too long", name),
				 errdetail("It has %d characters.", pg_mbstrlen(given)),
				 errhint("At most %d are taken.", REFERENCE_LIMIT)));
	return given;
}

static void
read_common_arguments(FunctionCallInfo fcinfo, Request *request)
{
	require_row_type(fcinfo, "lead_conversion");
	require_argument(!PG_ARGISNULL(1), "lead_id", "Pass the id of the lead.");
	request->lead_id = PG_GETARG_DATUM(1);
	request->has_reason = given_text(fcinfo, 4) != NULL;
	request->reason = request->has_reason ? PG_GETARG_DATUM(4) : (Datum) 0;
	request->has_data = !PG_ARGISNULL(5);
	request->data = request->has_data ? PG_GETARG_DATUM(5) : (Datum) 0;
}

/* lead.convert: see its SQL comment. */
Datum
lead_do_convert(PG_FUNCTION_ARGS)
{
	Request		request = {0};

	request.kind = STATUS_CONVERTED;
	read_common_arguments(fcinfo, &request);
	request.names_customer = !PG_ARGISNULL(2);
	request.customer_id = request.names_customer ? PG_GETARG_DATUM(2) : (Datum) 0;
	request.customer_ref = text_argument(fcinfo, 3, "customer_ref");
	return convert(fcinfo, &request);
}

/* lead.convert_external: see its SQL comment. */
Datum
lead_do_convert_external(PG_FUNCTION_ARGS)
{
	Request		request = {0};

	request.kind = STATUS_CONVERTED_EXTERNAL;
	read_common_arguments(fcinfo, &request);
	request.external_system = text_argument(fcinfo, 2, "external_system");
	request.external_id = text_argument(fcinfo, 3, "external_id");
	require_argument(request.external_system != NULL, "external_system",
					 "Name the system in which the customer lives.");
	return convert(fcinfo, &request);
}

/*
 * The customer may be named by id only where it is ours, by reference only
 * where it is the user's.
 */
static void
check_customer_arguments(const Request *request, const char *target)
{
	if (target && request->names_customer)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument customer_id cannot be given here"),
				 errdetail("Leads of this type are converted by %s, which knows customers by customer_ref.", target),
				 errhint("Pass customer_ref, or leave both out for a new customer.")));
	if (!target && request->customer_ref)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument customer_ref cannot be given here"),
				 errdetail("Leads of this type become rows of lead.customer, which are known by customer_id."),
				 errhint("Pass customer_id, or name a function of yours in lead.conversion_target.")));
}

/* Everything that stands against the conversion, in one error. */
static void
judge(const Request *request, const StoredLead *lead, Status from, const char *target)
{
	LeadRow		changed = row_as_it_would_be(&lead->row, status_datum(request->kind),
											 request->reason, !request->has_reason);
	Move		move = {from, request->kind, &changed, GetCurrentTimestamp()};
	List	   *refusals = lifecycle_refusals(&move);

	refusals = list_concat(refusals, chars_missing(&lead->row));
	if (target)
		refusals = list_concat(refusals, target_refusals(target));
	refusals_raise(refusals);
}

/* Converts, unless that has been done; returns the conversion. */
static Datum
convert(FunctionCallInfo fcinfo, const Request *request)
{
	StoredLead	lead;

	SPI_connect();
	stored_lead_read(&lead, request->lead_id, true);
	if (!STATUS_IS_CONVERTED(status_of(ROW_VALUE(&lead.row, LEAD_STATUS))) ||
		!replays(request, &lead))
		convert_locked(request, &lead);
	return finish_with_row(fcinfo, &read_open_plan, request->lead_id);
}

static void
convert_locked(const Request *request, const StoredLead *locked)
{
	StoredLead	lead = *locked;
	Status		from = status_of(ROW_VALUE(&lead.row, LEAD_STATUS));
	char	   *target = NULL;
	Outcome		outcome = {0};

	if (request->kind == STATUS_CONVERTED)
		target = target_for(lead_row_string(&lead.row, LEAD_TYPE));
	check_customer_arguments(request, target);
	judge(request, &lead, from, target);
	if (request->has_data)
		processing_keep(DatumGetUUIDP(request->lead_id), DatumGetJsonbP(request->data));

	if (request->kind == STATUS_CONVERTED)
	{
		outcome = make_customer_once(request, &lead, target);

		/* user code ran: the lead may be another by now, but not elsewhere */
		stored_lead_read(&lead, request->lead_id, true);
		if (status_of(ROW_VALUE(&lead.row, LEAD_STATUS)) != from)
			ereport(ERROR,
					(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
					 errmsg("lead \"%s\" changed its status while it was converted",
							lead_row_string(&lead.row, LEAD_KEY)),
					 errdetail("A conversion target or trigger moved it from %s to %s.", status_name(from),
							   status_name(status_of(ROW_VALUE(&lead.row, LEAD_STATUS)))),
					 errhint("Have it leave the status to the conversion."),
					 errlead("status", NULL)));
		judge(request, &lead, from, target);
	}
	record(request, &lead, from, &outcome);
	move_with_pass(PASS_CONVERSION, &lead.row, request->kind, request->has_reason ? &request->reason : NULL, NULL);
}

static char *
text_column(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* Reads a record as its owner; whether there is one. */
static bool
read_record(KeptPlan *plan, Datum *values, Recorded *found)
{
	int			count = plan_execute_as_owner(plan, values, NULL, SPI_OK_SELECT, "lead_conversion");
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;

	if (count == 0)
		return false;
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	found->version = DatumGetInt32(SPI_getbinval(tuple, desc, 1, &isnull));
	found->kind = status_of(SPI_getbinval(tuple, desc, 2, &isnull));
	found->from = status_of(SPI_getbinval(tuple, desc, 3, &isnull));
	found->outcome.customer_id = SPI_getbinval(tuple, desc, 4, &isnull);
	found->outcome.has_customer = !isnull;
	found->outcome.account_id = SPI_getbinval(tuple, desc, 5, &isnull);
	found->outcome.has_account = !isnull;
	found->outcome.customer_ref = text_column(6);
	found->external_system = text_column(7);
	found->external_id = text_column(8);
	found->outcome.person_ids = SPI_getbinval(tuple, desc, 9, &isnull);
	found->deferred_until = SPI_getbinval(tuple, desc, 10, &isnull);
	found->has_until = !isnull;
	found->outcome.made_customer = DatumGetBool(SPI_getbinval(tuple, desc, 11, &isnull));
	return true;
}

/* The open record of a converted lead. */
static void
read_open_record(const StoredLead *lead, Recorded *found)
{
	Datum		id = ROW_VALUE(&lead->row, LEAD_ID);

	if (!read_record(&open_record_plan, &id, found))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("lead \"%s\" is converted, but its conversion is missing",
						lead_row_string(&lead->row, LEAD_KEY)),
				 errdetail("lead.lead_conversion has no open row for it."),
				 errhint("Restore the table from a backup."),
				 err_place("lead_conversion", "lead_id", NULL)));
}

/* Where a conversion led, in words. */
static char *
destination(const Recorded *found)
{
	if (found->kind == STATUS_CONVERTED_EXTERNAL)
		return psprintf("system \"%s\"%s%s%s",
						found->external_system ? found->external_system : "unknown",
						found->external_id ? ", id \"" : "",
						found->external_id ? found->external_id : "",
						found->external_id ? "\"" : "");
	if (found->outcome.customer_ref)
		return psprintf("customer \"%s\"", found->outcome.customer_ref);
	if (!found->outcome.has_customer)
		return "customer unknown";
	return psprintf("customer %s",
					DatumGetCString(DirectFunctionCall1(uuid_out, found->outcome.customer_id)));
}

/*
 * The lead is converted already: true if this request asks for the same or
 * names none, else the conflict is raised (LD005).
 */
static bool
replays(const Request *request, const StoredLead *lead)
{
	Recorded	found = {0};
	bool		same;

	read_open_record(lead, &found);
	same = found.kind == request->kind;
	if (request->names_customer)
		same = same && found.outcome.has_customer &&
			same_uuid(request->customer_id, found.outcome.customer_id);
	if (request->customer_ref)
		same = same && found.outcome.customer_ref &&
			strcmp(request->customer_ref, found.outcome.customer_ref) == 0;
	if (request->external_system)
		same = same && found.external_system &&
			strcmp(request->external_system, found.external_system) == 0;
	if (request->external_id)
		same = same && found.external_id && strcmp(request->external_id, found.external_id) == 0;
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_LEAD_CONFLICT),
				 errmsg("lead \"%s\" is converted already", lead_row_string(&lead->row, LEAD_KEY)),
				 errdetail("It is %s: %s.", status_name(found.kind), destination(&found)),
				 errhint("To convert it elsewhere take this back first: SELECT * FROM lead.revert_conversion('%s', 'reason');",
						 lead_row_id(&lead->row)),
				 err_place("lead_conversion", "lead_id", "lead_conversion_open_key")));
	return true;
}

/*
 * The customer: by the user's target, the one named, the one that an earlier,
 * reverted conversion of this lead led to, or a new one.
 */
static Outcome
make_customer(const Request *request, const StoredLead *lead, const char *target)
{
	Datum		values[3] = {request->lead_id, status_datum(STATUS_CONVERTED), BoolGetDatum(target != NULL)};
	Recorded	earlier = {0};
	bool		names_none = !request->names_customer && !request->customer_ref;
	bool		again = names_none && read_record(&last_reverted_plan, values, &earlier);

	if (target)
	{
		Outcome		outcome = {0};
		Jsonb	   *data = processing_get(DatumGetUUIDP(request->lead_id));
		const char *reference = again ? earlier.outcome.customer_ref : request->customer_ref;

		if (!call_target(target, lead->whole, reference, data ? JsonbPGetDatum(data) : (Datum) 0,
						 data == NULL, &outcome.customer_ref) ||
			blank_string(outcome.customer_ref) ||
			pg_mbstrlen(outcome.customer_ref) > REFERENCE_LIMIT)
			ereport(ERROR,
					(errcode(ERRCODE_LEAD_FUNCTION),
					 errmsg("conversion target %s returned no usable reference", target),
					 errdetail("It returned NULL, a blank or more than %d characters.", REFERENCE_LIMIT),
					 errhint("Return the id or key of the customer it made, as text."),
					 err_place("conversion_target", "function", NULL)));
		return outcome;
	}
	if (request->names_customer)
		return customer_attach(request->lead_id, request->customer_id, NULL, NULL);
	if (again && earlier.outcome.has_customer)
	{
		Outcome		outcome = customer_attach(request->lead_id, earlier.outcome.customer_id,
											  earlier.outcome.has_account ? &earlier.outcome.account_id : NULL,
											  NULL);

		outcome.made_customer = earlier.outcome.made_customer;
		return outcome;
	}
	policy_check_conversion(&lead->row);
	return customer_create(request->lead_id, NULL);
}

/* make_customer, refusing a target or trigger that converts the same lead in it. */
static Outcome
make_customer_once(const Request *request, const StoredLead *lead, const char *target)
{
	UnderWay	self = {request->lead_id, under_way};
	Outcome		outcome;

	for (UnderWay *at = under_way; at; at = at->outer)
		if (same_uuid(at->lead_id, request->lead_id))
			ereport(ERROR,
					(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
					 errmsg("lead \"%s\" is being converted", lead_row_string(&lead->row, LEAD_KEY)),
					 errdetail("A conversion target or trigger asked to convert the lead that it is called for."),
					 errhint("Have it leave that to the conversion under way."),
					 errlead("status", NULL)));
	under_way = &self;
	PG_TRY();
	{
		outcome = make_customer(request, lead, target);
	}
	PG_FINALLY();
	{
		under_way = self.outer;
	}
	PG_END_TRY();
	return outcome;
}

static Datum
text_datum(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

static void
record(const Request *request, const StoredLead *lead, Status from, const Outcome *outcome)
{
	Datum		values[16];
	bool		nulls[16] = {false};

	values[0] = request->lead_id;
	values[1] = Int32GetDatum(DatumGetInt32(ROW_VALUE(&lead->row, LEAD_VERSION_COLUMN)) + 1);
	values[2] = status_datum(request->kind);
	values[3] = status_datum(from);
	values[4] = outcome->customer_id;
	nulls[4] = !outcome->has_customer;
	values[5] = outcome->account_id;
	nulls[5] = !outcome->has_account;
	values[6] = text_datum(outcome->customer_ref, &nulls[6]);
	values[7] = text_datum(request->external_system, &nulls[7]);
	values[8] = text_datum(request->external_id, &nulls[8]);
	values[9] = outcome->person_ids ? outcome->person_ids :
		PointerGetDatum(construct_empty_array(UUIDOID));
	values[10] = request->reason;
	nulls[10] = !request->has_reason;
	values[11] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[12] = CStringGetTextDatum(outer_user_name());
	values[13] = text_datum(setting_actor(), &nulls[13]);
	values[14] = ROW_VALUE(&lead->row, LEAD_DEFERRED_UNTIL);
	nulls[14] = ROW_NULL(&lead->row, LEAD_DEFERRED_UNTIL);
	values[15] = BoolGetDatum(outcome->made_customer);
	nulls[15] = !outcome->has_customer;

	require_written(plan_execute_as_owner(&insert_plan, values, nulls, SPI_OK_INSERT, "lead_conversion"),
					"lead_conversion");
}

static void
close_record(const StoredLead *lead, const Recorded *found, Datum reason)
{
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = ROW_VALUE(&lead->row, LEAD_ID);
	values[1] = Int32GetDatum(found->version);
	values[2] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[3] = CStringGetTextDatum(outer_user_name());
	values[4] = text_datum(setting_actor(), &nulls[4]);
	values[5] = reason;

	require_written(plan_execute_as_owner(&close_plan, values, nulls, SPI_OK_UPDATE, "lead_conversion"),
					"lead_conversion");
}

/* lead.revert_conversion: see its SQL comment. */
Datum
lead_do_revert_conversion(PG_FUNCTION_ARGS)
{
	StoredLead	lead;
	Recorded	found = {0};
	Datum		id,
				reason;
	Status		from;

	require_row_type(fcinfo, "lead");
	require_argument(!PG_ARGISNULL(1), "lead_id", "Pass the id of the lead.");
	id = PG_GETARG_DATUM(1);

	SPI_connect();
	stored_lead_read(&lead, id, true);
	from = status_of(ROW_VALUE(&lead.row, LEAD_STATUS));
	if (!STATUS_IS_CONVERTED(from))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("lead \"%s\" is not converted", lead_row_string(&lead.row, LEAD_KEY)),
				 errdetail("Its status is %s.", status_name(from)),
				 errhint("Only a conversion can be taken back."),
				 errlead("status", "lead_status_conversion")));
	if (given_text(fcinfo, 2) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_LEAD_REASON),
				 errmsg("taking a conversion back needs a reason"),
				 errdetail("The conversion and the history keep it."),
				 errhint("Pass reason."),
				 err_place("lead_conversion", "revert_reason", "lead_status_reason")));

	read_open_record(&lead, &found);
	if (found.outcome.has_customer)
		customer_detach(found.outcome.customer_id, found.outcome.person_ids);
	reason = PG_GETARG_DATUM(2);
	close_record(&lead, &found, reason);
	move_with_pass(PASS_CONVERSION, &lead.row, found.from, &reason,
				   found.has_until ? &found.deferred_until : NULL);
	return finish_with_lead(fcinfo, id);
}
