// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of a guest that runs: more is plugged in, some is taken out.
 *
 * More is reserved, limited and stored first, then QEMU is told; less the guest has to give back first, then it is
 * reserved, limited and stored. So what is stored is, whenever kvrmd is killed, at least what a guest has, and another
 * kvrmd tells QEMU what is stored. While the guest is waited for others go on; a change of the allocation has its turn
 * behind the one that is under way.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/job.h"
#include "daemon/manager-internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

enum resize_step {
	RESIZE_MORE,   /* more is reserved and limited, and stored */
	RESIZE_PLUG,   /* QEMU is told that the guest may take it */
	RESIZE_BACK,   /* which QEMU did not do: as it was before */
	RESIZE_UNPLUG, /* the guest gives back */
	RESIZE_LESS,   /* less is reserved and limited, and stored */
};

/**
 * struct resize - see top
 * @next: in the manager's list
 * @manager: manager
 * @system: whose memory it is; stays as long as calls that wait do, or it is busy
 * @call: to be answered
 * @before: allocation that it had
 * @wish: that it is to have
 * @step: under way, or the next one
 * @due: the step is a change of the allocation that waits for its turn
 * @error: ERROR_* that it ends with, of RESIZE_BACK
 * @text: sentence for @error; owned
 */
struct resize {
	struct resize *next;
	struct manager *manager;
	struct system *system;
	struct bus_call *call;
	struct allocation before;
	struct allocation wish;
	enum resize_step step;
	bool due;
	int error;
	char *text;
};

/**
 * manager_check_memory() - whether a system can have so much memory, as far as its definition and its state say
 * @system: system
 * @bytes: wanted
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*.
 */
int manager_check_memory(const struct system *system, uint64_t bytes, char **ret_error)
{
	const struct definition *d = system->definition;

	if (bytes == d->memory_bytes)
		return 0;
	if (!system->runtime)
		return memory_size_check(bytes, 0, d->memory_max_bytes, ret_error);
	if (!d->memory_max_bytes)
		return text_error(ret_error, ERROR_INVALID_STATE,
				  "memory: does not change while %s runs: it has no memory-max",
				  d->name);
	if (!system->memory_base_bytes)
		return text_error(ret_error, ERROR_MONITOR_FAILED,
				  "memory: QEMU has not said what %s was started with", d->name);
	return memory_size_check(bytes, system->memory_base_bytes, d->memory_max_bytes, ret_error);
}

static bool resizes(const struct bus_change *item)
{
	return item->system && item->system->runtime &&
	       item->allocation.memory_bytes != item->system->definition->memory_bytes;
}

/**
 * manager_resizes() - whether a change gives a guest that runs another size of memory
 * @changes: of systems and pools
 *
 * Return: whether.
 */
bool manager_resizes(const struct bus_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		if (resizes(&changes->items[i]))
			return true;
	}
	return false;
}

/* What the guest is to take beside what it was started with, with an allocation. */
static uint64_t requested_of(const struct system *system, const struct allocation *allocation)
{
	return kvrm_excess(allocation->memory_bytes, system->memory_base_bytes);
}

static void resize_end(struct resize *resize, int error, const char *text)
{
	struct system *system = resize->system;
	struct resize **at = &resize->manager->resizes;

	while (*at != resize)
		at = &(*at)->next;
	*at = resize->next;
	system->busy = false;
	/* What QEMU was told last it may not have done yet. */
	manager_settle(resize->manager);
	if (!error)
		log_system(LOG_INFO, system->definition->uuid, system->definition->name,
			   "is to have %" PRIu64 " MiB of memory",
			   system->definition->memory_bytes / DEFINITION_MEMORY_UNIT);
	bus_system_changed(resize->manager->bus, system);
	bus_reply(resize->call, error, text);
	free(resize->text);
	free(resize);
}

static void wait_for_turn(struct resize *resize, enum resize_step step)
{
	resize->step = step;
	resize->due = true;
	manager_tend_resizes(resize->manager);
}

/* QEMU did what it was told, or the guest; or not, and what was done is undone. */
static void on_job(struct guest *guest, int error, const char *text, void *data)
{
	struct resize *resize = data;

	guest->plug.moving = false;
	if (resize->step == RESIZE_UNPLUG && !error) {
		wait_for_turn(resize, RESIZE_LESS);
	} else if (resize->step == RESIZE_PLUG && error) {
		resize->error = error;
		resize->text = text ? strdup(text) : NULL;
		wait_for_turn(resize, RESIZE_BACK);
	} else {
		resize_end(resize, error, text);
	}
}

static void begin_job(struct resize *resize, enum resize_step step)
{
	struct system *system = resize->system;
	struct guest *guest = system->runtime;
	const struct plan plan = plan_resize(requested_of(system, &resize->before),
					     requested_of(system, &resize->wish));

	resize->step = step;
	system->busy = true;
	guest->plug.moving = true;
	if (job_run(guest, &plan, on_job, resize))
		on_job(guest, -ENOMEM, NULL, resize);
}

static void on_changed(struct manager *m, int error, const char *text, void *data)
{
	struct resize *resize = data;
	struct system *system = resize->system;
	struct guest *guest = system->runtime;

	/* What has ended meanwhile is started with what is stored. */
	if (resize->step == RESIZE_MORE && !error && guest) {
		begin_job(resize, RESIZE_PLUG);
		return;
	}
	if (resize->step == RESIZE_LESS && error && guest)
		guest_request_memory(guest, requested_of(system, &resize->before), NULL);
	if (resize->step == RESIZE_BACK) {
		if (error)
			log_system(LOG_ERR, system->definition->uuid, system->definition->name,
				   "the memory that could not be plugged in stays reserved: %s",
				   text ? text : strerror(-error));
		resize_end(resize, resize->error, resize->text);
	} else {
		resize_end(resize, error, text);
	}
}

static void begin_change(struct resize *resize)
{
	struct bus_changes changes = { .items = calloc(1, sizeof(*changes.items)) };
	_cleanup_free_ char *error = NULL;
	int r = -ENOMEM;

	resize->due = false;
	if (changes.items) {
		changes.n = 1;
		changes.items->system = resize->system;
		changes.items->allocation =
			resize->step == RESIZE_BACK ? resize->before : resize->wish;
		r = manager_set(resize->manager, &changes, NULL, on_changed, resize, &error);
	}
	bus_changes_deinit(&changes);
	if (r)
		on_changed(resize->manager, r, error, resize);
}

/**
 * manager_tend_resizes() - begin the next change that waits for its turn
 * @m: manager
 *
 * Return: whether one was begun: whatever else waits does so until its end.
 */
bool manager_tend_resizes(struct manager *m)
{
	struct resize *resize = m->resizes;

	while (resize && !m->changing) {
		if (resize->due) {
			begin_change(resize);
			/* The list is another one now. */
			resize = m->resizes;
		} else {
			resize = resize->next;
		}
	}
	return m->changing;
}

/* Whether QEMU and the guest can do it now, as far as that is known. */
static int check(struct manager *m, struct bus_changes *changes, char **ret_error)
{
	const struct bus_change *item = &changes->items[0];
	const struct system *system = item->system;
	const struct guest *guest;
	uint64_t wanted;

	if (changes->n > 1)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "memory: while a virtual system runs it is changed in a call of "
				  "its own");
	guest = system->runtime;
	wanted = requested_of(system, &item->allocation);
	if (guest->job)
		return text_error(ret_error, -EBUSY,
				  "kvrmd is finding its guest, or puts back what others have "
				  "changed");
	if (!guest->qmp || !qmp_is_ready(guest->qmp) || !guest->plug.known)
		return text_error(ret_error, ERROR_MONITOR_FAILED,
				  "memory: QEMU's monitor does not answer");
	if (wanted > guest->plug.max_bytes)
		return text_error(ret_error, ERROR_INVALID_STATE,
				  "memory: %s was started with nothing that it could be plugged "
				  "into",
				  system->definition->name);
	if (item->allocation.memory_bytes > system->definition->memory_bytes)
		return 0;
	if (system->state == SYSTEM_PAUSED && system->memory_plugged_bytes > wanted)
		return text_error(ret_error, ERROR_INVALID_STATE,
				  "memory: %s is paused, and cannot give any back",
				  system->definition->name);
	return manager_admits(m, changes, ret_error);
}

/**
 * manager_resize() - give a guest that runs another size of memory, and what else is wanted of its allocation
 * @m: manager, without a change under way
 * @changes: checked, but for what is only of this size; the caller's
 * @call: to be answered, unless this function fails
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*; nothing has changed then.
 */
int manager_resize(struct manager *m, struct bus_changes *changes, struct bus_call *call,
		   char **ret_error)
{
	struct resize *resize;
	int r = check(m, changes, ret_error);

	if (r)
		return r;
	resize = calloc(1, sizeof(*resize));
	if (!resize)
		return -ENOMEM;
	resize->manager = m;
	resize->system = changes->items[0].system;
	resize->call = call;
	resize->before = definition_allocation(resize->system->definition);
	resize->wish = changes->items[0].allocation;
	resize->next = m->resizes;
	m->resizes = resize;
	resize->system->busy = true;
	if (resize->wish.memory_bytes > resize->before.memory_bytes)
		wait_for_turn(resize, RESIZE_MORE);
	else
		begin_job(resize, RESIZE_UNPLUG);
	return 0;
}

/**
 * manager_match_memory() - compare what a guest is to take of memory with what is wanted, and put it right if need be
 * @m: manager
 * @guest: QEMU has said what it has
 */
void manager_match_memory(struct manager *m, struct guest *guest)
{
	const struct system *system = guest->system;
	const struct definition *d = system->definition;
	uint64_t wanted = kvrm_excess(d->memory_bytes, system->memory_base_bytes);

	if (guest->job || system->busy || m->changing || !system->memory_base_bytes ||
	    wanted > guest->plug.max_bytes)
		return;
	if (guest->plug.requested_bytes == wanted) {
		guest->plug.drifted = false;
		return;
	}
	if (!guest->plug.drifted && !m->settling) {
		guest->plug.drifted = true;
		m->host.sample.drift_corrected++;
		log_system(LOG_WARNING, d->uuid, d->name,
			   "its QEMU was told to give it another size of memory; putting it back");
	}
	guest_request_memory(guest, wanted, NULL);
}

/**
 * manager_free_resizes() - answer everybody: kvrmd ends
 * @m: manager, without jobs
 */
void manager_free_resizes(struct manager *m)
{
	while (m->resizes) {
		struct resize *resize = m->resizes;

		m->resizes = resize->next;
		bus_reply(resize->call, -ESHUTDOWN, "kvrmd is ending");
		free(resize->text);
		free(resize);
	}
}
