/*
 * names.c
 *		Tests partyname.c, unicode.c and domains.c outside the server; names.sh
 *		builds it. Includes the files whose lists it looks at.
 *
 * Argument: the table of names and their keys.
 */
#include "../../src/partyname.c"
#include "../../src/domains.c"

#include "shim.h"

static int	tests = 0;
static int	failed = 0;

static void
result(bool good, const char *title)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, title);
	failed += !good;
}

static const char *
or_nothing(const char *key)
{
	return key ? key : "";
}

static bool
same_key(const char *name, const char *key)
{
	const char *found = or_nothing(party_name_key(name));

	if (strcmp(found, key) == 0)
		return true;
	printf("# \"%s\" has the key \"%s\", not \"%s\"\n", name, found, key);
	return false;
}

/*
 * A key loses nothing when it is made a key again. That it may begin with what is
 * a legal form there, which the one that it had at its end has kept, is why it
 * gets another one at its end here.
 */
static bool
is_stable(const char *key)
{
	return *key == '\0' || same_key(psprintf("%s inc", key), key);
}

static void
test_table(const char *path)
{
	FILE	   *table = fopen(path, "r");
	char		line[1024];
	int			rows = 0;
	bool		keys = true;
	bool		stable = true;

	if (table == NULL || fgets(line, sizeof(line), table) == NULL)
	{
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	while (fgets(line, sizeof(line), table) != NULL)
	{
		char	   *key = strchr(line, '|');

		*key++ = '\0';
		key[strcspn(key, "\n")] = '\0';
		keys &= same_key(line, key);
		stable &= is_stable(key);
		rows++;
	}
	fclose(table);
	result(rows >= 80, "the table has at least 80 names");
	result(keys, "each name has its key");
	result(stable, "the key of a key is the key");
}

/* One is as another, so a few are enough. */
static bool
is_syllable_or_ideograph(pg_wchar c)
{
	return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) || c >= 0x20000;
}

/* Every character as a word, and within one, with an accent on it. */
static void
test_characters(void)
{
	bool		stable = true;
	int			letters = 0;

	for (pg_wchar c = 0x80; c <= 0x10FFFF; c++)
	{
		char		character[5] = "";
		const char *key;

		if ((c >= 0xD800 && c <= 0xDFFF) || (is_syllable_or_ideograph(c) && c % 31 != 0))
			continue;
		unicode_to_utf8(c, (unsigned char *) character);
		key = party_name_key(psprintf("%s x%s\xCC\x81y", character, character));
		stable &= is_stable(key);
		letters += key[0] != 'x';
		shim_reset();
	}
	result(stable, "so it is for every character");
	result(letters > 30000, "letters of all scripts are part of keys");
}

static void
test_limits(void)
{
	char		name[NAME_LIMIT + 2];
	char	   *key;

	memset(name, 'x', sizeof(name) - 1);
	name[NAME_LIMIT + 1] = '\0';
	result(party_name_key(name) == NULL, "what is longer than a name can be has no key");

	/* cut where a legal form comes to the end by that, and within a character */
	name[NAME_LIMIT] = '\0';
	memcpy(name + NAME_KEY_LIMIT - 4, " ltdx", 5);
	key = party_name_key(name);
	result(strlen(key) == NAME_KEY_LIMIT - 4, "a key that is cut has no legal form at its end");
	result(same_key(key, key), "and is its own key");
	memcpy(name + NAME_KEY_LIMIT - 4, "xxx\xD0\xB6", 5);
	key = party_name_key(name);
	result(strlen(key) == NAME_KEY_LIMIT - 1, "a key is cut between characters");
	result(same_key(key, key), "and is its own key");
}

static void
test_bad_bytes(void)
{
	static const char *const names[] = {"a\xFF" "b", "a\xC3", "a\xE2\x82", "a\xF0\x9F\x98", "\x80", "a\xC0\x80" "b",
	"a\xED\xA0\x80" "b", "a\xF4\x90\x80\x80" "b", "\xFE\xFE"};
	static const char *const keys[] = {"a b", "a", "a", "a", "", "a b", "a b", "a b", ""};
	bool		good = true;

	for (int i = 0; i < lengthof(names); i++)
		good &= same_key(names[i], keys[i]);
	result(good, "bytes that are no character separate words");
}

static void
test_legal_forms(void)
{
	bool		good = true;

	for (int i = 0; i < lengthof(legal_forms); i++)
	{
		const char *text = legal_forms[i].text;

		if (strcmp(compose_text(words_of(fold_text(text))), text) != 0)
		{
			printf("# \"%s\" is not as words_of leaves it\n", text);
			good = false;
		}
		for (int j = 0; j < i; j++)
		{
			if (strcmp(legal_forms[j].text, text) == 0)
			{
				printf("# \"%s\" stands twice\n", text);
				good = false;
			}
		}
	}
	result(good, "legal forms are listed once and as names are compared");
}

static void
test_domains(void)
{
	static const char *const shared[] = {"gmail.com", "seznam.cz", "web.de", "o2.pl", "icloud.com", "yahoo.com",
		"yahoo.co.uk", "yahoo.com.br", "outlook.com", "outlook.cz", "shop.example.wixsite.com", "example.github.io",
	"blogspot.com", "example.blogspot.co.uk", "example.webnode.cz", "www.facebook.com", "t.me", "bit.ly",
	"sites.google.com", "example.business.site", "example.myshopify.com", "www.justdial.com", "yelp.co.uk",
	"europages.cz", "cz.kompass.com"};
	static const char *const own[] = {"example.com", "notgmail.com", "gmail.com.example.com", "gmail", "com", "",
		".", "yahoo", "yahoo.", ".yahoo", "yahoo.example.com", "yahoo.com.example.org", "xyahoo.com", "me.example.com",
	"gmail.comx", "a..b", "github.example.io"};
	bool		sorted = true;
	bool		good = true;

	for (int i = 1; i < lengthof(shared_domains); i++)
	{
		if (strcmp(shared_domains[i - 1], shared_domains[i]) >= 0)
		{
			printf("# \"%s\" does not belong behind \"%s\"\n", shared_domains[i], shared_domains[i - 1]);
			sorted = false;
		}
	}
	result(sorted, "shared domains are in order, each once");
	for (int i = 0; i < lengthof(shared_domains); i++)
	{
		/* "name.*" is tried as name.cz */
		char	   *domain = psprintf("%s ", shared_domains[i]);
		int			ending = strcspn(domain, "* ");

		strcpy(domain + ending, domain[ending] == '*' ? "cz" : "");
		if (!domain_is_shared(domain) || !domain_is_shared(psprintf("a.b.%s", domain)))
		{
			printf("# \"%s\" is not found\n", domain);
			good = false;
		}
	}
	result(good, "each is found, and what lies below it");
	good = true;
	for (int i = 0; i < lengthof(shared); i++)
	{
		if (!domain_is_shared(shared[i]))
		{
			printf("# \"%s\" should be shared\n", shared[i]);
			good = false;
		}
	}
	for (int i = 0; i < lengthof(own); i++)
	{
		if (domain_is_shared(own[i]))
		{
			printf("# \"%s\" should not be shared\n", own[i]);
			good = false;
		}
	}
	result(good, "domains are told apart");
}

int
main(int argc, char **argv)
{
	test_table(argv[1]);
	test_characters();
	test_limits();
	test_bad_bytes();
	test_legal_forms();
	test_domains();
	printf("1..%d\n", tests);
	return failed > 0;
}
