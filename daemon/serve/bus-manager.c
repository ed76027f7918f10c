// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.kvrm1.Manager; see Documentation/dbus/org.kvrm1.Manager.md.
 */
#include <errno.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "kvrm/version.h"

static void define_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	_cleanup_free_ char *error = NULL;
	struct definition *definition;
	int r = definition_read_bus(call->message, &definition, &error);

	if (r)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
	else
		bus->operations->define(definition, call, bus->data);
}

static int method_define(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", define_go_on);
}

static int method_get(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	struct system *system;
	const char *name;
	char path[128];
	int r = sd_bus_message_read(m, "s", &name);

	if (r < 0)
		return r;
	system = host_find(bus->host, name);
	if (!system)
		return bus_error(ret_error, ERROR_NOT_FOUND, "there is no such virtual system");
	bus_system_path(system, path);
	return sd_bus_reply_method_return(m, "o", path);
}

/* An answer that one function appends. */
static int answer(struct bus *bus, sd_bus_message *call,
		  int (*append)(sd_bus_message *reply, const struct host *host))
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call, &reply);

	if (r >= 0)
		r = append(reply, bus->host);
	if (r >= 0)
		r = sd_bus_send(bus->sd, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static int append_systems(sd_bus_message *m, const struct host *host)
{
	int r = sd_bus_message_open_container(m, 'a', "(sssot)");
	char path[128];

	for (size_t i = 0; r >= 0 && i < host->n_systems; i++) {
		const struct system *s = host->systems[i];

		bus_system_path(s, path);
		r = sd_bus_message_append(m, "(sssot)", s->definition->name, s->definition->uuid,
					  system_state_name(s->state), path,
					  s->definition->cpu.limit_us);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int method_list(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return answer(data, m, append_systems);
}

static void create_pool_go_on(struct bus_call *call)
{
	_cleanup_pool_definition_ struct pool_definition *definition = pool_definition_new("");
	_cleanup_free_ char *error = NULL;
	struct bus *bus = call->bus;
	int r = definition
			? pool_definition_read_bus(call->message, POOL_KEYS_ALL, definition, &error)
			: -ENOMEM;

	if (r)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
	else
		bus->operations->create_pool(TAKE_PTR(definition), call, bus->data);
}

static int method_create_pool(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", create_pool_go_on);
}

static int method_get_pool(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_free_ char *path = NULL;
	struct bus *bus = data;
	const struct pool *pool;
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	if (r < 0)
		return r;
	pool = host_find_pool(bus->host, name);
	if (!pool)
		return bus_error(ret_error, ERROR_NOT_FOUND, "there is no such pool");
	path = bus_pool_path(pool);
	return path ? sd_bus_reply_method_return(m, "o", path) : -ENOMEM;
}

/* An entry of an a{sa{sv}} that is open begins; what follows is its value, and its end. */
static int open_entry(sd_bus_message *m, const char *key)
{
	int r = sd_bus_message_open_container(m, 'e', "sa{sv}");

	return r < 0 ? r : sd_bus_message_append(m, "s", key);
}

static int append_pools(sd_bus_message *m, const struct host *host)
{
	int r = sd_bus_message_open_container(m, 'a', "{sa{sv}}");

	for (size_t i = 0; r >= 0 && i < host->n_pools; i++) {
		const struct pool *pool = host->pools[i];

		r = open_entry(m, pool->definition->name);
		if (r >= 0)
			r = bus_append_pool(m, host, pool);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int method_list_pools(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return answer(data, m, append_pools);
}

static int append_uplinks(sd_bus_message *m, const struct host *host)
{
	int r = sd_bus_message_open_container(m, 'a', "{sa{sv}}");

	for (size_t i = 0; r >= 0 && i < host->n_uplinks; i++) {
		const struct uplink *uplink = host->uplinks[i];

		r = open_entry(m, uplink->definition->name);
		if (r >= 0)
			r = bus_append_uplink(m, host, uplink);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int method_list_uplinks(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return answer(data, m, append_uplinks);
}

static void set_go_on(struct bus_call *call)
{
	struct bus_changes changes = { 0 };
	_cleanup_free_ char *error = NULL;
	struct bus *bus = call->bus;
	int r = bus_changes_read(bus, call->message, &changes, &error);

	if (!r) {
		bus->operations->set(changes, call, bus->data);
		return;
	}
	bus_changes_deinit(&changes);
	bus_reply(call, r == -EBADMSG || r == -ENXIO ? ERROR_INVALID_ARGUMENT : r, error);
}

static int method_set(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", set_go_on);
}

static int append_strings(sd_bus_message *m, const char *key, char **strings, size_t n)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "s");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(m, "s", strings[i]);
	for (int level = 0; r >= 0 && level < 3; level++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_status(sd_bus_message *m, const struct host *host)
{
	static char *const missing[] = {
		(char *)"Counters of virtual CPUs (where time goes, exits) are not known.",
		(char *)"Limits are held by cgroups alone, and not those of each virtual CPU.",
		(char *)"Limits of network cards are held by dropping what is too much.",
		(char *)"Reservations and weights of network cards are not held.",
		(char *)"Reservations are static weights: they hold while all want their share, "
			"and "
			"shares are not exact while some sleep.",
	};
	const size_t n_missing = sizeof(missing) / sizeof(missing[0]);
	const struct host_sample *s = &host->sample;
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}", "Version", "s", KVRM_VERSION,
					  "ModuleLoaded", "b", (int)s->module_up, "ModuleVersion",
					  "s", s->module_version);
	if (r >= 0)
		r = append_strings(m, "ModuleMissing", (char **)missing,
				   s->module_up ? 0 : n_missing);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}", "MemoryCapacity", "t",
					  s->memory_capacity_bytes, "MemoryHostReserve", "t",
					  host->memory_reserve_bytes);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}", "KVMPresent",
					  "b", (int)s->kvm_present, "CPUsOnline", "u",
					  s->cpus_online, "CPUCapacity", "t", s->cpu_capacity_us,
					  "CPULimiter", "s", sample_limiter_name(s->cpu_limiter),
					  "SystemsDefined", "u", (uint32_t)host->n_systems,
					  "SystemsActive", "u", (uint32_t)host_count_running(host),
					  "DriftCorrected", "t", s->drift_corrected,
					  "LauncherReachable", "b", (int)host->launcher_reachable,
					  "MetricsAddress", "s",
					  host->metrics_address ? host->metrics_address : "");
	if (r >= 0)
		r = append_strings(m, "Problems", host->problems, host->n_problems);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r;
}

static int method_status(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return answer(data, m, append_status);
}

static int append_statistics(sd_bus_message *m, const struct host *host)
{
	int r = sd_bus_message_open_container(m, 'a', "{sa{sv}}");

	for (size_t i = 0; r >= 0 && i < host->n_systems; i++) {
		const struct system *s = host->systems[i];

		if (!s->sample.time_us)
			continue;
		r = open_entry(m, s->definition->uuid);
		if (r >= 0)
			r = bus_append_statistics(m, s);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int method_statistics(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return answer(data, m, append_statistics);
}

static int property_version(sd_bus *sd, const char *path, const char *interface,
			    const char *property, sd_bus_message *reply, void *data,
			    sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "s", KVRM_VERSION);
}

static int property_module(sd_bus *sd, const char *path, const char *interface,
			   const char *property, sd_bus_message *reply, void *data,
			   sd_bus_error *ret_error)
{
	struct bus *bus = data;

	return sd_bus_message_append(reply, "b", (int)bus->host->sample.module_up);
}

static int property_limiter(sd_bus *sd, const char *path, const char *interface,
			    const char *property, sd_bus_message *reply, void *data,
			    sd_bus_error *ret_error)
{
	struct bus *bus = data;

	return sd_bus_message_append(reply, "s",
				     sample_limiter_name(bus->host->sample.cpu_limiter));
}

const sd_bus_vtable bus_manager_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("DefineSystem", "a{sv}", SD_BUS_PARAM(definition), "o",
				 SD_BUS_PARAM(system), method_define, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetSystem", "s", SD_BUS_PARAM(name_or_uuid), "o",
				 SD_BUS_PARAM(system), method_get, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ListSystems", NULL, , "a(sssot)", SD_BUS_PARAM(systems),
				 method_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Adopt", "a{sv}", SD_BUS_PARAM(guest), "o", SD_BUS_PARAM(system),
				 bus_method_adopt, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ListForeign", NULL, , "a(usss)", SD_BUS_PARAM(guests),
				 bus_method_list_foreign, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CreatePool", "a{sv}", SD_BUS_PARAM(pool), "o", SD_BUS_PARAM(pool),
				 method_create_pool, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetPool", "s", SD_BUS_PARAM(name), "o", SD_BUS_PARAM(pool),
				 method_get_pool, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ListPools", NULL, , "a{sa{sv}}", SD_BUS_PARAM(pools),
				 method_list_pools, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CreateUplink", "a{sv}", SD_BUS_PARAM(uplink), "o",
				 SD_BUS_PARAM(uplink), bus_method_create_uplink,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetUplink", "s", SD_BUS_PARAM(name), "o", SD_BUS_PARAM(uplink),
				 bus_method_get_uplink, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ListUplinks", NULL, , "a{sa{sv}}", SD_BUS_PARAM(uplinks),
				 method_list_uplinks, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SetAllocations", "a(sa{sv})a(sa{sv})",
				 SD_BUS_PARAM(systems) SD_BUS_PARAM(pools), NULL, , method_set,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetStatus", NULL, , "a{sv}", SD_BUS_PARAM(status), method_status,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetStatistics", NULL, , "a{sa{sv}}", SD_BUS_PARAM(statistics),
				 method_statistics, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Version", "s", property_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("ModuleLoaded", "b", property_module, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("CPULimiter", "s", property_limiter, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_SIGNAL_WITH_NAMES("SystemAdded", "os", SD_BUS_PARAM(system) SD_BUS_PARAM(name), 0),
	SD_BUS_SIGNAL_WITH_NAMES("SystemRemoved", "os", SD_BUS_PARAM(system) SD_BUS_PARAM(name), 0),
	SD_BUS_SIGNAL_WITH_NAMES("PoolAdded", "os", SD_BUS_PARAM(pool) SD_BUS_PARAM(name), 0),
	SD_BUS_SIGNAL_WITH_NAMES("PoolRemoved", "os", SD_BUS_PARAM(pool) SD_BUS_PARAM(name), 0),
	SD_BUS_SIGNAL_WITH_NAMES("UplinkAdded", "os", SD_BUS_PARAM(uplink) SD_BUS_PARAM(name), 0),
	SD_BUS_SIGNAL_WITH_NAMES("UplinkRemoved", "os", SD_BUS_PARAM(uplink) SD_BUS_PARAM(name), 0),
	SD_BUS_VTABLE_END,
};
