/*
 * plans.h
 *		Statements that are prepared once and kept. See plans.c.
 */
#ifndef LEAD_PLANS_H
#define LEAD_PLANS_H

#include "executor/spi.h"

#define PLAN_MAX_ARGUMENTS 20

/*
 * A statement. text and types are filled by its owner; the type InvalidOid
 * ends the list, LEAD_STATUS_ARGUMENT stands for lead.lead_status, and
 * LEAD_STATUSES_ARGUMENT for an array of it.
 */
typedef struct KeptPlan
{
	const char *text;
	Oid			types[PLAN_MAX_ARGUMENTS + 1];
	bool		by_index;		/* read by an index, however small the table was when it was planned */

	SPIPlanPtr	plan;
	Oid			status_type;	/* with which it was prepared */
} KeptPlan;

#define LEAD_STATUS_ARGUMENT ((Oid) 1)
#define LEAD_STATUSES_ARGUMENT ((Oid) 2)

extern Datum nullable_text(const char *text, bool *isnull);
extern int	plan_execute(KeptPlan *plan, Datum *values, const bool *nulls, int expected);
extern int	plan_execute_as_owner(KeptPlan *plan, Datum *values, const bool *nulls, int expected, const char *table);
extern int	plan_query_as_owner(KeptPlan *plan, Datum *values, const char *table);
extern Portal plan_open_cursor(KeptPlan *plan, Datum *values);

#endif							/* LEAD_PLANS_H */
