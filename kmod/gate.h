/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_GATE_H
#define KVRM_GATE_H

#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/netfilter.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>

#include "kmod/fairq.h"
#include "kvrm/delay.h"
#include "kvrm/node.h"
#include "kvrm/pace.h"

/* No bound to what a CPU may pass without looking at the gate's lock. */
#define KVRM_GATE_ANY U32_MAX

/* As in an uplink's tree. */
enum kvrm_direction {
	KVRM_TO_GUEST = KVRM_RESOURCE_TO_GUEST,
	KVRM_FROM_GUEST = KVRM_RESOURCE_FROM_GUEST,
	KVRM_DIRECTIONS = KVRM_RESOURCE_COUNT,
};

/**
 * struct kvrm_gate_limit - what may pass
 * @bytes_per_s: bytes per second; 0: no limit
 * @packets_per_s: packets per second; 0: no limit
 * @burst_bytes: what may pass at once; 0: what the limit gives in KVRM_PACE_IDLE_NS
 */
struct kvrm_gate_limit {
	u64 bytes_per_s;
	u64 packets_per_s;
	u64 burst_bytes;
};

/**
 * struct kvrm_gate_share - what the uplink leaves a gate
 * @bytes_per_s: bytes per second, at least 1; 0: it is on no uplink
 * @free: the uplink has room: the gate need not be held to that, as long as no CPU passes more than
 *	@grant_bytes until it gets its next share
 * @grant_bytes: 0: nothing passed lately, and the next packet is to be told
 * @excess: called when more passes, under the gate's lock; the gate is held from then on
 */
struct kvrm_gate_share {
	u64 bytes_per_s;
	bool free;
	u32 grant_bytes;
	void (*excess)(void);
};

/**
 * struct kvrm_gate_stat - counters, for whoever reads them
 * @bytes: passed
 * @packets: passed
 * @queued_bytes: held back now
 * @queued_packets: held back now
 * @delayed_packets: ever held back
 * @unowned_packets: of these, those that no sender waits for
 * @dropped_full: packets dropped because the queue was full, and those, as one each, that are to be
 *	cut into more segments than a real one has
 * @dropped_device: because the device went down or was removed
 * @dropped_memory: for lack of memory
 * @limited_ns: time in which packets were held back
 * @delays: of those that were held back and have gone on: how long each of them waited
 *
 * @delayed_packets are those in @delays, @queued_packets, @dropped_device, and of @dropped_full
 * those that were dropped to make room for others.
 */
struct kvrm_gate_stat {
	u64 bytes;
	u64 packets;
	u64 queued_bytes;
	u64 queued_packets;
	u64 delayed_packets;
	u64 unowned_packets;
	u64 dropped_full;
	u64 dropped_device;
	u64 dropped_memory;
	u64 limited_ns;
	struct kvrm_delays delays;
};

/**
 * struct kvrm_gate_passed - what has passed on one CPU
 * @bytes: on the wire
 * @packets: on the wire
 * @sync: for readers on processors of 32 bits
 * @round: the gate's, when @round_bytes began; this CPU's own, as the next
 * @round_bytes: passed since then
 */
struct kvrm_gate_passed {
	u64_stats_t bytes;
	u64_stats_t packets;
	struct u64_stats_sync sync;
	u32 round;
	u64 round_bytes;
};

/**
 * struct kvrm_gate - one direction of a NIC
 * @hook: by which the device's packets come here
 * @to_guest: the packets are the guest's to receive; constant
 * @limited: packets must look at the limit, or at those that wait; written under @lock, read
 *	without, as the next two
 * @grant_bytes: what each CPU may pass in a round without looking; KVRM_GATE_ANY: anything
 * @round: changes with each share
 * @awake: something has passed since the uplink last found that nothing had
 * @passed: per CPU
 * @lock: protects everything below
 * @limit: as it was set
 * @share: what the uplink leaves
 * @bytes: when the next packet may pass, by its bytes
 * @packets: likewise, by being one
 * @idle_ns: how far @bytes may be behind after nobody wanted anything
 * @room_bytes: what packets that no sender waits for may occupy in memory
 * @queue: packets that wait
 * @timer: runs while there are any
 * @draining: packets are on their way out of @queue: nobody may overtake them
 * @held_since_ns: since when @queue has packets
 * @stat: of it @delayed_packets, @unowned_packets, @dropped_full, @dropped_device,
 *	@dropped_memory, @delays, and @limited_ns as far as they were held back until @held_since_ns
 */
struct kvrm_gate {
	struct nf_hook_ops hook;
	bool to_guest;
	bool limited;
	bool awake;
	u32 grant_bytes;
	u32 round;
	struct kvrm_gate_passed __percpu *passed;

	spinlock_t lock ____cacheline_aligned;
	struct kvrm_gate_limit limit;
	struct kvrm_gate_share share;
	struct kvrm_pace bytes;
	struct kvrm_pace packets;
	u64 idle_ns;
	u64 room_bytes;
	struct kvrm_fairq queue;
	struct hrtimer timer;
	bool draining;
	u64 held_since_ns;
	struct kvrm_gate_stat stat;
};

int kvrm_gate_init(struct kvrm_gate *gate, bool to_guest);
void kvrm_gate_free(struct kvrm_gate *gate);
int kvrm_gate_open(struct kvrm_gate *gate, struct net_device *dev, unsigned int hook);
void kvrm_gate_shut(struct kvrm_gate *gate);
void kvrm_gate_stop(struct kvrm_gate *gate);
void kvrm_gate_release(struct kvrm_gate *gate);
void kvrm_gate_purge(struct kvrm_gate *gate);
void kvrm_gate_set(struct kvrm_gate *gate, const struct kvrm_gate_limit *limit);
bool kvrm_gate_is_empty(struct kvrm_gate *gate);
void kvrm_gate_sum(const struct kvrm_gate *gate, u64 *ret_bytes, u64 *ret_packets);
void kvrm_gate_read(struct kvrm_gate *gate, struct kvrm_gate_stat *ret_stat);

/* Whether packets are held to a rate now. */
static inline bool kvrm_gate_has_limit(const struct kvrm_gate *gate)
{
	return gate->bytes.rate || gate->packets.rate;
}

/* When the next packet may pass; a time in the past if it may now. */
static inline u64 kvrm_gate_at_ns(const struct kvrm_gate *gate)
{
	return max(kvrm_pace_at_ns(&gate->bytes), kvrm_pace_at_ns(&gate->packets));
}

/* gate-share.c */
void kvrm_gate_pace(struct kvrm_gate *gate, u64 now_ns);
bool kvrm_gate_set_share(struct kvrm_gate *gate, const struct kvrm_gate_share *share);
void kvrm_gate_exceed(struct kvrm_gate *gate, u64 now_ns);
bool kvrm_gate_measure(struct kvrm_gate *gate, u64 *ret_bytes, u64 *ret_queued);
u64 kvrm_gate_applied(struct kvrm_gate *gate);

/* gate-pass.c */
unsigned int kvrm_gate_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
enum hrtimer_restart kvrm_gate_fire(struct hrtimer *timer);
bool kvrm_gate_holds_long(const struct kvrm_gate *gate, struct kvrm_wire wire, u64 now_ns);
void kvrm_gate_arm(struct kvrm_gate *gate, u64 earliest_ns);
void kvrm_gate_go_on(struct kvrm_gate *gate, u64 earliest_ns);
void kvrm_gate_waited(struct kvrm_gate *gate, struct sk_buff *skb, u64 now_ns);
void kvrm_gate_deliver(struct kvrm_gate *gate, struct sk_buff *skb);

/* gate-packet.c */
struct kvrm_wire kvrm_packet_wire(const struct sk_buff *skb, bool ingress);
struct sk_buff *kvrm_packet_segment(struct sk_buff *skb, bool ingress);
bool kvrm_packet_owned(const struct sk_buff *skb);
void kvrm_packet_deliver(struct sk_buff *skb, bool ingress);

#endif
