/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where each metric's points come from. Inside daemon/model/metric*.c only.
 */
#ifndef KVRM_METRIC_WALK_H
#define KVRM_METRIC_WALK_H

#include "daemon/model/metric.h"

/* A number as the value of a label. */
#define METRIC_NUMBER_SIZE 24

/**
 * struct metric_walk - going through the points of one metric
 * @snapshot: rows
 * @family: of the metric
 * @visit: visited with
 * @data: for @visit
 */
struct metric_walk {
	const struct metric_snapshot *snapshot;
	const struct metric_family *family;
	metric_visit *visit;
	void *data;
};

/**
 * metric_put() - a point
 * @w: walk; of what is no counter @since_us does not count
 * @point: without its family
 */
void metric_put(struct metric_walk *w, struct metric_point point);

/**
 * metric_number() - the value of a label that is a number
 * @number: number
 * @buf: receives it
 *
 * Return: @buf.
 */
const char *metric_number(uint64_t number, char buf[static METRIC_NUMBER_SIZE]);

/**
 * enum metric_since - when a counter began
 * @METRIC_SINCE_UNKNOWN: nobody has noted
 * @METRIC_SINCE_STARTED: when QEMU was started
 * @METRIC_SINCE_REGISTERED: when the module got to know the guest
 */
enum metric_since {
	METRIC_SINCE_UNKNOWN,
	METRIC_SINCE_STARTED,
	METRIC_SINCE_REGISTERED,
};

/**
 * struct metric_counter - a counter of a virtual CPU
 * @attribute: KVRM_A_VCPU_*
 * @value: of the label that tells it from others of its metric; NULL if there are none
 */
struct metric_counter {
	int attribute;
	const char *value;
};

/* metric-vm.c */
typedef bool metric_vm_get(const struct metric_vm *vm, uint64_t *ret_value);

void metric_vm_info(struct metric_walk *w);
void metric_vm_state(struct metric_walk *w);
void metric_vm_exit_reasons(struct metric_walk *w);
void metric_vm_modes(struct metric_walk *w);
void metric_vm_overheads(struct metric_walk *w);
void metric_vm_stalls(struct metric_walk *w);
void metric_vm_vcpus(struct metric_walk *w, const struct metric_counter *counters, size_t n,
		     const char *label, enum metric_since since);
void metric_vm_values(struct metric_walk *w, metric_vm_get *get, bool sampled, bool registered);
void metric_vm_numbers(struct metric_walk *w, size_t at);
const char *metric_state_name(enum kvrm_vm_state state);

metric_vm_get metric_vm_start_time, metric_vm_cgroup_cpu, metric_vm_cgroup_cpu_limited,
	metric_vm_limit, metric_vm_limit_applied, metric_vm_memory_size, metric_vm_memory_consumed,
	metric_vm_memory_active, metric_vm_memory_swapped, metric_vm_memory_weight,
	metric_vm_memory_entitlement, metric_vm_memory_applied, metric_vm_memory_limit,
	metric_vm_memory_limit_applied, metric_vm_memory_balloon, metric_vm_memory_plugged,
	metric_vm_weight, metric_vm_demand, metric_vm_entitlement, metric_vm_sample_rate,
	metric_vm_samples_missed;

/* metric-latency.c */
void metric_latency_exits(struct metric_walk *w);
void metric_latency_user_exits(struct metric_walk *w);
void metric_latency_user_exit_time(struct metric_walk *w);
void metric_latency_wakeups(struct metric_walk *w);
void metric_latency_entered(struct metric_walk *w);
void metric_latency_probe(struct metric_walk *w);
void metric_latency_halt_poll(struct metric_walk *w);

/* metric-count.c */
void metric_count_faults(struct metric_walk *w);
void metric_count_swap(struct metric_walk *w);
void metric_count_scanned(struct metric_walk *w);
void metric_count_reclaimed(struct metric_walk *w);
void metric_count_events(struct metric_walk *w);
void metric_count_pressure(struct metric_walk *w);

/* metric-pool.c */
typedef bool metric_pool_get(const struct metric_pool *pool, uint64_t *ret_value);

void metric_pool_info(struct metric_walk *w);
void metric_pool_values(struct metric_walk *w, metric_pool_get *get);
void metric_pool_numbers(struct metric_walk *w, size_t at);

metric_pool_get metric_pool_used, metric_pool_demand, metric_pool_entitlement, metric_pool_limit,
	metric_pool_weight, metric_pool_consumed, metric_pool_memory_limit,
	metric_pool_memory_limit_applied;

/* metric-nic.c */
const char *metric_nic_direction(int direction);
void metric_nic_bytes(struct metric_walk *w);
void metric_nic_packets(struct metric_walk *w);
void metric_nic_dropped(struct metric_walk *w);
void metric_nic_delayed(struct metric_walk *w);
void metric_nic_limited(struct metric_walk *w);
void metric_nic_delays(struct metric_walk *w);
void metric_nic_queue(struct metric_walk *w);
void metric_nic_limit(struct metric_walk *w);
void metric_nic_packet_limit(struct metric_walk *w);
void metric_nic_reservation(struct metric_walk *w);
void metric_nic_weight(struct metric_walk *w);
void metric_nic_demand(struct metric_walk *w);
void metric_nic_entitlement(struct metric_walk *w);
void metric_nic_applied(struct metric_walk *w);

/* metric-disk.c */
void metric_disk_bytes(struct metric_walk *w);
void metric_disk_operations(struct metric_walk *w);
void metric_disk_failed(struct metric_walk *w);
void metric_disk_io(struct metric_walk *w);
void metric_disk_limit(struct metric_walk *w);
void metric_disk_iops_limit(struct metric_walk *w);

/* metric-uplink.c */
void metric_uplink_info(struct metric_walk *w);
void metric_uplink_capacity(struct metric_walk *w);
void metric_uplink_reserved(struct metric_walk *w);
void metric_uplink_unreserved(struct metric_walk *w);
void metric_uplink_used(struct metric_walk *w);
void metric_uplink_demand(struct metric_walk *w);
void metric_uplink_entitlement(struct metric_walk *w);
void metric_uplink_contended(struct metric_walk *w);
void metric_uplink_limit(struct metric_walk *w);
void metric_uplink_weight(struct metric_walk *w);
void metric_uplink_members(struct metric_walk *w);

/* For numbers where 0 stands for "none". */
static inline bool metric_unless_zero(uint64_t value, uint64_t *ret_value)
{
	if (value)
		*ret_value = value;
	return value;
}

/* Numbers that are always known, by where they are in their row. */
static inline uint64_t metric_number_at(const void *row, size_t at)
{
	return *(const uint64_t *)((const char *)row + at);
}

#endif
