/*
 * mergepatch.h
 *		JSON Merge Patch, RFC 7396. See mergepatch.c.
 */
#ifndef LEAD_MERGEPATCH_H
#define LEAD_MERGEPATCH_H

#include "utils/jsonb.h"

extern Jsonb *merge_patch(Jsonb *target, Jsonb *patch);

#endif							/* LEAD_MERGEPATCH_H */
