// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Admission: each refusal by hand, then a million random edits of random trees, judged by a model that
 * keeps no sums: it computes all claims anew, with 128 bits, before and after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kvrm/admit.h"
#include "tests/unit/random.h"

#define CPU KVRM_RESOURCE_CPU
#define MEM KVRM_RESOURCE_MEMORY

/* The host of the cases by hand: 1000 of each resource. */
static struct kvrm_node root, fixed, elastic, a, b;
static struct kvrm_refusal refusal;

static void init_root(uint64_t capacity)
{
	kvrm_node_init(&root, true);
	for (int r = 0; r < KVRM_RESOURCE_COUNT; r++) {
		root.share[r].expandable = false;
		root.share[r].reservation = capacity;
	}
}

static int setup(void **state)
{
	init_root(1000);
	kvrm_node_init(&fixed, true);
	fixed.share[CPU].expandable = false;
	fixed.share[MEM].expandable = false;
	kvrm_node_init(&elastic, true);
	kvrm_node_init(&a, false);
	kvrm_node_init(&b, false);
	memset(&refusal, 0xff, sizeof(refusal));
	return 0;
}

static struct kvrm_edit edit_of(struct kvrm_node *node, struct kvrm_node *parent, uint64_t cpu)
{
	struct kvrm_edit edit;

	kvrm_edit_init(&edit, node);
	edit.parent = parent;
	edit.share[CPU].reservation = cpu;
	return edit;
}

static bool put(struct kvrm_node *node, struct kvrm_node *parent, uint64_t cpu)
{
	struct kvrm_edit edit = edit_of(node, parent, cpu);

	return kvrm_edits_apply(&edit, 1, &root, &refusal);
}

static void assert_refused(enum kvrm_refusal_kind kind, size_t edit, struct kvrm_node *at,
			   uint64_t shortfall)
{
	assert_int_equal(refusal.kind, kind);
	assert_int_equal(refusal.edit, edit);
	assert_ptr_equal(refusal.at, at);
	assert_int_equal(refusal.shortfall, shortfall);
}

static void test_admitted(void **state)
{
	assert_true(put(&a, &root, 1000));
	assert_int_equal(refusal.kind, KVRM_ADMITTED);
	assert_int_equal(root.reserved[CPU], 1000);
	assert_int_equal(root.children, 1);
	assert_ptr_equal(a.parent, &root);
	assert_true(put(&a, NULL, 0));
	assert_int_equal(root.reserved[CPU], 0);
	assert_int_equal(root.children, 0);
	assert_null(a.parent);
}

static void test_above_host(void **state)
{
	struct kvrm_edit edit;

	assert_false(put(&a, &root, 1001));
	assert_refused(KVRM_REFUSED_ABOVE_HOST, 0, &a, 1);
	assert_int_equal(refusal.resource, CPU);
	assert_null(a.parent);
	edit = edit_of(&a, &root, 0);
	edit.share[MEM].reservation = UINT64_MAX;
	assert_false(kvrm_edits_apply(&edit, 1, &root, &refusal));
	assert_refused(KVRM_REFUSED_ABOVE_HOST, 0, &a, UINT64_MAX - 1000);
	assert_int_equal(refusal.resource, MEM);
	/* What it is outside of the tree excuses nothing. */
	a.share[CPU].reservation = UINT64_MAX;
	assert_false(put(&a, &root, UINT64_MAX));
	assert_refused(KVRM_REFUSED_ABOVE_HOST, 0, &a, UINT64_MAX - 1000);
}

static void test_above_limit(void **state)
{
	a.share[CPU].limit = 300;
	assert_true(put(&a, &root, 300));
	assert_false(put(&a, &root, 310));
	assert_refused(KVRM_REFUSED_ABOVE_LIMIT, 0, &a, 10);
	assert_int_equal(a.share[CPU].reservation, 300);
	assert_int_equal(root.reserved[CPU], 300);
	/* What it is outside of the tree excuses nothing. */
	b.share[CPU].limit = 300;
	b.share[CPU].reservation = 400;
	assert_false(put(&b, &root, 400));
	assert_refused(KVRM_REFUSED_ABOVE_LIMIT, 0, &b, 100);
}

static void test_root_lacks(void **state)
{
	assert_true(put(&a, &root, 600));
	assert_false(put(&b, &root, 401));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &root, 1);
	assert_true(put(&b, &root, 400));
}

static void test_fixed_pool(void **state)
{
	assert_true(put(&fixed, &root, 500));
	assert_int_equal(root.reserved[CPU], 500);
	assert_true(put(&a, &fixed, 300));
	assert_int_equal(root.reserved[CPU], 500);
	assert_false(put(&b, &fixed, 250));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &fixed, 50);
	assert_true(put(&b, &fixed, 200));
	/* It cannot shrink below what it has given. */
	assert_false(put(&fixed, &root, 499));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &fixed, 1);
}

static void test_expandable_pool(void **state)
{
	assert_true(put(&elastic, &root, 300));
	assert_true(put(&a, &elastic, 200));
	assert_int_equal(root.reserved[CPU], 300);
	assert_true(put(&b, &elastic, 700));
	assert_int_equal(elastic.reserved[CPU], 900);
	assert_int_equal(root.reserved[CPU], 900);
	assert_int_equal(kvrm_claimed(&elastic, CPU), 900);
	assert_false(put(&b, &elastic, 801));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &root, 1);
	assert_true(put(&b, &elastic, 50));
	assert_int_equal(root.reserved[CPU], 300);
	assert_int_equal(kvrm_shortfall(&elastic, CPU), 0);
}

static void test_pool_becomes_fixed(void **state)
{
	struct kvrm_edit edit;

	assert_true(put(&elastic, &root, 100));
	assert_true(put(&a, &elastic, 400));
	edit = edit_of(&elastic, &root, 100);
	edit.share[CPU].expandable = false;
	assert_false(kvrm_edits_apply(&edit, 1, &root, &refusal));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &elastic, 300);
	assert_true(elastic.share[CPU].expandable);
	edit.share[CPU].reservation = 400;
	assert_true(kvrm_edits_apply(&edit, 1, &root, &refusal));
	assert_int_equal(root.reserved[CPU], 400);
}

static void test_pool_limit(void **state)
{
	elastic.share[CPU].limit = 500;
	assert_true(put(&elastic, &root, 0));
	assert_true(put(&a, &elastic, 300));
	assert_false(put(&b, &elastic, 230));
	assert_refused(KVRM_REFUSED_POOL_LIMIT, 0, &elastic, 30);
	assert_true(put(&b, &elastic, 200));
}

/* Nothing is above the root of which it could borrow, whatever its share says. */
static void test_root_is_fixed(void **state)
{
	root.share[CPU].expandable = true;
	assert_true(put(&a, &root, 600));
	assert_int_equal(kvrm_unreserved(&root, CPU), 400);
	assert_false(put(&b, &root, 401));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &root, 1);
	root.share[CPU].reservation = 500;
	assert_int_equal(kvrm_shortfall(&root, CPU), 100);
}

static void test_move(void **state)
{
	assert_true(put(&fixed, &root, 500));
	assert_true(put(&elastic, &root, 100));
	assert_true(put(&a, &elastic, 400));
	assert_int_equal(root.reserved[CPU], 900);
	assert_true(put(&a, &fixed, 400));
	assert_int_equal(root.reserved[CPU], 600);
	assert_int_equal(fixed.reserved[CPU], 400);
	assert_int_equal(elastic.reserved[CPU], 0);
	assert_int_equal(elastic.children, 0);
	assert_null(elastic.first);
	/* Moved and raised at once. */
	assert_true(put(&b, &root, 300));
	assert_false(put(&b, &fixed, 101));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &fixed, 1);
	assert_ptr_equal(b.parent, &root);
	assert_int_equal(root.reserved[CPU], 900);
	/* A pool moves with what is in it. */
	assert_true(put(&fixed, &elastic, 500));
	assert_int_equal(elastic.reserved[CPU], 500);
	assert_int_equal(root.reserved[CPU], 800);
	assert_ptr_equal(a.parent, &fixed);
}

static void test_members(void **state)
{
	struct kvrm_edit edits[2];

	assert_true(put(&fixed, &root, 500));
	assert_true(put(&a, &fixed, 400));
	assert_false(put(&fixed, NULL, 0));
	assert_refused(KVRM_REFUSED_MEMBERS, 0, &fixed, 0);
	edits[0] = edit_of(&a, NULL, 0);
	edits[1] = edit_of(&fixed, NULL, 0);
	assert_true(kvrm_edits_apply(edits, 2, &root, &refusal));
	assert_int_equal(root.reserved[CPU], 0);
	kvrm_edits_undo(edits, 2);
	assert_int_equal(root.reserved[CPU], 500);
	assert_int_equal(fixed.reserved[CPU], 400);
}

static void test_cycle(void **state)
{
	struct kvrm_edit edits[2];

	assert_true(put(&fixed, &root, 0));
	assert_true(put(&elastic, &fixed, 0));
	assert_false(put(&fixed, &elastic, 0));
	assert_refused(KVRM_REFUSED_CYCLE, 0, &fixed, 0);
	assert_false(put(&fixed, &fixed, 0));
	assert_refused(KVRM_REFUSED_CYCLE, 0, &fixed, 0);
	/* Turned around, from the inside. */
	edits[0] = edit_of(&elastic, &root, 0);
	edits[1] = edit_of(&fixed, &elastic, 0);
	assert_true(kvrm_edits_apply(edits, 2, &root, &refusal));
	assert_ptr_equal(fixed.parent, &elastic);
}

static void test_depth(void **state)
{
	static struct kvrm_node pools[KVRM_DEPTH_MAX];
	struct kvrm_node *parent = &root;
	size_t last = KVRM_DEPTH_MAX - 2;

	for (size_t i = 0; i < KVRM_DEPTH_MAX; i++)
		kvrm_node_init(&pools[i], true);
	/* The root and seven more. */
	for (size_t i = 0; i <= last; parent = &pools[i++])
		assert_true(put(&pools[i], parent, 0));
	assert_true(put(&a, &pools[last], 1000));
	assert_int_equal(root.reserved[CPU], 1000);
	assert_false(put(&pools[last + 1], &pools[last], 0));
	assert_refused(KVRM_REFUSED_DEPTH, 0, &pools[last + 1], 0);
	/* With all that is in it, a pool must fit, too. */
	assert_true(put(&elastic, &root, 0));
	assert_false(put(&pools[0], &elastic, 0));
	assert_refused(KVRM_REFUSED_DEPTH, 0, &pools[0], 0);
	assert_true(put(&pools[1], &elastic, 0));
	assert_int_equal(elastic.reserved[CPU], 1000);
	assert_int_equal(pools[0].reserved[CPU], 0);
}

static void test_together(void **state)
{
	for (int order = 0; order < 2; order++) {
		struct kvrm_edit edits[2];

		setup(state);
		assert_true(put(&a, &root, 700));
		assert_true(put(&b, &root, 300));
		edits[order] = edit_of(&a, &root, 200);
		edits[!order] = edit_of(&b, &root, 800);
		assert_true(kvrm_edits_apply(edits, 2, &root, &refusal));
		assert_int_equal(root.reserved[CPU], 1000);
		kvrm_edits_undo(edits, 2);
		assert_int_equal(a.share[CPU].reservation, 700);
		assert_int_equal(b.share[CPU].reservation, 300);
		assert_int_equal(root.reserved[CPU], 1000);
	}
}

/* One resource is there and the other one is not: neither is given, and the one that lacks is named. */
static void test_both_resources(void **state)
{
	for (int lacking = CPU; lacking <= MEM; lacking++) {
		int other = lacking == CPU ? MEM : CPU;
		struct kvrm_edit edit;

		setup(state);
		fixed.share[lacking].reservation = 100;
		fixed.share[other].reservation = 300;
		assert_true(put(&fixed, &root, fixed.share[CPU].reservation));
		kvrm_edit_init(&edit, &a);
		edit.parent = &fixed;
		edit.share[lacking].reservation = 107;
		edit.share[other].reservation = 300;
		assert_false(kvrm_edits_apply(&edit, 1, &root, &refusal));
		assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &fixed, 7);
		assert_int_equal(refusal.resource, lacking);
		assert_int_equal(fixed.reserved[other], 0);
		assert_int_equal(root.reserved[other], 300);
		edit.share[lacking].reservation = 100;
		assert_true(kvrm_edits_apply(&edit, 1, &root, &refusal));
		assert_int_equal(fixed.reserved[CPU], fixed.share[CPU].reservation);
		assert_int_equal(fixed.reserved[MEM], fixed.share[MEM].reservation);
	}
}

/* Not the first one that touches the pool which lacks something, but the one that takes it. */
static void test_edit_at_fault(void **state)
{
	for (int order = 0; order < 2; order++) {
		struct kvrm_edit edits[2];

		setup(state);
		assert_true(put(&a, &root, 700));
		assert_true(put(&b, &root, 300));
		edits[order] = edit_of(&a, &root, 600);
		edits[!order] = edit_of(&b, &root, 410);
		assert_false(kvrm_edits_apply(edits, 2, &root, &refusal));
		assert_refused(KVRM_REFUSED_POOL_LACKS, !order, &root, 10);
		assert_int_equal(edits[order].share[CPU].reservation, 600);
		assert_int_equal(edits[!order].share[CPU].reservation, 410);
		assert_int_equal(root.reserved[CPU], 1000);
	}
}

/* The host lost CPUs. */
static void test_less_than_promised(void **state)
{
	assert_true(put(&a, &root, 600));
	assert_true(put(&b, &root, 400));
	root.share[CPU].reservation = 500;
	assert_int_equal(kvrm_shortfall(&root, CPU), 500);
	assert_int_equal(kvrm_unreserved(&root, CPU), 0);
	assert_false(put(&a, &root, 601));
	assert_refused(KVRM_REFUSED_ABOVE_HOST, 0, &a, 101);
	assert_false(put(&b, &root, 401));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &root, 501);
	assert_true(put(&a, &root, 600));
	assert_true(put(&a, &root, 300));
	assert_int_equal(kvrm_shortfall(&root, CPU), 200);
	assert_false(put(&a, &root, 301));
	assert_refused(KVRM_REFUSED_POOL_LACKS, 0, &root, 201);
	assert_true(put(&fixed, &root, 0));
	assert_true(put(&b, NULL, 0));
	assert_int_equal(kvrm_shortfall(&root, CPU), 0);
}

/* Two promises are broken: mending one of them is not refused because of the other. */
static void test_less_than_promised_twice(void **state)
{
	assert_true(put(&a, &root, 600));
	assert_true(put(&b, &root, 400));
	root.share[CPU].reservation = 500;
	root.share[CPU].limit = 600;
	assert_false(put(&b, &root, 401));
	assert_refused(KVRM_REFUSED_POOL_LIMIT, 0, &root, 401);
	assert_true(put(&a, &root, 200));
	assert_int_equal(kvrm_shortfall(&root, CPU), 100);
	/* And one that is broken hides no other. */
	assert_true(put(&a, &root, 0));
	root.share[CPU].limit = 450;
	assert_false(put(&a, &root, 200));
	assert_refused(KVRM_REFUSED_POOL_LIMIT, 0, &root, 150);
}

static void test_unreserved(void **state)
{
	assert_int_equal(kvrm_unreserved(&root, CPU), 1000);
	assert_true(put(&fixed, &root, 300));
	assert_int_equal(kvrm_unreserved(&root, CPU), 700);
	assert_int_equal(kvrm_unreserved(&fixed, CPU), 300);
	/* Its own, and what it can borrow. */
	assert_true(put(&elastic, &root, 200));
	assert_int_equal(kvrm_unreserved(&root, CPU), 500);
	assert_int_equal(kvrm_unreserved(&elastic, CPU), 700);
	assert_true(put(&a, &elastic, 150));
	assert_int_equal(kvrm_unreserved(&elastic, CPU), 550);
	elastic.share[CPU].limit = 400;
	assert_int_equal(kvrm_unreserved(&elastic, CPU), 250);
	assert_int_equal(kvrm_unreserved(&elastic, MEM), 1000);
	/* A pool still has it, but the host has not so much for one member. */
	root.share[CPU].reservation = 100;
	assert_int_equal(kvrm_unreserved(&fixed, CPU), 100);
	assert_false(put(&b, &fixed, 101));
	assert_true(put(&b, &fixed, 100));
	assert_int_equal(kvrm_unreserved(&root, CPU), 0);
}

/* The model. Node 0 is the root. */
#define NODES 20
#define SET   4

struct plain {
	int parent; /* -1: not in the tree */
	bool pool;
	struct kvrm_share share[KVRM_RESOURCE_COUNT];
};

static struct kvrm_node nodes[NODES];
static struct plain plain[NODES];
typedef unsigned __int128 wide;

static uint64_t below(uint64_t n)
{
	return random64() % n;
}

struct sums {
	wide reserved[NODES][KVRM_RESOURCE_COUNT];
	wide claimed[NODES][KVRM_RESOURCE_COUNT];
};

static int depth_of(const struct plain *model, int i)
{
	int depth = 0;

	while (i > 0 && (i = model[i].parent) >= 0)
		depth++;
	return depth;
}

static void add_up(const struct plain *model, struct sums *sums)
{
	int depth[NODES];

	memset(sums, 0, sizeof(*sums));
	for (int i = 0; i < NODES; i++)
		depth[i] = depth_of(model, i);
	for (int level = KVRM_DEPTH_MAX; level >= 0; level--) {
		for (int i = 0; i < NODES; i++) {
			for (int r = 0; depth[i] == level && r < KVRM_RESOURCE_COUNT; r++) {
				const struct kvrm_share *share = &model[i].share[r];
				wide claimed = share->reservation;

				if (model[i].pool && share->expandable &&
				    sums->reserved[i][r] > claimed)
					claimed = sums->reserved[i][r];
				sums->claimed[i][r] = claimed;
				if (i && model[i].parent >= 0)
					sums->reserved[model[i].parent][r] += claimed;
			}
		}
	}
}

static wide excess(wide x, wide y)
{
	return x > y ? x - y : 0;
}

static wide lack(const struct plain *model, const struct sums *sums, int i, int r, int kind)
{
	const struct kvrm_share *share = &model[i].share[r];
	wide reserved = sums->reserved[i][r];

	if (i && model[i].parent < 0)
		return 0;
	if (kind == KVRM_REFUSED_ABOVE_LIMIT)
		return excess(share->reservation, share->limit);
	if (kind == KVRM_REFUSED_POOL_LIMIT)
		return excess(reserved, share->limit);
	return model[i].pool && !share->expandable ? excess(reserved, share->reservation) : 0;
}

static bool keeps_promises(const struct plain *before, const struct plain *after)
{
	struct sums was, is;

	add_up(before, &was);
	add_up(after, &is);
	for (int i = 0; i < NODES; i++) {
		for (int r = 0; r < KVRM_RESOURCE_COUNT; r++) {
			for (int kind = KVRM_REFUSED_ABOVE_LIMIT; kind <= KVRM_REFUSED_POOL_LIMIT;
			     kind++) {
				if (lack(after, &is, i, r, kind) > lack(before, &was, i, r, kind))
					return false;
			}
		}
	}
	return true;
}

static bool is_below(const struct plain *model, int i, int top)
{
	for (; i >= 0; i = i ? model[i].parent : -1) {
		if (i == top)
			return true;
	}
	return false;
}

static int index_of(const struct kvrm_node *node)
{
	return node ? (int)(node - nodes) : -1;
}

/* One edit of the model. Return: what is wrong with it whatever the sums are. */
static enum kvrm_refusal_kind change(struct plain *model, const struct kvrm_edit *edit)
{
	int i = index_of(edit->node), parent = index_of(edit->parent);
	int was = model[i].parent;

	for (int r = 0; parent >= 0 && r < KVRM_RESOURCE_COUNT; r++) {
		uint64_t asked = edit->share[r].reservation;

		if (asked > model[0].share[r].reservation &&
		    (was < 0 || asked > model[i].share[r].reservation))
			return KVRM_REFUSED_ABOVE_HOST;
	}
	for (int k = 0; was >= 0 && parent < 0 && k < NODES; k++) {
		if (k && model[k].parent == i)
			return KVRM_REFUSED_MEMBERS;
	}
	if (parent >= 0 && parent != was && is_below(model, parent, i))
		return KVRM_REFUSED_CYCLE;
	model[i].parent = parent;
	memcpy(model[i].share, edit->share, sizeof(edit->share));
	for (int k = 1; parent >= 0 && k < NODES; k++) {
		/* Its members, if it has or were to have any, must have no more above them. */
		if (is_below(model, k, i) &&
		    depth_of(model, k) + model[k].pool > (int)KVRM_DEPTH_MAX)
			return KVRM_REFUSED_DEPTH;
	}
	return KVRM_ADMITTED;
}

/* The tree is what the model says, and its sums are what they are anew. */
static void check_tree(const struct plain *model)
{
	uint32_t children[NODES] = { 0 };
	struct sums sums;

	add_up(model, &sums);
	for (int i = 0; i < NODES; i++) {
		if (i && index_of(nodes[i].parent) != model[i].parent)
			fail_msg("node %d: wrong parent", i);
		if (i && model[i].parent >= 0)
			children[model[i].parent]++;
		for (int r = 0; r < KVRM_RESOURCE_COUNT; r++) {
			const struct kvrm_share *is = &nodes[i].share[r], *be = &model[i].share[r];

			if (is->reservation != be->reservation || is->limit != be->limit ||
			    is->weight != be->weight || is->expandable != be->expandable)
				fail_msg("node %d: wrong share", i);
			if (nodes[i].reserved[r] != sums.reserved[i][r])
				fail_msg("node %d: wrong sum", i);
			if (kvrm_claimed(&nodes[i], r) != sums.claimed[i][r])
				fail_msg("node %d: wrong claim", i);
		}
	}
	for (int i = 0; i < NODES; i++) {
		const struct kvrm_node *child, *last = NULL;
		uint32_t n = 0;

		kvrm_for_each_child(child, &nodes[i]) {
			if (child->parent != &nodes[i] || child->prev != last)
				fail_msg("node %d: wrong links", i);
			last = child;
			n++;
		}
		if (n != children[i] || nodes[i].children != n)
			fail_msg("node %d: %u children", i, n);
	}
}

static uint64_t scale;

static uint64_t random_amount(void)
{
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return scale + below(3);
	case 2:
		return random64() >> below(64);
	default:
		return below(scale / (1 + below(4)) + 1);
	}
}

static void random_share(struct kvrm_share *share, bool pool)
{
	if (below(2))
		share->reservation = random_amount();
	if (!below(4))
		share->limit = below(2) ? KVRM_UNLIMITED : random_amount();
	if (!below(4))
		share->weight = 1 + below(KVRM_WEIGHT_MAX);
	if (pool && !below(4))
		share->expandable = below(2);
}

static int random_pool(void)
{
	int i;

	do {
		i = below(NODES);
	} while (!nodes[i].pool || (i && !nodes[i].parent));
	return i;
}

static void random_edit(struct kvrm_edit *edit, struct kvrm_node *node)
{
	kvrm_edit_init(edit, node);
	if (!node->parent || !below(3))
		edit->parent = &nodes[random_pool()];
	if (node->parent && !below(6))
		edit->parent = NULL;
	for (int r = 0; r < KVRM_RESOURCE_COUNT; r++)
		random_share(&edit->share[r], node->pool);
}

/* A set that edits each node once, and puts nothing into a pool which it takes out. */
static size_t random_set(struct kvrm_edit *edits)
{
	size_t n = 1 + (below(3) ? 0 : below(SET)), made = 0;
	bool used[NODES] = { true };

	while (made < n) {
		int i = 1 + below(NODES - 1);

		if (used[i])
			continue;
		random_edit(&edits[made], &nodes[i]);
		for (size_t k = 0; k < made; k++) {
			if (!edits[k].parent && edits[made].parent == edits[k].node)
				edits[made].parent = &nodes[0];
			if (!edits[made].parent && edits[k].parent == &nodes[i])
				edits[made].parent = nodes[i].parent;
		}
		used[i] = true;
		made++;
	}
	return n;
}

static void check_refusal(const struct kvrm_edit *edits, size_t n, enum kvrm_refusal_kind kind,
			  size_t edit)
{
	if (refusal.edit >= n)
		fail_msg("edit %zu of %zu at fault", refusal.edit, n);
	if (kind != KVRM_ADMITTED &&
	    (refusal.kind != kind || refusal.edit != edit || refusal.at != edits[edit].node))
		fail_msg("kind %d, edit %zu, not %d, %zu", refusal.kind, refusal.edit, kind, edit);
	if (kind == KVRM_ADMITTED &&
	    (refusal.kind < KVRM_REFUSED_ABOVE_LIMIT || refusal.kind > KVRM_REFUSED_POOL_LIMIT))
		fail_msg("kind %d for broken sums", refusal.kind);
}

/* The shortfall that is told is what is really missing. */
static void check_shortfall(const struct plain *after)
{
	struct sums sums;
	int i = index_of(refusal.at);

	add_up(after, &sums);
	if (lack(after, &sums, i, refusal.resource, refusal.kind) != refusal.shortfall)
		fail_msg("shortfall %llu", (unsigned long long)refusal.shortfall);
}

/* Return: how many edits were judged. */
static size_t random_operation(size_t *admitted)
{
	struct plain before[NODES], after[NODES];
	enum kvrm_refusal_kind kind = KVRM_ADMITTED;
	struct kvrm_edit edits[SET], asked[SET];
	size_t n = random_set(edits), i;
	bool good;

	memcpy(before, plain, sizeof(plain));
	memcpy(after, plain, sizeof(plain));
	memcpy(asked, edits, sizeof(edits));
	for (i = 0; i < n && kind == KVRM_ADMITTED; i++)
		kind = change(after, &edits[i]);
	good = kind == KVRM_ADMITTED && keeps_promises(before, after);
	if (kvrm_edits_apply(edits, n, &nodes[0], &refusal) != good)
		fail_msg("%s", good ? "refused what fits" : "admitted what does not fit");
	*admitted += good;
	if (good)
		memcpy(plain, after, sizeof(plain));
	if (!good) {
		check_refusal(edits, n, kind, kind == KVRM_ADMITTED ? 0 : i - 1);
		if (kind == KVRM_ADMITTED)
			check_shortfall(after);
		for (i = 0; i < n; i++)
			if (edits[i].parent != asked[i].parent ||
			    edits[i].share[CPU].reservation != asked[i].share[CPU].reservation)
				fail_msg("edit %zu is not as it was", i);
	}
	check_tree(plain);
	if (good && !below(8)) {
		kvrm_edits_undo(edits, n);
		check_tree(before);
		memcpy(plain, before, sizeof(plain));
	}
	return n;
}

/* What is unreserved can be had, and no more. */
static void check_unreserved(void)
{
	struct kvrm_node guest, *pool = &nodes[random_pool()];
	enum kvrm_resource resource = below(KVRM_RESOURCE_COUNT);
	uint64_t most = kvrm_unreserved(pool, resource);
	struct kvrm_edit edit;

	if (depth_of(plain, index_of(pool)) >= (int)KVRM_DEPTH_MAX)
		return;
	kvrm_node_init(&guest, false);
	kvrm_edit_init(&edit, &guest);
	edit.parent = pool;
	edit.share[resource].reservation = most + 1;
	if (kvrm_edits_apply(&edit, 1, &nodes[0], &refusal))
		fail_msg("one more than unreserved was admitted");
	edit.share[resource].reservation = most;
	if (!kvrm_edits_apply(&edit, 1, &nodes[0], &refusal))
		fail_msg("what is unreserved was refused: %d", refusal.kind);
	kvrm_edits_undo(&edit, 1);
}

/* CPUs or memory come and go. */
static void change_host(void)
{
	int r = below(KVRM_RESOURCE_COUNT);

	nodes[0].share[r].reservation = scale / (1 + below(3));
	nodes[0].share[r].limit =
		below(2) ? KVRM_UNLIMITED : nodes[0].share[r].reservation + below(scale / 4 + 1);
	plain[0].share[r] = nodes[0].share[r];
}

static void new_tree(void)
{
	static const uint64_t scales[] = { 4, 100, 4000000, 1ULL << 34, 1ULL << 50 };

	scale = scales[below(5)];
	for (int i = 0; i < NODES; i++) {
		kvrm_node_init(&nodes[i], !i || i < NODES / 2);
		for (int r = 0; !i && r < KVRM_RESOURCE_COUNT; r++) {
			nodes[i].share[r].expandable = false;
			nodes[i].share[r].reservation = scale;
		}
		plain[i].parent = -1;
		plain[i].pool = nodes[i].pool;
		memcpy(plain[i].share, nodes[i].share, sizeof(plain[i].share));
	}
}

static void test_random(void **state)
{
	size_t edits = 0, sets = 0, admitted = 0;

	seed = 1;
	for (; edits < 1000000; sets++) {
		if (!(sets % 500))
			new_tree();
		if (!below(50))
			change_host();
		edits += random_operation(&admitted);
		if (!below(4))
			check_unreserved();
	}
	/* Both answers were tried often enough. */
	assert_in_range(admitted, sets / 5, sets * 4 / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_admitted, setup),
		cmocka_unit_test_setup(test_above_host, setup),
		cmocka_unit_test_setup(test_above_limit, setup),
		cmocka_unit_test_setup(test_root_lacks, setup),
		cmocka_unit_test_setup(test_fixed_pool, setup),
		cmocka_unit_test_setup(test_expandable_pool, setup),
		cmocka_unit_test_setup(test_pool_becomes_fixed, setup),
		cmocka_unit_test_setup(test_pool_limit, setup),
		cmocka_unit_test_setup(test_root_is_fixed, setup),
		cmocka_unit_test_setup(test_move, setup),
		cmocka_unit_test_setup(test_members, setup),
		cmocka_unit_test_setup(test_cycle, setup),
		cmocka_unit_test_setup(test_depth, setup),
		cmocka_unit_test_setup(test_together, setup),
		cmocka_unit_test_setup(test_both_resources, setup),
		cmocka_unit_test_setup(test_edit_at_fault, setup),
		cmocka_unit_test_setup(test_less_than_promised, setup),
		cmocka_unit_test_setup(test_less_than_promised_twice, setup),
		cmocka_unit_test_setup(test_unreserved, setup),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
