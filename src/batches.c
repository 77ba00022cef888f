/*
 * batches.c
 *		Works through the lines of lead.lead_import: lead.run_import.
 *
 * A part of the lines is taken, imported and marked in one transaction, then
 * the next. So lead and state are always stored together, and a run that was
 * interrupted, or whose server crashed, goes on where it stopped when it is
 * called again; no line is imported twice. Lines are taken FOR UPDATE SKIP
 * LOCKED: two sessions that run one batch share it.
 *
 * Lines are read and locked as the caller: what row security hides from him he
 * does not run. Their state is written as the owner of the table, since nobody
 * else may.
 *
 * Constraints are checked at once, whatever they say: a deferred one would fail
 * with the COMMIT, for lines that are not to blame, at every run again.
 *
 * Each line has a subtransaction of its own, which costs 2 % of a run;
 * many lines in one, done over one by one where one fails, could save no more.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "attempt.h"
#include "errors.h"
#include "import.h"
#include "plans.h"
#include "progress.h"
#include "roles.h"

LEAD_FUNCTION(lead_run_import);

typedef enum OnError
{
	ERROR_KEEP,
	ERROR_STOP
} OnError;

/* A call. */
typedef struct Run
{
	Datum		batch;
	OnError		on_error;
	OnDuplicate on_duplicate;
	int			commit_every;
	int64		last_line;		/* that was taken */
	int64		done;
	int64		skipped;
	int64		refused;
	Progress	progress;
	MemoryContext part_context;
	MemoryContext line_context;
} Run;

typedef struct Line
{
	int64		line;
	Datum		payload;		/* jsonb as it stands in its row, not fetched yet */
	const char *writer;			/* a role's name, "" where that is not known */
	LeadOutcome outcome;
} Line;

/* Lines taken together. */
typedef struct Part
{
	int			count;
	Line	   *lines;
	SPITupleTable *rows;		/* to which the payloads point */
} Part;

#define OF_BATCH " FROM lead.lead_import i WHERE i.batch OPERATOR(pg_catalog.=) $1"
#define TO_DO "i.state OPERATOR(pg_catalog.=) ANY ('{NEW,REFUSED}'::pg_catalog.text[])"

static KeptPlan count_plan = {
	"SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE " TO_DO ")" OF_BATCH,
	{TEXTOID, InvalidOid}
};

static KeptPlan take_plan = {
	"SELECT i.line::pg_catalog.int8, i.payload::pg_catalog.jsonb, i.written_by::pg_catalog.text" OF_BATCH
	" AND i.line OPERATOR(pg_catalog.>) $2 AND " TO_DO
	" AND i.payload IS NOT NULL ORDER BY i.line LIMIT $3 FOR UPDATE SKIP LOCKED",
	{TEXTOID, INT8OID, INT8OID, InvalidOid}
};

/* One line a statement: a join with many might take them in the wrong order, and a day. */
static KeptPlan mark_plan = {
	"UPDATE lead.lead_import AS i SET state = $3, sqlstate = $4, message = $5, detail = $6, hint = $7, lead_id = $8,"
	" processed_at = $9, processed_by = $10"
	" WHERE i.batch OPERATOR(pg_catalog.=) $1 AND i.line OPERATOR(pg_catalog.=) $2",
	{TEXTOID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, InvalidOid}
};

static void read_arguments(FunctionCallInfo fcinfo, Run *run);
static void require_batch(Run *run);
static bool run_part(Run *run);
pg_noreturn static void stop(const Run *run, const LeadOutcome *outcome);

/* lead.run_import: see its SQL comment. */
Datum
lead_run_import(PG_FUNCTION_ARGS)
{
	Run			run = {0};
	int64		counts[3];

	require_own_transactions(fcinfo, "lead.run_import", "for a few leads inside a transaction there is lead.import_leads");
	require_may_import();
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	read_arguments(fcinfo, &run);
	require_batch(&run);
	while (run_part(&run))
		;
	SPI_finish();

	counts[0] = run.done;
	counts[1] = run.skipped;
	counts[2] = run.refused;
	return procedure_result(fcinfo, counts, lengthof(counts));
}

/* Into memory that outlives the transactions. */
static void
read_arguments(FunctionCallInfo fcinfo, Run *run)
{
	static const char *const on_error_choices[] = {"keep", "stop"};

	require_argument(!PG_ARGISNULL(0), "batch", "Pass the name of the batch in lead.lead_import.");
	run->batch = CStringGetTextDatum(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	run->on_error = (OnError) choice_argument(fcinfo, 1, "on_error", on_error_choices, lengthof(on_error_choices));
	run->on_duplicate = on_duplicate_argument(fcinfo, 2);
	run->commit_every = commit_every_argument(fcinfo, 3);
	run->part_context = AllocSetContextCreate(CurrentMemoryContext, "lead import part", ALLOCSET_DEFAULT_SIZES);
	run->line_context = AllocSetContextCreate(CurrentMemoryContext, "lead import line", ALLOCSET_DEFAULT_SIZES);
}

/* A misspelt name must not look like a batch that is done. */
static void
require_batch(Run *run)
{
	bool		isnull;
	int64		lines,
				to_do;

	plan_execute(&count_plan, &run->batch, NULL, SPI_OK_SELECT);
	lines = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	to_do = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	if (lines == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("batch \"%s\" does not exist", TextDatumGetCString(run->batch)),
				 errdetail("No line of it is in lead.lead_import, or none that you may see."),
				 errhint("SELECT batch, state, count(*) FROM lead.lead_import GROUP BY 1, 2;"),
				 err_place("lead_import", "batch", NULL)));
	progress_begin(&run->progress, "lines", to_do);
}

/* The next lines, locked; in the part's memory. */
static Part
take_lines(Run *run)
{
	Datum		values[3] = {run->batch, Int64GetDatum(run->last_line), Int64GetDatum(run->commit_every)};
	int			count = plan_execute(&take_plan, values, NULL, SPI_OK_SELECT);
	Part		part = {0, MemoryContextAllocZero(run->part_context, Max(count, 1) * sizeof(Line)), SPI_tuptable};
	bool		isnull;

	MemoryContextSwitchTo(run->part_context);
	for (int i = 0; i < count; i++)
	{
		HeapTuple	row = part.rows->vals[i];
		char	   *writer = SPI_getvalue(row, part.rows->tupdesc, 3);

		part.lines[i].line = DatumGetInt64(SPI_getbinval(row, part.rows->tupdesc, 1, &isnull));
		part.lines[i].payload = SPI_getbinval(row, part.rows->tupdesc, 2, &isnull);
		part.lines[i].writer = writer ? writer : "";
	}
	part.count = count;
	return part;
}

typedef struct LineWork
{
	Line	   *line;
	OnDuplicate on_duplicate;
} LineWork;

/* A payload may be large, and there are many: it is fetched into the line's memory. */
static void
import_line(void *arg)
{
	LineWork   *work = (LineWork *) arg;

	import_lead(DatumGetJsonbP(work->line->payload), work->line->writer, work->on_duplicate, &work->line->outcome);
}

static const char *
state_of(const LeadOutcome *outcome)
{
	switch (outcome->kind)
	{
		case OUTCOME_REFUSED:
		case OUTCOME_SKIPPED:
			return outcome_name(outcome->kind);
		default:
			return "DONE";
	}
}

/* What became of the line, as the owner of the table. */
static void
mark_line(const Run *run, const Line *line)
{
	const LeadOutcome *outcome = &line->outcome;
	Datum		values[10];
	bool		nulls[10] = {false};

	values[0] = run->batch;
	values[1] = Int64GetDatum(line->line);
	values[2] = CStringGetTextDatum(state_of(outcome));
	values[3] = nullable_text(outcome->sqlstate ? unpack_sql_state(outcome->sqlstate) : NULL, &nulls[3]);
	values[4] = nullable_text(outcome->message, &nulls[4]);
	values[5] = nullable_text(outcome->detail, &nulls[5]);
	values[6] = nullable_text(outcome->hint, &nulls[6]);
	values[7] = UUIDPGetDatum(&outcome->lead_id);
	nulls[7] = !outcome->has_lead;
	values[8] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[9] = CStringGetTextDatum(outer_user_name());
	require_written(plan_execute_as_owner(&mark_plan, values, nulls, SPI_OK_UPDATE, "lead_import"), "lead_import");
}

/* Imports a line and marks it, in memory that is reset; whether the run goes on. */
static bool
run_line(Run *run, Line *line)
{
	LineWork	work = {line, run->on_duplicate};
	MemoryContext home = MemoryContextSwitchTo(run->line_context);
	Refusal		refusal;
	bool		done = attempt(import_line, &work, &refusal);

	if (!done)
	{
		memset(&line->outcome, 0, sizeof(LeadOutcome));
		outcome_refuse(&line->outcome, &refusal);
	}
	mark_line(run, line);
	MemoryContextSwitchTo(home);
	run->last_line = line->line;
	if (line->outcome.kind == OUTCOME_REFUSED)
		run->refused++;
	else if (line->outcome.kind == OUTCOME_SKIPPED)
		run->skipped++;
	else
		run->done++;
	plan_anew_as_it_grows(run->done + run->skipped + run->refused);
	return done || run->on_error == ERROR_KEEP;
}

/* Another session may have done a share of what was there at the beginning. */
static void
tell(Run *run, bool at_end)
{
	int64		processed = run->done + run->skipped + run->refused;

	if (at_end && run->progress.total == processed)
		return;					/* said when it was reached, or there was nothing to do */
	if (at_end)
		run->progress.total = processed;
	progress_tell(&run->progress, processed);
}

/*
 * Takes, imports, marks and commits the next lines; false when there are none.
 * Each payload is fetched from out of its row when its turn comes, which wants a
 * snapshot that lasts as long.
 */
static bool
run_part(Run *run)
{
	MemoryContext home = MemoryContextSwitchTo(run->part_context);
	Part		part;
	int			next = 0;
	bool		goes_on = true;

	PushActiveSnapshot(GetTransactionSnapshot());
	check_constraints_at_once();
	part = take_lines(run);
	while (next < part.count && goes_on)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(run->line_context);
		goes_on = run_line(run, &part.lines[next++]);
	}
	SPI_freetuptable(part.rows);
	PopActiveSnapshot();
	MemoryContextSwitchTo(home);
	SPI_commit();
	if (!goes_on)
		stop(run, &part.lines[next - 1].outcome);	/* whose words are in line_context still */
	MemoryContextReset(run->part_context);
	tell(run, part.count == 0);
	return part.count > 0;
}

/* The line keeps the reason; the log does not get it, for it may quote the line. */
static void
stop(const Run *run, const LeadOutcome *outcome)
{
	ereport(ERROR,
			(errcode(outcome->sqlstate),
			 errmsg("line %lld of batch \"%s\" is refused", (long long) run->last_line, TextDatumGetCString(run->batch)),
			 errdetail("%s%s%s", outcome->message, outcome->detail ? "\n" : "", outcome->detail ? outcome->detail : ""),
			 errdetail_log("The reason stands in the line."),
			 errhint("Correct the line, then run the batch again: it goes on from there."),
			 err_place("lead_import", NULL, NULL)));
}
