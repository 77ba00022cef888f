/*
 * email.h
 *		E-mail addresses.
 */
#ifndef LEAD_EMAIL_H
#define LEAD_EMAIL_H

#include "understood.h"

/* The address with its domain folded: in the letters of its language, or in
 * ASCII where the database could not store those. */
extern Understood email_understand(const char *given, bool ascii_domain);

/* What two spellings of one mailbox have in common, for an address in normal
 * form, and its domain in ASCII. NULL where it is no such address. */
extern char *email_key(const char *value, char **domain);

#endif							/* LEAD_EMAIL_H */
