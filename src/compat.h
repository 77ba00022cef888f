/*
 * compat.h
 *		The one place that knows server versions: every #if on
 *		PG_VERSION_NUM stands here, and code elsewhere uses the newest name.
 *		Every .c file includes this first; it brings postgres.h.
 */
#ifndef LEAD_COMPAT_H
#define LEAD_COMPAT_H

/* Before 16 the server leaves this empty, and our symbols would be hidden. */
#ifndef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

#include "postgres.h"

#include "access/genam.h"
#include "catalog/pg_class_d.h"
#include "catalog/pg_proc_d.h"
#include "fmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 150001
#error "lead needs PostgreSQL 15.1 or later"
#endif

/* In 18 it became a word of its own, in front of the declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* Declares and registers a C function that SQL calls: the only exported kind. */
#define LEAD_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#if PG_VERSION_NUM >= 180000
#define LEAD_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "lead", .version = LEAD_VERSION)
#else
#define LEAD_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* Privileges and ownership by object kind: renamed and unified in 16. */
static inline bool
may_execute(Oid function, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
	return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

static inline bool
owns_relation(Oid relation, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relation, role);
#else
	return pg_class_ownercheck(relation, role);
#endif
}

/* Instrumentation became an argument in 18. */
static inline IndexScanDesc
begin_index_scan(Relation heap, Relation index, Snapshot snapshot, int nkeys)
{
#if PG_VERSION_NUM >= 180000
	return index_beginscan(heap, index, snapshot, NULL, nkeys, 0);
#else
	return index_beginscan(heap, index, snapshot, nkeys, 0);
#endif
}

/* What is wrong is told in one more argument from 16 on. */
#if PG_VERSION_NUM >= 160000
#define decode_date_time(fields, types, count, kind, tm, fsec, zone) \
	DecodeDateTime(fields, types, count, kind, tm, fsec, zone, &(DateTimeErrorExtra) {0})
#else
#define decode_date_time(fields, types, count, kind, tm, fsec, zone) \
	DecodeDateTime(fields, types, count, kind, tm, fsec, zone)
#endif

/* The server makes UUIDs of version 7 itself from 18 on. */
#if PG_VERSION_NUM >= 180000
#include "utils/fmgrprotos.h"
#define HAVE_SERVER_UUIDV7 1
#endif

#endif							/* LEAD_COMPAT_H */
