// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1044, processor resource virtualization: virtual processors, and how much of the host's they get.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/profile/setting.h"

#define SUFFIX "/processor"
/* Before the number of a virtual processor. */
#define DEVICE "processor"

static int each_setting(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_setting(broker, &processor_setting, visit, data);
}

static bool find_setting(const struct broker *broker, const struct cim_path *path,
			 struct broker_element *ret)
{
	return profile_find_setting(broker, &processor_setting, path, SUFFIX, ret);
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

	profile_put_resource(element, PROFILE_PROCESSOR, instance);
	cim_put_text(instance, "ElementName", "Processors");
	cim_put_number(instance, "VirtualQuantity", d->vcpus);
	cim_put_text(instance, "VirtualQuantityUnits", PROFILE_COUNT_UNIT);
	cim_put_text(instance, "AllocationUnits", PROFILE_PROCESSOR_UNIT);
	cim_put_number(instance, "Reservation", d->cpu.reservation_us);
	cim_put_number(instance, "Limit", state ? system->limit_applied_us : d->cpu.limit_us);
	cim_put_number(instance, "Weight", d->cpu.weight);
	cim_put_number(instance, "VirtualProcessorLimit",
		       state ? system->vcpu_limit_applied_us : d->cpu.vcpu_limit_us);
}

const struct broker_provider processor_setting = {
	.class = "KVRM_ProcessorAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_setting,
	.find = find_setting,
	.keys = setting_keys,
	.fill = setting_fill,
};

static int visit_processors(const struct system *system, broker_visit *visit, void *data)
{
	struct broker_element element = { .provider = &virtual_processor, .object = system };
	size_t n = profile_has_world(system, PROFILE_STATE) ? system->definition->vcpus : 0;
	int r = 0;

	for (; !r && element.index < n; element.index++)
		r = visit(&element, data);
	return r;
}

static int each_processor(const struct broker *broker, broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_systems; i++)
		r = visit_processors(host->systems[i], visit, data);
	return r;
}

static bool find_processor(const struct broker *broker, const struct cim_path *path,
			   struct broker_element *ret)
{
	const struct system *system =
		host_find(profile_env(broker)->host, cim_path_text(path, "SystemName"));
	size_t index;

	if (!system || !profile_has_world(system, PROFILE_STATE) ||
	    sscanf(cim_path_text(path, "DeviceID"), DEVICE "%zu", &index) != 1 ||
	    index >= system->definition->vcpus)
		return false;
	*ret = (struct broker_element){ .provider = &virtual_processor,
					.object = system,
					.index = index };
	return true;
}

static void processor_keys(const struct broker *broker, const struct broker_element *element,
			   struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_text(instance, "SystemCreationClassName", virtual_system.class);
	cim_put_text(instance, "SystemName", system->definition->uuid);
	cim_put_format(instance, "DeviceID", DEVICE "%zu", element->index);
}

static void processor_fill(const struct broker *broker, const struct broker_element *element,
			   struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 };
	const struct system *system = element->object;

	cim_put_format(instance, "ElementName", "Virtual processor %zu", element->index);
	cim_put_text(instance, "Role", "Central Processor");
	cim_put_number(instance, "NumberOfEnabledCores", 1);
	cim_put_number(instance, "EnabledState", profile_enabled_state(system));
	/* It goes with its system, and cannot be asked for a state of its own. */
	cim_put_number(instance, "RequestedState", 12);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

const struct broker_provider virtual_processor = {
	.class = "KVRM_Processor",
	.ns = CIM_ROOT,
	.each = each_processor,
	.find = find_processor,
	.keys = processor_keys,
	.fill = processor_fill,
};

static int to_setting(const struct broker *broker, const struct broker_element *from,
		      broker_visit *visit, void *data)
{
	return profile_visit_setting(&processor_setting, from, from->part, visit, data);
}

static int to_state(const struct broker *broker, const struct broker_element *from,
		    broker_visit *visit, void *data)
{
	return profile_visit_setting(&processor_setting, from, PROFILE_STATE, visit, data);
}

static int state_to_processors(const struct broker *broker, const struct broker_element *from,
			       broker_visit *visit, void *data)
{
	return from->part == PROFILE_STATE ? visit_processors(from->object, visit, data) : 0;
}

static int to_processors(const struct broker *broker, const struct broker_element *from,
			 broker_visit *visit, void *data)
{
	return visit_processors(from->object, visit, data);
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
	return from->part == PROFILE_STATE ? profile_visit_setting(&processor_setting, from,
								   PROFILE_DEFINED, visit, data)
					   : 0;
}

static int from_defined(const struct broker *broker, const struct broker_element *from,
			broker_visit *visit, void *data)
{
	return from->part == PROFILE_DEFINED
		       ? profile_visit_setting(&processor_setting, from, PROFILE_STATE, visit, data)
		       : 0;
}

static const struct broker_provider *const providers[] = { &processor_setting, &virtual_processor };

static const struct broker_link links[] = {
	{ .class = "CIM_VirtualSystemSettingDataComponent",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &configuration, &processor_setting },
	  .others = { to_setting, profile_to_configuration } },
	{ .class = "CIM_ElementSettingData",
	  .roles = { "ManagedElement", "SettingData" },
	  .ends = { &processor_setting, &processor_setting },
	  .others = { to_defined, from_defined },
	  .fill = profile_fill_next },
	{ .class = "CIM_SettingsDefineState",
	  .roles = { "ManagedElement", "SettingData" },
	  .ends = { &virtual_processor, &processor_setting },
	  .others = { to_state, state_to_processors } },
	{ .class = "CIM_SystemDevice",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &virtual_system, &virtual_processor },
	  .others = { to_processors, to_system } },
};

const struct broker_profile profile_dsp1044 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
