/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_THROTTLE_H
#define KVRM_THROTTLE_H

#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>
#include <linux/types.h>

#include "kvrm/bucket.h"
#include "kvrm/stall.h"

/**
 * struct kvrm_throttle - holds the virtual CPUs of one guest back on their way into the guest
 * @ref: the guest's, and one of each thread
 * @lock: protects everything below; taken in hard interrupts, and before p->pi_lock and hrtimers'
 *	locks
 * @timer: fires when what is left of a bucket would be used up
 * @threads: struct kvrm_throttled that are watched
 * @count: number of @threads
 * @awake: number of those that count as running
 * @closed: the guest is detached: nothing is held back, no work queued any more
 * @whole: what the guest as a whole may use
 * @until_ns: all wait until then (ktime_get_ns()); in the past: nobody does
 * @vcpu_limit_us: what each virtual CPU may use, µs of CPU time per second; 0: no limit
 * @gone_ns: CPU time that threads used while they were watched once
 * @others_ns: CPU time of the process's other threads, as far as it was charged
 * @others_known: @others_ns was set
 * @stalls: of all threads that were ever watched
 */
struct kvrm_throttle {
	struct kref ref;
	raw_spinlock_t lock;
	struct hrtimer timer;
	struct list_head threads;
	u32 count;
	u32 awake;
	bool closed;
	struct kvrm_bucket whole;
	u64 until_ns;
	u64 vcpu_limit_us;
	u64 gone_ns;
	u64 others_ns;
	bool others_known;
	struct kvrm_stalls stalls;
};

/**
 * struct kvrm_throttled - a thread that is held back
 * @ref: of who watches it, and of each task work of ours that the thread has still to run
 * @link: in the throttle's list while it is watched
 * @all: in the list of all
 * @throttle: referenced
 * @task: referenced
 * @work: runs on its way into the guest or to user space
 * @flush: makes it run @work soon
 * @flushed: @flush is or was queued; protected by the lock of the list of all
 * @queued: @work is; the throttle's lock protects this and everything below
 * @watched: it is in the throttle's list
 * @awake: it counts as running
 * @base_ns: its CPU time when that began
 * @exec_ns: its CPU time, as far as it was charged
 * @delay_ns: for how long it had waited for CPUs when it last announced itself
 * @own: what it may use
 * @until_ns: it waits until then
 * @paused_ns: for how long it was held back until now, but for the pause at hand
 * @paused_since_ns: when that began; 0: there is none
 * @stall: as far as it is watched
 */
struct kvrm_throttled {
	struct kref ref;
	struct list_head link;
	struct list_head all;
	struct kvrm_throttle *throttle;
	struct task_struct *task;
	struct callback_head work;
	struct callback_head flush;
	bool flushed;
	bool queued;
	bool watched;
	bool awake;
	u64 base_ns;
	u64 exec_ns;
	u64 delay_ns;
	struct kvrm_bucket own;
	u64 until_ns;
	u64 paused_ns;
	u64 paused_since_ns;
	struct kvrm_stall stall;
};

bool kvrm_throttle_available(void);
struct kvrm_throttle *kvrm_throttle_new(void);
void kvrm_throttle_close(struct kvrm_throttle *throttle);
void kvrm_throttle_get(struct kvrm_throttle *throttle);
void kvrm_throttle_put(struct kvrm_throttle *throttle);
void kvrm_throttle_set(struct kvrm_throttle *throttle, u64 limit_us, u64 vcpu_limit_us);
void kvrm_throttle_read_stalls(struct kvrm_throttle *throttle, struct kvrm_stalls *ret);
void kvrm_throttle_charge_others(struct kvrm_throttle *throttle, u64 process_exec_ns);

/* For throttle-thread.c; the throttle's lock is held. */
bool kvrm_throttle_is_active(const struct kvrm_throttle *throttle);
void kvrm_throttle_add(struct kvrm_throttle *throttle, struct kvrm_throttled *thread);
void kvrm_throttle_remove(struct kvrm_throttle *throttle, struct kvrm_throttled *thread);
u64 kvrm_throttle_wait_until(struct kvrm_throttle *throttle, struct kvrm_throttled *thread,
			     u64 now_ns);
void kvrm_throttle_ran(struct kvrm_throttle *throttle, struct kvrm_throttled *thread, u64 now_ns);

/* For throttle.c; the throttle's lock is held. */
void kvrm_throttled_queue(struct kvrm_throttled *thread);

struct kvrm_throttled *kvrm_throttled_new(struct kvrm_throttle *throttle, struct task_struct *task);
void kvrm_throttled_release(struct kvrm_throttled *thread);
u64 kvrm_throttled_paused_ns(struct kvrm_throttled *thread);
void kvrm_throttled_flush(void);

#endif
