/*
 * isotime.h
 *		A moment written in ISO 8601, with its offset. See isotime.c.
 */
#ifndef LEAD_ISOTIME_H
#define LEAD_ISOTIME_H

#include "datatype/timestamp.h"

extern bool iso_time(const char *text, TimestampTz *moment);

#endif							/* LEAD_ISOTIME_H */
