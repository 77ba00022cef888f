/*
 * lifecycle.c
 *		Which status may follow which, and what a move needs.
 *
 * The built-in graph is code, so that there are no rows that a script would
 * have to insert and a restore could double; rows of lead.lead_status_rule
 * override it pair by pair. Judging collects refusals: the guard raises them,
 * lead.allowed_transitions lists them.
 *
 * That a conversion is entered and left by its functions only is not judged
 * here: it depends on who asks, which the guard knows.
 */
#include "compat.h"

#include "lib/stringinfo.h"
#include "utils/jsonpath.h"
#include "utils/timestamp.h"

#include "cache.h"
#include "condition.h"
#include "errors.h"
#include "json.h"
#include "lifecycle.h"
#include "merges.h"
#include "rows.h"
#include "srf.h"

LEAD_FUNCTION(lead_builtin_transition);

#define BIT(status) (1 << STATUS_##status)

/* The seed names the statuses and no transitions; this is our reading. */
static const int successors[STATUS_COUNT + 1] = {
	[STATUS_CREATION] = BIT(NEW) | BIT(IN_PROGRESS) | BIT(WORKING) | BIT(NON_WORKING) | BIT(LATER),
	[STATUS_NEW] = BIT(IN_PROGRESS) | BIT(WORKING) | BIT(NON_WORKING) | BIT(LATER) | BIT(REJECTED) |
		BIT(CONVERTED) | BIT(CONVERTED_EXTERNAL),
	[STATUS_IN_PROGRESS] = BIT(WORKING) | BIT(NON_WORKING) | BIT(LATER) | BIT(REJECTED) |
		BIT(UNSUCCESSFUL) | BIT(CONVERTED) | BIT(CONVERTED_EXTERNAL),
	[STATUS_WORKING] = BIT(IN_PROGRESS) | BIT(NON_WORKING) | BIT(LATER) | BIT(REJECTED) |
		BIT(UNSUCCESSFUL) | BIT(CONVERTED) | BIT(CONVERTED_EXTERNAL),
	[STATUS_NON_WORKING] = BIT(IN_PROGRESS) | BIT(WORKING) | BIT(LATER) | BIT(REJECTED) |
		BIT(UNSUCCESSFUL) | BIT(CONVERTED) | BIT(CONVERTED_EXTERNAL),
	[STATUS_LATER] = BIT(NEW) | BIT(IN_PROGRESS) | BIT(WORKING) | BIT(NON_WORKING) | BIT(REJECTED) |
		BIT(UNSUCCESSFUL) | BIT(CONVERTED) | BIT(CONVERTED_EXTERNAL),
	[STATUS_REJECTED] = BIT(NEW) | BIT(IN_PROGRESS),
	[STATUS_UNSUCCESSFUL] = BIT(NEW) | BIT(IN_PROGRESS),
};

typedef struct Rule
{
	bool		given;
	bool		allowed;
	int			needs_reason;	/* -1: as built in */
	int			needs_until;	/* -1: as built in */
	JsonPath   *condition;		/* or NULL */
	bool		on_reason;		/* the condition is about the reason … */
	bool		on_until;		/* … or the date */
	char	   *message;		/* or NULL */
} Rule;

typedef struct Rules
{
	Rule		pair[STATUS_COUNT + 1][STATUS_COUNT];
} Rules;

static void *build_rules(SPITupleTable *rows, uint64 count);

static CachedTable rules_cache = {
	"lead_status_rule",
	"SELECT r.from_status::lead.lead_status, r.to_status::lead.lead_status, r.allowed::pg_catalog.bool,"
	" r.needs_reason::pg_catalog.bool, r.needs_until::pg_catalog.bool, r.condition::pg_catalog.jsonpath, r.message"
	" FROM lead.lead_status_rule r WHERE r.to_status IS NOT NULL",
	build_rules
};

static Pair builtin_pair(Status from, Status to);
static Refusal *refuse_pair(const Move *move);
static Refusal *refuse_condition(const Move *move, const char *message);
static Refusal *refuse_reason(const Move *move);
static Refusal *refuse_until(const char *message);
static const char *until_problem(const LeadRow *lead, TimestampTz now, bool needed);

static void *
build_rules(SPITupleTable *rows, uint64 count)
{
	Rules	   *rules = palloc0(sizeof(Rules));

	for (uint64 i = 0; i < count; i++)
	{
		bool		isnull;
		Datum		value = row_datum(rows, i, 1, &isnull);
		Datum		to = row_datum(rows, i, 2, &(bool) {0});
		Rule	   *rule;

		/* a value that the owner added to the enum has no rules: no lead can have it */
		if ((!isnull && !status_is_known(value)) || !status_is_known(to))
			continue;
		rule = &rules->pair[isnull ? STATUS_CREATION : status_of(value)][status_of(to)];
		rule->given = true;
		rule->allowed = DatumGetBool(row_datum(rows, i, 3, &isnull));
		value = row_datum(rows, i, 4, &isnull);
		rule->needs_reason = isnull ? -1 : DatumGetBool(value);
		value = row_datum(rows, i, 5, &isnull);
		rule->needs_until = isnull ? -1 : DatumGetBool(value);
		value = row_datum(rows, i, 6, &isnull);
		if (!isnull)
		{
			rule->condition = DatumGetJsonPathPCopy(value);
			rule->on_reason = condition_mentions(rule->condition, "statusReason");
			rule->on_until = condition_mentions(rule->condition, "deferredUntil");
		}
		rule->message = row_string(rows, i, 7);
	}
	return rules;
}

static Pair
builtin_pair(Status from, Status to)
{
	bool		reopens = (from == STATUS_REJECTED || from == STATUS_UNSUCCESSFUL);
	Pair		pair = {0};

	pair.allowed = (successors[from] & (1 << to)) != 0;
	pair.needs_reason = reopens || to == STATUS_REJECTED || to == STATUS_UNSUCCESSFUL;
	pair.needs_until = to == STATUS_LATER;
	return pair;
}

static Pair
override(Pair pair, const Rule *rule)
{
	if (!rule->given)
		return pair;
	pair.allowed = rule->allowed;
	if (rule->needs_reason >= 0)
		pair.needs_reason = rule->needs_reason;
	if (rule->needs_until >= 0)
		pair.needs_until = rule->needs_until;
	pair.has_condition = rule->condition != NULL;
	return pair;
}

/* The rule for a pair, until the next look at the cache, and the pair with it. */
static const Rule *
rule_in_force(Status from, Status to, Pair *pair)
{
	const Rule *rule = &((Rules *) cache_get(&rules_cache))->pair[from][to];

	*pair = override(builtin_pair(from, to), rule);
	return rule;
}

/* The pair by the graph in force. */
Pair
lifecycle_pair(Status from, Status to)
{
	Pair		pair;

	(void) rule_in_force(from, to, &pair);
	return pair;
}

/*
 * The same for somebody who has yet to give reason and date: a condition on
 * them is a need. Its message is a copy.
 */
Pair
lifecycle_needs(Status from, Status to, char **message)
{
	Pair		pair;
	const Rule *rule = rule_in_force(from, to, &pair);

	pair.needs_reason |= rule->on_reason;
	pair.needs_until |= rule->on_until;
	*message = (rule->on_reason || rule->on_until) && rule->message ? pstrdup(rule->message) : NULL;
	return pair;
}

/* What stands against the move: the pair, or its condition. */
static Refusal *
judge_pair(const Move *move, const Rule *rule, Pair pair)
{
	if (!pair.allowed)
		return refuse_pair(move);
	if (rule->condition == NULL || (move->undecided && (rule->on_reason || rule->on_until)) ||
		condition_holds(rule->condition,
						row_as_json(move->lead->desc, move->lead->values, move->lead->nulls)))
		return NULL;
	return refuse_condition(move, rule->message);
}

/* A reason or date that the move needs and the row lacks. */
static List *
judge_needs(const Move *move, Pair pair)
{
	List	   *refusals = NIL;

	if (pair.needs_reason && ROW_NULL(move->lead, LEAD_STATUS_REASON))
		refusals = lappend(refusals, refuse_reason(move));
	if (move->to == STATUS_LATER)
	{
		const char *problem = until_problem(move->lead, move->now, pair.needs_until);

		if (problem)
			refusals = lappend(refusals, refuse_until(problem));
	}
	return refusals;
}

/*
 * All that stands against the move: that the lead is merged into another, or
 * the pair alone, or what it needs and then its condition. For a move that is undecided, nothing that a reason or date
 * could still mend.
 */
List *
lifecycle_refusals(const Move *move)
{
	Pair		pair;
	const Rule *rule = rule_in_force(move->from, move->to, &pair);
	List	   *refusals = NIL;
	Refusal    *refusal;

	if (move->from == STATUS_REJECTED && (refusal = merged_refusal(move->lead)) != NULL)
		return list_make1(refusal);
	if (pair.allowed && !move->undecided)
		refusals = judge_needs(move, pair);
	refusal = judge_pair(move, rule, pair);
	return refusal ? lappend(refusals, refusal) : refusals;
}

/* What stands against the new date of a lead that stays in LATER; NULL: nothing. */
Refusal *
until_refusal(const LeadRow *lead, TimestampTz now)
{
	const char *problem = until_problem(lead, now, true);

	return problem ? refuse_until(problem) : NULL;
}

void
lifecycle_check_until(const LeadRow *lead, TimestampTz now)
{
	Refusal    *refusal = until_refusal(lead, now);

	if (refusal)
		refusals_raise(list_make1(refusal));
}

/* A date may stand in LATER only; the server's CHECK would print the row. */
Refusal *
date_refusal(Status status)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_CHECK_VIOLATION;
	refusal->message = "only a lead in LATER has a deferral date";
	refusal->detail = psprintf("deferred_until is given with status %s.", status_name(status));
	refusal->hint = "Leave deferred_until NULL, or set status LATER.";
	refusal->column = "deferred_until";
	refusal->constraint = "lead_deferred_until_check";
	return refusal;
}

/* Into a conversion there is no way but by its functions, whatever the rules say. */
Refusal *
conversion_only_refusal(const Move *move)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_LEAD_CONVERSION_ONLY;
	refusal->message = psprintf("status %s is set only by a conversion", status_name(move->to));
	refusal->detail = "The conversion checks the lead and records what it became, in the same transaction.";
	if (move->from == STATUS_CREATION)
		refusal->hint = "Create the lead first, then convert it.";
	else if (move->to == STATUS_CONVERTED)
		refusal->hint = psprintf("SELECT * FROM lead.convert('%s');", lead_row_id(move->lead));
	else
		refusal->hint = psprintf("SELECT * FROM lead.convert_external('%s', 'system', 'id');", lead_row_id(move->lead));
	refusal->column = "status";
	refusal->constraint = "lead_status_conversion";
	return refusal;
}

static const char *
until_problem(const LeadRow *lead, TimestampTz now, bool needed)
{
	TimestampTz until;

	if (ROW_NULL(lead, LEAD_DEFERRED_UNTIL))
		return needed ? "status LATER needs a deferral date" : NULL;
	until = DatumGetTimestampTz(ROW_VALUE(lead, LEAD_DEFERRED_UNTIL));
	if (TIMESTAMP_NOT_FINITE(until))
		return "deferral date is infinite";
	if (until <= now)
		return "deferral date is not in the future";
	return NULL;
}

/* "IN_PROGRESS, WORKING, …" in force after a status; or "nothing". */
static char *
list_successors(Status from)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < STATUS_COUNT; i++)
		if (lifecycle_pair(from, statuses_in_order[i]).allowed)
			appendStringInfo(&list, "%s%s", list.len ? ", " : "", status_name(statuses_in_order[i]));
	return list.len ? list.data : "nothing";
}

static Refusal *
refuse_pair(const Move *move)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_LEAD_TRANSITION;
	if (move->from == STATUS_CREATION)
	{
		refusal->message = psprintf("a lead cannot be created as %s", status_name(move->to));
		refusal->detail = psprintf("A lead may be created as %s.", list_successors(move->from));
		refusal->hint = "Create it as NEW and move it, or allow the status in lead.lead_status_rule with from_status NULL.";
	}
	else
	{
		refusal->message = psprintf("lead \"%s\" cannot go from %s to %s",
									lead_row_string(move->lead, LEAD_KEY),
									status_name(move->from), status_name(move->to));
		if (STATUS_IS_CONVERTED(move->from))
		{
			refusal->detail = psprintf("A lead that is %s keeps its status.", status_name(move->from));
			refusal->hint = psprintf("To take the conversion back: SELECT * FROM lead.revert_conversion('%s', 'reason');",
									 lead_row_id(move->lead));
		}
		else
		{
			refusal->detail = psprintf("From %s a lead may go to %s.",
									   status_name(move->from), list_successors(move->from));
			refusal->hint = "Allow the pair in lead.lead_status_rule.";
		}
	}
	refusal->column = "status";
	refusal->constraint = "lead_status_transition";
	return refusal;
}

static Refusal *
refuse_condition(const Move *move, const char *message)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_LEAD_CONDITION;
	refusal->message = psprintf("lead \"%s\" does not meet the condition for %s",
								lead_row_string(move->lead, LEAD_KEY), status_name(move->to));
	refusal->brief = message ? psprintf("%s: %s", refusal->message, message) : NULL;
	refusal->detail = message ? pstrdup(message) :
		psprintf("The rule from %s to %s has a condition that is not true for this lead.",
				 status_name(move->from), status_name(move->to));
	refusal->hint = psprintf("Read it: SELECT condition FROM lead.status_transition WHERE from_status %s%s%s AND to_status = '%s';",
							 move->from == STATUS_CREATION ? "IS NULL" : "= '",
							 move->from == STATUS_CREATION ? "" : status_name(move->from),
							 move->from == STATUS_CREATION ? "" : "'",
							 status_name(move->to));
	refusal->column = "status";
	refusal->constraint = "lead_status_condition";
	return refusal;
}

static Refusal *
refuse_reason(const Move *move)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_LEAD_REASON;
	refusal->message = psprintf("status %s needs a reason", status_name(move->to));
	refusal->detail = move->from == STATUS_CREATION ?
		pstrdup("A lead created in this status must say why.") :
		psprintf("A lead that goes from %s to %s must say why.",
				 status_name(move->from), status_name(move->to));
	refusal->hint = "Set status_reason in the same UPDATE, or pass reason.";
	refusal->column = "status_reason";
	refusal->constraint = "lead_status_reason";
	return refusal;
}

static Refusal *
refuse_until(const char *message)
{
	Refusal    *refusal = palloc0(sizeof(Refusal));

	refusal->sqlstate = ERRCODE_LEAD_UNTIL;
	refusal->message = pstrdup(message);
	refusal->detail = "A lead in LATER is parked until a finite moment that is yet to come.";
	refusal->hint = "Set deferred_until in the same UPDATE, or pass until, as in now() + interval '1 month'.";
	refusal->column = "deferred_until";
	refusal->constraint = "lead_deferred_until";
	return refusal;
}

/* lead.builtin_transition(): see its SQL comment. */
Datum
lead_builtin_transition(PG_FUNCTION_ARGS)
{
	RowSink		sink = srf_begin(fcinfo);

	for (int step = 0; step <= STATUS_COUNT; step++)
	{
		Status		from = step == 0 ? STATUS_CREATION : (Status) (step - 1);

		for (int to = 0; to < STATUS_COUNT; to++)
		{
			Pair		pair = builtin_pair(from, (Status) to);
			Datum		values[5];
			bool		nulls[5] = {false};

			if (from == (Status) to)
				continue;
			nulls[0] = from == STATUS_CREATION;
			values[0] = nulls[0] ? (Datum) 0 : status_datum(from);
			values[1] = status_datum((Status) to);
			values[2] = BoolGetDatum(pair.allowed);
			values[3] = BoolGetDatum(pair.needs_reason);
			values[4] = BoolGetDatum(pair.needs_until);
			srf_put(&sink, values, nulls);
		}
	}
	return (Datum) 0;
}
