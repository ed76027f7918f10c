// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one virtual CPU did, from fields that the scheduler and KVM keep anyway.
 *
 * running  the thread's CPU time; see task.c.
 * waiting  task->sched_info.run_delay: runnable, but not running. It grows when the thread gets to
 *	    run again, so it is late by at most one wait. Time held back by cpu.max is in it; stat.c
 *	    splits it into ready and limited. What a throttle holds back is sleep to the scheduler,
 *	    and is limited time without doubt.
 * halted   vcpu->stat.generic.halt_wait_ns, which grows when a halt ends; while one lasts and the
 *	    thread is off CPU, the time since it left the CPU is added. KVM's clock also runs while
 *	    the thread goes to sleep and while it waits to run again, which are running and waiting;
 *	    so what counts as halted is at most what these leave of the time since the last sample,
 *	    and of a tick before it, by which the counters of the scheduler may be late.
 *
 * The additions are read without the run queue's lock and may be off by a little for a moment.
 * Therefore what was counted is never taken back: a reading below the last one counts as no
 * growth.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "kmod/compat/compat.h"
#include "kmod/task.h"
#include "kmod/throttle.h"
#include "kmod/vcpu.h"
#include "kvrm/cpumax.h"

/* How much a reading has grown; remembers the highest one. */
static u64 kvrm_vcpu_growth(u64 *last, u64 now)
{
	u64 growth = now > *last ? now - *last : 0;

	*last += growth;
	return growth;
}

/*
 * What the thread waited. A wait is in the scheduler's counter once it is over; one that lasts
 * already longer than cpu.max makes it last is added. Shorter ones are not, so that cpu.stat, which
 * also tells of them only when they are over, tells not later.
 */
static u64 kvrm_vcpu_delay(struct task_struct *task)
{
	u64 waiting_ns = kvrm_task_waiting(task);

	return READ_ONCE(task->sched_info.run_delay) +
	       (waiting_ns > KVRM_CPUMAX_PERIOD_MAX_US * NSEC_PER_USEC ? waiting_ns : 0);
}

static u64 kvrm_vcpu_halt(struct kvrm_vcpu *v)
{
	u64 halt_ns = READ_ONCE(v->vcpu->stat.generic.halt_wait_ns);

	if (v->task && READ_ONCE(v->vcpu->stat.generic.blocking) && !READ_ONCE(v->task->on_cpu) &&
	    READ_ONCE(v->task->__state) != TASK_RUNNING)
		halt_ns += kvrm_task_since_update(v->task);
	return halt_ns;
}

/* Follow the virtual CPU to the thread that runs it now. */
static void kvrm_vcpu_follow_thread(struct kvrm_vcpu *v)
{
	struct pid *pid = kvrm_compat_vcpu_pid(v->vcpu);

	if (pid == v->pid) {
		put_pid(pid);
		return;
	}
	kvrm_throttled_release(v->throttled);
	v->throttled = NULL;
	if (v->task)
		put_task_struct(v->task);
	put_pid(v->pid);
	v->pid = pid;
	v->task = get_pid_task(pid, PIDTYPE_PID);
	if (v->task) {
		v->exec_ns = kvrm_task_exec(v->task);
		v->delay_ns = kvrm_vcpu_delay(v->task);
	}
}

/* Without memory for it, cpu.max alone holds the thread until the next sample. */
static void kvrm_vcpu_follow(struct kvrm_vcpu *v, struct kvrm_throttle *throttle)
{
	kvrm_vcpu_follow_thread(v);
	if (!throttle || !v->task || v->throttled)
		return;
	v->throttled = kvrm_throttled_new(throttle, v->task);
	v->paused_ns = 0;
}

/**
 * kvrm_vcpu_new() - begin to count a virtual CPU
 * @vcpu: of a VM that the caller holds a reference on until kvrm_vcpu_free()
 * @throttle: that shall hold it back; may be NULL
 *
 * Return: the new object, counting from now; NULL if there is no memory.
 */
struct kvrm_vcpu *kvrm_vcpu_new(struct kvm_vcpu *vcpu, struct kvrm_throttle *throttle)
{
	struct kvrm_vcpu *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return NULL;
	v->vcpu = vcpu;
	kvrm_vcpu_follow(v, throttle);
	v->halt_ns = kvrm_vcpu_halt(v);
	v->sampled_ns = ktime_get_ns();
	return v;
}

/**
 * kvrm_vcpu_free() - release a virtual CPU; NULL is allowed
 * @v: what to release
 */
void kvrm_vcpu_free(struct kvrm_vcpu *v)
{
	if (!v)
		return;
	kvrm_throttled_release(v->throttled);
	if (v->task)
		put_task_struct(v->task);
	put_pid(v->pid);
	kfree(v);
}

/**
 * kvrm_vcpu_sample() - bring the counters up to date, except for what is ready or limited
 * @v: the virtual CPU; its guest's lock is held
 * @throttle: the guest's; may be NULL
 *
 * Leaves in @v->wait_ns what is to be split into ready and limited.
 *
 * Return: ns for which the throttle held it back since the last sample, which are counted.
 */
u64 kvrm_vcpu_sample(struct kvrm_vcpu *v, struct kvrm_throttle *throttle)
{
	u64 ran_ns = 0, paused_ns, halted_ns, left_ns, now_ns;

	kvrm_vcpu_follow(v, throttle);
	v->wait_ns = 0;
	if (v->task) {
		v->wait_ns = kvrm_vcpu_growth(&v->delay_ns, kvrm_vcpu_delay(v->task));
		ran_ns = kvrm_vcpu_growth(&v->exec_ns, kvrm_task_exec(v->task));
	}
	paused_ns = kvrm_vcpu_growth(&v->paused_ns, kvrm_throttled_paused_ns(v->throttled));
	halted_ns = kvrm_vcpu_growth(&v->halt_ns, kvrm_vcpu_halt(v));

	now_ns = ktime_get_ns();
	left_ns = v->spare_ns + now_ns - v->sampled_ns;
	left_ns -= min(left_ns, ran_ns + v->wait_ns + paused_ns);
	halted_ns = min(halted_ns, left_ns);
	v->spare_ns = min_t(u64, left_ns - halted_ns, TICK_NSEC);
	v->sampled_ns = now_ns;

	v->running_ns += ran_ns;
	v->limited_ns += paused_ns;
	v->halted_ns += halted_ns;
	return paused_ns;
}
