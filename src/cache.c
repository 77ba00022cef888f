/*
 * cache.c
 *		Tables of rules, kept in each backend as C structures.
 *
 * The guard asks rules for every row, so they are read once and kept. What
 * makes that right:
 *
 * - Every write to such a table runs lead.rules_changed (BEFORE ROW, so that it
 *	 is in force before foreign key actions run; ALWAYS, so that a subscriber
 *	 hears it too), which sends a relcache invalidation of the table. It reaches
 *	 other backends at commit, our own at the next command, and our own again
 *	 when the (sub)transaction aborts. The callback only flips flags.
 * - cache_get takes in pending invalidations first: a long transaction that
 *	 holds all its locks would otherwise not look at them.
 * - A load locks the table, then notes the generation, then reads with the
 *	 latest snapshot (the transaction's may be old, and what it does not see
 *	 would stay unseen for the session), and publishes only if no invalidation
 *	 came in between. It reads as the owner of the table, row security or not,
 *	 for the content is shared by all roles of the session.
 * - It reads through SPI, not by a heap scan, which would see an empty shell
 *	 where the tables are sharded; and the invalidated relation is looked up by
 *	 name, not taken from the trigger, which may stand on a shard.
 * - New content is built in a context of its own under the transaction's, and
 *	 moved to a lasting one only when nothing can fail any more. Old content is
 *	 freed then. So what cache_get returns holds until the next cache_get of the
 *	 same table; who calls user code in between must copy first.
 */
#include "compat.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "cache.h"
#include "errors.h"
#include "roles.h"

LEAD_FUNCTION(lead_rules_changed);

#define TRIES 10

static CachedTable *tables = NULL;

static void invalidate(Datum arg, Oid relation);
static void load(CachedTable *table);
static bool try_load(CachedTable *table, bool last);

void
cache_init(void)
{
	CacheRegisterRelcacheCallback(invalidate, (Datum) 0);
}

/* Relcache callback; an invalid OID means every relation. */
static void
invalidate(Datum arg, Oid relation)
{
	for (CachedTable *table = tables; table; table = table->next)
	{
		if (OidIsValid(relation) && OidIsValid(table->relation) && table->relation != relation)
			continue;
		table->valid = false;
		table->relation = InvalidOid;
		table->generation++;
	}
}

/* The content of the table as it is now. */
void *
cache_get(CachedTable *table)
{
	if (!table->registered)
	{
		table->next = tables;
		tables = table;
		table->registered = true;
	}
	AcceptInvalidationMessages();
	if (!table->valid)
		load(table);
	return table->content;
}

static void
load(CachedTable *table)
{
	for (int tries = 1; !try_load(table, tries == TRIES); tries++)
		CHECK_FOR_INTERRUPTS();
}

/*
 * Whether the content is there. In the last try it is taken also where something
 * was invalidated meanwhile, for this once: it was right when it was read, and
 * the server may be flushing all caches all the time (debug_discard_caches).
 */
static bool
try_load(CachedTable *table, bool last)
{
	Oid			relid = lead_relation(table->name, false);
	Relation	relation = table_open(relid, AccessShareLock);
	uint64		generation;
	RoleSwitch	saved;
	SPIPlanPtr	plan;
	MemoryContext context;
	MemoryContext caller;
	void	   *content;

	table->relation = relid;
	generation = table->generation;

	saved = become_owner_of(relid);
	context = AllocSetContextCreate(CurrentMemoryContext, "lead rules", ALLOCSET_SMALL_SIZES);
	SPI_connect();
	plan = SPI_prepare(table->query, 0, NULL);
	if (plan == NULL ||
		SPI_execute_snapshot(plan, NULL, NULL, GetLatestSnapshot(), InvalidSnapshot,
							 true, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read lead.%s", table->name);
	caller = MemoryContextSwitchTo(context);
	content = table->build(SPI_tuptable, SPI_processed);
	MemoryContextSwitchTo(caller);
	SPI_finish();
	switch_back(saved);
	table_close(relation, NoLock);

	if (table->generation != generation && !last)
	{
		MemoryContextDelete(context);
		return false;
	}
	MemoryContextSetParent(context, CacheMemoryContext);
	if (table->context)
		MemoryContextDelete(table->context);
	table->context = context;
	table->content = content;
	table->valid = table->generation == generation;
	return true;
}

Datum
row_datum(SPITupleTable *rows, uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(rows->vals[row], rows->tupdesc, column, isnull);
}

char *
row_string(SPITupleTable *rows, uint64 row, int column)
{
	return SPI_getvalue(rows->vals[row], rows->tupdesc, column);
}

/*
 * lead.rules_changed('TABLE'): trigger BEFORE INSERT OR UPDATE OR DELETE FOR
 * EACH ROW and BEFORE TRUNCATE FOR EACH STATEMENT on lead.TABLE.
 */
Datum
lead_rules_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			relation;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		trigger->tg_trigger->tgnargs != 1)
		refuse_trigger_call("rules_changed", "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE, with the name of a table");

	relation = lead_relation(trigger->tg_trigger->tgargs[0], true);
	if (OidIsValid(relation))
		CacheInvalidateRelcacheByRelid(relation);

	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return PointerGetDatum(trigger->tg_newtuple);
	return PointerGetDatum(trigger->tg_trigtuple);
}
