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
static Oid	status_oid;
static Oid	priority_oid;
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
}

static Oid
type_named(const char *name)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum(name),
									   ObjectIdGetDatum(get_namespace_oid("lead", false)));

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type lead.%s does not exist", name),
				 errdetail("It belongs to the extension lead."),
				 errhint("CREATE EXTENSION lead;")));
	return type;
}

static void
look_up(void)
{
	status_oid = type_named("lead_status");
	priority_oid = type_named("lead_priority");
	for (int i = 0; i < STATUS_COUNT; i++)
	{
		HeapTuple	label = SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(status_oid),
											CStringGetDatum(names[i]));

		if (!HeapTupleIsValid(label))
			elog(ERROR, "lead.lead_status has no value %s", names[i]);
		values[i] = ((Form_pg_enum) GETSTRUCT(label))->oid;
		ReleaseSysCache(label);
	}
	known = true;
}

Oid
status_type(void)
{
	if (!known)
		look_up();
	return status_oid;
}

Oid
priority_type(void)
{
	if (!known)
		look_up();
	return priority_oid;
}

Status
status_of(Datum value)
{
	if (!known)
		look_up();
	for (int i = 0; i < STATUS_COUNT; i++)
		if (values[i] == DatumGetObjectId(value))
			return (Status) i;
	elog(ERROR, "unknown value %u of lead.lead_status", DatumGetObjectId(value));
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
