/*
 * import.h
 *		One lead of many that come from elsewhere. See import.c.
 */
#ifndef LEAD_IMPORT_H
#define LEAD_IMPORT_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "outcomes.h"
#include "utils/jsonb.h"

/* What to do with a lead whose id or key is there already. */
typedef enum OnDuplicate
{
	DUPLICATE_INSERT,			/* it is refused */
	DUPLICATE_UPDATE,
	DUPLICATE_SKIP
} OnDuplicate;

extern OnDuplicate on_duplicate_argument(FunctionCallInfo fcinfo, int number);
extern int	choice_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *const *choices, int count);
extern bool fill_import_line(TupleDesc desc, const Datum *old_values, const bool *old_nulls, Datum *values, bool *nulls);
extern void require_may_import(void);
extern void plan_anew_as_it_grows(int64 leads);
extern void import_lead(Jsonb *json, const char *writer, OnDuplicate on_duplicate, LeadOutcome *outcome);

#endif							/* LEAD_IMPORT_H */
