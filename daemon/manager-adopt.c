// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adopt a guest that somebody else has started, and release it. Whether a process has a virtual machine only the
 * module knows, so that none is adopted without it; one that is stays so when the module goes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "daemon/manager-adopt.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/process.h"

/**
 * struct candidate - who may be adopted
 * @process: QEMU
 * @place: the cgroup that is to be the guest's
 * @manager: who manages it
 */
struct candidate {
	struct process process;
	char place[SLICE_PATH_SIZE];
	char manager[SLICE_NAME_SIZE];
};

static void candidate_deinit(struct candidate *c)
{
	process_deinit(&c->process);
}

static int find_by_pid(uint32_t pid, struct candidate *ret, char **ret_error)
{
	int r = process_read(NULL, (pid_t)pid, &ret->process);

	if (r == -ESRCH)
		return text_error(ret_error, ERROR_NOT_FOUND,
				  "pid: there is no process %u, or /proc hides it from kvrmd", pid);
	if (r)
		return text_error(ret_error, r, "pid: process %u: %s", pid, strerror(-r));
	if (!*ret->process.cgroup)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "pid: process %u is in no cgroup of version 2", pid);
	r = adoption_place(ret->process.cgroup, ret->place, ret->manager);
	if (r == -EILSEQ)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "pid: the name of the cgroup of process %u is not UTF-8, or has "
				  "control characters",
				  pid);
	if (r)
		return text_error(
			ret_error, ERROR_INVALID_ARGUMENT,
			"pid: process %u is in the root cgroup; it needs one of its own, as "
			"systemd-run gives it",
			pid);
	return 0;
}

/* The one process of several that is QEMU; the one that is alone is, whatever it is called. */
static int choose(const char *path, const pid_t *pids, size_t n, struct candidate *ret,
		  char **ret_error)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		struct process process;

		if (process_read(NULL, pids[i], &process) ||
		    (n > 1 && !adoption_is_qemu(process.name)) || found++) {
			process_deinit(&process);
			continue;
		}
		ret->process = process;
	}
	if (!n)
		return text_error(ret_error, ERROR_NOT_FOUND, "cgroup: no process is in '%s'",
				  path);
	if (!found)
		return text_error(
			ret_error, ERROR_NOT_FOUND,
			"cgroup: none of the %zu processes in '%s' is QEMU's; say which by "
			"its pid",
			n, path);
	if (found > 1)
		return text_error(
			ret_error, ERROR_INVALID_ARGUMENT,
			"cgroup: %zu QEMUs are in '%s'; each guest needs a cgroup of its own",
			found, path);
	return 0;
}

static int find_in_cgroup(struct manager *m, const char *path, struct candidate *ret,
			  char **ret_error)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int r;

	if (!strncmp(path, CGROUP_ROOT "/", sizeof(CGROUP_ROOT)))
		path += strlen(CGROUP_ROOT);
	if (*path != '/' || strlen(path) >= SLICE_PATH_SIZE)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "cgroup: '%s' is not an absolute path below " CGROUP_ROOT, path);
	r = adoption_place(path, ret->place, ret->manager);
	if (r == -EILSEQ)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "cgroup: its name is not UTF-8, or has control characters");
	if (r)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "cgroup: the root cannot be adopted: it is the host's");
	fd = cgroup_open(m->env.cgroup_root, ret->place);
	if (fd < 0)
		return text_error(ret_error, ERROR_NOT_FOUND, "cgroup: '%s' is none: %s",
				  ret->place, strerror(-fd));
	r = cgroup_read_all_procs(fd, &pids, &n);
	if (r)
		return text_error(ret_error, r,
				  "cgroup: the processes in '%s' cannot be listed: %s", ret->place,
				  strerror(-r));
	return choose(ret->place, pids, n, ret, ret_error);
}

/**
 * manager_find_process() - the system that a QEMU belongs to
 * @m: manager
 * @pid: QEMU
 *
 * Return: NULL: to none that runs here or is adopted.
 */
const struct system *manager_find_process(const struct manager *m, uint32_t pid)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		if (m->host.systems[i]->main_pid == pid)
			return m->host.systems[i];
	}
	return NULL;
}

static const struct system *find_adopted_cgroup(const struct manager *m, const char *place)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		const struct system *system = m->host.systems[i];

		if (system->adoption && !strcmp(system->control_group, place))
			return system;
	}
	return NULL;
}

/* Neither ours, wherever it was moved to, nor adopted already. */
static int check_free(struct manager *m, const struct candidate *c, char **ret_error)
{
	const struct system *other = manager_find_process(m, (uint32_t)c->process.pid);

	if (adoption_is_own(c->place))
		return text_error(
			ret_error, ERROR_INVALID_ARGUMENT,
			"process %d is kvrmd's own already: its cgroup is below kvrm.slice",
			(int)c->process.pid);
	if (other && !other->adoption)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "process %d is kvrmd's own already: it runs '%s'",
				  (int)c->process.pid, other->definition->name);
	if (!other)
		other = find_adopted_cgroup(m, c->place);
	if (other)
		return text_error(ret_error, ERROR_ALREADY_EXISTS,
				  "process %d is adopted already, as '%s'", (int)c->process.pid,
				  other->definition->name);
	return 0;
}

/* Its name and UUID, which may be nobody else's. */
static int set_names(struct manager *m, struct definition *d, const struct bus_adoption *wish,
		     const struct candidate *c, const char *boot, char **ret_error)
{
	adoption_read_arguments(d, c->process.arguments, c->process.arguments_size);
	if (wish->name && !text_is_name(wish->name, DEFINITION_NAME_MAX))
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "name: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", wish->name,
				  DEFINITION_NAME_MAX);
	if (wish->name)
		strcpy(d->name, wish->name);
	else if (!text_is_name(d->name, DEFINITION_NAME_MAX))
		adoption_name(d, c->place);
	if (!text_is_name(d->name, DEFINITION_NAME_MAX))
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "name: process %d has none that can be used; give it one",
				  (int)c->process.pid);
	if (host_find(&m->host, d->name))
		return text_error(ret_error, ERROR_ALREADY_EXISTS,
				  "name: '%s' is in use; give it another one", d->name);
	if (!*d->uuid)
		adoption_uuid(c->place, boot, c->process.start_ticks, d->uuid);
	if (host_find(&m->host, d->uuid))
		return text_error(ret_error, ERROR_ALREADY_EXISTS,
				  "uuid: %s, which QEMU was given, is in use", d->uuid);
	return 0;
}

/* A system that is not in the model yet. */
static int make_system(struct manager *m, const struct bus_adoption *wish,
		       const struct candidate *c, struct system **ret, char **ret_error)
{
	_cleanup_definition_ struct definition *d = definition_new();
	struct system *system;
	sd_id128_t boot;
	char text[33];
	int r = sd_id128_get_boot(&boot);

	if (!d)
		return -ENOMEM;
	if (r >= 0)
		r = set_names(m, d, wish, c, sd_id128_to_string(boot, text), ret_error);
	if (r < 0)
		return r;
	d->cpu.limit_us = wish->cpu_limit_us;
	d->cpu.vcpu_limit_us = wish->vcpu_limit_us;
	system = system_new(d);
	if (!system)
		return -ENOMEM;
	TAKE_PTR(d);
	system->adoption = calloc(1, sizeof(*system->adoption));
	if (!system->adoption) {
		system_free(system);
		return -ENOMEM;
	}
	system->adoption->pid = (uint32_t)c->process.pid;
	system->adoption->start_ticks = c->process.start_ticks;
	strcpy(system->adoption->boot, text);
	strcpy(system->adoption->manager, c->manager);
	strcpy(system->control_group, c->place);
	*ret = system;
	return 0;
}

static int module_error(int r)
{
	switch (r) {
	case -ENODEV:
	case -EBUSY:
	case -ERANGE:
		return ERROR_INVALID_ARGUMENT;
	case -EEXIST:
		return ERROR_ALREADY_EXISTS;
	default:
		return ERROR_APPLY_FAILED;
	}
}

/* The module takes it, under its limits; then the store. What fails undoes what was done. */
static int enter(struct manager *m, struct adopted *adopted, char **ret_error)
{
	struct system *system = adopted->system;
	int r = manager_check_adopted_limits(m, adopted, &system->definition->cpu, ret_error);

	if (r)
		return r;
	r = manager_register_adopted(m, adopted, ret_error);
	if (r)
		return module_error(r);
	r = store_put_adoption(m->store, system, ret_error);
	if (!r)
		r = host_add(&m->host, system);
	if (!r)
		return 0;
	store_delete_adoption(m->store, system->definition->uuid, NULL);
	genl_guest_del(m->genl, adopted->module_id, NULL);
	return r;
}

static int adopt(struct manager *m, const struct bus_adoption *wish, const struct candidate *c,
		 struct system **ret, char **ret_error)
{
	struct adopted *adopted = NULL;
	struct system *system = NULL;
	int r = check_free(m, c, ret_error);

	if (!r)
		r = make_system(m, wish, c, &system, ret_error);
	if (!r)
		r = adopted_new(&m->env, system, manager_adopted_ended, m, &adopted, ret_error);
	if (!r)
		r = enter(m, adopted, ret_error);
	if (r) {
		adopted_free(adopted);
		system_free(system);
		return r;
	}
	*ret = system;
	return 0;
}

/* What follows once it is one of the model's. */
static void announce(struct manager *m, struct system *system)
{
	log_system(LOG_NOTICE, system->definition->uuid, system->definition->name,
		   "adopted: process %u in %s, managed by %s", system->main_pid,
		   system->control_group, system->adoption->manager);
	bus_system_added(m->bus, system);
	bus_pool_changed(m->bus, host_find_pool(&m->host, system->definition->pool));
}

/**
 * manager_adopt_pid() - adopt a guest that nobody has asked for, without limits
 * @m: manager; the module is up
 * @pid: QEMU
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or an ERROR_*.
 */
int manager_adopt_pid(struct manager *m, uint32_t pid, char **ret_error)
{
	__attribute__((cleanup(candidate_deinit))) struct candidate c = { 0 };
	const struct bus_adoption wish = { .pid = pid };
	struct system *system;
	int r = find_by_pid(pid, &c, ret_error);

	if (!r)
		r = adopt(m, &wish, &c, &system, ret_error);
	if (!r)
		announce(m, system);
	return r;
}

/**
 * manager_op_adopt() - adopt a guest
 * @wish: who, and with what limits
 * @call: to be answered
 * @data: manager
 */
void manager_op_adopt(const struct bus_adoption *wish, struct bus_call *call, void *data)
{
	__attribute__((cleanup(candidate_deinit))) struct candidate c = { 0 };
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	struct system *system;
	int r;

	if (!genl_client_is_up(m->genl))
		r = text_error(
			&error, ERROR_APPLY_FAILED,
			"the module is not loaded: without it kvrmd cannot see which process has "
			"a virtual machine");
	else if (wish->cgroup)
		r = find_in_cgroup(m, wish->cgroup, &c, &error);
	else
		r = find_by_pid(wish->pid, &c, &error);
	if (!r)
		r = adopt(m, wish, &c, &system, &error);
	if (r) {
		bus_reply(call, r, error);
		return;
	}
	announce(m, system);
	bus_reply_system(call, system);
}

/**
 * manager_op_release() - release an adopted guest; its cgroup's files become what they were
 * @system: with an adoption; freed
 * @call: to be answered
 * @data: manager
 */
void manager_op_release(struct system *system, struct bus_call *call, void *data)
{
	struct adopted *adopted = adopted_of(system);
	const struct definition *d = system->definition;
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	int r = store_delete_adoption(m->store, d->uuid, &error);

	/* One that is known no more is given back. */
	if (!r && adopted->module_id) {
		r = genl_guest_del(m->genl, adopted->module_id, &error);
		r = r == -ENOENT || !genl_client_is_up(m->genl) ? 0 : r;
		if (r)
			store_put_adoption(m->store, system, NULL);
	}
	if (!r) {
		log_system(LOG_NOTICE, d->uuid, d->name, "released; %s manages it on",
			   system->adoption->manager);
		manager_leave_alone(m, system->adoption);
		manager_forget_adopted(m, system);
	}
	bus_reply(call, r ? (r == -ENOMEM || r == ERROR_STORE_FAILED ? r : ERROR_APPLY_FAILED) : 0,
		  error);
}
