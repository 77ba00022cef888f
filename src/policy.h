/*
 * policy.h
 *		What happens to a certain duplicate. See policy.c.
 */
#ifndef LEAD_POLICY_H
#define LEAD_POLICY_H

#include "columns.h"

extern void policy_init(void);
extern void policy_check_creation(const LeadRow *lead);
extern void policy_check_conversion(const LeadRow *lead);

#endif							/* LEAD_POLICY_H */
