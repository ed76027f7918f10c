// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points of what the kernel counts of memory and pressure; see metric-walk.h. Directions and types of
 * faults are named as OpenTelemetry's system.paging.
 */
#include "daemon/model/metric-walk.h"

/* Since when: cgroups of guests are as old as their QEMU. */
static void put(struct metric_walk *w, const struct metric_vm *vm, struct metric_label one,
		struct metric_label other, uint64_t value)
{
	metric_put(w, (struct metric_point){ .labels = { { "vm", vm->uuid }, one, other },
					     .value = value,
					     .since_us = vm->started_us,
					     .time_us = vm->sample->time_us });
}

/* A group, whose names are values of a label. */
static void put_group(struct metric_walk *w, enum kvrm_count_group group, const char *label)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];
		uint64_t value;
		int at = 0;

		if (!vm->sample)
			continue;
		for (; at = vm_sample_next_count(vm->sample, group, at, &value), at < KVRM_COUNTS_N;
		     at++)
			put(w, vm, (struct metric_label){ label, sample_count_name(at) },
			    (struct metric_label){ NULL, NULL }, value);
	}
}

void metric_count_faults(struct metric_walk *w)
{
	put_group(w, KVRM_COUNT_FAULTS, "type");
}

void metric_count_swap(struct metric_walk *w)
{
	put_group(w, KVRM_COUNT_SWAP, "direction");
}

void metric_count_scanned(struct metric_walk *w)
{
	put_group(w, KVRM_COUNT_SCANNED, "by");
}

void metric_count_reclaimed(struct metric_walk *w)
{
	put_group(w, KVRM_COUNT_RECLAIMED, "by");
}

void metric_count_events(struct metric_walk *w)
{
	put_group(w, KVRM_COUNT_EVENTS, "event");
}

static void put_pressure(struct metric_walk *w, const struct metric_vm *vm,
			 enum kvrm_count_group group, const char *resource)
{
	uint64_t value;
	int at = 0;

	for (; at = vm_sample_next_count(vm->sample, group, at, &value), at < KVRM_COUNTS_N; at++)
		put(w, vm, (struct metric_label){ "resource", resource },
		    (struct metric_label){ "kind", sample_count_name(at) }, value);
}

void metric_count_pressure(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		if (!vm->sample)
			continue;
		put_pressure(w, vm, KVRM_COUNT_CPU_PRESSURE, "cpu");
		put_pressure(w, vm, KVRM_COUNT_MEMORY_PRESSURE, "memory");
		put_pressure(w, vm, KVRM_COUNT_IO_PRESSURE, "io");
	}
}
