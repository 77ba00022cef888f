/*
 * overwrite.h
 *		What an erasure overwrites in a row, and what stays. See overwrite.c.
 */
#ifndef LEAD_OVERWRITE_H
#define LEAD_OVERWRITE_H

#include "nodes/pg_list.h"

/* Stands for a name, and makes no key to match by: who was erased is nobody. */
#define ERASED "ERASED"

/* What was overwritten for one lead. */
typedef struct Overwritten
{
	char	   *lead_key;		/* as it was, for messages */
	int32		version;		/* of the lead, made by it */
	List	   *kept;			/* of char *: the user's columns that take no NULL */
} Overwritten;

extern int	overwrite_rows(Overwritten *done, const char *table, const char *key, Datum ids);

#endif							/* LEAD_OVERWRITE_H */
