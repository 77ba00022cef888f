/*
 * chars.c
 *		The chars of a lead against the specification of its type: defaults
 *		filled in, required ones there, conditions met, and no unknown names
 *		where the specification is closed.
 *
 * Asked when a lead is created and when an UPDATE changes chars or type, so a
 * specification that changes makes no stored lead unwritable; lead.check_chars
 * lists those that would be refused now. A JSON null is no value: it keeps a
 * default away and does not do where a value is required.
 *
 * Characteristics are kept in the order in which jsonb keeps the members of an
 * object (shorter names first, then by bytes), so that both are gone through
 * side by side: however many there are, each is looked at once.
 *
 * Values are personal data and are never shown. Nor do the names of unknown
 * attributes go to the log, for a client may have put anything there.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "cache.h"
#include "chars.h"
#include "condition.h"
#include "errors.h"
#include "json.h"
#include "registers.h"
#include "rows.h"

LEAD_FUNCTION(lead_chars_problems);

#define PROBLEMS_LISTED 1000	/* in one error; more say nothing new */
#define NAME_SHOWN 200			/* characters; of an unknown attribute it may have more */

typedef struct Spec
{
	pg_uuid_t	id;
	char	   *code;
	bool		closed;
} Spec;

typedef struct Specs
{
	int			count;
	Spec		specs[FLEXIBLE_ARRAY_MEMBER];	/* by id */
} Specs;

typedef struct Characteristic
{
	pg_uuid_t	spec;
	char	   *name;
	int			length;			/* of the name, in bytes */
	bool		required;
	Jsonb	   *default_value;	/* or NULL */
	JsonPath   *condition;		/* or NULL */
	char	   *message;		/* or NULL */
} Characteristic;

typedef struct Characteristics
{
	int			count;
	Characteristic all[FLEXIBLE_ARRAY_MEMBER];	/* by spec, then as jsonb sorts names */
} Characteristics;

/* The characteristics of one specification: until the next look at the cache. */
typedef struct Range
{
	const Characteristic *at;
	const Characteristic *end;
} Range;

/* What is wrong with one attribute. */
typedef struct Problem
{
	char	   *text;
	bool		unknown;		/* the attribute is not the specification's */
} Problem;

static void *build_specs(SPITupleTable *rows, uint64 count);
static void *build_characteristics(SPITupleTable *rows, uint64 count);

static CachedTable specs_cache = {
	"entity_spec",
	"SELECT s.id::pg_catalog.uuid, s.code, s.closed::pg_catalog.bool FROM lead.entity_spec s"
	" WHERE s.id IS NOT NULL AND s.code IS NOT NULL ORDER BY s.id::pg_catalog.uuid",
	build_specs
};

static CachedTable characteristics_cache = {
	"characteristic",
	"SELECT c.entity_spec_id::pg_catalog.uuid, c.name, c.required::pg_catalog.bool,"
	" c.default_value::pg_catalog.jsonb, c.condition::pg_catalog.jsonpath, c.message"
	" FROM lead.characteristic c WHERE c.entity_spec_id IS NOT NULL AND c.name IS NOT NULL"
	" ORDER BY c.entity_spec_id::pg_catalog.uuid, pg_catalog.octet_length(c.name::pg_catalog.text),"
	" c.name::pg_catalog.text COLLATE pg_catalog.\"C\"",
	build_characteristics
};

static void *
build_specs(SPITupleTable *rows, uint64 count)
{
	Specs	   *built = MemoryContextAllocHuge(CurrentMemoryContext,
											   offsetof(Specs, specs) + count * sizeof(Spec));

	built->count = count;
	for (uint64 i = 0; i < count; i++)
	{
		Spec	   *spec = &built->specs[i];
		bool		isnull;
		Datum		value = row_datum(rows, i, 1, &isnull);

		spec->id = *DatumGetUUIDP(value);
		spec->code = row_string(rows, i, 2);
		value = row_datum(rows, i, 3, &isnull);
		spec->closed = !isnull && DatumGetBool(value);
	}
	return built;
}

static void *
build_characteristics(SPITupleTable *rows, uint64 count)
{
	Characteristics *built = MemoryContextAllocHuge(CurrentMemoryContext,
													offsetof(Characteristics, all) +
													count * sizeof(Characteristic));

	built->count = count;
	for (uint64 i = 0; i < count; i++)
	{
		Characteristic *one = &built->all[i];
		bool		isnull;
		Datum		value = row_datum(rows, i, 1, &isnull);

		one->spec = *DatumGetUUIDP(value);
		one->name = row_string(rows, i, 2);
		one->length = strlen(one->name);
		value = row_datum(rows, i, 3, &isnull);
		one->required = !isnull && DatumGetBool(value);
		value = row_datum(rows, i, 4, &isnull);
		one->default_value = isnull ? NULL : DatumGetJsonbPCopy(value);
		if (one->default_value && json_is_null(one->default_value))
			one->default_value = NULL;
		value = row_datum(rows, i, 5, &isnull);
		one->condition = isnull ? NULL : DatumGetJsonPathPCopy(value);
		one->message = row_string(rows, i, 6);
	}
	return built;
}

static int
compare_ids(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

/* The specification of a lead type, NULL where it has none. */
static const Spec *
spec_of(const char *lead_type)
{
	pg_uuid_t	id;
	Specs	   *specs;
	int			low = 0,
				high;

	if (!register_spec(lead_type, &id))
		return NULL;
	specs = cache_get(&specs_cache);
	high = specs->count - 1;
	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = compare_ids(&id, &specs->specs[middle].id);

		if (order == 0)
			return &specs->specs[middle];
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NULL;
}

static Range
characteristics_of(const Spec *spec)
{
	Characteristics *all = cache_get(&characteristics_cache);
	int			low = 0,
				high = all->count;
	Range		range;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_ids(&all->all[middle].spec, &spec->id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	range.at = range.end = &all->all[low];
	while (range.end < &all->all[all->count] && compare_ids(&range.end->spec, &spec->id) == 0)
		range.end++;
	return range;
}

static JsonbValue *
attribute(Jsonb *chars, const Characteristic *one, JsonbValue *buffer)
{
	if (!JB_ROOT_IS_OBJECT(chars))
		return NULL;			/* stored while triggers were off */
	return getKeyJsonValueFromContainer(&chars->root, one->name, one->length, buffer);
}

/* chars with the defaults of whatever it does not name; itself if it names all. */
static Jsonb *
with_defaults(const Spec *spec, Jsonb *chars)
{
	Range		range = characteristics_of(spec);
	JsonbParseState *state = NULL;
	JsonbValue	buffer;
	Jsonb	   *defaults;

	for (; range.at < range.end; range.at++)
	{
		JsonbValue	name;

		if (range.at->default_value == NULL || attribute(chars, range.at, &buffer))
			continue;
		if (state == NULL)
			pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		name.type = jbvString;
		name.val.string.val = range.at->name;
		name.val.string.len = range.at->length;
		pushJsonbValue(&state, WJB_KEY, &name);
		json_as_value(range.at->default_value, &buffer);
		pushJsonbValue(&state, WJB_VALUE, &buffer);
	}
	if (state == NULL)
		return chars;
	defaults = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(chars), JsonbPGetDatum(defaults)));
}

/* A name as JSON writes it: in quotes, on one line whatever is in it. */
static char *
quoted(const char *name, int length)
{
	StringInfoData json;
	int			shown = pg_mbcharcliplen(name, length, NAME_SHOWN);

	initStringInfo(&json);
	escape_json(&json, pnstrdup(name, shown));
	if (shown < length)
		appendStringInfoString(&json, "...");
	return json.data;
}

static List *
add_problem(List *problems, char *text, bool unknown)
{
	Problem    *problem = palloc(sizeof(Problem));

	problem->text = text;
	problem->unknown = unknown;
	return lappend(problems, problem);
}

/* One characteristic; value is NULL where chars does not name it. */
static List *
judge(List *problems, const Characteristic *one, JsonbValue *value)
{
	char	   *name;
	bool		no_value = value == NULL || value->type == jbvNull;

	if (no_value ? !one->required :
		one->condition == NULL || condition_holds(one->condition, JsonbValueToJsonb(value)))
		return problems;
	name = quoted(one->name, one->length);
	return add_problem(problems,
					   no_value ? psprintf("%s is required.", name) :
					   one->message ? psprintf("%s: %s", name, one->message) :
					   psprintf("%s does not meet its condition.", name),
					   false);
}

/* The next member of an object; false after the last. */
static bool
next_attribute(JsonbIterator **iterator, JsonbValue *name, JsonbValue *value)
{
	return JsonbIteratorNext(iterator, name, true) == WJB_KEY &&
		JsonbIteratorNext(iterator, value, true) == WJB_VALUE;
}

/* As jsonb sorts names. */
static int
compare_name(const Characteristic *one, const JsonbValue *name)
{
	if (one->length != name->val.string.len)
		return one->length < name->val.string.len ? -1 : 1;
	return memcmp(one->name, name->val.string.val, one->length);
}

/* All that is wrong with chars, an object; defaults are filled in already. */
static List *
find_problems(const Spec *spec, Jsonb *chars)
{
	Range		range = characteristics_of(spec);
	JsonbIterator *iterator = JsonbIteratorInit(&chars->root);
	JsonbValue	name,
				value;
	bool		known = false;
	bool		more;
	List	   *problems = NIL;

	(void) JsonbIteratorNext(&iterator, &name, true);
	more = next_attribute(&iterator, &name, &value);
	while (range.at < range.end || (more && spec->closed))
	{
		int			order = !more ? -1 : range.at == range.end ? 1 : compare_name(range.at, &name);

		CHECK_FOR_INTERRUPTS();
		if (order <= 0)
		{
			problems = judge(problems, range.at++, order == 0 ? &value : NULL);
			known |= order == 0;
			continue;
		}
		if (spec->closed && !known)
			problems = add_problem(problems,
								   psprintf("%s is not in the specification, which is closed.",
											quoted(name.val.string.val, name.val.string.len)),
								   true);
		more = next_attribute(&iterator, &name, &value);
		known = false;
	}
	return problems;
}

/* One line for each problem; for the log, unknown attributes are only counted. */
static char *
list_problems(List *problems, bool for_log)
{
	StringInfoData list;
	int			listed = 0,
				unknown = 0;
	ListCell   *cell;

	initStringInfo(&list);
	foreach(cell, problems)
	{
		Problem    *problem = (Problem *) lfirst(cell);

		if (for_log && problem->unknown)
			unknown++;
		else if (listed < PROBLEMS_LISTED)
			appendStringInfo(&list, "%s%s", listed++ > 0 ? "\n" : "", problem->text);
	}
	if (unknown > 0)
		appendStringInfo(&list, "%sAttributes that are not in the specification, which is closed: %d.",
						 listed > 0 ? "\n" : "", unknown);
	if (list_length(problems) - unknown > listed)
		appendStringInfo(&list, "\nAnd %d more.", list_length(problems) - unknown - listed);
	return list.data;
}

/* Every failing attribute in one error. */
static void
check(const Spec *spec, const LeadRow *lead)
{
	List	   *problems = find_problems(spec, DatumGetJsonbP(ROW_VALUE(lead, LEAD_CHARS)));

	if (problems == NIL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_LEAD_CHARS),
			 errmsg("chars of lead \"%s\" do not meet specification \"%s\"",
					lead_row_string(lead, LEAD_KEY), spec->code),
			 errdetail("%s", list_problems(problems, false)),
			 errdetail_log("%s", list_problems(problems, true)),
			 errhint("Correct chars, or change lead.characteristic."),
			 errlead("chars", "lead_chars_spec")));
}

/* Fills in defaults; what else is wrong with chars is not said yet. */
void
chars_fill(LeadRow *lead)
{
	const Spec *spec = spec_of(lead_row_string(lead, LEAD_TYPE));

	if (spec)
		lead_row_set(lead, LEAD_CHARS,
					 JsonbPGetDatum(with_defaults(spec, DatumGetJsonbP(ROW_VALUE(lead, LEAD_CHARS)))));
}

void
chars_check_creation(const LeadRow *lead)
{
	const Spec *spec = spec_of(lead_row_string(lead, LEAD_TYPE));

	if (spec)
		check(spec, lead);
}

/* For an UPDATE: fills and judges chars if it changed them or the type. */
void
chars_check_change(const LeadRow *old, LeadRow *new)
{
	if (!lead_row_differs(old, new, LEAD_CHARS) && !registers_type_changed(old, new))
		return;
	chars_fill(new);
	chars_check_creation(new);
}

/*
 * One refusal naming every required characteristic that the lead lacks, or
 * NIL. Asked at conversion, also of leads that are older than the spec.
 */
List *
chars_missing(const LeadRow *lead)
{
	const Spec *spec = spec_of(lead_row_string(lead, LEAD_TYPE));
	Range		range;
	Jsonb	   *chars;
	StringInfoData missing;
	Refusal    *refusal;

	if (spec == NULL)
		return NIL;
	chars = DatumGetJsonbP(ROW_VALUE(lead, LEAD_CHARS));
	initStringInfo(&missing);
	for (range = characteristics_of(spec); range.at < range.end; range.at++)
	{
		JsonbValue	buffer;
		JsonbValue *value = range.at->required ? attribute(chars, range.at, &buffer) : NULL;

		if (!range.at->required || (value && value->type != jbvNull))
			continue;
		appendStringInfo(&missing, "%s%s", missing.len > 0 ? ", " : "",
						 quoted(range.at->name, range.at->length));
	}
	if (missing.len == 0)
		return NIL;

	refusal = palloc0(sizeof(Refusal));
	refusal->sqlstate = ERRCODE_LEAD_CHARS;
	refusal->message = psprintf("lead \"%s\" lacks required characteristics", lead_row_string(lead, LEAD_KEY));
	refusal->brief = psprintf("%s: %s", refusal->message, missing.data);
	refusal->detail = psprintf("Missing in chars: %s.", missing.data);
	refusal->hint = "Add them to chars first, or relax lead.characteristic.";
	refusal->column = "chars";
	refusal->constraint = "lead_chars_required";
	return list_make1(refusal);
}

/* lead.chars_problems(lead_type, chars): see its SQL comment. */
Datum
lead_chars_problems(PG_FUNCTION_ARGS)
{
	char	   *lead_type;
	Datum		chars = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	bool		no_chars = PG_ARGISNULL(1);
	const Spec *spec;
	List	   *problems;
	Datum	   *texts;
	int			count = 0;
	ListCell   *cell;

	require_argument(!PG_ARGISNULL(0), "lead_type", "Pass the code of the lead type.");
	lead_type = text_to_cstring(PG_GETARG_TEXT_PP(0));
	register_require_type(lead_type);
	(void) fill_chars((Place) {"lead", "chars"}, &chars, &no_chars);
	spec = spec_of(lead_type);
	if (spec == NULL)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	problems = find_problems(spec, with_defaults(spec, DatumGetJsonbP(chars)));
	texts = palloc(sizeof(Datum) * Max(list_length(problems), 1));
	foreach(cell, problems)
		texts[count++] = CStringGetTextDatum(((Problem *) lfirst(cell))->text);
	PG_RETURN_ARRAYTYPE_P(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
}
