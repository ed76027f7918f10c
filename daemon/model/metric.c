// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics; see metric.h. Here is where each metric's points come from, and those of the host.
 */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/model/metric-walk.h"
#include "kvrm/version.h"

#define FAMILY(id, name_, kind_, unit_, scale_, labels_, dmtf_, help_)                             \
	[KVRM_METRIC_##id] = { name_,	KVRM_METRIC_KIND_##kind_,                                  \
			       unit_,	KVRM_METRIC_SCALE_##scale_,                                \
			       labels_, dmtf_,                                                     \
			       help_ },

static const struct metric_family families[KVRM_METRIC_COUNT] = { KVRM_METRICS(FAMILY) };

/**
 * metric_family() - a line of the metric table
 * @metric: which
 */
const struct metric_family *metric_family(enum kvrm_metric metric)
{
	return &families[metric];
}

const char *metric_number(uint64_t number, char buf[static METRIC_NUMBER_SIZE])
{
	snprintf(buf, METRIC_NUMBER_SIZE, "%" PRIu64, number);
	return buf;
}

void metric_put(struct metric_walk *w, struct metric_point point)
{
	point.family = w->family;
	if (!metric_is_counted(w->family))
		point.since_us = 0;
	w->visit(&point, w->data);
}

static void put_build(struct metric_walk *w)
{
	metric_put(w,
		   (struct metric_point){ .labels = { { "version", KVRM_VERSION } }, .value = 1 });
}

/* A number of the host. */
static void put_host(struct metric_walk *w, uint64_t value)
{
	metric_put(w,
		   (struct metric_point){ .value = value, .since_us = w->snapshot->host.since_us });
}

static void put_module_up(struct metric_walk *w)
{
	put_host(w, w->snapshot->host.module_up);
}

static void put_module(struct metric_walk *w)
{
	const struct host_sample *host = &w->snapshot->host;
	char abi[METRIC_NUMBER_SIZE];

	if (!host->module_up)
		return;
	metric_put(w,
		   (struct metric_point){
			   .labels = { { "version", host->module_version },
				       { "abi", metric_number(host->module_abi, abi) },
				       { "cpu_limiter", sample_limiter_name(host->cpu_limiter) } },
			   .value = 1 });
}

static void put_capacity(struct metric_walk *w)
{
	if (w->snapshot->host.cpu_capacity_us)
		put_host(w, w->snapshot->host.cpu_capacity_us);
}

static void put_memory_capacity(struct metric_walk *w)
{
	if (w->snapshot->host.memory_capacity_bytes)
		put_host(w, w->snapshot->host.memory_capacity_bytes);
}

static void put_memory_reserve(struct metric_walk *w)
{
	if (w->snapshot->host.memory_capacity_bytes)
		put_host(w, w->snapshot->memory_reserve_bytes);
}

static void put_sample_interval(struct metric_walk *w)
{
	if (w->snapshot->host.sample_interval_us)
		put_host(w, w->snapshot->host.sample_interval_us);
}

static void put_sched_ext(struct metric_walk *w)
{
	if (w->snapshot->host.sched_ext_known)
		put_host(w, w->snapshot->host.sched_ext);
}

static void put_vcpu_excess(struct metric_walk *w)
{
	if (w->snapshot->host.vcpu_excess_known)
		put_host(w, w->snapshot->host.vcpu_excess_ns);
}

static void put_vms(struct metric_walk *w)
{
	for (int s = 0; s < KVRM_VM_STATE_COUNT; s++)
		metric_put(w,
			   (struct metric_point){ .labels = { { "state", metric_state_name(s) } },
						  .value = w->snapshot->states[s] });
}

static void put_drift(struct metric_walk *w)
{
	put_host(w, w->snapshot->host.drift_corrected);
}

static void put_admission(struct metric_walk *w)
{
	const struct {
		const char *result;
		uint64_t value;
	} rows[] = { { "admitted", w->snapshot->admitted }, { "refused", w->snapshot->refused } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		metric_put(w, (struct metric_point){ .labels = { { "result", rows[i].result } },
						     .value = rows[i].value,
						     .since_us = w->snapshot->host.since_us });
}

#define VM_AT(member)	offsetof(struct metric_vm, member)
#define POOL_AT(member) offsetof(struct metric_pool, member)
/* The first of a row is its name, so no number is at 0. */
_Static_assert(!VM_AT(uuid) && !POOL_AT(name), "0 stands for none");

/*
 * Each metric: a function of its own, what yields a virtual system's or a pool's number, where that is, or a virtual
 * CPU's counter; whether it is counted since the module knows the guest, not since QEMU was started; and whether it is
 * measured from time to time.
 */
static const struct {
	void (*put)(struct metric_walk *w);
	metric_vm_get *get;
	metric_pool_get *get_pool;
	size_t vm_at;
	size_t pool_at;
	int attribute;
	bool registered;
	bool sampled;
} sources[KVRM_METRIC_COUNT] = {
	[KVRM_METRIC_BUILD] = { .put = put_build },
	[KVRM_METRIC_MODULE_UP] = { .put = put_module_up },
	[KVRM_METRIC_MODULE] = { .put = put_module },
	[KVRM_METRIC_HOST_CPU_CAPACITY] = { .put = put_capacity },
	[KVRM_METRIC_HOST_MEMORY_CAPACITY] = { .put = put_memory_capacity },
	[KVRM_METRIC_HOST_MEMORY_RESERVE] = { .put = put_memory_reserve },
	[KVRM_METRIC_HOST_SCHED_EXT] = { .put = put_sched_ext, .sampled = true },
	[KVRM_METRIC_VMS] = { .put = put_vms },
	[KVRM_METRIC_DRIFT_CORRECTED] = { .put = put_drift },
	[KVRM_METRIC_SAMPLE_INTERVAL] = { .put = put_sample_interval },
	[KVRM_METRIC_VCPU_EXCESS] = { .put = put_vcpu_excess, .sampled = true },
	[KVRM_METRIC_VM] = { .put = metric_vm_info },
	[KVRM_METRIC_VM_STATE] = { .put = metric_vm_state },
	[KVRM_METRIC_VM_START_TIME] = { .get = metric_vm_start_time },
	[KVRM_METRIC_VM_CPU_TIME] = { .attribute = KVRM_A_VCPU_RUNNING_NS,
				      .registered = true,
				      .sampled = true },
	[KVRM_METRIC_VM_CPU_READY] = { .attribute = KVRM_A_VCPU_READY_NS,
				       .registered = true,
				       .sampled = true },
	[KVRM_METRIC_VM_CPU_LIMITED] = { .attribute = KVRM_A_VCPU_LIMITED_NS,
					 .registered = true,
					 .sampled = true },
	[KVRM_METRIC_VM_CPU_HALTED] = { .attribute = KVRM_A_VCPU_HALTED_NS,
					.registered = true,
					.sampled = true },
	[KVRM_METRIC_VM_CPU_WAITING] = { .attribute = KVRM_A_VCPU_WAITING_NS,
					 .registered = true,
					 .sampled = true },
	[KVRM_METRIC_VM_CPU_MODE] = { .put = metric_vm_modes, .sampled = true },
	[KVRM_METRIC_VM_CPU_OVERHEAD] = { .put = metric_vm_overheads, .sampled = true },
	[KVRM_METRIC_VM_EXITS] = { .attribute = KVRM_A_VCPU_EXITS, .sampled = true },
	[KVRM_METRIC_VM_EXIT_REASONS] = { .put = metric_vm_exit_reasons, .sampled = true },
	[KVRM_METRIC_VM_EXIT_DURATION] = { .put = metric_latency_exits, .sampled = true },
	[KVRM_METRIC_VM_USER_EXITS] = { .put = metric_latency_user_exits, .sampled = true },
	[KVRM_METRIC_VM_USER_EXIT_TIME] = { .put = metric_latency_user_exit_time, .sampled = true },
	[KVRM_METRIC_VM_WAKEUP_DELAY] = { .put = metric_latency_wakeups, .sampled = true },
	[KVRM_METRIC_VM_CPU_ENTERED] = { .put = metric_latency_entered, .sampled = true },
	[KVRM_METRIC_VM_PROBE] = { .put = metric_latency_probe, .sampled = true },
	[KVRM_METRIC_VM_HALT_POLL] = { .put = metric_latency_halt_poll, .sampled = true },
	[KVRM_METRIC_VM_CGROUP_CPU] = { .get = metric_vm_cgroup_cpu, .sampled = true },
	[KVRM_METRIC_VM_CGROUP_CPU_LIMITED] = { .get = metric_vm_cgroup_cpu_limited,
						.sampled = true },
	[KVRM_METRIC_VM_CPU_LIMIT_STALL] = { .put = metric_vm_stalls, .sampled = true },
	[KVRM_METRIC_VM_SAMPLE_RATE] = { .get = metric_vm_sample_rate, .sampled = true },
	[KVRM_METRIC_VM_SAMPLES_MISSED] = { .get = metric_vm_samples_missed,
					    .registered = true,
					    .sampled = true },
	[KVRM_METRIC_VM_CPU_LIMIT] = { .get = metric_vm_limit },
	[KVRM_METRIC_VM_CPU_LIMIT_APPLIED] = { .get = metric_vm_limit_applied },
	[KVRM_METRIC_VM_MEMORY_SIZE] = { .get = metric_vm_memory_size },
	[KVRM_METRIC_VM_MEMORY_CONSUMED] = { .get = metric_vm_memory_consumed, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_ACTIVE] = { .get = metric_vm_memory_active, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_SWAPPED] = { .get = metric_vm_memory_swapped, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_FAULTS] = { .put = metric_count_faults, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_SWAP] = { .put = metric_count_swap, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_SCANNED] = { .put = metric_count_scanned, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_RECLAIMED] = { .put = metric_count_reclaimed, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_EVENTS] = { .put = metric_count_events, .sampled = true },
	[KVRM_METRIC_VM_PRESSURE_STALL] = { .put = metric_count_pressure, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_WEIGHT] = { .get = metric_vm_memory_weight },
	[KVRM_METRIC_VM_MEMORY_ENTITLEMENT] = { .get = metric_vm_memory_entitlement,
						.sampled = true },
	[KVRM_METRIC_VM_CPU_RESERVATION] = { .vm_at = VM_AT(reservation_us) },
	[KVRM_METRIC_VM_CPU_WEIGHT] = { .get = metric_vm_weight },
	[KVRM_METRIC_VM_CPU_DEMAND] = { .get = metric_vm_demand, .sampled = true },
	[KVRM_METRIC_VM_CPU_ENTITLEMENT] = { .get = metric_vm_entitlement, .sampled = true },
	[KVRM_METRIC_VM_MEMORY_RESERVATION] = { .vm_at = VM_AT(memory_reservation_bytes) },
	[KVRM_METRIC_VM_MEMORY_RESERVATION_APPLIED] = { .get = metric_vm_memory_applied },
	[KVRM_METRIC_VM_MEMORY_OVERHEAD] = { .vm_at = VM_AT(memory_overhead_bytes) },
	[KVRM_METRIC_VM_MEMORY_LIMIT] = { .get = metric_vm_memory_limit },
	[KVRM_METRIC_VM_MEMORY_LIMIT_APPLIED] = { .get = metric_vm_memory_limit_applied },
	[KVRM_METRIC_VM_MEMORY_BALLOON] = { .get = metric_vm_memory_balloon },
	[KVRM_METRIC_VM_MEMORY_PLUGGED] = { .get = metric_vm_memory_plugged },
	[KVRM_METRIC_VM_NETWORK_BYTES] = { .put = metric_nic_bytes, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_PACKETS] = { .put = metric_nic_packets, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_DROPPED] = { .put = metric_nic_dropped, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_DELAYED] = { .put = metric_nic_delayed, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_LIMITED] = { .put = metric_nic_limited, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_QUEUE_DELAY] = { .put = metric_nic_delays, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_QUEUE] = { .put = metric_nic_queue, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_LIMIT] = { .put = metric_nic_limit },
	[KVRM_METRIC_VM_NETWORK_PACKET_LIMIT] = { .put = metric_nic_packet_limit },
	[KVRM_METRIC_VM_NETWORK_RESERVATION] = { .put = metric_nic_reservation },
	[KVRM_METRIC_VM_NETWORK_WEIGHT] = { .put = metric_nic_weight },
	[KVRM_METRIC_VM_NETWORK_DEMAND] = { .put = metric_nic_demand, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_ENTITLEMENT] = { .put = metric_nic_entitlement, .sampled = true },
	[KVRM_METRIC_VM_NETWORK_APPLIED] = { .put = metric_nic_applied, .sampled = true },
	[KVRM_METRIC_VM_DISK_BYTES] = { .put = metric_disk_bytes, .sampled = true },
	[KVRM_METRIC_VM_DISK_OPERATIONS] = { .put = metric_disk_operations, .sampled = true },
	[KVRM_METRIC_VM_DISK_FAILED] = { .put = metric_disk_failed, .sampled = true },
	[KVRM_METRIC_VM_DISK_IO] = { .put = metric_disk_io, .sampled = true },
	[KVRM_METRIC_VM_DISK_LIMIT] = { .put = metric_disk_limit },
	[KVRM_METRIC_VM_DISK_IOPS_LIMIT] = { .put = metric_disk_iops_limit },
	[KVRM_METRIC_POOL] = { .put = metric_pool_info },
	[KVRM_METRIC_POOL_CPU_CAPACITY] = { .pool_at = POOL_AT(capacity_us) },
	[KVRM_METRIC_POOL_CPU_RESERVED] = { .pool_at = POOL_AT(reserved_us) },
	[KVRM_METRIC_POOL_CPU_UNRESERVED] = { .pool_at = POOL_AT(unreserved_us) },
	[KVRM_METRIC_POOL_CPU_USED] = { .get_pool = metric_pool_used, .sampled = true },
	[KVRM_METRIC_POOL_CPU_DEMAND] = { .get_pool = metric_pool_demand, .sampled = true },
	[KVRM_METRIC_POOL_CPU_ENTITLEMENT] = { .get_pool = metric_pool_entitlement,
					       .sampled = true },
	[KVRM_METRIC_POOL_CPU_LIMIT] = { .get_pool = metric_pool_limit },
	[KVRM_METRIC_POOL_CPU_WEIGHT] = { .get_pool = metric_pool_weight },
	[KVRM_METRIC_POOL_MEMORY_CAPACITY] = { .pool_at = POOL_AT(memory_capacity_bytes) },
	[KVRM_METRIC_POOL_MEMORY_RESERVED] = { .pool_at = POOL_AT(memory_reserved_bytes) },
	[KVRM_METRIC_POOL_MEMORY_UNRESERVED] = { .pool_at = POOL_AT(memory_unreserved_bytes) },
	[KVRM_METRIC_POOL_MEMORY_CONSUMED] = { .get_pool = metric_pool_consumed, .sampled = true },
	[KVRM_METRIC_POOL_MEMORY_LIMIT] = { .get_pool = metric_pool_memory_limit },
	[KVRM_METRIC_POOL_MEMORY_LIMIT_APPLIED] = { .get_pool = metric_pool_memory_limit_applied,
						    .sampled = true },
	[KVRM_METRIC_POOL_MEMBERS] = { .pool_at = POOL_AT(members) },
	[KVRM_METRIC_UPLINK] = { .put = metric_uplink_info },
	[KVRM_METRIC_UPLINK_CAPACITY] = { .put = metric_uplink_capacity },
	[KVRM_METRIC_UPLINK_RESERVED] = { .put = metric_uplink_reserved },
	[KVRM_METRIC_UPLINK_UNRESERVED] = { .put = metric_uplink_unreserved },
	[KVRM_METRIC_UPLINK_USED] = { .put = metric_uplink_used, .sampled = true },
	[KVRM_METRIC_UPLINK_DEMAND] = { .put = metric_uplink_demand, .sampled = true },
	[KVRM_METRIC_UPLINK_ENTITLEMENT] = { .put = metric_uplink_entitlement, .sampled = true },
	[KVRM_METRIC_UPLINK_CONTENDED] = { .put = metric_uplink_contended, .sampled = true },
	[KVRM_METRIC_UPLINK_LIMIT] = { .put = metric_uplink_limit },
	[KVRM_METRIC_UPLINK_WEIGHT] = { .put = metric_uplink_weight },
	[KVRM_METRIC_UPLINK_MEMBERS] = { .put = metric_uplink_members },
	[KVRM_METRIC_ADMISSION] = { .put = put_admission },
};

/**
 * metric_is_sampled() - whether a metric is measured from time to time
 * @metric: which
 *
 * Return: false of what is known all the time.
 */
bool metric_is_sampled(enum kvrm_metric metric)
{
	return sources[metric].sampled;
}

/**
 * metric_each() - visit the points of a metric
 * @snapshot: rows of what it is of
 * @metric: which
 * @visit: visited with; what is not known has no point
 * @data: for @visit
 */
void metric_each(const struct metric_snapshot *snapshot, enum kvrm_metric metric,
		 metric_visit *visit, void *data)
{
	const struct metric_counter counter = { .attribute = sources[metric].attribute };
	struct metric_walk w = { snapshot, &families[metric], visit, data };

	if (sources[metric].put)
		sources[metric].put(&w);
	else if (sources[metric].get)
		metric_vm_values(&w, sources[metric].get, sources[metric].sampled,
				 sources[metric].registered);
	else if (sources[metric].get_pool)
		metric_pool_values(&w, sources[metric].get_pool);
	else if (sources[metric].vm_at)
		metric_vm_numbers(&w, sources[metric].vm_at);
	else if (sources[metric].pool_at)
		metric_pool_numbers(&w, sources[metric].pool_at);
	else
		metric_vm_vcpus(&w, &counter, 1, NULL,
				sources[metric].registered ? METRIC_SINCE_REGISTERED
							   : METRIC_SINCE_STARTED);
}
