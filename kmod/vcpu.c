// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one virtual CPU did, from fields that the scheduler and KVM keep anyway.
 *
 * running  the thread's CPU time; see task.c. What of it was the guest's is in modes.c.
 * delayed  task->sched_info.run_delay: runnable, but not running. It grows when the thread gets to
 *	    run again, so it is late by at most one wait. Time held back by cpu.max is in it; stat.c
 *	    splits it into ready and limited. What a throttle holds back is sleep to the scheduler,
 *	    and is limited time without doubt.
 * halted   vcpu->stat.generic.halt_wait_ns, which grows when a halt ends; while one lasts and the
 *	    thread is off CPU, the time since it left the CPU is added. KVM's clock also runs while
 *	    the thread goes to sleep and while it waits to run again, which are running and delayed;
 *	    so what counts as halted is at most what these leave of the time since the last sample,
 *	    and of what was left open before it.
 * waiting  the rest of the time that passed, but for what is left open: a tick, by which the
 *	    scheduler's counters may be late, a wait for a CPU that lasts, CPU time of a CPU without
 *	    ticks, and a sleep that has ended and that KVM is about to count. The thread sleeps for
 *	    its user, a page or a lock. Where the scheduler's clock stands still in interrupts
 *	    (CONFIG_IRQ_TIME_ACCOUNTING), these are in it as well, and halted may have some of it.
 *
 * The additions are read without the run queue's lock and may be off by a little for a moment.
 * Therefore what was counted is never taken back: a reading below the last one counts as no
 * growth. Should the states have claimed more time than has passed, later time makes up for it;
 * the most by which they ever did is told, as a check of all this.
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/tick.h>
#include <linux/time64.h>

#include "kmod/compat/compat.h"
#include "kmod/modes.h"
#include "kmod/probe.h"
#include "kmod/task.h"
#include "kmod/throttle.h"
#include "kmod/vcpu.h"
#include "kvrm/cpumax.h"

/* No more than that is made up for: clocks differ by some millionths, a lot after weeks. */
#define KVRM_VCPU_DEBT_NS ((s64)(KVRM_CPUMAX_PERIOD_MAX_US * NSEC_PER_USEC))

/* What a reading may take; one that took longer, because the reader was held up, is made again. */
#define KVRM_VCPU_READING_NS NSEC_PER_MSEC
#define KVRM_VCPU_READINGS   3

/* See kvrm_vcpu_excess_ns(). */
static atomic64_t kvrm_vcpu_excess_max_ns = ATOMIC64_INIT(0);

/**
 * struct kvrm_vcpu_reading - what a virtual CPU's thread and KVM say at one moment
 * @now_ns: ktime_get_ns()
 * @ran_ns: CPU time since the last reading
 * @delay_ns: time it waited for a CPU since then, as far as such waits are over
 * @open_ns: time that the scheduler has not counted yet, and will
 * @paused_ns: time its throttle held it back since then
 * @halted_ns: time that KVM says it was halted since then; the others' time may be in it
 * @wakes: a halt is over, and KVM has not counted it yet
 */
struct kvrm_vcpu_reading {
	u64 now_ns;
	u64 ran_ns;
	u64 delay_ns;
	u64 open_ns;
	u64 paused_ns;
	u64 halted_ns;
	bool wakes;
};

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
 * also tells of them only when they are over, tells not later; they are told in @ret_pending_ns.
 */
static u64 kvrm_vcpu_delay(struct task_struct *task, u64 *ret_pending_ns)
{
	u64 delay_ns = READ_ONCE(task->sched_info.run_delay);

	*ret_pending_ns = kvrm_task_waiting(task);
	if (*ret_pending_ns > KVRM_CPUMAX_PERIOD_MAX_US * NSEC_PER_USEC) {
		delay_ns += *ret_pending_ns;
		*ret_pending_ns = 0;
	}
	return delay_ns;
}

/* CPU time since the last sample that kvrm_task_exec() does not tell, for want of ticks. */
static u64 kvrm_vcpu_unbooked(const struct kvrm_vcpu *v)
{
	u64 since_ns;

	if (!READ_ONCE(v->task->on_cpu) || !tick_nohz_full_cpu(task_cpu(v->task)))
		return 0;
	since_ns = min(kvrm_task_since_update(v->task), ktime_get_ns() - v->sampled_ns);
	return since_ns - min_t(u64, since_ns, TICK_NSEC);
}

/*
 * What it was halted since it was asked last. KVM counts a halt a moment after it no longer tells
 * that it blocks; if it does not, the sleep was none of a halt, as when a virtual CPU waits to be
 * started, and what was added for it is not expected of later ones.
 */
static u64 kvrm_vcpu_halt(struct kvrm_vcpu *v, bool *ret_wakes)
{
	bool blocking = v->task && READ_ONCE(v->vcpu->stat.generic.blocking);
	bool asleep = blocking && !READ_ONCE(v->task->on_cpu) &&
		      READ_ONCE(v->task->__state) != TASK_RUNNING;
	u64 counted_ns, growth_ns;
	bool due;

	/* The flag before the counter, which grows after the flag was cleared. */
	smp_rmb();
	counted_ns = READ_ONCE(v->vcpu->stat.generic.halt_wait_ns);
	due = !blocking && v->blocked && counted_ns == v->halt_counted_ns;
	*ret_wakes = due || (blocking && !asleep);
	growth_ns = kvrm_vcpu_growth(&v->halt_ns,
				     counted_ns + (asleep ? kvrm_task_since_update(v->task) : 0));
	if (!blocking && !due)
		v->halt_ns = counted_ns;
	v->blocked = blocking;
	v->halt_counted_ns = counted_ns;
	return growth_ns;
}

/* Follow the virtual CPU to the thread that runs it now. */
static void kvrm_vcpu_follow_thread(struct kvrm_vcpu *v)
{
	struct pid *pid = kvrm_compat_vcpu_pid(v->vcpu);
	u64 pending_ns;

	if (pid == v->pid) {
		put_pid(pid);
		return;
	}
	kvrm_throttled_release(v->throttled);
	v->throttled = NULL;
	kvrm_probed_free(v->probed);
	v->probed = NULL;
	if (v->task) {
		kvrm_modes_sample(&v->modes, v->task);
		put_task_struct(v->task);
	}
	put_pid(v->pid);
	v->pid = pid;
	v->task = get_pid_task(pid, PIDTYPE_PID);
	if (v->task) {
		v->exec_ns = kvrm_task_exec(v->task);
		kvrm_modes_follow(&v->modes, v->task);
		/* What it has waited already is not the guest's time here. */
		v->delay_ns = kvrm_vcpu_delay(v->task, &pending_ns);
		v->delay_ns += pending_ns;
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
	bool wakes;

	if (!v)
		return NULL;
	v->vcpu = vcpu;
	v->sampled_ns = ktime_get_ns();
	kvrm_vcpu_follow(v, throttle);
	kvrm_vcpu_halt(v, &wakes);
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
	kvrm_probed_free(v->probed);
	if (v->task)
		put_task_struct(v->task);
	put_pid(v->pid);
	kfree(v);
}

static void kvrm_vcpu_read_task(struct kvrm_vcpu *v, struct kvrm_vcpu_reading *r)
{
	u64 delay_ns = kvrm_vcpu_delay(v->task, &r->open_ns);

	r->delay_ns += kvrm_vcpu_growth(&v->delay_ns, delay_ns);
	r->ran_ns += kvrm_vcpu_growth(&v->exec_ns, kvrm_task_exec(v->task));
	r->open_ns += kvrm_vcpu_unbooked(v);
}

/* All at one moment, as far as that goes: what comes between would be time that nobody claims. */
static void kvrm_vcpu_read(struct kvrm_vcpu *v, struct kvrm_vcpu_reading *r)
{
	int tries = 0;
	u64 began_ns;

	*r = (struct kvrm_vcpu_reading){ 0 };
	preempt_disable();
	do {
		began_ns = ktime_get_ns();
		if (v->task)
			kvrm_vcpu_read_task(v, r);
		r->paused_ns +=
			kvrm_vcpu_growth(&v->paused_ns, kvrm_throttled_paused_ns(v->throttled));
		r->halted_ns += kvrm_vcpu_halt(v, &r->wakes);
		r->now_ns = ktime_get_ns();
	} while (r->now_ns - began_ns > KVRM_VCPU_READING_NS && ++tries < KVRM_VCPU_READINGS);
	preempt_enable();
}

static void kvrm_vcpu_note_excess(const struct kvrm_vcpu *v)
{
	s64 excess_ns = v->forgiven_ns - v->spare_ns - (s64)(v->elapsed_ns >> 10);
	s64 most_ns = atomic64_read(&kvrm_vcpu_excess_max_ns);

	while (excess_ns > most_ns &&
	       !atomic64_try_cmpxchg(&kvrm_vcpu_excess_max_ns, &most_ns, excess_ns))
		;
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
	struct kvrm_vcpu_reading r;
	s64 left_ns, waited_ns;
	u64 elapsed_ns;

	kvrm_vcpu_follow(v, throttle);
	kvrm_vcpu_read(v, &r);
	elapsed_ns = r.now_ns - v->sampled_ns;
	left_ns = v->spare_ns + (s64)(elapsed_ns - r.ran_ns - r.delay_ns - r.paused_ns);
	r.halted_ns = min_t(s64, r.halted_ns, max(left_ns - (s64)r.open_ns, 0LL));
	left_ns -= r.halted_ns;
	waited_ns = r.wakes ? 0 : max(left_ns - (s64)(TICK_NSEC + r.open_ns), 0LL);

	v->wait_ns = r.delay_ns;
	v->running_ns += r.ran_ns;
	v->limited_ns += r.paused_ns;
	v->halted_ns += r.halted_ns;
	v->waiting_ns += waited_ns;
	v->elapsed_ns += elapsed_ns;
	v->spare_ns = max(left_ns - waited_ns, -KVRM_VCPU_DEBT_NS);
	v->forgiven_ns += v->spare_ns - (left_ns - waited_ns);
	v->sampled_ns = r.now_ns;
	kvrm_vcpu_note_excess(v);
	return r.paused_ns;
}

/**
 * kvrm_vcpu_probe() - attach probes, or detach them
 * @v: the virtual CPU; its guest's lock is held
 * @groups: of KVRM_PROBE_*; 0: none
 *
 * What other groups have counted is forgotten. Without memory for them, or before the virtual CPU
 * has run, none is attached until the next sample.
 *
 * Context: process, may sleep.
 */
void kvrm_vcpu_probe(struct kvrm_vcpu *v, u32 groups)
{
	struct kvrm_probed *before = v->probed;

	if ((before ? before->groups : 0) == groups)
		return;
	/* The new one first: who uses a tracepoint last and then first again waits for it. */
	v->probed = groups && v->task ? kvrm_probed_new(v->vcpu, v->task, groups) : NULL;
	kvrm_probed_free(before);
}

/**
 * kvrm_vcpu_excess_ns() - how far the states of virtual CPUs were ever from adding up
 *
 * Return: the most by which those of one summed up to more than the time that had passed and a
 * thousandth of it, by which clocks may differ, ns.
 */
u64 kvrm_vcpu_excess_ns(void)
{
	return atomic64_read(&kvrm_vcpu_excess_max_ns);
}
