/*
 * partyname.c
 *		The form of a party's name in which its spellings are equal.
 *
 * The rules are ours:
 *
 * - Letters count without accents and case, by unicode.c. Two letters that stand
 *   for one stay two: "Mueller" is not "Müller".
 * - What is neither letter nor digit separates words, and one space joins them.
 *   Their order counts.
 * - An apostrophe joins ("O'Neill" is oneill), and so does a dot between single
 *   letters ("J.R. Novak" is "jr novak", "s.r.o." is sro), but not one between
 *   words ("example.com" is "example com").
 * - "&" is the word "and": "Johnson & Johnson", and AT&T is "at and t".
 * - Legal forms (legal_forms.h) are left out where they stand at the end, as many
 *   as there are, but never so many that nothing is left. Where none is there,
 *   those are that stand at the beginning: "AB Volvo" is volvo, but in "AB
 *   Facility s.r.o." the form is another, and AB part of the name.
 * - So is "M/s" at the beginning, with which firms are addressed in India.
 *
 * Different parties can have one key and one party several; a key says that two
 * leads are worth comparing, not that they are one.
 */
#include "compat.h"

#include "legal_forms.h"
#include "partyname.h"
#include "unicode.h"

/* Bytes of the 1,000 characters that a party_name may have. */
#define NAME_LIMIT 4000

typedef struct Words
{
	char	   *start;
	char	   *end;
	bool		gap;			/* a space belongs before the next character */
	int			letters;		/* how many since the last gap or dot */
} Words;

static pg_wchar
next_lower(const char **text)
{
	pg_wchar	c = next_character(text);

	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Modifier letters and primes are written where the apostrophe is not at hand. */
static bool
is_apostrophe(pg_wchar c)
{
	return c == '\'' || c == '`' || (c >= 0x2018 && c <= 0x201B && c != 0x201A) ||
		c == 0x2032 || c == 0x2035 || (c >= 0x02B9 && c <= 0x02BF);
}

static bool
is_letter(pg_wchar c)
{
	return is_word_character(c) && !(c >= '0' && c <= '9');
}

/* Whether one letter follows, and then something else. */
static bool
single_letter_follows(const char *text)
{
	return is_letter(next_lower(&text)) && !is_word_character(next_lower(&text));
}

static void
put_bytes(Words *words, const char *bytes, int length)
{
	if (words->gap && words->end > words->start)
		*words->end++ = ' ';
	words->gap = false;
	memcpy(words->end, bytes, length);
	words->end += length;
}

static void
put_word_character(Words *words, pg_wchar c, const char *bytes, int length)
{
	char		lower = (char) c;

	if (c < 0x80)
		put_bytes(words, &lower, 1);
	else
		put_bytes(words, bytes, length);
	words->letters += is_letter(c) ? 1 : 2; /* a digit makes it no abbreviation */
}

static void
end_word(Words *words)
{
	words->gap = true;
	words->letters = 0;
}

/* The words of a text that is folded (or ASCII), joined by one space. */
static char *
words_of(const char *text)
{
	Words		words = {0};
	const char *next = text;
	pg_wchar	c;

	/* "&" makes most of one byte: a space, and three letters */
	words.start = words.end = palloc(strlen(text) * 4 + 1);
	while ((c = next_lower(&next)) != 0)
	{
		if (is_word_character(c) && !is_apostrophe(c))
			put_word_character(&words, c, text, next - text);
		else if (c == '.' && words.letters == 1 && single_letter_follows(next))
			words.letters = 0;
		else if (!is_apostrophe(c))
		{
			end_word(&words);
			if (c == '&')
			{
				put_bytes(&words, "and", 3);
				end_word(&words);
			}
		}
		text = next;
	}
	*words.end = '\0';
	return words.start;
}

/*
 * The length of a name without this form at its end; unchanged where it is not
 * there or is all there is. A space in the form may be one in the name or none.
 */
static int
without_at_end(const char *name, int length, const LegalForm *form)
{
	int			i = length;

	for (int j = form->length; j > 0; j--)
	{
		char		c = form->text[j - 1];

		if (i > 0 && name[i - 1] == c)
			i--;
		else if (c != ' ')
			return length;
	}
	if (i > 0 && name[i - 1] == ' ')
		return i - 1;
	return form->places & GLUED && i > 0 ? i : length;
}

/* Where the name goes on behind this form at its beginning, or 0. */
static int
behind_at_start(const char *name, int length, const LegalForm *form)
{
	int			i = 0;

	for (int j = 0; j < form->length; j++)
	{
		char		c = form->text[j];

		if (i < length && name[i] == c)
			i++;
		else if (c != ' ')
			return 0;
	}
	if (i < length && name[i] == ' ')
		return i + 1;
	return form->places & GLUED && i < length ? i : 0;
}

/* Takes the longest form off the end and returns its places; 0: none is there. */
static int
take_off_end(char *name)
{
	int			length = strlen(name);
	int			end = length;
	int			places = 0;

	for (int i = 0; i < lengthof(legal_forms); i++)
	{
		const LegalForm *form = &legal_forms[i];
		int			without = length;

		if (length > 0 && form->places & AT_END && form->text[form->length - 1] == name[length - 1])
			without = without_at_end(name, length, form);
		if (without < end)
		{
			end = without;
			places = form->places;
		}
	}
	name[end] = '\0';
	return places;
}

/* Takes the longest form off the beginning; whether one was there. */
static bool
take_off_start(char *name)
{
	int			length = strlen(name);
	int			start = 0;

	for (int i = 0; i < lengthof(legal_forms); i++)
	{
		const LegalForm *form = &legal_forms[i];

		if (form->places & AT_START && form->text[0] == name[0])
			start = Max(start, behind_at_start(name, length, form));
	}
	memmove(name, name + start, length - start + 1);
	return start > 0;
}

static void
remove_legal_forms(char *name)
{
	bool		start_too = true;
	int			places;

	while ((places = take_off_end(name)) != 0)
		start_too &= (places & GOES_ALONG) != 0;
	while (start_too && take_off_start(name))
		;
}

/* Unless nothing follows it. */
static const char *
behind_messrs(const char *name)
{
	const char *rest = name + strspn(name, " ");

	if (pg_strncasecmp(rest, "m/s", 3) != 0 || (rest[3] != ' ' && rest[3] != '.'))
		return name;
	rest += 4;
	return *words_of(rest) ? rest : name;
}

/* Between two characters, and without a space at the end. */
static void
cut_key(char *key)
{
	int			length = NAME_KEY_LIMIT;

	while ((key[length] & 0xC0) == 0x80)
		length--;
	if (key[length - 1] == ' ')
		length--;
	key[length] = '\0';
}

char *
party_name_key(const char *name)
{
	char	   *key;

	if (strlen(name) > NAME_LIMIT)
		return NULL;
	key = words_of(behind_messrs(is_ascii(name) ? name : fold_text(name)));
	if (!is_ascii(key))
		key = compose_text(key);
	remove_legal_forms(key);
	if (strlen(key) > NAME_KEY_LIMIT)
	{
		cut_key(key);
		while (take_off_end(key) != 0)
			;
	}
	return key[0] == '\0' ? NULL : key;
}
