/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd*.c share; see systemd.h. Inside daemon/wire only. */
#ifndef DAEMON_WIRE_SYSTEMD_INTERNAL_H
#define DAEMON_WIRE_SYSTEMD_INTERNAL_H

#include <sys/queue.h>

#include "daemon/wire/systemd.h"

#define SYSTEMD_BUS_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH	 "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER	 "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNITS	 "/org/freedesktop/systemd1/unit"
#define DBUS_PROPERTIES	 "org.freedesktop.DBus.Properties"

/* When what systemd has not answered is asked again. */
#define SYSTEMD_RETRY_US 200000

/* Rules by which changes of units are heard, see systemd-units.c. */
#define SYSTEMD_CHANGES 2

/**
 * struct systemd - see systemd.h
 * @bus: system bus
 * @callbacks: of the owner
 * @data: for @callbacks
 * @removed: units that are unloaded are told
 * @reloading: reloads are told
 * @changes: changes of units are told
 * @subscribe: asked for that, not answered yet
 * @resubscribe: asks again; NULL: it was not refused
 * @list: asked for units, not answered yet
 * @units: that are followed, sorted by path; not owned
 * @n_units: how many
 * @n_reads: units that are being read
 * @waiting: units that are to be read when there are fewer of these
 */
struct systemd {
	sd_bus *bus;
	struct systemd_callbacks callbacks;
	void *data;
	sd_bus_slot *removed;
	sd_bus_slot *reloading;
	sd_bus_slot *changes[SYSTEMD_CHANGES];
	sd_bus_slot *subscribe;
	sd_event_source *resubscribe;
	sd_bus_slot *list;
	struct systemd_unit **units;
	size_t n_units;
	size_t n_reads;
	TAILQ_HEAD(, systemd_unit) waiting;
};

/**
 * struct systemd_unit - see systemd.h
 * @refs: the owner's, and a callback's while it runs
 * @systemd: which follows it
 * @name: of the unit
 * @path: on the bus
 * @status: what is known
 * @changed: callback; NULL: freed
 * @data: for @changed
 * @read: outstanding; NULL: it is not being read
 * @waits: it is in the list of those that are to be read
 * @waiting: place there
 * @retry: reads it again in a moment
 * @again: something changed while it was being read
 * @known: all properties were read once; before that no change is told
 */
struct systemd_unit {
	unsigned int refs;
	struct systemd *systemd;
	char *name;
	char *path;
	struct systemd_unit_status status;
	systemd_unit_changed *changed;
	void *data;
	sd_bus_slot *read;
	bool waits;
	TAILQ_ENTRY(systemd_unit) waiting;
	sd_event_source *retry;
	bool again;
	bool known;
};

/* systemd-unit.c; what signals tell may free the unit */
void systemd_unit_read_again(struct systemd_unit *unit);
void systemd_unit_take_change(struct systemd_unit *unit, sd_bus_message *message);
void systemd_unit_take_removal(struct systemd_unit *unit);

/* systemd-units.c */
int systemd_units_listen(struct systemd *systemd);
int systemd_units_add(struct systemd *systemd, struct systemd_unit *unit);
void systemd_units_remove(struct systemd *systemd, const struct systemd_unit *unit);
struct systemd_unit *systemd_units_find(const struct systemd *systemd, const char *path);

/* systemd-status.c */
int systemd_status_read(sd_bus_message *m, struct systemd_unit_status *status);

#endif
