// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points in time and intervals; see datetime.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/broker/datetime.h"

#define SECOND_US UINT64_C(1000000)
#define DAY_US	  (24 * 3600 * SECOND_US)
/* 99999999 days, 23:59:59.999999 */
#define INTERVAL_MAX_US (100000000 * DAY_US - 1)

/* A number of digits; an end of stars counts as 0, if that may be. False: something else. */
static bool digits(const char *text, int n, bool *stars, unsigned int *ret)
{
	*ret = 0;
	for (int i = 0; i < n; i++) {
		if (text[i] == '*') {
			*stars = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9' || *stars)
			return false;
		*ret = *ret * 10 + (unsigned int)(text[i] - '0');
	}
	return true;
}

static bool is_interval(const char *text, unsigned int fields[static 5])
{
	bool stars = false;

	return digits(text, 8, &stars, &fields[0]) && digits(text + 8, 2, &stars, &fields[1]) &&
	       digits(text + 10, 2, &stars, &fields[2]) &&
	       digits(text + 12, 2, &stars, &fields[3]) && text[14] == '.' &&
	       digits(text + 15, 6, &stars, &fields[4]) && !strcmp(text + 21, ":000") &&
	       fields[1] < 24 && fields[2] < 60 && fields[3] < 60;
}

static bool is_time(const char *text)
{
	unsigned int year, month, day, hour, minute, second, us, offset;
	bool stars = false, none = false;

	return digits(text, 4, &stars, &year) && digits(text + 4, 2, &stars, &month) &&
	       (stars || (month >= 1 && month <= 12)) && digits(text + 6, 2, &stars, &day) &&
	       (stars || (day >= 1 && day <= 31)) && digits(text + 8, 2, &stars, &hour) &&
	       hour < 24 && digits(text + 10, 2, &stars, &minute) && minute < 60 &&
	       digits(text + 12, 2, &stars, &second) && second <= 60 && text[14] == '.' &&
	       digits(text + 15, 6, &stars, &us) && (text[21] == '+' || text[21] == '-') &&
	       digits(text + 22, 3, &none, &offset) && !none;
}

/**
 * cim_datetime_is_valid() - whether a text is a point in time or an interval
 * @text: any
 */
bool cim_datetime_is_valid(const char *text)
{
	unsigned int fields[5];

	return strlen(text) == CIM_DATETIME_SIZE - 1 &&
	       (is_interval(text, fields) || is_time(text));
}

/**
 * cim_time_format() - a point in time, in UTC
 * @time_us: CLOCK_REALTIME, before the year 10000
 * @text: receives it
 */
void cim_time_format(uint64_t time_us, char text[static CIM_DATETIME_SIZE])
{
	time_t seconds = (time_t)(time_us / SECOND_US);
	char day[16] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(day, sizeof(day), "%Y%m%d%H%M%S", &tm);
	snprintf(text, CIM_DATETIME_SIZE, "%.14s.%06u+000", day,
		 (unsigned int)(time_us % SECOND_US));
}

/**
 * cim_interval_format() - an interval
 * @us: length; what is longer than can be said is said to be the longest that can
 * @text: receives it
 */
void cim_interval_format(uint64_t us, char text[static CIM_DATETIME_SIZE])
{
	if (us > INTERVAL_MAX_US)
		us = INTERVAL_MAX_US;
	snprintf(text, CIM_DATETIME_SIZE, "%08u%02u%02u%02u.%06u:000", (unsigned int)(us / DAY_US),
		 (unsigned int)(us / (3600 * SECOND_US) % 24),
		 (unsigned int)(us / (60 * SECOND_US) % 60), (unsigned int)(us / SECOND_US % 60),
		 (unsigned int)(us % SECOND_US));
}

/**
 * cim_interval_parse() - read an interval
 * @text: any
 * @ret_us: its length
 *
 * Return: 0, or -EINVAL: it is none.
 */
int cim_interval_parse(const char *text, uint64_t *ret_us)
{
	unsigned int f[5];

	if (strlen(text) != CIM_DATETIME_SIZE - 1 || !is_interval(text, f))
		return -EINVAL;
	*ret_us = f[0] * DAY_US + (f[1] * 3600 + f[2] * 60 + f[3]) * SECOND_US + f[4];
	return 0;
}
