/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_GUEST_H
#define KVRM_GUEST_H

#include <linux/cgroup.h>
#include <linux/kref.h>
#include <linux/kvm_host.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/kvrm.h>

#include "kmod/find.h"

/**
 * struct kvrm_guest - a KVM virtual machine bound to a cgroup
 * @ref: held by the registry while registered, by @exit_work while queued, and by each user
 * @id: key in the registry; set once, before the guest is published
 * @uuid: given by the caller; constant
 * @cgroup_id: constant
 * @pid: of the process that owns the VM; constant
 * @cgroup: referenced
 * @vm: the VM and how to let go of it; released when the guest is detached
 * @notifier: tells when the VM's process ends
 * @exit_work: removes the guest when @notifier fired
 * @on_exit: what @exit_work calls
 * @exited: the process has ended; set before @exit_work is queued
 * @lock: protects everything below; never held together with the registry's lock
 * @name: for people
 * @attached: the VM is there: @vm, the files and @vcpus may be used
 * @cpu_max: the cgroup's cpu.max, open for writing
 * @cpu_stat: the cgroup's cpu.stat
 * @limit_us: processor limit in µs of CPU time per second, 0 if unlimited
 * @quota_us: what was written to cpu.max for it
 * @period_us: what was written to cpu.max for it
 * @vcpus: struct kvrm_vcpu by KVM's vcpu_idx
 * @sampled_ns: when the counters were last brought up to date (ktime_get_ns())
 * @usage_base_us: cpu.stat's usage_usec at registration
 * @throttled_base_us: cpu.stat's throttled_usec at registration
 * @usage_us: cpu.stat's usage_usec at the last sample
 * @throttled_us: cpu.stat's throttled_usec at the last sample
 * @unattributed_ns: limited time not yet found in any virtual CPU's wait
 */
struct kvrm_guest {
	struct kref ref;
	u32 id;
	uuid_t uuid;
	u64 cgroup_id;
	pid_t pid;
	struct cgroup *cgroup;
	struct kvrm_vm vm;
	struct mmu_notifier notifier;
	struct work_struct exit_work;
	void (*on_exit)(struct kvrm_guest *guest);
	bool exited;

	struct mutex lock;
	char name[KVRM_GUEST_NAME_MAX + 1];
	bool attached;
	struct file *cpu_max;
	struct file *cpu_stat;
	u64 limit_us;
	u64 quota_us;
	u64 period_us;
	struct xarray vcpus;
	u64 sampled_ns;
	u64 usage_base_us;
	u64 throttled_base_us;
	u64 usage_us;
	u64 throttled_us;
	u64 unattributed_ns;
};

int kvrm_guest_init(void);
void kvrm_guest_exit(void);

struct kvrm_guest *kvrm_guest_new(struct cgroup *cgroup, const struct path *dir,
				  struct netlink_ext_ack *extack);
int kvrm_guest_attach(struct kvrm_guest *guest, struct kvrm_vm *vm,
		      void (*on_exit)(struct kvrm_guest *guest));
void kvrm_guest_detach(struct kvrm_guest *guest);
struct kvrm_guest *kvrm_guest_get(struct kvrm_guest *guest);
void kvrm_guest_put(struct kvrm_guest *guest);

#endif
