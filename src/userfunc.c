/*
 * userfunc.c
 *		Functions of the user's, named in lead.conversion_target and
 *		lead.event_binding.
 *
 * A name is text, so that dumps restore in any order; it is resolved when it is
 * stored, and again at each call. The function runs as the outer user: not as
 * the owner that a foreign key action, a SECURITY DEFINER function or (for
 * AFTER triggers, from 18 on) the server has switched to. It must belong to
 * somebody whom that user trusts anyway: a superuser, an owner of lead.lead, or
 * the user himself.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "access/tupconvert.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
#include "utils/varlena.h"

#include "errors.h"
#include "roles.h"
#include "userfunc.h"

LEAD_FUNCTION(lead_check_user_function);

typedef enum FunctionKind
{
	TARGET,
	BINDING
} FunctionKind;

static const char *const signatures[] = {
	[TARGET] = "f(lead lead.lead, customer_ref text, processing_data jsonb) returning text",
	[BINDING] = "f(event text, old lead.lead, new lead.lead)",
};

static const char *const tables[] = {
	[TARGET] = "conversion_target",
	[BINDING] = "event_binding",
};

static Refusal *find_function(const char *name, FunctionKind kind, Oid *function);
static Refusal *find_callable(const char *name, FunctionKind kind, Oid *function);

static Refusal *
refuse(const char *name, FunctionKind kind, char *detail)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_LEAD_FUNCTION;
	refusal->message = psprintf("function %s cannot be used", name);
	refusal->detail = detail;
	refusal->hint = psprintf("lead.%s takes the schema-qualified name of a function %s.",
							 tables[kind], signatures[kind]);
	refusal->table = tables[kind];
	refusal->column = "function";
	return refusal;
}

static Oid
lead_row_type(void)
{
	return get_rel_type_id(lead_relation("lead", false));
}

/* schema.function as the parser takes it apart; NIL if it is anything else. */
static List *
name_parts(const char *name)
{
	List	   *identifiers;

	if (!SplitIdentifierString(pstrdup(name), '.', &identifiers) || list_length(identifiers) != 2)
		return NIL;
	return list_make2(makeString(linitial(identifiers)), makeString(lsecond(identifiers)));
}

/* Finds the function by name and signature; NULL, or why it cannot be it. */
static Refusal *
find_function(const char *name, FunctionKind kind, Oid *function)
{
	List	   *names = name_parts(name);
	Oid			row = lead_row_type();
	Oid			target_types[] = {row, TEXTOID, JSONBOID};
	Oid			binding_types[] = {TEXTOID, row, row};

	if (names == NIL)
		return refuse(name, kind, "It is not a name of two parts, schema and function.");
	*function = LookupFuncName(names, 3, kind == TARGET ? target_types : binding_types, true);
	if (!OidIsValid(*function))
		return refuse(name, kind, "There is no such function with these arguments.");
	if (get_func_prokind(*function) != PROKIND_FUNCTION || get_func_retset(*function) ||
		(kind == TARGET && get_func_rettype(*function) != TEXTOID))
		return refuse(name, kind, "It is not a plain function, or returns another type.");
	return NULL;
}

static Oid
function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* As find_function, and whether the outer user trusts and may execute it. */
static Refusal *
find_callable(const char *name, FunctionKind kind, Oid *function)
{
	Refusal    *refusal = find_function(name, kind, function);
	Oid			owner;

	if (refusal)
		return refusal;
	owner = function_owner(*function);
	if (!superuser_arg(owner) && owner != GetOuterUserId() &&
		!owns_relation(lead_relation("lead", false), owner))
		return refuse(name, kind, "It belongs neither to a superuser, nor to an owner of lead.lead, nor to you.");
	if (!may_execute(*function, GetOuterUserId()))
	{
		refusal = refuse(name, kind, psprintf("lead.%s names it, and it runs as you.", tables[kind]));
		refusal->sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
		refusal->message = psprintf("permission denied for function %s", name);
		refusal->hint = "GRANT EXECUTE on the function to those who write leads.";
		return refusal;
	}
	return NULL;
}

/* What stands against calling this conversion target, before anything is done. */
List *
target_refusals(const char *function)
{
	Oid			oid;
	Refusal    *refusal = find_callable(function, TARGET, &oid);

	return refusal ? list_make1(refusal) : NIL;
}

static Oid
require_callable(const char *name, FunctionKind kind)
{
	Oid			function;
	Refusal    *refusal = find_callable(name, kind, &function);

	if (refusal)
		refusals_raise(list_make1(refusal));
	return function;
}

/*
 * A row as the composite value of type lead.lead that a function takes. The
 * trigger may stand on another table (a shard, a child), whose columns may have
 * another order: they are matched by name, and must have the same types.
 */
static Datum
lead_datum(HeapTuple tuple, TupleDesc from)
{
	TupleDesc	to = lookup_rowtype_tupdesc(lead_row_type(), -1);
	TupleConversionMap *map = convert_tuples_by_name(from, to);
	Datum		datum = heap_copy_tuple_as_datum(map ? execute_attr_map_tuple(tuple, map) : tuple, to);

	ReleaseTupleDesc(to);
	return datum;
}

static Datum
call(Oid function, Datum *values, const bool *nulls, bool *isnull)
{
	LOCAL_FCINFO(info, 3);
	FmgrInfo	found;
	RoleSwitch	saved;
	Datum		result;

	*isnull = true;
	fmgr_info(function, &found);
	InitFunctionCallInfoData(*info, &found, 3, DEFAULT_COLLATION_OID, NULL, NULL);
	for (int i = 0; i < 3; i++)
	{
		if (nulls[i] && found.fn_strict)
			return (Datum) 0;
		info->args[i].value = values[i];
		info->args[i].isnull = nulls[i];
	}
	require_unrestricted();
	saved = become_outer_user();
	result = FunctionCallInvoke(info);
	*isnull = info->isnull;
	switch_back(saved);
	return result;
}

/*
 * Has the target make the customer. Returns false if it returned NULL; the
 * reference otherwise stands in *result.
 */
bool
call_target(const char *function, Datum lead, const char *customer_ref,
			Datum processing_data, bool no_data, char **result)
{
	Oid			oid = require_callable(function, TARGET);
	Datum		values[3] = {lead, (Datum) 0, processing_data};
	bool		nulls[3] = {false, customer_ref == NULL, no_data};
	bool		isnull;
	Datum		reference;

	if (customer_ref)
		values[1] = CStringGetTextDatum(customer_ref);
	reference = call(oid, values, nulls, &isnull);
	*result = isnull ? NULL : TextDatumGetCString(reference);
	return !isnull;
}

/* Tells a binding of an event; old or new may be NULL. */
void
call_binding(const char *function, const char *event, HeapTuple old, HeapTuple new, TupleDesc desc)
{
	Oid			oid = require_callable(function, BINDING);
	Datum		values[3] = {CStringGetTextDatum(event), (Datum) 0, (Datum) 0};
	bool		nulls[3] = {false, old == NULL, new == NULL};
	bool		isnull;

	if (old)
		values[1] = lead_datum(old, desc);
	if (new)
		values[2] = lead_datum(new, desc);
	(void) call(oid, values, nulls, &isnull);
}

/* lead.check_user_function('target' | 'binding'): trigger BEFORE INSERT OR UPDATE FOR EACH ROW. */
Datum
lead_check_user_function(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	tuple;
	TupleDesc	desc;
	int			column;
	Datum		name;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || trigger->tg_trigger->tgnargs != 1)
		refuse_trigger_call("check_user_function", "BEFORE INSERT OR UPDATE FOR EACH ROW, on a table with a text column function");
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	column = get_attnum(RelationGetRelid(trigger->tg_relation), "function");
	if (column <= 0 || TupleDescAttr(desc, column - 1)->atttypid != TEXTOID)
		refuse_trigger_call("check_user_function", "BEFORE INSERT OR UPDATE FOR EACH ROW, on a table with a text column function");
	name = heap_getattr(tuple, column, desc, &isnull);
	if (!isnull)
	{
		bool		target = strcmp(trigger->tg_trigger->tgargs[0], "target") == 0;
		Oid			function;
		Refusal    *refusal = find_function(TextDatumGetCString(name), target ? TARGET : BINDING, &function);

		if (refusal)
			refusals_raise(list_make1(refusal));
	}
	return PointerGetDatum(tuple);
}
