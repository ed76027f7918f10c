// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rate to which a gate is held: its limit, or what the uplink leaves, whichever is less.
 *
 * What the uplink leaves changes every few milliseconds while there is not enough for all (see
 * uplink-tick.c). Each change scales what is still to be paid for, and what may be made up for, so
 * that changing the rate again and again gives nothing away. What waits stays where it is.
 *
 * While there is enough, the gate is free: packets pass without its lock. Nobody counts what all
 * gates together pass, so each CPU may pass only so much until the uplink has looked again: who
 * begins to send at full speed is held to the gate's rate from there on, and the uplink is told.
 */
#include <linux/minmax.h>
#include <linux/time64.h>

#include "kmod/gate.h"

/* What packets that nobody waits for may occupy: what passes in that time, but not less or more. */
#define KVRM_GATE_ROOM_MS  100
#define KVRM_GATE_ROOM_MIN (256 << 10)
#define KVRM_GATE_ROOM_MAX (16 << 20)
/* What a small packet occupies in memory. */
#define KVRM_GATE_PACKET_BYTES 2048
/* The timer is left alone if it fires no later than that after a packet may pass. */
#define KVRM_GATE_SLACK_NS NSEC_PER_MSEC

static u64 kvrm_gate_room(u64 bytes_per_s, u64 packets_per_s)
{
	u64 room = bytes_per_s / (MSEC_PER_SEC / KVRM_GATE_ROOM_MS);

	if (!bytes_per_s)
		room = packets_per_s / (MSEC_PER_SEC / KVRM_GATE_ROOM_MS) * KVRM_GATE_PACKET_BYTES;
	return clamp_t(u64, room, KVRM_GATE_ROOM_MIN, KVRM_GATE_ROOM_MAX);
}

/* The rate that is to be in force; 0: none. */
static u64 kvrm_gate_rate(const struct kvrm_gate *gate)
{
	u64 limit = gate->limit.bytes_per_s, share = gate->share.bytes_per_s;

	if (!share || gate->share.free)
		return limit;
	return limit ? min(limit, share) : share;
}

/* What may pass at once after nobody wanted anything; the burst is the limit's. */
static u64 kvrm_gate_idle_ns(const struct kvrm_gate *gate, u64 rate)
{
	const struct kvrm_gate_limit *limit = &gate->limit;

	return kvrm_pace_idle_ns(rate, rate == limit->bytes_per_s ? limit->burst_bytes : 0);
}

/**
 * kvrm_gate_pace() - let the clocks have the rates that are to be in force
 * @gate: its lock is held, or nobody else knows it yet
 * @now_ns: current time
 *
 * Packets that wait go at the new rate. On the way to a guest they are taken from their senders if
 * that makes them wait for too long. The timer is the caller's to start.
 */
void kvrm_gate_pace(struct kvrm_gate *gate, u64 now_ns)
{
	bool waits = !kvrm_fairq_is_empty(&gate->queue);
	const struct kvrm_wire nothing = {};
	u64 rate = kvrm_gate_rate(gate);

	/* As the next packet would do it: who has not sent for long has nothing to make up for. */
	kvrm_pace_settle(&gate->bytes, now_ns,
			 waits ? kvrm_pace_waited_ns(gate->idle_ns) : gate->idle_ns);
	kvrm_pace_set(&gate->bytes, rate, now_ns);
	kvrm_pace_set(&gate->packets, gate->limit.packets_per_s, now_ns);
	gate->idle_ns = kvrm_gate_idle_ns(gate, rate);
	gate->room_bytes = kvrm_gate_room(rate, gate->limit.packets_per_s);
	/* What is on its way out must not be overtaken, either: see kvrm_gate_go_on(). */
	WRITE_ONCE(gate->limited, kvrm_gate_has_limit(gate) || waits || gate->draining);
	if (waits && kvrm_gate_holds_long(gate, nothing, now_ns))
		kvrm_fairq_orphan(&gate->queue);
}

/*
 * The timer would fire here from now on, but the work belongs where the packets come: it is moved
 * only if it is much too late. If it is early, it finds nothing to do.
 */
static void kvrm_gate_hurry(struct kvrm_gate *gate)
{
	u64 latest_ns = kvrm_gate_at_ns(gate) + KVRM_GATE_SLACK_NS;

	if (kvrm_fairq_is_empty(&gate->queue) || gate->draining)
		return;
	if (ktime_to_ns(hrtimer_get_expires(&gate->timer)) > latest_ns)
		kvrm_gate_arm(gate, 0);
}

/**
 * kvrm_gate_set_share() - change what the uplink leaves, for the next packet on
 * @gate: open or not
 * @share: if it is free, packets that wait go at its rate nevertheless, until the next share
 *
 * Context: process.
 * Return: whether the gate is to be looked at again; if not, it will tell when that changes, if it
 * is free.
 */
bool kvrm_gate_set_share(struct kvrm_gate *gate, const struct kvrm_gate_share *share)
{
	bool waits, awake;

	spin_lock_bh(&gate->lock);
	waits = !kvrm_fairq_is_empty(&gate->queue) || gate->draining;
	gate->share = *share;
	gate->share.free &= !waits;
	kvrm_gate_pace(gate, ktime_get_ns());
	kvrm_gate_hurry(gate);
	awake = waits || share->grant_bytes;
	WRITE_ONCE(gate->awake, awake);
	WRITE_ONCE(gate->round, gate->round + 1);
	WRITE_ONCE(gate->grant_bytes, gate->share.free ? share->grant_bytes : KVRM_GATE_ANY);
	spin_unlock_bh(&gate->lock);
	return awake;
}

/**
 * kvrm_gate_exceed() - more passes than was granted: the gate is free no more
 * @gate: its lock is held; if it is not free, nothing happens
 * @now_ns: current time
 *
 * Context: softirq, or bottom halves are off.
 */
void kvrm_gate_exceed(struct kvrm_gate *gate, u64 now_ns)
{
	lockdep_assert_held(&gate->lock);
	if (!gate->share.free)
		return;
	gate->share.free = false;
	WRITE_ONCE(gate->grant_bytes, KVRM_GATE_ANY);
	kvrm_gate_pace(gate, now_ns);
	gate->share.excess();
}

/**
 * kvrm_gate_measure() - what passed, and what waits for the uplink
 * @gate: on an uplink
 * @ret_bytes: set to what has passed since the gate was made
 * @ret_queued: set to what waits, unless that is for the sake of the limit in packets
 *
 * Context: process.
 * Return: false if nothing has passed lately; nothing is set then.
 */
bool kvrm_gate_measure(struct kvrm_gate *gate, u64 *ret_bytes, u64 *ret_queued)
{
	u64 packets;

	if (!READ_ONCE(gate->awake))
		return false;
	spin_lock_bh(&gate->lock);
	*ret_queued = 0;
	if (kvrm_pace_at_ns(&gate->bytes) >= kvrm_pace_at_ns(&gate->packets))
		*ret_queued = gate->queue.bytes;
	spin_unlock_bh(&gate->lock);
	kvrm_gate_sum(gate, ret_bytes, &packets);
	return true;
}

/**
 * kvrm_gate_applied() - the rate in force
 * @gate: open or not
 *
 * Context: process.
 * Return: bytes per second; 0: none.
 */
u64 kvrm_gate_applied(struct kvrm_gate *gate)
{
	u64 rate;

	spin_lock_bh(&gate->lock);
	rate = gate->bytes.rate;
	spin_unlock_bh(&gate->lock);
	return rate;
}
