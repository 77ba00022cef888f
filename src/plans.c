/*
 * plans.c
 *		Statements that are prepared once in a backend and kept.
 *
 * The server plans a kept statement anew when tables change or row security
 * asks for another role. Only a parameter type it cannot follow: the enum gets
 * another OID when the extension is dropped and created again in a session.
 */
#include "compat.h"

#include "utils/snapmgr.h"

#include "plans.h"
#include "status.h"

static void
prepare(KeptPlan *plan)
{
	Oid			types[PLAN_MAX_ARGUMENTS];
	int			count;
	SPIPlanPtr	prepared;

	for (count = 0; OidIsValid(plan->types[count]); count++)
		types[count] = plan->types[count] == LEAD_STATUS_ARGUMENT ?
			status_type() : plan->types[count];

	prepared = SPI_prepare(plan->text, count, types);
	if (prepared == NULL)
		elog(ERROR, "could not prepare \"%s\": %s",
			 plan->text, SPI_result_code_string(SPI_result));
	if (SPI_keepplan(prepared) != 0)
		elog(ERROR, "could not keep a plan");
	if (plan->plan)
		SPI_freeplan(plan->plan);
	plan->plan = prepared;
	plan->status_type = status_type();
}

/* Prepares the statement where that is to be done; fills the flags of SPI. */
static void
ready(KeptPlan *plan, const bool *nulls, char *null_flags)
{
	if (plan->plan == NULL || plan->status_type != status_type())
		prepare(plan);
	for (int i = 0; OidIsValid(plan->types[i]); i++)
		null_flags[i] = nulls && nulls[i] ? 'n' : ' ';
}

static int
finish(const KeptPlan *plan, int result, int expected)
{
	if (result != expected)
		elog(ERROR, "unexpected result of \"%s\": %s",
			 plan->text, SPI_result_code_string(result));
	return (int) SPI_processed;
}

/*
 * Runs the statement as a command of its own (it sees what was done before),
 * within SPI_connect. Returns the number of rows.
 */
int
plan_execute(KeptPlan *plan, Datum *values, const bool *nulls, int expected)
{
	char		null_flags[PLAN_MAX_ARGUMENTS];

	ready(plan, nulls, null_flags);
	return finish(plan, SPI_execute_plan(plan->plan, values, null_flags, false, 0), expected);
}

/* The same for a query that sees what others have committed, at any isolation level. */
int
plan_query_latest(KeptPlan *plan, Datum *values)
{
	char		null_flags[PLAN_MAX_ARGUMENTS];

	ready(plan, NULL, null_flags);
	return finish(plan, SPI_execute_snapshot(plan->plan, values, null_flags, GetLatestSnapshot(),
											 InvalidSnapshot, false, false, 0), SPI_OK_SELECT);
}
