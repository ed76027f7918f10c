// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks of guests that run: what QEMU counts of them, and their limits as they should be. QEMU holds them; with
 * each sample it is asked which, and what somebody else has changed is put back and counted. One guest's QEMU that
 * does not answer delays nobody but itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/disk.h"
#include "daemon/manager/internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

/**
 * manager_sample_disks() - ask for the disks of all guests; manager_match_disks() follows for each
 * @m: manager
 */
void manager_sample_disks(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		/* One that is being started gets its limits by its job. */
		if (guest && guest->system->state != SYSTEM_STARTING)
			guest_ask_disks(guest);
	}
}

static void on_put_back(struct guest *guest, size_t index, int error, const char *text, void *data)
{
	struct manager *m = data;
	struct system *system = guest->system;

	/* QEMU has ended meanwhile. */
	if (system->runtime != guest)
		return;
	manager_tell_unheld(m, guest->disk_problem, MANAGER_DISK_PROBLEM, system->definition->name,
			    error && text ? text : "");
	bus_system_changed(m->bus, system);
}

static void put_back(struct manager *m, struct guest *guest, size_t index)
{
	const struct definition *d = guest->system->definition;

	/* A QEMU that does not take them is told once, by a problem. */
	if (!guest->disks[index].drifted) {
		m->host.sample.drift_corrected++;
		log_system(LOG_WARNING, d->uuid, d->name,
			   "the limits of disk %zu were changed by somebody else; putting them "
			   "back",
			   index);
	}
	guest->disks[index].drifted = true;
	guest->system->disks[index].enforced = false;
	if (disk_put_limits(guest, index, &d->disks[index], on_put_back, m))
		log_system(LOG_ERR, d->uuid, d->name,
			   "the limits of disk %zu could not be put back", index);
}

/**
 * manager_match_disks() - compare the limits that QEMU holds with what is wanted, and put them back if need be
 * @m: manager
 * @guest: QEMU has just said which
 */
void manager_match_disks(struct manager *m, struct guest *guest)
{
	struct system *system = guest->system;
	bool changed = false, all = true;

	for (size_t i = 0; i < system->definition->n_disks; i++) {
		struct guest_disk *disk = &guest->disks[i];

		if (!disk->known) {
			all = false;
		} else if (disk_hold(&system->definition->disks[i], &disk->limits)) {
			changed |= !system->disks[i].enforced;
			system->disks[i].enforced = true;
			disk->drifted = false;
		} else {
			all = false;
			changed = true;
			put_back(m, guest, i);
		}
	}
	if (all)
		manager_tell_unheld(m, guest->disk_problem, MANAGER_DISK_PROBLEM,
				    system->definition->name, "");
	if (changed)
		bus_system_changed(m->bus, system);
}

/**
 * struct disk_setting - SetDisk of a guest that runs, under way
 * @manager: manager
 * @call: to be answered
 * @disk: with the wanted limits
 */
struct disk_setting {
	struct manager *manager;
	struct bus_call *call;
	struct definition_disk disk;
};

static void on_undone(struct guest *guest, size_t index, int error, const char *text, void *data)
{
	if (error)
		log_error("the limits of %s could not be put back: %s",
			  guest->system->definition->name, text ? text : strerror(-error));
}

/* On the disk, or as it was. */
static int keep(struct manager *m, struct system *system, size_t index,
		const struct definition_disk *disk, char **ret_error)
{
	struct definition_disk before = system->definition->disks[index];
	int r;

	system->definition->disks[index] = *disk;
	r = store_put(m->store, system->definition, ret_error);
	if (r)
		system->definition->disks[index] = before;
	return r;
}

static void on_set(struct guest *guest, size_t index, int error, const char *text, void *data)
{
	struct disk_setting *s = data;
	struct system *system = guest->system;
	_cleanup_free_ char *unstored = NULL;

	system->busy = false;
	if (!error) {
		error = keep(s->manager, system, index, &s->disk, &unstored);
		text = unstored;
		if (error && disk_put_limits(guest, index, &system->definition->disks[index],
					     on_undone, NULL))
			log_error("the limits of %s could not be put back",
				  system->definition->name);
	}
	bus_system_changed(s->manager->bus, system);
	bus_reply(s->call, error, text);
	free(s);
}

/* Answered by on_set(). */
static int begin_set(struct manager *m, struct guest *guest, size_t index,
		     const struct definition_disk *disk, struct bus_call *call, char **ret_error)
{
	struct disk_setting *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	*s = (struct disk_setting){ .manager = m, .call = call, .disk = *disk };
	r = disk_put_limits(guest, index, disk, on_set, s);
	if (r) {
		free(s);
		return r == ERROR_MONITOR_FAILED
			       ? text_error(ret_error, r,
					    "disk %zu: QEMU's monitor is not connected", index)
			       : r;
	}
	guest->system->busy = true;
	return 0;
}

static int check(struct system *system, size_t index, const struct definition_disk *disk,
		 char **ret_error)
{
	struct definition_disk before = system->definition->disks[index];
	int r;

	/* Whole, because what is forbidden may lie between two keys. */
	system->definition->disks[index] = *disk;
	r = definition_check_disks(system->definition, ret_error);
	system->definition->disks[index] = before;
	return r ? ERROR_INVALID_ARGUMENT : 0;
}

/**
 * manager_op_set_disk() - change the limits of a disk, at once if its guest runs
 * @system: system
 * @index: of the disk
 * @disk: with the wanted limits; the rest is as it was
 * @call: to be answered
 * @data: manager
 */
void manager_op_set_disk(struct system *system, size_t index, const struct definition_disk *disk,
			 struct bus_call *call, void *data)
{
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	int r = check(system, index, disk, &error);

	if (!r && system->runtime) {
		r = begin_set(m, system->runtime, index, disk, call, &error);
		if (!r)
			return;
	} else if (!r) {
		r = keep(m, system, index, disk, &error);
		if (!r)
			bus_system_changed(m->bus, system);
	}
	bus_reply(call, r, error);
}
