/*
 * text.h
 *		When a text counts as blank: nothing but white space.
 */
#ifndef LEAD_TEXT_H
#define LEAD_TEXT_H

#define WHITE_SPACE " \t\r\n\f\v"

static inline bool
blank_string(const char *string)
{
	return string[strspn(string, WHITE_SPACE)] == '\0';
}

#endif							/* LEAD_TEXT_H */
