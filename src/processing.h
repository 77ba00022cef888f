/*
 * processing.h
 *		processing_data of the present transaction. See processing.c.
 */
#ifndef LEAD_PROCESSING_H
#define LEAD_PROCESSING_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

extern void processing_init(void);
extern void processing_keep(const pg_uuid_t *lead_id, Jsonb *data);
extern Jsonb *processing_get(const pg_uuid_t *lead_id);

#endif							/* LEAD_PROCESSING_H */
