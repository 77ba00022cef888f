/*
 * snapshot.h
 *		A lead's row as it was at some time. See snapshot.c.
 */
#ifndef LEAD_SNAPSHOT_H
#define LEAD_SNAPSHOT_H

#include "leads.h"
#include "nodes/bitmapset.h"

extern Datum lead_snapshot(Datum lead_id);
extern int	snapshot_version(Datum snapshot);
extern void snapshot_restore(Datum lead_id, Datum snapshot);
extern void update_columns(const LeadRow *row, const LeadRow *wanted, Bitmapset *places);

#endif							/* LEAD_SNAPSHOT_H */
