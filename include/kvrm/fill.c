// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Water-filling; see fill.h.
 */
#include "kvrm/admit.h"
#include "kvrm/fill.h"

/**
 * kvrm_cap() - the most that a node can make use of
 * @node: with its demand
 *
 * Return: µs per second.
 */
uint64_t kvrm_cap(const struct kvrm_node *node)
{
	return kvrm_min(node->flow.demand, node->share[KVRM_RESOURCE_CPU].limit);
}

/**
 * kvrm_floor() - what a node is due in any case
 * @node: with its demand
 *
 * Return: µs per second, at most kvrm_cap().
 */
uint64_t kvrm_floor(const struct kvrm_node *node)
{
	return kvrm_min(kvrm_cap(node), kvrm_claimed(node, KVRM_RESOURCE_CPU));
}

static uint64_t due_at(const struct kvrm_node *node, uint64_t level)
{
	uint64_t due = (node->share[KVRM_RESOURCE_CPU].weight * level) >> KVRM_LEVEL_SHIFT;

	return kvrm_min(kvrm_max(due, kvrm_floor(node)), kvrm_cap(node));
}

static uint64_t sum_at(const struct kvrm_node *pool, uint64_t level)
{
	const struct kvrm_node *child;
	uint64_t sum = 0;

	kvrm_for_each_child(child, pool)
		sum += due_at(child, level);
	return sum;
}

/* The highest level at which the members are due no more than the amount. */
static uint64_t find_level(const struct kvrm_node *pool, uint64_t amount, uint64_t enough)
{
	uint64_t low = 0, high = enough, middle;

	while (low < high) {
		middle = low + (high - low + 1) / 2;
		if (sum_at(pool, middle) <= amount)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The host has lost CPUs: what there is, in proportion to the floors. */
static void fill_scarce(struct kvrm_node *pool, uint64_t amount, uint64_t floors)
{
	struct kvrm_node *child;

	kvrm_for_each_child(child, pool)
		child->flow.entitled = kvrm_muldiv(kvrm_floor(child), amount, floors);
}

/**
 * kvrm_fill() - set what each member of a pool is due
 * @pool: its members' demand, share and reserved are read, their flow.entitled is written
 * @amount: to be shared, µs per second; as all rates below KVRM_RATE_MAX
 *
 * Rounded down: what is due adds up to @amount less a µs per second for each member at most.
 *
 * Return: the level, with KVRM_LEVEL_SHIFT binary places; UINT64_MAX if everybody gets what it
 * demands; 0 if not even the floors fit.
 */
uint64_t kvrm_fill(struct kvrm_node *pool, uint64_t amount)
{
	uint64_t caps = 0, floors = 0, enough = 0, level, weight;
	struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		weight = child->share[KVRM_RESOURCE_CPU].weight;
		caps += kvrm_cap(child);
		floors += kvrm_floor(child);
		enough = kvrm_max(enough, (kvrm_cap(child) << KVRM_LEVEL_SHIFT) / weight + 1);
	}
	if (caps > amount && floors > amount) {
		fill_scarce(pool, amount, floors);
		return 0;
	}
	level = caps <= amount ? enough : find_level(pool, amount, enough);
	kvrm_for_each_child(child, pool)
		child->flow.entitled = due_at(child, level);
	return caps <= amount ? UINT64_MAX : level;
}
