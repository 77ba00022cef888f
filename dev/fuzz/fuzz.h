/*
 * fuzz.h
 *		What every harness shares. A harness is one function that tries a text;
 *		fuzz.c brings it the texts.
 */
#ifndef LEAD_FUZZ_H
#define LEAD_FUZZ_H

#include "understood.h"

/* The harness's own: every property that must hold for this text, by require. */
extern void try_text(const char *text);

/* Ends the program where a property does not hold, and shows the values. */
extern void require(bool holds, const char *property, const char *text, const char *other);

extern bool same(const char *one, const char *other);

/* What holds for every kind: a value or a problem and never both, in UTF-8. */
extern void require_answer(const char *text, Understood answer, size_t limit);

#endif							/* LEAD_FUZZ_H */
