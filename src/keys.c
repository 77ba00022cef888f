/*
 * keys.c
 *		Ids (UUID version 7) and business keys (LEAD-000042).
 *
 * All keys draw from one sequence, so a number never means two things. A drawn
 * key may be taken, by a key that a client gave: then the next is drawn. The
 * unique index is probed with a dirty snapshot, which sees keys that others are
 * inserting at this moment too; nobody waits and no insert fails for it.
 */
#include "compat.h"

#include "access/relscan.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "errors.h"
#include "keys.h"
#include "roles.h"
#include "settings.h"

LEAD_FUNCTION(lead_uuid_v7);

#define KEY_LIMIT 200
#define SEQ_WIDTH 6
#define SEQ_MAX_WIDTH 18
#define NO_SEQ "It has braces but no {SEQ}, so all keys would be alike."

#ifndef HAVE_SERVER_UUIDV7
/*
 * Eight random bytes, drawn in blocks: each call into the source costs as much
 * as ten of these.
 */
static void
fill_random(unsigned char *bytes)
{
	static unsigned char block[512];
	static int	left = 0;

	if (left == 0)
	{
		if (!pg_strong_random(block, sizeof(block)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		left = sizeof(block);
	}
	left -= 8;
	memcpy(bytes, &block[left], 8);
}
#endif

Datum
uuid_v7(void)
{
#ifdef HAVE_SERVER_UUIDV7
	return DirectFunctionCall1(uuidv7, (Datum) 0);
#else
	static int64 last = 0;
	int64		now = (GetCurrentTimestamp() +
					   (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	uint64		milliseconds;
	uint32		fraction;

	/* never two in one microsecond, so a backend's ids ascend strictly */
	last = Max(now, last + 1);
	milliseconds = last / 1000;
	fraction = (last % 1000) * 4096 / 1000;

	for (int i = 0; i < 6; i++)
		uuid->data[i] = (unsigned char) (milliseconds >> (40 - 8 * i));
	fill_random(&uuid->data[8]);
	uuid->data[6] = 0x70 | (fraction >> 8);
	uuid->data[7] = fraction & 0xff;
	uuid->data[8] = (uuid->data[8] & 0x3f) | 0x80;
	return UUIDPGetDatum(uuid);
#endif
}

Datum
lead_uuid_v7(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(uuid_v7());
}

/* The unique index over this column alone, opened; NULL if the owner dropped it. */
static Relation
open_key_index(Relation table, AttrNumber column)
{
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(table))
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);
		Form_pg_index form = index->rd_index;

		if (form->indisunique && form->indisvalid && form->indnkeyatts == 1 &&
			form->indkey.values[0] == column &&
			heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

static bool
is_taken(Relation table, AttrNumber column, Datum key)
{
	Relation	index = open_key_index(table, column);
	SnapshotData dirty;
	ScanKeyData scan_key;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	bool		taken;

	if (index == NULL)
		return false;			/* nothing to collide with */
	InitDirtySnapshot(dirty);
	ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_TEXTEQ, key);
	scan_key.sk_collation = index->rd_indcollation[0];
	slot = table_slot_create(table, NULL);
	scan = begin_index_scan(table, index, &dirty, 1);
	index_rescan(scan, &scan_key, 1, NULL, 0);
	taken = index_getnext_slot(scan, ForwardScanDirection, slot);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	return taken;
}

static void
refuse_template(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("mnemonic_code is not a template for keys"),
			 errdetail("%s", detail),
			 errhint("Write a prefix such as B2B, or a template such as {TYPE}-{YYYY}-{SEQ:6}."),
			 err_place("lead_type", "mnemonic_code", NULL)));
}

/* The width in {SEQ:6}; 0 if it is not a number from 1 to SEQ_MAX_WIDTH. */
static int
seq_width(const char *digits, int length)
{
	int			width = 0;

	if (length > 2 || strspn(digits, "0123456789") < length)
		return 0;
	for (int i = 0; i < length; i++)
		width = width * 10 + (digits[i] - '0');
	return width <= SEQ_MAX_WIDTH ? width : 0;
}

/*
 * Appends what the template says; returns whether it draws from the sequence.
 * With number < 0 it only checks the template.
 */
static bool
append_template(StringInfo key, const char *mnemonic, const char *type, int64 number)
{
	bool		has_seq = false;
	const char *at = mnemonic;

	while (*at)
	{
		const char *end;
		int			length,
					width = 0;
		int			year,
					month,
					day;

		if (*at == '}')
			refuse_template("A } has no { before it.");
		if (*at != '{')
		{
			appendStringInfoChar(key, *at++);
			continue;
		}
		end = strchr(at, '}');
		if (end == NULL)
			refuse_template("A { has no } after it.");
		length = end - at - 1;
		at++;
		today(&year, &month, &day);
		if (length == 4 && strncmp(at, "YYYY", 4) == 0)
			appendStringInfo(key, "%04d", year);
		else if (length == 2 && strncmp(at, "MM", 2) == 0)
			appendStringInfo(key, "%02d", month);
		else if (length == 4 && strncmp(at, "TYPE", 4) == 0)
			appendStringInfoString(key, type);
		else if ((length == 3 && strncmp(at, "SEQ", 3) == 0) ||
				 (length > 4 && strncmp(at, "SEQ:", 4) == 0 &&
				  (width = seq_width(at + 4, length - 4)) > 0))
		{
			has_seq = true;
			appendStringInfo(key, "%0*lld", width, (long long) number);
		}
		else
			refuse_template(psprintf("It does not know {%.*s}; it knows {YYYY}, {MM}, {TYPE}, {SEQ} and {SEQ:1} to {SEQ:%d}.",
									 Min(length, 20), at, SEQ_MAX_WIDTH));
		at = end + 1;
	}
	return has_seq;
}

/* Refuses a template that could not make keys (22023). */
void
key_check_template(const char *mnemonic)
{
	StringInfoData key;

	if (strlen(mnemonic) > KEY_LIMIT / 2)
		refuse_template(psprintf("It is longer than %d bytes.", KEY_LIMIT / 2));
	if (strpbrk(mnemonic, "{}") == NULL)
		return;
	initStringInfo(&key);
	if (!append_template(&key, mnemonic, "", -1))
		refuse_template(NO_SEQ);
}

/* A free key from the template of a lead type, or from none (NULL). */
Datum
key_from_template(const char *mnemonic, const char *type, Relation table, AttrNumber column)
{
	Oid			sequence = lead_relation("key_seq", false);
	StringInfoData key;

	initStringInfo(&key);
	for (;;)
	{
		int64		number = nextval_internal(sequence, false);
		Datum		made;

		CHECK_FOR_INTERRUPTS();
		resetStringInfo(&key);
		if (mnemonic && strpbrk(mnemonic, "{}"))
		{
			if (!append_template(&key, mnemonic, type, number))
				refuse_template(NO_SEQ);	/* it came in past the check */
		}
		else
			appendStringInfo(&key, "%s-%0*lld", mnemonic ? mnemonic : "LEAD",
							 SEQ_WIDTH, (long long) number);
		if (pg_mbstrlen(key.data) > KEY_LIMIT)
			ereport(ERROR,
					(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
					 errmsg("the key made for the lead is too long"),
					 errdetail("The mnemonic_code of its type makes more than %d characters.", KEY_LIMIT),
					 errhint("Shorten the template, or give a key."),
					 err_place("lead", "key", "lead_key_check")));
		made = CStringGetTextDatum(key.data);
		if (!is_taken(table, column, made))
			return made;
		pfree(DatumGetPointer(made));
	}
}

/* A free key for a row of another table: CUSTOMER-000042. */
Datum
key_for(Relation table, AttrNumber column)
{
	char	   *prefix = pstrdup(RelationGetRelationName(table));

	for (char *c = prefix; *c; c++)
		*c = pg_toupper((unsigned char) *c);
	return key_from_template(prefix, "", table, column);
}
