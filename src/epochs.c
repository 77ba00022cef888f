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
 * Who writes the first change in a cluster also writes the row, so no change is ever
 * committed without the row of its epoch; and nobody waits for a long first
 * transaction. Two that do so at a time each write a row, with the same epoch: it
 * follows from the last row and the highest position of one snapshot. In that either
 * both the row and the changes of another first writer are there, and the epoch is
 * found, or neither, and it is the same. From two snapshots it would be a second,
 * higher epoch, while writers of the first are still open.
 *
 * What is known of the last epoch is a cached table like those of the rules. That it
 * may be older than that snapshot does no harm: an epoch that it has is in force.
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

#define LAST_EPOCH \
	"SELECT e.first_position::pg_catalog.int8, e.system_identifier::pg_catalog.int8, e.timeline::pg_catalog.int4" \
	" FROM lead.event_epoch e" \
	" WHERE e.first_position IS NOT NULL AND e.system_identifier IS NOT NULL AND e.timeline IS NOT NULL" \
	" ORDER BY e.first_position::pg_catalog.int8 DESC LIMIT 1"

static CachedTable epochs = {
	"event_epoch",
	LAST_EPOCH,
	build
};

/*
 * One row. History may be there without its epochs, where somebody restored just
 * that table; without either the last epoch is none, and 0 the highest position.
 */
static KeptPlan last_plan = {
	"SELECT h.highest, e.first_position, e.system_identifier, e.timeline"
	" FROM (SELECT COALESCE(pg_catalog.max(h.event_position), 0)::pg_catalog.int8 AS highest FROM lead.lead_status_change h) h"
	" LEFT JOIN (" LAST_EPOCH ") e ON true",
	{InvalidOid}
};

static KeptPlan insert_plan = {
	"INSERT INTO lead.event_epoch (first_position, began_xid, system_identifier, timeline, began_at)"
	" VALUES ($1, $2, $3, $4, $5)",
	{INT8OID, INT8OID, INT8OID, INT4OID, TIMESTAMPTZOID, InvalidOid}
};

/* From three columns of the first row, the position not null. */
static Epoch
read_epoch(SPITupleTable *rows, int column)
{
	Epoch		epoch;
	bool		isnull;

	epoch.first_position = DatumGetInt64(row_datum(rows, 0, column, &isnull));
	epoch.system_identifier = DatumGetInt64(row_datum(rows, 0, column + 1, &isnull));
	epoch.timeline = DatumGetInt32(row_datum(rows, 0, column + 2, &isnull));
	return epoch;
}

/* NULL where there is no epoch yet. */
static void *
build(SPITupleTable *rows, uint64 count)
{
	Epoch	   *last;

	if (count == 0)
		return NULL;
	last = palloc(sizeof(Epoch));
	*last = read_epoch(rows, 1);
	return last;
}

/* Whether this cluster is on that timeline now. Not to be asked during recovery. */
bool
is_present(int64 system_identifier, int32 timeline)
{
	return system_identifier == (int64) GetSystemIdentifier() && timeline == (int32) GetWALInsertionTimeLine();
}

static bool
in_force(const Epoch *epoch)
{
	return is_present(epoch->system_identifier, epoch->timeline);
}

static void
write_epoch(int64 first_position)
{
	Datum		values[5];

	values[0] = Int64GetDatum(first_position);
	values[1] = Int64GetDatum((int64) U64FromFullTransactionId(GetTopFullTransactionId()));
	values[2] = Int64GetDatum((int64) GetSystemIdentifier());
	values[3] = Int32GetDatum((int32) GetWALInsertionTimeLine());
	values[4] = TimestampTzGetDatum(GetCurrentTimestamp());
	require_written(plan_execute_as_owner(&insert_plan, values, NULL, SPI_OK_INSERT, "event_epoch"), "event_epoch");
}

/* This cluster's, after all that was before, unless somebody has just begun it. */
static int64
begin_epoch(void)
{
	int64		highest;
	bool		none;
	bool		isnull;

	(void) plan_query_as_owner(&last_plan, NULL, "lead_status_change");
	highest = DatumGetInt64(row_datum(SPI_tuptable, 0, 1, &isnull));
	(void) row_datum(SPI_tuptable, 0, 2, &none);
	if (!none)
	{
		Epoch		last = read_epoch(SPI_tuptable, 2);

		if (in_force(&last))
			return last.first_position;
		highest = Max(highest, last.first_position);
	}
	highest = (highest / EPOCH_SIZE + 1) * EPOCH_SIZE;
	write_epoch(highest);
	return highest;
}

/*
 * Of a change that this transaction writes now, its row lock held. Within SPI_connect.
 */
int64
event_position(void)
{
	const Epoch *last = cache_get(&epochs);
	int64		first = last && in_force(last) ? last->first_position : begin_epoch();

	/* the newest is not below our own, which must be there before it is read */
	(void) GetTopFullTransactionId();
	return first + (int64) U64FromFullTransactionId(ReadNextFullTransactionId()) - 1;
}
