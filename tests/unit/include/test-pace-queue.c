// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pacing clock with a queue before it, as a gate of the module has one (kmod/gate-pass.c), and senders that are held
 * down from elsewhere: what leaves, against an exact oracle, and what enters, which is another thing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/pace.h"
#include "kvrm/wire.h"
#include "tests/unit/random.h"

#define MS	    1000000ULL
#define S	    1000000000ULL
#define FRAME	    1514
#define HEADERS	    66
#define GSO_MAX	    65536
#define QUEUE_MAX   4096
#define TICK_NS	    100000ULL
#define SEGMENT_NS  (4 * MS)
#define SEND_BUFFER (256ULL << 10)
/* Below that a packet is more than 0.5 % of 10 s, less what a timer may make up for. */
#define LEAST_RATE 40000

/* Takes the place of kvrm_gate. */
struct gate {
	struct kvrm_pace pace;
	uint64_t idle_ns;
	uint32_t size[QUEUE_MAX];
	size_t first, n;
	uint64_t queued;
	uint64_t fires_ns;
	uint64_t entered, left;
};

/*
 * The oracle: a level that grows with what leaves and falls at the rate, in 1/S of a byte. Of all spans of time, none
 * has more beyond its rate than the one that begins where the level was lowest.
 */
struct oracle {
	uint64_t rate, start_ns;
	__int128 least, most;
};

static void oracle_passes(struct oracle *o, uint64_t now_ns, uint64_t before, uint32_t bytes)
{
	__int128 level = (__int128)before * S - (__int128)o->rate * (now_ns - o->start_ns);

	if (level < o->least)
		o->least = level;
	level += (__int128)bytes * S;
	if (level - o->least > o->most)
		o->most = level - o->least;
}

/* What left in some span of time beyond what the rate gives in it, at most; in bytes, rounded up. */
static uint64_t oracle_excess(const struct oracle *o)
{
	return (uint64_t)((o->most + S - 1) / S);
}

static void pass(struct gate *g, struct oracle *o, uint64_t now_ns, uint32_t bytes)
{
	kvrm_pace_charge(&g->pace, bytes);
	oracle_passes(o, now_ns, g->left, bytes);
	g->left += bytes;
}

static void push(struct gate *g, uint32_t bytes)
{
	assert_true(g->n < QUEUE_MAX);
	g->size[(g->first + g->n++) % QUEUE_MAX] = bytes;
	g->queued += bytes;
}

static bool takes_long(const struct gate *g, uint64_t bytes)
{
	return bytes * S > g->pace.rate * SEGMENT_NS;
}

/* A packet, of TCP, that may be still to be segmented. */
static void enter(struct gate *g, struct oracle *o, uint64_t now_ns, uint32_t length)
{
	struct kvrm_wire wire = kvrm_wire(length, HEADERS, FRAME - HEADERS);
	bool first = !g->n, is_long = wire.packets > 1 && takes_long(g, wire.bytes);

	g->entered += wire.bytes;
	if (first) {
		kvrm_pace_settle(&g->pace, now_ns, g->idle_ns);
		if (kvrm_pace_at_ns(&g->pace) <= now_ns && !is_long) {
			pass(g, o, now_ns, wire.bytes);
			return;
		}
	}
	for (uint32_t left = wire.bytes; left;) {
		uint32_t bytes = !is_long || left < FRAME ? left : FRAME;

		push(g, bytes);
		left -= bytes;
	}
	if (first)
		g->fires_ns = kvrm_max(kvrm_pace_at_ns(&g->pace), now_ns);
}

static void fire(struct gate *g, struct oracle *o, uint64_t now_ns)
{
	kvrm_pace_settle(&g->pace, now_ns, kvrm_pace_waited_ns(g->idle_ns));
	while (g->n && kvrm_pace_at_ns(&g->pace) <= now_ns) {
		uint32_t bytes = g->size[g->first];

		g->first = (g->first + 1) % QUEUE_MAX;
		g->n--;
		g->queued -= bytes;
		pass(g, o, now_ns, bytes);
	}
	g->fires_ns = kvrm_max(kvrm_pace_at_ns(&g->pace), now_ns + TICK_NS);
}

static void open_gate(struct gate *g, struct oracle *o, uint64_t rate, uint64_t burst)
{
	*g = (struct gate){ .idle_ns = kvrm_pace_idle_ns(rate, burst) };
	*o = (struct oracle){ .rate = rate, .start_ns = S };
	kvrm_pace_set(&g->pace, rate, S);
}

/* What a sender has under way at most, by the time: nothing while it is held down, then more and more. */
struct sender {
	uint64_t resumes_ns, window, grows_per_ms;
	uint32_t length;
};

/* Lets a millisecond pass: timers are late by less than @late_ns. */
static void run(struct gate *g, struct oracle *o, struct sender *s, uint64_t now_ns,
		uint64_t late_ns)
{
	uint64_t late = late_ns ? random64() % late_ns : 0;

	while (g->n && g->fires_ns + late <= now_ns)
		fire(g, o, kvrm_max(g->fires_ns + late, now_ns - MS));
	if (now_ns < s->resumes_ns)
		return;
	s->window = kvrm_min(s->window + s->grows_per_ms, SEND_BUFFER);
	/* One that passes at once is behind it; until the clock says no. */
	while (g->queued < s->window)
		enter(g, o, now_ns, s->length);
}

static uint64_t random_rate(void)
{
	return LEAST_RATE + random64() % (1ULL << (16 + random64() % 14));
}

static void test_idle_and_late(void **state)
{
	assert_int_equal(kvrm_pace_idle_ns(250000, 0), 4 * MS);
	assert_int_equal(kvrm_pace_idle_ns(0, 65536), 4 * MS);
	/* 64 KiB at 2 Mbit/s. */
	assert_int_equal(kvrm_pace_idle_ns(250000, 65536), 262144000);
	/* A GiB at a byte per second. */
	assert_true(kvrm_pace_idle_ns(1, 1 << 30) == S << 30);
	assert_int_equal(kvrm_pace_waited_ns(4 * MS), 10 * MS);
	assert_int_equal(kvrm_pace_waited_ns(262144000), 262144000);
}

/*
 * Whatever a sender did before, and however long it was held down: in no 10 s more leaves than the limit gives, half a
 * percent, and one burst.
 */
static void test_held_down(void **state)
{
	for (int round = 0; round < 300; round++) {
		uint64_t rate = random_rate();
		uint64_t burst = random64() % 3 ? 0 : 1 + random64() % (1 << 20);
		uint64_t late_ns = random64() % (20 * MS), excess;
		uint64_t largest = kvrm_max(FRAME, rate * SEGMENT_NS / S);
		struct sender s = { .resumes_ns = S, .grows_per_ms = 1 + random64() % 4096 };
		struct oracle o;
		struct gate g;

		open_gate(&g, &o, rate, burst);
		s.length = FRAME + random64() % (GSO_MAX - FRAME);
		for (uint64_t now_ns = S; now_ns < 4 * S; now_ns += MS) {
			/* Now and then something stands in its way, and it begins anew. */
			if (!(random64() % 500)) {
				s.resumes_ns = now_ns + random64() % S;
				s.window = 0;
				s.length = random64() % 2 ? FRAME : GSO_MAX;
			}
			run(&g, &o, &s, now_ns, late_ns);
		}
		excess = oracle_excess(&o);
		assert_true(g.entered == g.left + g.queued);
		/* Exactly: one of both, and the packet that was let pass last. */
		assert_in_range(excess, 0,
				kvrm_max(burst, rate * KVRM_PACE_LATE_NS / S) + largest + 1);
		assert_in_range(excess, 0, rate * 10 / 200 + burst + 1);
	}
}

/* A sender that always has something waiting gets what the limit gives, as long as timers are not too late. */
static void test_nothing_lost(void **state)
{
	for (int round = 0; round < 100; round++) {
		uint64_t rate = LEAST_RATE + random64() % 10000000;
		struct sender s = { .window = SEND_BUFFER, .length = GSO_MAX };
		uint64_t late_ns = random64() % (8 * MS);
		struct oracle o;
		struct gate g;

		open_gate(&g, &o, rate, 0);
		for (uint64_t now_ns = S; now_ns < 11 * S; now_ns += MS)
			run(&g, &o, &s, now_ns, late_ns);
		assert_in_range(g.left, rate * 10 * 995 / 1000, rate * 10 * 1005 / 1000);
	}
}

/*
 * 2 Mbit/s, and TCP that finds its way again after it was held down: 8 s, from the second one on. What leaves keeps the
 * limit; what enters, which is what a tap counts, is more by what the queue has grown.
 */
static void test_what_enters(void **state)
{
	struct sender s = { .grows_per_ms = 25, .length = GSO_MAX / 4 };
	uint64_t entered = 0, left = 0, queued = 0;
	struct oracle o;
	struct gate g;

	open_gate(&g, &o, 250000, 0);
	for (uint64_t now_ns = S; now_ns < 10 * S; now_ns += MS) {
		if (now_ns == 2 * S) {
			entered = g.entered;
			left = g.left;
			queued = g.queued;
		}
		run(&g, &o, &s, now_ns, MS);
	}
	entered = (g.entered - entered) / 8;
	left = (g.left - left) / 8;
	assert_in_range(left, 250000 * 99 / 100, 250000 * 1005 / 1000);
	assert_in_range(entered, 260000, 250000 + (SEND_BUFFER + GSO_MAX) / 8);
	assert_in_range(entered - left, (g.queued - queued) / 8, (g.queued - queued) / 8 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_and_late),
		cmocka_unit_test(test_held_down),
		cmocka_unit_test(test_nothing_lost),
		cmocka_unit_test(test_what_enters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
