// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples: what is known and what is not, and their sums.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/model/sample.h"

static void test_vcpus_are_sorted(void **state)
{
	static const uint32_t order[] = { 5, 0, 254, 3, 5, 0 };
	static const uint32_t sorted[] = { 0, 3, 5, 254 };
	struct vm_sample sample = { 0 };

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		struct vcpu_sample *vcpu = vm_sample_vcpu(&sample, order[i]);

		assert_non_null(vcpu);
		assert_int_equal(vcpu->index, order[i]);
		/* Known from the first time it was asked for. */
		assert_int_equal(vcpu->exits, i < 4 ? 0 : order[i] + 1);
		assert_true(vcpu_sample_set(vcpu, KVRM_A_VCPU_EXITS, order[i] + 1));
	}
	assert_int_equal(sample.n_vcpus, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(sample.vcpus[i].index, sorted[i]);
		assert_int_equal(sample.vcpus[i].exits, sorted[i] + 1);
	}
	vm_sample_deinit(&sample);
	assert_null(sample.vcpus);
	assert_int_equal(sample.n_vcpus, 0);
	vm_sample_deinit(&sample);
	vm_sample_deinit(NULL);
}

static void test_every_counter(void **state)
{
	struct vcpu_sample vcpu = { 0 };
	uint64_t value = 77;

	for (int a = KVRM_A_VCPU_RUNNING_NS; a <= KVRM_A_VCPU_WAITING_NS; a++) {
		assert_false(vcpu_sample_get(&vcpu, a, &value));
		assert_int_equal(value, 77);
	}
	for (int a = KVRM_A_VCPU_RUNNING_NS; a <= KVRM_A_VCPU_WAITING_NS; a++)
		assert_true(vcpu_sample_set(&vcpu, a, 1000u + (unsigned int)a));
	for (int a = KVRM_A_VCPU_RUNNING_NS; a <= KVRM_A_VCPU_WAITING_NS; a++) {
		assert_true(vcpu_sample_get(&vcpu, a, &value));
		assert_int_equal(value, 1000 + a);
	}
	assert_int_equal(vcpu.running_ns, 1000 + KVRM_A_VCPU_RUNNING_NS);
	assert_int_equal(vcpu.ready_ns, 1000 + KVRM_A_VCPU_READY_NS);
	assert_int_equal(vcpu.limited_ns, 1000 + KVRM_A_VCPU_LIMITED_NS);
	assert_int_equal(vcpu.halted_ns, 1000 + KVRM_A_VCPU_HALTED_NS);
	assert_int_equal(vcpu.waiting_ns, 1000 + KVRM_A_VCPU_WAITING_NS);
	assert_int_equal(vcpu.exits, 1000 + KVRM_A_VCPU_EXITS);
	assert_int_equal(vcpu.exits_by_reason[KVRM_EXIT_PAGE_FAULT],
			 1000 + KVRM_A_VCPU_PAGE_FAULTS);
	assert_int_equal(vcpu.known & VCPU_KNOWS_TIMES, VCPU_KNOWS_TIMES);
	assert_true(vcpu.known & VCPU_KNOWS_REASON(KVRM_EXIT_PAGE_FAULT));
}

/* Those of modes are numbered behind one that is none. */
static void test_modes(void **state)
{
	struct vcpu_sample vcpu = { 0 };
	uint64_t value = 77;

	for (int a = KVRM_A_VCPU_GUEST_NS; a <= KVRM_A_VCPU_USER_NS; a++) {
		assert_false(vcpu_sample_get(&vcpu, a, &value));
		assert_true(vcpu_sample_set(&vcpu, a, 1000u + (unsigned int)a));
		assert_true(vcpu_sample_get(&vcpu, a, &value));
		assert_int_equal(value, 1000 + a);
	}
	assert_int_equal(vcpu.modes_ns[KVRM_CPU_MODE_GUEST], 1000 + KVRM_A_VCPU_GUEST_NS);
	assert_int_equal(vcpu.modes_ns[KVRM_CPU_MODE_USER], 1000 + KVRM_A_VCPU_USER_NS);
	assert_int_equal(vcpu.known, VCPU_KNOWS_MODE(KVRM_CPU_MODE_GUEST) |
					     VCPU_KNOWS_MODE(KVRM_CPU_MODE_KERNEL) |
					     VCPU_KNOWS_MODE(KVRM_CPU_MODE_USER));
}

static void test_no_counters(void **state)
{
	static const int attributes[] = { 0,
					  KVRM_A_VCPU_PAD,
					  KVRM_A_VCPU_GUEST_ID,
					  KVRM_A_VCPU_INDEX,
					  KVRM_A_VCPU_TID,
					  KVRM_A_VCPU_ELAPSED_NS,
					  KVRM_A_VCPU_SELECT,
					  KVRM_A_VCPU_MAX + 1 };
	const struct vcpu_sample empty = { 0 };
	struct vcpu_sample vcpu = { 0 };
	uint64_t value;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		assert_false(vcpu_sample_set(&vcpu, attributes[i], 5));
		assert_false(vcpu_sample_get(&vcpu, attributes[i], &value));
	}
	assert_memory_equal(&vcpu, &empty, sizeof(vcpu));
}

static void test_sum(void **state)
{
	struct vm_sample sample = { 0 };
	uint64_t sum = 77;

	assert_false(vm_sample_sum(&sample, KVRM_A_VCPU_EXITS, &sum));
	vcpu_sample_set(vm_sample_vcpu(&sample, 0), KVRM_A_VCPU_EXITS, 5);
	assert_true(vm_sample_sum(&sample, KVRM_A_VCPU_EXITS, &sum));
	assert_int_equal(sum, 5);
	/* One that is not known makes the sum unknown, not smaller. */
	vm_sample_vcpu(&sample, 1);
	assert_false(vm_sample_sum(&sample, KVRM_A_VCPU_EXITS, &sum));
	assert_int_equal(sum, 5);
	vcpu_sample_set(vm_sample_vcpu(&sample, 1), KVRM_A_VCPU_EXITS, 0);
	assert_true(vm_sample_sum(&sample, KVRM_A_VCPU_EXITS, &sum));
	assert_int_equal(sum, 5);
	vcpu_sample_set(vm_sample_vcpu(&sample, 1), KVRM_A_VCPU_EXITS, UINT64_MAX - 5);
	assert_true(vm_sample_sum(&sample, KVRM_A_VCPU_EXITS, &sum));
	assert_true(sum == UINT64_MAX);
	vcpu_sample_set(vm_sample_vcpu(&sample, 1), KVRM_A_VCPU_EXITS, UINT64_MAX);
	assert_true(vm_sample_sum(&sample, KVRM_A_VCPU_EXITS, &sum));
	assert_true(sum == UINT64_MAX);
	vm_sample_deinit(&sample);
}

/* Each count is in one group, and no two of a group have the same name. */
static void test_counts(void **state)
{
	struct vm_sample sample = { 0 };
	int seen = 0;
	uint64_t value = 77;

	assert_int_equal(vm_sample_next_count(&sample, KVRM_COUNT_FAULTS, 0, &value),
			 KVRM_COUNTS_N);
	assert_int_equal(value, 77);
	for (int i = 0; i < KVRM_COUNTS_N; i++) {
		sample.counts.known |= KVRM_COUNT_BIT(i);
		sample.counts.value[i] = (uint64_t)i + 1;
	}
	for (int group = KVRM_COUNT_FAULTS; group <= KVRM_COUNT_IO_PRESSURE; group++) {
		const char *last = "";
		int at = 0;

		for (; at = vm_sample_next_count(&sample, group, at, &value), at < KVRM_COUNTS_N;
		     at++) {
			assert_int_equal(value, at + 1);
			assert_string_not_equal(sample_count_name(at), last);
			last = sample_count_name(at);
			seen++;
		}
		assert_string_not_equal(last, "");
	}
	assert_int_equal(seen, KVRM_COUNTS_N);
	assert_string_equal(sample_count_name(KVRM_COUNT_EVENT_OOM_KILL), "oom_kill");
	sample.counts.known = KVRM_COUNT_BIT(KVRM_COUNT_EVENT_MAX);
	assert_int_equal(vm_sample_next_count(&sample, KVRM_COUNT_EVENTS, 0, &value),
			 KVRM_COUNT_EVENT_MAX);
	assert_int_equal(vm_sample_next_count(&sample, KVRM_COUNT_EVENTS, KVRM_COUNT_EVENT_MAX + 1,
					      &value),
			 KVRM_COUNTS_N);
}

static void test_names(void **state)
{
	for (int i = 0; i < KVRM_EXIT_COUNT; i++) {
		assert_non_null(sample_exit_name(i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(sample_exit_name(i), sample_exit_name(j));
	}
	assert_string_equal(sample_exit_name(KVRM_EXIT_IO), "io");
	assert_string_equal(sample_exit_name(KVRM_EXIT_PAGE_FAULT), "page_fault");
	assert_string_equal(sample_overhead_name(KVRM_CPU_OVERHEAD_EMULATOR), "emulator");
	assert_string_equal(sample_overhead_name(KVRM_CPU_OVERHEAD_VHOST), "vhost");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vcpus_are_sorted),
		cmocka_unit_test(test_every_counter),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_no_counters),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
