/*
 * processing.c
 *		processing_data of the present transaction.
 *
 * The seed calls it transient and write-only. It is kept here, by lead, until
 * the transaction ends, for triggers, event bindings and conversion targets;
 * what a subtransaction wrote goes with it when it is rolled back. Limits keep
 * a client from filling the backend's memory.
 */
#include "compat.h"

#include "access/xact.h"
#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "errors.h"
#include "processing.h"

LEAD_FUNCTION(lead_processing_data);

#define LEAD_LIMIT ((Size) 1024 * 1024)
#define ENTRY_COST 256			/* about what an entry takes beside its data */
#define TRANSACTION_LIMIT ((Size) 64 * 1024 * 1024)

/* One write; older writes of the same lead stand behind it. */
typedef struct Written
{
	dlist_node	node;			/* in "written", newest first */
	struct Written *older;
	pg_uuid_t	lead_id;
	SubTransactionId subxact;
	Jsonb	   *data;
} Written;

typedef struct ByLead
{
	pg_uuid_t	lead_id;		/* hash key, must be first */
	Written    *newest;
} ByLead;

static MemoryContext context = NULL;	/* under TopTransactionContext */
static HTAB *by_lead;
static dlist_head written;
static Size total;

static void end_of_transaction(XactEvent event, void *arg);
static void end_of_subtransaction(SubXactEvent event, SubTransactionId mine,
								  SubTransactionId parent, void *arg);

void
processing_init(void)
{
	RegisterXactCallback(end_of_transaction, NULL);
	RegisterSubXactCallback(end_of_subtransaction, NULL);
}

static void
start(void)
{
	HASHCTL		control;
	MemoryContext fresh;

	if (context)
		return;
	fresh = AllocSetContextCreate(TopTransactionContext, "lead processing data",
								  ALLOCSET_DEFAULT_SIZES);
	control.keysize = sizeof(pg_uuid_t);
	control.entrysize = sizeof(ByLead);
	control.hcxt = fresh;
	by_lead = hash_create("lead processing data", 64, &control,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&written);
	total = 0;
	context = fresh;
}

void
processing_keep(const pg_uuid_t *lead_id, Jsonb *data)
{
	Size		size = VARSIZE(data) + ENTRY_COST;
	Written    *entry;
	ByLead	   *lead;
	bool		found;

	start();
	if (VARSIZE(data) > LEAD_LIMIT || total + size > TRANSACTION_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("processing_data is too large"),
				 errdetail("At most 1 MB is taken for a lead and 64 MB for a transaction."),
				 errhint("Pass a reference to the data instead, or use several transactions."),
				 errlead("processing_data", NULL)));

	entry = MemoryContextAlloc(context, sizeof(Written));
	entry->data = MemoryContextAlloc(context, VARSIZE(data));
	memcpy(entry->data, data, VARSIZE(data));
	entry->lead_id = *lead_id;
	entry->subxact = GetCurrentSubTransactionId();
	lead = hash_search(by_lead, lead_id, HASH_ENTER, &found);
	entry->older = found ? lead->newest : NULL;
	lead->newest = entry;
	dlist_push_head(&written, &entry->node);
	total += size;
}

/* What was last written for the lead, or NULL. */
Jsonb *
processing_get(const pg_uuid_t *lead_id)
{
	ByLead	   *lead = context ? hash_search(by_lead, lead_id, HASH_FIND, NULL) : NULL;

	return lead && lead->newest ? lead->newest->data : NULL;
}

Datum
lead_processing_data(PG_FUNCTION_ARGS)
{
	Jsonb	   *data = processing_get(PG_GETARG_UUID_P(0));

	if (data == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(data);
}

static void
end_of_transaction(XactEvent event, void *arg)
{
	/* the memory goes with TopTransactionContext */
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		context = NULL;
}

/*
 * Newest first, so entries of the ending subtransaction (and of those inside
 * it, which have been handed to it) stand at the head.
 */
static void
end_of_subtransaction(SubXactEvent event, SubTransactionId mine,
					  SubTransactionId parent, void *arg)
{
	dlist_mutable_iter iter;

	if (context == NULL ||
		(event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB))
		return;
	dlist_foreach_modify(iter, &written)
	{
		Written    *entry = dlist_container(Written, node, iter.cur);
		ByLead	   *lead;

		if (entry->subxact != mine)
			break;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
		{
			entry->subxact = parent;
			continue;
		}
		lead = hash_search(by_lead, &entry->lead_id, HASH_FIND, NULL);
		lead->newest = entry->older;
		total -= VARSIZE(entry->data) + ENTRY_COST;
		dlist_delete(&entry->node);
		pfree(entry->data);
		pfree(entry);
	}
}
