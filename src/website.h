/*
 * website.h
 *		Addresses of web pages.
 */
#ifndef LEAD_WEBSITE_H
#define LEAD_WEBSITE_H

#include "understood.h"

/* The URL in normal form, its domain in the letters of its language, or in
 * ASCII where the database could not store those. */
extern Understood website_understand(const char *given, bool ascii_domain);

/* The domain of a URL in normal form: in ASCII, without a www. before it. NULL
 * where it has an IP address instead. */
extern char *website_domain(const char *value);

#endif							/* LEAD_WEBSITE_H */
