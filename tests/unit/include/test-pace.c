// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pacing clock, by hand and against exact ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/pace.h"
#include "tests/unit/random.h"

#define MS	 1000000ULL
#define S	 1000000000ULL
#define MAX_RATE (1ULL << 40)

static void test_no_rate(void **state)
{
	struct kvrm_pace p = { 0 };

	kvrm_pace_settle(&p, 5 * S, MS);
	kvrm_pace_charge(&p, 1 << 20);
	assert_int_equal(kvrm_pace_at_ns(&p), 0);
}

/* 1000 bytes a second: 1500 take 1.5 s. */
static void test_packets_follow_each_other(void **state)
{
	struct kvrm_pace p = { 0 };

	kvrm_pace_set(&p, 1000, 7 * S);
	assert_int_equal(kvrm_pace_at_ns(&p), 7 * S);
	kvrm_pace_charge(&p, 1500);
	assert_int_equal(kvrm_pace_at_ns(&p), 8 * S + 500 * MS);
	kvrm_pace_charge(&p, 1500);
	assert_int_equal(kvrm_pace_at_ns(&p), 10 * S);
	/* Not used for long: no more than 4 ms are made up for. */
	kvrm_pace_settle(&p, 20 * S, 4 * MS);
	assert_int_equal(kvrm_pace_at_ns(&p), 20 * S - 4 * MS);
	/* Still to be paid for: nothing changes. */
	kvrm_pace_charge(&p, 1500);
	kvrm_pace_settle(&p, 20 * S, 4 * MS);
	assert_int_equal(kvrm_pace_at_ns(&p), 21 * S + 496 * MS);
	/* Behind the beginning of time. */
	kvrm_pace_set(&p, 0, 0);
	kvrm_pace_set(&p, 1000, MS);
	kvrm_pace_settle(&p, MS, S);
	assert_int_equal(kvrm_pace_at_ns(&p), MS);
}

static void test_change_of_rate_keeps_debt(void **state)
{
	struct kvrm_pace p = { 0 };

	/* 64 KiB at 10 kB/s: 6.5 s. After 1 s, at a million times as much, the rest is 5.5 us. */
	kvrm_pace_set(&p, 10000, 0);
	kvrm_pace_charge(&p, 65536);
	assert_int_equal(kvrm_pace_at_ns(&p), 6553600000);
	kvrm_pace_set(&p, 10000000000, S);
	assert_int_equal(kvrm_pace_at_ns(&p), S + 5553 + 2);
	/* And back: as long as before, but for rounding. */
	kvrm_pace_set(&p, 10000, S);
	assert_in_range(kvrm_pace_at_ns(&p), 6553 * MS, 6556 * MS);
	/* The same again changes nothing. */
	kvrm_pace_charge(&p, 1);
	uint64_t at = kvrm_pace_at_ns(&p);

	for (int i = 0; i < 1000; i++)
		kvrm_pace_set(&p, 10000, S);
	assert_int_equal(kvrm_pace_at_ns(&p), at);
	/* What may be made up for is no more bytes after a change, and no more time. */
	kvrm_pace_settle(&p, 100 * S, 4 * MS);
	kvrm_pace_set(&p, 20000, 100 * S);
	assert_int_equal(kvrm_pace_at_ns(&p), 100 * S - 2 * MS + 1);
	kvrm_pace_set(&p, 10000, 100 * S);
	assert_int_equal(kvrm_pace_at_ns(&p), 100 * S - 2 * MS + 2);
}

/* Setting and removing a limit in turn gives nothing away. */
static void test_removed_and_set(void **state)
{
	struct kvrm_pace p = { 0 };

	kvrm_pace_set(&p, 1000, 0);
	kvrm_pace_set(&p, 0, S);
	kvrm_pace_set(&p, 1000, 2 * S);
	assert_int_equal(kvrm_pace_at_ns(&p), 2 * S);
}

static void test_extremes(void **state)
{
	struct kvrm_pace p = { 0 };

	/* A byte a second, and the largest packet: 136 years. */
	kvrm_pace_set(&p, 1, S);
	kvrm_pace_charge(&p, UINT32_MAX);
	assert_true(kvrm_pace_at_ns(&p) == S + UINT32_MAX * S);
	assert_true(kvrm_pace_at_ns(&p) < 1ULL << 63);
	/* The same at the highest rate, and back. */
	kvrm_pace_set(&p, MAX_RATE, S);
	assert_in_range(kvrm_pace_at_ns(&p), S + UINT32_MAX / 1100, S + UINT32_MAX / 1099);
	kvrm_pace_set(&p, 1, S);
	assert_true(kvrm_pace_at_ns(&p) < 1ULL << 63);
	/* A thousand bytes are less than a ns: they add up. */
	kvrm_pace_set(&p, 0, 0);
	kvrm_pace_set(&p, MAX_RATE, S);
	for (int i = 0; i < 1 << 20; i++)
		kvrm_pace_charge(&p, 1 << 10);
	assert_int_equal(kvrm_pace_at_ns(&p), S + S / 1024);
	/* An hour later. */
	kvrm_pace_settle(&p, 3600 * S, 1ULL << 63);
	assert_int_equal(kvrm_pace_at_ns(&p), S + S / 1024);
	kvrm_pace_settle(&p, UINT64_MAX, 0);
	assert_true(kvrm_pace_at_ns(&p) == UINT64_MAX);
}

static uint64_t random_rate(void)
{
	return 1 + random64() % (1ULL << (random64() % 41));
}

/* The oracle: since the last time that it was idle, so many units have passed. */
struct oracle {
	uint64_t rate, since_ns;
	unsigned __int128 units;
};

static uint64_t oracle_at_ns(const struct oracle *o)
{
	return o->since_ns + (uint64_t)(o->units * S / o->rate);
}

static void test_exact(void **state)
{
	for (int round = 0; round < 1000; round++) {
		uint64_t rate = random_rate(), now_ns = random64() % (1000 * S);
		struct oracle o = { .rate = rate, .since_ns = now_ns };
		struct kvrm_pace p = { 0 };

		kvrm_pace_set(&p, rate, now_ns);
		for (int step = 0; step < 1000; step++) {
			uint64_t behind_ns = random64() % (10 * MS);
			uint64_t amount = random64() % (random64() % 8 ? 1515 : 1 << 20);

			/* Mostly as soon as it may, sometimes later. */
			now_ns =
				kvrm_pace_at_ns(&p) + (random64() % 4 ? 0 : random64() % (20 * MS));
			kvrm_pace_settle(&p, now_ns, behind_ns);
			if (now_ns > behind_ns && oracle_at_ns(&o) < now_ns - behind_ns) {
				o.since_ns = now_ns - behind_ns;
				o.units = 0;
			}
			/* A year at a time is enough. */
			if (amount / rate > 31536000)
				continue;
			kvrm_pace_charge(&p, amount);
			o.units += amount;
			assert_true(kvrm_pace_at_ns(&p) == oracle_at_ns(&o));
			if (kvrm_pace_at_ns(&p) > 1ULL << 62)
				break;
		}
	}
}

/*
 * The rate changes again and again, as an uplink's share does. The oracle counts in 1/S of a unit:
 * what is to be paid for, or below 0 may be made up for, is not less after a change, and not more
 * than by what passes in 3 ns. So over all, no more passes than the rates give, and a packet.
 */
static void test_changes(void **state)
{
	for (int round = 0; round < 1000; round++) {
		uint64_t rate = random_rate(), now_ns = S + random64() % S;
		__int128 given = 0, passed = 0, before, after;
		struct kvrm_pace p = { 0 };

		kvrm_pace_set(&p, rate, now_ns);
		for (int step = 0; step < 1000; step++) {
			uint64_t next = random64() % 3 ? random_rate() : rate + random64() % 3;
			uint64_t dt_ns = random64() % (10 * MS), amount = random64() % 1515;

			now_ns += dt_ns;
			given += (__int128)dt_ns * rate;
			kvrm_pace_settle(&p, now_ns, 4 * MS);
			before = ((__int128)p.next_ns - now_ns) * rate + p.rest;
			next = next > MAX_RATE ? MAX_RATE : next;
			kvrm_pace_set(&p, next, now_ns);
			after = ((__int128)p.next_ns - now_ns) * next + p.rest;
			assert_true(after >= before);
			assert_true(p.next_ns + 4 * MS >= now_ns);
			/* At a lower rate the same time is worth less. */
			if (before >= 0 || next >= rate)
				assert_true(after <= before + 3 * (__int128)next);
			rate = next;
			if (kvrm_pace_at_ns(&p) <= now_ns && amount / rate < 3600) {
				kvrm_pace_charge(&p, amount);
				passed += (__int128)amount * S;
				assert_true(passed <= given + (1515 + 1) * (__int128)S + rate);
			}
			if (kvrm_pace_at_ns(&p) > 1ULL << 62)
				break;
		}
	}
}

/* In any span no more than the rate, what may be made up for, and a packet; over all, not less. */
static void test_windows(void **state)
{
	for (int round = 0; round < 1000; round++) {
		uint64_t rate = 1000 + random64() % 1000000000, now_ns = S, passed = 0;
		uint64_t late_ns = random64() % (2 * MS), behind_ns = 4 * MS;
		struct kvrm_pace p = { 0 };
		/* No window has more, if none that begins where most was left has. */
		__int128 least = 0, level;

		kvrm_pace_set(&p, rate, now_ns);
		for (int step = 0; step < 1000; step++) {
			uint64_t amount = 60 + random64() % 1455, at_ns = kvrm_pace_at_ns(&p);

			/* A timer that is late by less than is made up for. */
			if (at_ns > now_ns)
				now_ns = at_ns + (late_ns ? random64() % late_ns : 0);
			kvrm_pace_settle(&p, now_ns, behind_ns);
			level = (__int128)passed * S - (__int128)rate * (now_ns - S);
			if (level < least)
				least = level;
			kvrm_pace_charge(&p, amount);
			passed += amount;
			level += (__int128)amount * S;
			assert_true(level - least <=
				    (__int128)rate * behind_ns + 1515 * (__int128)S);
		}
		assert_true(passed + rate * late_ns / S + 2 >= (__int128)rate * (now_ns - S) / S);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_rate),
		cmocka_unit_test(test_packets_follow_each_other),
		cmocka_unit_test(test_change_of_rate_keeps_debt),
		cmocka_unit_test(test_removed_and_set),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
