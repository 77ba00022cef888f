/*
 * idn.c
 *		What is a domain name, and its two forms. The only file that knows
 *		libidn2.
 *
 * Nearly all domains are plain ASCII and never reach the library. The others
 * are mapped and judged by IDNA 2008 with the mapping of UTS 46, not the
 * transitional one: so every spelling of a domain (capitals, full-width letters
 * and dots, letters with a combining accent) becomes one, and straße.de stays
 * apart from strasse.de.
 *
 * What the library makes of it is not believed at once. It is turned back and
 * forth once more, and where that leads elsewhere the domain is refused: so an
 * xn-- label that stands for nothing, or is another's second spelling, is not
 * stored. And it must be a domain by the rules for ASCII, since the mapping may
 * bring characters such as / that no host has.
 *
 * A label that mixes Latin, Greek, Cyrillic or Armenian letters is refused.
 * Registries do not hand out such names; they come from a keyboard switched in
 * mid-word, or from somebody who means to be taken for another.
 */
#include "compat.h"

#ifdef HAVE_LIBIDN2
#include <idn2.h>
#endif

#include "given.h"
#include "idn.h"

#define DOMAIN_LIMIT 253
#define LABEL_LIMIT 63

/* Bytes of a domain in other letters; no UTF-8 character has more than four. */
#define UNICODE_LIMIT (4 * DOMAIN_LIMIT)

static const char *const too_long = "its domain is longer than 253 characters";
static const char *const label_too_long = "a part of its domain is longer than 63 characters";

static const char *
label_problem(const char *label, size_t length)
{
	if (length > LABEL_LIMIT)
		return label_too_long;
	for (size_t i = 0; i < length; i++)
	{
		if (label[i] == '_')
			return "its domain has an underscore";
		if (!is_ascii_letter(label[i]) && !is_digit(label[i]) && label[i] != '-')
			return "its domain has a character that no domain may have";
	}
	if (label[0] == '-' || label[length - 1] == '-')
		return "a part of its domain begins or ends with a hyphen";
	return NULL;
}

/* No top level begins with a digit or is a single letter: that is an IP address
 * or a slip. */
static const char *
ascii_problem(const char *domain)
{
	const char *label = domain;

	if (domain[0] == '\0')
		return "its domain is empty";
	if (strlen(domain) > DOMAIN_LIMIT)
		return too_long;
	for (;;)
	{
		size_t		length = strcspn(label, ".");
		bool		last = label[length] == '\0';
		const char *problem;

		if (length == 0)
			return label == domain ? "its domain begins with a dot" :
				last ? "its domain ends with a dot" : "its domain has two dots in a row";
		problem = label_problem(label, length);
		if (problem != NULL)
			return problem;
		if (last)
			break;
		label += length + 1;
	}
	if (label == domain)
		return "its domain has no dot";
	if (is_digit(label[0]))
		return "the last part of its domain begins with a digit";
	if (label[1] == '\0')
		return "its domain ends in a single letter";
	return NULL;
}

/* Whether a label says that it stands for one in other letters. */
static bool
has_encoded_label(const char *domain)
{
	for (const char *label = domain; label != NULL; label = strchr(label, '.'))
	{
		if (*label == '.')
			label++;
		if (pg_strncasecmp(label, "xn--", 4) == 0)
			return true;
	}
	return false;
}

#ifdef HAVE_LIBIDN2

#define IDN_FLAGS (IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)

/* Keeps what the library returned, so that nothing of its own memory is left
 * when ours runs out. */
static int
keep(int result, char *made, char kept[UNICODE_LIMIT + 1])
{
	if (result != IDN2_OK)
		return result;
	if (strlcpy(kept, made, UNICODE_LIMIT + 1) > UNICODE_LIMIT)
		result = IDN2_TOO_BIG_DOMAIN;
	idn2_free(made);
	return result;
}

static int
library_to_ascii(const char *domain, char ascii[UNICODE_LIMIT + 1])
{
	char	   *made = NULL;
	int			result = idn2_to_ascii_8z(domain, &made, IDN_FLAGS);

	return keep(result, made, ascii);
}

static int
library_to_unicode(const char *ascii, char unicode[UNICODE_LIMIT + 1])
{
	char	   *made = NULL;
	int			result = idn2_to_unicode_8z8z(ascii, &made, IDN_FLAGS);

	return keep(result, made, unicode);
}

/* Whether the way to other letters and back ends where it began. */
static bool
reads_as(const char *ascii, char unicode[UNICODE_LIMIT + 1])
{
	char		again[UNICODE_LIMIT + 1];

	return library_to_unicode(ascii, unicode) == IDN2_OK &&
		library_to_ascii(unicode, again) == IDN2_OK &&
		strcmp(again, ascii) == 0;
}

static int
alphabet(pg_wchar character)
{
	static const struct
	{
		pg_wchar	first;
		pg_wchar	last;
		int			alphabet;
	}			letters[] = {
		{'a', 'z', 0x01}, {0xDF, 0x24F, 0x01}, {0x1E00, 0x1EFF, 0x01},
		{0x370, 0x3FF, 0x02}, {0x1F00, 0x1FFF, 0x02},
		{0x400, 0x52F, 0x04},
		{0x531, 0x58F, 0x08}
	};

	for (int i = 0; i < lengthof(letters); i++)
		if (character >= letters[i].first && character <= letters[i].last)
			return letters[i].alphabet;
	return 0;
}

static bool
mixes_alphabets(const char *unicode)
{
	int			seen = 0;
	pg_wchar	character;

	while ((character = next_character(&unicode)) != 0)
	{
		seen = character == '.' ? 0 : seen | alphabet(character);
		if ((seen & (seen - 1)) != 0)
			return true;
	}
	return false;
}

static char *
international_to_ascii(const char *domain, const char **problem)
{
	char		ascii[UNICODE_LIMIT + 1];
	char		unicode[UNICODE_LIMIT + 1];
	int			result;

	result = strlen(domain) > UNICODE_LIMIT ? IDN2_TOO_BIG_DOMAIN :
		library_to_ascii(domain, ascii);
	if (result == IDN2_TOO_BIG_DOMAIN)
		*problem = too_long;
	else if (result == IDN2_TOO_BIG_LABEL || result == IDN2_PUNYCODE_BIG_OUTPUT)
		*problem = label_too_long;
	else if (result != IDN2_OK)
		*problem = "its domain is not a valid international domain name";
	else if ((*problem = ascii_problem(ascii)) != NULL)
		return NULL;
	else if (!reads_as(ascii, unicode))
		*problem = "its domain is not a valid international domain name";
	else if (mixes_alphabets(unicode))
		*problem = "its domain mixes letters of two alphabets in one word";
	else
		return pstrdup(ascii);
	return NULL;
}

char *
domain_to_unicode(const char *ascii)
{
	char		unicode[UNICODE_LIMIT + 1];

	if (has_encoded_label(ascii) && reads_as(ascii, unicode))
		return pstrdup(unicode);
	return pstrdup(ascii);
}

#else

static char *
international_to_ascii(const char *domain, const char **problem)
{
	*problem = "its domain is international, and lead was built without libidn2";
	return NULL;
}

char *
domain_to_unicode(const char *ascii)
{
	return pstrdup(ascii);
}

#endif							/* HAVE_LIBIDN2 */

char *
domain_to_ascii(const char *domain, const char **problem)
{
	char	   *ascii;

	if (!is_ascii(domain) || has_encoded_label(domain))
		return international_to_ascii(domain, problem);

	*problem = ascii_problem(domain);
	if (*problem != NULL)
		return NULL;
	ascii = pstrdup(domain);
	lower_ascii(ascii);
	return ascii;
}
