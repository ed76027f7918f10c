// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread that a throttle holds back.
 *
 * The task work is our only hold on a thread: KVM runs it before the guest is entered, with no lock
 * held. It cannot be taken back, and a thread that sleeps runs it when it wakes. So an object lives
 * until the thread has run the work, or has ended, which runs it as well; the guest may be long
 * forgotten then.
 *
 * Unloading makes such threads run the work: a second one, by signal, wakes them, and a virtual CPU
 * leaves KVM_RUN with EINTR once, as for any signal. A process that is stopped (SIGSTOP) does not
 * run anything before it goes on; unloading waits for that.
 */
#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/wait.h>

#include "kmod/compat/compat.h"
#include "kmod/task.h"
#include "kmod/throttle.h"

/* A wake-up may be late by as much, so that several are one. */
#define KVRM_THROTTLED_SLACK_NS (20 * NSEC_PER_USEC)
#define KVRM_THROTTLED_TELL_MS	10000

/* All objects, until they are freed. */
static LIST_HEAD(kvrm_throttled_all);
static DEFINE_SPINLOCK(kvrm_throttled_lock);

/* Task works that threads have still to run. */
static atomic_t kvrm_throttled_works;
static DECLARE_WAIT_QUEUE_HEAD(kvrm_throttled_wait);

static void kvrm_throttled_free(struct kref *ref)
{
	struct kvrm_throttled *thread = container_of(ref, struct kvrm_throttled, ref);

	spin_lock(&kvrm_throttled_lock);
	list_del(&thread->all);
	spin_unlock(&kvrm_throttled_lock);
	put_task_struct(thread->task);
	kvrm_throttle_put(thread->throttle);
	kfree(thread);
}

/* The last thing that a task work does. */
static void kvrm_throttled_work_done(struct kvrm_throttled *thread)
{
	kref_put(&thread->ref, kvrm_throttled_free);
	if (atomic_dec_and_test(&kvrm_throttled_works))
		wake_up_all(&kvrm_throttled_wait);
}

/*
 * The pause at hand, as far as it goes, less what the thread ran on its way to sleep and from it,
 * and what it waited for a CPU in between, which are counted as such; the throttle's lock is held.
 */
static u64 kvrm_throttled_pause_ns(const struct kvrm_throttled *thread, u64 awake_ns)
{
	return kvrm_excess(ktime_get_ns() - thread->paused_since_ns, awake_ns);
}

/*
 * Sleep until then, or until a signal or kvrm_throttle_rouse() wakes it; the lock is held, and
 * dropped meanwhile.
 */
static void kvrm_throttled_pause(struct kvrm_throttled *thread, u64 now_ns, u64 until_ns)
{
	struct kvrm_throttle *throttle = thread->throttle;
	u64 awake_ns = current->sched_info.run_delay + kvrm_task_exec(current);
	ktime_t until = ns_to_ktime(until_ns);
	u64 paused_ns;

	thread->paused_since_ns = now_ns;
	/* Before the lock is dropped: who wakes it finds it asleep, or it does not go to sleep. */
	set_current_state(TASK_INTERRUPTIBLE);
	raw_spin_unlock_irq(&throttle->lock);
	schedule_hrtimeout_range(&until, KVRM_THROTTLED_SLACK_NS, HRTIMER_MODE_ABS);
	raw_spin_lock_irq(&throttle->lock);
	awake_ns = current->sched_info.run_delay + kvrm_task_exec(current) - awake_ns;
	paused_ns = kvrm_throttled_pause_ns(thread, awake_ns);
	thread->paused_ns += paused_ns;
	thread->paused_since_ns = 0;
	if (thread->watched)
		kvrm_stall_add(&thread->stall, &throttle->stalls, now_ns, paused_ns,
			       ktime_get_ns());
}

static void kvrm_throttled_enter(struct callback_head *work)
{
	struct kvrm_throttled *thread = container_of(work, struct kvrm_throttled, work);
	struct kvrm_throttle *throttle = thread->throttle;
	u64 now_ns, until_ns;

	raw_spin_lock_irq(&throttle->lock);
	thread->queued = false;
	while (!(current->flags & PF_EXITING)) {
		now_ns = ktime_get_ns();
		until_ns = kvrm_throttle_wait_until(throttle, thread, now_ns);
		if (until_ns > now_ns && !signal_pending(current)) {
			kvrm_throttled_pause(thread, now_ns, until_ns);
			continue;
		}
		kvrm_throttle_ran(throttle, thread, now_ns);
		break;
	}
	raw_spin_unlock_irq(&throttle->lock);
	kvrm_throttled_work_done(thread);
}

static void kvrm_throttled_flushed(struct callback_head *work)
{
	kvrm_throttled_work_done(container_of(work, struct kvrm_throttled, flush));
}

static int kvrm_throttled_add_work(struct kvrm_throttled *thread, struct callback_head *work,
				   enum task_work_notify_mode how)
{
	int err;

	kref_get(&thread->ref);
	atomic_inc(&kvrm_throttled_works);
	err = kvrm_compat_task_work_add(thread->task, work, how);
	if (err) {
		/* Nobody waits yet for the last work, and the caller's reference is left. */
		atomic_dec(&kvrm_throttled_works);
		kref_put(&thread->ref, kvrm_throttled_free);
	}
	return err;
}

/**
 * kvrm_throttled_queue() - let the thread announce itself before it next enters the guest
 * @thread: watched; its throttle's lock is held
 *
 * If it runs in the guest it is made to leave it. Nothing is done if the thread is ending.
 */
void kvrm_throttled_queue(struct kvrm_throttled *thread)
{
	if (!thread->queued)
		thread->queued = !kvrm_throttled_add_work(thread, &thread->work, TWA_RESUME);
}

/**
 * kvrm_throttled_new() - watch a thread
 * @throttle: which shall hold it back
 * @task: referenced by the caller
 *
 * Context: process, may sleep.
 * Return: to be released with kvrm_throttled_release(); NULL if there is no memory.
 */
struct kvrm_throttled *kvrm_throttled_new(struct kvrm_throttle *throttle, struct task_struct *task)
{
	struct kvrm_throttled *thread = kzalloc(sizeof(*thread), GFP_KERNEL);
	unsigned long flags;

	if (!thread)
		return NULL;
	kref_init(&thread->ref);
	init_task_work(&thread->work, kvrm_throttled_enter);
	init_task_work(&thread->flush, kvrm_throttled_flushed);
	kvrm_throttle_get(throttle);
	thread->throttle = throttle;
	thread->task = get_task_struct(task);
	spin_lock(&kvrm_throttled_lock);
	list_add(&thread->all, &kvrm_throttled_all);
	spin_unlock(&kvrm_throttled_lock);

	raw_spin_lock_irqsave(&throttle->lock, flags);
	kvrm_throttle_add(throttle, thread);
	raw_spin_unlock_irqrestore(&throttle->lock, flags);
	return thread;
}

/**
 * kvrm_throttled_release() - watch a thread no longer
 * @thread: from kvrm_throttled_new(); NULL is allowed
 */
void kvrm_throttled_release(struct kvrm_throttled *thread)
{
	unsigned long flags;

	if (!thread)
		return;
	raw_spin_lock_irqsave(&thread->throttle->lock, flags);
	kvrm_throttle_remove(thread->throttle, thread);
	raw_spin_unlock_irqrestore(&thread->throttle->lock, flags);
	kref_put(&thread->ref, kvrm_throttled_free);
}

/**
 * kvrm_throttled_paused_ns() - for how long a thread was held back
 * @thread: NULL is allowed
 *
 * Return: ns since it is watched, up to this moment.
 */
u64 kvrm_throttled_paused_ns(struct kvrm_throttled *thread)
{
	unsigned long flags;
	u64 paused_ns;

	if (!thread)
		return 0;
	raw_spin_lock_irqsave(&thread->throttle->lock, flags);
	paused_ns = thread->paused_ns;
	if (thread->paused_since_ns)
		paused_ns += kvrm_throttled_pause_ns(thread, kvrm_task_waiting(thread->task));
	raw_spin_unlock_irqrestore(&thread->throttle->lock, flags);
	return paused_ns;
}

/**
 * kvrm_throttle_read_stalls() - how often and for how long virtual CPUs were held back
 * @throttle: the throttle
 * @ret: receives it, up to this moment
 */
void kvrm_throttle_read_stalls(struct kvrm_throttle *throttle, struct kvrm_stalls *ret)
{
	struct kvrm_throttled *thread;
	unsigned long flags;
	u64 now_ns;

	raw_spin_lock_irqsave(&throttle->lock, flags);
	now_ns = ktime_get_ns();
	list_for_each_entry(thread, &throttle->threads, link)
		kvrm_stall_settle(&thread->stall, &throttle->stalls,
				  thread->paused_since_ns ? thread->paused_since_ns : now_ns);
	*ret = throttle->stalls;
	raw_spin_unlock_irqrestore(&throttle->lock, flags);
}

/* One that was not flushed yet, with a reference. */
static struct kvrm_throttled *kvrm_throttled_next(void)
{
	struct kvrm_throttled *thread, *found = NULL;

	spin_lock(&kvrm_throttled_lock);
	list_for_each_entry(thread, &kvrm_throttled_all, all) {
		if (!thread->flushed && kref_get_unless_zero(&thread->ref)) {
			thread->flushed = true;
			found = thread;
			break;
		}
	}
	spin_unlock(&kvrm_throttled_lock);
	return found;
}

/**
 * kvrm_throttled_flush() - wait until no thread will run any of our task works
 *
 * All guests are detached: nothing is queued any more.
 *
 * Context: process; waits for threads of stopped processes until these go on.
 */
void kvrm_throttled_flush(void)
{
	struct kvrm_throttled *thread;

	while ((thread = kvrm_throttled_next())) {
		kvrm_throttled_add_work(thread, &thread->flush, TWA_SIGNAL);
		kref_put(&thread->ref, kvrm_throttled_free);
	}
	while (!wait_event_timeout(kvrm_throttled_wait, !atomic_read(&kvrm_throttled_works),
				   msecs_to_jiffies(KVRM_THROTTLED_TELL_MS)))
		pr_info("kvrm: unloading waits for guests that are stopped: %d works\n",
			atomic_read(&kvrm_throttled_works));
	/* The last instructions of a work are ours, too. */
	if (kvrm_throttle_available())
		synchronize_rcu_tasks();
}
