// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1043, allocation capabilities: what can be asked for of each type of resource, as settings that are its
 * default, its ends and its steps. Two sets for each type: of what does not run, and of what does.
 */
#include <inttypes.h>
#include <string.h>

#include "daemon/profile/pool.h"

/* As SettingsDefineCapabilities has them. */
enum {
	ROLE_DEFAULT = 0,
	ROLE_SUPPORTED = 3,
	RANGE_POINT = 0,
	RANGE_MINIMUMS = 1,
	RANGE_MAXIMUMS = 2,
	RANGE_INCREMENTS = 3,
};

/* An element's index says of which settings it is. */
static const struct kind {
	const char *name;
	uint16_t role;
	uint16_t range;
} kinds[] = {
	{ "default", ROLE_DEFAULT, RANGE_POINT },
	{ "minimum", ROLE_SUPPORTED, RANGE_MINIMUMS },
	{ "maximum", ROLE_SUPPORTED, RANGE_MAXIMUMS },
	{ "increment", ROLE_SUPPORTED, RANGE_INCREMENTS },
	{ "unlimited", ROLE_SUPPORTED, RANGE_POINT },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* States of virtual systems that allow to add or remove a resource, as SupportedAddStates counts. */
#define STATE_ENABLED  2
#define STATE_DISABLED 3
#define STATE_PAUSED   11

/*
 * Every type of resource that can be asked for; the first ones as there are pools of kvrm's. States that allow to add
 * and to remove are up to a 0, of what does not run and of what does. What is removed from a guest it has to let go
 * of, and cannot while it is paused.
 */
static const struct resource {
	unsigned int type;
	const char *name;
	const char *unit;
	const char *quantity_unit;
	const struct broker_provider *pools;
	const struct broker_provider *settings;
	const struct broker_provider *ranges;
	uint16_t add[2][3];
	uint16_t remove[2][3];
} resources[] = {
	{ .type = PROFILE_PROCESSOR,
	  .name = "processor",
	  .unit = PROFILE_PROCESSOR_UNIT,
	  .quantity_unit = PROFILE_COUNT_UNIT,
	  .pools = &resource_pool,
	  .settings = &processor_setting,
	  .ranges = &processor_range },
	{ .type = PROFILE_MEMORY,
	  .name = "memory",
	  .unit = PROFILE_MEMORY_UNIT,
	  .quantity_unit = PROFILE_MEMORY_UNIT,
	  .pools = &resource_pool,
	  .settings = &memory_setting,
	  .ranges = &memory_range },
	{ .type = PROFILE_ADAPTER,
	  .name = "adapter",
	  .unit = PROFILE_RATE_UNIT,
	  .quantity_unit = PROFILE_COUNT_UNIT,
	  .pools = &adapter_pool,
	  .settings = &adapter_setting,
	  .ranges = &adapter_range,
	  .add = { { STATE_DISABLED }, { STATE_ENABLED, STATE_PAUSED } },
	  .remove = { { STATE_DISABLED }, { STATE_ENABLED } } },
	{ .type = PROFILE_DISK,
	  .name = "disk",
	  .pools = &disk_pool,
	  .settings = &disk_setting,
	  .ranges = &disk_range,
	  .add = { { STATE_DISABLED } },
	  .remove = { { STATE_DISABLED } } },
	{ .type = PROFILE_SERIAL,
	  .name = "serial",
	  .unit = PROFILE_COUNT_UNIT,
	  .quantity_unit = PROFILE_COUNT_UNIT,
	  .pools = &serial_pool,
	  .settings = &serial_setting,
	  .ranges = &serial_range,
	  .add = { { STATE_DISABLED } },
	  .remove = { { STATE_DISABLED } } },
};
#define N_RESOURCES (sizeof(resources) / sizeof(resources[0]))

/* An element's part: of which type, and of what runs or what does not. */
#define PARTS	     (2 * N_RESOURCES)
#define PART_LIVE(p) ((p) / N_RESOURCES)

static const struct resource *resource_of(unsigned int part)
{
	return &resources[part % N_RESOURCES];
}

static int each_capabilities(const struct broker *broker, const struct broker_provider *provider,
			     broker_visit *visit, void *data)
{
	struct broker_element element = { .provider = &allocation_capabilities };
	int r = 0;

	for (; !r && element.part < PARTS; element.part++)
		r = visit(&element, data);
	return r;
}

static void put_id(const struct broker_element *element, const char *kind,
		   struct cim_instance *instance)
{
	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "allocation/%s%s%s%s",
		       resource_of(element->part)->name, PART_LIVE(element->part) ? "/live" : "",
		       *kind ? "/" : "", kind);
}

static void capabilities_keys(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	put_id(element, "", instance);
}

static void put_states(struct cim_instance *instance, const char *property,
		       const uint16_t states[static 3])
{
	size_t n = 0;

	while (n < 3 && states[n])
		n++;
	cim_put_numbers(instance, property, n, states);
}

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	const struct resource *resource = resource_of(element->part);
	unsigned int live = PART_LIVE(element->part);

	cim_put_format(instance, "ElementName", "What can be asked for of %s%s", resource->name,
		       live ? " while it is in use" : "");
	cim_put_number(instance, "ResourceType", resource->type);
	/* An amount of any of the host's, but of a disk what it is kept in; and others have of the same. */
	cim_put_number(instance, "RequestTypesSupported", resource->type == PROFILE_DISK ? 2 : 3);
	cim_put_number(instance, "SharingMode", 3);
	put_states(instance, "SupportedAddStates", resource->add[live]);
	put_states(instance, "SupportedRemoveStates", resource->remove[live]);
}

const struct broker_provider allocation_capabilities = {
	.class = "KVRM_AllocationCapabilities",
	.ns = CIM_ROOT,
	.each = each_capabilities,
	.keys = capabilities_keys,
	.fill = capabilities_fill,
};

/* Settings of one set of capabilities, if the provider is of their type. What runs has no default. */
static int visit_ranges(const struct broker_provider *provider, unsigned int part,
			broker_visit *visit, void *data)
{
	struct broker_element element = { .provider = provider,
					  .part = part,
					  .index = PART_LIVE(part) };
	int r = 0;

	if (provider != resource_of(part)->ranges)
		return 0;
	for (; !r && element.index < N_KINDS; element.index++)
		r = visit(&element, data);
	return r;
}

static int each_range(const struct broker *broker, const struct broker_provider *provider,
		      broker_visit *visit, void *data)
{
	int r = 0;

	for (unsigned int part = 0; !r && part < PARTS; part++)
		r = visit_ranges(provider, part, visit, data);
	return r;
}

static void range_keys(const struct broker *broker, const struct broker_element *element,
		       struct cim_instance *instance)
{
	put_id(element, kinds[element->index].name, instance);
}

static void put_range(const struct profile_range *range, const struct kind *kind,
		      struct cim_instance *instance)
{
	uint64_t value = range->standard;

	if (kind->range == RANGE_MINIMUMS)
		value = range->min;
	else if (kind->range == RANGE_MAXIMUMS)
		value = range->max;
	else if (kind->range == RANGE_INCREMENTS)
		value = range->step;
	/* No bound is a point beside the range. */
	if (kind->role == ROLE_SUPPORTED && kind->range == RANGE_POINT) {
		if (range->zero)
			cim_put_number(instance, range->property, 0);
		return;
	}
	cim_put_number(instance, range->property, value);
}

/* What there is beside numbers, if nothing is said. */
static void put_default(unsigned int type, struct cim_instance *instance)
{
	if (type == PROFILE_SERIAL)
		cim_put_text(instance, "ResourceSubType", PROFILE_CHANNEL);
	if (type == PROFILE_ADAPTER)
		cim_put_bool(instance, "HostKernelForwarding", true);
	if (type != PROFILE_DISK)
		return;
	cim_put_number(instance, "Access", 3);
	cim_put_text(instance, "ImageFormat", "raw");
}

static void range_fill(const struct broker *broker, const struct broker_element *element,
		       struct cim_instance *instance)
{
	const struct resource *resource = resource_of(element->part);
	const struct kind *kind = &kinds[element->index];
	struct profile_range ranges[PROFILE_RANGES_MAX];
	size_t n = profile_ranges(profile_env(broker), resource->type, ranges);

	cim_put_text(instance, "ElementName", kind->name);
	cim_put_number(instance, "ResourceType", resource->type);
	cim_put_text(instance, "AllocationUnits", resource->unit);
	for (size_t i = 0; i < n; i++) {
		bool size = !strcmp(ranges[i].property, "VirtualQuantity");
		bool machine = size ? resource->type != PROFILE_MEMORY
				    : !strcmp(ranges[i].property, "VirtualQuantityLimit");

		/* The machine does not change while it runs. */
		if (machine && PART_LIVE(element->part))
			continue;
		/* By this from what it was started with. */
		if (size && PART_LIVE(element->part))
			ranges[i].step = MEMORY_PLUG_UNIT;
		if (size)
			cim_put_text(instance, "VirtualQuantityUnits", resource->quantity_unit);
		put_range(&ranges[i], kind, instance);
	}
	if (kind->role == ROLE_DEFAULT)
		put_default(resource->type, instance);
}

const struct broker_provider processor_range = {
	.class = "KVRM_ProcessorAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_range,
	.keys = range_keys,
	.fill = range_fill,
};

const struct broker_provider memory_range = {
	.class = "KVRM_ResourceAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_range,
	.keys = range_keys,
	.fill = range_fill,
};

const struct broker_provider adapter_range = {
	.class = "KVRM_EthernetPortAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_range,
	.keys = range_keys,
	.fill = range_fill,
};

const struct broker_provider disk_range = {
	.class = "KVRM_StorageAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_range,
	.keys = range_keys,
	.fill = range_fill,
};

const struct broker_provider serial_range = {
	.class = "KVRM_ResourceAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_range,
	.keys = range_keys,
	.fill = range_fill,
};

static int visit_capabilities(unsigned int part, broker_visit *visit, void *data)
{
	return visit(&(struct broker_element){ .provider = &allocation_capabilities, .part = part },
		     data);
}

/* Those of requests. */
static int host_to_capabilities(const struct broker *broker, const struct broker_element *from,
				const struct broker_provider *to, broker_visit *visit, void *data)
{
	int r = 0;

	for (unsigned int part = 0; !r && part < N_RESOURCES; part++)
		r = visit_capabilities(part, visit, data);
	return r;
}

static int pool_to_capabilities(const struct broker *broker, const struct broker_element *from,
				const struct broker_provider *to, broker_visit *visit, void *data)
{
	unsigned int part = from->part;

	/* Pools of kvrm's own are of several types, and their part says of which. */
	while (resources[part].pools != from->provider)
		part++;
	return visit_capabilities(part, visit, data);
}

/* Of settings: how they can be changed now. */
static int setting_to_capabilities(const struct broker *broker, const struct broker_element *from,
				   const struct broker_provider *to, broker_visit *visit,
				   void *data)
{
	const struct system *system = from->object;
	unsigned int type = 0;

	while (resources[type].settings != from->provider)
		type++;
	if (from->part == PROFILE_STATE)
		return visit_capabilities(type + N_RESOURCES, visit, data);
	/* Those of what runs are not changed but with the ones in effect. */
	return system->state == SYSTEM_DEFINED ? visit_capabilities(type, visit, data) : 0;
}

static int capabilities_to_ranges(const struct broker *broker, const struct broker_element *from,
				  const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit_ranges(to, from->part, visit, data);
}

static int range_to_capabilities(const struct broker *broker, const struct broker_element *from,
				 const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit_capabilities(from->part, visit, data);
}

static void fill_current(const struct broker *broker, const struct broker_element *const ends[2],
			 struct cim_instance *instance)
{
	static const uint16_t current[] = { 3 };

	cim_put_numbers(instance, "Characteristics", 1, current);
}

static void fill_range(const struct broker *broker, const struct broker_element *const ends[2],
		       struct cim_instance *instance)
{
	cim_put_number(instance, "PropertyPolicy", 0);
	cim_put_number(instance, "ValueRole", kinds[ends[1]->index].role);
	cim_put_number(instance, "ValueRange", kinds[ends[1]->index].range);
}

static const struct broker_provider *const providers[] = {
	&allocation_capabilities, &processor_range, &memory_range,
	&adapter_range,		  &disk_range,	    &serial_range
};

#define OF_POOL(pool)                                                                              \
	{ .class = "CIM_ElementCapabilities",                                                      \
	  .roles = { "ManagedElement", "Capabilities" },                                           \
	  .ends = { &(pool), &allocation_capabilities },                                           \
	  .others = { pool_to_capabilities, NULL },                                                \
	  .fill = profile_fill_default }
#define OF_SETTING(setting)                                                                        \
	{ .class = "CIM_ElementCapabilities",                                                      \
	  .roles = { "ManagedElement", "Capabilities" },                                           \
	  .ends = { &(setting), &allocation_capabilities },                                        \
	  .others = { setting_to_capabilities, NULL },                                             \
	  .fill = fill_current }
#define RANGES(range)                                                                              \
	{ .class = "CIM_SettingsDefineCapabilities",                                               \
	  .roles = { "GroupComponent", "PartComponent" },                                          \
	  .ends = { &allocation_capabilities, &(range) },                                          \
	  .others = { capabilities_to_ranges, range_to_capabilities },                             \
	  .fill = fill_range }

static const struct broker_link links[] = {
	{ .class = "CIM_ElementCapabilities",
	  .roles = { "ManagedElement", "Capabilities" },
	  .ends = { &host_system, &allocation_capabilities },
	  .others = { host_to_capabilities, NULL },
	  .fill = profile_fill_default },
	OF_POOL(resource_pool),
	OF_POOL(adapter_pool),
	OF_POOL(disk_pool),
	OF_POOL(serial_pool),
	OF_SETTING(processor_setting),
	OF_SETTING(memory_setting),
	OF_SETTING(adapter_setting),
	OF_SETTING(disk_setting),
	OF_SETTING(serial_setting),
	RANGES(processor_range),
	RANGES(memory_range),
	RANGES(adapter_range),
	RANGES(disk_range),
	RANGES(serial_range),
};

const struct broker_profile profile_dsp1043 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
