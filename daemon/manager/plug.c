// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs that come and go, while their guest runs or not.
 *
 * What is stored is, whenever kvrmd is killed, at least what a guest has: a NIC is stored before it is plugged in,
 * and taken out before it is deleted. So there is none that kvrmd does not know and limit.
 */
#include <errno.h>
#include <string.h>

#include "daemon/apply/job.h"
#include "daemon/manager/internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

static void forget(struct system *system, size_t index)
{
	if (system->runtime)
		guest_remove_nic(system->runtime, index);
	system_remove_nic(system, index);
}

/* Whether kvrmd does something with its guest of its own accord. */
static bool has_job(const struct system *system, struct bus_call *call)
{
	const struct guest *guest = system->runtime;

	if (!guest || !guest->job)
		return false;
	bus_reply(call, -EBUSY,
		  "kvrmd is finding its guest, or puts back what others have changed");
	return true;
}

/* A plan's steps for one NIC, for whose end a call waits. */
static void run(struct manager *m, struct system *system, const struct plan *plan, job_done *done,
		struct bus_call *call)
{
	struct guest *guest = system->runtime;
	struct waiting *w = manager_wait(m, system, call);

	if (!w)
		return;
	w->nic = plan->nic;
	system->busy = true;
	guest->nics[plan->nic].plugging = true;
	if (job_run(guest, plan, done, w))
		done(guest, -ENOMEM, NULL, w);
}

static struct manager *finish(struct guest *guest, const struct waiting *w)
{
	guest->system->busy = false;
	guest->nics[w->nic].plugging = false;
	return w->manager;
}

static void on_plugged(struct guest *guest, int error, const char *text, void *data)
{
	struct system *system = guest->system;
	_cleanup_free_ char *undo = NULL;
	struct waiting *w = data;
	struct manager *m = finish(guest, w);

	if (error) {
		forget(system, w->nic);
		if (store_put(m->store, system->definition, &undo))
			log_system(LOG_ERR, system->definition->uuid, system->definition->name,
				   "the NIC that could not be plugged in is stored still: %s",
				   undo ? undo : "no memory");
	}
	bus_system_changed(m->bus, system);
	bus_uplinks_changed(m->bus);
	manager_answer(w, error, text);
}

/* The NIC is the last one of the definition from now on, on the disk, too, and has its reservation. */
static int store_added(struct manager *m, struct system *system, const struct definition_nic *nic,
		       char **ret_error)
{
	struct definition *d = system->definition;
	const struct system *other;
	struct uplink_move move;
	const char *mac;
	int r = definition_add_nic(d, nic, ret_error);

	if (r)
		return r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT;
	definition_complete(d);
	r = definition_check_nics(d, ret_error);
	if (r)
		r = ERROR_INVALID_ARGUMENT;
	other = r ? NULL : host_find_mac(&m->host, d, &mac);
	if (other)
		r = text_error(ret_error, ERROR_ALREADY_EXISTS, "nic: mac %s is that of '%s'", mac,
			       other->definition->name);
	if (!r)
		r = host_check_uplinks(&m->host, d, ret_error);
	if (!r && system->runtime) {
		r = uplink_admit_nic(&m->host, system, d->n_nics - 1, &move, ret_error);
		m->host.admitted += !r;
		m->host.refused += r == ERROR_INSUFFICIENT;
	}
	if (!r)
		r = store_put(m->store, d, ret_error);
	if (r) {
		uplink_leave_nic(system, d->n_nics - 1);
		definition_remove_nic(d, d->n_nics - 1);
	}
	return r;
}

/**
 * manager_op_add_nic() - add a NIC behind the others, and plug it in if the guest runs
 * @system: system
 * @nic: card, not checked yet
 * @call: to be answered
 * @data: manager
 */
void manager_op_add_nic(struct system *system, const struct definition_nic *nic,
			struct bus_call *call, void *data)
{
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	size_t index = system->definition->n_nics;
	struct plan plan = plan_plug(index, nic->vhost);
	int r;

	if (has_job(system, call))
		return;
	r = store_added(m, system, nic, &error);
	if (!r && system->runtime) {
		run(m, system, &plan, on_plugged, call);
		return;
	}
	if (!r) {
		bus_system_changed(m->bus, system);
		bus_uplinks_changed(m->bus);
	}
	bus_reply(call, r, error);
}

/* It stays defined if that cannot be stored; a guest that runs does not have it any more. */
static int remove_stored(struct manager *m, struct system *system, size_t index, char **ret_error)
{
	struct definition *d = system->definition;
	struct definition_nic nic = d->nics[index];
	int r;

	definition_remove_nic(d, index);
	r = store_put(m->store, d, ret_error);
	/* There is room: it was there. */
	memmove(&d->nics[index + 1], &d->nics[index], (d->n_nics - index) * sizeof(*d->nics));
	d->nics[index] = nic;
	d->n_nics++;
	if (!r)
		forget(system, index);
	bus_system_changed(m->bus, system);
	bus_uplinks_changed(m->bus);
	return r;
}

static void on_unplugged(struct guest *guest, int error, const char *text, void *data)
{
	struct waiting *w = data;
	struct manager *m = finish(guest, w);
	_cleanup_free_ char *sentence = NULL;

	if (!error) {
		error = remove_stored(m, guest->system, w->nic, &sentence);
		text = sentence;
	}
	manager_answer(w, error, text);
}

/**
 * manager_op_remove_nic() - remove a NIC; a guest that runs must let go of it first
 * @system: system
 * @index: of the NIC
 * @call: to be answered
 * @data: manager
 */
void manager_op_remove_nic(struct system *system, size_t index, struct bus_call *call, void *data)
{
	const struct plan plan = plan_unplug(index);
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;

	if (has_job(system, call))
		return;
	if (system->runtime)
		run(m, system, &plan, on_unplugged, call);
	else
		bus_reply(call, remove_stored(m, system, index, &error), error);
}
