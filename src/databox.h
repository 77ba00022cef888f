/*
 * databox.h
 *		Ids of Czech data boxes.
 */
#ifndef LEAD_DATABOX_H
#define LEAD_DATABOX_H

#include "understood.h"

/* The id in lower case. */
extern Understood databox_understand(const char *given);

#endif							/* LEAD_DATABOX_H */
