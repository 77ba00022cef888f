/*
 * isotime.h
 *		Moments and days written in ISO 8601. See isotime.c.
 */
#ifndef LEAD_ISOTIME_H
#define LEAD_ISOTIME_H

#include "utils/date.h"

extern bool iso_time(const char *text, TimestampTz *moment);
extern char *iso_time_text(TimestampTz moment);
extern char *iso_date_text(DateADT date);

#endif							/* LEAD_ISOTIME_H */
