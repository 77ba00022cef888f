/*
 * targets.h
 *		Which function of the user's makes the customer. See targets.c.
 */
#ifndef LEAD_TARGETS_H
#define LEAD_TARGETS_H

extern char *target_for(const char *lead_type);

#endif							/* LEAD_TARGETS_H */
