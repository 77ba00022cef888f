/*
 * targets.c
 *		Which function of the user's makes the customer: the rows of
 *		lead.conversion_target.
 */
#include "compat.h"

#include "cache.h"
#include "targets.h"

typedef struct Target
{
	char	   *lead_type;		/* NULL: every type without its own */
	char	   *function;
} Target;

typedef struct Targets
{
	int			count;
	Target		targets[FLEXIBLE_ARRAY_MEMBER];
} Targets;

static void *build_targets(SPITupleTable *rows, uint64 count);

static CachedTable targets_cache = {
	"conversion_target",
	"SELECT t.lead_type, t.function FROM lead.conversion_target t WHERE t.function IS NOT NULL",
	build_targets
};

static void *
build_targets(SPITupleTable *rows, uint64 count)
{
	Targets    *built = palloc(offsetof(Targets, targets) + count * sizeof(Target));

	built->count = count;
	for (uint64 i = 0; i < count; i++)
	{
		built->targets[i].lead_type = row_string(rows, i, 1);
		built->targets[i].function = row_string(rows, i, 2);
	}
	return built;
}

/* A copy of the function's name, or NULL: the built-in customer. */
char *
target_for(const char *lead_type)
{
	Targets    *all = cache_get(&targets_cache);
	const char *function = NULL;

	for (int i = 0; i < all->count; i++)
	{
		if (all->targets[i].lead_type == NULL && function == NULL)
			function = all->targets[i].function;
		else if (all->targets[i].lead_type && strcmp(all->targets[i].lead_type, lead_type) == 0)
			return pstrdup(all->targets[i].function);
	}
	return function ? pstrdup(function) : NULL;
}
