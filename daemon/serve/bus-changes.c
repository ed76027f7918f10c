// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arguments of SetAllocations: changes of systems and pools, by name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/text.h"

/**
 * bus_changes_deinit() - free changes
 * @changes: may be empty
 */
void bus_changes_deinit(struct bus_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		pool_definition_free(changes->items[i].definition);
	free(changes->items);
	*changes = (struct bus_changes){ 0 };
}

/* Room for one more, of this system or pool. */
static int add_item(struct bus_changes *changes, struct system *system, struct pool *pool,
		    const char *name, char **ret_error)
{
	struct bus_change *items;

	for (size_t i = 0; i < changes->n; i++) {
		if (changes->items[i].system == system && changes->items[i].pool == pool)
			return text_error(ret_error, ERROR_INVALID_ARGUMENT, "%s: is given twice",
					  name);
	}
	if (changes->n == BUS_CHANGES_MAX)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "more than %d changes are not made at once", BUS_CHANGES_MAX);
	items = reallocarray(changes->items, changes->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	changes->items = items;
	items[changes->n] = (struct bus_change){ .system = system, .pool = pool };
	changes->n++;
	return 0;
}

/* A key's sentence, with whom it is about. */
static int named(int r, const char *name, char *sentence, char **ret_error)
{
	_cleanup_free_ char *owned = sentence;

	if (!r)
		return 0;
	return text_error(ret_error, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, "%s: %s", name,
			  owned ? owned : "its changes are not a{sv}");
}

static int read_system(struct bus *bus, sd_bus_message *m, const char *name,
		       struct bus_changes *changes, char **ret_error)
{
	struct system *system = host_find(bus->host, name);
	struct bus_change *item;
	char *sentence = NULL;
	int r;

	if (!system)
		return text_error(ret_error, ERROR_NOT_FOUND, "%s: there is no such virtual system",
				  name);
	r = system_check(system, SYSTEM_OP_ALLOCATE, ret_error);
	if (!r)
		r = add_item(changes, system, NULL, name, ret_error);
	if (r)
		return r;
	item = &changes->items[changes->n - 1];
	item->allocation = definition_allocation(system->definition);
	r = allocation_read_bus(m, &item->allocation, &sentence);
	return named(r, name, sentence, ret_error);
}

static int read_pool(struct bus *bus, sd_bus_message *m, const char *name,
		     struct bus_changes *changes, char **ret_error)
{
	struct pool *pool = host_find_pool(bus->host, name);
	struct bus_change *item;
	char *sentence = NULL;
	int r;

	if (!pool)
		return text_error(ret_error, ERROR_NOT_FOUND, "%s: there is no such pool", name);
	r = add_item(changes, NULL, pool, name, ret_error);
	if (r)
		return r;
	item = &changes->items[changes->n - 1];
	item->definition = pool_definition_copy(pool->definition);
	if (!item->definition)
		return -ENOMEM;
	r = pool_definition_read_bus(m, pool_is_root(pool) ? POOL_KEYS_NOTHING : POOL_KEYS_CHANGE,
				     item->definition, &sentence);
	return named(r, name, sentence, ret_error);
}

static int read_list(struct bus *bus, sd_bus_message *m,
		     int (*read)(struct bus *bus, sd_bus_message *m, const char *name,
				 struct bus_changes *changes, char **ret_error),
		     struct bus_changes *changes, char **ret_error)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "(sa{sv})");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "sa{sv}")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = read(bus, m, name, changes, ret_error);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/**
 * bus_changes_read() - read a(sa{sv}) of systems and a(sa{sv}) of pools
 * @bus: bus
 * @m: message
 * @ret: empty; to be freed with bus_changes_deinit(), also on failure
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or an ERROR_*; -EBADMSG or -ENXIO if the message has other types.
 */
int bus_changes_read(struct bus *bus, sd_bus_message *m, struct bus_changes *ret, char **ret_error)
{
	int r = read_list(bus, m, read_system, ret, ret_error);

	if (r >= 0)
		r = read_list(bus, m, read_pool, ret, ret_error);
	return r < 0 ? r : 0;
}
