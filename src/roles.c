/*
 * roles.c
 *		On whose behalf code runs, and who is to be recorded.
 *
 * Three identities matter here. The current user may be an owner that a
 * SECURITY DEFINER function or a foreign key action has switched to; it decides
 * privileges, as everywhere in the server. The outer user (login or SET ROLE)
 * is who did it: history and audit columns record that one, and user functions
 * run as it. The owner of a table of ours is who reads rules and writes the
 * history, so that nobody else needs a privilege there.
 *
 * No PG_TRY: the end of a (sub)transaction in error restores the user.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "errors.h"
#include "roles.h"

/* OID of a table or sequence in schema lead; looked up anew, never kept. */
Oid
lead_relation(const char *name, bool missing_ok)
{
	Oid			schema = get_namespace_oid("lead", true);
	Oid			relation = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;

	if (!OidIsValid(relation) && !missing_ok)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation lead.%s does not exist", name),
				 errdetail("It is part of the lead extension's tables."),
				 errhint("Restore it from a backup, or create the extension anew in an empty schema.")));
	return relation;
}

Oid
relation_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static bool
computes(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		found;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	found = !heap_attisnull(tuple, Anum_pg_index_indexprs, NULL) ||
		!heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	ReleaseSysCache(tuple);
	return found;
}

/*
 * Whether something of the owner's could run when the table is written: a
 * trigger, or an expression in a check, default or index.
 */
static bool
runs_code(Oid relation)
{
	Relation	table = RelationIdGetRelation(relation);
	TupleConstr *constraints = RelationGetDescr(table)->constr;
	TriggerDesc *triggers = table->trigdesc;
	bool		found = constraints && (constraints->num_defval > 0 || constraints->num_check > 0);
	ListCell   *cell;

	for (int i = 0; triggers && i < triggers->numtriggers && !found; i++)
		found = !triggers->triggers[i].tgisinternal;
	foreach(cell, RelationGetIndexList(table))
		found = found || computes(lfirst_oid(cell));
	RelationClose(table);
	return found;
}

/*
 * As the server's foreign key checks do: the owner, unhindered by FORCE ROW
 * LEVEL SECURITY. And with a search_path of ours where code of the owner's may
 * run inside: no object in the caller's path may get a say in what that does.
 * (Elsewhere it is left alone, since setting it costs 3 % of an INSERT, which
 * writes a history that has no such code.)
 */
RoleSwitch
become_owner_of(Oid relation)
{
	RoleSwitch	saved = {0};

	GetUserIdAndSecContext(&saved.user, &saved.context);
	if (runs_code(relation))
	{
		saved.settings = NewGUCNestLevel();
		(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	}
	SetUserIdAndSecContext(relation_owner(relation),
						   saved.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	return saved;
}

/*
 * Refuses to work for the server's own maintenance (ANALYZE, REINDEX, REFRESH
 * MATERIALIZED VIEW …). It runs expressions of a table's owner for whoever
 * started it, and the outer user is that one: changes would be recorded as his,
 * and functions would run with his rights.
 */
void
require_unrestricted(void)
{
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot change a lead within a security-restricted operation"),
				 errdetail("ANALYZE, REINDEX, REFRESH MATERIALIZED VIEW and the like evaluate expressions, which must not change data."),
				 errhint("Make functions in indexes and materialized views only read.")));
}

/* Asks for a privilege that no other access level has. */
bool
is_administrator(Oid role)
{
	return pg_class_aclcheck(lead_relation("lead", false), role, ACL_DELETE) == ACLCHECK_OK;
}

/* Our C functions are PUBLIC's, so those for administrators ask by themselves. */
void
require_administrator(const char *action, const char *hint)
{
	if (!is_administrator(GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to %s", action),
				 errdetail("It asks for DELETE on lead.lead, which administrators have."),
				 errhint("%s", hint),
				 err_place("lead", NULL, NULL)));
}

/* For the user's functions: they cannot change role meanwhile. */
RoleSwitch
become_outer_user(void)
{
	RoleSwitch	saved;

	GetUserIdAndSecContext(&saved.user, &saved.context);
	SetUserIdAndSecContext(GetOuterUserId(),
						   (saved.context | SECURITY_LOCAL_USERID_CHANGE) & ~SECURITY_NOFORCE_RLS);
	saved.settings = 0;
	return saved;
}

void
switch_back(RoleSwitch saved)
{
	SetUserIdAndSecContext(saved.user, saved.context);
	if (saved.settings)
		AtEOXact_GUC(true, saved.settings);
}

/* Never NULL: a role dropped in mid-session is recorded by its OID. */
const char *
outer_user_name(void)
{
	char	   *name = GetUserNameFromId(GetOuterUserId(), true);

	return name ? name : psprintf("%u", GetOuterUserId());
}
