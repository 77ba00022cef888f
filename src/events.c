/*
 * events.c
 *		What lead.events needs that SQL cannot do: to read a cursor, and to know up
 *		to where nothing can change any more. The rest is sql/76-events.sql.
 *
 * A cursor is where an event stands, and the cluster and timeline whose epoch
 * (epochs.c) that is: two clusters restored from one dump each go on with the same
 * number, and who comes from the other has seen nothing of this one's. A cursor that
 * lies ahead of all that is here would find nothing, and when it is overtaken have
 * missed what came before; it is refused.
 */
#include "compat.h"

#include <ctype.h>

#include "access/transam.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "funcapi.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "epochs.h"
#include "errors.h"

LEAD_FUNCTION(lead_event_request);
LEAD_FUNCTION(lead_event_cursor);
LEAD_FUNCTION(lead_check_cursor);
LEAD_FUNCTION(lead_settled_xid);

#define MAX_EVENTS 1000
#define MAX_EVENTS_LIMIT 10000

typedef struct Cursor
{
	int64		position;
	pg_uuid_t	lead_id;
	int32		version;
	int64		system_identifier;
	int32		timeline;
} Cursor;

static char *
cursor_text(const Cursor *cursor)
{
	return psprintf(INT64_FORMAT ".%s.%d." UINT64_FORMAT ".%d", cursor->position,
					DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&cursor->lead_id))),
					cursor->version, (uint64) cursor->system_identifier, cursor->timeline);
}

/* Whether uuid_in takes it: the form in which uuid_out writes. */
static bool
is_uuid(const char *text)
{
	for (int i = 0; i < UUID_LEN * 2 + 4; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return false;
	return true;
}

/* Whether the text is a cursor just as cursor_text writes it. */
static bool
read_cursor(const char *text, Cursor *cursor)
{
	char		id[UUID_LEN * 2 + 5];
	unsigned long long position,
				system_identifier;

	if (strlen(text) > 120 ||
		sscanf(text, "%llu.%36[0-9a-f-].%d.%llu.%d", &position, id, &cursor->version,
			   &system_identifier, &cursor->timeline) != 5 ||
		!is_uuid(id))
		return false;
	cursor->lead_id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(id)));
	cursor->position = (int64) position;
	cursor->system_identifier = (int64) system_identifier;
	return cursor->position >= 0 && strcmp(cursor_text(cursor), text) == 0;
}

static int
max_events_argument(FunctionCallInfo fcinfo, int number)
{
	int			given = PG_ARGISNULL(number) ? MAX_EVENTS : PG_GETARG_INT32(number);

	if (given < 1 || given > MAX_EVENTS_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument max_events is out of range"),
				 errdetail("It is %d.", given),
				 errhint("Pass a number from 1 to %d, or leave it out for %d.", MAX_EVENTS_LIMIT, MAX_EVENTS)));
	return given;
}

/* lead.event_request(after, max_events): see its SQL comment. */
Datum
lead_event_request(PG_FUNCTION_ARGS)
{
	char	   *after = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));
	Cursor		cursor = {0};
	Datum		values[6];
	bool		nulls[6] = {false};
	TupleDesc	desc;

	if (*after && !read_cursor(after, &cursor))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument after is not a cursor"),
				 errdetail("A cursor is a text that lead.events or lead.newest_event returned."),
				 errhint("Pass the cursor of the last event that you have handled, unchanged, or NULL for all events from the first.")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != lengthof(values))
		elog(ERROR, "the function is not declared as it should be");
	values[0] = Int64GetDatum(cursor.position);
	values[1] = UUIDPGetDatum(&cursor.lead_id);
	values[2] = Int32GetDatum(cursor.version);
	values[3] = Int64GetDatum(cursor.system_identifier);
	values[4] = Int32GetDatum(cursor.timeline);
	values[5] = Int32GetDatum(max_events_argument(fcinfo, 1));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* lead.event_cursor(position, lead_id, version, system_identifier, timeline): see its SQL comment. */
Datum
lead_event_cursor(PG_FUNCTION_ARGS)
{
	Cursor		cursor = {PG_GETARG_INT64(0), *PG_GETARG_UUID_P(1), PG_GETARG_INT32(2), PG_GETARG_INT64(3), PG_GETARG_INT32(4)};

	PG_RETURN_TEXT_P(cstring_to_text(cursor_text(&cursor)));
}

static void
refuse_cursor(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument after is a cursor of an event that is not known here"),
			 errdetail("%s", detail),
			 errhint("Pass NULL for all events from the first, or what lead.newest_event returns for those that come next.")));
}

/*
 * lead.check_cursor(event_position, system_identifier, timeline, is_known, is_ours):
 * see its SQL comment.
 *
 * A standby may just be behind, and so may be the snapshot, by which the next
 * transaction id does not go. A cursor without a cluster is NULL, or one of history
 * whose epochs were lost.
 */
Datum
lead_check_cursor(PG_FUNCTION_ARGS)
{
	int64		position = PG_GETARG_INT64(0);
	int64		system_identifier = PG_GETARG_INT64(1);
	bool		is_known = PG_ARGISNULL(3) || PG_GETARG_BOOL(3);
	bool		is_ours = PG_ARGISNULL(4) || PG_GETARG_BOOL(4);

	if (system_identifier == 0 || RecoveryInProgress())
		PG_RETURN_BOOL(is_ours || !is_known);
	if (!is_known)
		refuse_cursor("Its epoch is not in lead.event_epoch: it comes from another database, or this one was put back to an earlier state.");
	if (is_ours && is_present(system_identifier, PG_GETARG_INT32(2)))
	{
		uint64		xid = (uint64) (position % EPOCH_SIZE);

		if (xid >= U64FromFullTransactionId(ReadNextFullTransactionId()))
			refuse_cursor(psprintf("It is of transaction " UINT64_FORMAT ", which has not begun here: this cluster was put back to an earlier state.", xid));
	}
	PG_RETURN_BOOL(is_ours);
}

/* The end of the last record, where the position is one past the header of a new page. */
static XLogRecPtr
end_of_wal(void)
{
	XLogRecPtr	end = GetXLogInsertRecPtr();

	if (XLogSegmentOffset(end, wal_segment_size) == SizeOfXLogLongPHD)
		return end - SizeOfXLogLongPHD;
	if (end % XLOG_BLCKSZ == SizeOfXLogShortPHD)
		return end - SizeOfXLogShortPHD;
	return end;
}

/*
 * lead.settled_xid(): see its SQL comment.
 *
 * After a crash the server gives out again the ids of which the log on disk knows
 * nothing. So, before anybody learns that these transactions have ended, all that they
 * logged goes there: the end of each is logged before a snapshot can tell it. A
 * standby has nothing that is not on its primary's disk.
 */
Datum
lead_settled_xid(PG_FUNCTION_ARGS)
{
	Datum		values[2];
	bool		nulls[2] = {false};
	TupleDesc	desc;
	FullTransactionId next = ReadNextFullTransactionId();
	TransactionId oldest = GetActiveSnapshot()->xmin;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != lengthof(values))
		elog(ERROR, "the function is not declared as it should be");
	if (!RecoveryInProgress())
		XLogFlush(end_of_wal());
	values[0] = Int64GetDatum((int64) GetSystemIdentifier());
	values[1] = Int64GetDatum((int64) (U64FromFullTransactionId(next) - (XidFromFullTransactionId(next) - oldest)));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
