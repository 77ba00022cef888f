/*
 * settings.c
 *		The extension's settings, and what "today" means under them.
 *
 * Codes are valid by the day, so the day must not depend on the client's time
 * zone unless the operator wants it so: lead.time_zone is a superuser's.
 */
#include "compat.h"

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "settings.h"

#define ACTOR_LIMIT 200

static char *lead_actor = NULL;
static char *lead_default_region = NULL;
static char *lead_language = NULL;
static char *lead_notify = NULL;
static char *lead_time_zone = NULL;
static pg_tz *time_zone = NULL; /* NULL: the session's */

static bool check_actor(char **newval, void **extra, GucSource source);
static bool check_notify(char **newval, void **extra, GucSource source);
static bool check_region(char **newval, void **extra, GucSource source);
static bool check_time_zone(char **newval, void **extra, GucSource source);
static void assign_time_zone(const char *newval, void *extra);

void
settings_init(void)
{
	DefineCustomStringVariable("lead.actor",
							   "The person behind a pooled login, recorded beside the role.",
							   "Set it for the transaction: SET LOCAL lead.actor = 'jana'.",
							   &lead_actor, "", PGC_USERSET, 0,
							   check_actor, NULL, NULL);
	DefineCustomStringVariable("lead.default_region",
							   "Country of phone numbers that are written without a country code, such as CZ.",
							   "Empty: a number needs its country code.",
							   &lead_default_region, "", PGC_USERSET, 0,
							   check_region, NULL, NULL);
	DefineCustomStringVariable("lead.language",
							   "Language of the register labels in reports, such as cs.",
							   "Where a label has no such language its name is shown.",
							   &lead_language, "", PGC_USERSET, 0,
							   NULL, NULL, NULL);
	/* a lock that serialises commits: for the operator to decide, not for each client */
	DefineCustomStringVariable("lead.notify",
							   "Channel on which a transaction that writes status history sends a NOTIFY.",
							   "Empty: none is sent. Commits that send one wait for each other.",
							   &lead_notify, "", PGC_SUSET, 0,
							   check_notify, NULL, NULL);
	DefineCustomStringVariable("lead.time_zone",
							   "Time zone in which register codes begin and end to be valid.",
							   "Empty: the time zone of the session.",
							   &lead_time_zone, "", PGC_SUSET, 0,
							   check_time_zone, assign_time_zone, NULL);
	MarkGUCPrefixReserved("lead");
}

static bool
check_actor(char **newval, void **extra, GucSource source)
{
	/* it is stored: what comes in the startup packet nobody has looked at */
	if (*newval && !pg_verifymbstr(*newval, strlen(*newval), true))
	{
		GUC_check_errdetail("It is not valid in the encoding of the database.");
		return false;
	}
	if (*newval && pg_mbstrlen(*newval) > ACTOR_LIMIT)
	{
		GUC_check_errdetail("It has %d characters; at most %d are taken.",
							pg_mbstrlen(*newval), ACTOR_LIMIT);
		return false;
	}
	return true;
}

static bool
check_region(char **newval, void **extra, GucSource source)
{
	const char *region = *newval;

	if (region && *region && (strspn(region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2 || strlen(region) != 2))
	{
		GUC_check_errdetail("It is an ISO 3166 code of two capital letters, such as CZ.");
		return false;
	}
	return true;
}

static bool
check_notify(char **newval, void **extra, GucSource source)
{
	if (*newval && strlen(*newval) >= NAMEDATALEN)
	{
		GUC_check_errdetail("A channel has at most %d bytes.", NAMEDATALEN - 1);
		return false;
	}
	return true;
}

static bool
check_time_zone(char **newval, void **extra, GucSource source)
{
	if (*newval && **newval && pg_tzset(*newval) == NULL)
	{
		GUC_check_errdetail("Time zone \"%s\" is not known to the server.", *newval);
		return false;
	}
	return true;
}

static void
assign_time_zone(const char *newval, void *extra)
{
	time_zone = newval && *newval ? pg_tzset(newval) : NULL;
}

/* The actor to record, or NULL where none is set. */
const char *
setting_actor(void)
{
	return lead_actor && *lead_actor ? lead_actor : NULL;
}

/* ISO 3166 code, or "" where none is set. */
const char *
setting_default_region(void)
{
	return lead_default_region ? lead_default_region : "";
}

/* Where to tell of new history, or NULL. */
const char *
setting_notify(void)
{
	return lead_notify && *lead_notify ? lead_notify : NULL;
}

/*
 * The day on which the transaction began. All rows of a transaction are judged
 * on one day, and the conversion is done once for it.
 */
void
today(int *year, int *month, int *day)
{
	static TimestampTz for_start = 0;
	static pg_tz *for_zone = NULL;
	static struct pg_tm tm;
	TimestampTz start = GetCurrentTransactionStartTimestamp();
	pg_tz	   *zone = time_zone ? time_zone : session_timezone;

	if (start != for_start || zone != for_zone)
	{
		int			offset;
		fsec_t		fraction;

		if (timestamp2tm(start, &offset, &tm, &fraction, NULL, zone) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("timestamp out of range")));
		for_start = start;
		for_zone = zone;
	}
	*year = tm.tm_year;
	*month = tm.tm_mon;
	*day = tm.tm_mday;
}

/* The day of some moment. */
DateADT
day_of(TimestampTz moment)
{
	int			offset;
	fsec_t		fraction;
	struct pg_tm tm;

	if (timestamp2tm(moment, &offset, &tm, &fraction, NULL, time_zone ? time_zone : session_timezone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

DateADT
today_date(void)
{
	int			year,
				month,
				day;

	today(&year, &month, &day);
	return date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
}
