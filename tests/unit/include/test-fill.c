// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Water-filling: small cases by hand, a million random ones and nested ones against an oracle
 * (maxmin.h).
 *
 * Tolerance: at most RATE_SLACK below what is due exactly, and above it by one for each member at
 * most, since what rounding takes from others may be given out. A million is a CPU, or 8 Mbit/s.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/fill.h"
#include "tests/unit/include/maxmin.h"
#include "tests/unit/include/tree.h"
#include "tests/unit/random.h"

#define CPU	   KVRM_RESOURCE_CPU
#define RATE_SLACK 2

static uint64_t below(uint64_t n)
{
	return random64() % n;
}

/* All magnitudes alike, the ends often. */
static uint64_t random_rate(void)
{
	switch (below(16)) {
	case 0:
		return 0;
	case 1:
		return KVRM_RATE_MAX - 1;
	default:
		return random64() >> (16 + below(48));
	}
}

static void add_guest(struct kvrm_node *pool, struct kvrm_node *node, uint64_t demand,
		      uint64_t reservation, uint32_t weight)
{
	kvrm_node_init(node, false);
	node->due[CPU].demand = demand;
	node->share[CPU].reservation = reservation;
	node->share[CPU].weight = weight;
	tree_add(pool, node);
}

static void test_cap_and_floor(void **state)
{
	struct kvrm_node pool, guest;

	kvrm_node_init(&pool, true);
	add_guest(&pool, &guest, 300, 200, 100);
	assert_int_equal(kvrm_cap(&guest, CPU), 300);
	assert_int_equal(kvrm_floor(&guest, CPU), 200);
	guest.share[CPU].limit = 250;
	assert_int_equal(kvrm_cap(&guest, CPU), 250);
	guest.due[CPU].demand = 150;
	assert_int_equal(kvrm_cap(&guest, CPU), 150);
	assert_int_equal(kvrm_floor(&guest, CPU), 150);
	/* A pool claims what its members do, if it is expandable. */
	pool.due[CPU].demand = 1000;
	pool.reserved[CPU] = 700;
	assert_int_equal(kvrm_floor(&pool, CPU), 700);
	pool.share[CPU].expandable = false;
	pool.share[CPU].reservation = 400;
	assert_int_equal(kvrm_floor(&pool, CPU), 400);
}

static void test_nobody(void **state)
{
	struct kvrm_node pool;

	kvrm_node_init(&pool, true);
	assert_true(kvrm_fill(&pool, CPU, 1000) == UINT64_MAX);
	assert_true(kvrm_fill(&pool, CPU, 0) == UINT64_MAX);
}

static void test_all_fit(void **state)
{
	struct kvrm_node pool, a, b;

	kvrm_node_init(&pool, true);
	add_guest(&pool, &a, 300, 0, 1);
	add_guest(&pool, &b, 700, 0, 10000);
	assert_true(kvrm_fill(&pool, CPU, 1000) == UINT64_MAX);
	assert_int_equal(a.due[CPU].entitled, 300);
	assert_int_equal(b.due[CPU].entitled, 700);
	assert_true(kvrm_fill(&pool, CPU, 999) != UINT64_MAX);
}

static void test_by_weight(void **state)
{
	struct kvrm_node pool, a, b;

	kvrm_node_init(&pool, true);
	add_guest(&pool, &a, 1000000, 0, 100);
	add_guest(&pool, &b, 1000000, 0, 300);
	assert_int_equal(kvrm_fill(&pool, CPU, 1000000) >> KVRM_LEVEL_SHIFT, 2500);
	assert_int_equal(a.due[CPU].entitled, 250000);
	assert_int_equal(b.due[CPU].entitled, 750000);
}

static void test_capped_share_goes_on(void **state)
{
	struct kvrm_node pool, a, b, c;

	kvrm_node_init(&pool, true);
	add_guest(&pool, &a, 100000, 0, 200);
	add_guest(&pool, &b, 1000000, 0, 100);
	add_guest(&pool, &c, 1000000, 0, 200);
	c.share[CPU].limit = 300000;
	kvrm_fill(&pool, CPU, 1000000);
	assert_int_equal(a.due[CPU].entitled, 100000);
	assert_int_equal(b.due[CPU].entitled, 600000);
	assert_int_equal(c.due[CPU].entitled, 300000);
}

static void test_floor_beyond_weight(void **state)
{
	struct kvrm_node pool, a, b, c;

	kvrm_node_init(&pool, true);
	add_guest(&pool, &a, 1000000, 600000, 100);
	add_guest(&pool, &b, 1000000, 0, 100);
	add_guest(&pool, &c, 1000000, 0, 300);
	kvrm_fill(&pool, CPU, 1000000);
	assert_int_equal(a.due[CPU].entitled, 600000);
	assert_int_equal(b.due[CPU].entitled, 100000);
	assert_int_equal(c.due[CPU].entitled, 300000);
	/* What it does not demand of its reservation is lent. */
	a.due[CPU].demand = 200000;
	kvrm_fill(&pool, CPU, 1000000);
	assert_int_equal(a.due[CPU].entitled, 200000);
	assert_int_equal(b.due[CPU].entitled, 200000);
	assert_int_equal(c.due[CPU].entitled, 600000);
}

static void test_floors_that_do_not_fit(void **state)
{
	struct kvrm_node pool, a, b, c;

	kvrm_node_init(&pool, true);
	add_guest(&pool, &a, 1000000, 600000, 1);
	add_guest(&pool, &b, 1000000, 300000, 10000);
	add_guest(&pool, &c, 1000000, 0, 100);
	assert_int_equal(kvrm_fill(&pool, CPU, 300000), 0);
	assert_int_equal(a.due[CPU].entitled, 200000);
	assert_int_equal(b.due[CPU].entitled, 100000);
	assert_int_equal(c.due[CPU].entitled, 0);
	/* Just enough for them. */
	assert_int_equal(kvrm_fill(&pool, CPU, 900000) >> KVRM_LEVEL_SHIFT, 0);
	assert_int_equal(a.due[CPU].entitled, 600000);
	assert_int_equal(b.due[CPU].entitled, 300000);
	assert_int_equal(c.due[CPU].entitled, 0);
	assert_int_equal(kvrm_fill(&pool, CPU, 0), 0);
	assert_int_equal(a.due[CPU].entitled, 0);
}

static void test_extremes(void **state)
{
	struct kvrm_node pool, a, b;

	kvrm_node_init(&pool, true);
	add_guest(&pool, &a, KVRM_RATE_MAX - 1, 0, 1);
	add_guest(&pool, &b, KVRM_RATE_MAX - 1, 0, 10000);
	kvrm_fill(&pool, CPU, KVRM_RATE_MAX - 1);
	assert_in_range(a.due[CPU].entitled, 28144683199, 28144683203);
	assert_in_range(b.due[CPU].entitled, 281446832027449, 281446832027453);
}

static struct kvrm_node nodes[MEMBERS_MAX];

static struct member as_member(const struct kvrm_node *node)
{
	const struct kvrm_share *share = &node->share[CPU];
	long double high = node->due[CPU].demand, low = share->reservation;

	if (share->limit < high)
		high = share->limit;
	if (node->pool && share->expandable && node->reserved[CPU] > low)
		low = node->reserved[CPU];
	return (struct member){ share->weight, low < high ? low : high, high, 0 };
}

static void random_member(struct kvrm_node *pool, struct kvrm_node *node)
{
	uint64_t demand = random_rate();
	uint32_t weight = below(2) ? 1 + below(KVRM_WEIGHT_MAX) : 100 * (1 + below(4));

	add_guest(pool, node, demand, 0, weight);
	if (!below(3))
		node->share[CPU].reservation = below(2) ? random_rate() : below(demand + 1);
	if (!below(4))
		node->share[CPU].limit = below(2) ? random_rate() : below(demand + 1);
	if (!below(8)) {
		node->pool = true;
		node->reserved[CPU] = random_rate();
		node->share[CPU].expandable = below(2);
	}
}

/* An amount that is scarce, in between, plenty, or just on an edge. */
static uint64_t random_amount(const struct kvrm_node *pool)
{
	const struct kvrm_node *child;
	uint64_t lows = 0, highs = 0, amount;

	kvrm_for_each_child(child, pool) {
		struct member member = as_member(child);

		lows += member.low;
		highs += member.high;
	}
	switch (below(8)) {
	case 0:
		amount = below(lows + 1);
		break;
	case 1:
		amount = lows;
		break;
	case 2:
		amount = highs - (highs && below(2));
		break;
	case 3:
		amount = random_rate();
		break;
	default:
		amount = lows + below(highs - lows + 1);
	}
	return kvrm_min(amount, KVRM_RATE_MAX - 1);
}

static void check_promises(const struct kvrm_node *pool, uint64_t amount, uint64_t level)
{
	const struct kvrm_node *child;
	uint64_t lows = 0, highs = 0, sum = 0;

	kvrm_for_each_child(child, pool) {
		struct member member = as_member(child);

		lows += member.low;
		highs += member.high;
		sum += child->due[CPU].entitled;
		if (child->due[CPU].entitled > member.high)
			fail_msg("beyond the cap");
		if (level == UINT64_MAX && child->due[CPU].entitled < member.high)
			fail_msg("below the cap, though all fit");
	}
	if (sum > amount || (highs >= amount && sum + pool->children < amount))
		fail_msg("%llu of %llu given out", (unsigned long long)sum,
			 (unsigned long long)amount);
	if ((level == UINT64_MAX) != (highs <= amount))
		fail_msg("level %llu", (unsigned long long)level);
	if (level != UINT64_MAX && lows > amount && level)
		fail_msg("level %llu although floors do not fit", (unsigned long long)level);
	if (lows <= amount) {
		kvrm_for_each_child(child, pool)
			if (child->due[CPU].entitled < (uint64_t)as_member(child).low)
				fail_msg("below the floor");
	}
}

static void random_case(size_t n)
{
	struct member members[MEMBERS_MAX];
	struct kvrm_node pool;
	uint64_t amount;

	kvrm_node_init(&pool, true);
	for (size_t i = 0; i < n; i++) {
		random_member(&pool, &nodes[i]);
		members[i] = as_member(&nodes[i]);
	}
	amount = random_amount(&pool);
	check_promises(&pool, amount, kvrm_fill(&pool, CPU, amount));
	solve(members, n, amount);
	for (size_t i = 0; i < n; i++) {
		long double error = (long double)nodes[i].due[CPU].entitled - members[i].due;

		if (error < -RATE_SLACK || error > n)
			fail_msg("member %zu of %zu: %llu, not %.3Lf", i, n,
				 (unsigned long long)nodes[i].due[CPU].entitled, members[i].due);
	}
}

static void test_random(void **state)
{
	seed = 1;
	for (int i = 0; i < 1000000; i++)
		random_case(i % 2000 ? 1 + below(i % 4 ? 3 : 8) : 1 + below(MEMBERS_MAX));
}

/* Three levels: pools of pools of guests. */
#define FAN 4

struct tree {
	struct kvrm_node root;
	struct kvrm_node pools[FAN];
	struct kvrm_node inner[FAN][FAN];
	struct kvrm_node guests[FAN][FAN][FAN];
};

/* Demand and claims rise from the members to their pool. */
static void gather(struct kvrm_node *pool)
{
	struct kvrm_node *child;

	pool->due[CPU].demand = 0;
	kvrm_for_each_child(child, pool) {
		struct member member = as_member(child);
		const struct kvrm_share *share = &child->share[CPU];

		pool->due[CPU].demand += member.high;
		pool->reserved[CPU] += child->pool && share->expandable
					       ? kvrm_max(share->reservation, child->reserved[CPU])
					       : share->reservation;
	}
	pool->due[CPU].demand = kvrm_min(pool->due[CPU].demand, KVRM_RATE_MAX - 1);
}

static void random_pool(struct kvrm_node *parent, struct kvrm_node *pool)
{
	random_member(parent, pool);
	pool->pool = true;
	pool->reserved[CPU] = 0;
	pool->share[CPU].expandable = below(2);
}

static void random_tree(struct tree *tree)
{
	kvrm_node_init(&tree->root, true);
	for (size_t i = 0; i < FAN; i++) {
		random_pool(&tree->root, &tree->pools[i]);
		for (size_t j = 0; j < FAN; j++) {
			random_pool(&tree->pools[i], &tree->inner[i][j]);
			for (size_t k = 0; k < FAN; k++) {
				random_member(&tree->inner[i][j], &tree->guests[i][j][k]);
				tree->guests[i][j][k].pool = false;
			}
			gather(&tree->inner[i][j]);
		}
		gather(&tree->pools[i]);
	}
	gather(&tree->root);
}

/* Errors add up from level to level: a pool's own is passed on to a member in full at most. */
static void check_below(const struct kvrm_node *pool, long double amount, int level)
{
	struct member members[FAN];
	const struct kvrm_node *child;
	size_t n = 0;

	kvrm_for_each_child(child, pool)
		members[n++] = as_member(child);
	solve(members, n, amount);
	n = 0;
	kvrm_for_each_child(child, pool) {
		long double due = members[n++].due;
		long double error = (long double)child->due[CPU].entitled - due;

		if (error < -level * (FAN + RATE_SLACK) || error > level * (FAN + RATE_SLACK))
			fail_msg("level %d: %llu, not %.3Lf", level,
				 (unsigned long long)child->due[CPU].entitled, due);
		if (child->first)
			check_below(child, due, level + 1);
	}
}

static void test_nested(void **state)
{
	static struct tree tree;

	seed = 2;
	for (int i = 0; i < 10000; i++) {
		struct kvrm_node *node;
		uint64_t amount;

		random_tree(&tree);
		amount = random_amount(&tree.root);
		tree.root.due[CPU].entitled = amount;
		for (node = &tree.root; node; node = kvrm_node_after(node, &tree.root)) {
			if (node->first)
				check_promises(node, node->due[CPU].entitled,
					       kvrm_fill(node, CPU, node->due[CPU].entitled));
		}
		check_below(&tree.root, amount, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cap_and_floor),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_all_fit),
		cmocka_unit_test(test_by_weight),
		cmocka_unit_test(test_capped_share_goes_on),
		cmocka_unit_test(test_floor_beyond_weight),
		cmocka_unit_test(test_floors_that_do_not_fit),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
