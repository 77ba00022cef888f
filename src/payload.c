/*
 * payload.c
 *		A lead that a client sends as JSON: which attributes it gives, each once.
 *
 * Names are those of the columns or those of tSM, as lead.as_json writes them;
 * "chars.region", as a CSV file may have it, is a member of chars. What no
 * attribute bears is refused, not passed over: it would be lost unnoticed.
 */
#include "compat.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

#include "errors.h"
#include "json.h"
#include "payload.h"
#include "text.h"

#define NAMES_LISTED 8
#define CHARS_PREFIX "chars."

/* The guard's own, as columns; auditInfo is what as_json makes of most of them. */
static const char *const set_by_server[] = {
	"version", "status_since", "match_keys", "inserted_by", "inserted_by_actor",
	"edited_by", "edited_by_actor", "edited_at", "audit_info"
};

/* A payload on its way. */
typedef struct Reading
{
	Payload    *payload;
	const char *names[ATTRIBUTE_COUNT];	/* under which each was given */
	const char *past_names[3];
	JsonbParseState *members;	/* of chars, given one by one; NULL: none */
	List	   *member_names;
} Reading;

void
refuse_twice(const char *column, const char *one, const char *other)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s is given twice", column),
			 errdetail("Once as \"%s\" and once as \"%s\".", shown(one), shown(other)),
			 errdetail_log("Under two names."),
			 errhint("Leave one of them out."),
			 errlead(column, NULL)));
}

pg_noreturn static void
refuse_unknown(const char *name)
{
	const char *similar = attribute_like(name);
	StringInfoData known;

	initStringInfo(&known);
	for (int i = ATTRIBUTE_KEY; i < ATTRIBUTE_KEY + NAMES_LISTED; i++)
		appendStringInfo(&known, "%s, ", attribute_column(i));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("an attribute is not known"),
			 errdetail("A lead has no \"%s\".", shown(name)),
			 errdetail_log("A lead has none of that name."),
			 similar ?
			 errhint("Did you mean %s? What a lead has no attribute for goes into chars, as in \"chars.region\".", similar) :
			 errhint("Known are %sthe contact lists, data_tags and chars. What a lead has no attribute for goes into chars, as in \"chars.region\".", known.data),
			 errlead(NULL, NULL)));
}

/* Returns where the name is none of the guard's own. */
void
refuse_server_set(const char *name)
{
	char	   *snake = snake_case(name);

	for (int i = 0; i < lengthof(set_by_server); i++)
		if (strcmp(snake, set_by_server[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s is set by the server", name),
					 errdetail("It says what became of the lead here."),
					 errhint("Leave it out."),
					 errlead(strcmp(snake, "audit_info") == 0 ? NULL : set_by_server[i], NULL)));
}

static void
read_attribute(Reading *reading, Attribute attribute, const char *name, JsonbValue *value)
{
	Payload    *payload = reading->payload;

	if (reading->names[attribute])
		refuse_twice(attribute_column(attribute), reading->names[attribute], name);
	reading->names[attribute] = name;
	payload->given[attribute] = is_empty(value) ? GIVEN_EMPTY : GIVEN;
	if (payload->given[attribute] == GIVEN)
		payload->values[attribute] = attribute_value(attribute, value);
}

/* "chars.region": kept until all members are known. */
static void
read_char(Reading *reading, const char *name, JsonbValue *value)
{
	const char *member = name + strlen(CHARS_PREFIX);

	if (blank_string(member))
		refuse_unknown(name);
	if (is_empty(value))
		return;
	if (reading->members == NULL)
		pushJsonbValue(&reading->members, WJB_BEGIN_OBJECT, NULL);
	json_push_string(&reading->members, WJB_KEY, member);
	pushJsonbValue(&reading->members, WJB_VALUE, value);
	reading->member_names = lappend(reading->member_names, unconstify(char *, member));
}

/* Whether it belongs to the past of the lead. */
static bool
read_past(Reading *reading, const char *name, JsonbValue *value)
{
	GivenPast  *past = &reading->payload->past;
	const struct
	{
		const char *column;
		const char *name;
		Jsonb	  **place;
	}			members[] = {
		{"inserted_at", "insertedAt", &past->inserted_at},
		{"history", "history", &past->history},
		{"conversion", "conversion", &past->conversion},
	};

	for (int i = 0; i < lengthof(members); i++)
	{
		if (strcmp(name, members[i].column) != 0 && strcmp(name, members[i].name) != 0)
			continue;
		if (reading->past_names[i])
			refuse_twice(members[i].column, reading->past_names[i], name);
		reading->past_names[i] = name;
		if (!is_empty(value))
			*members[i].place = JsonbValueToJsonb(value);
		return true;
	}
	return false;
}

static void
read_member(Reading *reading, const char *name, JsonbValue *value)
{
	int			attribute = find_attribute(name);

	if (attribute >= 0)
		read_attribute(reading, (Attribute) attribute, name, value);
	else if (strncmp(name, CHARS_PREFIX, strlen(CHARS_PREFIX)) == 0)
		read_char(reading, name, value);
	else if (!read_past(reading, name, value))
	{
		refuse_server_set(name);
		refuse_unknown(name);
	}
}

/* chars as a whole, and its members that came one by one. */
static void
finish_chars(Reading *reading)
{
	Payload    *payload = reading->payload;
	JsonbContainer *chars;
	JsonbIterator *iterator;
	JsonbValue	value;
	ListCell   *cell;

	if (reading->members == NULL)
		return;
	if (payload->given[ATTRIBUTE_CHARS] == GIVEN)
	{
		chars = &DatumGetJsonbP(payload->values[ATTRIBUTE_CHARS])->root;
		foreach(cell, reading->member_names)
		{
			char	   *name = (char *) lfirst(cell);

			if (getKeyJsonValueFromContainer(chars, name, strlen(name), &value))
				refuse_twice("chars", psprintf(CHARS_PREFIX "%s", name), "chars");
		}
		iterator = JsonbIteratorInit(chars);
		(void) JsonbIteratorNext(&iterator, &value, true);
		while (JsonbIteratorNext(&iterator, &value, true) == WJB_KEY)
		{
			pushJsonbValue(&reading->members, WJB_KEY, &value);
			(void) JsonbIteratorNext(&iterator, &value, true);
			pushJsonbValue(&reading->members, WJB_VALUE, &value);
		}
	}
	else
		payload->chars_by_member = true;
	payload->given[ATTRIBUTE_CHARS] = GIVEN;
	payload->values[ATTRIBUTE_CHARS] =
		JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&reading->members, WJB_END_OBJECT, NULL)));
}

/* Reads all of it, in the current memory context. */
void
payload_read(Payload *payload, Jsonb *json)
{
	Reading		reading = {payload};
	JsonbIterator *iterator;
	JsonbValue	name,
				value;

	memset(payload, 0, sizeof(Payload));
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a lead must be a JSON object"),
				 errdetail("It is %s.", JB_ROOT_IS_SCALAR(json) ? "a single value" : "a list"),
				 errhint("Write {\"party_name\": \"...\", \"lead_type\": \"...\", ...}."),
				 errlead(NULL, NULL)));
	iterator = JsonbIteratorInit(&json->root);
	(void) JsonbIteratorNext(&iterator, &name, true);
	while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_member(&reading, json_string(&name), &value);
	}
	finish_chars(&reading);
}
