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
 * privileges and row security hold; the record is written by records.c.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "chars.h"
#include "conversion.h"
#include "leads.h"
#include "lifecycle.h"
#include "policy.h"
#include "processing.h"
#include "records.h"
#include "targets.h"
#include "text.h"
#include "userfunc.h"

LEAD_FUNCTION(lead_do_convert);
LEAD_FUNCTION(lead_do_convert_external);
LEAD_FUNCTION(lead_do_revert_conversion);

#define REFERENCE_LIMIT 200

/* Leads whose customer is being made at present, innermost first. */
typedef struct UnderWay
{
	Datum		lead_id;
	struct UnderWay *outer;
} UnderWay;

static UnderWay *under_way = NULL;

static Datum convert(FunctionCallInfo fcinfo, const ConversionRequest *request);
static void convert_locked(const ConversionRequest *request, const StoredLead *locked, Outcome *outcome);
static Outcome make_customer_once(const ConversionRequest *request, const StoredLead *lead, const char *target);

/* A text that names something: NULL where it is blank, refused where too long. */
char *
reference_given(char *given, const char *name)
{
	if (given == NULL || blank_string(given))
		return NULL;
	if (pg_mbstrlen(given) > REFERENCE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument %s is too long", name),
				 errdetail("It has %d characters.", pg_mbstrlen(given)),
				 errhint("At most %d are taken.", REFERENCE_LIMIT)));
	return given;
}

char *
reference_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	return reference_given(given_text(fcinfo, number), name);
}

static void
read_common_arguments(FunctionCallInfo fcinfo, ConversionRequest *request)
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
	ConversionRequest request = {0};

	request.kind = STATUS_CONVERTED;
	read_common_arguments(fcinfo, &request);
	request.names_customer = !PG_ARGISNULL(2);
	request.customer_id = request.names_customer ? PG_GETARG_DATUM(2) : (Datum) 0;
	request.customer_ref = reference_argument(fcinfo, 3, "customer_ref");
	return convert(fcinfo, &request);
}

/* lead.convert_external: see its SQL comment. */
Datum
lead_do_convert_external(PG_FUNCTION_ARGS)
{
	ConversionRequest request = {0};

	request.kind = STATUS_CONVERTED_EXTERNAL;
	read_common_arguments(fcinfo, &request);
	request.external_system = reference_argument(fcinfo, 2, "external_system");
	request.external_id = reference_argument(fcinfo, 3, "external_id");
	require_argument(request.external_system != NULL, "external_system",
					 "Name the system in which the customer lives.");
	return convert(fcinfo, &request);
}

/*
 * The customer may be named by id only where it is ours, by reference only
 * where it is the user's.
 */
static void
check_customer_arguments(const ConversionRequest *request, const char *target)
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

/* Everything that stands against the conversion of a lead that is not converted. */
List *
conversion_refusals(const ConversionRequest *request, const LeadRow *lead, const char *target)
{
	LeadRow		changed = row_as_it_would_be(lead, status_datum(request->kind),
											 request->reason, !request->has_reason);
	Move		move = {status_of(ROW_VALUE(lead, LEAD_STATUS)), request->kind, &changed, GetCurrentTimestamp()};
	List	   *refusals = lifecycle_refusals(&move);

	refusals = list_concat(refusals, chars_missing(lead));
	if (target)
		refusals = list_concat(refusals, target_refusals(target));
	return refusals;
}

/* Converts a lead and returns its conversion. */
static Datum
convert(FunctionCallInfo fcinfo, const ConversionRequest *request)
{
	Outcome		outcome;

	SPI_connect();
	(void) convert_one(request, &outcome);
	return record_finish(fcinfo, request->lead_id);
}

/*
 * Within SPI_connect: converts the lead, unless that has been done; true if it
 * has, and the same is asked for, or nothing particular. What the outcome points
 * to lives as long as the connection.
 */
bool
convert_one(const ConversionRequest *request, Outcome *outcome)
{
	StoredLead	lead;
	Recorded	found;
	Refusal    *conflict;

	stored_lead_read(&lead, request->lead_id, true);
	if (!STATUS_IS_CONVERTED(status_of(ROW_VALUE(&lead.row, LEAD_STATUS))))
	{
		convert_locked(request, &lead, outcome);
		return false;
	}
	record_read_open(&lead.row, &found);
	conflict = record_conflict(&found, request, &lead.row);
	if (conflict)
		refusals_raise(list_make1(conflict));
	*outcome = found.outcome;
	return true;
}

static void
convert_locked(const ConversionRequest *request, const StoredLead *locked, Outcome *outcome)
{
	StoredLead	lead = *locked;
	Status		from = status_of(ROW_VALUE(&lead.row, LEAD_STATUS));
	char	   *target = NULL;

	if (request->kind == STATUS_CONVERTED)
		target = target_for(lead_row_string(&lead.row, LEAD_TYPE));
	check_customer_arguments(request, target);
	refusals_raise(conversion_refusals(request, &lead.row, target));
	if (request->has_data)
		processing_keep(DatumGetUUIDP(request->lead_id), DatumGetJsonbP(request->data));

	memset(outcome, 0, sizeof(Outcome));
	if (request->kind == STATUS_CONVERTED)
	{
		*outcome = make_customer_once(request, &lead, target);

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
		refusals_raise(conversion_refusals(request, &lead.row, target));
	}
	record_write(request, &lead.row, outcome);
	move_with_pass(PASS_CONVERSION, &lead.row, request->kind, request->has_reason ? &request->reason : NULL, NULL);
}

/*
 * The customer: by the user's target, the one named, the one that an earlier,
 * reverted conversion of this lead led to, or a new one.
 */
static Outcome
make_customer(const ConversionRequest *request, const StoredLead *lead, const char *target)
{
	Recorded	earlier = {0};
	bool		names_none = !request->names_customer && !request->customer_ref;
	bool		again = names_none && record_read_reverted(request->lead_id, target != NULL, &earlier);

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
	policy_check_conversion(&lead->row, request->remark);
	return customer_create(request->lead_id, NULL);
}

/* make_customer, refusing a target or trigger that converts the same lead in it. */
static Outcome
make_customer_once(const ConversionRequest *request, const StoredLead *lead, const char *target)
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

/* lead.revert_conversion: see its SQL comment. */
Datum
lead_do_revert_conversion(PG_FUNCTION_ARGS)
{
	StoredLead	lead;
	Recorded	found;
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

	record_read_open(&lead.row, &found);
	if (found.outcome.has_customer)
		customer_detach(found.outcome.customer_id, found.outcome.person_ids);
	reason = PG_GETARG_DATUM(2);
	record_close(&lead.row, &found, reason);
	move_with_pass(PASS_CONVERSION, &lead.row, found.from, &reason,
				   found.has_until ? &found.deferred_until : NULL);
	return finish_with_lead(fcinfo, id);
}
