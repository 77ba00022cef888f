/*
 * leads.c
 *		Reads a stored lead by id, as the caller: privileges and row security
 *		hold. Locks are NO KEY UPDATE, so that persons may be added meanwhile:
 *		their foreign key takes a weaker lock, and two such sessions that then
 *		asked for FOR UPDATE would wait for each other.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "errors.h"
#include "leads.h"
#include "plans.h"

/* The row as a whole, not its columns, which would lose the place of dropped ones. */
static KeptPlan read_plan = {
	"SELECT l FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, InvalidOid}
};

static KeptPlan lock_plan = {
	"SELECT l FROM lead.lead l WHERE l.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	{UUIDOID, InvalidOid}
};

/* Takes a row value apart, in the current memory context. */
void
stored_lead_from_datum(StoredLead *lead, Datum whole)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(whole);
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	lead->whole = whole;
	lead_row_open(&lead->row, &tuple,
				  lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header)));
}

/* Within SPI_connect; raises P0002 where there is no such lead for the caller. */
void
stored_lead_read(StoredLead *lead, Datum id, bool lock)
{
	bool		isnull;

	if (plan_execute(lock ? &lock_plan : &read_plan, &id, NULL, SPI_OK_SELECT) == 0)
		no_such_lead(DatumGetCString(DirectFunctionCall1(uuid_out, id)));
	stored_lead_from_datum(lead, SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* A copy of the row with another status, as conditions are to see it. */
LeadRow
row_as_it_would_be(const LeadRow *row, Datum status, Datum reason, bool no_reason)
{
	LeadRow		copy = *row;

	copy.values = palloc(row->desc->natts * sizeof(Datum));
	copy.nulls = palloc(row->desc->natts * sizeof(bool));
	memcpy(copy.values, row->values, row->desc->natts * sizeof(Datum));
	memcpy(copy.nulls, row->nulls, row->desc->natts * sizeof(bool));
	lead_row_set(&copy, LEAD_STATUS, status);
	lead_row_set_null(&copy, LEAD_DEFERRED_UNTIL);
	if (no_reason)
		lead_row_set_null(&copy, LEAD_STATUS_REASON);
	else
		lead_row_set(&copy, LEAD_STATUS_REASON, reason);
	return copy;
}
