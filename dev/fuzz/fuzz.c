/*
 * fuzz.c
 *		Hands libFuzzer's texts to a harness, and says what failed.
 */
#include "compat.h"

#include "mb/pg_wchar.h"

#include "fuzz.h"
#include "shim.h"

extern int	LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static bool
is_utf8(const char *text)
{
	int			length = strlen(text);

	return pg_encoding_verifymbstr(PG_UTF8, text, length) == length;
}

static void
show(const char *title, const char *text)
{
	fprintf(stderr, "  %s: ", title);
	if (text == NULL)
		fprintf(stderr, "NULL");
	else
		for (const unsigned char *c = (const unsigned char *) text; *c; c++)
			fprintf(stderr, *c < 0x20 || *c == 0x7F ? "\\x%02x" : "%c", *c);
	fprintf(stderr, "\n");
}

void
require(bool holds, const char *property, const char *text, const char *other)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", property);
	show("of", text);
	show("got", other);
	abort();
}

bool
same(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

void
require_answer(const char *text, Understood answer, size_t limit)
{
	require((answer.value == NULL) != (answer.problem == NULL), "a value or a problem", text, answer.value);
	if (answer.problem != NULL)
	{
		require(is_utf8(answer.problem) && answer.problem[0] != '\0', "a problem is a text", text, answer.problem);
		require(answer.extension == NULL, "what is refused has no extension", text, answer.extension);
		return;
	}
	require(is_utf8(answer.value), "a value is in UTF-8", text, answer.value);
	require(answer.value[0] != '\0', "a value is not empty", text, answer.value);
	require(strlen(answer.value) <= limit, "a value is within its limit", text, answer.value);
	require(answer.extension == NULL || is_utf8(answer.extension), "an extension is in UTF-8", text, answer.extension);
}

/* In memory of its own that ends with the text, for the sanitizer to see a read past it. */
int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char	   *text = palloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	text = pstrdup(text);
	try_text(text);
	shim_reset();
	return 0;
}
