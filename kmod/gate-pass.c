// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a packet through a gate: see gate.c.
 */
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/percpu.h>
#include <linux/time64.h>
#include <net/dst.h>
#include <net/sock.h>

#include "kmod/gate.h"

/* The timer does not fire more often: what is due meanwhile goes together. */
#define KVRM_GATE_TICK_NS (100 * NSEC_PER_USEC)
/* Packets that go in one go, before others get the processor. */
#define KVRM_GATE_BATCH 64
/* A packet that takes longer is segmented first: it would let nobody else go meanwhile. */
#define KVRM_GATE_SEGMENT_MS 4
/*
 * No real packet has more: 64 KiB in segments of 48 bytes, the least MSS that Linux sends with
 * (tcp_min_snd_mss), or 512 KiB (BIG TCP) in segments of 384, where 536 are the least that hosts
 * take. A guest may ask for one of each byte.
 */
#define KVRM_GATE_SEGMENTS_MAX 1366
/* For how long a packet to a guest may bind its sender. */
#define KVRM_GATE_HOLD_MS 100
/* What any packets may occupy: more than all senders that wait should have in flight. */
#define KVRM_GATE_ROOM_OWNED (64 << 20)

static void kvrm_gate_count(struct kvrm_gate *gate, struct kvrm_wire wire)
{
	struct kvrm_gate_passed *passed = this_cpu_ptr(gate->passed);

	u64_stats_update_begin(&passed->sync);
	u64_stats_add(&passed->bytes, wire.bytes);
	u64_stats_add(&passed->packets, wire.packets);
	u64_stats_update_end(&passed->sync);
}

static void kvrm_gate_charge(struct kvrm_gate *gate, struct kvrm_wire wire)
{
	kvrm_pace_charge(&gate->bytes, wire.bytes);
	kvrm_pace_charge(&gate->packets, wire.packets);
}

/**
 * kvrm_gate_arm() - start the timer, or start it again: it fires when the next packet may pass
 * @gate: its lock is held; something waits, or it would be started behind kvrm_gate_stop()'s back
 * @earliest_ns: but not before that time
 */
void kvrm_gate_arm(struct kvrm_gate *gate, u64 earliest_ns)
{
	lockdep_assert_held(&gate->lock);
	hrtimer_start(&gate->timer, ns_to_ktime(max(kvrm_gate_at_ns(gate), earliest_ns)),
		      HRTIMER_MODE_ABS_PINNED_SOFT);
}

/* Whether packets keep the others waiting for longer than so many milliseconds. */
static bool kvrm_gate_takes_longer(const struct kvrm_gate *gate, u64 bytes, u64 packets, u64 ms)
{
	const u64 bytes_rate = gate->bytes.rate, packets_rate = gate->packets.rate;

	return (bytes_rate && bytes * MSEC_PER_SEC > bytes_rate * ms) ||
	       (packets_rate && packets * MSEC_PER_SEC > packets_rate * ms);
}

/*
 * A packet that cannot be meant: as what it would be on the wire it would have to be paid for,
 * which would keep all others waiting, for minutes.
 */
static bool kvrm_gate_is_forged(struct kvrm_wire wire)
{
	return wire.packets > KVRM_GATE_SEGMENTS_MAX;
}

/* A packet that is to be segmented first. */
static bool kvrm_gate_is_long(const struct kvrm_gate *gate, const struct sk_buff *skb,
			      struct kvrm_wire wire)
{
	return skb_is_gso(skb) &&
	       kvrm_gate_takes_longer(gate, wire.bytes, wire.packets, KVRM_GATE_SEGMENT_MS);
}

/* Whether a packet that comes now may pass at once. */
static bool kvrm_gate_lets(struct kvrm_gate *gate, const struct sk_buff *skb, struct kvrm_wire wire,
			   u64 now_ns)
{
	lockdep_assert_held(&gate->lock);
	if (gate->draining || !kvrm_fairq_is_empty(&gate->queue))
		return false;
	kvrm_pace_settle(&gate->bytes, now_ns, gate->idle_ns);
	kvrm_pace_settle(&gate->packets, now_ns, KVRM_PACE_IDLE_NS);
	return kvrm_gate_at_ns(gate) <= now_ns && !kvrm_gate_is_long(gate, skb, wire);
}

/**
 * kvrm_gate_holds_long() - whether packets would bind their senders for too long
 * @gate: its lock is held
 * @wire: of a packet that is to wait, beside what waits
 * @now_ns: current time
 *
 * Return: true if they are on the way to a guest, and wait for more than KVRM_GATE_HOLD_MS.
 */
bool kvrm_gate_holds_long(const struct kvrm_gate *gate, struct kvrm_wire wire, u64 now_ns)
{
	lockdep_assert_held(&gate->lock);
	return gate->to_guest &&
	       (kvrm_gate_at_ns(gate) > now_ns + KVRM_GATE_HOLD_MS * NSEC_PER_MSEC ||
		kvrm_gate_takes_longer(gate, gate->queue.bytes + wire.bytes,
				       gate->queue.packets + wire.packets, KVRM_GATE_HOLD_MS));
}

/* Make room for a packet that no sender waits for, at the expense of flows that have more. */
static bool kvrm_gate_make_room(struct kvrm_gate *gate, const struct sk_buff *skb, u32 hash)
{
	struct sk_buff *victim;

	/* There is always room for one, however large it is. */
	while (!kvrm_fairq_is_empty(&gate->queue) &&
	       gate->queue.truesize + skb->truesize > gate->room_bytes) {
		victim = kvrm_fairq_evict(&gate->queue, hash, kvrm_packet_owned);
		if (!victim)
			return false;
		gate->stat.dropped_full += kvrm_fairq_wire(victim)->packets;
		kfree_skb(victim);
	}
	return true;
}

/* Whether a packet may wait; it may be taken from its sender. */
static bool kvrm_gate_has_room(struct kvrm_gate *gate, struct sk_buff *skb, struct kvrm_wire wire,
			       u32 hash, u64 now_ns)
{
	bool owned = kvrm_packet_owned(skb), room;

	if (owned && kvrm_gate_holds_long(gate, wire, now_ns)) {
		skb_orphan(skb);
		owned = false;
	}
	if (owned)
		room = gate->queue.truesize + skb->truesize <= KVRM_GATE_ROOM_OWNED;
	else
		room = kvrm_gate_make_room(gate, skb, hash);
	if (!room)
		gate->stat.dropped_full += wire.packets;
	return room;
}

static bool kvrm_gate_is_ingress(const struct kvrm_gate *gate)
{
	return gate->hook.hooknum == NF_NETDEV_INGRESS;
}

/* Put a packet, or its segments, into the queue. */
static void kvrm_gate_enqueue(struct kvrm_gate *gate, struct sk_buff *skb, struct kvrm_wire wire,
			      u32 hash, u64 now_ns)
{
	bool first = kvrm_fairq_is_empty(&gate->queue), owned = kvrm_packet_owned(skb);
	struct sk_buff *next;

	/* What it is routed by must outlive this moment. Netfilter holds RCU. */
	skb_dst_force(skb);
	/* Whom a BPF program has chosen to receive it may not: he is looked for as always. */
	if (skb_sk_is_prefetched(skb))
		skb_orphan(skb);
	if (kvrm_gate_is_long(gate, skb, wire))
		skb = kvrm_packet_segment(skb, kvrm_gate_is_ingress(gate));
	skb_list_walk_safe(skb, skb, next) {
		wire = kvrm_packet_wire(skb, kvrm_gate_is_ingress(gate));
		gate->stat.delayed_packets += wire.packets;
		if (!owned)
			gate->stat.unowned_packets += wire.packets;
		kvrm_fairq_push(&gate->queue, skb, wire, hash, now_ns);
	}
	if (!gate->held_since_ns)
		gate->held_since_ns = now_ns;
	/* The timer's function, if it is at work, sees to it itself. */
	if (first && !gate->draining)
		kvrm_gate_arm(gate, 0);
}

/* A packet that may not pass at once. */
static unsigned int kvrm_gate_hold(struct kvrm_gate *gate, struct sk_buff *skb,
				   struct kvrm_wire wire, u64 now_ns)
{
	u32 hash = kvrm_fairq_hash(&gate->queue, skb);
	bool shared = skb_shared(skb);

	lockdep_assert_held(&gate->lock);
	/* If somebody else has it, too, we go on with a copy, and his is no more ours to drop. */
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb) {
		gate->stat.dropped_memory += wire.packets;
		return NF_STOLEN;
	}
	if (kvrm_gate_has_room(gate, skb, wire, hash, now_ns)) {
		kvrm_gate_enqueue(gate, skb, wire, hash, now_ns);
		return NF_STOLEN;
	}
	if (!shared)
		return NF_DROP;
	kfree_skb(skb);
	return NF_STOLEN;
}

/* What becomes of a packet; if not @granted, its CPU has passed more than it was. */
static unsigned int kvrm_gate_decide(struct kvrm_gate *gate, struct sk_buff *skb,
				     struct kvrm_wire wire, bool granted)
{
	u64 now_ns = ktime_get_ns();

	lockdep_assert_held(&gate->lock);
	if (kvrm_gate_is_forged(wire)) {
		gate->stat.dropped_full++;
		return NF_DROP;
	}
	if (!gate->awake)
		WRITE_ONCE(gate->awake, true);
	if (!granted)
		kvrm_gate_exceed(gate, now_ns);
	if (!kvrm_gate_lets(gate, skb, wire, now_ns))
		return kvrm_gate_hold(gate, skb, wire, now_ns);
	kvrm_gate_charge(gate, wire);
	kvrm_gate_count(gate, wire);
	return NF_ACCEPT;
}

/* There is a limit, packets wait, or this CPU has passed more than was @granted. */
static unsigned int kvrm_gate_judge(struct kvrm_gate *gate, struct sk_buff *skb,
				    struct kvrm_wire wire, bool granted)
{
	unsigned int verdict;

	spin_lock_bh(&gate->lock);
	verdict = kvrm_gate_decide(gate, skb, wire, granted);
	spin_unlock_bh(&gate->lock);
	return verdict;
}

/* Whether a packet is within what this CPU may pass in this round. */
static bool kvrm_gate_grants(struct kvrm_gate *gate, struct kvrm_wire wire)
{
	u32 grant_bytes = READ_ONCE(gate->grant_bytes), round = READ_ONCE(gate->round);
	struct kvrm_gate_passed *passed;

	if (grant_bytes == KVRM_GATE_ANY)
		return true;
	passed = this_cpu_ptr(gate->passed);
	if (passed->round != round) {
		passed->round = round;
		passed->round_bytes = 0;
	}
	passed->round_bytes += wire.bytes;
	return passed->round_bytes <= grant_bytes;
}

/**
 * kvrm_gate_hook() - Netfilter's hook
 * @priv: the gate
 * @skb: a packet
 * @state: of the hook
 *
 * Context: bottom halves are off, under RCU.
 * Return: NF_ACCEPT: it may pass; NF_STOLEN: it waits; NF_DROP: there is no room, or never is.
 */
unsigned int kvrm_gate_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	bool ingress = state->hook == NF_NETDEV_INGRESS;
	struct kvrm_gate *gate = priv;
	struct kvrm_wire wire = kvrm_packet_wire(skb, ingress);
	bool granted = kvrm_gate_grants(gate, wire);

	/*
	 * A generic XDP program has seen the packet, and would again if it came back. The NIC's
	 * state says that its limits do not hold then.
	 */
	if ((READ_ONCE(gate->limited) || !granted) &&
	    !(ingress && rcu_access_pointer(skb->dev->xdp_prog)))
		return kvrm_gate_judge(gate, skb, wire, granted);
	kvrm_gate_count(gate, wire);
	return NF_ACCEPT;
}

/**
 * kvrm_gate_deliver() - let a packet that waited go on
 * @gate: where it waited
 * @skb: the packet
 *
 * Context: bottom halves are off; the gate's lock is not held, what comes next may take any.
 */
void kvrm_gate_deliver(struct kvrm_gate *gate, struct sk_buff *skb)
{
	kvrm_gate_count(gate, *kvrm_fairq_wire(skb));
	kvrm_packet_deliver(skb, kvrm_gate_is_ingress(gate));
}

/**
 * kvrm_gate_waited() - count for how long a packet waited
 * @gate: its lock is held
 * @skb: was just taken out of the queue, to go on
 * @now_ns: current time, or that before the lock was taken
 */
void kvrm_gate_waited(struct kvrm_gate *gate, struct sk_buff *skb, u64 now_ns)
{
	const struct kvrm_fairq_note *note = kvrm_fairq_note(skb);

	lockdep_assert_held(&gate->lock);
	kvrm_delays_add(&gate->stat.delays, note->wire.packets, note->since_ns, now_ns);
}

/* Take what may pass now. */
static void kvrm_gate_take(struct kvrm_gate *gate, u64 now_ns, struct sk_buff_head *ret_batch)
{
	struct sk_buff *skb;

	lockdep_assert_held(&gate->lock);
	kvrm_pace_settle(&gate->bytes, now_ns, kvrm_pace_waited_ns(gate->idle_ns));
	kvrm_pace_settle(&gate->packets, now_ns, KVRM_PACE_LATE_NS);
	while (skb_queue_len(ret_batch) < KVRM_GATE_BATCH && kvrm_gate_at_ns(gate) <= now_ns) {
		skb = kvrm_fairq_pop(&gate->queue);
		if (!skb)
			break;
		kvrm_gate_charge(gate, *kvrm_fairq_wire(skb));
		kvrm_gate_waited(gate, skb, now_ns);
		__skb_queue_tail(ret_batch, skb);
	}
}

/**
 * kvrm_gate_go_on() - after packets left the queue: when do the next, or do none wait any more
 * @gate: its lock is held; nothing is being drained
 * @earliest_ns: the next do not go before that time
 */
void kvrm_gate_go_on(struct kvrm_gate *gate, u64 earliest_ns)
{
	lockdep_assert_held(&gate->lock);
	if (!kvrm_fairq_is_empty(&gate->queue)) {
		kvrm_gate_arm(gate, earliest_ns);
		return;
	}
	if (gate->held_since_ns)
		gate->stat.limited_ns += kvrm_excess(ktime_get_ns(), gate->held_since_ns);
	gate->held_since_ns = 0;
	WRITE_ONCE(gate->limited, kvrm_gate_has_limit(gate));
}

/**
 * kvrm_gate_fire() - the timer's function
 * @timer: the gate's
 *
 * Context: softirq.
 * Return: HRTIMER_NORESTART; it was started again if it has to.
 */
enum hrtimer_restart kvrm_gate_fire(struct hrtimer *timer)
{
	struct kvrm_gate *gate = container_of(timer, struct kvrm_gate, timer);
	u64 now_ns = ktime_get_ns();
	struct sk_buff_head batch;
	struct sk_buff *skb;
	u64 took_ns;
	bool full;

	__skb_queue_head_init(&batch);
	spin_lock_bh(&gate->lock);
	gate->draining = true;
	kvrm_gate_take(gate, now_ns, &batch);
	full = skb_queue_len(&batch) == KVRM_GATE_BATCH;
	spin_unlock_bh(&gate->lock);

	while ((skb = __skb_dequeue(&batch)))
		kvrm_gate_deliver(gate, skb);

	spin_lock_bh(&gate->lock);
	gate->draining = false;
	/* Where packets come faster than they go, tasks have a fifth of the processor left. */
	took_ns = ktime_get_ns() - now_ns;
	took_ns += took_ns / 4;
	kvrm_gate_go_on(gate, now_ns + (full ? took_ns : max_t(u64, took_ns, KVRM_GATE_TICK_NS)));
	spin_unlock_bh(&gate->lock);
	return HRTIMER_NORESTART;
}
