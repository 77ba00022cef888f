/*
 * many.c
 *		One kind of work on many leads in one call: what convert_many,
 *		convert_external_many and transition_many share.
 *
 * All leads are locked first, in the order of their ids, so that calls with
 * overlapping sets wait for each other and do not deadlock. Then they are taken
 * in chunks, in that order, too: read, judged in C, and those that pass written
 * with one statement for each table. If that fails (a trigger, a constraint) the
 * chunk is halved in subtransactions until only the guilty are left, so a
 * few of them among thousands cost few subtransactions. The last step, one
 * lead, is the function for one lead, whose error is the outcome.
 *
 * Chunks bound the memory: they end at a number of leads and at a size of their
 * rows, so what grows with the call is LeadOutcome alone, about 100 bytes for
 * each input.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/uuid.h"

#include "attempt.h"
#include "leads.h"
#include "many.h"

#define CHUNK 10000
#define CHUNK_BYTES ((Size) 16 * 1024 * 1024)
#define SLICE 100				/* read at once, until the chunk is full */

typedef struct Call
{
	ManyWork   *work;
	MemoryContext context;		/* of outcomes and what they point to */
	const Datum *ids;
	int64		count;
	int64	   *order;			/* inputs by lead, each lead's first; distinct of them */
	int64		distinct;
	int64	   *first;			/* for each input the first that names the same lead */
	LeadOutcome *outcomes;
	bool		refused;		/* one at least */
} Call;

/* A part of a chunk, to be written in one go. */
typedef struct Part
{
	Call	   *call;
	ManyLead  **leads;
	int			count;
} Part;

/* ---------------------------------------------------------------- inputs */

static int
compare_inputs(const void *a, const void *b, void *arg)
{
	const Datum *ids = arg;
	int64		one = *(const int64 *) a;
	int64		other = *(const int64 *) b;
	int			order = memcmp(DatumGetUUIDP(ids[one]), DatumGetUUIDP(ids[other]), UUID_LEN);

	if (order != 0)
		return order;
	return one < other ? -1 : one > other;
}

static char *
kept(const char *text, MemoryContext context)
{
	return text ? MemoryContextStrdup(context, text) : NULL;
}

static Refusal
kept_refusal(const Refusal *refusal, MemoryContext context)
{
	Refusal		copy = *refusal;

	copy.message = kept(copy.message, context);
	copy.detail = kept(copy.detail, context);
	copy.hint = kept(copy.hint, context);
	return copy;
}

static void
refuse(Call *call, LeadOutcome *outcome, const Refusal *refusal)
{
	Refusal		copy = kept_refusal(refusal, call->context);

	outcome_refuse(outcome, &copy);
	call->refused = true;
}

/* For a judge: a lead is refused, for all these reasons. */
void
many_refuse(ManyLead *lead, List *refusals, MemoryContext context)
{
	Refusal		joined = refusals_joined(refusals);
	Refusal		copy = kept_refusal(&joined, context);

	outcome_refuse(lead->outcome, &copy);
}

/* Something to be said of a lead that is none the worse for it; nothing if there is no message. */
void
many_remark(ManyLead *lead, const Refusal *remark, MemoryContext context)
{
	Refusal		copy = kept_refusal(remark, context);

	outcome_remark(lead->outcome, &copy);
}

static void
refuse_null(Call *call, LeadOutcome *outcome)
{
	Refusal		refusal = {ERRCODE_INVALID_PARAMETER_VALUE, "argument lead_ids has a NULL",
		"Each element is the id of a lead.", "Leave it out."};

	refuse(call, outcome, &refusal);
}

static void
refuse_unknown(Call *call, LeadOutcome *outcome)
{
	Refusal		refusal = no_such_lead_refusal(DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&outcome->lead_id))));

	refuse(call, outcome, &refusal);
}

/* Sorts the inputs by lead, and finds those that name one again. */
static void
sort_inputs(Call *call, const bool *nulls)
{
	int64		count = 0;

	for (int64 i = 0; i < call->count; i++)
	{
		if (nulls[i])
		{
			refuse_null(call, &call->outcomes[i]);
			continue;
		}
		call->outcomes[i].has_lead = true;
		call->outcomes[i].lead_id = *DatumGetUUIDP(call->ids[i]);
		call->order[count++] = i;
	}
	qsort_arg(call->order, count, sizeof(int64), compare_inputs, (void *) call->ids);
	for (int64 i = 0; i < count; i++)
	{
		int64		input = call->order[i];
		int64		before = call->distinct > 0 ? call->order[call->distinct - 1] : -1;

		if (before >= 0 && same_uuid(call->ids[before], call->ids[input]))
			call->first[input] = before;
		else
		{
			call->first[input] = input;
			call->order[call->distinct++] = input;
		}
	}
}

/* ---------------------------------------------------------------- writing */

static void
write_group(void *arg)
{
	Part	   *part = arg;
	ManyWork   *work = part->call->work;

	/* what the statements leave behind is not to grow with the chunk */
	SPI_connect();
	if (part->count == 1)
		work->write_alone(work, part->leads[0], part->call->context);
	else
		work->write(work, part->leads, part->count);
	SPI_finish();
}

static void
write_is_done(ManyWork *work, ManyLead *lead)
{
	if (lead->outcome->kind == OUTCOME_NONE)
		lead->outcome->kind = work->done;
}

/*
 * Whether all were written. hopeless: they will not be in one go, since a larger
 * part failed of which all others could be.
 */
static bool
write_or_halve(Call *call, ManyLead **leads, int count, bool hopeless)
{
	Part		part = {call, leads, count};
	Refusal		refusal;
	int			half = count / 2;
	bool		first_half;

	CHECK_FOR_INTERRUPTS();
	if (count == 0)
		return true;
	if (!hopeless || count == 1)
	{
		if (attempt(write_group, &part, &refusal))
		{
			for (int i = 0; i < count; i++)
				write_is_done(call->work, leads[i]);
			return true;
		}
		if (count == 1)
		{
			refuse(call, leads[0]->outcome, &refusal);
			return false;
		}
	}
	first_half = write_or_halve(call, leads, half, false);
	(void) write_or_halve(call, leads + half, count - half, first_half);
	return false;
}

/* Rows written must be as many as leads, or something suppressed one. */
void
many_require(int written, int count)
{
	if (written != count)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%d of %d rows were written", written, count),
				 errdetail("A trigger or a row security policy suppressed the others."),
				 errhint("Look at the triggers and policies of lead.lead and the customer's tables."),
				 errlead(NULL, NULL)));
}

/* Nothing is to be written: what passed would be. */
static void
write_nothing(Call *call, ManyLead *leads, int count)
{
	for (int i = 0; i < count; i++)
		write_is_done(call->work, &leads[i]);
}

static void
write_chunk(Call *call, ManyLead *leads, int count)
{
	ManyLead  **together = palloc(sizeof(ManyLead *) * Max(count, 1));
	int			ready = 0;

	for (int i = 0; i < count; i++)
		if (leads[i].outcome->kind == OUTCOME_NONE && !leads[i].alone)
			together[ready++] = &leads[i];
	(void) write_or_halve(call, together, ready, false);
	for (int i = 0; i < count; i++)
	{
		ManyLead   *lead = &leads[i];

		if (lead->outcome->kind == OUTCOME_NONE && lead->alone)
			(void) write_or_halve(call, &lead, 1, false);
	}
}

/* ---------------------------------------------------------------- the call */

static Datum
ids_of(Call *call, int64 from, int count)
{
	Datum	   *ids = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		ids[i] = call->ids[call->order[from + i]];
	return PointerGetDatum(construct_array(ids, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/* The ids of a part as uuid[]. */
Datum
many_ids(ManyLead **leads, int count)
{
	Datum	   *ids = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		ids[i] = ROW_VALUE(&leads[i]->row, LEAD_ID);
	return PointerGetDatum(construct_array(ids, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

static void
lock_all(Call *call)
{
	for (int64 from = 0; from < call->distinct; from += CHUNK)
	{
		SPI_connect();
		stored_leads_lock_known(ids_of(call, from, Min(CHUNK, call->distinct - from)));
		SPI_finish();
	}
}

/* Reads leads into a chunk; refuses those that are not there. Returns the size of their rows. */
static Size
read_slice(Call *call, int64 from, int count, ManyLead *leads, int *found)
{
	StoredLead *stored;
	int			stored_count = stored_leads_read(ids_of(call, from, count), &stored);
	int			at = 0;
	Size		bytes = 0;

	for (int i = 0; i < count; i++)
	{
		int64		input = call->order[from + i];
		LeadOutcome *outcome = &call->outcomes[input];
		ManyLead   *lead;

		if (at >= stored_count || !same_uuid(ROW_VALUE(&stored[at].row, LEAD_ID), call->ids[input]))
		{
			refuse_unknown(call, outcome);
			continue;
		}
		bytes += HeapTupleHeaderGetDatumLength(DatumGetHeapTupleHeader(stored[at].whole));
		lead = &leads[(*found)++];
		lead->input = input;
		lead->outcome = outcome;
		lead->row = stored[at++].row;
		outcome->has_status = true;
		outcome->status = status_of(ROW_VALUE(&lead->row, LEAD_STATUS));
	}
	return bytes;
}

/* Reads the next chunk: how many inputs were taken, and the leads found. */
static int
read_chunk(Call *call, int64 from, ManyLead **leads, int *found)
{
	int			most = Min(CHUNK, call->distinct - from);
	int			taken = 0;
	Size		bytes = 0;

	*leads = palloc0(sizeof(ManyLead) * most);
	*found = 0;
	while (taken < most && bytes < CHUNK_BYTES)
	{
		int			count = Min(SLICE, most - taken);

		bytes += read_slice(call, from + taken, count, *leads, found);
		taken += count;
	}
	return taken;
}

/* Returns how many inputs it took. */
static int
run_chunk(Call *call, int64 from)
{
	ManyWork   *work = call->work;
	ManyLead   *leads;
	int			found,
				taken;

	CHECK_FOR_INTERRUPTS();
	SPI_connect();
	taken = read_chunk(call, from, &leads, &found);
	work->judge(work, leads, found, call->context);
	for (int i = 0; i < found; i++)
		call->refused |= leads[i].outcome->kind == OUTCOME_REFUSED;
	if (work->dry_run)
		write_nothing(call, leads, found);
	else
		write_chunk(call, leads, found);
	SPI_finish();
	return taken;
}

/* The first of the inputs that name a lead decides; the others find it done. */
static void
answer_repeats(Call *call)
{
	for (int64 i = 0; i < call->count; i++)
	{
		LeadOutcome *outcome = &call->outcomes[i];

		if (!outcome->has_lead || call->first[i] == i)
			continue;
		*outcome = call->outcomes[call->first[i]];
		if (outcome->kind != OUTCOME_REFUSED)
			outcome_replay(outcome);
		if (call->work->repeat && outcome->has_status)
			call->work->repeat(call->work, call->first[i], i, outcome, call->context);
		call->refused |= outcome->kind == OUTCOME_REFUSED;
	}
}

/* Whether what was done is to stay. */
static bool
run_chunks(void *arg)
{
	Call	   *call = arg;
	ManyWork   *work = call->work;

	if (!work->dry_run)
	{
		check_constraints_at_once();
		lock_all(call);
	}
	for (int64 from = 0; from < call->distinct;)
		from += run_chunk(call, from);
	answer_repeats(call);
	return !(work->all_or_none && call->refused);
}

/*
 * What was undone may be what a lead was REPLAYED for: a trigger did it. It is as
 * those that were done.
 */
static void
look_again(Call *call)
{
	for (int64 from = 0; from < call->distinct;)
	{
		ManyLead   *leads;
		int			found;

		SPI_connect();
		from += read_chunk(call, from, &leads, &found);
		for (int i = 0; i < found; i++)
			if (leads[i].outcome->kind == OUTCOME_REPLAYED && leads[i].outcome->status != call->work->becomes)
				leads[i].outcome->kind = call->work->done;
		SPI_finish();
	}
}

/* All or none, and there is one that was refused: so are those that were done. */
static void
refuse_others(Call *call)
{
	static const Refusal refusal = {ERRCODE_TRANSACTION_ROLLBACK, "not done, since another of this call was refused",
		"All or none was asked for.", "Look at the others for the reason, or leave all_or_none out."};

	look_again(call);
	for (int64 i = call->count - 1; i >= 0; i--)
	{
		LeadOutcome *first = &call->outcomes[call->first[i]];

		/* a repeat comes after its first, which is still what it was */
		if (call->outcomes[i].kind != OUTCOME_REFUSED && first->kind == call->work->done)
			outcome_refuse(&call->outcomes[i], &refusal);
		else
			outcome_undone(&call->outcomes[i]);
	}
}

/* What was done is done: also a lead of which a repeat was refused has the status. */
static void
tell_statuses(Call *call)
{
	for (int64 i = 0; i < call->count; i++)
	{
		LeadOutcome *outcome = &call->outcomes[i];
		OutcomeKind kind = call->outcomes[call->first[i]].kind;

		if (outcome->has_lead && (kind == call->work->done || kind == OUTCOME_REPLAYED))
			outcome->status = call->work->becomes;
	}
}

/*
 * Does the work on all leads; returns an outcome for each input, in the current
 * memory context. ids and nulls are the inputs.
 */
LeadOutcome *
many_run(ManyWork *work, const Datum *ids, const bool *nulls, int64 count)
{
	Call		call = {work, CurrentMemoryContext, ids, count};
	bool		kept = true;

	call.outcomes = MemoryContextAllocExtended(CurrentMemoryContext, Max(count, 1) * sizeof(LeadOutcome),
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	call.order = palloc(sizeof(int64) * Max(count, 1));
	call.first = palloc0(sizeof(int64) * Max(count, 1));
	sort_inputs(&call, nulls);
	if (work->all_or_none)
		kept = keep_or_undo(run_chunks, &call);
	else
		(void) run_chunks(&call);
	if (!kept)
		refuse_others(&call);
	else if (!work->dry_run)
		tell_statuses(&call);
	return call.outcomes;
}

/* A function whose first argument is uuid[], and that returns a row of lead.outcome for each element. */
void
many_call(FunctionCallInfo fcinfo, ManyWork *work)
{
	RowSink		sink;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	LeadOutcome *outcomes;

	require_argument(!PG_ARGISNULL(0), "lead_ids", "Pass the ids of the leads as an array.");
	sink = srf_begin(fcinfo);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR, &values, &nulls, &count);
	outcomes = many_run(work, values, nulls, count);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		outcome_put(&sink, i + 1, &outcomes[i]);
	}
}
