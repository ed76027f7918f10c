// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics as text; see openmetrics.h. Here is where each family's numbers come from; how they are
 * written is openmetrics-writer.c. A family is written by what the table at the end names for it.
 */
#include <stddef.h>

#include "daemon/serve/openmetrics-disk.h"
#include "daemon/serve/openmetrics-nic.h"
#include "daemon/serve/openmetrics-uplink.h"
#include "daemon/serve/openmetrics-writer.h"
#include "kvrm/version.h"

#define FAMILY(id, name_, kind_, unit_, scale_, labels_, dmtf_, help_)                             \
	[KVRM_METRIC_##id] = { name_, KVRM_METRIC_KIND_##kind_, unit_, KVRM_METRIC_SCALE_##scale_, \
			       help_ },

static const struct om_family families[KVRM_METRIC_COUNT] = { KVRM_METRICS(FAMILY) };

#define STATE_NAME(id, name, ...) [KVRM_VM_STATE_##id] = (name),

static const char *const state_names[KVRM_VM_STATE_COUNT] = { KVRM_VM_STATES(STATE_NAME) };

/* One counter of all virtual CPUs; the times begin when the module began to count, exits with QEMU. */
static void write_vcpus(struct om_writer *w, int attribute, bool is_time)
{
	const struct openmetrics_vm *vm;
	uint64_t value, since_us;

	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		vm = &w->snapshot->vms[i];
		if (!vm->sample)
			continue;
		since_us = is_time ? vm->sample->times_since_us : vm->started_us;
		for (size_t v = 0; v < vm->sample->n_vcpus; v++) {
			if (vcpu_sample_get(&vm->sample->vcpus[v], attribute, &value))
				om_vcpu(w, vm, vm->sample->vcpus[v].index, NULL, value, since_us);
		}
	}
}

static void write_exit_reasons(struct om_writer *w)
{
	const struct vcpu_sample *vcpu;
	const struct openmetrics_vm *vm;

	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		vm = &w->snapshot->vms[i];
		for (size_t v = 0; vm->sample && v < vm->sample->n_vcpus; v++) {
			vcpu = &vm->sample->vcpus[v];
			for (int r = 0; r < KVRM_EXIT_COUNT; r++) {
				if (vcpu->known & VCPU_KNOWS_REASON(r))
					om_vcpu(w, vm, vcpu->index, sample_exit_name(r),
						vcpu->exits_by_reason[r], vm->started_us);
			}
		}
	}
}

static void write_build(struct om_writer *w)
{
	om_begin(w, "_info");
	om_label(w, "{", "version", KVRM_VERSION);
	om_text_add(&w->text, "}");
	om_end(w, 1, 0);
}

static void write_module_up(struct om_writer *w)
{
	om_host(w, w->snapshot->host.module_up);
}

static void write_module(struct om_writer *w)
{
	if (!w->snapshot->host.module_up)
		return;
	om_begin(w, "_info");
	om_label(w, "{", "version", w->snapshot->host.module_version);
	om_number_label(w, "abi", w->snapshot->host.module_abi);
	om_label(w, ",", "cpu_limiter", sample_limiter_name(w->snapshot->host.cpu_limiter));
	om_text_add(&w->text, "}");
	om_end(w, 1, 0);
}

static void write_capacity(struct om_writer *w)
{
	if (w->snapshot->host.cpu_capacity_us)
		om_host(w, w->snapshot->host.cpu_capacity_us);
}

static void write_memory_capacity(struct om_writer *w)
{
	if (w->snapshot->host.memory_capacity_bytes)
		om_host(w, w->snapshot->host.memory_capacity_bytes);
}

static void write_memory_reserve(struct om_writer *w)
{
	if (w->snapshot->host.memory_capacity_bytes)
		om_host(w, w->snapshot->memory_reserve_bytes);
}

static void write_vms(struct om_writer *w)
{
	uint64_t count[KVRM_VM_STATE_COUNT] = { 0 };

	for (size_t i = 0; i < w->snapshot->n_vms; i++)
		count[w->snapshot->vms[i].state]++;
	for (int s = 0; s < KVRM_VM_STATE_COUNT; s++) {
		om_begin(w, "");
		om_label(w, "{", "state", state_names[s]);
		om_text_add(&w->text, "}");
		om_end(w, count[s], 0);
	}
}

static void write_drift(struct om_writer *w)
{
	om_host(w, w->snapshot->host.drift_corrected);
	if (!w->openmetrics || !w->snapshot->host.since_us)
		return;
	om_begin(w, "_created");
	om_end(w, w->snapshot->host.since_us, KVRM_METRIC_SCALE_MICRO);
}

static void write_vm_info(struct om_writer *w)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		om_begin(w, "_info");
		om_label(w, "{", "vm", w->snapshot->vms[i].uuid);
		om_label(w, ",", "vm_name", w->snapshot->vms[i].name);
		om_text_add(&w->text, "}");
		om_end(w, 1, 0);
	}
}

static void write_vm_state(struct om_writer *w)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		for (int s = 0; s < KVRM_VM_STATE_COUNT; s++) {
			om_begin(w, "");
			om_label(w, "{", "vm", w->snapshot->vms[i].uuid);
			/* A state set's own label is named as the metric. */
			om_label(w, ",", w->family->name, state_names[s]);
			om_text_add(&w->text, "}");
			om_end(w, w->snapshot->vms[i].state == (enum kvrm_vm_state)s, 0);
		}
	}
}

/* A number of each virtual system; @get returns whether it is known. */
static void write_vm_values(struct om_writer *w,
			    bool (*get)(const struct openmetrics_vm *vm, uint64_t *ret_value))
{
	uint64_t value;

	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		if (!get(&w->snapshot->vms[i], &value))
			continue;
		om_vm(w, &w->snapshot->vms[i], value);
		if (w->family->kind == KVRM_METRIC_KIND_COUNTER)
			om_vm_created(w, &w->snapshot->vms[i], w->snapshot->vms[i].started_us);
	}
}

/* For numbers where 0 stands for "none". */
static bool get_unless_zero(uint64_t value, uint64_t *ret_value)
{
	if (value)
		*ret_value = value;
	return value;
}

static bool get_sampled(const struct openmetrics_vm *vm, uint32_t bit, uint64_t value,
			uint64_t *ret_value)
{
	if (vm->sample->known & bit)
		*ret_value = value;
	return vm->sample->known & bit;
}

static bool get_start_time(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->started_us, ret_value);
}

static bool get_cgroup_cpu(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_USAGE, vm->sample->usage_us, ret_value);
}

static bool get_cgroup_cpu_limited(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_LIMITED, vm->sample->limited_us, ret_value);
}

static bool get_limit(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->limit_us, ret_value);
}

static bool get_limit_applied(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->limit_applied_us, ret_value);
}

static bool get_memory_size(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->memory_bytes, ret_value);
}

static bool get_memory_consumed(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_MEMORY, vm->sample->memory_bytes, ret_value);
}

static bool get_memory_active(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return vm->sample &&
	       get_sampled(vm, VM_KNOWS_ACTIVE, vm->sample->memory_active_bytes, ret_value);
}

static bool get_memory_weight(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->memory_weight, ret_value);
}

static bool get_memory_entitlement(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return vm->sample &&
	       get_sampled(vm, VM_KNOWS_FLOW, vm->sample->memory_entitled_bytes, ret_value);
}

static bool get_memory_applied(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	*ret_value = vm->memory_applied_bytes;
	return vm->sample;
}

static bool get_memory_limit(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->memory_limit_bytes, ret_value);
}

static bool get_memory_limit_applied(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->memory_limit_applied_bytes, ret_value);
}

static bool get_memory_balloon(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	*ret_value = vm->memory_bytes - vm->memory_left_bytes;
	return vm->memory_left_bytes;
}

static bool get_weight(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return get_unless_zero(vm->weight, ret_value);
}

static bool get_demand(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_FLOW, vm->sample->demand_us, ret_value);
}

static bool get_entitlement(const struct openmetrics_vm *vm, uint64_t *ret_value)
{
	return vm->sample && get_sampled(vm, VM_KNOWS_FLOW, vm->sample->entitled_us, ret_value);
}

static void write_pools(struct om_writer *w)
{
	for (size_t i = 0; i < w->snapshot->n_pools; i++) {
		om_begin(w, "_info");
		om_label(w, "{", "pool", w->snapshot->pools[i].name);
		om_label(w, ",", "parent", w->snapshot->pools[i].parent);
		om_text_add(&w->text, "}");
		om_end(w, 1, 0);
	}
}

/* A number of each pool; @get returns whether it is known. */
static void write_pool_values(struct om_writer *w,
			      bool (*get)(const struct openmetrics_pool *pool, uint64_t *ret_value))
{
	uint64_t value;

	for (size_t i = 0; i < w->snapshot->n_pools; i++) {
		if (get(&w->snapshot->pools[i], &value))
			om_pool(w, &w->snapshot->pools[i], value);
	}
}

static bool get_pool_used(const struct openmetrics_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->used_us;
	return pool->flow_known;
}

static bool get_pool_demand(const struct openmetrics_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->demand_us;
	return pool->flow_known;
}

static bool get_pool_entitlement(const struct openmetrics_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->entitled_us;
	return pool->flow_known;
}

static bool get_pool_limit(const struct openmetrics_pool *pool, uint64_t *ret_value)
{
	return get_unless_zero(pool->limit_us, ret_value);
}

static bool get_pool_weight(const struct openmetrics_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->weight;
	return *pool->parent;
}

static bool get_pool_consumed(const struct openmetrics_pool *pool, uint64_t *ret_value)
{
	return get_unless_zero(pool->memory_used_bytes, ret_value);
}

#define VM_AT(member)	offsetof(struct openmetrics_vm, member)
#define POOL_AT(member) offsetof(struct openmetrics_pool, member)
/* The first of a row is its name, so no number is at 0. */
_Static_assert(!VM_AT(uuid) && !POOL_AT(name), "0 stands for none");

/* Numbers that are always known, by where they are in their row. */
static uint64_t number_at(const void *row, size_t at)
{
	return *(const uint64_t *)((const char *)row + at);
}

static void write_vm_numbers(struct om_writer *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_vms; i++)
		om_vm(w, &w->snapshot->vms[i], number_at(&w->snapshot->vms[i], at));
}

static void write_pool_numbers(struct om_writer *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_pools; i++)
		om_pool(w, &w->snapshot->pools[i], number_at(&w->snapshot->pools[i], at));
}

static void write_admission(struct om_writer *w)
{
	const struct {
		const char *result;
		uint64_t value;
	} rows[] = { { "admitted", w->snapshot->admitted }, { "refused", w->snapshot->refused } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		om_begin(w, om_suffix(w->family));
		om_label(w, "{", "result", rows[i].result);
		om_text_add(&w->text, "}");
		om_end(w, rows[i].value, 0);
		if (!w->openmetrics || !w->snapshot->host.since_us)
			continue;
		om_begin(w, "_created");
		om_label(w, "{", "result", rows[i].result);
		om_text_add(&w->text, "}");
		om_end(w, w->snapshot->host.since_us, KVRM_METRIC_SCALE_MICRO);
	}
}

/*
 * Each family: a function of its own, what yields a virtual system's or a pool's
 * number, where that is, or a virtual CPU's counter.
 */
static const struct {
	void (*write)(struct om_writer *w);
	bool (*get)(const struct openmetrics_vm *vm, uint64_t *ret_value);
	bool (*get_pool)(const struct openmetrics_pool *pool, uint64_t *ret_value);
	size_t vm_at;
	size_t pool_at;
	int attribute;
	bool is_time;
} writers[KVRM_METRIC_COUNT] = {
	[KVRM_METRIC_BUILD] = { .write = write_build },
	[KVRM_METRIC_MODULE_UP] = { .write = write_module_up },
	[KVRM_METRIC_MODULE] = { .write = write_module },
	[KVRM_METRIC_HOST_CPU_CAPACITY] = { .write = write_capacity },
	[KVRM_METRIC_HOST_MEMORY_CAPACITY] = { .write = write_memory_capacity },
	[KVRM_METRIC_HOST_MEMORY_RESERVE] = { .write = write_memory_reserve },
	[KVRM_METRIC_VMS] = { .write = write_vms },
	[KVRM_METRIC_DRIFT_CORRECTED] = { .write = write_drift },
	[KVRM_METRIC_VM] = { .write = write_vm_info },
	[KVRM_METRIC_VM_STATE] = { .write = write_vm_state },
	[KVRM_METRIC_VM_START_TIME] = { .get = get_start_time },
	[KVRM_METRIC_VM_CPU_TIME] = { .attribute = KVRM_A_VCPU_RUNNING_NS, .is_time = true },
	[KVRM_METRIC_VM_CPU_READY] = { .attribute = KVRM_A_VCPU_READY_NS, .is_time = true },
	[KVRM_METRIC_VM_CPU_LIMITED] = { .attribute = KVRM_A_VCPU_LIMITED_NS, .is_time = true },
	[KVRM_METRIC_VM_CPU_HALTED] = { .attribute = KVRM_A_VCPU_HALTED_NS, .is_time = true },
	[KVRM_METRIC_VM_EXITS] = { .attribute = KVRM_A_VCPU_EXITS },
	[KVRM_METRIC_VM_EXIT_REASONS] = { .write = write_exit_reasons },
	[KVRM_METRIC_VM_CGROUP_CPU] = { .get = get_cgroup_cpu },
	[KVRM_METRIC_VM_CGROUP_CPU_LIMITED] = { .get = get_cgroup_cpu_limited },
	[KVRM_METRIC_VM_CPU_LIMIT] = { .get = get_limit },
	[KVRM_METRIC_VM_CPU_LIMIT_APPLIED] = { .get = get_limit_applied },
	[KVRM_METRIC_VM_MEMORY_SIZE] = { .get = get_memory_size },
	[KVRM_METRIC_VM_MEMORY_CONSUMED] = { .get = get_memory_consumed },
	[KVRM_METRIC_VM_MEMORY_ACTIVE] = { .get = get_memory_active },
	[KVRM_METRIC_VM_MEMORY_WEIGHT] = { .get = get_memory_weight },
	[KVRM_METRIC_VM_MEMORY_ENTITLEMENT] = { .get = get_memory_entitlement },
	[KVRM_METRIC_VM_CPU_RESERVATION] = { .vm_at = VM_AT(reservation_us) },
	[KVRM_METRIC_VM_CPU_WEIGHT] = { .get = get_weight },
	[KVRM_METRIC_VM_CPU_DEMAND] = { .get = get_demand },
	[KVRM_METRIC_VM_CPU_ENTITLEMENT] = { .get = get_entitlement },
	[KVRM_METRIC_VM_MEMORY_RESERVATION] = { .vm_at = VM_AT(memory_reservation_bytes) },
	[KVRM_METRIC_VM_MEMORY_RESERVATION_APPLIED] = { .get = get_memory_applied },
	[KVRM_METRIC_VM_MEMORY_OVERHEAD] = { .vm_at = VM_AT(memory_overhead_bytes) },
	[KVRM_METRIC_VM_MEMORY_LIMIT] = { .get = get_memory_limit },
	[KVRM_METRIC_VM_MEMORY_LIMIT_APPLIED] = { .get = get_memory_limit_applied },
	[KVRM_METRIC_VM_MEMORY_BALLOON] = { .get = get_memory_balloon },
	[KVRM_METRIC_VM_NETWORK_BYTES] = { .write = om_write_nic_bytes },
	[KVRM_METRIC_VM_NETWORK_PACKETS] = { .write = om_write_nic_packets },
	[KVRM_METRIC_VM_NETWORK_DROPPED] = { .write = om_write_nic_dropped },
	[KVRM_METRIC_VM_NETWORK_DELAYED] = { .write = om_write_nic_delayed },
	[KVRM_METRIC_VM_NETWORK_LIMITED] = { .write = om_write_nic_limited },
	[KVRM_METRIC_VM_NETWORK_QUEUE] = { .write = om_write_nic_queue },
	[KVRM_METRIC_VM_NETWORK_LIMIT] = { .write = om_write_nic_limit },
	[KVRM_METRIC_VM_NETWORK_PACKET_LIMIT] = { .write = om_write_nic_packet_limit },
	[KVRM_METRIC_VM_NETWORK_RESERVATION] = { .write = om_write_nic_reservation },
	[KVRM_METRIC_VM_NETWORK_WEIGHT] = { .write = om_write_nic_weight },
	[KVRM_METRIC_VM_NETWORK_DEMAND] = { .write = om_write_nic_demand },
	[KVRM_METRIC_VM_NETWORK_ENTITLEMENT] = { .write = om_write_nic_entitlement },
	[KVRM_METRIC_VM_NETWORK_APPLIED] = { .write = om_write_nic_applied },
	[KVRM_METRIC_VM_DISK_BYTES] = { .write = om_write_disk_bytes },
	[KVRM_METRIC_VM_DISK_OPERATIONS] = { .write = om_write_disk_operations },
	[KVRM_METRIC_VM_DISK_FAILED] = { .write = om_write_disk_failed },
	[KVRM_METRIC_VM_DISK_IO] = { .write = om_write_disk_io },
	[KVRM_METRIC_VM_DISK_LIMIT] = { .write = om_write_disk_limit },
	[KVRM_METRIC_VM_DISK_IOPS_LIMIT] = { .write = om_write_disk_iops_limit },
	[KVRM_METRIC_POOL] = { .write = write_pools },
	[KVRM_METRIC_POOL_CPU_CAPACITY] = { .pool_at = POOL_AT(capacity_us) },
	[KVRM_METRIC_POOL_CPU_RESERVED] = { .pool_at = POOL_AT(reserved_us) },
	[KVRM_METRIC_POOL_CPU_UNRESERVED] = { .pool_at = POOL_AT(unreserved_us) },
	[KVRM_METRIC_POOL_CPU_USED] = { .get_pool = get_pool_used },
	[KVRM_METRIC_POOL_CPU_DEMAND] = { .get_pool = get_pool_demand },
	[KVRM_METRIC_POOL_CPU_ENTITLEMENT] = { .get_pool = get_pool_entitlement },
	[KVRM_METRIC_POOL_CPU_LIMIT] = { .get_pool = get_pool_limit },
	[KVRM_METRIC_POOL_CPU_WEIGHT] = { .get_pool = get_pool_weight },
	[KVRM_METRIC_POOL_MEMORY_CAPACITY] = { .pool_at = POOL_AT(memory_capacity_bytes) },
	[KVRM_METRIC_POOL_MEMORY_RESERVED] = { .pool_at = POOL_AT(memory_reserved_bytes) },
	[KVRM_METRIC_POOL_MEMORY_UNRESERVED] = { .pool_at = POOL_AT(memory_unreserved_bytes) },
	[KVRM_METRIC_POOL_MEMORY_CONSUMED] = { .get_pool = get_pool_consumed },
	[KVRM_METRIC_POOL_MEMBERS] = { .pool_at = POOL_AT(members) },
	[KVRM_METRIC_UPLINK] = { .write = om_write_uplink },
	[KVRM_METRIC_UPLINK_CAPACITY] = { .write = om_write_uplink_capacity },
	[KVRM_METRIC_UPLINK_RESERVED] = { .write = om_write_uplink_reserved },
	[KVRM_METRIC_UPLINK_UNRESERVED] = { .write = om_write_uplink_unreserved },
	[KVRM_METRIC_UPLINK_USED] = { .write = om_write_uplink_used },
	[KVRM_METRIC_UPLINK_DEMAND] = { .write = om_write_uplink_demand },
	[KVRM_METRIC_UPLINK_ENTITLEMENT] = { .write = om_write_uplink_entitlement },
	[KVRM_METRIC_UPLINK_CONTENDED] = { .write = om_write_uplink_contended },
	[KVRM_METRIC_UPLINK_LIMIT] = { .write = om_write_uplink_limit },
	[KVRM_METRIC_UPLINK_WEIGHT] = { .write = om_write_uplink_weight },
	[KVRM_METRIC_UPLINK_MEMBERS] = { .write = om_write_uplink_members },
	[KVRM_METRIC_ADMISSION] = { .write = write_admission },
};

int openmetrics_write(const struct openmetrics_snapshot *snapshot, enum openmetrics_format format,
		      char **ret_text, size_t *ret_size)
{
	struct om_writer w = { .openmetrics = format == OPENMETRICS_TEXT, .snapshot = snapshot };
	int r;

	for (int i = 0; i < KVRM_METRIC_COUNT; i++) {
		w.family = &families[i];
		w.headed = false;
		if (writers[i].write)
			writers[i].write(&w);
		else if (writers[i].get)
			write_vm_values(&w, writers[i].get);
		else if (writers[i].get_pool)
			write_pool_values(&w, writers[i].get_pool);
		else if (writers[i].vm_at)
			write_vm_numbers(&w, writers[i].vm_at);
		else if (writers[i].pool_at)
			write_pool_numbers(&w, writers[i].pool_at);
		else
			write_vcpus(&w, writers[i].attribute, writers[i].is_time);
	}
	if (w.openmetrics)
		om_text_add(&w.text, "# EOF\n");
	r = om_text_take(&w.text, ret_text, ret_size);
	om_text_deinit(&w.text);
	return r;
}

const char *openmetrics_content_type(enum openmetrics_format format)
{
	return format == OPENMETRICS_TEXT
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}
