// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The D-Bus objects: registration, paths and signals; see bus.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/serve/bus-object.h"
#include "daemon/util/clock.h"
#include "daemon/util/log.h"

/* What a guest's QEMU changes is not announced more often than that. */
#define AGAIN_US 100000

/**
 * bus_system_path() - object path of a system
 * @system: system
 * @path: receives it
 */
void bus_system_path(const struct system *system, char path[static 128])
{
	int len = snprintf(path, 128, BUS_PATH_SYSTEM "/%s", system->definition->uuid);

	for (int i = 0; i < len; i++) {
		if (path[i] == '-')
			path[i] = '_';
	}
}

/**
 * bus_path_system() - system at an object path
 * @bus: bus
 * @path: object path
 *
 * Return: the system, or NULL.
 */
struct system *bus_path_system(struct bus *bus, const char *path)
{
	const size_t before = strlen(BUS_PATH_SYSTEM "/");
	struct system *system;
	char uuid[37], own[128];

	if (strlen(path) != before + sizeof(uuid) - 1)
		return NULL;
	for (size_t i = 0; i < sizeof(uuid); i++)
		uuid[i] = path[before + i] == '_' ? '-' : path[before + i];
	system = host_find_uuid(bus->host, uuid);
	if (!system)
		return NULL;
	/* There is one way to write it. */
	bus_system_path(system, own);
	return strcmp(path, own) ? NULL : system;
}

static int find_system(sd_bus *sd, const char *path, const char *interface, void *data,
		       void **ret_found, sd_bus_error *ret_error)
{
	struct bus *bus = data;

	/* Handlers get the bus, and look the system up by the message's path. */
	*ret_found = bus;
	return bus_path_system(bus, path) != NULL;
}

static int find_pool(sd_bus *sd, const char *path, const char *interface, void *data,
		     void **ret_found, sd_bus_error *ret_error)
{
	struct bus *bus = data;

	*ret_found = bus;
	return bus_path_pool(bus, path) != NULL;
}

static void free_nodes(char **nodes)
{
	for (size_t i = 0; nodes[i]; i++)
		free(nodes[i]);
	free(nodes);
}

static int enumerate_pools(sd_bus *sd, const char *prefix, void *data, char ***ret_nodes,
			   sd_bus_error *ret_error)
{
	struct bus *bus = data;
	char **nodes = calloc(bus->host->n_pools + 1, sizeof(char *));

	if (!nodes)
		return -ENOMEM;
	for (size_t i = 0; i < bus->host->n_pools; i++) {
		nodes[i] = bus_pool_path(bus->host->pools[i]);
		if (!nodes[i]) {
			free_nodes(nodes);
			return -ENOMEM;
		}
	}
	*ret_nodes = nodes;
	return 0;
}

static int find_uplink(sd_bus *sd, const char *path, const char *interface, void *data,
		       void **ret_found, sd_bus_error *ret_error)
{
	struct bus *bus = data;

	*ret_found = bus;
	return bus_path_uplink(bus, path) != NULL;
}

static int enumerate_uplinks(sd_bus *sd, const char *prefix, void *data, char ***ret_nodes,
			     sd_bus_error *ret_error)
{
	struct bus *bus = data;
	char **nodes = calloc(bus->host->n_uplinks + 1, sizeof(char *));

	if (!nodes)
		return -ENOMEM;
	for (size_t i = 0; i < bus->host->n_uplinks; i++) {
		nodes[i] = bus_uplink_path(bus->host->uplinks[i]);
		if (!nodes[i]) {
			free_nodes(nodes);
			return -ENOMEM;
		}
	}
	*ret_nodes = nodes;
	return 0;
}

static int enumerate_systems(sd_bus *sd, const char *prefix, void *data, char ***ret_nodes,
			     sd_bus_error *ret_error)
{
	struct bus *bus = data;
	char **nodes = calloc(bus->host->n_systems + 1, sizeof(*nodes));
	char path[128];

	if (!nodes)
		return -ENOMEM;
	for (size_t i = 0; i < bus->host->n_systems; i++) {
		bus_system_path(bus->host->systems[i], path);
		nodes[i] = strdup(path);
		if (!nodes[i]) {
			free_nodes(nodes);
			return -ENOMEM;
		}
	}
	*ret_nodes = nodes;
	return 0;
}

static int add_objects(struct bus *bus)
{
	sd_bus_slot **slot = bus->slots;
	sd_bus *sd = bus->sd;
	int r = sd_bus_add_object_manager(sd, slot++, BUS_PATH);

	if (r >= 0)
		r = sd_bus_add_object_vtable(sd, slot++, BUS_PATH, BUS_MANAGER, bus_manager_vtable,
					     bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(sd, slot++, BUS_PATH, BUS_BROKER, bus_broker_vtable,
					     bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(sd, slot++, BUS_PATH_SYSTEM, BUS_SYSTEM,
					       bus_system_vtable, find_system, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(sd, slot++, BUS_PATH_SYSTEM, enumerate_systems, bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(sd, slot++, BUS_PATH_POOL, BUS_POOL, bus_pool_vtable,
					       find_pool, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(sd, slot++, BUS_PATH_POOL, enumerate_pools, bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(sd, slot++, BUS_PATH_UPLINK, BUS_UPLINK,
					       bus_uplink_vtable, find_uplink, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(sd, slot++, BUS_PATH_UPLINK, enumerate_uplinks, bus);
	if (r >= 0)
		r = bus_add_objects(bus, slot++);
	if (r >= 0)
		r = bus_heed_peers(bus, slot++);
	bus->n_slots = (size_t)(slot - bus->slots);
	return r;
}

/**
 * bus_new() - show the model
 * @sd: system bus; the name is not requested here
 * @host: the model; must stay
 * @operations: what clients may ask for; must stay
 * @data: for @operations
 * @ret: to be freed with bus_free()
 *
 * Return: 0 or a negative errno.
 */
int bus_new(sd_bus *sd, struct host *host, const struct bus_operations *operations, void *data,
	    struct bus **ret)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->sd = sd_bus_ref(sd);
	bus->host = host;
	bus->operations = operations;
	bus->data = data;
	bus_init_profiles(bus);
	bus_init_indications(bus);
	bus_init_jobs(bus);
	r = add_objects(bus);
	if (r < 0) {
		bus_free(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

/**
 * bus_free() - show nothing any more
 * @bus: may be NULL
 *
 * Return: NULL.
 */
struct bus *bus_free(struct bus *bus)
{
	if (!bus)
		return NULL;
	while (bus->waiting) {
		struct bus_call *call = bus->waiting;

		bus->waiting = call->next;
		bus_reply(call, -ESHUTDOWN, "kvrmd is ending");
	}
	bus_end_checks(bus);
	bus_free_contexts(bus);
	bus_end_jobs(bus);
	bus_end_indications(bus);
	sd_event_source_disable_unref(bus->again);
	for (size_t i = 0; i < bus->n_slots; i++)
		sd_bus_slot_unref(bus->slots[i]);
	sd_bus_unref(bus->sd);
	free(bus);
	return NULL;
}

/* A signal that could not be sent is a client's loss; it can still read the model. */
static void check_sent(int r, const char *what)
{
	if (r < 0)
		log_warning("could not announce %s: %s", what, strerror(-r));
}

/* An object came, or goes; NULL as its path: there was no memory for it. */
static void tell(struct bus *bus, const char *path, const char *interface, bool came,
		 const char *signal, const char *name)
{
	const char *what = came ? "what is new" : "a removal";

	if (!path)
		return;
	check_sent(came ? sd_bus_emit_interfaces_added(bus->sd, path, interface, NULL)
			: sd_bus_emit_interfaces_removed(bus->sd, path, interface, NULL),
		   what);
	check_sent(sd_bus_emit_signal(bus->sd, BUS_PATH, BUS_MANAGER, signal, "os", path, name),
		   what);
}

/**
 * bus_system_added() - announce a system
 * @bus: bus
 * @system: is in the model
 */
void bus_system_added(struct bus *bus, struct system *system)
{
	char path[128];

	bus_system_path(system, path);
	tell(bus, path, BUS_SYSTEM, true, "SystemAdded", system->definition->name);
	bus_mark_system(bus, system, PROFILE_NEW);
}

/**
 * bus_system_removed() - announce that a system will be gone
 * @bus: bus
 * @system: is in the model still
 */
void bus_system_removed(struct bus *bus, struct system *system)
{
	char path[128];

	bus_system_path(system, path);
	tell(bus, path, BUS_SYSTEM, false, "SystemRemoved", system->definition->name);
	bus_mark_system(bus, system, PROFILE_GOES);
}

/**
 * bus_system_changed() - announce that properties of a system changed
 * @bus: bus
 * @system: which
 */
void bus_system_changed(struct bus *bus, struct system *system)
{
	char path[128];

	bus_system_path(system, path);
	check_sent(sd_bus_emit_properties_changed(
			   bus->sd, path, BUS_SYSTEM, "State", "StateReason", "Description",
			   "VCPUs", "Memory", "MemoryMax", "MemoryApplied", "Kernel", "Initrd",
			   "CommandLine", "MemoryOverhead", "Pool", "ProcessorReservation",
			   "ProcessorWeight", "ProcessorLimit", "ProcessorLimitApplied",
			   "ProcessorVCPULimit", "ProcessorVCPULimitApplied", "MemoryReservation",
			   "MemoryReservationApplied", "MemoryLimit", "MemoryLimitApplied",
			   "MemoryWeight", "MemoryBalloon", "MemoryBalloonState", "StorageWeight",
			   "StorageWeightApplied", "SampleRate", "SampleRateApplied", "Probes",
			   "ProbesApplied", "Disks", "NICs", "EnforcedBy", "MainPID",
			   "ControlGroup", NULL),
		   "a change");
	bus_mark_system(bus, system, PROFILE_CHANGED);
	system->told_us = monotonic_us();
	system->untold = false;
}

/* Those that are there still. */
static int on_again(sd_event_source *source, uint64_t usec, void *data)
{
	struct bus *bus = data;

	for (size_t i = 0; i < bus->host->n_systems; i++) {
		if (bus->host->systems[i]->untold)
			bus_system_changed(bus, bus->host->systems[i]);
	}
	return 0;
}

static int tell_again(struct bus *bus)
{
	int enabled, r;

	if (!bus->again)
		return sd_event_add_time_relative(sd_bus_get_event(bus->sd), &bus->again,
						  CLOCK_MONOTONIC, AGAIN_US, AGAIN_US / 10,
						  on_again, bus);
	r = sd_event_source_get_enabled(bus->again, &enabled);
	if (r < 0 || enabled != SD_EVENT_OFF)
		return r;
	r = sd_event_source_set_time_relative(bus->again, AGAIN_US);
	return r < 0 ? r : sd_event_source_set_enabled(bus->again, SD_EVENT_ONESHOT);
}

/**
 * bus_system_changed_by_guest() - announce that properties of a system changed that its QEMU may
 * change as often as it likes: at once; soon after an announcement, later and once
 * @bus: bus
 * @system: which
 */
void bus_system_changed_by_guest(struct bus *bus, struct system *system)
{
	if (monotonic_us() - system->told_us >= AGAIN_US || tell_again(bus) < 0)
		bus_system_changed(bus, system);
	else
		system->untold = true;
}

/**
 * bus_pool_added() - announce a pool
 * @bus: bus
 * @pool: is in the model
 */
void bus_pool_added(struct bus *bus, struct pool *pool)
{
	_cleanup_free_ char *path = bus_pool_path(pool);

	tell(bus, path, BUS_POOL, true, "PoolAdded", pool->definition->name);
	bus_mark_pools(bus);
}

/**
 * bus_pool_removed() - announce that a pool will be gone
 * @bus: bus
 * @pool: is in the model still
 */
void bus_pool_removed(struct bus *bus, struct pool *pool)
{
	_cleanup_free_ char *path = bus_pool_path(pool);

	tell(bus, path, BUS_POOL, false, "PoolRemoved", pool->definition->name);
	bus_mark_pools(bus);
}

/**
 * bus_pool_changed() - announce that properties of a pool changed
 * @bus: bus
 * @pool: which; may be NULL
 */
void bus_pool_changed(struct bus *bus, struct pool *pool)
{
	_cleanup_free_ char *path = pool ? bus_pool_path(pool) : NULL;

	if (!path)
		return;
	check_sent(sd_bus_emit_properties_changed(bus->sd, path, BUS_POOL, "Description", "Parent",
						  "ProcessorReservation", "ProcessorLimit",
						  "ProcessorWeight", "ProcessorExpandable",
						  "Members", "ProcessorCapacity",
						  "ProcessorReserved", "ProcessorUnreserved",
						  "ProcessorShortfall", "MemoryReservation",
						  "MemoryExpandable", "MemoryCapacity",
						  "MemoryReserved", "MemoryUnreserved",
						  "MemoryShortfall", "MemoryWeight", "MemoryLimit",
						  "MemoryLimitApplied", "EnforcedBy", NULL),
		   "a change");
	bus_mark_pools(bus);
}

/**
 * bus_pools_changed() - announce that properties of all pools may have changed: what one takes, others
 * lack
 * @bus: bus
 */
void bus_pools_changed(struct bus *bus)
{
	for (size_t i = 0; i < bus->host->n_pools; i++)
		bus_pool_changed(bus, bus->host->pools[i]);
}

/**
 * bus_uplink_added() - announce an uplink or part
 * @bus: bus
 * @uplink: is in the model
 */
void bus_uplink_added(struct bus *bus, struct uplink *uplink)
{
	_cleanup_free_ char *path = bus_uplink_path(uplink);

	tell(bus, path, BUS_UPLINK, true, "UplinkAdded", uplink->definition->name);
	bus_mark_pools(bus);
}

/**
 * bus_uplink_removed() - announce that an uplink or part will be gone
 * @bus: bus
 * @uplink: is in the model still
 */
void bus_uplink_removed(struct bus *bus, struct uplink *uplink)
{
	_cleanup_free_ char *path = bus_uplink_path(uplink);

	tell(bus, path, BUS_UPLINK, false, "UplinkRemoved", uplink->definition->name);
	bus_mark_pools(bus);
}

#define NAMES(prefix)                                                                              \
	prefix "Capacity", prefix "Reservation", prefix "Limit", prefix "Weight",                  \
		prefix "Expandable", prefix "Reserved", prefix "Unreserved", prefix "Shortfall"

/**
 * bus_uplinks_changed() - announce that properties of all uplinks may have changed: what one member takes, others
 * lack
 * @bus: bus
 */
void bus_uplinks_changed(struct bus *bus)
{
	for (size_t i = 0; i < bus->host->n_uplinks; i++) {
		_cleanup_free_ char *path = bus_uplink_path(bus->host->uplinks[i]);

		if (path)
			check_sent(sd_bus_emit_properties_changed(bus->sd, path, BUS_UPLINK,
								  "Description", "Parent", "Bridge",
								  "Members", "EnforcedBy",
								  NAMES("ToGuest"),
								  NAMES("FromGuest"), NULL),
				   "a change");
	}
	bus_mark_pools(bus);
}

/**
 * bus_module_changed() - announce that the module came or went
 * @bus: bus
 */
void bus_module_changed(struct bus *bus)
{
	check_sent(sd_bus_emit_properties_changed(bus->sd, BUS_PATH, BUS_MANAGER, "ModuleLoaded",
						  "CPULimiter", NULL),
		   "a change");
}
