/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_GUEST_H
#define KVRM_GUEST_H

#include <linux/kref.h>
#include <linux/kvm_host.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/kvrm.h>

#include "kmod/cgcpu.h"
#include "kmod/cgmem.h"
#include "kmod/find.h"
#include "kmod/threads.h"
#include "kmod/young.h"
#include "kvrm/beat.h"
#include "kvrm/node.h"

/**
 * struct kvrm_guest_samples - where a guest stands in the sample ring; of the thread that writes it
 * @pulse: when it is sampled
 * @session: of readers in which @pulse was begun
 * @round: in which it was sampled last
 * @due: it is to be sampled in the present one
 * @missed: samples that were not taken, because their time had passed; others read it in one word
 */
struct kvrm_guest_samples {
	struct kvrm_pulse pulse;
	u32 session;
	u32 round;
	bool due;
	u64 missed;
};

/**
 * struct kvrm_guest - a KVM virtual machine bound to a cgroup
 * @ref: held by the registry while registered, by @exit_work while queued, and by each user
 * @id: key in the registry; set once, before the guest is published
 * @uuid: given by the caller; constant
 * @process: that owns the VM; referenced; constant
 * @vm: the VM and how to let go of it; released when the guest is detached
 * @notifier: tells when the VM's process ends
 * @exit_work: removes the guest when @notifier fired
 * @on_exit: what @exit_work calls
 * @exited: the process has ended; set before @exit_work is queued
 * @throttle: holds its virtual CPUs back; constant; NULL: cpu.max alone does
 * @node: its place in the tree, its allocation and what it is due; kvrm_tree_lock
 * @cpu: its cgroup; kvrm_tree_lock, and @lock as well for another cgroup in its place
 * @mem: the cgroup's memory; NULL: it has none, or nobody has looked for it yet; kvrm_tree_lock
 * @overhead_bytes: of its memory reservation in @node, what its process needs beside the guest's
 *	memory; kvrm_tree_lock
 * @memory_limit_bytes: that its memory must not exceed; 0: none; kvrm_tree_lock
 * @placed: its cgroup lies directly in its pool's and is not adopted, so that it can be weighed and
 *	protected; kvrm_tree_lock
 * @vcpu_limit_us: limit of each virtual CPU, µs of CPU time per second; 0: none; kvrm_tree_lock
 * @sample_rate_hz: how often it is sampled into the ring; 0: not at all; changed under
 *	kvrm_tree_lock, and read in one word
 * @probes: groups of probes that are asked for, KVRM_PROBE_*; as @sample_rate_hz
 * @samples: see there
 * @exec_ns: CPU time of the process's threads at the last tick; kvrm_tree_lock
 * @wait_ns: time they waited, likewise
 * @lock: protects everything below
 * @name: for people
 * @attached: the VM is there: @vm, the files, @vcpus and @threads may be used
 * @vcpus: struct kvrm_vcpu by KVM's vcpu_idx
 * @sampled_ns: when the counters were last brought up to date (ktime_get_ns())
 * @usage_base_us: cpu.stat's usage_usec at registration
 * @throttled_base_us: cpu.stat's throttled_usec at registration
 * @usage_us: cpu.stat's usage_usec at the last sample
 * @throttled_us: cpu.stat's throttled_usec at the last sample
 * @paused_ns: time that @throttle held virtual CPUs back since registration
 * @unattributed_ns: limited time not yet found in any virtual CPU's wait
 * @threads: what the threads of @process run
 * @young: how much of its memory it uses
 */
struct kvrm_guest {
	struct kref ref;
	u32 id;
	uuid_t uuid;
	struct pid *process;
	struct kvrm_vm vm;
	struct mmu_notifier notifier;
	struct work_struct exit_work;
	void (*on_exit)(struct kvrm_guest *guest);
	bool exited;
	struct kvrm_throttle *throttle;

	struct kvrm_node node;
	struct kvrm_cgcpu cpu;
	struct kvrm_cgmem *mem;
	u64 overhead_bytes;
	u64 memory_limit_bytes;
	bool placed;
	u64 vcpu_limit_us;
	u32 sample_rate_hz;
	u32 probes;
	struct kvrm_guest_samples samples;
	u64 exec_ns;
	u64 wait_ns;

	struct mutex lock;
	char name[KVRM_GUEST_NAME_MAX + 1];
	bool attached;
	struct xarray vcpus;
	u64 sampled_ns;
	u64 usage_base_us;
	u64 throttled_base_us;
	u64 usage_us;
	u64 throttled_us;
	u64 paused_ns;
	u64 unattributed_ns;
	struct kvrm_threads threads;
	struct kvrm_young young;
};

int kvrm_guest_init(void);
void kvrm_guest_exit(void);

struct kvrm_guest *kvrm_guest_new(int cgroup_fd, bool adopted, struct netlink_ext_ack *extack);
int kvrm_guest_attach(struct kvrm_guest *guest, struct kvrm_vm *vm,
		      void (*on_exit)(struct kvrm_guest *guest));
void kvrm_guest_detach(struct kvrm_guest *guest);
struct kvrm_guest *kvrm_guest_get(struct kvrm_guest *guest);
void kvrm_guest_put(struct kvrm_guest *guest);

static inline struct kvrm_guest *kvrm_guest_of(struct kvrm_node *node)
{
	return container_of(node, struct kvrm_guest, node);
}

#endif
