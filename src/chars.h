/*
 * chars.h
 *		The chars of a lead against the specification of its type. See chars.c.
 */
#ifndef LEAD_CHARS_H
#define LEAD_CHARS_H

#include "columns.h"

extern void chars_fill(LeadRow *lead);
extern void chars_check_creation(const LeadRow *lead);
extern void chars_check_change(const LeadRow *old, LeadRow *new);
extern List *chars_missing(const LeadRow *lead);

#endif							/* LEAD_CHARS_H */
