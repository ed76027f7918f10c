// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What everybody is due of memory: cases by hand, and a million random ones against what defines the
 * result: nobody below its floor or above its cap, all of the amount given out, and nobody who could
 * give a byte pays less for it than somebody who lacks one. Prices are computed in floating point.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/admit.h"
#include "kvrm/entitle.h"
#include "kvrm/fill.h"
#include "tests/unit/include/tree.h"
#include "tests/unit/random.h"

#define MEMORY	   KVRM_RESOURCE_MEMORY
#define MIB	   1048576ULL
#define MEMBERS	   8
#define BYTE_SLACK 48

static uint64_t below(uint64_t n)
{
	return random64() % n;
}

static void add_guest(struct kvrm_node *pool, struct kvrm_node *node, uint64_t demand,
		      uint64_t active, uint32_t weight)
{
	kvrm_node_init(node, false);
	node->due[MEMORY].demand = demand;
	node->due[MEMORY].active = active;
	node->share[MEMORY].weight = weight;
	tree_add(pool, node);
}

static uint64_t mib_of(const struct kvrm_node *node)
{
	return (node->due[MEMORY].entitled + MIB / 2) / MIB;
}

static void test_enough_for_all(void **state)
{
	struct kvrm_node root, a, b;

	kvrm_node_init(&root, true);
	add_guest(&root, &a, 300 * MIB, 0, 1);
	add_guest(&root, &b, 700 * MIB, 700 * MIB, 10000);
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_true(a.due[MEMORY].entitled == 300 * MIB);
	assert_true(b.due[MEMORY].entitled == 700 * MIB);
	assert_true(root.due[MEMORY].demand == 1000 * MIB);
	assert_true(root.due[MEMORY].active == 700 * MIB);
	kvrm_entitle(&root, UINT64_MAX, 0);
	assert_true(root.due[MEMORY].entitled == 1000 * MIB);
}

static void test_nobody(void **state)
{
	struct kvrm_node root;

	kvrm_node_init(&root, true);
	kvrm_entitle(&root, 1000, 75);
	assert_int_equal(root.due[MEMORY].entitled, 0);
}

static void test_by_weight(void **state)
{
	struct kvrm_node root, a, b;

	kvrm_node_init(&root, true);
	add_guest(&root, &a, 1000 * MIB, 1000 * MIB, 100);
	add_guest(&root, &b, 1000 * MIB, 1000 * MIB, 300);
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&a), 250);
	assert_int_equal(mib_of(&b), 750);
	/* All idle: the tax is the same for both. */
	a.due[MEMORY].active = b.due[MEMORY].active = 0;
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&a), 250);
	assert_int_equal(mib_of(&b), 750);
}

/* Four times the price for what is idle: of 1000, the busy one has 800. */
static void test_idle_is_taxed(void **state)
{
	struct kvrm_node root, idle, busy;

	kvrm_node_init(&root, true);
	add_guest(&root, &idle, 1000 * MIB, 0, 100);
	add_guest(&root, &busy, 1000 * MIB, 1000 * MIB, 100);
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&idle), 200);
	assert_int_equal(mib_of(&busy), 800);
	kvrm_entitle(&root, 1000 * MIB, 0);
	assert_int_equal(mib_of(&idle), 500);
	/* Half of what it holds is busy: it keeps that, and a little more. */
	idle.due[MEMORY].active = 300 * MIB;
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&idle), 380);
	assert_int_equal(mib_of(&busy), 620);
}

static void test_reservation_and_limit(void **state)
{
	struct kvrm_node root, a, b, c;

	kvrm_node_init(&root, true);
	add_guest(&root, &a, 1000 * MIB, 0, 1);
	add_guest(&root, &b, 1000 * MIB, 1000 * MIB, 100);
	add_guest(&root, &c, 1000 * MIB, 1000 * MIB, 100);
	a.share[MEMORY].reservation = 400 * MIB;
	b.share[MEMORY].limit = 100 * MIB;
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&a), 400);
	assert_int_equal(mib_of(&b), 100);
	assert_int_equal(mib_of(&c), 500);
	/* What it does not hold of its reservation is lent. */
	a.due[MEMORY].demand = 50 * MIB;
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&a), 50);
	assert_int_equal(mib_of(&c), 850);
	/* Less than was promised. */
	a.due[MEMORY].demand = 1000 * MIB;
	kvrm_entitle(&root, 200 * MIB, 75);
	assert_int_equal(mib_of(&a), 200);
	assert_int_equal(mib_of(&c), 0);
}

static void test_pools(void **state)
{
	struct kvrm_node root, pool, a, b, c;

	kvrm_node_init(&root, true);
	kvrm_node_init(&pool, true);
	pool.share[MEMORY].weight = 100;
	tree_add(&root, &pool);
	add_guest(&pool, &a, 1000 * MIB, 1000 * MIB, 10000);
	add_guest(&pool, &b, 1000 * MIB, 1000 * MIB, 10000);
	add_guest(&root, &c, 1000 * MIB, 1000 * MIB, 100);
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&pool), 500);
	assert_int_equal(mib_of(&a), 250);
	assert_int_equal(mib_of(&b), 250);
	assert_int_equal(mib_of(&c), 500);
	/* A pool is taxed by what its members do not use. */
	a.due[MEMORY].active = b.due[MEMORY].active = 50 * MIB;
	kvrm_entitle(&root, 1000 * MIB, 75);
	assert_int_equal(mib_of(&pool), 260);
	assert_int_equal(mib_of(&c), 740);
}

/* What a member pays at the margin, in bytes per unit of weight. */
static long double price(const struct kvrm_node *node, uint32_t tax)
{
	long double held = node->due[MEMORY].entitled, active = node->due[MEMORY].active;
	long double paid = held <= active ? held : active + (held - active) * 100 / (100 - tax);

	return paid / node->share[MEMORY].weight;
}

static uint64_t random_bytes(void)
{
	switch (below(16)) {
	case 0:
		return 0;
	case 1:
		return KVRM_RATE_MAX / 16;
	default:
		return random64() >> (20 + below(44));
	}
}

static void random_members(struct kvrm_node *pool, struct kvrm_node *members, size_t n)
{
	kvrm_node_init(pool, true);
	for (size_t i = 0; i < n; i++) {
		uint64_t demand = random_bytes();

		add_guest(pool, &members[i], demand, below(2 * demand + 1),
			  (uint32_t)(1 + below(below(2) ? 10000 : 10)));
		if (!below(3))
			members[i].share[MEMORY].reservation = random_bytes();
		if (!below(4))
			members[i].share[MEMORY].limit =
				members[i].share[MEMORY].reservation + random_bytes();
	}
}

static void check_prices(const struct kvrm_node *members, size_t n, uint32_t tax)
{
	long double least = 0, most = 0, slack = 1;
	bool any_lacks = false;

	for (size_t i = 0; i < n; i++) {
		const struct kvrm_node *m = &members[i];
		long double step =
			(long double)BYTE_SLACK * 100 / (100 - tax) / m->share[MEMORY].weight;

		if (m->due[MEMORY].entitled > kvrm_floor(m, MEMORY) && price(m, tax) > most)
			most = price(m, tax);
		if (m->due[MEMORY].entitled >= kvrm_cap(m, MEMORY))
			continue;
		if (!any_lacks || price(m, tax) + step < least)
			least = price(m, tax) + step;
		any_lacks = true;
	}
	assert_true(!any_lacks || most <= least * (1 + 1e-12L) + slack);
}

static void test_random(void **state)
{
	struct kvrm_node pool, members[MEMBERS];

	seed = 5;
	for (int run = 0; run < 1000000; run++) {
		uint32_t tax = (uint32_t)(below(4) ? below(KVRM_IDLE_TAX_MAX + 1) : 75);
		uint64_t caps = 0, floors = 0, sum = 0, amount;
		size_t n = 1 + below(MEMBERS);

		random_members(&pool, members, n);
		for (size_t i = 0; i < n; i++) {
			caps += kvrm_cap(&members[i], MEMORY);
			floors += kvrm_floor(&members[i], MEMORY);
		}
		amount = below(caps + caps / 4 + 2);
		kvrm_entitle(&pool, amount, tax);
		for (size_t i = 0; i < n; i++) {
			assert_true(members[i].due[MEMORY].entitled <=
				    kvrm_cap(&members[i], MEMORY));
			assert_true(floors > amount || members[i].due[MEMORY].entitled >=
							       kvrm_floor(&members[i], MEMORY));
			sum += members[i].due[MEMORY].entitled;
		}
		assert_true(sum <= amount);
		if (amount >= caps)
			assert_true(sum == caps);
		else
			assert_true(sum + n * BYTE_SLACK >= amount);
		if (floors <= amount)
			check_prices(members, n, tax);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough_for_all), cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_by_weight),      cmocka_unit_test(test_idle_is_taxed),
		cmocka_unit_test(test_pools),	       cmocka_unit_test(test_reservation_and_limit),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
