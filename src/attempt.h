/*
 * attempt.h
 *		Work that may fail for one row and leave the others alone. See attempt.c.
 */
#ifndef LEAD_ATTEMPT_H
#define LEAD_ATTEMPT_H

#include "errors.h"

typedef void (*AttemptWork) (void *arg);

typedef bool (*UndoableWork) (void *arg);

extern bool attempt(AttemptWork work, void *arg, Refusal *refusal);
extern bool keep_or_undo(UndoableWork work, void *arg);
extern void check_constraints_at_once(void);

#endif							/* LEAD_ATTEMPT_H */
