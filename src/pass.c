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
 */
#include "compat.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "pass.h"

typedef struct Pass
{
	struct Pass *next;
	SubTransactionId subxact;
	PassKind	kind;
	pg_uuid_t	lead_id;
	Status		from;
	Status		to;
} Pass;

static Pass *passes = NULL;		/* in TopTransactionContext */

static void end_of_transaction(XactEvent event, void *arg);
static void end_of_subtransaction(SubXactEvent event, SubTransactionId mine,
								  SubTransactionId parent, void *arg);
static bool is_for(const Pass *pass, const pg_uuid_t *lead_id, Status from, Status to);

void
pass_init(void)
{
	RegisterXactCallback(end_of_transaction, NULL);
	RegisterSubXactCallback(end_of_subtransaction, NULL);
}

void
pass_give(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to)
{
	Pass	   *pass = MemoryContextAlloc(TopTransactionContext, sizeof(Pass));

	pass->subxact = GetCurrentSubTransactionId();
	pass->kind = kind;
	pass->lead_id = *lead_id;
	pass->from = from;
	pass->to = to;
	pass->next = passes;
	passes = pass;
}

bool
pass_allows(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to)
{
	for (const Pass *pass = passes; pass; pass = pass->next)
		if (pass->kind == kind && is_for(pass, lead_id, from, to))
			return true;
	return false;
}

/* The change has been made; whatever pass there was for it is worth nothing any more. */
void
pass_use(const pg_uuid_t *lead_id, Status from, Status to)
{
	Pass	  **link = &passes;

	while (*link && !is_for(*link, lead_id, from, to))
		link = &(*link)->next;
	if (*link)
	{
		Pass	   *pass = *link;

		*link = pass->next;
		pfree(pass);
	}
}

static bool
is_for(const Pass *pass, const pg_uuid_t *lead_id, Status from, Status to)
{
	return pass->from == from && pass->to == to &&
		memcmp(&pass->lead_id, lead_id, sizeof(pg_uuid_t)) == 0;
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
	Pass	  **link = &passes;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	while (*link)
	{
		Pass	   *pass = *link;

		if (pass->subxact != mine)
			link = &pass->next;
		else if (event == SUBXACT_EVENT_COMMIT_SUB)
		{
			pass->subxact = parent;
			link = &pass->next;
		}
		else
		{
			*link = pass->next;
			pfree(pass);
		}
	}
}
