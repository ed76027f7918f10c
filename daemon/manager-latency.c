// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the probes of virtual systems have counted, into their samples.
 */
#include "daemon/manager-internal.h"
#include "daemon/observe/adopted.h"
#include "daemon/wire/genl-latency.h"

/* By what the module calls it; 0: it does not know it. */
static uint32_t module_id_of(const struct system *system)
{
	const struct adopted *adopted = adopted_of(system);
	const struct guest *guest = system->runtime;

	if (adopted)
		return adopted->module_id;
	return guest ? guest->module_id : 0;
}

static bool anybody_is_probed(const struct host *host)
{
	for (size_t i = 0; i < host->n_systems; i++) {
		if (host->systems[i]->probes_applied)
			return true;
	}
	return false;
}

/* What there is no memory for is not known. */
static void take(struct system *system, const struct genl_latency *told, size_t n)
{
	const uint32_t id = module_id_of(system);
	struct latencies *latencies = &system->sample.latencies;

	latencies_deinit(latencies);
	for (size_t i = 0; id && i < n; i++) {
		if (told[i].guest_id != id)
			continue;
		if (latencies_add(latencies, &told[i].counted)) {
			latencies_deinit(latencies);
			return;
		}
	}
}

/**
 * manager_sample_latencies() - ask for what probes have counted, if there are any
 * @m: manager; its systems have been sampled
 */
void manager_sample_latencies(struct manager *m)
{
	_cleanup_free_ struct genl_latency *told = NULL;
	size_t n = 0;

	if (!genl_client_is_up(m->genl) || !anybody_is_probed(&m->host) ||
	    genl_latency_dump(m->genl, &told, &n, NULL))
		return;
	for (size_t i = 0; i < m->host.n_systems; i++) {
		if (m->host.systems[i]->sample.time_us)
			take(m->host.systems[i], told, n);
	}
}
