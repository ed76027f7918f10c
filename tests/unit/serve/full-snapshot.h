/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot in which something of each metric is known, for tests of what is written of it.
 */
#ifndef KVRM_TEST_FULL_SNAPSHOT_H
#define KVRM_TEST_FULL_SNAPSHOT_H

#include "daemon/model/metric.h"

#define UUID_1 "11111111-1111-1111-1111-111111111111"
#define UUID_2 "22222222-2222-2222-2222-222222222222"

/* Of each group something is not known. */
static void set_count(struct vm_sample *sample, enum kvrm_count count, uint64_t value)
{
	sample->counts.known |= KVRM_COUNT_BIT(count);
	sample->counts.value[count] = value;
}

/* Two virtual systems: one runs, of the other nothing is known; its name needs escaping. */
static struct metric_snapshot full_snapshot(struct vm_sample *sample,
					    struct metric_vm vms[static 2])
{
	/* The root; and one that the module does not know. */
	static const struct metric_pool pools[] = {
		{ .name = "host",
		  .parent = "",
		  .capacity_us = 1900000,
		  .reserved_us = 125000,
		  .unreserved_us = 1775000,
		  .weight = 100,
		  .memory_capacity_bytes = UINT64_C(1) << 40,
		  .memory_reserved_bytes = 1 << 30,
		  .memory_unreserved_bytes = (UINT64_C(1) << 40) - (1 << 30),
		  .memory_used_bytes = 12345,
		  .members = 2,
		  .flow_known = true,
		  .used_us = 200000,
		  .demand_us = 1500000,
		  .entitled_us = 1900000 },
		{ .name = "web",
		  .parent = "host",
		  .limit_us = 500000,
		  .weight = 1,
		  .memory_limit_bytes = 1 << 28,
		  .memory_limit_applied_bytes = 1 << 29 },
	};
	/* The second one is not known to the module, and has no limit. */
	static const struct definition_nic nics[] = {
		{ .limits = { [NIC_TO_GUEST] = { .bytes_per_s = 12500000 },
			      [NIC_FROM_GUEST] = { .packets_per_s = 1000 } },
		  .shares = { [NIC_TO_GUEST] = { .weight = 200 },
			      [NIC_FROM_GUEST] = { .reservation_bytes_per_s = 5000,
						   .weight = 1 } } },
		{ .bridge = "br1" },
	};
	/* An uplink, and a part that the module does not know. */
	static const struct metric_uplink uplinks[] = {
		{ .name = "lan",
		  .parent = "",
		  .bridge = "br0",
		  .members = 2,
		  .flow_known = true,
		  .directions = { { .capacity = 1000,
				    .reserved = 300,
				    .unreserved = 700,
				    .weight = 100,
				    .used = 4,
				    .demand = 5,
				    .entitled = 6,
				    .contended = 1 },
				  { .capacity = UINT64_C(1) << 40, .weight = 100 } } },
		{ .name = "gold",
		  .parent = "lan",
		  .bridge = "",
		  .directions = { { .capacity = 300, .weight = 7 },
				  { .limit = 900, .weight = 8 } } },
	};
	/* Of the second one QEMU has said nothing. */
	static const struct definition_disk disks[] = {
		{ .limits = { [DISK_READ] = { .bytes_per_s = 100000000 },
			      [DISK_WRITE] = { .operations_per_s = 500 } } },
		{ .limits = { [DISK_WRITE] = { .bytes_per_s = 1 } } },
	};
	static const struct kvrm_probe_count latencies[] = {
		{ .probe = KVRM_PROBE_EXITS,
		  .reason = KVRM_EXIT_CLASS_IO,
		  .count = 4,
		  .time_ns = UINT64_C(4000000000),
		  .has_histogram = true,
		  .histogram = { 3, [23] = 1 } },
		{ .probe = KVRM_PROBE_USER_EXITS, .reason = 2, .count = 9, .time_ns = 5 },
		{ .probe = KVRM_PROBE_WAKEUPS,
		  .count = 4,
		  .time_ns = 3000,
		  .has_histogram = true,
		  .histogram = { [2] = 4 } },
	};
	struct vcpu_sample *vcpu;

	*sample = (struct vm_sample){
		.times_since_us = UINT64_C(1700000001000000),
		.known = VM_KNOWS_USAGE | VM_KNOWS_LIMITED | VM_KNOWS_MEMORY | VM_KNOWS_FLOW |
			 VM_KNOWS_ACTIVE | VM_KNOWS_RING | VM_KNOWS_STALLS | VM_KNOWS_SWAPPED,
		.swapped_bytes = 8192,
		.stalls = { 3, [5] = 20, [11] = 1 },
		.stall_ns = UINT64_C(2500000000),
		.overhead_known = 1 << KVRM_CPU_OVERHEAD_EMULATOR | 1 << KVRM_CPU_OVERHEAD_IO,
		.overhead_ns = { [KVRM_CPU_OVERHEAD_EMULATOR] = UINT64_C(3500000000) },
		.rate_hz = 1000,
		.ring_missed = 17,
		.demand_us = 1500000,
		.used_us = 200000,
		.entitled_us = 0,
		.usage_us = 12345678,
		.limited_us = 0,
		.memory_bytes = 536870912,
		.memory_active_bytes = 0,
		.memory_entitled_bytes = 268435456,
		.nics = { { .known = true,
			    .shares = true,
			    .flows = { { .bytes = 11,
					 .packets = 12,
					 .dropped = { [KVRM_DROP_FULL] = 13,
						      [KVRM_DROP_MEMORY] = 2 },
					 .delayed_packets = 14,
					 .limited_ns = UINT64_C(1500000000),
					 .queued_bytes = 16,
					 .demand = 17,
					 .entitled = 18,
					 .applied = 19,
					 .delays_known = true,
					 .delays = { 5, [3] = 6, [14] = 1 },
					 .delay_ns = UINT64_C(2500000000) },
				       { .bytes = UINT64_MAX } } } },
		.disks = { { .time_us = 1,
			     .flows = { { .bytes = 21,
					  .operations = 22,
					  .failed = 23,
					  .time_ns = UINT64_C(2500000000) },
					{ .bytes = UINT64_MAX } } } },
	};
	set_count(sample, KVRM_COUNT_FAULT_MINOR, 9000);
	set_count(sample, KVRM_COUNT_FAULT_MAJOR, 0);
	set_count(sample, KVRM_COUNT_SWAP_OUT, 12288);
	set_count(sample, KVRM_COUNT_SCAN_KSWAPD, 4096);
	set_count(sample, KVRM_COUNT_SCAN_DIRECT, UINT64_MAX);
	set_count(sample, KVRM_COUNT_RECLAIM_PROACTIVE, 4096);
	set_count(sample, KVRM_COUNT_EVENT_HIGH, 7);
	set_count(sample, KVRM_COUNT_EVENT_OOM_KILL, 0);
	set_count(sample, KVRM_COUNT_CPU_SOME, 1500000);
	set_count(sample, KVRM_COUNT_CPU_FULL, 0);
	set_count(sample, KVRM_COUNT_MEMORY_SOME, 1);
	set_count(sample, KVRM_COUNT_IO_FULL, 2000000);
	vcpu = vm_sample_vcpu(sample, 0);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_RUNNING_NS, UINT64_C(18446744073709551615));
	vcpu_sample_set(vcpu, KVRM_A_VCPU_READY_NS, 1);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_LIMITED_NS, UINT64_C(1500000000));
	vcpu_sample_set(vcpu, KVRM_A_VCPU_HALTED_NS, 0);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_WAITING_NS, 250000000);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_GUEST_NS, UINT64_C(18446744073709551614));
	vcpu_sample_set(vcpu, KVRM_A_VCPU_KERNEL_NS, 0);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_USER_NS, 1);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_EXITS, 1000);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_IO_EXITS, 400);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_PAGE_FAULTS, 0);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_HALT_POLL_SUCCESS_NS, 1500);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_HALT_POLL_FAIL_NS, 0);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_ENTERED_NS, UINT64_C(2000000000));
	vcpu_sample_set(vcpu, KVRM_A_VCPU_PROBE_NS, 42);
	for (size_t i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++)
		latencies_add(&sample->latencies, &latencies[i]);
	/* Of the second virtual CPU only one thing is known. */
	vcpu_sample_set(vm_sample_vcpu(sample, 1), KVRM_A_VCPU_EXITS, 7);
	vms[0] = (struct metric_vm){
		.uuid = UUID_1,
		.name = "web",
		.state = KVRM_VM_STATE_ACTIVE,
		.memory_bytes = 1073741824,
		.memory_now_bytes = 1073741824,
		.memory_pluggable = true,
		.memory_plugged_bytes = 268435456,
		.memory_reservation_bytes = 536870912,
		.memory_applied_bytes = 1048576,
		.memory_overhead_bytes = 71303168,
		.memory_limit_bytes = 805306368,
		.memory_weight = 250,
		.memory_limit_applied_bytes = 1073741824,
		.memory_left_bytes = 734003200,
		.reservation_us = 125000,
		.weight = 300,
		.limit_us = 250000,
		.limit_applied_us = 250000,
		.started_us = UINT64_C(1700000000123456),
		.nics = nics,
		.n_nics = 2,
		.disks = disks,
		.n_disks = 2,
		.sample = sample,
	};
	vms[1] = (struct metric_vm){
		.uuid = UUID_2,
		.name = "a\"b\\c\nx",
		.state = KVRM_VM_STATE_DEFINED,
	};
	return (struct metric_snapshot){
		.host = { .since_us = UINT64_C(1700000000000000),
			  .sample_interval_us = 1500000,
			  .cpu_capacity_us = 2000000,
			  .memory_capacity_bytes = (UINT64_C(1) << 40) + (1 << 29),
			  .module_up = true,
			  .module_abi = 1,
			  .module_version = "0.1.0",
			  .cpu_limiter = KVRM_CPU_LIMITER_TASK_WORK,
			  .sched_ext_known = true,
			  .sched_ext = true,
			  .vcpu_excess_known = true,
			  .vcpu_excess_ns = 4000001,
			  .drift_corrected = 3 },
		.memory_reserve_bytes = 1 << 29,
		.vms = vms,
		.n_vms = 2,
		.pools = pools,
		.n_pools = 2,
		.uplinks = uplinks,
		.n_uplinks = 2,
		.states = { [KVRM_VM_STATE_ACTIVE] = 1, [KVRM_VM_STATE_DEFINED] = 1 },
		.admitted = 5,
		.refused = 1,
	};
}

#endif
