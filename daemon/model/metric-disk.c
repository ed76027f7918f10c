// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points of disks; see metric-walk.h. Directions are named as OpenTelemetry's disk.io.direction.
 */
#include <stddef.h>

#include "daemon/model/metric-walk.h"

static const char *const directions[DISK_DIRECTIONS] = {
	[DISK_READ] = "read",
	[DISK_WRITE] = "write",
};

static void put(struct metric_walk *w, const struct metric_vm *vm, size_t disk, int direction,
		uint64_t value, uint64_t time_us)
{
	char number[METRIC_NUMBER_SIZE];

	/* QEMU counts from its start. */
	metric_put(w, (struct metric_point){ .labels = { { "vm", vm->uuid },
							 { "disk", metric_number(disk, number) },
							 { "direction", directions[direction] } },
					     .value = value,
					     .since_us = vm->started_us,
					     .time_us = time_us });
}

/* What was measured: @at is where, in struct disk_flow_sample. */
static void put_flows(struct metric_walk *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		for (size_t n = 0; vm->sample && n < vm->n_disks; n++) {
			const struct disk_sample *disk = &vm->sample->disks[n];

			for (int d = 0; disk->time_us && d < DISK_DIRECTIONS; d++)
				put(w, vm, n, d, metric_number_at(&disk->flows[d], at),
				    disk->time_us);
		}
	}
}

/* What is wanted: @at is where, in struct disk_limit. */
static void put_limits(struct metric_walk *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; k < vm->n_disks * DISK_DIRECTIONS; k++) {
			const struct definition_disk *disk = &vm->disks[k / DISK_DIRECTIONS];
			int d = (int)(k % DISK_DIRECTIONS);
			uint64_t value = metric_number_at(&disk->limits[d], at);

			if (value)
				put(w, vm, k / DISK_DIRECTIONS, d, value, 0);
		}
	}
}

void metric_disk_bytes(struct metric_walk *w)
{
	put_flows(w, offsetof(struct disk_flow_sample, bytes));
}

void metric_disk_operations(struct metric_walk *w)
{
	put_flows(w, offsetof(struct disk_flow_sample, operations));
}

void metric_disk_failed(struct metric_walk *w)
{
	put_flows(w, offsetof(struct disk_flow_sample, failed));
}

void metric_disk_io(struct metric_walk *w)
{
	put_flows(w, offsetof(struct disk_flow_sample, time_ns));
}

void metric_disk_limit(struct metric_walk *w)
{
	put_limits(w, offsetof(struct disk_limit, bytes_per_s));
}

void metric_disk_iops_limit(struct metric_walk *w)
{
	put_limits(w, offsetof(struct disk_limit, operations_per_s));
}
