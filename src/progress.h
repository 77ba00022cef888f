/*
 * progress.h
 *		How far a long procedure is. See progress.c.
 */
#ifndef LEAD_PROGRESS_H
#define LEAD_PROGRESS_H

#include "datatype/timestamp.h"

typedef struct Progress
{
	const char *what;			/* "leads", "lines" */
	int64		total;
	TimestampTz start;
	TimestampTz told;			/* last time that something was said */
} Progress;

extern void progress_begin(Progress *progress, const char *what, int64 total);
extern void progress_tell(Progress *progress, int64 done);

#endif							/* LEAD_PROGRESS_H */
