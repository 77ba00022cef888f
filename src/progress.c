/*
 * progress.c
 *		Says how far a long procedure is: a NOTICE with count, share and rate, at
 *		most one a second, and one at the end.
 */
#include "compat.h"

#include "utils/timestamp.h"

#include "progress.h"

#define PAUSE USECS_PER_SEC

void
progress_begin(Progress *progress, const char *what, int64 total)
{
	progress->what = what;
	progress->total = total;
	progress->start = progress->told = GetCurrentTimestamp();
}

/* After each part that is committed. The total may have grown meanwhile. */
void
progress_tell(Progress *progress, int64 done)
{
	TimestampTz now = GetCurrentTimestamp();
	int64		total = Max(progress->total, done);
	double		seconds = Max(now - progress->start, 1) / (double) USECS_PER_SEC;

	if (done < total && now - progress->told < PAUSE)
		return;
	progress->told = now;
	ereport(NOTICE,
			(errmsg("%lld of %lld %s done (%d %%), %.0f a second",
					(long long) done, (long long) total, progress->what,
					total == 0 ? 100 : (int) (100.0 * done / total), done / seconds)));
}
