/*
 * phone.c
 *		What phone number somebody wrote: E.164 and the extension, or why it is
 *		refused.
 *
 * The worst that can happen is a wrong number stored as a right one, so the text
 * is read twice. First by us: a number that is strictly E.164, which is what
 * programs send, is judged by a table made from libphonenumber's metadata, as
 * the library would judge it; of any other text we know every character, or it
 * is refused, since the library reads letters as keys of a phone, passes over
 * words, and takes the first of two numbers. It then gets the bare digits, and
 * says to which country they belong and whether such a number can be.
 *
 * In free text the library's "possible" is not enough. A length that few numbers
 * of a country have is refused unless the number is one of those; and a number
 * without its country code must be in use and have the prefix that its country
 * asks for, since dates, postcodes and numbers without an area code are possible
 * too (see lead_phone.cc). Somebody who is sure writes E.164.
 */
#include "compat.h"

#include "mb/pg_wchar.h"

#include "given.h"
#include "phone.h"
#include "phone_lengths.h"
#include "phonelib.h"
#include "text.h"

#define DIGITS "0123456789"

#define MIN_DIGITS 7			/* of E.164, with the country code */
#define MAX_DIGITS 15

/* A +, 7 to 15 digits, and nothing else. */
static bool
is_e164(const char *given)
{
	size_t		count = given[0] == '+' ? strspn(given + 1, DIGITS) : 0;

	return count >= MIN_DIGITS && count <= MAX_DIGITS && given[count + 1] == '\0';
}

/*
 * By the table, a number in E.164: what the library would say, save where the
 * national number begins in a way that makes the library change some.
 */
static PhoneVerdict
judge_lengths(const char *number, bool *changeable)
{
	const char *digit = number + 1;
	int			code = 0;
	uint32		lengths = 0;
	int			length;

	*changeable = false;
	if (*digit == '0')
		return PHONE_ZERO_CODE;
	while (lengths == 0)
	{
		if (digit - number > 3)
			return PHONE_UNKNOWN_CODE;
		code = 10 * code + (*digit++ - '0');
		lengths = phone_plans[code].lengths;
	}
	*changeable = (phone_plans[code].changeable & (1 << (*digit - '0'))) != 0;
	length = strlen(digit);
	if (lengths & ((uint32) 1 << length))
		return PHONE_POSSIBLE;
	if (lengths < ((uint32) 1 << length))
		return PHONE_TOO_LONG;
	if ((lengths & (((uint32) 1 << length) - 1)) == 0)
		return PHONE_TOO_SHORT;
	return PHONE_WRONG_LENGTH;
}

static const char *
describe(PhoneVerdict verdict)
{
	switch (verdict)
	{
		case PHONE_NO_COUNTRY:
			return "it has no country code, and lead.default_region is not set";
		case PHONE_UNKNOWN_REGION:
			return "it has no country code, and lead.default_region names no region that libphonenumber knows";
		case PHONE_UNKNOWN_CODE:
			return "its country code is not in use";
		case PHONE_ZERO_CODE:
			return "it has a 0 after the +";
		case PHONE_TOO_SHORT:
			return "it is too short for a phone number of its country";
		case PHONE_TOO_LONG:
			return "it is too long for a phone number of its country";
		case PHONE_WRONG_LENGTH:
			return "numbers of its country have another number of digits";
		case PHONE_LOCAL_ONLY:
			return "it lacks the area code";
		case PHONE_NO_PREFIX:
			return "it lacks the prefix, in most countries a 0, with which numbers begin within its country";
		case PHONE_NOT_IN_USE:
			return "no such number is in use in its country; if it is right, write it with + and the country code";
		case PHONE_AMBIGUOUS:
			return "it can be read as two different numbers";
		default:
			return "it is not a phone number";
	}
}

static Understood
answer(PhoneVerdict verdict, const char *e164, const char *extension)
{
	Understood	understood = {0};

	if (verdict != PHONE_POSSIBLE)
		return refused(describe(verdict));
	understood.value = pstrdup(e164);
	if (extension)
		understood.extension = pstrdup(extension);
	return understood;
}

#ifdef HAVE_LIBPHONENUMBER

/* ---------------------------------------------------------------- the text as characters */

#define OTHER '?'				/* stands for a character that no number has */

/* The first digit of every script that has its own; the other nine follow it. */
static const pg_wchar zeros[] = {
	0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
	0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0,
	0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0,
	0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
	0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0,
	0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
	0x1E950, 0x1FBF0,
};

/* Other characters that are as good as one in ASCII; '\0' is no character at all. */
static const struct
{
	pg_wchar	first;
	pg_wchar	last;
	char		same;
}			likes[] =
{
	{0x00A0, 0x00A0, ' '},		/* no-break space */
	{0x00AD, 0x00AD, '\0'},		/* soft hyphen */
	{0x1680, 0x1680, ' '},
	{0x2000, 0x200A, ' '},
	{0x200B, 0x200F, '\0'},		/* zero width; marks of direction */
	{0x2010, 0x2015, '-'},
	{0x202A, 0x202D, '\0'},		/* direction, as address books paste it; not reversed (202E) */
	{0x202F, 0x202F, ' '},
	{0x205F, 0x205F, ' '},
	{0x2060, 0x2060, '\0'},		/* word joiner */
	{0x2066, 0x2069, '\0'},
	{0x2212, 0x2212, '-'},		/* minus */
	{0x3000, 0x3000, ' '},
	{0x30FC, 0x30FC, '-'},
	{0xFE63, 0xFE63, '-'},
	{0xFEFF, 0xFEFF, '\0'},		/* byte order mark */
	{0xFF08, 0xFF08, '('},		/* full width */
	{0xFF09, 0xFF09, ')'},
	{0xFF0B, 0xFF0B, '+'},
	{0xFF0D, 0xFF0D, '-'},
	{0xFF0E, 0xFF0E, '.'},
	{0xFF0F, 0xFF0F, '/'},
};

static char
in_ascii(pg_wchar c)
{
	for (int i = 0; i < lengthof(zeros); i++)
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return '0' + (c - zeros[i]);
	for (int i = 0; i < lengthof(likes); i++)
		if (c >= likes[i].first && c <= likes[i].last)
			return likes[i].same;
	return OTHER;
}

/* The text in ASCII and lower case, without white space around. */
static char *
flatten(const char *given)
{
	char	   *flat = palloc(strlen(given) + 1);
	char	   *to = flat;

	given += strspn(given, WHITE_SPACE);
	while (*given)
	{
		int			length = pg_utf_mblen((const unsigned char *) given);
		char		c;

		if (strnlen(given, length) < length)
		{
			*to++ = OTHER;
			break;
		}
		c = length == 1 ? pg_ascii_tolower((unsigned char) *given)
			: in_ascii(utf8_to_unicode((const unsigned char *) given));
		given += length;
		if (c != '\0' && !(c == ' ' && to == flat))
			*to++ = c;
	}
	while (to > flat && strchr(WHITE_SPACE, to[-1]))
		to--;
	*to = '\0';
	return flat;
}

/* ---------------------------------------------------------------- the text as a number */

#define MAX_EXTENSION 7

/* More than any prefixes in front of E.164 amount to. */
#define MAX_WRITTEN 24

/* A value taken apart. */
typedef struct Parts
{
	char		number[MAX_WRITTEN + 2];	/* perhaps a +, and digits */
	const char *extension;		/* or NULL */
} Parts;

/* Where a text that ends at the given place has white space before it. */
static char *
before_spaces(char *start, char *end)
{
	while (end > start && end[-1] == ' ')
		end--;
	return end;
}

/* Where the number ends before its extension, which a comma may part from it, or parentheses hold. */
static char *
before_extension(char *text, char *extension, bool in_parentheses)
{
	char	   *end = before_spaces(text, extension);

	if (in_parentheses)
		end = end > text && end[-1] == '(' ? before_spaces(text, end - 1) : NULL;
	if (end && end > text && end[-1] == ',')
		end = before_spaces(text, end - 1);
	return end;
}

/* Cuts off the extension, if there is one: a label that we know, and digits. */
static const char *
split_extension(char *text, Parts *parts)
{
	static const char *const labels[] = {
		";ext=", "extension", "ext", "x", "#", "linka", "klapka", "kl", "durchwahl", "dw",
	};
	char	   *end = text + strlen(text);
	bool		in_parentheses = end > text && end[-1] == ')';
	char	   *digits;
	char	   *label;

	if (in_parentheses)
		end = before_spaces(text, end - 1);
	digits = end;
	while (digits > text && strchr(DIGITS, digits[-1]))
		digits--;
	if (digits == end)
		return NULL;
	label = before_spaces(text, digits);
	if (label > text && (label[-1] == '.' || label[-1] == ':'))
		label--;
	for (int i = 0; i < lengthof(labels); i++)
	{
		size_t		length = strlen(labels[i]);
		char	   *rest;

		if (label - text < length || memcmp(label - length, labels[i], length) != 0 ||
			(rest = before_extension(text, label - length, in_parentheses)) == NULL)
			continue;
		if (end - digits > MAX_EXTENSION)
			return "its extension has more than 7 digits";
		parts->extension = digits;
		*rest = *end = '\0';
		return *text == '\0' ? "it has an extension but no number" : NULL;
	}
	return NULL;
}

/* What is wrong with a character that stands in no number. */
static const char *
strange(char c)
{
	if (c >= 'a' && c <= 'z')
		return "it holds letters, which is more than a phone number";
	if (c == ',' || c == ';' || c == '\n' || c == '\r' || c == '\t')
		return "it holds more than one phone number, or text beside it";
	return "it holds a character that no phone number has";
}

/* Signs between digits: what there is, and nothing that could be meant otherwise. */
static const char *
check_signs(const char *text)
{
	const char *open = NULL;

	if (*text == '\0')
		return "it is empty";
	if (strchr("-./)", *text))
		return "it does not begin with a digit or a +";
	for (const char *c = text; *c; c++)
	{
		switch (*c)
		{
			case '+':
				if (strcspn(text, DIGITS "+") != c - text)
					return "it has a + that is not in front";
				break;
			case '(':
				if (open)
					return "its parentheses do not match";
				open = c;
				break;
			case ')':
				if (!open || strcspn(open, DIGITS) > c - open)
					return "its parentheses do not match";
				open = NULL;
				break;
			case ' ':
			case '-':
			case '.':
			case '/':
				break;
			default:
				if (strchr(DIGITS, *c) == NULL)
					return strange(*c);
		}
	}
	if (open)
		return "its parentheses do not match";
	return NULL;
}

static int
count_digits(const char *from, const char *to)
{
	int			count = 0;

	for (; from < to; from++)
		if (strchr(DIGITS, *from))
			count++;
	return count;
}

/*
 * A slash stands after an area code. Elsewhere it begins a second number or
 * what differs of one: 603123456/7.
 */
static const char *
check_slash(const char *text, bool international)
{
	const char *slash = strchr(text, '/');

	if (slash == NULL)
		return NULL;
	if (strchr(slash + 1, '/') || count_digits(text, slash) > (international ? 9 : 6) ||
		count_digits(slash, slash + strlen(slash)) < 4)
		return "it holds more than one phone number";
	return NULL;
}

/* Two blocks that could each be a number are two numbers, also where the digits add up to one. */
static const char *
check_blocks(const char *text, bool international)
{
	const char *from = text;
	int			blocks = 0;

	while (*(from += strcspn(from, DIGITS)))
	{
		size_t		length = strspn(from, DIGITS);

		if (length >= MIN_DIGITS && !(international && count_digits(text, from) == 0))
			blocks++;
		from += length;
	}
	return blocks > 1 ? "it holds more than one phone number" : NULL;
}

static bool
is_day_and_month(int one, int other)
{
	return Min(one, other) >= 1 && Min(one, other) <= 12 && Max(one, other) <= 31;
}

/* 25.12.2025, 25.12.25 and 2025-12-25, which have as many digits as some numbers. */
static const char *
check_date(const char *text)
{
	char		sign = text[strspn(text, DIGITS)];
	size_t		lengths[3];
	int			values[3];

	for (int i = 0; i < 3; i++)
	{
		lengths[i] = strspn(text, DIGITS);
		if (lengths[i] == 0 || lengths[i] > 4)
			return NULL;
		values[i] = atoi(text);
		text += lengths[i];
		if (i < 2 && (*text == '\0' || *text++ != sign))
			return NULL;
	}
	if (*text || strchr("-./", sign) == NULL)
		return NULL;
	if ((lengths[2] == 2 || values[2] / 100 == 19 || values[2] / 100 == 20) && is_day_and_month(values[0], values[1]))
		return "it can be read as a date";
	if ((values[0] / 100 == 19 || values[0] / 100 == 20) && is_day_and_month(values[1], values[2]))
		return "it can be read as a date";
	return NULL;
}

/* A spreadsheet's 603123456.0, or its time of day: 45234.5 */
static const char *
check_decimals(const char *text)
{
	const char *dot = strchr(text, '.');

	if (dot && (strcmp(dot, ".0") == 0 || strcmp(dot, ".00") == 0 ||
				(strspn(text, DIGITS) == dot - text && strlen(dot) <= strlen(".99"))))
		return "it is a number with decimals";
	return NULL;
}

/* Takes a value apart, or says why there is no telling what it means. */
static const char *
take_apart(char *text, Parts *parts)
{
	const char *problem;
	bool		international;
	int			count = 0;

	if (strncmp(text, "tel:", 4) == 0)
		text += 4 + strspn(text + 4, " ");
	if ((problem = split_extension(text, parts)) != NULL ||
		(problem = check_signs(text)) != NULL)
		return problem;
	if (*text == '\0' || strchr(DIGITS, text[strlen(text) - 1]) == NULL)
		return "it does not end in a digit";

	international = strchr(text, '+') || strncmp(text, "00", 2) == 0;
	if ((problem = check_date(text)) != NULL ||
		(problem = check_slash(text, international)) != NULL ||
		(problem = check_blocks(text, international)) != NULL ||
		(problem = check_decimals(text)) != NULL)
		return problem;
	for (; *text; text++)
	{
		if (*text != '+' && strchr(DIGITS, *text) == NULL)
			continue;
		if (count > MAX_WRITTEN)
			return describe(PHONE_TOO_LONG);
		parts->number[count++] = *text;
	}
	return NULL;
}

static Understood
ask_library(const char *number, const char *region, bool from_text, const char *extension)
{
	char		e164[E164_SIZE];
	PhoneVerdict verdict = phonelib_parse(number, region, from_text, e164);

	return answer(verdict, e164, extension);
}

/* Region is an ISO 3166 code in capitals, or "". */
Understood
phone_understand(const char *given, const char *region)
{
	Parts		parts = {{0}};
	const char *problem;

	if (is_e164(given))
	{
		bool		changeable;
		PhoneVerdict verdict = judge_lengths(given, &changeable);

		return changeable ? ask_library(given, "", false, NULL) : answer(verdict, given, NULL);
	}
	problem = take_apart(flatten(given), &parts);
	if (problem)
		return refused(problem);
	return ask_library(parts.number, region, true, parts.extension);
}

#else							/* !HAVE_LIBPHONENUMBER */

Understood
phone_understand(const char *given, const char *region)
{
	bool		changeable;

	if (!is_e164(given))
		return refused("it is not in the form of E.164, and this server's lead was built without"
					   " libphonenumber; write it as +420603123456");
	return answer(judge_lengths(given, &changeable), given, NULL);
}

#endif							/* HAVE_LIBPHONENUMBER */
