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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/apply/job.h"
#include "daemon/manager-internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/launcher.h"
#include "kvrm/cpumax.h"

#define UNITS		      "kvrm-guest-*.service"
#define PING_TIMEOUT_US	      5000000ULL
#define MONITOR_RETRY_SAMPLES 5

static struct plan_facts facts_of(struct manager *m, struct guest *guest)
{
	return (struct plan_facts){ .module_up = genl_client_is_up(m->genl),
				    .registered = guest->module_id != 0 };
}

static void guest_gone(struct manager *m, struct guest *guest, const char *reason)
{
	struct system *system = guest->system;

	log_system(LOG_NOTICE, system->definition->uuid, system->definition->name, "ended: %s",
		   reason);
	system->busy = false;
	/* The reason may be the guest's own. */
	system_ended(system, reason);
	guest_free(guest);
	bus_system_changed(m->bus, system);
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
		guest_gone(m, guest, text);
		break;
	case GUEST_MONITOR_LOST:
		guest->qmp_retry = MONITOR_RETRY_SAMPLES;
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "the monitor is lost: %s", text);
		break;
	case GUEST_UNIT_LOST:
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "its unit cannot be observed: %s", text);
		break;
	case GUEST_UNIT_READY:
	case GUEST_MONITOR_READY:
	case GUEST_CHANGED:
		bus_system_changed(m->bus, system);
		break;
	}
}

static void on_reasserted(struct guest *guest, int error, const char *text, void *data)
{
	struct manager *m = data;
	struct system *system = guest->system;
	bool holds;

	system->busy = false;
	if (guest->cgroup_fd >= 0)
		guest_read_limit(guest, &holds);
	guest->refused = error && !guest->module_id;
	if (error)
		log_system(LOG_ERR, system->definition->uuid, system->definition->name,
			   "the limit could not be put back: %s", text);
	bus_system_changed(m->bus, system);
}

/**
 * manager_reassert() - put a guest's wanted limit into force again
 * @m: manager
 * @guest: without a job
 */
void manager_reassert(struct manager *m, struct guest *guest)
{
	const struct plan_facts facts = facts_of(m, guest);
	struct plan plan = plan_limit(&facts);
	uint64_t limit_us = guest->system->definition->cpu_limit_us;

	guest->system->busy = true;
	if (job_run(guest, &plan, limit_us, limit_us, on_reasserted, m))
		guest->system->busy = false;
}

/* Let the module, which has just appeared, have a guest that it does not know. */
static void manager_register(struct manager *m, struct guest *guest)
{
	const struct plan_facts facts = facts_of(m, guest);
	struct plan plan = plan_register(&facts);
	uint64_t limit_us = guest->system->definition->cpu_limit_us;

	if (guest->job || guest->cgroup_fd < 0 || guest->refused || !plan.n)
		return;
	if (job_run(guest, &plan, limit_us, limit_us, on_reasserted, m))
		log_error("no memory to register a guest with the module");
}

static void check_limit(struct manager *m, struct guest *guest)
{
	struct system *system = guest->system;
	uint64_t before_us = system->limit_applied_us;
	enum system_enforcer enforced_before = system->enforced_by;
	bool holds;

	if (guest->job || guest->cgroup_fd < 0 || guest_read_limit(guest, &holds))
		return;
	if (!holds) {
		m->host.sample.drift_corrected++;
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "cpu.max was changed by somebody else; putting the limit back");
		manager_reassert(m, guest);
	} else if (before_us != system->limit_applied_us ||
		   enforced_before != system->enforced_by) {
		bus_system_changed(m->bus, system);
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

	if (genl_client_is_up(m->genl) && host_count_running(&m->host) &&
	    genl_vcpu_dump(m->genl, 0, &vcpus, &n_vcpus, NULL))
		n_vcpus = 0;
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (!guest)
			continue;
		guest_sample(guest, vcpus, n_vcpus);
		check_limit(m, guest);
		manager_register(m, guest);
		check_monitor(guest);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct manager *m = data;

	manager_sample(m);
	sd_event_source_set_time_relative(source, m->conf->sample_interval_us);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void read_module(struct manager *m)
{
	struct host_sample *s = &m->host.sample;
	struct genl_host host;

	s->cpus_online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	s->cpu_capacity_us = s->cpus_online * KVRM_USEC_PER_SEC;
	s->kvm_present = access("/dev/kvm", F_OK) == 0;
	s->module_up = genl_client_is_up(m->genl) && !genl_host_get(m->genl, &host, NULL);
	s->module_version[0] = '\0';
	if (!s->module_up)
		return;
	s->module_abi = host.abi;
	s->kvm_present = host.kvm_present;
	s->cpus_online = host.cpus_online;
	s->cpu_capacity_us = host.cpu_capacity_us;
	memcpy(s->module_version, host.version, sizeof(s->module_version));
}

/* Match the guests that the module knows with ours, by UUID and cgroup. */
static void match_module(struct manager *m)
{
	_cleanup_free_ struct genl_guest *known = NULL;
	size_t n_known = 0;

	if (genl_guest_dump(m->genl, &known, &n_known, NULL))
		return;
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;
		uint8_t uuid[16];

		if (!guest)
			continue;
		text_uuid_to_bytes(m->host.systems[i]->definition->uuid, uuid);
		guest->module_id = 0;
		guest->refused = false;
		for (size_t k = 0; k < n_known; k++) {
			if (!memcmp(known[k].uuid, uuid, sizeof(uuid)))
				guest->module_id = known[k].id;
		}
		manager_register(m, guest);
	}
}

static void on_module_up(void *data)
{
	struct manager *m = data;

	read_module(m);
	log_notice("the module is loaded (version %s)", m->host.sample.module_version);
	match_module(m);
	bus_module_changed(m->bus);
}

static void on_module_down(void *data)
{
	struct manager *m = data;

	log_warning("the module was unloaded; limits are held by cgroups alone");
	read_module(m);
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (!guest)
			continue;
		guest->module_id = 0;
		check_limit(m, guest);
	}
	bus_module_changed(m->bus);
}

static void on_resync(void *data)
{
	match_module(data);
}

/* One that somebody else removed is registered again with the next sample. */
static void on_module_guest(enum genl_change change, const struct genl_guest *removed,
			    enum kvrm_removal_reason reason, void *data)
{
	struct manager *m = data;

	/* What follows if its process has ended, systemd tells. */
	if (change != GENL_GUEST_REMOVED || reason == KVRM_REMOVAL_REASON_EXITED)
		return;
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (guest && guest->module_id == removed->id)
			guest->module_id = 0;
	}
}

static void on_found(struct guest *guest, int error, const char *text, void *data)
{
	struct manager *m = data;
	struct system *system = guest->system;

	if (error == ERROR_START_FAILED || guest->cgroup_fd < 0) {
		guest_gone(m, guest, text ? text : "was gone when kvrmd was started");
		return;
	}
	log_system(LOG_INFO, system->definition->uuid, system->definition->name, "found again%s%s",
		   text ? ": " : "", text ? text : "");
	if (genl_client_is_up(m->genl))
		match_module(m);
	check_limit(m, guest);
	bus_system_changed(m->bus, system);
}

/* Units that run: ours from before a restart, or somebody's that the store does not know. */
static void on_list(const struct systemd_unit_entry *entries, size_t n, const sd_bus_error *error,
		    void *data)
{
	const struct plan plan = plan_find();
	struct manager *m = data;

	m->listed = true;
	if (error)
		log_error("systemd does not list its units: %s", error->message);
	for (size_t i = 0; i < n; i++) {
		struct system *system;
		struct guest *guest;
		char uuid[37];

		if (sscanf(entries[i].name, "kvrm-guest-%36[0-9a-f-].service", uuid) != 1 ||
		    (strcmp(entries[i].active_state, "active") &&
		     strcmp(entries[i].active_state, "activating")))
			continue;
		system = host_find(&m->host, uuid);
		if (!system) {
			_cleanup_free_ char *sentence = NULL;

			text_error(&sentence, 0,
				   "%s runs but is not defined here; it is left alone",
				   entries[i].name);
			if (sentence && !host_add_problem(&m->host, sentence))
				log_warning("%s", sentence);
			continue;
		}
		if (system->runtime)
			continue;
		guest = guest_new(&m->env, system);
		if (!guest)
			continue;
		system_set_state(system, SYSTEM_ACTIVE, "");
		if (job_run(guest, &plan, 0, 0, on_found, m))
			guest_gone(m, guest, "no memory");
	}
}

/* systemd was reloaded, or executed itself anew: see what it made of limits and units. */
static void on_reloading(bool active, void *data)
{
	struct manager *m = data;

	if (active)
		return;
	manager_sample(m);
	if (systemd_list(m->systemd, UNITS) < 0)
		log_warning("systemd cannot be asked for its units");
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
	static const struct genl_callbacks genl_callbacks = {
		.up = on_module_up,
		.down = on_module_down,
		.guest = on_module_guest,
		.resync = on_resync,
	};
	static const struct systemd_callbacks systemd_callbacks = {
		.list = on_list,
		.reloading = on_reloading,
	};
	_cleanup_free_ char *error = NULL;
	struct timespec now;
	int r = genl_client_new(m->event, &genl_callbacks, m, &m->genl, &error);

	if (r) {
		log_error("netlink: %s", error ? error : strerror(-r));
		return r;
	}
	m->env.genl = m->genl;
	clock_gettime(CLOCK_REALTIME, &now);
	m->host.sample.since_us = (uint64_t)now.tv_sec * 1000000;
	read_module(m);
	r = systemd_new(m->sd, &systemd_callbacks, m, &m->systemd);
	if (r >= 0)
		r = systemd_list(m->systemd, UNITS);
	if (r >= 0)
		r = launcher_ping(m->sd, PING_TIMEOUT_US, on_ping, m, NULL);
	if (r >= 0)
		r = sd_event_add_time_relative(m->event, &m->sampler, CLOCK_MONOTONIC,
					       m->conf->sample_interval_us, 0, on_timer, m);
	return r < 0 ? r : 0;
}
