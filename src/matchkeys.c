/*
 * matchkeys.c
 *		The keys of a party: strings that two records of one party have in
 *		common although they are written differently. They stand in column
 *		match_keys of leads and customers, under a GIN index, so that all who
 *		share one are found by one probe.
 *
 * A key is a letter for its kind, a colon and the normal form: p: phone,
 * e: e-mail address (local part in lower case, which mail servers practically
 * never tell apart), b: data box, d: web domain, of websites and of e-mail
 * addresses (not the public ones, which tell nothing), n: name of the party.
 * Nor does a phone number of nothing but one digit tell anything.
 * What is longer than 200 bytes, or fits the database's encoding not for sure,
 * is hashed.
 *
 * Kinds, weights and the list of what counts as certain are our decision: a
 * data box, e-mail address or phone number belongs to one party; names and
 * domains are shared.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "domains.h"
#include "email.h"
#include "matchkeys.h"
#include "overwrite.h"
#include "partyname.h"
#include "unicode.h"
#include "website.h"

LEAD_FUNCTION(lead_name_key);

#define KEY_LIMIT 200			/* bytes */
#define HASH_LENGTH 32			/* hexadecimal digits kept: 128 bits */

static const struct
{
	char		letter;
	const char *name;			/* as a reason */
	double		weight;			/* what sharing one says, alone */
}			kinds[MATCH_KINDS] =
{
	[MATCH_DATA_BOX] = {'b', "data box", 0.98},
	[MATCH_EMAIL] = {'e', "email", 0.95},
	[MATCH_PHONE] = {'p', "phone", 0.9},
	[MATCH_NAME] = {'n', "name", 0.5},
	[MATCH_DOMAIN] = {'d', "domain", 0.5},
};

typedef struct Keys
{
	char	  **keys;
	int			count;
	int			room;
} Keys;

/* Half of SHA-256, in hexadecimal. */
static char *
hash_of(const char *string)
{
	Datum		hash = DirectFunctionCall1(sha256_bytea, CStringGetTextDatum(string));
	char	   *hex = TextDatumGetCString(DirectFunctionCall2(binary_encode, hash, CStringGetTextDatum("hex")));

	hex[HASH_LENGTH] = '\0';
	return hex;
}

/* The letter, a colon and the value, or its hash; by hand, for it is done for every value stored. */
static char *
with_letter(MatchKind kind, const char *value)
{
	bool		hashed = strlen(value) > KEY_LIMIT || (GetDatabaseEncoding() != PG_UTF8 && !is_ascii(value));
	char	   *key;

	if (hashed)
		return psprintf("%c:#%s", kinds[kind].letter, hash_of(value));
	key = palloc(strlen(value) + 3);
	key[0] = kinds[kind].letter;
	key[1] = ':';
	strcpy(key + 2, value);
	return key;
}

/* No value: stored while triggers were off, and not what its list says. */
static void
add_key(Keys *keys, MatchKind kind, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	if (keys->count == keys->room)
	{
		keys->room *= 2;
		keys->keys = repalloc(keys->keys, keys->room * sizeof(char *));
	}
	keys->keys[keys->count++] = with_letter(kind, value);
}

/* Text of the database in UTF-8; NULL where it is none (SQL_ASCII takes any bytes). */
static char *
as_utf8(const char *text)
{
	int			length = strlen(text);

	if (GetDatabaseEncoding() == PG_SQL_ASCII && !pg_verify_mbstr(PG_UTF8, text, length, true))
		return NULL;
	return pg_server_to_any(text, length, PG_UTF8);
}

static void
add_domain(Keys *keys, const char *domain)
{
	if (domain && !domain_is_shared(domain))
		add_key(keys, MATCH_DOMAIN, domain);
}

/*
 * Whether a number stands for none: +420000000000, typed into a field that must
 * be filled. All who did so would be certain duplicates of each other.
 */
static bool
is_placeholder(const char *phone)
{
	size_t		length = strlen(phone);
	const char *last;

	if (length < 7)
		return false;
	last = phone + length - 7;
	for (int i = 1; i < 7; i++)
		if (last[i] != last[0])
			return false;
	return true;
}

static void
add_value(Keys *keys, MatchKind kind, const char *value)
{
	if (kind == MATCH_EMAIL)
	{
		char	   *domain = NULL;

		add_key(keys, kind, email_key(value, &domain));
		add_domain(keys, domain);
	}
	else if (kind == MATCH_DOMAIN)
		add_domain(keys, website_domain(value));
	else if (kind != MATCH_PHONE || !is_placeholder(value))
		add_key(keys, kind, value);
}

/* The values of a list in normal form. */
static void
add_list(Keys *keys, MatchKind kind, Datum list)
{
	JsonbIterator *iterator;
	JsonbValue	entry;

	if (list == (Datum) 0)
		return;
	iterator = JsonbIteratorInit(&DatumGetJsonbP(list)->root);
	(void) JsonbIteratorNext(&iterator, &entry, true);
	while (JsonbIteratorNext(&iterator, &entry, true) == WJB_ELEM)
	{
		JsonbValue	buffer;
		JsonbValue *value;
		char	   *text;

		if (entry.type != jbvBinary || !JsonContainerIsObject(entry.val.binary.data))
			continue;			/* stored while triggers were off */
		value = getKeyJsonValueFromContainer(entry.val.binary.data, "value", 5, &buffer);
		if (value == NULL || value->type != jbvString)
			continue;
		text = as_utf8(pnstrdup(value->val.string.val, value->val.string.len));
		if (text)
			add_value(keys, kind, text);
	}
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* text[] of all keys, in byte order, each once. */
Datum
match_keys(const Party *party)
{
	Keys		keys = {palloc(16 * sizeof(char *)), 0, 16};
	Datum	   *values;
	int			count = 0;

	if (party->name)
	{
		char	   *name = as_utf8(TextDatumGetCString(party->name));

		if (name && strcmp(name, ERASED) != 0)
			add_key(&keys, MATCH_NAME, party_name_key(name));
	}
	add_list(&keys, MATCH_PHONE, party->phones);
	add_list(&keys, MATCH_EMAIL, party->emails);
	add_list(&keys, MATCH_DOMAIN, party->websites);
	add_list(&keys, MATCH_DATA_BOX, party->data_boxes);
	if (keys.count == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));

	qsort(keys.keys, keys.count, sizeof(char *), compare_keys);
	values = palloc(keys.count * sizeof(Datum));
	for (int i = 0; i < keys.count; i++)
		if (i == 0 || strcmp(keys.keys[i - 1], keys.keys[i]) != 0)
			values[count++] = CStringGetTextDatum(keys.keys[i]);
	return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Which kind a stored key is of, -1 for none of ours. */
int
match_key_kind(const char *key, int length)
{
	if (length < 2 || key[1] != ':')
		return -1;
	for (int kind = 0; kind < MATCH_KINDS; kind++)
		if (kinds[kind].letter == key[0])
			return kind;
	return -1;
}

/* The texts of an array, NULLs left out. */
static int
texts_of(ArrayType *array, Datum **values)
{
	bool	   *nulls;
	int			count,
				kept = 0;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, values, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			(*values)[kept++] = (*values)[i];
	return kept;
}

static int
compare_texts(Datum a, Datum b)
{
	struct varlena *ours = PG_DETOAST_DATUM_PACKED(a);
	struct varlena *theirs = PG_DETOAST_DATUM_PACKED(b);
	int			ours_length = VARSIZE_ANY_EXHDR(ours);
	int			theirs_length = VARSIZE_ANY_EXHDR(theirs);
	int			order = memcmp(VARDATA_ANY(ours), VARDATA_ANY(theirs), Min(ours_length, theirs_length));

	return order != 0 ? order : ours_length - theirs_length;
}

/* The kinds in which two arrays of keys, both in byte order, have one in common. */
int
match_kinds_shared(ArrayType *ours, ArrayType *theirs)
{
	Datum	   *a,
			   *b;
	int			a_count = texts_of(ours, &a);
	int			b_count = texts_of(theirs, &b);
	int			shared = 0;

	for (int i = 0, j = 0; i < a_count && j < b_count;)
	{
		int			order = compare_texts(a[i], b[j]);

		if (order == 0)
		{
			struct varlena *key = PG_DETOAST_DATUM_PACKED(a[i]);
			int			kind = match_key_kind(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key));

			if (kind >= 0)
				shared |= MATCH_BIT(kind);
		}
		i += order <= 0;
		j += order >= 0;
	}
	return shared;
}

/* 0 to 1: the chance that one of the shared kinds tells the truth, were they independent. */
double
match_score(int shared)
{
	double		doubt = 1;

	for (int kind = 0; kind < MATCH_KINDS; kind++)
		if (shared & MATCH_BIT(kind))
			doubt *= 1 - kinds[kind].weight;
	return 1 - doubt;
}

/* The same as numeric, in thousandths. */
Datum
score_datum(double score)
{
	return NumericGetDatum(int64_div_fast_to_numeric((int64) rint(score * 1000), 3));
}

/* The shared kinds by their names, as text[]. */
Datum
match_kinds_array(int shared)
{
	Datum		names[MATCH_KINDS];
	int			count = 0;

	for (int kind = 0; kind < MATCH_KINDS; kind++)
		if (shared & MATCH_BIT(kind))
			names[count++] = CStringGetTextDatum(kinds[kind].name);
	return PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* As in "email, phone". */
char *
match_kinds_in_words(int shared)
{
	StringInfoData words;

	initStringInfo(&words);
	for (int kind = 0; kind < MATCH_KINDS; kind++)
		if (shared & MATCH_BIT(kind))
			appendStringInfo(&words, "%s%s", words.len ? ", " : "", kinds[kind].name);
	return words.data;
}

/* text[] of the keys that make a duplicate certain, or 0 where there is none. */
Datum
match_certain_keys(ArrayType *keys)
{
	Datum	   *values;
	int			count = texts_of(keys, &values),
				kept = 0;

	for (int i = 0; i < count; i++)
	{
		struct varlena *key = PG_DETOAST_DATUM_PACKED(values[i]);
		int			kind = match_key_kind(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key));

		if (kind >= 0 && (MATCH_CERTAIN & MATCH_BIT(kind)))
			values[kept++] = values[i];
	}
	return kept == 0 ? (Datum) 0 :
		PointerGetDatum(construct_array(values, kept, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Sets the keys of a lead whose content is in normal form. */
void
match_keys_set(LeadRow *lead)
{
	Party		party = {
		ROW_VALUE(lead, LEAD_PARTY_NAME), ROW_VALUE(lead, LEAD_PHONES), ROW_VALUE(lead, LEAD_EMAILS),
		ROW_VALUE(lead, LEAD_WEBSITES), ROW_VALUE(lead, LEAD_DATA_BOXES)
	};

	lead_row_set(lead, LEAD_MATCH_KEYS, match_keys(&party));
}

/* The keys change with what they are made of. */
void
match_keys_renew(const LeadRow *old, LeadRow *new)
{
	static const LeadColumn sources[] = {
		LEAD_PARTY_NAME, LEAD_PHONES, LEAD_EMAILS, LEAD_WEBSITES, LEAD_DATA_BOXES,
	};

	for (int i = 0; i < lengthof(sources); i++)
		if (lead_row_differs(old, new, sources[i]))
		{
			match_keys_set(new);
			return;
		}
}

/* The key of a name, without its letter, in the encoding of the database; NULL: none. */
char *
name_key(const char *name)
{
	char	   *text = as_utf8(name);
	char	   *key = text ? party_name_key(text) : NULL;

	if (key == NULL)
		return NULL;
	if (GetDatabaseEncoding() != PG_UTF8 && !is_ascii(key))
		return psprintf("#%s", hash_of(key));
	return key;
}

/* lead.name_key(text): see its SQL comment. */
Datum
lead_name_key(PG_FUNCTION_ARGS)
{
	char	   *key = name_key(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	if (key == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(key));
}
