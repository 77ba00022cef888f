/*
 * registers.h
 *		The codes that classify a lead, and what characteristics a lead type
 *		requires. See registers.c.
 */
#ifndef LEAD_REGISTERS_H
#define LEAD_REGISTERS_H

#include "columns.h"

extern void registers_check_creation(const LeadRow *lead);
extern void registers_check_change(const LeadRow *old, const LeadRow *new);
extern bool registers_only_renamed(const LeadRow *old, const LeadRow *new);
extern char *register_mnemonic(const char *lead_type);
extern List *registers_missing_chars(const LeadRow *lead);

#endif							/* LEAD_REGISTERS_H */
