/*
 * pass.h
 *		Permission for one move of one lead that no client may make itself:
 *		into or out of a conversion. See pass.c.
 */
#ifndef LEAD_PASS_H
#define LEAD_PASS_H

#include "status.h"
#include "utils/uuid.h"

extern void pass_init(void);
extern void pass_give(const pg_uuid_t *lead_id, Status from, Status to);
extern bool pass_allows(const pg_uuid_t *lead_id, Status from, Status to);
extern void pass_use(const pg_uuid_t *lead_id, Status from, Status to);

#endif							/* LEAD_PASS_H */
