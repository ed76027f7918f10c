// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One unit of systemd; see systemd.h.
 *
 * All properties are read at the beginning. Afterwards PropertiesChanged carries most of what
 * changes; some, as the cgroup, change without being told, so a change of a unit that runs makes
 * all of them be read again. One that has ended is not read: it may be unloaded by then, and
 * systemd loads what it is asked about, unloads it again and tells that too, which must not go
 * round and round. What the signals told of its end is kept.
 *
 * When systemd executes itself anew, it tells that all units were removed, and does not answer for a
 * while. So a unit that was not seen to end is asked for until there is an answer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/systemd-bus.h"
#include "daemon/wire/systemd.h"

#define RETRY_US 200000

struct systemd_unit {
	unsigned int refs;
	sd_bus *bus;
	char *name;
	char *path;
	struct systemd_unit_status status;
	systemd_unit_changed *changed; /* NULL: freed */
	void *data;
	sd_bus_slot *match;
	sd_bus_slot *removed;
	sd_bus_slot *read;
	sd_event_source *retry;
	bool again; /* something changed while properties were being read */
	bool known; /* all properties were read once; before that nothing is told */
};

static void unit_unrefp(struct systemd_unit **unit)
{
	struct systemd_unit *u = *unit;

	if (!u || --u->refs)
		return;
	sd_bus_unref(u->bus);
	free(u->name);
	free(u->path);
	free(u);
}

#define _cleanup_unit_ _cleanup_(unit_unrefp)

static struct systemd_unit *unit_ref(struct systemd_unit *unit)
{
	unit->refs++;
	return unit;
}

static int read_text(sd_bus_message *m, char *buffer, size_t size)
{
	const char *text;
	int r = sd_bus_message_read(m, "v", "s", &text);

	if (r >= 0)
		snprintf(buffer, size, "%s", text);
	return r;
}

static int read_invocation(sd_bus_message *m, char *buffer)
{
	const uint8_t *bytes;
	size_t n;
	int r;

	r = sd_bus_message_enter_container(m, 'v', "ay");
	if (r < 0)
		return r;
	r = sd_bus_message_read_array(m, 'y', (const void **)&bytes, &n);
	if (r < 0)
		return r;
	buffer[0] = '\0';
	for (size_t i = 0; n == 16 && i < n; i++)
		sprintf(buffer + 2 * i, "%02x", bytes[i]);
	return sd_bus_message_exit_container(m);
}

static int read_loaded(sd_bus_message *m, struct systemd_unit_status *status)
{
	char state[32];
	int r = read_text(m, state, sizeof(state));

	if (r >= 0)
		status->loaded = strcmp(state, "not-found") != 0;
	return r;
}

/* One property into the status; what is not of interest is passed over. */
static int read_property(sd_bus_message *m, const char *name, struct systemd_unit_status *s)
{
	if (!strcmp(name, "LoadState"))
		return read_loaded(m, s);
	if (!strcmp(name, "ActiveState"))
		return read_text(m, s->active_state, sizeof(s->active_state));
	if (!strcmp(name, "SubState"))
		return read_text(m, s->sub_state, sizeof(s->sub_state));
	if (!strcmp(name, "Result"))
		return read_text(m, s->result, sizeof(s->result));
	if (!strcmp(name, "ControlGroup"))
		return read_text(m, s->control_group, sizeof(s->control_group));
	if (!strcmp(name, "InvocationID"))
		return read_invocation(m, s->invocation_id);
	if (!strcmp(name, "MainPID"))
		return sd_bus_message_read(m, "v", "u", &s->main_pid);
	if (!strcmp(name, "ExecMainCode"))
		return sd_bus_message_read(m, "v", "i", &s->exec_main_code);
	if (!strcmp(name, "ExecMainStatus"))
		return sd_bus_message_read(m, "v", "i", &s->exec_main_status);
	if (!strcmp(name, "ExecMainStartTimestamp"))
		return sd_bus_message_read(m, "v", "t", &s->started_us);
	return sd_bus_message_skip(m, "v");
}

/* An a{sv} into the status. */
static int read_properties(sd_bus_message *m, struct systemd_unit_status *status)
{
	const char *name;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = read_property(m, name, status);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static void tell(struct systemd_unit *unit, const sd_bus_error *error)
{
	if (unit->changed && unit->known)
		unit->changed(unit, &unit->status, error, unit->data);
}

/* What systemd says of a unit that is not loaded is that it never ran; what it told before is truer. */
static void mark_gone(struct systemd_unit *unit)
{
	unit->status.loaded = false;
	unit->status.main_pid = 0;
	unit->status.control_group[0] = '\0';
	if (strcmp(unit->status.active_state, "failed") != 0)
		strcpy(unit->status.active_state, "inactive");
}

static bool has_ended(const struct systemd_unit_status *status)
{
	return !strcmp(status->active_state, "inactive") || !strcmp(status->active_state, "failed");
}

static int read_all(struct systemd_unit *unit);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct systemd_unit *unit = userdata;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = read_all(unit);

	if (r < 0) {
		sd_bus_error_set_errno(&error, r);
		tell(unit, &error);
		sd_bus_error_free(&error);
	}
	return 0;
}

/* Ask again in a moment. */
static int read_later(struct systemd_unit *unit)
{
	unit->retry = sd_event_source_disable_unref(unit->retry);
	return sd_event_add_time_relative(sd_bus_get_event(unit->bus), &unit->retry,
					  CLOCK_MONOTONIC, RETRY_US, 0, on_retry, unit);
}

static int on_all(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_unit_ struct systemd_unit *unit = unit_ref(userdata);
	struct systemd_unit_status status = { 0 };
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	unit->read = sd_bus_slot_unref(unit->read);
	if (sd_bus_message_is_method_error(reply, NULL) && unit->known &&
	    !has_ended(&unit->status) && unit->changed && read_later(unit) >= 0)
		return 0;
	unit->known = true;
	if (sd_bus_message_is_method_error(reply, NULL)) {
		tell(unit, sd_bus_message_get_error(reply));
	} else {
		r = read_properties(reply, &status);
		if (r >= 0 && status.loaded)
			unit->status = status;
		else if (r >= 0)
			mark_gone(unit);
		else
			sd_bus_error_set_errnof(&error, r, "properties of %s cannot be read",
						unit->name);
		tell(unit, r < 0 ? &error : NULL);
		sd_bus_error_free(&error);
	}
	if (unit->again && unit->changed) {
		unit->again = false;
		if (!has_ended(&unit->status))
			read_all(unit);
	}
	return 0;
}

static int read_all(struct systemd_unit *unit)
{
	if (unit->read) {
		unit->again = true;
		return 0;
	}
	/* An empty interface stands for all of them. */
	return sd_bus_call_method_async(unit->bus, &unit->read, SYSTEMD_BUS_NAME, unit->path,
					DBUS_PROPERTIES, "GetAll", on_all, unit, "s", "");
}

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_unit_ struct systemd_unit *unit = unit_ref(userdata);
	struct systemd_unit_status status = unit->status;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	if (sd_bus_message_skip(message, "s") >= 0 && read_properties(message, &status) >= 0)
		unit->status = status;
	tell(unit, NULL);
	if (!unit->changed || has_ended(&unit->status))
		return 0;
	r = read_all(unit);
	if (r < 0) {
		sd_bus_error_set_errno(&error, r);
		tell(unit, &error);
		sd_bus_error_free(&error);
	}
	return 0;
}

static int on_removed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_unit_ struct systemd_unit *unit = unit_ref(userdata);
	const char *name, *path;

	if (sd_bus_message_read(message, "so", &name, &path) < 0 || strcmp(name, unit->name) != 0)
		return 0;
	if (!unit->status.loaded)
		return 0;
	if (!has_ended(&unit->status))
		return read_later(unit);
	mark_gone(unit);
	tell(unit, NULL);
	return 0;
}

static void unit_freep(struct systemd_unit **unit)
{
	systemd_unit_free(*unit);
}

static int watch(struct systemd_unit *unit)
{
	int r;

	r = sd_bus_path_encode(SYSTEMD_UNITS, unit->name, &unit->path);
	if (r >= 0)
		r = sd_bus_match_signal_async(unit->bus, &unit->match, SYSTEMD_BUS_NAME, unit->path,
					      DBUS_PROPERTIES, "PropertiesChanged", on_changed,
					      NULL, unit);
	if (r >= 0)
		r = sd_bus_match_signal_async(unit->bus, &unit->removed, SYSTEMD_BUS_NAME,
					      SYSTEMD_PATH, SYSTEMD_MANAGER, "UnitRemoved",
					      on_removed, NULL, unit);
	return r < 0 ? r : read_all(unit);
}

int systemd_unit_new(sd_bus *bus, const char *name, systemd_unit_changed *changed, void *data,
		     struct systemd_unit **ret)
{
	_cleanup_(unit_freep) struct systemd_unit *unit = calloc(1, sizeof(*unit));
	int r;

	if (!unit)
		return -ENOMEM;
	unit->refs = 1;
	unit->bus = sd_bus_ref(bus);
	unit->changed = changed;
	unit->data = data;
	unit->name = strdup(name);
	if (!unit->name)
		return -ENOMEM;
	r = watch(unit);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(unit);
	return 0;
}

struct systemd_unit *systemd_unit_free(struct systemd_unit *unit)
{
	if (!unit)
		return NULL;
	unit->changed = NULL;
	unit->match = sd_bus_slot_unref(unit->match);
	unit->removed = sd_bus_slot_unref(unit->removed);
	unit->read = sd_bus_slot_unref(unit->read);
	unit->retry = sd_event_source_disable_unref(unit->retry);
	unit_unrefp(&unit);
	return NULL;
}

const struct systemd_unit_status *systemd_unit_status(const struct systemd_unit *unit)
{
	return &unit->status;
}

const char *systemd_unit_name(const struct systemd_unit *unit)
{
	return unit->name;
}
