/*
 * past.h
 *		What a lead went through in another system, as a payload tells it. See
 *		past.c.
 */
#ifndef LEAD_PAST_H
#define LEAD_PAST_H

#include "datatype/timestamp.h"
#include "utils/jsonb.h"

#include "status.h"

/* What is given; NULL where the payload has no such member. */
typedef struct GivenPast
{
	Jsonb	   *inserted_at;
	Jsonb	   *history;
	Jsonb	   *conversion;
} GivenPast;

/* A change of status: the first is the creation. Strings may be NULL. */
typedef struct PastChange
{
	Status		to;
	TimestampTz at;
	char	   *reason;
	char	   *by;
} PastChange;

typedef struct PastConversion
{
	int			change;			/* index of the change that is this conversion */
	bool		names_customer;
	Datum		customer_id;
	char	   *customer_ref;
	char	   *external_system;
	char	   *external_id;
} PastConversion;

/* Checked for agreement: changes grow in time and lead to the present status. */
typedef struct Past
{
	int			change_count;	/* at least 1 */
	PastChange *changes;
	int			conversion_count;
	PastConversion *conversions;	/* one for each change to a converted status, in order */
} Past;

extern Past *past_read(const GivenPast *given, const Status *status, const char *status_reason);

#endif							/* LEAD_PAST_H */
