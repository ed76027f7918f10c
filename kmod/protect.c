// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps memory.min what it has to be: of a guest its reservation and overhead, of a pool what it
 * claims, of the root what its members claim. A cgroup is protected only as far as all above it
 * are, so the whole path says enough.
 *
 * A worker of its own does it, in rounds: it looks through the tree under kvrm_tree_lock, and lets
 * go of that before it touches a file. What is to be lowered is lowered first, from the bottom up,
 * then what is to be raised is raised, from the root down: at no moment do members have more than
 * their pool can keep for them, which would take from those beside them, and nobody has less than
 * before as well as after. A round follows every change, which waits for it, and every
 * KVRM_PROTECT_MS, to put right what others changed.
 *
 * What nobody has any more, a guest's that was deleted or moved away, goes to 0: it can be
 * reserved by others now. That comes before all else: the cgroup may be another's by now, who is
 * then seen to have too little. A guest that moves has nothing for the moment in between, rather
 * than twice what it is to have, at the cost of those beside it: what it holds is charged to the
 * cgroup that it left, and so unprotected in any case. When the module is unloaded all stays as it
 * is.
 *
 * Every KVRM_PROTECT_MS, but not with each change, memory.low gets what everybody is due now
 * (entitle.c), from what everybody holds. That follows from second to second, so nobody has it any
 * more once the module is unloaded.
 *
 * The worker also tells that memory came or went; a callback of the kernel's wakes it for that.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "kmod/cgmem-low.h"
#include "kmod/cgmem.h"
#include "kmod/entitle.h"
#include "kmod/event.h"
#include "kmod/guest.h"
#include "kmod/hostmem.h"
#include "kmod/pool.h"
#include "kmod/protect.h"
#include "kvrm/admit.h"

#define KVRM_PROTECT_MS 500

/**
 * struct kvrm_protect - the worker
 * @wq: its queue
 * @work: a round
 * @lock: protects @left and @stopping; a leaf
 * @left: struct kvrm_cgmem that nobody has any more, each with a reference
 * @stopping: there is no worker any more
 * @told: the host's capacity when it was last told; the worker's
 * @entitle_at: jiffies from which on it is to be seen again what everybody is due; the worker's
 */
static struct kvrm_protect {
	struct workqueue_struct *wq;
	struct delayed_work work;
	spinlock_t lock;
	struct list_head left;
	bool stopping;
	u64 told;
	unsigned long entitle_at;
} kvrm_protect;

static void kvrm_protect_gather(struct list_head *round)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;
	struct kvrm_cgmem *mem;

	lockdep_assert_held(&kvrm_tree_lock);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		mem = kvrm_entitle_owned(node);
		if (!mem)
			continue;
		mem->wanted = node == root ? node->reserved[KVRM_RESOURCE_MEMORY]
					   : kvrm_claimed(node, KVRM_RESOURCE_MEMORY);
		list_add_tail(&kvrm_cgmem_get(mem)->round, round);
	}
}

/* Guests that were placed once, and are due nothing now, but for those that are in a round. */
static void kvrm_protect_gather_strays(struct list_head *round)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;
	struct kvrm_guest *guest;

	lockdep_assert_held(&kvrm_tree_lock);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		guest = node->pool ? NULL : kvrm_guest_of(node);
		if (!guest || guest->placed || !guest->mem)
			continue;
		if (guest->mem->low_owned && list_empty(&guest->mem->round))
			list_add_tail(&kvrm_cgmem_get(guest->mem)->round, round);
	}
}

static void kvrm_protect_give_up(struct list_head *round)
{
	struct kvrm_cgmem *mem, *next;

	list_for_each_entry_safe(mem, next, round, round) {
		list_del_init(&mem->round);
		kvrm_cgmem_low_give_up(mem);
		kvrm_cgmem_put(mem);
	}
}

/* What nobody has any more; one whose cgroup is gone as well protects nothing. */
static void kvrm_protect_let_go(void)
{
	struct kvrm_cgmem *mem, *next;
	LIST_HEAD(left);

	spin_lock(&kvrm_protect.lock);
	list_splice_init(&kvrm_protect.left, &left);
	spin_unlock(&kvrm_protect.lock);
	list_for_each_entry_safe(mem, next, &left, left) {
		list_del_init(&mem->left);
		mem->wanted = 0;
		if (mem->owned && mem->found)
			kvrm_cgmem_write(mem);
		kvrm_cgmem_low_give_up(mem);
		kvrm_cgmem_put(mem);
	}
}

static void kvrm_protect_write(struct list_head *round)
{
	struct kvrm_cgmem *mem;

	kvrm_protect_let_go();
	list_for_each_entry_reverse(mem, round, round) {
		kvrm_cgmem_look(mem);
		if (mem->found > mem->wanted)
			kvrm_cgmem_write(mem);
	}
	list_for_each_entry(mem, round, round) {
		if (mem->found < mem->wanted)
			kvrm_cgmem_write(mem);
	}
}

/* The last round of all, with nobody in the tree, must leave nothing behind. */
static void kvrm_protect_entitle(struct list_head *round, bool last)
{
	struct kvrm_cgmem *mem;
	LIST_HEAD(strays);

	if (!last && time_before(jiffies, kvrm_protect.entitle_at))
		return;
	kvrm_protect.entitle_at = jiffies + msecs_to_jiffies(KVRM_PROTECT_MS);
	list_for_each_entry(mem, round, round)
		kvrm_cgmem_low_measure(mem);
	mutex_lock(&kvrm_tree_lock);
	kvrm_entitle_share();
	kvrm_protect_gather_strays(&strays);
	mutex_unlock(&kvrm_tree_lock);
	list_for_each_entry(mem, round, round)
		kvrm_cgmem_low_keep(mem);
	kvrm_protect_give_up(&strays);
}

static void kvrm_protect_end_round(struct list_head *round)
{
	struct kvrm_cgmem *mem, *next;

	list_for_each_entry_safe(mem, next, round, round) {
		list_del_init(&mem->round);
		kvrm_cgmem_put(mem);
	}
}

static void kvrm_protect_round(struct work_struct *work)
{
	bool resized, goes_on;
	LIST_HEAD(round);

	mutex_lock(&kvrm_tree_lock);
	kvrm_pool_refresh_capacity();
	resized = kvrm_host_memory.capacity != kvrm_protect.told;
	kvrm_protect.told = kvrm_host_memory.capacity;
	goes_on = kvrm_root_pool.node.first;
	kvrm_protect_gather(&round);
	mutex_unlock(&kvrm_tree_lock);

	kvrm_protect_write(&round);
	kvrm_protect_entitle(&round, !goes_on);
	kvrm_protect_end_round(&round);
	if (resized)
		kvrm_event_pool_changed(&kvrm_root_pool);
	if (goes_on)
		queue_delayed_work(kvrm_protect.wq, &kvrm_protect.work,
				   msecs_to_jiffies(KVRM_PROTECT_MS));
}

/**
 * kvrm_protect_kick() - something changed: have a round now
 */
void kvrm_protect_kick(void)
{
	mod_delayed_work(kvrm_protect.wq, &kvrm_protect.work, 0);
}

/**
 * kvrm_protect_flush() - wait for rounds that were asked for
 *
 * Context: process, may sleep; neither kvrm_tree_lock nor kvrm_event_lock is held.
 */
void kvrm_protect_flush(void)
{
	flush_work(&kvrm_protect.work.work);
}

/**
 * kvrm_protect_leave() - nobody has this any more: what it keeps is to be given back
 * @mem: with its owner's reference, which goes over; NULL is allowed
 *
 * When the module is being unloaded it stays as it is.
 */
void kvrm_protect_leave(struct kvrm_cgmem *mem)
{
	bool stopping;

	if (!mem)
		return;
	/* The queue is there until @stopping is set. */
	spin_lock(&kvrm_protect.lock);
	stopping = kvrm_protect.stopping;
	if (!stopping) {
		list_add_tail(&mem->left, &kvrm_protect.left);
		kvrm_protect_kick();
	}
	spin_unlock(&kvrm_protect.lock);
	if (stopping)
		kvrm_cgmem_put(mem);
}

/**
 * kvrm_protect_forget() - a guest or pool that is out of the tree has its memory no more
 * @owner: its memory.min; set to NULL
 *
 * Context: process; takes kvrm_tree_lock.
 */
void kvrm_protect_forget(struct kvrm_cgmem **owner)
{
	struct kvrm_cgmem *mem;

	mutex_lock(&kvrm_tree_lock);
	mem = *owner;
	*owner = NULL;
	mutex_unlock(&kvrm_tree_lock);
	kvrm_protect_leave(mem);
}

/* The count of pages says so already. */
static int kvrm_protect_resize(struct notifier_block *block, unsigned long action, void *data)
{
	if (action == MEM_ONLINE || action == MEM_OFFLINE)
		kvrm_protect_kick();
	return NOTIFY_OK;
}

static struct notifier_block kvrm_protect_resizes = {
	.notifier_call = kvrm_protect_resize,
};

/**
 * kvrm_protect_init() - make the worker
 *
 * Return: 0 or a negative errno.
 */
int kvrm_protect_init(void)
{
	int err;

	spin_lock_init(&kvrm_protect.lock);
	INIT_LIST_HEAD(&kvrm_protect.left);
	INIT_DELAYED_WORK(&kvrm_protect.work, kvrm_protect_round);
	kvrm_protect.told = kvrm_hostmem_capacity();
	kvrm_protect.entitle_at = jiffies;
	kvrm_protect.wq = alloc_workqueue("kvrm_protect", WQ_UNBOUND | WQ_HIGHPRI, 1);
	if (!kvrm_protect.wq)
		return -ENOMEM;
	err = register_memory_notifier(&kvrm_protect_resizes);
	if (err)
		destroy_workqueue(kvrm_protect.wq);
	return err;
}

/**
 * kvrm_protect_exit() - end the worker; what is reserved stays protected, and nobody is favoured
 *
 * Guests are still in the tree, and no command runs any more. What was left before is given back.
 */
void kvrm_protect_exit(void)
{
	LIST_HEAD(round);

	unregister_memory_notifier(&kvrm_protect_resizes);
	spin_lock(&kvrm_protect.lock);
	kvrm_protect.stopping = true;
	spin_unlock(&kvrm_protect.lock);
	cancel_delayed_work_sync(&kvrm_protect.work);
	kvrm_protect_let_go();
	mutex_lock(&kvrm_tree_lock);
	kvrm_protect_gather(&round);
	kvrm_protect_gather_strays(&round);
	mutex_unlock(&kvrm_tree_lock);
	kvrm_protect_give_up(&round);
	destroy_workqueue(kvrm_protect.wq);
}
