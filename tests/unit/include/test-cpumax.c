// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpu.max arithmetic: exact values, the bounds that the kernel sets, and a million random limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/cpumax.h"

#define CAPACITY_MAX_US (4096 * KVRM_USEC_PER_SEC)

static void test_known_values(void **state)
{
	static const struct {
		uint64_t limit_us, quota_us, period_us;
	} cases[] = {
		{ 10000, 1000, 100000 },	 { 25000, 1000, 40000 },
		{ 99999, 1000, 10001 },		 { 100000, 1000, 10000 },
		{ 250000, 2500, 10000 },	 { 333333, 3333, 10000 },
		{ 1000000, 10000, 10000 },	 { 1500000, 15000, 10000 },
		{ 4096000000, 40960000, 10000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t period_us = kvrm_cpumax_period_us(cases[i].limit_us);

		assert_int_equal(period_us, cases[i].period_us);
		assert_int_equal(kvrm_cpumax_quota_us(cases[i].limit_us, period_us),
				 cases[i].quota_us);
	}
}

static void check(uint64_t limit_us)
{
	uint64_t period_us = kvrm_cpumax_period_us(limit_us);
	uint64_t quota_us = kvrm_cpumax_quota_us(limit_us, period_us);
	uint64_t amounts_us = kvrm_cpumax_limit_us(quota_us, period_us);

	assert_in_range(period_us, KVRM_CPUMAX_PERIOD_MIN_US, KVRM_CPUMAX_PERIOD_MAX_US);
	assert_true(quota_us >= KVRM_CPUMAX_QUOTA_MIN_US);
	/* Never more than asked; less by 0.1 % at most. */
	assert_true((unsigned __int128)quota_us * KVRM_USEC_PER_SEC <=
		    (unsigned __int128)limit_us * period_us);
	assert_true(amounts_us <= limit_us && limit_us - amounts_us <= limit_us / 1000 + 1);
	/* What systemd computes from the limit and the period. */
	assert_int_equal(quota_us,
			 (uint64_t)((unsigned __int128)limit_us * period_us / KVRM_USEC_PER_SEC));
	assert_true(kvrm_cpumax_holds(limit_us, quota_us, period_us));
	assert_false(kvrm_cpumax_holds(limit_us, quota_us + 1, period_us));
	assert_false(kvrm_cpumax_holds(limit_us, quota_us, period_us + 1));
	assert_false(kvrm_cpumax_holds(limit_us, 0, period_us));
}

static void test_every_small_limit(void **state)
{
	for (uint64_t limit_us = KVRM_CPUMAX_LIMIT_MIN_US; limit_us < 300000; limit_us++)
		check(limit_us);
}

static void test_random_limits(void **state)
{
	srandom(1);
	for (int i = 0; i < 1000000; i++)
		check(KVRM_CPUMAX_LIMIT_MIN_US +
		      (((uint64_t)random() << 31) ^ (uint64_t)random()) %
			      (CAPACITY_MAX_US - KVRM_CPUMAX_LIMIT_MIN_US));
}

/* The stricter one of both, of which each may be missing. */
static void test_alone(void **state)
{
	assert_int_equal(kvrm_cpumax_alone_us(0, 0, 4), 0);
	assert_int_equal(kvrm_cpumax_alone_us(250000, 0, 4), 250000);
	assert_int_equal(kvrm_cpumax_alone_us(0, 200000, 4), 800000);
	assert_int_equal(kvrm_cpumax_alone_us(0, KVRM_CPUMAX_LIMIT_MIN_US, 1), 10000);
	assert_int_equal(kvrm_cpumax_alone_us(799999, 200000, 4), 799999);
	assert_int_equal(kvrm_cpumax_alone_us(800001, 200000, 4), 800000);
	assert_int_equal(kvrm_cpumax_alone_us(0, KVRM_USEC_PER_SEC, UINT32_MAX),
			 UINT32_MAX * KVRM_USEC_PER_SEC);
}

static void test_unlimited(void **state)
{
	assert_true(kvrm_cpumax_holds(0, 0, 100000));
	assert_false(kvrm_cpumax_holds(0, 1000, 100000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),  cmocka_unit_test(test_every_small_limit),
		cmocka_unit_test(test_random_limits), cmocka_unit_test(test_alone),
		cmocka_unit_test(test_unlimited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
