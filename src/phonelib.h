/*
 * phonelib.h
 *		libphonenumber, fetched when first needed. See phonelib.c.
 */
#ifndef LEAD_PHONELIB_H
#define LEAD_PHONELIB_H

#include "lead_phone.h"

extern PhoneVerdict phonelib_parse(const char *digits, const char *region, bool from_text, char *e164);

#endif							/* LEAD_PHONELIB_H */
