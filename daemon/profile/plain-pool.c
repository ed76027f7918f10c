// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools of which nothing can be reserved, and which are neither made nor changed: one for each of some types.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/profile/setting.h"

/**
 * profile_find_plain_pool() - the pool of a provider, if a path names it
 * @broker: broker
 * @provider: its data is a struct profile_plain_pool
 * @path: whose InstanceID counts
 * @ret: receives the element
 *
 * Return: whether it does.
 */
bool profile_find_plain_pool(const struct broker *broker, const struct broker_provider *provider,
			     const struct cim_path *path, struct broker_element *ret)
{
	const struct profile_plain_pool *pool = provider->data;
	char id[64];

	*ret = (struct broker_element){ .provider = provider };
	snprintf(id, sizeof(id), PROFILE_PREFIX "pool/%s/" POOL_HOST, pool->name);
	return !strcmp(cim_path_text(path, "InstanceID"), id);
}

/**
 * profile_plain_pool_keys() - put the InstanceID of such a pool
 * @broker: broker
 * @element: the pool
 * @instance: of it
 */
void profile_plain_pool_keys(const struct broker *broker, const struct broker_element *element,
			     struct cim_instance *instance)
{
	const struct profile_plain_pool *pool = element->provider->data;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "pool/%s/" POOL_HOST, pool->name);
}

/**
 * profile_plain_pool_fill() - put what such a pool tells: nothing of it is guaranteed to anybody
 * @broker: broker
 * @element: the pool
 * @instance: of it
 */
void profile_plain_pool_fill(const struct broker *broker, const struct broker_element *element,
			     struct cim_instance *instance)
{
	const struct profile_plain_pool *pool = element->provider->data;
	const struct host *host = profile_env(broker)->host;
	static const uint16_t ok[] = { 2 };
	uint64_t consumed = 0;

	for (size_t i = 0; i < host->n_systems; i++) {
		if (profile_has_world(host->systems[i], PROFILE_STATE))
			consumed += pool->count(host->systems[i]);
	}
	cim_put_text(instance, "ElementName", pool->title);
	cim_put_text(instance, "PoolID", POOL_HOST);
	cim_put_bool(instance, "Primordial", true);
	cim_put_number(instance, "ResourceType", pool->type);
	cim_put_text(instance, "AllocationUnits", PROFILE_COUNT_UNIT);
	cim_put_number(instance, "Capacity", 0);
	cim_put_number(instance, "Reserved", 0);
	cim_put_text(instance, "ConsumedResourceUnits", PROFILE_COUNT_UNIT);
	cim_put_number(instance, "CurrentlyConsumedResource", consumed);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

/**
 * profile_to_plain_pool() - from a device, or its settings in effect, to the one pool of its type
 * @broker: broker
 * @from: device or settings
 * @to: provider of the pool
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_to_plain_pool(const struct broker *broker, const struct broker_element *from,
			  const struct broker_provider *to, broker_visit *visit, void *data)
{
	/* What is defined is a wish; nothing is allocated for it. */
	if (profile_setting_type(from->provider) && from->part != PROFILE_STATE)
		return 0;
	return visit(&(struct broker_element){ .provider = to }, data);
}
