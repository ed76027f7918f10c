/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Admission: the sum of the reservations in a pool never exceeds what the pool itself has.
 *
 * A node claims its reservation from its parent; an expandable pool claims what its children do, if
 * that is more, and so on upward. A fixed pool's children must fit into its reservation, a pool's
 * children into its limit, the root's into the host.
 *
 * A change is an edit: what the node is to be. Applying one exchanges it with what the node was, so
 * that applying it again undoes it. Several edits are applied in order and judged by what they lead
 * to together; if that breaks a promise, they are undone in reverse order.
 *
 * No single reservation may exceed the root's, so sums cannot overflow as long as that is below
 * 2^48: not by 65,000 reservations. The root is fixed and not edited: what it has is set by its
 * owner, who may lower it below what is claimed. Then only what would make that worse is refused.
 */
#ifndef KVRM_ADMIT_H
#define KVRM_ADMIT_H

#include "kvrm/node.h"

enum kvrm_refusal_kind {
	KVRM_ADMITTED,
	KVRM_REFUSED_ABOVE_HOST,  /* the reservation alone exceeds the root's */
	KVRM_REFUSED_ABOVE_LIMIT, /* the reservation exceeds the limit of its own node */
	KVRM_REFUSED_POOL_LACKS,  /* the pool has not got what its members claim */
	KVRM_REFUSED_POOL_LIMIT,  /* the members claim more than the pool's limit */
	KVRM_REFUSED_CYCLE,	  /* a pool would lie below itself */
	KVRM_REFUSED_DEPTH,	  /* more than KVRM_DEPTH_MAX pools would lie above a guest */
	KVRM_REFUSED_MEMBERS,	  /* a pool that is taken out still has members */
};

/**
 * struct kvrm_refusal - why a change cannot be made
 * @kind: what is wrong
 * @edit: index of the edit at fault; of several, the last one that made it worse
 * @resource: of which there is not enough
 * @at: the node that lacks it, or that the sentence is about
 * @shortfall: how much is missing, in the resource's unit
 */
struct kvrm_refusal {
	enum kvrm_refusal_kind kind;
	size_t edit;
	enum kvrm_resource resource;
	struct kvrm_node *at;
	uint64_t shortfall;
};

/**
 * struct kvrm_edit - what a node is to be
 * @node: which; not the root
 * @parent: its pool, which is in the tree; NULL: it is taken out of the tree
 * @share: its allocations
 */
struct kvrm_edit {
	struct kvrm_node *node;
	struct kvrm_node *parent;
	struct kvrm_share share[KVRM_RESOURCE_COUNT];
};

void kvrm_edit_init(struct kvrm_edit *edit, struct kvrm_node *node);
bool kvrm_edits_apply(struct kvrm_edit *edits, size_t n, const struct kvrm_node *root,
		      struct kvrm_refusal *ret_refusal);
void kvrm_edits_undo(struct kvrm_edit *edits, size_t n);
uint64_t kvrm_claimed(const struct kvrm_node *node, enum kvrm_resource resource);
uint64_t kvrm_unreserved(const struct kvrm_node *pool, enum kvrm_resource resource);
uint64_t kvrm_shortfall(const struct kvrm_node *pool, enum kvrm_resource resource);

#endif
