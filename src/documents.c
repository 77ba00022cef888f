/*
 * documents.c
 *		Writing a lead as JSON: lead.create_lead, lead.replace_lead and
 *		lead.patch_lead, whose SQL comments say what each does.
 *
 * They write the INSERT or UPDATE that any client may write, as the caller, and
 * the guard judges it. The UPDATE names only what the document changes, so it
 * asks for no more privileges than that, and where it changes nothing there is
 * none: no version, no edited_at, no event. For that, what is given is brought
 * into the form in which it would be stored before it is compared. A document
 * that has processingData is always written, for somebody is to be told of it.
 *
 * Status, reason and date belong together: while the status stays, so do the
 * other two unless they are given, and with a new status a reason counts as
 * given only if the document has it.
 */
#include "compat.h"

#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "chars.h"
#include "contacts.h"
#include "document.h"
#include "errors.h"
#include "keys.h"
#include "leads.h"
#include "mergepatch.h"
#include "registers.h"
#include "rows.h"
#include "store.h"
#include "text.h"

LEAD_FUNCTION(lead_do_create_lead);
LEAD_FUNCTION(lead_do_replace_lead);
LEAD_FUNCTION(lead_do_patch_lead);

/* A stored lead and what is to become of it. */
typedef struct Rewriting
{
	const Document *document;
	bool		patch;			/* else what is left out becomes empty */
	const LeadRow *old;
	LeadRow		new;
	Change		change;
} Rewriting;

/* ------------------------------------------------------------ refusals */

pg_noreturn static void
refuse_missing(const char *id_or_key)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("no lead has this id or key"),
			 errdetail("None that you may see and change has the id or key \"%s\".", shown(id_or_key)),
			 errdetail_log("None that the caller may see and change has it."),
			 errhint("lead.create_lead makes a new one."),
			 errlead(NULL, NULL)));
}

static void
check_id(const Document *document, const LeadRow *lead)
{
	const Payload *payload = &document->payload;

	if (payload->given[ATTRIBUTE_ID] != GIVEN ||
		same_uuid(payload->values[ATTRIBUTE_ID], ROW_VALUE(lead, LEAD_ID)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the document is of another lead than \"%s\"", lead_row_string(lead, LEAD_KEY)),
			 errdetail("It has another id, and the id of a lead never changes."),
			 errhint("Leave the id out, or call with the id or key of the lead that the document is of."),
			 errlead("id", "lead_id_fixed")));
}

static void
check_version(const Document *document, const LeadRow *lead)
{
	int32		version = DatumGetInt32(ROW_VALUE(lead, LEAD_VERSION_COLUMN));

	if (document->version == NULL ||
		DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(document->version),
										 NumericGetDatum(int64_to_numeric(version)))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_LEAD_VERSION),
			 errmsg("lead \"%s\" is at another version than the document", lead_row_string(lead, LEAD_KEY)),
			 errdetail("The document is of version %s, the lead is at version %d.",
					   shown(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(document->version)))),
					   version),
			 errhint("Read the lead again and make the change anew, or leave auditInfo out to write it all the same."),
			 errlead("version", "lead_version_lock")));
}

static void
check_no_version(const Document *document)
{
	if (document->version)
		ereport(ERROR,
				(errcode(ERRCODE_LEAD_VERSION),
				 errmsg("a new lead has no version yet"),
				 errdetail("auditInfo.version is given: it says which version of a lead the document is of."),
				 errhint("Leave auditInfo out, or call lead.replace_lead for the lead that is there."),
				 errlead("version", "lead_version_lock")));
}

/* ------------------------------------------------------------ what changes */

static int
place_of(const LeadRow *row, Attribute attribute)
{
	return lead_row_place(row, attribute_column(attribute));
}

/* As the row has it: the priority comes as text. */
static Datum
value_for_row(const LeadRow *row, int place, Attribute attribute, Datum value)
{
	Oid			type = TupleDescAttr(row->desc, place)->atttypid;
	Oid			input,
				parameter;

	if (attribute != ATTRIBUTE_PRIORITY)
		return value;
	getTypeInputInfo(type, &input, &parameter);
	return OidInputFunctionCall(input, TextDatumGetCString(value), parameter, -1);
}

static void
set_value(Rewriting *rewriting, Attribute attribute, Datum value)
{
	int			place = place_of(&rewriting->new, attribute);

	rewriting->change.values[attribute] = value;
	rewriting->change.nulls[attribute] = false;
	rewriting->new.values[place] = value_for_row(&rewriting->new, place, attribute, value);
	rewriting->new.nulls[place] = false;
}

static void
set_null(Rewriting *rewriting, Attribute attribute)
{
	int			place = place_of(&rewriting->new, attribute);

	rewriting->change.nulls[attribute] = true;
	rewriting->new.nulls[place] = true;
}

/* Those that no document may empty by leaving them out, or not by itself. */
static bool
stays_when_left_out(Attribute attribute)
{
	return attribute == ATTRIBUTE_KEY || attribute == ATTRIBUTE_STATUS ||
		attribute == ATTRIBUTE_STATUS_REASON || attribute == ATTRIBUTE_DEFERRED_UNTIL;
}

/* A patch of chars is one of their members. */
static Datum
given_value(const Rewriting *rewriting, Attribute attribute)
{
	Datum		value = rewriting->document->payload.values[attribute];

	if (attribute == ATTRIBUTE_CHARS && rewriting->patch)
		return JsonbPGetDatum(merge_patch(DatumGetJsonbP(ROW_VALUE(rewriting->old, LEAD_CHARS)),
										  DatumGetJsonbP(value)));
	return value;
}

/* What the document says of an attribute; null says nothing but in a patch. */
static void
take_attribute(Rewriting *rewriting, Attribute attribute)
{
	Given		given = rewriting->document->payload.given[attribute];

	if (given == GIVEN_EMPTY && !rewriting->patch)
		given = NOT_GIVEN;
	if (given == GIVEN)
		set_value(rewriting, attribute, given_value(rewriting, attribute));
	else if (given == GIVEN_EMPTY ? attribute != ATTRIBUTE_KEY :
			 !rewriting->patch && !stays_when_left_out(attribute))
		set_null(rewriting, attribute);
}

static bool
differs(const Rewriting *rewriting, Attribute attribute)
{
	return lead_row_differs_at(rewriting->old, &rewriting->new, place_of(&rewriting->new, attribute));
}

/* As the guard would store it. What is the same as it was stays as it is. */
static void
normalise(Rewriting *rewriting, Attribute attribute)
{
	int			place = place_of(&rewriting->new, attribute);
	Datum	   *value = &rewriting->new.values[place];
	bool	   *isnull = &rewriting->new.nulls[place];
	Place		column = {"lead", attribute_column(attribute)};

	switch (attribute)
	{
		case ATTRIBUTE_PHONES:
		case ATTRIBUTE_EMAILS:
		case ATTRIBUTE_WEBSITES:
		case ATTRIBUTE_DATA_BOXES:
		case ATTRIBUTE_CONTACT_INSTANTS:
			fill_contacts(column, value, isnull);
			break;
		case ATTRIBUTE_DATA_TAGS:
			fill_tags(column, value, isnull);
			break;
		case ATTRIBUTE_CHARS:
			fill_chars(column, value, isnull);
			if (!ROW_NULL(&rewriting->new, LEAD_TYPE))
				chars_fill(&rewriting->new);
			return;				/* the guard fills in defaults once it knows the type */
		case ATTRIBUTE_KEY:
			if (is_blank(*value))
				lead_row_set(&rewriting->new, LEAD_KEY, ROW_VALUE(rewriting->old, LEAD_KEY));
			return;
		case ATTRIBUTE_ASSIGNED_TO:
		case ATTRIBUTE_STATUS_REASON:
			if (!*isnull && is_blank(*value))
				set_null(rewriting, attribute);
			return;
		default:
			return;
	}
	rewriting->change.values[attribute] = *value;
	rewriting->change.nulls[attribute] = *isnull;
}

/* Finds out which columns the UPDATE names. Returns whether there are any. */
static bool
find_changes(Rewriting *rewriting)
{
	const Payload *payload = &rewriting->document->payload;
	Change	   *change = &rewriting->change;
	bool		any = false;

	for (int i = ATTRIBUTE_KEY; i < ATTRIBUTE_PROCESSING_DATA; i++)
		take_attribute(rewriting, (Attribute) i);
	for (int i = ATTRIBUTE_KEY; i < ATTRIBUTE_PROCESSING_DATA; i++)
	{
		if (differs(rewriting, (Attribute) i))
			normalise(rewriting, (Attribute) i);
		change->named[i] = differs(rewriting, (Attribute) i);
	}
	if (change->named[ATTRIBUTE_STATUS] && payload->given[ATTRIBUTE_STATUS_REASON] == GIVEN)
		change->named[ATTRIBUTE_STATUS_REASON] = true;
	if (payload->given[ATTRIBUTE_PROCESSING_DATA] == GIVEN)
	{
		change->named[ATTRIBUTE_PROCESSING_DATA] = true;
		change->values[ATTRIBUTE_PROCESSING_DATA] = payload->values[ATTRIBUTE_PROCESSING_DATA];
	}
	for (int i = 0; i < ATTRIBUTE_COUNT; i++)
		any |= change->named[i];
	return any;
}

/* ------------------------------------------------------------ functions */

static void
read_argument(FunctionCallInfo fcinfo, int number, Document *document)
{
	require_argument(!PG_ARGISNULL(number), "document", "Pass a JSON object with the attributes of the lead.");
	document_read(document, PG_GETARG_JSONB_P(number));
}

/* lead.create_lead: see its SQL comment. */
Datum
lead_do_create_lead(PG_FUNCTION_ARGS)
{
	Document	document;
	const Payload *payload = &document.payload;
	Datum		id;

	require_row_type(fcinfo, "lead");
	read_argument(fcinfo, 1, &document);
	check_no_version(&document);
	SPI_connect();
	id = payload->given[ATTRIBUTE_ID] == GIVEN ? payload->values[ATTRIBUTE_ID] : uuid_v7();
	store_insert(payload, DatumGetUUIDP(id));
	return finish_with_lead(fcinfo, id);
}

static Datum
rewrite_lead(FunctionCallInfo fcinfo, bool patch)
{
	Rewriting	rewriting = {.patch = patch};
	Document	document;
	StoredLead	lead;
	char	   *id_or_key;

	require_row_type(fcinfo, "lead");
	id_or_key = given_text(fcinfo, 1);
	require_argument(id_or_key != NULL, "id_or_key", "Pass the id or the key of the lead.");
	read_argument(fcinfo, 2, &document);

	SPI_connect();
	if (!stored_lead_lock_named(&lead, id_or_key))
		refuse_missing(id_or_key);
	check_id(&document, &lead.row);
	check_version(&document, &lead.row);
	rewriting.document = &document;
	rewriting.old = &lead.row;
	rewriting.new = lead_row_copy(&lead.row);
	if (find_changes(&rewriting))
		store_change(&rewriting.change, DatumGetUUIDP(ROW_VALUE(&lead.row, LEAD_ID)));
	return finish_with_lead(fcinfo, ROW_VALUE(&lead.row, LEAD_ID));
}

/* lead.replace_lead: see its SQL comment. */
Datum
lead_do_replace_lead(PG_FUNCTION_ARGS)
{
	return rewrite_lead(fcinfo, false);
}

/* lead.patch_lead: see its SQL comment. */
Datum
lead_do_patch_lead(PG_FUNCTION_ARGS)
{
	return rewrite_lead(fcinfo, true);
}
