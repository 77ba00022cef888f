/*
 * merges.h
 *		Leads that are merged into others. See merges.c.
 */
#ifndef LEAD_MERGES_H
#define LEAD_MERGES_H

#include "columns.h"
#include "errors.h"
#include "plans.h"

extern Refusal *merged_refusal(const LeadRow *lead);
extern int	merges_query(KeptPlan *plan, Datum *values);
extern int	merges_write(KeptPlan *plan, Datum *values, const bool *nulls, int expected);
extern void point_persons(Datum person_ids, Datum from, Datum to);

#endif							/* LEAD_MERGES_H */
