/*
 * convert_many.h
 *		Converts many leads. See convert_many.c.
 */
#ifndef LEAD_CONVERT_MANY_H
#define LEAD_CONVERT_MANY_H

#include "conversion.h"
#include "outcomes.h"

extern LeadOutcome *convert_leads(const ConversionRequest *common, const Datum *ids, int64 count);

#endif							/* LEAD_CONVERT_MANY_H */
