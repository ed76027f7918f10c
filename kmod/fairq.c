// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue that is fair to flows: packets of a flow stay in their order, flows take turns by bytes.
 *
 * Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): each flow has a virtual time, the
 * bytes that it has got; the flow that has got least is served next; one that becomes active begins
 * at the time of the packet that was served last. So a flow that sends now and then, a ping beside
 * a download, is served next, and gathers nothing while it is silent.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/random.h>

#include "kmod/fairq.h"

/**
 * kvrm_fairq_init() - make an empty queue
 * @q: zeroed
 */
void kvrm_fairq_init(struct kvrm_fairq *q)
{
	BUILD_BUG_ON(KVRM_FAIRQ_FLOWS > 32);
	get_random_bytes(&q->key, sizeof(q->key));
}

/**
 * kvrm_fairq_hash() - which flow a packet belongs to
 * @q: the queue
 * @skb: with its network header
 *
 * Context: any; needs no lock.
 * Return: a hash that nobody outside can foresee.
 */
u32 kvrm_fairq_hash(const struct kvrm_fairq *q, const struct sk_buff *skb)
{
	return skb_get_hash_perturb(skb, &q->key);
}

/**
 * kvrm_fairq_push() - put a packet at its flow's end
 * @q: the queue
 * @skb: not shared; the queue's from now on
 * @wire: its size
 * @hash: its flow
 * @now_ns: current time
 */
void kvrm_fairq_push(struct kvrm_fairq *q, struct sk_buff *skb, struct kvrm_wire wire, u32 hash,
		     u64 now_ns)
{
	u32 index = hash % KVRM_FAIRQ_FLOWS;
	struct kvrm_fairq_flow *flow = &q->flows[index];

	*kvrm_fairq_note(skb) = (struct kvrm_fairq_note){ .wire = wire, .since_ns = now_ns };
	skb->next = NULL;
	if (flow->first) {
		flow->last->next = skb;
	} else {
		flow->first = skb;
		flow->served = max(flow->served, q->floor);
		q->active |= BIT(index);
	}
	flow->last = skb;
	flow->truesize += skb->truesize;
	q->bytes += wire.bytes;
	q->packets += wire.packets;
	q->truesize += skb->truesize;
}

/* The active flow that has got least; there is one. */
static u32 kvrm_fairq_next(const struct kvrm_fairq *q)
{
	u32 best = __ffs(q->active), index;
	unsigned long active = q->active;

	for_each_set_bit(index, &active, KVRM_FAIRQ_FLOWS) {
		if (q->flows[index].served < q->flows[best].served)
			best = index;
	}
	return best;
}

/* Take a flow's first packet; there is one. */
static struct sk_buff *kvrm_fairq_take(struct kvrm_fairq *q, u32 index)
{
	struct kvrm_fairq_flow *flow = &q->flows[index];
	struct sk_buff *skb = flow->first;
	struct kvrm_wire *wire = kvrm_fairq_wire(skb);

	flow->first = skb->next;
	if (!flow->first)
		q->active &= ~BIT(index);
	skb_mark_not_on_list(skb);
	flow->truesize -= skb->truesize;
	q->bytes -= wire->bytes;
	q->packets -= wire->packets;
	q->truesize -= skb->truesize;
	return skb;
}

/**
 * kvrm_fairq_pop() - take the packet whose turn it is
 * @q: the queue
 *
 * Return: the packet, the caller's from now on, with what kvrm_fairq_note() has of it; NULL if
 *	there is none.
 */
struct sk_buff *kvrm_fairq_pop(struct kvrm_fairq *q)
{
	struct kvrm_fairq_flow *flow;
	struct sk_buff *skb;
	u32 index;

	if (!q->active)
		return NULL;
	index = kvrm_fairq_next(q);
	flow = &q->flows[index];
	skb = kvrm_fairq_take(q, index);
	q->floor = flow->served;
	flow->served += kvrm_fairq_wire(skb)->bytes;
	return skb;
}

/**
 * kvrm_fairq_evict() - make room for a packet of a flow that has less than another one
 * @q: the queue
 * @hash: the packet's flow
 * @keep: whether a packet must not be taken
 *
 * Return: the first packet of the flow that occupies most, the caller's from now on; NULL if that
 * is
 *	the packet's own flow, or if the packet must be kept.
 */
struct sk_buff *kvrm_fairq_evict(struct kvrm_fairq *q, u32 hash,
				 bool (*keep)(const struct sk_buff *skb))
{
	u32 most = hash % KVRM_FAIRQ_FLOWS, index;

	for (index = 0; index < KVRM_FAIRQ_FLOWS; index++) {
		if (q->flows[index].truesize > q->flows[most].truesize)
			most = index;
	}
	if (most == hash % KVRM_FAIRQ_FLOWS || keep(q->flows[most].first))
		return NULL;
	return kvrm_fairq_take(q, most);
}

/**
 * kvrm_fairq_orphan() - let go of all packets' senders, who need not wait for them any more
 * @q: the queue
 *
 * Context: bottom halves are off; wakes senders.
 */
void kvrm_fairq_orphan(struct kvrm_fairq *q)
{
	struct sk_buff *skb;
	u32 index;

	for (index = 0; index < KVRM_FAIRQ_FLOWS; index++) {
		for (skb = q->flows[index].first; skb; skb = skb->next)
			skb_orphan(skb);
	}
}
