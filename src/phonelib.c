/*
 * phonelib.c
 *		Loads the module lead_phone at the first number that needs it, and asks
 *		it. The only place that knows of modules, so that phone.c can be
 *		compiled outside the server.
 */
#include "compat.h"

#include "phonelib.h"

/*
 * The module is named without a folder: it lies beside lead, wherever
 * dynamic_library_path (which only a superuser sets) finds that.
 */
PhoneVerdict
phonelib_parse(const char *digits, const char *region, bool from_text, char *e164)
{
	static int	(*parse) (const char *, const char *, int, char *) = NULL;
	PhoneVerdict verdict;

	if (parse == NULL)
		parse = (int (*) (const char *, const char *, int, char *))
			load_external_function("lead_phone", "lead_phone_parse", true, NULL);
	verdict = parse(digits, region, from_text, e164);
	if (verdict == PHONE_NO_MEMORY)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory"),
				errdetail("Failed in libphonenumber."));
	if (verdict == PHONE_LIBRARY_FAILED)
		elog(ERROR, "libphonenumber failed");
	return verdict;
}
