/*
 * payload.h
 *		A lead that a client sends as JSON. See payload.c.
 */
#ifndef LEAD_PAYLOAD_H
#define LEAD_PAYLOAD_H

#include "attributes.h"
#include "past.h"

typedef enum Given
{
	NOT_GIVEN,
	GIVEN_EMPTY,				/* null, or a blank string */
	GIVEN
} Given;

typedef struct Payload
{
	Given		given[ATTRIBUTE_COUNT];
	Datum		values[ATTRIBUTE_COUNT]; /* where GIVEN, of type attribute_type() */
	bool		chars_by_member;	/* what they leave out stays as it is stored */
	GivenPast	past;
} Payload;

extern void payload_read(Payload *payload, Jsonb *json);
pg_noreturn extern void refuse_twice(const char *column, const char *one, const char *other);
extern void refuse_server_set(const char *name);

static inline bool
payload_has_past(const Payload *payload)
{
	return payload->past.inserted_at || payload->past.history || payload->past.conversion;
}

#endif							/* LEAD_PAYLOAD_H */
