/*
 * attempt.c
 *		Runs a piece of work in a subtransaction: catches what it raises, or undoes
 *		what it did.
 *
 * Only what a row, a rule or a function of the user's is to blame for is caught.
 * A cancelled statement, a lost deadlock, a serialization failure, a full disk
 * or an error inside the server says nothing of the row: it is everybody's, and
 * goes on to the caller.
 */
#include "compat.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "attempt.h"

static bool
is_everybodys(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case MAKE_SQLSTATE('2', '5', '0', '0', '0'):	/* invalid transaction state: read only */
		case MAKE_SQLSTATE('4', '0', '0', '0', '0'):	/* transaction rollback */
		case MAKE_SQLSTATE('5', '3', '0', '0', '0'):	/* insufficient resources */
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'):	/* operator intervention */
		case MAKE_SQLSTATE('5', '8', '0', '0', '0'):	/* system error */
		case MAKE_SQLSTATE('X', 'X', '0', '0', '0'):	/* internal error */
			return true;
	}
	return false;
}

/*
 * Runs work in a subtransaction, in the caller's memory context, and keeps what
 * it did if it returns true. What it raises undoes it and is returned, else NULL.
 */
static ErrorData *
in_subtransaction(UndoableWork work, void *arg, bool *kept)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	volatile bool keep = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		keep = work(arg);
		if (keep)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	*kept = keep;
	return error;
}

typedef struct Attempt
{
	AttemptWork work;
	void	   *arg;
} Attempt;

static bool
do_attempt(void *arg)
{
	Attempt    *attempt = (Attempt *) arg;

	attempt->work(attempt->arg);
	return true;
}

/*
 * Whether the work was done. If not, nothing of it stays, and refusal says why,
 * in the caller's memory context; in that one the work runs, too.
 */
bool
attempt(AttemptWork work, void *arg, Refusal *refusal)
{
	Attempt		self = {work, arg};
	bool		kept;
	ErrorData  *error = in_subtransaction(do_attempt, &self, &kept);

	if (error == NULL)
		return true;
	if (is_everybodys(error->sqlerrcode))
		ReThrowError(error);
	memset(refusal, 0, sizeof(Refusal));
	refusal->sqlstate = error->sqlerrcode;
	refusal->message = error->message;
	refusal->detail = error->detail;
	refusal->hint = error->hint;
	return false;
}

/*
 * Runs work in a subtransaction and keeps what it did if it says so (and then
 * returns true), else undoes it. An error undoes it and goes on to the caller.
 */
bool
keep_or_undo(UndoableWork work, void *arg)
{
	bool		kept;
	ErrorData  *error = in_subtransaction(work, arg, &kept);

	if (error)
		ReThrowError(error);
	return kept;
}

/*
 * A deferred constraint of the user's would fail with the COMMIT and undo all;
 * checked within the attempt it names the row that is to blame.
 */
void
check_constraints_at_once(void)
{
	SPI_connect();
	if (SPI_execute("SET CONSTRAINTS ALL IMMEDIATE", false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not set constraints immediate");
	SPI_finish();
}
