// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Relocations; see relocation.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/apply/alloc.h"
#include "daemon/apply/relocation.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/launcher.h"

#define LAUNCHER_TIMEOUT_US (60 * 1000000ULL)

/**
 * struct relocation - see top
 * @system: whose guest moves
 * @guest: that; gone if it is not the system's runtime any more
 * @from: pool to which it is moved back; NULL: there is no way back
 * @to: pool
 * @back: it is being moved back
 * @error: why
 * @text: likewise, owned
 * @call: to the launcher, outstanding
 * @done: told at the end
 * @data: for @done
 */
struct relocation {
	struct system *system;
	struct guest *guest;
	struct pool *from;
	struct pool *to;
	bool back;
	int error;
	char *text;
	sd_bus_slot *call;
	relocation_done *done;
	void *data;
};

static struct pool *target(const struct relocation *relocation)
{
	return relocation->back ? relocation->from : relocation->to;
}

static void relocation_end(struct relocation *relocation, int error, const char *text)
{
	if (relocation->back) {
		if (error)
			log_system(LOG_ERR, relocation->system->definition->uuid,
				   relocation->system->definition->name,
				   "could not be moved back: %s", text ? text : strerror(-error));
		error = relocation->error;
		text = relocation->text;
	}
	relocation->done(error, text, relocation->data);
	relocation_free(relocation);
}

static void begin(struct relocation *relocation);

/* @moved: the process is, or may be, in the other pool. */
static void fail(struct relocation *relocation, int error, const char *text, bool moved)
{
	if (relocation->back || !relocation->from || !moved) {
		relocation_end(relocation, error, text);
		return;
	}
	relocation->back = true;
	relocation->error = error;
	relocation->text = text ? strdup(text) : NULL;
	begin(relocation);
}

/* The launcher did not say where the process is. Return: whether it is elsewhere than before. */
static bool look(struct relocation *relocation)
{
	struct guest *guest = relocation->guest;
	char path[SLICE_PATH_SIZE];
	int fd = guest_find_cgroup(guest, guest->home, relocation->system->main_pid, path);

	if (fd < 0)
		return false;
	if (!strcmp(path, relocation->system->control_group)) {
		close(fd);
		return false;
	}
	guest_adopt_cgroup(guest, fd, path);
	return true;
}

static int set_module(const struct relocation *relocation, char **ret_error)
{
	const struct pool *pool = target(relocation);
	const struct guest *guest = relocation->guest;
	const struct genl_guest_change change = { .cgroup_fd = guest->cgroup_fd,
						  .pool_id = pool->module_id };
	int r;

	if (!genl_client_is_up(guest->env->genl) || !guest->module_id)
		return 0;
	if (!pool->module_id)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "pool '%s' is not known to the module", pool->definition->name);
	r = genl_guest_set(guest->env->genl, guest->module_id, &change, ret_error);
	return !r ? 0 : r == -ENOSPC ? ERROR_INSUFFICIENT : ERROR_APPLY_FAILED;
}

/* The process is in this unit, below the slice of the pool. */
static int take(struct relocation *relocation, const char *unit, char **ret_error)
{
	const char *chain[SLICE_CHAIN_MAX];
	char path[SLICE_PATH_SIZE];
	size_t len;
	int fd = slice_path(chain, pool_chain(target(relocation), chain), path);

	if (!fd) {
		len = strlen(path);
		fd = snprintf(path + len, sizeof(path) - len, "/%s", unit) <
				     (int)(sizeof(path) - len)
			     ? guest_open_cgroup(relocation->guest, path)
			     : -ENAMETOOLONG;
	}
	if (fd < 0)
		return text_error(ret_error, ERROR_LAUNCHER_FAILED, "its process is not in %s: %s",
				  unit, strerror(-fd));
	guest_adopt_cgroup(relocation->guest, fd, path);
	return 0;
}

static void on_moved(const char *unit, const sd_bus_error *error, void *data)
{
	struct relocation *relocation = data;
	_cleanup_free_ char *text = NULL;
	int r;

	relocation->call = sd_bus_slot_unref(relocation->call);
	if (relocation->system->runtime != relocation->guest) {
		relocation_end(relocation, ERROR_INVALID_STATE, "it ended while it was moved");
		return;
	}
	if (error || !unit) {
		fail(relocation, ERROR_LAUNCHER_FAILED, error ? error->message : "no unit",
		     look(relocation));
		return;
	}
	r = take(relocation, unit, &text);
	if (r) {
		fail(relocation, r, text, look(relocation));
		return;
	}
	r = set_module(relocation, &text);
	if (!r)
		r = guest_verify_limit(relocation->guest, &relocation->system->definition->cpu,
				       &text);
	if (!r)
		r = guest_verify_memory(relocation->guest,
					relocation->system->definition->memory.reservation_bytes +
						relocation->system->overhead_bytes,
					&text);
	if (!r)
		r = guest_verify_memory_limit(relocation->guest,
					      relocation->system->definition->memory.limit_bytes,
					      &text);
	if (r)
		fail(relocation, r, text, true);
	else
		relocation_end(relocation, 0, NULL);
}

static void begin(struct relocation *relocation)
{
	struct system *system = relocation->system;
	const struct launcher_allocation allocation =
		alloc_unit(system, guest_quota_us(relocation->guest, &system->definition->cpu));
	struct launcher_pool pool;
	int r;

	pool.n = pool_chain(target(relocation), pool.chain);
	alloc_note(relocation->guest, &allocation);
	/* The new scope has none yet. */
	relocation->guest->storage_asserted = 0;
	r = launcher_move(relocation->guest->env->bus, system->definition->uuid, &pool, &allocation,
			  LAUNCHER_TIMEOUT_US, on_moved, relocation, &relocation->call);
	if (r < 0)
		fail(relocation, ERROR_LAUNCHER_FAILED, strerror(-r), false);
}

/**
 * relocation_run() - begin to move a guest
 * @guest: its cgroup is known
 * @from: pool that it is moved back to if anything fails; NULL: it stays where it is then
 * @to: pool; its slice is there
 * @done: told at the end, perhaps before this function returns
 * @data: for @done
 * @ret: the relocation, until @done is told; set before that. To be freed by relocation_free() if it must
 *	be forgotten
 *
 * Return: 0 or -ENOMEM; @done is not called then.
 */
int relocation_run(struct guest *guest, struct pool *from, struct pool *to, relocation_done *done,
		   void *data, struct relocation **ret)
{
	struct relocation *relocation = calloc(1, sizeof(*relocation));

	if (!relocation)
		return -ENOMEM;
	*relocation = (struct relocation){ .system = guest->system,
					   .guest = guest,
					   .from = from,
					   .to = to,
					   .done = done,
					   .data = data };
	*ret = relocation;
	begin(relocation);
	return 0;
}

/**
 * relocation_free() - forget a relocation without undoing; nobody is told
 * @relocation: may be NULL
 *
 * Return: NULL.
 */
struct relocation *relocation_free(struct relocation *relocation)
{
	if (!relocation)
		return NULL;
	sd_bus_slot_unref(relocation->call);
	free(relocation->text);
	free(relocation);
	return NULL;
}
