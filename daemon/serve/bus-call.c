// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Method calls: who may make them, which wait for others, and their replies; see bus.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"

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
		{ ERROR_INSUFFICIENT, "org.kvrm1.Error.InsufficientResources" },
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
 * bus_call_free() - free a call that was answered
 * @call: call
 */
void bus_call_free(struct bus_call *call)
{
	sd_bus_message_unref(call->message);
	free(call);
}

/* A call that came from within ends. */
static void end_within(struct bus_call *call, int error, const char *text, struct system *system,
		       struct pool *pool)
{
	call->done(error, text, system, pool, call->data);
	bus_call_free(call);
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
	if (error == ERROR_INSUFFICIENT && text)
		profile_tell_alert(&call->bus->broker, PROFILE_ALERT_REFUSED, text);
	if (call->done) {
		end_within(call, error, text, NULL, NULL);
		return;
	}
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

	if (call->done) {
		end_within(call, 0, NULL, system, NULL);
		return;
	}
	bus_system_path(system, path);
	sd_bus_reply_method_return(call->message, "o", path);
	bus_call_free(call);
}

/**
 * bus_reply_pool() - answer a call with a pool's path
 * @call: ended by this
 * @pool: pool
 */
void bus_reply_pool(struct bus_call *call, struct pool *pool)
{
	_cleanup_free_ char *path = NULL;

	if (call->done) {
		end_within(call, 0, NULL, NULL, pool);
		return;
	}
	path = bus_pool_path(pool);
	if (!path) {
		bus_reply(call, -ENOMEM, NULL);
		return;
	}
	sd_bus_reply_method_return(call->message, "o", path);
	bus_call_free(call);
}

/**
 * bus_reply_uplink() - answer a call with an uplink's path
 * @call: ended by this
 * @uplink: uplink or part
 */
void bus_reply_uplink(struct bus_call *call, struct uplink *uplink)
{
	_cleanup_free_ char *path = bus_uplink_path(uplink);

	if (!path) {
		bus_reply(call, -ENOMEM, NULL);
		return;
	}
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

/**
 * bus_go_on() - go on with a call that is allowed, or let it wait behind others
 * @call: call
 */
void bus_go_on(struct bus_call *call)
{
	struct bus_call **last = &call->bus->waiting;

	if (!call->alone || !call->bus->held) {
		call->go_on(call);
		return;
	}
	while (*last)
		last = &(*last)->next;
	*last = call;
}

/**
 * bus_hold() - a change is under way: calls that might cross it wait from now on
 * @bus: bus
 */
void bus_hold(struct bus *bus)
{
	bus->held = true;
}

/**
 * bus_release() - a change is over: go on with calls that waited, until one of them holds again
 * @bus: bus
 */
void bus_release(struct bus *bus)
{
	bus->held = false;
	/* A call that is over at once comes here again. */
	if (bus->releasing)
		return;
	bus->releasing = true;
	while (!bus->held && bus->waiting) {
		struct bus_call *call = bus->waiting;

		bus->waiting = call->next;
		call->next = NULL;
		call->go_on(call);
	}
	bus->releasing = false;
}

static int on_authorized(sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	struct bus_call *call = data;
	int authorized = 0, challenge = 0;

	if (!sd_bus_message_is_method_error(reply, NULL) &&
	    sd_bus_message_enter_container(reply, 'r', "bba{ss}") > 0 &&
	    sd_bus_message_read(reply, "bb", &authorized, &challenge) >= 0 && authorized)
		bus_go_on(call);
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

static struct bus_call *call_new(struct bus *bus, sd_bus_message *m,
				 void (*go_on)(struct bus_call *call), bool alone)
{
	struct bus_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->bus = bus;
	call->message = sd_bus_message_ref(m);
	call->go_on = go_on;
	call->alone = alone;
	return call;
}

/**
 * bus_allow() - go on with a call that anybody may make
 * @bus: bus
 * @m: method call
 * @go_on: called with the call
 *
 * Return: 1 or a negative errno, for sd-bus.
 */
int bus_allow(struct bus *bus, sd_bus_message *m, void (*go_on)(struct bus_call *call))
{
	struct bus_call *call = call_new(bus, m, go_on, false);

	if (!call)
		return -ENOMEM;
	bus_go_on(call);
	return 1;
}

static int authorize(struct bus *bus, sd_bus_message *m, const char *action,
		     void (*go_on)(struct bus_call *call), bool alone)
{
	struct bus_call *call = call_new(bus, m, go_on, alone);
	sd_bus_creds *creds = NULL;
	uid_t uid = (uid_t)-1;
	int r;

	if (!call)
		return -ENOMEM;
	r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds);
	if (r >= 0)
		r = sd_bus_creds_get_euid(creds, &uid);
	sd_bus_creds_unref(creds);
	if (r >= 0 && uid == 0)
		bus_go_on(call);
	else if (r < 0 || ask_polkit(call, action) < 0)
		bus_reply(call, ERROR_ACCESS_DENIED, "who asks could not be found out");
	return 1;
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
	return authorize(bus, m, action, go_on, false);
}

/**
 * bus_authorize_alone() - as bus_authorize(), for what must not cross a change that is under way
 * @bus: bus
 * @m: method call; not looked at yet
 * @action: polkit's
 * @go_on: called with the call when no change is under way
 *
 * Return: 1 or a negative errno, for sd-bus.
 */
int bus_authorize_alone(struct bus *bus, sd_bus_message *m, const char *action,
			void (*go_on)(struct bus_call *call))
{
	return authorize(bus, m, action, go_on, true);
}
