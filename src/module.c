/*
 * module.c
 *		What the server sees of the library: its magic and its start.
 */
#include "compat.h"

#include "miscadmin.h"

#include "cache.h"
#include "columns.h"
#include "movein.h"
#include "pass.h"
#include "policy.h"
#include "processing.h"
#include "settings.h"
#include "status.h"

LEAD_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/*
 * Callbacks cannot be taken back, so each is registered once, here, in every
 * backend that loads the library.
 */
void
_PG_init(void)
{
	settings_init();
	if (IsBinaryUpgrade)
		return;
	cache_init();
	columns_init();
	status_init();
	pass_init();
	movein_init();
	policy_init();
	processing_init();
}
