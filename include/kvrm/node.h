/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of pools and guests, as pure data: the module, the daemon and the tests embed a struct
 * kvrm_node in what they keep of a pool or a guest. admit.h keeps the tree's promises, fill.h
 * computes what everybody is due, control.h turns that into weights. The tree of an uplink and the
 * NICs on it is one of the same kind; uplink.h turns what is due there into rates.
 *
 * Nothing here allocates or locks. Whoever owns a tree serialises everything that touches it.
 */
#ifndef KVRM_NODE_H
#define KVRM_NODE_H

#include "kvrm/arith.h"

/*
 * What a tree shares out: the host's processor and memory, or both directions of an uplink. Units:
 * CPU time in µs per second of wall time; memory in bytes; the network in bytes per second.
 */
enum kvrm_resource {
	KVRM_RESOURCE_CPU = 0,
	KVRM_RESOURCE_MEMORY = 1,
	KVRM_RESOURCE_TO_GUEST = 0,
	KVRM_RESOURCE_FROM_GUEST = 1,
	KVRM_RESOURCE_COUNT = 2,
};

#define KVRM_UNLIMITED	    UINT64_MAX
#define KVRM_WEIGHT_MIN	    1U
#define KVRM_WEIGHT_MAX	    10000U
#define KVRM_WEIGHT_DEFAULT 100U
/* Pools above a guest, the root included. */
#define KVRM_DEPTH_MAX 8U

/**
 * struct kvrm_share - an allocation: what is asked for one resource
 * @reservation: guaranteed; of a pool: taken out of its parent, used or not
 * @limit: never exceeded; KVRM_UNLIMITED: none
 * @weight: share among siblings of what reservations leave, KVRM_WEIGHT_MIN to KVRM_WEIGHT_MAX
 * @expandable: of a pool: what its reservation does not cover is borrowed from its parent
 */
struct kvrm_share {
	uint64_t reservation;
	uint64_t limit;
	uint32_t weight;
	bool expandable;
};

/**
 * struct kvrm_due - what is due now of one resource; see fill.h, of memory entitle.h
 * @demand: what it would use if nothing held it back
 * @active: of memory: what of that is in use; see entitle.h
 * @entitled: what it is due
 */
struct kvrm_due {
	uint64_t demand;
	uint64_t active;
	uint64_t entitled;
};

/**
 * struct kvrm_flow - the processor, as it is used now; see control.h
 * @used_us: CPU time since the last tick; of a guest set by the caller, of a pool the sum
 * @wait_us: time that threads could have run but did not, since the last tick; likewise
 * @used: smoothed rate, µs per second
 * @hungry: waited for more than a small part of the last tick
 * @credit_us: CPU time it is due beyond what it got; negative: what it got too much
 * @short_us: CPU time that it lacks of its reservation in the window
 * @share: weight before it is scaled, µs per second
 * @weight: to be written to cpu.weight
 * @shift: of a pool: how its members' shares are scaled to weights
 * @level: of a pool: smoothed level of its members; see fill.h
 */
struct kvrm_flow {
	uint64_t used_us;
	uint64_t wait_us;
	uint64_t used;
	bool hungry;
	int64_t credit_us;
	uint64_t short_us;
	uint64_t share;
	uint32_t weight;
	uint32_t shift;
	uint64_t level;
};

/**
 * struct kvrm_node - a pool or a guest in the tree
 * @parent: NULL for the root, and for what is not in the tree
 * @first: first child
 * @next: next sibling
 * @prev: previous sibling
 * @children: how many
 * @pool: whether it may have children
 * @share: what is asked, by resource
 * @reserved: what the children claim, by resource; kept by admit.c
 * @due: what it demands and is due, by resource
 * @flow: the processor as it flows
 */
struct kvrm_node {
	struct kvrm_node *parent;
	struct kvrm_node *first;
	struct kvrm_node *next;
	struct kvrm_node *prev;
	uint32_t children;
	bool pool;
	struct kvrm_share share[KVRM_RESOURCE_COUNT];
	uint64_t reserved[KVRM_RESOURCE_COUNT];
	struct kvrm_due due[KVRM_RESOURCE_COUNT];
	struct kvrm_flow flow;
};

#define kvrm_for_each_child(child, node)                                                           \
	for ((child) = (node)->first; (child); (child) = (child)->next)

void kvrm_node_init(struct kvrm_node *node, bool pool);
struct kvrm_node *kvrm_node_after(struct kvrm_node *node, const struct kvrm_node *top);
struct kvrm_node *kvrm_node_first_leaf(struct kvrm_node *top);
struct kvrm_node *kvrm_node_after_leaf(struct kvrm_node *node, const struct kvrm_node *top);
bool kvrm_node_is_below(const struct kvrm_node *node, const struct kvrm_node *top);

#endif
