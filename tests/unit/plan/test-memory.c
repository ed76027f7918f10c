// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans for memory limits: cases by hand; random ones, in which nobody may be killed; and ways from one limit to
 * another, with and without the module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/plan/memory.h"
#include "tests/unit/random.h"

#define MIB   (UINT64_C(1) << 20)
#define NONE  PLAN_MEMORY_NONE
#define CASES 1000000

static struct plan_memory_facts make(uint64_t limit, uint64_t usage, uint64_t high, uint64_t max)
{
	return (struct plan_memory_facts){ .limit_bytes = limit,
					   .memory_bytes = 512 * MIB,
					   .overhead_bytes = 66 * MIB,
					   .usage_bytes = usage,
					   .high_bytes = high,
					   .max_bytes = max,
					   .held = true };
}

static void test_in_force(void **state)
{
	struct plan_memory_facts facts = make(256 * MIB, 200 * MIB, 248 * MIB, 256 * MIB);
	struct plan_memory plan = plan_memory(&facts);

	assert_int_equal(plan.balloon_bytes, 182 * MIB);
	assert_true(plan.tell_high && plan.high_bytes == 248 * MIB);
	assert_true(plan.tell_max && plan.max_bytes == 256 * MIB);
	assert_false(plan.stop);
	assert_true(plan.go_on);
	facts.usage_bytes = 251 * MIB;
	plan = plan_memory(&facts);
	assert_false(plan.stop || plan.go_on);
	facts.usage_bytes = 252 * MIB;
	assert_true(plan_memory(&facts).stop);
}

/* Too much is used: the balloon, and throttling, and nothing that could kill. */
static void test_shrink(void **state)
{
	struct plan_memory_facts facts = make(256 * MIB, 500 * MIB, NONE, NONE);
	struct plan_memory plan = plan_memory(&facts);

	assert_int_equal(plan.balloon_bytes, 182 * MIB);
	assert_false(plan.tell_high || plan.tell_max || plan.stop || plan.go_on);
	/* Without the module systemd is told each step. */
	facts.held = false;
	plan = plan_memory(&facts);
	assert_true(plan.tell_high && plan.high_bytes == 436 * MIB);
	assert_false(plan.tell_max);
	/* Used enough less, but not throttled yet. */
	facts = make(256 * MIB, 240 * MIB, 436 * MIB, NONE);
	plan = plan_memory(&facts);
	assert_true(plan.tell_high && plan.high_bytes == 248 * MIB);
	assert_false(plan.tell_max);
	facts.high_bytes = 248 * MIB;
	plan = plan_memory(&facts);
	assert_true(plan.tell_max && plan.max_bytes == 256 * MIB);
}

static void test_grow(void **state)
{
	struct plan_memory_facts facts = make(512 * MIB, 255 * MIB, 248 * MIB, 256 * MIB);
	struct plan_memory plan = plan_memory(&facts);

	assert_int_equal(plan.balloon_bytes, 430 * MIB);
	assert_true(plan.tell_high && plan.high_bytes == 496 * MIB);
	assert_true(plan.tell_max && plan.max_bytes == 512 * MIB);
	/* What is in force would still kill. */
	assert_true(plan.stop && !plan.go_on);
	facts.limit_bytes = 0;
	plan = plan_memory(&facts);
	assert_int_equal(plan.balloon_bytes, 512 * MIB);
	assert_true(plan.tell_high && plan.high_bytes == NONE);
	assert_true(plan.tell_max && plan.max_bytes == NONE);
	assert_true(plan.stop && !plan.go_on);
	facts.max_bytes = NONE;
	plan = plan_memory(&facts);
	assert_true(plan.go_on && !plan.stop);
}

static uint64_t some_bytes(void)
{
	return random64() % (1024 * 256) * 4096;
}

/* The margin in which a guest is throttled, computed by itself. */
static uint64_t margin_of(uint64_t limit)
{
	uint64_t margin = 0;

	for (margin = 8 * MIB; margin * 32 < limit; margin += 65536)
		;
	return margin;
}

static void test_random(void **state)
{
	for (int i = 0; i < CASES; i++) {
		uint64_t limit = random64() % 4 ? 16 * MIB + random64() % 1024 * MIB : 0;
		struct plan_memory_facts facts =
			make(limit, some_bytes(), random64() % 4 ? some_bytes() : NONE,
			     random64() % 4 ? some_bytes() : NONE);
		struct plan_memory plan;
		uint64_t high = limit ? limit - margin_of(limit) : NONE;

		facts.held = random64() % 2;
		plan = plan_memory(&facts);
		/* What is told in the end is what is wanted. */
		assert_true(plan.max_bytes == (limit ? limit : NONE));
		assert_true(plan.high_bytes >= high);
		/* memory.max is lowered only where everything used fits, with the margin, and is throttled. */
		if (plan.tell_max && plan.max_bytes < facts.max_bytes)
			assert_true(facts.usage_bytes <= high && facts.high_bytes <= high);
		/* And raised at once. */
		if (facts.max_bytes <= plan.max_bytes)
			assert_true(plan.tell_max);
		/* Where nothing is to be reclaimed memory.high is what it should be, at once. */
		if (facts.usage_bytes <= high)
			assert_true(plan.tell_high && plan.high_bytes == high);
		/* systemd is never told to reclaim more than a step. */
		if (plan.tell_high && plan.high_bytes < facts.high_bytes &&
		    facts.usage_bytes > plan.high_bytes)
			assert_true(!facts.held &&
				    (facts.high_bytes < facts.usage_bytes ? facts.high_bytes
									  : facts.usage_bytes) -
						    plan.high_bytes <=
					    64 * MIB);
		assert_true(!plan.stop || facts.max_bytes != NONE);
		/* Who goes on is not near to what is in force, nor above what is wanted. */
		assert_true(!plan.go_on || (!plan.stop && facts.usage_bytes <= high));
		assert_true(plan.balloon_bytes <= facts.memory_bytes);
	}
}

/* What others do meanwhile: the module, which brings memory.high down, and the guest, which may give or not. */
static void world(struct plan_memory_facts *facts, const struct plan_memory *plan, bool obeys)
{
	uint64_t high =
		facts->limit_bytes ? facts->limit_bytes - margin_of(facts->limit_bytes) : NONE;

	if (plan->tell_max)
		facts->max_bytes = plan->max_bytes;
	if (plan->tell_high)
		facts->high_bytes = plan->high_bytes;
	else if (facts->held)
		facts->high_bytes = facts->usage_bytes < high ? high : facts->usage_bytes;
	/* A guest that does not give is reclaimed from, down to memory.high, as long as there is swap. */
	if (obeys && facts->usage_bytes > plan->balloon_bytes + facts->overhead_bytes)
		facts->usage_bytes -= MIB;
	else if (facts->usage_bytes > facts->high_bytes)
		facts->usage_bytes = facts->high_bytes;
}

static void test_ways(void **state)
{
	for (int i = 0; i < 20000; i++) {
		struct plan_memory_facts facts =
			make(96 * MIB + random64() % 512 * MIB, random64() % 578 * MIB, NONE, NONE);
		bool obeys = random64() % 2;
		struct plan_memory plan;
		int n = 0;

		facts.held = obeys && random64() % 2;
		do {
			plan = plan_memory(&facts);
			world(&facts, &plan, obeys);
			/* Nobody is above what would kill. */
			assert_true(facts.usage_bytes <= facts.max_bytes);
			assert_true(++n < 1000);
		} while (facts.max_bytes != facts.limit_bytes);
		assert_true(facts.high_bytes == facts.limit_bytes - margin_of(facts.limit_bytes));
	}
}

/* Of 256 MiB 248 are unthrottled; above 246 there is no room, above 240 little; from 252 on somebody would be killed. */
static void test_room(void **state)
{
	static const struct {
		uint64_t usage_mib;
		enum pool_room room;
	} cases[] = {
		{ 0, POOL_ROOM_ENOUGH },   { 240, POOL_ROOM_ENOUGH }, { 241, POOL_ROOM_LITTLE },
		{ 246, POOL_ROOM_LITTLE }, { 247, POOL_ROOM_NONE },   { 248, POOL_ROOM_NONE },
		{ 249, POOL_ROOM_LACKS },  { 251, POOL_ROOM_LACKS },  { 252, POOL_ROOM_KILLS },
	};
	struct plan_memory_facts facts = make(256 * MIB, 0, 248 * MIB, 256 * MIB);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		facts.usage_bytes = cases[i].usage_mib * MIB;
		assert_int_equal(plan_pool_room(&facts), cases[i].room);
	}
	/* Wanted, but not in force: nobody is killed. */
	facts.max_bytes = NONE;
	assert_int_equal(plan_pool_room(&facts), POOL_ROOM_LACKS);
	/* In force, and not wanted any more. */
	facts.limit_bytes = 0;
	facts.max_bytes = 256 * MIB;
	assert_int_equal(plan_pool_room(&facts), POOL_ROOM_KILLS);
	facts.usage_bytes = 251 * MIB;
	assert_int_equal(plan_pool_room(&facts), POOL_ROOM_ENOUGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_force), cmocka_unit_test(test_shrink),
		cmocka_unit_test(test_grow),	 cmocka_unit_test(test_random),
		cmocka_unit_test(test_ways),	 cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
