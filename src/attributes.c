/*
 * attributes.c
 *		What a client may write of a lead: the names of each attribute, and how
 *		its value in JSON becomes a value of its column.
 *
 * What comes from a CSV file has strings only, so a string stands for a list of
 * that one; and it has stray blanks around codes and keys, which would make a
 * second lead of " E1" beside "E1". Programs in their turn give numbers for what
 * is made of digits. What a value means (codes, contacts, lengths, which status may be)
 * is for the guard to judge; here it is only brought into the type of its column.
 *
 * Whether something that is not understood was a slip, or somebody's phone
 * number in the wrong column, cannot be known: the client sees it, the log does
 * not.
 *
 * That is the import. A program that writes documents as lead.as_json shows them
 * (document.c) is taken at its word: no other kind of value, nothing trimmed.
 */
#include "compat.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "utils/varlena.h"

#include "attributes.h"
#include "errors.h"
#include "isotime.h"
#include "json.h"
#include "plans.h"
#include "status.h"
#include "text.h"

#define SHOWN_LIMIT 100			/* characters of what is quoted in a detail */
#define DATE_HINT "Write it as in 2026-03-31 or 2026-03-31T09:00:00+02:00."
#define MOMENT_HINT "Write it as in 2026-03-31T09:00:00Z or 2026-03-31T09:00:00+02:00."
#define TAGS_EXAMPLE "[\"fair\", \"call back\"]"
#define NEAR_ENOUGH 3			/* letters by which a name may differ from the one meant */

typedef enum Kind
{
	KIND_TEXT,
	KIND_WORD,					/* a text without white space at its ends */
	KIND_UUID,
	KIND_PRIORITY,
	KIND_STATUS,
	KIND_TIME,
	KIND_PHONES,
	KIND_CONTACTS,
	KIND_TAGS,
	KIND_CHARS,
	KIND_ANY
} Kind;

static const struct
{
	const char *column;
	Kind		kind;
}			attributes[ATTRIBUTE_COUNT] = {
	[ATTRIBUTE_ID] = {"id", KIND_UUID},
	[ATTRIBUTE_KEY] = {"key", KIND_WORD},
	[ATTRIBUTE_PARTY_NAME] = {"party_name", KIND_WORD},
	[ATTRIBUTE_LEAD_TYPE] = {"lead_type", KIND_WORD},
	[ATTRIBUTE_LEAD_RATING] = {"lead_rating", KIND_WORD},
	[ATTRIBUTE_LEAD_SOURCE] = {"lead_source", KIND_WORD},
	[ATTRIBUTE_PRIORITY] = {"priority", KIND_PRIORITY},
	[ATTRIBUTE_DESCRIPTION] = {"description", KIND_TEXT},
	[ATTRIBUTE_ASSIGNED_TO] = {"assigned_to", KIND_WORD},
	[ATTRIBUTE_PHONES] = {"phones", KIND_PHONES},
	[ATTRIBUTE_EMAILS] = {"emails", KIND_CONTACTS},
	[ATTRIBUTE_WEBSITES] = {"websites", KIND_CONTACTS},
	[ATTRIBUTE_DATA_BOXES] = {"data_boxes", KIND_CONTACTS},
	[ATTRIBUTE_CONTACT_INSTANTS] = {"contact_instants", KIND_CONTACTS},
	[ATTRIBUTE_DATA_TAGS] = {"data_tags", KIND_TAGS},
	[ATTRIBUTE_CHARS] = {"chars", KIND_CHARS},
	[ATTRIBUTE_STATUS] = {"status", KIND_STATUS},
	[ATTRIBUTE_STATUS_REASON] = {"status_reason", KIND_TEXT},
	[ATTRIBUTE_DEFERRED_UNTIL] = {"deferred_until", KIND_TIME},
	[ATTRIBUTE_PROCESSING_DATA] = {"processing_data", KIND_ANY},
};

static const char *const priorities[] = {"HIGH", "MEDIUM", "LOW"};

const char *
attribute_column(Attribute attribute)
{
	return attributes[attribute].column;
}

/* Type of the value, as a KeptPlan takes it. */
Oid
attribute_type(Attribute attribute)
{
	switch (attributes[attribute].kind)
	{
		case KIND_UUID:
			return UUIDOID;
		case KIND_STATUS:
			return LEAD_STATUS_ARGUMENT;
		case KIND_TIME:
			return TIMESTAMPTZOID;
		case KIND_PHONES:
		case KIND_CONTACTS:
		case KIND_CHARS:
		case KIND_ANY:
			return JSONBOID;
		case KIND_TAGS:
			return TEXTARRAYOID;
		case KIND_TEXT:
		case KIND_WORD:
		case KIND_PRIORITY:
			break;
	}
	return TEXTOID;
}

/* What stands behind the value in SQL, so that it has the column's type. */
const char *
attribute_cast(Attribute attribute)
{
	return attributes[attribute].kind == KIND_PRIORITY ? "::lead.lead_priority" : "";
}

/* The attribute that bears this name, -1 if none does. */
int
find_attribute(const char *name)
{
	static const char *names[ATTRIBUTE_COUNT];	/* of tSM; looked up once */

	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
	{
		if (names[i] == NULL)
			names[i] = json_lead_name(attributes[i].column);
		if (strcmp(name, attributes[i].column) == 0 || strcmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}

/* "partyName" as "party_name". */
char *
snake_case(const char *name)
{
	StringInfoData snake;

	initStringInfo(&snake);
	for (; *name; name++)
	{
		if (*name >= 'A' && *name <= 'Z')
			appendStringInfoChar(&snake, '_');
		appendStringInfoChar(&snake, pg_ascii_tolower((unsigned char) *name));
	}
	return snake.data;
}

/* The known name that comes nearest to the one given, NULL if none comes near. */
const char *
attribute_like(const char *name)
{
	const char *best = NULL;
	int			nearest = NEAR_ENOUGH + 1;
	char	   *snake = snake_case(name);
	int			length = strlen(snake);

	if (strlen(name) >= NAMEDATALEN)
		return NULL;
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
	{
		const char *column = attributes[i].column;
		int			distance = varstr_levenshtein_less_equal(snake, length, column, strlen(column),
															 1, 1, 1, NEAR_ENOUGH, true);

		if (distance < nearest && distance * 2 < (int) strlen(column))
		{
			nearest = distance;
			best = strcmp(name, snake) == 0 ? column : json_lead_name(column);
		}
	}
	return best;
}

/* A string, or its beginning, for a detail. */
const char *
shown(const char *string)
{
	int			length = pg_mbcharcliplen(string, strlen(string), SHOWN_LIMIT);

	return psprintf("%.*s%s", length, string, string[length] ? "..." : "");
}

static const char *
kind_name(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "true or false";
		case jbvBinary:
			return JsonContainerIsArray(value->val.binary.data) ? "a list" : "an object";
		default:
			return "something else";
	}
}

pg_noreturn static void
refuse_kind(const char *column, const char *wanted, const JsonbValue *value, const char *example)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be %s", column, wanted),
			 errdetail("It is %s.", kind_name(value)),
			 errhint("Write %s.", example),
			 errlead(column, NULL)));
}

pg_noreturn static void
refuse_value(int sqlstate, const char *column, const char *given, const char *problem, const char *hint)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("%s is not understood", column),
			 errdetail("\"%s\" is %s.", shown(given), problem),
			 errdetail_log("It is %s.", problem),
			 errhint("%s", hint),
			 errlead(column, NULL)));
}

char *
json_string(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* Whether it says nothing: null, or a blank string as a CSV file has it. */
bool
is_empty(const JsonbValue *value)
{
	return value->type == jbvNull || (value->type == jbvString && blank_string(json_string(value)));
}

static char *
require_string(const char *column, const JsonbValue *value, const char *example)
{
	if (value->type != jbvString)
		refuse_kind(column, "a string", value, example);
	return json_string(value);
}

/* A number as the digits that were written. */
static char *
number_text(const JsonbValue *value)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
}

static char *
require_text_or_number(const char *column, const JsonbValue *value)
{
	if (value->type == jbvNumeric)
		return number_text(value);
	return require_string(column, value, "it in quotes");
}

/* Without white space at its ends, in place. */
static char *
trimmed(char *string)
{
	int			length = strlen(string);

	while (length > 0 && strchr(WHITE_SPACE, string[length - 1]))
		length--;
	string[length] = '\0';
	return string + strspn(string, WHITE_SPACE);
}

/* 32 hexadecimal digits; hyphens and braces are for the eye. Whether it is that. */
bool
read_uuid(const char *given, pg_uuid_t *uuid)
{
	int			digits = 0;

	memset(uuid, 0, sizeof(pg_uuid_t));
	for (const char *next = given; *next; next++)
	{
		const char *digit = memchr("0123456789abcdef", pg_ascii_tolower((unsigned char) *next), 16);

		if (strchr("-{}", *next))
			continue;
		if (digit == NULL || digits == 2 * UUID_LEN)
			return false;
		uuid->data[digits / 2] |= (digit - "0123456789abcdef") << (digits % 2 ? 0 : 4);
		digits++;
	}
	return digits == 2 * UUID_LEN;
}

static Datum
understand_uuid(const char *column, const char *given)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

	if (!read_uuid(given, uuid))
		refuse_value(ERRCODE_INVALID_TEXT_REPRESENTATION, column, given, "not a UUID",
					 "Write it as in 0196a1c2-7f3e-7a10-9b52-3c7d5e8f0a11, or leave it out and give a key.");
	return UUIDPGetDatum(uuid);
}

static Datum
understand_priority(const char *column, const char *given)
{
	for (int i = 0; i < lengthof(priorities); i++)
		if (strcmp(given, priorities[i]) == 0)
			return CStringGetTextDatum(given);
	refuse_value(ERRCODE_INVALID_TEXT_REPRESENTATION, column, given, "no priority", "Known: HIGH, MEDIUM, LOW.");
}

static Datum
understand_status(const char *column, const char *given)
{
	StringInfoData known;

	initStringInfo(&known);
	for (int i = 0; i < STATUS_COUNT; i++)
	{
		const char *name = status_name(statuses_in_order[i]);

		if (strcmp(given, name) == 0)
			return status_datum(statuses_in_order[i]);
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", name);
	}
	refuse_value(ERRCODE_INVALID_TEXT_REPRESENTATION, column, given, "no status", psprintf("Known: %s.", known.data));
}

/* Whether it begins as in 2026-03-31. */
static bool
begins_with_date(const char *given)
{
	static const char form[] = "dddd-dd-dd";

	for (int i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char) given[i]) : given[i] != form[i])
			return false;
	return !isdigit((unsigned char) given[strlen(form)]);
}

/*
 * As the server reads a timestamptz, whose own error would show the value to the
 * log. But only what begins with year, month and day, for whether 3.4.2027 is in
 * April or in March, DateStyle would decide unnoticed.
 */
static Datum
understand_time(const char *column, const char *given)
{
	char		work[MAXDATELEN + MAXDATEFIELDS];
	char	   *fields[MAXDATEFIELDS];
	int			types[MAXDATEFIELDS];
	int			count,
				kind,
				zone;
	struct pg_tm tm;
	fsec_t		fsec;
	TimestampTz time = 0;
	bool		understood;

	if (!begins_with_date(given))
		refuse_value(ERRCODE_INVALID_DATETIME_FORMAT, column, given, "not a date that begins with year, month and day",
					 DATE_HINT);
	understood =
		ParseDateTime(given, work, sizeof(work), fields, types, MAXDATEFIELDS, &count) == 0 &&
		decode_date_time(fields, types, count, &kind, &tm, &fsec, &zone) == 0 &&
		kind == DTK_DATE &&
		tm2timestamp(&tm, fsec, &zone, &time) == 0 && IS_VALID_TIMESTAMP(time);
	if (!understood)
		refuse_value(ERRCODE_INVALID_DATETIME_FORMAT, column, given, "not a date that can be read", DATE_HINT);
	return TimestampTzGetDatum(time);
}

/* A string makes a list of that one; the guard knows lists. */
static Datum
understand_contacts(JsonbValue *value)
{
	JsonbParseState *state = NULL;

	if (value->type != jbvString)
		return JsonbPGetDatum(JsonbValueToJsonb(value));
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	pushJsonbValue(&state, WJB_ELEM, value);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

/* A number is its digits, alone or in the list. */
static Datum
understand_phones(JsonbValue *value)
{
	JsonbParseState *state = NULL;
	JsonbIterator *iterator;
	JsonbValue	element;

	if (value->type == jbvNumeric)
	{
		char	   *digits = number_text(value);

		element.type = jbvString;
		element.val.string.val = digits;
		element.val.string.len = strlen(digits);
		return understand_contacts(&element);
	}
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		return understand_contacts(value);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	iterator = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &element, true);
	while (JsonbIteratorNext(&iterator, &element, true) == WJB_ELEM)
	{
		if (element.type == jbvNumeric)
			json_push_string(&state, WJB_ELEM, number_text(&element));
		else
			pushJsonbValue(&state, WJB_ELEM, &element);
	}
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

static Datum
understand_tags(const char *column, const JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbValue	element;
	Datum	   *tags;
	int			count = 0;

	if (value->type == jbvString)
	{
		Datum		tag = CStringGetTextDatum(json_string(value));

		return PointerGetDatum(construct_array(&tag, 1, TEXTOID, -1, false, TYPALIGN_INT));
	}
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		refuse_kind(column, "a list of strings", value, TAGS_EXAMPLE);
	tags = palloc(sizeof(Datum) * Max(JsonContainerSize(value->val.binary.data), 1));
	iterator = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &element, true);
	while (JsonbIteratorNext(&iterator, &element, true) == WJB_ELEM)
	{
		if (element.type != jbvString)
			refuse_kind(psprintf("%s[%d]", column, count), "a string", &element, TAGS_EXAMPLE);
		tags[count++] = CStringGetTextDatum(json_string(&element));
	}
	return PointerGetDatum(construct_array(tags, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* A value that is not empty, as one of attribute_type(); or an error. */
Datum
attribute_value(Attribute attribute, JsonbValue *value)
{
	const char *column = attributes[attribute].column;

	switch (attributes[attribute].kind)
	{
		case KIND_TEXT:
			return CStringGetTextDatum(require_text_or_number(column, value));
		case KIND_WORD:
			return CStringGetTextDatum(trimmed(require_text_or_number(column, value)));
		case KIND_UUID:
			return understand_uuid(column, require_string(column, value, "it in quotes"));
		case KIND_PRIORITY:
			return understand_priority(column, trimmed(require_string(column, value, "\"HIGH\"")));
		case KIND_STATUS:
			return understand_status(column, trimmed(require_string(column, value, "\"NEW\"")));
		case KIND_TIME:
			return understand_time(column, trimmed(require_string(column, value, "\"2026-03-31\"")));
		case KIND_PHONES:
			return understand_phones(value);
		case KIND_CONTACTS:
			return understand_contacts(value);
		case KIND_TAGS:
			return understand_tags(column, value);
		case KIND_CHARS:
			if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
				refuse_kind(column, "an object", value, "{\"region\": \"Brno\"}");
			break;
		case KIND_ANY:
			break;
	}
	return JsonbPGetDatum(JsonbValueToJsonb(value));
}

static Datum
understand_moment(const char *column, const char *given)
{
	TimestampTz moment;

	if (!iso_time(given, &moment))
		refuse_value(ERRCODE_INVALID_DATETIME_FORMAT, column, given, "not a moment in ISO 8601 with its offset from UTC",
					 MOMENT_HINT);
	return TimestampTzGetDatum(moment);
}

/* The same of a value as lead.as_json shows it, and no other. */
Datum
attribute_value_exact(Attribute attribute, JsonbValue *value)
{
	const char *column = attributes[attribute].column;
	bool		array = value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);

	switch (attributes[attribute].kind)
	{
		case KIND_TEXT:
		case KIND_WORD:
			return CStringGetTextDatum(require_string(column, value, "it in quotes"));
		case KIND_TIME:
			return understand_moment(column, require_string(column, value, "\"2026-03-31T09:00:00Z\""));
		case KIND_PHONES:
		case KIND_CONTACTS:
			if (!array)
				refuse_kind(column, "a list", value, "[{\"value\": \"...\"}]");
			return JsonbPGetDatum(JsonbValueToJsonb(value));
		case KIND_TAGS:
			if (!array)
				refuse_kind(column, "a list of strings", value, TAGS_EXAMPLE);
			break;
		case KIND_PRIORITY:
			return understand_priority(column, require_string(column, value, "\"HIGH\""));
		case KIND_STATUS:
			return understand_status(column, require_string(column, value, "\"NEW\""));
		case KIND_UUID:
		case KIND_CHARS:
		case KIND_ANY:
			break;
	}
	return attribute_value(attribute, value);
}
