/*
 * history.c
 *		Writes the status history, with the rights of the history's owner, so
 *		that nobody else needs INSERT on it, and nobody can forge a row.
 *
 * One kept INSERT for each change, in the AFTER ROW trigger. Written for all rows
 * at the end of the statement it would cost 6 to 8 % less where the statement
 * has many, and 2 to 11 % more where it has one; other triggers would no longer see it,
 * and a queue would have to be right in every savepoint. Past the executor, row
 * by row, it gains 1 to 2 % of an UPDATE and loses 5 % of an INSERT, and would miss
 * what the owner or a sharded table adds. Two fifths of the cost are the foreign
 * key, which all ways have in common. bench/README.md has the figures.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "epochs.h"
#include "errors.h"
#include "history.h"
#include "plans.h"
#include "roles.h"
#include "settings.h"

static KeptPlan insert_plan = {
	"INSERT INTO lead.lead_status_change"
	" (lead_id, version, from_status, to_status, reason, entered_at, changed_at, changed_by, actor, xid, event_position)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	{UUIDOID, INT4OID, LEAD_STATUS_ARGUMENT, LEAD_STATUS_ARGUMENT, TEXTOID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, INT8OID, INT8OID, InvalidOid}
};

/* Once for each transaction: the server drops what is the same. */
static void
notify(void)
{
	const char *channel = setting_notify();

	if (channel)
		Async_Notify(channel, "");
}

static void
insert_row(Datum *values, bool *nulls)
{
	values[7] = CStringGetTextDatum(outer_user_name());
	values[9] = Int64GetDatum((int64) U64FromFullTransactionId(GetTopFullTransactionId()));
	values[10] = Int64GetDatum(event_position());
	require_written(plan_execute_as_owner(&insert_plan, values, nulls, SPI_OK_INSERT, "lead_status_change"),
					"lead_status_change");
	notify();
}

/*
 * Records what the stored row has become; old is the row before, NULL at
 * creation. A change of status happened when it was entered; a postponement,
 * which leaves status_since alone, when the row was edited.
 */
void
history_write(const LeadRow *lead, Status from, const LeadRow *old)
{
	Datum		values[11];
	bool		nulls[11] = {false};
	const char *actor = setting_actor();
	Status		to = status_of(ROW_VALUE(lead, LEAD_STATUS));

	values[0] = ROW_VALUE(lead, LEAD_ID);
	values[1] = ROW_VALUE(lead, LEAD_VERSION_COLUMN);
	nulls[2] = old == NULL;
	values[2] = nulls[2] ? (Datum) 0 : status_datum(from);
	values[3] = ROW_VALUE(lead, LEAD_STATUS);
	nulls[4] = ROW_NULL(lead, LEAD_STATUS_REASON);
	values[4] = ROW_VALUE(lead, LEAD_STATUS_REASON);
	nulls[5] = old == NULL;
	values[5] = nulls[5] ? (Datum) 0 : ROW_VALUE(old, LEAD_STATUS_SINCE);
	values[6] = ROW_VALUE(lead, from == to ? LEAD_EDITED_AT : LEAD_STATUS_SINCE);
	values[8] = nullable_text(actor, &nulls[8]);

	SPI_connect();
	insert_row(values, nulls);
	SPI_finish();
}

/*
 * The history of a lead that lived elsewhere until now, as it would stand there
 * had it lived here; but the role and the transaction are those that write it.
 * Within SPI_connect.
 */
void
history_write_past(Datum lead_id, const Past *past)
{
	TimestampTz entered = 0;

	for (int i = 0; i < past->change_count; i++)
	{
		const PastChange *change = &past->changes[i];
		Datum		values[11];
		bool		nulls[11] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = lead_id;
		values[1] = Int32GetDatum(i + 1);
		nulls[2] = nulls[5] = i == 0;
		values[2] = i == 0 ? (Datum) 0 : status_datum(change[-1].to);
		values[3] = status_datum(change->to);
		values[4] = nullable_text(change->reason, &nulls[4]);
		values[5] = TimestampTzGetDatum(entered);
		values[6] = TimestampTzGetDatum(change->at);
		values[8] = nullable_text(change->by, &nulls[8]);
		insert_row(values, nulls);
		if (i == 0 || change->to != change[-1].to)
			entered = change->at;
	}
}
