/*
 * leads.h
 *		A stored lead, by id. See leads.c.
 */
#ifndef LEAD_LEADS_H
#define LEAD_LEADS_H

#include "fmgr.h"

#include "columns.h"
#include "pass.h"
#include "plans.h"

typedef struct StoredLead
{
	Datum		whole;			/* the row as a value of type lead.lead */
	LeadRow		row;
} StoredLead;

extern char *given_text(FunctionCallInfo fcinfo, int number);
extern LeadRow lead_argument(Datum whole);
extern LeadRow stored_row_of(Datum whole);
extern void stored_lead_read(StoredLead *lead, Datum id, bool lock);
extern bool stored_lead_lock_named(StoredLead *lead, const char *id_or_key);
extern void stored_leads_lock(Datum *ids, int count);
extern void stored_leads_lock_known(Datum ids);
extern int	stored_leads_read(Datum ids, StoredLead **leads);
extern bool same_uuid(Datum a, Datum b);
extern void require_row_type(FunctionCallInfo fcinfo, const char *table);
extern Datum finish_with_row(FunctionCallInfo fcinfo, KeptPlan *plan, Datum lead_id);
extern Datum finish_with_lead(FunctionCallInfo fcinfo, Datum lead_id);
extern void require_updated(int count, const LeadRow *row);
extern void move_with_pass(PassKind kind, const LeadRow *row, Status to, const Datum *reason, const Datum *until);
extern void require_pass_used(PassKind kind, const LeadRow *row, Status from, Status to);
extern LeadRow row_as_it_would_be(const LeadRow *row, Datum status, Datum reason, bool no_reason);

#endif							/* LEAD_LEADS_H */
