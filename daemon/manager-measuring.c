// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How closely the module looks at guests: how often they are sampled into the sample ring, which it keeps, and what
 * probes they have. It is told when it gets to know a guest and when something else is wanted; what others ask of it
 * meanwhile, as "kvrmctl record --rate" does for as long as it runs, is left alone.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/manager-internal.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

/**
 * struct wish - one thing that the module is to know of a guest
 * @name: key in definitions
 * @wanted: what it is to know
 * @told: what it was told last; the guest's
 * @applied: what it has; the system's
 * @change: to tell it @wanted
 */
struct wish {
	const char *name;
	uint32_t wanted;
	uint32_t *told;
	uint32_t *applied;
	struct genl_guest_change change;
};

static void tell(struct manager *m, struct guest *guest, const struct wish *wish)
{
	const struct definition *d = guest->system->definition;
	_cleanup_free_ char *error = NULL;
	int r = genl_guest_set(m->genl, guest->module_id, &wish->change, &error);

	*wish->told = wish->wanted;
	if (r) {
		log_system(LOG_ERR, d->uuid, d->name, "its %s could not be changed: %s", wish->name,
			   error ? error : strerror(-r));
		return;
	}
	if (*wish->applied == wish->wanted)
		return;
	*wish->applied = wish->wanted;
	bus_system_changed(m->bus, guest->system);
}

static void tend(struct manager *m, struct guest *guest)
{
	struct system *system = guest->system;
	const struct definition *d = system->definition;
	const struct host_sample *host = &m->host.sample;
	/* The module would refuse all because of one that the kernel does not offer. */
	const uint32_t probes = host->probes_known ? d->probes & host->probes : guest->probes_told;
	const struct wish wishes[] = {
		{ .name = "sample-rate",
		  .wanted = d->sample_rate_hz,
		  .told = &guest->rate_told_hz,
		  .applied = &system->sample_rate_applied_hz,
		  .change = { .cgroup_fd = -1, .sample_rate_hz = d->sample_rate_hz } },
		{ .name = "probes",
		  .wanted = probes,
		  .told = &guest->probes_told,
		  .applied = &system->probes_applied,
		  .change = { .cgroup_fd = -1, .set_probes = true, .probes = probes } },
	};

	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		if (*wishes[i].told != wishes[i].wanted)
			tell(m, guest, &wishes[i]);
	}
}

/**
 * manager_tend_measuring() - let the module know how often each guest is to be sampled, and what probes it has
 * @m: manager
 */
void manager_tend_measuring(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (guest && guest->module_id)
			tend(m, guest);
	}
}

/**
 * manager_check_probes() - tell which probes of a guest are not attached, and why
 * @m: manager
 * @guest: guest; the module was told what it is to have, if it knows it
 */
void manager_check_probes(struct manager *m, struct guest *guest)
{
	const struct system *system = guest->system;
	const struct definition *d = system->definition;
	char text[GUEST_PROBLEM_SIZE] = "";
	const char *why;
	uint32_t missing;

	if (guest->job || system->busy || guest->cgroup_fd < 0)
		return;
	missing = host_missing_probes(&m->host, d->probes, &why);
	if (!missing) {
		missing = d->probes & ~system->probes_applied;
		why = guest->module_id ? "were refused, or detached by somebody else"
				       : "need the module, which does not know the guest";
	}
	if (missing)
		snprintf(text, sizeof(text), "%s %s", probes_text(missing), why);
	manager_tell_unheld(m, guest->probes_problem, MANAGER_PROBES_PROBLEM, d->name, text);
}
