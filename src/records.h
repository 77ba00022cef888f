/*
 * records.h
 *		The rows of lead.lead_conversion. See records.c.
 */
#ifndef LEAD_RECORDS_H
#define LEAD_RECORDS_H

#include "conversion.h"
#include "leads.h"

/* A row, as far as it matters here. */
typedef struct Recorded
{
	Datum		lead_id;
	int			version;
	Status		kind;
	Status		from;
	Outcome		outcome;
	char	   *external_system;
	char	   *external_id;
	bool		has_until;
	Datum		deferred_until;
	bool		reverted;
} Recorded;

extern void record_read_open(const LeadRow *lead, Recorded *found);
extern bool record_read_reverted(Datum lead_id, bool by_target, Recorded *found);
extern int	records_read(Datum lead_ids, bool as_caller, Recorded **found);
extern Refusal *record_conflict(const Recorded *found, const ConversionRequest *request, const LeadRow *lead);
extern Refusal *record_missing(const LeadRow *lead);
extern void record_write(const ConversionRequest *request, const LeadRow *lead, const Outcome *outcome);
extern void record_close(const LeadRow *lead, const Recorded *found, Datum reason);
extern Datum record_finish(FunctionCallInfo fcinfo, Datum lead_id);

#endif							/* LEAD_RECORDS_H */
