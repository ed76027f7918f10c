// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Splitting an exact sum by samples: parts never go back, add up to the sum, and come to what they should have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "kvrm/split.h"
#include "tests/unit/random.h"

#define MS   1000000ULL
#define S    1000000000ULL
#define TICK (4 * MS)

static void sample(struct kvrm_split *split, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t growth[KVRM_SPLIT_PARTS] = { a, b, c };

	kvrm_split_sample(split, growth);
}

static void expect(const struct kvrm_split *split, uint64_t a, uint64_t b, uint64_t c)
{
	assert_true(split->parts[0] == a);
	assert_true(split->parts[1] == b);
	assert_true(split->parts[2] == c);
}

/* What a part should have. */
static uint64_t target_of(const struct kvrm_split *split, int i, uint64_t sum)
{
	uint64_t sampled = split->sampled[0] + split->sampled[1] + split->sampled[2];

	return sampled ? (uint64_t)((__uint128_t)sum * split->sampled[i] / sampled) : 0;
}

/* Split, and look at what came of it. */
static void split_to(struct kvrm_split *split, uint64_t sum)
{
	const struct kvrm_split before = *split;

	kvrm_split_to(split, sum);
	assert_true(split->parts[0] + split->parts[1] + split->parts[2] == sum);
	assert_memory_equal(split->sampled, before.sampled, sizeof(before.sampled));
	for (int i = 0; i < KVRM_SPLIT_PARTS; i++) {
		uint64_t growth = split->parts[i] - before.parts[i];

		assert_true(split->parts[i] >= before.parts[i]);
		/* Who has too much gets nothing, but what rounding leaves. */
		if (growth > 2 && (split->sampled[0] | split->sampled[1] | split->sampled[2]))
			assert_true(kvrm_excess(split->parts[i], target_of(split, i, sum)) <= 2);
	}
}

static void test_nothing_sampled(void **state)
{
	struct kvrm_split split = { 0 };

	split_to(&split, 0);
	expect(&split, 0, 0, 0);
	split_to(&split, 3 * MS);
	expect(&split, 3 * MS, 0, 0);
	sample(&split, 0, 0, 0);
	split_to(&split, 3 * MS + 1);
	expect(&split, 3 * MS + 1, 0, 0);
	split_to(&split, UINT64_MAX);
	expect(&split, UINT64_MAX, 0, 0);
}

static void test_in_proportion(void **state)
{
	struct kvrm_split split = { 0 };

	sample(&split, 2 * TICK, TICK, TICK);
	split_to(&split, 1000);
	expect(&split, 500, 250, 250);
	/* Only one was sampled since: the others have what they should still have. */
	sample(&split, 0, 4 * TICK, 0);
	split_to(&split, 2000);
	expect(&split, 500, 1250, 250);
	/* A sum that goes back, or stands still, changes nothing. */
	kvrm_split_to(&split, 1999);
	expect(&split, 500, 1250, 250);
	split_to(&split, 2000);
	expect(&split, 500, 1250, 250);
}

/* What was given before the first sample is not taken back; all that comes is the others' until they have their part. */
static void test_catches_up(void **state)
{
	struct kvrm_split split = { 0 };

	split_to(&split, 3 * MS);
	sample(&split, 0, TICK, 3 * TICK);
	split_to(&split, 7 * MS);
	expect(&split, 3 * MS, 1 * MS, 3 * MS);
	sample(&split, 4 * TICK, 0, 0);
	/* All should have 1/2, 1/8, 3/8. */
	split_to(&split, 8 * MS);
	expect(&split, 4 * MS, 1 * MS, 3 * MS);
}

/* One part alone gets all of it, to the last unit. */
static void test_one_part(void **state)
{
	for (int i = 0; i < KVRM_SPLIT_PARTS; i++) {
		struct kvrm_split split = { 0 };
		uint64_t sum = 0;

		for (int n = 0; n < 1000; n++) {
			split.sampled[i] += TICK;
			sum += random64() % S;
			split_to(&split, sum);
			assert_true(split.parts[i] == sum);
		}
	}
}

static void test_near_the_end(void **state)
{
	struct kvrm_split split = { 0 };

	/* Each as of a thread that has run for 584 years. */
	sample(&split, UINT64_MAX, UINT64_MAX, 0);
	sample(&split, UINT64_MAX, UINT64_MAX, UINT64_MAX);
	sample(&split, UINT64_MAX, UINT64_MAX, UINT64_MAX);
	assert_true(split.sampled[0] == split.sampled[1]);
	assert_true(split.sampled[2] < split.sampled[0]);
	split_to(&split, UINT64_MAX - 1);
	split_to(&split, UINT64_MAX);
	/* The same, but for what rounding leaves. */
	assert_in_range(split.parts[0] - split.parts[1], 0, 2);
}

/* Whatever is sampled, and however the sum grows. */
static void test_random(void **state)
{
	static const uint64_t steps[] = { 1, 10, 5 * MS, S, 1000000 * S };

	for (int i = 0; i < 5000; i++) {
		struct kvrm_split split = { 0 };
		uint64_t sum = i % 4 ? 0 : UINT64_MAX - random64() % (1000 * S);

		for (int n = 0; n < 100; n++) {
			uint64_t step = random64() % steps[random64() % 5];
			uint64_t growth[KVRM_SPLIT_PARTS];

			for (int k = 0; k < KVRM_SPLIT_PARTS; k++)
				growth[k] = random64() % 3 ? 0 : TICK * (random64() % 10);
			if (random64() % 50 == 0)
				growth[random64() % KVRM_SPLIT_PARTS] = random64();
			kvrm_split_sample(&split, growth);
			sum = sum > UINT64_MAX - step ? UINT64_MAX : sum + step;
			split_to(&split, sum);
		}
	}
}

/*
 * A thread that does one thing and another for some time each, in proportions that change, and ticks that find it at
 * one of them: after 40 s what was split is what it was, within a few hundredths, and stays so.
 */
static void test_thread(void **state)
{
	for (int i = 0; i < 5; i++) {
		uint64_t is[KVRM_SPLIT_PARTS] = { 0 }, now_ns = 0, next_ns = random64() % TICK;
		struct kvrm_split split = { 0 };
		uint64_t weights[2] = { random64() % 100, random64() % 100 };

		for (int n = 0; n < 400000; n++) {
			uint64_t growth[KVRM_SPLIT_PARTS] = { 0 }, at = random64() % 100;
			uint64_t step = 1 + random64() % 200000;
			int k = at < weights[0] ? 0 : at < weights[1] ? 1 : 2;

			if (n == 200000)
				weights[0] = random64() % 100;
			for (; next_ns < now_ns + step; next_ns += TICK)
				growth[k] += TICK;
			now_ns += step;
			is[k] += step;
			kvrm_split_sample(&split, growth);
			if (n % 100 == 0)
				split_to(&split, now_ns);
		}
		split_to(&split, now_ns);
		for (int k = 0; k < KVRM_SPLIT_PARTS; k++)
			assert_in_range(split.parts[k] + now_ns / 20, is[k], is[k] + now_ns / 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_sampled), cmocka_unit_test(test_in_proportion),
		cmocka_unit_test(test_catches_up),	cmocka_unit_test(test_one_part),
		cmocka_unit_test(test_near_the_end),	cmocka_unit_test(test_random),
		cmocka_unit_test(test_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
