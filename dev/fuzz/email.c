/*
 * email.c
 *		Harness of src/email.c and what it uses.
 */
#include "compat.h"

#include "domains.h"
#include "email.h"
#include "fuzz.h"

/* Of the address as it travels; domains in other letters may take more bytes. */
#define ASCII_LIMIT 254
#define UNICODE_LIMIT (4 * ASCII_LIMIT)

static void
require_key(const char *value, const char *ascii_value)
{
	char	   *domain = NULL;
	char	   *ascii_domain = NULL;
	char	   *key = email_key(value, &domain);

	require(key != NULL && domain != NULL, "an address has a key", value, key);
	require(same(email_key(ascii_value, &ascii_domain), key), "both forms have one key", value, ascii_value);
	require(same(domain, ascii_domain), "both forms have one domain", value, domain);
	domain_is_shared(domain);
}

void
try_text(const char *text)
{
	Understood	ascii = email_understand(text, true);
	Understood	unicode = email_understand(text, false);

	require_answer(text, ascii, ASCII_LIMIT);
	require_answer(text, unicode, UNICODE_LIMIT);
	require(same(ascii.problem, unicode.problem), "both forms are judged alike", text, unicode.problem);
	if (ascii.problem != NULL)
		return;
	require(same(email_understand(ascii.value, true).value, ascii.value), "a normal form stays", ascii.value,
			email_understand(ascii.value, true).value);
	require(same(email_understand(unicode.value, false).value, unicode.value), "a normal form stays", unicode.value,
			email_understand(unicode.value, false).value);
	require(same(email_understand(unicode.value, true).value, ascii.value), "one form leads to the other",
			unicode.value, ascii.value);
	require(same(email_understand(ascii.value, false).value, unicode.value), "one form leads to the other",
			ascii.value, unicode.value);
	require_key(unicode.value, ascii.value);
}
