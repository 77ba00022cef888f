/*
 * convert_all.c
 *		Converts all leads of a status, in parts that are committed one after the
 *		other: lead.convert_all, a procedure for very long work.
 *
 * Leads are taken in the order of their ids, up to the last one that was there at
 * the beginning; those that are converted no longer have the status, so a call
 * after an interruption or a crash goes on where that one stopped. A refused
 * lead is passed over in this call, and asked again by the next.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "convert_many.h"
#include "leads.h"
#include "plans.h"
#include "progress.h"
#include "registers.h"

LEAD_FUNCTION(lead_convert_all);

#define REFUSALS_SHOWN 10

typedef struct Run
{
	ConversionRequest request;
	Datum		filter[4];		/* status, type, source, tag */
	bool		no_filter[4];
	int			commit_every;
	pg_uuid_t	last;			/* lead taken */
	pg_uuid_t	end;			/* last lead to take */
	int64		taken;
	int64		converted;
	int64		refused;
	Progress	progress;
	MemoryContext part_context;
} Run;

#define MATCHING \
	" FROM lead.lead l WHERE l.status OPERATOR(pg_catalog.=) $1" \
	" AND ($2 IS NULL OR l.lead_type OPERATOR(pg_catalog.=) $2)" \
	" AND ($3 IS NULL OR l.lead_source OPERATOR(pg_catalog.=) $3)" \
	" AND ($4 IS NULL OR l.data_tags OPERATOR(pg_catalog.@>) ARRAY[$4])"

static KeptPlan count_plan = {
	"SELECT pg_catalog.count(*), (SELECT l.id" MATCHING " ORDER BY l.id DESC LIMIT 1)::pg_catalog.uuid" MATCHING,
	{LEAD_STATUS_ARGUMENT, TEXTOID, TEXTOID, TEXTOID, InvalidOid}
};

static KeptPlan take_plan = {
	"SELECT l.id::pg_catalog.uuid" MATCHING
	" AND ($5 IS NULL OR l.id OPERATOR(pg_catalog.>) $5) AND l.id OPERATOR(pg_catalog.<=) $6 ORDER BY l.id LIMIT $7",
	{LEAD_STATUS_ARGUMENT, TEXTOID, TEXTOID, TEXTOID, UUIDOID, UUIDOID, INT8OID, InvalidOid}
};

/* Into memory that outlives the transactions: SPI's own, in which the caller is. */
static void
read_arguments(FunctionCallInfo fcinfo, Run *run)
{
	require_argument(!PG_ARGISNULL(0), "from_status", "Pass the status whose leads are to be converted.");
	if (STATUS_IS_CONVERTED(status_of(PG_GETARG_DATUM(0))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument from_status cannot be %s", status_name(status_of(PG_GETARG_DATUM(0)))),
				 errdetail("Those leads are converted already."),
				 errhint("Pass the status of leads that are to be converted.")));
	run->filter[0] = PG_GETARG_DATUM(0);
	for (int i = 1; i < 4; i++)
	{
		run->no_filter[i] = PG_ARGISNULL(i);
		if (!run->no_filter[i])
			run->filter[i] = CStringGetTextDatum(text_to_cstring(PG_GETARG_TEXT_PP(i)));
	}
	if (!run->no_filter[1])
		register_require_type(TextDatumGetCString(run->filter[1]));
	if (!run->no_filter[2])
		register_require_source(TextDatumGetCString(run->filter[2]));
	run->request.external_system = reference_argument(fcinfo, 4, "external_system");
	require_argument(run->request.external_system != NULL || PG_ARGISNULL(4), "external_system",
					 "Name the system, or leave the argument out for customers here.");
	run->request.kind = run->request.external_system ? STATUS_CONVERTED_EXTERNAL : STATUS_CONVERTED;
	run->request.has_reason = given_text(fcinfo, 5) != NULL;
	if (run->request.has_reason)
		run->request.reason = CStringGetTextDatum(text_to_cstring(PG_GETARG_TEXT_PP(5)));
	run->commit_every = commit_every_argument(fcinfo, 6);
	run->part_context = AllocSetContextCreate(CurrentMemoryContext, "lead convert_all part", ALLOCSET_DEFAULT_SIZES);
}

/* What there is to do. */
static void
look(Run *run)
{
	bool		isnull;
	Datum		end;

	plan_execute(&count_plan, run->filter, run->no_filter, SPI_OK_SELECT);
	end = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	if (!isnull)
		run->end = *DatumGetUUIDP(end);
	progress_begin(&run->progress, "leads",
				   DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull)));
}

/* The ids of the next leads, in the memory of the part. */
static Datum *
take(Run *run, int *count)
{
	Datum		values[7] = {
		run->filter[0], run->filter[1], run->filter[2], run->filter[3],
		UUIDPGetDatum(&run->last), UUIDPGetDatum(&run->end), Int64GetDatum(run->commit_every)
	};
	bool		nulls[7] = {false, run->no_filter[1], run->no_filter[2], run->no_filter[3], run->taken == 0};
	Datum	   *ids;

	*count = plan_execute(&take_plan, values, nulls, SPI_OK_SELECT);
	MemoryContextSwitchTo(run->part_context);	/* SPI has left its own */
	ids = palloc(sizeof(Datum) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
		bool		isnull;

		*id = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		ids[i] = UUIDPGetDatum(id);
	}
	SPI_freetuptable(SPI_tuptable);
	return ids;
}

/* Counts what became of a lead; the first refusals are shown. */
static void
tell_outcome(Run *run, const LeadOutcome *outcome)
{
	if (outcome->kind != OUTCOME_REFUSED)
	{
		run->converted += outcome->kind == OUTCOME_CONVERTED;
		return;
	}
	if (run->refused++ >= REFUSALS_SHOWN)
		return;
	ereport(NOTICE,
			(errcode(outcome->sqlstate),
			 errmsg("lead %s is not converted",
					DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&outcome->lead_id)))),
			 errdetail("%s%s%s", outcome->message, outcome->detail ? "\n" : "", outcome->detail ? outcome->detail : ""),
			 errdetail_log("The client is told why."),	/* your own trigger may name a person */
			 errhint("lead.convert_many tells what became of each%s.",
					 run->refused == REFUSALS_SHOWN ? "; no more are shown here" : "")));
}

/* Takes, converts and commits the next leads; false when there are none. */
static bool
run_part(Run *run)
{
	MemoryContext home = MemoryContextSwitchTo(run->part_context);
	LeadOutcome *outcomes;
	Datum	   *ids;
	int			count;

	PushActiveSnapshot(GetTransactionSnapshot());
	ids = take(run, &count);
	outcomes = convert_leads(&run->request, ids, count);
	if (count > 0)
		run->last = *DatumGetUUIDP(ids[count - 1]);
	run->taken += count;
	PopActiveSnapshot();
	MemoryContextSwitchTo(home);
	SPI_commit();
	for (int i = 0; i < count; i++)
		tell_outcome(run, &outcomes[i]);
	MemoryContextReset(run->part_context);
	return count > 0;
}

/* lead.convert_all: see its SQL comment. */
Datum
lead_convert_all(PG_FUNCTION_ARGS)
{
	Run			run = {.request = {0}};

	require_own_transactions(fcinfo, "lead.convert_all",
							 "for leads inside a transaction there is lead.convert_many");
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	read_arguments(fcinfo, &run);
	look(&run);
	while (run_part(&run))
	{
		CHECK_FOR_INTERRUPTS();
		progress_tell(&run.progress, run.taken);
	}
	SPI_finish();
	return procedure_result(fcinfo, (int64[]) {run.converted, run.refused}, 2);
}
