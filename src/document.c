/*
 * document.c
 *		A lead as an application writes it, in the form of lead.as_json.
 *
 * Unlike a payload of the import (payload.c), which comes from files, it is
 * taken at its word: null says something, blanks are meant, and a value of
 * another kind than lead.as_json shows is a mistake. Names are those of tSM or
 * of the columns.
 *
 * What lead.as_json shows and the guard sets (statusSince, auditInfo) may stand
 * there, so that a document that was read can be sent back; it is not looked
 * at, but for auditInfo.version. Its other members are known by name, lest a slip
 * of the pen there lose the lock.
 */
#include "compat.h"

#include "lib/stringinfo.h"

#include "document.h"
#include "errors.h"
#include "json.h"

#define AUDIT_HINT "Give auditInfo as lead.as_json shows it, or only {\"version\": ...}, or leave it out."

/* A document on its way. */
typedef struct Reading
{
	Document   *document;
	const char *names[ATTRIBUTE_COUNT]; /* under which each was given */
	const char *audit_name;
	const char *since_name;
} Reading;

pg_noreturn static void
refuse_unknown(const char *name)
{
	const char *similar = attribute_like(name);
	StringInfoData known;

	initStringInfo(&known);
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", json_lead_name(attribute_column(i)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("an attribute is not known"),
			 errdetail("A lead has no \"%s\".", shown(name)),
			 errdetail_log("A lead has none of that name."),
			 similar ?
			 errhint("Did you mean %s? What a lead has no attribute for goes into chars.", similar) :
			 errhint("Known are %s. What a lead has no attribute for goes into chars.", known.data),
			 errlead(NULL, NULL)));
}

/* The past of a lead, which only an import may bring. */
static void
refuse_past(const char *name)
{
	static const char *const columns[] = {"inserted_at", "history", "conversion"};
	char	   *snake = snake_case(name);

	for (int i = 0; i < lengthof(columns); i++)
		if (strcmp(snake, columns[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s is for imports only", name),
					 errdetail("It says what happened to the lead in another system."),
					 errhint("Leave it out, or have an administrator move the lead in with lead.import_leads."),
					 errlead(NULL, NULL)));
}

/* It looks like a lock and would be none. */
static void
refuse_bare_version(const char *name)
{
	if (strcmp(name, "version") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version stands in auditInfo"),
				 errdetail("It is given beside the attributes."),
				 errhint("Write {\"auditInfo\": {\"version\": ...}} to have the document refused where the lead has changed since."),
				 errlead("version", NULL)));
}

pg_noreturn static void
refuse_audit(const char *detail, const char *detail_log)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("auditInfo is not understood"),
			 errdetail("%s", detail),
			 errdetail_log("%s", detail_log),
			 errhint(AUDIT_HINT),
			 errlead(NULL, NULL)));
}

static void
read_audit_member(Document *document, const char *name, const JsonbValue *value)
{
	static const char *const ignored[] = {"whoInserted", "whenInserted", "whoEdited", "whenEdited"};

	for (int i = 0; i < lengthof(ignored); i++)
		if (strcmp(name, ignored[i]) == 0)
			return;
	if (strcmp(name, "version") != 0)
		refuse_audit(psprintf("It has no member \"%s\".", shown(name)), "It has none of a name that was given.");
	if (value->type == jbvNull)
		return;
	if (value->type != jbvNumeric)
		refuse_audit("Its version must be a number.", "Its version must be a number.");
	document->version = value->val.numeric;
}

static void
read_audit(Document *document, const JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbValue	name,
				member;

	if (value->type == jbvNull)
		return;
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		refuse_audit("It must be an object.", "It must be an object.");
	iterator = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &name, true);
	while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&iterator, &member, true);
		read_audit_member(document, json_string(&name), &member);
	}
}

static void
read_attribute(Reading *reading, Attribute attribute, const char *name, JsonbValue *value)
{
	Payload    *payload = &reading->document->payload;

	if (reading->names[attribute])
		refuse_twice(attribute_column(attribute), reading->names[attribute], name);
	reading->names[attribute] = name;
	payload->given[attribute] = value->type == jbvNull ? GIVEN_EMPTY : GIVEN;
	if (payload->given[attribute] == GIVEN)
		payload->values[attribute] = attribute_value_exact(attribute, value);
}

/* Whether it is what lead.as_json shows under either name; given once. */
static bool
is_shown(const char *name, const char *tsm, const char *column, const char **given)
{
	if (strcmp(name, tsm) != 0 && strcmp(name, column) != 0)
		return false;
	if (*given)
		refuse_twice(column, *given, name);
	*given = name;
	return true;
}

static void
read_member(Reading *reading, const char *name, JsonbValue *value)
{
	int			attribute = find_attribute(name);

	if (attribute >= 0)
		read_attribute(reading, (Attribute) attribute, name, value);
	else if (is_shown(name, "auditInfo", "audit_info", &reading->audit_name))
		read_audit(reading->document, value);
	else if (!is_shown(name, "statusSince", "status_since", &reading->since_name))
	{
		refuse_past(name);
		refuse_bare_version(name);
		refuse_server_set(name);
		refuse_unknown(name);
	}
}

/* Reads all of it, in the current memory context. */
void
document_read(Document *document, Jsonb *json)
{
	Reading		reading = {document};
	JsonbIterator *iterator;
	JsonbValue	name,
				value;

	memset(document, 0, sizeof(Document));
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument document must be a JSON object"),
				 errdetail("It is %s.", JB_ROOT_IS_SCALAR(json) ? "a single value" : "a list"),
				 errhint("Pass an object as lead.as_json gives it; for many leads there is lead.import_leads.")));
	iterator = JsonbIteratorInit(&json->root);
	(void) JsonbIteratorNext(&iterator, &name, true);
	while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_member(&reading, json_string(&name), &value);
	}
}
