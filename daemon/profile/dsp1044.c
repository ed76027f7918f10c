// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1044, processor resource virtualization: virtual processors, and how much of the host's they get.
 */
#include "daemon/profile/setting.h"

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
	.data = &(const struct profile_setting){ .name = "/processor" },
	.each = profile_each_setting,
	.find = profile_find_setting,
	.keys = profile_setting_keys,
	.fill = setting_fill,
};

static size_t count_processors(const struct system *system)
{
	return system->definition->vcpus;
}

static void processor_fill(const struct broker *broker, const struct broker_element *element,
			   struct cim_instance *instance)
{
	cim_put_format(instance, "ElementName", "Virtual processor %zu", element->index);
	cim_put_text(instance, "Role", "Central Processor");
	cim_put_number(instance, "NumberOfEnabledCores", 1);
	profile_put_device(element->object, instance);
}

const struct broker_provider virtual_processor = {
	.class = "KVRM_Processor",
	.ns = CIM_ROOT,
	.data = &(const struct profile_device){ "processor", count_processors },
	.each = profile_each_device,
	.find = profile_find_device,
	.keys = profile_device_keys,
	.fill = processor_fill,
};

static const struct broker_provider *const providers[] = { &processor_setting, &virtual_processor };

static const struct broker_link links[] = { PROFILE_RESOURCE(processor_setting,
							     virtual_processor) };

const struct broker_profile profile_dsp1044 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
