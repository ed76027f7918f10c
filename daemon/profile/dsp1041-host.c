// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1041: the host's own resources, which are what its primordial pools are made of.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/profile/pool.h"

#define PROCESSOR "processor"

static size_t count_processors(const struct broker *broker)
{
	return profile_env(broker)->host->sample.cpus_online;
}

static int each_processor(const struct broker *broker, const struct broker_provider *provider,
			  broker_visit *visit, void *data)
{
	struct broker_element element = { .provider = &host_processor };
	size_t n = count_processors(broker);
	int r = 0;

	for (; !r && element.index < n; element.index++)
		r = visit(&element, data);
	return r;
}

/* Whether a path is of a device of the host. */
static bool is_hosts(const struct broker *broker, const struct cim_path *path)
{
	return !strcmp(cim_path_text(path, "SystemName"), profile_env(broker)->host->id);
}

static bool find_processor(const struct broker *broker, const struct broker_provider *provider,
			   const struct cim_path *path, struct broker_element *ret)
{
	*ret = (struct broker_element){ .provider = &host_processor };
	return is_hosts(broker, path) &&
	       sscanf(cim_path_text(path, "DeviceID"), PROCESSOR "%zu", &ret->index) == 1 &&
	       ret->index < count_processors(broker);
}

static void put_system(const struct broker *broker, struct cim_instance *instance)
{
	cim_put_text(instance, "SystemCreationClassName", host_system.class);
	cim_put_text(instance, "SystemName", profile_env(broker)->host->id);
}

static void put_state(struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 };

	cim_put_number(instance, "EnabledState", 2);
	cim_put_number(instance, "RequestedState", 12);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

static void processor_keys(const struct broker *broker, const struct broker_element *element,
			   struct cim_instance *instance)
{
	put_system(broker, instance);
	cim_put_format(instance, "DeviceID", PROCESSOR "%zu", element->index);
}

static void processor_fill(const struct broker *broker, const struct broker_element *element,
			   struct cim_instance *instance)
{
	cim_put_format(instance, "ElementName", "Processor %zu", element->index);
	cim_put_text(instance, "Role", "Central Processor");
	cim_put_number(instance, "NumberOfEnabledCores", 1);
	put_state(instance);
}

const struct broker_provider host_processor = {
	.class = "KVRM_Processor",
	.ns = CIM_ROOT,
	.each = each_processor,
	.find = find_processor,
	.keys = processor_keys,
	.fill = processor_fill,
};

static bool find_memory(const struct broker *broker, const struct broker_provider *provider,
			const struct cim_path *path, struct broker_element *ret)
{
	*ret = (struct broker_element){ .provider = &host_memory };
	return is_hosts(broker, path);
}

static void memory_keys(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	put_system(broker, instance);
	cim_put_text(instance, "DeviceID", "memory");
}

static void memory_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t pages = profile_env(broker)->host->sample.memory_capacity_bytes / page;

	cim_put_text(instance, "ElementName", "Memory");
	cim_put_bool(instance, "Volatile", true);
	cim_put_number(instance, "Access", 3);
	cim_put_number(instance, "BlockSize", page);
	cim_put_number(instance, "NumberOfBlocks", pages);
	cim_put_number(instance, "ConsumableBlocks", pages);
	put_state(instance);
}

const struct broker_provider host_memory = {
	.class = "KVRM_Memory",
	.ns = CIM_ROOT,
	.find = find_memory,
	.keys = memory_keys,
	.fill = memory_fill,
};

/* To the primordial pool of the device's type. */
static int to_pool(const struct broker *broker, const struct broker_element *from,
		   const struct broker_provider *to, broker_visit *visit, void *data)
{
	unsigned int type = from->provider == &host_memory ? PROFILE_MEMORY : PROFILE_PROCESSOR;
	const struct broker_element pool =
		profile_pool_element(profile_env(broker)->host->root, profile_type_part(type));

	return visit(&pool, data);
}

static const struct broker_provider *const providers[] = { &host_processor, &host_memory };

static const struct broker_link links[] = {
	{ .class = "CIM_SystemDevice",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &host_system, &host_processor } },
	{ .class = "CIM_SystemDevice",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &host_system, &host_memory } },
	{ .class = "CIM_ConcreteComponent",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &resource_pool, &host_processor },
	  .others = { NULL, to_pool } },
	{ .class = "CIM_ConcreteComponent",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &resource_pool, &host_memory },
	  .others = { NULL, to_pool } },
};

const struct broker_profile profile_dsp1041_host = { providers,
						     sizeof(providers) / sizeof(providers[0]),
						     links, sizeof(links) / sizeof(links[0]) };
