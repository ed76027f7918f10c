// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points of NICs; see metric-walk.h. Directions are as the guest sees them, named as OpenTelemetry's
 * network.io.direction.
 */
#include <stddef.h>

#include "daemon/model/metric-walk.h"

const char *metric_nic_direction(int direction)
{
	static const char *const names[NIC_DIRECTIONS] = {
		[NIC_TO_GUEST] = "receive",
		[NIC_FROM_GUEST] = "transmit",
	};

	return names[direction];
}

static void put(struct metric_walk *w, const struct metric_vm *vm, size_t nic, int direction,
		uint64_t value, uint64_t time_us)
{
	char number[METRIC_NUMBER_SIZE];

	/* Counters begin when the module is told of the guest. */
	metric_put(w, (struct metric_point){
			      .labels = { { "vm", vm->uuid },
					  { "nic", metric_number(nic, number) },
					  { "direction", metric_nic_direction(direction) } },
			      .value = value,
			      .since_us = vm->sample ? vm->sample->times_since_us : 0,
			      .time_us = time_us });
}

/* What was measured: @at is where, in struct nic_flow_sample; @shares: only of what is on an uplink. */
static void put_flows(struct metric_walk *w, size_t at, bool shares, bool unless_zero)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; vm->sample && k < vm->n_nics * NIC_DIRECTIONS; k++) {
			const struct nic_sample *nic = &vm->sample->nics[k / NIC_DIRECTIONS];
			int d = (int)(k % NIC_DIRECTIONS);
			uint64_t value = metric_number_at(&nic->flows[d], at);

			if (nic->known && (nic->shares || !shares) && (value || !unless_zero))
				put(w, vm, k / NIC_DIRECTIONS, d, value, vm->sample->time_us);
		}
	}
}

/* What is wanted: @at is where, of each direction, in struct definition_nic. */
static void put_wanted(struct metric_walk *w, const size_t at[static NIC_DIRECTIONS])
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; k < vm->n_nics * NIC_DIRECTIONS; k++) {
			const struct definition_nic *nic = &vm->nics[k / NIC_DIRECTIONS];
			int d = (int)(k % NIC_DIRECTIONS);
			uint64_t value = metric_number_at(nic, at[d]);

			if (value)
				put(w, vm, k / NIC_DIRECTIONS, d, value, 0);
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

void metric_nic_bytes(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, bytes), false, false);
}

void metric_nic_packets(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, packets), false, false);
}

void metric_nic_dropped(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, dropped_packets), false, false);
}

void metric_nic_delayed(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, delayed_packets), false, false);
}

void metric_nic_limited(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, limited_ns), false, false);
}

void metric_nic_queue(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, queued_bytes), false, false);
}

void metric_nic_limit(struct metric_walk *w)
{
	put_wanted(w, WANTED(limits, bytes_per_s));
}

void metric_nic_packet_limit(struct metric_walk *w)
{
	put_wanted(w, WANTED(limits, packets_per_s));
}

void metric_nic_reservation(struct metric_walk *w)
{
	put_wanted(w, WANTED(shares, reservation_bytes_per_s));
}

void metric_nic_weight(struct metric_walk *w)
{
	put_wanted(w, WANTED(shares, weight));
}

void metric_nic_demand(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, demand), true, false);
}

void metric_nic_entitlement(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, entitled), true, false);
}

/* Also without an uplink. */
void metric_nic_applied(struct metric_walk *w)
{
	put_flows(w, offsetof(struct nic_flow_sample, applied), false, true);
}
