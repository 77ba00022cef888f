/*
 * movein.h
 *		Leads that lived in another system until now. See movein.c.
 */
#ifndef LEAD_MOVEIN_H
#define LEAD_MOVEIN_H

#include "columns.h"
#include "past.h"
#include "utils/uuid.h"

/* Inserts the lead with the id that move_in got; its status does not matter. */
typedef void (*InsertLead) (void *arg);

extern void movein_init(void);
extern void require_moved_in_by(const char *writer);
extern void move_in(const pg_uuid_t *lead_id, const GivenPast *given, const Status *status, const char *status_reason,
					InsertLead insert, void *arg);

/* For the guard: what the row being inserted brings along, NULL for any other. */
typedef struct Arrival Arrival;

extern Arrival *arrival_of(const LeadRow *lead);
extern void arrival_fill(const Arrival *arrival, LeadRow *lead);
extern void arrival_record(Arrival *arrival, const LeadRow *lead);

#endif							/* LEAD_MOVEIN_H */
