/*
 * document.h
 *		A lead as an application writes it. See document.c.
 */
#ifndef LEAD_DOCUMENT_H
#define LEAD_DOCUMENT_H

#include "payload.h"
#include "utils/numeric.h"

typedef struct Document
{
	Payload		payload;		/* GIVEN_EMPTY: null */
	Numeric		version;		/* of the lead when it was read; NULL: not given */
} Document;

extern void document_read(Document *document, Jsonb *json);

#endif							/* LEAD_DOCUMENT_H */
