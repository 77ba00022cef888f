/*
 * domain.c
 *		The beginning and the end of the install script.
 *
 * Only the enums, lead.outcome and the C functions stay members of the extension. Tables,
 * views and SQL functions (the domain) are handed to the installing role as
 * ordinary objects: pg_dump then dumps them whole, with the user's indexes,
 * columns, triggers and policies, and a restore brings foreign keys and
 * triggers after the data. In a restore, which every dump (save one with
 * --enable-row-security) announces by row_security = off, the script drops its
 * empty domain again: the dump has it. Nothing else tells: other settings of a
 * dump's session are those of CREATE EXTENSION too.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/rls.h"
#include "utils/syscache.h"

LEAD_FUNCTION(lead_check_install_schema);
LEAD_FUNCTION(lead_hand_over_domain);

/* Objects in the schema that are neither the extension nor its members. */
#define STRANGERS \
	"SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)" \
	" FROM pg_catalog.pg_depend d" \
	" WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass" \
	" AND d.refobjid OPERATOR(pg_catalog.=) $1" \
	" AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass" \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m" \
	" WHERE m.classid OPERATOR(pg_catalog.=) d.classid AND m.objid OPERATOR(pg_catalog.=) d.objid" \
	" AND m.deptype OPERATOR(pg_catalog.=) 'e' AND m.refobjid OPERATOR(pg_catalog.=) $2)" \
	" ORDER BY 1 LIMIT 1"

/* Roles other than the owner that may create objects in the schema. */
#define OTHER_CREATORS \
	"SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee) END" \
	" FROM pg_catalog.pg_namespace n, LATERAL pg_catalog.aclexplode(n.nspacl) a" \
	" WHERE n.oid OPERATOR(pg_catalog.=) $1 AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'" \
	" AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner LIMIT 1"

/* The domain: members that are relations, or functions not in C. */
#define DOMAIN_MEMBERS \
	"SELECT pg_catalog.upper(o.type), o.identity" \
	" FROM pg_catalog.pg_depend d" \
	" LEFT JOIN pg_catalog.pg_proc p ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass" \
	" AND p.oid OPERATOR(pg_catalog.=) d.objid" \
	" LEFT JOIN pg_catalog.pg_language g ON g.oid OPERATOR(pg_catalog.=) p.prolang," \
	" LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) o" \
	" WHERE d.deptype OPERATOR(pg_catalog.=) 'e' AND d.refobjid OPERATOR(pg_catalog.=) $1" \
	" AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass" \
	" AND (d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass" \
	" OR g.lanname OPERATOR(pg_catalog.<>) 'c')" \
	" ORDER BY o.type OPERATOR(pg_catalog.=) 'sequence', d.objid"	/* an identity goes with its table */

static void
require_installing(void)
{
	if (!creating_extension)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this function serves the install script of lead only"),
				 errdetail("No extension is being created."),
				 errhint("CREATE EXTENSION lead;")));
}

/* A schema of somebody else's could be dropped, or objects planted in it, by him. */
static void
check_schema_owner(Oid schema)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema %u", schema);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	if (owner != GetUserId() && !superuser_arg(owner))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema lead belongs to role \"%s\"", GetUserNameFromId(owner, false)),
				 errdetail("The extension is installed only into a schema of the installing role or of a superuser."),
				 errhint("Drop or rename the schema, or change its owner.")));
}

/* Whoever may create objects here could put a better match beside a function of ours. */
static void
check_schema_closed(Oid schema)
{
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(schema)};

	if (SPI_execute_with_args(OTHER_CREATORS, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_namespace");
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("others may create objects in schema lead"),
				 errdetail("CREATE on it is granted to %s.", SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)),
				 errhint("REVOKE CREATE ON SCHEMA lead, or drop the schema.")));
}

static void
check_schema_empty(Oid schema)
{
	Oid			types[2] = {OIDOID, OIDOID};
	Datum		values[2] = {ObjectIdGetDatum(schema), ObjectIdGetDatum(CurrentExtensionObject)};

	if (SPI_execute_with_args(STRANGERS, 2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_depend");
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema lead is not empty"),
				 errdetail("It holds %s.", SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)),
				 errhint("Drop or rename the schema, or move what it holds.")));
}

/* lead.check_install_schema(): see its SQL comment. */
Datum
lead_check_install_schema(PG_FUNCTION_ARGS)
{
	Oid			schema = get_namespace_oid("lead", false);

	require_installing();
	SPI_connect();
	if (row_security)			/* in a restore the dump decides who owns it */
	{
		check_schema_owner(schema);
		check_schema_closed(schema);
	}
	check_schema_empty(schema);
	SPI_finish();
	PG_RETURN_VOID();
}

static void
run(const char *statement)
{
	if (SPI_execute(statement, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not execute \"%s\"", statement);
}

/* CREATE EXTENSION mutes notices; this one is for the user. */
static void
tell_of_restore(void)
{
	int			nest = NewGUCNestLevel();

	(void) set_config_option("client_min_messages", "notice", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	ereport(NOTICE,
			(errmsg("the tables of lead are left to the dump that is being restored"),
			 errdetail("row_security is off, as in the session of a dump."),
			 errhint("If this is no restore: DROP EXTENSION lead; SET row_security = on; CREATE EXTENSION lead;")));
	AtEOXact_GUC(true, nest);
}

/* lead.hand_over_domain(): see its SQL comment. */
Datum
lead_hand_over_domain(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {OIDOID};
	Datum		values[1];
	SPITupleTable *members;
	uint64		count;

	require_installing();
	values[0] = ObjectIdGetDatum(CurrentExtensionObject);
	SPI_connect();
	if (SPI_execute_with_args(DOMAIN_MEMBERS, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_depend");
	members = SPI_tuptable;
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
	{
		char	   *type = SPI_getvalue(members->vals[i], members->tupdesc, 1);
		char	   *identity = SPI_getvalue(members->vals[i], members->tupdesc, 2);

		if (row_security)
			run(psprintf("ALTER EXTENSION lead DROP %s %s", type, identity));
		else
			run(psprintf("DROP %s IF EXISTS %s CASCADE", type, identity));
	}
	SPI_finish();
	if (!row_security)
		tell_of_restore();
	PG_RETURN_VOID();
}
