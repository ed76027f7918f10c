// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools made, deleted and moved. The order is what makes a crash harmless: a new pool is on the disk
 * first, one that goes is on the disk until the last, one that moves is there as it was until all of
 * it has moved. What kvrmd finds on the disk when it starts, it makes true.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/manager/internal.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-pool.h"
#include "daemon/wire/launcher.h"

/**
 * struct pool_work - a pool being made or deleted
 * @manager: manager
 * @pool: which
 */
struct pool_work {
	struct manager *manager;
	struct pool *pool;
};

/* Out of the tree and the list. */
static void forget_pool(struct manager *m, struct pool *pool)
{
	struct kvrm_edit edit;

	kvrm_edit_init(&edit, &pool->node);
	edit.parent = NULL;
	if (pool->node.parent)
		admission_undo(&edit, 1);
	host_remove_pool(&m->host, pool);
	pool_free(pool);
}

static int undo_create(struct pool_work *work, int r)
{
	struct manager *m = work->manager;
	const struct launcher_pool at = manager_place_of(work->pool);

	if (work->pool->module_id)
		genl_pool_del(m->genl, work->pool->module_id, NULL);
	manager_remove_slice(m, &at);
	if (store_delete_pool(m->store, work->pool->definition->name, NULL))
		log_error("pool '%s' could not be made, and not be deleted from the database",
			  work->pool->definition->name);
	forget_pool(m, work->pool);
	return r;
}

static void on_created(const char *unit, const sd_bus_error *error, void *data)
{
	struct pool_work *work = data;
	struct manager *m = work->manager;
	_cleanup_free_ char *text = NULL;
	struct bus_call *call;
	int r;

	if (error)
		r = text_error(&text, ERROR_LAUNCHER_FAILED, "%s", error->message);
	else if ((r = manager_take_cgroup(work->pool)) < 0)
		r = text_error(&text, ERROR_LAUNCHER_FAILED, "its slice has no cgroup: %s",
			       strerror(-r));
	else if (genl_client_is_up(m->genl))
		r = manager_match_pool(m, work->pool, &text);
	if (r) {
		r = undo_create(work, r);
	} else {
		call = m->alone;
		m->alone = NULL;
		log_info("pool '%s' was made", work->pool->definition->name);
		bus_pool_added(m->bus, work->pool);
		bus_reply_pool(call, work->pool);
	}
	free(work);
	manager_end(m, r, text);
}

/* Everything that can be refused at once; then the pool is in the model and on the disk. */
static int add_pool(struct manager *m, struct pool_definition *d, struct pool **ret,
		    char **ret_error)
{
	_cleanup_pool_definition_ struct pool_definition *owned = d;
	struct kvrm_edit edit;
	struct pool *pool, *parent;
	int r = pool_definition_validate(d, m->host.sample.cpu_capacity_us, ret_error);

	if (r)
		return r;
	if (host_find_pool(&m->host, d->name))
		return text_error(ret_error, ERROR_ALREADY_EXISTS, "name: '%s' is in use", d->name);
	parent = host_find_pool(&m->host, d->parent);
	if (!parent)
		return text_error(ret_error, ERROR_NOT_FOUND, "parent: there is no pool '%s'",
				  d->parent);
	if (parent->cgroup_fd < 0)
		return text_error(ret_error, ERROR_LAUNCHER_FAILED,
				  "parent: pool '%s' has no slice (see Problems of the status)",
				  d->parent);
	pool = pool_new(d);
	if (!pool)
		return -ENOMEM;
	TAKE_PTR(owned);
	kvrm_edit_init(&edit, &pool->node);
	edit.parent = &parent->node;
	r = host_add_pool(&m->host, pool);
	if (r) {
		pool_free(pool);
		return r;
	}
	r = admission_apply(&m->host, &edit, 1, ret_error);
	if (!r)
		r = manager_check_slice_name(pool, ret_error);
	if (!r)
		r = store_put_pool(m->store, pool->definition, ret_error);
	if (r)
		forget_pool(m, pool);
	*ret = pool;
	return r;
}

/**
 * manager_op_create_pool() - carve a pool out of another one
 * @d: owned
 * @call: to be answered
 * @data: manager
 */
void manager_op_create_pool(struct pool_definition *d, struct bus_call *call, void *data)
{
	struct manager *m = data;
	_cleanup_free_ char *error = NULL;
	struct pool_work *work = malloc(sizeof(*work));
	struct launcher_pool at;
	struct launcher_allocation allocation;
	struct pool *pool = NULL;
	int r = -ENOMEM;

	if (work)
		r = add_pool(m, d, &pool, &error);
	else
		pool_definition_free(d);
	if (r) {
		free(work);
		bus_reply(call, r, error);
		return;
	}
	*work = (struct pool_work){ .manager = m, .pool = pool };
	manager_begin(m, call);
	host_update_weights(&m->host);
	at = manager_place_of(pool);
	allocation = manager_allocation_of(pool);
	pool->weight_asserted = (uint32_t)allocation.weight;
	pool->memory_asserted = allocation.memory_min_bytes;
	r = launcher_set_pool(m->sd, &at, &allocation, LAUNCHER_TIMEOUT_US, on_created, work, NULL);
	if (r < 0) {
		undo_create(work, r);
		free(work);
		manager_end(m, ERROR_LAUNCHER_FAILED, strerror(-r));
	}
}

static void on_removed(const char *unit, const sd_bus_error *error, void *data)
{
	struct pool_work *work = data;
	struct manager *m = work->manager;
	struct pool *pool = work->pool;
	_cleanup_free_ char *text = NULL;
	int r = 0;

	free(work);
	if (error)
		r = text_error(&text, ERROR_LAUNCHER_FAILED, "%s", error->message);
	else
		r = store_delete_pool(m->store, pool->definition->name, &text);
	if (!r) {
		log_info("pool '%s' was deleted", pool->definition->name);
		bus_pool_removed(m->bus, pool);
		forget_pool(m, pool);
	}
	manager_end(m, r, text);
	/* If it stays, its slice and the module's pool are made again. */
	if (r && genl_client_is_up(m->genl))
		manager_match_module(m);
	manager_tend_slices(m);
}

/**
 * manager_op_remove_pool() - give a pool back
 * @pool: which
 * @call: to be answered
 * @data: manager
 */
void manager_op_remove_pool(struct pool *pool, struct bus_call *call, void *data)
{
	struct manager *m = data;
	const struct launcher_pool at = manager_place_of(pool);
	_cleanup_free_ char *error = NULL;
	struct pool_work *work;
	int r = 0;

	if (pool_is_root(pool))
		r = text_error(&error, ERROR_INVALID_STATE, "the root pool cannot be deleted");
	else if (host_count_members(&m->host, pool))
		r = text_error(&error, ERROR_INVALID_STATE, "pool '%s' has members",
			       pool->definition->name);
	else
		r = manager_check_homes(m, pool, &error);
	if (!r && pool->module_id) {
		r = genl_pool_del(m->genl, pool->module_id, &error);
		if (!r || r == -ENOENT)
			pool->module_id = r = 0;
		else
			r = ERROR_APPLY_FAILED;
	}
	work = r ? NULL : malloc(sizeof(*work));
	if (!work) {
		bus_reply(call, r ? r : -ENOMEM, error);
		return;
	}
	*work = (struct pool_work){ .manager = m, .pool = pool };
	manager_begin(m, call);
	r = launcher_remove_pool(m->sd, &at, LAUNCHER_TIMEOUT_US, on_removed, work, NULL);
	if (r < 0) {
		free(work);
		manager_end(m, ERROR_LAUNCHER_FAILED, strerror(-r));
	}
}
