/*
 * contacts.c
 *		Contact lists: what stands in contact_instants, phones, emails, websites
 *		and data_boxes of leads, persons and customers.
 *
 * A list is an array of value objects. A bare string is short for an object
 * with nothing but a value. What the value may be and what its normal form is
 * the module of its kind knows (phone.c, email.c, website.c, databox.c); here
 * is what they share: members and their types, one primary at most, no exact
 * repeats, limits. Order and members unknown to us stay as they are. A list in
 * normal form is left alone, byte for byte, so normalising twice changes
 * nothing.
 *
 * The seed names the lists and no members; value, type, primary, description,
 * service and extension are ours.
 */
#include "compat.h"

#include "mb/pg_wchar.h"

#include "contacts.h"
#include "databox.h"
#include "email.h"
#include "errors.h"
#include "given.h"
#include "json.h"
#include "phone.h"
#include "settings.h"
#include "understood.h"
#include "website.h"

#define ENTRIES_LIMIT 100
#define VALUE_LIMIT 2000
#define SHOWN_LIMIT 100			/* characters of a refused value in a message */

static const struct
{
	const char *column;
	const char *hint;
}			kinds[] =
{
	[CONTACT_INSTANT] = {"contact_instants", "Write [{\"value\": \"...\", \"service\": \"...\"}]."},
	[CONTACT_PHONE] = {"phones", "Write the number with + and its country code, as in +420603123456."},
	[CONTACT_EMAIL] = {"emails", "Write one address an entry, as in name@example.com."},
	[CONTACT_WEBSITE] = {"websites", "Write one address an entry, as in https://example.com."},
	[CONTACT_DATA_BOX] = {"data_boxes", "Write the seven characters of the data box, as in 6bnaawp."},
};

/* Members whose type we know; they are text, all but primary. */
static const char *const text_members[] = {"type", "description", "service", "extension"};

/* For what is wrong with a list or an entry as such, not with a value. */
static const char *const form_hint = "Write [\"...\"] or [{\"value\": \"...\", \"primary\": true}].";

/* One list on its way through. */
typedef struct Filling
{
	Place		place;
	ContactKind kind;
	int			index;			/* of the entry at hand, from 0 */
	int			primary;		/* of the primary entry, -1: none yet */
} Filling;

/* The entries that are to be stored. */
typedef struct Kept
{
	int			count;
	JsonbContainer *entries[ENTRIES_LIMIT];
	uint32		hashes[ENTRIES_LIMIT];
} Kept;

static ContactKind
kind_of(const char *column)
{
	for (int kind = 0; kind < lengthof(kinds); kind++)
		if (strcmp(kinds[kind].column, column) == 0)
			return (ContactKind) kind;
	elog(ERROR, "column %s holds no contacts", column);
}

static void
refuse_list(Place place, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_LEAD_CONTACT),
			 errmsg("%s is not a list of contacts", place.column),
			 errdetail("%s", detail),
			 errhint("%s", form_hint),
			 err_place(place.table, place.column, check_name(place))));
}

/* Refuses JSON that is not an array. */
void
require_list(Place place, Datum value)
{
	if (json_root_kind(value) != JB_FARRAY)
		refuse_list(place, "It is not a JSON array.");
}

/* An entry as such: the value is not the matter, and not shown. */
static void
refuse_entry(const Filling *filling, const char *problem)
{
	Place		place = filling->place;

	ereport(ERROR,
			(errcode(ERRCODE_LEAD_CONTACT),
			 errmsg("%s[%d] is not understood", place.column, filling->index),
			 errdetail("%s[%d]: %s.", place.column, filling->index, problem),
			 errhint("%s", form_hint),
			 err_place(place.table, place.column, check_name(place))));
}

/* A value: the client sees it, the log does not. */
static void
refuse_value(Place place, ContactKind kind, int index, const char *given, const char *problem)
{
	int			length = pg_mbcharcliplen(given, strlen(given), SHOWN_LIMIT);

	ereport(ERROR,
			(errcode(ERRCODE_LEAD_CONTACT),
			 errmsg("%s[%d] is not understood", place.column, index),
			 errdetail("%s[%d] is \"%.*s%s\": %s.", place.column, index, length, given,
					   given[length] ? "..." : "", problem),
			 errdetail_log("%s[%d]: %s.", place.column, index, problem),
			 errhint("%s", kinds[kind].hint),
			 err_place(place.table, place.column, check_name(place))));
}

/* An identifier of some service: any text in one line, which is all that we know of it. */
static Understood
instant_understand(const char *given)
{
	const char *problem;
	char	   *text = contact_text(given, &problem);

	if (text == NULL)
		return refused(problem);
	if (strpbrk(text, "\t\n\v\f\r") || strstr(text, "\xC2\x85") || strstr(text, "\xE2\x80\xA8") || strstr(text, "\xE2\x80\xA9"))
		return refused("it has a line break or tab");
	return understood(text);
}

/* The modules speak UTF-8; other databases get domains in ASCII, which fits any. */
static Understood
understand(ContactKind kind, const char *given)
{
	bool		ascii_domain = GetDatabaseEncoding() != PG_UTF8;
	char	   *text;
	Understood	result = {0};

	/* What a database without an encoding holds may be anything. */
	if (!pg_verify_mbstr(PG_UTF8, given, strlen(given), true) && GetDatabaseEncoding() == PG_SQL_ASCII)
		return refused("it is not in UTF-8, and the database has no encoding that would tell what it is");
	text = pg_server_to_any(given, strlen(given), PG_UTF8);
	switch (kind)
	{
		case CONTACT_INSTANT:
			result = instant_understand(text);
			break;
		case CONTACT_PHONE:
			result = phone_understand(text, setting_default_region());
			break;
		case CONTACT_EMAIL:
			result = email_understand(text, ascii_domain);
			break;
		case CONTACT_WEBSITE:
			result = website_understand(text, ascii_domain);
			break;
		case CONTACT_DATA_BOX:
			result = databox_understand(text);
			break;
	}
	if (result.value)
		result.value = pg_any_to_server(result.value, strlen(result.value), PG_UTF8);
	return result;
}

/* The normal form of a value, or LD008. */
static Understood
require_understood(Place place, ContactKind kind, int index, const char *given)
{
	Understood	result = {0};

	if (pg_mbstrlen(given) > VALUE_LIMIT)
		result.problem = psprintf("it has %d characters; at most %d are taken", pg_mbstrlen(given), VALUE_LIMIT);
	else
		result = understand(kind, given);
	if (result.value == NULL)
		refuse_value(place, kind, index, given, result.problem);
	return result;
}

/* The same for a value that stands in no list. */
char *
contact_normal(Place place, ContactKind kind, int index, const char *given)
{
	return require_understood(place, kind, index, given).value;
}

static char *
string_of(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static JsonbValue *
member(JsonbContainer *object, const char *name, JsonbValue *buffer)
{
	return getKeyJsonValueFromContainer(object, name, strlen(name), buffer);
}

/* The entry with its normal value first seen; nulls in members of ours are left out. */
static JsonbContainer *
build_entry(JsonbContainer *object, const Understood *understood)
{
	JsonbParseState *state = NULL;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	key,
				value;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	json_push_string(&state, WJB_KEY, "value");
	json_push_string(&state, WJB_VALUE, understood->value);
	if (understood->extension)
	{
		json_push_string(&state, WJB_KEY, "extension");
		json_push_string(&state, WJB_VALUE, understood->extension);
	}
	if (object)
	{
		iterator = JsonbIteratorInit(object);
		(void) JsonbIteratorNext(&iterator, &key, true);
		while ((token = JsonbIteratorNext(&iterator, &key, true)) == WJB_KEY)
		{
			char	   *name = string_of(&key);
			bool		ours = strcmp(name, "primary") == 0;

			(void) JsonbIteratorNext(&iterator, &value, true);
			for (int i = 0; i < lengthof(text_members); i++)
				ours = ours || strcmp(name, text_members[i]) == 0;
			if (strcmp(name, "value") == 0 || (ours && value.type == jbvNull) ||
				(understood->extension && strcmp(name, "extension") == 0))
				continue;
			pushJsonbValue(&state, WJB_KEY, &key);
			pushJsonbValue(&state, WJB_VALUE, &value);
		}
	}
	return &JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL))->root;
}

/* Members of ours have their type; whether one is null and to be left out. */
static bool
check_members(const Filling *filling, JsonbContainer *object)
{
	JsonbValue	buffer;
	JsonbValue *value = member(object, "primary", &buffer);
	bool		has_null = value && value->type == jbvNull;

	if (value && value->type != jbvBool && value->type != jbvNull)
		refuse_entry(filling, "primary is neither true nor false");
	for (int i = 0; i < lengthof(text_members); i++)
	{
		value = member(object, text_members[i], &buffer);
		if (value && value->type != jbvString && value->type != jbvNull)
			refuse_entry(filling, psprintf("%s is not a string", text_members[i]));
		has_null |= value && value->type == jbvNull;
	}
	return has_null;
}

/* An extension comes with the number or as a member, not as two different ones. */
static void
check_extension(const Filling *filling, JsonbContainer *object, Understood *understood)
{
	JsonbValue	buffer;
	JsonbValue *value = member(object, "extension", &buffer);

	if (understood->extension && value && value->type == jbvString &&
		strcmp(string_of(value), understood->extension) != 0)
		refuse_entry(filling, "the number has another extension than member extension");
}

/* An entry in normal form: the one given where it is so already. */
static JsonbContainer *
normal_entry(const Filling *filling, const JsonbValue *entry)
{
	JsonbContainer *object;
	JsonbValue	buffer;
	JsonbValue *value;
	Understood	understood;
	char	   *given;
	bool		has_null;

	if (entry->type == jbvString)
	{
		understood = require_understood(filling->place, filling->kind, filling->index, string_of(entry));
		return build_entry(NULL, &understood);
	}
	if (entry->type != jbvBinary || !JsonContainerIsObject(entry->val.binary.data))
		refuse_entry(filling, "it is neither a string nor an object");
	object = entry->val.binary.data;
	value = member(object, "value", &buffer);
	if (value == NULL)
		refuse_entry(filling, "it has no member value");
	if (value->type != jbvString)
		refuse_entry(filling, "its value is not a string");
	given = string_of(value);
	has_null = check_members(filling, object);
	understood = require_understood(filling->place, filling->kind, filling->index, given);
	check_extension(filling, object, &understood);
	if (!has_null && understood.extension == NULL && strcmp(given, understood.value) == 0)
		return object;
	return build_entry(object, &understood);
}

/* One entry at most is primary. */
static void
check_primary(Filling *filling, JsonbContainer *entry)
{
	JsonbValue	buffer;
	JsonbValue *value = member(entry, "primary", &buffer);

	if (value == NULL || !value->val.boolean)
		return;
	if (filling->primary >= 0)
		refuse_entry(filling, psprintf("it is primary, and so is entry %d", filling->primary));
	filling->primary = filling->index;
}

/* Equal entries have equal hashes. */
static uint32
hash_entry(JsonbContainer *entry)
{
	JsonbIterator *iterator = JsonbIteratorInit(entry);
	JsonbIteratorToken token;
	JsonbValue	value;
	uint32		hash = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
		if (token == WJB_KEY || token == WJB_VALUE || token == WJB_ELEM)
			JsonbHashScalarValue(&value, &hash);
	return hash;
}

/*
 * Whether an entry is one of those before it. Their hashes are compared first: a
 * hundred entries that differ only at the end of a megabyte would take minutes.
 */
static bool
repeats(Kept *kept, JsonbContainer *entry)
{
	uint32		hash = hash_entry(entry);

	for (int i = 0; i < kept->count; i++)
		if (kept->hashes[i] == hash && compareJsonbContainers(kept->entries[i], entry) == 0)
			return true;
	kept->hashes[kept->count] = hash;
	return false;
}

static Datum
build_list(const Kept *kept)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < kept->count; i++)
	{
		JsonbValue	entry;

		entry.type = jbvBinary;
		entry.val.binary.data = kept->entries[i];
		entry.val.binary.len = 0;	/* not looked at when it is pushed */
		pushJsonbValue(&state, WJB_ELEM, &entry);
	}
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

/* Brings a list into normal form; NULL is an empty one. Returns whether it changed. */
bool
fill_contacts(Place place, Datum *value, bool *isnull)
{
	Filling		filling = {place, kind_of(place.column), 0, -1};
	Kept		kept;
	bool		changed = false;
	Jsonb	   *list;
	JsonbIterator *iterator;
	JsonbValue	entry;

	kept.count = 0;
	if (*isnull)
	{
		*value = build_list(&kept);
		*isnull = false;
		return true;
	}
	require_list(place, *value);
	list = DatumGetJsonbP(*value);
	if (JB_ROOT_COUNT(list) > ENTRIES_LIMIT)
		refuse_list(place, psprintf("It has %u entries; at most %d are taken.",
									(unsigned) JB_ROOT_COUNT(list), ENTRIES_LIMIT));
	iterator = JsonbIteratorInit(&list->root);
	(void) JsonbIteratorNext(&iterator, &entry, true);
	for (; JsonbIteratorNext(&iterator, &entry, true) == WJB_ELEM; filling.index++)
	{
		JsonbContainer *normal = normal_entry(&filling, &entry);

		changed |= entry.type != jbvBinary || normal != entry.val.binary.data;
		if (JB_ROOT_COUNT(list) > 1 && repeats(&kept, normal))
		{
			changed = true;
			continue;
		}
		check_primary(&filling, normal);
		kept.entries[kept.count++] = normal;
	}
	if (changed)
		*value = build_list(&kept);
	return changed;
}
