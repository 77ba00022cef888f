/*
 * lead_phone.h
 *		The one function of the module lead_phone, between C and C++: what
 *		libphonenumber makes of a number. See lead_phone.cc.
 */
#ifndef LEAD_PHONE_H
#define LEAD_PHONE_H

/* "+", 15 digits and the end. */
#define E164_SIZE 17

typedef enum PhoneVerdict
{
	PHONE_POSSIBLE,				/* e164 is filled; in all other cases it is not */
	PHONE_NO_COUNTRY,			/* no country code, and no region */
	PHONE_UNKNOWN_REGION,		/* no country code, and the library knows no such region */
	PHONE_UNKNOWN_CODE,			/* no such country code */
	PHONE_ZERO_CODE,			/* a 0 where the country code begins */
	PHONE_TOO_SHORT,
	PHONE_TOO_LONG,
	PHONE_WRONG_LENGTH,			/* between the shortest and the longest */
	PHONE_LOCAL_ONLY,			/* lacks the area code */
	PHONE_NO_PREFIX,			/* lacks what is dialled before a number of its country */
	PHONE_NOT_IN_USE,			/* in no block of numbers that its country uses */
	PHONE_AMBIGUOUS,			/* written out in full it is read as another number */
	PHONE_NOT_A_NUMBER,
	PHONE_NO_MEMORY,			/* the library failed, which says nothing of the number */
	PHONE_LIBRARY_FAILED
} PhoneVerdict;

#ifdef __cplusplus
extern "C"
#else
extern
#endif
int	lead_phone_parse(const char *digits, const char *region, int from_text, char *e164);

#endif							/* LEAD_PHONE_H */
