/*
 * columns.c
 *		Where the columns of lead.lead stand in a row, and a row taken apart.
 *
 * Attribute numbers differ between a fresh table, an upgraded one and one with
 * columns of the user's, so columns are found by name; the type is checked too,
 * since what follows reads the value as that type. What was found is kept until
 * a row of another type comes or the server invalidates a relation: a type's
 * columns change by ALTER TABLE only. (Looking anew for each row took 2 % of an
 * UPDATE.)
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "columns.h"
#include "status.h"

#define OWN_STATUS_TYPE ((Oid) 1)	/* not a type: stands for lead.lead_status */

static const struct
{
	const char *name;
	Oid			type;
}			columns[LEAD_COLUMN_COUNT] =
{
	[LEAD_ID] = {"id", UUIDOID},
	[LEAD_KEY] = {"key", TEXTOID},
	[LEAD_STATUS] = {"status", OWN_STATUS_TYPE},
	[LEAD_PARTY_NAME] = {"party_name", TEXTOID},
	[LEAD_RATING] = {"lead_rating", TEXTOID},
	[LEAD_SOURCE] = {"lead_source", TEXTOID},
	[LEAD_TYPE] = {"lead_type", TEXTOID},
	[LEAD_CONTACT_INSTANTS] = {"contact_instants", JSONBOID},
	[LEAD_PHONES] = {"phones", JSONBOID},
	[LEAD_EMAILS] = {"emails", JSONBOID},
	[LEAD_WEBSITES] = {"websites", JSONBOID},
	[LEAD_DATA_BOXES] = {"data_boxes", JSONBOID},
	[LEAD_DATA_TAGS] = {"data_tags", TEXTARRAYOID},
	[LEAD_PROCESSING_DATA] = {"processing_data", JSONBOID},
	[LEAD_CHARS] = {"chars", JSONBOID},
	[LEAD_STATUS_SINCE] = {"status_since", TIMESTAMPTZOID},
	[LEAD_STATUS_REASON] = {"status_reason", TEXTOID},
	[LEAD_DEFERRED_UNTIL] = {"deferred_until", TIMESTAMPTZOID},
	[LEAD_ASSIGNED_TO] = {"assigned_to", TEXTOID},
	[LEAD_MATCH_KEYS] = {"match_keys", TEXTARRAYOID},
	[LEAD_VERSION_COLUMN] = {"version", INT4OID},
	[LEAD_INSERTED_BY] = {"inserted_by", TEXTOID},
	[LEAD_INSERTED_BY_ACTOR] = {"inserted_by_actor", TEXTOID},
	[LEAD_INSERTED_AT] = {"inserted_at", TIMESTAMPTZOID},
	[LEAD_EDITED_BY] = {"edited_by", TEXTOID},
	[LEAD_EDITED_BY_ACTOR] = {"edited_by_actor", TEXTOID},
	[LEAD_EDITED_AT] = {"edited_at", TIMESTAMPTZOID},
};

static uint64 generation = 0;	/* grows when some table may have changed */

static struct
{
	Oid			row_type;		/* InvalidOid: nothing found */
	uint64		generation;
	int			place[LEAD_COLUMN_COUNT];
}			found;

static void
table_changed(Datum arg, Oid relation)
{
	generation++;
}

void
columns_init(void)
{
	CacheRegisterRelcacheCallback(table_changed, (Datum) 0);
}

static bool
stands_at(TupleDesc desc, int place, LeadColumn column)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, place);

	return !attribute->attisdropped &&
		strcmp(NameStr(attribute->attname), columns[column].name) == 0;
}

static void
refuse_altered(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table lead.lead is not as the extension made it"),
			 errdetail("%s", detail),
			 errhint("Give the column its name, type and NOT NULL back; columns of your own may be added.")));
}

static int
find_column(TupleDesc desc, LeadColumn column)
{
	Oid			type = columns[column].type == OWN_STATUS_TYPE ? status_type() : columns[column].type;

	for (int place = 0; place < desc->natts; place++)
		if (stands_at(desc, place, column) && TupleDescAttr(desc, place)->atttypid == type)
			return place;
	refuse_altered(psprintf("Column \"%s\" is missing or has another type.", columns[column].name));
	return -1;
}

/* Looking may itself take in an invalidation: then it is not kept for the next row. */
static void
find_columns(TupleDesc desc)
{
	uint64		started = generation;

	found.row_type = InvalidOid;
	for (int column = 0; column < LEAD_COLUMN_COUNT; column++)
		found.place[column] = find_column(desc, (LeadColumn) column);
	found.row_type = desc->tdtypeid;
	found.generation = started;
}

/* Takes a tuple of a table's row type apart, in the current memory context. */
void
lead_row_open(LeadRow *row, HeapTuple tuple, TupleDesc desc)
{
	Assert(desc->tdtypeid != RECORDOID);
	row->desc = desc;
	row->values = palloc(desc->natts * sizeof(Datum));
	row->nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, desc, row->values, row->nulls);
	if (found.row_type != desc->tdtypeid || found.generation != generation)
		find_columns(desc);
	memcpy(row->place, found.place, sizeof(row->place));
}

/*
 * The same for a row as it is stored, where no required column can be NULL
 * unless the owner took NOT NULL away: what follows reads them as they are.
 */
void
stored_row_open(LeadRow *row, HeapTuple tuple, TupleDesc desc)
{
	static const LeadColumn required[] = {
		LEAD_ID, LEAD_KEY, LEAD_STATUS, LEAD_PARTY_NAME, LEAD_TYPE, LEAD_RATING, LEAD_SOURCE,
		LEAD_CHARS, LEAD_STATUS_SINCE, LEAD_VERSION_COLUMN, LEAD_INSERTED_AT, LEAD_EDITED_AT,
	};

	lead_row_open(row, tuple, desc);
	for (int i = 0; i < lengthof(required); i++)
		if (ROW_NULL(row, required[i]))
			refuse_altered(psprintf("Column \"%s\" of a stored lead is NULL.", columns[required[i]].name));
}

/* A row of its own with the same values. */
LeadRow
lead_row_copy(const LeadRow *row)
{
	LeadRow		copy = *row;

	copy.values = palloc(row->desc->natts * sizeof(Datum));
	copy.nulls = palloc(row->desc->natts * sizeof(bool));
	memcpy(copy.values, row->values, row->desc->natts * sizeof(Datum));
	memcpy(copy.nulls, row->nulls, row->desc->natts * sizeof(bool));
	return copy;
}

void
lead_row_set(LeadRow *row, LeadColumn column, Datum value)
{
	ROW_VALUE(row, column) = value;
	ROW_NULL(row, column) = false;
}

void
lead_row_set_null(LeadRow *row, LeadColumn column)
{
	ROW_VALUE(row, column) = (Datum) 0;
	ROW_NULL(row, column) = true;
}

/* NULL: none. */
void
lead_row_set_text(LeadRow *row, LeadColumn column, const char *text)
{
	if (text)
		lead_row_set(row, column, CStringGetTextDatum(text));
	else
		lead_row_set_null(row, column);
}

/* Whether two varlena values are the same without fetching them from out of their rows. */
bool
same_bytes(Datum a, Datum b)
{
	struct varlena *was = (struct varlena *) DatumGetPointer(a);
	struct varlena *is = (struct varlena *) DatumGetPointer(b);

	return VARSIZE_ANY(was) == VARSIZE_ANY(is) && memcmp(was, is, VARSIZE_ANY(is)) == 0;
}

/* The same by the place of a column. */
bool
lead_row_differs_at(const LeadRow *old, const LeadRow *new, int place)
{
	Form_pg_attribute attribute = TupleDescAttr(new->desc, place);

	if (old->nulls[place] || new->nulls[place])
		return old->nulls[place] != new->nulls[place];
	if (attribute->attlen == -1 && same_bytes(old->values[place], new->values[place]))
		return false;
	return !datum_image_eq(old->values[place], new->values[place],
						   attribute->attbyval, attribute->attlen);
}

/* Whether two rows of the same table have different values in a column. */
bool
lead_row_differs(const LeadRow *old, const LeadRow *new, LeadColumn column)
{
	return lead_row_differs_at(old, new, new->place[column]);
}

/* Whether two rows of the same table are alike but for some columns. */
bool
lead_row_same_but(const LeadRow *old, const LeadRow *new, const LeadColumn *but, int count)
{
	for (int place = 0; place < new->desc->natts; place++)
	{
		int			i = 0;

		while (i < count && new->place[but[i]] != place)
			i++;
		if (i == count && !TupleDescAttr(new->desc, place)->attisdropped &&
			lead_row_differs_at(old, new, place))
			return false;
	}
	return true;
}

/* Where a column stands that is none of those kept here. */
int
lead_row_place(const LeadRow *row, const char *name)
{
	for (int place = 0; place < row->desc->natts; place++)
		if (!TupleDescAttr(row->desc, place)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(row->desc, place)->attname), name) == 0)
			return place;
	refuse_altered(psprintf("Column \"%s\" is missing.", name));
	return -1;
}

/* Puts a row together again, in the place of the original. */
HeapTuple
form_in_place(TupleDesc desc, Datum *values, bool *nulls, HeapTuple original)
{
	HeapTuple	formed = heap_form_tuple(desc, values, nulls);

	formed->t_data->t_ctid = original->t_data->t_ctid;
	formed->t_self = original->t_self;
	formed->t_tableOid = original->t_tableOid;
	return formed;
}

HeapTuple
lead_row_form(const LeadRow *row, HeapTuple original)
{
	return form_in_place(row->desc, row->values, row->nulls, original);
}

/* A text column as a C string, NULL where it is. */
char *
lead_row_string(const LeadRow *row, LeadColumn column)
{
	return ROW_NULL(row, column) ? NULL : TextDatumGetCString(ROW_VALUE(row, column));
}

char *
lead_row_id(const LeadRow *row)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, ROW_VALUE(row, LEAD_ID)));
}
