// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that shares out uplinks: measures what passed and waits, lets the arithmetic say what
 * each NIC may pass (include/kvrm/uplink.c), and sets the rates of the gates. Packets never wait
 * for it, nor for its lock.
 *
 * It ticks every KVRM_UPLINK_BUSY_MS while there is not enough for all, more slowly while there is,
 * and not at all while nothing passes. A gate that has nothing to do is not even looked at: it
 * tells when its next packet comes. Gates that are free (gate-share.c) tell when they pass more
 * than was granted, so that the slow ticks miss nothing.
 *
 * It runs as a real-time thread of the lowest priority: it is needed most when all CPUs are busy
 * with packets.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/time64.h>

#include "kmod/uplink.h"

#define KVRM_UPLINK_BUSY_MS  5
#define KVRM_UPLINK_IDLE_MS  20
#define KVRM_UPLINK_SLACK_NS (100 * NSEC_PER_USEC)
/* What a CPU may pass through a free gate between slow ticks: what the uplink passes in 2.5 ms. */
#define KVRM_UPLINK_GRANT_PART 400

static struct task_struct *kvrm_uplink_thread;
static bool kvrm_uplink_kicked;

/**
 * kvrm_uplink_kick() - rates are to be computed soon
 *
 * Context: any; also under a gate's lock.
 */
void kvrm_uplink_kick(void)
{
	if (!xchg(&kvrm_uplink_kicked, true))
		wake_up_process(kvrm_uplink_thread);
}

/**
 * kvrm_uplink_changed() - the tree, or the capacity, is another: rates follow at the next tick
 * @uplink: which, or a part of it
 */
void kvrm_uplink_changed(struct kvrm_uplink *uplink)
{
	lockdep_assert_held(&kvrm_uplink_lock);
	kvrm_uplink_whole(uplink)->unsettled = true;
	kvrm_uplink_kick();
}

static void kvrm_uplink_measure(struct kvrm_member *member, int direction)
{
	struct kvrm_stream *stream = &member->line.streams[direction];
	u64 bytes;

	if (kvrm_gate_measure(&member->gates[direction], &bytes, &stream->queued)) {
		stream->passed = bytes - member->bytes[direction];
		member->bytes[direction] = bytes;
	} else {
		stream->passed = 0;
		stream->queued = 0;
	}
}

/* Returns whether the gate is to be looked at again. */
static bool kvrm_uplink_set_gate(const struct kvrm_uplink *uplink, struct kvrm_member *member,
				 int direction)
{
	const struct kvrm_stream *stream = &member->line.streams[direction];
	u64 capacity = uplink->line.node.share[direction].reservation;
	struct kvrm_gate_share share = {
		.bytes_per_s = max_t(u64, stream->granted, 1),
		.free = !uplink->trunks[direction].contended_ns,
		.excess = kvrm_uplink_kick,
	};

	if (stream->passed || stream->queued)
		share.grant_bytes = clamp_t(u64, div_u64(capacity, KVRM_UPLINK_GRANT_PART), 1,
					    KVRM_GATE_ANY - 1);
	return kvrm_gate_set_share(&member->gates[direction], &share);
}

/* Returns whether there is anything that will be different at the next tick. */
static bool kvrm_uplink_share(struct kvrm_uplink *uplink, int direction, u64 dt_ns)
{
	struct kvrm_node *root = &uplink->line.node, *node;
	struct kvrm_stream *all = &uplink->line.streams[direction];
	bool awake = false;

	if (uplink->unsettled)
		kvrm_uplink_settle(&uplink->line, direction);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (!node->pool)
			kvrm_uplink_measure(kvrm_member_of(node), direction);
	}
	kvrm_uplink_tick(&uplink->line, direction, &uplink->trunks[direction], dt_ns);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (!node->pool)
			awake |= kvrm_uplink_set_gate(uplink, kvrm_member_of(node), direction);
	}
	return awake || all->used || all->demand || uplink->trunks[direction].contended_ns;
}

/* Returns when the next tick is due, in ms from now; 0: not at all. */
static u32 kvrm_uplink_run(struct kvrm_uplink *uplink)
{
	u64 now_ns = ktime_get_ns(), dt_ns = now_ns - uplink->ticked_ns;
	bool awake = false, contended = false;
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++) {
		awake |= kvrm_uplink_share(uplink, i, dt_ns);
		contended |= uplink->trunks[i].contended_ns;
	}
	uplink->unsettled = false;
	uplink->ticked_ns = now_ns;
	if (!awake)
		return 0;
	return contended ? KVRM_UPLINK_BUSY_MS : KVRM_UPLINK_IDLE_MS;
}

static u32 kvrm_uplink_run_all(void)
{
	struct kvrm_uplink *uplink;
	unsigned long id = 0;
	u32 next_ms = 0, ms;

	mutex_lock(&kvrm_uplink_lock);
	for (; (uplink = kvrm_uplink_next(&id)); id++) {
		ms = uplink->line.node.parent ? 0 : kvrm_uplink_run(uplink);
		if (ms && (!next_ms || ms < next_ms))
			next_ms = ms;
	}
	mutex_unlock(&kvrm_uplink_lock);
	return next_ms;
}

/* Wait for a time, or, if it may be, for a kick. */
static void kvrm_uplink_wait(u64 until_ns, bool kickable)
{
	ktime_t until = ns_to_ktime(until_ns);

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop() || ktime_get_ns() >= until_ns ||
		    (kickable && READ_ONCE(kvrm_uplink_kicked)))
			break;
		if (until_ns == U64_MAX)
			schedule();
		else
			schedule_hrtimeout_range(&until, KVRM_UPLINK_SLACK_NS, HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
}

static int kvrm_uplink_loop(void *unused)
{
	u64 ticked_ns;
	u32 next_ms = 0;

	while (!kthread_should_stop()) {
		ticked_ns = ktime_get_ns();
		xchg(&kvrm_uplink_kicked, false);
		next_ms = kvrm_uplink_run_all();
		/* What passes in less time tells little, and every gate may kick. */
		kvrm_uplink_wait(ticked_ns + KVRM_UPLINK_BUSY_MS * NSEC_PER_MSEC, false);
		kvrm_uplink_wait(next_ms ? ticked_ns + next_ms * NSEC_PER_MSEC : U64_MAX, true);
	}
	return 0;
}

/**
 * kvrm_uplink_start() - start the thread
 *
 * Return: 0 or a negative errno.
 */
int kvrm_uplink_start(void)
{
	struct task_struct *thread = kthread_create(kvrm_uplink_loop, NULL, "kvrm_uplink");

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	sched_set_fifo_low(thread);
	kvrm_uplink_thread = thread;
	wake_up_process(thread);
	return 0;
}

/**
 * kvrm_uplink_stop() - stop it; nobody kicks it any more
 */
void kvrm_uplink_stop(void)
{
	kthread_stop(kvrm_uplink_thread);
}
