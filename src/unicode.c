/*
 * unicode.c
 *		Text folded so that two spellings of the same words become equal. The
 *		one place that knows the server's Unicode functions.
 *
 * Strings are in UTF-8 whatever the encoding of the database. The server's own
 * lower() and regular expressions work in the database's encoding and by its
 * locale, or by the ICU that happens to be there. What comes of folding is
 * stored and indexed, and must be the same in every database and stay the same
 * when the server or a library is upgraded. So the server only decomposes and
 * composes, which Unicode promises never to change for a character once it is
 * assigned, and the rest is in our own tables.
 *
 * Anything may come in: a byte that belongs to no character counts as one that
 * is neither letter nor digit.
 */
#include "compat.h"

#include "common/unicode_norm.h"

#include "unicode.h"

typedef struct CodeRange
{
	pg_wchar	first;
	pg_wchar	last;
} CodeRange;

/* The letters from first to last, each step-th of them. */
typedef struct FoldRange
{
	pg_wchar	first;
	pg_wchar	last;
	int			step;
	int			distance;
} FoldRange;

#include "unicode_fold.h"

/*
 * Letters that Unicode does not decompose, as the ones who have them on no
 * keyboard write them.
 */
static const struct
{
	pg_wchar	letter;
	char		plain[3];
}			plain_letters[] =
{
	{0x00DF, "ss"},				/* sharp s */
	{0x00E6, "ae"},
	{0x00F0, "d"},				/* eth */
	{0x00F8, "o"},				/* o with stroke */
	{0x00FE, "th"},				/* thorn */
	{0x0111, "d"},				/* d with stroke */
	{0x0127, "h"},				/* h with stroke */
	{0x0131, "i"},				/* dotless i */
	{0x0142, "l"},				/* l with stroke */
	{0x014B, "n"},				/* eng */
	{0x0153, "oe"},
	{0x0167, "t"},				/* t with stroke */
	{0x0192, "f"},				/* f with hook */
	{0x0237, "j"},				/* dotless j */
};

/*
 * Signs that would decompose into something that nobody means: the free-standing
 * acute is typed for an apostrophe; the micro sign would become a Greek letter,
 * which a database in LATIN1 cannot store; trade and service mark, letters.
 */
static const struct
{
	pg_wchar	sign;
	pg_wchar	meant;
}			signs[] =
{
	{0x00B4, '\''},
	{0x00B5, 'u'},
	{0x2120, ' '},
	{0x2122, ' '},
};

pg_wchar
next_character(const char **utf8)
{
	const unsigned char *bytes = (const unsigned char *) *utf8;
	int			length;

	if (*bytes < 0x80)
	{
		if (*bytes != '\0')
			(*utf8)++;
		return *bytes;
	}
	length = pg_utf_mblen(bytes);
	if (strnlen(*utf8, length) < length || !pg_utf8_islegal(bytes, length))
	{
		(*utf8)++;
		return REPLACEMENT_CHARACTER;
	}
	*utf8 += length;
	return utf8_to_unicode(bytes);
}

/* Every range begins after the end of the one before. */
static bool
in_ranges(pg_wchar c, const CodeRange *ranges, int count)
{
	int			low = 0;
	int			high = count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else if (c < ranges[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

bool
is_word_character(pg_wchar c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
	return in_ranges(c, words, lengthof(words));
}

static pg_wchar
fold_case(pg_wchar c)
{
	int			low = 0;
	int			high = lengthof(folds);

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (c > folds[middle].last)
			low = middle + 1;
		else if (c < folds[middle].first)
			high = middle;
		else if ((c - folds[middle].first) % folds[middle].step == 0)
			return c + folds[middle].distance;
		else
			return c;
	}
	return c;
}

static const char *
plain_letter(pg_wchar c)
{
	for (int i = 0; i < lengthof(plain_letters); i++)
	{
		if (plain_letters[i].letter == c)
			return plain_letters[i].plain;
	}
	return NULL;
}

static pg_wchar *
decode(const char *utf8)
{
	pg_wchar   *codes = palloc((strlen(utf8) + 1) * sizeof(pg_wchar));
	int			count = 0;

	while ((codes[count] = next_character(&utf8)) != 0)
	{
		for (int i = 0; i < lengthof(signs); i++)
		{
			if (signs[i].sign == codes[count])
				codes[count] = signs[i].meant;
		}
		count++;
	}
	return codes;
}

static char *
put_character(char *end, pg_wchar c)
{
	unsigned char bytes[4];
	int			length;

	unicode_to_utf8(c, bytes);
	length = pg_utf_mblen(bytes);
	memcpy(end, bytes, length);
	return end + length;
}

static char *
put_folded(char *end, pg_wchar c)
{
	const char *plain;

	c = fold_case(c);
	if (c >= 0x80)
	{
		if (in_ranges(c, dropped, lengthof(dropped)))
			return end;
		plain = plain_letter(c);
		if (plain != NULL)
		{
			int			length = strlen(plain);

			memcpy(end, plain, length);
			return end + length;
		}
	}
	return put_character(end, c);
}

static size_t
count_codes(const pg_wchar *codes)
{
	size_t		count = 0;

	while (codes[count] != 0)
		count++;
	return count;
}

char *
fold_text(const char *utf8)
{
	pg_wchar   *codes = decode(utf8);
	pg_wchar   *decomposed = unicode_normalize(UNICODE_NFKD, codes);
	char	   *result = palloc(count_codes(decomposed) * 4 + 1);
	char	   *end = result;

	for (pg_wchar *c = decomposed; *c != 0; c++)
		end = put_folded(end, *c);
	*end = '\0';
	pfree(decomposed);
	pfree(codes);
	return result;
}

char *
compose_text(const char *folded)
{
	pg_wchar   *codes = decode(folded);
	pg_wchar   *composed = unicode_normalize(UNICODE_NFC, codes);
	char	   *result = palloc(count_codes(composed) * 4 + 1);
	char	   *end = result;

	for (pg_wchar *c = composed; *c != 0; c++)
		end = put_character(end, *c);
	*end = '\0';
	pfree(composed);
	pfree(codes);
	return result;
}
