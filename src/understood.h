/*
 * understood.h
 *		What became of a contact value that somebody wrote: its normal form, or
 *		why it is refused. One function for each kind of contact.
 *
 * These modules (phone.c, email.c, website.c, databox.c, and given.c, idn.c,
 * unicode.c, partyname.c, domains.c that they and the match keys share) know strings in UTF-8 and nothing of rows,
 * lists or errors, so that they can be fuzzed and tested outside the server
 * (dev/fuzz). contacts.c calls them and raises what they refuse.
 */
#ifndef LEAD_UNDERSTOOD_H
#define LEAD_UNDERSTOOD_H

/* Strings are allocated in the current memory context. */
typedef struct Understood
{
	char	   *value;			/* normal form, or NULL where it is refused */
	char	   *extension;		/* phones: what is dialled after the number, or NULL */
	char	   *problem;		/* where refused: why, as a sentence without the value */
} Understood;

#endif							/* LEAD_UNDERSTOOD_H */
