/*
 * srf.h
 *		Functions that return a set of rows: where the rows go.
 */
#ifndef LEAD_SRF_H
#define LEAD_SRF_H

#include "funcapi.h"
#include "utils/tuplestore.h"

typedef struct RowSink
{
	Tuplestorestate *store;
	TupleDesc	desc;
} RowSink;

static inline RowSink
srf_begin(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *info;
	RowSink		sink;

	InitMaterializedSRF(fcinfo, 0);
	info = (ReturnSetInfo *) fcinfo->resultinfo;
	sink.store = info->setResult;
	sink.desc = info->setDesc;
	return sink;
}

static inline void
srf_put(RowSink *sink, Datum *values, bool *nulls)
{
	tuplestore_putvalues(sink->store, sink->desc, values, nulls);
}

#endif							/* LEAD_SRF_H */
