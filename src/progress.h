/*
 * progress.h
 *		What long procedures share. See progress.c.
 */
#ifndef LEAD_PROGRESS_H
#define LEAD_PROGRESS_H

#include "datatype/timestamp.h"
#include "fmgr.h"

typedef struct Progress
{
	const char *what;			/* "leads", "lines" */
	int64		total;
	TimestampTz start;
	TimestampTz told;			/* last time that something was said */
} Progress;

extern void require_own_transactions(FunctionCallInfo fcinfo, const char *procedure, const char *instead);
extern int	commit_every_argument(FunctionCallInfo fcinfo, int number);
extern Datum procedure_result(FunctionCallInfo fcinfo, const int64 *counts, int count);
extern void progress_begin(Progress *progress, const char *what, int64 total);
extern void progress_tell(Progress *progress, int64 done);

#endif							/* LEAD_PROGRESS_H */
