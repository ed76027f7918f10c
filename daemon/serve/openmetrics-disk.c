// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Families of disks; see openmetrics-disk.h. Directions are named as OpenTelemetry's disk.io.direction.
 */
#include <stddef.h>

#include "daemon/serve/openmetrics-disk.h"

static const char *const directions[DISK_DIRECTIONS] = {
	[DISK_READ] = "read",
	[DISK_WRITE] = "write",
};

static void add_labels(struct om_writer *w, const struct openmetrics_vm *vm, size_t disk,
		       int direction)
{
	om_label(w, "{", "vm", vm->uuid);
	om_number_label(w, "disk", disk);
	om_label(w, ",", "direction", directions[direction]);
	om_text_add(&w->text, "}");
}

static void add_number(struct om_writer *w, const struct openmetrics_vm *vm, size_t disk,
		       int direction, uint64_t value)
{
	om_begin(w, om_suffix(w->family));
	add_labels(w, vm, disk, direction);
	om_end(w, value, w->family->scale);
	/* QEMU counts from its start. */
	if (!w->openmetrics || w->family->kind != KVRM_METRIC_KIND_COUNTER || !vm->started_us)
		return;
	om_begin(w, "_created");
	add_labels(w, vm, disk, direction);
	om_end(w, vm->started_us, KVRM_METRIC_SCALE_MICRO);
}

/* What was measured: @at is where, in struct disk_flow_sample. */
static void write_flows(struct om_writer *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct openmetrics_vm *vm = &w->snapshot->vms[i];

		for (size_t n = 0; vm->sample && n < vm->n_disks; n++) {
			const struct disk_sample *disk = &vm->sample->disks[n];

			for (int d = 0; disk->time_us && d < DISK_DIRECTIONS; d++)
				add_number(w, vm, n, d,
					   *(const uint64_t *)((const char *)&disk->flows[d] + at));
		}
	}
}

/* What is wanted: @at is where, in struct disk_limit. */
static void write_limits(struct om_writer *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct openmetrics_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; k < vm->n_disks * DISK_DIRECTIONS; k++) {
			const struct definition_disk *disk = &vm->disks[k / DISK_DIRECTIONS];
			int d = (int)(k % DISK_DIRECTIONS);
			uint64_t value = *(const uint64_t *)((const char *)&disk->limits[d] + at);

			if (value)
				add_number(w, vm, k / DISK_DIRECTIONS, d, value);
		}
	}
}

void om_write_disk_bytes(struct om_writer *w)
{
	write_flows(w, offsetof(struct disk_flow_sample, bytes));
}

void om_write_disk_operations(struct om_writer *w)
{
	write_flows(w, offsetof(struct disk_flow_sample, operations));
}

void om_write_disk_failed(struct om_writer *w)
{
	write_flows(w, offsetof(struct disk_flow_sample, failed));
}

void om_write_disk_io(struct om_writer *w)
{
	write_flows(w, offsetof(struct disk_flow_sample, time_ns));
}

void om_write_disk_limit(struct om_writer *w)
{
	write_limits(w, offsetof(struct disk_limit, bytes_per_s));
}

void om_write_disk_iops_limit(struct om_writer *w)
{
	write_limits(w, offsetof(struct disk_limit, operations_per_s));
}
