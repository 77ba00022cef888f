/*
 * domains.h
 *		Domains that say nothing of who uses them.
 */
#ifndef LEAD_DOMAINS_H
#define LEAD_DOMAINS_H

/*
 * Whether many parties share a domain: it, or one that it is part of, is on the
 * list. The domain is in ASCII and lower case.
 */
extern bool domain_is_shared(const char *ascii_domain);

#endif							/* LEAD_DOMAINS_H */
