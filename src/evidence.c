/*
 * evidence.c
 *		A lead that was converted, merged or erased is evidence: it is named in
 *		records that are kept, so it is not deleted. The foreign keys would say
 *		so less clearly.
 */
#include "compat.h"

#include "catalog/pg_type.h"

#include "errors.h"
#include "evidence.h"
#include "plans.h"

#define NAMES_LEAD(table, column) \
	{"SELECT FROM lead." table " r WHERE r." column " OPERATOR(pg_catalog.=) $1 LIMIT 1", {UUIDOID, InvalidOid}}

#define OR_ERASE "lead.erase overwrites what must not stay in it."

static struct
{
	const char *table;
	const char *column;
	KeptPlan	plan;
	const char *detail;
	const char *hint;
}			records[] =
{
	{"lead_conversion", "lead_id", NAMES_LEAD("lead_conversion", "lead_id"),
		"It was converted, and lead.lead_conversion keeps the record.",
	"Keep it; " OR_ERASE},
	{"lead_merge", "loser_id", NAMES_LEAD("lead_merge", "loser_id"),
		"It is merged into another lead, and lead.lead_merge keeps the record.",
	"Keep it, or take it out first with lead.unmerge; " OR_ERASE},
	{"lead_merge", "winner_id", NAMES_LEAD("lead_merge", "winner_id"),
		"Another lead is merged into it, and lead.lead_merge keeps the record.",
	"Keep it, or take the other out first with lead.unmerge; " OR_ERASE},
	{"lead_erasure", "lead_id", NAMES_LEAD("lead_erasure", "lead_id"),
		"It was erased, and lead.lead_erasure keeps the certificate.",
	"Keep it: nothing personal is left in it."},
};

/* Whether a row of the table, which its owner may read, names the lead. */
static bool
is_recorded(const LeadRow *lead, KeptPlan *plan, const char *table)
{
	bool		found;

	SPI_connect();
	found = plan_query_as_owner(plan, &ROW_VALUE(lead, LEAD_ID), table) > 0;
	SPI_finish();
	return found;
}

void
evidence_check_deletion(const LeadRow *lead)
{
	for (int i = 0; i < lengthof(records); i++)
		if (is_recorded(lead, &records[i].plan, records[i].table))
			ereport(ERROR,
					(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					 errmsg("lead \"%s\" cannot be deleted", lead_row_string(lead, LEAD_KEY)),
					 errdetail("%s", records[i].detail),
					 errhint("%s", records[i].hint),
					 err_place(records[i].table, records[i].column,
							   psprintf("%s_%s_fkey", records[i].table, records[i].column))));
}
