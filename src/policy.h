/*
 * policy.h
 *		What happens to a certain duplicate. See policy.c.
 */
#ifndef LEAD_POLICY_H
#define LEAD_POLICY_H

#include "columns.h"
#include "errors.h"

typedef enum Verdict
{
	VERDICT_FINE,
	VERDICT_WARNED,
	VERDICT_REFUSED
} Verdict;

extern void policy_init(void);
extern void policy_check_creation(const LeadRow *lead);
extern Verdict policy_judge_conversion(const LeadRow *lead, bool lock, Refusal *remark);
extern Verdict policy_judge_collision(const LeadRow *lead, Refusal *remark);
extern bool policy_locks_conversions(void);
extern void policy_lock_conversions(uint64 *numbers, int count);
extern uint64 *policy_key_numbers(const LeadRow *lead, int *count);
extern void policy_check_conversion(const LeadRow *lead, Refusal *remark);

#endif							/* LEAD_POLICY_H */
