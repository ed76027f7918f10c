// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Method calls: which wait for others, and their replies; see bus.h.
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

/**
 * bus_call_new() - a method call that came
 * @bus: bus
 * @m: its message; referenced
 * @go_on: called once the caller is known to be allowed
 * @alone: not while a change is under way
 *
 * Return: the call, to be answered once; NULL: no memory.
 */
struct bus_call *bus_call_new(struct bus *bus, sd_bus_message *m,
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
	struct bus_call *call = bus_call_new(bus, m, go_on, false);

	if (!call)
		return -ENOMEM;
	bus_go_on(call);
	return 1;
}
