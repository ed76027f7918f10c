// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1041: what a pool has from the pool that it was carved out of, as settings.
 */
#include "daemon/profile/pool.h"

/* One provider tells of instances of one class; processors have a class of their own. */
static int each(const struct broker *broker, const struct broker_provider *provider,
		broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_pools; i++) {
		if (!pool_is_root(host->pools[i]))
			r = visit(&(struct broker_element){ .provider = provider,
							    .object = host->pools[i],
							    .part = provider ==
								    &memory_pool_setting },
				  data);
	}
	return r;
}

static void keys(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	const struct pool *pool = element->object;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "pool/%s/%s/allocation",
		       profile_pool_type_name(element->part), pool->definition->name);
}

static void fill(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	const struct pool *pool = element->object;
	const struct pool_definition *d = pool->definition;
	bool processor = element->provider == &processor_pool_setting;

	cim_put_text(instance, "ElementName", d->name);
	cim_put_number(instance, "ChangeableType", 2);
	cim_put_number(instance, "ResourceType", profile_pool_type(element->part));
	cim_put_text(instance, "PoolID", d->parent);
	/* Nobody sees a pool as a device. */
	cim_put_number(instance, "ConsumerVisibility", 4);
	cim_put_text(instance, "AllocationUnits", profile_pool_unit(element->part));
	cim_put_number(instance, "Reservation",
		       processor ? d->cpu.reservation_us : d->memory.reservation_bytes);
	cim_put_number(instance, "Weight", processor ? d->cpu.weight : d->memory.weight);
	cim_put_number(instance, "Limit", processor ? d->cpu.limit_us : d->memory.limit_bytes);
}

const struct broker_provider processor_pool_setting = {
	.class = "KVRM_ProcessorAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each,
	.keys = keys,
	.fill = fill,
};

const struct broker_provider memory_pool_setting = {
	.class = "KVRM_ResourceAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each,
	.keys = keys,
	.fill = fill,
};

static int to_parent(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct pool *pool = from->object;
	const struct broker_element element =
		profile_pool_element(host_find_pool(profile_env(broker)->host,
						    pool->definition->parent),
				     from->part);

	return element.object ? visit(&element, data) : 0;
}

static int to_pool(const struct broker *broker, const struct broker_element *from,
		   const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct broker_element element = profile_pool_element(from->object, from->part);

	return visit(&element, data);
}

static const struct broker_provider *const providers[] = { &processor_pool_setting,
							   &memory_pool_setting };

#define FROM_PARENT(what)                                                                          \
	{                                                                                          \
		.class = "CIM_ResourceAllocationFromPool", .roles = { "Antecedent", "Dependent" }, \
		.ends = { &resource_pool, &(what) }, .others = {                                   \
			NULL,                                                                      \
			to_parent                                                                  \
		}                                                                                  \
	}
#define OF_POOL(what)                                                                              \
	{                                                                                          \
		.class = "CIM_SettingsDefineState", .roles = { "ManagedElement", "SettingData" },  \
		.ends = { &resource_pool, &(what) }, .others = {                                   \
			NULL,                                                                      \
			to_pool                                                                    \
		}                                                                                  \
	}

static const struct broker_link links[] = {
	FROM_PARENT(processor_pool_setting),
	FROM_PARENT(memory_pool_setting),
	OF_POOL(processor_pool_setting),
	OF_POOL(memory_pool_setting),
};

const struct broker_profile profile_dsp1041_pool_setting = {
	providers, sizeof(providers) / sizeof(providers[0]), links, sizeof(links) / sizeof(links[0])
};
