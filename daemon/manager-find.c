// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests that run already: what systemd lists when kvrmd is started, and whenever it was reloaded
 * or has executed itself anew.
 *
 * A guest is gone when its unit is known not to run, and not before: one that cannot be observed,
 * because systemd does not answer or there are no descriptors, keeps its taps and its reservation,
 * can be neither started nor deleted, and is looked for again. Likewise nothing is said of what runs
 * before systemd has answered.
 */
#include <string.h>

#include "daemon/apply/job.h"
#include "daemon/manager-internal.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"

/* Guests and slices of pools. */
#define UNITS		   "kvrm-*"
#define FIND_RETRY_SAMPLES 5

static void on_found(struct guest *guest, int error, const char *text, void *data)
{
	struct manager *m = data;
	struct system *system = guest->system;

	if (error == ERROR_START_FAILED) {
		manager_guest_gone(m, guest, text ? text : "was gone when kvrmd was started");
		return;
	}
	if (guest->cgroup_fd < 0) {
		guest_leave_unit(guest);
		manager_tell_unheld(m, guest->find_problem, MANAGER_FIND_PROBLEM,
				    system->definition->name, text);
		return;
	}
	log_system(LOG_INFO, system->definition->uuid, system->definition->name, "found again%s%s",
		   text ? ": " : "", text ? text : "");
	manager_tell_unheld(m, guest->find_problem, MANAGER_FIND_PROBLEM, system->definition->name,
			    "");
	if (genl_client_is_up(m->genl))
		manager_match_module(m);
	manager_sample_nics(m);
	manager_check_limit(m, guest);
	bus_system_changed(m->bus, system);
}

/* One that cannot be looked for now is with a later sample. */
static void find(struct manager *m, struct guest *guest)
{
	const struct plan plan = plan_find();

	guest->find_wait = FIND_RETRY_SAMPLES;
	if (job_run(guest, &plan, on_found, m))
		log_error("no memory to look for a guest");
}

/* One that was found takes its reservation, whether it fits or not. */
static struct guest *found_guest(struct manager *m, struct system *system)
{
	_cleanup_free_ char *error = NULL;
	struct guest *guest = guest_new(&m->env, system);

	if (!guest)
		return NULL;
	/* It is listed as one that runs, so it is over as soon as it does not. */
	guest->unit_seen = true;
	/* Of what memory can be plugged into, QEMU says what it was started with. */
	if (!system->definition->memory_max_bytes)
		system->memory_base_bytes = system->definition->memory_bytes;
	guest_find_taps(guest);
	if (!admission_enter_found(&m->host, system, &error))
		return guest;
	if (!system->node.parent) {
		/* Its pool is on the disk as long as it has members. */
		log_system(LOG_ERR, system->definition->uuid, system->definition->name,
			   "runs and is left alone: %s", error ? error : "no memory");
		return guest_free(guest);
	}
	manager_problem(m, MANAGER_FIT_PROBLEM "that does not fit any more: %s",
			system->definition->name, error ? error : "no memory");
	return guest;
}

/* How problems with units begin. */
#define STRAY_PROBLEM	"%s is there but "
#define UNKNOWN_PROBLEM "%s runs but "

/* A slice below ours that is no pool's: made by hand, or left over from an unlucky end. */
static bool is_stray_slice(struct manager *m, const char *unit)
{
	const char *suffix = strrchr(unit, '.');

	if (!suffix || strcmp(suffix, ".slice"))
		return false;
	for (size_t i = 0; i < m->host.n_pools; i++) {
		const char *chain[SLICE_CHAIN_MAX];
		char name[SLICE_NAME_SIZE];

		if (!slice_name(chain, pool_chain(m->host.pools[i], chain), name) &&
		    !strcmp(name, unit))
			return false;
	}
	return true;
}

/* Units that run: ours from before a restart, or somebody's that the store does not know. */
static void on_list(const struct systemd_unit_entry *entries, size_t n, const sd_bus_error *error,
		    void *data)
{
	struct manager *m = data;

	if (error) {
		log_error("systemd does not list its units: %s", error->message);
		m->list_due = true;
		return;
	}
	m->listed = true;
	for (size_t i = 0; i < n; i++) {
		struct system *system;
		struct guest *guest;
		char uuid[37];

		if (is_stray_slice(m, entries[i].name) &&
		    !strcmp(entries[i].active_state, "active"))
			manager_problem(m, STRAY_PROBLEM "is no pool's; it is left alone",
					entries[i].name);
		if (!guest_unit_parse(entries[i].name, uuid) ||
		    (strcmp(entries[i].active_state, "active") &&
		     strcmp(entries[i].active_state, "activating")))
			continue;
		system = host_find(&m->host, uuid);
		if (!system) {
			manager_problem(m, UNKNOWN_PROBLEM "is not defined here; it is left alone",
					entries[i].name);
			continue;
		}
		if (system->runtime)
			continue;
		guest = found_guest(m, system);
		if (!guest)
			continue;
		system_set_state(system, SYSTEM_ACTIVE, "");
		find(m, guest);
	}
}

/* One that is there all the same, because systemd executed itself anew, is in the list that follows. */
static void on_removed(const char *unit, void *data)
{
	struct manager *m = data;

	manager_drop_problem(m, STRAY_PROBLEM, unit);
	manager_drop_problem(m, UNKNOWN_PROBLEM, unit);
}

static void list(struct manager *m)
{
	m->list_due = systemd_list(m->systemd, UNITS) < 0;
	if (m->list_due)
		log_warning("systemd cannot be asked for its units");
}

/* systemd was reloaded, or executed itself anew: see what it made of limits and units. */
static void on_reloading(bool active, void *data)
{
	struct manager *m = data;

	if (active)
		return;
	manager_sample(m);
	list(m);
}

/**
 * manager_begin_finding() - listen to systemd, and ask it which guests run
 * @m: manager
 *
 * Return: 0 or more, or a negative errno.
 */
int manager_begin_finding(struct manager *m)
{
	static const struct systemd_callbacks callbacks = {
		.list = on_list,
		.removed = on_removed,
		.reloading = on_reloading,
	};
	int r = systemd_new(m->sd, &callbacks, m, &m->systemd);

	if (r < 0)
		return r;
	m->env.systemd = m->systemd;
	return systemd_list(m->systemd, UNITS);
}

/**
 * manager_tend_finding() - with each sample: ask again what systemd has not answered
 * @m: manager
 */
void manager_tend_finding(struct manager *m)
{
	if (m->list_due)
		list(m);
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (guest && !guest->unit && !guest->job && !guest->find_wait--)
			find(m, guest);
	}
}
