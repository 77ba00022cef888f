/*
 * settings.c
 *		The extension's settings, and what "today" means under them.
 *
 * Codes are valid by the day, so the day must not depend on the client's time
 * zone unless the operator wants it so: lead.time_zone is a superuser's.
 *
 * lead.language and lead.tmf_* are read in SQL (current_setting); here they are
 * declared and checked.
 */
#include "compat.h"

#include <ctype.h>

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "settings.h"
#include "text.h"

#define ACTOR_LIMIT 200

/* Kinds of contact medium that lead.tmf_medium_words may rename. */
static const char *const media[] = {"phone", "fax", "email", "web", "dataBox", "instantMessenger"};

static char *lead_actor = NULL;
static char *lead_default_region = NULL;
static char *lead_language = NULL;
static char *lead_notify = NULL;
static char *lead_time_zone = NULL;
static char *lead_tmf_base_path = NULL;
static char *lead_tmf_medium_words = NULL;
static char *lead_tmf_schema_location = NULL;
static pg_tz *time_zone = NULL; /* NULL: the session's */

static bool check_actor(char **newval, void **extra, GucSource source);
static bool check_notify(char **newval, void **extra, GucSource source);
static bool check_region(char **newval, void **extra, GucSource source);
static bool check_time_zone(char **newval, void **extra, GucSource source);
static void assign_time_zone(const char *newval, void *extra);
static bool check_base_path(char **newval, void **extra, GucSource source);
static bool check_medium_words(char **newval, void **extra, GucSource source);
static bool check_schema_location(char **newval, void **extra, GucSource source);

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
	DefineCustomStringVariable("lead.tmf_base_path",
							   "What stands before the paths of TM Forum documents, such as https://crm.example.com/tmf-api.",
							   "Empty: /tmf-api.",
							   &lead_tmf_base_path, "", PGC_USERSET, 0,
							   check_base_path, NULL, NULL);
	DefineCustomStringVariable("lead.tmf_medium_words",
							   "Words for mediumType in TM Forum documents, such as phone=TelephoneNumber, email=Email.",
							   "Kinds that are not named keep their own: phone, fax, email, web, dataBox, instantMessenger.",
							   &lead_tmf_medium_words, "", PGC_USERSET, 0,
							   check_medium_words, NULL, NULL);
	DefineCustomStringVariable("lead.tmf_schema_location",
							   "URI of a JSON Schema of the members that TM Forum documents have of our own.",
							   "Empty: documents name none.",
							   &lead_tmf_schema_location, "", PGC_USERSET, 0,
							   check_schema_location, NULL, NULL);
	MarkGUCPrefixReserved("lead");
}

/* It comes out in results: what comes in the startup packet nobody has looked at. */
static bool
check_encoding(const char *value)
{
	if (pg_verifymbstr(value, strlen(value), true))
		return true;
	GUC_check_errdetail("It is not valid in the encoding of the database.");
	return false;
}

static bool
check_actor(char **newval, void **extra, GucSource source)
{
	if (*newval && !check_encoding(*newval))
		return false;
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

static bool
check_base_path(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || **newval == '\0')
		return true;
	if (!check_encoding(*newval))
		return false;
	if (strpbrk(*newval, WHITE_SPACE "?#") != NULL)
	{
		GUC_check_errdetail("It is the beginning of an address: no blanks, no ? and no #.");
		return false;
	}
	return true;
}

/* "kind=word" from start to end (exclusive), blanks around both. */
static bool
is_medium_word(const char *start, const char *end)
{
	const char *equals;
	size_t		length;

	start += strspn(start, WHITE_SPACE);
	equals = start + strcspn(start, "=" WHITE_SPACE);
	length = equals - start;
	equals += strspn(equals, WHITE_SPACE);
	if (equals >= end || *equals != '=')
		return false;
	equals++;
	equals += strspn(equals, WHITE_SPACE);
	if (equals >= end || memchr(equals, '=', end - equals) != NULL)
		return false;
	for (int i = 0; i < lengthof(media); i++)
		if (strlen(media[i]) == length && strncmp(media[i], start, length) == 0)
			return true;
	return false;
}

static bool
check_medium_words(char **newval, void **extra, GucSource source)
{
	const char *start = *newval;

	if (start == NULL || *start == '\0')
		return true;
	if (!check_encoding(start))
		return false;
	for (;;)
	{
		const char *end = start + strcspn(start, ",");

		if (!is_medium_word(start, end))
		{
			GUC_check_errdetail("It is a list such as phone=TelephoneNumber, email=Email; the kinds are phone, fax, email, web, dataBox, instantMessenger.");
			return false;
		}
		if (*end == '\0')
			return true;
		start = end + 1;
	}
}

/* A scheme, a colon, and visible ASCII: what JSON Schema asks of the format uri. */
static bool
check_schema_location(char **newval, void **extra, GucSource source)
{
	const char *value = *newval;
	size_t		scheme;
	size_t		visible = 0;

	if (value == NULL || *value == '\0')
		return true;
	while (value[visible] > ' ' && value[visible] < 0x7f)
		visible++;
	scheme = strcspn(value, ":");
	if (value[visible] != '\0' || value[scheme] != ':' || !isalpha((unsigned char) value[0]) ||
		strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-") != scheme ||
		value[scheme + 1] == '\0')
	{
		GUC_check_errdetail("It is a URI such as https://crm.example.com/lead.schema.json.");
		return false;
	}
	return true;
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
