// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points of virtual systems and their virtual CPUs; see metric-walk.h.
 */
#include "daemon/model/metric-walk.h"

#define STATE_NAME(id, name, ...) [KVRM_VM_STATE_##id] = (name),

static const char *const state_names[KVRM_VM_STATE_COUNT] = { KVRM_VM_STATES(STATE_NAME) };

const char *metric_state_name(enum kvrm_vm_state state)
{
	return state_names[state];
}

static uint64_t begin_us(const struct metric_vm *vm, enum metric_since since)
{
	switch (since) {
	case METRIC_SINCE_STARTED:
		return vm->started_us;
	case METRIC_SINCE_REGISTERED:
		return vm->sample->times_since_us;
	case METRIC_SINCE_UNKNOWN:
		break;
	}
	return 0;
}

static void put_vcpu(struct metric_walk *w, const struct metric_vm *vm,
		     const struct vcpu_sample *vcpu, const struct metric_counter *counter,
		     const char *label, enum metric_since since)
{
	char number[METRIC_NUMBER_SIZE];
	uint64_t value;

	if (!vcpu_sample_get(vcpu, counter->attribute, &value))
		return;
	metric_put(w, (struct metric_point){
			      .labels = { { "vm", vm->uuid },
					  { "vcpu", metric_number(vcpu->index, number) },
					  { label, counter->value } },
			      .value = value,
			      .since_us = begin_us(vm, since),
			      .time_us = vm->sample->time_us });
}

/**
 * metric_vm_vcpus() - counters of all virtual CPUs, of each one after the other
 * @w: walk
 * @counters: which; what is not known of a virtual CPU has no point
 * @n: how many
 * @label: that tells them apart; NULL: there is one, and no further label
 * @since: when they began
 */
void metric_vm_vcpus(struct metric_walk *w, const struct metric_counter *counters, size_t n,
		     const char *label, enum metric_since since)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		for (size_t v = 0; vm->sample && v < vm->sample->n_vcpus; v++) {
			for (size_t c = 0; c < n; c++)
				put_vcpu(w, vm, &vm->sample->vcpus[v], &counters[c], label, since);
		}
	}
}

#define EXIT_COUNTER(id, name, attribute, ...) [KVRM_EXIT_##id] = { (attribute), (name) },
#define MODE_COUNTER(id, name, attribute, ...) [KVRM_CPU_MODE_##id] = { (attribute), (name) },

void metric_vm_exit_reasons(struct metric_walk *w)
{
	static const struct metric_counter reasons[] = { KVRM_EXIT_REASONS(EXIT_COUNTER) };

	metric_vm_vcpus(w, reasons, KVRM_EXIT_COUNT, "reason", METRIC_SINCE_STARTED);
}

void metric_vm_modes(struct metric_walk *w)
{
	static const struct metric_counter modes[] = { KVRM_CPU_MODES(MODE_COUNTER) };

	metric_vm_vcpus(w, modes, KVRM_CPU_MODE_COUNT, "mode", METRIC_SINCE_REGISTERED);
}

void metric_vm_overheads(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];
		const struct vm_sample *sample = vm->sample;

		for (int k = 0; sample && k < KVRM_CPU_OVERHEAD_COUNT; k++) {
			if (!(sample->overhead_known >> k & 1))
				continue;
			metric_put(w, (struct metric_point){
					      .labels = { { "vm", vm->uuid },
							  { "kind", sample_overhead_name(k) } },
					      .value = sample->overhead_ns[k],
					      .since_us = sample->times_since_us,
					      .time_us = sample->time_us });
		}
	}
}

void metric_vm_info(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		metric_put(w, (struct metric_point){
				      .labels = { { "vm", vm->uuid }, { "vm_name", vm->name } },
				      .value = 1 });
	}
}

void metric_vm_state(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		/* A state set's own label is named as the metric. */
		for (int s = 0; s < KVRM_VM_STATE_COUNT; s++)
			metric_put(w, (struct metric_point){
					      .labels = { { "vm", vm->uuid },
							  { w->family->name, state_names[s] } },
					      .value = vm->state == (enum kvrm_vm_state)s });
	}
}

void metric_vm_stalls(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];
		const struct vm_sample *sample = vm->sample;

		if (!sample || !(sample->known & VM_KNOWS_STALLS))
			continue;
		metric_put(w, (struct metric_point){
				      .labels = { { "vm", vm->uuid } },
				      .value = sample->stall_ns,
				      .histogram = { .counts = sample->stalls,
						     .n = KVRM_LIMIT_STALL_BUCKETS,
						     .first = KVRM_LIMIT_STALL_FIRST_NS },
				      .since_us = sample->times_since_us,
				      .time_us = sample->time_us });
	}
}

static void put_vm(struct metric_walk *w, const struct metric_vm *vm,
		   const struct vm_sample *sample, uint64_t value, bool registered)
{
	metric_put(w,
		   (struct metric_point){ .labels = { { "vm", vm->uuid } },
					  .value = value,
					  .since_us = registered && sample ? sample->times_since_us
									   : vm->started_us,
					  .time_us = sample ? sample->time_us : 0 });
}

/* A number of each virtual system; @get returns whether it is known. */
void metric_vm_values(struct metric_walk *w, metric_vm_get *get, bool sampled, bool registered)
{
	uint64_t value;

	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		if (get(vm, &value))
			put_vm(w, vm, sampled ? vm->sample : NULL, value, registered);
	}
}

void metric_vm_numbers(struct metric_walk *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		put_vm(w, vm, NULL, metric_number_at(vm, at), false);
	}
}

static bool get_sampled(const struct metric_vm *vm, uint32_t bit, uint64_t value,
			uint64_t *ret_value)
{
	if (vm->sample->known & bit)
		*ret_value = value;
	return vm->sample->known & bit;
}

bool metric_vm_start_time(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->started_us, ret_value);
}

bool metric_vm_cgroup_cpu(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_USAGE, vm->sample->usage_us, ret_value);
}

bool metric_vm_cgroup_cpu_limited(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_LIMITED, vm->sample->limited_us, ret_value);
}

bool metric_vm_limit(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->limit_us, ret_value);
}

bool metric_vm_limit_applied(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->limit_applied_us, ret_value);
}

bool metric_vm_memory_size(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->memory_bytes, ret_value);
}

bool metric_vm_memory_consumed(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_MEMORY, vm->sample->memory_bytes, ret_value);
}

bool metric_vm_memory_active(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample &&
	       get_sampled(vm, VM_KNOWS_ACTIVE, vm->sample->memory_active_bytes, ret_value);
}

bool metric_vm_memory_swapped(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample &&
	       get_sampled(vm, VM_KNOWS_SWAPPED, vm->sample->swapped_bytes, ret_value);
}

bool metric_vm_memory_weight(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->memory_weight, ret_value);
}

bool metric_vm_memory_entitlement(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample &&
	       get_sampled(vm, VM_KNOWS_FLOW, vm->sample->memory_entitled_bytes, ret_value);
}

bool metric_vm_memory_applied(const struct metric_vm *vm, uint64_t *ret_value)
{
	*ret_value = vm->memory_applied_bytes;
	return vm->sample;
}

bool metric_vm_memory_limit(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->memory_limit_bytes, ret_value);
}

bool metric_vm_memory_limit_applied(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->memory_limit_applied_bytes, ret_value);
}

bool metric_vm_memory_balloon(const struct metric_vm *vm, uint64_t *ret_value)
{
	*ret_value = kvrm_excess(vm->memory_now_bytes, vm->memory_left_bytes);
	return vm->memory_left_bytes;
}

bool metric_vm_memory_plugged(const struct metric_vm *vm, uint64_t *ret_value)
{
	*ret_value = vm->memory_plugged_bytes;
	return vm->memory_pluggable;
}

bool metric_vm_weight(const struct metric_vm *vm, uint64_t *ret_value)
{
	return metric_unless_zero(vm->weight, ret_value);
}

bool metric_vm_demand(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_FLOW, vm->sample->demand_us, ret_value);
}

bool metric_vm_entitlement(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_FLOW, vm->sample->entitled_us, ret_value);
}

bool metric_vm_sample_rate(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_RING, vm->sample->rate_hz, ret_value);
}

bool metric_vm_samples_missed(const struct metric_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_RING, vm->sample->ring_missed, ret_value);
}
