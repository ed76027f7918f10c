// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Admission; see admit.h.
 */
#include "kvrm/admit.h"

/**
 * kvrm_claimed() - what a node takes of its parent
 * @node: node
 * @resource: of which
 *
 * Return: its reservation, or what its children claim, if it is expandable and that is more.
 */
uint64_t kvrm_claimed(const struct kvrm_node *node, enum kvrm_resource resource)
{
	const struct kvrm_share *share = &node->share[resource];

	if (!node->pool || !share->expandable)
		return share->reservation;
	return kvrm_max(share->reservation, node->reserved[resource]);
}

/* The root cannot, whatever its share says: nothing is above it. */
static bool can_borrow(const struct kvrm_node *pool, enum kvrm_resource resource)
{
	return pool->parent && pool->share[resource].expandable;
}

/* A claim on @pool changed: so may, in turn, the claims of the pools above. */
static void change_claim(struct kvrm_node *pool, enum kvrm_resource resource, uint64_t before,
			 uint64_t after)
{
	uint64_t pool_before;

	for (; pool && before != after; pool = pool->parent) {
		pool_before = kvrm_claimed(pool, resource);
		pool->reserved[resource] += after - before;
		before = pool_before;
		after = kvrm_claimed(pool, resource);
	}
}

static void link_node(struct kvrm_node *node, struct kvrm_node *parent)
{
	int r;

	node->parent = parent;
	node->prev = NULL;
	node->next = parent->first;
	if (parent->first)
		parent->first->prev = node;
	parent->first = node;
	parent->children++;
	for (r = 0; r < KVRM_RESOURCE_COUNT; r++)
		change_claim(parent, r, 0, kvrm_claimed(node, r));
}

static void unlink_node(struct kvrm_node *node)
{
	struct kvrm_node *parent = node->parent;
	int r;

	if (node->prev)
		node->prev->next = node->next;
	else
		parent->first = node->next;
	if (node->next)
		node->next->prev = node->prev;
	node->next = NULL;
	node->prev = NULL;
	node->parent = NULL;
	parent->children--;
	for (r = 0; r < KVRM_RESOURCE_COUNT; r++)
		change_claim(parent, r, kvrm_claimed(node, r), 0);
}

/* Exchange what the node is and what the edit says. */
static void exchange(struct kvrm_edit *edit)
{
	struct kvrm_node *node = edit->node;
	struct kvrm_node *parent = node->parent;
	struct kvrm_share share;
	uint64_t before;
	int r;

	if (parent != edit->parent && parent)
		unlink_node(node);
	for (r = 0; r < KVRM_RESOURCE_COUNT; r++) {
		before = kvrm_claimed(node, r);
		share = node->share[r];
		node->share[r] = edit->share[r];
		edit->share[r] = share;
		change_claim(node->parent, r, before, kvrm_claimed(node, r));
	}
	if (parent != edit->parent && edit->parent)
		link_node(node, edit->parent);
	edit->parent = parent;
}

static bool refuse(struct kvrm_refusal *refusal, enum kvrm_refusal_kind kind, struct kvrm_node *at,
		   enum kvrm_resource resource, uint64_t shortfall)
{
	refusal->kind = kind;
	refusal->at = at;
	refusal->resource = resource;
	refusal->shortfall = shortfall;
	return false;
}

/* By how much a node breaks the promise that a refusal is about. */
static uint64_t lack_of(const struct kvrm_node *node, enum kvrm_resource resource,
			enum kvrm_refusal_kind kind)
{
	const struct kvrm_share *share = &node->share[resource];

	switch (kind) {
	case KVRM_REFUSED_ABOVE_LIMIT:
		return kvrm_excess(share->reservation, share->limit);
	case KVRM_REFUSED_POOL_LIMIT:
		return kvrm_excess(node->reserved[resource], share->limit);
	case KVRM_REFUSED_POOL_LACKS:
		return node->pool ? kvrm_shortfall(node, resource) : 0;
	default:
		return 0;
	}
}

/* Make all edits of a set that was undone again. */
static void redo(struct kvrm_edit *edits, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		exchange(&edits[i]);
}

/*
 * A pool may have too little already, because the host has lost CPUs: then only what makes that
 * worse is refused. The edits are taken back for a moment, to see what was. A node that was not in
 * the tree had promised nothing.
 */
static bool is_worse(struct kvrm_edit *edits, size_t n, const struct kvrm_node *root,
		     const struct kvrm_refusal *refusal)
{
	const struct kvrm_node *at = refusal->at;
	uint64_t before = 0;

	kvrm_edits_undo(edits, n);
	if (at == root || at->parent)
		before = lack_of(at, refusal->resource, refusal->kind);
	redo(edits, n);
	return before < refusal->shortfall;
}

/* Whether a node keeps its promises about a resource; each by itself, lest one hide another. */
static bool check_node(struct kvrm_node *node, enum kvrm_resource resource, struct kvrm_edit *edits,
		       size_t n, const struct kvrm_node *root, struct kvrm_refusal *refusal)
{
	static const enum kvrm_refusal_kind kinds[] = {
		KVRM_REFUSED_ABOVE_LIMIT,
		KVRM_REFUSED_POOL_LIMIT,
		KVRM_REFUSED_POOL_LACKS,
	};
	uint64_t lack;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		lack = lack_of(node, resource, kinds[i]);
		if (!lack)
			continue;
		refuse(refusal, kinds[i], node, resource, lack);
		if (is_worse(edits, n, root, refusal))
			return false;
	}
	return true;
}

/* Whether a node and all above it keep their promises. */
static bool check_up(struct kvrm_node *node, struct kvrm_edit *edits, size_t n,
		     const struct kvrm_node *root, struct kvrm_refusal *refusal)
{
	int r;

	for (; node; node = node->parent) {
		for (r = 0; r < KVRM_RESOURCE_COUNT; r++) {
			if (!check_node(node, r, edits, n, root, refusal))
				return false;
		}
	}
	refusal->kind = KVRM_ADMITTED;
	return true;
}

static uint32_t depth_of(const struct kvrm_node *node)
{
	uint32_t depth = 0;

	while ((node = node->parent))
		depth++;
	return depth;
}

/* Before it is applied: whether an edit makes sense at all. */
static bool check_edit(const struct kvrm_edit *edit, const struct kvrm_node *root,
		       struct kvrm_refusal *refusal)
{
	struct kvrm_node *node = edit->node, *below;
	uint32_t depth;
	int r;

	for (r = 0; edit->parent && r < KVRM_RESOURCE_COUNT; r++) {
		if (edit->share[r].reservation > root->share[r].reservation &&
		    (!node->parent || edit->share[r].reservation > node->share[r].reservation))
			return refuse(refusal, KVRM_REFUSED_ABOVE_HOST, node, r,
				      edit->share[r].reservation - root->share[r].reservation);
	}
	if (edit->parent == node->parent)
		return true;
	if (!edit->parent)
		return !node->first || refuse(refusal, KVRM_REFUSED_MEMBERS, node, 0, 0);
	if (kvrm_node_is_below(edit->parent, node))
		return refuse(refusal, KVRM_REFUSED_CYCLE, node, 0, 0);
	depth = depth_of(edit->parent) + 1;
	for (below = node; below; below = kvrm_node_after(below, node)) {
		if (depth + depth_of(below) - depth_of(node) + below->pool > KVRM_DEPTH_MAX)
			return refuse(refusal, KVRM_REFUSED_DEPTH, node, 0, 0);
	}
	return true;
}

/**
 * kvrm_edit_init() - an edit that changes nothing yet
 * @edit: overwritten
 * @node: to be changed
 */
void kvrm_edit_init(struct kvrm_edit *edit, struct kvrm_node *node)
{
	int r;

	edit->node = node;
	edit->parent = node->parent;
	for (r = 0; r < KVRM_RESOURCE_COUNT; r++)
		edit->share[r] = node->share[r];
}

/*
 * Take all edits back. Of several that touch the node which lacks something, the last one that made
 * it lack more is at fault.
 */
static void undo_to_fault(struct kvrm_edit *edits, size_t n, struct kvrm_refusal *refusal)
{
	uint64_t after = lack_of(refusal->at, refusal->resource, refusal->kind), before;
	bool found = !after;

	while (n-- > 0) {
		kvrm_edits_undo(&edits[n], 1);
		before = lack_of(refusal->at, refusal->resource, refusal->kind);
		if (!found && before < after) {
			refusal->edit = n;
			found = true;
		}
		after = before;
	}
}

/**
 * kvrm_edits_apply() - make several changes, if the tree keeps its promises then
 * @edits: applied in order; each node at most once. Afterwards they hold what was before, on
 *	success, or are as they were
 * @n: how many
 * @root: of the tree
 * @ret_refusal: why not; @kind is KVRM_ADMITTED on success
 *
 * Return: true if the changes were made; else nothing has changed.
 */
bool kvrm_edits_apply(struct kvrm_edit *edits, size_t n, const struct kvrm_node *root,
		      struct kvrm_refusal *ret_refusal)
{
	struct kvrm_refusal refusal = { .kind = KVRM_ADMITTED };
	size_t done, i;

	for (done = 0; done < n; done++) {
		refusal.edit = done;
		if (!check_edit(&edits[done], root, &refusal))
			goto undo;
		exchange(&edits[done]);
	}
	for (i = 0; i < n; i++) {
		refusal.edit = i;
		/* What is taken out promises nothing any more. */
		if (edits[i].node->parent && !check_up(edits[i].node, edits, n, root, &refusal))
			goto undo;
	}
	*ret_refusal = refusal;
	return true;

undo:
	undo_to_fault(edits, done, &refusal);
	*ret_refusal = refusal;
	return false;
}

/**
 * kvrm_edits_undo() - take changes back that were made last
 * @edits: as kvrm_edits_apply() left them
 * @n: how many
 */
void kvrm_edits_undo(struct kvrm_edit *edits, size_t n)
{
	while (n-- > 0)
		exchange(&edits[n]);
}

/**
 * kvrm_unreserved() - the largest reservation that one more member of a pool could get
 * @pool: pool
 * @resource: of which
 *
 * Return: in the resource's unit.
 */
uint64_t kvrm_unreserved(const struct kvrm_node *pool, enum kvrm_resource resource)
{
	uint64_t total = 0, ceiling = UINT64_MAX;
	bool borrows = true;

	/* What was found below can be had only as far as each pool above has room for it. */
	for (; pool; pool = pool->parent) {
		const struct kvrm_share *share = &pool->share[resource];

		if (borrows && share->limit != KVRM_UNLIMITED)
			ceiling = kvrm_min(ceiling, total + kvrm_excess(share->limit,
									pool->reserved[resource]));
		if (borrows)
			total += kvrm_excess(share->reservation, pool->reserved[resource]);
		borrows = borrows && can_borrow(pool, resource);
		/* No member may have more than the host, even if it was promised before. */
		if (!pool->parent)
			ceiling = kvrm_min(ceiling, share->reservation);
	}
	return kvrm_min(total, ceiling);
}

/**
 * kvrm_shortfall() - by how much a pool's members claim more than it has
 * @pool: pool
 * @resource: of which
 *
 * Return: 0, unless the host has lost something since they were admitted.
 */
uint64_t kvrm_shortfall(const struct kvrm_node *pool, enum kvrm_resource resource)
{
	if (can_borrow(pool, resource))
		return 0;
	return kvrm_excess(pool->reserved[resource], pool->share[resource].reservation);
}
