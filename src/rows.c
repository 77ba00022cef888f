/*
 * rows.c
 *		What a column of our tables may hold, and the trigger that sees to it
 *		on every table but lead.lead (which the guard fills by the same rules).
 *
 * ORMs write every column, so an explicit NULL in a column with a default means
 * the default. Required values and shapes are checked here, although CHECK and
 * NOT NULL say the same, because the server's own message would print the row,
 * with names and phones, into the log. No message here shows a value.
 */
#include "compat.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

#include "columns.h"
#include "condition.h"
#include "errors.h"
#include "keys.h"
#include "rows.h"
#include "settings.h"

LEAD_FUNCTION(lead_check_row);

#define CODE_LIMIT 200
#define NAME_LIMIT 1000
#define TAGS_LIMIT 1000			/* each is compared with all before it */

static char *
check_name(Place place)
{
	return psprintf("%s_%s_check", place.table, place.column);
}

static bool
only_spaces(const char *data, int length)
{
	for (int i = 0; i < length; i++)
		if (!strchr(" \t\r\n\f\v", data[i]))
			return false;
	return true;
}

bool
is_blank(Datum text)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(text);

	return only_spaces(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/* Refuses a text of more than so many characters (23514 would print the row). */
void
limit_text(Place place, Datum value, bool isnull, int limit)
{
	struct varlena *text;
	int			length;

	if (isnull)
		return;
	if (toast_raw_datum_size(value) - VARHDRSZ <= limit)
		return;					/* no more bytes than characters allowed */
	text = PG_DETOAST_DATUM_PACKED(value);
	length = pg_mbstrlen_with_len(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	if (length <= limit)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
			 errmsg("%s is too long", place.column),
			 errdetail("It has %d characters; column \"%s\" of lead.%s takes at most %d.",
					   length, place.column, place.table, limit),
			 errhint("Shorten it, or keep the long text in a description."),
			 err_place(place.table, place.column, check_name(place))));
}

static void
refuse_missing(Place place)
{
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("%s must be given", place.column),
			 errdetail("Column \"%s\" of lead.%s is required.", place.column, place.table),
			 errhint("Give it a value."),
			 err_place(place.table, place.column, NULL)));
}

/* Refuses a missing (23502), blank (23514) or too long text. */
void
require_text(Place place, Datum value, bool isnull, int limit)
{
	if (isnull)
		refuse_missing(place);
	if (is_blank(value))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("%s must not be blank", place.column),
				 errdetail("Column \"%s\" of lead.%s needs a text with at least one visible character.",
						   place.column, place.table),
				 errhint("Give it a value."),
				 err_place(place.table, place.column, check_name(place))));
	limit_text(place, value, isnull, limit);
}

static Datum
empty_jsonb(JsonbIteratorToken begin, JsonbIteratorToken end)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, begin, NULL);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, end, NULL)));
}

static void
refuse_contacts(Place place, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_LEAD_CONTACT),
			 errmsg("%s is not a list of contacts", place.column),
			 errdetail("%s", detail),
			 errhint("Write [\"...\"] or [{\"value\": \"...\", \"primary\": true}]."),
			 err_place(place.table, place.column, check_name(place))));
}

/* A contact list: an array of strings or objects. Returns whether it was filled. */
bool
fill_contacts(Place place, Datum *value, bool *isnull)
{
	Jsonb	   *list;
	JsonbIterator *iterator;
	JsonbValue	entry;
	JsonbIteratorToken token;
	int			index = 0;

	if (*isnull)
	{
		*value = empty_jsonb(WJB_BEGIN_ARRAY, WJB_END_ARRAY);
		*isnull = false;
		return true;
	}
	list = DatumGetJsonbP(*value);
	if (!JB_ROOT_IS_ARRAY(list) || JB_ROOT_IS_SCALAR(list))
		refuse_contacts(place, "It is not a JSON array.");
	iterator = JsonbIteratorInit(&list->root);
	(void) JsonbIteratorNext(&iterator, &entry, true);
	while ((token = JsonbIteratorNext(&iterator, &entry, true)) == WJB_ELEM)
	{
		bool		object = entry.type == jbvBinary && JsonContainerIsObject(entry.val.binary.data);

		if (entry.type != jbvString && !object)
			refuse_contacts(place, psprintf("Entry %d is neither a string nor an object.", index + 1));
		index++;
	}
	return false;
}

/* chars: an object. Returns whether it was filled. */
bool
fill_chars(Place place, Datum *value, bool *isnull)
{
	if (*isnull)
	{
		*value = empty_jsonb(WJB_BEGIN_OBJECT, WJB_END_OBJECT);
		*isnull = false;
		return true;
	}
	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(*value)))
		ereport(ERROR,
				(errcode(ERRCODE_LEAD_CHARS),
				 errmsg("%s is not a JSON object", place.column),
				 errdetail("Column \"%s\" of lead.%s holds attributes by name.",
						   place.column, place.table),
				 errhint("Write {\"region\": \"Brno\"}."),
				 err_place(place.table, place.column, check_name(place))));
	return false;
}

/* Whether tag i stands among the first ones already. */
static bool
repeats(Datum *tags, int count, text *tag)
{
	for (int i = 0; i < count; i++)
	{
		text	   *other = DatumGetTextPP(tags[i]);

		if (VARSIZE_ANY_EXHDR(other) == VARSIZE_ANY_EXHDR(tag) &&
			memcmp(VARDATA_ANY(other), VARDATA_ANY(tag), VARSIZE_ANY_EXHDR(tag)) == 0)
			return true;
	}
	return false;
}

/* Tags: trimmed, no blanks, no repeats, order kept. Returns whether changed. */
bool
fill_tags(Place place, Datum *value, bool *isnull)
{
	ArrayType  *given;
	Datum	   *tags;
	bool	   *nulls;
	int			count,
				kept = 0;
	bool		changed;

	if (*isnull)
	{
		*value = PointerGetDatum(construct_empty_array(TEXTOID));
		*isnull = false;
		return true;
	}
	given = DatumGetArrayTypeP(*value);
	if (ARR_NDIM(given) == 0)
		return false;
	deconstruct_array(given, TEXTOID, -1, false, TYPALIGN_INT, &tags, &nulls, &count);
	if (count > TAGS_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("data_tags has too many entries"),
				 errdetail("It has %d; at most %d are taken.", count, TAGS_LIMIT),
				 errhint("Keep what is no label in chars."),
				 err_place(place.table, place.column, NULL)));
	changed = ARR_NDIM(given) != 1 || ARR_LBOUND(given)[0] != 1;
	for (int i = 0; i < count; i++)
	{
		text	   *tag = nulls[i] ? NULL : DatumGetTextPP(tags[i]);
		char	   *start = tag ? VARDATA_ANY(tag) : NULL;
		int			length = tag ? VARSIZE_ANY_EXHDR(tag) : 0;

		while (length > 0 && only_spaces(start, 1))
			start++, length--;
		while (length > 0 && only_spaces(start + length - 1, 1))
			length--;
		if (tag && length < VARSIZE_ANY_EXHDR(tag))
			tag = cstring_to_text_with_len(start, length);
		if (length == 0 || repeats(tags, kept, tag))
		{
			changed = true;
			continue;
		}
		changed |= tag != DatumGetTextPP(tags[i]);
		tags[kept++] = PointerGetDatum(tag);
	}
	if (!changed)
		return false;
	*value = PointerGetDatum(kept == 0 ? construct_empty_array(TEXTOID) :
							 construct_array(tags, kept, TEXTOID, -1, false, TYPALIGN_INT));
	return true;
}

/* A condition must be able to hold: a predicate, not a path to some value. */
static void
check_condition(Place place, Datum value)
{
	if (!condition_is_predicate(DatumGetJsonPathP(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the condition is not a predicate"),
				 errdetail("Column \"%s\" of lead.%s takes a jsonpath that yields true or false.",
						   place.column, place.table),
				 errhint("Compare something, as in $.priority == \"HIGH\", or write exists(...)."),
				 err_place(place.table, place.column, NULL)));
	if (condition_has_variable(DatumGetJsonPathP(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the condition uses a variable"),
				 errdetail("Column \"%s\" of lead.%s is judged over the document alone.",
						   place.column, place.table),
				 errhint("Write the value itself."),
				 err_place(place.table, place.column, NULL)));
}

/* What an explicit NULL stands for in a boolean column. */
static bool
default_flag(const char *column)
{
	return strcmp(column, "allowed") == 0 || strcmp(column, "enabled") == 0;
}

/*
 * Fills and checks one column of a row of a table other than lead.lead. The
 * names of columns mean the same in all our tables. old is NULL in an INSERT.
 */
static bool
check_column(Relation table, Form_pg_attribute attribute, const Datum *old_value,
			 Datum *value, bool *isnull)
{
	const char *column = NameStr(attribute->attname);
	Place		place = {RelationGetRelationName(table), column};

	switch (attribute->atttypid)
	{
		case UUIDOID:
			if (strcmp(column, "id") != 0 || !*isnull)
				return false;
			*value = old_value ? *old_value : uuid_v7();
			break;
		case TEXTOID:
			if (strcmp(column, "key") == 0 && (*isnull || is_blank(*value)))
			{
				*value = old_value ? *old_value : key_for(table, attribute->attnum);
				break;
			}
			if (strcmp(column, "status") == 0 && *isnull)
			{
				*value = old_value ? *old_value : CStringGetTextDatum("ACTIVE");
				break;
			}
			if (strcmp(column, "mnemonic_code") == 0 && !*isnull)
				key_check_template(TextDatumGetCString(*value));
			if (strcmp(column, "code") == 0 || strcmp(column, "event") == 0 ||
				strcmp(column, "function") == 0)
				require_text(place, *value, *isnull, CODE_LIMIT);
			else if (strcmp(column, "name") == 0 || strcmp(column, "last_name") == 0)
				require_text(place, *value, *isnull,
							 strcmp(place.table, "characteristic") == 0 ? CODE_LIMIT : NAME_LIMIT);
			else if (strcmp(column, "key") == 0 || strcmp(column, "lead_type") == 0)
				limit_text(place, *value, *isnull, CODE_LIMIT);
			return false;
		case JSONBOID:
			if (strcmp(column, "processing_data") == 0)
			{
				if (*isnull)
					return false;
				*isnull = true;
				return true;
			}
			if (strcmp(column, "chars") == 0)
				return fill_chars(place, value, isnull);
			if (strcmp(column, "phones") == 0 || strcmp(column, "emails") == 0 ||
				strcmp(column, "websites") == 0 || strcmp(column, "data_boxes") == 0 ||
				strcmp(column, "contact_instants") == 0)
				return fill_contacts(place, value, isnull);
			return false;
		case TEXTARRAYOID:
			return strcmp(column, "data_tags") == 0 && fill_tags(place, value, isnull);
		case BOOLOID:
			if (!*isnull || !attribute->attnotnull)
				return false;
			*value = old_value ? *old_value : BoolGetDatum(default_flag(column));
			break;
		case DATEOID:
			if (!*isnull || !attribute->attnotnull)
				return false;
			*value = old_value ? *old_value : DateADTGetDatum(today_date());
			break;
		case JSONPATHOID:
			if (!*isnull)
				check_condition(place, *value);
			return false;
		default:
			return false;
	}
	*isnull = false;
	return true;
}

/* A period must not end before it begins (the CHECK would print the row). */
static void
check_period(Relation table, const Datum *values, const bool *nulls,
			 const char *from_column, const char *to_column, const char *constraint)
{
	int			from = SPI_fnumber(RelationGetDescr(table), from_column) - 1;
	int			to = SPI_fnumber(RelationGetDescr(table), to_column) - 1;

	if (from < 0 || to < 0 || nulls[from] || nulls[to] ||
		SPI_gettypeid(RelationGetDescr(table), from + 1) != DATEOID ||
		SPI_gettypeid(RelationGetDescr(table), to + 1) != DATEOID ||
		DatumGetDateADT(values[from]) <= DatumGetDateADT(values[to]))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("%s is before %s", to_column, from_column),
			 errdetail("A period in lead.%s must not end before it begins.", RelationGetRelationName(table)),
			 errhint("Correct one of the days, or leave the end NULL for an open one."),
			 err_place(RelationGetRelationName(table), to_column,
					   psprintf("%s_%s", RelationGetRelationName(table), constraint))));
}

/* lead.check_row(): trigger BEFORE INSERT OR UPDATE FOR EACH ROW. */
Datum
lead_check_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		update;
	HeapTuple	tuple;
	TupleDesc	desc;
	Datum	   *values,
			   *old_values = NULL;
	bool	   *nulls,
			   *old_nulls = NULL;
	bool		changed = false;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		refuse_trigger_call("check_row", "BEFORE INSERT OR UPDATE FOR EACH ROW");

	update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	tuple = update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	values = palloc(desc->natts * sizeof(Datum));
	nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, desc, values, nulls);
	if (update)
	{
		old_values = palloc(desc->natts * sizeof(Datum));
		old_nulls = palloc(desc->natts * sizeof(bool));
		heap_deform_tuple(trigger->tg_trigtuple, desc, old_values, old_nulls);
	}
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			changed |= check_column(trigger->tg_relation, TupleDescAttr(desc, i),
									update && !old_nulls[i] ? &old_values[i] : NULL,
									&values[i], &nulls[i]);
	for (int i = 0; i < desc->natts; i++)
		if (nulls[i] && TupleDescAttr(desc, i)->attnotnull && !TupleDescAttr(desc, i)->attisdropped)
			refuse_missing((Place) {RelationGetRelationName(trigger->tg_relation),
							NameStr(TupleDescAttr(desc, i)->attname)});
	check_period(trigger->tg_relation, values, nulls, "validity_from", "validity_to", "validity_check");
	check_period(trigger->tg_relation, values, nulls, "account_start_date", "account_end_date", "dates_check");
	if (!changed)
		return PointerGetDatum(tuple);
	return PointerGetDatum(form_in_place(desc, values, nulls, tuple));
}
