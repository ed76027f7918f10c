// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller: weights of small trees by hand, what credit does, and that nothing overflows. How
 * well it controls a scheduler is what tests/sim finds out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/admit.h"
#include "kvrm/control.h"
#include "kvrm/fill.h"

/* In the kernel, a quotient that does not fit traps. Here it would go unnoticed, so it is checked. */
static uint64_t checked_muldiv(uint64_t x, uint64_t y, uint64_t z)
{
	unsigned __int128 quotient = (unsigned __int128)x * y / z;

	if (quotient >> 64)
		fail_msg("%llu * %llu / %llu", (unsigned long long)x, (unsigned long long)y,
			 (unsigned long long)z);
	return quotient;
}

#define kvrm_muldiv checked_muldiv
#include "../../../include/kvrm/fill.c"
#include "../../../include/kvrm/control.c"
#include "tests/unit/random.h"

#define CPU	KVRM_RESOURCE_CPU
#define ONE_CPU 1000000ULL
#define TICK_US 10000U

static struct kvrm_control host;
static struct kvrm_node root, pool, a, b, c;

/* Two CPUs, all of which may be reserved. */
static int setup(void **state)
{
	host = (struct kvrm_control){ .capacity = 2 * ONE_CPU, .reserve = 0 };
	kvrm_node_init(&root, true);
	root.share[CPU].expandable = false;
	root.share[CPU].reservation = host.capacity;
	kvrm_node_init(&pool, true);
	kvrm_node_init(&a, false);
	kvrm_node_init(&b, false);
	kvrm_node_init(&c, false);
	return 0;
}

static void put(struct kvrm_node *node, struct kvrm_node *parent, uint64_t reservation,
		uint32_t weight)
{
	struct kvrm_refusal refusal;
	struct kvrm_edit edit;

	kvrm_edit_init(&edit, node);
	edit.parent = parent;
	edit.share[CPU].reservation = reservation;
	edit.share[CPU].weight = weight;
	assert_true(kvrm_edits_apply(&edit, 1, &root, &refusal));
}

/* What a guest did in a tick, in percent of a CPU. */
static void did(struct kvrm_node *node, uint64_t used, uint64_t waited)
{
	node->flow.used_us = used * TICK_US / 100;
	node->flow.wait_us = waited * TICK_US / 100;
}

static void tick(void)
{
	kvrm_control_tick(&root, &host, TICK_US);
}

static void assert_ratio(const struct kvrm_node *more, const struct kvrm_node *less, double ratio,
			 double tolerance)
{
	double is = (double)more->flow.weight / less->flow.weight;

	if (is < ratio * (1 - tolerance) || is > ratio * (1 + tolerance))
		fail_msg("%u to %u, not %.2f", more->flow.weight, less->flow.weight, ratio);
}

static void test_by_weight(void **state)
{
	put(&a, &root, 0, 100);
	put(&b, &root, 0, 300);
	for (int i = 0; i < 100; i++) {
		did(&a, 50, 150);
		did(&b, 150, 50);
		tick();
		assert_ratio(&b, &a, 3, 0.01);
	}
	assert_in_range(a.due[KVRM_RESOURCE_CPU].entitled, ONE_CPU / 2 - 2, ONE_CPU / 2);
	assert_in_range(b.due[KVRM_RESOURCE_CPU].entitled, ONE_CPU * 3 / 2 - 2, ONE_CPU * 3 / 2);
	assert_int_equal(a.due[KVRM_RESOURCE_CPU].demand, 2 * ONE_CPU);
	assert_in_range(a.flow.used, ONE_CPU / 2 - 10, ONE_CPU / 2);
	assert_true(a.flow.hungry);
	assert_int_equal(root.flow.used_us, 2 * TICK_US);
}

static void test_static_by_weight(void **state)
{
	put(&a, &root, 0, 100);
	put(&b, &root, 0, 300);
	kvrm_control_static(&root, &host);
	assert_ratio(&b, &a, 3, 0.01);
}

/* All is used, everybody is due what it gets. */
static void test_reservation_beyond_weight(void **state)
{
	put(&a, &root, ONE_CPU, 100);
	put(&b, &root, 0, 100);
	put(&c, &root, 0, 300);
	for (int i = 0; i < 100; i++) {
		did(&a, 103, 97);
		did(&b, 24, 176);
		did(&c, 73, 127);
		tick();
	}
	assert_in_range(a.due[KVRM_RESOURCE_CPU].entitled, ONE_CPU, ONE_CPU);
	assert_ratio(&a, &b, 4, 0.15);
	assert_ratio(&c, &b, 3, 0.05);
}

static void test_static_reservation(void **state)
{
	put(&a, &root, ONE_CPU, 100);
	put(&b, &root, 0, 100);
	put(&c, &root, 0, 300);
	kvrm_control_static(&root, &host);
	assert_ratio(&a, &b, 4, 0.05);
	assert_ratio(&c, &b, 3, 0.01);
}

static void test_static_pools(void **state)
{
	put(&pool, &root, 0, 100);
	put(&a, &root, 0, 100);
	put(&b, &pool, ONE_CPU * 3 / 2, 100);
	put(&c, &pool, 0, 100);
	kvrm_control_static(&root, &host);
	/* The pool claims what its member does; there is nothing left for the other one. */
	assert_ratio(&pool, &a, 3, 0.05);
	assert_true(b.flow.weight > 100 * c.flow.weight);
	/* All that is reserved. */
	host.reserve = ONE_CPU;
	kvrm_control_static(&root, &host);
	assert_true(pool.flow.weight > 100 * a.flow.weight);
}

static void test_short_of_reservation(void **state)
{
	uint32_t before;

	put(&a, &root, ONE_CPU, 100);
	put(&b, &root, 0, 100);
	did(&a, 100, 100);
	did(&b, 100, 100);
	tick();
	before = a.flow.weight;
	for (int i = 0; i < 10; i++) {
		did(&a, 20, 180);
		did(&b, 180, 20);
		tick();
	}
	assert_true(a.flow.weight > 4 * before);
	assert_true(a.flow.credit_us > 0);
	assert_true(b.flow.credit_us < 0);
}

/* Who sleeps is due its reservation, and nothing else. */
static void test_sleepers(void **state)
{
	put(&a, &root, ONE_CPU / 2, 100);
	put(&b, &root, 0, 100);
	put(&c, &root, 0, 100);
	for (int i = 0; i < 100; i++) {
		did(&a, 0, 0);
		did(&b, 0, 0);
		did(&c, 200, 0);
		tick();
	}
	assert_true(a.flow.credit_us > 0);
	assert_int_equal(b.flow.credit_us, 0);
	/* No more of it however long it sleeps. */
	assert_in_range(a.flow.credit_us, 1, ONE_CPU / 2 / 10);
	/* A weight that is its due at once when it wakes, and something more. */
	assert_int_equal(a.due[KVRM_RESOURCE_CPU].entitled, 0);
	assert_true(a.flow.weight >= b.flow.weight);
	did(&a, 50, 150);
	did(&b, 75, 125);
	did(&c, 75, 125);
	tick();
	assert_int_equal(a.due[KVRM_RESOURCE_CPU].entitled, 2 * ONE_CPU / 3);
}

static void test_debt_is_forgotten(void **state)
{
	put(&a, &root, 0, 100);
	put(&b, &root, 0, 100);
	for (int i = 0; i < 50; i++) {
		did(&a, 180, 20);
		did(&b, 20, 180);
		tick();
	}
	assert_true(a.flow.credit_us < 0);
	assert_true(a.flow.weight < b.flow.weight / 3);
	for (int i = 0; i < 50; i++) {
		did(&a, 0, 0);
		did(&b, 200, 0);
		tick();
	}
	assert_in_range(a.flow.credit_us + 10, 0, 10);
	assert_ratio(&a, &b, 1, 0.05);
}

/* An idle host's guests have the weights that they need when they wake up. */
static void test_idle(void **state)
{
	put(&pool, &root, 0, 100);
	put(&a, &root, 0, 400);
	put(&b, &pool, 0, 100);
	put(&c, &pool, 0, 200);
	tick();
	assert_ratio(&a, &pool, 4, 0.01);
	assert_ratio(&c, &b, 2, 0.01);
	assert_true(b.flow.weight > 100);
}

/* Everybody gets too little: nobody is boosted, as nobody is worse off than others. */
static void test_common_credit(void **state)
{
	put(&a, &root, 0, 100);
	put(&b, &root, 0, 100);
	did(&a, 100, 100);
	did(&b, 100, 100);
	tick();
	a.flow.credit_us = b.flow.credit_us = 1000000;
	for (int i = 0; i < 100; i++) {
		did(&a, 50, 150);
		did(&b, 50, 150);
		tick();
	}
	assert_in_range(a.flow.credit_us, 0, 1000);
	assert_int_equal(a.flow.weight, b.flow.weight);
}

/* Small changes of the largest share do not change all the weights. */
static void test_scale_is_steady(void **state)
{
	uint32_t shift, changes = 0;

	put(&a, &root, 0, 100);
	put(&b, &root, 0, 100);
	did(&a, 100, 100);
	did(&b, 100, 100);
	tick();
	shift = root.flow.shift;
	for (int i = 0; i < 1000; i++) {
		/* Demand that comes and goes moves the level up and down. */
		did(&a, i % 20 < 10 ? 60 : 120, 100);
		did(&b, i % 20 < 10 ? 140 : 80, 100);
		tick();
		changes += root.flow.shift != shift;
		shift = root.flow.shift;
	}
	assert_int_equal(changes, 0);
	/* It follows when it must. */
	host.capacity = 100 * ONE_CPU;
	root.share[CPU].reservation = host.capacity;
	put(&a, &root, 50 * ONE_CPU, 100);
	tick();
	assert_true(root.flow.shift != shift);
	assert_in_range(a.flow.weight, 625, KVRM_WEIGHT_MAX);
}

/* A level for a light member of large demand is no share for a heavy one. */
static void test_share_is_bounded(void **state)
{
	host.capacity = 16000 * ONE_CPU;
	root.share[CPU].reservation = host.capacity;
	put(&a, &root, 0, KVRM_WEIGHT_MIN);
	put(&b, &root, 0, KVRM_WEIGHT_MAX);
	did(&a, 1600000, 100000);
	did(&b, 0, 0);
	tick();
	assert_ratio(&b, &a, 1, 0.01);
	assert_in_range(a.flow.weight, 625, 3750);
}

static void test_root_weight(void **state)
{
	host.reserve = ONE_CPU / 5;
	root.share[CPU].reservation = host.capacity - host.reserve;
	put(&a, &root, ONE_CPU, 100);
	kvrm_control_static(&root, &host);
	assert_int_equal(root.flow.weight, 900);
	did(&a, 100, 100);
	tick();
	assert_int_equal(root.flow.weight, 900);
	/* Reservations suffer from the host. */
	for (int i = 0; i < 20; i++) {
		did(&a, 50, 150);
		tick();
	}
	assert_true(root.flow.weight > 4000);
}

static void test_weight_differs(void **state)
{
	assert_true(kvrm_weight_differs(1, 0));
	assert_false(kvrm_weight_differs(100, 100));
	assert_false(kvrm_weight_differs(112, 100));
	assert_true(kvrm_weight_differs(113, 100));
	assert_false(kvrm_weight_differs(88, 100));
	assert_true(kvrm_weight_differs(87, 100));
	assert_true(kvrm_weight_differs(2, 1));
	assert_true(kvrm_weight_differs(UINT32_MAX, 1));
	assert_true(kvrm_weight_differs(1, UINT32_MAX));
	assert_false(kvrm_weight_differs(UINT32_MAX, UINT32_MAX));
}

static uint64_t below(uint64_t n)
{
	return random64() % n;
}

#define NODES 24

static struct kvrm_node nodes[NODES];

/* What cannot be is refused by admission; here it may be. */
static void random_share(struct kvrm_node *node)
{
	struct kvrm_share *share = &node->share[CPU];

	share->reservation = below(3) ? 0 : random64() >> (30 + below(34));
	share->limit = below(3) ? KVRM_UNLIMITED : random64() >> (30 + below(34));
	share->weight = below(2) ? 1 + below(KVRM_WEIGHT_MAX) : below(2) ? 1 : KVRM_WEIGHT_MAX;
	share->expandable = node->pool && below(2);
}

static void random_tree(void)
{
	for (size_t i = 0; i < NODES; i++) {
		struct kvrm_node *parent = &nodes[below(i ? (i < 6 ? i : 6) : 1)];

		kvrm_node_init(&nodes[i], i < 6);
		random_share(&nodes[i]);
		if (!i)
			continue;
		nodes[i].parent = parent;
		nodes[i].next = parent->first;
		if (parent->first)
			parent->first->prev = &nodes[i];
		parent->first = &nodes[i];
		parent->children++;
	}
	for (size_t i = NODES - 1; i > 0; i--)
		nodes[i].parent->reserved[CPU] += kvrm_claimed(&nodes[i], CPU);
}

static uint64_t random_us(uint64_t dt_us)
{
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return random64() >> below(64);
	default:
		return below(4 * kvrm_min(dt_us, 1ULL << 40) + 1);
	}
}

static void check_weights(void)
{
	for (size_t i = 0; i < NODES; i++) {
		const struct kvrm_flow *flow = &nodes[i].flow;
		const struct kvrm_due *due = &nodes[i].due[KVRM_RESOURCE_CPU];

		if (flow->weight < KVRM_WEIGHT_MIN || flow->weight > KVRM_WEIGHT_MAX)
			fail_msg("node %zu: weight %u", i, flow->weight);
		if (due->demand >= KVRM_CPU_RATE_MAX || due->entitled >= KVRM_CPU_RATE_MAX)
			fail_msg("node %zu: rate out of range", i);
		if (flow->shift > 63)
			fail_msg("node %zu: shift %u", i, flow->shift);
	}
}

/* Whatever is measured, weights are in range; UBSan sees to the arithmetic. */
static void test_extremes(void **state)
{
	seed = 1;
	for (int i = 0; i < 20000; i++) {
		struct kvrm_control control;
		uint64_t dt_us = below(4) ? TICK_US : 1 + (random64() >> below(64)) / 2;

		if (!(i % 50))
			random_tree();
		control.capacity = below(8) ? 64 * ONE_CPU : below(KVRM_CPU_RATE_MAX);
		control.reserve = below(2) ? 0 : below(KVRM_CPU_RATE_MAX);
		for (size_t k = 0; k < NODES; k++) {
			nodes[k].flow.used_us = random_us(dt_us);
			nodes[k].flow.wait_us = random_us(dt_us);
		}
		if (below(10))
			kvrm_control_tick(&nodes[0], &control, dt_us);
		else
			kvrm_control_static(&nodes[0], &control);
		check_weights();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_by_weight, setup),
		cmocka_unit_test_setup(test_static_by_weight, setup),
		cmocka_unit_test_setup(test_reservation_beyond_weight, setup),
		cmocka_unit_test_setup(test_static_reservation, setup),
		cmocka_unit_test_setup(test_static_pools, setup),
		cmocka_unit_test_setup(test_short_of_reservation, setup),
		cmocka_unit_test_setup(test_sleepers, setup),
		cmocka_unit_test_setup(test_debt_is_forgotten, setup),
		cmocka_unit_test_setup(test_idle, setup),
		cmocka_unit_test_setup(test_common_credit, setup),
		cmocka_unit_test_setup(test_scale_is_steady, setup),
		cmocka_unit_test_setup(test_share_is_bounded, setup),
		cmocka_unit_test_setup(test_root_weight, setup),
		cmocka_unit_test(test_weight_differs),
		cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
