/*
 * errors.c
 *		How errors of ours are put together; see errors.h for the codes.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"

#include "errors.h"
#include "text.h"

LEAD_FUNCTION(lead_check_argument);

int
err_place(const char *table, const char *column, const char *constraint)
{
	errhidecontext(true);		/* from the log: for COPY it quotes the line, names and all */
	err_generic_string(PG_DIAG_SCHEMA_NAME, "lead");
	if (table)
		err_generic_string(PG_DIAG_TABLE_NAME, table);
	if (column)
		err_generic_string(PG_DIAG_COLUMN_NAME, column);
	if (constraint)
		err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint);
	return 0;
}

/* All of a list, which is not empty, as one. */
Refusal
refusals_joined(List *refusals)
{
	Refusal    *first = (Refusal *) linitial(refusals);
	Refusal		joined = *first;
	StringInfoData detail;
	ListCell   *cell;

	initStringInfo(&detail);
	appendStringInfoString(&detail, first->detail);
	for_each_from(cell, refusals, 1)
	{
		Refusal    *other = (Refusal *) lfirst(cell);

		appendStringInfo(&detail, "\nAlso: %s (%s). %s",
						 other->message, unpack_sql_state(other->sqlstate), other->detail);
	}
	joined.detail = detail.data;
	return joined;
}

static char *
copy_or_null(const char *string)
{
	return string ? pstrdup(string) : NULL;
}

/* What of it is told to a client, in the current memory context. */
Refusal
refusal_copy(const Refusal *refusal)
{
	Refusal		copy = {refusal->sqlstate, copy_or_null(refusal->message),
	copy_or_null(refusal->detail), copy_or_null(refusal->hint)};

	return copy;
}

void
refusals_raise(List *refusals)
{
	Refusal		joined;

	if (refusals == NIL)
		return;
	joined = refusals_joined(refusals);
	ereport(ERROR,
			(errcode(joined.sqlstate),
			 errmsg("%s", joined.message),
			 errdetail("%s", joined.detail),
			 errhint("%s", joined.hint),
			 err_place(joined.table ? joined.table : "lead", joined.column, joined.constraint)));
}

/* A function of ours was called without an argument that it needs. */
void
require_argument(bool given, const char *name, const char *hint)
{
	if (given)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument %s must be given", name),
			 errdetail("It is NULL or blank."),
			 errhint("%s", hint)));
}

/* A row of ours that must be written was not: nothing may stay half done. */
void
require_written(int count, const char *table)
{
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the %s was not written", table),
				 errdetail("A trigger or a row security policy suppressed the row."),
				 errhint("Look at the triggers and policies of lead.%s.", table),
				 err_place(table, NULL, NULL)));
}

/* A trigger function was called in another way than its trigger is meant to. */
void
refuse_trigger_call(const char *function, const char *usage)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("function lead.%s must be called as a trigger %s", function, usage)));
}

Refusal
no_such_lead_refusal(const char *id)
{
	Refusal		refusal = {ERRCODE_NO_DATA_FOUND};

	refusal.message = psprintf("lead %s does not exist", id);
	refusal.detail = "No row of lead.lead with this id is there, or none that you may see.";
	refusal.hint = "Look the id up by key: SELECT id FROM lead.lead WHERE key = '...';";
	refusal.column = "id";
	return refusal;
}

void
no_such_lead(const char *id)
{
	Refusal		refusal = no_such_lead_refusal(id);

	refusals_raise(list_make1(&refusal));
	pg_unreachable();
}

/* lead.check_argument(name, value, choices): see its SQL comment. */
Datum
lead_check_argument(PG_FUNCTION_ARGS)
{
	char	   *name = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *value = PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1));
	StringInfoData known;
	Datum	   *choices;
	bool	   *nulls;
	int			count;

	require_argument(!blank_string(value), name, "Name it in the call.");
	if (pg_mbstrlen(value) > 200)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument %s is too long", name),
				 errdetail("It has %d characters.", pg_mbstrlen(value)),
				 errhint("At most 200 are taken.")));
	if (PG_ARGISNULL(2))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));

	initStringInfo(&known);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT,
					  &choices, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *choice = nulls[i] ? "" : TextDatumGetCString(choices[i]);

		if (strcmp(choice, value) == 0)
			PG_RETURN_DATUM(PG_GETARG_DATUM(1));
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", choice);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument %s cannot be \"%s\"", name, value),
			 errdetail("Known values: %s.", known.data),
			 errhint("Give one of them, or leave the argument out.")));
}
