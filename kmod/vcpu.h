/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_VCPU_H
#define KVRM_VCPU_H

#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "kmod/modes.h"

struct kvrm_probed;
struct kvrm_throttle;
struct kvrm_throttled;

/**
 * struct kvrm_vcpu - one virtual CPU of a registered guest, and what it did so far
 * @vcpu: KVM's object, alive as long as the guest holds its reference on the VM
 * @pid: thread that ran it when last looked at; referenced; NULL before the first run
 * @task: the same thread; referenced; NULL if it is gone
 * @throttled: holds the thread back; NULL: nothing does
 * @probed: what probes find out about it; NULL: none is attached
 * @exec_ns: the thread's CPU time at the last sample, never going back
 * @delay_ns: the thread's run delay at the last sample
 * @paused_ns: for how long @throttled had held the thread back at the last sample
 * @halt_ns: KVM's halt time at the last sample, with what was added for a halt that lasts
 * @halt_counted_ns: the same without
 * @blocked: KVM told then that it blocks
 * @sampled_ns: when that was (ktime_get_ns())
 * @spare_ns: time before that which no state has claimed yet; below 0: what they claimed too much
 * @forgiven_ns: of what they claimed too much, that for which no later time makes up
 * @wait_ns: growth of the run delay in the last sample, ready or limited
 * @running_ns: CPU time since the guest was registered
 * @ready_ns: time it waited for others
 * @limited_ns: time it waited for its own limit or its guest's
 * @halted_ns: time the guest had it halted
 * @waiting_ns: time it did nothing of all that
 * @elapsed_ns: time since it was registered; what it did and @spare_ns, less @forgiven_ns, add up
 *	to it
 * @modes: what of @running_ns was the guest's, the kernel's and its process's
 *
 * Everything is protected by the guest's lock.
 */
struct kvrm_vcpu {
	struct kvm_vcpu *vcpu;
	struct pid *pid;
	struct task_struct *task;
	struct kvrm_throttled *throttled;
	struct kvrm_probed *probed;
	u64 exec_ns;
	u64 delay_ns;
	u64 paused_ns;
	u64 halt_ns;
	u64 halt_counted_ns;
	bool blocked;
	u64 sampled_ns;
	s64 spare_ns;
	s64 forgiven_ns;
	u64 wait_ns;
	u64 running_ns;
	u64 ready_ns;
	u64 limited_ns;
	u64 halted_ns;
	u64 waiting_ns;
	u64 elapsed_ns;
	struct kvrm_modes modes;
};

struct kvrm_vcpu *kvrm_vcpu_new(struct kvm_vcpu *vcpu, struct kvrm_throttle *throttle);
void kvrm_vcpu_free(struct kvrm_vcpu *v);
u64 kvrm_vcpu_sample(struct kvrm_vcpu *v, struct kvrm_throttle *throttle);
void kvrm_vcpu_probe(struct kvrm_vcpu *v, u32 groups);
u64 kvrm_vcpu_excess_ns(void);

#endif
