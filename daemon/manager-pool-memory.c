// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory limits of pools: each sample compares what is in force with what is wanted, and lets systemd know the next
 * step, as of guests (manager-memory.c, plan/memory.h). What room there is, is what their balloons go by, and who is
 * stopped (manager-pressure.c, manager-memory.c).
 */
#include <string.h>

#include "daemon/apply/alloc.h"
#include "daemon/manager-internal.h"
#include "daemon/observe/pool.h"
#include "daemon/plan/memory.h"
#include "daemon/util/log.h"
#include "daemon/wire/launcher.h"

#define TEND_TIMEOUT_US (10 * 1000000ULL)

static void on_told(const char *unit, const sd_bus_error *error, void *data)
{
	struct pool *pool = data;

	pool->asking = sd_bus_slot_unref(pool->asking);
	if (!error)
		return;
	pool->high_asserted = MEMORY_UNTOLD_LIMIT;
	pool->max_asserted = MEMORY_UNTOLD_LIMIT;
	log_error("pool '%s': its memory-limit could not be changed: %s", pool->definition->name,
		  error->message);
}

static void tell_slice(struct manager *m, struct pool *pool, const struct cgroup_memory *memory,
		       const struct plan_memory *plan)
{
	const struct launcher_pool at = manager_place_of(pool);
	struct launcher_allocation allocation = manager_allocation_of(pool);
	const char *name = pool->definition->name;
	bool high = plan->tell_high &&
		    manager_limit_is_due(m, name, "memory.high", pool->module_id, plan->high_bytes,
					 memory->high_bytes, &pool->high_asserted);
	bool max = plan->tell_max &&
		   manager_limit_is_due(m, name, "memory.max", false, plan->max_bytes,
					memory->max_bytes, &pool->max_asserted);

	if (high)
		allocation.memory_high_bytes =
			alloc_memory_bound(pool->high_asserted = plan->high_bytes);
	if (max)
		allocation.memory_max_bytes =
			alloc_memory_bound(pool->max_asserted = plan->max_bytes);
	if (!high && !max)
		return;
	/* As it is. */
	allocation.weight = 0;
	pool->memory_asserted = allocation.memory_min_bytes;
	manager_settle(m);
	if (launcher_set_pool(m->sd, &at, &allocation, TEND_TIMEOUT_US, on_told, pool,
			      &pool->asking) < 0)
		log_error("no memory to change a pool's slice");
}

/* What room there is, and what to do next. Whether it could be seen. */
static bool observe(struct manager *m, struct pool *pool, struct cgroup_memory *memory,
		    struct plan_memory *ret)
{
	uint64_t applied_before = pool->memory_limit_applied_bytes;
	struct plan_memory_facts facts;

	pool->room = pool->definition->memory.limit_bytes ? POOL_ROOM_UNKNOWN : POOL_ROOM_ENOUGH;
	if (pool_look_at_memory(pool, memory) || pool_is_root(pool))
		return false;
	if (applied_before != pool->memory_limit_applied_bytes)
		bus_pool_changed(m->bus, pool);
	facts = (struct plan_memory_facts){
		.limit_bytes = pool->definition->memory.limit_bytes,
		.usage_bytes = memory->usage_bytes,
		.high_bytes = memory->high_bytes,
		.max_bytes = memory->max_bytes,
		.held = pool->module_id,
	};
	pool->room = plan_pool_room(&facts);
	*ret = plan_memory(&facts);
	return true;
}

/* It is throttled: whoever is to be stopped is stopped at once. */
static int on_events(sd_event_source *source, const struct inotify_event *event, void *data)
{
	struct pool *pool = data;
	struct manager *m = pool->runtime;
	struct kvrm_node *node = &pool->node;
	struct cgroup_memory memory;
	struct plan_memory plan;

	if (m->changing || !observe(m, pool, &memory, &plan) || pool->room != POOL_ROOM_KILLS)
		return 0;
	/* Of everybody's due, what is known may be a second old. */
	manager_sample_flows(m);
	for (node = kvrm_node_first_leaf(node); node;
	     node = kvrm_node_after_leaf(node, &pool->node)) {
		if (!node->pool && system_of(node)->runtime)
			manager_pressed(m, system_of(node)->runtime);
	}
	return 0;
}

static void watch(struct manager *m, struct pool *pool)
{
	int r;

	if (pool->events || !pool->definition->memory.limit_bytes)
		return;
	pool->runtime = m;
	r = cgroup_watch_memory(m->event, pool->cgroup_fd, on_events, pool, &pool->events);
	/* Each sample looks as well. */
	if (r < 0)
		log_warning("pool '%s': memory.events cannot be watched: %s",
			    pool->definition->name, strerror(-r));
}

static void tend(struct manager *m, struct pool *pool)
{
	struct cgroup_memory memory;
	struct plan_memory plan;

	if (!observe(m, pool, &memory, &plan))
		return;
	watch(m, pool);
	if (!pool->asking)
		tell_slice(m, pool, &memory, &plan);
}

/**
 * manager_forget_pool_memory() - a pool has another cgroup now, or none
 * @pool: which
 */
void manager_forget_pool_memory(struct pool *pool)
{
	pool->events = sd_event_source_disable_unref(pool->events);
	pool->high_asserted = MEMORY_UNTOLD_LIMIT;
	pool->max_asserted = MEMORY_UNTOLD_LIMIT;
}

/**
 * manager_tend_pool_limits() - the next step towards the memory limits of all pools
 * @m: manager, without a change under way
 */
void manager_tend_pool_limits(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_pools; i++)
		tend(m, m->host.pools[i]);
}
