/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_FAIRQ_H
#define KVRM_FAIRQ_H

#include <linux/build_bug.h>
#include <linux/siphash.h>
#include <linux/skbuff.h>
#include <linux/types.h>

#include "kvrm/wire.h"

/* Two connections that fall into the same one share it. */
#define KVRM_FAIRQ_FLOWS 32

/**
 * struct kvrm_fairq_flow - packets of one flow, or of several whose hash is the same
 * @first: NULL: there are none
 * @last: where the next one is put
 * @served: bytes that it has got, as a virtual time
 * @truesize: what its packets occupy in memory, in bytes
 */
struct kvrm_fairq_flow {
	struct sk_buff *first;
	struct sk_buff *last;
	u64 served;
	u64 truesize;
};

/**
 * struct kvrm_fairq - a queue that is fair to flows
 * @key: with which flows are told apart; constant
 * @active: bit mask of the flows that have packets
 * @floor: virtual time at which the last packet was taken
 * @bytes: on the wire, of all packets
 * @packets: on the wire
 * @truesize: what all packets occupy in memory, in bytes
 * @flows: by hash
 *
 * Whoever owns one says which lock protects all but @key.
 */
struct kvrm_fairq {
	siphash_aligned_key_t key;
	u32 active;
	u64 floor;
	u64 bytes;
	u64 packets;
	u64 truesize;
	struct kvrm_fairq_flow flows[KVRM_FAIRQ_FLOWS];
};

/**
 * struct kvrm_fairq_note - what is noted of a packet
 * @wire: its size
 * @since_ns: when it came, as ktime_get_ns() says
 */
struct kvrm_fairq_note {
	struct kvrm_wire wire;
	u64 since_ns;
};

/* While a packet is in the queue, and until it goes on, skb->cb is ours. */
static inline struct kvrm_fairq_note *kvrm_fairq_note(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct kvrm_fairq_note) > sizeof_field(struct sk_buff, cb));
	return (struct kvrm_fairq_note *)skb->cb;
}

static inline struct kvrm_wire *kvrm_fairq_wire(struct sk_buff *skb)
{
	return &kvrm_fairq_note(skb)->wire;
}

void kvrm_fairq_init(struct kvrm_fairq *q);
u32 kvrm_fairq_hash(const struct kvrm_fairq *q, const struct sk_buff *skb);
void kvrm_fairq_push(struct kvrm_fairq *q, struct sk_buff *skb, struct kvrm_wire wire, u32 hash,
		     u64 now_ns);
struct sk_buff *kvrm_fairq_pop(struct kvrm_fairq *q);
struct sk_buff *kvrm_fairq_evict(struct kvrm_fairq *q, u32 hash,
				 bool (*keep)(const struct sk_buff *skb));
void kvrm_fairq_orphan(struct kvrm_fairq *q);

static inline bool kvrm_fairq_is_empty(const struct kvrm_fairq *q)
{
	return !q->active;
}

#endif
