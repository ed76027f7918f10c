// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1041, resource allocation: pools of the host's resources, what is allocated from them, and the service that
 * makes and changes them.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/profile/pool.h"

static const struct {
	unsigned int type;
	const char *name;
	const char *unit;
	enum kvrm_resource resource;
} types[PROFILE_POOL_TYPES] = {
	{ PROFILE_PROCESSOR, "processor", PROFILE_PROCESSOR_UNIT, KVRM_RESOURCE_CPU },
	{ PROFILE_MEMORY, "memory", PROFILE_MEMORY_UNIT, KVRM_RESOURCE_MEMORY },
};

/* As ResourcePoolConfigurationCapabilities counts methods. */
enum {
	CREATE_CHILD = 3,
	DELETE = 4,
	CHANGE_PARENT = 7,
};

/**
 * profile_pool_type() - the type of a pool's resource
 * @part: of the element
 *
 * Return: ResourceType.
 */
unsigned int profile_pool_type(unsigned int part)
{
	return types[part].type;
}

/**
 * profile_type_part() - where pools of a type of resource are
 * @type: ResourceType, one that there are pools of
 *
 * Return: the part of their elements.
 */
unsigned int profile_type_part(unsigned int type)
{
	return type == PROFILE_MEMORY;
}

/**
 * profile_pool_unit() - the unit of a pool's amounts
 * @part: of the element
 */
const char *profile_pool_unit(unsigned int part)
{
	return types[part].unit;
}

/**
 * profile_pool_type_name() - what is in the InstanceID for the type of a resource
 * @part: of the element
 */
const char *profile_pool_type_name(unsigned int part)
{
	return types[part].name;
}

/**
 * profile_pool_element() - a pool
 * @pool: which
 * @part: of which resource
 *
 * Return: the element.
 */
struct broker_element profile_pool_element(const struct pool *pool, unsigned int part)
{
	return (struct broker_element){ .provider = &resource_pool, .object = pool, .part = part };
}

/**
 * profile_each_pool() - visit the instances of a provider that has one for each pool
 * @broker: broker
 * @provider: provider
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_each_pool(const struct broker *broker, const struct broker_provider *provider,
		      broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_pools; i++) {
		struct broker_element element = { .provider = provider, .object = host->pools[i] };

		for (; !r && element.part < PROFILE_POOL_TYPES; element.part++)
			r = visit(&element, data);
	}
	return r;
}

/* The pool whose name is in an InstanceID. */
static bool find_pool(const struct broker *broker, const struct broker_provider *provider,
		      const struct cim_path *path, struct broker_element *ret)
{
	const char *id = cim_path_text(path, "InstanceID");
	char prefix[64];

	*ret = (struct broker_element){ .provider = provider };
	for (; ret->part < PROFILE_POOL_TYPES; ret->part++) {
		snprintf(prefix, sizeof(prefix), PROFILE_PREFIX "pool/%s/", types[ret->part].name);
		if (strncmp(id, prefix, strlen(prefix)))
			continue;
		ret->object = host_find_pool(profile_env(broker)->host, id + strlen(prefix));
		return ret->object;
	}
	return false;
}

static void pool_keys(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	const struct pool *pool = element->object;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "pool/%s/%s",
		       types[element->part].name, pool->definition->name);
}

static bool is_below(const struct host *host, const struct system *system, const struct pool *pool)
{
	const struct pool *at = host_find_pool(host, system->definition->pool);

	while (at && at != pool)
		at = host_find_pool(host, at->definition->parent);
	return at;
}

/* What guests see of a resource, of all that run below a pool. */
static uint64_t consumed(const struct host *host, const struct pool *pool, unsigned int part)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < host->n_systems; i++) {
		const struct system *system = host->systems[i];

		if (system->state == SYSTEM_DEFINED || !is_below(host, system, pool))
			continue;
		if (types[part].type == PROFILE_PROCESSOR)
			sum += system->definition->vcpus;
		else
			sum += system_memory(system);
	}
	return sum;
}

static void pool_fill(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 };
	enum kvrm_resource resource = types[element->part].resource;
	const struct pool *pool = element->object;

	cim_put_text(instance, "ElementName", pool->definition->name);
	cim_put_text(instance, "Description", pool->definition->description);
	cim_put_text(instance, "PoolID", pool->definition->name);
	cim_put_bool(instance, "Primordial", pool_is_root(pool));
	cim_put_number(instance, "ResourceType", types[element->part].type);
	cim_put_text(instance, "AllocationUnits", types[element->part].unit);
	cim_put_number(instance, "Capacity", pool->node.share[resource].reservation);
	cim_put_number(instance, "Reserved", pool->node.reserved[resource]);
	cim_put_text(instance, "ConsumedResourceUnits",
		     resource == KVRM_RESOURCE_CPU ? PROFILE_COUNT_UNIT : PROFILE_MEMORY_UNIT);
	cim_put_number(instance, "CurrentlyConsumedResource",
		       consumed(profile_env(broker)->host, pool, element->part));
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

const struct broker_provider resource_pool = {
	.class = "KVRM_ResourcePool",
	.ns = CIM_ROOT,
	.each = profile_each_pool,
	.find = find_pool,
	.keys = pool_keys,
	.fill = pool_fill,
};

static const struct broker_method service_methods[] = {
	{ "CreateResourcePool", CIM_FAMILY_POOL, BROKER_MANAGE, profile_not_supported },
	{ "CreateChildResourcePool", CIM_FAMILY_POOL, BROKER_MANAGE, profile_create_child_pool },
	{ "DeleteResourcePool", CIM_FAMILY_POOL, BROKER_MANAGE, profile_delete_pool },
	{ "AddResourcesToResourcePool", CIM_FAMILY_POOL, BROKER_MANAGE, profile_not_supported },
	{ "RemoveResourcesFromResourcePool", CIM_FAMILY_POOL, BROKER_MANAGE,
	  profile_not_supported },
	{ "ChangeParentResourcePool", CIM_FAMILY_POOL, BROKER_MANAGE, profile_change_parent_pool },
};

const struct broker_provider pool_service = {
	.class = "KVRM_ResourcePoolConfigurationService",
	.ns = CIM_ROOT,
	.data = &(const struct profile_service){ "pools", "Configuration of pools" },
	.keys = profile_service_keys,
	.fill = profile_service_fill,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	static const uint16_t methods[] = { CREATE_CHILD, DELETE, CHANGE_PARENT };

	cim_put_text(instance, "ElementName", "What can be done with pools");
	cim_put_numbers(instance, "SynchronousMethodsSupported",
			sizeof(methods) / sizeof(methods[0]), methods);
	cim_put_numbers(instance, "AsynchronousMethodsSupported", 0, NULL);
}

const struct broker_provider pool_capabilities = {
	.class = "KVRM_ResourcePoolConfigurationCapabilities",
	.ns = CIM_ROOT,
	.data = "pool-capabilities",
	.keys = profile_id_keys,
	.fill = capabilities_fill,
};

static int visit_pool(const struct pool *pool, unsigned int part, broker_visit *visit, void *data)
{
	const struct broker_element element = profile_pool_element(pool, part);

	return pool ? visit(&element, data) : 0;
}

static int to_parent(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct pool *pool = from->object;

	return visit_pool(host_find_pool(profile_env(broker)->host, pool->definition->parent),
			  from->part, visit, data);
}

static int to_children(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	const struct pool *pool = from->object;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_pools; i++) {
		if (!strcmp(host->pools[i]->definition->parent, pool->definition->name))
			r = visit_pool(host->pools[i], from->part, visit, data);
	}
	return r;
}

/* From a resource of a virtual system that runs to the pool that it is from. */
static int to_pool(const struct broker *broker, const struct broker_element *from,
		   const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct system *system = from->object;
	bool processor =
		from->provider == &processor_setting || from->provider == &virtual_processor;
	bool setting = from->provider == &processor_setting || from->provider == &memory_setting;

	/* What is defined is a wish; nothing is allocated for it. */
	if (setting && from->part != PROFILE_STATE)
		return 0;
	return visit_pool(host_find_pool(profile_env(broker)->host, system->definition->pool),
			  profile_type_part(processor ? PROFILE_PROCESSOR : PROFILE_MEMORY), visit,
			  data);
}

static const struct broker_provider *const providers[] = { &resource_pool, &pool_service,
							   &pool_capabilities };

#define OF_POOL(association, what)                                                                 \
	{                                                                                          \
		.class = association, .roles = { "Antecedent", "Dependent" },                      \
		.ends = { &resource_pool, &(what) }, .others = {                                   \
			NULL,                                                                      \
			to_pool                                                                    \
		}                                                                                  \
	}

static const struct broker_link links[] = {
	{ .class = "CIM_HostedResourcePool",
	  .roles = { "GroupComponent", "PartComponent" },
	  .ends = { &host_system, &resource_pool } },
	{ .class = "CIM_ElementAllocatedFromPool",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &resource_pool, &resource_pool },
	  .others = { to_children, to_parent } },
	OF_POOL("CIM_ElementAllocatedFromPool", virtual_processor),
	OF_POOL("CIM_ElementAllocatedFromPool", virtual_memory),
	OF_POOL("CIM_ResourceAllocationFromPool", processor_setting),
	OF_POOL("CIM_ResourceAllocationFromPool", memory_setting),
	PROFILE_HOSTED_SERVICE(pool_service),
	PROFILE_DEFAULT_CAPABILITIES(pool_service, pool_capabilities),
	PROFILE_MANAGED(resource_pool, pool_service),
};

const struct broker_profile profile_dsp1041 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
