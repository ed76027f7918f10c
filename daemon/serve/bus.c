// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The D-Bus objects: registration, paths, calls and their replies, signals; see bus.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/log.h"

/**
 * bus_error() - an operation's error as D-Bus names it
 * @ret: filled in
 * @error: ERROR_* or another negative errno
 * @text: sentence; NULL: that of errno
 *
 * Return: a negative errno, for sd-bus.
 */
int bus_error(sd_bus_error *ret, int error, const char *text)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ ERROR_INVALID_ARGUMENT, "org.kvrm1.Error.InvalidArgument" },
		{ ERROR_ALREADY_EXISTS, "org.kvrm1.Error.AlreadyExists" },
		{ ERROR_NOT_FOUND, "org.kvrm1.Error.NotFound" },
		{ ERROR_INVALID_STATE, "org.kvrm1.Error.InvalidState" },
		{ -EBUSY, "org.kvrm1.Error.InvalidState" },
		{ ERROR_ACCESS_DENIED, "org.kvrm1.Error.AccessDenied" },
		{ ERROR_START_FAILED, "org.kvrm1.Error.StartFailed" },
		{ ERROR_MONITOR_FAILED, "org.kvrm1.Error.MonitorFailed" },
		{ ERROR_APPLY_FAILED, "org.kvrm1.Error.ApplyFailed" },
		{ ERROR_LAUNCHER_FAILED, "org.kvrm1.Error.LauncherFailed" },
		{ ERROR_TIMEOUT, "org.kvrm1.Error.Timeout" },
		{ ERROR_STORE_FAILED, "org.kvrm1.Error.StoreFailed" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].error == error)
			return sd_bus_error_set(ret, names[i].name, text ? text : strerror(-error));
	}
	return sd_bus_error_set_errnof(ret, error, "%s", text ? text : strerror(-error));
}

/**
 * bus_system_path() - object path of a system
 * @system: system
 * @path: receives it
 */
void bus_system_path(const struct system *system, char path[static 128])
{
	int len = snprintf(path, 128, BUS_PATH_SYSTEM "/%s", system->definition->uuid);

	for (int i = 0; i < len; i++) {
		if (path[i] == '-')
			path[i] = '_';
	}
}

/**
 * bus_path_system() - system at an object path
 * @bus: bus
 * @path: object path
 *
 * Return: the system, or NULL.
 */
struct system *bus_path_system(struct bus *bus, const char *path)
{
	char own[128];

	for (size_t i = 0; i < bus->host->n_systems; i++) {
		bus_system_path(bus->host->systems[i], own);
		if (!strcmp(path, own))
			return bus->host->systems[i];
	}
	return NULL;
}

static void bus_call_free(struct bus_call *call)
{
	sd_bus_message_unref(call->message);
	free(call);
}

/**
 * bus_reply() - answer a call without a result
 * @call: ended by this
 * @error: 0 or an ERROR_*
 * @text: sentence if @error is not 0
 */
void bus_reply(struct bus_call *call, int error, const char *text)
{
	sd_bus_error sd_error = SD_BUS_ERROR_NULL;

	if (!call)
		return;
	if (error) {
		bus_error(&sd_error, error, text);
		sd_bus_reply_method_error(call->message, &sd_error);
		sd_bus_error_free(&sd_error);
	} else {
		sd_bus_reply_method_return(call->message, NULL);
	}
	bus_call_free(call);
}

/**
 * bus_reply_system() - answer a call with a system's path
 * @call: ended by this
 * @system: system
 */
void bus_reply_system(struct bus_call *call, struct system *system)
{
	char path[128];

	bus_system_path(system, path);
	sd_bus_reply_method_return(call->message, "o", path);
	bus_call_free(call);
}

/**
 * bus_reply_fd() - answer a call with a descriptor
 * @call: ended by this
 * @fd: the caller's still
 */
void bus_reply_fd(struct bus_call *call, int fd)
{
	sd_bus_reply_method_return(call->message, "h", fd);
	bus_call_free(call);
}

static int on_authorized(sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	struct bus_call *call = data;
	int authorized = 0, challenge = 0;

	if (!sd_bus_message_is_method_error(reply, NULL) &&
	    sd_bus_message_enter_container(reply, 'r', "bba{ss}") > 0 &&
	    sd_bus_message_read(reply, "bb", &authorized, &challenge) >= 0 && authorized)
		call->go_on(call);
	else
		bus_reply(call, ERROR_ACCESS_DENIED,
			  "only root, or whom polkit allows it, may do this");
	return 0;
}

static int ask_polkit(struct bus_call *call, const char *action)
{
	sd_bus_message *m = call->message;
	int interactive = sd_bus_message_get_allow_interactive_authorization(m) > 0;

	return sd_bus_call_method_async(call->bus->sd, NULL, "org.freedesktop.PolicyKit1",
					"/org/freedesktop/PolicyKit1/Authority",
					"org.freedesktop.PolicyKit1.Authority",
					"CheckAuthorization", on_authorized, call,
					"(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
					sd_bus_message_get_sender(m), action, 0,
					(uint32_t)interactive, "");
}

/**
 * bus_authorize() - go on with a call if its caller is user 0 or polkit allows it
 * @bus: bus
 * @m: method call; not looked at yet
 * @action: polkit's
 * @go_on: called with the call, at once or later; else the call is refused
 *
 * Return: 1 or a negative errno, for sd-bus.
 */
int bus_authorize(struct bus *bus, sd_bus_message *m, const char *action,
		  void (*go_on)(struct bus_call *call))
{
	struct bus_call *call = calloc(1, sizeof(*call));
	sd_bus_creds *creds = NULL;
	uid_t uid = (uid_t)-1;
	int r;

	if (!call)
		return -ENOMEM;
	call->bus = bus;
	call->message = sd_bus_message_ref(m);
	call->go_on = go_on;
	r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds);
	if (r >= 0)
		r = sd_bus_creds_get_euid(creds, &uid);
	sd_bus_creds_unref(creds);
	if (r >= 0 && uid == 0)
		go_on(call);
	else if (r < 0 || ask_polkit(call, action) < 0)
		bus_reply(call, ERROR_ACCESS_DENIED, "who asks could not be found out");
	return 1;
}

static int find_system(sd_bus *sd, const char *path, const char *interface, void *data,
		       void **ret_found, sd_bus_error *ret_error)
{
	struct bus *bus = data;

	/* Handlers get the bus, and look the system up by the message's path. */
	*ret_found = bus;
	return bus_path_system(bus, path) != NULL;
}

static int enumerate_systems(sd_bus *sd, const char *prefix, void *data, char ***ret_nodes,
			     sd_bus_error *ret_error)
{
	struct bus *bus = data;
	char **nodes = calloc(bus->host->n_systems + 1, sizeof(*nodes));
	char path[128];

	if (!nodes)
		return -ENOMEM;
	for (size_t i = 0; i < bus->host->n_systems; i++) {
		bus_system_path(bus->host->systems[i], path);
		nodes[i] = strdup(path);
		if (!nodes[i]) {
			while (i-- > 0)
				free(nodes[i]);
			free(nodes);
			return -ENOMEM;
		}
	}
	*ret_nodes = nodes;
	return 0;
}

/**
 * bus_new() - show the model
 * @sd: system bus; the name is not requested here
 * @host: the model; must stay
 * @operations: what clients may ask for; must stay
 * @data: for @operations
 * @ret: to be freed with bus_free()
 *
 * Return: 0 or a negative errno.
 */
int bus_new(sd_bus *sd, struct host *host, const struct bus_operations *operations, void *data,
	    struct bus **ret)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->sd = sd_bus_ref(sd);
	bus->host = host;
	bus->operations = operations;
	bus->data = data;
	r = sd_bus_add_object_manager(sd, &bus->slots[0], BUS_PATH);
	if (r >= 0)
		r = sd_bus_add_object_vtable(sd, &bus->slots[1], BUS_PATH, BUS_MANAGER,
					     bus_manager_vtable, bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(sd, &bus->slots[2], BUS_PATH_SYSTEM, BUS_SYSTEM,
					       bus_system_vtable, find_system, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(sd, &bus->slots[3], BUS_PATH_SYSTEM,
					       enumerate_systems, bus);
	bus->n_slots = 4;
	if (r < 0) {
		bus_free(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

/**
 * bus_free() - show nothing any more
 * @bus: may be NULL
 *
 * Return: NULL.
 */
struct bus *bus_free(struct bus *bus)
{
	if (!bus)
		return NULL;
	for (size_t i = 0; i < bus->n_slots; i++)
		sd_bus_slot_unref(bus->slots[i]);
	sd_bus_unref(bus->sd);
	free(bus);
	return NULL;
}

/* A signal that could not be sent is a client's loss; it can still read the model. */
static void check_sent(int r, const char *what)
{
	if (r < 0)
		log_warning("could not announce %s: %s", what, strerror(-r));
}

/**
 * bus_system_added() - announce a system
 * @bus: bus
 * @system: is in the model
 */
void bus_system_added(struct bus *bus, struct system *system)
{
	char path[128];

	bus_system_path(system, path);
	check_sent(sd_bus_emit_interfaces_added(bus->sd, path, BUS_SYSTEM, NULL), "a new system");
	check_sent(sd_bus_emit_signal(bus->sd, BUS_PATH, BUS_MANAGER, "SystemAdded", "os", path,
				      system->definition->name),
		   "a new system");
}

/**
 * bus_system_removed() - announce that a system will be gone
 * @bus: bus
 * @system: is in the model still
 */
void bus_system_removed(struct bus *bus, struct system *system)
{
	char path[128];

	bus_system_path(system, path);
	check_sent(sd_bus_emit_interfaces_removed(bus->sd, path, BUS_SYSTEM, NULL), "a removal");
	check_sent(sd_bus_emit_signal(bus->sd, BUS_PATH, BUS_MANAGER, "SystemRemoved", "os", path,
				      system->definition->name),
		   "a removal");
}

/**
 * bus_system_changed() - announce that properties of a system changed
 * @bus: bus
 * @system: which
 */
void bus_system_changed(struct bus *bus, struct system *system)
{
	char path[128];

	bus_system_path(system, path);
	check_sent(sd_bus_emit_properties_changed(bus->sd, path, BUS_SYSTEM, "State", "StateReason",
						  "ProcessorLimit", "ProcessorLimitApplied",
						  "EnforcedBy", "MainPID", "ControlGroup", NULL),
		   "a change");
}

/**
 * bus_module_changed() - announce that the module came or went
 * @bus: bus
 */
void bus_module_changed(struct bus *bus)
{
	check_sent(sd_bus_emit_properties_changed(bus->sd, BUS_PATH, BUS_MANAGER, "ModuleLoaded",
						  NULL),
		   "a change");
}
