/*
 * epochs.c
 *		Where a change stands in the order of events (lead.events), so that who has
 *		read up to some position has missed nothing, and never will.
 *
 * The position is the newest transaction id that was given out when the change
 * was written, not the writer's own, which may be much older: a lead's changes
 * follow each other under its row lock, so their positions never go back, nor do
 * those of two leads of which one was changed after the other's change was committed.
 * It is still safe against late commits: it is not below the writer's own id, so once
 * all transactions up to a position have ended, nothing can appear below it.
 *
 * Transaction ids mean something in one cluster and its timeline only. So the
 * positions of each begin anew, higher than all before: an epoch, a row of
 * lead.event_epoch. A restored dump, pg_upgrade, a promoted standby and a recovery
 * to a point in time all make the next writer begin one. (The last two keep the
 * ids, but may have lost changes that a consumer has seen, whose ids are then
 * given out again.)
 *
 * Who writes the first change in a cluster also writes the row, and two that
 * do so at a time each write one, with the same epoch, for it follows from what is
 * committed. So nobody waits for a long first transaction, and no change is
 * ever committed without the row of its epoch.
 *
 * What is known of the last epoch is a cached table like those of the rules.
 */
#include "compat.h"

#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "cache.h"
#include "epochs.h"
#include "errors.h"
#include "plans.h"

typedef struct Epoch
{
	int64		first_position;
	int64		system_identifier;
	int32		timeline;
} Epoch;

static void *build(SPITupleTable *rows, uint64 count);

static CachedTable epochs = {
	"event_epoch",
	"SELECT e.first_position::pg_catalog.int8, e.system_identifier::pg_catalog.int8, e.timeline::pg_catalog.int4"
	" FROM lead.event_epoch e"
	" WHERE e.first_position IS NOT NULL AND e.system_identifier IS NOT NULL AND e.timeline IS NOT NULL"
	" ORDER BY e.first_position::pg_catalog.int8 DESC LIMIT 1",
	build
};

static KeptPlan highest_plan = {
	"SELECT COALESCE(pg_catalog.max(h.event_position), 0)::pg_catalog.int8 FROM lead.lead_status_change h",
	{InvalidOid}
};

static KeptPlan insert_plan = {
	"INSERT INTO lead.event_epoch (first_position, began_xid, system_identifier, timeline, began_at)"
	" VALUES ($1, $2, $3, $4, $5)",
	{INT8OID, INT8OID, INT8OID, INT4OID, TIMESTAMPTZOID, InvalidOid}
};

/* NULL where there is no epoch yet. */
static void *
build(SPITupleTable *rows, uint64 count)
{
	Epoch	   *last;
	bool		isnull;

	if (count == 0)
		return NULL;
	last = palloc(sizeof(Epoch));
	last->first_position = DatumGetInt64(row_datum(rows, 0, 1, &isnull));
	last->system_identifier = DatumGetInt64(row_datum(rows, 0, 2, &isnull));
	last->timeline = DatumGetInt32(row_datum(rows, 0, 3, &isnull));
	return last;
}

/* History may be there without its epochs, where somebody restored just that table. */
static int64
highest_position(void)
{
	bool		isnull;

	(void) plan_query_as_owner(&highest_plan, NULL, "lead_status_change");
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* This cluster's, after all that was before. Within SPI_connect. */
static int64
begin_epoch(const Epoch *last)
{
	int64		highest = last ? last->first_position : 0;
	int64		in_history = highest_position();
	int64		first = (Max(highest, in_history) / EPOCH_SIZE + 1) * EPOCH_SIZE;
	Datum		values[5];

	values[0] = Int64GetDatum(first);
	values[1] = Int64GetDatum((int64) U64FromFullTransactionId(GetTopFullTransactionId()));
	values[2] = Int64GetDatum((int64) GetSystemIdentifier());
	values[3] = Int32GetDatum((int32) GetWALInsertionTimeLine());
	values[4] = TimestampTzGetDatum(GetCurrentTimestamp());
	require_written(plan_execute_as_owner(&insert_plan, values, NULL, SPI_OK_INSERT, "event_epoch"), "event_epoch");
	return first;
}

/*
 * Of a change that this transaction writes now, its row lock held. Within SPI_connect.
 */
int64
event_position(void)
{
	const Epoch *last = cache_get(&epochs);
	int64		first;

	if (last && last->system_identifier == (int64) GetSystemIdentifier() &&
		last->timeline == (int32) GetWALInsertionTimeLine())
		first = last->first_position;
	else
		first = begin_epoch(last);

	/* the newest is not below our own, which must be there before it is read */
	(void) GetTopFullTransactionId();
	return first + (int64) U64FromFullTransactionId(ReadNextFullTransactionId()) - 1;
}
