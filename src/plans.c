/*
 * plans.c
 *		Statements that are prepared once in a backend and kept.
 *
 * The server plans a kept statement anew when tables change or row security
 * asks for another role. Only a parameter type it cannot follow: the enum gets
 * another OID when the extension is dropped and created again in a session.
 */
#include "compat.h"

#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "plans.h"
#include "roles.h"
#include "status.h"

static Oid
argument_type(Oid type)
{
	if (type == LEAD_STATUS_ARGUMENT)
		return status_type();
	return type == LEAD_STATUSES_ARGUMENT ? get_array_type(status_type()) : type;
}

static void
prepare(KeptPlan *plan)
{
	Oid			types[PLAN_MAX_ARGUMENTS];
	int			count;
	SPIPlanPtr	prepared;

	for (count = 0; OidIsValid(plan->types[count]); count++)
		types[count] = argument_type(plan->types[count]);

	prepared = SPI_prepare_cursor(plan->text, count, types, plan->by_index ? CURSOR_OPT_GENERIC_PLAN : 0);
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

static void
require_prepared(KeptPlan *plan)
{
	if (plan->plan == NULL || plan->status_type != status_type())
		prepare(plan);
}

static int
checked(const KeptPlan *plan, int result, int expected)
{
	if (result != expected)
		elog(ERROR, "unexpected result of \"%s\": %s",
			 plan->text, SPI_result_code_string(result));
	return (int) SPI_processed;
}

/* A text argument that may be missing. */
Datum
nullable_text(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

/*
 * Runs the statement as a command of its own (it sees what was done before),
 * within SPI_connect. Returns the number of rows. The memory context is SPI's
 * afterwards, whatever it was, and lasts until SPI_finish, over every COMMIT.
 */
int
plan_execute(KeptPlan *plan, Datum *values, const bool *nulls, int expected)
{
	char		null_flags[PLAN_MAX_ARGUMENTS];

	require_prepared(plan);
	for (int i = 0; OidIsValid(plan->types[i]); i++)
		null_flags[i] = nulls && nulls[i] ? 'n' : ' ';
	return checked(plan, SPI_execute_plan(plan->plan, values, null_flags, false, 0), expected);
}

/*
 * The same as the owner of a table of ours, who writes what nobody else may:
 * history and records.
 */
int
plan_execute_as_owner(KeptPlan *plan, Datum *values, const bool *nulls, int expected, const char *table)
{
	RoleSwitch	saved = become_owner_of(lead_relation(table, false));
	int			count = plan_execute(plan, values, nulls, expected);

	switch_back(saved);
	return count;
}

/*
 * A plan made for a table of few rows reads all of it, and is kept while a bulk
 * load makes it large. (Left to itself the server would plan such a query each
 * time, since the keys at hand are always rarer than it takes unknown ones to
 * be: 13 % of convert_many.)
 */
static int
read_by_index(void)
{
	int			settings = NewGUCNestLevel();

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return settings;
}

/*
 * A query as the owner of a table of ours, who reads what the caller may not
 * (records, rows that row security hides), and with the latest snapshot: it sees
 * all that others have committed, at any isolation level. No value is NULL.
 */
int
plan_query_as_owner(KeptPlan *plan, Datum *values, const char *table)
{
	RoleSwitch	saved = become_owner_of(lead_relation(table, false));
	int			settings = plan->by_index ? read_by_index() : 0;
	int			count;

	require_prepared(plan);
	count = checked(plan, SPI_execute_snapshot(plan->plan, values, NULL, GetLatestSnapshot(), InvalidSnapshot,
											   false, false, 0), SPI_OK_SELECT);
	if (settings > 0)
		AtEOXact_GUC(true, settings);
	switch_back(saved);
	return count;
}

/* For a result that is read in parts. No value is NULL. */
Portal
plan_open_cursor(KeptPlan *plan, Datum *values)
{
	Portal		portal;

	require_prepared(plan);
	portal = SPI_cursor_open(NULL, plan->plan, values, NULL, true);
	if (portal == NULL)
		elog(ERROR, "could not open a cursor for \"%s\"", plan->text);
	return portal;
}
