/*
 * json.c
 *		Rows as JSON with the tSM names: what conditions are asked about and
 *		what lead.as_json returns, by one builder.
 *
 * Only the columns listed here are shown, so a column that a user added to a
 * table never leaks into documents. NULLs are left out.
 */
#include "compat.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "isotime.h"
#include "json.h"

LEAD_FUNCTION(lead_as_json);

/* The tables whose rows are shown; a row of another type may be any of them. */
#define LEAD		0x01
#define TYPE		0x02
#define RATING		0x04
#define SOURCE		0x08
#define PERSON		0x10
#define CUSTOMER	0x20
#define ACCOUNT		0x40
#define REGISTERS	(TYPE | RATING | SOURCE)
#define PARTIES		(LEAD | PERSON | CUSTOMER)
#define ALL			0x7f
#define WRITE_ONLY	0x80		/* of a lead, but never shown */

static const struct
{
	const char *table;
	int			bit;
}			tables[] =
{
	{"lead", LEAD},
	{"lead_type", TYPE},
	{"lead_rating", RATING},
	{"lead_source", SOURCE},
	{"person", PERSON},
	{"customer", CUSTOMER},
	{"account", ACCOUNT},
};

typedef struct Member
{
	const char *column;
	const char *name;
	int			tables;			/* which have the column */
} Member;

static const Member members[] =
{
	{"id", "id", ALL},
	{"key", "key", PARTIES | ACCOUNT},
	{"code", "code", REGISTERS},
	{"name", "name", REGISTERS | CUSTOMER | ACCOUNT},
	{"status", "status", PARTIES | ACCOUNT},
	{"party_name", "partyName", LEAD},
	{"first_name", "firstName", PERSON},
	{"last_name", "lastName", PERSON},
	{"person_type", "personType", PERSON},
	{"customer_type", "customerType", CUSTOMER},
	{"lead_rating", "leadRating", LEAD},
	{"lead_source", "leadSource", LEAD},
	{"lead_type", "leadType", LEAD},
	{"description", "description", LEAD | REGISTERS | CUSTOMER | ACCOUNT},
	{"priority", "priority", LEAD},
	{"contact_instants", "contactInstants", PARTIES},
	{"phones", "phones", PARTIES},
	{"emails", "emails", PARTIES},
	{"websites", "websites", PARTIES},
	{"data_boxes", "dataBoxes", PARTIES},
	{"data_tags", "dataTags", PARTIES | REGISTERS},
	{"chars", "chars", PARTIES | ACCOUNT},
	{"status_since", "statusSince", LEAD},
	{"status_reason", "statusReason", LEAD},
	{"deferred_until", "deferredUntil", LEAD},
	{"assigned_to", "assignedTo", LEAD},
	{"validity_from", "validityFrom", REGISTERS},
	{"validity_to", "validityTo", REGISTERS},
	{"localization_data", "localizationData", REGISTERS},
	{"entity_spec_id", "entitySpecId", TYPE},
	{"mnemonic_code", "mnemonicCode", TYPE},
	{"create_privilege", "createPrivilege", TYPE},
	{"registry", "registry", TYPE},
	{"icon", "icon", TYPE},
	{"tsm_module", "tsmModule", TYPE},
	{"config", "config", REGISTERS},
	{"lead_id", "leadId", PERSON},
	{"customer_id", "customerId", PERSON | ACCOUNT},
	{"user_id", "userId", PERSON},
	{"account_start_date", "accountStartDate", ACCOUNT},
	{"account_end_date", "accountEndDate", ACCOUNT},
	{"processing_data", "processingData", WRITE_ONLY},
};

static const Member audit_members[] =
{
	{"version", "version", LEAD},
	{"inserted_by", "whoInserted", LEAD},
	{"inserted_at", "whenInserted", LEAD},
	{"edited_by", "whoEdited", LEAD},
	{"edited_at", "whenEdited", LEAD},
};

static int	tables_of(TupleDesc desc);
static const char *find_member(const Member *list, int count, const char *column, int table);
static void push_key(JsonbParseState **state, const char *key);
static void push_value(JsonbParseState **state, Oid type, Datum value);
static void push_array(JsonbParseState **state, ArrayType *array);

/* Which table the row is of, by its type; all of them where that tells nothing. */
static int
tables_of(TupleDesc desc)
{
	Oid			relation = desc->tdtypeid == RECORDOID ? InvalidOid : get_typ_typrelid(desc->tdtypeid);
	char	   *name = OidIsValid(relation) ? get_rel_name(relation) : NULL;

	for (int i = 0; name && i < lengthof(tables); i++)
		if (strcmp(tables[i].table, name) == 0)
			return tables[i].bit;
	return ALL;
}

static const char *
find_member(const Member *list, int count, const char *column, int table)
{
	for (int i = 0; i < count; i++)
		if ((list[i].tables & table) && strcmp(list[i].column, column) == 0)
			return list[i].name;
	return NULL;
}

/* The tSM name of a column of lead.lead, NULL where it has none. */
const char *
json_lead_name(const char *column)
{
	return find_member(members, lengthof(members), column, LEAD | WRITE_ONLY);
}

/* Place of a column in a row, -1 if it has none or is NULL. */
static int
filled_column(TupleDesc desc, const bool *nulls, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped && !nulls[i] &&
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i;
	return -1;
}

/* Version, who and when; the actor, where one was named, stands for the role. */
static void
push_audit(JsonbParseState **state, TupleDesc desc, const Datum *values, const bool *nulls, int table)
{
	bool		begun = false;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		const char *member;
		int			source = i;

		if (attribute->attisdropped || nulls[i])
			continue;
		member = find_member(audit_members, lengthof(audit_members), NameStr(attribute->attname), table);
		if (member == NULL)
			continue;
		if (strcmp(member, "whoInserted") == 0 || strcmp(member, "whoEdited") == 0)
		{
			int			actor = filled_column(desc, nulls,
											  psprintf("%s_actor", NameStr(attribute->attname)));

			if (actor >= 0)
				source = actor;
		}
		if (!begun)
		{
			push_key(state, "auditInfo");
			pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
			begun = true;
		}
		push_key(state, member);
		push_value(state, TupleDescAttr(desc, source)->atttypid, values[source]);
	}
	if (begun)
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* A whole document as a value to be pushed into another; it is not copied. */
void
json_as_value(Jsonb *jsonb, JsonbValue *value)
{
	if (JB_ROOT_IS_SCALAR(jsonb))
	{
		if (!JsonbExtractScalar(&jsonb->root, value))
			elog(ERROR, "invalid jsonb scalar");
		return;
	}
	value->type = jbvBinary;
	value->val.binary.data = &jsonb->root;
	value->val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
}

/*
 * What a document is: JB_FARRAY, JB_FOBJECT, or JB_FSCALAR with JB_FARRAY. Of one
 * that is stored out of its row only the beginning is fetched.
 */
uint32
json_root_kind(Datum jsonb)
{
	struct varlena *start = PG_DETOAST_DATUM_SLICE(jsonb, 0, sizeof(uint32));
	uint32		header;

	memcpy(&header, VARDATA_ANY(start), sizeof(header));
	return header & (JB_FARRAY | JB_FOBJECT | JB_FSCALAR);
}

bool
json_is_null(Jsonb *jsonb)
{
	JsonbValue	value;

	return JsonbExtractScalar(&jsonb->root, &value) && value.type == jbvNull;
}

Jsonb *
row_as_json(TupleDesc desc, const Datum *values, const bool *nulls)
{
	JsonbParseState *state = NULL;
	int			table = tables_of(desc);

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		const char *member;

		if (attribute->attisdropped || nulls[i])
			continue;
		member = find_member(members, lengthof(members), NameStr(attribute->attname), table);
		if (member == NULL)
			continue;
		push_key(&state, member);
		push_value(&state, attribute->atttypid, values[i]);
	}
	push_audit(&state, desc, values, nulls, table);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* For whoever builds JSON: a string as key, value or element. */
void
json_push_string(JsonbParseState **state, JsonbIteratorToken token, const char *string)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, string);
	value.val.string.len = strlen(string);
	pushJsonbValue(state, token, &value);
}

static void
push_key(JsonbParseState **state, const char *key)
{
	json_push_string(state, WJB_KEY, key);
}

/* What has a form of its own in JSON gets it; all else is its text. */
static void
push_value(JsonbParseState **state, Oid type, Datum value)
{
	JsonbValue	scalar;
	Oid			output;
	bool		varlena;

	switch (type)
	{
		case JSONBOID:
			json_as_value(DatumGetJsonbP(value), &scalar);
			pushJsonbValue(state, WJB_VALUE, &scalar);
			break;
		case INT4OID:
			scalar.type = jbvNumeric;
			scalar.val.numeric = int64_to_numeric(DatumGetInt32(value));
			pushJsonbValue(state, WJB_VALUE, &scalar);
			break;
		case BOOLOID:
			scalar.type = jbvBool;
			scalar.val.boolean = DatumGetBool(value);
			pushJsonbValue(state, WJB_VALUE, &scalar);
			break;
		case TEXTARRAYOID:
			push_array(state, DatumGetArrayTypeP(value));
			break;
		case TIMESTAMPTZOID:
			json_push_string(state, WJB_VALUE, iso_time_text(DatumGetTimestampTz(value)));
			break;
		case DATEOID:
			json_push_string(state, WJB_VALUE, iso_date_text(DatumGetDateADT(value)));
			break;
		default:
			getTypeOutputInfo(type, &output, &varlena);
			json_push_string(state, WJB_VALUE, OidOutputFunctionCall(output, value));
	}
}

static void
push_array(JsonbParseState **state, ArrayType *array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			json_push_string(state, WJB_ELEM, TextDatumGetCString(elements[i]));
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

/* lead.as_json(record): see its SQL comment. */
Datum
lead_as_json(PG_FUNCTION_ARGS)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(0);
	HeapTupleData tuple;
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
	Jsonb	   *json;

	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
								  HeapTupleHeaderGetTypMod(header));
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	values = palloc(desc->natts * sizeof(Datum));
	nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(&tuple, desc, values, nulls);
	json = row_as_json(desc, values, nulls);
	ReleaseTupleDesc(desc);
	PG_RETURN_JSONB_P(json);
}
