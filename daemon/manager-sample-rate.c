// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How closely the module looks at guests: how often they are sampled into the sample ring, which it keeps, and what
 * probes they have. It is told when it gets to know a guest and when something else is wanted; what others ask of it
 * meanwhile, as "kvrmctl record --rate" does for as long as it runs, is left alone.
 */
#include <string.h>

#include "daemon/manager-internal.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

static void tell_rate(struct manager *m, struct guest *guest)
{
	const struct definition *d = guest->system->definition;
	const struct genl_guest_change change = { .cgroup_fd = -1,
						  .sample_rate_hz = d->sample_rate_hz };
	_cleanup_free_ char *error = NULL;
	int r = genl_guest_set(m->genl, guest->module_id, &change, &error);

	guest->rate_told_hz = d->sample_rate_hz;
	if (r) {
		log_system(LOG_ERR, d->uuid, d->name, "its sample-rate could not be changed: %s",
			   error ? error : strerror(-r));
		return;
	}
	if (guest->system->sample_rate_applied_hz == d->sample_rate_hz)
		return;
	guest->system->sample_rate_applied_hz = d->sample_rate_hz;
	bus_system_changed(m->bus, guest->system);
}

static void tell_probes(struct manager *m, struct guest *guest)
{
	const struct definition *d = guest->system->definition;
	const struct genl_guest_change change = { .cgroup_fd = -1,
						  .set_probes = true,
						  .probes = d->probes };
	_cleanup_free_ char *error = NULL;
	int r = genl_guest_set(m->genl, guest->module_id, &change, &error);

	guest->probes_told = d->probes;
	if (r) {
		log_system(LOG_ERR, d->uuid, d->name, "its probes could not be changed: %s",
			   error ? error : strerror(-r));
		return;
	}
	if (guest->system->probes_applied == d->probes)
		return;
	guest->system->probes_applied = d->probes;
	bus_system_changed(m->bus, guest->system);
}

/**
 * manager_tend_sample_rates() - let the module know how often each guest is to be sampled, and what probes it has
 * @m: manager
 */
void manager_tend_sample_rates(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (!guest || !guest->module_id)
			continue;
		if (guest->rate_told_hz != guest->system->definition->sample_rate_hz)
			tell_rate(m, guest);
		if (guest->probes_told != guest->system->definition->probes)
			tell_probes(m, guest);
	}
}
