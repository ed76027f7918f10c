// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Latencies: each bucket ends where the next one begins, and twice as far as the one before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kvrm/latency.h"
#include "tests/unit/random.h"

static void test_edges(void **state)
{
	assert_int_equal(kvrm_latency_bucket(0), 0);
	assert_int_equal(kvrm_latency_bucket(1), 0);
	for (unsigned int b = 0; b < KVRM_LATENCY_BUCKETS - 1; b++) {
		assert_int_equal(kvrm_latency_bucket(KVRM_LATENCY_FIRST_NS << b), b);
		assert_int_equal(kvrm_latency_bucket((KVRM_LATENCY_FIRST_NS << b) + 1), b + 1);
	}
	assert_int_equal(kvrm_latency_bucket(UINT64_MAX), KVRM_LATENCY_BUCKETS - 1);
}

/* The bucket that a search from the first one on finds. */
static unsigned int searched(uint64_t ns)
{
	unsigned int bucket = 0;

	while (bucket < KVRM_LATENCY_BUCKETS - 1 && ns > KVRM_LATENCY_FIRST_NS << bucket)
		bucket++;
	return bucket;
}

static void test_random(void **state)
{
	seed = 1;
	for (int i = 0; i < 1000000; i++) {
		uint64_t ns = random64() >> (random64() % 64);

		assert_int_equal(kvrm_latency_bucket(ns), searched(ns));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
