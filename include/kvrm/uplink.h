/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what passed and waits on an uplink to the rates at which its members may go on. Pure: the
 * caller measures before a tick and sets the rates after it.
 *
 * An uplink is the root of a tree of its own (node.h), in which a resource is a direction. Its
 * share is its capacity. What each member is due comes from water-filling (fill.h); what it may
 * pass is more in two cases, because demand is known a tick late only:
 *
 * - Never less than what it would be due if all wanted all they may have. That contains its
 *   reservation. So who wakes has at once what nobody could take from it in the long run.
 * - What nobody wants is lent to those that want something, in proportion to weights, so that a
 *   sender can grow.
 *
 * So for a tick after many have woken, more may pass than the capacity, but not twice as much. What
 * passed too much is taken off during the next ticks. (Rates from measured demand and max-min
 * fairness at the end hosts, without a shared queue: EyeQ, Jeyakumar et al., NSDI 2013.)
 *
 * Who has packets waiting for the uplink wants what it got and what waits, or twice what it got:
 * its sender may stand still until some of it has gone. It finds its share in a few ticks then, and
 * one that waits for a moment only does not take what others could have used.
 */
#ifndef KVRM_UPLINK_H
#define KVRM_UPLINK_H

#include "kvrm/node.h"

/* Largest capacity, in bytes per second, 2^40: sums of 2^24 members' demand stay below 2^64. */
#define KVRM_UPLINK_RATE_MAX 1099511627776ULL
/* For so long an uplink counts as contended after somebody could last have gone short. */
#define KVRM_UPLINK_CONTENDED_NS 100000000ULL

/**
 * struct kvrm_stream - one direction of a member as it flows; rates in bytes per second
 * @passed: bytes since the last tick; of a NIC set by the caller, of a pool the sum
 * @queued: bytes that wait for the uplink; of a NIC, likewise
 * @used: smoothed rate
 * @demand: what it wants; rises at once and falls by an eighth in each tick
 * @least: what it is due if all want all they may have; set by kvrm_uplink_settle()
 * @lent: what it may pass beyond what it is due, as nobody else wants it
 * @granted: what it may pass
 */
struct kvrm_stream {
	uint64_t passed;
	uint64_t queued;
	uint64_t used;
	uint64_t demand;
	uint64_t least;
	uint64_t lent;
	uint64_t granted;
};

/**
 * struct kvrm_line - a member of an uplink, or the uplink itself
 * @node: its place in the tree, of which all nodes are those of lines
 * @streams: by direction
 */
struct kvrm_line {
	struct kvrm_node node;
	struct kvrm_stream streams[KVRM_RESOURCE_COUNT];
};

/**
 * struct kvrm_trunk - one direction of an uplink from tick to tick; zeroed at first
 * @balance: bytes that passed beyond the capacity; negative: that did not, and may still
 * @contended_ns: for how long it still counts as contended
 */
struct kvrm_trunk {
	int64_t balance;
	uint64_t contended_ns;
};

void kvrm_line_init(struct kvrm_line *line, bool pool);
void kvrm_uplink_set(struct kvrm_line *uplink, enum kvrm_resource direction, uint64_t capacity);
void kvrm_uplink_settle(struct kvrm_line *uplink, enum kvrm_resource direction);
void kvrm_uplink_tick(struct kvrm_line *uplink, enum kvrm_resource direction,
		      struct kvrm_trunk *trunk, uint64_t dt_ns);

static inline struct kvrm_line *kvrm_line_of(struct kvrm_node *node)
{
	/* It is the first member. */
	return (struct kvrm_line *)node;
}

#endif
