/*
 * status.c
 *		Translates between the enum lead.lead_status and the C enum Status.
 *
 * Enum values are OIDs, given when the type is created; they are looked up once
 * and dropped with the server's type cache invalidation, so that DROP and
 * CREATE EXTENSION in one session are survived.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "errors.h"
#include "status.h"

static const char *const names[STATUS_COUNT + 1] = {
	"NEW", "IN_PROGRESS", "CONVERTED", "CONVERTED_EXTERNAL", "REJECTED",
	"LATER", "UNSUCCESSFUL", "WORKING", "NON_WORKING", "(creation)"
};

const Status statuses_in_order[STATUS_COUNT] = {
	STATUS_NEW, STATUS_IN_PROGRESS, STATUS_WORKING, STATUS_NON_WORKING, STATUS_LATER,
	STATUS_REJECTED, STATUS_UNSUCCESSFUL, STATUS_CONVERTED, STATUS_CONVERTED_EXTERNAL
};

static bool known = false;
static uint64 generation = 0;	/* grows when what is known may have changed */
static Oid	status_oid;
static Oid	values[STATUS_COUNT];

static void forget(Datum arg, int cacheid, uint32 hashvalue);
static void look_up(void);

void
status_init(void)
{
	CacheRegisterSyscacheCallback(TYPEOID, forget, (Datum) 0);
}

static void
forget(Datum arg, int cacheid, uint32 hashvalue)
{
	known = false;
	generation++;
}

static Oid
look_up_type(void)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum("lead_status"),
									   ObjectIdGetDatum(get_namespace_oid("lead", false)));

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type lead.lead_status does not exist"),
				 errdetail("It belongs to the extension lead."),
				 errhint("CREATE EXTENSION lead;")));
	return type;
}

/* A look-up may itself take in an invalidation; then it is done again. */
static void
look_up(void)
{
	uint64		started;

	do
	{
		started = generation;
		status_oid = look_up_type();
		for (int i = 0; i < STATUS_COUNT; i++)
		{
			HeapTuple	label = SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(status_oid),
												CStringGetDatum(names[i]));

			if (!HeapTupleIsValid(label))
				elog(ERROR, "lead.lead_status has no value %s", names[i]);
			values[i] = ((Form_pg_enum) GETSTRUCT(label))->oid;
			ReleaseSysCache(label);
		}
	} while (generation != started);
	known = true;
}

Oid
status_type(void)
{
	if (!known)
		look_up();
	return status_oid;
}

/* Place of an enum value among the nine, -1: an owner may have added others. */
static int
find_value(Datum value)
{
	if (!known)
		look_up();
	for (int i = 0; i < STATUS_COUNT; i++)
		if (values[i] == DatumGetObjectId(value))
			return i;
	return -1;
}

bool
status_is_known(Datum value)
{
	return find_value(value) >= 0;
}

static void
refuse_unknown(Oid value)
{
	HeapTuple	label = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("status \"%s\" is not one that lead knows",
					HeapTupleIsValid(label) ? NameStr(((Form_pg_enum) GETSTRUCT(label))->enumlabel) : "?"),
			 errdetail("The nine statuses of the model are fixed."),
			 errhint("Use one of them; finer stages belong in chars or data_tags."),
			 errlead("status", NULL)));
}

Status
status_of(Datum value)
{
	int			place = find_value(value);

	if (place < 0)
		refuse_unknown(DatumGetObjectId(value));
	return (Status) place;
}

Datum
status_datum(Status status)
{
	if (!known)
		look_up();
	return ObjectIdGetDatum(values[status]);
}

const char *
status_name(Status status)
{
	return names[status];
}
