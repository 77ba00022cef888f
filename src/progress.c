/*
 * progress.c
 *		What procedures for very long work share: they commit as they go on, and
 *		say how far they are by a NOTICE with count, share and rate, at most one a
 *		second, and one at the end.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "nodes/parsenodes.h"
#include "utils/timestamp.h"

#include "errors.h"
#include "progress.h"

#define PAUSE USECS_PER_SEC
#define COMMIT_EVERY 1000
#define COMMIT_EVERY_LIMIT 100000

/* Inside a transaction of the caller's nothing could be committed; nothing is begun. */
void
require_own_transactions(FunctionCallInfo fcinfo, const char *procedure, const char *instead)
{
	if (fcinfo->context && IsA(fcinfo->context, CallContext) &&
		!castNode(CallContext, fcinfo->context)->atomic)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
			 errmsg("%s cannot run inside a transaction", procedure),
			 errdetail("It commits by itself, as it goes on."),
			 errhint("CALL it outside of BEGIN, of functions, and of procedures that are SECURITY DEFINER or have settings; %s.", instead)));
}

/* How many rows a transaction takes. */
int
commit_every_argument(FunctionCallInfo fcinfo, int number)
{
	int			given = PG_ARGISNULL(number) ? COMMIT_EVERY : PG_GETARG_INT32(number);

	if (given < 1 || given > COMMIT_EVERY_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument commit_every is out of range"),
				 errdetail("It is %d.", given),
				 errhint("Pass a number from 1 to %d, or leave it out for %d.", COMMIT_EVERY_LIMIT, COMMIT_EVERY)));
	return given;
}

/* What CALL returns: the counts that are INOUT parameters. */
Datum
procedure_result(FunctionCallInfo fcinfo, const int64 *counts, int count)
{
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS] = {false};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != count)
		elog(ERROR, "the procedure is not declared as it should be");
	for (int i = 0; i < count; i++)
		values[i] = Int64GetDatum(counts[i]);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

void
progress_begin(Progress *progress, const char *what, int64 total)
{
	progress->what = what;
	progress->total = total;
	progress->start = progress->told = GetCurrentTimestamp();
}

/* After each part that is committed. The total may have grown meanwhile. */
void
progress_tell(Progress *progress, int64 done)
{
	TimestampTz now = GetCurrentTimestamp();
	int64		total = Max(progress->total, done);
	double		seconds = Max(now - progress->start, 1) / (double) USECS_PER_SEC;

	if (done < total && now - progress->told < PAUSE)
		return;
	progress->told = now;
	ereport(NOTICE,
			(errmsg("%lld of %lld %s done (%d %%), %.0f a second",
					(long long) done, (long long) total, progress->what,
					total == 0 ? 100 : (int) (100.0 * done / total), done / seconds)));
}
