// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The units that are followed: by their paths on the bus, which is how systemd tells of them.
 *
 * A bus daemon allows a connection few match rules, 512 usually, so there is none for each unit: two
 * carry the changes of all of them, and what is told of others is dropped. Rules cannot be narrower:
 * a path_namespace ends between elements of a path, and a unit's name is one. systemd tells a change
 * in two signals, of what the kind of unit has and of what all units have; of the former those of
 * services are asked for, so that scopes, devices and so on come half as often. It sends them to the
 * bus anyhow, since kvrmd is subscribed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/wire/systemd-internal.h"

#define CHANGES_OF(interface)                                                                      \
	"type='signal',sender='" SYSTEMD_BUS_NAME "',path_namespace='" SYSTEMD_UNITS               \
	"',interface='" DBUS_PROPERTIES "',member='PropertiesChanged',arg0='" interface "'"

/* The first unit whose path is not before this one; the number of units if all are. */
static size_t place_of(const struct systemd *systemd, const char *path)
{
	size_t from = 0, to = systemd->n_units;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(systemd->units[middle]->path, path) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/**
 * systemd_units_find() - a unit that is followed
 * @systemd: manager
 * @path: on the bus
 *
 * Return: the unit, or NULL.
 */
struct systemd_unit *systemd_units_find(const struct systemd *systemd, const char *path)
{
	size_t at = place_of(systemd, path);

	if (at == systemd->n_units || strcmp(systemd->units[at]->path, path))
		return NULL;
	return systemd->units[at];
}

/**
 * systemd_units_add() - tell a unit what signals say of it, from now on
 * @systemd: manager
 * @unit: has a path; must be removed before it is freed
 *
 * Return: 0, -EEXIST if the same is followed already, or -ENOMEM.
 */
int systemd_units_add(struct systemd *systemd, struct systemd_unit *unit)
{
	size_t n = systemd->n_units, at = place_of(systemd, unit->path);
	struct systemd_unit **longer;

	if (systemd_units_find(systemd, unit->path))
		return -EEXIST;
	longer = reallocarray(systemd->units, n + 1, sizeof(struct systemd_unit *));
	if (!longer)
		return -ENOMEM;
	systemd->units = longer;
	memmove(&longer[at + 1], &longer[at], (n - at) * sizeof(struct systemd_unit *));
	longer[at] = unit;
	systemd->n_units++;
	return 0;
}

/**
 * systemd_units_remove() - undo systemd_units_add()
 * @systemd: manager
 * @unit: need not have been added
 */
void systemd_units_remove(struct systemd *systemd, const struct systemd_unit *unit)
{
	size_t at = unit->path ? place_of(systemd, unit->path) : systemd->n_units;

	if (at == systemd->n_units || systemd->units[at] != unit)
		return;
	systemd->n_units--;
	memmove(&systemd->units[at], &systemd->units[at + 1],
		(systemd->n_units - at) * sizeof(struct systemd_unit *));
}

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct systemd_unit *unit = systemd_units_find(userdata, sd_bus_message_get_path(message));

	if (unit)
		systemd_unit_take_change(unit, message);
	return 0;
}

/**
 * systemd_units_listen() - hear of changes of units
 * @systemd: manager; must be subscribed as well
 *
 * Return: 0 or more, or a negative errno.
 */
int systemd_units_listen(struct systemd *systemd)
{
	static const char *const rules[SYSTEMD_CHANGES] = {
		CHANGES_OF("org.freedesktop.systemd1.Service"),
		CHANGES_OF("org.freedesktop.systemd1.Unit"),
	};
	int r = 0;

	for (int i = 0; r >= 0 && i < SYSTEMD_CHANGES; i++)
		r = sd_bus_add_match_async(systemd->bus, &systemd->changes[i], rules[i], on_changed,
					   NULL, systemd);
	return r;
}
