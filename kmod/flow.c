// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest used and wanted since the last tick, for the controller.
 *
 * All threads of the process count: virtual CPUs, QEMU's own, and vhost's workers, which are
 * threads of QEMU since 6.4. Running plus waiting is demand. Both come from the scheduler's own
 * clocks, not from samples, so that sleeping at the right moment hides nothing.
 */
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/time64.h>

#include "kmod/flow.h"
#include "kmod/guest.h"
#include "kmod/pool.h"
#include "kmod/task.h"
#include "kmod/throttle.h"

/* All threads of a guest's process, those that have ended included as far as they ran. */
static void kvrm_flow_sum(struct kvrm_guest *guest, u64 *ret_exec_ns, u64 *ret_wait_ns)
{
	struct task_struct *leader, *thread;
	u64 exec_ns = 0, wait_ns = 0;

	/* Threads are freed under RCU; the signal structure lives as long as its threads do. */
	rcu_read_lock();
	leader = pid_task(guest->process, PIDTYPE_TGID);
	if (leader) {
		exec_ns = READ_ONCE(leader->signal->sum_sched_runtime);
		for_each_thread(leader, thread) {
			exec_ns += kvrm_task_exec(thread);
			wait_ns += kvrm_task_wait(thread);
		}
	}
	rcu_read_unlock();
	*ret_exec_ns = exec_ns;
	*ret_wait_ns = wait_ns;
}

/**
 * kvrm_flow_begin() - measure from now on
 * @guest: attached
 */
void kvrm_flow_begin(struct kvrm_guest *guest)
{
	lockdep_assert_held(&kvrm_tree_lock);
	kvrm_flow_sum(guest, &guest->exec_ns, &guest->wait_ns);
}

/**
 * kvrm_flow_measure() - set what the guest used and waited since the last time
 * @guest: in the tree; its node's flow is written
 */
void kvrm_flow_measure(struct kvrm_guest *guest)
{
	struct kvrm_flow *flow = &guest->node.flow;
	u64 exec_ns, wait_ns;

	lockdep_assert_held(&kvrm_tree_lock);
	kvrm_flow_sum(guest, &exec_ns, &wait_ns);
	kvrm_throttle_charge_others(guest->throttle, exec_ns);
	flow->used_us = exec_ns > guest->exec_ns ? (exec_ns - guest->exec_ns) / NSEC_PER_USEC : 0;
	/* A thread that ends takes what it waited with it. */
	flow->wait_us = wait_ns > guest->wait_ns ? (wait_ns - guest->wait_ns) / NSEC_PER_USEC : 0;
	/* What is left of a µs is counted the next time. */
	guest->exec_ns += flow->used_us * NSEC_PER_USEC;
	guest->wait_ns = wait_ns;
}
