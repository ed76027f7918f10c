// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Families of NICs; see openmetrics-nic.h. Directions are as the guest sees them, named as OpenTelemetry's
 * network.io.direction.
 */
#include <stddef.h>

#include "daemon/serve/openmetrics-nic.h"

const char *om_nic_direction(int direction)
{
	static const char *const names[NIC_DIRECTIONS] = {
		[NIC_TO_GUEST] = "receive",
		[NIC_FROM_GUEST] = "transmit",
	};

	return names[direction];
}

static void add_labels(struct om_writer *w, const struct openmetrics_vm *vm, size_t nic,
		       int direction)
{
	om_label(w, "{", "vm", vm->uuid);
	om_number_label(w, "nic", nic);
	om_label(w, ",", "direction", om_nic_direction(direction));
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

/* What was measured: @at is where, in struct nic_flow_sample; @shares: only of what is on an uplink. */
static void write_flows(struct om_writer *w, size_t at, bool shares, bool unless_zero)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct openmetrics_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; vm->sample && k < vm->n_nics * NIC_DIRECTIONS; k++) {
			const struct nic_sample *nic = &vm->sample->nics[k / NIC_DIRECTIONS];
			int d = (int)(k % NIC_DIRECTIONS);
			uint64_t value = *(const uint64_t *)((const char *)&nic->flows[d] + at);

			if (nic->known && (nic->shares || !shares) && (value || !unless_zero))
				add_number(w, vm, k / NIC_DIRECTIONS, d, value);
		}
	}
}

/* What is wanted: @at is where, of each direction, in struct definition_nic. */
static void write_wanted(struct om_writer *w, const size_t at[static NIC_DIRECTIONS])
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct openmetrics_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; k < vm->n_nics * NIC_DIRECTIONS; k++) {
			const struct definition_nic *nic = &vm->nics[k / NIC_DIRECTIONS];
			int d = (int)(k % NIC_DIRECTIONS);
			uint64_t value = *(const uint64_t *)((const char *)nic + at[d]);

			if (value)
				add_number(w, vm, k / NIC_DIRECTIONS, d, value);
		}
	}
}

/* Both directions of something of a NIC. */
#define WANTED(what, field)                                                                        \
	(const size_t[])                                                                           \
	{                                                                                          \
		[NIC_TO_GUEST] = offsetof(struct definition_nic, what[NIC_TO_GUEST].field),        \
		[NIC_FROM_GUEST] = offsetof(struct definition_nic, what[NIC_FROM_GUEST].field),    \
	}

void om_write_nic_bytes(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, bytes), false, false);
}

void om_write_nic_packets(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, packets), false, false);
}

void om_write_nic_dropped(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, dropped_packets), false, false);
}

void om_write_nic_delayed(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, delayed_packets), false, false);
}

void om_write_nic_limited(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, limited_ns), false, false);
}

void om_write_nic_queue(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, queued_bytes), false, false);
}

void om_write_nic_limit(struct om_writer *w)
{
	write_wanted(w, WANTED(limits, bytes_per_s));
}

void om_write_nic_packet_limit(struct om_writer *w)
{
	write_wanted(w, WANTED(limits, packets_per_s));
}

void om_write_nic_reservation(struct om_writer *w)
{
	write_wanted(w, WANTED(shares, reservation_bytes_per_s));
}

void om_write_nic_weight(struct om_writer *w)
{
	write_wanted(w, WANTED(shares, weight));
}

void om_write_nic_demand(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, demand), true, false);
}

void om_write_nic_entitlement(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, entitled), true, false);
}

/* Also without an uplink. */
void om_write_nic_applied(struct om_writer *w)
{
	write_flows(w, offsetof(struct nic_flow_sample, applied), false, true);
}
