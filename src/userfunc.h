/*
 * userfunc.h
 *		Functions of the user's, named in our tables. See userfunc.c.
 */
#ifndef LEAD_USERFUNC_H
#define LEAD_USERFUNC_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

extern List *target_refusals(const char *function);
extern bool call_target(const char *function, Datum lead, const char *customer_ref,
						Datum processing_data, bool no_data, char **result);
extern void call_binding(const char *function, const char *event, HeapTuple old, HeapTuple new,
						 TupleDesc desc);

#endif							/* LEAD_USERFUNC_H */
