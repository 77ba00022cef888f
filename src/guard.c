/*
 * guard.c
 *		The trigger on lead.lead that no change gets past.
 *
 * BEFORE ROW it fills and normalises the row and judges an UPDATE, so that a
 * client sees its refusal before anything is written. AFTER ROW it judges
 * creation (the proposed row of an INSERT … ON CONFLICT never gets there) and
 * looks at the stored row once more, since a trigger of the user's that fires
 * after ours may have changed it; then it writes the history.
 *
 * OLD and NEW values are compared; that an UPDATE does not name a column never
 * spares a check. It only tells whether an equal reason was given anew.
 *
 * A lead that moves in from another system (movein.c) is inserted like any other,
 * but has its status and times from its past, which is not judged.
 */
#include "compat.h"

#include "access/sysattr.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/jsonb.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "chars.h"
#include "contacts.h"
#include "errors.h"
#include "evidence.h"
#include "guard.h"
#include "history.h"
#include "keys.h"
#include "lifecycle.h"
#include "matchkeys.h"
#include "movein.h"
#include "pass.h"
#include "plans.h"
#include "policy.h"
#include "processing.h"
#include "registers.h"
#include "roles.h"
#include "rows.h"
#include "settings.h"

LEAD_FUNCTION(lead_guard);

#define SHORT_LIMIT 200
#define NAME_LIMIT 1000

static const struct
{
	LeadColumn	column;
	const char *name;
}			lists[] = {
	{LEAD_CONTACT_INSTANTS, "contact_instants"},
	{LEAD_PHONES, "phones"},
	{LEAD_EMAILS, "emails"},
	{LEAD_WEBSITES, "websites"},
	{LEAD_DATA_BOXES, "data_boxes"},
};

static HeapTuple before_insert(TriggerData *trigger);
static HeapTuple before_update(TriggerData *trigger);
static void before_delete(TriggerData *trigger);
static void after_insert(TriggerData *trigger);
static void after_update(TriggerData *trigger);

/*
 * Our triggers act for the owner of lead.lead: they write history and call
 * functions. So they serve no table of another owner, whatever it looks like.
 * Compared by owner, not by OID, for a shard is another relation.
 */
void
require_lead_table(Relation table)
{
	Oid			lead = lead_relation("lead", false);

	if (RelationGetRelid(table) != lead && table->rd_rel->relowner != relation_owner(lead))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the guard of lead.lead cannot serve table \"%s\"", RelationGetRelationName(table)),
				 errdetail("The table has another owner than lead.lead."),
				 errhint("Drop the trigger.")));
}

/* lead.guard(): trigger BEFORE INSERT OR UPDATE OR DELETE, AFTER INSERT OR UPDATE, FOR EACH ROW. */
Datum
lead_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		TRIGGER_FIRED_INSTEAD(trigger->tg_event))
		refuse_trigger_call("guard", "BEFORE INSERT OR UPDATE OR DELETE, AFTER INSERT OR UPDATE, FOR EACH ROW");
	require_unrestricted();
	require_lead_table(trigger->tg_relation);

	if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
	{
		if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
			return PointerGetDatum(before_insert(trigger));
		if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
			return PointerGetDatum(before_update(trigger));
		before_delete(trigger);
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		after_insert(trigger);
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		after_update(trigger);
	return PointerGetDatum(NULL);
}

static pg_uuid_t *
id_of(const LeadRow *lead)
{
	return DatumGetUUIDP(ROW_VALUE(lead, LEAD_ID));
}

static Status
status_in(const LeadRow *lead)
{
	return status_of(ROW_VALUE(lead, LEAD_STATUS));
}

/* Takes processing_data out of the row and keeps it for the transaction. */
static void
take_processing_data(LeadRow *lead)
{
	if (ROW_NULL(lead, LEAD_PROCESSING_DATA))
		return;
	processing_keep(id_of(lead), DatumGetJsonbP(ROW_VALUE(lead, LEAD_PROCESSING_DATA)));
	lead_row_set_null(lead, LEAD_PROCESSING_DATA);
}

/* Nothing to judge anew: what is stored once stays as it is. */
static bool
untouched(const LeadRow *old, const LeadRow *new, LeadColumn column)
{
	return old && !ROW_NULL(old, column) && !ROW_NULL(new, column) &&
		same_bytes(ROW_VALUE(old, column), ROW_VALUE(new, column));
}

/*
 * Columns that any client writes: required ones there, shapes right, NULL as
 * empty. old is NULL in an INSERT.
 */
static void
check_content(const LeadRow *old, LeadRow *lead)
{
	static const struct
	{
		LeadColumn	column;
		const char *name;
		int			limit;
	}			required[] = {
		{LEAD_PARTY_NAME, "party_name", NAME_LIMIT},
		{LEAD_TYPE, "lead_type", SHORT_LIMIT},
		{LEAD_RATING, "lead_rating", SHORT_LIMIT},
		{LEAD_SOURCE, "lead_source", SHORT_LIMIT},
	};

	for (int i = 0; i < lengthof(required); i++)
		require_text((Place) {"lead", required[i].name},
					 ROW_VALUE(lead, required[i].column), ROW_NULL(lead, required[i].column),
					 required[i].limit);
	limit_text((Place) {"lead", "key"}, ROW_VALUE(lead, LEAD_KEY), ROW_NULL(lead, LEAD_KEY), SHORT_LIMIT);
	limit_text((Place) {"lead", "assigned_to"}, ROW_VALUE(lead, LEAD_ASSIGNED_TO),
			   ROW_NULL(lead, LEAD_ASSIGNED_TO), SHORT_LIMIT);
	for (int i = 0; i < lengthof(lists); i++)
		if (!untouched(old, lead, lists[i].column))
			fill_contacts((Place) {"lead", lists[i].name},
						  &ROW_VALUE(lead, lists[i].column), &ROW_NULL(lead, lists[i].column));
	if (!untouched(old, lead, LEAD_DATA_TAGS))
		fill_tags((Place) {"lead", "data_tags"},
				  &ROW_VALUE(lead, LEAD_DATA_TAGS), &ROW_NULL(lead, LEAD_DATA_TAGS));
	if (!untouched(old, lead, LEAD_CHARS))
		fill_chars((Place) {"lead", "chars"}, &ROW_VALUE(lead, LEAD_CHARS), &ROW_NULL(lead, LEAD_CHARS));
	if (!ROW_NULL(lead, LEAD_ASSIGNED_TO) && is_blank(ROW_VALUE(lead, LEAD_ASSIGNED_TO)))
		lead_row_set_null(lead, LEAD_ASSIGNED_TO);
	if (!ROW_NULL(lead, LEAD_STATUS_REASON) && is_blank(ROW_VALUE(lead, LEAD_STATUS_REASON)))
		lead_row_set_null(lead, LEAD_STATUS_REASON);
}

/*
 * The stored row must have the shape that check_content gave it, for a trigger
 * that fired since then may have spoilt it, and no CHECK of the table's would
 * see that (sql/30-lead.sql says why there is none). old is NULL in an INSERT; a
 * list that is as it was is not fetched from out of its row.
 */
static void
check_shape(const LeadRow *old, const LeadRow *lead)
{
	require_text((Place) {"lead", "key"}, ROW_VALUE(lead, LEAD_KEY), false, SHORT_LIMIT);
	require_text((Place) {"lead", "party_name"}, ROW_VALUE(lead, LEAD_PARTY_NAME), false, NAME_LIMIT);
	if (!ROW_NULL(lead, LEAD_ASSIGNED_TO))
		require_text((Place) {"lead", "assigned_to"}, ROW_VALUE(lead, LEAD_ASSIGNED_TO), false, SHORT_LIMIT);
	for (int i = 0; i < lengthof(lists); i++)
		if (!ROW_NULL(lead, lists[i].column) && !untouched(old, lead, lists[i].column))
			require_list((Place) {"lead", lists[i].name}, ROW_VALUE(lead, lists[i].column));
	if (!untouched(old, lead, LEAD_CHARS))
		require_object((Place) {"lead", "chars"}, ROW_VALUE(lead, LEAD_CHARS));
	if (!ROW_NULL(lead, LEAD_DEFERRED_UNTIL) && status_in(lead) != STATUS_LATER)
		refusals_raise(list_make1(date_refusal(status_in(lead))));
}

static void
refuse_late_change(const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("%s was changed after the guard had judged the row", column),
			 errdetail("A BEFORE trigger whose name sorts after \"zz_lead_guard\" changed column \"%s\" of lead.lead.", column),
			 errhint("Rename that trigger so that it fires first: BEFORE triggers fire in the order of their names."),
			 errlead(column, NULL)));
}

static HeapTuple
before_insert(TriggerData *trigger)
{
	LeadRow		lead;
	TimestampTz now = GetCurrentTimestamp();
	Datum		who = CStringGetTextDatum(outer_user_name());
	const char *actor = setting_actor();
	const Arrival *arrival;

	lead_row_open(&lead, trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation));
	if (ROW_NULL(&lead, LEAD_ID))
		lead_row_set(&lead, LEAD_ID, uuid_v7());
	if (ROW_NULL(&lead, LEAD_STATUS))
		lead_row_set(&lead, LEAD_STATUS, status_datum(STATUS_NEW));
	take_processing_data(&lead);
	check_content(NULL, &lead);
	chars_fill(&lead);
	lead_row_set(&lead, LEAD_VERSION_COLUMN, Int32GetDatum(1));
	lead_row_set(&lead, LEAD_STATUS_SINCE, TimestampTzGetDatum(now));
	lead_row_set(&lead, LEAD_INSERTED_AT, TimestampTzGetDatum(now));
	lead_row_set(&lead, LEAD_EDITED_AT, TimestampTzGetDatum(now));
	lead_row_set(&lead, LEAD_INSERTED_BY, who);
	lead_row_set(&lead, LEAD_EDITED_BY, who);
	lead_row_set_text(&lead, LEAD_INSERTED_BY_ACTOR, actor);
	lead_row_set_text(&lead, LEAD_EDITED_BY_ACTOR, actor);
	arrival = arrival_of(&lead);
	if (arrival)
		arrival_fill(arrival, &lead);
	if (!ROW_NULL(&lead, LEAD_DEFERRED_UNTIL) && status_in(&lead) != STATUS_LATER)
		refusals_raise(list_make1(date_refusal(status_in(&lead))));
	if (ROW_NULL(&lead, LEAD_KEY) || is_blank(ROW_VALUE(&lead, LEAD_KEY)))
	{
		char	   *type = lead_row_string(&lead, LEAD_TYPE);

		lead_row_set(&lead, LEAD_KEY,
					 key_from_template(register_mnemonic(type), type, trigger->tg_relation,
									   lead.place[LEAD_KEY] + 1));
	}
	match_keys_set(&lead);
	require_not_null("lead", lead.desc, lead.nulls);
	return lead_row_form(&lead, trigger->tg_trigtuple);
}

/*
 * Columns that are the guard's: whatever the client wrote, the old value. Those
 * at the end hold personal data, and an erasure writes them.
 */
static void
keep_generated(const LeadRow *old, LeadRow *new, bool erased)
{
	static const LeadColumn generated[] = {
		LEAD_STATUS_SINCE, LEAD_VERSION_COLUMN, LEAD_INSERTED_BY, LEAD_INSERTED_AT,
		LEAD_MATCH_KEYS, LEAD_INSERTED_BY_ACTOR,
	};
	int			count = erased ? lengthof(generated) - 2 : lengthof(generated);

	if (ROW_NULL(new, LEAD_ID))
		lead_row_set(new, LEAD_ID, ROW_VALUE(old, LEAD_ID));
	if (ROW_NULL(new, LEAD_KEY) || is_blank(ROW_VALUE(new, LEAD_KEY)))
		lead_row_set(new, LEAD_KEY, ROW_VALUE(old, LEAD_KEY));
	for (int i = 0; i < count; i++)
	{
		ROW_VALUE(new, generated[i]) = ROW_VALUE(old, generated[i]);
		ROW_NULL(new, generated[i]) = ROW_NULL(old, generated[i]);
	}
}

/* The clock, but later than whatever was recorded of this lead before. */
static TimestampTz
moment_after(const LeadRow *old)
{
	TimestampTz since = DatumGetTimestampTz(ROW_VALUE(old, LEAD_STATUS_SINCE));
	TimestampTz edited = DatumGetTimestampTz(ROW_VALUE(old, LEAD_EDITED_AT));

	return Max(GetCurrentTimestamp(), Max(since, edited) + 1);
}

/*
 * The history takes its times from the row that entered a status: they must be
 * those that the guard set. old is NULL at creation.
 */
static void
require_times(const LeadRow *old, const LeadRow *new)
{
	TimestampTz since = DatumGetTimestampTz(ROW_VALUE(new, LEAD_STATUS_SINCE));
	TimestampTz edited = DatumGetTimestampTz(ROW_VALUE(new, LEAD_EDITED_AT));

	if (since != edited)
		refuse_late_change("status_since");
	if (old ? edited <= DatumGetTimestampTz(ROW_VALUE(old, LEAD_EDITED_AT)) ||
		edited <= DatumGetTimestampTz(ROW_VALUE(old, LEAD_STATUS_SINCE)) :
		edited != DatumGetTimestampTz(ROW_VALUE(new, LEAD_INSERTED_AT)))
		refuse_late_change("edited_at");
}

/*
 * The row is put back as it was before a merge, and was judged when it was
 * written; or it is erased, and empty chars are none of those required.
 */
static bool
is_unjudged(const LeadRow *old, const LeadRow *new)
{
	return pass_allows(PASS_RESTORE, id_of(old), status_in(old), status_in(new)) ||
		pass_allows(PASS_ERASE, id_of(old), status_in(old), status_in(new));
}

/*
 * Raises whatever stands against the move. Into and out of a conversion there
 * is no way but with a pass, whatever the rules say; and they have no say in
 * the end of a lead that is merged into another.
 */
static void
judge(const Move *move)
{
	bool		passed = pass_allows(PASS_CONVERSION, id_of(move->lead), move->from, move->to);

	if (!passed && !STATUS_IS_CONVERTED(move->from) && STATUS_IS_CONVERTED(move->to))
		refusals_raise(list_make1(conversion_only_refusal(move)));
	if (passed && STATUS_IS_CONVERTED(move->from))
		return;					/* a reversal returns to where the lead was */
	if (pass_allows(PASS_MERGE, id_of(move->lead), move->from, move->to))
		return;
	refusals_raise(lifecycle_refusals(move));
}

static bool
names_column(TriggerData *trigger, const LeadRow *lead, LeadColumn column)
{
	return bms_is_member(lead->place[column] + 1 - FirstLowInvalidHeapAttributeNumber,
						 trigger->tg_updatedcols);
}

/* The UPDATE gives the lead another status. */
static void
enter_status(TriggerData *trigger, const LeadRow *old, LeadRow *new, TimestampTz now)
{
	bool		reason_given = lead_row_differs(old, new, LEAD_STATUS_REASON) ||
		names_column(trigger, new, LEAD_STATUS_REASON);
	Move		move = {status_in(old), status_in(new), new, now};

	if (!reason_given)
		lead_row_set_null(new, LEAD_STATUS_REASON);
	if (move.to != STATUS_LATER)
	{
		if (!ROW_NULL(new, LEAD_DEFERRED_UNTIL) && lead_row_differs(old, new, LEAD_DEFERRED_UNTIL))
			refusals_raise(list_make1(date_refusal(move.to)));
		lead_row_set_null(new, LEAD_DEFERRED_UNTIL);
	}
	lead_row_set(new, LEAD_STATUS_SINCE, TimestampTzGetDatum(now));
	judge(&move);
}

/* The UPDATE leaves the status; in LATER a new date postpones. */
static void
stay_in_status(const LeadRow *old, const LeadRow *new, TimestampTz now)
{
	bool		date_differs = lead_row_differs(old, new, LEAD_DEFERRED_UNTIL);

	if (date_differs && status_in(new) == STATUS_LATER)
		lifecycle_check_until(new, now);
	else if (date_differs && !ROW_NULL(new, LEAD_DEFERRED_UNTIL))
		refusals_raise(list_make1(date_refusal(status_in(new))));
	else if (lead_row_differs(old, new, LEAD_STATUS_REASON))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("status_reason changes only together with the status"),
				 errdetail("It says why lead \"%s\" entered %s.",
						   lead_row_string(old, LEAD_KEY), status_name(status_in(old))),
				 errhint("Give it in the UPDATE that changes the status, or keep notes in description."),
				 errlead("status_reason", "lead_status_reason_alone")));
}

/* Status, reason and date are as the UPDATE has them; only since when is new. */
static void
restore_status(const LeadRow *old, LeadRow *new, TimestampTz now)
{
	if (status_in(old) != status_in(new))
		lead_row_set(new, LEAD_STATUS_SINCE, TimestampTzGetDatum(now));
}

static int32
next_version(const LeadRow *old)
{
	int32		version = DatumGetInt32(ROW_VALUE(old, LEAD_VERSION_COLUMN));

	if (version == PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("lead \"%s\" has no version left", lead_row_string(old, LEAD_KEY)),
				 errdetail("It has been changed %d times.", version),
				 errhint("Insert another lead."),
				 errlead("version", NULL)));
	return version + 1;
}

static HeapTuple
before_update(TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	const char *actor = setting_actor();
	LeadRow		old,
				new;
	TimestampTz now;
	bool		erased,
				unjudged;

	stored_row_open(&old, trigger->tg_trigtuple, desc);
	lead_row_open(&new, trigger->tg_newtuple, desc);
	erased = pass_allows(PASS_ERASE, id_of(&old), status_in(&old), status_in(&old));
	keep_generated(&old, &new, erased);
	if (lead_row_differs(&old, &new, LEAD_ID))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the id of a lead never changes"),
				 errdetail("History, persons and conversions refer to it."),
				 errhint("Change the key instead, or insert another lead."),
				 errlead("id", "lead_id_fixed")));
	if (ROW_NULL(&new, LEAD_STATUS))
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("status must be given"),
				 errdetail("Column \"status\" of lead.lead is required."),
				 errhint("Leave the column out of the UPDATE to keep the status."),
				 errlead("status", NULL)));
	take_processing_data(&new);
	unjudged = is_unjudged(&old, &new);
	if (!unjudged)
		check_content(&old, &new);
	if (!erased)
		match_keys_renew(&old, &new);

	now = moment_after(&old);
	lead_row_set(&new, LEAD_VERSION_COLUMN, Int32GetDatum(next_version(&old)));
	lead_row_set(&new, LEAD_EDITED_AT, TimestampTzGetDatum(now));
	lead_row_set(&new, LEAD_EDITED_BY, CStringGetTextDatum(outer_user_name()));
	if (!erased)
		lead_row_set_text(&new, LEAD_EDITED_BY_ACTOR, actor);	/* else the certificate has it */

	if (unjudged)
		restore_status(&old, &new, now);
	else
	{
		registers_check_change(&old, &new);
		chars_check_change(&old, &new);
		if (status_in(&old) != status_in(&new))
			enter_status(trigger, &old, &new, now);
		else
			stay_in_status(&old, &new, now);
	}
	require_not_null("lead", new.desc, new.nulls);
	return lead_row_form(&new, trigger->tg_newtuple);
}

static void
before_delete(TriggerData *trigger)
{
	LeadRow		lead;

	stored_row_open(&lead, trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation));
	evidence_check_deletion(&lead);
}

/* The stored row must be as the past has it. */
static void
require_as_arrived(const Arrival *arrival, const LeadRow *lead)
{
	static const struct
	{
		LeadColumn	column;
		const char *name;
	}			filled[] = {
		{LEAD_STATUS, "status"},
		{LEAD_STATUS_REASON, "status_reason"},
		{LEAD_STATUS_SINCE, "status_since"},
		{LEAD_VERSION_COLUMN, "version"},
		{LEAD_INSERTED_AT, "inserted_at"},
		{LEAD_EDITED_AT, "edited_at"},
	};
	LeadRow		expected = lead_row_copy(lead);

	arrival_fill(arrival, &expected);
	for (int i = 0; i < lengthof(filled); i++)
		if (lead_row_differs(&expected, lead, filled[i].column))
			refuse_late_change(filled[i].name);
}

static void
after_insert(TriggerData *trigger)
{
	LeadRow		lead;
	Move		move = {0};
	Arrival    *arrival;

	stored_row_open(&lead, trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation));
	check_shape(NULL, &lead);
	arrival = arrival_of(&lead);
	if (arrival)
	{
		require_as_arrived(arrival, &lead);
		registers_check_arrival(&lead);
		arrival_record(arrival, &lead);
		return;
	}
	if (DatumGetInt32(ROW_VALUE(&lead, LEAD_VERSION_COLUMN)) != 1)
		refuse_late_change("version");
	require_times(NULL, &lead);
	registers_check_creation(&lead);
	chars_check_creation(&lead);
	move.from = STATUS_CREATION;
	move.to = status_in(&lead);
	move.lead = &lead;
	move.now = DatumGetTimestampTz(ROW_VALUE(&lead, LEAD_INSERTED_AT));
	judge(&move);
	policy_check_creation(&lead);
	history_write(&lead, STATUS_CREATION, NULL);
}

static void
after_update(TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	LeadRow		old,
				new;
	Move		move = {0};
	bool		unjudged;

	stored_row_open(&old, trigger->tg_trigtuple, desc);
	stored_row_open(&new, trigger->tg_newtuple, desc);
	if (lead_row_differs(&old, &new, LEAD_ID))
		refuse_late_change("id");
	if (DatumGetInt32(ROW_VALUE(&new, LEAD_VERSION_COLUMN)) !=
		DatumGetInt32(ROW_VALUE(&old, LEAD_VERSION_COLUMN)) + 1)
		refuse_late_change("version");
	check_shape(&old, &new);

	move.from = status_in(&old);
	move.to = status_in(&new);
	move.lead = &new;
	move.now = DatumGetTimestampTz(ROW_VALUE(&new, LEAD_EDITED_AT));
	unjudged = is_unjudged(&old, &new);
	if (move.from != move.to)
	{
		if (!unjudged)
			judge(&move);
		if (!lead_row_differs(&old, &new, LEAD_STATUS_SINCE))
			refuse_late_change("status");
		require_times(&old, &new);
		pass_use(id_of(&new), move.from, move.to);
		history_write(&new, move.from, &old);
		return;
	}
	if (lead_row_differs(&old, &new, LEAD_STATUS_SINCE))
		refuse_late_change("status");
	pass_use(id_of(&new), move.from, move.to);
	if (unjudged)
		return;
	if (move.to == STATUS_LATER && lead_row_differs(&old, &new, LEAD_DEFERRED_UNTIL))
	{
		lifecycle_check_until(&new, move.now);
		history_write(&new, move.from, &old);
	}
	else if (lead_row_differs(&old, &new, LEAD_STATUS_REASON))
		refuse_late_change("status_reason");
}
