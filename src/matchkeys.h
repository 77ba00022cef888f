/*
 * matchkeys.h
 *		What tells that two parties may be one. See matchkeys.c.
 */
#ifndef LEAD_MATCHKEYS_H
#define LEAD_MATCHKEYS_H

#include "utils/array.h"

#include "columns.h"

/* The kinds of keys, and of reasons to hold two parties for one. */
typedef enum MatchKind
{
	MATCH_DATA_BOX,
	MATCH_EMAIL,
	MATCH_PHONE,
	MATCH_NAME,
	MATCH_DOMAIN
} MatchKind;

#define MATCH_KINDS 5
#define MATCH_BIT(kind) (1 << (kind))
#define MATCH_CERTAIN (MATCH_BIT(MATCH_DATA_BOX) | MATCH_BIT(MATCH_EMAIL) | MATCH_BIT(MATCH_PHONE))

/* A party: its name and its lists in normal form; 0 for what it has not. */
typedef struct Party
{
	Datum		name;
	Datum		phones;
	Datum		emails;
	Datum		websites;
	Datum		data_boxes;
} Party;

extern Datum match_keys(const Party *party);
extern void match_keys_set(LeadRow *lead);
extern void match_keys_renew(const LeadRow *old, LeadRow *new);
extern char *name_key(const char *name);
extern int	match_key_kind(const char *key, int length);
extern int	match_kinds_shared(ArrayType *ours, ArrayType *theirs);
extern double match_score(int kinds);
extern Datum score_datum(double score);
extern Datum match_kinds_array(int kinds);
extern char *match_kinds_in_words(int kinds);
extern Datum match_certain_keys(ArrayType *keys);

#endif							/* LEAD_MATCHKEYS_H */
