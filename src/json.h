/*
 * json.h
 *		Rows as JSON with the tSM names, and small tools for JSON. See json.c.
 */
#ifndef LEAD_JSON_H
#define LEAD_JSON_H

#include "access/tupdesc.h"
#include "utils/jsonb.h"

extern void json_as_value(Jsonb *jsonb, JsonbValue *value);
extern bool json_is_null(Jsonb *jsonb);
extern uint32 json_root_kind(Datum jsonb);
extern Jsonb *row_as_json(TupleDesc desc, const Datum *values, const bool *nulls);
extern const char *json_lead_name(const char *column);
extern void json_push_string(JsonbParseState **state, JsonbIteratorToken token, const char *string);

#endif							/* LEAD_JSON_H */
