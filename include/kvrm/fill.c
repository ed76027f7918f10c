// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Water-filling; see fill.h.
 */
#include "kvrm/admit.h"
#include "kvrm/fill.h"

/**
 * kvrm_cap() - the most that a node can make use of
 * @node: with its demand
 * @resource: of which
 *
 * Return: in the resource's unit, as all rates here.
 */
uint64_t kvrm_cap(const struct kvrm_node *node, enum kvrm_resource resource)
{
	return kvrm_min(node->due[resource].demand, node->share[resource].limit);
}

/**
 * kvrm_floor() - what a node is due in any case
 * @node: with its demand
 * @resource: of which
 *
 * Return: at most kvrm_cap().
 */
uint64_t kvrm_floor(const struct kvrm_node *node, enum kvrm_resource resource)
{
	return kvrm_min(kvrm_cap(node, resource), kvrm_claimed(node, resource));
}

/* A product that does not fit into 64 bits is 2^48 or more without its places: above each cap. */
static uint64_t due_at(const struct kvrm_node *node, enum kvrm_resource resource, uint64_t level)
{
	uint64_t cap = kvrm_cap(node, resource), due;

	if (__builtin_mul_overflow((uint64_t)node->share[resource].weight, level, &due))
		return cap;
	due >>= KVRM_LEVEL_SHIFT;
	return kvrm_min(kvrm_max(due, kvrm_floor(node, resource)), cap);
}

static uint64_t sum_at(const struct kvrm_node *pool, enum kvrm_resource resource, uint64_t level)
{
	const struct kvrm_node *child;
	uint64_t sum = 0;

	kvrm_for_each_child(child, pool)
		sum += due_at(child, resource, level);
	return sum;
}

/* The highest level at which the members are due no more than the amount. */
static uint64_t find_level(const struct kvrm_node *pool, enum kvrm_resource resource,
			   uint64_t amount, uint64_t enough)
{
	uint64_t low = 0, high = enough, middle;

	while (low < high) {
		middle = low + (high - low + 1) / 2;
		if (sum_at(pool, resource, middle) <= amount)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* There is less than was promised: what there is, in proportion to the floors. */
static void fill_scarce(struct kvrm_node *pool, enum kvrm_resource resource, uint64_t amount,
			uint64_t floors)
{
	struct kvrm_node *child;

	kvrm_for_each_child(child, pool)
		child->due[resource].entitled =
			kvrm_muldiv(kvrm_floor(child, resource), amount, floors);
}

/**
 * kvrm_fill() - set what each member of a pool is due
 * @pool: its members' demand, share and reserved are read, what they are entitled to is written
 * @resource: of which
 * @amount: to be shared; as all rates below KVRM_RATE_MAX
 *
 * Rounded down: what is due adds up to @amount less a unit for each member at most.
 *
 * Return: the level, with KVRM_LEVEL_SHIFT binary places; UINT64_MAX if everybody gets what it
 * demands; 0 if not even the floors fit.
 */
uint64_t kvrm_fill(struct kvrm_node *pool, enum kvrm_resource resource, uint64_t amount)
{
	uint64_t caps = 0, floors = 0, enough = 0, level, cap;
	struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		cap = kvrm_cap(child, resource);
		caps += cap;
		floors += kvrm_floor(child, resource);
		enough = kvrm_max(enough,
				  (cap << KVRM_LEVEL_SHIFT) / child->share[resource].weight + 1);
	}
	if (caps > amount && floors > amount) {
		fill_scarce(pool, resource, amount, floors);
		return 0;
	}
	level = caps <= amount ? enough : find_level(pool, resource, amount, enough);
	kvrm_for_each_child(child, pool)
		child->due[resource].entitled = due_at(child, resource, level);
	return caps <= amount ? UINT64_MAX : level;
}
