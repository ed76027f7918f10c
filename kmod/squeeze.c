// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps memory.high of guests and pools with a memory limit what it has to be.
 *
 * A worker of its own does it, since lowering memory.high reclaims and waits: neither protection
 * (protect.c) nor a command has to wait for that. It looks through the tree under kvrm_tree_lock,
 * and lets go of that before it touches a file. A round follows every change, every
 * KVRM_SQUEEZE_MS, to put right what others changed, and sooner while some guest is on its way
 * down.
 *
 * What is not to be throttled by us any more, a guest's or pool's that was deleted or moved away,
 * stays as it is, as does its cpu.max. When the module is unloaded all stays as it is.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/workqueue.h>

#include "kmod/cgmem-high.h"
#include "kmod/cgmem.h"
#include "kmod/guest.h"
#include "kmod/pool.h"
#include "kmod/squeeze.h"
#include "kvrm/memlimit.h"

#define KVRM_SQUEEZE_MS	     500
#define KVRM_SQUEEZE_SOON_MS 100

static struct workqueue_struct *kvrm_squeeze_wq;
static void kvrm_squeeze_round(struct work_struct *work);
static DECLARE_DELAYED_WORK(kvrm_squeeze_work, kvrm_squeeze_round);

static void kvrm_squeeze_gather(struct list_head *round)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;
	struct kvrm_cgmem *mem;
	u64 limit;

	lockdep_assert_held(&kvrm_tree_lock);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		mem = node->pool ? kvrm_pool_of(node)->mem : kvrm_guest_of(node)->mem;
		if (!mem)
			continue;
		limit = node->pool ? kvrm_pool_of(node)->memory_limit_bytes
				   : kvrm_guest_of(node)->memory_limit_bytes;
		mem->high_wanted = kvrm_memlimit_high(limit);
		list_add_tail(&kvrm_cgmem_get(mem)->squeeze, round);
	}
}

static void kvrm_squeeze_round(struct work_struct *work)
{
	struct kvrm_cgmem *mem, *next;
	bool goes_on, soon = false;
	LIST_HEAD(round);

	mutex_lock(&kvrm_tree_lock);
	goes_on = kvrm_root_pool.node.first;
	kvrm_squeeze_gather(&round);
	mutex_unlock(&kvrm_tree_lock);

	list_for_each_entry_safe(mem, next, &round, squeeze) {
		list_del_init(&mem->squeeze);
		soon = kvrm_cgmem_squeeze(mem) || soon;
		kvrm_cgmem_put(mem);
	}
	if (goes_on)
		queue_delayed_work(kvrm_squeeze_wq, &kvrm_squeeze_work,
				   msecs_to_jiffies(soon ? KVRM_SQUEEZE_SOON_MS : KVRM_SQUEEZE_MS));
}

/**
 * kvrm_squeeze_kick() - something changed: have a round now
 */
void kvrm_squeeze_kick(void)
{
	mod_delayed_work(kvrm_squeeze_wq, &kvrm_squeeze_work, 0);
}

/**
 * kvrm_squeeze_init() - make the worker
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_squeeze_init(void)
{
	kvrm_squeeze_wq = alloc_workqueue("kvrm_squeeze", WQ_UNBOUND, 1);
	return kvrm_squeeze_wq ? 0 : -ENOMEM;
}

/**
 * kvrm_squeeze_exit() - end the worker; what is throttled stays so
 *
 * No command runs any more.
 */
void kvrm_squeeze_exit(void)
{
	cancel_delayed_work_sync(&kvrm_squeeze_work);
	destroy_workqueue(kvrm_squeeze_wq);
}
