/*
 * pass.h
 *		Permission for one change of one lead that no client may make itself.
 *		See pass.c.
 */
#ifndef LEAD_PASS_H
#define LEAD_PASS_H

#include "status.h"
#include "utils/uuid.h"

typedef enum PassKind
{
	PASS_CONVERSION,			/* into or out of a conversion */
	PASS_MERGE,					/* to REJECTED, since the lead is merged into another */
	PASS_RESTORE,				/* back to what the row was before a merge, unjudged */
	PASS_ERASE					/* in its status: personal data is overwritten, unjudged */
} PassKind;

extern void pass_init(void);
extern void pass_give(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to);
extern bool pass_allows(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to);
extern void pass_use(const pg_uuid_t *lead_id, Status from, Status to);

#endif							/* LEAD_PASS_H */
