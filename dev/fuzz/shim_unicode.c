/*
 * shim_unicode.c
 *		unicode_normalize of libpgcommon.a is a client's: it takes its memory
 *		from malloc, where that of the server takes it from the memory context,
 *		and composes by going through a whole table for each character. So only
 *		what may compose is given to it: nothing does between two ASCII characters.
 *
 * Link with -Wl,--wrap=unicode_normalize.
 */
#include "compat.h"

#include "common/unicode_norm.h"

extern pg_wchar *__real_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input);
extern pg_wchar *__wrap_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input);

/* How many characters from here on must be normalised together. */
static size_t
piece_length(const pg_wchar *input)
{
	size_t		length = 1;

	while (input[length] != 0 && (input[length] >= 0x80 || input[length - 1] >= 0x80))
		length++;
	/* the ASCII character that ended it may begin the next: e, accent */
	if (length > 1 && input[length - 1] < 0x80)
		length--;
	return length;
}

pg_wchar *
__wrap_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input)
{
	pg_wchar   *result = palloc(sizeof(pg_wchar));
	size_t		count = 0;

	while (*input != 0)
	{
		size_t		length = piece_length(input);
		pg_wchar   *piece = palloc((length + 1) * sizeof(pg_wchar));
		pg_wchar   *made = piece;
		size_t		made_count = length;

		memcpy(piece, input, length * sizeof(pg_wchar));
		piece[length] = 0;
		input += length;
		if (length > 1 || piece[0] >= 0x80)
		{
			made = __real_unicode_normalize(form, piece);
			for (made_count = 0; made[made_count] != 0; made_count++)
				;
		}
		result = repalloc(result, (count + made_count + 1) * sizeof(pg_wchar));
		memcpy(result + count, made, made_count * sizeof(pg_wchar));
		count += made_count;
		if (made != piece)
			free(made);
	}
	result[count] = 0;
	return result;
}
