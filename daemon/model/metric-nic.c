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

/* Of one direction, without a value and a time; @number is used as long as the point. */
static struct metric_point point_of(const struct metric_vm *vm, size_t nic, int direction,
				    char number[static METRIC_NUMBER_SIZE])
{
	struct metric_point point = { .family = NULL };

	point.labels[0] = (struct metric_label){ "vm", vm->uuid };
	point.labels[1] = (struct metric_label){ "nic", metric_number(nic, number) };
	point.labels[2] = (struct metric_label){ "direction", metric_nic_direction(direction) };
	/* Counters begin when the module is told of the guest. */
	if (vm->sample)
		point.since_us = vm->sample->times_since_us;
	return point;
}

static void put(struct metric_walk *w, const struct metric_vm *vm, size_t nic, int direction,
		uint64_t value, uint64_t time_us)
{
	char number[METRIC_NUMBER_SIZE];
	struct metric_point point = point_of(vm, nic, direction, number);

	point.value = value;
	point.time_us = time_us;
	metric_put(w, point);
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

typedef void put_flow(struct metric_walk *w, struct metric_point point,
		      const struct nic_flow_sample *flow);

/* What is more than a number of each direction: @put_one gets a point without a value. */
static void each_flow(struct metric_walk *w, put_flow *put_one)
{
	char number[METRIC_NUMBER_SIZE];

	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];

		for (size_t k = 0; vm->sample && k < vm->n_nics * NIC_DIRECTIONS; k++) {
			const struct nic_sample *nic = &vm->sample->nics[k / NIC_DIRECTIONS];
			int d = (int)(k % NIC_DIRECTIONS);
			struct metric_point point = point_of(vm, k / NIC_DIRECTIONS, d, number);

			point.time_us = vm->sample->time_us;
			if (nic->known)
				put_one(w, point, &nic->flows[d]);
		}
	}
}

static void put_dropped(struct metric_walk *w, struct metric_point point,
			const struct nic_flow_sample *flow)
{
	for (int reason = 0; reason < KVRM_DROP_COUNT; reason++) {
		point.labels[3] = (struct metric_label){ "reason", sample_drop_name(reason) };
		point.value = flow->dropped[reason];
		metric_put(w, point);
	}
}

void metric_nic_dropped(struct metric_walk *w)
{
	each_flow(w, put_dropped);
}

static void put_delays(struct metric_walk *w, struct metric_point point,
		       const struct nic_flow_sample *flow)
{
	if (!flow->delays_known)
		return;
	point.value = flow->delay_ns;
	point.histogram = (struct metric_histogram){ .counts = flow->delays,
						     .n = KVRM_NIC_QUEUE_DELAY_BUCKETS,
						     .first = KVRM_NIC_QUEUE_DELAY_FIRST_NS };
	metric_put(w, point);
}

void metric_nic_delays(struct metric_walk *w)
{
	each_flow(w, put_delays);
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
