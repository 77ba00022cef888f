/*
 * isotime.c
 *		Reads a moment written in ISO 8601, with its offset from UTC.
 *
 * Not the server's reader: that takes dates in the order which the session
 * happens to have set, and a time without an offset as one of the session's
 * zone, so the same file would mean something else the next day.
 */
#include "compat.h"

#include "utils/datetime.h"

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

/* YYYY-MM-DD, as days since the server's epoch. */
static bool
read_day(const char **text, int *day)
{
	int			year,
				month,
				of_month;

	if (!digits(text, 4, &year) || !sign(text, '-') || !digits(text, 2, &month) || !sign(text, '-') ||
		!digits(text, 2, &of_month))
		return false;
	if (year < 1 || month < 1 || month > 12 || of_month < 1 || of_month > day_tab[isleap(year)][month - 1])
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
	return true;
}
