// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stalls: stops that follow each other are one, each is counted once, and all that was held back is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kvrm/stall.h"
#include "tests/unit/random.h"

#define MS 1000000ULL

static uint64_t count(const struct kvrm_stalls *stalls)
{
	uint64_t n = 0;

	for (int b = 0; b < KVRM_STALL_BUCKETS; b++)
		n += stalls->counts[b];
	return n;
}

static void test_buckets(void **state)
{
	assert_int_equal(kvrm_stall_bucket(1), 0);
	for (unsigned int b = 0; b < KVRM_STALL_BUCKETS - 1; b++) {
		assert_int_equal(kvrm_stall_bucket(MS << b), b);
		assert_int_equal(kvrm_stall_bucket((MS << b) + 1), b + 1);
	}
	assert_int_equal(kvrm_stall_bucket(UINT64_MAX), KVRM_STALL_BUCKETS - 1);
}

/* A burst each second, of ten stops of 2 ms: one stall of 20 ms each. */
static void test_bursts(void **state)
{
	struct kvrm_stalls stalls = { 0 };
	struct kvrm_stall stall = { 0 };

	for (uint64_t second = 1; second <= 60; second++) {
		for (uint64_t stop = 0; stop < 10; stop++) {
			uint64_t since_ns = second * 1000 * MS + stop * 3 * MS;

			kvrm_stall_add(&stall, &stalls, since_ns, 2 * MS, since_ns + 2 * MS);
		}
		/* The last one is not over yet. */
		assert_int_equal(stalls.counts[5], second - 1);
	}
	kvrm_stall_settle(&stall, &stalls, stall.ended_ns + KVRM_STALL_GAP_NS);
	assert_int_equal(count(&stalls), 59);
	kvrm_stall_settle(&stall, &stalls, stall.ended_ns + KVRM_STALL_GAP_NS + 1);
	kvrm_stall_settle(&stall, &stalls, UINT64_MAX);
	assert_int_equal(stalls.counts[5], 60);
	assert_int_equal(count(&stalls), 60);
	assert_int_equal(stalls.held_ns, 60 * 20 * MS);
}

/* Who is held back all the time has a stall for each second of it, or so. */
static void test_without_end(void **state)
{
	struct kvrm_stalls stalls = { 0 };
	struct kvrm_stall stall = { 0 };

	for (uint64_t now_ns = MS; now_ns <= 10240 * 2 * MS; now_ns += 2 * MS)
		kvrm_stall_add(&stall, &stalls, now_ns, MS, now_ns + MS);
	assert_int_equal(count(&stalls), 10);
	assert_int_equal(stalls.counts[10], 10);
	kvrm_stall_add(&stall, &stalls, UINT64_MAX / 2, 5000 * MS, UINT64_MAX / 2 + 5000 * MS);
	assert_int_equal(stalls.counts[11], 1);
}

static void test_nothing_is_lost(void **state)
{
	struct kvrm_stalls stalls = { 0 };
	struct kvrm_stall stall = { 0 };
	uint64_t now_ns = 1, held_ns = 0, stops = 0;

	for (int i = 0; i < 1000000; i++) {
		uint64_t since_ns = now_ns + random64() % (15 * MS);
		uint64_t held = random64() % (8 * MS);

		now_ns = since_ns + held;
		kvrm_stall_add(&stall, &stalls, since_ns, held, now_ns);
		held_ns += held;
		stops++;
		if (random64() % 4 == 0)
			kvrm_stall_settle(&stall, &stalls, now_ns + random64() % (15 * MS));
	}
	kvrm_stall_end(&stall, &stalls);
	assert_int_equal(stalls.held_ns, held_ns);
	assert_in_range(count(&stalls), 1, stops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_without_end),
		cmocka_unit_test(test_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
