/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees that tests put together by hand, past admission.
 */
#ifndef KVRM_TEST_TREE_H
#define KVRM_TEST_TREE_H

#include "kvrm/node.h"

/* Nothing is reserved for it: kvrm_edits_apply() does that. */
static inline void tree_add(struct kvrm_node *pool, struct kvrm_node *node)
{
	node->parent = pool;
	node->prev = NULL;
	node->next = pool->first;
	if (pool->first)
		pool->first->prev = node;
	pool->first = node;
	pool->children++;
}

#endif
