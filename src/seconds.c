/*
 * seconds.c
 *		The time between two moments, for reports over all of the history.
 *
 * The server's own way, date_part('epoch', b - a), makes an interval, splits it
 * into days and hours and looks up the word: several times what reading the row
 * costs, for each of twenty million rows.
 */
#include "compat.h"

#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/timestamp.h"

LEAD_FUNCTION(lead_seconds_between);
LEAD_FUNCTION(lead_length_class);

/* Each doubling of the length is divided into so many classes, a power of two. */
#define CLASS_BITS 5

/* False where there is no such time. */
static bool
microseconds_between(FunctionCallInfo fcinfo, uint64 *length)
{
	TimestampTz earlier = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz later = PG_GETARG_TIMESTAMPTZ(1);

	if (TIMESTAMP_NOT_FINITE(earlier) || TIMESTAMP_NOT_FINITE(later))
		return false;
	*length = later > earlier ? (uint64) later - (uint64) earlier : 0;
	return true;
}

/* lead.seconds_between(earlier, later): see its SQL comment. */
Datum
lead_seconds_between(PG_FUNCTION_ARGS)
{
	uint64		length;

	if (!microseconds_between(fcinfo, &length))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(length / (double) USECS_PER_SEC);
}

/*
 * lead.length_class(earlier, later): see its SQL comment. The place of the
 * highest bit of the microseconds and the bits that follow it.
 */
Datum
lead_length_class(PG_FUNCTION_ARGS)
{
	uint64		length;
	int			shift;

	if (!microseconds_between(fcinfo, &length))
		PG_RETURN_NULL();
	if (length < (1 << CLASS_BITS))
		PG_RETURN_INT32((int32) length);
	shift = pg_leftmost_one_pos64(length) - CLASS_BITS;
	PG_RETURN_INT32((shift << CLASS_BITS) + (int32) (length >> shift));
}
