// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals of objects. They are sent as long as there is a connection that has read something to keep it, with
 * GetManagedObjects or GetAll; what it has read, what it has not, and what changes several times at once, is as
 * indication.h says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-object.h"
#include "daemon/util/log.h"

/**
 * struct bus_watcher - a connection that has looked at objects
 * @next: in the bus's list
 * @name: unique
 */
struct bus_watcher {
	struct bus_watcher *next;
	char name[];
};

/* Where a watcher is in the list, or the list's end. */
static struct bus_watcher **find(struct bus *bus, const char *name)
{
	struct bus_watcher **at = &bus->watchers;

	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	return at;
}

/* There are as many at most as the bus has connections. */
static int add(struct bus *bus, const char *name)
{
	struct bus_watcher **at, *watcher;

	/* The other end of a bus without names stays as long as the bus. */
	if (!name)
		return 0;
	at = find(bus, name);
	if (*at)
		return 0;
	watcher = calloc(1, sizeof(*watcher) + strlen(name) + 1);
	if (!watcher)
		return -ENOMEM;
	strcpy(watcher->name, name);
	*at = watcher;
	return 0;
}

/**
 * bus_watch() - who reads something is told of its changes
 * @bus: bus
 * @m: call that reads it
 * @element: what is read; NULL: all
 */
void bus_watch(struct bus *bus, sd_bus_message *m, const struct broker_element *element)
{
	int r = add(bus, sd_bus_message_get_sender(m));

	if (!r && profile_watch(&bus->broker, element))
		r = -ENOMEM;
	if (r)
		log_warning("changes of objects may not be told: %s", strerror(-r));
}

/**
 * bus_unwatch() - a connection has ended; with the last that has read something nobody is told any more
 * @bus: bus
 * @name: of the connection, which need not have read anything
 */
void bus_unwatch(struct bus *bus, const char *name)
{
	struct bus_watcher **at = find(bus, name), *watcher = *at;

	if (!watcher)
		return;
	*at = watcher->next;
	free(watcher);
	if (!bus->watchers)
		profile_unwatch(&bus->broker);
}

/**
 * bus_end_watch() - tell nobody who has read something any more
 * @bus: bus
 */
void bus_end_watch(struct bus *bus)
{
	profile_unwatch(&bus->broker);
	while (bus->watchers) {
		struct bus_watcher *watcher = bus->watchers;

		bus->watchers = watcher->next;
		free(watcher);
	}
}

static void interface_of(const struct cim_instance *instance, char name[static 128])
{
	snprintf(name, 128, BUS_OBJECT_PREFIX "%s", instance->class->name);
}

static int send_added(struct bus *bus, const struct cim_instance *is, const char *path)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = sd_bus_message_new_signal(bus->sd, &m, BUS_PATH_OBJECT,
					  "org.freedesktop.DBus.ObjectManager", "InterfacesAdded");

	if (r >= 0)
		r = sd_bus_message_append(m, "o", path);
	if (r >= 0)
		r = bus_append_object(m, bus, is);
	return r < 0 ? r : sd_bus_send(bus->sd, m, NULL);
}

static int send_removed(struct bus *bus, const struct cim_instance *was, const char *path)
{
	char interface[128];

	interface_of(was, interface);
	return sd_bus_emit_signal(bus->sd, BUS_PATH_OBJECT, "org.freedesktop.DBus.ObjectManager",
				  "InterfacesRemoved", "oas", path, 1, interface);
}

/* Those that have another value than before; @values: with it, else names of those that have none any more. */
static int append_changed(sd_bus_message *m, const struct bus *bus, const struct cim_instance *was,
			  const struct cim_instance *is, bool values)
{
	int r = sd_bus_message_open_container(m, 'a', values ? "{sv}" : "s");

	for (size_t i = 0; r >= 0 && i < is->class->n_properties; i++) {
		const char *name = is->class->properties[i]->name;

		if ((is->values[i].state == CIM_VALUE) != values ||
		    cim_value_equal(&was->values[i], &is->values[i]))
			continue;
		r = values ? bus_append_pair(m, bus, name, &is->values[i])
			   : sd_bus_message_append(m, "s", name);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int send_changed(struct bus *bus, const struct cim_instance *was,
			const struct cim_instance *is, const char *path)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	char interface[128];
	int r = sd_bus_message_new_signal(bus->sd, &m, path, "org.freedesktop.DBus.Properties",
					  "PropertiesChanged");

	interface_of(is, interface);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", interface);
	if (r >= 0)
		r = append_changed(m, bus, was, is, true);
	if (r >= 0)
		r = append_changed(m, bus, was, is, false);
	return r < 0 ? r : sd_bus_send(bus->sd, m, NULL);
}

/**
 * bus_object_changed() - tell of an object's beginning, change or end
 * @was: as it was; NULL: it is new
 * @is: as it is; NULL: it is gone
 * @data: bus
 */
void bus_object_changed(const struct cim_instance *was, const struct cim_instance *is, void *data)
{
	struct bus *bus = data;
	const struct cim_instance *any = is ? is : was;
	_cleanup_free_ char *path = NULL;
	int r;

	if (!bus_object_is(bus, any->path))
		return;
	r = bus_object_path(bus, any->path, &path);
	if (!r)
		r = !was ? send_added(bus, is, path)
		    : is ? send_changed(bus, was, is, path)
			 : send_removed(bus, was, path);
	if (r < 0)
		log_warning("a change of an object could not be told: %s", strerror(-r));
}
