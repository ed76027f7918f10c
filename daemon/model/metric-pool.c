// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points of pools; see metric-walk.h.
 */
#include "daemon/model/metric-walk.h"

void metric_pool_info(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_pools; i++) {
		const struct metric_pool *pool = &w->snapshot->pools[i];

		metric_put(w, (struct metric_point){ .labels = { { "pool", pool->name },
								 { "parent", pool->parent } },
						     .value = 1 });
	}
}

static void put_pool(struct metric_walk *w, const struct metric_pool *pool, uint64_t value)
{
	metric_put(w,
		   (struct metric_point){ .labels = { { "pool", pool->name } }, .value = value });
}

/* A number of each pool; @get returns whether it is known. */
void metric_pool_values(struct metric_walk *w, metric_pool_get *get)
{
	uint64_t value;

	for (size_t i = 0; i < w->snapshot->n_pools; i++) {
		if (get(&w->snapshot->pools[i], &value))
			put_pool(w, &w->snapshot->pools[i], value);
	}
}

void metric_pool_numbers(struct metric_walk *w, size_t at)
{
	for (size_t i = 0; i < w->snapshot->n_pools; i++) {
		const struct metric_pool *pool = &w->snapshot->pools[i];

		put_pool(w, pool, metric_number_at(pool, at));
	}
}

bool metric_pool_used(const struct metric_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->used_us;
	return pool->flow_known;
}

bool metric_pool_demand(const struct metric_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->demand_us;
	return pool->flow_known;
}

bool metric_pool_entitlement(const struct metric_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->entitled_us;
	return pool->flow_known;
}

bool metric_pool_limit(const struct metric_pool *pool, uint64_t *ret_value)
{
	return metric_unless_zero(pool->limit_us, ret_value);
}

bool metric_pool_weight(const struct metric_pool *pool, uint64_t *ret_value)
{
	*ret_value = pool->weight;
	return *pool->parent;
}

bool metric_pool_consumed(const struct metric_pool *pool, uint64_t *ret_value)
{
	return metric_unless_zero(pool->memory_used_bytes, ret_value);
}

bool metric_pool_memory_limit(const struct metric_pool *pool, uint64_t *ret_value)
{
	return metric_unless_zero(pool->memory_limit_bytes, ret_value);
}

bool metric_pool_memory_limit_applied(const struct metric_pool *pool, uint64_t *ret_value)
{
	return metric_unless_zero(pool->memory_limit_applied_bytes, ret_value);
}
