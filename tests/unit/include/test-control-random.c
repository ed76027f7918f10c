// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller against an oracle (control-oracle.h), in a million random cases. A case is a tick,
 * or weights without the loop, of a whole tree; each node of it is compared. Most trees are small,
 * that there are many. Each is kept for some ticks, so that there is something to go on from.
 *
 * What admission refuses may be, such as limits below reservations. What rates must be is kept:
 * all that is claimed together, and what the host has, is below KVRM_CPU_RATE_MAX. What is measured
 * may be anything.
 */
#include "tests/unit/include/control-oracle.h"
#include "tests/unit/include/tree.h"
#include "tests/unit/random.h"

#define CASES	   1000000
#define TREE_TICKS 4
#define TICK_US	   10000U

static struct trial trial;

static uint64_t below(uint64_t n)
{
	return random64() % n;
}

/* All magnitudes alike, the ends often. */
static uint64_t random_up_to(uint64_t last)
{
	uint64_t x = random64() >> below(64);

	if (!last)
		return 0;
	switch (below(16)) {
	case 0:
		return 0;
	case 1:
		return kvrm_min(1, last);
	case 2:
		return last;
	default:
		return x <= last ? x : below(last) + 1;
	}
}

static size_t add(size_t parent, bool pool)
{
	size_t i = trial.n++;

	kvrm_node_init(&trial.nodes[i], pool);
	tree_add(&trial.nodes[parent], &trial.nodes[i]);
	return i;
}

static void add_guests(size_t pool, size_t n)
{
	while (n--)
		add(pool, false);
}

/* Three levels of pools; @fan: members of each. Nearly empty ones, too. */
static void add_nested(size_t fan)
{
	for (size_t i = 0; i < fan; i++) {
		size_t outer = add(0, true);

		for (size_t k = 0; k < fan; k++)
			add_guests(add(outer, true), fan > 1 ? fan : below(3));
		if (fan == 1)
			add_guests(outer, below(2));
	}
	add_guests(0, below(2));
}

static void random_share(struct kvrm_share *share, uint64_t claim_last)
{
	share->reservation = below(2) ? random_up_to(claim_last) : 0;
	switch (below(8)) {
	case 0:
		share->limit = random_up_to(share->reservation);
		break;
	case 1:
		share->limit = random_up_to(KVRM_CPU_RATE_MAX);
		break;
	case 2:
		share->limit = random_up_to(1ULL << 63);
		break;
	}
	switch (below(4)) {
	case 0:
		share->weight = KVRM_WEIGHT_MIN;
		break;
	case 1:
		share->weight = KVRM_WEIGHT_MAX;
		break;
	case 2:
		share->weight = 1 + below(KVRM_WEIGHT_MAX);
		break;
	}
}

static void random_shares(void)
{
	/* Of a host with all CPUs, or with some. */
	uint64_t claims = below(4) ? 1000000ULL << below(10) : KVRM_CPU_RATE_MAX - 1;

	for (size_t i = 0; i < trial.n; i++) {
		struct kvrm_node *node = &trial.nodes[i];

		random_share(&node->share[CPU], claims / kvrm_max(trial.n - 1, 1));
		node->share[CPU].expandable = node->pool && below(4);
	}
	trial.nodes[0].share[CPU].limit = KVRM_UNLIMITED;
	find_claims(&trial);
	for (size_t i = 1; i < trial.n; i++)
		trial.nodes[i].parent->reserved[CPU] += (uint64_t)trial.claim[i];
}

static void random_tree(unsigned int number)
{
	kvrm_node_init(&trial.nodes[0], true);
	trial.n = 1;
	if (!(number % 500))
		add_guests(0, 1 + below(200));
	else if (number % 25 == 1)
		add_nested(2 + below(2));
	else if (number % 8 == 2)
		add_nested(1);
	else
		add_guests(0, number % 64 == 3 ? 0 : 1 + below(number % 4 ? 3 : 8));
	random_shares();
}

static void random_host(void)
{
	trial.control.capacity =
		below(2) ? 1000000ULL << below(10) : random_up_to(KVRM_CPU_RATE_MAX - 1);
	trial.control.reserve =
		below(4) ? trial.control.capacity / 20 : random_up_to(KVRM_CPU_RATE_MAX - 1);
}

static uint64_t random_time(void)
{
	if (below(2))
		return TICK_US;
	return below(4) ? 1 + random_up_to(5 * TICK_US) : kvrm_max(random_up_to(1ULL << 63), 1);
}

static uint64_t random_measure(uint64_t dt_us)
{
	switch (below(16)) {
	case 0:
		return UINT64_MAX;
	case 1:
		return random_up_to(1ULL << 63);
	case 2:
		return kvrm_min(dt_us, 1ULL << 40) / 32 + below(2);
	default:
		return below(4) ? below(4 * kvrm_min(dt_us, 1ULL << 40) + 1) : 0;
	}
}

enum mood { MIXED, IDLE, GREEDY };

static void measure(uint64_t dt_us)
{
	enum mood mood = below(4) ? MIXED : below(2) ? IDLE : GREEDY;

	for (size_t i = 0; i < trial.n; i++) {
		struct kvrm_flow *flow = &trial.nodes[i].flow;

		flow->used_us = mood == IDLE ? 0 : random_measure(dt_us);
		flow->wait_us = mood == IDLE ? 0 : random_measure(dt_us);
		if (mood == GREEDY)
			flow->wait_us = kvrm_max(flow->wait_us, kvrm_min(dt_us, 1ULL << 40));
	}
}

/* As if there had been ticks of any kind before. */
static void disturb(struct kvrm_flow *flow)
{
	switch (below(64)) {
	case 0:
		flow->credit_us = (int64_t)random_up_to(1ULL << 40);
		break;
	case 1:
		flow->credit_us = -(int64_t)random_up_to(1ULL << 40);
		break;
	case 2:
		flow->credit_us = (int64_t)below(60000) - 30000;
		break;
	case 3:
		flow->short_us = random_up_to(1ULL << 40);
		break;
	case 4:
		flow->short_us = below(60000);
		break;
	case 5:
		flow->level = random_up_to(1ULL << 49);
		break;
	case 6:
		flow->used = random_up_to(KVRM_CPU_RATE_MAX - 1);
		break;
	}
}

static void random_case(unsigned int number)
{
	uint64_t dt_us = random_time();

	trial.number = number;
	trial.dt = least(dt_us, TIME_MAX);
	if (!(number % TREE_TICKS) || !below(4))
		random_host();
	measure(dt_us);
	for (size_t i = 0; i < trial.n; i++) {
		disturb(&trial.nodes[i].flow);
		trial.was[i] = trial.nodes[i].flow;
	}
	if (below(10)) {
		kvrm_control_tick(&trial.nodes[0], &trial.control, dt_us);
		judge_tick(&trial);
	} else {
		kvrm_control_static(&trial.nodes[0], &trial.control);
		judge_static(&trial);
	}
}

static void test_random(void **state)
{
	seed = 1;
	for (unsigned int number = 0; number < CASES; number++) {
		if (!(number % TREE_TICKS))
			random_tree(number / TREE_TICKS);
		random_case(number);
	}
}

/* That the cases were of all kinds. */
static void test_kinds(void **state)
{
	assert_true(met.plenty > CASES / 20);
	assert_true(met.scarce > CASES / 50);
	assert_true(met.level > CASES / 20);
	assert_true(met.hungry > CASES / 5);
	assert_true(met.asleep > CASES / 5);
	assert_true(met.in_credit > CASES / 50);
	assert_true(met.in_debt > CASES / 50);
	assert_true(met.is_short > CASES / 50);
	assert_true(met.scaled > CASES / 50);
	assert_true(met.root_boost > CASES / 50);
}

static void test_weight_differs(void **state)
{
	seed = 2;
	for (int i = 0; i < CASES; i++) {
		uint32_t written = random_up_to(UINT32_MAX), wanted = random_up_to(UINT32_MAX);
		real by;

		if (below(2))
			wanted = written + (written >> 3) - 2 + below(4);
		by = fabsl((real)wanted - written);
		if (kvrm_weight_differs(wanted, written) != (by > written / 8.0L))
			fail_msg("%u, not %u", wanted, written);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_weight_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
