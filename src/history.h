/*
 * history.h
 *		The status history. See history.c.
 */
#ifndef LEAD_HISTORY_H
#define LEAD_HISTORY_H

#include "columns.h"
#include "past.h"
#include "status.h"

extern void history_write(const LeadRow *lead, Status from, const LeadRow *old);
extern void history_write_past(Datum lead_id, const Past *past);

#endif							/* LEAD_HISTORY_H */
