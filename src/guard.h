/*
 * guard.h
 *		What other triggers on lead.lead share with the guard. See guard.c.
 */
#ifndef LEAD_GUARD_H
#define LEAD_GUARD_H

#include "utils/rel.h"

extern void require_lead_table(Relation table);

#endif							/* LEAD_GUARD_H */
