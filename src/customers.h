/*
 * customers.h
 *		The built-in customer of a converted lead. See customers.c.
 */
#ifndef LEAD_CUSTOMERS_H
#define LEAD_CUSTOMERS_H

#include "utils/date.h"

/* What a conversion led to. */
typedef struct Outcome
{
	bool		has_customer;
	Datum		customer_id;
	bool		made_customer;	/* by a conversion of this lead, not found */
	bool		has_account;
	Datum		account_id;
	char	   *customer_ref;	/* in the user's own tables, or NULL */
	Datum		person_ids;		/* uuid[]: who was pointed to the customer; 0: none */
} Outcome;

/* What a new customer has of the lead l. */
#define NEW_CUSTOMER_COLUMNS \
	"name, description, contact_instants, phones, emails, websites, data_boxes, data_tags, chars"
#define NEW_CUSTOMER_VALUES \
	"l.party_name, l.description, l.contact_instants, l.phones, l.emails, l.websites, l.data_boxes, l.data_tags, l.chars"

extern Outcome customer_create(Datum lead_id, const DateADT *since);
extern Outcome customer_attach(Datum lead_id, Datum customer_id, const Datum *account_id, const DateADT *since);
extern void customer_detach(Datum customer_id, Datum person_ids);

#endif							/* LEAD_CUSTOMERS_H */
