/*
 * given.c
 *		A contact value as somebody typed or pasted it: what surrounds it is
 *		taken away, and what no contact may hold is found.
 *
 * Address books and web pages put marks around what is copied from them that
 * nobody sees: no-break spaces, byte order marks, marks of writing direction.
 * At the ends they are dropped like spaces. Inside they make two values look
 * the same that are not, so there they are refused. The joiners U+200C and
 * U+200D are not among them, since some languages spell with them; where a
 * domain may have one is for the rules of domains to say (idn.c).
 *
 * U+FFFD is what programs write for a character that they could not read: what
 * was meant is lost, so it is refused like bytes that are no UTF-8.
 */
#include "compat.h"

#include "given.h"

typedef enum Kind
{
	PLAIN,
	SPACE,
	INVISIBLE,
	CONTROL,
	LOST
} Kind;

/* Looked through in this order; what is in none is plain. */
static const struct
{
	pg_wchar	first;
	pg_wchar	last;
	Kind		kind;
}			special[] =
{
	{'\t', '\r', SPACE},
	{' ', ' ', SPACE},
	{0x85, 0x85, SPACE},
	{0xA0, 0xA0, SPACE},
	{0x1680, 0x1680, SPACE},
	{0x2000, 0x200A, SPACE},
	{0x2028, 0x2029, SPACE},
	{0x202F, 0x202F, SPACE},
	{0x205F, 0x205F, SPACE},
	{0x3000, 0x3000, SPACE},
	{0xAD, 0xAD, INVISIBLE},	/* soft hyphen */
	{0x61C, 0x61C, INVISIBLE},	/* marks of direction, here and below */
	{0x180E, 0x180E, INVISIBLE},
	{0x200B, 0x200B, INVISIBLE},	/* space of no width */
	{0x200E, 0x200F, INVISIBLE},
	{0x202A, 0x202E, INVISIBLE},
	{0x2060, 0x206F, INVISIBLE},
	{0xFEFF, 0xFEFF, INVISIBLE},	/* byte order mark */
	{0xFFF9, 0xFFFB, INVISIBLE},
	{0xE0000, 0xE007F, INVISIBLE},	/* tags */
	{0x01, 0x1F, CONTROL},
	{0x7F, 0x9F, CONTROL},
	{REPLACEMENT_CHARACTER, REPLACEMENT_CHARACTER, LOST},
};

static Kind
kind_of(pg_wchar character)
{
	if (character > ' ' && character < 0x7F)
		return PLAIN;			/* nearly always */
	for (int i = 0; i < lengthof(special); i++)
		if (character >= special[i].first && character <= special[i].last)
			return special[i].kind;
	return PLAIN;
}

char *
contact_text(const char *given, const char **problem)
{
	const char *start = NULL;	/* of the first character that counts */
	const char *end = given;	/* behind the last one */
	bool		hidden = false; /* since then something invisible came */
	bool		hidden_inside = false;
	bool		has_control = false;
	bool		has_lost = false;
	const char *next = given;
	const char *here = given;
	pg_wchar	character;

	for (; (character = next_character(&next)) != 0; here = next)
	{
		Kind		kind = kind_of(character);

		hidden |= kind == INVISIBLE;
		if (kind == INVISIBLE || kind == SPACE)
			continue;
		has_control |= kind == CONTROL;
		has_lost |= kind == LOST;
		if (start == NULL)
			start = here;
		else
			hidden_inside |= hidden;
		hidden = false;
		end = next;
	}

	if (start == NULL)
		*problem = "it is empty";
	else if (has_lost)
		*problem = "it has a character that was lost when its encoding was changed";
	else if (has_control)
		*problem = "it has a control character";
	else if (hidden_inside)
		*problem = "it has an invisible character inside; type it anew";
	else
		return pnstrdup(start, end - start);
	return NULL;
}

bool
has_space(const char *text)
{
	pg_wchar	character;

	while ((character = next_character(&text)) != 0)
		if (kind_of(character) == SPACE)
			return true;
	return false;
}
