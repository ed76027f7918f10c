/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An oracle for weighted max-min fairness with lower bounds: it sorts the break points of the sum,
 * and solves for the level in floating point.
 */
#ifndef KVRM_TEST_MAXMIN_H
#define KVRM_TEST_MAXMIN_H

#include <stddef.h>
#include <stdlib.h>

#define MEMBERS_MAX 200

/* What the oracle knows of a member. */
struct member {
	long double weight;
	long double low;
	long double high;
	long double due;
};

static inline int by_value(const void *a, const void *b)
{
	long double x = *(const long double *)a, y = *(const long double *)b;

	return (x > y) - (x < y);
}

static inline long double clamp(long double value, long double low, long double high)
{
	return value < low ? low : value > high ? high : value;
}

/* What the members are due, exactly but for floating point. */
static inline void solve(struct member *members, size_t n, long double amount)
{
	long double points[2 * MEMBERS_MAX + 1], lows = 0, highs = 0, level = 0;

	for (size_t i = 0; i < n; i++) {
		points[2 * i] = members[i].low / members[i].weight;
		points[2 * i + 1] = members[i].high / members[i].weight;
		lows += members[i].low;
		highs += members[i].high;
	}
	if (highs <= amount || lows > amount) {
		for (size_t i = 0; i < n; i++)
			members[i].due =
				highs <= amount ? members[i].high : members[i].low * amount / lows;
		return;
	}
	/* Between two neighbours, the sum is a straight line. */
	qsort(points, 2 * n, sizeof(points[0]), by_value);
	for (size_t p = 0; p < 2 * n; p++) {
		long double fixed = 0, slope = 0;

		for (size_t i = 0; i < n; i++) {
			if (members[i].low / members[i].weight > level)
				fixed += members[i].low;
			else if (members[i].high / members[i].weight <= level)
				fixed += members[i].high;
			else
				slope += members[i].weight;
		}
		if (slope > 0 && fixed + slope * points[p] >= amount) {
			level = clamp((amount - fixed) / slope, level, points[p]);
			break;
		}
		level = points[p];
	}
	for (size_t i = 0; i < n; i++)
		members[i].due = clamp(members[i].weight * level, members[i].low, members[i].high);
}

#endif
