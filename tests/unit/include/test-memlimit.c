// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arithmetic of memory limits: exact values, and what must hold of a million random ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kvrm/memlimit.h"
#include "tests/unit/random.h"

#define MIB   (UINT64_C(1) << 20)
#define PAGE  UINT64_C(4096)
#define STEP  (64 * MIB)
#define CASES 1000000

/* Of all orders of magnitude up to 2^@bits, whole pages. */
static uint64_t some_bytes(unsigned int bits)
{
	return (random64() >> (64 - bits + random64() % (bits - 12))) / PAGE * PAGE;
}

static void test_known_values(void **state)
{
	static const struct {
		uint64_t limit, high, stop;
	} cases[] = {
		{ 16 * MIB, 8 * MIB, 12 * MIB },
		{ 128 * MIB, 120 * MIB, 124 * MIB },
		{ 256 * MIB, 248 * MIB, 252 * MIB },
		{ 1024 * MIB, 992 * MIB, 1008 * MIB },
		{ 1023 * MIB, 1023 * MIB - 32 * MIB, 1007 * MIB },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(kvrm_memlimit_high(cases[i].limit), cases[i].high);
		assert_int_equal(kvrm_memlimit_stop(cases[i].limit), cases[i].stop);
	}
	assert_true(kvrm_memlimit_high(0) == UINT64_MAX);
	assert_int_equal(kvrm_memlimit_least(0), 16 * MIB);
	assert_int_equal(kvrm_memlimit_least(8 * MIB), 16 * MIB);
	assert_int_equal(kvrm_memlimit_least(8 * MIB + 1), 17 * MIB);
	assert_int_equal(kvrm_memlimit_least(992 * MIB), 1024 * MIB);
	assert_int_equal(kvrm_memlimit_balloon(0, 512 * MIB, 66 * MIB), 512 * MIB);
	assert_int_equal(kvrm_memlimit_balloon(1024 * MIB, 512 * MIB, 66 * MIB), 512 * MIB);
	assert_int_equal(kvrm_memlimit_balloon(256 * MIB, 512 * MIB, 66 * MIB), 182 * MIB);
	assert_int_equal(kvrm_memlimit_balloon(64 * MIB, 512 * MIB, 66 * MIB), 0);
}

/* The margin is the least multiple of 64 KiB that is a 32nd of the limit, and at least 8 MiB. */
static void test_margin(void **state)
{
	const uint64_t unit = 65536;

	for (int i = 0; i < CASES; i++) {
		uint64_t limit = 16 * MIB + some_bytes(55);
		uint64_t margin = limit - kvrm_memlimit_high(limit);

		assert_int_equal(margin % unit, 0);
		assert_true(margin >= 8 * MIB && margin <= limit / 2);
		assert_true(margin * 32 >= limit);
		if (margin > 8 * MIB)
			assert_true((margin - unit) * 32 < limit);
		assert_true(kvrm_memlimit_stop(limit) > kvrm_memlimit_high(limit));
		assert_true(kvrm_memlimit_stop(limit) < limit);
	}
}

/* It leaves enough, and a MiB less would not. */
static void test_least(void **state)
{
	for (int i = 0; i < CASES; i++) {
		uint64_t need = some_bytes(50);
		uint64_t least = kvrm_memlimit_least(need);

		assert_int_equal(least % MIB, 0);
		assert_true(least >= 16 * MIB);
		assert_true(kvrm_memlimit_high(least) >= need);
		if (least > 16 * MIB)
			assert_true(kvrm_memlimit_high(least - MIB) < need);
	}
}

/* What is written next: never below what is wanted, never more than a step below what is used. */
static void test_next(void **state)
{
	for (int i = 0; i < CASES; i++) {
		uint64_t wanted = random64() % 8 ? some_bytes(45) : UINT64_MAX;
		uint64_t found = random64() % 4 ? some_bytes(45) : UINT64_MAX;
		uint64_t usage = some_bytes(45);
		uint64_t next = kvrm_memlimit_next(wanted, found, usage);

		assert_true(next >= wanted);
		if (next == UINT64_MAX) {
			assert_true(wanted == UINT64_MAX);
			continue;
		}
		assert_int_equal(next % PAGE, 0);
		/* Upwards, and where nothing is to be reclaimed, at once. */
		if (found <= wanted || usage <= wanted + STEP)
			assert_int_equal(next, wanted);
		/* Never more than a step at once of what is used and was allowed. */
		if (usage > wanted && found > wanted && next < usage && next < found)
			assert_true((found < usage ? found : usage) - next <= STEP);
	}
}

/* It comes down, whether what is above can be reclaimed or not, and does so in steps. */
static void test_way_down(void **state)
{
	for (int i = 0; i < 1000; i++) {
		uint64_t wanted = some_bytes(36), found = UINT64_MAX;
		uint64_t usage = wanted + some_bytes(36), begin = usage, steps = 0;
		bool stubborn = i % 2;

		while (found != wanted) {
			uint64_t next = kvrm_memlimit_next(wanted, found, usage);

			assert_true(next < found);
			found = next;
			if (!stubborn && usage > found)
				usage = found;
			steps++;
		}
		assert_true(steps <= (begin - wanted + STEP - 1) / STEP + 1);
		assert_true(stubborn || usage <= wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values), cmocka_unit_test(test_margin),
		cmocka_unit_test(test_least),	     cmocka_unit_test(test_next),
		cmocka_unit_test(test_way_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
