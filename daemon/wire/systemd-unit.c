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
 * When systemd executes itself anew, it tells that all units were removed, and does not answer for
 * a while. So a unit that was not seen to end is asked for until there is an answer. No error says
 * that there is no such unit: those have properties, too.
 *
 * A bus daemon allows a connection few calls without an answer, 128 usually, and refuses what is
 * more. So no more than some units are being read at once; the others wait for their turn.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/systemd-internal.h"

#define READS_MAX 32

static void unit_unrefp(struct systemd_unit **unit)
{
	struct systemd_unit *u = *unit;

	if (!u || --u->refs)
		return;
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

static void tell(struct systemd_unit *unit)
{
	if (unit->changed && unit->known)
		unit->changed(unit, &unit->status, NULL, unit->data);
}

static void tell_error(struct systemd_unit *unit, const sd_bus_error *error)
{
	if (unit->changed)
		unit->changed(unit, &unit->status, error, unit->data);
}

static void tell_errno(struct systemd_unit *unit, int r)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;

	sd_bus_error_set_errnof(&error, r, "%s cannot be read: %s", unit->name, strerror(-r));
	tell_error(unit, &error);
	sd_bus_error_free(&error);
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
	_cleanup_unit_ struct systemd_unit *unit = unit_ref(userdata);
	int r = read_all(unit);

	if (r < 0)
		tell_errno(unit, r);
	return 0;
}

/* Ask again in a moment. */
static int read_later(struct systemd_unit *unit)
{
	unit->retry = sd_event_source_disable_unref(unit->retry);
	return sd_event_add_time_relative(sd_bus_get_event(unit->systemd->bus), &unit->retry,
					  CLOCK_MONOTONIC, SYSTEMD_RETRY_US, 0, on_retry, unit);
}

static int on_all(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error);

static int begin_read(struct systemd_unit *unit)
{
	/* An empty interface stands for all of them. */
	int r = sd_bus_call_method_async(unit->systemd->bus, &unit->read, SYSTEMD_BUS_NAME,
					 unit->path, DBUS_PROPERTIES, "GetAll", on_all, unit, "s",
					 "");

	if (r < 0)
		return r;
	unit->systemd->n_reads++;
	unit->retry = sd_event_source_disable_unref(unit->retry);
	return 0;
}

static void wait_no_more(struct systemd_unit *unit)
{
	if (unit->waits)
		TAILQ_REMOVE(&unit->systemd->waiting, unit, waiting);
	unit->waits = false;
}

/* It is not being read any more: let the next ones be. Nobody is told anything here. */
static void end_read(struct systemd_unit *unit)
{
	struct systemd *systemd = unit->systemd;
	struct systemd_unit *next;

	unit->read = sd_bus_slot_unref(unit->read);
	systemd->n_reads--;
	while (systemd->n_reads < READS_MAX && (next = TAILQ_FIRST(&systemd->waiting))) {
		wait_no_more(next);
		if (begin_read(next) < 0)
			read_later(next);
	}
}

static int read_all(struct systemd_unit *unit)
{
	if (unit->read)
		unit->again = true;
	if (unit->read || unit->waits)
		return 0;
	if (unit->systemd->n_reads < READS_MAX)
		return begin_read(unit);
	TAILQ_INSERT_TAIL(&unit->systemd->waiting, unit, waiting);
	unit->waits = true;
	return 0;
}

/* An answer that has its properties. */
static void take_all(struct systemd_unit *unit, sd_bus_message *reply)
{
	struct systemd_unit_status status = { 0 };
	int r = systemd_status_read(reply, &status);

	if (r < 0) {
		tell_errno(unit, r);
		return;
	}
	if (status.loaded)
		unit->status = status;
	else
		mark_gone(unit);
	unit->known = true;
	tell(unit);
}

/* Whether it is worth while to ask again. */
static bool may_pass(const struct systemd_unit *unit, const sd_bus_error *error)
{
	return !sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) &&
	       !(unit->known && has_ended(&unit->status));
}

static int on_all(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_unit_ struct systemd_unit *unit = unit_ref(userdata);
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	end_read(unit);
	if (error && may_pass(unit, error) && read_later(unit) >= 0)
		return 0;
	if (error)
		tell_error(unit, error);
	else
		take_all(unit, reply);
	if (unit->again && unit->changed) {
		unit->again = false;
		if (!has_ended(&unit->status))
			read_all(unit);
	}
	return 0;
}

/**
 * systemd_unit_read_again() - it may have changed without a word
 * @unit: nobody is told anything here
 */
void systemd_unit_read_again(struct systemd_unit *unit)
{
	if (!has_ended(&unit->status) && read_all(unit) < 0)
		read_later(unit);
}

/**
 * systemd_unit_take_change() - PropertiesChanged
 * @unit: whose; may be freed
 * @message: signal
 */
void systemd_unit_take_change(struct systemd_unit *unit, sd_bus_message *message)
{
	_cleanup_unit_ struct systemd_unit *kept = unit_ref(unit);
	struct systemd_unit_status status = unit->status;
	int r;

	if (sd_bus_message_skip(message, "s") >= 0 && systemd_status_read(message, &status) >= 0)
		unit->status = status;
	tell(unit);
	if (!unit->changed || has_ended(&unit->status))
		return;
	r = read_all(unit);
	if (r < 0)
		tell_errno(unit, r);
}

/**
 * systemd_unit_take_removal() - UnitRemoved
 * @unit: which; may be freed
 */
void systemd_unit_take_removal(struct systemd_unit *unit)
{
	if (!unit->status.loaded)
		return;
	if (!has_ended(&unit->status)) {
		read_later(unit);
		return;
	}
	mark_gone(unit);
	tell(unit);
}

static void unit_freep(struct systemd_unit **unit)
{
	systemd_unit_free(*unit);
}

int systemd_unit_new(struct systemd *systemd, const char *name, systemd_unit_changed *changed,
		     void *data, struct systemd_unit **ret)
{
	_cleanup_(unit_freep) struct systemd_unit *unit = calloc(1, sizeof(*unit));
	int r;

	if (!unit)
		return -ENOMEM;
	unit->refs = 1;
	unit->systemd = systemd;
	unit->changed = changed;
	unit->data = data;
	unit->name = strdup(name);
	if (!unit->name)
		return -ENOMEM;
	r = sd_bus_path_encode(SYSTEMD_UNITS, unit->name, &unit->path);
	if (r >= 0)
		r = systemd_units_add(systemd, unit);
	if (r >= 0)
		r = read_all(unit);
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
	systemd_units_remove(unit->systemd, unit);
	wait_no_more(unit);
	if (unit->read)
		end_read(unit);
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
