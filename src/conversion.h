/*
 * conversion.h
 *		Turns a lead into a customer. See conversion.c.
 */
#ifndef LEAD_CONVERSION_H
#define LEAD_CONVERSION_H

#include "columns.h"
#include "customers.h"
#include "errors.h"
#include "status.h"

/* What the caller asks for; NULL and (Datum) 0 where nothing is named. */
typedef struct ConversionRequest
{
	Datum		lead_id;
	Status		kind;
	bool		names_customer;
	Datum		customer_id;
	char	   *customer_ref;
	char	   *external_system;
	char	   *external_id;
	bool		has_reason;
	Datum		reason;
	bool		has_data;
	Datum		data;			/* processing_data */
	Refusal    *remark;			/* where a warning goes; NULL: to the client */
} ConversionRequest;

extern char *reference_given(char *given, const char *name);
extern char *reference_argument(FunctionCallInfo fcinfo, int number, const char *name);
extern List *conversion_refusals(const ConversionRequest *request, const LeadRow *lead, const char *target);
extern bool convert_one(const ConversionRequest *request, Outcome *outcome);

#endif							/* LEAD_CONVERSION_H */
