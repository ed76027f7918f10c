// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the members of an uplink may pass: by hand, a million random ticks, and uplinks simulated
 * until they settle, all against an oracle in floating point (maxmin.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/admit.h"
#include "kvrm/uplink.h"
#include "tests/unit/include/maxmin.h"
#include "tests/unit/random.h"

#define DIR	KVRM_RESOURCE_FROM_GUEST
#define MS	1000000ULL
#define S	1000000000ULL
#define TICK_NS (5 * MS)
#define TICKS_S (S / TICK_NS)
#define C	100000000ULL
#define NICS	8
#define POOLS	3
#define FOREVER (1ULL << 47)

static struct kvrm_line uplink, pools[POOLS], nics[NICS];
static struct kvrm_trunk trunk;

static uint64_t below(uint64_t n)
{
	return random64() % n;
}

static void put(struct kvrm_line *line, struct kvrm_line *parent, uint64_t reservation,
		uint64_t limit, uint32_t weight)
{
	struct kvrm_refusal refusal;
	struct kvrm_edit edit;

	kvrm_edit_init(&edit, &line->node);
	edit.parent = &parent->node;
	edit.share[DIR].reservation = reservation;
	edit.share[DIR].limit = limit;
	edit.share[DIR].weight = weight;
	/* What cannot be had is not asked for. */
	if (!kvrm_edits_apply(&edit, 1, &uplink.node, &refusal)) {
		edit.share[DIR].reservation = 0;
		assert_true(kvrm_edits_apply(&edit, 1, &uplink.node, &refusal));
	}
}

static void begin(uint64_t capacity)
{
	kvrm_line_init(&uplink, true);
	kvrm_uplink_set(&uplink, KVRM_RESOURCE_TO_GUEST, 1);
	kvrm_uplink_set(&uplink, DIR, capacity);
	trunk = (struct kvrm_trunk){ 0 };
	for (size_t i = 0; i < POOLS; i++)
		kvrm_line_init(&pools[i], true);
	for (size_t i = 0; i < NICS; i++)
		kvrm_line_init(&nics[i], false);
}

static struct kvrm_stream *stream(size_t i)
{
	return &nics[i].streams[DIR];
}

static uint64_t entitled(size_t i)
{
	return nics[i].node.due[DIR].entitled;
}

static void tick(void)
{
	kvrm_uplink_tick(&uplink, DIR, &trunk, TICK_NS);
}

/* Two passed what they might, and have more. */
static void test_by_weight(void **state)
{
	begin(C);
	put(&nics[0], &uplink, 0, KVRM_UNLIMITED, 100);
	put(&nics[1], &uplink, 0, KVRM_UNLIMITED, 300);
	kvrm_uplink_settle(&uplink, DIR);
	assert_int_equal(stream(0)->least, C / 4);
	assert_int_equal(stream(1)->least, C * 3 / 4);
	stream(0)->passed = stream(1)->passed = C / 2 / TICKS_S;
	stream(0)->queued = stream(1)->queued = 65536;
	tick();
	assert_int_equal(entitled(0), C / 4);
	assert_int_equal(stream(0)->granted, C / 4);
	assert_int_equal(stream(1)->granted, C * 3 / 4);
	assert_int_equal(trunk.contended_ns, KVRM_UPLINK_CONTENDED_NS);
}

/* Who sleeps may begin with its reservation, or with its share, before anybody knows. */
static void test_waking(void **state)
{
	begin(C);
	put(&nics[0], &uplink, C * 6 / 10, KVRM_UNLIMITED, 100);
	put(&nics[1], &uplink, 0, KVRM_UNLIMITED, 100);
	put(&nics[2], &uplink, 0, KVRM_UNLIMITED, 300);
	kvrm_uplink_settle(&uplink, DIR);
	stream(1)->passed = C / TICKS_S;
	stream(1)->queued = 65536;
	for (int i = 0; i < 20; i++)
		tick();
	assert_int_equal(entitled(0), 0);
	assert_int_equal(entitled(1), C);
	assert_int_equal(stream(0)->granted, C * 6 / 10);
	assert_int_equal(stream(1)->granted, C);
	assert_int_equal(stream(2)->granted, C * 3 / 10);
	/* It has woken: what it is due is taken from whoever was lent it. */
	stream(0)->passed = C * 6 / 10 / TICKS_S;
	stream(0)->queued = 1000;
	tick();
	assert_int_equal(entitled(0), C * 6 / 10);
	assert_in_range(entitled(1), C * 2 / 10, C * 4 / 10);
}

/* Nobody wants anything: whoever comes first may have all. */
static void test_idle(void **state)
{
	begin(C);
	put(&nics[0], &uplink, 0, KVRM_UNLIMITED, 1);
	put(&nics[1], &uplink, 0, C / 10, 10000);
	kvrm_uplink_settle(&uplink, DIR);
	tick();
	assert_int_equal(stream(0)->granted, C);
	assert_int_equal(stream(1)->granted, C / 10);
	assert_int_equal(trunk.contended_ns, 0);
	/* Half of it is no reason to hold anybody; nine tenths are, for a while. */
	stream(0)->passed = C / 2 / TICKS_S;
	tick();
	assert_int_equal(trunk.contended_ns, 0);
	stream(0)->passed = C * 9 / 10 / TICKS_S;
	tick();
	assert_int_equal(trunk.contended_ns, KVRM_UPLINK_CONTENDED_NS);
	stream(0)->passed = 0;
	for (int i = 0; i < 200; i++)
		tick();
	assert_int_equal(trunk.contended_ns, 0);
	assert_int_equal(stream(0)->demand, 0);
	assert_int_equal(stream(0)->used, 0);
}

/* What passed too much is taken off, but not from reservations. */
static void test_debt(void **state)
{
	begin(C);
	put(&nics[0], &uplink, C * 9 / 10, KVRM_UNLIMITED, 100);
	put(&nics[1], &uplink, 0, KVRM_UNLIMITED, 100);
	kvrm_uplink_settle(&uplink, DIR);
	stream(0)->passed = C / TICKS_S;
	stream(1)->passed = C / TICKS_S;
	stream(0)->queued = stream(1)->queued = 65536;
	tick();
	assert_true(trunk.balance > 0);
	assert_int_equal(uplink.node.due[DIR].entitled, C * 9 / 10);
	assert_int_equal(entitled(0), C * 9 / 10);
	assert_int_equal(entitled(1), 0);
	/* It is never nothing that it may try with. */
	assert_int_equal(stream(1)->granted, C / 10);
}

static void test_extremes(void **state)
{
	begin(1);
	put(&nics[0], &uplink, 1, KVRM_UNLIMITED, 1);
	put(&nics[1], &uplink, 0, 1, 10000);
	kvrm_uplink_settle(&uplink, DIR);
	stream(0)->passed = stream(1)->passed = UINT64_MAX;
	stream(0)->queued = stream(1)->queued = UINT64_MAX;
	kvrm_uplink_tick(&uplink, DIR, &trunk, 0);
	kvrm_uplink_tick(&uplink, DIR, &trunk, UINT64_MAX);
	assert_int_equal(entitled(0), 1);
	begin(KVRM_UPLINK_RATE_MAX);
	put(&nics[0], &uplink, KVRM_UPLINK_RATE_MAX, KVRM_UNLIMITED, 1);
	put(&nics[1], &uplink, 0, KVRM_UNLIMITED, 10000);
	kvrm_uplink_settle(&uplink, DIR);
	stream(0)->passed = stream(1)->passed = UINT64_MAX;
	kvrm_uplink_tick(&uplink, DIR, &trunk, UINT64_MAX);
	assert_int_equal(entitled(0), KVRM_UPLINK_RATE_MAX);
	assert_int_equal(entitled(1), 0);
	/* An uplink without members. */
	begin(C);
	kvrm_uplink_settle(&uplink, DIR);
	tick();
	assert_int_equal(trunk.contended_ns, 0);
}

/* A tree of one or two levels. Returns how many NICs it has. */
static size_t random_tree(uint64_t capacity)
{
	size_t n = 1 + below(NICS), n_pools = below(3) ? 0 : 1 + below(POOLS);

	begin(capacity);
	for (size_t i = 0; i < n_pools; i++)
		put(&pools[i], &uplink, below(2) ? 0 : below(capacity / 2 + 1),
		    below(3) ? KVRM_UNLIMITED : capacity / 2 + 1 + below(capacity / 2 + 1),
		    1 + below(1000));
	for (size_t i = 0; i < n; i++) {
		uint64_t limit = below(3) ? KVRM_UNLIMITED : 1 + below(capacity);

		put(&nics[i], n_pools && below(4) ? &pools[below(n_pools)] : &uplink,
		    below(2) ? 0 : below(kvrm_min(limit, capacity) / 2 + 1), limit,
		    1 + below(1000));
	}
	return n;
}

static struct member as_member(const struct kvrm_node *node, long double demand)
{
	const struct kvrm_share *share = &node->share[DIR];
	long double low = share->reservation;

	if (node->pool && share->expandable && node->reserved[DIR] > low)
		low = node->reserved[DIR];
	if (share->limit < demand)
		demand = share->limit;
	return (struct member){ share->weight, low < demand ? low : demand, demand, 0 };
}

/* What the oracle says that all are due, of demands that rise from NICs to their pools. */
static void solve_tree(const struct kvrm_node *top, long double amount,
		       const long double demands[NICS], long double due[NICS])
{
	struct member members[NICS + POOLS];
	const struct kvrm_node *child, *below;
	size_t n = 0;

	kvrm_for_each_child(child, top) {
		long double demand = 0;

		if (!child->pool)
			demand = demands[(const struct kvrm_line *)child - nics];
		kvrm_for_each_child(below, child)
			demand += as_member(below, demands[(const struct kvrm_line *)below - nics])
					  .high;
		members[n++] = as_member(child, demand);
	}
	solve(members, n, amount);
	n = 0;
	kvrm_for_each_child(child, top) {
		if (!child->pool)
			due[(const struct kvrm_line *)child - nics] = members[n].due;
		else
			solve_tree(child, members[n].due, demands, due);
		n++;
	}
}

static void check_near(const char *what, uint64_t got, long double wanted, long double by)
{
	if (got + by < wanted || got > wanted + by)
		fail_msg("%s: %llu, not %.1Lf +- %.1Lf", what, (unsigned long long)got, wanted, by);
}

static void check_granted(size_t n, uint64_t amount, uint64_t capacity)
{
	uint64_t due = 0, granted = 0;

	for (size_t i = 0; i < n; i++) {
		const struct kvrm_share *share = &nics[i].node.share[DIR];

		if (stream(i)->granted < share->reservation)
			fail_msg("less than is reserved");
		if (stream(i)->granted > share->limit)
			fail_msg("more than the limit");
		if (stream(i)->granted < entitled(i))
			fail_msg("less than is due");
		due += entitled(i);
		granted += stream(i)->demand ? stream(i)->granted : 0;
	}
	if (due > amount || granted > amount + capacity)
		fail_msg("%llu due and %llu granted of %llu", (unsigned long long)due,
			 (unsigned long long)granted, (unsigned long long)amount);
}

/* A tenth of a million trees, and ten ticks of each. */
static void test_random(void **state)
{
	long double demands[NICS], due[NICS];

	seed = 1;
	for (int round = 0; round < 100000; round++) {
		uint64_t capacity = 1 + (below(KVRM_UPLINK_RATE_MAX) >> below(40));
		size_t n = random_tree(capacity);

		kvrm_uplink_settle(&uplink, DIR);
		for (size_t i = 0; i < n; i++)
			demands[i] = capacity;
		solve_tree(&uplink.node, capacity, demands, due);
		for (size_t i = 0; i < n; i++)
			check_near("least", stream(i)->least, due[i], 2 * (NICS + 2));
		for (int step = 0; step < 10; step++) {
			uint64_t dt_ns = below(20 * MS), amount;

			for (size_t i = 0; i < n; i++) {
				stream(i)->passed = below(3) ? below(capacity / 100 + 1) : 0;
				stream(i)->queued = below(2) ? below(65536) : 0;
			}
			kvrm_uplink_tick(&uplink, DIR, &trunk, dt_ns);
			amount = uplink.node.due[DIR].entitled;
			assert_in_range(amount, capacity / 2, capacity);
			for (size_t i = 0; i < n; i++)
				demands[i] = stream(i)->demand;
			solve_tree(&uplink.node, amount, demands, due);
			for (size_t i = 0; i < n; i++)
				check_near("entitled", entitled(i), due[i], 2 * (NICS + 2));
			check_granted(n, amount, capacity);
		}
	}
}

/* A NIC as a gate lets it pass: what is offered waits in a bounded queue, or its sender does. */
struct sender {
	uint64_t offered;
	uint64_t waiting;
	uint64_t got;
	uint64_t window;
};

static struct sender senders[NICS];

static void pass(size_t i)
{
	struct sender *s = &senders[i];
	uint64_t most = stream(i)->granted / TICKS_S;

	s->waiting = kvrm_min(s->waiting + s->offered / TICKS_S, FOREVER);
	stream(i)->passed = kvrm_min(s->waiting, most);
	s->waiting -= stream(i)->passed;
	/* The sender itself keeps the rest. */
	stream(i)->queued = kvrm_min(s->waiting, 65536);
	s->got += stream(i)->passed;
	s->window += stream(i)->passed;
}

/*
 * Whatever is offered, after a second everybody gets what the oracle says, within 2 % of the
 * capacity's part, and the uplink passes no more than its capacity.
 */
static void test_settles(void **state)
{
	long double demands[NICS], due[NICS], sum;

	seed = 2;
	for (int round = 0; round < 2000; round++) {
		size_t n = random_tree(C);

		kvrm_uplink_settle(&uplink, DIR);
		tick();
		for (size_t i = 0; i < n; i++) {
			senders[i] = (struct sender){ .offered = below(3) ? 2 * C : below(C / 2) };
			demands[i] = senders[i].offered;
		}
		for (size_t t = 0; t < 3 * TICKS_S; t++) {
			for (size_t i = 0; i < n; i++) {
				senders[i].got = t < TICKS_S ? 0 : senders[i].got;
				pass(i);
			}
			tick();
		}
		solve_tree(&uplink.node, C, demands, due);
		sum = 0;
		for (size_t i = 0; i < n; i++) {
			check_near("after a second", senders[i].got / 2, due[i],
				   due[i] / 50 + C / 500);
			sum += senders[i].got / 2;
		}
		if (sum > C * 1.005L)
			fail_msg("%.0Lf pass of %llu", sum, C);
	}
}

/* Senders stop and go on at any time: who wants its reservation has it in each window of 100 ms. */
static void test_windows(void **state)
{
	seed = 3;
	for (int round = 0; round < 500; round++) {
		size_t n = random_tree(C);
		uint64_t passed = 0;

		kvrm_uplink_settle(&uplink, DIR);
		tick();
		for (size_t window = 0; window < 50; window++) {
			for (size_t i = 0; i < n; i++)
				senders[i] = (struct sender){ .offered = below(2) ? 2 * C : 0 };
			for (size_t t = 0; t < TICKS_S / 10; t++) {
				for (size_t i = 0; i < n; i++)
					pass(i);
				tick();
			}
			for (size_t i = 0; i < n; i++) {
				uint64_t reserved = nics[i].node.share[DIR].reservation;

				passed += senders[i].window;
				if (senders[i].offered && senders[i].window + 20 < reserved / 10)
					fail_msg("%llu of %llu in a window",
						 (unsigned long long)senders[i].window * 10,
						 (unsigned long long)reserved);
			}
		}
		/* Five seconds. What too much passes when many wake is taken off again. */
		if (passed > C * 5 + C / 20)
			fail_msg("%llu passed in 5 s", (unsigned long long)passed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_weight), cmocka_unit_test(test_waking),
		cmocka_unit_test(test_idle),	  cmocka_unit_test(test_debt),
		cmocka_unit_test(test_extremes),  cmocka_unit_test(test_random),
		cmocka_unit_test(test_settles),	  cmocka_unit_test(test_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
