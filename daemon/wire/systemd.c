// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * systemd's manager; see systemd.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/systemd-internal.h"

static int on_removed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct systemd *systemd = userdata;
	struct systemd_unit *followed;
	const char *unit, *path;

	/* What cannot be read is not systemd's. */
	if (sd_bus_message_read(message, "so", &unit, &path) < 0)
		return 0;
	followed = systemd_units_find(systemd, path);
	if (followed)
		systemd_unit_take_removal(followed);
	if (systemd->callbacks.removed)
		systemd->callbacks.removed(unit, systemd->data);
	return 0;
}

static int on_reloading(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct systemd *systemd = userdata;
	int active;

	if (sd_bus_message_read(message, "b", &active) < 0)
		return 0;
	if (systemd->callbacks.reloading)
		systemd->callbacks.reloading(active, systemd->data);
	return 0;
}

static int subscribe(struct systemd *systemd);

static int on_resubscribe(sd_event_source *source, uint64_t usec, void *userdata)
{
	return subscribe(userdata);
}

/* What units have told before nobody has heard. */
static void read_units(struct systemd *systemd)
{
	for (size_t i = 0; i < systemd->n_units; i++)
		systemd_unit_read_again(systemd->units[i]);
}

static int on_subscribed(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct systemd *systemd = userdata;
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	systemd->subscribe = sd_bus_slot_unref(systemd->subscribe);
	/* Told so by older versions if this connection has subscribed before. */
	if (error && sd_bus_error_has_name(error, "org.freedesktop.systemd1.AlreadySubscribed"))
		error = NULL;
	if (error)
		sd_event_add_time_relative(sd_bus_get_event(systemd->bus), &systemd->resubscribe,
					   CLOCK_MONOTONIC, SYSTEMD_RETRY_US, 0, on_resubscribe,
					   systemd);
	else
		read_units(systemd);
	if (systemd->callbacks.subscribed)
		systemd->callbacks.subscribed(error, systemd->data);
	return 0;
}

static int subscribe(struct systemd *systemd)
{
	systemd->resubscribe = sd_event_source_disable_unref(systemd->resubscribe);
	return sd_bus_call_method_async(systemd->bus, &systemd->subscribe, SYSTEMD_BUS_NAME,
					SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", on_subscribed,
					systemd, NULL);
}

/* One unit of the answer: 1, 0 at the end, or a negative errno. */
static int read_entry(sd_bus_message *reply, struct systemd_unit_entry *ret)
{
	return sd_bus_message_read(reply, "(ssssssouso)", &ret->name, NULL, NULL,
				   &ret->active_state, &ret->sub_state, NULL, NULL, NULL, NULL,
				   NULL);
}

static int read_list(sd_bus_message *reply, struct systemd_unit_entry **ret, size_t *ret_n)
{
	_cleanup_free_ struct systemd_unit_entry *entries = NULL;
	struct systemd_unit_entry entry, *more;
	size_t n = 0;
	int r;

	r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
	if (r < 0)
		return r;
	while ((r = read_entry(reply, &entry)) > 0) {
		more = reallocarray(entries, n + 1, sizeof(*entries));
		if (!more)
			return -ENOMEM;
		entries = more;
		entries[n++] = entry;
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(entries);
	*ret_n = n;
	return 0;
}

static int on_list(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_free_ struct systemd_unit_entry *entries = NULL;
	struct systemd *systemd = userdata;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	size_t n = 0;
	int r;

	if (!systemd->callbacks.list)
		return 0;
	if (sd_bus_message_is_method_error(reply, NULL)) {
		systemd->callbacks.list(NULL, 0, sd_bus_message_get_error(reply), systemd->data);
		return 0;
	}
	r = read_list(reply, &entries, &n);
	if (r < 0)
		sd_bus_error_set_errnof(&error, r, "systemd's list of units cannot be read");
	systemd->callbacks.list(entries, n, r < 0 ? &error : NULL, systemd->data);
	sd_bus_error_free(&error);
	return 0;
}

static void systemd_freep(struct systemd **systemd)
{
	systemd_free(*systemd);
}

int systemd_new(sd_bus *bus, const struct systemd_callbacks *callbacks, void *data,
		struct systemd **ret)
{
	_cleanup_(systemd_freep) struct systemd *systemd = calloc(1, sizeof(*systemd));
	int r;

	if (!systemd)
		return -ENOMEM;
	systemd->bus = sd_bus_ref(bus);
	systemd->callbacks = *callbacks;
	systemd->data = data;
	TAILQ_INIT(&systemd->waiting);
	r = sd_bus_match_signal_async(bus, &systemd->removed, SYSTEMD_BUS_NAME, SYSTEMD_PATH,
				      SYSTEMD_MANAGER, "UnitRemoved", on_removed, NULL, systemd);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus, &systemd->reloading, SYSTEMD_BUS_NAME,
					      SYSTEMD_PATH, SYSTEMD_MANAGER, "Reloading",
					      on_reloading, NULL, systemd);
	if (r >= 0)
		r = systemd_units_listen(systemd);
	if (r >= 0)
		r = subscribe(systemd);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(systemd);
	return 0;
}

struct systemd *systemd_free(struct systemd *systemd)
{
	if (!systemd)
		return NULL;
	sd_bus_slot_unref(systemd->list);
	sd_bus_slot_unref(systemd->subscribe);
	sd_event_source_disable_unref(systemd->resubscribe);
	for (int i = 0; i < SYSTEMD_CHANGES; i++)
		sd_bus_slot_unref(systemd->changes[i]);
	sd_bus_slot_unref(systemd->reloading);
	sd_bus_slot_unref(systemd->removed);
	sd_bus_unref(systemd->bus);
	free(systemd->units);
	free(systemd);
	return NULL;
}

int systemd_list(struct systemd *systemd, const char *pattern)
{
	systemd->list = sd_bus_slot_unref(systemd->list);
	return sd_bus_call_method_async(systemd->bus, &systemd->list, SYSTEMD_BUS_NAME,
					SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitsByPatterns",
					on_list, systemd, "asas", 0, 1, pattern);
}
