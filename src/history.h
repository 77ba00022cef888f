/*
 * history.h
 *		The status history. See history.c.
 */
#ifndef LEAD_HISTORY_H
#define LEAD_HISTORY_H

#include "columns.h"
#include "status.h"

extern void history_write(const LeadRow *lead, Status from, const LeadRow *old);

#endif							/* LEAD_HISTORY_H */
