/*
 * phone.c
 *		Harness of src/phone.c, with libphonenumber behind it where that is.
 */
#include "compat.h"

#include "fuzz.h"
#include "phone.h"
#ifdef HAVE_LIBPHONENUMBER
#include "phonelib.h"
#endif

#define E164_LENGTH 16
#define EXTENSION_LENGTH 7

static bool
is_e164(const char *text)
{
	size_t		digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;

	return digits >= 7 && digits <= 15 && text[digits + 1] == '\0';
}

/* What the table says of a number in strict form, the library says too. */
static void
require_library_agrees(const char *number, Understood answer)
{
#ifdef HAVE_LIBPHONENUMBER
	char		e164[E164_SIZE];
	bool		possible = phonelib_parse(number, "", false, e164) == PHONE_POSSIBLE;

	require(possible == (answer.value != NULL), "table and library agree", number, answer.value);
	require(!possible || same(e164, answer.value), "table and library agree", number, e164);
#endif
}

static void
try_in_region(const char *text, const char *region)
{
	Understood	answer = phone_understand(text, region);
	Understood	again;

	require_answer(text, answer, E164_LENGTH);
	if (is_e164(text))
		require_library_agrees(text, answer);
	if (answer.problem != NULL)
		return;
	require(is_e164(answer.value), "a value is in E.164", text, answer.value);
	if (answer.extension != NULL)
		require(answer.extension[0] != '\0' && strlen(answer.extension) <= EXTENSION_LENGTH &&
				answer.extension[strspn(answer.extension, "0123456789")] == '\0',
				"an extension is a few digits", text, answer.extension);

	again = phone_understand(answer.value, region);
	require(same(again.value, answer.value), "a normal form stays", answer.value, again.value);
	require(again.extension == NULL, "a normal form has no extension", answer.value, again.extension);
	require(same(phone_understand(answer.value, "").value, answer.value), "a normal form needs no region",
			answer.value, phone_understand(answer.value, "").value);
}

void
try_text(const char *text)
{
	static const char *const regions[] = {"", "CZ", "US", "IT", "AR"};

	for (int i = 0; i < lengthof(regions); i++)
		try_in_region(text, regions[i]);
}
