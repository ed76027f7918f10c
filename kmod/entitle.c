// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests and pools are due of the host's memory now.
 *
 * A guest demands what it holds and what is swapped of it. What it has touched of late is active
 * (young.c), and what its process needs beside; as long as that is not known, all of it. What
 * guests hold together and what is free is to be shared, but no more than the host's reserve leaves
 * (kvrm/entitle.h says how). Measured and written by protect.c's worker.
 *
 * What lies in no pool's cgroup has no part in this: the kernel reclaims from it as from anything
 * else.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "kmod/cgmem.h"
#include "kmod/entitle.h"
#include "kmod/guest.h"
#include "kmod/hostmem.h"
#include "kmod/pool.h"
#include "kmod/young.h"
#include "kvrm/entitle.h"

static unsigned int kvrm_idle_tax = KVRM_IDLE_TAX_DEFAULT;

static int kvrm_idle_tax_set(const char *text, const struct kernel_param *param)
{
	return param_set_uint_minmax(text, param, 0, KVRM_IDLE_TAX_MAX);
}

static const struct kernel_param_ops kvrm_idle_tax_ops = {
	.set = kvrm_idle_tax_set,
	.get = param_get_uint,
};
module_param_cb(memory_idle_tax, &kvrm_idle_tax_ops, &kvrm_idle_tax, 0644);
MODULE_PARM_DESC(memory_idle_tax,
		 "per cent of the memory that a guest does not use that others may have, 0 to 99");

/**
 * kvrm_entitle_owned() - the memory that a node is entitled to keep or lose
 * @node: in the tree
 *
 * Context: kvrm_tree_lock is held.
 * Return: NULL if its memory.low is left alone.
 */
struct kvrm_cgmem *kvrm_entitle_owned(struct kvrm_node *node)
{
	struct kvrm_guest *guest;

	if (node->pool)
		return kvrm_pool_of(node)->mem;
	guest = kvrm_guest_of(node);
	return guest->placed ? guest->mem : NULL;
}

static u64 kvrm_entitle_active(const struct kvrm_guest *guest)
{
	if (!READ_ONCE(guest->young.active.known))
		return U64_MAX;
	return kvrm_young_bytes(&guest->young) + guest->overhead_bytes;
}

/* What guests demand, and what of it is active. Returns what they hold together. */
static u64 kvrm_entitle_demand(void)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;
	struct kvrm_cgmem *mem;
	struct kvrm_due *due;
	u64 held = 0;

	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (node->pool)
			continue;
		mem = kvrm_entitle_owned(node);
		due = &node->due[KVRM_RESOURCE_MEMORY];
		due->demand = mem ? mem->held_bytes + mem->swapped_bytes : 0;
		due->active = min(due->demand, kvrm_entitle_active(kvrm_guest_of(node)));
		held += mem ? mem->held_bytes : 0;
	}
	return held;
}

/* What guests can have together now. */
static u64 kvrm_entitle_amount(u64 held)
{
	struct sysinfo info;

	si_meminfo(&info);
	return min_t(u64, held + (u64)info.freeram * info.mem_unit, kvrm_hostmem_reservable());
}

/**
 * kvrm_entitle_share() - set what everybody is due, from what was measured of everybody's memory
 *
 * What came since has not been measured, and is due what it reserves at most.
 *
 * Context: of the worker in protect.c; kvrm_tree_lock is held.
 */
void kvrm_entitle_share(void)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;
	struct kvrm_cgmem *mem;

	lockdep_assert_held(&kvrm_tree_lock);
	kvrm_entitle(root, kvrm_entitle_amount(kvrm_entitle_demand()), READ_ONCE(kvrm_idle_tax));
	for (node = root; node; node = kvrm_node_after(node, root)) {
		mem = kvrm_entitle_owned(node);
		if (mem)
			mem->low_wanted = node->due[KVRM_RESOURCE_MEMORY].entitled;
	}
}
