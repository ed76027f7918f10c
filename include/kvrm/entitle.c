// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that everybody is due; see entitle.h.
 *
 * Levels are prices in bytes per unit of weight, with LEVEL_SHIFT binary places: with an idle tax
 * of 99 per cent, 2^48 bytes (KVRM_RATE_MAX) cost less than 2^55, which leaves room for them.
 */
#include "kvrm/admit.h"
#include "kvrm/entitle.h"
#include "kvrm/fill.h"

#define MEMORY	    KVRM_RESOURCE_MEMORY
#define LEVEL_SHIFT 8

/* What so much of a member's memory costs it. */
static uint64_t price(const struct kvrm_node *node, uint64_t bytes, uint32_t tax)
{
	uint64_t active = node->due[MEMORY].active;

	if (bytes <= active)
		return bytes;
	return active + kvrm_div((bytes - active) * 100 + (99 - tax), 100 - tax);
}

/* A product that does not fit is above what any memory costs. */
static uint64_t due_at(const struct kvrm_node *node, uint64_t level, uint32_t tax)
{
	uint64_t cap = kvrm_cap(node, MEMORY), active = node->due[MEMORY].active, due;

	if (__builtin_mul_overflow((uint64_t)node->share[MEMORY].weight, level, &due))
		return cap;
	due >>= LEVEL_SHIFT;
	if (due > active)
		due = active + kvrm_muldiv(due - active, 100 - tax, 100);
	return kvrm_min(kvrm_max(due, kvrm_floor(node, MEMORY)), cap);
}

static uint64_t sum_at(const struct kvrm_node *pool, uint64_t level, uint32_t tax)
{
	const struct kvrm_node *child;
	uint64_t sum = 0;

	kvrm_for_each_child(child, pool)
		sum += due_at(child, level, tax);
	return sum;
}

/* The highest level at which the members are due no more than the pool; 0 if not even the floors fit. */
static uint64_t find_level(const struct kvrm_node *pool, uint32_t tax)
{
	uint64_t low = 0, high = 0, middle, enough;
	const struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		enough = price(child, kvrm_cap(child, MEMORY), tax) << LEVEL_SHIFT;
		enough = kvrm_div(enough, child->share[MEMORY].weight) + 1;
		high = kvrm_max(high, enough);
	}
	if (sum_at(pool, high, tax) <= pool->due[MEMORY].entitled)
		return high;
	while (low < high) {
		middle = low + (high - low + 1) / 2;
		if (sum_at(pool, middle, tax) <= pool->due[MEMORY].entitled)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void share_out(struct kvrm_node *pool, uint32_t tax)
{
	uint64_t amount = pool->due[MEMORY].entitled, level = find_level(pool, tax);
	uint64_t floors = sum_at(pool, 0, tax);
	struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		child->due[MEMORY].entitled = due_at(child, level, tax);
		/* There is less than was promised. */
		if (floors > amount)
			child->due[MEMORY].entitled =
				kvrm_muldiv(kvrm_floor(child, MEMORY), amount, floors);
	}
}

/* A pool wants what its members can make use of, and uses what they do. */
static void add_up(struct kvrm_node *pool)
{
	struct kvrm_due *due = &pool->due[MEMORY];
	const struct kvrm_node *child;

	due->demand = 0;
	due->active = 0;
	kvrm_for_each_child(child, pool) {
		due->demand += kvrm_cap(child, MEMORY);
		due->active += kvrm_min(child->due[MEMORY].active, kvrm_cap(child, MEMORY));
	}
}

/**
 * kvrm_entitle() - set what everybody is due of an amount of memory
 * @root: guests' demand and active memory, and everybody's share and what is reserved in it, are
 *	read; pools' demand and active memory, and what everybody is entitled to, are written
 * @amount: bytes to be shared; as all demands together below KVRM_RATE_MAX
 * @tax_percent: on idle memory, up to KVRM_IDLE_TAX_MAX
 *
 * Rounded down: a pool's members are due the pool's amount, or all they demand, less some 40 bytes
 * for each member at most.
 */
void kvrm_entitle(struct kvrm_node *root, uint64_t amount, uint32_t tax_percent)
{
	struct kvrm_node *node;

	for (node = kvrm_node_first_leaf(root); node; node = kvrm_node_after_leaf(node, root)) {
		if (node->pool)
			add_up(node);
	}
	root->due[MEMORY].entitled = kvrm_min(amount, root->due[MEMORY].demand);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (node->pool)
			share_out(node, tax_percent);
	}
}
