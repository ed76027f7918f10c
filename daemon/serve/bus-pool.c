// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.kvrm1.Pool; see Documentation/dbus/org.kvrm1.Pool.md.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/text.h"
#include "kvrm/admit.h"

/**
 * bus_pool_path() - object path of a pool
 * @pool: pool
 *
 * Return: to be freed; NULL if there is no memory.
 */
char *bus_pool_path(const struct pool *pool)
{
	char *path = NULL;

	return sd_bus_path_encode(BUS_PATH_POOL, pool->definition->name, &path) < 0 ? NULL : path;
}

/**
 * bus_path_pool() - pool at an object path
 * @bus: bus
 * @path: object path
 *
 * Return: the pool, or NULL.
 */
struct pool *bus_path_pool(struct bus *bus, const char *path)
{
	_cleanup_free_ char *name = NULL;

	return sd_bus_path_decode(path, BUS_PATH_POOL, &name) > 0 ? host_find_pool(bus->host, name)
								  : NULL;
}

/* The pool that a call is about, if nothing else is under way; else the call is refused. */
static struct pool *call_pool(struct bus_call *call)
{
	struct pool *pool = bus_path_pool(call->bus, sd_bus_message_get_path(call->message));

	if (!pool)
		bus_reply(call, ERROR_NOT_FOUND, "the pool was deleted");
	return pool;
}

static void set_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct pool *pool = call_pool(call);
	struct bus_changes changes = { .n = 1 };
	_cleanup_free_ char *error = NULL;
	struct bus_change *item;
	int r = -ENOMEM;

	if (!pool)
		return;
	changes.items = item = calloc(1, sizeof(*item));
	if (item) {
		item->pool = pool;
		item->definition = pool_definition_copy(pool->definition);
	} else {
		changes.n = 0;
	}
	if (item && item->definition)
		r = pool_definition_read_bus(call->message,
					     pool_is_root(pool) ? POOL_KEYS_NOTHING
								: POOL_KEYS_CHANGE,
					     item->definition, &error);
	if (!r) {
		bus->operations->set(changes, call, bus->data);
		return;
	}
	bus_changes_deinit(&changes);
	bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
}

static int method_set(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", set_go_on);
}

static void move_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct pool *pool = call_pool(call);
	const char *parent;

	if (!pool)
		return;
	if (sd_bus_message_read(call->message, "s", &parent) < 0)
		bus_reply(call, ERROR_INVALID_ARGUMENT, "parent is missing");
	else
		bus->operations->move_pool(pool, parent, call, bus->data);
}

static int method_move(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", move_go_on);
}

static void delete_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct pool *pool = call_pool(call);

	if (pool)
		bus->operations->remove_pool(pool, call, bus->data);
}

static int method_delete(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", delete_go_on);
}

static int append_member(sd_bus_message *m, const char *kind, const char *name)
{
	_cleanup_free_ char *text = NULL;

	text_error(&text, 0, "%s/%s", kind, name);
	return text ? sd_bus_message_append(m, "s", text) : -ENOMEM;
}

static int append_members(sd_bus_message *m, const struct host *host, const struct pool *pool)
{
	const char *name = pool->definition->name;
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; r >= 0 && i < host->n_pools; i++) {
		const struct pool_definition *d = host->pools[i]->definition;

		if (!strcmp(d->parent, name))
			r = append_member(m, "pool", d->name);
	}
	for (size_t i = 0; r >= 0 && i < host->n_systems; i++) {
		const struct definition *d = host->systems[i]->definition;

		if (!strcmp(d->pool, name))
			r = append_member(m, "system", d->name);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Its slice or its cgroup; "" if the names are too long for that, which a pool's never are. */
static const char *slice_text(const struct pool *pool, bool path, char text[static SLICE_PATH_SIZE])
{
	const char *chain[SLICE_CHAIN_MAX];
	size_t n = pool_chain(pool, chain);

	if (path ? slice_path(chain, n, text) : slice_name(chain, n, text))
		text[0] = '\0';
	return text;
}

static int append_text(sd_bus_message *m, const struct host *host, const void *object,
		       const char *property)
{
	const struct pool *pool = object;
	const struct pool_definition *d = pool->definition;
	char text[SLICE_PATH_SIZE];
	const char *value;

	if (!strcmp(property, "Name"))
		value = d->name;
	else if (!strcmp(property, "Description"))
		value = d->description ? d->description : "";
	else if (!strcmp(property, "Parent"))
		value = d->parent;
	else if (!strcmp(property, "EnforcedBy"))
		value = pool->module_id ? "module" : "cgroup";
	else
		value = slice_text(pool, !strcmp(property, "ControlGroup"), text);
	return sd_bus_message_append(m, "s", value);
}

static uint64_t number_of(const struct pool *pool, const char *property)
{
	const struct kvrm_node *node = &pool->node;

	if (!strcmp(property, "ProcessorReservation") || !strcmp(property, "ProcessorCapacity"))
		return node->share[KVRM_RESOURCE_CPU].reservation;
	if (!strcmp(property, "ProcessorLimit"))
		return pool->definition->cpu.limit_us;
	if (!strcmp(property, "ProcessorReserved"))
		return node->reserved[KVRM_RESOURCE_CPU];
	if (!strcmp(property, "ProcessorUnreserved"))
		return kvrm_unreserved(node, KVRM_RESOURCE_CPU);
	if (!strcmp(property, "ProcessorShortfall"))
		return kvrm_shortfall(node, KVRM_RESOURCE_CPU);
	if (!strcmp(property, "MemoryReservation") || !strcmp(property, "MemoryCapacity"))
		return node->share[KVRM_RESOURCE_MEMORY].reservation;
	if (!strcmp(property, "MemoryReserved"))
		return node->reserved[KVRM_RESOURCE_MEMORY];
	if (!strcmp(property, "MemoryUnreserved"))
		return kvrm_unreserved(node, KVRM_RESOURCE_MEMORY);
	if (!strcmp(property, "MemoryShortfall"))
		return kvrm_shortfall(node, KVRM_RESOURCE_MEMORY);
	if (!strcmp(property, "MemoryLimit"))
		return pool->definition->memory.limit_bytes;
	if (!strcmp(property, "MemoryLimitApplied"))
		return pool->memory_limit_applied_bytes;
	if (!strcmp(property, "MemoryUsed"))
		return pool->memory_used_bytes;
	if (!strcmp(property, "ProcessorUsed"))
		return pool->flow.used_us;
	if (!strcmp(property, "ProcessorDemand"))
		return pool->flow.demand_us;
	return pool->flow.entitled_us;
}

static int append_bool(sd_bus_message *m, const struct host *host, const void *object,
		       const char *property)
{
	const struct pool *pool = object;
	bool value = pool->definition->expandable;

	if (!strcmp(property, "Primordial"))
		value = pool_is_root(pool);
	else if (!strcmp(property, "MemoryExpandable"))
		value = pool->definition->memory_expandable;
	return sd_bus_message_append(m, "b", (int)value);
}

static int append_weight(sd_bus_message *m, const struct host *host, const void *object,
			 const char *property)
{
	const struct pool *pool = object;
	const struct pool_definition *d = pool->definition;
	bool memory = !strcmp(property, "MemoryWeight");

	return sd_bus_message_append(m, "u", memory ? d->memory.weight : d->cpu.weight);
}

static int append_number(sd_bus_message *m, const struct host *host, const void *object,
			 const char *property)
{
	const struct pool *pool = object;
	return sd_bus_message_append(m, "t", number_of(pool, property));
}

static int append_list(sd_bus_message *m, const struct host *host, const void *object,
		       const char *property)
{
	const struct pool *pool = object;
	return append_members(m, host, pool);
}

/* Every property, for ListPools and for the object. */
static const struct bus_property properties[] = {
	{ "Name", "s", append_text },
	{ "Description", "s", append_text },
	{ "Parent", "s", append_text },
	{ "Primordial", "b", append_bool },
	{ "Members", "as", append_list },
	{ "ProcessorReservation", "t", append_number },
	{ "ProcessorLimit", "t", append_number },
	{ "ProcessorWeight", "u", append_weight },
	{ "ProcessorExpandable", "b", append_bool },
	{ "ProcessorCapacity", "t", append_number },
	{ "ProcessorReserved", "t", append_number },
	{ "ProcessorUnreserved", "t", append_number },
	{ "ProcessorShortfall", "t", append_number },
	{ "ProcessorUsed", "t", append_number },
	{ "ProcessorDemand", "t", append_number },
	{ "ProcessorEntitled", "t", append_number },
	{ "MemoryReservation", "t", append_number },
	{ "MemoryExpandable", "b", append_bool },
	{ "MemoryWeight", "u", append_weight },
	{ "MemoryLimit", "t", append_number },
	{ "MemoryLimitApplied", "t", append_number },
	{ "MemoryCapacity", "t", append_number },
	{ "MemoryReserved", "t", append_number },
	{ "MemoryUnreserved", "t", append_number },
	{ "MemoryShortfall", "t", append_number },
	{ "MemoryUsed", "t", append_number },
	{ "Slice", "s", append_text },
	{ "ControlGroup", "s", append_text },
	{ "EnforcedBy", "s", append_text },
	{ NULL, NULL, NULL },
};

/**
 * bus_append_pool() - append everything known of a pool as a{sv}
 * @m: message
 * @host: its host
 * @pool: pool
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_pool(sd_bus_message *m, const struct host *host, const struct pool *pool)
{
	return bus_append_properties(m, host, pool, properties);
}

static int property_any(sd_bus *sd, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	const struct pool *pool = bus_path_pool(bus, path);

	if (!pool)
		return bus_error(ret_error, ERROR_NOT_FOUND, "the pool was deleted");
	return bus_append_property(reply, bus->host, pool, properties, property);
}

#define CONSTANT(name, type) BUS_CONSTANT(name, type, property_any)
#define CHANGING(name, type) BUS_CHANGING(name, type, property_any)
#define MEASURED(name, type) BUS_MEASURED(name, type, property_any)

const sd_bus_vtable bus_pool_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("Set", "a{sv}", SD_BUS_PARAM(changes), NULL, , method_set,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Move", "s", SD_BUS_PARAM(parent), NULL, , method_move,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Delete", NULL, NULL, method_delete, SD_BUS_VTABLE_UNPRIVILEGED),
	CONSTANT("Name", "s"),
	CONSTANT("Primordial", "b"),
	CHANGING("Description", "s"),
	CHANGING("Parent", "s"),
	CHANGING("ProcessorReservation", "t"),
	CHANGING("ProcessorLimit", "t"),
	CHANGING("ProcessorWeight", "u"),
	CHANGING("ProcessorExpandable", "b"),
	CHANGING("Members", "as"),
	CHANGING("ProcessorCapacity", "t"),
	CHANGING("ProcessorReserved", "t"),
	CHANGING("ProcessorUnreserved", "t"),
	CHANGING("ProcessorShortfall", "t"),
	CHANGING("MemoryReservation", "t"),
	CHANGING("MemoryExpandable", "b"),
	CHANGING("MemoryWeight", "u"),
	CHANGING("MemoryLimit", "t"),
	CHANGING("MemoryLimitApplied", "t"),
	CHANGING("MemoryCapacity", "t"),
	CHANGING("MemoryReserved", "t"),
	CHANGING("MemoryUnreserved", "t"),
	CHANGING("MemoryShortfall", "t"),
	CHANGING("EnforcedBy", "s"),
	MEASURED("ProcessorUsed", "t"),
	MEASURED("ProcessorDemand", "t"),
	MEASURED("ProcessorEntitled", "t"),
	MEASURED("MemoryUsed", "t"),
	MEASURED("Slice", "s"),
	MEASURED("ControlGroup", "s"),
	SD_BUS_VTABLE_END,
};
