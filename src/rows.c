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
#include "contacts.h"
#include "errors.h"
#include "import.h"
#include "json.h"
#include "keys.h"
#include "matchkeys.h"
#include "rows.h"
#include "settings.h"
#include "status.h"
#include "text.h"

LEAD_FUNCTION(lead_check_row);

#define CODE_LIMIT 200
#define NAME_LIMIT 1000
#define TAGS_LIMIT 1000			/* each is compared with all before it */

/* The CHECK that says the same. */
char *
check_name(Place place)
{
	return psprintf("%s_%s_check", place.table, place.column);
}

static bool
only_spaces(const char *data, int length)
{
	for (int i = 0; i < length; i++)
		if (!strchr(WHITE_SPACE, data[i]))
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

/* Refuses JSON that is not an object. */
void
require_object(Place place, Datum value)
{
	if (json_root_kind(value) == JB_FOBJECT)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_LEAD_CHARS),
			 errmsg("%s is not a JSON object", place.column),
			 errdetail("Column \"%s\" of lead.%s holds attributes by name.",
					   place.column, place.table),
			 errhint("Write {\"region\": \"Brno\"}."),
			 err_place(place.table, place.column, check_name(place))));
}

/* chars: an object. Returns whether it was filled. */
bool
fill_chars(Place place, Datum *value, bool *isnull)
{
	if (*isnull)
	{
		JsonbParseState *state = NULL;

		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		*value = JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
		*isnull = false;
		return true;
	}
	require_object(place, *value);
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

/* The tables that lead.check_row serves. */
#define TYPE			0x0001
#define RATING			0x0002
#define SOURCE			0x0004
#define SPEC			0x0008
#define CHARACTERISTIC	0x0010
#define STATUS_RULE		0x0020
#define TARGET			0x0040
#define BINDING			0x0080
#define CUSTOMER		0x0100
#define ACCOUNT			0x0200
#define PERSON			0x0400
#define POLICY			0x0800
#define IMPORT			0x1000
#define REGISTERS		(TYPE | RATING | SOURCE)
#define PARTIES			(CUSTOMER | PERSON)

static const struct
{
	const char *name;
	int			bit;
}			tables[] = {
	{"lead_type", TYPE}, {"lead_rating", RATING}, {"lead_source", SOURCE},
	{"entity_spec", SPEC}, {"characteristic", CHARACTERISTIC},
	{"lead_status_rule", STATUS_RULE}, {"conversion_target", TARGET}, {"event_binding", BINDING},
	{"customer", CUSTOMER}, {"account", ACCOUNT}, {"person", PERSON},
	{"duplicate_policy", POLICY}, {"lead_import", IMPORT},
};

typedef enum Rule
{
	MADE_ID,					/* NULL: a new UUID */
	MADE_KEY,					/* NULL or blank: a new key */
	REQUIRED,					/* text, with limit */
	LIMITED,					/* text or NULL, with limit */
	ACTIVE,						/* NULL: 'ACTIVE' */
	TEMPLATE,					/* NULL or a template for keys */
	CONTACTS,
	CHARS,
	TAGS,
	TAKEN_OUT,					/* accepted and not stored */
	NO,							/* NULL: false */
	YES,						/* NULL: true */
	TODAY,						/* NULL: today */
	CONDITION,					/* NULL or a predicate */
	IGNORED,					/* NULL: 'ignore' */
	WARNED,						/* NULL: 'warn' */
	BATCH,						/* NULL: 'import' */
	NEW							/* NULL: 'NEW' */
} Rule;

/* Every column with a rule; all others, the user's own too, are left alone. */
static const struct
{
	const char *column;
	int			tables;
	Oid			type;
	Rule		rule;
	int			limit;
}			rules[] = {
	{"id", REGISTERS | SPEC | STATUS_RULE | TARGET | POLICY | PARTIES | ACCOUNT, UUIDOID, MADE_ID},
	{"key", PARTIES | ACCOUNT, TEXTOID, MADE_KEY},
	{"code", REGISTERS | SPEC | BINDING, TEXTOID, REQUIRED, CODE_LIMIT},
	{"name", REGISTERS | SPEC | CUSTOMER | ACCOUNT, TEXTOID, REQUIRED, NAME_LIMIT},
	{"name", CHARACTERISTIC, TEXTOID, REQUIRED, CODE_LIMIT},
	{"last_name", PERSON, TEXTOID, REQUIRED, NAME_LIMIT},
	{"function", TARGET | BINDING, TEXTOID, REQUIRED, CODE_LIMIT},
	{"event", BINDING, TEXTOID, REQUIRED, CODE_LIMIT},
	{"lead_type", TARGET | POLICY, TEXTOID, LIMITED, CODE_LIMIT},
	{"status", PARTIES | ACCOUNT, TEXTOID, ACTIVE},
	{"mnemonic_code", TYPE, TEXTOID, TEMPLATE},
	{"contact_instants", PARTIES, JSONBOID, CONTACTS},
	{"phones", PARTIES, JSONBOID, CONTACTS},
	{"emails", PARTIES, JSONBOID, CONTACTS},
	{"websites", PARTIES, JSONBOID, CONTACTS},
	{"data_boxes", PARTIES, JSONBOID, CONTACTS},
	{"chars", PARTIES | ACCOUNT, JSONBOID, CHARS},
	{"data_tags", REGISTERS | PARTIES, TEXTARRAYOID, TAGS},
	{"processing_data", TYPE, JSONBOID, TAKEN_OUT},
	{"closed", SPEC, BOOLOID, NO},
	{"required", CHARACTERISTIC, BOOLOID, NO},
	{"allowed", STATUS_RULE, BOOLOID, YES},
	{"enabled", BINDING, BOOLOID, YES},
	{"account_start_date", ACCOUNT, DATEOID, TODAY},
	{"on_create", POLICY, TEXTOID, IGNORED},
	{"on_convert", POLICY, TEXTOID, WARNED},
	{"batch", IMPORT, TEXTOID, BATCH, CODE_LIMIT},
	{"state", IMPORT, TEXTOID, NEW},
	{"condition", CHARACTERISTIC | STATUS_RULE | BINDING, JSONPATHOID, CONDITION},
};

static int
table_bit(Relation table)
{
	for (int i = 0; i < lengthof(tables); i++)
		if (strcmp(tables[i].name, RelationGetRelationName(table)) == 0)
			return tables[i].bit;
	return 0;
}

/* Place of the rule for a column in the table above, -1 if there is none. */
static int
find_rule(int table, Form_pg_attribute attribute)
{
	for (int i = 0; i < lengthof(rules); i++)
		if ((rules[i].tables & table) && rules[i].type == attribute->atttypid &&
			strcmp(rules[i].column, NameStr(attribute->attname)) == 0)
			return i;
	return -1;
}

/* What an explicit NULL stands for: in an UPDATE the value before. */
static bool
fill(Datum *value, bool *isnull, const Datum *old_value, Datum otherwise)
{
	if (!*isnull)
		return false;
	*value = old_value ? *old_value : otherwise;
	*isnull = false;
	return true;
}

/* Fills and checks one column; whether it changed. old_value is NULL in an INSERT. */
static bool
apply_rule(int number, Relation table, Form_pg_attribute attribute, const Datum *old_value,
		   Datum *value, bool *isnull)
{
	Place		place = {RelationGetRelationName(table), NameStr(attribute->attname)};

	switch (rules[number].rule)
	{
		case MADE_ID:
			return *isnull && fill(value, isnull, old_value, old_value ? (Datum) 0 : uuid_v7());
		case MADE_KEY:
			*isnull = *isnull || is_blank(*value);
			if (*isnull)
				return fill(value, isnull, old_value,
							old_value ? (Datum) 0 : key_for(table, attribute->attnum));
			limit_text(place, *value, false, CODE_LIMIT);
			return false;
		case REQUIRED:
			require_text(place, *value, *isnull, rules[number].limit);
			return false;
		case LIMITED:
			limit_text(place, *value, *isnull, rules[number].limit);
			return false;
		case ACTIVE:
			return *isnull && fill(value, isnull, old_value, CStringGetTextDatum("ACTIVE"));
		case TEMPLATE:
			if (!*isnull)
				key_check_template(TextDatumGetCString(*value));
			return false;
		case CONTACTS:
			if (old_value && !*isnull && same_bytes(*old_value, *value))
				return false;
			return fill_contacts(place, value, isnull);
		case CHARS:
			return fill_chars(place, value, isnull);
		case TAGS:
			return fill_tags(place, value, isnull);
		case TAKEN_OUT:
			if (*isnull)
				return false;
			*isnull = true;
			return true;
		case NO:
			return fill(value, isnull, old_value, BoolGetDatum(false));
		case YES:
			return fill(value, isnull, old_value, BoolGetDatum(true));
		case TODAY:
			return *isnull && fill(value, isnull, old_value, DateADTGetDatum(today_date()));
		case CONDITION:
			if (!*isnull)
				check_condition(place, *value);
			return false;
		case IGNORED:
			return *isnull && fill(value, isnull, old_value, CStringGetTextDatum("ignore"));
		case WARNED:
			return *isnull && fill(value, isnull, old_value, CStringGetTextDatum("warn"));
		case BATCH:
			if (*isnull)
				return fill(value, isnull, old_value, CStringGetTextDatum("import"));
			require_text(place, *value, false, rules[number].limit);
			return false;
		case NEW:
			return *isnull && fill(value, isnull, old_value, CStringGetTextDatum("NEW"));
	}
	return false;
}

/*
 * Refuses a NULL in any required column before the server does, which would
 * print the row. Generated columns are not there yet.
 */
void
require_not_null(const char *table, TupleDesc desc, const bool *nulls)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (nulls[i] && attribute->attnotnull && !attribute->attisdropped && !attribute->attgenerated)
			refuse_missing((Place) {table, NameStr(attribute->attname)});
	}
}

/* Place of a column of this name and type, -1 if there is none or it is NULL. */
static int
filled_column(TupleDesc desc, const bool *nulls, const char *name, Oid type)
{
	int			place = SPI_fnumber(desc, name) - 1;

	return place >= 0 && !nulls[place] && SPI_gettypeid(desc, place + 1) == type ? place : -1;
}

/* A period must not end before it begins (the CHECK would print the row). */
static void
check_period(Relation table, const Datum *values, const bool *nulls,
			 const char *from_column, const char *to_column, const char *constraint)
{
	int			from = filled_column(RelationGetDescr(table), nulls, from_column, DATEOID);
	int			to = filled_column(RelationGetDescr(table), nulls, to_column, DATEOID);

	if (from < 0 || to < 0 ||
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

/* The column's value, 0 where the table has no such column of the type. */
static Datum
value_of(TupleDesc desc, const Datum *values, const bool *nulls, const char *column, Oid type)
{
	int			place = filled_column(desc, nulls, column, type);

	return place < 0 ? (Datum) 0 : values[place];
}

/* Sets the customer's keys for matching, whatever the client wrote. */
static bool
fill_match_keys(TupleDesc desc, Datum *values, bool *nulls)
{
	int			number = SPI_fnumber(desc, "match_keys");
	Party		party;

	if (number <= 0 || SPI_gettypeid(desc, number) != TEXTARRAYOID)
		return false;
	party.name = value_of(desc, values, nulls, "name", TEXTOID);
	party.phones = value_of(desc, values, nulls, "phones", JSONBOID);
	party.emails = value_of(desc, values, nulls, "emails", JSONBOID);
	party.websites = value_of(desc, values, nulls, "websites", JSONBOID);
	party.data_boxes = value_of(desc, values, nulls, "data_boxes", JSONBOID);
	values[number - 1] = match_keys(&party);
	nulls[number - 1] = false;
	return true;
}

/* A default that every lead would be refused for is a mistake in the characteristic. */
static void
check_default(Relation table, const Datum *values, const bool *nulls)
{
	TupleDesc	desc = RelationGetDescr(table);
	int			value = filled_column(desc, nulls, "default_value", JSONBOID);
	int			condition = filled_column(desc, nulls, "condition", JSONPATHOID);

	if (value < 0 || condition < 0 || json_is_null(DatumGetJsonbP(values[value])) ||
		condition_holds(DatumGetJsonPathP(values[condition]), DatumGetJsonbP(values[value])))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the default value does not meet the condition"),
			 errdetail("A lead that got default_value of this lead.characteristic would be refused."),
			 errhint("Correct default_value or condition."),
			 err_place(RelationGetRelationName(table), "default_value", NULL)));
}

/* lead.check_row(): trigger BEFORE INSERT OR UPDATE FOR EACH ROW. */
Datum
lead_check_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		update;
	int			table;
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
	table = table_bit(trigger->tg_relation);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		int			rule = attribute->attisdropped ? -1 : find_rule(table, attribute);

		if (rule >= 0)
			changed |= apply_rule(rule, trigger->tg_relation, attribute,
								  update && !old_nulls[i] ? &old_values[i] : NULL,
								  &values[i], &nulls[i]);
	}
	if (table == STATUS_RULE)
		for (int i = 0; i < desc->natts; i++)
			if (!nulls[i] && TupleDescAttr(desc, i)->atttypid == status_type())
				(void) status_of(values[i]);	/* refuses a value added to the enum */
	if (table == IMPORT)
		changed |= fill_import_line(desc, old_values, old_nulls, values, nulls);
	if (table == CUSTOMER)
		changed |= fill_match_keys(desc, values, nulls);
	if (table == CHARACTERISTIC)
		check_default(trigger->tg_relation, values, nulls);
	require_not_null(RelationGetRelationName(trigger->tg_relation), desc, nulls);
	check_period(trigger->tg_relation, values, nulls, "validity_from", "validity_to", "validity_check");
	check_period(trigger->tg_relation, values, nulls, "account_start_date", "account_end_date", "dates_check");
	if (!changed)
		return PointerGetDatum(tuple);
	return PointerGetDatum(form_in_place(desc, values, nulls, tuple));
}
