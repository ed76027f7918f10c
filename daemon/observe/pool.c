// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools, as they are observed; see pool.h.
 */
#include <errno.h>

#include "daemon/observe/pool.h"
#include "daemon/wire/cgroup.h"
#include "kvrm/cpumax.h"

/**
 * pool_open_cgroup() - open the cgroup of a pool's slice
 * @pool: in the tree
 *
 * Return: a descriptor to be closed, or a negative errno.
 */
int pool_open_cgroup(const struct pool *pool)
{
	const char *chain[SLICE_CHAIN_MAX];
	char path[SLICE_PATH_SIZE];
	int r = slice_path(chain, pool_chain(pool, chain), path);

	return r ? r : cgroup_open(NULL, path);
}

/**
 * pool_look_at_memory() - read what is used and what is in force, also into the pool; 0 where it cannot be read
 * @pool: its cgroup may be open
 * @ret: filled in
 *
 * Return: 0 or a negative errno.
 */
int pool_look_at_memory(struct pool *pool, struct cgroup_memory *ret)
{
	int r = pool->cgroup_fd < 0 ? -ENOENT : cgroup_look_at_memory(pool->cgroup_fd, ret);

	pool->memory_used_bytes = r ? 0 : ret->usage_bytes;
	pool->memory_limit_applied_bytes = r || ret->max_bytes == UINT64_MAX ? 0 : ret->max_bytes;
	return r;
}

/**
 * pool_read_limit() - read cpu.max back into the pool
 * @pool: its cgroup is open
 * @limit_us: that is wanted, µs of CPU time per second; 0: unlimited
 * @ret_holds: whether it is exactly that
 *
 * Return: 0 or a negative errno.
 */
int pool_read_limit(struct pool *pool, uint64_t limit_us, bool *ret_holds)
{
	uint64_t quota_us, period_us;
	int r = cgroup_read_cpu_max(pool->cgroup_fd, &quota_us, &period_us);

	if (r)
		return r;
	pool->limit_applied_us = quota_us ? kvrm_cpumax_limit_us(quota_us, period_us) : 0;
	*ret_holds = kvrm_cpumax_holds(limit_us, quota_us, period_us);
	return 0;
}
