// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls to org.kvrm1.Launcher; see launcher.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/launcher.h"

#define LAUNCHER_PATH "/org/kvrm1/launcher"

/* One of the first two is there. */
struct launcher_call {
	launcher_done *done;
	launcher_opened *opened;
	void *data;
};

static void message_unrefp(sd_bus_message **message)
{
	sd_bus_message_unref(*message);
}

static void slot_unrefp(sd_bus_slot **slot)
{
	sd_bus_slot_unref(*slot);
}

#define _cleanup_message_ _cleanup_(message_unrefp)
#define _cleanup_slot_	  _cleanup_(slot_unrefp)

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct launcher_call *call = userdata;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	const char *unit = NULL;
	int r;

	if (sd_bus_message_is_method_error(reply, NULL)) {
		call->done(NULL, sd_bus_message_get_error(reply), call->data);
		return 0;
	}
	if (sd_bus_message_has_signature(reply, "s")) {
		r = sd_bus_message_read(reply, "s", &unit);
		if (r < 0) {
			sd_bus_error_set_errnof(&error, r, "the launcher's answer makes no sense");
			call->done(NULL, &error, call->data);
			sd_bus_error_free(&error);
			return 0;
		}
	}
	call->done(unit, NULL, call->data);
	return 0;
}

static int on_opened(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct launcher_call *call = userdata;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int fd = -1, r;

	if (sd_bus_message_is_method_error(reply, NULL)) {
		call->opened(-1, sd_bus_message_get_error(reply), call->data);
		return 0;
	}
	r = sd_bus_message_read(reply, "h", &fd);
	if (r < 0)
		sd_bus_error_set_errnof(&error, r, "the launcher's answer makes no sense");
	call->opened(r < 0 ? -1 : fd, r < 0 ? &error : NULL, call->data);
	sd_bus_error_free(&error);
	return 0;
}

/* Send a call; what waits for its reply is freed with the slot. */
static int send_any(sd_bus *bus, sd_bus_message *message, uint64_t timeout_us,
		    const struct launcher_call *what, sd_bus_slot **ret_slot)
{
	_cleanup_free_ struct launcher_call *call = malloc(sizeof(*call));
	_cleanup_slot_ sd_bus_slot *slot = NULL;
	int r;

	if (!call)
		return -ENOMEM;
	*call = *what;
	r = sd_bus_call_async(bus, &slot, message, call->opened ? on_opened : on_reply, call,
			      timeout_us);
	if (r < 0)
		return r;
	sd_bus_slot_set_destroy_callback(slot, free);
	(void)TAKE_PTR(call);
	if (ret_slot)
		*ret_slot = TAKE_PTR(slot);
	else
		sd_bus_slot_set_floating(slot, 1);
	return 0;
}

static int send_call(sd_bus *bus, sd_bus_message *message, uint64_t timeout_us, launcher_done *done,
		     void *data, sd_bus_slot **ret_slot)
{
	return send_any(bus, message, timeout_us,
			&(struct launcher_call){ .done = done, .data = data }, ret_slot);
}

static int new_call(sd_bus *bus, const char *interface, const char *method, sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(bus, ret, LAUNCHER_BUS_NAME, LAUNCHER_PATH, interface,
					      method);
}

static int append_pool(sd_bus_message *message, const struct launcher_pool *pool)
{
	int r = sd_bus_message_open_container(message, 'a', "s");

	for (size_t i = 0; r >= 0 && i < pool->n; i++)
		r = sd_bus_message_append(message, "s", pool->chain[i]);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_allocation(sd_bus_message *message, const struct launcher_allocation *allocation)
{
	return sd_bus_message_append(message, "tttttt", allocation->quota_us, allocation->period_us,
				     allocation->weight, allocation->memory_min_bytes,
				     allocation->memory_high_bytes, allocation->memory_max_bytes);
}

static int append_taps(sd_bus_message *message, const struct launcher_taps *taps)
{
	int r = sd_bus_message_open_container(message, 'a', "h");

	for (size_t i = 0; r >= 0 && i < taps->n; i++)
		r = sd_bus_message_append(message, "h", taps->fds[i]);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int launcher_start(sd_bus *bus, const char *uuid, launcher_append *append, const void *definition,
		   const struct launcher_pool *pool, const struct launcher_allocation *allocation,
		   const struct launcher_taps *taps, uint64_t timeout_us, launcher_done *done,
		   void *data, sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, LAUNCHER_BUS_NAME, "Start", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "s", uuid);
	if (r >= 0)
		r = append(message, definition);
	if (r >= 0)
		r = append_pool(message, pool);
	if (r >= 0)
		r = append_allocation(message, allocation);
	if (r >= 0)
		r = append_taps(message, taps);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}

int launcher_set_allocation(sd_bus *bus, const char *uuid,
			    const struct launcher_allocation *allocation, uint64_t timeout_us,
			    launcher_done *done, void *data, sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, LAUNCHER_BUS_NAME, "SetAllocation", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "s", uuid);
	if (r >= 0)
		r = append_allocation(message, allocation);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}

int launcher_set_storage_weight(sd_bus *bus, const char *uuid, uint32_t weight, uint64_t timeout_us,
				launcher_done *done, void *data, sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, LAUNCHER_BUS_NAME, "SetStorageWeight", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "st", uuid, (uint64_t)weight);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}

int launcher_move(sd_bus *bus, const char *uuid, const struct launcher_pool *pool,
		  const struct launcher_allocation *allocation, uint64_t timeout_us,
		  launcher_done *done, void *data, sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, LAUNCHER_BUS_NAME, "Move", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "s", uuid);
	if (r >= 0)
		r = append_pool(message, pool);
	if (r >= 0)
		r = append_allocation(message, allocation);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}

int launcher_set_pool(sd_bus *bus, const struct launcher_pool *pool,
		      const struct launcher_allocation *allocation, uint64_t timeout_us,
		      launcher_done *done, void *data, sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, LAUNCHER_BUS_NAME, "SetPool", &message);
	if (r >= 0)
		r = append_pool(message, pool);
	if (r >= 0)
		r = append_allocation(message, allocation);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}

int launcher_remove_pool(sd_bus *bus, const struct launcher_pool *pool, uint64_t timeout_us,
			 launcher_done *done, void *data, sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, LAUNCHER_BUS_NAME, "RemovePool", &message);
	if (r >= 0)
		r = append_pool(message, pool);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}

static int open_any(sd_bus *bus, const char *method, uint64_t timeout_us, launcher_opened *done,
		    void *data, sd_bus_slot **ret_slot)
{
	const struct launcher_call call = { .opened = done, .data = data };
	_cleanup_message_ sd_bus_message *message = NULL;
	int r = new_call(bus, LAUNCHER_BUS_NAME, method, &message);

	return r < 0 ? r : send_any(bus, message, timeout_us, &call, ret_slot);
}

int launcher_open_vhost(sd_bus *bus, uint64_t timeout_us, launcher_opened *done, void *data,
			sd_bus_slot **ret_slot)
{
	return open_any(bus, "OpenVHost", timeout_us, done, data, ret_slot);
}

int launcher_open_memory_pressure(sd_bus *bus, uint64_t timeout_us, launcher_opened *done,
				  void *data, sd_bus_slot **ret_slot)
{
	return open_any(bus, "OpenMemoryPressure", timeout_us, done, data, ret_slot);
}

int launcher_kill(sd_bus *bus, const char *uuid, uint64_t timeout_us, launcher_done *done,
		  void *data, sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, LAUNCHER_BUS_NAME, "Kill", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "s", uuid);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}

int launcher_ping(sd_bus *bus, uint64_t timeout_us, launcher_done *done, void *data,
		  sd_bus_slot **ret_slot)
{
	_cleanup_message_ sd_bus_message *message = NULL;
	int r;

	r = new_call(bus, "org.freedesktop.DBus.Peer", "Ping", &message);
	return r < 0 ? r : send_call(bus, message, timeout_us, done, data, ret_slot);
}
