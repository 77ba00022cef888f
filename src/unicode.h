/*
 * unicode.h
 *		Unicode text folded for comparison.
 */
#ifndef LEAD_UNICODE_H
#define LEAD_UNICODE_H

#include "mb/pg_wchar.h"

/* Stands for a byte that is no part of a character. */
#define REPLACEMENT_CHARACTER 0xFFFD

/* The next character, and steps over it; 0, not stepped over, at the end. */
extern pg_wchar next_character(const char **utf8);

static inline bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if (IS_HIGHBIT_SET(*text))
			return false;
	return true;
}

/* A letter, a digit, or a mark that fold_text leaves; of folded text only. */
extern bool is_word_character(pg_wchar c);

/*
 * Decomposed, without accents, in lower case. What is neither a letter nor a
 * digit stays. Folding again changes nothing.
 */
extern char *fold_text(const char *utf8);

/* Folded text with its characters composed again (NFC). */
extern char *compose_text(const char *folded);

#endif							/* LEAD_UNICODE_H */
