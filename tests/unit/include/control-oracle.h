/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An oracle for the controller: what Documentation/enforcement.md promises under "In numbers", in
 * real numbers (long double), and as intervals where what is promised is to be rounded. It calls
 * no function of include/kvrm; claims, caps, floors and levels are its own. A level is solved for
 * by the points at which members begin and end to grow with it, not searched for.
 *
 * Each step is judged by what the steps before it really led to, which have been judged before. So
 * no error adds up, and what is tolerated is what one step may round:
 *
 *	demand, share, short		each quotient is rounded down: a unit for each
 *	entitled			a unit for each member in all, as what rounding takes from
 *					some may be given to others (fill.h)
 *	level				a unit of its 16 binary places, of what entitled lets it be
 *	credit				three quotients: 3 µs; and a unit of the rate that a floor
 *					is assured, in the time since the last tick
 *	weight				a unit; before it is scaled 5, of quotients that later ones
 *					enlarge up to fourfold; and a 3000th, as full credit and
 *					what is due in the window are whole µs, but 6000 or more
 *	the root's weight		its window is 1000 µs or more: a 1000th
 *
 * Comparisons of long double have a hundredth beside. It has 64 binary places on x86, and the
 * largest values here, some 2^53, need no more than eight beyond the point for that.
 */
#ifndef KVRM_TEST_CONTROL_ORACLE_H
#define KVRM_TEST_CONTROL_ORACLE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/control.h"

#define NODES_MAX 202
#define CPU	  KVRM_RESOURCE_CPU

typedef long double real;

/* µs in a second, which is also the rate of a CPU. */
#define SECOND	  1e6L
#define RATE_LAST ((real)KVRM_CPU_RATE_MAX - 1)
/* No time is longer, and no host has more CPUs. */
#define TIME_MAX  0x1p32L
#define CPUS_MOST 17179.0L
#define WINDOW	  0.1L
#define SLACK	  6000.0L
#define FIXED	  65536.0L
#define COARSE	  (1 + 1 / 3000.0L)

/**
 * struct trial - a tree, a tick of it, and what it was before
 * @number: of the trial, for messages
 * @n: how many nodes there are
 * @nodes: the root first, pools before what is in them
 * @was: the nodes' flow before the tick; of guests with what was measured
 * @claim: of each node, in real numbers
 * @control: of the host
 * @dt: time since the last tick, µs
 */
struct trial {
	unsigned int number;
	size_t n;
	struct kvrm_node nodes[NODES_MAX];
	struct kvrm_flow was[NODES_MAX];
	real claim[NODES_MAX];
	struct kvrm_control control;
	real dt;
};

/* What was met, so that the test can tell whether its cases are of all kinds. */
static struct {
	unsigned long plenty, scarce, level, hungry, asleep, in_credit, in_debt, is_short, scaled,
		root_boost;
} met;

struct range {
	real low;
	real high;
};

static inline real least(real a, real b)
{
	return a < b ? a : b;
}

static inline real most(real a, real b)
{
	return a > b ? a : b;
}

static inline real between(real x, real low, real high)
{
	return most(low, least(x, high));
}

static inline void expect(const struct trial *t, size_t i, const char *what, real is, real low,
			  real high)
{
	if (is < low - 0.01L || is > high + 0.01L)
		fail_msg("trial %u, node %zu of %zu: %s %.3Lf, not %.3Lf to %.3Lf", t->number, i,
			 t->n, what, is, low, high);
}

static inline size_t index_of(const struct trial *t, const struct kvrm_node *node)
{
	return node - t->nodes;
}

/* From the last to the first, members come before their pool. */
static inline void find_claims(struct trial *t)
{
	real members[NODES_MAX] = { 0 };

	for (size_t i = t->n; i-- > 0;) {
		const struct kvrm_node *node = &t->nodes[i];

		t->claim[i] = node->share[CPU].reservation;
		if (node->pool && node->share[CPU].expandable)
			t->claim[i] = most(t->claim[i], members[i]);
		if (node->parent)
			members[index_of(t, node->parent)] += t->claim[i];
	}
}

static inline real cap_of(const struct kvrm_node *node)
{
	return least(node->due[CPU].demand, node->share[CPU].limit);
}

static inline real floor_of(const struct trial *t, size_t i)
{
	return least(cap_of(&t->nodes[i]), t->claim[i]);
}

static inline real assured_of(real rate)
{
	return rate + least(rate / 8, 40000);
}

static inline real full_of(const struct trial *t, size_t i)
{
	return most(t->nodes[i].due[CPU].entitled, t->claim[i]) * 0.4L + SLACK;
}

/* Demand and hunger. */
static inline void judge_guest(const struct trial *t, size_t i)
{
	const struct kvrm_flow *flow = &t->nodes[i].flow, *was = &t->was[i];
	real used = least(was->used_us, t->dt * CPUS_MOST);
	real waited = least(was->wait_us, t->dt * CPUS_MOST);
	real rate = least(used * SECOND / t->dt, RATE_LAST);
	real demand = least((used + waited) * SECOND / t->dt, RATE_LAST);

	expect(t, i, "used", flow->used_us, used, used);
	expect(t, i, "waited", flow->wait_us, waited, waited);
	expect(t, i, "rate", flow->used, (3.0L * was->used + rate) / 4 - 1.25L,
	       (3.0L * was->used + rate) / 4);
	expect(t, i, "demand", t->nodes[i].due[CPU].demand, demand - 1, demand);
	expect(t, i, "hunger", flow->hungry, waited > t->dt / 32, waited > t->dt / 32);
}

static inline void judge_pool(const struct trial *t, size_t i)
{
	const struct kvrm_node *pool = &t->nodes[i], *child;
	real used = 0, waited = 0, rate = 0, demand = 0;
	bool hungry = false;

	kvrm_for_each_child(child, pool) {
		used += child->flow.used_us;
		waited += child->flow.wait_us;
		rate += child->flow.used;
		demand += cap_of(child);
		hungry = hungry || child->flow.hungry;
	}
	demand = least(demand, RATE_LAST);
	expect(t, i, "used", pool->flow.used_us, used, used);
	expect(t, i, "waited", pool->flow.wait_us, waited, waited);
	expect(t, i, "rate", pool->flow.used, rate, rate);
	expect(t, i, "demand", pool->due[CPU].demand, demand, demand);
	expect(t, i, "hunger", pool->flow.hungry, hungry, hungry);
}

/* Where a member begins to grow with the level, by its weight, or ends to. */
struct point {
	real level;
	real weight;
};

static inline int by_level(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return (x->level > y->level) - (x->level < y->level);
}

/* The highest level at which members that are due @sum at level 0 are due no more than @amount. */
static inline real solve_level(const struct point *points, size_t n, real sum, real amount)
{
	real level = 0, weight = 0, next;

	if (sum > amount)
		return 0;
	for (size_t p = 0; p < n; p++) {
		next = sum + weight * (points[p].level - level);
		if (next > amount)
			return level + (amount - sum) / weight;
		sum = next;
		level = points[p].level;
		weight += points[p].weight;
	}
	return level;
}

/* As whole numbers fit more than real ones by one for each member, there is a range of levels. */
static inline struct range levels_of(const struct trial *t, const struct kvrm_node *pool,
				     real floors, real amount)
{
	struct point points[2 * NODES_MAX];
	const struct kvrm_node *child;
	size_t n = 0;

	kvrm_for_each_child(child, pool) {
		real weight = child->share[CPU].weight;

		points[n++] = (struct point){ floor_of(t, index_of(t, child)) / weight, weight };
		points[n++] = (struct point){ cap_of(child) / weight, -weight };
	}
	qsort(points, n, sizeof(points[0]), by_level);
	return (struct range){
		.low = solve_level(points, n, floors, amount - 0.01L) - 1 / FIXED,
		.high = solve_level(points, n, floors, amount + n / 2 + 0.01L) + 1 / FIXED,
	};
}

/* Everybody has what it demands: the level if all were hungry. */
static inline struct range level_of_all(const struct kvrm_node *pool, real amount)
{
	const struct kvrm_node *child;
	real weights = 0;

	kvrm_for_each_child(child, pool)
		weights += child->share[CPU].weight;
	return (struct range){ amount / weights - 1 / FIXED, amount / weights };
}

static inline void judge_levelled(const struct trial *t, const struct kvrm_node *pool,
				  struct range levels, real amount)
{
	const struct kvrm_node *child;
	real sum = 0;

	kvrm_for_each_child(child, pool) {
		size_t i = index_of(t, child), weight = child->share[CPU].weight;
		real low = floor_of(t, i), high = cap_of(child);

		expect(t, i, "entitled", child->due[CPU].entitled,
		       between(weight * levels.low, low, high) - 1,
		       between(weight * levels.high, low, high));
		sum += child->due[CPU].entitled;
	}
	expect(t, index_of(t, pool), "given out", sum, amount - pool->children, amount);
}

/**
 * judge_fill() - what the members of a pool are entitled to
 * @t: the trial
 * @pool: one with members
 * @spare: what it would be due if all were hungry
 *
 * Return: what the level may be.
 */
static inline struct range judge_fill(const struct trial *t, const struct kvrm_node *pool,
				      real spare)
{
	real amount = pool->due[CPU].entitled, caps = 0, floors = 0, due;
	const struct kvrm_node *child;
	struct range levels;

	kvrm_for_each_child(child, pool) {
		caps += cap_of(child);
		floors += floor_of(t, index_of(t, child));
	}
	if (caps > amount && floors <= amount) {
		met.level++;
		levels = levels_of(t, pool, floors, amount);
		judge_levelled(t, pool, levels, amount);
		return levels;
	}
	kvrm_for_each_child(child, pool) {
		size_t i = index_of(t, child);

		due = caps > amount ? floor_of(t, i) * amount / floors : cap_of(child);
		expect(t, i, "entitled", child->due[CPU].entitled, due - (caps > amount), due);
	}
	met.plenty += caps <= amount;
	met.scarce += caps > amount;
	return caps > amount ? (struct range){ 0, 0 } : level_of_all(pool, spare);
}

static inline real share_of(const struct trial *t, size_t i, real level, real spare)
{
	const struct kvrm_share *share = &t->nodes[i].share[CPU];
	real due = most(least(share->weight * level, spare), assured_of(t->claim[i]));

	return most(least(due, share->limit), 1);
}

static inline void judge_shares(const struct trial *t, const struct kvrm_node *pool,
				struct range levels, real spare)
{
	const struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		size_t i = index_of(t, child);

		expect(t, i, "share", child->flow.share, share_of(t, i, levels.low, spare) - 1,
		       share_of(t, i, levels.high, spare));
	}
}

/* The level follows; what it was is exact. Shares are judged by what it is now. */
static inline void judge_level(const struct trial *t, const struct kvrm_node *pool,
			       struct range levels, real spare)
{
	size_t i = index_of(t, pool);
	real was = t->was[i].level, is = pool->flow.level;
	real low = levels.low * FIXED, high = levels.high * FIXED;

	if (was > 0) {
		low = (7 * was + low) / 8;
		high = (7 * was + high) / 8;
	}
	expect(t, i, "level", is, low - 1, high);
	judge_shares(t, pool, (struct range){ is / FIXED, is / FIXED }, spare);
}

/* What the hungry members of a pool have together. */
struct together {
	real used;
	real entitled;
	real credit;
};

static inline struct together together_of(const struct trial *t, const struct kvrm_node *pool)
{
	struct together all = { 0 };
	const struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		if (!child->flow.hungry)
			continue;
		all.used += child->flow.used_us;
		all.entitled += child->due[CPU].entitled;
		all.credit += t->was[index_of(t, child)].credit_us;
	}
	return all;
}

static inline void judge_credit(const struct trial *t, size_t i, const struct together *all)
{
	const struct kvrm_node *node = &t->nodes[i];
	real credit = t->was[i].credit_us, used = node->flow.used_us, full = full_of(t, i);
	real part = all->entitled > 0 ? node->due[CPU].entitled / all->entitled : 0;
	real rounding = 3 + t->dt / SECOND, due;

	if (node->flow.hungry) {
		met.hungry++;
		due = most(assured_of(floor_of(t, i)) * t->dt / SECOND, part * all->used);
		credit = between(credit + due - used - part * all->credit / 8, -3 * full, 3 * full);
	} else {
		met.asleep++;
		credit -= least(credit, 0) / 4;
		credit += most(t->claim[i] * t->dt / SECOND - used, 0);
		credit = between(credit, -3 * full, t->claim[i] * 0.02L);
	}
	expect(t, i, "credit", node->flow.credit_us, credit - rounding, credit + rounding);
}

static inline void judge_short(const struct trial *t, size_t i)
{
	const struct kvrm_flow *flow = &t->nodes[i].flow;
	real lacks = t->was[i].short_us + floor_of(t, i) * t->dt / SECOND - flow->used_us;

	lacks = between(lacks, 0, t->claim[i] * WINDOW);
	if (!flow->hungry)
		lacks *= 0.75L;
	expect(t, i, "short", flow->short_us, lacks - 1, lacks + 1);
}

static inline real boosted_of(const struct trial *t, size_t i)
{
	const struct kvrm_flow *flow = &t->nodes[i].flow;
	real lacks = most(flow->short_us - SLACK, 0), full = full_of(t, i);
	real share = flow->share * (1 + 7 * lacks / (t->claim[i] * WINDOW + SLACK));

	met.is_short += lacks > 0;
	met.in_credit += flow->credit_us > SLACK;
	met.in_debt += flow->credit_us < -SLACK;
	if (flow->credit_us >= 0)
		return share * (1 + most(flow->credit_us - SLACK, 0) / full);
	return share / (1 + most(-flow->credit_us - SLACK, 0) / full);
}

/* A power of two; a scale that would do is kept. */
static inline real judge_scale(const struct trial *t, const struct kvrm_node *pool)
{
	size_t i = index_of(t, pool);
	real largest = 1, before, after;
	const struct kvrm_node *child;

	kvrm_for_each_child(child, pool)
		largest = most(largest, child->flow.share);
	before = ldexpl(largest, 20 - (int)t->was[i].shift);
	after = ldexpl(largest, 20 - (int)pool->flow.shift);
	if (before >= 625 && before < 3751) {
		expect(t, i, "scale", pool->flow.shift, t->was[i].shift, t->was[i].shift);
	} else {
		met.scaled++;
		expect(t, i, "scaled", after, 1250, 2501);
	}
	return after / largest;
}

/* More than eightfold the greatest rate is nobody's weight. */
static inline void judge_weight(const struct trial *t, size_t i, real scale, bool boost)
{
	const struct kvrm_node *node = &t->nodes[i];
	real share = boost ? boosted_of(t, i) : node->flow.share, coarse = boost ? COARSE : 1;
	real high = least(share * coarse, 8 * (RATE_LAST + 1)) * scale;
	real low = least(share / coarse - (boost ? 5 : 0), 8 * (RATE_LAST + 1)) * scale - 1;

	expect(t, i, "weight", node->flow.weight, between(low, 1, 10000), between(high, 1, 10000));
}

static inline void judge_root_weight(const struct trial *t, bool boost)
{
	const struct kvrm_node *root = &t->nodes[0];
	real capacity = t->control.capacity, reserve = t->control.reserve, reserved = 0, due;
	real weight = 100 * most(capacity - reserve, 0) / most(reserve, 1), window, credit;
	const struct kvrm_node *child;

	kvrm_for_each_child(child, root)
		reserved += t->claim[index_of(t, child)];
	if (!boost) {
		expect(t, 0, "weight", root->flow.weight, between(weight - 1, 100, 10000),
		       between(weight, 100, 10000));
		return;
	}
	due = least(root->due[CPU].demand, reserved);
	window = most(due * WINDOW, 1000);
	credit = t->was[0].credit_us + due * t->dt / SECOND - root->flow.used_us;
	credit = between(credit, 0, window);
	expect(t, 0, "credit", root->flow.credit_us, credit - 2, credit);
	met.root_boost += credit > 0;
	weight *= 1 + 7 * root->flow.credit_us / window;
	expect(t, 0, "weight", root->flow.weight, between(weight - 9, 100, 10000),
	       between(weight * 1.001L, 100, 10000));
}

static inline void judge_members(const struct trial *t, const struct kvrm_node *pool, bool boost)
{
	struct together all = together_of(t, pool);
	real scale = judge_scale(t, pool);
	const struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		size_t i = index_of(t, child);

		if (boost) {
			judge_credit(t, i, &all);
			judge_short(t, i);
		}
		judge_weight(t, i, scale, boost);
	}
}

/**
 * judge_tick() - what a tick has made of a trial
 * @t: the trial; its @was is from before the tick
 */
static inline void judge_tick(const struct trial *t)
{
	const struct kvrm_node *root = &t->nodes[0], *node;
	real due = least(cap_of(root), t->control.capacity), spare;

	for (size_t i = t->n; i-- > 0;) {
		if (t->nodes[i].pool)
			judge_pool(t, i);
		else
			judge_guest(t, i);
	}
	expect(t, 0, "entitled", root->due[CPU].entitled, due, due);
	expect(t, 0, "share", root->flow.share, t->control.capacity, t->control.capacity);
	for (size_t i = 0; i < t->n; i++) {
		node = &t->nodes[i];
		if (!node->first)
			continue;
		spare = most(node->due[CPU].entitled, node->flow.share);
		judge_level(t, node, judge_fill(t, node, spare), spare);
		judge_members(t, node, true);
	}
	judge_root_weight(t, true);
}

/**
 * judge_static() - what kvrm_control_static() has made of a trial
 * @t: the trial; its @was is from before
 */
static inline void judge_static(const struct trial *t)
{
	real due = most((real)t->control.capacity - t->control.reserve, 0);
	const struct kvrm_node *node, *child;

	expect(t, 0, "entitled", t->nodes[0].due[CPU].entitled, due, due);
	for (size_t i = 0; i < t->n; i++) {
		node = &t->nodes[i];
		if (!node->first)
			continue;
		due = most(node->due[CPU].entitled, 1);
		kvrm_for_each_child(child, node)
			expect(t, index_of(t, child), "demand", child->due[CPU].demand, due, due);
		judge_shares(t, node, judge_fill(t, node, due), due);
		judge_members(t, node, false);
	}
	judge_root_weight(t, false);
}

#endif
