/*
 * given.h
 *		What contact values have in common before any of them is looked into.
 */
#ifndef LEAD_GIVEN_H
#define LEAD_GIVEN_H

#include "understood.h"
#include "unicode.h"

/* The text without the spaces and invisible characters around it, or NULL and
 * the problem where nothing remains or something in it has no place in a contact. */
extern char *contact_text(const char *given, const char **problem);

/* Whether white space of any kind stands in it. */
extern bool has_space(const char *text);

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
