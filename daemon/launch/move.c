// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that runs moves into another pool's slice. systemd moves no service, but it puts processes into
 * the cgroup of a new scope: the guest's service goes on following its main process wherever that is, and
 * the scope, in the slice of the other pool, has the limits. Which of its units has the process in its
 * cgroup is asked of systemd each time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/launch/call.h"
#include "daemon/launch/move.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

#define SYSTEMD_UNIT	"org.freedesktop.systemd1.Unit"
#define SYSTEMD_SERVICE "org.freedesktop.systemd1.Service"
#define SYSTEMD_SCOPE	"org.freedesktop.systemd1.Scope"
#define SLICES_TOP	"/kvrm.slice/"

/* A guest is one process; helpers of QEMU's would be few. */
#define PIDS_MAX 64

/**
 * struct pids - processes
 * @pid: @n of them
 * @n: how many
 */
struct pids {
	uint32_t pid[PIDS_MAX];
	size_t n;
};

/* The main process of a guest's service. */
static int read_main_pid(sd_bus *bus, const char *uuid, uint32_t *ret_pid, sd_bus_error *ret_error)
{
	_cleanup_free_ char *path = NULL;
	char name[UNIT_NAME_SIZE];
	int r;

	unit_name(uuid, name);
	r = sd_bus_path_encode(SYSTEMD_PATH "/unit", name, &path);
	if (r >= 0)
		r = sd_bus_get_property_trivial(bus, SYSTEMD_NAME, path, SYSTEMD_SERVICE, "MainPID",
						ret_error, 'u', ret_pid);
	if (r < 0)
		return r;
	return *ret_pid ? 0 : call_refuse(ret_error, "InvalidState", "its unit has no process");
}

/* The unit in whose cgroup a process is. */
static int read_unit_of(sd_bus *bus, uint32_t pid, char **ret_name, sd_bus_error *ret_error)
{
	sd_bus_message *reply = NULL;
	const char *path;
	int r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "GetUnitByPID",
				   ret_error, &reply, "u", pid);

	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		r = sd_bus_get_property_string(bus, SYSTEMD_NAME, path, SYSTEMD_UNIT, "Id",
					       ret_error, ret_name);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 0;
}

/* Whether a unit is one of the guest's own, below our slice: nobody else's is to be touched. */
static int check_own(sd_bus *bus, const char *unit, const char *uuid, sd_bus_error *ret_error)
{
	_cleanup_free_ char *path = NULL, *cgroup = NULL;
	char owner[37];
	enum unit_kind kind = unit_parse(unit, owner);
	int r;

	if (kind == UNIT_OTHER || strcmp(owner, uuid))
		return call_refuse(ret_error, "InvalidState",
				   "its process is in a unit that is not its own");
	r = sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path);
	if (r >= 0)
		r = sd_bus_get_property_string(bus, SYSTEMD_NAME, path,
					       kind == UNIT_SCOPE ? SYSTEMD_SCOPE : SYSTEMD_SERVICE,
					       "ControlGroup", ret_error, &cgroup);
	if (r < 0)
		return r;
	return strncmp(cgroup, SLICES_TOP, strlen(SLICES_TOP))
		       ? call_refuse(ret_error, "InvalidState", "its unit is not below kvrm.slice")
		       : 0;
}

/**
 * move_find_holder() - the guest's unit in whose cgroup its main process is
 * @bus: system bus
 * @uuid: of the system, checked
 * @name: receives it: the service's, or a scope's of the same guest
 * @ret_error: systemd's, or why there is none
 *
 * Return: 0 or a negative errno.
 */
int move_find_holder(sd_bus *bus, const char *uuid, char name[static UNIT_NAME_SIZE],
		     sd_bus_error *ret_error)
{
	_cleanup_free_ char *unit = NULL;
	uint32_t pid;
	int r = read_main_pid(bus, uuid, &pid, ret_error);

	if (!r)
		r = read_unit_of(bus, pid, &unit, ret_error);
	if (!r)
		r = check_own(bus, unit, uuid, ret_error);
	if (!r)
		strcpy(name, unit);
	return r;
}

/* All processes of the guest: those in the unit that holds its main one. */
static int read_pids(sd_bus *bus, const char *holder, struct pids *ret, sd_bus_error *ret_error)
{
	sd_bus_message *reply = NULL;
	const char *path, *command;
	uint32_t pid;
	int r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
				   "GetUnitProcesses", ret_error, &reply, "s", holder);

	ret->n = 0;
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(sus)");
	while (r >= 0 && (r = sd_bus_message_read(reply, "(sus)", &path, &pid, &command)) > 0) {
		if (ret->n == PIDS_MAX)
			r = call_refuse(ret_error, "InvalidState", "it has too many processes");
		else
			ret->pid[ret->n++] = pid;
	}
	sd_bus_message_unref(reply);
	return r < 0 ? r : 0;
}

/* A name that systemd does not know; one that has just been left takes a moment to be forgotten. */
static int choose_name(sd_bus *bus, const char *uuid, char name[static UNIT_NAME_SIZE],
		       sd_bus_error *ret_error)
{
	for (unsigned int number = 1; number <= UNIT_SCOPES_MAX; number++) {
		unit_scope_name(uuid, number, name);
		if (call_unit_is_gone(bus, name))
			return 0;
	}
	return call_refuse(ret_error, "InvalidState", "all names of its scopes are taken");
}

static int start_scope(sd_bus *bus, const char *uuid, const char *name, const char *slice,
		       const struct unit_allocation *allocation, const struct pids *pids,
		       sd_bus_error *ret_error)
{
	sd_bus_message *m = NULL;
	int r = call_start_begin(bus, name, &m);

	if (r >= 0)
		r = unit_append_scope(m, uuid, slice, allocation, pids->pid, pids->n);
	return call_start_end(bus, m, r, ret_error);
}

/* What its service's cgroup was promised, the scope's is now; systemd would write it there again. */
static int leave_service(sd_bus *bus, const char *uuid, sd_bus_error *ret_error)
{
	char name[UNIT_NAME_SIZE];

	unit_name(uuid, name);
	return call_unprotect(bus, name, ret_error);
}

static int move(sd_bus *bus, const char *uuid, const char *slice,
		const struct unit_allocation *allocation, char name[static UNIT_NAME_SIZE],
		sd_bus_error *ret_error)
{
	char holder[UNIT_NAME_SIZE];
	struct pids pids;
	int r = move_find_holder(bus, uuid, holder, ret_error);

	if (!r)
		r = read_pids(bus, holder, &pids, ret_error);
	if (!r)
		r = choose_name(bus, uuid, name, ret_error);
	if (!r)
		r = start_scope(bus, uuid, name, slice, allocation, &pids, ret_error);
	if (!r)
		r = call_await_active(bus, name, ret_error);
	if (!r)
		r = move_find_holder(bus, uuid, holder, ret_error);
	if (!r && strcmp(holder, name))
		r = call_refuse(ret_error, "LauncherFailed", "systemd has not moved its process");
	return r ? r : leave_service(bus, uuid, ret_error);
}

/** move_method() - Move */
int move_method(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	char slice[SLICE_NAME_SIZE], name[UNIT_NAME_SIZE];
	sd_bus *bus = sd_bus_message_get_bus(m);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	struct call_pool pool;
	struct unit_allocation allocation;
	const char *uuid;
	int r = call_read_uuid(m, &uuid, ret_error);

	if (!r)
		r = call_read_pool(m, &pool, slice, ret_error);
	if (!r)
		r = call_read_allocation(m, &allocation, true, ret_error);
	/* systemd would make a slice that is not there, without limits. */
	if (!r && call_unit_is_gone(bus, slice))
		r = call_refuse(ret_error, "InvalidState", "pools: their slice is not there");
	if (r < 0)
		return r;
	r = move(bus, uuid, slice, &allocation, name, &error);
	if (r < 0)
		return call_systemd_refused(ret_error, &error, r);
	log_system(LOG_INFO, uuid, name, "moved to %s", slice);
	return sd_bus_reply_method_return(m, "s", name);
}
