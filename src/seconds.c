/*
 * seconds.c
 *		The seconds between two moments, for reports over all of the history.
 *
 * The server's own way, date_part('epoch', b - a), makes an interval, splits it
 * into days and hours and looks up the word: several times what reading the row
 * costs, for each of twenty million rows.
 */
#include "compat.h"

#include "fmgr.h"
#include "utils/timestamp.h"

LEAD_FUNCTION(lead_seconds_between);

/* lead.seconds_between(earlier, later): see its SQL comment. */
Datum
lead_seconds_between(PG_FUNCTION_ARGS)
{
	TimestampTz earlier = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz later = PG_GETARG_TIMESTAMPTZ(1);

	if (TIMESTAMP_NOT_FINITE(earlier) || TIMESTAMP_NOT_FINITE(later))
		PG_RETURN_NULL();
	if (later <= earlier)
		PG_RETURN_FLOAT8(0);
	PG_RETURN_FLOAT8((later - earlier) / (double) USECS_PER_SEC);
}
