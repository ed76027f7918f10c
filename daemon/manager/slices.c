// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slices of pools: each sample compares what is there with what is wanted, and asks the launcher to put a
 * difference right.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/manager/internal.h"
#include "daemon/model/error.h"
#include "daemon/observe/pool.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/launcher.h"
#include "kvrm/control.h"
#include "kvrm/cpumax.h"

#define SLICE_TIMEOUT_US (10 * 1000000ULL)

/**
 * manager_take_cgroup() - open the cgroup of a pool's slice, instead of one that was open
 * @pool: its slice is active
 *
 * Return: 0 or a negative errno; none is open then.
 */
int manager_take_cgroup(struct pool *pool)
{
	if (pool->cgroup_fd >= 0)
		close(pool->cgroup_fd);
	manager_forget_pool_memory(pool);
	pool->cgroup_fd = pool_open_cgroup(pool);
	return pool->cgroup_fd < 0 ? pool->cgroup_fd : 0;
}

static void on_cleaned(const char *unit, const sd_bus_error *error, void *data)
{
	if (error)
		log_warning("a slice could not be stopped: %s", error->message);
}

/**
 * manager_remove_slice() - stop a slice that nobody waits for
 * @m: manager
 * @at: of which pool
 */
void manager_remove_slice(struct manager *m, const struct launcher_pool *at)
{
	if (launcher_remove_pool(m->sd, at, LAUNCHER_TIMEOUT_US, on_cleaned, NULL, NULL) < 0)
		log_warning("a slice could not be stopped: no memory");
}

/**
 * manager_place_of() - which slice is a pool's
 * @pool: in the tree
 */
struct launcher_pool manager_place_of(const struct pool *pool)
{
	struct launcher_pool at;

	at.n = pool_chain(pool, at.chain);
	return at;
}

/**
 * manager_allocation_of() - what a pool's slice is to have
 * @pool: in the tree; its static weight is computed
 */
struct launcher_allocation manager_allocation_of(const struct pool *pool)
{
	uint64_t limit_us = pool->definition->cpu.limit_us;

	return (struct launcher_allocation){
		.quota_us = limit_us,
		.period_us = limit_us ? kvrm_cpumax_period_us(limit_us) : 0,
		.weight = kvrm_max(pool->node.flow.weight, KVRM_WEIGHT_MIN),
		.memory_min_bytes = pool_memory_min(pool),
		.memory_high_bytes = LAUNCHER_AS_IT_IS,
		.memory_max_bytes = LAUNCHER_AS_IT_IS,
	};
}

/**
 * manager_check_slice_name() - whether systemd takes the name of a pool's slice
 * @pool: in the tree
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or ERROR_INVALID_ARGUMENT.
 */
int manager_check_slice_name(const struct pool *pool, char **ret_error)
{
	const char *chain[SLICE_CHAIN_MAX];
	char name[SLICE_NAME_SIZE];

	if (!slice_name(chain, pool_chain(pool, chain), name))
		return 0;
	return text_error(ret_error, ERROR_INVALID_ARGUMENT,
			  "name: with those of the pools above, '%s' makes a slice's name of more "
			  "than 255 bytes",
			  pool->definition->name);
}

static void slice_problem(struct manager *m, struct pool *pool, const char *text)
{
	manager_problem(m, "pool '%s' has no slice: %s", pool->definition->name, text);
}

static void slice_ready(struct manager *m, struct pool *pool)
{
	_cleanup_free_ char *prefix = NULL;

	text_error(&prefix, 0, "pool '%s' has no slice", pool->definition->name);
	if (prefix)
		host_drop_problem(&m->host, prefix);
	m->resliced = true;
}

static void ask_launcher(struct manager *m, struct pool *pool, bool with_weight,
			 launcher_done *done)
{
	const struct launcher_pool at = manager_place_of(pool);
	struct launcher_allocation allocation = manager_allocation_of(pool);
	int r;

	if (with_weight)
		pool->weight_asserted = (uint32_t)allocation.weight;
	else
		allocation.weight = 0;
	pool->memory_asserted = allocation.memory_min_bytes;
	manager_settle(m);
	pool->runtime = m;
	r = launcher_set_pool(m->sd, &at, &allocation, SLICE_TIMEOUT_US, done, pool, &pool->asking);
	if (r < 0)
		slice_problem(m, pool, strerror(-r));
}

/*
 * When nothing is being made any more: starts are possible, and the module gets what is new, all of it at
 * once, since pools move only together with those below them.
 */
static void note_sliced(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_pools; i++) {
		if (m->host.pools[i]->asking)
			return;
	}
	m->sliced = true;
	if (!m->resliced)
		return;
	m->resliced = false;
	if (genl_client_is_up(m->genl))
		manager_match_module(m);
}

static void on_sliced(const char *unit, const sd_bus_error *error, void *data)
{
	struct pool *pool = data;
	struct manager *m = pool->runtime;
	int r;

	pool->asking = sd_bus_slot_unref(pool->asking);
	r = error ? 0 : manager_take_cgroup(pool);
	if (error)
		slice_problem(m, pool, error->message);
	else if (r)
		slice_problem(m, pool, strerror(-r));
	else
		slice_ready(m, pool);
	/* Those below it can be made now. */
	if (!error && !r)
		manager_tend_slices(m);
	note_sliced(m);
}

/* A slice that somebody has stopped takes its cgroup with it. */
static bool has_cgroup(struct pool *pool)
{
	uint64_t quota_us, period_us;
	int r;

	if (pool->cgroup_fd < 0)
		return false;
	r = cgroup_read_cpu_max(pool->cgroup_fd, &quota_us, &period_us);
	return r != -ENODEV && r != -ENOENT;
}

static void tend_slice(struct manager *m, struct pool *pool)
{
	const struct pool *parent = pool_of(pool->node.parent);
	int r;

	if (pool->asking || has_cgroup(pool))
		return;
	if (pool->cgroup_fd >= 0) {
		log_warning("the slice of pool '%s' is gone; making it again",
			    pool->definition->name);
		close(pool->cgroup_fd);
		pool->cgroup_fd = -1;
	}
	if (parent && (parent->cgroup_fd < 0 || parent->asking))
		return;
	/* One that is there from before needs no launcher; its properties are compared with each sample. */
	r = manager_take_cgroup(pool);
	if (!r && has_cgroup(pool))
		slice_ready(m, pool);
	else if (parent)
		ask_launcher(m, pool, true, on_sliced);
	else
		/* kvrm.slice is a unit of its own, which kvrmd.service wants. */
		slice_problem(m, pool, r ? strerror(-r) : "it has no cpu.max");
}

/**
 * manager_tend_slices() - make slices that are not there
 * @m: manager
 */
void manager_tend_slices(struct manager *m)
{
	struct kvrm_node *root = &m->host.root->node, *node;

	if (m->changing)
		return;
	host_update_weights(&m->host);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (node->pool)
			tend_slice(m, pool_of(node));
	}
	note_sliced(m);
}

static void on_asked(const char *unit, const sd_bus_error *error, void *data)
{
	struct pool *pool = data;

	pool->asking = sd_bus_slot_unref(pool->asking);
	if (!error)
		return;
	pool->memory_asserted = MEMORY_REFUSED;
	log_error("pool '%s': its slice could not be changed: %s", pool->definition->name,
		  error->message);
}

/**
 * manager_ask_slice() - let systemd know what the slice of a pool, which is there, is to have
 * @m: manager
 * @pool: nothing is being asked about it
 * @with_weight: also its static weight
 */
void manager_ask_slice(struct manager *m, struct pool *pool, bool with_weight)
{
	ask_launcher(m, pool, with_weight, on_asked);
}

static void check_pool_limit(struct manager *m, struct pool *pool)
{
	bool holds;

	if (pool->asking || pool->cgroup_fd < 0 || pool_is_root(pool) ||
	    pool_read_limit(pool, pool->definition->cpu.limit_us, &holds) || holds)
		return;
	if (!m->settling)
		m->host.sample.drift_corrected++;
	log_warning("cpu.max of pool '%s' was changed by somebody else; putting the limit back",
		    pool->definition->name);
	manager_ask_slice(m, pool, !genl_client_is_up(m->genl));
}

/**
 * manager_sample_pools() - compare slices, limits, weights and protected memory with what is wanted
 * @m: manager
 */
void manager_sample_pools(struct manager *m)
{
	if (m->changing)
		return;
	manager_tend_slices(m);
	for (size_t i = 0; i < m->host.n_pools; i++)
		check_pool_limit(m, m->host.pools[i]);
	if (!genl_client_is_up(m->genl))
		manager_tend_weights(m);
	manager_tend_memory(m);
	manager_tend_pool_limits(m);
}
