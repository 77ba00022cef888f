/*
 * pass.h
 *		Permission for one change of one lead that no client may make itself:
 *		a move into or out of a conversion, an erasure. See pass.c.
 */
#ifndef LEAD_PASS_H
#define LEAD_PASS_H

#include "status.h"
#include "utils/uuid.h"

typedef enum PassKind
{
	PASS_CONVERSION,			/* the move, there or back */
	PASS_ERASE					/* no move: personal data is overwritten */
} PassKind;

extern void pass_init(void);
extern void pass_give(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to);
extern bool pass_allows(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to);
extern bool pass_use(PassKind kind, const pg_uuid_t *lead_id, Status from, Status to);

#endif							/* LEAD_PASS_H */
