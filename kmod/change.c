// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of allocations and places, as one: judged by what they lead to together, made all or not
 * at all.
 *
 *  1. The tree is changed tentatively, which admission judges (include/kvrm/admit.c).
 *  2. Every guest and pool that was touched must lie in its pool's cgroup, and memory that is
 *     reserved must have a memory.min on the whole path.
 *  3. Limits are written. One that cannot be is an error, and those that were are written back.
 *  4. Cgroups and names are exchanged, which cannot fail; the controller sets the weights.
 *
 * Weights are the controller's: it writes them within its next tick. memory.min is the worker's in
 * protect.c, whose next round the command waits for.
 */
#include <linux/slab.h>

#include "kmod/change.h"
#include "kmod/compat/compat.h"
#include "kmod/protect.h"
#include "kmod/stat.h"
#include "kmod/throttle.h"

/* The cgroup that a guest or pool is bound to now. */
static struct kvrm_cgcpu *kvrm_node_cpu(struct kvrm_node *node)
{
	return node->pool ? &kvrm_pool_of(node)->cpu : &kvrm_guest_of(node)->cpu;
}

static void kvrm_change_edit(const struct kvrm_change *change, struct kvrm_edit *edit)
{
	struct kvrm_share *share = &edit->share[KVRM_RESOURCE_CPU];

	kvrm_edit_init(edit, kvrm_change_node(change));
	if (change->parent)
		edit->parent = &change->parent->node;
	if (change->at_reservation)
		share->reservation = change->reservation_us;
	if (change->at_limit)
		share->limit = change->limit_us ? change->limit_us : KVRM_UNLIMITED;
	if (change->at_weight)
		share->weight = change->weight;
	if (change->at_expandable)
		share->expandable = change->expandable;
}

/* The cgroup that a node will be bound to. */
static struct cgroup *kvrm_changes_cgroup(const struct kvrm_change *changes, size_t n,
					  struct kvrm_node *node)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (changes[i].rebind && kvrm_change_node(&changes[i]) == node)
			return changes[i].cpu.cgroup;
	}
	return kvrm_node_cpu(node)->cgroup;
}

/* Whether a node's cgroup will lie directly in its pool's. */
static bool kvrm_changes_fit(const struct kvrm_change *changes, size_t n, struct kvrm_node *node)
{
	struct cgroup *above = kvrm_changes_cgroup(changes, n, node->parent);

	return above && cgroup_parent(kvrm_changes_cgroup(changes, n, node)) == above;
}

/* Whether a guest may be elsewhere: only in the root, and only if nothing is promised to it. */
static bool kvrm_may_stray(const struct kvrm_node *node)
{
	const struct kvrm_share *share = &node->share[KVRM_RESOURCE_CPU];

	return !node->pool && node->parent == &kvrm_root_pool.node && !share->reservation &&
	       share->weight == KVRM_WEIGHT_DEFAULT &&
	       !node->share[KVRM_RESOURCE_MEMORY].reservation &&
	       node->share[KVRM_RESOURCE_MEMORY].weight == KVRM_WEIGHT_DEFAULT;
}

/* What is somebody else's can have limits, wherever it lies. */
static bool kvrm_is_adopted(const struct kvrm_node *node)
{
	return !node->pool && kvrm_guest_of((struct kvrm_node *)node)->cpu.adopted;
}

static bool kvrm_changes_placed(const struct kvrm_change *changes, size_t n, struct kvrm_node *node)
{
	if (kvrm_may_stray(node))
		return true;
	return !kvrm_is_adopted(node) && kvrm_changes_fit(changes, n, node);
}

/*
 * A cgroup is one guest's or one pool's: both would write its files. Guests are compared with each
 * other when they are registered.
 */
static bool kvrm_changes_taken(const struct kvrm_change *changes, size_t n,
			       const struct kvrm_change *change)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node = kvrm_change_node(change), *other;
	struct cgroup *cgroup = kvrm_changes_cgroup(changes, n, node);

	if (!change->add && !change->rebind)
		return false;
	for (other = root; other; other = kvrm_node_after(other, root)) {
		if (other != node && (other->pool || node->pool) &&
		    kvrm_changes_cgroup(changes, n, other) == cgroup)
			return true;
	}
	return false;
}

static int kvrm_changes_check_place(const struct kvrm_change *changes, size_t n,
				    const struct kvrm_change *change,
				    struct netlink_ext_ack *extack)
{
	struct kvrm_node *node = kvrm_change_node(change), *child;

	if (kvrm_changes_taken(changes, n, change)) {
		NL_SET_ERR_MSG_ATTR(extack, change->at_cgroup,
				    "this cgroup belongs to another guest or pool");
		return -EEXIST;
	}
	if (node->parent && !kvrm_changes_placed(changes, n, node)) {
		NL_SET_BAD_ATTR(extack, change->at_cgroup ? change->at_cgroup
							  : kvrm_change_at(change, 0, 0));
		if (kvrm_is_adopted(node))
			NL_SET_ERR_MSG(extack, "an adopted guest is in no pool, has limits only");
		else if (!kvrm_changes_cgroup(changes, n, node->parent))
			NL_SET_ERR_MSG(extack, "the root pool is bound to no cgroup yet");
		else
			NL_SET_ERR_MSG(extack, "the cgroup does not lie directly in the pool's");
		return -EXDEV;
	}
	kvrm_for_each_child(child, node) {
		if (change->rebind && !kvrm_changes_placed(changes, n, child)) {
			NL_SET_ERR_MSG_ATTR(extack, change->at_cgroup,
					    "a member's cgroup does not lie directly in this one");
			return -EXDEV;
		}
	}
	return 0;
}

/* Write the limit that a change leads to, to the cgroup that it leads to. */
static int kvrm_change_limit(struct kvrm_change *change, u64 limit, struct netlink_ext_ack *extack)
{
	struct kvrm_cgcpu *cpu =
		change->rebind ? &change->cpu : kvrm_node_cpu(kvrm_change_node(change));

	if (!cpu->cgroup)
		return 0;
	cpu->throttled = change->guest && change->guest->throttle;
	return kvrm_cgcpu_limit(cpu, limit == KVRM_UNLIMITED ? 0 : limit, extack);
}

static int kvrm_changes_limit(struct kvrm_change *changes, const struct kvrm_edit *edits, size_t n,
			      struct netlink_ext_ack *extack)
{
	struct kvrm_node *node;
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		node = kvrm_change_node(&changes[i]);
		err = kvrm_change_limit(&changes[i], node->share[KVRM_RESOURCE_CPU].limit, extack);
		if (err)
			goto undo;
	}
	return 0;

undo:
	NL_SET_BAD_ATTR(extack, changes[i].at_limit ? changes[i].at_limit : changes[i].at_self);
	/* What cannot be written back now is tried again: the limit before is the one wanted. */
	while (i-- > 0) {
		if (!changes[i].rebind)
			kvrm_change_limit(&changes[i], edits[i].share[KVRM_RESOURCE_CPU].limit,
					  NULL);
	}
	return err;
}

/* A guest whose process is ending must not get into a pool any more. */
static int kvrm_change_check_alive(const struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	bool alive = change->add || kvrm_change_node(change)->parent;

	if (!change->guest || alive)
		return 0;
	NL_SET_ERR_MSG(extack, "the virtual machine's process is ending");
	return -ESRCH;
}

/* What cannot fail. If the other cgroup has just vanished, the guest's sums stay as they are. */
static void kvrm_change_commit_guest(struct kvrm_change *change)
{
	struct kvrm_guest *guest = change->guest;

	mutex_lock(&guest->lock);
	if (change->rebind) {
		kvrm_stat_rebase(guest, &change->cpu);
		swap(guest->cpu, change->cpu);
		guest->cpu.reasserted = change->cpu.reasserted;
	}
	kvrm_change_commit_memory(change);
	if (change->name)
		nla_strscpy(guest->name, change->name, sizeof(guest->name));
	if (change->at_probes) {
		WRITE_ONCE(guest->probes, change->probes);
		kvrm_stat_sample(guest, 0);
	}
	mutex_unlock(&guest->lock);
	if (change->at_vcpu_limit)
		WRITE_ONCE(guest->vcpu_limit_us, change->vcpu_limit_us);
	if (change->at_sample_rate)
		WRITE_ONCE(guest->sample_rate_hz, change->sample_rate_hz);
	kvrm_throttle_set(guest->throttle, guest->cpu.limit_us, guest->vcpu_limit_us);
}

static void kvrm_change_commit_pool(struct kvrm_change *change)
{
	struct kvrm_pool *pool = change->pool;

	if (change->parent && !change->add)
		kvrm_pool_moved();

	if (change->rebind) {
		swap(pool->cpu, change->cpu);
		pool->cpu.reasserted = change->cpu.reasserted;
	}
	kvrm_change_commit_memory(change);
	if (change->name)
		nla_strscpy(pool->name, change->name, sizeof(pool->name));
}

static void kvrm_change_commit(struct kvrm_change *change)
{
	if (change->guest)
		kvrm_change_commit_guest(change);
	else
		kvrm_change_commit_pool(change);
}

static void kvrm_guest_place(struct kvrm_guest *guest)
{
	guest->placed = !guest->cpu.adopted && kvrm_changes_fit(NULL, 0, &guest->node);
	if (!guest->placed)
		guest->cpu.weight_written = 0;
}

/* After a change of places: who can be weighed now. */
static void kvrm_change_place(struct kvrm_node *node)
{
	struct kvrm_node *child;

	if (!node->pool)
		kvrm_guest_place(kvrm_guest_of(node));
	kvrm_for_each_child(child, node) {
		if (!child->pool)
			kvrm_guest_place(kvrm_guest_of(child));
	}
}

/*
 * A guest's sums go on from the other cgroup's cpu.stat. It is read here, where that may fail: the
 * file keeps the memory for it.
 */
static int kvrm_change_check_stat(struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	u64 usage_us, throttled_us;
	int err;

	if (!change->guest || !change->rebind)
		return 0;
	err = kvrm_cgcpu_stat(&change->cpu, 0, &usage_us, &throttled_us);
	if (err)
		NL_SET_ERR_MSG_ATTR(extack, change->at_cgroup,
				    "the cgroup's cpu.stat cannot be read");
	return err;
}

static int kvrm_changes_try(struct kvrm_change *changes, const struct kvrm_edit *edits, size_t n,
			    struct netlink_ext_ack *extack)
{
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = kvrm_changes_check_place(changes, n, &changes[i], extack);
		if (!err)
			err = kvrm_change_check_stat(&changes[i], extack);
		if (!err)
			err = kvrm_changes_open_memory(changes, n, &changes[i], extack);
		if (err)
			return err;
	}
	return kvrm_changes_limit(changes, edits, n, extack);
}

/* The host's reserve comes first: what it gives up can be reserved by the same changes. */
static const struct nlattr *kvrm_changes_set_reserve(const struct kvrm_change *changes, size_t n,
						     bool *ret_was_fixed)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!changes[i].at_reserve)
			continue;
		*ret_was_fixed = kvrm_pool_set_reserve(changes[i].reserve_us, true);
		return changes[i].at_reserve;
	}
	return NULL;
}

static int kvrm_changes_check_reserve(const struct nlattr *at_reserve, u64 before_us,
				      struct netlink_ext_ack *extack)
{
	u64 short_us = kvrm_shortfall(&kvrm_root_pool.node, KVRM_RESOURCE_CPU);

	if (!at_reserve || !short_us || kvrm_host_cpu.reserve <= before_us)
		return 0;
	NL_SET_BAD_ATTR(extack, at_reserve);
	kvrm_compat_extack(extack, "cpu-host-reserve-us: pool 1 lacks %llu", short_us);
	return -ENOSPC;
}

static int kvrm_changes_admit(struct kvrm_change *changes, struct kvrm_edit *edits, size_t n,
			      struct netlink_ext_ack *extack)
{
	struct kvrm_refusal refusal;
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = kvrm_change_check_alive(&changes[i], extack);
		if (err)
			return err;
		kvrm_change_edit(&changes[i], &edits[i]);
		err = kvrm_change_edit_memory(&changes[i], &edits[i], extack);
		if (err)
			return err;
	}
	if (!kvrm_edits_apply(edits, n, &kvrm_root_pool.node, &refusal))
		return kvrm_change_refuse(&changes[refusal.edit], &refusal, extack);
	return 0;
}

/**
 * kvrm_changes_apply() - make changes, all or none
 * @changes: each guest and pool at most once; not the root's place or allocation. A guest or pool
 *	that is in no pool yet gets one with @parent. The cgroup of one that is bound to another is
 *	left in @cpu, to be closed by the caller
 * @n: how many
 * @extack: says why not, and which attribute is at fault
 *
 * Memory is protected once kvrm_protect_flush() has returned.
 *
 * Context: process, may sleep; kvrm_tree_lock is held.
 * Return: 0; -ENOSPC if a reservation cannot be admitted; -EXDEV if a cgroup lies elsewhere; or
 * another negative errno. Nothing has changed then.
 */
int kvrm_changes_apply(struct kvrm_change *changes, size_t n, struct netlink_ext_ack *extack)
{
	struct kvrm_memory_reserve memory_reserve;
	const struct nlattr *at_reserve;
	struct kvrm_edit *edits;
	bool was_fixed = false;
	u64 reserve_us;
	size_t i;
	int err;

	lockdep_assert_held(&kvrm_tree_lock);
	edits = kvcalloc(n, sizeof(*edits), GFP_KERNEL);
	if (!edits)
		return -ENOMEM;
	kvrm_pool_refresh_capacity();
	reserve_us = kvrm_host_cpu.reserve;
	at_reserve = kvrm_changes_set_reserve(changes, n, &was_fixed);
	kvrm_changes_set_memory_reserve(changes, n, &memory_reserve);
	err = kvrm_changes_admit(changes, edits, n, extack);
	if (err)
		goto undo_reserve;
	err = kvrm_changes_check_reserve(at_reserve, reserve_us, extack);
	if (!err)
		err = kvrm_changes_check_memory_reserve(&memory_reserve, extack);
	if (!err)
		err = kvrm_changes_try(changes, edits, n, extack);
	if (err)
		goto undo_edits;
	for (i = 0; i < n; i++)
		kvrm_change_commit(&changes[i]);
	for (i = 0; i < n; i++)
		kvrm_change_place(kvrm_change_node(&changes[i]));
	kvrm_changes_release_memory(changes, n, true);
	kvfree(edits);
	return 0;

undo_edits:
	kvrm_edits_undo(edits, n);
undo_reserve:
	if (at_reserve)
		kvrm_pool_set_reserve(reserve_us, was_fixed);
	kvrm_changes_undo_memory_reserve(&memory_reserve);
	kvrm_changes_release_memory(changes, n, false);
	kvfree(edits);
	return err;
}
