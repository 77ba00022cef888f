/*
 * rows.h
 *		What a column of our tables may hold. See rows.c.
 */
#ifndef LEAD_ROWS_H
#define LEAD_ROWS_H

#include "access/tupdesc.h"
#include "utils/jsonb.h"

/* Which column is being looked at, for messages. */
typedef struct Place
{
	const char *table;
	const char *column;
} Place;

extern char *check_name(Place place);
extern void require_text(Place place, Datum value, bool isnull, int limit);
extern void limit_text(Place place, Datum value, bool isnull, int limit);
extern void require_not_null(const char *table, TupleDesc desc, const bool *nulls);
extern bool is_blank(Datum text);
extern void require_object(Place place, Datum value);
extern bool fill_chars(Place place, Datum *value, bool *isnull);
extern bool fill_tags(Place place, Datum *value, bool *isnull);

#endif							/* LEAD_ROWS_H */
