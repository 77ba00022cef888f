/*
 * bindings.c
 *		Calls the functions of lead.event_binding.
 *
 * They run in the AFTER ROW trigger, when history and conversion are written,
 * in the order of their codes; an error of theirs refuses the change. A binding
 * does not hear of changes that are made inside itself, or a binding that
 * edits its lead would never end; different bindings may nest a few deep.
 */
#include "compat.h"

#include "commands/trigger.h"
#include "utils/jsonpath.h"
#include "utils/rel.h"

#include "cache.h"
#include "columns.h"
#include "condition.h"
#include "errors.h"
#include "guard.h"
#include "json.h"
#include "registers.h"
#include "status.h"
#include "userfunc.h"

LEAD_FUNCTION(lead_call_event_bindings);
LEAD_FUNCTION(lead_has_event_bindings);

#define NESTING_LIMIT 8

typedef struct Binding
{
	char	   *code;
	char	   *event;
	char	   *function;
	JsonPath   *condition;		/* or NULL */
} Binding;

typedef struct Bindings
{
	int			count;
	Binding		bindings[FLEXIBLE_ARRAY_MEMBER];
} Bindings;

/* Bindings that are being called at present, innermost first. */
typedef struct Running
{
	const char *code;
	struct Running *outer;
} Running;

static Running *running = NULL;

static void *build_bindings(SPITupleTable *rows, uint64 count);

static CachedTable bindings_cache = {
	"event_binding",
	"SELECT b.code, b.event, b.function, b.condition::pg_catalog.jsonpath FROM lead.event_binding b"
	" WHERE b.enabled AND b.code IS NOT NULL AND b.event IS NOT NULL AND b.function IS NOT NULL"
	" ORDER BY b.code COLLATE pg_catalog.\"C\"",
	build_bindings
};

static void *
build_bindings(SPITupleTable *rows, uint64 count)
{
	Bindings   *built = palloc(offsetof(Bindings, bindings) + count * sizeof(Binding));

	built->count = count;
	for (uint64 i = 0; i < count; i++)
	{
		bool		isnull;
		Datum		condition = row_datum(rows, i, 4, &isnull);

		built->bindings[i].code = row_string(rows, i, 1);
		built->bindings[i].event = row_string(rows, i, 2);
		built->bindings[i].function = row_string(rows, i, 3);
		built->bindings[i].condition = isnull ? NULL : DatumGetJsonPathPCopy(condition);
	}
	return built;
}

/* lead.has_event_bindings(): asked by the trigger's WHEN, so that no binding means no cost. */
Datum
lead_has_event_bindings(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(((Bindings *) cache_get(&bindings_cache))->count > 0);
}

static bool
event_happened(const char *event, TriggerEvent kind, const LeadRow *old, const LeadRow *new)
{
	Status		from,
				to;

	if (TRIGGER_FIRED_BY_INSERT(kind))
		return strcmp(event, "CREATE") == 0;
	if (TRIGGER_FIRED_BY_DELETE(kind))
		return strcmp(event, "DELETE") == 0;
	if (strcmp(event, "UPDATE") == 0)
		return true;
	from = status_of(ROW_VALUE(old, LEAD_STATUS));
	to = status_of(ROW_VALUE(new, LEAD_STATUS));
	if (from == to)
		return false;
	return strcmp(event, "STATUS_CHANGE") == 0 ||
		(strcmp(event, "CONVERT") == 0 && STATUS_IS_CONVERTED(to));
}

static bool
is_running(const char *code)
{
	for (Running *at = running; at; at = at->outer)
		if (strcmp(at->code, code) == 0)
			return true;
	return false;
}

/* The bindings that want this event: copied, since calling them may reload the cache. */
static List *
bindings_for(TriggerEvent kind, const LeadRow *old, const LeadRow *new)
{
	Bindings   *all = cache_get(&bindings_cache);
	const LeadRow *subject = new ? new : old;
	Jsonb	   *document = NULL;
	List	   *wanted = NIL;

	for (int i = 0; i < all->count; i++)
	{
		const Binding *binding = &all->bindings[i];
		Binding    *copy;

		if (!event_happened(binding->event, kind, old, new) || is_running(binding->code))
			continue;
		if (binding->condition)
		{
			if (document == NULL)
				document = row_as_json(subject->desc, subject->values, subject->nulls);
			if (!condition_holds(binding->condition, document))
				continue;
		}
		copy = palloc0(sizeof(Binding));
		copy->code = pstrdup(binding->code);
		copy->event = pstrdup(binding->event);
		copy->function = pstrdup(binding->function);
		wanted = lappend(wanted, copy);
	}
	return wanted;
}

static void
run_binding(const Binding *binding, HeapTuple old, HeapTuple new, TupleDesc desc)
{
	Running		self = {binding->code, running};
	int			depth = 1;

	for (Running *at = running; at; at = at->outer)
		depth++;
	if (depth > NESTING_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("event bindings nest more than %d deep", NESTING_LIMIT),
				 errdetail("Binding \"%s\" would be called inside %d others.", binding->code, NESTING_LIMIT),
				 errhint("Let bindings change fewer leads, or give them conditions.")));
	running = &self;
	PG_TRY();
	{
		call_binding(binding->function, binding->event, old, new, desc);
	}
	PG_FINALLY();
	{
		running = self.outer;
	}
	PG_END_TRY();
}

/* lead.call_event_bindings(): trigger AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW. */
Datum
lead_call_event_bindings(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	old = NULL,
				new = NULL;
	LeadRow		old_row,
				new_row;
	ListCell   *cell;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		refuse_trigger_call("call_event_bindings", "AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW");
	require_lead_table(trigger->tg_relation);

	desc = RelationGetDescr(trigger->tg_relation);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		new = trigger->tg_trigtuple;
	else
		old = trigger->tg_trigtuple;
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		new = trigger->tg_newtuple;
	if (old)
		stored_row_open(&old_row, old, desc);
	if (new)
		stored_row_open(&new_row, new, desc);

	if (old && new && registers_only_renamed(&old_row, &new_row))
		return PointerGetDatum(NULL);	/* a renamed code is no event of the lead's */

	foreach(cell, bindings_for(trigger->tg_event, old ? &old_row : NULL, new ? &new_row : NULL))
		run_binding((Binding *) lfirst(cell), old, new, desc);
	return PointerGetDatum(NULL);
}
