/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples: what was measured of a virtual system and of the host at one moment. They are what
 * GetStatistics and /metrics show. Each number is known or not; one that is not known is not
 * shown.
 */
#ifndef DAEMON_MODEL_SAMPLE_H
#define DAEMON_MODEL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/model/definition.h"
#include "daemon/model/latency.h"
#include "kvrm/counts.h"
#include "kvrm/metrics.h"

/*
 * Bits of vcpu_sample.known; exit reason R is VCPU_KNOWS_REASON(R), e.g. of KVRM_EXIT_IO; mode M is
 * VCPU_KNOWS_MODE(M), e.g. of KVRM_CPU_MODE_GUEST.
 */
enum {
	VCPU_KNOWS_RUNNING = 1 << 0,
	VCPU_KNOWS_READY = 1 << 1,
	VCPU_KNOWS_LIMITED = 1 << 2,
	VCPU_KNOWS_HALTED = 1 << 3,
	VCPU_KNOWS_WAITING = 1 << 4,
	VCPU_KNOWS_EXITS = 1 << 5,
	VCPU_KNOWS_POLL_SUCCESS = 1 << 6,
	VCPU_KNOWS_POLL_FAIL = 1 << 7,
	VCPU_KNOWS_ENTERED = 1 << 8,
	VCPU_KNOWS_PROBE = 1 << 9,
	VCPU_KNOWS_TIMES = VCPU_KNOWS_RUNNING | VCPU_KNOWS_READY | VCPU_KNOWS_LIMITED |
			   VCPU_KNOWS_HALTED | VCPU_KNOWS_WAITING,
};

#define VCPU_KNOWS_REASON(reason) (1u << (10 + (reason)))
#define VCPU_KNOWS_MODE(mode)	  (1u << (10 + KVRM_EXIT_COUNT + (mode)))

/**
 * struct vcpu_sample - counters of one virtual CPU, all cumulative
 * @index: as the guest and QEMU number it
 * @known: VCPU_KNOWS_* of what is below
 * @running_ns: as KVRM_A_VCPU_RUNNING_NS; the next four likewise
 * @ready_ns: never includes @limited_ns
 * @limited_ns: held back by the guest's own limit
 * @halted_ns: halted by the guest
 * @waiting_ns: none of that: for QEMU, memory, a disk or a lock
 * @exits: all exits
 * @poll_success_ns: as KVRM_A_VCPU_HALT_POLL_SUCCESS_NS; the next three likewise
 * @poll_fail_ns: KVM polled in vain
 * @entered_ns: in its guest; known while the probe for it is attached
 * @probe_ns: what its probes took; known while there are any
 * @exits_by_reason: by enum kvrm_exit; reasons overlap
 * @modes_ns: what its thread ran, by enum kvrm_cpu_mode; they add up to @running_ns
 */
struct vcpu_sample {
	uint32_t index;
	uint32_t known;
	uint64_t running_ns;
	uint64_t ready_ns;
	uint64_t limited_ns;
	uint64_t halted_ns;
	uint64_t waiting_ns;
	uint64_t exits;
	uint64_t poll_success_ns;
	uint64_t poll_fail_ns;
	uint64_t entered_ns;
	uint64_t probe_ns;
	uint64_t exits_by_reason[KVRM_EXIT_COUNT];
	uint64_t modes_ns[KVRM_CPU_MODE_COUNT];
};

/**
 * struct nic_flow_sample - counters of one direction of a NIC, all but @queued_* since the module knows it
 * @bytes: passed, GSO packets as their segments; here and below
 * @packets: passed
 * @queued_bytes: held back now
 * @queued_packets: held back now
 * @delayed_packets: ever held back
 * @dropped: packets, by enum kvrm_drop
 * @limited_ns: time in which at least one packet was held back
 * @demand: what it wants now of its uplink, bytes per second, as all below
 * @used: what passes now
 * @entitled: what it is due now
 * @applied: to what it is held now; 0: nothing
 * @delays_known: the module tells how long packets waited, as follows; an older one does not
 * @delays: of those that were held back and have gone on, how many waited for how long: of each number twice as long
 *	as of the one before it, KVRM_NIC_QUEUE_DELAY_FIRST_NS of the first
 * @delay_ns: for how long together
 */
struct nic_flow_sample {
	uint64_t bytes;
	uint64_t packets;
	uint64_t queued_bytes;
	uint64_t queued_packets;
	uint64_t delayed_packets;
	uint64_t dropped[KVRM_DROP_COUNT];
	uint64_t limited_ns;
	uint64_t demand;
	uint64_t used;
	uint64_t entitled;
	uint64_t applied;
	bool delays_known;
	uint64_t delays[KVRM_NIC_QUEUE_DELAY_BUCKETS];
	uint64_t delay_ns;
};

/**
 * struct nic_sample - what was measured of one NIC
 * @known: the module knows it; else nothing is
 * @shares: it is on an uplink; else nothing of that is known
 * @flows: by direction
 */
struct nic_sample {
	bool known;
	bool shares;
	struct nic_flow_sample flows[NIC_DIRECTIONS];
};

/**
 * struct disk_flow_sample - counters of one direction of a disk since QEMU was started
 * @bytes: of requests that succeeded
 * @operations: requests that succeeded, as the guest made them
 * @failed: requests that did not
 * @time_ns: from each request to its end, summed; waiting for a limit is part of it
 */
struct disk_flow_sample {
	uint64_t bytes;
	uint64_t operations;
	uint64_t failed;
	uint64_t time_ns;
};

/**
 * struct disk_sample - what QEMU has counted of one disk
 * @time_us: when it said so, CLOCK_REALTIME; 0: not known, nor is what follows
 * @monotonic_us: the same by CLOCK_MONOTONIC
 * @flows: by direction
 */
struct disk_sample {
	uint64_t time_us;
	uint64_t monotonic_us;
	struct disk_flow_sample flows[DISK_DIRECTIONS];
};

/* Bits of vm_sample.known */
enum {
	VM_KNOWS_USAGE = 1 << 0,
	VM_KNOWS_LIMITED = 1 << 1,
	VM_KNOWS_MEMORY = 1 << 2,
	VM_KNOWS_FLOW = 1 << 3,
	VM_KNOWS_ACTIVE = 1 << 4,
	VM_KNOWS_RING = 1 << 5,
	VM_KNOWS_STALLS = 1 << 6,
	VM_KNOWS_SWAPPED = 1 << 7,
};

/**
 * struct vm_sample - what was measured of one virtual system
 * @time_us: when, CLOCK_REALTIME
 * @monotonic_us: the same by CLOCK_MONOTONIC, which nobody sets: for what is computed from two samples
 * @times_since_us: when the times of the virtual CPUs, and QEMU's other threads, began to be counted (registration with
 *	the module), CLOCK_REALTIME; 0: not known. Their exits and the cgroup's counters count since QEMU started.
 * @known: VM_KNOWS_* of what follows, but for @counts, @overhead_ns and @vcpus
 * @usage_us: CPU time of everything in the cgroup, since the cgroup was made
 * @limited_us: time the cgroup was held back by its limit, summed over CPUs, since it was made
 * @memory_bytes: memory charged to the cgroup now
 * @swapped_bytes: of its memory in swap now
 * @counts: what the kernel has counted of its memory and of pressure, since the cgroup was made; known by itself
 * @memory_active_bytes: memory that it has touched of late, an estimate
 * @memory_entitled_bytes: memory that it is due now; known as what follows
 * @demand_us: what it would use if nothing held it back, µs of CPU time per second
 * @used_us: what it uses, likewise
 * @entitled_us: what it is due now, likewise
 * @rate_hz: how often the module samples it into the sample ring, per second; 0: not at all
 * @ring_missed: samples that it has missed there; known as @rate_hz
 * @stalls: how often its limits held a virtual CPU back at a stretch, by how long: of each number twice as long as of
 *	the one before it, KVRM_LIMIT_STALL_FIRST_NS of the first
 * @stall_ns: for how long together; known as @stalls
 * @overhead_known: bit K is set if that of kind K is known
 * @overhead_ns: CPU time of QEMU's threads that run no virtual CPU since @times_since_us, by enum kvrm_cpu_overhead
 * @latencies: what its probes have counted; empty if it has none
 * @vcpus: by index, without gaps or doubles; owned
 * @n_vcpus: 0 if the module does not know the guest
 * @nics: as in the definition
 * @disks: likewise; each has a time of its own: QEMU was asked with the sample before, and answers when it likes
 */
struct vm_sample {
	uint64_t time_us;
	uint64_t monotonic_us;
	uint64_t times_since_us;
	uint32_t known;
	uint64_t usage_us;
	uint64_t limited_us;
	uint64_t memory_bytes;
	uint64_t swapped_bytes;
	struct kvrm_counts counts;
	uint64_t memory_active_bytes;
	uint64_t memory_entitled_bytes;
	uint64_t demand_us;
	uint64_t used_us;
	uint64_t entitled_us;
	uint32_t rate_hz;
	uint64_t ring_missed;
	uint64_t stalls[KVRM_LIMIT_STALL_BUCKETS];
	uint64_t stall_ns;
	uint32_t overhead_known;
	uint64_t overhead_ns[KVRM_CPU_OVERHEAD_COUNT];
	struct latencies latencies;
	struct vcpu_sample *vcpus;
	size_t n_vcpus;
	struct nic_sample nics[DEFINITION_NICS_MAX];
	struct disk_sample disks[DEFINITION_DISKS_MAX];
};

/**
 * struct host_sample - what was measured of the host
 * @since_us: when kvrmd began to count, CLOCK_REALTIME
 * @sample_interval_us: how often it measures; 0: not known
 * @cpus_online: CPUs
 * @cpu_capacity_us: µs of CPU time per second; 0: not known
 * @memory_capacity_bytes: memory that the host's kernel manages; 0: not known
 * @kvm_present: /dev/kvm can be used
 * @module_up: the module answers
 * @module_abi: its ABI, if @module_up
 * @module_version: its version, "" if it does not answer
 * @cpu_limiter: what holds processor limits; without the module it is cpu.max
 * @sched_ext_known: whether the next is known; without the module, or if the kernel has none, it is not
 * @sched_ext: a sched_ext scheduler is attached, which need not heed cpu.weight and cpu.max
 * @vcpu_excess_known: whether the next is known; without the module, or of an older one, it is not
 * @vcpu_excess_ns: by how much the states of a virtual CPU ever summed up to too much time; see
 *	KVRM_A_HOST_VCPU_EXCESS_NS
 * @probes_known: whether the next is known; without the module, or of an older one, it is not
 * @probes: groups of probes that the kernel offers, KVRM_PROBE_*
 * @drift_corrected: how often somebody else's change was put back
 */
struct host_sample {
	uint64_t since_us;
	uint64_t sample_interval_us;
	uint32_t cpus_online;
	uint64_t cpu_capacity_us;
	uint64_t memory_capacity_bytes;
	bool kvm_present;
	bool module_up;
	uint32_t module_abi;
	char module_version[32];
	enum kvrm_cpu_limiter cpu_limiter;
	bool sched_ext_known;
	bool sched_ext;
	bool vcpu_excess_known;
	uint64_t vcpu_excess_ns;
	bool probes_known;
	uint32_t probes;
	uint64_t drift_corrected;
};

/**
 * vm_sample_deinit() - free what a sample owns, and clear it
 * @sample: may be NULL, or all zero
 */
void vm_sample_deinit(struct vm_sample *sample);

/**
 * vm_sample_vcpu() - the counters of one virtual CPU, for filling in
 * @sample: grows if it has no such virtual CPU yet, which keeps @vcpus sorted by index
 * @index: of the virtual CPU
 *
 * Return: valid until the next call; NULL: no memory, @sample is as it was.
 */
struct vcpu_sample *vm_sample_vcpu(struct vm_sample *sample, uint32_t index);

/**
 * vcpu_sample_set() - fill in one counter from the netlink attribute that carries it
 * @vcpu: its @known grows
 * @attribute: KVRM_A_VCPU_*
 * @value: of the attribute
 *
 * Return: false if @attribute is no counter; nothing changed then.
 */
bool vcpu_sample_set(struct vcpu_sample *vcpu, int attribute, uint64_t value);

/**
 * vcpu_sample_get() - one counter by its netlink attribute
 * @vcpu: sample
 * @attribute: KVRM_A_VCPU_*
 * @ret_value: left alone if the counter is not known
 *
 * Return: whether it is known.
 */
bool vcpu_sample_get(const struct vcpu_sample *vcpu, int attribute, uint64_t *ret_value);

/**
 * vm_sample_sum() - sum of one counter over the virtual CPUs
 * @sample: sample
 * @attribute: KVRM_A_VCPU_*
 * @ret_sum: left alone unless it is known of every virtual CPU, and there is at least one; stays at
 *	UINT64_MAX if it would pass that
 *
 * Return: whether it is known.
 */
bool vm_sample_sum(const struct vm_sample *sample, int attribute, uint64_t *ret_sum);

/**
 * vm_sample_next_count() - go through what the kernel has counted of a group
 * @sample: sample
 * @group: group
 * @at: where to go on: 0, or one behind what was returned last
 * @ret_value: number of events, bytes, or µs, as the group has it
 *
 * Return: the next one that is known; KVRM_COUNTS_N: there is no more.
 */
int vm_sample_next_count(const struct vm_sample *sample, enum kvrm_count_group group, int at,
			 uint64_t *ret_value);

/**
 * sample_count_name() - which one of its group a count is
 * @count: count
 *
 * Return: static text such as "oom_kill".
 */
const char *sample_count_name(enum kvrm_count count);

/**
 * sample_limiter_name() - name of a limiter
 * @limiter: limiter
 *
 * Return: static text, "cpu-max" or "task-work", or "unknown" of a newer module's.
 */
const char *sample_limiter_name(enum kvrm_cpu_limiter limiter);

/**
 * sample_exit_name() - the label of an exit reason
 * @reason: enum kvrm_exit
 *
 * Return: static text such as "io".
 */
const char *sample_exit_name(enum kvrm_exit reason);

/**
 * sample_drop_name() - the label of a reason for which a packet was dropped
 * @reason: enum kvrm_drop
 *
 * Return: static text such as "full".
 */
const char *sample_drop_name(enum kvrm_drop reason);

/**
 * nic_flow_dropped() - how many packets were dropped
 * @flow: one direction of a NIC
 *
 * Return: for whatever reason.
 */
uint64_t nic_flow_dropped(const struct nic_flow_sample *flow);

/**
 * sample_overhead_name() - the label of what QEMU's other threads are for
 * @kind: enum kvrm_cpu_overhead
 *
 * Return: static text such as "emulator".
 */
const char *sample_overhead_name(enum kvrm_cpu_overhead kind);

#endif
