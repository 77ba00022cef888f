/*
 * past.c
 *		Reads what a lead went through in another system, and checks that it
 *		agrees: with itself, with the present status, with the conversions.
 *
 * Another system had a lifecycle of its own, so any status may follow any. What
 * must hold is what the history of a lead here holds by construction: times
 * grow, nothing goes nowhere, a conversion is left only by its reversal and has
 * its record, and the last change is the present status.
 *
 * The messages are for the person who maps an export file: they name the entry.
 * Values may be personal (a wrong column is easily taken), so they are not shown,
 * but for moments and statuses, and a name that is no member, which the log does
 * not get.
 */
#include "compat.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "errors.h"
#include "isotime.h"
#include "json.h"
#include "past.h"
#include "text.h"

#define TEXT_LIMIT 200			/* characters of what names somebody or something */
#define MEMBERS_MOST 8

/* What an entry may hold; both ways to write it. */
typedef struct Member
{
	const char *name;
	const char *snake;			/* the same where that is one word */
	bool		limited;		/* to TEXT_LIMIT */
} Member;

enum
{
	CHANGE_STATUS, CHANGE_AT, CHANGE_REASON, CHANGE_BY
};

static const Member change_members[] = {
	{"status", "status"}, {"at", "at"}, {"reason", "reason"}, {"by", "by", true},
};

enum
{
	CONVERSION_CUSTOMER_ID, CONVERSION_CUSTOMER_REF, CONVERSION_EXTERNAL_SYSTEM, CONVERSION_EXTERNAL_ID,
	CONVERSION_AT, CONVERSION_REASON, CONVERSION_BY
};

static const Member conversion_members[] = {
	{"customerId", "customer_id"},
	{"customerRef", "customer_ref", true},
	{"externalSystem", "external_system", true},
	{"externalId", "external_id", true},
	{"at", "at"}, {"reason", "reason"}, {"by", "by", true},
};

/* An entry being read: its values as texts, NULL where not given. */
typedef struct Entry
{
	const char *column;			/* history or conversion */
	char	   *what;			/* "entry 3 of history" */
	const Member *members;
	int			count;
	char	   *values[MEMBERS_MOST];
} Entry;

/* What kind of thing is wrong; each has a code and a stable name. */
typedef enum Fault
{
	FORM,						/* not what is to stand there */
	MOMENT,						/* no moment, or one to come */
	AGREEMENT					/* two things that do not fit together */
} Fault;

static const struct
{
	int			sqlstate;
	const char *constraint;
}			faults[] = {
	[FORM] = {ERRCODE_INVALID_PARAMETER_VALUE, "lead_past_form"},
	[MOMENT] = {ERRCODE_INVALID_DATETIME_FORMAT, "lead_past_moment"},
	[AGREEMENT] = {ERRCODE_CHECK_VIOLATION, "lead_past_agreement"},
};

#define HISTORY_HINT "Write [{\"status\": \"NEW\", \"at\": \"2025-03-01T09:30:00+01:00\"}, ...], the creation first."

pg_noreturn static void refuse(Fault fault, const char *column, char *message, const char *detail, const char *hint);

static void
refuse(Fault fault, const char *column, char *message, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(faults[fault].sqlstate),
			 errmsg("%s", message),
			 errdetail("%s", detail),
			 errhint("%s", hint),
			 errlead(column, faults[fault].constraint)));
}

/* ---------------------------------------------------------------- entries */

static char *
names_of(const Entry *entry)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < entry->count; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", entry->members[i].name);
	return names.data;
}

/* Place of a member, by either of its names; -1: there is none. */
static int
find_member(const Entry *entry, const JsonbValue *name)
{
	for (int i = 0; i < entry->count; i++)
	{
		const char *spellings[] = {entry->members[i].name, entry->members[i].snake};

		for (int j = 0; j < lengthof(spellings); j++)
			if (strlen(spellings[j]) == name->val.string.len &&
				memcmp(spellings[j], name->val.string.val, name->val.string.len) == 0)
				return i;
	}
	return -1;
}

static void
refuse_unknown_member(const Entry *entry, const JsonbValue *name)
{
	int			length = pg_mbcharcliplen(name->val.string.val, name->val.string.len, TEXT_LIMIT);

	ereport(ERROR,
			(errcode(faults[FORM].sqlstate),
			 errmsg("%s has a member that is not known", entry->what),
			 errdetail("\"%s\" is none of %s.", pnstrdup(name->val.string.val, length), names_of(entry)),
			 errdetail_log("It is none of %s.", names_of(entry)),
			 errhint("Leave it out, or keep it in chars."),
			 errlead(entry->column, faults[FORM].constraint)));
}

/* A value as text, NULL where it is null or blank; numbers are ids without quotes. */
static char *
value_text(const Entry *entry, const Member *member, const JsonbValue *value)
{
	char	   *text;

	if (value->type == jbvNull)
		return NULL;
	if (value->type == jbvNumeric)
		text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	else if (value->type == jbvString)
		text = pnstrdup(value->val.string.val, value->val.string.len);
	else
		refuse(FORM, entry->column, psprintf("%s: %s is not a text", entry->what, member->name),
			   "It is true, false, a list or an object.", "Write it as a JSON string.");
	if (member->limited && pg_mbstrlen(text) > TEXT_LIMIT)
		refuse(FORM, entry->column, psprintf("%s: %s is too long", entry->what, member->name),
			   psprintf("It has %d characters.", pg_mbstrlen(text)), psprintf("At most %d are taken.", TEXT_LIMIT));
	return blank_string(text) ? NULL : text;
}

/* Takes an object apart. */
static void
read_entry(Entry *entry, const JsonbValue *given)
{
	JsonbIterator *iterator;
	JsonbValue	name,
				value;
	bool		seen[MEMBERS_MOST] = {false};

	if (given->type != jbvBinary || !JsonContainerIsObject(given->val.binary.data))
		refuse(FORM, entry->column, psprintf("%s is not an object", entry->what),
			   psprintf("It has members by name: %s.", names_of(entry)),
			   strcmp(entry->column, "history") == 0 ? HISTORY_HINT : "Write {\"customerId\": \"...\"}, or {} for a new customer.");
	iterator = JsonbIteratorInit(given->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &name, true);
	while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
	{
		int			place = find_member(entry, &name);

		(void) JsonbIteratorNext(&iterator, &value, true);
		if (place < 0)
			refuse_unknown_member(entry, &name);
		if (seen[place])
			refuse(FORM, entry->column, psprintf("%s has %s twice", entry->what, entry->members[place].name),
				   psprintf("It is given as %s and as %s.", entry->members[place].name, entry->members[place].snake),
				   "Leave one of them out.");
		seen[place] = true;
		entry->values[place] = value_text(entry, &entry->members[place], &value);
	}
}

static void
require_member(const Entry *entry, int member)
{
	if (entry->values[member] == NULL)
		refuse(FORM, entry->column, psprintf("%s has no %s", entry->what, entry->members[member].name),
			   "It is missing, null or blank.",
			   strcmp(entry->column, "history") == 0 ? HISTORY_HINT : "Name the system in which the customer lives.");
}

/* ---------------------------------------------------------------- moments and statuses */

static char *
moment_text(TimestampTz moment)
{
	return pstrdup(timestamptz_to_str(moment));
}

static TimestampTz
read_moment(const char *column, const char *what, const char *text)
{
	TimestampTz moment;

	if (!iso_time(text, &moment))
		refuse(MOMENT, column, psprintf("%s is not a moment with its offset from UTC", what),
			   "A date alone, or a time without offset, does not say when it was.",
			   "Write it as 2025-03-01T09:30:00+01:00; to_jsonb makes that of a timestamptz.");
	if (moment > GetCurrentTimestamp())
		refuse(MOMENT, column, psprintf("%s lies in the future", what),
			   psprintf("It is %s.", moment_text(moment)), "What is moved in has happened. Correct the time or its offset.");
	return moment;
}

static Status
read_status(const char *what, const char *text)
{
	StringInfoData known;

	for (int i = 0; i < STATUS_COUNT; i++)
		if (strcmp(status_name((Status) i), text) == 0)
			return (Status) i;
	initStringInfo(&known);
	for (int i = 0; i < STATUS_COUNT; i++)
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", status_name(statuses_in_order[i]));
	refuse(FORM, "history", psprintf("%s is not one that is known", what),
		   psprintf("Known: %s.", known.data), "Translate the statuses of the other system; finer ones go to the reason or to chars.");
}

/* ---------------------------------------------------------------- history */

/* One change, and whether it may follow the one before. */
static void
read_change(Past *past, int index, const JsonbValue *given)
{
	Entry		entry = {"history", psprintf("entry %d of history", index + 1), change_members, lengthof(change_members)};
	PastChange *change = &past->changes[index];
	const PastChange *before = index > 0 ? change - 1 : NULL;

	read_entry(&entry, given);
	require_member(&entry, CHANGE_STATUS);
	require_member(&entry, CHANGE_AT);
	change->to = read_status(psprintf("%s: status", entry.what), entry.values[CHANGE_STATUS]);
	change->at = read_moment("history", psprintf("%s: at", entry.what), entry.values[CHANGE_AT]);
	change->reason = entry.values[CHANGE_REASON];
	change->by = entry.values[CHANGE_BY];

	if (before == NULL)
	{
		if (STATUS_IS_CONVERTED(change->to))
			refuse(AGREEMENT, "history", "a lead cannot begin with a conversion",
				   psprintf("Entry 1 of history is %s.", status_name(change->to)),
				   "Put the creation before it, with the status and time that the lead had then.");
		return;
	}
	if (change->at <= before->at)
		refuse(AGREEMENT, "history", psprintf("%s is not later than the entry before it", entry.what),
			   psprintf("Entry %d is at %s, entry %d at %s.", index, moment_text(before->at), index + 1, moment_text(change->at)),
			   "Sort the changes by time, and leave out what is there twice.");
	if (change->to == before->to && change->to != STATUS_LATER)
		refuse(AGREEMENT, "history", psprintf("%s is in the same status as the entry before it", entry.what),
			   psprintf("Both are %s; only LATER may follow itself, as a postponement.", status_name(change->to)),
			   "Leave one of them out.");
	if (STATUS_IS_CONVERTED(before->to) && change->to != past->changes[index - 2].to)
		refuse(AGREEMENT, "history", psprintf("%s is not the reversal of the conversion before it", entry.what),
			   psprintf("After %s a lead returns to the status it was converted from, here %s, and not to %s.",
						status_name(before->to), status_name(past->changes[index - 2].to), status_name(change->to)),
			   psprintf("Put an entry with status %s between them, or leave the conversion out.",
						status_name(past->changes[index - 2].to)));
	/* postponed with no new reason, a lead keeps the one it has */
	if (change->to == before->to && change->reason == NULL)
		change->reason = before->reason;
}

static void
read_history(Past *past, Jsonb *given)
{
	if (!JB_ROOT_IS_ARRAY(given) || JB_ROOT_IS_SCALAR(given) || JB_ROOT_COUNT(given) == 0)
		refuse(FORM, "history", "history is not a list of changes",
			   "It is an array of objects, one for each change of status, and not empty.", HISTORY_HINT);
	past->change_count = JB_ROOT_COUNT(given);
	past->changes = palloc0(past->change_count * sizeof(PastChange));
	for (int i = 0; i < past->change_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_change(past, i, getIthJsonbValueFromContainer(&given->root, i));
	}
}

/* A lead of which only the creation is known. */
static void
only_creation(Past *past)
{
	past->change_count = 1;
	past->changes = palloc0(sizeof(PastChange));
}

static void
take_inserted_at(Past *past, Jsonb *given, bool has_history)
{
	JsonbValue	value;
	TimestampTz moment;

	json_as_value(given, &value);
	if (value.type != jbvString)
		refuse(MOMENT, "inserted_at", "insertedAt is not a moment with its offset from UTC",
			   "It is not a JSON string.", "Write it as 2025-03-01T09:30:00+01:00; to_jsonb makes that of a timestamptz.");
	moment = read_moment("inserted_at", "insertedAt", pnstrdup(value.val.string.val, value.val.string.len));
	if (has_history && moment != past->changes[0].at)
		refuse(AGREEMENT, "inserted_at", "insertedAt is not the time of the first entry of history",
			   psprintf("insertedAt is %s, the first entry is at %s.", moment_text(moment), moment_text(past->changes[0].at)),
			   "The first entry is the creation. Put it there, or leave insertedAt out.");
	past->changes[0].at = moment;
}

/* The status and reason of the lead itself are those of the last change, where given. */
static void
take_present(Past *past, bool has_history, const Status *status, const char *reason)
{
	PastChange *last = &past->changes[past->change_count - 1];

	if (status && has_history && *status != last->to)
		refuse(AGREEMENT, "status", psprintf("history ends in %s, but the lead is in %s", status_name(last->to), status_name(*status)),
			   psprintf("The last of %d entries is the present status.", past->change_count),
			   "Add the change that is missing, or leave status out.");
	if (status && STATUS_IS_CONVERTED(*status) && !has_history)
		refuse(AGREEMENT, "history", "a converted lead needs its history",
			   psprintf("The lead is in %s; what it was converted from, and when, is not told.", status_name(*status)),
			   HISTORY_HINT);
	if (status)
		last->to = *status;
	if (reason && last->reason && strcmp(reason, last->reason) != 0)
		refuse(AGREEMENT, "status_reason", "statusReason is not the reason of the last entry of history",
			   "Both are given, and differ.", "Leave one of them out.");
	if (reason)
		last->reason = pstrdup(reason);
}

/* ---------------------------------------------------------------- conversions */

/* Digits as an id has them, with its hyphens or without. */
static bool
is_uuid(const char *text)
{
	int			count = 0;

	for (const char *at = text; *at; at++)
	{
		if (*at == '-' && (at - text == 8 || at - text == 13 || at - text == 18 || at - text == 23))
			continue;
		if (!isxdigit((unsigned char) *at))
			return false;
		count++;
	}
	return count == 32 && (strlen(text) == 32 || strlen(text) == 36);
}

static void
refuse_member(const Entry *entry, int member, Status kind)
{
	if (entry->values[member])
		refuse(AGREEMENT, "conversion", psprintf("%s has %s, but the lead went to %s", entry->what,
												 entry->members[member].name, status_name(kind)),
			   kind == STATUS_CONVERTED ? "CONVERTED has a customer here: customerId, customerRef, or none for a new one." :
			   "CONVERTED_EXTERNAL has a customer elsewhere: externalSystem, and externalId where known.",
			   "Correct the status in history, or the conversion.");
}

/* A text that both tell: the same, or one of them. */
static char *
agreed(const Entry *entry, int member, int change, char *in_history)
{
	char	   *text = entry->values[member];

	if (text && in_history && strcmp(text, in_history) != 0)
		refuse(AGREEMENT, "conversion", psprintf("%s has another %s than entry %d of history", entry->what,
												 entry->members[member].name, change + 1),
			   "Both tell of the same conversion.", "Leave one of them out.");
	return text ? text : in_history;
}

static void
read_conversion(Past *past, int index, const JsonbValue *given, bool in_list)
{
	PastConversion *conversion = &past->conversions[index];
	PastChange *change = &past->changes[conversion->change];
	Entry		entry = {"conversion", in_list ? psprintf("entry %d of conversion", index + 1) : "conversion",
	conversion_members, lengthof(conversion_members)};
	char	  **values = entry.values;

	read_entry(&entry, given);
	if (change->to == STATUS_CONVERTED)
	{
		refuse_member(&entry, CONVERSION_EXTERNAL_SYSTEM, change->to);
		refuse_member(&entry, CONVERSION_EXTERNAL_ID, change->to);
		if (values[CONVERSION_CUSTOMER_ID] && values[CONVERSION_CUSTOMER_REF])
			refuse(AGREEMENT, "conversion", psprintf("%s has both customerId and customerRef", entry.what),
				   "A customer is a row of lead.customer, or one in your own tables.", "Leave one of them out.");
	}
	else
	{
		refuse_member(&entry, CONVERSION_CUSTOMER_ID, change->to);
		refuse_member(&entry, CONVERSION_CUSTOMER_REF, change->to);
		require_member(&entry, CONVERSION_EXTERNAL_SYSTEM);
	}
	if (values[CONVERSION_AT] &&
		read_moment("conversion", psprintf("%s: at", entry.what), values[CONVERSION_AT]) != change->at)
		refuse(AGREEMENT, "conversion", psprintf("%s is at another time than entry %d of history", entry.what, conversion->change + 1),
			   psprintf("That entry is at %s.", moment_text(change->at)), "Correct one of them, or leave at out of the conversion.");
	change->reason = agreed(&entry, CONVERSION_REASON, conversion->change, change->reason);
	change->by = agreed(&entry, CONVERSION_BY, conversion->change, change->by);

	if (values[CONVERSION_CUSTOMER_ID])
	{
		if (!is_uuid(values[CONVERSION_CUSTOMER_ID]))
			refuse(FORM, "conversion", psprintf("%s: customerId is not an id", entry.what),
				   "It is the id of a row of lead.customer, a UUID.", "Look it up by key: SELECT id FROM lead.customer WHERE key = '...';");
		conversion->names_customer = true;
		conversion->customer_id = DirectFunctionCall1(uuid_in, CStringGetDatum(values[CONVERSION_CUSTOMER_ID]));
	}
	conversion->customer_ref = values[CONVERSION_CUSTOMER_REF];
	conversion->external_system = values[CONVERSION_EXTERNAL_SYSTEM];
	conversion->external_id = values[CONVERSION_EXTERNAL_ID];
}

/* Where the history has conversions. */
static void
find_conversions(Past *past)
{
	past->conversions = palloc0(past->change_count * sizeof(PastConversion));
	for (int i = 0; i < past->change_count; i++)
		if (STATUS_IS_CONVERTED(past->changes[i].to))
			past->conversions[past->conversion_count++].change = i;
}

static void
refuse_count(const Past *past, int given)
{
	const char *hint = "Give conversion {} for a new customer, {\"customerId\": ...} or {\"externalSystem\": ...}; a list of these where there were several.";

	if (given == 0)
		refuse(AGREEMENT, "conversion", "the conversion is missing",
			   psprintf("Entry %d of history is %s, which needs a conversion.", past->conversions[0].change + 1,
						status_name(past->changes[past->conversions[0].change].to)), hint);
	if (past->conversion_count == 0)
		refuse(AGREEMENT, "conversion", "a conversion is given, but the lead was not converted",
			   "No entry of history is CONVERTED or CONVERTED_EXTERNAL.", "Add the change to history, or leave conversion out.");
	refuse(AGREEMENT, "conversion", "conversion and history differ in number",
		   psprintf("Changes to CONVERTED or CONVERTED_EXTERNAL in history: %d, conversions: %d.", past->conversion_count, given),
		   hint);
}

static void
read_conversions(Past *past, Jsonb *given)
{
	bool		in_list = given && JB_ROOT_IS_ARRAY(given) && !JB_ROOT_IS_SCALAR(given);
	int			count = given == NULL ? 0 : in_list ? JB_ROOT_COUNT(given) : 1;
	JsonbValue	whole;

	find_conversions(past);
	if (count != past->conversion_count)
		refuse_count(past, count);
	if (given && !in_list)
		json_as_value(given, &whole);
	for (int i = 0; i < count; i++)
		read_conversion(past, i, in_list ? getIthJsonbValueFromContainer(&given->root, i) : &whole, in_list);
}

/* ---------------------------------------------------------------- all */

static Jsonb *
not_null(Jsonb *given)
{
	return given && !json_is_null(given) ? given : NULL;
}

/*
 * Reads all of it, in the current memory context, or raises what is wrong.
 * status and status_reason are the lead's present ones, NULL where not given.
 */
Past *
past_read(const GivenPast *raw, const Status *status, const char *status_reason)
{
	Jsonb	   *inserted_at = not_null(raw->inserted_at);
	Jsonb	   *history = not_null(raw->history);
	Past	   *past = palloc0(sizeof(Past));

	if (!inserted_at && !history)
		refuse(FORM, "history", "insertedAt and history are missing",
			   "A lead with a conversion has a past, which begins with its creation.", HISTORY_HINT);
	if (history)
		read_history(past, history);
	else
		only_creation(past);
	if (inserted_at)
		take_inserted_at(past, inserted_at, history != NULL);
	take_present(past, history != NULL, status, status_reason);
	read_conversions(past, not_null(raw->conversion));
	return past;
}
