// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What guests, the module, systemd and the clock tell: into the model, and what follows from it.
 *
 * Drift: somebody else changed cpu.max, the module was loaded again, or systemd wrote its own idea
 * of the limit. Each sample compares what is applied with what is wanted; a difference is put
 * right by the same plan as a change of the limit, and counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/job.h"
#include "daemon/manager-adopt.h"
#include "daemon/manager-internal.h"
#include "daemon/util/clock.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/launcher.h"
#include "daemon/wire/tap.h"
#include "kvrm/cpumax.h"

#define PING_TIMEOUT_US	      5000000ULL
#define MONITOR_RETRY_SAMPLES 5
#define VCPU_LIMIT_PROBLEM    "the vcpu-limit of %s is held of all virtual CPUs together only: "

/**
 * manager_guest_gone() - a guest has ended
 * @m: manager
 * @guest: its unit does not run; freed
 * @reason: why, may be the guest's own
 */
void manager_guest_gone(struct manager *m, struct guest *guest, const char *reason)
{
	struct system *system = guest->system;

	manager_drop_problem(m, MANAGER_FIT_PROBLEM, system->definition->name);
	manager_drop_problem(m, MANAGER_FIND_PROBLEM, system->definition->name);
	manager_drop_problem(m, VCPU_LIMIT_PROBLEM, system->definition->name);
	manager_drop_problem(m, MANAGER_PROBES_PROBLEM, system->definition->name);
	manager_drop_problem(m, MANAGER_NIC_PROBLEM, system->definition->name);
	manager_drop_problem(m, MANAGER_STORAGE_PROBLEM, system->definition->name);
	manager_drop_problem(m, MANAGER_DISK_PROBLEM, system->definition->name);
	manager_drop_problem(m, MANAGER_LEFT_PROBLEM, system->definition->name);
	manager_forget_limit(m, system->definition->name);
	manager_drop_problem(m, "the module does not hold the allocation of %s: ",
			     system->definition->name);
	log_system(LOG_NOTICE, system->definition->uuid, system->definition->name, "ended: %s",
		   reason);
	system->busy = false;
	if (system->definition->n_nics && tap_remove_all(system->definition->uuid))
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "its taps could not be looked for");
	guest_forget_stopped(guest);
	/* The reason may be the guest's own. */
	system_ended(system, reason);
	guest_free(guest);
	manager_settle(m);
	manager_tend_memory(m);
	bus_system_changed(m->bus, system);
	bus_pools_changed(m->bus);
	bus_uplinks_changed(m->bus);
	manager_answer_ended(m, system);
}

/**
 * manager_news() - something happened to a guest
 * @guest: which; freed if it ended
 * @news: what
 * @text: why, or NULL
 * @data: manager
 */
void manager_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	struct manager *m = data;
	struct system *system = guest->system;

	if (guest->job) {
		job_news(guest, news, text);
		/* A start, or a search, that fails frees the guest itself. */
		if (system->runtime != guest)
			return;
	}
	switch (news) {
	case GUEST_ENDED:
		manager_guest_gone(m, guest, text);
		break;
	case GUEST_MONITOR_LOST:
		guest->qmp_retry = MONITOR_RETRY_SAMPLES;
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "the monitor is lost: %s", text);
		break;
	case GUEST_UNIT_LOST:
		/* Of one that is being looked for, its search has told. */
		if (!guest->unit)
			break;
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "its unit cannot be observed: %s", text);
		break;
	case GUEST_DEVICE_DELETED:
		break;
	case GUEST_DISKS_READ:
		manager_match_disks(m, guest);
		break;
	case GUEST_PRESSED:
		if (system->definition->memory.limit_bytes)
			manager_pressed(m, guest);
		break;
	case GUEST_MEMORY_READ:
		manager_match_memory(m, guest);
		break;
	case GUEST_UNIT_READY:
	case GUEST_MONITOR_READY:
		bus_system_changed(m->bus, system);
		break;
	case GUEST_CHANGED:
		bus_system_changed_by_guest(m->bus, system);
		break;
	}
}

static void on_reasserted(struct guest *guest, int error, const char *text, void *data)
{
	struct manager *m = data;
	struct system *system = guest->system;
	const char *name = system->definition->name;
	bool holds;

	system->busy = false;
	if (guest->cgroup_fd >= 0)
		guest_read_limit(guest, &system->definition->cpu, &holds);
	guest->refused = error && !guest->module_id;
	manager_drop_problem(m, "the module does not hold the allocation of %s: ", name);
	if (guest->refused && genl_client_is_up(m->genl))
		manager_problem(m, "the module does not hold the allocation of %s: %s", name,
				text ? text : strerror(-error));
	else if (error)
		log_system(LOG_ERR, system->definition->uuid, name,
			   "the allocation could not be put back: %s", text);
	bus_system_changed(m->bus, system);
}

/**
 * manager_run() - carry out a plan that nobody waits for
 * @m: manager
 * @guest: without a job
 * @plan: steps
 */
void manager_run(struct manager *m, struct guest *guest, const struct plan *plan)
{
	manager_settle(m);
	guest->system->busy = true;
	if (job_run(guest, plan, on_reasserted, m)) {
		guest->system->busy = false;
		log_error("no memory to put a limit into force");
	}
}

/* Put a guest's wanted limit into force again. */
static void reassert(struct manager *m, struct guest *guest)
{
	const struct plan_facts facts = { .module_up = genl_client_is_up(m->genl),
					  .registered = guest->module_id != 0 };
	const struct pool *pool = pool_of(guest->system->node.parent);
	struct plan plan;

	/* Without its pool the module cannot take it. */
	plan = plan_limit(pool && pool->module_id ? &facts : &(struct plan_facts){ 0 });
	manager_run(m, guest, &plan);
}

/**
 * manager_check_limit() - compare a guest's limit with what is wanted, and put it back if need be
 * @m: manager
 * @guest: guest
 */
void manager_check_limit(struct manager *m, struct guest *guest)
{
	struct system *system = guest->system;
	uint64_t before_us = system->limit_applied_us;
	uint64_t memory_before = system->memory_applied_bytes;
	enum system_enforcer enforced_before = system->enforced_by;
	bool holds;

	/* While systemd is being told something cpu.max may be written. */
	if (guest->job || guest->asking || system->busy || guest->cgroup_fd < 0 ||
	    guest_read_limit(guest, &system->definition->cpu, &holds))
		return;
	/* It may be the module's doing, which has just come or gone. */
	if (!holds && !manager_quota_is_due(guest)) {
		m->host.sample.drift_corrected++;
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "cpu.max was changed by somebody else; putting the limit back");
		reassert(m, guest);
	} else if (before_us != system->limit_applied_us ||
		   memory_before != system->memory_applied_bytes ||
		   enforced_before != system->enforced_by) {
		bus_system_changed(m->bus, system);
	}
}

/**
 * manager_check_vcpu_limit() - the same for the limit of each virtual CPU, as far as the module can hold it
 * @m: manager
 * @guest: guest
 */
void manager_check_vcpu_limit(struct manager *m, struct guest *guest)
{
	struct system *system = guest->system;
	const struct definition *d = system->definition;
	_cleanup_free_ char *error = NULL;

	if (guest->job || system->busy || guest->cgroup_fd < 0)
		return;
	if (system->vcpu_limit_applied_us == d->cpu.vcpu_limit_us) {
		if (m->host.n_problems)
			manager_drop_problem(m, VCPU_LIMIT_PROBLEM, d->name);
	} else if (host_check_vcpu_limit(&m->host, &d->cpu, &error) || !guest->module_id) {
		manager_problem(m, VCPU_LIMIT_PROBLEM "%s", d->name,
				error ? error : "the module does not know the guest");
	} else {
		m->host.sample.drift_corrected++;
		log_system(LOG_WARNING, d->uuid, d->name,
			   "its vcpu-limit was changed by somebody else; putting it back");
		reassert(m, guest);
	}
}

/* A monitor that was lost while QEMU lives is connected again, but not all the time. */
static void check_monitor(struct guest *guest)
{
	if (guest->qmp || guest->job || guest->cgroup_fd < 0 || guest->qmp_retry-- > 0)
		return;
	guest->qmp_retry = MONITOR_RETRY_SAMPLES;
	guest_connect_monitor(guest);
}

/**
 * manager_sample() - measure every guest, and compare what is applied with what is wanted
 * @m: manager
 */
void manager_sample(struct manager *m)
{
	_cleanup_free_ struct genl_vcpu *vcpus = NULL;
	size_t n_vcpus = 0;

	manager_read_host(m);
	manager_tend_finding(m);
	manager_sample_host(m);
	if (genl_client_is_up(m->genl) && host_count_running(&m->host) &&
	    genl_vcpu_dump(m->genl, 0, &vcpus, &n_vcpus, NULL))
		n_vcpus = 0;
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (!guest)
			continue;
		guest_sample(guest, vcpus, n_vcpus);
		manager_check_place(m, guest);
		manager_check_limit(m, guest);
		manager_check_left(m, guest);
		manager_register(m, guest);
		check_monitor(guest);
		guest_ask_memory(guest);
	}
	manager_sample_adopted(m, vcpus, n_vcpus);
	manager_sample_flows(m);
	manager_sample_latencies(m);
	manager_sample_uplinks(m);
	manager_sample_nics(m);
	manager_sample_disks(m);
	manager_tend_measuring(m);
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (!guest)
			continue;
		manager_check_vcpu_limit(m, guest);
		manager_check_probes(m, guest);
	}
	manager_sample_pools(m);
	manager_tend_quotas(m);
	manager_tend_storage(m);
	manager_tend_pressure(m);
	manager_tend_limits(m);
	if (m->settling)
		m->settling--;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct manager *m = data;

	manager_sample(m);
	sd_event_source_set_time_relative(source, m->conf->sample_interval_us);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void on_ping(const char *unit, const sd_bus_error *error, void *data)
{
	struct manager *m = data;

	m->pinged = true;
	m->host.launcher_reachable = !error;
	if (error)
		log_warning("the launcher cannot be reached: %s", error->message);
}

/**
 * manager_observe() - begin to listen to the module, systemd and the clock; find running guests
 * @m: manager with bus and model
 *
 * Return: 0 or a negative errno.
 */
int manager_observe(struct manager *m)
{
	int r = manager_listen_module(m);

	if (r)
		return r;
	m->host.sample.since_us = realtime_us() / 1000000 * 1000000;
	m->host.sample.sample_interval_us = m->conf->sample_interval_us;
	manager_tend_slices(m);
	r = manager_begin_finding(m);
	if (r >= 0)
		r = launcher_ping(m->sd, PING_TIMEOUT_US, on_ping, m, NULL);
	if (r >= 0)
		r = sd_event_add_time_relative(m->event, &m->sampler, CLOCK_MONOTONIC,
					       m->conf->sample_interval_us, 0, on_timer, m);
	return r < 0 ? r : 0;
}
