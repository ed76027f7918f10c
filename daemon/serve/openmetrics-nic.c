// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Families of NICs; see openmetrics-nic.h. Directions are as the guest sees them, named as OpenTelemetry's
 * network.io.direction.
 */
#include <stddef.h>

#include "daemon/serve/openmetrics-nic.h"

static const char *const directions[NIC_DIRECTIONS] = {
	[NIC_TO_GUEST] = "receive",
	[NIC_FROM_GUEST] = "transmit",
};

static void add_labels(struct om_writer *w, const struct openmetrics_vm *vm, size_t nic,
		       int direction)
{
	om_label(w, "{", "vm", vm->uuid);
	om_number_label(w, "nic", nic);
	om_label(w, ",", "direction", directions[direction]);
	om_text_add(&w->text, "}");
}

static void add_number(struct om_writer *w, const struct openmetrics_vm *vm, size_t nic,
		       int direction, uint64_t value)
{
	om_begin(w, om_suffix(w->family));
	add_labels(w, vm, nic, direction);
	om_end(w, value, w->family->scale);
	/* Counters begin when the module is told of the guest. */
	if (!w->openmetrics || w->family->kind != KVRM_METRIC_KIND_COUNTER ||
	    !vm->sample->times_since_us)
		return;
	om_begin(w, "_created");
	add_labels(w, vm, nic, direction);
	om_end(w, vm->sample->times_since_us, KVRM_METRIC_SCALE_MICRO);
}

/* What was measured: @at is where, in struct nic_flow_sample. */
static void write_flows(struct om_writer *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct openmetrics_vm *vm = &w->snapshot->vms[i];

		for (size_t n = 0; vm->sample && n < vm->n_nics; n++) {
			const struct nic_sample *nic = &vm->sample->nics[n];

			for (int d = 0; nic->known && d < NIC_DIRECTIONS; d++)
				add_number(w, vm, n, d,
					   *(const uint64_t *)((const char *)&nic->flows[d] + at));
		}
	}
}

/* What is wanted: @at is where, in struct nic_limit. */
static void write_limits(struct om_writer *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct openmetrics_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; k < vm->n_nics * NIC_DIRECTIONS; k++) {
			const struct definition_nic *nic = &vm->nics[k / NIC_DIRECTIONS];
			int d = (int)(k % NIC_DIRECTIONS);
			uint64_t value = *(const uint64_t *)((const char *)&nic->limits[d] + at);

			if (value)
				add_number(w, vm, k / NIC_DIRECTIONS, d, value);
		}
	}
}

void om_write_nic_bytes(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, bytes));
}

void om_write_nic_packets(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, packets));
}

void om_write_nic_dropped(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, dropped_packets));
}

void om_write_nic_delayed(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, delayed_packets));
}

void om_write_nic_limited(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, limited_ns));
}

void om_write_nic_queue(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, queued_bytes));
}

void om_write_nic_limit(struct om_writer *w)
{
	write_limits(w, offsetof(struct nic_limit, bytes_per_s));
}

void om_write_nic_packet_limit(struct om_writer *w)
{
	write_limits(w, offsetof(struct nic_limit, packets_per_s));
}
