/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_PROBE_H
#define KVRM_PROBE_H

#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/kvrm.h>

#include "kvrm/latency.h"

/* Reasons for which KVM_RUN returns (KVM_EXIT_*); others are counted as KVM_EXIT_UNKNOWN, 0. */
#define KVRM_PROBE_USER_REASONS 48
/* All groups of probes. */
#define KVRM_PROBE_ALL (KVRM_PROBE_EXITS | KVRM_PROBE_USER_EXITS | KVRM_PROBE_WAKEUPS)

/**
 * struct kvrm_probed - what probes found out about one virtual CPU
 * @link: in the table of all by thread
 * @rcu: frees it
 * @vcpu: which
 * @task: the thread that runs it
 * @groups: of KVRM_PROBE_*
 * @begun: it has entered its guest since; what follows is of its thread alone
 * @in_guest: it is in its guest
 * @since_ns: since when it is, or is not (local_clock()); 0: not known
 * @user_ns: when it returned to its user; 0: it did not since it was in the guest
 * @user_reason: why
 * @seen: KVM's counters at the last entry, in the order of enum kvrm_exit_class
 * @runs: how often the thread had got a CPU by then
 * @sleeps: how often it had given one up by then
 * @delay_ns: how long it had waited for CPUs by then
 * @inside_ns: time it spent in its guest; others read this and all that follows, a word at a time
 * @calls: how often probes ran for it
 * @cost_ns: what they took, estimated from one call in many
 * @exits: time from an exit to the next entry
 * @user_exits: how often it returned to its user
 * @user_exit_ns: time from there to the next entry
 * @wakeups: time from a wake-up to running
 */
struct kvrm_probed {
	struct hlist_node link;
	struct rcu_head rcu;
	struct kvm_vcpu *vcpu;
	struct task_struct *task;
	u32 groups;

	bool begun;
	bool in_guest;
	u64 since_ns;
	u64 user_ns;
	u32 user_reason;
	u64 seen[KVRM_EXIT_CLASS_SIGNAL + 1];
	unsigned long runs;
	unsigned long sleeps;
	u64 delay_ns;

	u64 inside_ns;
	u64 calls;
	u64 cost_ns;
	struct kvrm_latency exits[KVRM_EXIT_CLASS_SIGNAL + 1];
	u64 user_exits[KVRM_PROBE_USER_REASONS];
	u64 user_exit_ns[KVRM_PROBE_USER_REASONS];
	struct kvrm_latency wakeups;
};

int kvrm_probe_init(void);
void kvrm_probe_exit(void);
u32 kvrm_probe_available(void);
struct kvrm_probed *kvrm_probed_new(struct kvm_vcpu *vcpu, struct task_struct *task, u32 groups);
void kvrm_probed_free(struct kvrm_probed *p);

#endif
