// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tree of pools and guests; see node.h.
 */
#include "kvrm/node.h"

/**
 * kvrm_node_init() - a node that is not in a tree and asks for nothing
 * @node: overwritten
 * @pool: whether it is a pool, else a guest
 */
void kvrm_node_init(struct kvrm_node *node, bool pool)
{
	int r;

	*node = (struct kvrm_node){ .pool = pool };
	for (r = 0; r < KVRM_RESOURCE_COUNT; r++) {
		node->share[r].limit = KVRM_UNLIMITED;
		node->share[r].weight = KVRM_WEIGHT_DEFAULT;
		node->share[r].expandable = pool;
	}
}

/**
 * kvrm_node_after() - walk a subtree, parents before their children
 * @node: where the walk stands; it begins with @top
 * @top: root of the subtree
 *
 * Return: the next node, or NULL at the end.
 */
struct kvrm_node *kvrm_node_after(struct kvrm_node *node, const struct kvrm_node *top)
{
	if (node->first)
		return node->first;
	while (node != top && !node->next)
		node = node->parent;
	return node == top ? NULL : node->next;
}

/**
 * kvrm_node_first_leaf() - begin a walk of a subtree, children before their parents
 * @top: root of the subtree
 *
 * Return: the first node; it is @top if that has no children.
 */
struct kvrm_node *kvrm_node_first_leaf(struct kvrm_node *top)
{
	while (top->first)
		top = top->first;
	return top;
}

/**
 * kvrm_node_after_leaf() - go on with such a walk
 * @node: where it stands
 * @top: root of the subtree
 *
 * Return: the next node, or NULL after @top, which is the last.
 */
struct kvrm_node *kvrm_node_after_leaf(struct kvrm_node *node, const struct kvrm_node *top)
{
	if (node == top)
		return NULL;
	return node->next ? kvrm_node_first_leaf(node->next) : node->parent;
}

/**
 * kvrm_node_is_below() - whether a node is in a subtree
 * @node: node
 * @top: root of the subtree
 *
 * Return: true also for @top itself.
 */
bool kvrm_node_is_below(const struct kvrm_node *node, const struct kvrm_node *top)
{
	while (node && node != top)
		node = node->parent;
	return node;
}
