/*
 * pass.c
 *		Permission for one change of one lead that no client may make itself.
 *
 * The functions that convert, merge, unmerge and erase give a pass, the guard
 * honours it once: for the next UPDATE of that lead from the one status to the
 * other (a restore may leave it as it is, an erasure does). It is C state because
 * whatever lives in SQL (a setting, a temporary table) could be set by a client.
 * It belongs to the subtransaction in which it was given and is dropped with it,
 * so an error or ROLLBACK TO between the two leaves none.
 *
 * A call for many leads gives thousands before one UPDATE, hence the hash table.
 */
#include "compat.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "pass.h"

typedef struct PassFor
{
	pg_uuid_t	lead_id;
	Status		from;
	Status		to;
} PassFor;

typedef struct Pass
{
	PassFor		change;			/* hash key, must be first */
	PassKind	kind;
	SubTransactionId subxact;
} Pass;

static HTAB *passes = NULL;		/* in TopTransactionContext; NULL: none was given yet */

static void end_of_transaction(XactEvent event, void *arg);
static void end_of_subtransaction(SubXactEvent event, SubTransactionId mine,
								  SubTransactionId parent, void *arg);

void
pass_init(void)
{
	RegisterXactCallback(end_of_transaction, NULL);
	RegisterSubXactCallback(end_of_subtransaction, NULL);
}

/* Keys are compared as bytes, so there must be none between the members. */
static PassFor
change_of(const pg_uuid_t *lead_id, Status from, Status to)
{
	PassFor		change;

	StaticAssertStmt(sizeof(PassFor) == sizeof(pg_uuid_t) + 2 * sizeof(Status), "PassFor has padding");
	change.lead_id = *lead_id;
	change.from = from;
	change.to = to;
	return change;
}

void
pass_give(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to)
{
	PassFor		change = change_of(lead_id, from, to);
	Pass	   *pass;

	if (passes == NULL)
	{
		HASHCTL		control;

		control.keysize = sizeof(PassFor);
		control.entrysize = sizeof(Pass);
		control.hcxt = TopTransactionContext;
		passes = hash_create("lead passes", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	pass = hash_search(passes, &change, HASH_ENTER, NULL);
	pass->kind = kind;
	pass->subxact = GetCurrentSubTransactionId();
}

bool
pass_allows(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to)
{
	PassFor		change;
	Pass	   *pass;

	if (passes == NULL || hash_get_num_entries(passes) == 0)
		return false;
	change = change_of(lead_id, from, to);
	pass = hash_search(passes, &change, HASH_FIND, NULL);
	return pass && pass->kind == kind;
}

/* The change has been made; whatever pass there was for it is worth nothing any more. */
void
pass_use(const pg_uuid_t *lead_id, Status from, Status to)
{
	PassFor		change = change_of(lead_id, from, to);

	if (passes)
		(void) hash_search(passes, &change, HASH_REMOVE, NULL);
}

static void
end_of_transaction(XactEvent event, void *arg)
{
	/* the memory goes with TopTransactionContext */
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		passes = NULL;
}

static void
end_of_subtransaction(SubXactEvent event, SubTransactionId mine,
					  SubTransactionId parent, void *arg)
{
	HASH_SEQ_STATUS scan;
	Pass	   *pass;

	if (passes == NULL || hash_get_num_entries(passes) == 0 ||
		(event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB))
		return;
	hash_seq_init(&scan, passes);
	while ((pass = hash_seq_search(&scan)) != NULL)
	{
		if (pass->subxact != mine)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			pass->subxact = parent;
		else
			(void) hash_search(passes, &pass->change, HASH_REMOVE, NULL);
	}
}
