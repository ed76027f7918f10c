// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module as it should be: host reserve, pools and guests of ours, with what is wanted of them. It
 * may come, go and come again; its pools and guests survive kvrmd. What it knows already is found by
 * cgroup, by name (pools) or by UUID (guests), and changed where it differs; the rest is added, pools
 * before their members.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/alloc.h"
#include "daemon/manager-adopt.h"
#include "daemon/manager-internal.h"
#include "daemon/model/error.h"
#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/genl-pool.h"

/* A change that fails may succeed once another one was made. */
#define MATCH_PASSES 2

static int match_root(struct manager *m, const struct genl_pool *known, size_t n, char **ret_error)
{
	struct pool *root = m->host.root;
	const struct genl_pool_change change = { .cgroup_fd = root->cgroup_fd,
						 .host_reserve_us = &m->host.cpu_reserve_us,
						 .memory_reserve_bytes =
							 &m->host.memory_reserve_bytes };
	int r = genl_pool_set(m->genl, KVRM_POOL_ROOT_ID, &change, ret_error);

	/* What was put back before this kvrmd came is none of its findings. */
	for (size_t i = 0; i < n && root->module_id != KVRM_POOL_ROOT_ID; i++) {
		if (known[i].id == KVRM_POOL_ROOT_ID)
			root->reasserted = known[i].reasserted;
	}
	root->module_id = r ? 0 : KVRM_POOL_ROOT_ID;
	return r;
}

/* By the cgroup; else by the name, which ours have once each: its slice may have been made anew. */
static const struct genl_pool *find_known(const struct pool *pool, const struct genl_pool *known,
					  size_t n)
{
	const struct genl_pool *named = NULL;
	uint64_t id;

	if (cgroup_id(pool->cgroup_fd, &id))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (known[i].id == KVRM_POOL_ROOT_ID)
			continue;
		if (known[i].cgroup_id == id)
			return &known[i];
		if (!strcmp(known[i].name, pool->definition->name))
			named = &known[i];
	}
	return named;
}

static int add_pool(struct manager *m, struct pool *pool, uint32_t parent, char **ret_error)
{
	const struct pool_definition *d = pool->definition;
	const struct genl_cpu_alloc alloc = alloc_cpu(&d->cpu);
	const struct genl_memory_alloc memory = alloc_memory(&d->memory, NULL);
	const struct genl_pool_change change = { .name = d->name,
						 .parent = parent,
						 .cgroup_fd = -1,
						 .alloc = &alloc,
						 .expandable = &d->expandable,
						 .memory = &memory,
						 .memory_expandable = &d->memory_expandable };
	struct genl_pool added;
	int r = genl_pool_add(m->genl, pool->cgroup_fd, &change, &added, ret_error);

	if (r)
		return r;
	pool->module_id = added.id;
	pool->reasserted = added.reasserted;
	return 0;
}

/* What differs from what the module knows. */
static int change_pool(struct manager *m, struct pool *pool, uint32_t parent,
		       const struct genl_pool *known, char **ret_error)
{
	const struct pool_definition *d = pool->definition;
	const struct genl_cpu_alloc alloc = alloc_cpu(&d->cpu);
	const struct genl_memory_alloc memory = alloc_memory(&d->memory, NULL);
	struct genl_pool_change change = { .cgroup_fd = -1 };
	uint64_t id = 0;
	int r = cgroup_id(pool->cgroup_fd, &id);

	if (r)
		return r;
	if (strcmp(known->name, d->name))
		change.name = d->name;
	if (known->parent != parent)
		change.parent = parent;
	if (known->cgroup_id != id)
		change.cgroup_fd = pool->cgroup_fd;
	if (known->reservation_us != d->cpu.reservation_us || known->limit_us != d->cpu.limit_us ||
	    known->weight != d->cpu.weight)
		change.alloc = &alloc;
	if (known->expandable != d->expandable)
		change.expandable = &d->expandable;
	if (known->memory_reservation_bytes != d->memory.reservation_bytes ||
	    known->memory_limit_bytes != d->memory.limit_bytes ||
	    known->memory_weight != d->memory.weight)
		change.memory = &memory;
	if (known->memory_expandable != d->memory_expandable)
		change.memory_expandable = &d->memory_expandable;
	if (change.name || change.parent || change.cgroup_fd >= 0 || change.alloc ||
	    change.expandable || change.memory || change.memory_expandable)
		r = genl_pool_set(m->genl, known->id, &change, ret_error);
	if (r)
		return r;
	if (pool->module_id != known->id)
		pool->reasserted = known->reasserted;
	pool->module_id = known->id;
	return 0;
}

static int match_known(struct manager *m, struct pool *pool, const struct genl_pool *known,
		       size_t n, char **ret_error)
{
	const struct pool *parent = pool_of(pool->node.parent);
	const struct genl_pool *same;
	int r;

	if (!parent)
		return match_root(m, known, n, ret_error);
	if (!parent->module_id) {
		pool->module_id = 0;
		return text_error(ret_error, -ECANCELED, "pool '%s' is not known to the module",
				  parent->definition->name);
	}
	same = find_known(pool, known, n);
	r = same ? change_pool(m, pool, parent->module_id, same, ret_error)
		 : add_pool(m, pool, parent->module_id, ret_error);
	if (r)
		pool->module_id = 0;
	return r;
}

/**
 * manager_match_pool() - let the module know one pool
 * @m: manager; the module is up
 * @pool: its cgroup is open
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or an ERROR_*.
 */
int manager_match_pool(struct manager *m, struct pool *pool, char **ret_error)
{
	_cleanup_free_ struct genl_pool *known = NULL;
	size_t n = 0;
	int r = genl_pool_dump(m->genl, &known, &n, ret_error);

	if (!r)
		r = match_known(m, pool, known, n, ret_error);
	return !r ? 0 : r == -ENOSPC ? ERROR_INSUFFICIENT : ERROR_APPLY_FAILED;
}

/* Pools that the module has and we have not are somebody else's, or left over from an unlucky end. */
static void tell_foreign(struct manager *m, const struct genl_pool *known, size_t n)
{
	host_drop_problem(&m->host, "the module has a pool ");
	for (size_t i = 0; i < n; i++) {
		bool ours = known[i].id == KVRM_POOL_ROOT_ID;

		for (size_t p = 0; !ours && p < m->host.n_pools; p++)
			ours = m->host.pools[p]->module_id == known[i].id;
		if (!ours)
			manager_problem(
				m,
				"the module has a pool '%s' that is not defined here; it is "
				"left alone",
				known[i].name);
	}
}

/* The id that a pool has in the module, whether it was matched already or not; 0: none. */
static uint32_t id_of(const struct pool *pool, const struct genl_pool *known, size_t n)
{
	const struct genl_pool *same;

	if (pool_is_root(pool))
		return KVRM_POOL_ROOT_ID;
	same = pool->cgroup_fd >= 0 ? find_known(pool, known, n) : NULL;
	return same ? same->id : 0;
}

/*
 * Pools that the module has elsewhere, because kvrmd was killed in the middle of a move: a pool moves only
 * together with those below it. What is not possible is told when they are matched one by one.
 */
static void move_back(struct manager *m, const struct genl_pool *known, size_t n)
{
	_cleanup_free_ struct genl_batch_item *items = calloc(m->host.n_pools, sizeof(*items));
	size_t moved = 0;

	for (size_t i = 0; items && i < m->host.n_pools; i++) {
		const struct pool *pool = m->host.pools[i];
		const struct genl_pool *same;
		uint32_t parent;
		uint64_t id;

		if (pool_is_root(pool) || pool->cgroup_fd < 0)
			continue;
		same = find_known(pool, known, n);
		parent = id_of(pool_of(pool->node.parent), known, n);
		if (!same || !parent || cgroup_id(pool->cgroup_fd, &id) ||
		    (same->parent == parent && same->cgroup_id == id))
			continue;
		items[moved++] = (struct genl_batch_item){
			.is_pool = true,
			.id = same->id,
			.pool = { .cgroup_fd = pool->cgroup_fd,
				  .parent = same->parent == parent ? 0 : parent },
		};
	}
	if (moved && moved <= BUS_CHANGES_MAX)
		genl_batch_set(m->genl, items, moved, NULL);
}

static int dump_pools(struct manager *m, struct genl_pool **ret, size_t *ret_n)
{
	_cleanup_free_ struct genl_pool *known = NULL;
	int r = genl_pool_dump(m->genl, &known, ret_n, NULL);

	if (r)
		return r;
	move_back(m, known, *ret_n);
	return genl_pool_dump(m->genl, ret, ret_n, NULL);
}

/* Return: how many could not be made what they should be. */
static size_t match_pools(struct manager *m)
{
	struct kvrm_node *root = &m->host.root->node, *node;
	_cleanup_free_ struct genl_pool *known = NULL;
	size_t n = 0, failed = 0;

	if (dump_pools(m, &known, &n))
		return 0;
	for (node = root; node; node = kvrm_node_after(node, root)) {
		_cleanup_free_ char *error = NULL, *prefix = NULL;
		struct pool *pool = pool_of(node);

		if (!node->pool || pool->cgroup_fd < 0)
			continue;
		text_error(&prefix, 0, "pool '%s' is not known to the module",
			   pool->definition->name);
		if (match_known(m, pool, known, n, &error)) {
			failed++;
			manager_problem(m, "%s: %s", prefix ? prefix : "",
					error ? error : "it refused");
		} else if (prefix) {
			host_drop_problem(&m->host, prefix);
		}
	}
	if (m->sliced)
		tell_foreign(m, known, n);
	return failed;
}

/**
 * manager_match_missing() - try again what the module has refused
 * @m: manager; the module is up
 */
void manager_match_missing(struct manager *m)
{
	for (size_t i = 0; !m->changing && !m->resliced && i < m->host.n_pools; i++) {
		if (m->host.pools[i]->cgroup_fd < 0 || m->host.pools[i]->module_id)
			continue;
		match_pools(m);
		return;
	}
}

/**
 * manager_register() - let the module have a guest that it does not know
 * @m: manager
 * @guest: guest
 */
void manager_register(struct manager *m, struct guest *guest)
{
	const struct plan_facts facts = { .module_up = genl_client_is_up(m->genl),
					  .registered = guest->module_id != 0 };
	struct plan plan = plan_register(&facts);
	const struct pool *pool = pool_of(guest->system->node.parent);

	/* That its pool is not known is a problem of the pool. */
	if (guest->job || guest->system->busy || guest->cgroup_fd < 0 || guest->refused ||
	    !plan.n || !pool || !pool->module_id || !manager_is_placed(guest))
		return;
	manager_run(m, guest, &plan);
}

/* A guest that the module knows already: what is wanted of it may have changed meanwhile. */
static int match_guest(struct manager *m, struct guest *guest, const struct genl_guest *known)
{
	const struct definition *d = guest->system->definition;
	const struct pool *pool = pool_of(guest->system->node.parent);
	const struct genl_cpu_alloc alloc = alloc_cpu(&d->cpu);
	const struct genl_memory_alloc memory = alloc_memory(&d->memory, guest->system);
	struct genl_guest_change change = { .cgroup_fd = -1 };
	_cleanup_free_ char *error = NULL;
	uint64_t id;
	int r = 0;

	if (!guest->module_id) {
		guest->reasserted = known->reasserted;
		guest->probes_told = known->probes;
	}
	guest->module_id = known->id;
	guest->refused = false;
	if (!pool || !pool->module_id || guest->job || guest->system->busy ||
	    guest->cgroup_fd < 0 || !manager_is_placed(guest))
		return 0;
	if (known->pool_id != pool->module_id)
		change.pool_id = pool->module_id;
	/* It was moved, and kvrmd killed before it could say so. */
	if (!cgroup_id(guest->cgroup_fd, &id) && known->cgroup_id != id)
		change.cgroup_fd = guest->cgroup_fd;
	if (known->reservation_us != d->cpu.reservation_us || known->limit_us != d->cpu.limit_us ||
	    known->weight != d->cpu.weight || known->vcpu_limit_us != d->cpu.vcpu_limit_us)
		change.alloc = &alloc;
	if (known->memory_reservation_bytes != memory.reservation_bytes ||
	    known->memory_overhead_bytes != memory.overhead_bytes ||
	    known->memory_limit_bytes != memory.limit_bytes ||
	    known->memory_weight != memory.weight)
		change.memory = &memory;
	if (change.pool_id || change.cgroup_fd >= 0 || change.alloc || change.memory)
		r = genl_guest_set(m->genl, known->id, &change, &error);
	if (r)
		manager_problem(m, "the module does not hold the allocation of %s: %s", d->name,
				error ? error : strerror(-r));
	return r;
}

/* Match the guests that the module knows with ours. Return: how many differ still. */
static size_t match_guests(struct manager *m)
{
	_cleanup_free_ struct genl_guest *known = NULL;
	size_t n = 0, failed = 0;

	if (genl_guest_dump(m->genl, &known, &n, NULL))
		return 0;
	host_drop_problem(&m->host, "the module does not hold ");
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;
		const struct genl_guest *same = NULL;
		uint8_t uuid[16];

		if (!guest)
			continue;
		text_uuid_to_bytes(m->host.systems[i]->definition->uuid, uuid);
		for (size_t k = 0; k < n; k++) {
			if (!memcmp(known[k].uuid, uuid, sizeof(uuid)))
				same = &known[k];
		}
		if (same) {
			failed += match_guest(m, guest, same) != 0;
			continue;
		}
		guest_lose_module(guest);
		guest->refused = false;
		manager_register(m, guest);
	}
	return failed;
}

/**
 * manager_match_module() - make the module's pools and guests what they should be
 * @m: manager; the module is up
 */
void manager_match_module(struct manager *m)
{
	size_t failed = 1;

	/* When slices are being made, it follows once all are there. */
	if (m->changing || m->resliced)
		return;
	for (int pass = 0; failed && pass < MATCH_PASSES; pass++)
		failed = match_pools(m) + match_guests(m);
	manager_match_adopted(m);
}
