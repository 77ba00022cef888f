/*
 * databox.c
 *		What is the id of a data box of the Czech state (ISDS).
 *
 * Seven characters of an alphabet without those that are taken for others (l,
 * o, 0, 1). The last one is a check by Luhn's rule modulo 32, which tells every
 * single wrong character and nearly every exchange of two neighbours: so a typo
 * does not become somebody else's data box.
 */
#include "compat.h"

#include "databox.h"
#include "given.h"

#define ID_LENGTH 7

static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";

#define BASE ((int) sizeof(alphabet) - 1)

static bool
check_holds(const char *id)
{
	int			sum = 0;
	int			factor = 1;

	for (int i = ID_LENGTH - 1; i >= 0; i--)
	{
		int			addend = factor * (strchr(alphabet, id[i]) - alphabet);

		sum += addend / BASE + addend % BASE;
		factor = 3 - factor;
	}
	return sum % BASE == 0;
}

Understood
databox_understand(const char *given)
{
	const char *problem;
	char	   *id = contact_text(given, &problem);

	if (id == NULL)
		return refused(problem);
	lower_ascii(id);
	if (id[strspn(id, alphabet)] != '\0')
		return refused("it has a character that no data box id has: they are a to z without l and o, and 2 to 9");
	if (strlen(id) != ID_LENGTH)
		return refused("it does not have 7 characters");
	if (!check_holds(id))
		return refused("its last character does not fit the others, so one of them is wrong");
	return understood(id);
}
