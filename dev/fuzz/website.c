/*
 * website.c
 *		Harness of src/website.c and what it uses.
 */
#include "compat.h"

#include "domains.h"
#include "fuzz.h"
#include "website.h"

/* Of the address in ASCII; a domain in other letters may take more bytes. */
#define ASCII_LIMIT 2000
#define UNICODE_LIMIT (ASCII_LIMIT + 4 * 253)

void
try_text(const char *text)
{
	Understood	ascii = website_understand(text, true);
	Understood	unicode = website_understand(text, false);
	char	   *domain;

	require_answer(text, ascii, ASCII_LIMIT);
	require_answer(text, unicode, UNICODE_LIMIT);
	require(same(ascii.problem, unicode.problem), "both forms are judged alike", text, unicode.problem);
	if (ascii.problem != NULL)
		return;
	require(strncmp(ascii.value, "http://", 7) == 0 || strncmp(ascii.value, "https://", 8) == 0,
			"it begins with its scheme", text, ascii.value);
	for (const char *c = ascii.value; *c; c++)
		require(*c > ' ' && *c < 0x7F, "it is in printable ASCII", text, ascii.value);
	require(same(website_understand(ascii.value, true).value, ascii.value), "a normal form stays", ascii.value,
			website_understand(ascii.value, true).value);
	require(same(website_understand(unicode.value, false).value, unicode.value), "a normal form stays",
			unicode.value, website_understand(unicode.value, false).value);
	require(same(website_understand(unicode.value, true).value, ascii.value), "one form leads to the other",
			unicode.value, ascii.value);

	domain = website_domain(unicode.value);
	require(same(domain, website_domain(ascii.value)), "both forms have one domain", unicode.value, domain);
	if (domain != NULL)
		domain_is_shared(domain);
}
