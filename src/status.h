/*
 * status.h
 *		The nine statuses as C knows them. See status.c.
 */
#ifndef LEAD_STATUS_H
#define LEAD_STATUS_H

/* In the order of the enum lead.lead_status. */
typedef enum Status
{
	STATUS_NEW,
	STATUS_IN_PROGRESS,
	STATUS_CONVERTED,
	STATUS_CONVERTED_EXTERNAL,
	STATUS_REJECTED,
	STATUS_LATER,
	STATUS_UNSUCCESSFUL,
	STATUS_WORKING,
	STATUS_NON_WORKING
} Status;

#define STATUS_COUNT 9
#define STATUS_CREATION STATUS_COUNT	/* as a "from": there was no lead yet */

#define STATUS_IS_CONVERTED(status) \
	((status) == STATUS_CONVERTED || (status) == STATUS_CONVERTED_EXTERNAL)

/* Open and paused, for queries: who is at work or will be. */
#define OPEN_STATUSES "(ARRAY['NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING', 'LATER']::lead.lead_status[])"

/* The same in the order in which people think of them. */
extern const Status statuses_in_order[STATUS_COUNT];

extern void status_init(void);
extern Oid	status_type(void);
extern bool status_is_known(Datum value);
extern Status status_of(Datum value);
extern Datum status_datum(Status status);
extern const char *status_name(Status status);

#endif							/* LEAD_STATUS_H */
