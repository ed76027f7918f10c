// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What clients ask for. Each operation answers its call exactly once, at once or when its job,
 * QEMU's reply or QEMU's end comes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/apply/job.h"
#include "daemon/manager-adopt.h"
#include "daemon/manager-internal.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/launcher.h"
#include "kvrm/run.h"

#define QMP_TIMEOUT_US (10 * 1000000ULL)

static void op_define(struct definition *definition, struct bus_call *call, void *data)
{
	_cleanup_definition_ struct definition *d = definition;
	_cleanup_free_ char *error = NULL;
	const struct system *other;
	struct manager *m = data;
	struct system *system;
	const char *mac;
	int r;

	if (!*d->uuid)
		text_uuid_new(d->uuid);
	definition_complete(d);
	r = definition_validate(d, m->host.sample.cpu_capacity_us, &error);
	if (!r)
		r = memory_limit_check(&d->memory,
				       definition_overhead(d, m->host.overhead_base_bytes), &error);
	if (!r)
		r = definition_check_paths(d, &error);
	if (!r && host_find(&m->host, d->name))
		r = text_error(&error, ERROR_ALREADY_EXISTS, "name: '%s' is in use", d->name);
	if (!r && host_find(&m->host, d->uuid))
		r = text_error(&error, ERROR_ALREADY_EXISTS, "uuid: %s is in use", d->uuid);
	other = r ? NULL : host_find_mac(&m->host, d, &mac);
	if (other)
		r = text_error(&error, ERROR_ALREADY_EXISTS, "nic: mac %s is that of '%s'", mac,
			       other->definition->name);
	if (!r)
		r = host_check_uplinks(&m->host, d, &error);
	if (!r && !host_find_pool(&m->host, d->pool))
		r = text_error(&error, ERROR_NOT_FOUND, "pool: there is no pool '%s'", d->pool);
	if (!r)
		r = store_put(m->store, d, &error);
	if (r) {
		bus_reply(call, r, error);
		return;
	}
	system = system_new(d);
	if (system)
		TAKE_PTR(d);
	if (!system || host_add(&m->host, system)) {
		store_delete(m->store, system ? system->definition->uuid : d->uuid, NULL);
		system_free(system);
		bus_reply(call, -ENOMEM, NULL);
		return;
	}
	log_system(LOG_INFO, system->definition->uuid, system->definition->name, "defined");
	bus_system_added(m->bus, system);
	bus_pool_changed(m->bus, host_find_pool(&m->host, system->definition->pool));
	bus_uplinks_changed(m->bus);
	bus_reply_system(call, system);
}

static void on_started(struct guest *guest, int error, const char *text, void *data)
{
	struct waiting *w = data;
	struct system *system = guest->system;
	struct manager *m = w->manager;

	manager_settle(m);
	system->busy = false;
	if (error) {
		/* The unit, if there is one, is being killed; its end is told through the bus. */
		guest_free(guest);
		system_ended(system, text ? text : "could not be started");
		log_system(LOG_ERR, system->definition->uuid, system->definition->name,
			   "could not be started: %s", text);
		/* Who wanted it killed meanwhile has got that. */
		manager_answer_ended(m, system);
	} else {
		system_set_state(system, SYSTEM_ACTIVE, "");
		log_system(LOG_INFO, system->definition->uuid, system->definition->name,
			   "started, limit held by %s", system_enforcer_name(system->enforced_by));
		manager_tend_storage(m);
	}
	manager_tend_memory(m);
	bus_system_changed(m->bus, system);
	bus_pools_changed(m->bus);
	bus_uplinks_changed(m->bus);
	manager_answer(w, error, text);
}

/* Whether a system may be started, and its reservation taken out of its pool if so. */
static int admit_start(struct manager *m, struct system *system, char **ret_error)
{
	const struct pool *pool = host_find_pool(&m->host, system->definition->pool);
	int r;

	if (definition_check_paths(system->definition, ret_error))
		return ERROR_START_FAILED;
	if (pool && pool->cgroup_fd < 0)
		return text_error(ret_error, ERROR_LAUNCHER_FAILED,
				  "its pool '%s' has no slice (see Problems of the status)",
				  pool->definition->name);
	r = host_check_vcpu_limit(&m->host, &system->definition->cpu, ret_error);
	return r ? r : admission_enter(&m->host, system, ret_error);
}

static void op_start(struct system *system, struct bus_call *call, void *data)
{
	struct manager *m = data;
	const struct plan_facts facts = { .module_up = genl_client_is_up(m->genl),
					  .nics = system->definition->n_nics,
					  .disks = definition_limits_disks(system->definition) };
	struct plan plan = plan_start(&facts);
	_cleanup_free_ char *error = NULL;
	struct waiting *w;
	struct guest *guest;
	int r = admit_start(m, system, &error);

	if (r) {
		bus_reply(call, r, error);
		return;
	}
	host_update_weights(&m->host);
	/* Memory is protected only below what is protected; with the module that writes it. */
	if (!genl_client_is_up(m->genl))
		manager_tend_memory(m);
	w = manager_wait(m, system, call);
	guest = w ? guest_new(&m->env, system) : NULL;
	if (!guest) {
		admission_leave(system);
		if (w)
			manager_answer(w, -ENOMEM, NULL);
		return;
	}
	system->memory_base_bytes = system->definition->memory_bytes;
	/* One that ended while there was no kvrmd. */
	guest_forget_stopped(guest);
	manager_settle(m);
	system->busy = true;
	system_set_state(system, SYSTEM_STARTING, "");
	bus_system_changed(m->bus, system);
	if (job_run(guest, &plan, on_started, w)) {
		guest_free(guest);
		system->busy = false;
		system_ended(system, "no memory");
		manager_answer(w, -ENOMEM, NULL);
	}
}

static int on_stop_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	struct waiting *w = data;

	if (w->system->state == SYSTEM_STOPPING) {
		system_set_state(w->system, SYSTEM_ACTIVE, "did not shut down in the time given");
		bus_system_changed(w->manager->bus, w->system);
	}
	manager_answer(w, ERROR_TIMEOUT, "the guest did not shut down in the time given");
	return 0;
}

/* Who waits until a system has shut down is told that it did not; it may still. */
static void op_stop_waiting(struct system *system, struct bus_call *call, void *data)
{
	struct manager *m = data;
	struct waiting *w, *next;
	bool waited = false;

	for (w = m->pending; w; w = next) {
		next = w->next;
		if (w->system != system || !w->until_end || !w->timer)
			continue;
		waited = true;
		manager_answer(w, ERROR_TIMEOUT,
			       "the guest had not shut down when waiting for it was given up");
	}
	if (waited && system->state == SYSTEM_STOPPING) {
		system_set_state(system, SYSTEM_ACTIVE, "nobody waits for its shut down any more");
		bus_system_changed(m->bus, system);
	}
	bus_reply(call, waited ? 0 : ERROR_INVALID_STATE,
		  waited ? NULL : "nobody waits until it has shut down");
}

/* A command on a guest's monitor whose answer answers a call. */
static void on_qmp(struct qmp *qmp, int error, struct json_object *value, const char *text,
		   void *data)
{
	struct waiting *w = data;

	w->asked = false;
	manager_answer(w, error ? ERROR_MONITOR_FAILED : 0, text);
}

static void monitor_call(struct manager *m, struct system *system, const char *command,
			 qmp_reply *reply, struct waiting *w)
{
	struct guest *guest = system->runtime;

	w->asked = guest && guest->qmp &&
		   !qmp_call(guest->qmp, command, NULL, QMP_TIMEOUT_US, reply, w);
	if (!w->asked)
		manager_answer(w, ERROR_MONITOR_FAILED, "QEMU's monitor is not connected");
}

static void simple_command(struct system *system, const char *command, struct bus_call *call,
			   void *data)
{
	struct waiting *w = manager_wait(data, system, call);

	if (w)
		monitor_call(data, system, command, on_qmp, w);
}

/* One that was being stopped at its memory limit at the same moment is to stay paused as well. */
static void on_paused(struct qmp *qmp, int error, struct json_object *value, const char *text,
		      void *data)
{
	struct waiting *w = data;

	if (!error && w->system->runtime)
		guest_forget_stopped(w->system->runtime);
	on_qmp(qmp, error, value, text, data);
}

static void op_pause(struct system *system, struct bus_call *call, void *data)
{
	struct waiting *w = manager_wait(data, system, call);

	if (w)
		monitor_call(data, system, "stop", on_paused, w);
}

static void op_resume(struct system *system, struct bus_call *call, void *data)
{
	simple_command(system, "cont", call, data);
}

static void op_reset(struct system *system, struct bus_call *call, void *data)
{
	simple_command(system, "system_reset", call, data);
}

/* The power button was pressed; the call waits for the end, or not at all. */
static void on_powerdown(struct qmp *qmp, int error, struct json_object *value, const char *text,
			 void *data)
{
	struct waiting *w = data;
	struct system *system = w->system;

	w->asked = false;
	if (error || !w->timer) {
		manager_answer(w, error ? ERROR_MONITOR_FAILED : 0, text);
		return;
	}
	if (system->state == SYSTEM_ACTIVE) {
		system_set_state(system, SYSTEM_STOPPING, "shutting down");
		bus_system_changed(w->manager->bus, system);
	}
}

static void op_stop(struct system *system, uint64_t timeout_us, struct bus_call *call, void *data)
{
	struct manager *m = data;
	struct waiting *w = manager_wait(m, system, call);

	if (!w)
		return;
	if (timeout_us && sd_event_add_time_relative(m->event, &w->timer, CLOCK_MONOTONIC,
						     timeout_us, 0, on_stop_timeout, w) < 0) {
		manager_answer(w, ERROR_INVALID_ARGUMENT, "timeout_us is too large");
		return;
	}
	w->until_end = timeout_us != 0;
	monitor_call(m, system, "system_powerdown", on_powerdown, w);
}

static void on_kill(const char *unit, const sd_bus_error *error, void *data)
{
	struct waiting *w = data;

	w->asked = false;
	if (error && w->call && w->system->runtime)
		((struct guest *)w->system->runtime)->kill_asked = false;
	/* If it ended meanwhile, its end has answered; else its end will. */
	if (error || !w->call)
		manager_answer(w, ERROR_LAUNCHER_FAILED, error ? error->message : NULL);
}

static void op_kill(struct system *system, struct bus_call *call, void *data)
{
	struct manager *m = data;
	struct guest *guest = system->runtime;
	struct waiting *w = manager_wait(m, system, call);
	int r;

	if (!w)
		return;
	w->until_end = true;
	guest->kill_asked = true;
	r = launcher_kill(m->sd, system->definition->uuid, LAUNCHER_TIMEOUT_US, on_kill, w, NULL);
	w->asked = r >= 0;
	if (r < 0) {
		guest->kill_asked = false;
		manager_answer(w, ERROR_LAUNCHER_FAILED, strerror(-r));
	}
}

static void op_remove(struct system *system, struct bus_call *call, void *data)
{
	struct manager *m = data;
	_cleanup_free_ char *error = NULL;
	int r = store_delete(m->store, system->definition->uuid, &error);

	if (!r) {
		bus_system_removed(m->bus, system);
		host_remove(&m->host, system);
		bus_pool_changed(m->bus, host_find_pool(&m->host, system->definition->pool));
		bus_uplinks_changed(m->bus);
		log_system(LOG_INFO, system->definition->uuid, system->definition->name, "deleted");
		system_free(system);
	}
	bus_reply(call, r, error);
}

static void op_console(struct system *system, struct bus_call *call, void *data)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path),
		 KVRM_GUESTS_DIRECTORY "/%s/console.sock", system->definition->uuid);
	if (fd < 0)
		bus_reply(call, -errno, NULL);
	else if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		bus_reply(call, ERROR_MONITOR_FAILED,
			  errno == EAGAIN ? "somebody else uses the console" : strerror(errno));
	else
		bus_reply_fd(call, fd);
}

const struct bus_operations manager_operations = {
	.define = op_define,
	.redefine = manager_op_redefine,
	.start = op_start,
	.stop = op_stop,
	.stop_waiting = op_stop_waiting,
	.kill = op_kill,
	.pause = op_pause,
	.resume = op_resume,
	.reset = op_reset,
	.remove = op_remove,
	.set = manager_op_set,
	.set_nic = manager_op_set_nic,
	.add_nic = manager_op_add_nic,
	.remove_nic = manager_op_remove_nic,
	.set_disk = manager_op_set_disk,
	.move = manager_op_move,
	.create_pool = manager_op_create_pool,
	.move_pool = manager_op_move_pool,
	.remove_pool = manager_op_remove_pool,
	.create_uplink = manager_op_create_uplink,
	.set_uplink = manager_op_set_uplink,
	.remove_uplink = manager_op_remove_uplink,
	.console = op_console,
	.adopt = manager_op_adopt,
	.release = manager_op_release,
	.list_foreign = manager_op_list_foreign,
};
