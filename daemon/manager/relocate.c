// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Systems move between pools. One that does not run is only written down. One that runs takes its
 * reservation from its new pool first, and stays where it is if that refuses; then its process moves, and
 * the store comes last: what kvrmd finds elsewhere than the store says it moves where it belongs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/relocation.h"
#include "daemon/manager/internal.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

/* Between two tries to put a system where it belongs. */
#define MISPLACED_SAMPLES 30

/**
 * struct moving - a system on its way
 * @manager: manager
 * @system: which
 * @to: pool
 * @from: pool that it is a member of; NULL: it is one of @to, but its process is elsewhere
 * @edit: of the tree, made, if there is @from
 * @error: why it is moved back; 0: it is not
 * @text: likewise, owned
 */
struct moving {
	struct manager *manager;
	struct system *system;
	struct pool *to;
	struct pool *from;
	struct kvrm_edit edit;
	int error;
	char *text;
};

static void moving_free(struct moving *moving)
{
	free(moving->text);
	free(moving);
}

/* The pool as the store has it; the model follows. */
static int store_pool(struct manager *m, struct system *system, const struct pool *pool,
		      char **ret_error)
{
	struct definition copy = *system->definition;
	int r;

	strcpy(copy.pool, pool->definition->name);
	r = store_put(m->store, &copy, ret_error);
	if (!r)
		strcpy(system->definition->pool, pool->definition->name);
	return r;
}

static void moving_end(struct moving *moving, int error, const char *text)
{
	struct manager *m = moving->manager;
	struct system *system = moving->system;
	const struct definition *d = system->definition;

	/* One that has ended meanwhile has left the tree. */
	if (error && moving->from && system->node.parent)
		admission_undo(&moving->edit, 1);
	if (!error)
		log_system(LOG_INFO, d->uuid, d->name, "moved to pool '%s'", d->pool);
	else if (!moving->from)
		log_system(LOG_ERR, d->uuid, d->name, "could not be put into its pool '%s': %s",
			   d->pool, text ? text : strerror(-error));
	if (system->runtime) {
		system->busy = false;
		/* What the module refused where it was, it may take here. */
		((struct guest *)system->runtime)->refused = false;
	}
	host_update_weights(&m->host);
	bus_system_changed(m->bus, system);
	manager_end(m, error, text);
	moving_free(moving);
}

static void on_moved_back(int error, const char *text, void *data)
{
	struct moving *moving = data;

	moving->manager->relocation = NULL;
	if (error)
		log_warning("%s could not be moved back: %s", moving->system->definition->name,
			    text ? text : strerror(-error));
	moving_end(moving, moving->error, moving->text);
}

/* It was not stored. */
static void move_back(struct moving *moving, int error, const char *text)
{
	struct manager *m = moving->manager;

	moving->error = error;
	moving->text = text ? strdup(text) : NULL;
	if (relocation_run(moving->system->runtime, NULL, moving->from, on_moved_back, moving,
			   &m->relocation))
		moving_end(moving, error, text);
}

static void on_relocated(int error, const char *text, void *data)
{
	struct moving *moving = data;
	struct manager *m = moving->manager;
	_cleanup_free_ char *sentence = NULL;
	int r = 0;

	m->relocation = NULL;
	if (!error && moving->from)
		r = store_pool(m, moving->system, moving->to, &sentence);
	if (r)
		move_back(moving, r, sentence);
	else
		moving_end(moving, error, text);
}

static void relocate(struct moving *moving)
{
	struct manager *m = moving->manager;
	struct guest *guest = moving->system->runtime;

	moving->system->busy = true;
	guest->asking = sd_bus_slot_unref(guest->asking);
	host_update_weights(&m->host);
	manager_settle(m);
	if (relocation_run(guest, moving->from, moving->to, on_relocated, moving, &m->relocation))
		moving_end(moving, -ENOMEM, NULL);
}

/* Whether a system that runs can be moved now. */
static int check_running(const struct system *system, const struct pool *to, char **ret_error)
{
	const struct guest *guest = system->runtime;

	if (guest->cgroup_fd < 0 || guest->job)
		return text_error(ret_error, -EBUSY,
				  "%s is being looked for; another operation on it is under way",
				  system->definition->name);
	if (to->cgroup_fd < 0)
		return text_error(ret_error, ERROR_LAUNCHER_FAILED,
				  "pool '%s' has no slice (see Problems of the status)",
				  to->definition->name);
	return 0;
}

/* Admitted to its new pool, in the tree. */
static int admit(struct moving *moving, char **ret_error)
{
	kvrm_edit_init(&moving->edit, &moving->system->node);
	moving->edit.parent = &moving->to->node;
	return admission_apply(&moving->manager->host, &moving->edit, 1, ret_error);
}

static struct moving *moving_new(struct manager *m, struct system *system, struct pool *from,
				 struct pool *to)
{
	struct moving *moving = calloc(1, sizeof(*moving));

	if (moving)
		*moving = (struct moving){ .manager = m, .system = system, .from = from, .to = to };
	return moving;
}

static void move_running(struct manager *m, struct system *system, struct pool *from,
			 struct pool *to, struct bus_call *call)
{
	_cleanup_free_ char *error = NULL;
	struct moving *moving = NULL;
	int r = check_running(system, to, &error);

	if (!r) {
		moving = moving_new(m, system, from, to);
		r = moving ? admit(moving, &error) : -ENOMEM;
	}
	if (r) {
		if (moving)
			moving_free(moving);
		bus_reply(call, r, error);
		return;
	}
	manager_begin(m, call);
	relocate(moving);
}

/**
 * manager_op_move() - make a system a member of another pool
 * @system: which
 * @pool: name
 * @call: to be answered
 * @data: manager
 */
void manager_op_move(struct system *system, const char *pool, struct bus_call *call, void *data)
{
	struct manager *m = data;
	struct pool *to = host_find_pool(&m->host, pool);
	struct pool *from = host_find_pool(&m->host, system->definition->pool);
	_cleanup_free_ char *error = NULL;
	int r = 0;

	if (!to)
		r = text_error(&error, ERROR_NOT_FOUND, "pool: there is no pool '%s'", pool);
	else if (to != from && system->runtime) {
		move_running(m, system, from, to, call);
		return;
	} else if (to != from) {
		r = store_pool(m, system, to, &error);
	}
	if (!r && to != from) {
		bus_system_changed(m->bus, system);
		bus_pool_changed(m->bus, from);
		bus_pool_changed(m->bus, to);
	}
	bus_reply(call, r, error);
}

/* Whether a cgroup lies in the slice of a pool; @below: or in a slice in that. */
static bool lies_in(const char *path, const struct pool *pool, bool below)
{
	const char *chain[SLICE_CHAIN_MAX];
	char slice[SLICE_PATH_SIZE];
	size_t len;

	if (slice_path(chain, pool_chain(pool, chain), slice))
		return false;
	len = strlen(slice);
	return !strncmp(path, slice, len) && path[len] == '/' &&
	       (below || !strchr(path + len + 1, '/'));
}

/**
 * manager_is_placed() - whether a guest is where it belongs; if not it is moved there first of all
 * @guest: its cgroup is known; its system is in the tree
 */
bool manager_is_placed(const struct guest *guest)
{
	return lies_in(guest->system->control_group, pool_of(guest->system->node.parent), false);
}

/**
 * manager_check_place() - compare where a guest is with its pool, and put it there if need be
 * @m: manager
 * @guest: guest
 */
void manager_check_place(struct manager *m, struct guest *guest)
{
	struct system *system = guest->system;
	const struct definition *d = system->definition;
	struct moving *moving;
	struct pool *pool;

	if (m->changing || guest->job || system->busy || guest->cgroup_fd < 0 ||
	    !system->node.parent)
		return;
	pool = pool_of(system->node.parent);
	if (pool->cgroup_fd < 0 || manager_is_placed(guest))
		return;
	if (guest->misplaced_samples) {
		guest->misplaced_samples--;
		return;
	}
	guest->misplaced_samples = MISPLACED_SAMPLES;
	log_system(LOG_WARNING, d->uuid, d->name, "is in %s, which is not its pool '%s'; moving it",
		   system->control_group, d->pool);
	moving = moving_new(m, system, NULL, pool);
	if (!moving) {
		log_error("no memory to move a guest");
		return;
	}
	manager_begin(m, NULL);
	relocate(moving);
}

/**
 * manager_check_left() - tell if memory that is reserved is charged where nothing is protected any more: the
 * kernel does not move it when a guest moves
 * @m: manager
 * @guest: guest
 */
void manager_check_left(struct manager *m, struct guest *guest)
{
	const struct definition *d = guest->system->definition;
	uint64_t left_bytes = 0;

	if (guest->home_fd < 0)
		return;
	if (d->memory.reservation_bytes && !guest_read_left(guest, &left_bytes) &&
	    left_bytes >= DEFINITION_MEMORY_UNIT)
		manager_problem(m,
				MANAGER_LEFT_PROBLEM
				"what it held before is charged to its first cgroup, and not "
				"protected by its memory-reservation until it is started anew",
				d->name);
	else
		manager_drop_problem(m, MANAGER_LEFT_PROBLEM, d->name);
}

/**
 * manager_check_homes() - whether a pool's slice can go: the units of systems that have moved out of it stay
 * there, and would be stopped with it
 * @m: manager
 * @pool: which
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or ERROR_INVALID_STATE.
 */
int manager_check_homes(struct manager *m, const struct pool *pool, char **ret_error)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		const struct guest *guest = m->host.systems[i]->runtime;

		if (guest && lies_in(guest->home, pool, true))
			return text_error(ret_error, ERROR_INVALID_STATE,
					  "%s was started in pool '%s' and its unit is there; stop "
					  "it first",
					  m->host.systems[i]->definition->name,
					  pool->definition->name);
	}
	return 0;
}
