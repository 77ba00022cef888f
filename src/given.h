/*
 * given.h
 *		What contact values have in common before any of them is looked into.
 */
#ifndef LEAD_GIVEN_H
#define LEAD_GIVEN_H

#include "mb/pg_wchar.h"

#include "understood.h"

/* The text without the spaces and invisible characters around it, or NULL and
 * the problem where nothing remains or something in it has no place in a contact. */
extern char *contact_text(const char *given, const char **problem);

/* Whether white space of any kind stands in it. */
extern bool has_space(const char *text);

/* The next character, and steps over it; 0, not stepped over, at the end, and
 * LOST_CHARACTER for a byte that is no part of one. */
#define LOST_CHARACTER 0xFFFD
extern pg_wchar read_character(const char **text);

static inline bool
is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if (IS_HIGHBIT_SET(*text))
			return false;
	return true;
}

/* Locales have no say in what a domain or an id is. */
static inline void
lower_ascii(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text += 'a' - 'A';
}

static inline Understood
understood(char *value)
{
	return (Understood) {.value = value};
}

static inline Understood
refused(const char *problem)
{
	return (Understood) {.problem = pstrdup(problem)};
}

#endif							/* LEAD_GIVEN_H */
