/*
 * isotime.c
 *		Reads and writes moments in ISO 8601, with their offset from UTC.
 *
 * Not the server's reader: that takes dates in the order which the session
 * happens to have set, and a time without an offset as one of the session's
 * zone, so the same file would mean something else the next day. Nor its writer:
 * that marks years before our era with BC, and writes those of more than four
 * digits as they are, neither of which is ISO 8601.
 *
 * Such years have a sign and six digits or more, as +012026-01-31 and
 * -000043-03-15 (44 BC), which is also what ECMAScript reads.
 */
#include "compat.h"

#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "given.h"
#include "isotime.h"

/* Exactly so many digits; moves on behind them. */
static bool
digits(const char **text, int count, int *value)
{
	*value = 0;
	for (int i = 0; i < count; i++)
	{
		if (!is_digit(**text))
			return false;
		*value = *value * 10 + (*(*text)++ - '0');
	}
	return true;
}

static bool
sign(const char **text, char expected)
{
	if (**text != expected)
		return false;
	(*text)++;
	return true;
}

/* Four digits, or a plus sign and six. */
static bool
read_year(const char **text, int *year)
{
	return sign(text, '+') ? digits(text, 6, year) && *year > 9999 : digits(text, 4, year);
}

/* YYYY-MM-DD, as days since the server's epoch; none that no timestamp could have. */
static bool
read_day(const char **text, int *day)
{
	int			year,
				month,
				of_month;

	if (!read_year(text, &year) || !sign(text, '-') || !digits(text, 2, &month) || !sign(text, '-') ||
		!digits(text, 2, &of_month))
		return false;
	if (year < 1 || year > 294276 || month < 1 || month > 12 || of_month < 1 || of_month > day_tab[isleap(year)][month - 1])
		return false;
	*day = date2j(year, month, of_month) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* HH:MM, HH:MM:SS or with a fraction; microseconds, what is finer is cut off. */
static bool
read_time(const char **text, int64 *time)
{
	int			hour,
				minute,
				second = 0;
	int64		fraction = 0;

	if (!digits(text, 2, &hour) || !sign(text, ':') || !digits(text, 2, &minute))
		return false;
	if (sign(text, ':'))
	{
		if (!digits(text, 2, &second))
			return false;
		if (sign(text, '.'))
		{
			if (!is_digit(**text))
				return false;
			for (int64 unit = USECS_PER_SEC / 10; is_digit(**text); unit /= 10)
				fraction += unit * (*(*text)++ - '0');
		}
	}
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*time = ((hour * 60 + minute) * 60 + second) * USECS_PER_SEC + fraction;
	return true;
}

/* Z, +HH, +HHMM or +HH:MM, in minutes. */
static bool
read_offset(const char **text, int *offset)
{
	bool		west = **text == '-';
	int			hours,
				minutes = 0;

	*offset = 0;
	if (sign(text, 'Z') || sign(text, 'z'))
		return true;
	if (!sign(text, '+') && !sign(text, '-'))
		return false;
	if (!digits(text, 2, &hours))
		return false;
	if ((sign(text, ':') || is_digit(**text)) && !digits(text, 2, &minutes))
		return false;
	if (hours > 15 || minutes > 59)
		return false;
	*offset = (hours * 60 + minutes) * (west ? -1 : 1);
	return true;
}

/* Whether the text is such a moment, and which; nothing may stand around it. */
bool
iso_time(const char *text, TimestampTz *moment)
{
	int			day,
				offset;
	int64		time;

	if (!read_day(&text, &day) || !(sign(&text, 'T') || sign(&text, 't') || sign(&text, ' ')) ||
		!read_time(&text, &time) || !read_offset(&text, &offset) || *text != '\0')
		return false;
	*moment = day * USECS_PER_DAY + time - offset * USECS_PER_MINUTE;
	return IS_VALID_TIMESTAMP(*moment);
}

static char *
day_text(int year, int month, int day)
{
	if (year >= 0 && year <= 9999)
		return psprintf("%04d-%02d-%02d", year, month, day);
	return psprintf("%c%06d-%02d-%02d", year < 0 ? '-' : '+', abs(year), month, day);
}

/* An infinite one, for which ISO 8601 has no form, is the server's word for it. */
char *
iso_date_text(DateADT date)
{
	int			year,
				month,
				day;

	if (DATE_NOT_FINITE(date))
		return pstrdup(DATE_IS_NOBEGIN(date) ? EARLY : LATE);
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return day_text(year, month, day);
}

/* In UTC, as in 2026-02-03T04:05:06.789Z; infinite ones as above. */
char *
iso_time_text(TimestampTz moment)
{
	struct pg_tm tm;
	fsec_t		fraction;
	char		part[10] = "";

	if (TIMESTAMP_NOT_FINITE(moment))
		return pstrdup(TIMESTAMP_IS_NOBEGIN(moment) ? EARLY : LATE);
	if (timestamp2tm(moment, NULL, &tm, &fraction, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	if (fraction > 0)
	{
		snprintf(part, sizeof(part), ".%06d", (int) fraction);
		for (int length = strlen(part); part[length - 1] == '0'; length--)
			part[length - 1] = '\0';
	}
	return psprintf("%sT%02d:%02d:%02d%sZ", day_text(tm.tm_year, tm.tm_mon, tm.tm_mday),
					tm.tm_hour, tm.tm_min, tm.tm_sec, part);
}
