// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples; see sample.h.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/model/sample.h"

#define EXIT_NAME(id, name, ...)		 [KVRM_EXIT_##id] = (name),
#define EXIT_ATTRIBUTE(id, name, attribute, ...) [KVRM_EXIT_##id] = (attribute),
#define DROP_NAME(id, name, ...)		 [KVRM_DROP_##id] = (name),

#define MODE_ATTRIBUTE(id, name, attribute, ...) [KVRM_CPU_MODE_##id] = (attribute),

#define OVERHEAD_NAME(id, name, ...) [KVRM_CPU_OVERHEAD_##id] = (name),

#define COUNT_NAME(id, group, name, ...)  [KVRM_COUNT_##id] = (name),
#define COUNT_GROUP(id, group, name, ...) [KVRM_COUNT_##id] = KVRM_COUNT_##group,

static const int exit_attributes[KVRM_EXIT_COUNT] = { KVRM_EXIT_REASONS(EXIT_ATTRIBUTE) };
static const int mode_attributes[KVRM_CPU_MODE_COUNT] = { KVRM_CPU_MODES(MODE_ATTRIBUTE) };

_Static_assert(10 + KVRM_EXIT_COUNT + KVRM_CPU_MODE_COUNT <= 32,
	       "vcpu_sample.known has a bit for each exit reason and each mode");

void vm_sample_deinit(struct vm_sample *sample)
{
	if (!sample)
		return;
	free(sample->vcpus);
	latencies_deinit(&sample->latencies);
	*sample = (struct vm_sample){ 0 };
}

struct vcpu_sample *vm_sample_vcpu(struct vm_sample *sample, uint32_t index)
{
	struct vcpu_sample *vcpus;
	size_t at = 0;

	while (at < sample->n_vcpus && sample->vcpus[at].index < index)
		at++;
	if (at < sample->n_vcpus && sample->vcpus[at].index == index)
		return &sample->vcpus[at];
	vcpus = reallocarray(sample->vcpus, sample->n_vcpus + 1, sizeof(*vcpus));
	if (!vcpus)
		return NULL;
	memmove(vcpus + at + 1, vcpus + at, (sample->n_vcpus - at) * sizeof(*vcpus));
	vcpus[at] = (struct vcpu_sample){ .index = index };
	sample->vcpus = vcpus;
	sample->n_vcpus++;
	return &vcpus[at];
}

/* Where a counter is kept; NULL: the attribute is no counter. */
static uint64_t *find(struct vcpu_sample *vcpu, int attribute, uint32_t *ret_bit)
{
	switch (attribute) {
	case KVRM_A_VCPU_RUNNING_NS:
		*ret_bit = VCPU_KNOWS_RUNNING;
		return &vcpu->running_ns;
	case KVRM_A_VCPU_READY_NS:
		*ret_bit = VCPU_KNOWS_READY;
		return &vcpu->ready_ns;
	case KVRM_A_VCPU_LIMITED_NS:
		*ret_bit = VCPU_KNOWS_LIMITED;
		return &vcpu->limited_ns;
	case KVRM_A_VCPU_HALTED_NS:
		*ret_bit = VCPU_KNOWS_HALTED;
		return &vcpu->halted_ns;
	case KVRM_A_VCPU_WAITING_NS:
		*ret_bit = VCPU_KNOWS_WAITING;
		return &vcpu->waiting_ns;
	case KVRM_A_VCPU_EXITS:
		*ret_bit = VCPU_KNOWS_EXITS;
		return &vcpu->exits;
	case KVRM_A_VCPU_HALT_POLL_SUCCESS_NS:
		*ret_bit = VCPU_KNOWS_POLL_SUCCESS;
		return &vcpu->poll_success_ns;
	case KVRM_A_VCPU_HALT_POLL_FAIL_NS:
		*ret_bit = VCPU_KNOWS_POLL_FAIL;
		return &vcpu->poll_fail_ns;
	case KVRM_A_VCPU_ENTERED_NS:
		*ret_bit = VCPU_KNOWS_ENTERED;
		return &vcpu->entered_ns;
	case KVRM_A_VCPU_PROBE_NS:
		*ret_bit = VCPU_KNOWS_PROBE;
		return &vcpu->probe_ns;
	}
	for (int i = 0; i < KVRM_EXIT_COUNT; i++) {
		if (exit_attributes[i] != attribute)
			continue;
		*ret_bit = VCPU_KNOWS_REASON(i);
		return &vcpu->exits_by_reason[i];
	}
	for (int i = 0; i < KVRM_CPU_MODE_COUNT; i++) {
		if (mode_attributes[i] != attribute)
			continue;
		*ret_bit = VCPU_KNOWS_MODE(i);
		return &vcpu->modes_ns[i];
	}
	return NULL;
}

bool vcpu_sample_set(struct vcpu_sample *vcpu, int attribute, uint64_t value)
{
	uint32_t bit;
	uint64_t *counter = find(vcpu, attribute, &bit);

	if (!counter)
		return false;
	*counter = value;
	vcpu->known |= bit;
	return true;
}

bool vcpu_sample_get(const struct vcpu_sample *vcpu, int attribute, uint64_t *ret_value)
{
	uint32_t bit;
	/* Nothing is written through it. */
	const uint64_t *counter = find((struct vcpu_sample *)vcpu, attribute, &bit);

	if (!counter || !(vcpu->known & bit))
		return false;
	*ret_value = *counter;
	return true;
}

bool vm_sample_sum(const struct vm_sample *sample, int attribute, uint64_t *ret_sum)
{
	uint64_t sum = 0, value;

	if (!sample->n_vcpus)
		return false;
	for (size_t i = 0; i < sample->n_vcpus; i++) {
		if (!vcpu_sample_get(&sample->vcpus[i], attribute, &value))
			return false;
		if (__builtin_add_overflow(sum, value, &sum))
			sum = UINT64_MAX;
	}
	*ret_sum = sum;
	return true;
}

int vm_sample_next_count(const struct vm_sample *sample, enum kvrm_count_group group, int at,
			 uint64_t *ret_value)
{
	static const enum kvrm_count_group groups[KVRM_COUNTS_N] = { KVRM_COUNTS(COUNT_GROUP) };

	while (at < KVRM_COUNTS_N &&
	       (groups[at] != group || !(sample->counts.known & KVRM_COUNT_BIT(at))))
		at++;
	if (at < KVRM_COUNTS_N)
		*ret_value = sample->counts.value[at];
	return at;
}

const char *sample_count_name(enum kvrm_count count)
{
	static const char *const names[KVRM_COUNTS_N] = { KVRM_COUNTS(COUNT_NAME) };

	return names[count];
}

const char *sample_limiter_name(enum kvrm_cpu_limiter limiter)
{
	switch (limiter) {
	case KVRM_CPU_LIMITER_CPU_MAX:
		return "cpu-max";
	case KVRM_CPU_LIMITER_TASK_WORK:
		return "task-work";
	}
	return "unknown";
}

const char *sample_exit_name(enum kvrm_exit reason)
{
	static const char *const names[KVRM_EXIT_COUNT] = { KVRM_EXIT_REASONS(EXIT_NAME) };

	return names[reason];
}

const char *sample_drop_name(enum kvrm_drop reason)
{
	static const char *const names[KVRM_DROP_COUNT] = { KVRM_DROP_REASONS(DROP_NAME) };

	return names[reason];
}

uint64_t nic_flow_dropped(const struct nic_flow_sample *flow)
{
	uint64_t sum = 0;

	for (int reason = 0; reason < KVRM_DROP_COUNT; reason++)
		sum += flow->dropped[reason];
	return sum;
}

const char *sample_overhead_name(enum kvrm_cpu_overhead kind)
{
	static const char *const names[KVRM_CPU_OVERHEAD_COUNT] = {
		KVRM_CPU_OVERHEADS(OVERHEAD_NAME)
	};

	return names[kind];
}
