// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools; see pool.h.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/model/pool.h"
#include "kvrm/admit.h"
#include "kvrm/memlimit.h"

/**
 * pool_new() - a pool that is in no tree yet
 * @definition: owned by the pool from now on, unless the call fails
 *
 * Return: to be freed with pool_free(); NULL if there is no memory.
 */
struct pool *pool_new(struct pool_definition *definition)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->definition = definition;
	pool->cgroup_fd = -1;
	kvrm_node_init(&pool->node, true);
	pool->memory_asserted = MEMORY_UNTOLD;
	pool_share(definition, pool->node.share);
	return pool;
}

/**
 * pool_free() - free a pool
 * @pool: in no tree; may be NULL
 *
 * Return: NULL.
 */
struct pool *pool_free(struct pool *pool)
{
	if (!pool)
		return NULL;
	sd_bus_slot_unref(pool->asking);
	sd_event_source_disable_unref(pool->events);
	if (pool->cgroup_fd >= 0)
		close(pool->cgroup_fd);
	pool_definition_free(pool->definition);
	free(pool);
	return NULL;
}

/**
 * pool_of() - the pool that a node is of
 * @node: a pool's; may be NULL
 *
 * Return: the pool, or NULL.
 */
struct pool *pool_of(const struct kvrm_node *node)
{
	return node ? (struct pool *)((char *)node - offsetof(struct pool, node)) : NULL;
}

/**
 * allocation_share() - an allocation as the tree has it
 * @allocation: allocation
 * @overhead_bytes: memory that is taken beside what is reserved; of a pool 0
 * @ret: filled in, but for what concerns pools alone
 */
void allocation_share(const struct allocation *allocation, uint64_t overhead_bytes,
		      struct kvrm_share ret[static KVRM_RESOURCE_COUNT])
{
	const struct cpu_allocation *cpu = &allocation->cpu;
	struct kvrm_share *share = &ret[KVRM_RESOURCE_CPU];

	share->reservation = cpu->reservation_us;
	share->limit = cpu->limit_us ? cpu->limit_us : KVRM_UNLIMITED;
	share->weight = cpu->weight;
	ret[KVRM_RESOURCE_MEMORY].reservation =
		allocation->memory.reservation_bytes + overhead_bytes;
	ret[KVRM_RESOURCE_MEMORY].weight = allocation->memory.weight;
	/* What lies between is for slowing a guest down. */
	ret[KVRM_RESOURCE_MEMORY].limit = kvrm_memlimit_high(allocation->memory.limit_bytes);
}

/**
 * pool_share() - what a pool asks for, as the tree has it
 * @d: definition
 * @ret: filled in
 */
void pool_share(const struct pool_definition *d, struct kvrm_share ret[static KVRM_RESOURCE_COUNT])
{
	const struct allocation allocation = { .cpu = d->cpu, .memory = d->memory };

	allocation_share(&allocation, 0, ret);
	ret[KVRM_RESOURCE_CPU].expandable = d->expandable;
	ret[KVRM_RESOURCE_MEMORY].expandable = d->memory_expandable;
}

/**
 * pool_memory_min() - what is to be protected of the memory below a pool
 * @pool: in the tree
 *
 * Return: bytes, as the module has it: what the pool claims, of the root what its members do.
 */
uint64_t pool_memory_min(const struct pool *pool)
{
	return pool_is_root(pool) ? pool->node.reserved[KVRM_RESOURCE_MEMORY]
				  : kvrm_claimed(&pool->node, KVRM_RESOURCE_MEMORY);
}

/**
 * pool_is_root() - whether it is what the host has
 * @pool: pool
 */
bool pool_is_root(const struct pool *pool)
{
	return !*pool->definition->parent;
}

/**
 * pool_chain() - the names of a pool and of those above it, but for the root
 * @pool: in a tree
 * @chain: receives them, from above to the pool itself; valid as long as the pools
 *
 * Return: how many; 0 for the root.
 */
size_t pool_chain(const struct pool *pool, const char *chain[static SLICE_CHAIN_MAX])
{
	const struct pool *at;
	size_t n = 0, i;

	for (at = pool; at && !pool_is_root(at); at = pool_of(at->node.parent))
		n++;
	i = n;
	for (at = pool; at && !pool_is_root(at); at = pool_of(at->node.parent))
		chain[--i] = at->definition->name;
	return n;
}
