/*
 * groups.c
 *		lead.duplicate_groups: the whole table in review.
 *
 * The server does the heavy part, a sort by token that spills to disk where it
 * must: every open lead and customer gives its tokens, and who shares a token
 * belongs together. A token is the keys of one smallest set of kinds whose
 * score reaches the minimum: one key where its kind alone does, else two or
 * three together. Only what is shared comes here, where a union-find ties the
 * shares into groups, strongest first.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "errors.h"
#include "matchkeys.h"
#include "plans.h"
#include "srf.h"
#include "status.h"

LEAD_FUNCTION(lead_match_tokens);
LEAD_FUNCTION(lead_duplicate_groups);

#define DEFAULT_SCORE 0.9
#define LEAST_SCORE 0.5
#define GREATEST_SCORE 0.95
#define SCORE_DIGITS 4			/* in front of a token: thousandths, so that tokens sort by score */
#define BATCH 1000
#define TOKENS_LIMIT 100000		/* of one party, whose lists have at most 100 entries each */

static KeptPlan shares_plan = {
	"SELECT s.token, s.id, s.is_lead, s.since FROM ("
	"SELECT t.token, e.id, e.is_lead, e.since,"
	" pg_catalog.count(*) OVER w AS members, pg_catalog.bool_or(e.is_lead) OVER w AS has_lead"
	" FROM (SELECT l.id::pg_catalog.uuid AS id, true AS is_lead, l.inserted_at::pg_catalog.timestamptz AS since,"
	" l.match_keys::pg_catalog.text[] AS keys FROM lead.lead l"
	" WHERE l.status OPERATOR(pg_catalog.=) ANY " OPEN_STATUSES
	" UNION ALL"
	" SELECT c.id::pg_catalog.uuid, false, '-infinity'::pg_catalog.timestamptz, c.match_keys::pg_catalog.text[]"
	" FROM lead.customer c) e"
	" CROSS JOIN LATERAL pg_catalog.unnest(lead.match_tokens(e.keys, $1)) t(token)"
	" WHERE e.id IS NOT NULL"
	" WINDOW w AS (PARTITION BY t.token COLLATE pg_catalog.\"C\")) s"
	" WHERE s.members OPERATOR(pg_catalog.>) 1::pg_catalog.int8 AND s.has_lead"
	" ORDER BY s.token COLLATE pg_catalog.\"C\" DESC, s.since, s.id",
	{FLOAT8OID, InvalidOid}
};

/* A lead or customer that shares something, in a tree whose root stands for the group. */
typedef struct Member
{
	pg_uuid_t	id;
	bool		is_lead;
	TimestampTz since;			/* when it was stored; customers: nothing */
	TimestampTz oldest;			/* of a root: since when there is a lead of the group */
	int			parent;			/* itself: a root */
	int			kinds;			/* of a root: what ties the group */
	double		score;			/* of a root: of its weakest tie */
} Member;

typedef struct Forest
{
	HTAB	   *numbers;		/* Identity → place in members */
	Member	   *members;
	int			count;
	int			room;
} Forest;

/* A customer may have the id of a lead. */
typedef struct Identity
{
	pg_uuid_t	id;
	bool		is_lead;
} Identity;

typedef struct Number
{
	Identity	identity;
	int			number;
} Number;

static bool
reaches(int set, double min_score)
{
	return match_score(set) > min_score - 1e-9;
}

/* Whether the set reaches the score and no part of it does. */
static bool
is_smallest(int set, double min_score)
{
	if (!reaches(set, min_score))
		return false;
	for (int kind = 0; kind < MATCH_KINDS; kind++)
		if ((set & MATCH_BIT(kind)) && reaches(set & ~MATCH_BIT(kind), min_score))
			return false;
	return true;
}

/* Every choice of one key of each kind in the set, as one token: a line for each key. */
static List *
add_tokens(List *tokens, List *const *keys, int set, int kind, char *prefix)
{
	ListCell   *cell;

	while (kind < MATCH_KINDS && !(set & MATCH_BIT(kind)))
		kind++;
	if (kind == MATCH_KINDS)
	{
		if (list_length(tokens) >= TOKENS_LIMIT)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("keys make too many tokens"),
					 errdetail("At most %d are made for one party.", TOKENS_LIMIT),
					 errhint("Ask for a lower score.")));
		return lappend(tokens, prefix);
	}
	CHECK_FOR_INTERRUPTS();
	foreach(cell, keys[kind])
		tokens = add_tokens(tokens, keys, set, kind + 1, psprintf("%s\n%s", prefix, (char *) lfirst(cell)));
	return tokens;
}

/* lead.match_tokens(keys, min_score): see its SQL comment. */
Datum
lead_match_tokens(PG_FUNCTION_ARGS)
{
	double		min_score = PG_GETARG_FLOAT8(1);
	List	   *keys[MATCH_KINDS] = {NIL};
	List	   *tokens = NIL;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	ListCell   *cell;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *key = nulls[i] ? NULL : TextDatumGetCString(values[i]);
		int			kind = key ? match_key_kind(key, strlen(key)) : -1;

		if (kind >= 0)
			keys[kind] = lappend(keys[kind], key);
	}
	for (int set = 1; set < 1 << MATCH_KINDS; set++)
		if (is_smallest(set, min_score))
			tokens = add_tokens(tokens, keys, set, 0,
								psprintf("%0*d", SCORE_DIGITS, (int) rint(match_score(set) * 1000)));
	values = palloc(Max(list_length(tokens), 1) * sizeof(Datum));
	count = 0;
	foreach(cell, tokens)
		values[count++] = CStringGetTextDatum((char *) lfirst(cell));
	PG_RETURN_ARRAYTYPE_P(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The kinds of a token's keys. */
static int
kinds_of(const char *token)
{
	int			kinds = 0;

	for (const char *line = strchr(token, '\n'); line; line = strchr(line + 1, '\n'))
	{
		int			kind = match_key_kind(line + 1, strlen(line + 1));

		if (kind >= 0)
			kinds |= MATCH_BIT(kind);
	}
	return kinds;
}

static int
number_of(Forest *forest, Identity identity, TimestampTz since)
{
	bool		found;
	Number	   *entry = hash_search(forest->numbers, &identity, HASH_ENTER, &found);
	Member	   *member;

	if (found)
		return entry->number;
	if (forest->count == forest->room)
	{
		forest->room *= 2;
		forest->members = repalloc_huge(forest->members, forest->room * sizeof(Member));
	}
	entry->number = forest->count;
	member = &forest->members[forest->count];
	member->id = identity.id;
	member->is_lead = identity.is_lead;
	member->since = since;
	member->oldest = identity.is_lead ? since : DT_NOEND;
	member->parent = forest->count;
	member->kinds = 0;
	member->score = 1;
	return forest->count++;
}

static int
root_of(Forest *forest, int number)
{
	while (forest->members[number].parent != number)
	{
		forest->members[number].parent = forest->members[forest->members[number].parent].parent;
		number = forest->members[number].parent;
	}
	return number;
}

/* Ties two members; ties come strongest first, so the last one is the weakest. */
static void
tie(Forest *forest, int a, int b, int kinds)
{
	Member	   *ours = &forest->members[root_of(forest, a)];
	Member	   *theirs = &forest->members[root_of(forest, b)];

	ours->kinds |= kinds;
	if (ours == theirs)
		return;
	theirs->parent = ours->parent;
	ours->kinds |= theirs->kinds;
	ours->oldest = Min(ours->oldest, theirs->oldest);
	ours->score = Min(match_score(kinds), Min(ours->score, theirs->score));
}

/* Reads who shares what; rows of one token come together. */
static void
read_shares(Forest *forest, double min_score)
{
	Datum		values[1] = {Float8GetDatum(min_score)};
	Portal		portal = plan_open_cursor(&shares_plan, values);
	MemoryContext rows = AllocSetContextCreate(CurrentMemoryContext, "lead shares", ALLOCSET_DEFAULT_SIZES);
	char	   *token = NULL;
	int			first = -1;

	for (;;)
	{
		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	row = SPI_tuptable->vals[i];
			TupleDesc	desc = SPI_tuptable->tupdesc;
			MemoryContext saved = MemoryContextSwitchTo(rows);
			char	   *its_token = SPI_getvalue(row, desc, 1);
			Identity	identity;
			bool		isnull;
			int			number;

			MemoryContextSwitchTo(saved);
			identity.id = *DatumGetUUIDP(SPI_getbinval(row, desc, 2, &isnull));
			identity.is_lead = DatumGetBool(SPI_getbinval(row, desc, 3, &isnull));
			number = number_of(forest, identity, DatumGetTimestampTz(SPI_getbinval(row, desc, 4, &isnull)));
			if (token && strcmp(token, its_token) == 0)
				tie(forest, first, number, kinds_of(token));
			else
				first = number;
			token = its_token;
		}
		SPI_freetuptable(SPI_tuptable);
		if (token)
			token = pstrdup(token);
		MemoryContextReset(rows);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
}

static Forest *sorted;			/* for by_group, while groups are put together */

static int
compare_times(TimestampTz a, TimestampTz b)
{
	return a < b ? -1 : a > b;
}

/* By group: best first, then the one with the oldest lead; within it the oldest first. */
static int
by_group(const void *a, const void *b)
{
	const Member *ours = &sorted->members[*(const int *) a];
	const Member *theirs = &sorted->members[*(const int *) b];
	int			our_root = root_of(sorted, *(const int *) a);
	int			their_root = root_of(sorted, *(const int *) b);
	double		difference = sorted->members[their_root].score - sorted->members[our_root].score;
	int			order;

	if (our_root == their_root)
	{
		order = compare_times(ours->since, theirs->since);
		return order != 0 ? order : memcmp(&ours->id, &theirs->id, sizeof(pg_uuid_t));
	}
	if (difference != 0)
		return difference < 0 ? -1 : 1;
	order = compare_times(sorted->members[our_root].oldest, sorted->members[their_root].oldest);
	return order != 0 ? order : our_root - their_root;
}

static Datum
ids_of(const Forest *forest, const int *numbers, int count, bool leads)
{
	Datum	   *ids = palloc(count * sizeof(Datum));
	int			kept = 0;

	for (int i = 0; i < count; i++)
		if (forest->members[numbers[i]].is_lead == leads)
			ids[kept++] = UUIDPGetDatum(&forest->members[numbers[i]].id);
	return PointerGetDatum(construct_array(ids, kept, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

static void
put_group(RowSink *sink, Forest *forest, const int *numbers, int count)
{
	const Member *root = &forest->members[root_of(forest, numbers[0])];
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = ids_of(forest, numbers, count, true);
	values[1] = ids_of(forest, numbers, count, false);
	values[2] = score_datum(root->score);
	values[3] = match_kinds_array(root->kinds);
	srf_put(sink, values, nulls);
}

static void
put_groups(RowSink *sink, Forest *forest)
{
	int		   *numbers = MemoryContextAllocHuge(CurrentMemoryContext, (forest->count + 1) * sizeof(int));
	int			start = 0;

	for (int i = 0; i < forest->count; i++)
		numbers[i] = i;
	sorted = forest;
	qsort(numbers, forest->count, sizeof(int), by_group);
	for (int i = 1; i <= forest->count; i++)
		if (i == forest->count || root_of(forest, numbers[i]) != root_of(forest, numbers[start]))
		{
			put_group(sink, forest, &numbers[start], i - start);
			start = i;
		}
}

/* lead.duplicate_groups(min_score): see its SQL comment. */
Datum
lead_duplicate_groups(PG_FUNCTION_ARGS)
{
	double		min_score = PG_ARGISNULL(0) ? DEFAULT_SCORE : PG_GETARG_FLOAT8(0);
	RowSink		sink;
	Forest		forest = {0};
	HASHCTL		control = {0};

	if (!(min_score >= LEAST_SCORE && min_score <= GREATEST_SCORE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument min_score cannot be %g", min_score),
				 errdetail("It is a score from %g to %g.", LEAST_SCORE, GREATEST_SCORE),
				 errhint("Leave it out for %g: only certain duplicates.", DEFAULT_SCORE)));
	sink = srf_begin(fcinfo);
	SPI_connect();
	control.keysize = sizeof(Identity);
	control.entrysize = sizeof(Number);
	control.hcxt = CurrentMemoryContext;
	forest.numbers = hash_create("lead duplicates", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	forest.room = 1024;
	forest.members = palloc(forest.room * sizeof(Member));
	read_shares(&forest, min_score);
	put_groups(&sink, &forest);
	SPI_finish();
	return (Datum) 0;
}
