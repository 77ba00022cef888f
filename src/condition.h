/*
 * condition.h
 *		jsonpath predicates of the user's. See condition.c.
 */
#ifndef LEAD_CONDITION_H
#define LEAD_CONDITION_H

#include "utils/jsonb.h"
#include "utils/jsonpath.h"

extern bool condition_is_predicate(JsonPath *path);
extern bool condition_has_variable(JsonPath *path);
extern bool condition_mentions(JsonPath *path, const char *member);
extern bool condition_holds(JsonPath *path, Jsonb *document);

#endif							/* LEAD_CONDITION_H */
