/*
 * name.c
 *		Harness of partyname.c and unicode.c.
 */
#include "compat.h"

#include "fuzz.h"
#include "partyname.h"
#include "unicode.h"

static void
require_key(const char *text)
{
	char	   *key = party_name_key(text);

	if (key == NULL)
		return;
	require_answer(text, (Understood) {.value = key}, NAME_KEY_LIMIT);
	/* with another form at its end, since it may have kept one at its beginning */
	if (*key)
		require(same(party_name_key(psprintf("%s inc", key)), key), "the key of a key is the key",
				key, party_name_key(psprintf("%s inc", key)));
	require(key[0] != ' ' && key[strlen(key) - 1] != ' ' && strstr(key, "  ") == NULL,
			"one space between words and none around", text, key);
}

static void
require_fold(const char *text)
{
	char	   *folded = fold_text(text);

	require_answer(text, (Understood) {.value = psprintf("x%s", folded)}, SIZE_MAX);
	require(same(fold_text(folded), folded), "folding again changes nothing", folded, fold_text(folded));
	require(same(fold_text(compose_text(folded)), folded), "composed, it folds to the same",
			folded, fold_text(compose_text(folded)));
}

/* Spellings that must have the key of the text. */
static void
require_spelling(const char *text, const char *spelling)
{
	require(same(party_name_key(spelling), party_name_key(text)), "a spelling has the same key",
			text, psprintf("%s, of: %s", party_name_key(spelling), spelling));
}

static char *
upper_ascii(const char *text)
{
	char	   *upper = pstrdup(text);

	for (char *c = upper; *c; c++)
		*c = pg_ascii_toupper((unsigned char) *c);
	return upper;
}

void
try_text(const char *text)
{
	if (strlen(text) > 4000)
		return;
	require_key(text);
	require_fold(text);
	if (strlen(text) < 100)
	{
		require_spelling(text, upper_ascii(text));
		require_spelling(text, psprintf(" %s ", text));
	}
}
