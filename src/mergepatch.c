/*
 * mergepatch.c
 *		JSON Merge Patch, RFC 7396, of one object by another: a member of the
 *		patch that is null removes, one that is an object is merged into what is
 *		there, all else takes its place.
 *
 * An object that finds nothing there, or no object, is merged into an empty one,
 * so a null in it is dropped too; a null in a list is one of its elements.
 */
#include "compat.h"

#include "miscadmin.h"

#include "mergepatch.h"

static JsonbValue *merge_objects(JsonbParseState **state, JsonbContainer *target, JsonbContainer *patch);

/* NULL where the value is none. */
static JsonbContainer *
object_in(const JsonbValue *value)
{
	if (value && value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
		return value->val.binary.data;
	return NULL;
}

/* The value of a member; false: it has none of that name. */
static bool
find_member(JsonbContainer *object, const JsonbValue *name, JsonbValue *value)
{
	return object && getKeyJsonValueFromContainer(object, name->val.string.val, name->val.string.len, value) != NULL;
}

/* One member of the result; old is NULL where there is none. */
static void
push_member(JsonbParseState **state, JsonbValue *name, const JsonbValue *old, JsonbValue *new)
{
	JsonbContainer *patch = object_in(new);

	if (new->type == jbvNull)
		return;
	pushJsonbValue(state, WJB_KEY, name);
	if (patch)
		(void) merge_objects(state, object_in(old), patch);
	else
		pushJsonbValue(state, WJB_VALUE, new);
}

/* target is NULL for an empty one. The outermost result is returned whole. */
static JsonbValue *
merge_objects(JsonbParseState **state, JsonbContainer *target, JsonbContainer *patch)
{
	JsonbIterator *iterator;
	JsonbValue	name,
				value,
				other;

	check_stack_depth();
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	if (target)
	{
		iterator = JsonbIteratorInit(target);
		(void) JsonbIteratorNext(&iterator, &name, true);
		while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
		{
			(void) JsonbIteratorNext(&iterator, &value, true);
			if (find_member(patch, &name, &other))
				continue;
			pushJsonbValue(state, WJB_KEY, &name);
			pushJsonbValue(state, WJB_VALUE, &value);
		}
	}
	iterator = JsonbIteratorInit(patch);
	(void) JsonbIteratorNext(&iterator, &name, true);
	while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&iterator, &value, true);
		push_member(state, &name, find_member(target, &name, &other) ? &other : NULL, &value);
	}
	return pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* The patch is an object; a target that is none counts as an empty one. */
Jsonb *
merge_patch(Jsonb *target, Jsonb *patch)
{
	JsonbParseState *state = NULL;
	JsonbContainer *object = JB_ROOT_IS_OBJECT(target) ? &target->root : NULL;

	return JsonbValueToJsonb(merge_objects(&state, object, &patch->root));
}
