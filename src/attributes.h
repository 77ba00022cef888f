/*
 * attributes.h
 *		What a client may write of a lead. See attributes.c.
 */
#ifndef LEAD_ATTRIBUTES_H
#define LEAD_ATTRIBUTES_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

/* In the order in which a hint names them. */
typedef enum Attribute
{
	ATTRIBUTE_ID,
	ATTRIBUTE_KEY,
	ATTRIBUTE_PARTY_NAME,
	ATTRIBUTE_LEAD_TYPE,
	ATTRIBUTE_LEAD_RATING,
	ATTRIBUTE_LEAD_SOURCE,
	ATTRIBUTE_PRIORITY,
	ATTRIBUTE_DESCRIPTION,
	ATTRIBUTE_ASSIGNED_TO,
	ATTRIBUTE_PHONES,
	ATTRIBUTE_EMAILS,
	ATTRIBUTE_WEBSITES,
	ATTRIBUTE_DATA_BOXES,
	ATTRIBUTE_CONTACT_INSTANTS,
	ATTRIBUTE_DATA_TAGS,
	ATTRIBUTE_CHARS,
	ATTRIBUTE_STATUS,
	ATTRIBUTE_STATUS_REASON,
	ATTRIBUTE_DEFERRED_UNTIL,
	ATTRIBUTE_PROCESSING_DATA
} Attribute;

#define ATTRIBUTE_COUNT (ATTRIBUTE_PROCESSING_DATA + 1)

extern int	find_attribute(const char *name);
extern const char *attribute_like(const char *name);
extern const char *attribute_column(Attribute attribute);
extern Oid	attribute_type(Attribute attribute);
extern const char *attribute_cast(Attribute attribute);
extern Datum attribute_value(Attribute attribute, JsonbValue *value);
extern Datum attribute_value_exact(Attribute attribute, JsonbValue *value);

extern char *snake_case(const char *name);
extern const char *shown(const char *string);
extern char *json_string(const JsonbValue *value);
extern bool is_empty(const JsonbValue *value);
extern bool read_uuid(const char *given, pg_uuid_t *uuid);

#endif							/* LEAD_ATTRIBUTES_H */
