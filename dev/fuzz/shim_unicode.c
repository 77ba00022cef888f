/*
 * shim_unicode.c
 *		unicode_normalize of libpgcommon.a is a client's: it takes its memory
 *		from malloc, where that of the server takes it from the memory context.
 *		Link with -Wl,--wrap=unicode_normalize.
 */
#include "compat.h"

#include "common/unicode_norm.h"

extern pg_wchar *__real_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input);
extern pg_wchar *__wrap_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input);

pg_wchar *
__wrap_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input)
{
	pg_wchar   *made = __real_unicode_normalize(form, input);
	size_t		size = sizeof(pg_wchar);
	pg_wchar   *result;

	for (pg_wchar *c = made; *c != 0; c++)
		size += sizeof(pg_wchar);
	result = memcpy(palloc(size), made, size);
	free(made);
	return result;
}
