/*
 * columns.h
 *		Where the columns of lead.lead stand in a row. See columns.c.
 */
#ifndef LEAD_COLUMNS_H
#define LEAD_COLUMNS_H

#include "access/htup_details.h"

typedef enum LeadColumn
{
	LEAD_ID,
	LEAD_KEY,
	LEAD_STATUS,
	LEAD_PARTY_NAME,
	LEAD_RATING,
	LEAD_SOURCE,
	LEAD_TYPE,
	LEAD_CONTACT_INSTANTS,
	LEAD_PHONES,
	LEAD_EMAILS,
	LEAD_WEBSITES,
	LEAD_DATA_BOXES,
	LEAD_DATA_TAGS,
	LEAD_PROCESSING_DATA,
	LEAD_CHARS,
	LEAD_STATUS_SINCE,
	LEAD_STATUS_REASON,
	LEAD_DEFERRED_UNTIL,
	LEAD_ASSIGNED_TO,
	LEAD_MATCH_KEYS,
	LEAD_VERSION_COLUMN,
	LEAD_INSERTED_BY,
	LEAD_INSERTED_BY_ACTOR,
	LEAD_INSERTED_AT,
	LEAD_EDITED_BY,
	LEAD_EDITED_BY_ACTOR,
	LEAD_EDITED_AT
} LeadColumn;

#define LEAD_COLUMN_COUNT (LEAD_EDITED_AT + 1)

/* A row of lead.lead taken apart: values by attribute, places by LeadColumn. */
typedef struct LeadRow
{
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
	int			place[LEAD_COLUMN_COUNT];	/* index into values and nulls */
} LeadRow;

#define ROW_VALUE(row, column) ((row)->values[(row)->place[column]])
#define ROW_NULL(row, column) ((row)->nulls[(row)->place[column]])

extern void columns_init(void);
extern void lead_row_open(LeadRow *row, HeapTuple tuple, TupleDesc desc);
extern void stored_row_open(LeadRow *row, HeapTuple tuple, TupleDesc desc);
extern LeadRow lead_row_copy(const LeadRow *row);
extern void lead_row_set(LeadRow *row, LeadColumn column, Datum value);
extern void lead_row_set_null(LeadRow *row, LeadColumn column);
extern void lead_row_set_text(LeadRow *row, LeadColumn column, const char *text);
extern bool same_bytes(Datum a, Datum b);
extern bool lead_row_differs_at(const LeadRow *old, const LeadRow *new, int place);
extern bool lead_row_differs(const LeadRow *old, const LeadRow *new, LeadColumn column);
extern bool lead_row_same_but(const LeadRow *old, const LeadRow *new, const LeadColumn *but, int count);
extern int	lead_row_place(const LeadRow *row, const char *name);
extern HeapTuple form_in_place(TupleDesc desc, Datum *values, bool *nulls, HeapTuple original);
extern HeapTuple lead_row_form(const LeadRow *row, HeapTuple original);
extern char *lead_row_string(const LeadRow *row, LeadColumn column);
extern char *lead_row_id(const LeadRow *row);

#endif							/* LEAD_COLUMNS_H */
