// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans for balloons: cases by hand; random ones, in which nobody may get less than he must have; and the way down and
 * back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/plan/balloon.h"
#include "tests/unit/random.h"

#define MIB   (UINT64_C(1) << 20)
#define CASES 1000000

static struct plan_balloon_facts make(enum plan_pressure pressure, uint64_t usage,
				      uint64_t entitled)
{
	return (struct plan_balloon_facts){ .pressure = pressure,
					    .memory_bytes = 512 * MIB,
					    .overhead_bytes = 66 * MIB,
					    .usage_bytes = usage,
					    .entitled_bytes = entitled,
					    .left_bytes = 512 * MIB };
}

static void test_pressed(void **state)
{
	struct plan_balloon_facts facts = make(PLAN_PRESSED, 500 * MIB, 400 * MIB + 4096);

	assert_int_equal(plan_balloon(&facts), 334 * MIB);
	/* What was taken before stays so. */
	facts.left_bytes = 300 * MIB;
	assert_int_equal(plan_balloon(&facts), 300 * MIB);
	/* It has more than it was made with: another definition. */
	facts.left_bytes = 600 * MIB;
	facts.usage_bytes = 1;
	assert_int_equal(plan_balloon(&facts), 512 * MIB);
}

static void test_not_too_much(void **state)
{
	struct plan_balloon_facts facts = make(PLAN_PRESSED, 404 * MIB, 400 * MIB);

	assert_int_equal(plan_balloon(&facts), 512 * MIB);
	facts.usage_bytes++;
	assert_int_equal(plan_balloon(&facts), 334 * MIB);
	/* Who has less than it is due may be swapped, but gives nothing. */
	facts.usage_bytes = 100 * MIB;
	assert_int_equal(plan_balloon(&facts), 512 * MIB);
}

static void test_not_known(void **state)
{
	struct plan_balloon_facts facts = make(PLAN_PRESSED, 500 * MIB, 0);

	assert_int_equal(plan_balloon(&facts), 512 * MIB);
	facts.left_bytes = 200 * MIB;
	assert_int_equal(plan_balloon(&facts), 200 * MIB);
}

/* 35 per cent of 512 MiB are 179.2. */
static void test_least(void **state)
{
	struct plan_balloon_facts facts = make(PLAN_PRESSED, 500 * MIB, 10 * MIB);

	assert_int_equal(plan_balloon(&facts), 180 * MIB);
	facts.reservation_bytes = 256 * MIB;
	assert_int_equal(plan_balloon(&facts), 256 * MIB);
	/* Reserved since. */
	facts.pressure = PLAN_RESTING;
	facts.left_bytes = 180 * MIB;
	assert_int_equal(plan_balloon(&facts), 256 * MIB);
}

static void test_there_and_back(void **state)
{
	struct plan_balloon_facts facts = make(PLAN_PRESSED, 500 * MIB, 300 * MIB);
	unsigned int samples = 0;

	facts.left_bytes = plan_balloon(&facts);
	assert_int_equal(facts.left_bytes, 234 * MIB);
	facts.pressure = PLAN_RESTING;
	assert_int_equal(plan_balloon(&facts), 234 * MIB);
	facts.pressure = PLAN_CALM;
	facts.left_bytes = plan_balloon(&facts);
	assert_int_equal(facts.left_bytes, 242 * MIB);
	while (facts.left_bytes < facts.memory_bytes) {
		uint64_t left = plan_balloon(&facts);

		assert_true(left > facts.left_bytes && left <= facts.memory_bytes);
		facts.left_bytes = left;
		samples++;
	}
	assert_int_equal(samples, 34);
	/* The smallest guest there is has something back, too. */
	facts.memory_bytes = 2 * MIB;
	facts.left_bytes = MIB;
	assert_int_equal(plan_balloon(&facts), 2 * MIB);
}

static void test_random(void **state)
{
	for (int i = 0; i < CASES; i++) {
		uint64_t memory = (random64() % 1048576 + 1) * MIB;
		struct plan_balloon_facts facts = {
			.pressure = (enum plan_pressure)(random64() % 3),
			.memory_bytes = memory,
			.overhead_bytes = random64() % (memory / 4 + 1),
			.reservation_bytes = random64() % (memory / MIB + 1) * MIB,
			.usage_bytes = random64() % (memory * 2),
			.entitled_bytes = random64() % (memory * 2),
			.left_bytes = (random64() % (memory / MIB) + 1) * MIB,
		};
		uint64_t left = plan_balloon(&facts);
		/* Of a hundredth of the memory. */
		uint64_t least = (100 - PLAN_BALLOON_MAX_PERCENT) * (memory / 100);

		assert_int_equal(left % MIB, 0);
		assert_true(left <= memory && left >= facts.reservation_bytes);
		if (left >= facts.left_bytes)
			continue;
		/* It gives only when it must, what it has too much, and not all. */
		assert_true(facts.pressure == PLAN_PRESSED);
		assert_true(facts.usage_bytes > facts.entitled_bytes);
		assert_true(left >= least);
		assert_true(left + facts.overhead_bytes + MIB > facts.entitled_bytes);
	}
}

/* Members of a full pool are pressed even if the host is not. */
static void test_in_pool(void **state)
{
	assert_int_equal(plan_pressure_in(PLAN_CALM, POOL_ROOM_ENOUGH), PLAN_CALM);
	assert_int_equal(plan_pressure_in(PLAN_CALM, POOL_ROOM_LITTLE), PLAN_RESTING);
	assert_int_equal(plan_pressure_in(PLAN_PRESSED, POOL_ROOM_LITTLE), PLAN_PRESSED);
	assert_int_equal(plan_pressure_in(PLAN_CALM, POOL_ROOM_NONE), PLAN_PRESSED);
	assert_int_equal(plan_pressure_in(PLAN_RESTING, POOL_ROOM_KILLS), PLAN_PRESSED);
	assert_int_equal(plan_pressure_in(PLAN_PRESSED, POOL_ROOM_ENOUGH), PLAN_PRESSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pressed),	       cmocka_unit_test(test_not_too_much),
		cmocka_unit_test(test_not_known),      cmocka_unit_test(test_least),
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_random),
		cmocka_unit_test(test_in_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
