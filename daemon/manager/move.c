// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pool moves, with those below it: new slices, one message to the module, the store, and then the old
 * slices go. Until all of it has moved the pool is on the disk where it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/manager/internal.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/observe/pool.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-pool.h"

/**
 * struct pool_move - a pool on its way, with those below it
 * @manager: manager
 * @edit: of the tree, made
 * @parent: name of the new parent
 * @n: pools
 * @at: pool whose new slice is being made
 * @batched: the module has moved them
 * @pools: parents before their members
 * @from: where their slices are
 * @to: where they are to be
 * @fds: cgroups of the new ones; -1: not yet
 */
struct pool_move {
	struct manager *manager;
	struct kvrm_edit edit;
	char parent[POOL_NAME_MAX + 1];
	size_t n;
	size_t at;
	bool batched;
	struct pool **pools;
	struct launcher_pool *from;
	struct launcher_pool *to;
	int *fds;
};

static void move_free(struct pool_move *move)
{
	for (size_t i = 0; move->fds && i < move->n; i++) {
		if (move->fds[i] >= 0)
			close(move->fds[i]);
	}
	free(move->pools);
	free(move->from);
	free(move->to);
	free(move->fds);
	free(move);
}

static struct pool_move *move_new(struct manager *m, struct pool *pool)
{
	struct pool_move *move = calloc(1, sizeof(*move));
	struct kvrm_node *node;

	if (!move)
		return NULL;
	move->manager = m;
	for (node = &pool->node; node; node = kvrm_node_after(node, &pool->node))
		move->n++;
	move->pools = calloc(move->n, sizeof(struct pool *));
	move->from = calloc(move->n, sizeof(*move->from));
	move->to = calloc(move->n, sizeof(*move->to));
	move->fds = calloc(move->n, sizeof(*move->fds));
	if (!move->pools || !move->from || !move->to || !move->fds) {
		free(move->fds);
		move->fds = NULL;
		move_free(move);
		return NULL;
	}
	for (node = &pool->node; node; node = kvrm_node_after(node, &pool->node)) {
		move->pools[move->at] = pool_of(node);
		move->from[move->at] = manager_place_of(pool_of(node));
		move->fds[move->at++] = -1;
	}
	move->at = 0;
	return move;
}

/* The module's part: all of them with one message; or all of them back. */
static int move_in_module(struct pool_move *move, bool back, char **ret_error)
{
	struct manager *m = move->manager;
	/* A change that was made holds what was before. */
	const struct pool *parent = pool_of(back ? move->edit.parent : move->pools[0]->node.parent);
	_cleanup_free_ struct genl_batch_item *items = calloc(move->n, sizeof(*items));
	int r;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < move->n; i++) {
		items[i] =
			(struct genl_batch_item){ .is_pool = true,
						  .id = move->pools[i]->module_id,
						  .pool = {
							  .cgroup_fd =
								  back ? move->pools[i]->cgroup_fd
								       : move->fds[i],
						  } };
		if (!items[i].id)
			return text_error(ret_error, ERROR_APPLY_FAILED,
					  "pool '%s' is not known to the module",
					  move->pools[i]->definition->name);
	}
	items[0].pool.parent = parent->module_id;
	if (!parent->module_id)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "pool '%s' is not known to the module", parent->definition->name);
	r = genl_batch_set(m->genl, items, move->n, ret_error);
	return !r ? 0 : r == -ENOSPC ? ERROR_INSUFFICIENT : ERROR_APPLY_FAILED;
}

static int store_move(struct pool_move *move, char **ret_error)
{
	struct pool_definition moved = *move->pools[0]->definition;

	strcpy(moved.parent, move->parent);
	return store_put_pool(move->manager->store, &moved, ret_error);
}

static void move_end(struct pool_move *move, int error, const char *text)
{
	struct manager *m = move->manager;
	struct launcher_pool *leave = error ? move->to : move->from;
	/* What was not reached was not made. */
	size_t n = error ? move->at : move->n;

	for (size_t i = 0; !error && i < move->n; i++) {
		close(move->pools[i]->cgroup_fd);
		move->pools[i]->cgroup_fd = move->fds[i];
		manager_forget_pool_memory(move->pools[i]);
		move->fds[i] = -1;
	}
	if (error && move->batched && genl_client_is_up(m->genl) &&
	    move_in_module(move, true, NULL))
		log_warning("the module could not undo a move");
	if (error)
		admission_undo(&move->edit, 1);
	else
		strcpy(move->pools[0]->definition->parent, move->parent);
	while (n-- > 0)
		manager_remove_slice(m, &leave[n]);
	if (!error)
		log_info("pool '%s' was moved to '%s'", move->pools[0]->definition->name,
			 move->parent);
	move_free(move);
	manager_end(m, error, text);
}

static void move_next(struct pool_move *move);

static void on_moved(const char *unit, const sd_bus_error *error, void *data)
{
	struct pool_move *move = data;
	_cleanup_free_ char *text = NULL;
	int fd;

	if (error) {
		text_error(&text, 0, "%s", error->message);
		move->at++;
		move_end(move, ERROR_LAUNCHER_FAILED, text);
		return;
	}
	fd = pool_open_cgroup(move->pools[move->at]);
	move->fds[move->at++] = fd;
	if (fd < 0) {
		text_error(&text, 0, "its slice has no cgroup: %s", strerror(-fd));
		move_end(move, ERROR_LAUNCHER_FAILED, text);
		return;
	}
	move_next(move);
}

static void move_next(struct pool_move *move)
{
	struct manager *m = move->manager;
	_cleanup_free_ char *text = NULL;
	int r = 0;

	if (move->at < move->n) {
		struct pool *pool = move->pools[move->at];
		const struct launcher_allocation allocation = manager_allocation_of(pool);

		pool->memory_asserted = allocation.memory_min_bytes;
		r = launcher_set_pool(m->sd, &move->to[move->at], &allocation, LAUNCHER_TIMEOUT_US,
				      on_moved, move, NULL);
		if (r < 0)
			move_end(move, ERROR_LAUNCHER_FAILED, strerror(-r));
		return;
	}
	if (genl_client_is_up(m->genl)) {
		r = move_in_module(move, false, &text);
		move->batched = !r;
	}
	if (!r)
		r = store_move(move, &text);
	move_end(move, r, text);
}

/* Whether a pool may move at all. */
static int check_move(struct manager *m, struct pool *pool, const struct pool *parent,
		      const char *name, char **ret_error)
{
	const struct kvrm_node *top = &pool->node;
	struct kvrm_node *node;

	if (pool_is_root(pool))
		return text_error(ret_error, ERROR_INVALID_STATE, "the root pool cannot be moved");
	if (!parent)
		return text_error(ret_error, ERROR_NOT_FOUND, "parent: there is no pool '%s'",
				  name);
	if (parent->cgroup_fd < 0 || pool->cgroup_fd < 0)
		return text_error(ret_error, ERROR_LAUNCHER_FAILED,
				  "pool '%s' has no slice (see Problems of the status)",
				  pool->cgroup_fd < 0 ? pool->definition->name : name);
	for (node = &pool->node; node; node = kvrm_node_after(node, top)) {
		if (!node->pool)
			return text_error(
				ret_error, ERROR_INVALID_STATE,
				"%s runs in it; stop it, or move it to another pool first",
				system_of(node)->definition->name);
	}
	return manager_check_homes(m, pool, ret_error);
}

/* In the tree; slices' names are known then. */
static int place_move(struct pool_move *move, struct pool *parent, char **ret_error)
{
	struct manager *m = move->manager;
	int r;

	kvrm_edit_init(&move->edit, &move->pools[0]->node);
	move->edit.parent = &parent->node;
	strcpy(move->parent, parent->definition->name);
	r = admission_apply(&m->host, &move->edit, 1, ret_error);
	if (r)
		return r;
	for (size_t i = 0; !r && i < move->n; i++) {
		move->to[i] = manager_place_of(move->pools[i]);
		r = manager_check_slice_name(move->pools[i], ret_error);
	}
	if (r)
		admission_undo(&move->edit, 1);
	return r;
}

/**
 * manager_op_move_pool() - carve a pool, and with it those below it, out of another one
 * @pool: which
 * @parent: name of the pool it comes to
 * @call: to be answered
 * @data: manager
 */
void manager_op_move_pool(struct pool *pool, const char *parent, struct bus_call *call, void *data)
{
	struct manager *m = data;
	struct pool *to = host_find_pool(&m->host, parent);
	_cleanup_free_ char *error = NULL;
	struct pool_move *move;
	int r = check_move(m, pool, to, parent, &error);

	if (r || &to->node == pool->node.parent) {
		bus_reply(call, r, error);
		return;
	}
	move = move_new(m, pool);
	r = move ? place_move(move, to, &error) : -ENOMEM;
	if (r) {
		if (move)
			move_free(move);
		bus_reply(call, r, error);
		return;
	}
	manager_begin(m, call);
	host_update_weights(&m->host);
	move_next(move);
}
