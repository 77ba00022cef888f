/*
 * access.c
 *		What a reader, an agent and an administrator may do: lead.grant_access
 *		and lead.revoke_access.
 *
 * The statements run as the caller, so only an owner of the tables gets
 * anywhere. They name objects of the domain alone: the C functions are PUBLIC's
 * (they write leads and customers as the caller), so that the privileges in a
 * dump can be restored by whoever may restore the tables.
 */
#include "compat.h"

#include "executor/spi.h"
#include "miscadmin.h"

#include "errors.h"
#include "roles.h"

LEAD_FUNCTION(lead_grant_access);
LEAD_FUNCTION(lead_revoke_access);

typedef struct Privilege
{
	const char *level;			/* who has it; the levels above have it too */
	const char *what;			/* privileges and objects, as GRANT takes them */
} Privilege;

static const char *const levels[] = {"reader", "agent", "administrator"};

#define WORK_TABLES "TABLE lead.lead, lead.person, lead.customer, lead.account"
#define RULE_TABLES "TABLE lead.lead_type, lead.lead_rating, lead.lead_source, lead.entity_spec," \
	" lead.characteristic, lead.lead_status_rule, lead.conversion_target, lead.event_binding, lead.duplicate_policy"

static const Privilege privileges[] = {
	{"reader", "USAGE ON SCHEMA lead"},
	{"reader", "SELECT ON " WORK_TABLES},
	{"reader", "SELECT ON " RULE_TABLES},
	{"reader", "SELECT ON TABLE lead.lead_status_change, lead.lead_conversion, lead.lead_merge, lead.lead_erasure, lead.lead_import,"
	" lead.event_epoch"},
	{"reader", "SELECT ON TABLE lead.status_transition, lead.status_period, lead.lead_report,"
	" lead.funnel, lead.conversion_rate, lead.status_duration, lead.status_by_day, lead.stuck_leads, lead.char_report, lead.contact_report"},
	{"reader", "SELECT ON SEQUENCE lead.key_seq, lead.lead_import_line_seq"},	/* for pg_dump */
	{"agent", "INSERT, UPDATE ON " WORK_TABLES},
	{"agent", "INSERT (batch, line, payload), UPDATE (payload), DELETE ON TABLE lead.lead_import"},
	{"agent", "EXECUTE ON FUNCTION"
	" lead.transition(pg_catalog.uuid, lead.lead_status, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.jsonb),"
	" lead.claim(pg_catalog.text, pg_catalog.int4, pg_catalog.text, pg_catalog.text), lead.wake_due(pg_catalog.int4),"
	" lead.convert(pg_catalog.uuid, pg_catalog.uuid, pg_catalog.text, pg_catalog.text, pg_catalog.jsonb),"
	" lead.convert_external(pg_catalog.uuid, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.jsonb),"
	" lead.revert_conversion(pg_catalog.uuid, pg_catalog.text),"
	" lead.merge(pg_catalog.uuid, pg_catalog.uuid[]), lead.unmerge(pg_catalog.uuid),"
	" lead.create_lead(pg_catalog.jsonb), lead.replace_lead(pg_catalog.text, pg_catalog.jsonb),"
	" lead.patch_lead(pg_catalog.text, pg_catalog.jsonb)"},
	{"administrator", "DELETE ON " WORK_TABLES},
	{"administrator", "INSERT, UPDATE, DELETE ON " RULE_TABLES},
	{"administrator", "EXECUTE ON FUNCTION lead.add_starter_registers(), lead.erase(pg_catalog.uuid, pg_catalog.text)"},
};

static int
level_number(const char *name)
{
	for (int i = 0; i < lengthof(levels); i++)
		if (strcmp(levels[i], name) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("access level \"%s\" does not exist", name),
			 errdetail("Known levels: reader, agent, administrator."),
			 errhint("SELECT lead.grant_access('role', 'agent');")));
}

static void
run(const char *verb, const Privilege *privilege, const char *preposition, const char *role)
{
	char	   *statement = psprintf("%s %s %s %s", verb, privilege->what, preposition, quote_identifier(role));

	if (SPI_execute(statement, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not execute \"%s\"", statement);
}

/* GRANT by somebody else would give nothing and only warn. */
static void
require_owner(void)
{
	Oid			lead = lead_relation("lead", false);

	if (!owns_relation(lead, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to manage access to lead"),
				 errdetail("Only the owner of the tables may grant or revoke it."),
				 errhint("Have role \"%s\" do it.", GetUserNameFromId(relation_owner(lead), false)),
				 err_place("lead", NULL, NULL)));
}

static void
revoke_all(const char *role)
{
	for (int i = 0; i < lengthof(privileges); i++)
		run("REVOKE", &privileges[i], "FROM", role);
}

/* To take rights from the owner would stop foreign keys, history and rules. */
static void
refuse_owner(const char *role)
{
	if (owns_relation(lead_relation("lead", false), get_role_oid(role, false)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" has all access to lead anyway", role),
				 errdetail("It owns the tables, or is a superuser or a member of their owner."),
				 errhint("Name a role that does not.")));
}

/* The role's name; 42704 where there is none. */
static char *
role_argument(FunctionCallInfo fcinfo)
{
	char	   *role;

	require_argument(!PG_ARGISNULL(0), "role", "Pass the name of the role.");
	role = text_to_cstring(PG_GETARG_TEXT_PP(0));
	(void) get_role_oid(role, false);
	return role;
}

/* lead.grant_access(role, level): see its SQL comment. The role has just that level then. */
Datum
lead_grant_access(PG_FUNCTION_ARGS)
{
	char	   *role = role_argument(fcinfo);
	int			level;

	require_argument(!PG_ARGISNULL(1), "level", "Pass reader, agent or administrator.");
	level = level_number(text_to_cstring(PG_GETARG_TEXT_PP(1)));

	require_owner();
	refuse_owner(role);
	SPI_connect();
	revoke_all(role);
	for (int i = 0; i < lengthof(privileges); i++)
		if (level_number(privileges[i].level) <= level)
			run("GRANT", &privileges[i], "TO", role);
	SPI_finish();
	PG_RETURN_VOID();
}

Datum
lead_revoke_access(PG_FUNCTION_ARGS)
{
	char	   *role = role_argument(fcinfo);

	require_owner();
	refuse_owner(role);
	SPI_connect();
	revoke_all(role);
	SPI_finish();
	PG_RETURN_VOID();
}
