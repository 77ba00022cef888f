/*
 * policy.c
 *		What happens to a certain duplicate (one that shares a phone number, an
 *		e-mail address or a data box): by the rows of lead.duplicate_policy a new
 *		lead, or a conversion that would make another customer, is let through,
 *		warned of or refused.
 *
 * It looks with the rights of the tables' owner and with the latest snapshot:
 * a duplicate is one whether or not this user may see it, and whether or not
 * his transaction began before it. Who may not see it is not told which it is.
 *
 * Refusing is free of races: before the index is asked, a lock is taken on each
 * of the keys and held to the end of the transaction. Of two sessions that store
 * the same address the second waits, and then finds the first one's lead. The
 * locks are taken where any row says refuse, also for leads of another type,
 * which may be the ones that a refused lead would duplicate.
 *
 * They are advisory locks of a class of their own. A transaction that needs more
 * than its share of the server's lock table (a bulk load) shuts the gate that
 * everybody passes to ask the index, and only touches its further locks: whoever
 * holds one is waited for, and nobody new gets past the gate until the load has
 * ended. So loads that have nothing in common wait, and do not deadlock.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/rls.h"
#include "utils/uuid.h"

#include "cache.h"
#include "errors.h"
#include "matchkeys.h"
#include "plans.h"
#include "policy.h"
#include "roles.h"
#include "status.h"

#define LOCK_CLASS 0x4C44		/* the server's own advisory locks have 1 and 2 here */
#define GATE 0					/* no key has this number */

typedef enum Action
{
	ACTION_IGNORE,
	ACTION_WARN,
	ACTION_REFUSE
} Action;

typedef struct Policy
{
	char	   *lead_type;		/* NULL: every type without its own */
	Action		on_create;
	Action		on_convert;
} Policy;

typedef struct Policies
{
	int			count;
	bool		refuses_creation;	/* some row does */
	bool		refuses_conversion;
	Policy		policies[FLEXIBLE_ARRAY_MEMBER];
} Policies;

static void *build_policies(SPITupleTable *rows, uint64 count);

static CachedTable policies_cache = {
	"duplicate_policy",
	"SELECT p.lead_type, p.on_create::pg_catalog.text, p.on_convert::pg_catalog.text FROM lead.duplicate_policy p",
	build_policies
};

/*
 * All who share are found first, by the index on keys: for LIMIT or status the
 * server might walk another one, too.
 */
static KeptPlan lead_plan = {
	"WITH found AS MATERIALIZED (SELECT l.id::pg_catalog.uuid AS id, l.key, l.match_keys::pg_catalog.text[] AS keys,"
	" l.inserted_at::pg_catalog.timestamptz AS since, l.status FROM lead.lead l"
	" WHERE l.match_keys OPERATOR(pg_catalog.&&) $1 AND l.id OPERATOR(pg_catalog.<>) $2)"
	" SELECT f.id, f.key, f.keys FROM found f WHERE f.status OPERATOR(pg_catalog.=) ANY " OPEN_STATUSES " ORDER BY f.since, f.id LIMIT 10",
	{TEXTARRAYOID, UUIDOID, InvalidOid},
	.by_index = true
};

/*
 * No more than a hundred of them: where an address stands for "none", and each
 * of 20,000 conversions in a row meets all before it, reading all took 401 s.
 */
static KeptPlan customer_plan = {
	"WITH found AS MATERIALIZED (SELECT c.id::pg_catalog.uuid AS id, c.key, c.match_keys::pg_catalog.text[] AS keys"
	" FROM lead.customer c WHERE c.match_keys OPERATOR(pg_catalog.&&) $1 LIMIT 100)"
	" SELECT f.id, f.key, f.keys FROM found f ORDER BY f.id LIMIT 10",
	{TEXTARRAYOID, InvalidOid},
	.by_index = true
};

/* Who shares a certain key. */
typedef struct Candidates
{
	int			count;
	char	   *ids;			/* as in "0190…", "0191…" */
	char	   *first_id;
	char	   *first_key;
	int			kinds;			/* shared with the first */
} Candidates;

static int	locks_held = 0;		/* in this transaction, or more: a rolled back savepoint let some go */

static void
end_of_transaction(XactEvent event, void *arg)
{
	locks_held = 0;
}

void
policy_init(void)
{
	RegisterXactCallback(end_of_transaction, NULL);
}

static Action
action_named(const char *name, Action otherwise)
{
	if (name == NULL)
		return otherwise;
	if (strcmp(name, "refuse") == 0)
		return ACTION_REFUSE;
	return strcmp(name, "warn") == 0 ? ACTION_WARN : ACTION_IGNORE;
}

static void *
build_policies(SPITupleTable *rows, uint64 count)
{
	Policies   *built = palloc(offsetof(Policies, policies) + count * sizeof(Policy));

	built->count = count;
	built->refuses_creation = built->refuses_conversion = false;
	for (uint64 i = 0; i < count; i++)
	{
		built->policies[i].lead_type = row_string(rows, i, 1);
		built->policies[i].on_create = action_named(row_string(rows, i, 2), ACTION_IGNORE);
		built->policies[i].on_convert = action_named(row_string(rows, i, 3), ACTION_WARN);
		built->refuses_creation |= built->policies[i].on_create == ACTION_REFUSE;
		built->refuses_conversion |= built->policies[i].on_convert == ACTION_REFUSE;
	}
	return built;
}

/* The policy for a type: its own, the one for all, or what holds without any. */
static Policy
policy_for(const char *lead_type)
{
	Policies   *all = cache_get(&policies_cache);
	Policy		found = {NULL, ACTION_IGNORE, ACTION_WARN};

	for (int i = 0; i < all->count; i++)
	{
		if (all->policies[i].lead_type == NULL)
			found = all->policies[i];
		else if (strcmp(all->policies[i].lead_type, lead_type) == 0)
			return all->policies[i];
	}
	return found;
}

static LOCKTAG
lock_tag(uint64 number)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (number >> 32), (uint32) number, LOCK_CLASS);
	return tag;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64		ours = *(const uint64 *) a;
	uint64		theirs = *(const uint64 *) b;

	return ours < theirs ? -1 : ours > theirs;
}

/* The numbers of the keys, in one order: two leads with the same keys do not wait for each other. */
static uint64 *
numbers_of(ArrayType *keys, int *count)
{
	Datum	   *values;
	uint64	   *numbers;

	deconstruct_array(keys, TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, count);
	numbers = palloc(*count * sizeof(uint64));
	for (int i = 0; i < *count; i++)
	{
		struct varlena *key = PG_DETOAST_DATUM_PACKED(values[i]);

		numbers[i] = hash_bytes_extended((unsigned char *) VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), 0) | 1;
	}
	qsort(numbers, *count, sizeof(uint64), compare_numbers);
	return numbers;
}

/*
 * Enters the gate and locks keys, given in order; to be left with the mode
 * returned. The gate first: who waits there holds none of these keys, so a bulk
 * load that has shut it is not kept waiting for one.
 */
static LOCKMODE
lock_numbers(const uint64 *numbers, int count)
{
	LOCKTAG		gate = lock_tag(GATE);
	bool		bulk = locks_held + count > max_locks_per_xact;

	(void) LockAcquire(&gate, bulk ? ExclusiveLock : ShareLock, false, false);
	for (int i = 0; i < count; i++)
	{
		LOCKTAG		tag = lock_tag(numbers[i]);

		if (LockAcquire(&tag, ExclusiveLock, false, false) != LOCKACQUIRE_ALREADY_HELD && !bulk)
			locks_held++;
		if (bulk)
			(void) LockRelease(&tag, ExclusiveLock, false);
	}
	return bulk ? ExclusiveLock : ShareLock;
}

/* The index has been asked. */
static void
leave_gate(LOCKMODE mode)
{
	LOCKTAG		gate = lock_tag(GATE);

	if (mode == ShareLock)
		(void) LockRelease(&gate, ShareLock, false);
}

/* Asks as the owner of the table, under locks or without; whether there is anybody. */
static bool
find_candidates(KeptPlan *plan, const char *table, ArrayType *keys, Datum lead_id, bool locked, Candidates *found)
{
	Datum		values[2] = {PointerGetDatum(keys), lead_id};
	LOCKMODE	mode = NoLock;
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData ids;

	if (locked)
	{
		int			count;
		uint64	   *numbers = numbers_of(keys, &count);

		mode = lock_numbers(numbers, count);
	}
	SPI_connect();
	found->count = plan_query_as_owner(plan, values, table);
	leave_gate(mode);
	initStringInfo(&ids);
	for (int i = 0; i < found->count; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		char	   *id = SPI_getvalue(row, desc, 1);
		char	   *key = SPI_getvalue(row, desc, 2);
		bool		isnull;
		Datum		theirs = SPI_getbinval(row, desc, 3, &isnull);

		appendStringInfo(&ids, "%s%s", i > 0 ? ", " : "", id ? id : "");
		if (i > 0)
			continue;
		found->first_id = id ? MemoryContextStrdup(caller, id) : NULL;
		found->first_key = MemoryContextStrdup(caller, key ? key : "");
		found->kinds = isnull ? 0 : match_kinds_shared(keys, DatumGetArrayTypeP(theirs));
	}
	found->ids = MemoryContextStrdup(caller, ids.data);
	SPI_finish();
	return found->count > 0;
}

/* Whether the caller may be told which rows of the table they are. */
static bool
may_see(const char *table)
{
	Oid			relation = lead_relation(table, false);

	return pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED;
}

/* The certain keys of a lead as it is stored; NULL: none. */
static ArrayType *
certain_keys(const LeadRow *lead)
{
	Datum		keys = ROW_NULL(lead, LEAD_MATCH_KEYS) ? (Datum) 0 :
		match_certain_keys(DatumGetArrayTypeP(ROW_VALUE(lead, LEAD_MATCH_KEYS)));

	return keys ? DatumGetArrayTypeP(keys) : NULL;
}

/* A new lead, after it was stored. */
void
policy_check_creation(const LeadRow *lead)
{
	Action		action = policy_for(lead_row_string(lead, LEAD_TYPE)).on_create;
	bool		locked = ((Policies *) cache_get(&policies_cache))->refuses_creation;
	ArrayType  *keys = action == ACTION_IGNORE && !locked ? NULL : certain_keys(lead);
	Candidates	found = {0};
	bool		visible;

	if (keys == NULL ||
		!find_candidates(&lead_plan, "lead", keys, ROW_VALUE(lead, LEAD_ID), locked, &found) ||
		action == ACTION_IGNORE)
		return;
	visible = may_see("lead");
	ereport(action == ACTION_REFUSE ? ERROR : WARNING,
			(errcode(ERRCODE_LEAD_DUPLICATE),
			 visible ?
			 errmsg("lead \"%s\" is a duplicate of lead \"%s\"", lead_row_string(lead, LEAD_KEY), found.first_key) :
			 errmsg("lead \"%s\" is a duplicate of another lead", lead_row_string(lead, LEAD_KEY)),
			 errdetail("They have the same %s.", match_kinds_in_words(found.kinds)),
			 visible ?
			 errhint("Work on that lead: SELECT * FROM lead.lead WHERE id = '%s'; the policy stands in lead.duplicate_policy.",
					 found.first_id) :
			 errhint("Ask somebody who may see all leads; the policy stands in lead.duplicate_policy."),
			 errlead("match_keys", "lead_duplicate")));
}

/* Whether conversions lock the keys of their leads: some policy refuses duplicates. */
bool
policy_locks_conversions(void)
{
	return ((Policies *) cache_get(&policies_cache))->refuses_conversion;
}

/*
 * For many conversions that come next: locks the keys of all in one order, so that
 * calls whose leads share keys crosswise wait for each other and do not deadlock.
 * The index may then be asked for each lead without.
 */
void
policy_lock_conversions(uint64 *numbers, int count)
{
	int			distinct = 0;

	if (count == 0)
		return;
	qsort(numbers, count, sizeof(uint64), compare_numbers);
	for (int i = 0; i < count; i++)
		if (i == 0 || numbers[i] != numbers[distinct - 1])
			numbers[distinct++] = numbers[i];
	leave_gate(lock_numbers(numbers, distinct));
}

/*
 * A conversion with no customer named: what a certain match among the customers
 * means for it, and what to say of it. lock: it comes next, so nobody else
 * may make such a customer meanwhile. Within SPI_connect.
 */
Verdict
policy_judge_conversion(const LeadRow *lead, bool lock, Refusal *remark)
{
	Action		action = policy_for(lead_row_string(lead, LEAD_TYPE)).on_convert;
	bool		locked = lock && policy_locks_conversions();
	ArrayType  *keys = action == ACTION_IGNORE && !locked ? NULL : certain_keys(lead);
	Candidates	found = {0};
	bool		visible;

	if (keys == NULL ||
		!find_candidates(&customer_plan, "customer", keys, ROW_VALUE(lead, LEAD_ID), locked, &found) ||
		action == ACTION_IGNORE)
		return VERDICT_FINE;
	visible = may_see("customer");
	memset(remark, 0, sizeof(Refusal));
	remark->sqlstate = ERRCODE_LEAD_DUPLICATE;
	remark->message = visible ?
		psprintf("lead \"%s\" may be customer \"%s\"", lead_row_string(lead, LEAD_KEY), found.first_key) :
		psprintf("lead \"%s\" may be an existing customer", lead_row_string(lead, LEAD_KEY));
	remark->detail = psprintf("They have the same %s.", match_kinds_in_words(found.kinds));
	if (!visible)
		remark->hint = "Ask somebody who may see all customers; the policy stands in lead.duplicate_policy.";
	else if (found.count == 1)
		remark->hint = psprintf("To attach it: SELECT * FROM lead.convert('%s', customer_id => '%s');",
								lead_row_id(lead), found.first_id);
	else
		remark->hint = psprintf("To attach it pass one of these as customer_id: %s.", found.ids);
	remark->table = "lead_conversion";
	remark->column = "customer_id";
	remark->constraint = "lead_conversion_duplicate";
	return action == ACTION_REFUSE ? VERDICT_REFUSED : VERDICT_WARNED;
}

/* The same for a match that is a lead of the same call, whose customer is yet to be made. */
Verdict
policy_judge_collision(const LeadRow *lead, Refusal *remark)
{
	Action		action = policy_for(lead_row_string(lead, LEAD_TYPE)).on_convert;

	if (action == ACTION_IGNORE)
		return VERDICT_FINE;
	memset(remark, 0, sizeof(Refusal));
	remark->sqlstate = ERRCODE_LEAD_DUPLICATE;
	remark->message = psprintf("lead \"%s\" may be the customer that another lead of this call becomes",
							   lead_row_string(lead, LEAD_KEY));
	remark->detail = "They have the same phone, email or data box.";
	remark->hint = "Convert one of them, and the other with that customer_id.";
	remark->table = "lead_conversion";
	remark->column = "customer_id";
	remark->constraint = "lead_conversion_duplicate";
	return action == ACTION_REFUSE ? VERDICT_REFUSED : VERDICT_WARNED;
}

/* The certain keys of a lead as numbers: those who share one have a number in common. */
uint64 *
policy_key_numbers(const LeadRow *lead, int *count)
{
	ArrayType  *keys = certain_keys(lead);

	*count = 0;
	return keys ? numbers_of(keys, count) : NULL;
}

/* The same before a customer is made: a warning goes to remark, or to the client if that is NULL. */
void
policy_check_conversion(const LeadRow *lead, Refusal *remark)
{
	Refusal		said;
	Verdict		verdict = policy_judge_conversion(lead, true, &said);

	if (verdict == VERDICT_REFUSED)
		refusals_raise(list_make1(&said));
	if (verdict != VERDICT_WARNED)
		return;
	if (remark)
	{
		*remark = said;
		return;
	}
	ereport(WARNING,
			(errcode(said.sqlstate),
			 errmsg("%s", said.message),
			 errdetail("%s", said.detail),
			 errhint("%s", said.hint),
			 err_place(said.table, said.column, said.constraint)));
}
