/*
 * registers.c
 *		The codes that classify a lead: whether they exist and are valid, who
 *		may use a lead type, how its keys are made, which specification it has.
 *
 * A code must be valid on the day when a lead is created or gets it; a lead
 * keeps a code that has expired since. That a code exists is a foreign key, but
 * its message would not tell which codes there are, so we look first.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/uuid.h"

#include "cache.h"
#include "errors.h"
#include "registers.h"
#include "roles.h"
#include "settings.h"
#include "text.h"

#define CODES_LISTED 10

typedef struct Code
{
	char	   *code;
	DateADT		valid_from;
	DateADT		valid_to;
	char	   *create_privilege;	/* NULL: anybody */
	char	   *mnemonic;		/* NULL: none */
	bool		has_spec;
	pg_uuid_t	spec;
} Code;

typedef struct Codes
{
	int			count;
	Code		codes[FLEXIBLE_ARRAY_MEMBER];	/* in byte order of the code */
} Codes;

static void *build_codes(SPITupleTable *rows, uint64 count);

typedef struct Register
{
	LeadColumn	column;
	const char *name;			/* table, and column of lead.lead */
	const char *label;			/* in messages */
	CachedTable cache;
} Register;

#define CODE_QUERY(table, more) \
	"SELECT r.code, r.validity_from::pg_catalog.date, r.validity_to::pg_catalog.date, " more \
	" FROM lead." table " r WHERE r.code IS NOT NULL ORDER BY r.code COLLATE pg_catalog.\"C\""

static Register registers[] = {
	{LEAD_TYPE, "lead_type", "lead type",
		{"lead_type", CODE_QUERY("lead_type", "r.create_privilege, r.mnemonic_code, r.entity_spec_id::pg_catalog.uuid"), build_codes}},
	{LEAD_RATING, "lead_rating", "lead rating",
		{"lead_rating", CODE_QUERY("lead_rating", "NULL, NULL, NULL::pg_catalog.uuid"), build_codes}},
	{LEAD_SOURCE, "lead_source", "lead source",
		{"lead_source", CODE_QUERY("lead_source", "NULL, NULL, NULL::pg_catalog.uuid"), build_codes}},
};

#define TYPE_REGISTER (&registers[0])
#define SOURCE_REGISTER (&registers[2])

static const Code *find_code(Register *reg, const char *code);
static void check_code(Register *reg, const LeadRow *lead, bool any_day);
static void check_privilege(const Code *type);
pg_noreturn static void refuse_unknown(Register *reg, const char *code);
pg_noreturn static void refuse_invalid(Register *reg, const Code *code);

static char *
text_or_null(SPITupleTable *rows, uint64 row, int column)
{
	char	   *value = row_string(rows, row, column);

	return value && !blank_string(value) ? value : NULL;
}

static void *
build_codes(SPITupleTable *rows, uint64 count)
{
	Codes	   *built = MemoryContextAllocHuge(CurrentMemoryContext,
											   offsetof(Codes, codes) + count * sizeof(Code));

	built->count = count;
	for (uint64 i = 0; i < count; i++)
	{
		Code	   *code = &built->codes[i];
		bool		isnull;
		Datum		value;

		code->code = row_string(rows, i, 1);
		value = row_datum(rows, i, 2, &isnull);
		code->valid_from = isnull ? DATEVAL_NOBEGIN : DatumGetDateADT(value);
		value = row_datum(rows, i, 3, &isnull);
		code->valid_to = isnull ? DATEVAL_NOEND : DatumGetDateADT(value);
		code->create_privilege = text_or_null(rows, i, 4);
		code->mnemonic = text_or_null(rows, i, 5);
		value = row_datum(rows, i, 6, &isnull);
		code->has_spec = !isnull;
		if (!isnull)
			code->spec = *DatumGetUUIDP(value);
	}
	return built;
}

/* Valid until the next call, as all that comes from the cache. */
static const Code *
find_code(Register *reg, const char *code)
{
	Codes	   *codes = cache_get(&reg->cache);
	int			low = 0,
				high = codes->count - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(code, codes->codes[middle].code);

		if (order == 0)
			return &codes->codes[middle];
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NULL;
}

/* All three codes of a new lead, and whether this user may create its type. */
void
registers_check_creation(const LeadRow *lead)
{
	for (int i = 0; i < lengthof(registers); i++)
		check_code(&registers[i], lead, false);
}

/* Those of a lead that was created elsewhere, when its codes may have been valid. */
void
registers_check_arrival(const LeadRow *lead)
{
	for (int i = 0; i < lengthof(registers); i++)
		check_code(&registers[i], lead, true);
}

/*
 * Whether an UPDATE gives the lead another code where the old one is gone from
 * the register: so it looks only inside the cascade of a renamed code, since
 * the foreign key lets no lead keep one. (That we are inside a foreign key
 * action could be brought about for any UPDATE, by a trigger further down.)
 */
static bool
is_renamed(Register *reg, const LeadRow *old, const LeadRow *new)
{
	return lead_row_differs(old, new, reg->column) &&
		find_code(reg, lead_row_string(old, reg->column)) == NULL;
}

/* Codes that an UPDATE changed; a renamed one is not judged. */
void
registers_check_change(const LeadRow *old, const LeadRow *new)
{
	for (int i = 0; i < lengthof(registers); i++)
		if (lead_row_differs(old, new, registers[i].column) && !is_renamed(&registers[i], old, new))
			check_code(&registers[i], new, false);
}

/* Whether an UPDATE moves the lead to another type; a renamed one is the same. */
bool
registers_type_changed(const LeadRow *old, const LeadRow *new)
{
	return lead_row_differs(old, new, LEAD_TYPE) && !is_renamed(TYPE_REGISTER, old, new);
}

/* Whether an UPDATE did nothing but follow a renamed code. */
bool
registers_only_renamed(const LeadRow *old, const LeadRow *new)
{
	static const LeadColumn ignored[] = {
		LEAD_TYPE, LEAD_RATING, LEAD_SOURCE,
		LEAD_VERSION_COLUMN, LEAD_EDITED_BY, LEAD_EDITED_BY_ACTOR, LEAD_EDITED_AT,
	};
	int			renamed = 0;

	for (int i = 0; i < lengthof(registers); i++)
	{
		if (!lead_row_differs(old, new, registers[i].column))
			continue;
		if (!is_renamed(&registers[i], old, new))
			return false;
		renamed++;
	}
	return renamed > 0 && lead_row_same_but(old, new, ignored, lengthof(ignored));
}

static void
check_code(Register *reg, const LeadRow *lead, bool any_day)
{
	char	   *given = lead_row_string(lead, reg->column);
	const Code *code = find_code(reg, given);
	DateADT		day = today_date();

	if (code == NULL)
		refuse_unknown(reg, given);
	if (!any_day && (day < code->valid_from || day > code->valid_to))
		refuse_invalid(reg, code);
	if (code->create_privilege)
		check_privilege(code);
	pfree(given);
}

static void
refuse_unknown(Register *reg, const char *code)
{
	Oid			relation = lead_relation(reg->name, false);
	Codes	   *codes = cache_get(&reg->cache);
	StringInfoData known;

	if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,			/* the cache knows codes that this user may not see */
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("%s \"%s\" does not exist", reg->label, code),
				 errdetail("Register lead.%s has no such code.", reg->name),
				 errhint("SELECT code FROM lead.%s;", reg->name),
				 errlead(reg->name, psprintf("lead_%s_fkey", reg->name))));
	initStringInfo(&known);
	for (int i = 0; i < Min(codes->count, CODES_LISTED); i++)
		appendStringInfo(&known, "%s\"%s\"", i > 0 ? ", " : "", codes->codes[i].code);
	if (codes->count > CODES_LISTED)
		appendStringInfo(&known, " and %d more", codes->count - CODES_LISTED);
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("%s \"%s\" does not exist", reg->label, code),
			 codes->count == 0 ? errdetail("Register lead.%s is empty.", reg->name) :
			 errdetail("Register lead.%s has %s.", reg->name, known.data),
			 codes->count == 0 ?
			 errhint("Insert a row, or run SELECT * FROM lead.add_starter_registers();") :
			 errhint("Use one of these, or insert the code into lead.%s first.", reg->name),
			 errlead(reg->name, psprintf("lead_%s_fkey", reg->name))));
}

static void
refuse_invalid(Register *reg, const Code *code)
{
	StringInfoData range;

	initStringInfo(&range);
	if (!DATE_IS_NOBEGIN(code->valid_from))
		appendStringInfo(&range, " from %s",
						 DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(code->valid_from))));
	if (!DATE_IS_NOEND(code->valid_to))
		appendStringInfo(&range, " to %s",
						 DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(code->valid_to))));
	ereport(ERROR,
			(errcode(ERRCODE_LEAD_VALIDITY),
			 errmsg("%s \"%s\" is not valid on %s", reg->label, code->code,
					DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(today_date())))),
			 errdetail("It is valid%s.", range.data),
			 errhint("Use another code, or change its validity in lead.%s.", reg->name),
			 errlead(reg->name, psprintf("lead_%s_valid", reg->name))));
}

/*
 * Our reading of the seed's createPrivilege: the name of a role. It fails
 * closed where there is no such role.
 */
static void
check_privilege(const Code *type)
{
	Oid			role = get_role_oid(type->create_privilege, true);

	if (OidIsValid(role) ? has_privs_of_role(GetUserId(), role) : superuser())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for lead type \"%s\"", type->code),
			 OidIsValid(role) ?
			 errdetail("It asks for the privileges of role \"%s\".", type->create_privilege) :
			 errdetail("It asks for the privileges of role \"%s\", which does not exist.", type->create_privilege),
			 OidIsValid(role) ?
			 errhint("Have that role granted to you.") :
			 errhint("Create the role, or clear create_privilege in lead.lead_type."),
			 errlead("lead_type", "lead_lead_type_privilege")));
}

/* A copy of the type's template for keys, or NULL. */
char *
register_mnemonic(const char *lead_type)
{
	const Code *type = find_code(TYPE_REGISTER, lead_type);

	return type && type->mnemonic ? pstrdup(type->mnemonic) : NULL;
}

/* Whether the type exists and has a specification, and its id. */
bool
register_spec(const char *lead_type, pg_uuid_t *spec)
{
	const Code *type = find_code(TYPE_REGISTER, lead_type);

	if (type == NULL || !type->has_spec)
		return false;
	*spec = type->spec;
	return true;
}

/* Refuses an unknown type as a lead of it would be; valid today or not. */
void
register_require_type(const char *lead_type)
{
	if (find_code(TYPE_REGISTER, lead_type) == NULL)
		refuse_unknown(TYPE_REGISTER, lead_type);
}

/* The same for a source. */
void
register_require_source(const char *lead_source)
{
	if (find_code(SOURCE_REGISTER, lead_source) == NULL)
		refuse_unknown(SOURCE_REGISTER, lead_source);
}
