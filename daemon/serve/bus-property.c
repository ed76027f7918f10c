// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Properties of objects as tables: all of an object in a list, and one by its name.
 */
#include <errno.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"

/**
 * bus_append_properties() - append everything known of an object as a{sv}
 * @m: message
 * @host: its host
 * @object: what the table is about
 * @table: ends with a name of NULL
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_properties(sd_bus_message *m, const struct host *host, const void *object,
			  const struct bus_property *table)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	for (; r >= 0 && table->name; table++) {
		r = sd_bus_message_open_container(m, 'e', "sv");
		if (r >= 0)
			r = sd_bus_message_append(m, "s", table->name);
		if (r >= 0)
			r = sd_bus_message_open_container(m, 'v', table->type);
		if (r >= 0)
			r = table->append(m, host, object, table->name);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_property() - append the value of a property
 * @m: message
 * @host: host of the object
 * @object: what the table is about
 * @table: ends with a name of NULL
 * @name: of the property
 *
 * Return: 0 or more, or a negative errno; -ENOENT if there is none of that name.
 */
int bus_append_property(sd_bus_message *m, const struct host *host, const void *object,
			const struct bus_property *table, const char *name)
{
	for (; table->name; table++) {
		if (!strcmp(name, table->name))
			return table->append(m, host, object, name);
	}
	return -ENOENT;
}
