// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1045, memory resource virtualization: the memory of virtual systems, and what of it is guaranteed and allowed.
 */
#include <string.h>

#include "daemon/profile/setting.h"

#define SUFFIX "/memory"
/* Guests have whole MiB, and pages of this size. */
#define MEMORY_BLOCK_BYTES UINT64_C(4096)

static int each_setting(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_setting(broker, &memory_setting, visit, data);
}

static bool find_setting(const struct broker *broker, const struct cim_path *path,
			 struct broker_element *ret)
{
	return profile_find_setting(broker, &memory_setting, path, SUFFIX, ret);
}

static void setting_keys(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	profile_put_setting_key(element, SUFFIX, instance);
}

static void setting_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	const struct system *system = element->object;
	const struct definition *d = system->definition;
	bool state = element->part == PROFILE_STATE;

	profile_put_resource(element, PROFILE_MEMORY, instance);
	cim_put_text(instance, "ElementName", "Memory");
	cim_put_number(instance, "VirtualQuantity", d->memory_bytes);
	cim_put_text(instance, "VirtualQuantityUnits", PROFILE_MEMORY_UNIT);
	cim_put_text(instance, "AllocationUnits", PROFILE_MEMORY_UNIT);
	cim_put_number(instance, "Reservation",
		       state ? system->memory_applied_bytes : d->memory.reservation_bytes);
	cim_put_number(instance, "Limit",
		       state ? system->memory_limit_applied_bytes : d->memory.limit_bytes);
	cim_put_number(instance, "Weight", d->memory.weight);
}

const struct broker_provider memory_setting = {
	.class = "KVRM_ResourceAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_setting,
	.find = find_setting,
	.keys = setting_keys,
	.fill = setting_fill,
};

static int visit_memory(const struct system *system, broker_visit *visit, void *data)
{
	const struct broker_element element = { .provider = &virtual_memory, .object = system };

	return profile_has_world(system, PROFILE_STATE) ? visit(&element, data) : 0;
}

static int each_memory(const struct broker *broker, broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_systems; i++)
		r = visit_memory(host->systems[i], visit, data);
	return r;
}

static bool find_memory(const struct broker *broker, const struct cim_path *path,
			struct broker_element *ret)
{
	const struct system *system =
		host_find(profile_env(broker)->host, cim_path_text(path, "SystemName"));

	*ret = (struct broker_element){ .provider = &virtual_memory, .object = system };
	return system && profile_has_world(system, PROFILE_STATE);
}

static void memory_keys(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_text(instance, "SystemCreationClassName", virtual_system.class);
	cim_put_text(instance, "SystemName", system->definition->uuid);
	cim_put_text(instance, "DeviceID", "memory");
}

static void memory_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 };
	const struct system *system = element->object;

	cim_put_text(instance, "ElementName", "Memory");
	cim_put_bool(instance, "Volatile", true);
	/* Read and written. */
	cim_put_number(instance, "Access", 3);
	cim_put_number(instance, "BlockSize", MEMORY_BLOCK_BYTES);
	cim_put_number(instance, "NumberOfBlocks",
		       system->definition->memory_bytes / MEMORY_BLOCK_BYTES);
	cim_put_number(instance, "ConsumableBlocks",
		       system->definition->memory_bytes / MEMORY_BLOCK_BYTES);
	cim_put_number(instance, "EnabledState", profile_enabled_state(system));
	/* It goes with its system, and cannot be asked for a state of its own. */
	cim_put_number(instance, "RequestedState", 12);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

const struct broker_provider virtual_memory = {
	.class = "KVRM_Memory",
	.ns = CIM_ROOT,
	.each = each_memory,
	.find = find_memory,
	.keys = memory_keys,
	.fill = memory_fill,
};

static int to_setting(const struct broker *broker, const struct broker_element *from,
		      broker_visit *visit, void *data)
{
	return profile_visit_setting(&memory_setting, from, from->part, visit, data);
}

static int to_state(const struct broker *broker, const struct broker_element *from,
		    broker_visit *visit, void *data)
{
	return profile_visit_setting(&memory_setting, from, PROFILE_STATE, visit, data);
}

static int state_to_memory(const struct broker *broker, const struct broker_element *from,
			   broker_visit *visit, void *data)
{
	return from->part == PROFILE_STATE ? visit_memory(from->object, visit, data) : 0;
}

static int to_memory(const struct broker *broker, const struct broker_element *from,
		     broker_visit *visit, void *data)
{
	return visit_memory(from->object, visit, data);
}

static int to_system(const struct broker *broker, const struct broker_element *from,
		     broker_visit *visit, void *data)
{
	const struct broker_element system = profile_system_element(from->object);

	return visit(&system, data);
}

static int to_defined(const struct broker *broker, const struct broker_element *from,
		      broker_visit *visit, void *data)
{
	return from->part == PROFILE_STATE
		       ? profile_visit_setting(&memory_setting, from, PROFILE_DEFINED, visit, data)
		       : 0;
}

static int from_defined(const struct broker *broker, const struct broker_element *from,
			broker_visit *visit, void *data)
{
	return from->part == PROFILE_DEFINED
		       ? profile_visit_setting(&memory_setting, from, PROFILE_STATE, visit, data)
		       : 0;
}

static const struct broker_provider *const providers[] = { &memory_setting, &virtual_memory };

static const struct broker_link links[] = {
	{ .class = "CIM_VirtualSystemSettingDataComponent",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &configuration, &memory_setting },
	  .others = { to_setting, profile_to_configuration } },
	{ .class = "CIM_ElementSettingData",
	  .roles = { "ManagedElement", "SettingData" },
	  .ends = { &memory_setting, &memory_setting },
	  .others = { to_defined, from_defined },
	  .fill = profile_fill_next },
	{ .class = "CIM_SettingsDefineState",
	  .roles = { "ManagedElement", "SettingData" },
	  .ends = { &virtual_memory, &memory_setting },
	  .others = { to_state, state_to_memory } },
	{ .class = "CIM_SystemDevice",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &virtual_system, &virtual_memory },
	  .others = { to_memory, to_system } },
};

const struct broker_profile profile_dsp1045 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
