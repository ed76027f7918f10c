// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The token bucket of CPU time, by hand and against an exact one that counts in 1/rate of a ns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/bucket.h"
#include "tests/unit/random.h"

#define MS 1000000ULL
#define S  1000000000ULL

static void test_no_rate(void **state)
{
	struct kvrm_bucket b = { 0 };

	kvrm_bucket_fill(&b, 5 * S);
	kvrm_bucket_charge(&b, S);
	assert_false(kvrm_bucket_is_empty(&b));
	assert_true(kvrm_bucket_lasts_ns(&b, 1000) == KVRM_BUCKET_NEVER_NS);
}

static void test_begins_full(void **state)
{
	struct kvrm_bucket b = { 0 };

	kvrm_bucket_set(&b, 500000, 2 * MS, 2 * MS, 7 * S);
	assert_int_equal(b.credit_ns, 2 * MS);
	/* Half a CPU comes in, one is used: it lasts twice as long. */
	assert_int_equal(kvrm_bucket_lasts_ns(&b, 1), 4 * MS);
	/* Two are used: 1.5 more than come in. */
	assert_int_equal(kvrm_bucket_lasts_ns(&b, 2), 2 * MS * 10 / 15);
	assert_true(kvrm_bucket_lasts_ns(&b, 0) == KVRM_BUCKET_NEVER_NS);
}

static void test_debt_is_paid(void **state)
{
	struct kvrm_bucket b = { 0 };

	kvrm_bucket_set(&b, 250000, 1 * MS, 1 * MS, 0);
	kvrm_bucket_charge(&b, 3 * MS);
	assert_true(kvrm_bucket_is_empty(&b));
	assert_int_equal(kvrm_bucket_lasts_ns(&b, 1), 0);
	/* 3 ms are missing, at a quarter of a CPU. */
	assert_in_range(kvrm_bucket_has_at(&b, MS), 12 * MS, 12 * MS + 1);
	assert_in_range(kvrm_bucket_has_at(&b, MS / 2), 10 * MS, 10 * MS + 1);
	kvrm_bucket_fill(&b, 8 * MS - 4);
	assert_true(kvrm_bucket_is_empty(&b));
	kvrm_bucket_fill(&b, 8 * MS + 4);
	assert_false(kvrm_bucket_is_empty(&b));
	kvrm_bucket_fill(&b, S);
	assert_int_equal(b.credit_ns, 1 * MS);
	assert_int_equal(kvrm_bucket_has_at(&b, MS / 2), S);
}

static void test_change_of_rate_keeps_debt(void **state)
{
	struct kvrm_bucket b = { 0 };

	kvrm_bucket_set(&b, 250000, 1 * MS, 1 * MS, 0);
	kvrm_bucket_charge(&b, 3 * MS);
	kvrm_bucket_set(&b, 500000, 2 * MS, 2 * MS, 0);
	assert_int_equal(b.credit_ns, -2 * (int64_t)MS);
	kvrm_bucket_fill(&b, S);
	kvrm_bucket_set(&b, 250000, 1 * MS, 1 * MS, S);
	assert_int_equal(b.credit_ns, 1 * MS);
}

/* 1 ms is its cap, 3 ms after waiting, 0.5 ms/ms come in. */
static void test_waiting_is_made_up_for(void **state)
{
	struct kvrm_bucket b = { 0 };

	kvrm_bucket_set(&b, 500000, 1 * MS, 3 * MS, 0);
	assert_int_equal(b.credit_ns, 1 * MS);
	kvrm_bucket_charge(&b, 1 * MS);
	/* 10 ms idle: the cap. The next 2 ms waiting: half of that. */
	kvrm_bucket_fill_waited(&b, 12 * MS, 2 * MS);
	assert_int_equal(b.credit_ns, 2 * MS);
	/* What was not used yet while it runs is kept; nothing comes in. */
	kvrm_bucket_fill(&b, 13 * MS);
	assert_int_equal(b.credit_ns, 2 * MS);
	/* Waiting on and on: no more than the second cap. */
	kvrm_bucket_fill_waited(&b, 14 * MS, 1 * MS);
	assert_int_equal(b.credit_ns, 2 * MS + MS / 2);
	kvrm_bucket_fill_waited(&b, 100 * MS, 86 * MS);
	assert_int_equal(b.credit_ns, 3 * MS);
	/* Idle: it is forgotten. */
	kvrm_bucket_fill_waited(&b, 101 * MS, 0);
	assert_int_equal(b.credit_ns, 1 * MS);
	/* Longer than since the last fill, or than the clock itself: that long. */
	kvrm_bucket_charge(&b, 1 * MS);
	kvrm_bucket_fill_waited(&b, 102 * MS, 50 * MS);
	assert_int_equal(b.credit_ns, MS / 2);
	kvrm_bucket_fill_waited(&b, 103 * MS, UINT64_MAX);
	assert_int_equal(b.credit_ns, 1 * MS);
}

/* A clock that seems to go back, as two CPUs' may. */
static void test_time_never_goes_back(void **state)
{
	struct kvrm_bucket b = { 0 };

	kvrm_bucket_set(&b, 1000000, 1 * MS, 1 * MS, S);
	kvrm_bucket_charge(&b, 1 * MS);
	kvrm_bucket_fill(&b, S - 5 * MS);
	assert_int_equal(b.credit_ns, 0);
	kvrm_bucket_fill(&b, S + 1000);
	assert_int_equal(b.credit_ns, 1000);
}

/* The rate of 2048 CPUs, a day without a fill, a debt of ten seconds of all. */
static void test_extremes(void **state)
{
	struct kvrm_bucket b = { 0 };

	kvrm_bucket_set(&b, 2048 * 1000000ULL, 4096 * MS, 4096 * MS, 0);
	kvrm_bucket_charge(&b, 2048 * 10 * S);
	assert_in_range(kvrm_bucket_has_at(&b, 4096 * MS), 10 * S, 10 * S + 1);
	kvrm_bucket_fill(&b, 86400 * S);
	assert_int_equal(b.credit_ns, 4096 * MS);
}

/*
 * Against an exact bucket in units of 1/1e6 ns: never above it by more than a ns, and below by what
 * comes in within a ns for each fill.
 */
static void test_exact(void **state)
{
	for (int round = 0; round < 1000; round++) {
		uint64_t rate_us = 10000 + random64() % 4000000, now_ns = random64() % S;
		uint64_t cap_ns = 1000 + random64() % (10 * MS);
		__int128 exact = (__int128)cap_ns * 1000000;
		struct kvrm_bucket b = { 0 };

		kvrm_bucket_set(&b, rate_us, cap_ns, cap_ns, now_ns);
		for (int step = 0; step < 1000; step++) {
			uint64_t passed_ns = random64() % (random64() % 4 ? 300 : 3 * MS);
			uint64_t used_ns = random64() % 5 ? 0 : random64() % (2 * MS);
			int64_t off_ns;

			now_ns += passed_ns;
			exact += (__int128)passed_ns * rate_us - (__int128)used_ns * 1000000;
			if (exact > (__int128)cap_ns * 1000000)
				exact = (__int128)cap_ns * 1000000;
			kvrm_bucket_charge(&b, used_ns);
			kvrm_bucket_fill(&b, now_ns);
			off_ns = (int64_t)(exact / 1000000) - b.credit_ns;
			assert_in_range(off_ns + 1, 0, 3 + (step + 1) * (1 + rate_us / 1000000));
		}
	}
}

/* Who stops when it is empty and waits until it is full gets the rate, and no window more than the cap. */
static void test_use(void **state)
{
	for (int round = 0; round < 100; round++) {
		uint64_t rate_us = 10000 + random64() % 1980000, cap_ns = rate_us * 2;
		uint64_t now_ns = 0, used_ns = 0, late_ns = random64() % 50000;
		struct kvrm_bucket b = { 0 };
		uint64_t allowed_ns;

		kvrm_bucket_set(&b, rate_us, cap_ns, cap_ns, 0);
		while (now_ns < 10 * S) {
			/* Two CPUs run until it is empty, and stop a little late. */
			uint64_t ran_ns = kvrm_bucket_lasts_ns(&b, 2) + late_ns + 1;

			now_ns += ran_ns;
			used_ns += 2 * ran_ns;
			kvrm_bucket_charge(&b, 2 * ran_ns);
			kvrm_bucket_fill(&b, now_ns);
			allowed_ns =
				now_ns / 1000000 * rate_us + cap_ns + 2 * (late_ns + 2) + rate_us;
			assert_true(used_ns <= allowed_ns);
			assert_true(kvrm_bucket_is_empty(&b));
			now_ns = kvrm_bucket_has_at(&b, cap_ns);
			kvrm_bucket_fill(&b, now_ns);
			assert_int_equal(b.credit_ns, cap_ns);
		}
		assert_in_range(used_ns, now_ns / 1000000 * rate_us * 999 / 1000,
				now_ns / 1000000 * rate_us * 1001 / 1000 + cap_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_rate),
		cmocka_unit_test(test_begins_full),
		cmocka_unit_test(test_debt_is_paid),
		cmocka_unit_test(test_change_of_rate_keeps_debt),
		cmocka_unit_test(test_waiting_is_made_up_for),
		cmocka_unit_test(test_time_never_goes_back),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
