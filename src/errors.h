/*
 * errors.h
 *		Every error code of our own (class LD), the fields that each of our
 *		errors carries, and refusals: reasons against a change that are
 *		collected first and raised (or listed) later.
 *		doc/errors.md explains each code to users.
 */
#ifndef LEAD_ERRORS_H
#define LEAD_ERRORS_H

#include "nodes/pg_list.h"

#define ERRCODE_LEAD_TRANSITION			MAKE_SQLSTATE('L','D','0','0','1')
#define ERRCODE_LEAD_CONDITION			MAKE_SQLSTATE('L','D','0','0','2')
#define ERRCODE_LEAD_REASON				MAKE_SQLSTATE('L','D','0','0','3')
#define ERRCODE_LEAD_UNTIL				MAKE_SQLSTATE('L','D','0','0','4')
#define ERRCODE_LEAD_CONFLICT			MAKE_SQLSTATE('L','D','0','0','5')
#define ERRCODE_LEAD_CONVERSION_ONLY	MAKE_SQLSTATE('L','D','0','0','6')
#define ERRCODE_LEAD_VALIDITY			MAKE_SQLSTATE('L','D','0','0','7')
#define ERRCODE_LEAD_CONTACT			MAKE_SQLSTATE('L','D','0','0','8')
#define ERRCODE_LEAD_CHARS				MAKE_SQLSTATE('L','D','0','0','9')
#define ERRCODE_LEAD_FUNCTION			MAKE_SQLSTATE('L','D','0','1','0')
#define ERRCODE_LEAD_DUPLICATE			MAKE_SQLSTATE('L','D','0','1','1')
#define ERRCODE_LEAD_VERSION			MAKE_SQLSTATE('L','D','0','1','2')

/* Why a change is refused. Strings live in the caller's memory context. */
typedef struct Refusal
{
	int			sqlstate;
	char	   *message;
	char	   *detail;
	char	   *hint;
	char	   *brief;			/* message with what matters of the detail; NULL: message */
	const char *table;			/* NULL: lead */
	const char *column;			/* or NULL */
	const char *constraint;		/* stable name of the rule */
} Refusal;

/*
 * Fills schema, table, column and constraint fields of the error being built.
 * By name, not by relation: under sharding the relation at hand bears another
 * one. Each may be NULL. The constraint is a stable name for the rule, so that
 * clients need not read messages.
 */
extern int	err_place(const char *table, const char *column, const char *constraint);

/* The common case: an error about a column of lead.lead. */
#define errlead(column, constraint) err_place("lead", column, constraint)

/*
 * A list of refusals as one: code and message of the first, the others in the
 * detail. refusals_raise returns if the list is empty.
 */
extern Refusal refusals_joined(List *refusals);
extern Refusal refusal_copy(const Refusal *refusal);
extern void refusals_raise(List *refusals);

extern void require_argument(bool given, const char *name, const char *hint);
extern void require_written(int count, const char *table);
pg_noreturn extern void refuse_trigger_call(const char *function, const char *usage);
extern Refusal no_such_lead_refusal(const char *id);
pg_noreturn extern void no_such_lead(const char *id);

#endif							/* LEAD_ERRORS_H */
