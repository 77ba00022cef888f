/*
 * condition.c
 *		jsonpath predicates of the user's, over the server's own functions.
 */
#include "compat.h"

#include "utils/fmgrprotos.h"

#include "condition.h"

/* Whether the path yields true or false by its form: a comparison, exists() … */
bool
condition_is_predicate(JsonPath *path)
{
	JsonPathItem root;

	jspInit(&root, path);
	switch (root.type)
	{
		case jpiAnd:
		case jpiOr:
		case jpiNot:
		case jpiIsUnknown:
		case jpiEqual:
		case jpiNotEqual:
		case jpiLess:
		case jpiGreater:
		case jpiLessOrEqual:
		case jpiGreaterOrEqual:
		case jpiExists:
		case jpiStartsWith:
		case jpiLikeRegex:
			return !jspHasNext(&root);
		default:
			return false;
	}
}

/*
 * Whether the path uses a variable ($"name"), for which nobody gives a value.
 * Told from its text, in which strings are quoted and escaped.
 */
bool
condition_has_variable(JsonPath *path)
{
	char	   *at = DatumGetCString(DirectFunctionCall1(jsonpath_out, PointerGetDatum(path)));

	while (*at)
	{
		if (at[0] == '$' && at[1] == '"')
			return true;
		if (*at++ != '"')
			continue;
		while (*at && *at != '"')
			at += at[0] == '\\' && at[1] ? 2 : 1;
		if (*at)
			at++;
	}
	return false;
}

/* Whether the path names a member of the document; a guess from its text will do. */
bool
condition_mentions(JsonPath *path, const char *member)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(jsonpath_out, PointerGetDatum(path)));

	return strstr(text, psprintf("\"%s\"", member)) != NULL;
}

/*
 * True only if the predicate yields exactly true: unknown (a comparison of
 * unlike types, say) counts as not met.
 */
bool
condition_holds(JsonPath *path, Jsonb *document)
{
	LOCAL_FCINFO(match, 4);
	JsonbParseState *state = NULL;
	Jsonb	   *no_variables;
	Datum		result;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	no_variables = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));

	InitFunctionCallInfoData(*match, NULL, 4, InvalidOid, NULL, NULL);
	match->args[0].value = JsonbPGetDatum(document);
	match->args[0].isnull = false;
	match->args[1].value = PointerGetDatum(path);
	match->args[1].isnull = false;
	match->args[2].value = JsonbPGetDatum(no_variables);
	match->args[2].isnull = false;
	match->args[3].value = BoolGetDatum(true);	/* silent */
	match->args[3].isnull = false;
	result = jsonb_path_match(match);
	return !match->isnull && DatumGetBool(result);
}
