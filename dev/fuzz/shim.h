/*
 * shim.h
 *		What a program outside the server adds to shim.c's pretending.
 */
#ifndef LEAD_SHIM_H
#define LEAD_SHIM_H

/* Frees all that was allocated since, as the end of a memory context would. */
extern void shim_reset(void);

#endif							/* LEAD_SHIM_H */
