/*
 * import.c
 *		One lead of many that come from elsewhere: what lead.run_import does with
 *		a line and lead.import_leads with an element of its array; and how a line
 *		may be stored.
 *
 * The lead is written as the caller, whose privileges and row security hold,
 * and the guard judges it as any other. Each one is written in a subtransaction
 * of its own (attempt.c), so that the reason of one refusal is that of calling
 * for this one alone.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/uuid.h"

#include "attempt.h"
#include "columns.h"
#include "errors.h"
#include "import.h"
#include "keys.h"
#include "movein.h"
#include "roles.h"
#include "store.h"

LEAD_FUNCTION(lead_import_leads);

#define FIRST_PLANNED_ANEW 1000

/* A call of lead.import_leads. */
typedef struct Many
{
	JsonbContainer *array;
	OnDuplicate on_duplicate;
	LeadOutcome *outcomes;
	MemoryContext each;			/* reset after each element */
	bool		all_or_none;
	int			refused;
} Many;

/* An element of it. */
typedef struct One
{
	Jsonb	   *json;
	OnDuplicate on_duplicate;
	LeadOutcome *outcome;
} One;

/* A lead on its way to move_in. */
typedef struct Arriving
{
	const Payload *payload;
	const pg_uuid_t *id;
} Arriving;

/* ------------------------------------------------------------ arguments */

/* Which of the choices a text argument names; the first where it is NULL. */
int
choice_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *const *choices, int count)
{
	char	   *given;
	StringInfoData known;

	if (PG_ARGISNULL(number))
		return 0;
	given = text_to_cstring(PG_GETARG_TEXT_PP(number));
	initStringInfo(&known);
	for (int i = 0; i < count; i++)
	{
		if (strcmp(given, choices[i]) == 0)
			return i;
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", choices[i]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument %s cannot be \"%s\"", name, shown(given)),
			 errdetail("Known values: %s.", known.data),
			 errhint("Give one of them, or leave the argument out.")));
}

OnDuplicate
on_duplicate_argument(FunctionCallInfo fcinfo, int number)
{
	static const char *const choices[] = {"insert", "update", "skip"};

	return (OnDuplicate) choice_argument(fcinfo, number, "on_duplicate", choices, lengthof(choices));
}

/* Whoever may insert no lead at all is told so once, not with every line. */
void
require_may_import(void)
{
	Oid			lead = lead_relation("lead", false);

	if (pg_class_aclcheck(lead, GetUserId(), ACL_INSERT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(lead, GetUserId(), ACL_INSERT, ACLMASK_ANY) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to import leads"),
				 errdetail("It asks for INSERT on lead.lead, which agents have."),
				 errhint("Have an agent do it."),
				 err_place("lead", NULL, NULL)));
}

/* ------------------------------------------------------------ a line */

static void
require_state(const char *state)
{
	static const char *const known[] = {"NEW", "DONE", "SKIPPED", "REFUSED"};

	for (int i = 0; i < lengthof(known); i++)
		if (strcmp(state, known[i]) == 0)
			return;
	ereport(ERROR,				/* the CHECK would print the line */
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("the state of a line cannot be \"%s\"", shown(state)),
			 errdetail("Known: NEW, DONE, SKIPPED, REFUSED."),
			 errhint("Leave it to lead.run_import."),
			 err_place("lead_import", "state", "lead_import_state_check")));
}

/* A run takes the lines after the last one that it took, and begins with 0 (batches.c). */
static void
require_line(TupleDesc desc, const Datum *values, const bool *nulls)
{
	int			line = SPI_fnumber(desc, "line");

	if (line <= 0 || nulls[line - 1] || SPI_gettypeid(desc, line) != INT8OID ||
		DatumGetInt64(values[line - 1]) > 0)
		return;
	ereport(ERROR,				/* the CHECK would print the line */
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("the number of a line cannot be %lld", (long long) DatumGetInt64(values[line - 1])),
			 errdetail("Lines of a batch are numbered from 1."),
			 errhint("Leave the column out to have the line numbered."),
			 err_place("lead_import", "line", "lead_import_line_check")));
}

/*
 * Who wrote the payload as it stands, whatever the client says. Only the owner
 * of the table is believed, who restores what a dump says. old_values is NULL in
 * an INSERT.
 */
static bool
fill_writer(TupleDesc desc, const Datum *old_values, const bool *old_nulls, Datum *values, bool *nulls)
{
	int			writer = SPI_fnumber(desc, "written_by") - 1;
	int			payload = SPI_fnumber(desc, "payload") - 1;

	if (writer < 0 || payload < 0 || nulls[payload] || SPI_gettypeid(desc, writer + 1) != TEXTOID)
		return false;
	if (old_values && !old_nulls[payload] &&
		(same_bytes(old_values[payload], values[payload]) ||
		 datum_image_eq(old_values[payload], values[payload], false, -1)))
	{
		values[writer] = old_values[writer];
		nulls[writer] = old_nulls[writer];
		return true;
	}
	if (!old_values && !nulls[writer] &&
		has_privs_of_role(GetOuterUserId(), relation_owner(lead_relation("lead_import", false))))
		return false;
	values[writer] = CStringGetTextDatum(outer_user_name());
	nulls[writer] = false;
	return true;
}

/*
 * A line that no run has worked on is new, whatever the client wrote: a program
 * that writes every column must not leave out a lead by it. Whether a run has, a
 * dump that is restored tells by processed_at. Returns whether it changed.
 */
bool
fill_import_line(TupleDesc desc, const Datum *old_values, const bool *old_nulls, Datum *values, bool *nulls)
{
	static const char *const columns[] = {"sqlstate", "message", "detail", "hint", "lead_id", "processed_by"};
	int			state = SPI_fnumber(desc, "state");
	int			processed = SPI_fnumber(desc, "processed_at");
	bool		changed = fill_writer(desc, old_values, old_nulls, values, nulls);

	require_line(desc, values, nulls);
	if (state <= 0 || processed <= 0 || SPI_gettypeid(desc, state) != TEXTOID)
		return changed;
	if (!nulls[state - 1])
		require_state(TextDatumGetCString(values[state - 1]));
	if (!nulls[processed - 1])
		return changed;
	values[state - 1] = CStringGetTextDatum("NEW");
	nulls[state - 1] = false;
	for (int i = 0; i < lengthof(columns); i++)
	{
		int			number = SPI_fnumber(desc, columns[i]);

		if (number > 0)
			nulls[number - 1] = true;
	}
	return true;
}

/* ------------------------------------------------------------ one lead */

static void
refuse_taken(const Payload *payload, Found found, OnDuplicate on_duplicate)
{
	const char *column = found == FOUND_BY_ID ? "id" : "key";
	char	   *value = found == FOUND_BY_ID ?
		DatumGetCString(DirectFunctionCall1(uuid_out, payload->values[ATTRIBUTE_ID])) :
		TextDatumGetCString(payload->values[ATTRIBUTE_KEY]);

	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("%s \"%s\" is taken", column, value),
			 errdetail("There is a lead with this %s.", column),
			 on_duplicate == DUPLICATE_INSERT ?
			 errhint("Give another one or none, or import with on_duplicate 'update' or 'skip'.") :
			 errhint("Give another one or none."),
			 errlead(column, found == FOUND_BY_ID ? "lead_pkey" : "lead_key_key")));
}

static void
refuse_new_past(const Payload *payload)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a lead that is there cannot be moved in"),
			 errdetail("%s is given, but what happened to the lead is recorded here already.",
					   payload->past.history ? "history" : payload->past.conversion ? "conversion" : "insertedAt"),
			 errhint("Leave it out to update the lead, or import with on_duplicate 'skip'."),
			 errlead(NULL, NULL)));
}

static void
insert_lead(void *arg)
{
	const Arriving *arriving = (const Arriving *) arg;

	store_insert(arriving->payload, arriving->id);
}

/* With its past, where it has one. */
static void
import_new(const Payload *payload, const char *writer, const pg_uuid_t *id)
{
	Arriving	arriving = {payload, id};
	bool		has_status = payload->given[ATTRIBUTE_STATUS] == GIVEN;
	bool		has_reason = payload->given[ATTRIBUTE_STATUS_REASON] == GIVEN;
	Status		status = has_status ? status_of(payload->values[ATTRIBUTE_STATUS]) : STATUS_NEW;

	if (payload_has_past(payload) && writer)
		require_moved_in_by(writer);
	if (payload_has_past(payload))
		move_in(id, &payload->past, has_status ? &status : NULL,
				has_reason ? TextDatumGetCString(payload->values[ATTRIBUTE_STATUS_REASON]) : NULL,
				insert_lead, &arriving);
	else
		store_insert(payload, id);
}

/* Which lead was looked for in vain; NULL: none was. */
static char *
not_found(const Payload *payload)
{
	StringInfoData names;

	initStringInfo(&names);
	if (payload->given[ATTRIBUTE_ID] == GIVEN)
		appendStringInfo(&names, "the id \"%s\"",
						 DatumGetCString(DirectFunctionCall1(uuid_out, payload->values[ATTRIBUTE_ID])));
	if (payload->given[ATTRIBUTE_KEY] == GIVEN)
		appendStringInfo(&names, "%sthe key \"%s\"", names.len > 0 ? " or " : "",
						 shown(TextDatumGetCString(payload->values[ATTRIBUTE_KEY])));
	return names.len > 0 ? names.data : NULL;
}

/*
 * A lead that was to be updated or skipped is not there, so the line makes a new
 * one. Where it lacks what that takes, the key is likelier to be wrong than the
 * rest to be missing.
 */
static void
import_not_found(const Payload *payload, const char *writer, const pg_uuid_t *id)
{
	MemoryContext home = CurrentMemoryContext;
	char	   *names = not_found(payload);

	PG_TRY();
	{
		import_new(payload, writer, id);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(home);
		error = CopyErrorData();
		FlushErrorState();
		if (error->sqlerrcode == ERRCODE_NOT_NULL_VIOLATION && names)
			error->hint = psprintf("No lead has %s: with party_name and the codes it would be a new one.", names);
		ReThrowError(error);
	}
	PG_END_TRY();
}

/*
 * Writes the lead that the JSON describes, or raises. With an SPI connection of
 * its own, so that nothing of it is left when it ends. writer is the role that
 * wrote the JSON into a line, NULL where the caller gives it.
 */
void
import_lead(Jsonb *json, const char *writer, OnDuplicate on_duplicate, LeadOutcome *outcome)
{
	Payload		payload;
	Found		found;

	SPI_connect();
	payload_read(&payload, json);
	found = store_find(&payload, on_duplicate == DUPLICATE_SKIP, &outcome->lead_id);
	if (found != FOUND_NONE && on_duplicate == DUPLICATE_INSERT)
		refuse_taken(&payload, found, on_duplicate);
	if (found != FOUND_NONE && on_duplicate == DUPLICATE_SKIP)
		outcome->kind = OUTCOME_SKIPPED;
	else if (found != FOUND_NONE)
	{
		if (payload_has_past(&payload))
			refuse_new_past(&payload);
		if (found == FOUND_BY_ID && store_key_is_others(&payload, &outcome->lead_id))
			refuse_taken(&payload, FOUND_BY_KEY, on_duplicate);
		store_update(&payload, &outcome->lead_id, found);
		outcome->kind = OUTCOME_CHANGED;
	}
	else
	{
		outcome->lead_id = *DatumGetUUIDP(payload.given[ATTRIBUTE_ID] == GIVEN ?
										  payload.values[ATTRIBUTE_ID] : uuid_v7());
		if (on_duplicate == DUPLICATE_INSERT)
			import_new(&payload, writer, &outcome->lead_id);
		else
			import_not_found(&payload, writer, &outcome->lead_id);
		outcome->kind = OUTCOME_CREATED;
	}
	outcome->has_lead = true;
	SPI_finish();
}

/*
 * Plans that were made when a table was nearly empty read all of it, and would
 * be kept while the import makes it large: the server's for foreign keys, too.
 * (20,000 leads into a table that was vacuumed when it was empty took two
 * minutes, and take five seconds.) So after the first thousand leads, and each
 * time that there are twice as many, all are made anew.
 */
void
plan_anew_as_it_grows(int64 leads)
{
	int64		parts = leads / FIRST_PLANNED_ANEW;

	if (leads > 0 && leads % FIRST_PLANNED_ANEW == 0 && (parts & (parts - 1)) == 0)
		ResetPlanCache();
}

/* ------------------------------------------------------------ many leads */

static void
import_one(void *arg)
{
	One		   *one = (One *) arg;
	Datum		status;

	import_lead(one->json, NULL, one->on_duplicate, one->outcome);
	SPI_connect();
	one->outcome->has_status = store_status(&one->outcome->lead_id, &status);
	if (one->outcome->has_status)
		one->outcome->status = status_of(status);
	SPI_finish();
}

/* The refusal goes where the outcome lives, not where the element is worked on. */
static void
import_element(Many *many, JsonbValue *element, LeadOutcome *outcome)
{
	MemoryContext home = MemoryContextSwitchTo(many->each);
	One			one = {JsonbValueToJsonb(element), many->on_duplicate, outcome};
	Refusal		refusal;
	bool		done = attempt(import_one, &one, &refusal);

	MemoryContextSwitchTo(home);
	if (!done)
	{
		memset(outcome, 0, sizeof(LeadOutcome));
		refusal = refusal_copy(&refusal);
		outcome_refuse(outcome, &refusal);
		many->refused++;
	}
	MemoryContextReset(many->each);
}

/* Whether what was done is to stay. */
static bool
import_elements(void *arg)
{
	Many	   *many = (Many *) arg;
	JsonbIterator *iterator = JsonbIteratorInit(many->array);
	LeadOutcome *outcome = many->outcomes;
	JsonbValue	element;

	(void) JsonbIteratorNext(&iterator, &element, true);
	for (; JsonbIteratorNext(&iterator, &element, true) == WJB_ELEM; outcome++)
	{
		CHECK_FOR_INTERRUPTS();
		import_element(many, &element, outcome);
		plan_anew_as_it_grows(outcome - many->outcomes + 1);
	}
	return !(many->all_or_none && many->refused > 0);
}

/* What was done before an element was refused is undone; it says so. */
static void
refuse_others(Many *many, int count)
{
	static const Refusal refusal = {ERRCODE_TRANSACTION_ROLLBACK, "not done, since another of this call was refused",
		"The call asked for all or none.", "Correct the others that are refused, or call without all_or_none."};

	for (int i = 0; i < count; i++)
		if (many->outcomes[i].kind != OUTCOME_REFUSED)
		{
			memset(&many->outcomes[i], 0, sizeof(LeadOutcome));
			outcome_refuse(&many->outcomes[i], &refusal);
		}
		else
			outcome_undone(&many->outcomes[i]);
}

static Jsonb *
leads_argument(FunctionCallInfo fcinfo)
{
	Jsonb	   *leads;

	require_argument(!PG_ARGISNULL(0), "leads", "Pass a JSON array of leads.");
	leads = PG_GETARG_JSONB_P(0);
	if (!JB_ROOT_IS_ARRAY(leads) || JB_ROOT_IS_SCALAR(leads))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument leads must be a JSON array"),
				 errdetail("It is %s.", JB_ROOT_IS_OBJECT(leads) ? "an object" : "a single value"),
				 errhint("Pass [{\"party_name\": \"...\", ...}, ...], also for one lead.")));
	return leads;
}

/* lead.import_leads: see its SQL comment. */
Datum
lead_import_leads(PG_FUNCTION_ARGS)
{
	Jsonb	   *leads = leads_argument(fcinfo);
	int			count = JB_ROOT_COUNT(leads);
	RowSink		sink = srf_begin(fcinfo);
	Many		many = {&leads->root, on_duplicate_argument(fcinfo, 2)};

	many.all_or_none = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	require_may_import();
	check_constraints_at_once();
	many.outcomes = MemoryContextAllocExtended(CurrentMemoryContext, Max(count, 1) * sizeof(LeadOutcome),
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	many.each = AllocSetContextCreate(CurrentMemoryContext, "lead import", ALLOCSET_DEFAULT_SIZES);
	if (!many.all_or_none)
		(void) import_elements(&many);
	else if (!keep_or_undo(import_elements, &many))
		refuse_others(&many, count);
	for (int i = 0; i < count; i++)
		outcome_put(&sink, i + 1, &many.outcomes[i]);
	return (Datum) 0;
}
