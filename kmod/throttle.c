// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exact limiter: virtual CPUs are held back on their way into the guest.
 *
 * cpu.max notices at the scheduler's ticks that a quota is used up, which is late by up to a tick
 * for each CPU, and its shortest stop is several ms. Here a timer of high resolution fires when
 * what the running virtual CPUs have left would be used up, and kicks them out of the guest; each
 * then sleeps in a task work before it would enter the guest again (throttle-thread.c).
 *
 * What may be used is in token buckets (include/kvrm/bucket.h): one for the guest as a whole and,
 * where each virtual CPU has a limit, one for each of these. Who finds it empty waits until there
 * is in it what comes in within KVRM_THROTTLE_PAUSE_MS: so stops are about that long, and all
 * virtual CPUs stop and go on together, as if the host had fewer CPUs for a moment. Who was idle
 * finds what comes in within twice that time. Who had to wait for others finds more, to make up for
 * that: on a crowded host a turn of the scheduler comes every 10 ms or so.
 *
 * Use is taken from the scheduler's exact clocks, never sampled, and what was used too much is paid
 * back. What the process's other threads use is charged as well, by the control thread; they are
 * not held back here, but by cpu.max, which stays in force with the same limit.
 *
 * A thread that is not running costs nothing: the timer finds it off its CPU, and leaves the task
 * work with it, by which the thread announces itself when it next enters the guest.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "kmod/compat/compat.h"
#include "kmod/task.h"
#include "kmod/throttle.h"

#define KVRM_THROTTLE_PAUSE_MS 2
/* So many portions it holds at most: what comes in within 4 ms; after waiting for a CPU, 10 ms. */
#define KVRM_THROTTLE_PORTIONS	      2
#define KVRM_THROTTLE_WAITED_PORTIONS 5
#define KVRM_THROTTLE_RUN_MIN_NS      (50 * NSEC_PER_USEC)
/* Who must wait, but has a signal to handle first, is asked again after this time. */
#define KVRM_THROTTLE_ASK_AGAIN_NS (500 * NSEC_PER_USEC)

static bool kvrm_throttle_wanted = true;
module_param_named(task_work, kvrm_throttle_wanted, bool, 0444);
MODULE_PARM_DESC(task_work, "hold limits at guest entry where possible (default: yes)");

/**
 * kvrm_throttle_available() - whether guests get a throttle
 *
 * Return: false if the kernel does not export what it needs, or it was not wanted.
 */
bool kvrm_throttle_available(void)
{
	return KVRM_COMPAT_TASK_WORK && kvrm_throttle_wanted;
}

/**
 * kvrm_throttle_is_active() - whether anything is limited
 * @throttle: its lock is held
 *
 * Return: true if so.
 */
bool kvrm_throttle_is_active(const struct kvrm_throttle *throttle)
{
	return !throttle->closed && (throttle->whole.rate_us || throttle->vcpu_limit_us);
}

/* Of so many threads. A portion is what it holds after a pause. */
static void kvrm_throttle_size_one(struct kvrm_bucket *bucket, u64 limit_us, u32 threads,
				   u64 now_ns)
{
	u64 portion_ns = max(limit_us * KVRM_THROTTLE_PAUSE_MS, threads * KVRM_THROTTLE_RUN_MIN_NS);

	kvrm_bucket_set(bucket, limit_us, KVRM_THROTTLE_PORTIONS * portion_ns,
			KVRM_THROTTLE_WAITED_PORTIONS * portion_ns, now_ns);
}

/* After a change of limits or of the number of threads. */
static void kvrm_throttle_size(struct kvrm_throttle *throttle, u64 limit_us, u64 now_ns)
{
	kvrm_throttle_size_one(&throttle->whole, limit_us, max(throttle->count, 1U), now_ns);
}

/* What a thread used since it was last asked. */
static void kvrm_throttle_charge(struct kvrm_throttle *throttle, struct kvrm_throttled *thread)
{
	u64 exec_ns = kvrm_task_exec(thread->task);

	if (exec_ns <= thread->exec_ns)
		return;
	kvrm_bucket_charge(&throttle->whole, exec_ns - thread->exec_ns);
	kvrm_bucket_charge(&thread->own, exec_ns - thread->exec_ns);
	thread->exec_ns = exec_ns;
}

/* Fill a bucket, and begin a wait if it is empty. */
static void kvrm_throttle_settle_one(struct kvrm_bucket *bucket, u64 *until_ns, u64 now_ns)
{
	kvrm_bucket_fill(bucket, now_ns);
	if (*until_ns > now_ns)
		return;
	*until_ns = kvrm_bucket_is_empty(bucket)
			    ? kvrm_bucket_has_at(bucket, bucket->cap_ns / KVRM_THROTTLE_PORTIONS)
			    : 0;
}

static void kvrm_throttle_settle(struct kvrm_throttle *throttle, u64 now_ns)
{
	struct kvrm_throttled *thread;

	list_for_each_entry(thread, &throttle->threads, link) {
		if (thread->awake)
			kvrm_throttle_charge(throttle, thread);
	}
	kvrm_throttle_settle_one(&throttle->whole, &throttle->until_ns, now_ns);
}

/* When the running threads are to be looked at again. */
static u64 kvrm_throttle_next_ns(struct kvrm_throttle *throttle, u64 now_ns)
{
	u64 lasts_ns = kvrm_bucket_lasts_ns(&throttle->whole, throttle->awake);
	struct kvrm_throttled *thread;

	if (throttle->until_ns > now_ns)
		return now_ns + KVRM_THROTTLE_ASK_AGAIN_NS;
	if (throttle->vcpu_limit_us) {
		list_for_each_entry(thread, &throttle->threads, link) {
			if (!thread->awake)
				continue;
			if (thread->until_ns > now_ns)
				lasts_ns = min_t(u64, lasts_ns, KVRM_THROTTLE_ASK_AGAIN_NS);
			else
				lasts_ns = min(lasts_ns, kvrm_bucket_lasts_ns(&thread->own, 1));
		}
	}
	if (lasts_ns == KVRM_BUCKET_NEVER_NS)
		return KVRM_BUCKET_NEVER_NS;
	return now_ns + max_t(u64, lasts_ns, KVRM_THROTTLE_RUN_MIN_NS);
}

static void kvrm_throttle_arm(struct kvrm_throttle *throttle, u64 now_ns)
{
	u64 next_ns;

	if (!throttle->awake || !kvrm_throttle_is_active(throttle))
		return;
	next_ns = kvrm_throttle_next_ns(throttle, now_ns);
	if (next_ns == KVRM_BUCKET_NEVER_NS ||
	    (hrtimer_is_queued(&throttle->timer) &&
	     ktime_to_ns(hrtimer_get_expires(&throttle->timer)) <= next_ns))
		return;
	hrtimer_start(&throttle->timer, ns_to_ktime(next_ns), HRTIMER_MODE_ABS_HARD);
}

static void kvrm_throttle_rest(struct kvrm_throttle *throttle, struct kvrm_throttled *thread)
{
	if (!thread->awake)
		return;
	thread->awake = false;
	throttle->awake--;
}

static bool kvrm_throttle_has_cpu(const struct kvrm_throttled *thread)
{
	return thread->awake && READ_ONCE(thread->task->on_cpu);
}

static bool kvrm_throttle_any_has_cpu(const struct kvrm_throttle *throttle)
{
	const struct kvrm_throttled *thread;

	list_for_each_entry(thread, &throttle->threads, link) {
		if (kvrm_throttle_has_cpu(thread))
			return true;
	}
	return false;
}

/*
 * Stop who must wait, and let who has no CPU announce itself; the throttle's lock is held. If
 * nobody has one, nothing is filled before: only then is it known who waited for it, and who wanted
 * none.
 */
static void kvrm_throttle_check(struct kvrm_throttle *throttle, u64 now_ns)
{
	bool settle = kvrm_throttle_any_has_cpu(throttle);
	struct kvrm_throttled *thread;

	if (settle)
		kvrm_throttle_settle(throttle, now_ns);
	list_for_each_entry(thread, &throttle->threads, link) {
		if (!thread->awake)
			continue;
		if (settle)
			kvrm_throttle_settle_one(&thread->own, &thread->until_ns, now_ns);
		if (throttle->until_ns <= now_ns && thread->until_ns <= now_ns &&
		    kvrm_throttle_has_cpu(thread))
			continue;
		kvrm_throttle_rest(throttle, thread);
		kvrm_throttled_queue(thread);
	}
	kvrm_throttle_arm(throttle, now_ns);
}

static enum hrtimer_restart kvrm_throttle_expire(struct hrtimer *timer)
{
	struct kvrm_throttle *throttle = container_of(timer, struct kvrm_throttle, timer);
	unsigned long flags;

	raw_spin_lock_irqsave(&throttle->lock, flags);
	kvrm_throttle_check(throttle, ktime_get_ns());
	raw_spin_unlock_irqrestore(&throttle->lock, flags);
	return HRTIMER_NORESTART;
}

/**
 * kvrm_throttle_wait_until() - whether a thread that wants into the guest must wait
 * @throttle: its lock is held
 * @thread: the current one
 * @now_ns: current time
 *
 * Return: when it may go on; @now_ns or less: now.
 */
u64 kvrm_throttle_wait_until(struct kvrm_throttle *throttle, struct kvrm_throttled *thread,
			     u64 now_ns)
{
	u64 waited_ns;

	if (!thread->watched || !kvrm_throttle_is_active(throttle))
		return 0;
	kvrm_throttle_charge(throttle, thread);
	waited_ns = thread->task->sched_info.run_delay - thread->delay_ns;
	thread->delay_ns += waited_ns;
	/*
	 * Others that run have used what is not charged yet. So the bucket is filled only if nobody
	 * does, or if it must be: the timer looks after everybody.
	 */
	if (!throttle->awake)
		kvrm_bucket_fill_waited(&throttle->whole, now_ns, waited_ns);
	if (!throttle->awake || throttle->whole.credit_ns <= 0)
		kvrm_throttle_settle(throttle, now_ns);
	if (!thread->awake)
		kvrm_bucket_fill_waited(&thread->own, now_ns, waited_ns);
	kvrm_throttle_settle_one(&thread->own, &thread->until_ns, now_ns);
	return max(throttle->until_ns, thread->until_ns);
}

/**
 * kvrm_throttle_ran() - a thread goes into the guest now
 * @throttle: its lock is held
 * @thread: the current one
 * @now_ns: current time
 */
void kvrm_throttle_ran(struct kvrm_throttle *throttle, struct kvrm_throttled *thread, u64 now_ns)
{
	if (!thread->watched || !kvrm_throttle_is_active(throttle))
		return;
	if (!thread->awake) {
		thread->awake = true;
		throttle->awake++;
	}
	kvrm_throttle_arm(throttle, now_ns);
}

/**
 * kvrm_throttle_add() - watch one more thread
 * @throttle: its lock is held
 * @thread: new
 */
void kvrm_throttle_add(struct kvrm_throttle *throttle, struct kvrm_throttled *thread)
{
	u64 now_ns = ktime_get_ns();

	thread->base_ns = kvrm_task_exec(thread->task);
	thread->exec_ns = thread->base_ns;
	thread->watched = true;
	list_add_tail(&thread->link, &throttle->threads);
	throttle->count++;
	kvrm_throttle_size(throttle, throttle->whole.rate_us, now_ns);
	thread->delay_ns = thread->task->sched_info.run_delay;
	kvrm_throttle_size_one(&thread->own, throttle->vcpu_limit_us, 1, now_ns);
	if (kvrm_throttle_is_active(throttle))
		kvrm_throttled_queue(thread);
}

/**
 * kvrm_throttle_remove() - watch a thread no longer
 * @throttle: its lock is held
 * @thread: watched
 */
void kvrm_throttle_remove(struct kvrm_throttle *throttle, struct kvrm_throttled *thread)
{
	kvrm_throttle_charge(throttle, thread);
	kvrm_throttle_rest(throttle, thread);
	kvrm_stall_end(&thread->stall, &throttle->stalls);
	thread->watched = false;
	list_del(&thread->link);
	throttle->count--;
	throttle->gone_ns += thread->exec_ns - thread->base_ns;
	kvrm_throttle_size(throttle, throttle->whole.rate_us, ktime_get_ns());
}

/* All threads shall look at what has changed; the throttle's lock is held. */
static void kvrm_throttle_rouse(struct kvrm_throttle *throttle)
{
	struct kvrm_throttled *thread;

	list_for_each_entry(thread, &throttle->threads, link) {
		kvrm_throttle_rest(throttle, thread);
		if (thread->paused_since_ns)
			wake_up_process(thread->task);
		else if (kvrm_throttle_is_active(throttle))
			kvrm_throttled_queue(thread);
	}
}

/**
 * kvrm_throttle_set() - set the limits
 * @throttle: NULL is allowed
 * @limit_us: of the guest as a whole, µs of CPU time per second; 0: none
 * @vcpu_limit_us: of each virtual CPU, likewise
 *
 * What was used too much before is still to be paid back.
 */
void kvrm_throttle_set(struct kvrm_throttle *throttle, u64 limit_us, u64 vcpu_limit_us)
{
	struct kvrm_throttled *thread;
	unsigned long flags;
	u64 now_ns;

	if (!throttle)
		return;
	raw_spin_lock_irqsave(&throttle->lock, flags);
	if (limit_us == throttle->whole.rate_us && vcpu_limit_us == throttle->vcpu_limit_us)
		goto unlock;
	now_ns = ktime_get_ns();
	if (!limit_us)
		throttle->others_known = false;
	/* By the limits before, if there were any. */
	list_for_each_entry(thread, &throttle->threads, link)
		kvrm_throttle_charge(throttle, thread);
	kvrm_bucket_fill(&throttle->whole, now_ns);
	kvrm_throttle_size(throttle, limit_us, now_ns);
	throttle->until_ns = 0;
	throttle->vcpu_limit_us = vcpu_limit_us;
	list_for_each_entry(thread, &throttle->threads, link) {
		kvrm_bucket_fill(&thread->own, now_ns);
		kvrm_throttle_size_one(&thread->own, vcpu_limit_us, 1, now_ns);
		thread->until_ns = 0;
	}
	kvrm_throttle_rouse(throttle);
unlock:
	raw_spin_unlock_irqrestore(&throttle->lock, flags);
}

/* CPU time of the process's other threads; the throttle's lock is held. */
static u64 kvrm_throttle_others_ns(struct kvrm_throttle *throttle, u64 process_exec_ns)
{
	u64 vcpus_ns = throttle->gone_ns;
	struct kvrm_throttled *thread;

	list_for_each_entry(thread, &throttle->threads, link)
		vcpus_ns += kvrm_task_exec(thread->task) - thread->base_ns;
	return kvrm_excess(process_exec_ns, vcpus_ns);
}

/**
 * kvrm_throttle_charge_others() - charge what threads that are no virtual CPUs used
 * @throttle: NULL is allowed
 * @process_exec_ns: CPU time of the whole process, threads that have ended included
 *
 * Both are read one after the other, so what is found may be too little for a while, never too
 * much.
 */
void kvrm_throttle_charge_others(struct kvrm_throttle *throttle, u64 process_exec_ns)
{
	u64 others_ns, now_ns;
	unsigned long flags;

	if (!throttle)
		return;
	raw_spin_lock_irqsave(&throttle->lock, flags);
	if (!throttle->whole.rate_us)
		goto unlock;
	now_ns = ktime_get_ns();
	others_ns = kvrm_throttle_others_ns(throttle, process_exec_ns);
	if (throttle->others_known && others_ns > throttle->others_ns) {
		kvrm_bucket_charge(&throttle->whole, others_ns - throttle->others_ns);
		kvrm_throttle_settle(throttle, now_ns);
	}
	throttle->others_ns =
		throttle->others_known ? max(others_ns, throttle->others_ns) : others_ns;
	throttle->others_known = true;
	kvrm_throttle_check(throttle, now_ns);
unlock:
	raw_spin_unlock_irqrestore(&throttle->lock, flags);
}

/**
 * kvrm_throttle_new() - a throttle without limits
 *
 * Return: it, with one reference; NULL if there is no memory.
 */
struct kvrm_throttle *kvrm_throttle_new(void)
{
	struct kvrm_throttle *throttle = kzalloc(sizeof(*throttle), GFP_KERNEL);

	if (!throttle)
		return NULL;
	kref_init(&throttle->ref);
	raw_spin_lock_init(&throttle->lock);
	INIT_LIST_HEAD(&throttle->threads);
	kvrm_compat_hrtimer_setup(&throttle->timer, kvrm_throttle_expire, CLOCK_MONOTONIC,
				  HRTIMER_MODE_ABS_HARD);
	return throttle;
}

static void kvrm_throttle_free(struct kref *ref)
{
	struct kvrm_throttle *throttle = container_of(ref, struct kvrm_throttle, ref);

	WARN_ON_ONCE(hrtimer_active(&throttle->timer));
	kfree(throttle);
}

/**
 * kvrm_throttle_get() - take a reference
 * @throttle: on which the caller has one
 */
void kvrm_throttle_get(struct kvrm_throttle *throttle)
{
	kref_get(&throttle->ref);
}

/**
 * kvrm_throttle_put() - drop a reference
 * @throttle: may be gone afterwards
 */
void kvrm_throttle_put(struct kvrm_throttle *throttle)
{
	kref_put(&throttle->ref, kvrm_throttle_free);
}

/**
 * kvrm_throttle_close() - hold nobody back any more, ever
 * @throttle: NULL is allowed; the caller still has its reference
 */
void kvrm_throttle_close(struct kvrm_throttle *throttle)
{
	unsigned long flags;

	if (!throttle)
		return;
	raw_spin_lock_irqsave(&throttle->lock, flags);
	throttle->closed = true;
	kvrm_throttle_rouse(throttle);
	raw_spin_unlock_irqrestore(&throttle->lock, flags);
	hrtimer_cancel(&throttle->timer);
}
