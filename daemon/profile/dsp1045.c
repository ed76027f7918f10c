// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1045, memory resource virtualization: the memory of virtual systems, and what of it is guaranteed and allowed.
 */
#include "daemon/profile/setting.h"

/* Guests have whole MiB, and pages of this size. */
#define MEMORY_BLOCK_BYTES UINT64_C(4096)

static void setting_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	const struct system *system = element->object;
	const struct definition *d = system->definition;
	bool state = element->part == PROFILE_STATE;

	profile_put_resource(element, PROFILE_MEMORY, instance);
	cim_put_text(instance, "ElementName", "Memory");
	cim_put_number(instance, "VirtualQuantity", d->memory_bytes);
	cim_put_number(instance, "VirtualQuantityLimit", d->memory_max_bytes);
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
	.data = &(const struct profile_setting){ .name = "/memory" },
	.each = profile_each_setting,
	.find = profile_find_setting,
	.keys = profile_setting_keys,
	.fill = setting_fill,
};

static void memory_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct system *system = element->object;
	uint64_t blocks = system_memory(system) / MEMORY_BLOCK_BYTES;

	cim_put_text(instance, "ElementName", "Memory");
	cim_put_bool(instance, "Volatile", true);
	/* Read and written. */
	cim_put_number(instance, "Access", 3);
	cim_put_number(instance, "BlockSize", MEMORY_BLOCK_BYTES);
	cim_put_number(instance, "NumberOfBlocks", blocks);
	cim_put_number(instance, "ConsumableBlocks", blocks);
	profile_put_device(system, instance);
}

const struct broker_provider virtual_memory = {
	.class = "KVRM_Memory",
	.ns = CIM_ROOT,
	.data = &(const struct profile_device){ "memory", NULL },
	.each = profile_each_device,
	.find = profile_find_device,
	.keys = profile_device_keys,
	.fill = memory_fill,
};

static const struct broker_provider *const providers[] = { &memory_setting, &virtual_memory };

static const struct broker_link links[] = { PROFILE_RESOURCE(memory_setting, virtual_memory) };

const struct broker_profile profile_dsp1045 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
