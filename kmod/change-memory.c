// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a change says about memory: admitted as one with the processor's (change.c), protected by
 * memory.min on the whole path from the root pool's cgroup down (protect.c). A limit is
 * memory.high's here (squeeze.c); what lies between that and the limit is no room for reservations.
 */
#include <linux/minmax.h>
#include <linux/overflow.h>

#include "kmod/change.h"
#include "kmod/compat/compat.h"
#include "kmod/hostmem.h"
#include "kmod/protect.h"
#include "kmod/squeeze.h"
#include "kvrm/memlimit.h"

/* Whether a change can make a difference to what is protected. */
static bool kvrm_change_is_about_memory(const struct kvrm_change *change)
{
	return change->add || change->rebind || change->parent || change->at_memory ||
	       change->at_overhead || change->at_memory_limit || change->at_memory_weight ||
	       change->at_memory_expandable;
}

/**
 * kvrm_change_edit_memory() - what a change asks for of memory
 * @change: to be made
 * @edit: receives it
 * @extack: says what is wrong
 *
 * A guest reserves its overhead on top.
 *
 * Return: 0 or -ERANGE.
 */
int kvrm_change_edit_memory(const struct kvrm_change *change, struct kvrm_edit *edit,
			    struct netlink_ext_ack *extack)
{
	struct kvrm_share *share = &edit->share[KVRM_RESOURCE_MEMORY];
	u64 overhead = change->guest ? change->guest->overhead_bytes : 0;
	u64 bytes = share->reservation - overhead;

	if (change->at_memory)
		bytes = change->memory_bytes;
	if (change->at_overhead)
		overhead = change->overhead_bytes;
	if (change->at_memory_expandable)
		share->expandable = change->memory_expandable;
	if (change->at_memory_weight)
		share->weight = change->memory_weight;
	if (change->at_memory_limit)
		share->limit = kvrm_memlimit_high(change->memory_limit_bytes);
	if (!check_add_overflow(bytes, overhead, &share->reservation))
		return 0;
	NL_SET_BAD_ATTR(extack, kvrm_change_at(change, KVRM_RESOURCE_MEMORY, 0));
	NL_SET_ERR_MSG(extack,
		       "memory-reservation-bytes and memory-overhead-bytes are too much together");
	return -ERANGE;
}

/* Where a node's memory.min is kept, and the cgroup that it is of, once the changes are made. */
static struct kvrm_cgmem **kvrm_changes_memory(struct kvrm_change *changes, size_t n,
					       struct kvrm_node *node, struct kvrm_cgcpu **ret_cpu)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!changes[i].rebind || kvrm_change_node(&changes[i]) != node)
			continue;
		*ret_cpu = &changes[i].cpu;
		return &changes[i].mem;
	}
	if (node->pool) {
		*ret_cpu = &kvrm_pool_of(node)->cpu;
		return &kvrm_pool_of(node)->mem;
	}
	*ret_cpu = &kvrm_guest_of(node)->cpu;
	return &kvrm_guest_of(node)->mem;
}

/* Only the hierarchy's root needs no memory.min. */
static int kvrm_memory_lacking(const struct kvrm_change *change, struct kvrm_node *node,
			       const struct kvrm_cgcpu *cpu, struct netlink_ext_ack *extack)
{
	if (!cgroup_parent(cpu->cgroup))
		return 0;
	NL_SET_BAD_ATTR(extack, kvrm_change_at(change, KVRM_RESOURCE_MEMORY, 0));
	if (node->pool)
		kvrm_compat_extack(extack,
				   "pool %u: its cgroup has no memory.min; enable the controller",
				   kvrm_pool_of(node)->id);
	else
		NL_SET_ERR_MSG(extack,
			       "the cgroup has no memory.min: enable the memory controller");
	return -EOPNOTSUPP;
}

/* Open a node's memory.min, if it has one and it was not there before. */
static int kvrm_changes_open_one(struct kvrm_change *changes, size_t n,
				 const struct kvrm_change *change, struct kvrm_node *node,
				 bool needed, struct netlink_ext_ack *extack)
{
	struct kvrm_cgmem **mem, *opened;
	struct kvrm_cgcpu *cpu;

	mem = kvrm_changes_memory(changes, n, node, &cpu);
	if (!*mem && cpu->cgroup) {
		opened = kvrm_cgmem_open(cpu->stat);
		if (IS_ERR(opened)) {
			NL_SET_ERR_MSG_ATTR(extack, change->at_self,
					    "the cgroup's memory.min cannot be opened");
			return PTR_ERR(opened);
		}
		*mem = opened;
	}
	if (!needed || (*mem && !READ_ONCE((*mem)->gone)))
		return 0;
	return kvrm_memory_lacking(change, node, cpu, extack);
}

/* What is above the root pool's cgroup is not ours, and would protect nothing. */
static int kvrm_memory_check_top(struct kvrm_change *changes, size_t n,
				 const struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	struct kvrm_cgcpu *cpu;

	kvrm_changes_memory(changes, n, &kvrm_root_pool.node, &cpu);
	if (cpu->cgroup->level <= 1)
		return 0;
	NL_SET_BAD_ATTR(extack, kvrm_change_at(change, KVRM_RESOURCE_MEMORY, 0));
	NL_SET_ERR_MSG(extack, "no memory can be reserved: the root pool's cgroup lies too deep");
	return -EXDEV;
}

/*
 * What nobody can take from a guest, however slowly: what is locked or pinned, and huge pages.
 * These are charged to no cgroup, but for the mount option memory_hugetlb_accounting: a limit below
 * them would hold nothing, or nothing else.
 */
static u64 kvrm_guest_fixed_bytes(const struct kvrm_guest *guest)
{
	/* A guest in the tree, or on its way there, has its virtual machine, and with it the mm. */
	const struct mm_struct *mm = guest->vm.kvm->mm;
	u64 pages = max_t(u64, READ_ONCE(mm->locked_vm), atomic64_read(&mm->pinned_vm));

	/* Huge pages that a device has pinned are counted as both. */
	return max(pages, kvrm_compat_huge_pages(mm)) << PAGE_SHIFT;
}

/* What of that, of all guests in a subtree, is above what its limit leaves. */
static u64 kvrm_memory_unfit(struct kvrm_node *top)
{
	u64 left = top->share[KVRM_RESOURCE_MEMORY].limit, fixed = 0;
	struct kvrm_node *node;

	if (left == KVRM_UNLIMITED)
		return 0;
	for (node = top; node; node = kvrm_node_after(node, top))
		fixed += node->pool ? 0 : kvrm_guest_fixed_bytes(kvrm_guest_of(node));
	return kvrm_excess(fixed, left);
}

static int kvrm_change_check_limit(const struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	u64 lacks;

	if (!change->at_memory_limit || !change->memory_limit_bytes)
		return 0;
	if (change->guest && change->guest->cpu.adopted) {
		NL_SET_ERR_MSG_ATTR(extack, change->at_memory_limit,
				    "the memory of an adopted guest cannot be limited");
		return -EOPNOTSUPP;
	}
	lacks = kvrm_memory_unfit(kvrm_change_node(change));
	if (!lacks)
		return 0;
	NL_SET_BAD_ATTR(extack, change->at_memory_limit);
	kvrm_compat_extack(extack, "memory-limit-bytes lacks %llu for locked and huge pages",
			   lacks);
	return -ENOSPC;
}

/* Whoever comes into a pool brings what cannot be taken from him along. */
static int kvrm_change_check_pools(const struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	struct kvrm_node *pool;
	u64 lacks;

	if (!change->add && !change->parent)
		return 0;
	for (pool = kvrm_change_node(change)->parent; pool; pool = pool->parent) {
		lacks = kvrm_memory_unfit(pool);
		if (!lacks)
			continue;
		NL_SET_BAD_ATTR(extack, change->at_parent);
		kvrm_compat_extack(extack, "pool %u: limit lacks %llu for locked and huge pages",
				   kvrm_pool_of(pool)->id, lacks);
		return -ENOSPC;
	}
	return 0;
}

/**
 * kvrm_changes_open_memory() - whether what a change leads to can be protected, or limited
 * @changes: applied to the tree; places are checked
 * @n: how many
 * @change: one of them
 * @extack: says why not
 *
 * What it opens stays open, whatever becomes of the changes, and is used when it is needed.
 *
 * Context: process, may sleep.
 * Return: 0; -EOPNOTSUPP if there is no memory.min; -EXDEV if the root pool's cgroup lies too deep;
 * -ENOSPC if a limit leaves too little for what cannot be taken; or another negative errno.
 */
int kvrm_changes_open_memory(struct kvrm_change *changes, size_t n, struct kvrm_change *change,
			     struct netlink_ext_ack *extack)
{
	struct kvrm_node *node = kvrm_change_node(change);
	const struct kvrm_share *share = &node->share[KVRM_RESOURCE_MEMORY];
	bool needed = node->parent ? kvrm_claimed(node, KVRM_RESOURCE_MEMORY)
				   : node->reserved[KVRM_RESOURCE_MEMORY];
	bool limited = node->parent && share->limit != KVRM_UNLIMITED;
	int err;

	if (!kvrm_change_is_about_memory(change))
		return 0;
	/* A weight needs the same path as a reservation. */
	needed = needed || share->weight != KVRM_WEIGHT_DEFAULT;
	err = kvrm_change_check_limit(change, extack);
	if (!err)
		err = kvrm_change_check_pools(change, extack);
	if (err)
		return err;
	do {
		err = kvrm_changes_open_one(changes, n, change, node, needed || limited, extack);
		if (err)
			return err;
		limited = false;
		node = node->parent;
	} while (node && needed);
	return needed ? kvrm_memory_check_top(changes, n, change, extack) : 0;
}

/**
 * kvrm_change_commit_memory() - exchange a guest's or pool's memory; take overhead and limit over
 * @change: that is made
 */
void kvrm_change_commit_memory(struct kvrm_change *change)
{
	struct kvrm_cgmem **mem = change->guest ? &change->guest->mem : &change->pool->mem;
	u64 *limit = change->guest ? &change->guest->memory_limit_bytes
				   : &change->pool->memory_limit_bytes;

	if (change->at_overhead)
		change->guest->overhead_bytes = change->overhead_bytes;
	if (change->at_memory_limit)
		*limit = change->memory_limit_bytes;
	if (!change->rebind)
		return;
	swap(*mem, change->mem);
	if (*mem && change->mem) {
		(*mem)->reasserted = READ_ONCE(change->mem->reasserted);
		(*mem)->high_reasserted = READ_ONCE(change->mem->high_reasserted);
		(*mem)->low_reasserted = READ_ONCE(change->mem->low_reasserted);
	}
}

/**
 * kvrm_changes_release_memory() - the last step: have memory protected as it is to be now
 * @changes: made or not
 * @n: how many
 * @made: which
 */
void kvrm_changes_release_memory(struct kvrm_change *changes, size_t n, bool made)
{
	bool kick = false;
	size_t i;

	for (i = 0; i < n; i++) {
		/* Of the cgroup before. */
		if (made)
			kvrm_protect_leave(changes[i].mem);
		else
			kvrm_cgmem_put(changes[i].mem);
		changes[i].mem = NULL;
		kick = kick || kvrm_change_is_about_memory(&changes[i]);
	}
	if (made && kick) {
		kvrm_protect_kick();
		kvrm_squeeze_kick();
	}
}

/**
 * kvrm_changes_set_memory_reserve() - set what the host keeps of its memory, if changes say so
 * @changes: to be made
 * @n: how many
 * @ret_before: what it kept before
 */
void kvrm_changes_set_memory_reserve(const struct kvrm_change *changes, size_t n,
				     struct kvrm_memory_reserve *ret_before)
{
	size_t i;

	*ret_before = (struct kvrm_memory_reserve){ .bytes = kvrm_host_memory.reserve };
	for (i = 0; i < n && !ret_before->at; i++) {
		if (!changes[i].at_memory_reserve)
			continue;
		ret_before->at = changes[i].at_memory_reserve;
		ret_before->fixed =
			kvrm_pool_set_memory_reserve(changes[i].memory_reserve_bytes, true);
	}
}

/**
 * kvrm_changes_check_memory_reserve() - whether the host may keep that much more
 * @before: what it kept before
 * @extack: says why not
 *
 * Return: 0 or -ENOSPC.
 */
int kvrm_changes_check_memory_reserve(const struct kvrm_memory_reserve *before,
				      struct netlink_ext_ack *extack)
{
	u64 lacks = kvrm_shortfall(&kvrm_root_pool.node, KVRM_RESOURCE_MEMORY);

	if (!before->at || !lacks || kvrm_host_memory.reserve <= before->bytes)
		return 0;
	NL_SET_BAD_ATTR(extack, before->at);
	kvrm_compat_extack(extack, "memory-host-reserve-bytes: pool 1 lacks %llu", lacks);
	return -ENOSPC;
}

/**
 * kvrm_changes_undo_memory_reserve() - undo kvrm_changes_set_memory_reserve()
 * @before: what the host kept before
 */
void kvrm_changes_undo_memory_reserve(const struct kvrm_memory_reserve *before)
{
	if (before->at)
		kvrm_pool_set_memory_reserve(before->bytes, before->fixed);
}
