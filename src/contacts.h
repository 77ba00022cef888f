/*
 * contacts.h
 *		Contact lists: the five jsonb columns of leads, persons and customers.
 *		See contacts.c.
 */
#ifndef LEAD_CONTACTS_H
#define LEAD_CONTACTS_H

#include "utils/jsonb.h"

#include "rows.h"

typedef enum ContactKind
{
	CONTACT_INSTANT,
	CONTACT_PHONE,
	CONTACT_EMAIL,
	CONTACT_WEBSITE,
	CONTACT_DATA_BOX
} ContactKind;

extern void require_list(Place place, Datum value);
extern bool fill_contacts(Place place, Datum *value, bool *isnull);
extern char *contact_normal(Place place, ContactKind kind, int index, const char *given);

#endif							/* LEAD_CONTACTS_H */
