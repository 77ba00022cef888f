/*
 * json.c
 *		Rows as JSON with the tSM names: what conditions are asked about and
 *		what lead.as_json returns, by one builder.
 *
 * Only the columns listed here are shown, so a column that a user added to a
 * table never leaks into documents. NULLs are left out.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "json.h"

LEAD_FUNCTION(lead_as_json);

static const struct
{
	const char *column;
	const char *member;
}			members[] =
{
	{"id", "id"},
	{"key", "key"},
	{"code", "code"},
	{"name", "name"},
	{"status", "status"},
	{"party_name", "partyName"},
	{"first_name", "firstName"},
	{"last_name", "lastName"},
	{"person_type", "personType"},
	{"customer_type", "customerType"},
	{"lead_rating", "leadRating"},
	{"lead_source", "leadSource"},
	{"lead_type", "leadType"},
	{"description", "description"},
	{"priority", "priority"},
	{"contact_instants", "contactInstants"},
	{"phones", "phones"},
	{"emails", "emails"},
	{"websites", "websites"},
	{"data_boxes", "dataBoxes"},
	{"data_tags", "dataTags"},
	{"chars", "chars"},
	{"status_since", "statusSince"},
	{"status_reason", "statusReason"},
	{"deferred_until", "deferredUntil"},
	{"assigned_to", "assignedTo"},
	{"validity_from", "validityFrom"},
	{"validity_to", "validityTo"},
	{"localization_data", "localizationData"},
	{"entity_spec_id", "entitySpecId"},
	{"mnemonic_code", "mnemonicCode"},
	{"create_privilege", "createPrivilege"},
	{"registry", "registry"},
	{"icon", "icon"},
	{"tsm_module", "tsmModule"},
	{"config", "config"},
	{"lead_id", "leadId"},
	{"customer_id", "customerId"},
	{"user_id", "userId"},
	{"account_start_date", "accountStartDate"},
	{"account_end_date", "accountEndDate"},
},
			audit_members[] =
{
	{"version", "version"},
	{"inserted_by", "whoInserted"},
	{"inserted_at", "whenInserted"},
	{"edited_by", "whoEdited"},
	{"edited_at", "whenEdited"},
};

static const char *member_of(const char *column);
static const char *audit_member_of(const char *column);
static void push_key(JsonbParseState **state, const char *key);
static void push_value(JsonbParseState **state, Oid type, Datum value);
static void push_string(JsonbParseState **state, JsonbIteratorToken token, char *string);
static void push_array(JsonbParseState **state, ArrayType *array);
static char *utc_time(TimestampTz time);

static const char *
member_of(const char *column)
{
	for (int i = 0; i < lengthof(members); i++)
		if (strcmp(members[i].column, column) == 0)
			return members[i].member;
	return NULL;
}

static const char *
audit_member_of(const char *column)
{
	for (int i = 0; i < lengthof(audit_members); i++)
		if (strcmp(audit_members[i].column, column) == 0)
			return audit_members[i].member;
	return NULL;
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
push_audit(JsonbParseState **state, TupleDesc desc, const Datum *values, const bool *nulls)
{
	bool		begun = false;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		const char *member;
		int			source = i;

		if (attribute->attisdropped || nulls[i])
			continue;
		member = audit_member_of(NameStr(attribute->attname));
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

Jsonb *
row_as_json(TupleDesc desc, const Datum *values, const bool *nulls)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		const char *member;

		if (attribute->attisdropped || nulls[i])
			continue;
		member = member_of(NameStr(attribute->attname));
		if (member == NULL)
			continue;
		push_key(&state, member);
		push_value(&state, attribute->atttypid, values[i]);
	}
	push_audit(&state, desc, values, nulls);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static void
push_string(JsonbParseState **state, JsonbIteratorToken token, char *string)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = string;
	value.val.string.len = strlen(string);
	pushJsonbValue(state, token, &value);
}

static void
push_key(JsonbParseState **state, const char *key)
{
	push_string(state, WJB_KEY, unconstify(char *, key));
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
			{
				Jsonb	   *jsonb = DatumGetJsonbP(value);

				if (JB_ROOT_IS_SCALAR(jsonb))
				{
					if (!JsonbExtractScalar(&jsonb->root, &scalar))
						elog(ERROR, "invalid jsonb scalar");
				}
				else
				{
					scalar.type = jbvBinary;
					scalar.val.binary.data = &jsonb->root;
					scalar.val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
				}
				pushJsonbValue(state, WJB_VALUE, &scalar);
				break;
			}
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
			push_string(state, WJB_VALUE, utc_time(DatumGetTimestampTz(value)));
			break;
		case DATEOID:
			{
				char		buffer[MAXDATELEN + 1];

				JsonEncodeDateTime(buffer, value, DATEOID, NULL);
				push_string(state, WJB_VALUE, pstrdup(buffer));
				break;
			}
		default:
			getTypeOutputInfo(type, &output, &varlena);
			push_string(state, WJB_VALUE, OidOutputFunctionCall(output, value));
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
			push_string(state, WJB_ELEM, TextDatumGetCString(elements[i]));
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

/* ISO 8601 in UTC, as in 2026-02-03T04:05:06.789Z. */
static char *
utc_time(TimestampTz time)
{
	char		buffer[MAXDATELEN + 1];
	static const int utc = 0;
	char	   *offset;

	JsonEncodeDateTime(buffer, TimestampTzGetDatum(time), TIMESTAMPTZOID, &utc);
	offset = strstr(buffer, "+00:00");
	if (offset)
		strcpy(offset, "Z");
	return pstrdup(buffer);
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
