// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the module tells: that it comes and goes, what it measures, and what it has put back. What it
 * should know, manager-match.c makes it know.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/manager-adopt.h"
#include "daemon/manager-internal.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-pool.h"
#include "kvrm/cpumax.h"

/**
 * manager_problem() - tell the operator, once
 * @m: manager
 * @format: of the sentence
 */
void manager_problem(struct manager *m, const char *format, ...)
{
	_cleanup_free_ char *sentence = NULL;
	size_t before = m->host.n_problems;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&sentence, format, args);
	va_end(args);
	if (len < 0) {
		sentence = NULL;
		return;
	}
	if (host_add_problem(&m->host, sentence) || m->host.n_problems > before) {
		log_warning("%s", sentence);
		bus_problem(m->bus, sentence);
	}
}

/**
 * manager_drop_problem() - a problem of a system is solved: those whose sentences begin so
 * @m: manager
 * @format: with a %s for the name
 * @name: of the system
 */
void manager_drop_problem(struct manager *m, const char *format, const char *name)
{
	_cleanup_free_ char *prefix = NULL;

	if (asprintf(&prefix, format, name) < 0)
		prefix = NULL;
	else
		host_drop_problem(&m->host, prefix);
}

/**
 * manager_tell() - tell of a problem that there is or is not, as long as it is the same once
 * @m: manager
 * @told: what was told last; "": nothing
 * @prefix: with which its sentence begins, and no other's
 * @why: the rest of it; "": there is no problem
 */
void manager_tell(struct manager *m, char told[static GUEST_PROBLEM_SIZE], const char *prefix,
		  const char *why)
{
	char text[GUEST_PROBLEM_SIZE];

	text_copy(text, sizeof(text), why);
	if (!strcmp(text, told))
		return;
	host_drop_problem(&m->host, prefix);
	if (*text)
		manager_problem(m, "%s%s", prefix, text);
	strcpy(told, text);
}

/**
 * manager_tell_unheld() - tell why limits of a guest are not held as they should be, as long as it is the same once
 * @m: manager
 * @told: what was told last; "": nothing
 * @format: of the problem, with a %s for the name; @why is put behind it
 * @name: of the system
 * @why: sentence; "": they are held
 */
void manager_tell_unheld(struct manager *m, char told[static GUEST_PROBLEM_SIZE],
			 const char *format, const char *name, const char *why)
{
	_cleanup_free_ char *prefix = NULL;

	if (asprintf(&prefix, format, name) < 0)
		prefix = NULL;
	else
		manager_tell(m, told, prefix, why);
}

/**
 * manager_settle() - what changes in the next samples is our own doing, and no drift
 * @m: manager
 *
 * systemd writes cpu.weight, cpu.max and memory.min again, also of siblings and slices above, whenever it makes,
 * changes or removes a unit.
 */
void manager_settle(struct manager *m)
{
	m->settling = SETTLING_SAMPLES;
}

/**
 * manager_read_host() - how many CPUs and how much memory there are
 * @m: manager
 */
void manager_read_host(struct manager *m)
{
	struct host_sample *s = &m->host.sample;
	uint32_t online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	if (online == s->cpus_online && memory_bytes == s->memory_capacity_bytes)
		return;
	s->cpus_online = online;
	host_set_capacity(&m->host, online * KVRM_USEC_PER_SEC, m->conf->cpu_host_reserve_us);
	host_set_memory(&m->host, memory_bytes, m->conf->memory_host_reserve_bytes);
	if (m->bus)
		bus_pools_changed(m->bus);
	if (genl_client_is_up(m->genl))
		manager_match_module(m);
}

static void take_probes(struct host_sample *s, const struct genl_host *host)
{
	s->probes_known = host->probes_known;
	s->probes = host->probes;
}

static void read_module(struct manager *m)
{
	struct host_sample *s = &m->host.sample;
	struct genl_host host = { 0 };

	s->kvm_present = access("/dev/kvm", F_OK) == 0;
	s->module_up = genl_client_is_up(m->genl) && !genl_host_get(m->genl, &host, NULL);
	s->module_version[0] = '\0';
	s->cpu_limiter = KVRM_CPU_LIMITER_CPU_MAX;
	take_probes(s, &host);
	if (!s->module_up)
		return;
	s->module_abi = host.abi;
	s->kvm_present = host.kvm_present;
	s->cpu_limiter = host.cpu_limiter;
	memcpy(s->module_version, host.version, sizeof(s->module_version));
}

/**
 * manager_sample_host() - what the module says of the host that changes: whether another scheduler than the kernel's own is
 * attached, which need not do as it is told, the check of its own accounts, and what probes there are
 * @m: manager
 */
void manager_sample_host(struct manager *m)
{
	struct host_sample *s = &m->host.sample;
	struct genl_host host = { 0 };

	/* If it does not answer, no probe is detached for that. */
	if (genl_client_is_up(m->genl) && !genl_host_get(m->genl, &host, NULL))
		take_probes(s, &host);
	s->sched_ext_known = host.sched_ext_known;
	s->sched_ext = host.sched_ext;
	s->vcpu_excess_known = host.vcpu_excess_known;
	s->vcpu_excess_ns = host.vcpu_excess_ns;
	manager_tell(m, m->scheduler_problem,
		     "a sched_ext scheduler is attached: ", host_scheduler_problem(&m->host));
}

static void count_drift(struct manager *m, const char *name, uint64_t *before, uint64_t now)
{
	if (now > *before && !m->settling) {
		m->host.sample.drift_corrected += now - *before;
		log_warning("%s: the module has put back what somebody else had changed", name);
	}
	*before = now;
}

static void sample_guest(struct manager *m, const struct genl_guest *known)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct system *system = m->host.systems[i];
		struct adopted *adopted = adopted_of(system);
		struct guest *guest = system->runtime;

		if (adopted && adopted->module_id == known->id)
			manager_sample_adopted_flow(m, adopted, known);
		if (!guest || guest->module_id != known->id)
			continue;
		guest_sample_flow(guest, known);
		count_drift(m, system->definition->name, &guest->reasserted, known->reasserted);
		if (system->vcpu_limit_applied_us == known->vcpu_limit_us &&
		    system->sample_rate_applied_hz == known->sample_rate_hz &&
		    system->probes_applied == known->probes)
			continue;
		system->vcpu_limit_applied_us = known->vcpu_limit_us;
		system->sample_rate_applied_hz = known->sample_rate_hz;
		system->probes_applied = known->probes;
		bus_system_changed(m->bus, system);
	}
}

static void sample_pool(struct manager *m, const struct genl_pool *known)
{
	for (size_t i = 0; i < m->host.n_pools; i++) {
		struct pool *pool = m->host.pools[i];

		if (pool->module_id != known->id)
			continue;
		pool->flow = (struct cpu_flow){ .known = true,
						.demand_us = known->demand_us,
						.used_us = known->used_us,
						.entitled_us = known->entitled_us };
		count_drift(m, pool->definition->name, &pool->reasserted, known->reasserted);
	}
}

/**
 * manager_sample_flows() - what everybody uses, wants and is due, as the module measures it
 * @m: manager
 */
void manager_sample_flows(struct manager *m)
{
	_cleanup_free_ struct genl_guest *guests = NULL;
	_cleanup_free_ struct genl_pool *pools = NULL;
	size_t n_guests = 0, n_pools = 0;

	for (size_t i = 0; i < m->host.n_pools; i++)
		m->host.pools[i]->flow = (struct cpu_flow){ 0 };
	if (!genl_client_is_up(m->genl))
		return;
	if (genl_guest_dump(m->genl, &guests, &n_guests, NULL))
		n_guests = 0;
	if (genl_pool_dump(m->genl, &pools, &n_pools, NULL))
		n_pools = 0;
	manager_match_missing(m);
	for (size_t i = 0; i < n_guests; i++)
		sample_guest(m, &guests[i]);
	for (size_t i = 0; i < n_pools; i++)
		sample_pool(m, &pools[i]);
}

static void on_module_up(void *data)
{
	struct manager *m = data;

	read_module(m);
	log_notice("the module is loaded (version %s)", m->host.sample.module_version);
	manager_settle(m);
	/* Before NICs, which are told to the module with their guests. */
	manager_sample_uplinks(m);
	manager_match_module(m);
	manager_sample_nics(m);
	bus_module_changed(m->bus);
	bus_pools_changed(m->bus);
	bus_uplinks_changed(m->bus);
}

static void on_module_down(void *data)
{
	struct manager *m = data;

	log_warning("the module was unloaded; limits and weights are held by cgroups alone");
	read_module(m);
	host_drop_problem(&m->host, "the module has a pool ");
	host_drop_problem(&m->host, "the module does not hold ");
	for (size_t i = 0; i < m->host.n_pools; i++) {
		m->host.pools[i]->module_id = 0;
		/* What the module wrote last is no drift. */
		m->host.pools[i]->weight_asserted = 0;
	}
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (!guest)
			continue;
		guest_lose_module(guest);
		guest->weight_asserted = 0;
		manager_check_limit(m, guest);
		manager_check_vcpu_limit(m, guest);
		manager_check_probes(m, guest);
	}
	manager_tend_quotas(m);
	manager_lose_adopted(m, 0);
	manager_lose_uplinks(m);
	manager_sample_uplinks(m);
	manager_sample_nics(m);
	bus_module_changed(m->bus);
	bus_pools_changed(m->bus);
	bus_uplinks_changed(m->bus);
}

static void on_resync(void *data)
{
	manager_match_module(data);
}

/* One that somebody else removed is registered again with the next sample. */
static void on_module_guest(enum genl_change change, const struct genl_guest *removed,
			    enum kvrm_removal_reason reason, void *data)
{
	struct manager *m = data;

	/* What follows if its process has ended, systemd tells. */
	if (change != GENL_GUEST_REMOVED || reason == KVRM_REMOVAL_REASON_EXITED)
		return;
	manager_lose_adopted(m, removed->id);
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (guest && guest->module_id == removed->id)
			guest_lose_module(guest);
	}
}

/* Ours that somebody else removed is added again. */
static void on_module_pool(enum genl_change change, const struct genl_pool *removed, void *data)
{
	struct manager *m = data;

	if (change != GENL_POOL_REMOVED)
		return;
	for (size_t i = 0; i < m->host.n_pools; i++) {
		if (m->host.pools[i]->module_id != removed->id)
			continue;
		m->host.pools[i]->module_id = 0;
		manager_match_module(m);
	}
}

/**
 * manager_listen_module() - begin to listen to the module
 * @m: manager
 *
 * Return: 0 or a negative errno.
 */
int manager_listen_module(struct manager *m)
{
	static const struct genl_callbacks callbacks = {
		.up = on_module_up,
		.down = on_module_down,
		.guest = on_module_guest,
		.pool = on_module_pool,
		.resync = on_resync,
	};
	_cleanup_free_ char *error = NULL;
	int r = genl_client_new(m->event, &callbacks, m, &m->genl, &error);

	if (r) {
		log_error("netlink: %s", error ? error : strerror(-r));
		return r;
	}
	m->env.genl = m->genl;
	manager_read_host(m);
	read_module(m);
	manager_sample_uplinks(m);
	return 0;
}
