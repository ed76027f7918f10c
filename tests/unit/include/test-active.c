// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The estimate of active memory: against averages in floating point, a million samples, and what it
 * promises: up fast, down slowly, right on average.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kvrm/active.h"
#include "tests/unit/random.h"

#define PAGES 32

static double part(const struct kvrm_active *active)
{
	return (double)kvrm_active_of(active, 1000000000) / 1e9;
}

static void test_nothing_known(void **state)
{
	struct kvrm_active active = { 0 };

	assert_false(active.known);
	assert_int_equal(kvrm_active_of(&active, UINT64_MAX), 0);
	kvrm_active_add(&active, 8, PAGES);
	assert_true(active.known);
	assert_int_equal(kvrm_active_of(&active, 1000000), 250000);
}

static void test_ends(void **state)
{
	struct kvrm_active active = { 0 };

	kvrm_active_add(&active, 0, PAGES);
	assert_int_equal(kvrm_active_of(&active, UINT64_MAX), 0);
	for (int i = 0; i < 1000; i++)
		kvrm_active_add(&active, PAGES, PAGES);
	assert_true(part(&active) > 0.9999);
	assert_true(kvrm_active_of(&active, UINT64_MAX) <= UINT64_MAX);
	for (int i = 0; i < 1000; i++)
		kvrm_active_add(&active, 0, PAGES);
	assert_true(part(&active) < 0.0001);
	active = (struct kvrm_active){ 0 };
	kvrm_active_add(&active, PAGES, PAGES);
	assert_true(kvrm_active_of(&active, UINT64_MAX) == UINT64_MAX);
}

static void test_up_fast_down_slowly(void **state)
{
	struct kvrm_active active = { 0 };
	int up = 0, down = 0;

	kvrm_active_add(&active, 0, PAGES);
	for (; part(&active) < 0.5; up++)
		kvrm_active_add(&active, PAGES, PAGES);
	assert_in_range(up, 2, 4);
	for (int i = 0; i < 200; i++)
		kvrm_active_add(&active, PAGES, PAGES);
	for (; part(&active) > 0.5; down++)
		kvrm_active_add(&active, 0, PAGES);
	assert_in_range(down, 16, 32);
}

/* An estimate is at most some hundredths too high, since it is the higher of two. */
static void test_right_on_average(void **state)
{
	seed = 7;
	for (int busy = 0; busy <= 100; busy += 5) {
		struct kvrm_active active = { 0 };
		double sum = 0;

		for (int i = 0; i < 20000; i++) {
			uint32_t touched = 0;

			for (int page = 0; page < PAGES; page++)
				touched += random64() % 100 < (uint64_t)busy;
			kvrm_active_add(&active, touched, PAGES);
			sum += part(&active) * 100;
		}
		sum /= 20000;
		assert_true(sum > busy - 0.5 && sum < busy + 3);
	}
}

static void test_against_floating_point(void **state)
{
	seed = 11;
	for (int run = 0; run < 1000; run++) {
		struct kvrm_active active = { 0 };
		double fast = 0, slow = 0;

		for (int i = 0; i < 1000; i++) {
			uint32_t pages = 1 + (uint32_t)(random64() % 4096);
			uint32_t touched = (uint32_t)(random64() % (pages + 1));
			double x = (double)touched / pages;

			kvrm_active_add(&active, touched, pages);
			fast = i ? fast + (x - fast) / KVRM_ACTIVE_FAST : x;
			slow = i ? slow + (x - slow) / KVRM_ACTIVE_SLOW : x;
			x = part(&active) - (fast > slow ? fast : slow);
			assert_true(x < 1e-4 && x > -1e-4);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_up_fast_down_slowly),
		cmocka_unit_test(test_right_on_average),
		cmocka_unit_test(test_against_floating_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
