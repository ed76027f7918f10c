// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools, the root pool, and the registry of pools.
 *
 * The root is what the host has: its reservations are the capacity of the online CPUs and the
 * memory less what is reserved for the host itself, and follow CPUs and memory that come and go. It
 * is bound to no cgroup until somebody binds it; until then guests can be limited, but neither
 * weighed against each other nor protected.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "kmod/hostmem.h"
#include "kmod/pool.h"
#include "kvrm/admit.h"
#include "kvrm/cpumax.h"

/* Of the host's capacity, unless another reserve is set: a twentieth, and a tenth of a CPU. */
#define KVRM_RESERVE_PART   20
#define KVRM_RESERVE_MIN_US 100000

DEFINE_MUTEX(kvrm_tree_lock);
struct kvrm_pool kvrm_root_pool;
struct kvrm_control kvrm_host_cpu;

/**
 * struct kvrm_pools - the registry
 * @by_id: published pools, the root among them
 * @next_id: where to look for a free id
 * @count: number of @by_id
 * @generation: raised with each change of @by_id, and when pools move
 * @reserve_is_fixed: the host's reserve of CPU time was set, and does not follow the capacity
 *
 * Protected by kvrm_tree_lock.
 */
static struct kvrm_pools {
	struct xarray by_id;
	u32 next_id;
	u32 count;
	u32 generation;
	bool reserve_is_fixed;
} kvrm_pools;

/**
 * kvrm_pool_new() - make a pool that is not in the tree
 *
 * Return: the pool, NULL if there is no memory.
 */
struct kvrm_pool *kvrm_pool_new(void)
{
	struct kvrm_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (pool)
		kvrm_node_init(&pool->node, true);
	return pool;
}

/**
 * kvrm_pool_free() - release a pool that is neither published nor in the tree
 * @pool: what to release; NULL is allowed
 */
void kvrm_pool_free(struct kvrm_pool *pool)
{
	if (!pool)
		return;
	WARN_ON_ONCE(pool->node.parent || pool->node.first);
	kvrm_cgmem_put(pool->mem);
	kvrm_cgcpu_close(&pool->cpu);
	kfree(pool);
}

/**
 * kvrm_pool_publish() - give a pool an id, by which it can be found
 * @pool: in the tree before the lock is released
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_pool_publish(struct kvrm_pool *pool)
{
	int err;

	lockdep_assert_held(&kvrm_tree_lock);
	err = xa_alloc_cyclic(&kvrm_pools.by_id, &pool->id, pool, xa_limit_32b, &kvrm_pools.next_id,
			      GFP_KERNEL);
	if (err < 0)
		return err;
	kvrm_pools.count++;
	kvrm_pools.generation++;
	return 0;
}

/**
 * kvrm_pool_unpublish() - the pool cannot be found any more
 * @pool: published
 */
void kvrm_pool_unpublish(struct kvrm_pool *pool)
{
	lockdep_assert_held(&kvrm_tree_lock);
	xa_erase(&kvrm_pools.by_id, pool->id);
	kvrm_pools.count--;
	kvrm_pools.generation++;
}

/**
 * kvrm_pool_find() - look a pool up
 * @id: as it was assigned
 *
 * Return: the pool, alive as long as struct kvrm_pool says, or NULL.
 */
struct kvrm_pool *kvrm_pool_find(u32 id)
{
	lockdep_assert_held(&kvrm_tree_lock);
	return xa_load(&kvrm_pools.by_id, id);
}

/**
 * kvrm_pool_next() - go round the pools, parents before their members
 * @cursor: 0 at first; how many were returned so far
 *
 * Return: the next pool, or NULL.
 */
struct kvrm_pool *kvrm_pool_next(unsigned long *cursor)
{
	struct kvrm_node *root = &kvrm_root_pool.node, *node;
	unsigned long n = 0;

	lockdep_assert_held(&kvrm_tree_lock);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (!node->pool || n++ < *cursor)
			continue;
		(*cursor)++;
		return kvrm_pool_of(node);
	}
	return NULL;
}

/**
 * kvrm_pool_moved() - dumps under way may have missed a pool that changed its place
 */
void kvrm_pool_moved(void)
{
	lockdep_assert_held(&kvrm_tree_lock);
	kvrm_pools.generation++;
}

/**
 * kvrm_pool_generation() - for dumps, to see whether pools came, went or moved
 *
 * Return: a number that changes then.
 */
u32 kvrm_pool_generation(void)
{
	return READ_ONCE(kvrm_pools.generation);
}

/**
 * kvrm_pool_count() - how many pools there are
 *
 * Return: their number at this moment, the root included.
 */
u32 kvrm_pool_count(void)
{
	return READ_ONCE(kvrm_pools.count);
}

/**
 * kvrm_pool_leave() - take a guest, or a pool without members, out of the tree
 * @node: its; nothing is done if it is in no pool
 *
 * Context: process; takes kvrm_tree_lock.
 */
void kvrm_pool_leave(struct kvrm_node *node)
{
	struct kvrm_refusal refusal;
	struct kvrm_edit edit;

	mutex_lock(&kvrm_tree_lock);
	if (node->parent) {
		kvrm_edit_init(&edit, node);
		edit.parent = NULL;
		WARN_ON_ONCE(!kvrm_edits_apply(&edit, 1, &kvrm_root_pool.node, &refusal));
	}
	mutex_unlock(&kvrm_tree_lock);
}

static void kvrm_pool_set_root(void)
{
	struct kvrm_share *share = kvrm_root_pool.node.share;

	share[KVRM_RESOURCE_CPU].reservation =
		kvrm_excess(kvrm_host_cpu.capacity, kvrm_host_cpu.reserve);
	share[KVRM_RESOURCE_MEMORY].reservation = kvrm_hostmem_reservable();
}

static void kvrm_pool_refresh_cpus(void)
{
	u64 capacity = num_online_cpus() * KVRM_USEC_PER_SEC;

	if (capacity == kvrm_host_cpu.capacity)
		return;
	kvrm_host_cpu.capacity = capacity;
	if (!kvrm_pools.reserve_is_fixed)
		kvrm_host_cpu.reserve =
			max_t(u64, capacity / KVRM_RESERVE_PART, KVRM_RESERVE_MIN_US);
}

/**
 * kvrm_pool_refresh_capacity() - look what the host has, and make the root pool as large
 */
void kvrm_pool_refresh_capacity(void)
{
	lockdep_assert_held(&kvrm_tree_lock);
	kvrm_pool_refresh_cpus();
	kvrm_hostmem_refresh();
	kvrm_pool_set_root();
}

/**
 * kvrm_pool_set_reserve() - set what the host keeps for itself
 * @reserve_us: µs of CPU time per second, at most the capacity
 * @fixed: it does not follow the capacity
 *
 * Whether what is left suffices for what was admitted, the caller checks.
 *
 * Return: whether the reserve before was @fixed.
 */
bool kvrm_pool_set_reserve(u64 reserve_us, bool fixed)
{
	bool before = kvrm_pools.reserve_is_fixed;

	lockdep_assert_held(&kvrm_tree_lock);
	kvrm_host_cpu.reserve = reserve_us;
	kvrm_pools.reserve_is_fixed = fixed;
	kvrm_pool_set_root();
	return before;
}

/**
 * kvrm_pool_set_memory_reserve() - as kvrm_pool_set_reserve(), of memory
 * @bytes: at most the capacity
 * @fixed: it does not follow the capacity
 *
 * Return: whether the reserve before was @fixed.
 */
bool kvrm_pool_set_memory_reserve(u64 bytes, bool fixed)
{
	bool before = kvrm_host_memory.reserve_is_fixed;

	lockdep_assert_held(&kvrm_tree_lock);
	WRITE_ONCE(kvrm_host_memory.reserve, bytes);
	kvrm_host_memory.reserve_is_fixed = fixed;
	kvrm_pool_set_root();
	return before;
}

/**
 * kvrm_pool_init() - make the root pool
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_pool_init(void)
{
	int err;

	xa_init_flags(&kvrm_pools.by_id, XA_FLAGS_ALLOC1);
	kvrm_node_init(&kvrm_root_pool.node, true);
	kvrm_root_pool.node.share[KVRM_RESOURCE_CPU].expandable = false;
	kvrm_root_pool.node.share[KVRM_RESOURCE_MEMORY].expandable = false;
	strscpy(kvrm_root_pool.name, "host", sizeof(kvrm_root_pool.name));
	mutex_lock(&kvrm_tree_lock);
	kvrm_pool_refresh_capacity();
	err = kvrm_pool_publish(&kvrm_root_pool);
	mutex_unlock(&kvrm_tree_lock);
	return err;
}

/* Take a pool that has only pools in it, and those, out of the tree. */
static void kvrm_pool_unlink_all(void)
{
	struct kvrm_pool *pool;
	unsigned long id;

	xa_for_each(&kvrm_pools.by_id, id, pool) {
		pool->node.parent = NULL;
		pool->node.first = NULL;
	}
}

/**
 * kvrm_pool_exit() - release all pools; there are no guests
 */
void kvrm_pool_exit(void)
{
	struct kvrm_pool *pool;
	unsigned long id;

	kvrm_pool_unlink_all();
	xa_for_each(&kvrm_pools.by_id, id, pool) {
		if (pool != &kvrm_root_pool)
			kvrm_pool_free(pool);
	}
	kvrm_cgmem_put(kvrm_root_pool.mem);
	kvrm_cgcpu_close(&kvrm_root_pool.cpu);
	xa_destroy(&kvrm_pools.by_id);
}
