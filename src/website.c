/*
 * website.c
 *		What is the address of a web page, and its normal form. The only file
 *		that knows uriparser.
 *
 * The part up to the path is read by hand, for there people leave out the
 * scheme and write domains in their own letters, which is no URI, and there
 * lies what matters: two readers that take different things for the host are
 * how links deceive. So it is strict: no credentials, no backslash, no escape,
 * and a domain by the rules of idn.c. It is then left out of what uriparser
 * reads and normalises: the path with its dots, and the escapes. Characters
 * that a URI must escape, and people paste unescaped, are escaped before, so
 * that nothing is left for the parser to refuse.
 *
 * Without uriparser dot segments and needless escapes stay as they are.
 */
#include "compat.h"

#include <arpa/inet.h>

#ifdef HAVE_URIPARSER
#include <uriparser/Uri.h>
#endif

#include "given.h"
#include "idn.h"
#include "website.h"

#define URL_LIMIT 2000

/* Bytes that a domain in other letters and a normal form of the limit may take. */
#define GIVEN_LIMIT (4 * URL_LIMIT)

static const char *const too_long = "it is longer than 2,000 characters";
static const char *const ip_problem = "its IP address is not valid";

/* What a URI takes as it is, letters and digits aside. */
#define PLAIN_SIGNS "-._~!$&'()*+,;=:@/?"

static bool
starts_with(const char *text, const char *prefix)
{
	return pg_strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/*
 * Whether the text begins with a scheme. The colon of a host and port is none:
 * a host has a dot, and a port digits alone.
 */
static bool
has_scheme(const char *text)
{
	size_t		length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	const char *behind = text + length + 1;

	if (text[length] != ':' || !is_ascii_letter(text[0]))
		return false;
	if (strncmp(behind, "//", 2) == 0)
		return true;
	if (memchr(text, '.', length) != NULL)
		return false;
	return !is_digit(behind[0]) || strchr("/?#", behind[strspn(behind, "0123456789")]) == NULL;
}

/* Steps over http:// or https://; the scheme is NULL where none is written. */
static const char *
take_scheme(const char **text, const char **scheme)
{
	*scheme = NULL;
	if (starts_with(*text, "//") || starts_with(*text, "://"))
		return "http: or https: is missing before its //";
	if (starts_with(*text, "http://"))
		*scheme = "http";
	else if (starts_with(*text, "https://"))
		*scheme = "https";
	else if (has_scheme(*text))
		return "it begins with neither http:// nor https://";
	if (*scheme != NULL)
		*text += strlen(*scheme) + strlen("://");
	return NULL;
}

static const char *
read_port(const char *digits, const char *scheme, int *port)
{
	int			standard = strcmp(scheme, "http") == 0 ? 80 : 443;

	*port = 0;
	for (const char *c = digits; *c && *port <= 65535; c++)
	{
		if (!is_digit(*c))
		{
			*port = 0;
			break;
		}
		*port = *port * 10 + (*c - '0');
	}
	if (*port < 1 || *port > 65535)
		return "its port is not a number from 1 to 65535";
	if (*port == standard)
		*port = 0;
	return NULL;
}

/* The address in the one spelling that RFC 5952 recommends. */
static char *
ip_literal(int family, const char *address)
{
	struct in6_addr binary;
	char		text[INET6_ADDRSTRLEN];

	if (inet_pton(family, address, &binary) != 1 ||
		inet_ntop(family, &binary, text, sizeof(text)) == NULL)
		return NULL;
	return family == AF_INET ? pstrdup(text) : psprintf("[%s]", text);
}

/*
 * The host in ASCII where it is a domain. A second scheme, or one that lacks its
 * colon, would be the domain http; and a firm behind www. has lost its ending,
 * unless it is of two letters: www.cz is somebody's.
 */
static char *
read_domain(const char *host, const char **problem)
{
	char	   *domain;

	if (pg_strcasecmp(host, "http") == 0 || pg_strcasecmp(host, "https") == 0)
	{
		*problem = "it has http or https where its domain belongs";
		return NULL;
	}
	domain = domain_to_ascii(host, problem);
	if (domain != NULL && strncmp(domain, "www.", 4) == 0 &&
		strchr(domain + 4, '.') == NULL && strlen(domain + 4) > 2)
	{
		*problem = "its domain has no ending, such as .com";
		return NULL;
	}
	return domain;
}

static char *
read_host(char *host, const char **problem)
{
	char	   *ip;

	if (host[0] == '\0')
	{
		*problem = "it has no domain";
		return NULL;
	}
	if (host[0] == '[')
	{
		host[strlen(host) - 1] = '\0';	/* ] */
		ip = ip_literal(AF_INET6, host + 1);
		*problem = ip_problem;
	}
	else if (is_digit(host[0]) && strchr(host, '.') != NULL && host[strspn(host, "0123456789.")] == '\0')
	{
		ip = ip_literal(AF_INET, host);
		*problem = "it has nothing but digits and dots for a domain, and they are no IP address";
	}
	else
		return read_domain(host, problem);
	return ip;
}

/* Splits host:port and checks both; the host in ASCII, port 0 where none is needed. */
static char *
read_authority(char *authority, const char *scheme, int *port, const char **problem)
{
	size_t		length = strcspn(authority, ":");
	bool		has_port;
	char	   *host;

	if (authority[0] == '[')
	{
		length = strcspn(authority, "]") + 1;
		if (length > strlen(authority) || strchr(":", authority[length]) == NULL)
		{
			*problem = ip_problem;
			return NULL;
		}
	}
	has_port = authority[length] == ':';
	authority[length] = '\0';

	host = read_host(authority, problem);
	*port = 0;
	if (host != NULL && has_port)
	{
		*problem = read_port(authority + length + 1, scheme, port);
		if (*problem != NULL)
			return NULL;
	}
	return host;
}

/* Escapes what must be; NULL where a % begins no escape. */
static char *
escape(const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	char	   *escaped = palloc(3 * strlen(text) + 1);
	char	   *to = escaped;
	bool		in_fragment = false;

	for (const char *c = text; *c; c++)
	{
		if (*c == '%')
		{
			if (!isxdigit((unsigned char) c[1]) || !isxdigit((unsigned char) c[2]))
				return NULL;
			*to++ = '%';
		}
		else if (is_ascii_letter(*c) || is_digit(*c) || strchr(PLAIN_SIGNS, *c) != NULL ||
				 (*c == '#' && !in_fragment))
		{
			*to++ = *c;
			in_fragment |= *c == '#';
		}
		else
		{
			*to++ = '%';
			*to++ = hex[(unsigned char) *c >> 4];
			*to++ = hex[(unsigned char) *c & 0x0F];
		}
	}
	*to = '\0';
	return escaped;
}

#ifdef HAVE_URIPARSER

/* A host that the parser reads before the path, and is cut off again. */
#define STAND_IN "http://h"

/* The string is long enough beforehand (normalising adds nothing), so that no
 * error of ours comes between the parser's malloc and free. */
static char *
normalise(const char *rest)
{
	char	   *url = psprintf(STAND_IN "%s", rest);
	int			size = strlen(url) + 1;
	char	   *made = palloc(size);
	bool		done;
	UriUriA		uri;

	if (uriParseSingleUriA(&uri, url, NULL) != URI_SUCCESS)
		return NULL;
	done = uriNormalizeSyntaxExA(&uri, URI_NORMALIZE_PATH | URI_NORMALIZE_QUERY | URI_NORMALIZE_FRAGMENT) == URI_SUCCESS &&
		uriToStringA(made, &uri, size, NULL) == URI_SUCCESS;
	uriFreeUriMembersA(&uri);
	return done ? made + strlen(STAND_IN) : NULL;
}

#else

static char *
normalise(const char *rest)
{
	return pstrdup(rest);
}

#endif							/* HAVE_URIPARSER */

/* Path, query and fragment in normal form: an empty path is / where something
 * follows, and / is left out where nothing does. */
static char *
read_rest(const char *text, const char **problem)
{
	char	   *rest;

	if (text[0] == '\0')
		return pstrdup("");
	rest = escape(text);
	if (rest == NULL)
	{
		*problem = "it has a % that is not followed by two hexadecimal digits";
		return NULL;
	}
	rest = normalise(rest);
	if (rest == NULL)
	{
		*problem = "its path is not that of a web address";
		return NULL;
	}
	if (strcmp(rest, "/") == 0)
		return pstrdup("");
	return rest[0] == '?' || rest[0] == '#' ? psprintf("/%s", rest) : rest;
}

/* As in [name](https://example.com); brackets around an IP address are none. */
static bool
begins_with_name(const char *text)
{
	size_t		length = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");

	return text[0] == '[' && (text[length] != ']' || text[length + 1] == '(');
}

static const char *
characters_problem(const char *text)
{
	if (strlen(text) > GIVEN_LIMIT)
		return too_long;
	if (has_space(text))
		return "it has a space inside";
	if (strchr(text, '\\') != NULL)
		return "it has a backslash";
	if (strpbrk(text, "<>\"") != NULL)
		return "it has angle brackets or quotation marks; give the address alone";
	if (begins_with_name(text))
		return "it has a name in square brackets; give the address alone";
	return NULL;
}

Understood
website_understand(const char *given, bool ascii_domain)
{
	const char *problem;
	const char *text = contact_text(given, &problem);
	const char *scheme;
	char	   *authority;
	char	   *host;
	char	   *port;
	char	   *rest;
	int			number;

	if (text == NULL || (problem = characters_problem(text)) != NULL ||
		(problem = take_scheme(&text, &scheme)) != NULL)
		return refused(problem);

	authority = pnstrdup(text, strcspn(text, "/?#"));
	text += strlen(authority);
	if (strchr(authority, '@') != NULL)
		return refused(scheme == NULL ? "it looks like an e-mail address" :
					   "it names a user or password; leave the credentials out");
	if (scheme == NULL)
		scheme = "https";
	host = read_authority(authority, scheme, &number, &problem);
	if (host == NULL)
		return refused(problem);
	rest = read_rest(text, &problem);
	if (rest == NULL)
		return refused(problem);

	/* measured in ASCII, so that both forms of a domain are judged alike */
	port = number == 0 ? pstrdup("") : psprintf(":%d", number);
	if (strlen(scheme) + strlen("://") + strlen(host) + strlen(port) + strlen(rest) > URL_LIMIT)
		return refused(too_long);
	return understood(psprintf("%s://%s%s%s", scheme, ascii_domain ? host : domain_to_unicode(host), port, rest));
}

/* domain_to_ascii knows no IP address. */
char *
website_domain(const char *value)
{
	const char *host = strstr(value, "://");
	const char *problem;
	char	   *domain;

	if (host == NULL)
		return NULL;
	host += strlen("://");
	domain = domain_to_ascii(pnstrdup(host, strcspn(host, ":/?#")), &problem);
	if (domain != NULL && strncmp(domain, "www.", 4) == 0 && strchr(domain + 4, '.') != NULL)
		domain += 4;
	return domain;
}
