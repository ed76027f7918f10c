// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The uplink; see uplink.h.
 */
#include "kvrm/fill.h"
#include "kvrm/uplink.h"

#define NSEC_PER_SEC_ULL 1000000000ULL
/* Ticks as short or as long as that count as such: bytes times ns fit into 64 bits then. */
#define TICK_MIN_NS 100000ULL
#define TICK_MAX_NS NSEC_PER_SEC_ULL
/* More bytes in a tick than any device passes. */
#define BYTES_MAX (1ULL << 48)
/* The new rate's part in the one that is shown. */
#define USED_PART 4U
/* What does not come again is demanded by so much less in each tick. */
#define FALL_PART 8U
/* More demand than all but this part of what there is: somebody may go short. */
#define NEAR_PART 4U
/* What passed too much is taken off within this part of a second, */
#define REPAY_PART 20U
/* but at most half of the capacity: twice that in parts. */
#define DEBT_PART (2 * REPAY_PART)
/* What did not pass may pass later: timers are late by some ms. */
#define CREDIT_PART 100U

/**
 * kvrm_line_init() - a line that is on no uplink and asks for nothing
 * @line: overwritten
 * @pool: whether it may have members
 */
void kvrm_line_init(struct kvrm_line *line, bool pool)
{
	*line = (struct kvrm_line){ 0 };
	kvrm_node_init(&line->node, pool);
}

/**
 * kvrm_uplink_set() - give an uplink its capacity
 * @uplink: root of its tree
 * @direction: which
 * @capacity: bytes per second, up to KVRM_UPLINK_RATE_MAX
 *
 * Whether it suffices for what was admitted the caller checks, and settles afterwards.
 */
void kvrm_uplink_set(struct kvrm_line *uplink, enum kvrm_resource direction, uint64_t capacity)
{
	uplink->node.share[direction].reservation = capacity;
	uplink->node.share[direction].expandable = false;
}

static uint64_t capacity_of(const struct kvrm_line *uplink, enum kvrm_resource direction)
{
	return uplink->node.share[direction].reservation;
}

/* At most 2^48 times 10^9 by 10^5. */
static uint64_t rate_of(uint64_t bytes, uint64_t dt_ns)
{
	return kvrm_muldiv(kvrm_min(bytes, BYTES_MAX), NSEC_PER_SEC_ULL, dt_ns);
}

/* What a pool's members want together, each within its limit. */
static uint64_t demand_below(const struct kvrm_node *pool, enum kvrm_resource direction)
{
	const struct kvrm_node *child;
	uint64_t demand = 0;

	kvrm_for_each_child(child, pool)
		demand += kvrm_cap(child, direction);
	return demand;
}

static void share_out(struct kvrm_node *top, enum kvrm_resource direction, uint64_t amount)
{
	struct kvrm_node *node;

	top->due[direction].entitled = amount;
	for (node = top; node; node = kvrm_node_after(node, top)) {
		if (node->first)
			kvrm_fill(node, direction, node->due[direction].entitled);
	}
}

/**
 * kvrm_uplink_settle() - after any change of the tree: what each is due if all want all
 * @uplink: root of its tree
 * @direction: which
 *
 * What was measured stays.
 */
void kvrm_uplink_settle(struct kvrm_line *uplink, enum kvrm_resource direction)
{
	uint64_t capacity = capacity_of(uplink, direction);
	struct kvrm_node *top = &uplink->node, *node;

	for (node = kvrm_node_first_leaf(top); node; node = kvrm_node_after_leaf(node, top))
		node->due[direction].demand =
			node->pool ? kvrm_min(demand_below(node, direction), capacity) : capacity;
	share_out(top, direction, capacity);
	for (node = top; node; node = kvrm_node_after(node, top)) {
		struct kvrm_stream *stream = &kvrm_line_of(node)->streams[direction];
		struct kvrm_due *due = &node->due[direction];

		stream->least = due->entitled;
		due->demand = kvrm_min(stream->demand, capacity);
		due->entitled = kvrm_min(due->entitled, due->demand);
	}
}

static uint64_t wanted(const struct kvrm_stream *stream, uint64_t dt_ns)
{
	uint64_t rate = rate_of(stream->passed, dt_ns);

	if (!stream->queued)
		return rate;
	return rate + kvrm_max(rate, rate_of(stream->queued, dt_ns));
}

static void measure_nic(struct kvrm_line *nic, enum kvrm_resource direction, uint64_t capacity,
			uint64_t dt_ns)
{
	struct kvrm_stream *stream = &nic->streams[direction];
	uint64_t fallen = stream->demand - (stream->demand + FALL_PART - 1) / FALL_PART;

	stream->used =
		(stream->used * (USED_PART - 1) + rate_of(stream->passed, dt_ns)) / USED_PART;
	stream->demand = kvrm_min(kvrm_max(wanted(stream, dt_ns), fallen), capacity);
	nic->node.due[direction].demand = stream->demand;
}

/* Returns whether its members may go short. */
static bool measure_pool(struct kvrm_line *pool, enum kvrm_resource direction, uint64_t capacity)
{
	uint64_t most = kvrm_min(pool->node.share[direction].limit, capacity), demand;
	struct kvrm_stream *stream = &pool->streams[direction];
	struct kvrm_node *child;

	stream->passed = 0;
	stream->used = 0;
	kvrm_for_each_child(child, &pool->node) {
		stream->passed +=
			kvrm_min(kvrm_line_of(child)->streams[direction].passed, BYTES_MAX);
		stream->used += kvrm_line_of(child)->streams[direction].used;
	}
	demand = demand_below(&pool->node, direction);
	stream->demand = kvrm_min(demand, capacity);
	pool->node.due[direction].demand = stream->demand;
	return demand > most - most / NEAR_PART;
}

static bool measure(struct kvrm_line *uplink, enum kvrm_resource direction, uint64_t dt_ns)
{
	uint64_t capacity = capacity_of(uplink, direction);
	struct kvrm_node *top = &uplink->node, *node;
	bool near = false;

	for (node = kvrm_node_first_leaf(top); node; node = kvrm_node_after_leaf(node, top)) {
		if (node->pool)
			near |= measure_pool(kvrm_line_of(node), direction, capacity);
		else
			measure_nic(kvrm_line_of(node), direction, capacity, dt_ns);
	}
	return near;
}

/* What is to be shared out until the next tick: what was promised in any case. */
static uint64_t amount_now(const struct kvrm_line *uplink, enum kvrm_resource direction,
			   struct kvrm_trunk *trunk, uint64_t dt_ns)
{
	uint64_t capacity = capacity_of(uplink, direction);
	int64_t most = (int64_t)kvrm_div(capacity, DEBT_PART);
	int64_t least = -(int64_t)kvrm_div(capacity, CREDIT_PART);
	uint64_t passed = kvrm_min(uplink->streams[direction].passed, BYTES_MAX);

	trunk->balance += (int64_t)passed - (int64_t)kvrm_muldiv(capacity, dt_ns, NSEC_PER_SEC_ULL);
	trunk->balance = trunk->balance > most	  ? most
			 : trunk->balance < least ? least
						  : trunk->balance;
	if (trunk->balance > 0)
		capacity -= (uint64_t)trunk->balance * REPAY_PART;
	return kvrm_max(capacity, uplink->node.reserved[direction]);
}

/* What members do not want of what their pool is due, or was lent. */
static void lend_below(struct kvrm_node *pool, enum kvrm_resource direction)
{
	const struct kvrm_stream *stream = &kvrm_line_of(pool)->streams[direction];
	uint64_t spare = pool->due[direction].entitled + stream->lent, weights = 0;
	struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		spare = kvrm_excess(spare, child->due[direction].entitled);
		weights += child->due[direction].demand ? child->share[direction].weight : 0;
	}
	kvrm_for_each_child(child, pool) {
		const struct kvrm_share *share = &child->share[direction];
		uint64_t lent = weights && !child->due[direction].demand ? 0 : spare;

		if (weights)
			lent = kvrm_muldiv(lent, share->weight, weights);
		lent = kvrm_min(lent, kvrm_excess(share->limit, child->due[direction].entitled));
		kvrm_line_of(child)->streams[direction].lent = lent;
	}
}

static void grant(struct kvrm_node *node, enum kvrm_resource direction)
{
	struct kvrm_stream *stream = &kvrm_line_of(node)->streams[direction];

	stream->granted = kvrm_max(node->due[direction].entitled + stream->lent, stream->least);
}

/**
 * kvrm_uplink_tick() - from what was measured to what each may pass
 * @uplink: root of its tree, settled; of every NIC passed and queued are set
 * @direction: which
 * @trunk: of this direction
 * @dt_ns: since the last tick; less than 0.1 ms counts as that, more than 1 s as that
 *
 * Cost: linear in the members, some fifty times if not everybody can have what it demands.
 */
void kvrm_uplink_tick(struct kvrm_line *uplink, enum kvrm_resource direction,
		      struct kvrm_trunk *trunk, uint64_t dt_ns)
{
	struct kvrm_node *top = &uplink->node, *node;
	bool near;

	dt_ns = kvrm_min(kvrm_max(dt_ns, TICK_MIN_NS), TICK_MAX_NS);
	near = measure(uplink, direction, dt_ns);
	trunk->contended_ns =
		near ? KVRM_UPLINK_CONTENDED_NS : kvrm_excess(trunk->contended_ns, dt_ns);
	share_out(top, direction, amount_now(uplink, direction, trunk, dt_ns));
	for (node = top; node; node = kvrm_node_after(node, top)) {
		lend_below(node, direction);
		grant(node, direction);
	}
}
