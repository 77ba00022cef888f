/*
 * databox.c
 *		Harness of src/databox.c.
 */
#include "compat.h"

#include "databox.h"
#include "fuzz.h"

#define ID_LENGTH 7

static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";

/* What the check character is there for. */
static void
require_typos_refused(const char *id)
{
	for (int i = 0; i < ID_LENGTH; i++)
	{
		char	   *typo = pstrdup(id);

		typo[i] = alphabet[(strchr(alphabet, id[i]) - alphabet + 1) % strlen(alphabet)];
		require(databox_understand(typo).value == NULL, "one other character is refused", id, typo);
	}
}

void
try_text(const char *text)
{
	Understood	answer = databox_understand(text);

	require_answer(text, answer, ID_LENGTH);
	if (answer.problem != NULL)
		return;
	require(strlen(answer.value) == ID_LENGTH && answer.value[strspn(answer.value, alphabet)] == '\0',
			"an id is of its alphabet", text, answer.value);
	require(same(databox_understand(answer.value).value, answer.value), "a normal form stays", answer.value,
			databox_understand(answer.value).value);
	require_typos_refused(answer.value);
}
