// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Delays: each packet is counted once, in the bucket that its delay belongs to, and so is all the time that it waited.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kvrm/delay.h"
#include "tests/unit/random.h"

static uint64_t count(const struct kvrm_delays *delays)
{
	uint64_t n = 0;

	for (int b = 0; b < KVRM_DELAY_BUCKETS; b++)
		n += delays->counts[b];
	return n;
}

static void test_bounds(void **state)
{
	const unsigned int last = KVRM_DELAY_BUCKETS - 1;

	for (unsigned int b = 0; b < last; b++) {
		struct kvrm_delays delays = { 0 };
		uint64_t bound_ns = KVRM_DELAY_FIRST_NS << b;

		kvrm_delays_add(&delays, 1, 7, 7 + bound_ns);
		assert_int_equal(delays.counts[b], 1);
		kvrm_delays_add(&delays, 1, 7, 7 + bound_ns + 1);
		assert_int_equal(delays.counts[b + 1], 1);
		assert_int_equal(count(&delays), 2);
		assert_int_equal(delays.waited_ns, 2 * bound_ns + 1);
	}
	/* The last bound is a second, or so. */
	assert_int_equal(KVRM_DELAY_FIRST_NS << (last - 1), 1024000000);
}

/* A packet that comes while the clock is read for those before it has not waited. */
static void test_none(void **state)
{
	struct kvrm_delays delays = { 0 };

	kvrm_delays_add(&delays, 3, 1000, 1000);
	kvrm_delays_add(&delays, 1, 1000, 999);
	assert_int_equal(delays.counts[0], 4);
	assert_int_equal(count(&delays), 4);
	assert_int_equal(delays.waited_ns, 0);
}

/* Segments of one packet wait together, each for as long. */
static void test_segments(void **state)
{
	struct kvrm_delays delays = { 0 };

	kvrm_delays_add(&delays, 45, 0, 3000000);
	assert_int_equal(delays.counts[5], 45);
	assert_int_equal(count(&delays), 45);
	assert_int_equal(delays.waited_ns, 45 * UINT64_C(3000000));
	/* An hour of 1366 segments is no more than fits. */
	kvrm_delays_add(&delays, 1366, 0, UINT64_C(3600000000000));
	assert_int_equal(delays.counts[KVRM_DELAY_BUCKETS - 1], 1366);
	assert_int_equal(delays.waited_ns, 45 * UINT64_C(3000000) + 1366 * UINT64_C(3600000000000));
}

/* The oracle: bounds one after the other. */
static void test_random(void **state)
{
	struct kvrm_delays delays = { 0 };
	uint64_t counts[KVRM_DELAY_BUCKETS] = { 0 }, packets = 0, waited_ns = 0;

	for (int i = 0; i < 1000000; i++) {
		uint64_t since_ns = random64() >> 8, shift = 24 + random64() % 40;
		uint64_t delay_ns = random64() >> shift, bound_ns = KVRM_DELAY_FIRST_NS;
		uint32_t n = 1 + (uint32_t)(random64() % 45);
		int b = 0;

		for (; b < KVRM_DELAY_BUCKETS - 1 && delay_ns > bound_ns; b++)
			bound_ns *= 2;
		counts[b] += n;
		packets += n;
		waited_ns += n * delay_ns;
		kvrm_delays_add(&delays, n, since_ns, since_ns + delay_ns);
	}
	assert_memory_equal(delays.counts, counts, sizeof(counts));
	assert_int_equal(count(&delays), packets);
	assert_int_equal(delays.waited_ns, waited_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
