/*
 * roles.h
 *		On whose behalf code runs, and who is to be recorded. See roles.c.
 */
#ifndef LEAD_ROLES_H
#define LEAD_ROLES_H

typedef struct RoleSwitch
{
	Oid			user;
	int			context;
	int			settings;		/* nest level of settings to be taken back, 0: none */
} RoleSwitch;

extern Oid	lead_relation(const char *name, bool missing_ok);
extern Oid	relation_owner(Oid relation);
extern RoleSwitch become_owner_of(Oid relation);
extern void require_unrestricted(void);
extern bool is_administrator(Oid role);
extern void require_administrator(const char *action, const char *hint);
extern RoleSwitch become_outer_user(void);
extern void switch_back(RoleSwitch saved);
extern const char *outer_user_name(void);

#endif							/* LEAD_ROLES_H */
