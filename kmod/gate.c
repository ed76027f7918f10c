// SPDX-License-Identifier: GPL-2.0-only
/*
 * A gate: one direction of a NIC. Packets come through a Netfilter hook of the device. They pass at
 * once if there is no limit, or if it lets them and nobody waits; else they are stolen, wait in a
 * queue that is fair to flows, and go on from where they were stolen when a timer says that they
 * may.
 *
 * Without a limit there is no lock: packets are counted per CPU. With one, the gate's own lock is
 * the only one: what one NIC does costs no other anything. An uplink that is shared leaves the gate
 * a rate that changes all the time, as long as there is not enough for all: see gate-share.c.
 *
 * A packet whose sender waits for it, because its socket's send buffer is bounded, is never
 * dropped: the buffer bounds the queue, and the sender stands still. That is how a guest is slowed
 * that sends more than it may. On the way to a guest that would let a slow receiver block all that
 * a sender has for others; so there a packet that has to wait for longer than KVRM_GATE_HOLD_MS is
 * taken from its sender at once. Such packets, and those that never had one who waits, are dropped
 * when there is no room. So is at once, whoever waits for it, one that is to be cut into more
 * segments than a real packet has.
 */
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/percpu.h>
#include <linux/time64.h>

#include "kmod/compat/compat.h"
#include "kmod/gate.h"

/**
 * kvrm_gate_set() - change what may pass, for the next packet on
 * @gate: open or not
 * @limit: in range
 *
 * Packets that wait go at the new rate. On the way to a guest they are taken from their senders if
 * that makes them wait for too long.
 *
 * Context: process.
 */
void kvrm_gate_set(struct kvrm_gate *gate, const struct kvrm_gate_limit *limit)
{
	u64 now_ns = ktime_get_ns();

	spin_lock_bh(&gate->lock);
	gate->limit = *limit;
	kvrm_gate_pace(gate, now_ns);
	if (!kvrm_fairq_is_empty(&gate->queue))
		kvrm_gate_arm(gate, 0);
	spin_unlock_bh(&gate->lock);
}

/**
 * kvrm_gate_is_empty() - whether nothing waits, or is on its way out
 * @gate: open or not
 *
 * Context: process.
 * Return: true if whatever comes next overtakes nothing.
 */
bool kvrm_gate_is_empty(struct kvrm_gate *gate)
{
	bool empty;

	spin_lock_bh(&gate->lock);
	empty = kvrm_fairq_is_empty(&gate->queue) && !gate->draining;
	spin_unlock_bh(&gate->lock);
	return empty;
}

/**
 * kvrm_gate_sum() - what has passed
 * @gate: open or not
 * @ret_bytes: set
 * @ret_packets: set
 *
 * Context: any.
 */
void kvrm_gate_sum(const struct kvrm_gate *gate, u64 *ret_bytes, u64 *ret_packets)
{
	const struct kvrm_gate_passed *passed;
	unsigned int start;
	u64 bytes, packets;
	int cpu;

	*ret_bytes = 0;
	*ret_packets = 0;
	for_each_possible_cpu(cpu) {
		passed = per_cpu_ptr(gate->passed, cpu);
		do {
			start = u64_stats_fetch_begin(&passed->sync);
			bytes = u64_stats_read(&passed->bytes);
			packets = u64_stats_read(&passed->packets);
		} while (u64_stats_fetch_retry(&passed->sync, start));
		*ret_bytes += bytes;
		*ret_packets += packets;
	}
}

/**
 * kvrm_gate_read() - its counters at this moment
 * @gate: open or not
 * @ret_stat: filled in
 *
 * Context: process.
 */
void kvrm_gate_read(struct kvrm_gate *gate, struct kvrm_gate_stat *ret_stat)
{
	spin_lock_bh(&gate->lock);
	*ret_stat = gate->stat;
	ret_stat->queued_bytes = gate->queue.bytes;
	ret_stat->queued_packets = gate->queue.packets;
	if (gate->held_since_ns)
		ret_stat->limited_ns += kvrm_excess(ktime_get_ns(), gate->held_since_ns);
	spin_unlock_bh(&gate->lock);
	kvrm_gate_sum(gate, &ret_stat->bytes, &ret_stat->packets);
}

/**
 * kvrm_gate_purge() - drop what waits, because the device is going down
 * @gate: open or shut
 *
 * Context: process.
 */
void kvrm_gate_purge(struct kvrm_gate *gate)
{
	struct sk_buff_head waiting;
	struct sk_buff *skb;

	__skb_queue_head_init(&waiting);
	spin_lock_bh(&gate->lock);
	gate->stat.dropped_device += gate->queue.packets;
	while ((skb = kvrm_fairq_pop(&gate->queue)))
		__skb_queue_tail(&waiting, skb);
	if (!gate->draining)
		kvrm_gate_go_on(gate, 0);
	spin_unlock_bh(&gate->lock);
	while ((skb = __skb_dequeue(&waiting)))
		kfree_skb(skb);
}

static struct sk_buff *kvrm_gate_pop(struct kvrm_gate *gate)
{
	u64 now_ns = ktime_get_ns();
	struct sk_buff *skb;

	spin_lock_bh(&gate->lock);
	skb = kvrm_fairq_pop(&gate->queue);
	if (skb)
		kvrm_gate_waited(gate, skb, now_ns);
	spin_unlock_bh(&gate->lock);
	return skb;
}

/**
 * kvrm_gate_release() - let all that waits pass, and stop the timer
 * @gate: shut, a grace period ago; its device is there
 *
 * While the gate is on an uplink, the uplinks' thread may still start the timer for what waits.
 *
 * Context: process, may sleep.
 */
void kvrm_gate_release(struct kvrm_gate *gate)
{
	struct sk_buff *skb;

	/* Two that take packets out at once would let them overtake each other. */
	kvrm_gate_stop(gate);
	while ((skb = kvrm_gate_pop(gate))) {
		local_bh_disable();
		kvrm_gate_deliver(gate, skb);
		local_bh_enable();
		cond_resched();
	}
	kvrm_gate_stop(gate);
}

/**
 * kvrm_gate_init() - make a gate that is shut and has no limit
 * @gate: zeroed
 * @to_guest: the direction
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_gate_init(struct kvrm_gate *gate, bool to_guest)
{
	int cpu;

	gate->passed = alloc_percpu(struct kvrm_gate_passed);
	if (!gate->passed)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(gate->passed, cpu)->sync);
	spin_lock_init(&gate->lock);
	gate->to_guest = to_guest;
	gate->grant_bytes = KVRM_GATE_ANY;
	kvrm_gate_pace(gate, 0);
	kvrm_fairq_init(&gate->queue);
	kvrm_compat_hrtimer_setup(&gate->timer, kvrm_gate_fire, CLOCK_MONOTONIC,
				  HRTIMER_MODE_ABS_PINNED_SOFT);
	return 0;
}

/**
 * kvrm_gate_free() - undo kvrm_gate_init()
 * @gate: shut, empty, and its timer was stopped since; or it was never open
 */
void kvrm_gate_free(struct kvrm_gate *gate)
{
	WARN_ON_ONCE(gate->passed && !kvrm_fairq_is_empty(&gate->queue));
	free_percpu(gate->passed);
}

/**
 * kvrm_gate_open() - let a device's packets come here
 * @gate: shut
 * @dev: registered, in the initial network namespace
 * @hook: NF_NETDEV_INGRESS or NF_NETDEV_EGRESS
 *
 * Context: process, under RTNL.
 * Return: 0 or a negative errno.
 */
int kvrm_gate_open(struct kvrm_gate *gate, struct net_device *dev, unsigned int hook)
{
	gate->hook.hook = kvrm_gate_hook;
	gate->hook.priv = gate;
	gate->hook.pf = NFPROTO_NETDEV;
	gate->hook.hooknum = hook;
	gate->hook.dev = dev;
	/* After all others': packets that waited do not see any hook again. */
	gate->hook.priority = INT_MAX;
	return nf_register_net_hook(dev_net(dev), &gate->hook);
}

/**
 * kvrm_gate_shut() - undo kvrm_gate_open()
 * @gate: open
 *
 * No packet comes here any more once the caller has waited for a grace period. Then what waits is
 * to be taken out, and the timer stopped: see kvrm_gate_release(), kvrm_gate_purge() and
 * kvrm_gate_stop().
 *
 * Context: process, under RTNL.
 */
void kvrm_gate_shut(struct kvrm_gate *gate)
{
	nf_unregister_net_hook(dev_net(gate->hook.dev), &gate->hook);
}

/**
 * kvrm_gate_stop() - stop the timer, and wait for packets that it has on their way out
 * @gate: shut, a grace period ago; if it is empty as well, nobody starts the timer any more
 *
 * Context: process, may sleep.
 */
void kvrm_gate_stop(struct kvrm_gate *gate)
{
	hrtimer_cancel(&gate->timer);
}
