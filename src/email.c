/*
 * email.c
 *		What is an e-mail address, and its normal form.
 *
 * Sizes and characters are those of RFC 5321. Of what it allows beyond
 * name@domain nothing is taken: quoted local parts, comments and address
 * literals occur in mistakes and attacks, hardly ever in addresses of customers.
 * Nor are local parts in other than ASCII letters: few servers accept them, and
 * an accent in one is nearly always a slip.
 *
 * The local part is kept as written, since its server may tell capitals apart.
 * None in use does, so for comparison it is in lower case: a decision of ours.
 * Dots and +tags stay, for only some servers ignore them.
 */
#include "compat.h"

#include "email.h"
#include "given.h"
#include "idn.h"

#define LOCAL_LIMIT 64
#define ADDRESS_LIMIT 254

static bool
is_atext(char c)
{
	return is_ascii_letter(c) || is_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/*
 * What was pasted along with the address, or instead of it. Asked in the order
 * that tells most: a list has spaces and several @ too.
 */
static const char *
surroundings_problem(const char *text)
{
	const char *at = strchr(text, '@');

	if (pg_strncasecmp(text, "mailto:", 7) == 0)
		return "it is a mailto: link; give the address alone";
	if (strpbrk(text, ",;") != NULL)
		return "it has a comma or semicolon; give each address as an entry of its own";
	if (strpbrk(text, "<>") != NULL)
		return "it has angle brackets; give the address alone, without a name";
	if (strchr(text, '"') != NULL)
		return "it has quotation marks";
	if (strpbrk(text, "()") != NULL)
		return "it has a comment in parentheses";
	if (at == NULL)
		return "it has no @";
	if (strchr(at + 1, '@') != NULL)
		return "it has more than one @";
	if (has_space(text))
		return "it has a space inside";
	if (at == text)
		return "it has nothing before the @";
	if (at[1] == '\0')
		return "it has nothing after the @";
	if (at[1] == '[')
		return "it has an IP address after the @; give a domain";
	return NULL;
}

static const char *
local_problem(const char *local)
{
	size_t		length = strlen(local);

	for (const char *c = local; *c; c++)
	{
		if (IS_HIGHBIT_SET(*c))
			return "it has a letter with an accent or of another alphabet before the @";
		if (!is_atext(*c) && *c != '.')
			return "it has a character before the @ that no address may have";
	}
	if (length > LOCAL_LIMIT)
		return "it has more than 64 characters before the @";
	if (local[0] == '.')
		return "it begins with a dot";
	if (local[length - 1] == '.')
		return "it has a dot right before the @";
	if (strstr(local, "..") != NULL)
		return "it has two dots in a row before the @";
	return NULL;
}

/* One is made for each e-mail stored, twice: formatting would cost more than
 * all the checks. */
static char *
join_address(const char *local, size_t length, const char *domain)
{
	size_t		rest = strlen(domain) + 1;
	char	   *address = palloc(length + 1 + rest);

	memcpy(address, local, length);
	address[length] = '@';
	memcpy(address + length + 1, domain, rest);
	return address;
}

Understood
email_understand(const char *given, bool ascii_domain)
{
	const char *problem;
	char	   *local = contact_text(given, &problem);
	char	   *domain;
	char	   *ascii;

	if (local == NULL)
		return refused(problem);
	problem = surroundings_problem(local);
	if (problem != NULL)
		return refused(problem);

	domain = strchr(local, '@');
	*domain++ = '\0';
	problem = local_problem(local);
	if (problem != NULL)
		return refused(problem);
	ascii = domain_to_ascii(domain, &problem);
	if (ascii == NULL)
		return refused(problem);

	/* measured as it travels, so that both forms of a domain are judged alike */
	if (strlen(local) + 1 + strlen(ascii) > ADDRESS_LIMIT)
		return refused("it is longer than 254 characters");
	return understood(join_address(local, strlen(local), ascii_domain ? ascii : domain_to_unicode(ascii)));
}

char *
email_key(const char *value, char **domain)
{
	const char *at = strchr(value, '@');
	const char *problem;
	char	   *key;

	if (at == NULL)
		return NULL;

	/* in normal form, what is ASCII needs no second check */
	*domain = is_ascii(at + 1) ? pstrdup(at + 1) : domain_to_ascii(at + 1, &problem);
	if (*domain == NULL)
		return NULL;
	key = join_address(value, at - value, *domain);
	lower_ascii(key);
	return key;
}
