/*
 * idn.h
 *		Domain names, in ASCII and in the letters of their language.
 */
#ifndef LEAD_IDN_H
#define LEAD_IDN_H

/* The domain as the DNS knows it: in ASCII, lower case, checked. NULL and the
 * problem where it is none. The result given again is the result. */
extern char *domain_to_ascii(const char *domain, const char **problem);

/* A domain that domain_to_ascii returned, as people read it; itself where that
 * cannot be. domain_to_ascii leads back from it. */
extern char *domain_to_unicode(const char *ascii);

#endif							/* LEAD_IDN_H */
