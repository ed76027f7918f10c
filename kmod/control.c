// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control thread: measures, lets the controller compute (include/kvrm/control.c), writes
 * weights.
 *
 * It ticks every KVRM_TICK_BUSY_US while somebody waits for a CPU and can be weighed, more slowly
 * while nobody does, and not at all without guests. It runs as a real-time thread of the lowest
 * priority, because it is needed most when all CPUs are busy, and sleeps on nothing but locks and
 * cgroup files. A tick allocates nothing, unless a cgroup's files are others than before.
 *
 * Every KVRM_VERIFY_MS it also looks whether somebody else changed what it has written. And it
 * tells that CPUs came or went, whoever noticed first: a callback of the kernel's wakes it for
 * that.
 */
#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include <linux/wait.h>

#include "kmod/control.h"
#include "kmod/event.h"
#include "kmod/flow.h"
#include "kmod/guest.h"
#include "kmod/pool.h"

#define KVRM_TICK_BUSY_US 10000
#define KVRM_TICK_IDLE_US 50000
#define KVRM_VERIFY_MS	  500

static struct task_struct *kvrm_control_thread;
static DECLARE_WAIT_QUEUE_HEAD(kvrm_control_wait);

/* CPUs came or went, which is still to be told. */
static bool kvrm_control_resized;
static int kvrm_control_cpu_came, kvrm_control_cpu_went;

/* The cgroup whose weight a node has; NULL: it is not to be weighed. */
static struct kvrm_cgcpu *kvrm_control_weighed(struct kvrm_node *node)
{
	struct kvrm_cgcpu *cpu;

	if (!kvrm_root_pool.cpu.cgroup)
		return NULL;
	if (node->pool)
		cpu = &kvrm_pool_of(node)->cpu;
	else
		cpu = kvrm_guest_of(node)->placed ? &kvrm_guest_of(node)->cpu : NULL;
	return cpu && cpu->weight ? cpu : NULL;
}

static void kvrm_control_write(bool all)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;
	struct kvrm_cgcpu *cpu;

	for (node = root; node; node = kvrm_node_after(node, root)) {
		cpu = kvrm_control_weighed(node);
		if (!cpu)
			continue;
		if (all || kvrm_weight_differs(node->flow.weight, cpu->weight_written))
			kvrm_cgcpu_weight(cpu, node->flow.weight);
	}
}

static void kvrm_control_verify(void)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;

	for (node = root; node; node = kvrm_node_after(node, root))
		kvrm_cgcpu_verify(node->pool ? &kvrm_pool_of(node)->cpu
					     : &kvrm_guest_of(node)->cpu);
}

static void kvrm_control_measure(void)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;

	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (!node->pool)
			kvrm_flow_measure(kvrm_guest_of(node));
	}
}

static bool kvrm_control_has_work(void)
{
	return kthread_should_stop() || READ_ONCE(kvrm_root_pool.node.first) ||
	       READ_ONCE(kvrm_control_resized);
}

/* Wait for the next tick; without guests until there are some, or other CPUs. */
static void kvrm_control_sleep(u32 interval_us)
{
	ktime_t interval = ns_to_ktime(interval_us * NSEC_PER_USEC);

	if (!READ_ONCE(kvrm_root_pool.node.first)) {
		wait_event_interruptible(kvrm_control_wait, kvrm_control_has_work());
		return;
	}
	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
		schedule_hrtimeout_range(&interval, 100 * NSEC_PER_USEC, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
}

/* Whether somebody waits for a CPU, and weights can be written. */
static bool kvrm_control_is_busy(void)
{
	return kvrm_root_pool.node.flow.hungry && kvrm_root_pool.cpu.cgroup;
}

static int kvrm_control_run(void *unused)
{
	u64 last_ns = ktime_get_ns(), verified_ns = last_ns, now_ns;
	u32 interval_us = KVRM_TICK_IDLE_US;
	bool resized;

	while (!kthread_should_stop()) {
		kvrm_control_sleep(interval_us);
		resized = xchg(&kvrm_control_resized, false);
		mutex_lock(&kvrm_tree_lock);
		kvrm_pool_refresh_capacity();
		now_ns = ktime_get_ns();
		kvrm_control_measure();
		kvrm_control_tick(&kvrm_root_pool.node, &kvrm_host_cpu,
				  clamp_t(u64, div_u64(now_ns - last_ns, NSEC_PER_USEC), 1,
					  USEC_PER_SEC));
		last_ns = now_ns;
		kvrm_control_write(false);
		if (now_ns - verified_ns >= KVRM_VERIFY_MS * NSEC_PER_MSEC) {
			kvrm_control_verify();
			verified_ns = now_ns;
		}
		interval_us = kvrm_control_is_busy() ? KVRM_TICK_BUSY_US : KVRM_TICK_IDLE_US;
		mutex_unlock(&kvrm_tree_lock);
		if (resized)
			kvrm_event_pool_changed(&kvrm_root_pool);
	}
	return 0;
}

/**
 * kvrm_control_wake() - there may be guests now
 */
void kvrm_control_wake(void)
{
	wake_up_interruptible(&kvrm_control_wait);
}

/* The mask of CPUs says so already. */
static int kvrm_control_resize(unsigned int cpu)
{
	WRITE_ONCE(kvrm_control_resized, true);
	kvrm_control_wake();
	return 0;
}

/* A CPU that comes is online late in its bringing up; one that goes is offline early. */
static int kvrm_control_watch_cpus(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "kvrm:went", NULL,
					kvrm_control_resize);
	if (err < 0)
		return err;
	kvrm_control_cpu_went = err;
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "kvrm:came", kvrm_control_resize,
					NULL);
	if (err < 0) {
		cpuhp_remove_state_nocalls(kvrm_control_cpu_went);
		return err;
	}
	kvrm_control_cpu_came = err;
	return 0;
}

/**
 * kvrm_control_interval_us() - how often entitlements are computed while guests compete
 *
 * Return: µs.
 */
u32 kvrm_control_interval_us(void)
{
	return KVRM_TICK_BUSY_US;
}

/**
 * kvrm_control_init() - start the thread
 *
 * Return: 0 or a negative errno.
 */
int kvrm_control_init(void)
{
	struct task_struct *thread = kthread_create(kvrm_control_run, NULL, "kvrm_control");
	int err;

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	err = kvrm_control_watch_cpus();
	if (err) {
		kthread_stop(thread);
		return err;
	}
	sched_set_fifo_low(thread);
	kvrm_control_thread = thread;
	wake_up_process(thread);
	return 0;
}

/* Guests' limits are left when they are removed. */
static void kvrm_control_leave_pools(void)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;

	for (node = root; node; node = kvrm_node_after(node, root)) {
		struct kvrm_pool *pool = kvrm_pool_of(node);

		if (node->pool)
			kvrm_cgcpu_leave(&pool->cpu, pool->cpu.limit_us);
	}
}

/**
 * kvrm_control_exit() - stop the thread; leave weights, and limits of pools, that need none
 *
 * Guests are still in the tree, and nobody changes it any more.
 */
void kvrm_control_exit(void)
{
	cpuhp_remove_state_nocalls(kvrm_control_cpu_came);
	cpuhp_remove_state_nocalls(kvrm_control_cpu_went);
	kthread_stop(kvrm_control_thread);
	mutex_lock(&kvrm_tree_lock);
	kvrm_control_static(&kvrm_root_pool.node, &kvrm_host_cpu);
	kvrm_control_write(true);
	kvrm_control_leave_pools();
	mutex_unlock(&kvrm_tree_lock);
}
