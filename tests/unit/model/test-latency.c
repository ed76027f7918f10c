// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What probes counted of several virtual CPUs is one sum a reason, in order; each reason has a name.
 */
#include <linux/kvm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "daemon/model/latency.h"

static struct kvrm_probe_count one(uint32_t probe, uint32_t reason, uint64_t count)
{
	struct kvrm_probe_count latency = { .probe = probe,
					    .reason = reason,
					    .count = count,
					    .time_ns = count * 1000,
					    .has_histogram = probe != KVRM_PROBE_USER_EXITS };

	latency.histogram[reason] = count;
	return latency;
}

static void add(struct latencies *latencies, uint32_t probe, uint32_t reason, uint64_t count)
{
	const struct kvrm_probe_count more = one(probe, reason, count);

	assert_int_equal(latencies_add(latencies, &more), 0);
}

static void test_sums(void **state)
{
	struct latencies latencies = { 0 };

	add(&latencies, KVRM_PROBE_WAKEUPS, 0, 5);
	add(&latencies, KVRM_PROBE_EXITS, KVRM_EXIT_CLASS_IO, 1);
	add(&latencies, KVRM_PROBE_USER_EXITS, KVM_EXIT_IO, 7);
	add(&latencies, KVRM_PROBE_EXITS, KVRM_EXIT_CLASS_OTHER, 2);
	add(&latencies, KVRM_PROBE_EXITS, KVRM_EXIT_CLASS_IO, 10);
	add(&latencies, KVRM_PROBE_WAKEUPS, 0, 6);
	assert_int_equal(latencies.n, 4);
	assert_int_equal(latencies.items[0].reason, KVRM_EXIT_CLASS_OTHER);
	assert_int_equal(latencies.items[1].reason, KVRM_EXIT_CLASS_IO);
	assert_int_equal(latencies.items[1].count, 11);
	assert_int_equal(latencies.items[1].time_ns, 11000);
	assert_int_equal(latencies.items[1].histogram[KVRM_EXIT_CLASS_IO], 11);
	assert_true(latencies.items[1].has_histogram);
	assert_int_equal(latencies.items[2].probe, KVRM_PROBE_USER_EXITS);
	assert_false(latencies.items[2].has_histogram);
	assert_int_equal(latencies.items[3].probe, KVRM_PROBE_WAKEUPS);
	assert_int_equal(latencies.items[3].count, 11);
	latencies_deinit(&latencies);
	assert_int_equal(latencies.n, 0);
	latencies_deinit(&latencies);
}

static void test_names(void **state)
{
	static const struct {
		uint32_t probe, reason;
		const char *probe_name, *reason_name;
	} cases[] = {
		{ KVRM_PROBE_EXITS, KVRM_EXIT_CLASS_OTHER, "exits", "other" },
		{ KVRM_PROBE_EXITS, KVRM_EXIT_CLASS_SIGNAL, "exits", "signal" },
		{ KVRM_PROBE_EXITS, KVRM_EXIT_CLASS_SIGNAL + 1, "exits", "11" },
		{ KVRM_PROBE_USER_EXITS, KVM_EXIT_IO, "user-exits", "io" },
		{ KVRM_PROBE_USER_EXITS, KVM_EXIT_XEN, "user-exits", "xen" },
		/* Of another architecture, and of none. */
		{ KVRM_PROBE_USER_EXITS, KVM_EXIT_S390_SIEIC, "user-exits", "13" },
		{ KVRM_PROBE_USER_EXITS, UINT32_MAX, "user-exits", "4294967295" },
		{ KVRM_PROBE_WAKEUPS, 0, "wakeups", "" },
		{ 8, 3, "unknown", "3" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct kvrm_probe_count latency = { .probe = cases[i].probe,
							  .reason = cases[i].reason };
		char buf[LATENCY_REASON_SIZE];

		assert_string_equal(latency_probe_name(latency.probe), cases[i].probe_name);
		assert_string_equal(latency_reason_name(&latency, buf), cases[i].reason_name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
