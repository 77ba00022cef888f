/*
 * store.h
 *		Writes attributes into lead.lead. See store.c.
 */
#ifndef LEAD_STORE_H
#define LEAD_STORE_H

#include "payload.h"
#include "utils/uuid.h"

typedef enum Found
{
	FOUND_NONE,
	FOUND_BY_ID,
	FOUND_BY_KEY
} Found;

/* What an UPDATE is to say. */
typedef struct Change
{
	bool		named[ATTRIBUTE_COUNT];
	Datum		values[ATTRIBUTE_COUNT];	/* where named, of type attribute_type() */
	bool		nulls[ATTRIBUTE_COUNT];
} Change;

extern Found store_find(const Payload *payload, bool hold, pg_uuid_t *id);
extern bool store_key_is_others(const Payload *payload, const pg_uuid_t *id);
extern void store_insert(const Payload *payload, const pg_uuid_t *id);
extern void store_update(const Payload *payload, const pg_uuid_t *id, Found found);
extern void store_change(const Change *change, const pg_uuid_t *id);
extern bool store_status(const pg_uuid_t *id, Datum *status);

#endif							/* LEAD_STORE_H */
