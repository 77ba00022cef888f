/*
 * registers.h
 *		The codes that classify a lead. See registers.c.
 */
#ifndef LEAD_REGISTERS_H
#define LEAD_REGISTERS_H

#include "utils/uuid.h"

#include "columns.h"

extern void registers_check_creation(const LeadRow *lead);
extern void registers_check_arrival(const LeadRow *lead);
extern void registers_check_change(const LeadRow *old, const LeadRow *new);
extern bool registers_type_changed(const LeadRow *old, const LeadRow *new);
extern bool registers_only_renamed(const LeadRow *old, const LeadRow *new);
extern char *register_mnemonic(const char *lead_type);
extern bool register_spec(const char *lead_type, pg_uuid_t *spec);
extern void register_require_type(const char *lead_type);
extern void register_require_source(const char *lead_source);

#endif							/* LEAD_REGISTERS_H */
