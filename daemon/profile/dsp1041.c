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

static int each_pool(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_pool(broker, &resource_pool, visit, data);
}

/**
 * profile_find_pool() - the pool whose name is in an InstanceID
 * @broker: broker
 * @provider: of the element
 * @path: whose InstanceID counts
 * @suffix: what is behind the name in it
 * @ret: receives the element
 *
 * Return: whether there is such a pool.
 */
bool profile_find_pool(const struct broker *broker, const struct broker_provider *provider,
		       const struct cim_path *path, const char *suffix, struct broker_element *ret)
{
	const char *id = cim_path_text(path, "InstanceID");
	char prefix[64], pool[POOL_NAME_MAX + 1];
	size_t length = strlen(suffix), n;

	*ret = (struct broker_element){ .provider = provider };
	for (; ret->part < PROFILE_POOL_TYPES; ret->part++) {
		snprintf(prefix, sizeof(prefix), PROFILE_PREFIX "pool/%s/", types[ret->part].name);
		n = strlen(prefix);
		if (strncmp(id, prefix, n) || strlen(id + n) < length)
			continue;
		n = strlen(id + n) - length;
		if (n > POOL_NAME_MAX)
			return false;
		snprintf(pool, sizeof(pool), "%.*s", (int)n, id + strlen(prefix));
		ret->object = host_find_pool(profile_env(broker)->host, pool);
		return ret->object;
	}
	return false;
}

static bool find_pool(const struct broker *broker, const struct cim_path *path,
		      struct broker_element *ret)
{
	return profile_find_pool(broker, &resource_pool, path, "", ret);
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

		if (system->state != SYSTEM_DEFINED && is_below(host, system, pool))
			sum += types[part].type == PROFILE_PROCESSOR
				       ? system->definition->vcpus
				       : system->definition->memory_bytes;
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
	.each = each_pool,
	.find = find_pool,
	.keys = pool_keys,
	.fill = pool_fill,
};

static int each_service(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_one(&pool_service, visit, data);
}

static void service_keys(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	profile_put_service_keys(broker, instance, "pools");
}

static void service_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	profile_put_service(broker, instance, "Configuration of pools");
}

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
	.each = each_service,
	.keys = service_keys,
	.fill = service_fill,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

static int each_capabilities(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_one(&pool_capabilities, visit, data);
}

static void capabilities_keys(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	cim_put_text(instance, "InstanceID", PROFILE_PREFIX "pool-capabilities");
}

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
	.each = each_capabilities,
	.keys = capabilities_keys,
	.fill = capabilities_fill,
};

static int to_pools(const struct broker *broker, const struct broker_element *from,
		    broker_visit *visit, void *data)
{
	return each_pool(broker, visit, data);
}

static int to_service(const struct broker *broker, const struct broker_element *from,
		      broker_visit *visit, void *data)
{
	return profile_each_one(&pool_service, visit, data);
}

static int to_capabilities(const struct broker *broker, const struct broker_element *from,
			   broker_visit *visit, void *data)
{
	return profile_each_one(&pool_capabilities, visit, data);
}

static int visit_pool(const struct pool *pool, unsigned int part, broker_visit *visit, void *data)
{
	const struct broker_element element = profile_pool_element(pool, part);

	return pool ? visit(&element, data) : 0;
}

static int to_parent(const struct broker *broker, const struct broker_element *from,
		     broker_visit *visit, void *data)
{
	const struct pool *pool = from->object;

	return visit_pool(host_find_pool(profile_env(broker)->host, pool->definition->parent),
			  from->part, visit, data);
}

static int to_children(const struct broker *broker, const struct broker_element *from,
		       broker_visit *visit, void *data)
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
		   broker_visit *visit, void *data)
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
	  .ends = { &host_system, &resource_pool },
	  .others = { to_pools, profile_to_host } },
	{ .class = "CIM_ElementAllocatedFromPool",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &resource_pool, &resource_pool },
	  .others = { to_children, to_parent } },
	OF_POOL("CIM_ElementAllocatedFromPool", virtual_processor),
	OF_POOL("CIM_ElementAllocatedFromPool", virtual_memory),
	OF_POOL("CIM_ResourceAllocationFromPool", processor_setting),
	OF_POOL("CIM_ResourceAllocationFromPool", memory_setting),
	{ .class = "CIM_HostedService",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &host_system, &pool_service },
	  .others = { to_service, profile_to_host } },
	{ .class = "CIM_ElementCapabilities",
	  .roles = { "ManagedElement", "Capabilities" },
	  .ends = { &pool_service, &pool_capabilities },
	  .others = { to_capabilities, to_service },
	  .fill = profile_fill_default },
	{ .class = "CIM_ServiceAffectsElement",
	  .roles = { "AffectedElement", "AffectingElement" },
	  .ends = { &resource_pool, &pool_service },
	  .others = { to_service, to_pools },
	  .fill = profile_fill_manages },
};

const struct broker_profile profile_dsp1041 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
