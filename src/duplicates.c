/*
 * duplicates.c
 *		Finds the open leads and the customers that may be the same party as a
 *		lead, or as what somebody is about to type in. Reads as the caller:
 *		privileges and row security hold, so nobody is shown what he may not see.
 *
 * Who shares a key is found by one probe of the GIN index on match_keys for
 * leads and one for customers, by a kept plan. Names that are only similar are
 * looked for where extension pg_trgm is present, and only then; with an index
 * on lead.name_key(...) that is a probe too.
 *
 * Leads that are decided are not candidates: a converted one is there as its
 * customer, a lost or merged one is nobody's work any more.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/uuid.h"

#include "contacts.h"
#include "errors.h"
#include "json.h"
#include "matchkeys.h"
#include "plans.h"
#include "srf.h"
#include "status.h"

LEAD_FUNCTION(lead_find_duplicates);
LEAD_FUNCTION(lead_find_matches);

#define SIMILAR_FROM_TEXT "0.6"	/* similarity() of pg_trgm from which names count */
#define SIMILAR_WEIGHT 0.4		/* what names that are all but equal say: less than equal ones */
#define SIMILAR_NAME "similar name"

/* open and paused; not the lead asked about, nor the customer it became */
#define OPEN_LEAD \
	"l.status OPERATOR(pg_catalog.=) ANY " OPEN_STATUSES \
	" AND ($2 IS NULL OR l.id OPERATOR(pg_catalog.<>) $2)"
#define OTHER_CUSTOMER \
	"NOT EXISTS (SELECT FROM lead.lead_conversion v WHERE v.lead_id OPERATOR(pg_catalog.=) $2" \
	" AND v.customer_id OPERATOR(pg_catalog.=) c.id AND v.reverted_at IS NULL)"

static KeptPlan keys_plan = {
	"SELECT l.match_keys::pg_catalog.text[], l.party_name::pg_catalog.text FROM lead.lead l"
	" WHERE l.id OPERATOR(pg_catalog.=) $1",
	{UUIDOID, InvalidOid}
};

/* the index on keys alone: before the first ANALYZE the server would take the one on status as well */
static KeptPlan sharing_plan = {
	"WITH l AS MATERIALIZED (SELECT o.id::pg_catalog.uuid AS id, o.match_keys::pg_catalog.text[] AS keys, o.status FROM lead.lead o"
	" WHERE o.match_keys OPERATOR(pg_catalog.&&) $1)"
	" SELECT l.id, false, l.keys, 0::pg_catalog.float8 FROM l WHERE " OPEN_LEAD
	" UNION ALL"
	" SELECT c.id::pg_catalog.uuid, true, c.match_keys::pg_catalog.text[], 0::pg_catalog.float8 FROM lead.customer c"
	" WHERE c.match_keys OPERATOR(pg_catalog.&&) $1 AND " OTHER_CUSTOMER,
	{TEXTARRAYOID, UUIDOID, InvalidOid}
};

/* %1$s is the schema of pg_trgm */
#define SIMILAR_QUERY \
	"SELECT l.id::pg_catalog.uuid, false, l.match_keys::pg_catalog.text[]," \
	" %1$s.similarity(lead.name_key(l.party_name), $1)::pg_catalog.float8 FROM lead.lead l" \
	" WHERE lead.name_key(l.party_name) OPERATOR(%1$s.%%) $1 AND " OPEN_LEAD \
	" UNION ALL" \
	" SELECT c.id::pg_catalog.uuid, true, c.match_keys::pg_catalog.text[]," \
	" %1$s.similarity(lead.name_key(c.name), $1)::pg_catalog.float8 FROM lead.customer c" \
	" WHERE lead.name_key(c.name) OPERATOR(%1$s.%%) $1 AND " OTHER_CUSTOMER

/* Who is looked for. */
typedef struct Wanted
{
	ArrayType  *keys;			/* in byte order */
	char	   *name_key;		/* or NULL */
	Datum		lead_id;		/* 0: not stored yet */
} Wanted;

typedef struct Match
{
	pg_uuid_t	id;
	bool		is_customer;
	int			kinds;
	double		similarity;		/* of the names, 0: not asked, or equal */
	double		score;
} Match;

typedef struct Matches
{
	Match	   *list;
	int			count;
} Matches;

/* Takes the rows of the last result in; rows without an id are not there. */
static void
collect(Matches *matches, const Wanted *wanted)
{
	SPITupleTable *rows = SPI_tuptable;

	matches->list = repalloc_huge(matches->list, (matches->count + SPI_processed + 1) * sizeof(Match));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Match	   *match = &matches->list[matches->count];
		bool		no_id,
					no_keys,
					isnull;
		Datum		id = SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &no_id);
		Datum		keys = SPI_getbinval(rows->vals[i], rows->tupdesc, 3, &no_keys);

		if (no_id)
			continue;
		match->id = *DatumGetUUIDP(id);
		match->is_customer = DatumGetBool(SPI_getbinval(rows->vals[i], rows->tupdesc, 2, &isnull));
		match->kinds = no_keys ? 0 : match_kinds_shared(wanted->keys, DatumGetArrayTypeP(keys));
		match->similarity = DatumGetFloat8(SPI_getbinval(rows->vals[i], rows->tupdesc, 4, &isnull));
		if (isnull || (match->kinds & MATCH_BIT(MATCH_NAME)))
			match->similarity = 0;
		match->score = 1 - (1 - match_score(match->kinds)) * (1 - SIMILAR_WEIGHT * match->similarity);
		if (match->score > 0)
			matches->count++;
	}
}

/* Schema of pg_trgm, quoted; NULL where the extension is not there, or not for the caller. */
static char *
trgm_schema(void)
{
	static KeptPlan plan = {
		"SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_extension e"
		" JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace"
		" WHERE e.extname OPERATOR(pg_catalog.=) 'pg_trgm'::pg_catalog.name"
		" AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'::pg_catalog.text)",
		{InvalidOid}
	};

	if (!OidIsValid(get_extension_oid("pg_trgm", true)) ||
		plan_execute(&plan, NULL, NULL, SPI_OK_SELECT) == 0)
		return NULL;
	return unconstify(char *, quote_identifier(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)));
}

static void
collect_similar(Matches *matches, const Wanted *wanted)
{
	char	   *schema = wanted->name_key ? trgm_schema() : NULL;
	Oid			types[2] = {TEXTOID, UUIDOID};
	Datum		values[2];
	char		nulls[2] = {' ', wanted->lead_id ? ' ' : 'n'};
	int			settings;

	if (schema == NULL)
		return;
	/* operator % takes its threshold from here, whatever the session has set */
	settings = NewGUCNestLevel();
	(void) set_config_option("pg_trgm.similarity_threshold", SIMILAR_FROM_TEXT, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	values[0] = CStringGetTextDatum(wanted->name_key);
	values[1] = wanted->lead_id;
	if (SPI_execute_with_args(psprintf(SIMILAR_QUERY, schema), 2, types, values, nulls, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for similar names");
	AtEOXact_GUC(true, settings);
	collect(matches, wanted);
}

static int
by_id(const void *a, const void *b)
{
	const Match *ours = a;
	const Match *theirs = b;
	int			order = memcmp(&ours->id, &theirs->id, sizeof(pg_uuid_t));

	if (order == 0)
		order = ours->is_customer - theirs->is_customer;
	/* the one that knows more first */
	return order != 0 ? order : ours->score < theirs->score ? 1 : ours->score > theirs->score ? -1 : 0;
}

static int
by_score(const void *a, const void *b)
{
	const Match *ours = a;
	const Match *theirs = b;

	if (ours->score != theirs->score)
		return ours->score < theirs->score ? 1 : -1;
	return by_id(a, b);
}

/* Who was found by a key and by a similar name counts once. */
static void
drop_repeats(Matches *matches)
{
	int			kept = 0;

	qsort(matches->list, matches->count, sizeof(Match), by_id);
	for (int i = 0; i < matches->count; i++)
		if (kept == 0 || memcmp(&matches->list[kept - 1].id, &matches->list[i].id, sizeof(pg_uuid_t)) != 0 ||
			matches->list[kept - 1].is_customer != matches->list[i].is_customer)
			matches->list[kept++] = matches->list[i];
	matches->count = kept;
}

static Datum
reasons_of(const Match *match)
{
	Datum		reasons = match_kinds_array(match->kinds);
	int			count = ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(reasons)), ARR_DIMS(DatumGetArrayTypeP(reasons)));

	if (match->similarity == 0)
		return reasons;
	return array_set_element(reasons, 1, &(int) {count + 1}, CStringGetTextDatum(SIMILAR_NAME),
							 false, -1, -1, false, TYPALIGN_INT);
}

static void
put(RowSink *sink, const Match *match)
{
	Datum		values[4];
	bool		nulls[4] = {match->is_customer, !match->is_customer, false, false};

	values[0] = values[1] = UUIDPGetDatum(&match->id);
	values[2] = score_datum(match->score);
	values[3] = reasons_of(match);
	srf_put(sink, values, nulls);
}

/* Within SPI_connect: all matches, best first. */
static void
find(RowSink *sink, const Wanted *wanted)
{
	Matches		matches = {palloc(sizeof(Match)), 0};
	Datum		values[2] = {PointerGetDatum(wanted->keys), wanted->lead_id};
	bool		nulls[2] = {false, wanted->lead_id == (Datum) 0};

	plan_execute(&sharing_plan, values, nulls, SPI_OK_SELECT);
	collect(&matches, wanted);
	collect_similar(&matches, wanted);
	drop_repeats(&matches);
	qsort(matches.list, matches.count, sizeof(Match), by_score);
	for (int i = 0; i < matches.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put(sink, &matches.list[i]);
	}
}

/* lead.find_duplicates(id): see its SQL comment. */
Datum
lead_find_duplicates(PG_FUNCTION_ARGS)
{
	Wanted		wanted = {0};
	RowSink		sink;
	HeapTuple	row;
	Datum		value;
	bool		isnull;
	char	   *name;

	require_argument(!PG_ARGISNULL(0), "id", "Pass the id of the lead.");
	wanted.lead_id = PG_GETARG_DATUM(0);
	sink = srf_begin(fcinfo);
	SPI_connect();
	if (plan_execute(&keys_plan, &wanted.lead_id, NULL, SPI_OK_SELECT) == 0)
		no_such_lead(DatumGetCString(DirectFunctionCall1(uuid_out, wanted.lead_id)));
	row = SPI_tuptable->vals[0];
	value = SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull);
	wanted.keys = isnull ? construct_empty_array(TEXTOID) : DatumGetArrayTypeP(value);
	name = SPI_getvalue(row, SPI_tuptable->tupdesc, 2);
	wanted.name_key = name && !isnull ? name_key(name) : NULL;
	find(&sink, &wanted);
	SPI_finish();
	return (Datum) 0;
}

/* An array of values as a list in normal form; 0 where none is given. */
static Datum
list_argument(FunctionCallInfo fcinfo, int number, ContactKind kind, const char *name)
{
	Place		place = {"lead", name};
	JsonbParseState *state = NULL;
	Datum	   *values;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(number))
		return (Datum) 0;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(number), TEXTOID, -1, false, TYPALIGN_INT,
					  &values, &nulls, &count);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		json_push_string(&state, WJB_KEY, "value");
		json_push_string(&state, WJB_VALUE,
						 contact_normal(place, kind, i, TextDatumGetCString(values[i])));
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

/* lead.find_matches(party_name, emails, phones, websites, data_boxes): see its SQL comment. */
Datum
lead_find_matches(PG_FUNCTION_ARGS)
{
	Wanted		wanted = {0};
	Party		party = {0};
	RowSink		sink;
	bool		given = false;

	for (int i = 0; i < 5; i++)
		given = given || !PG_ARGISNULL(i);
	require_argument(given, "party_name", "Pass a name, or contacts to look for.");
	sink = srf_begin(fcinfo);
	if (!PG_ARGISNULL(0))
	{
		party.name = PG_GETARG_DATUM(0);
		limit_text((Place) {"lead", "party_name"}, party.name, false, 1000);
		wanted.name_key = name_key(TextDatumGetCString(party.name));
	}
	party.emails = list_argument(fcinfo, 1, CONTACT_EMAIL, "emails");
	party.phones = list_argument(fcinfo, 2, CONTACT_PHONE, "phones");
	party.websites = list_argument(fcinfo, 3, CONTACT_WEBSITE, "websites");
	party.data_boxes = list_argument(fcinfo, 4, CONTACT_DATA_BOX, "data_boxes");
	wanted.keys = DatumGetArrayTypeP(match_keys(&party));
	SPI_connect();
	find(&sink, &wanted);
	SPI_finish();
	return (Datum) 0;
}
