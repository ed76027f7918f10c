// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What there is of a system, of a job, or of all pools: the instances whose changes are told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/indication.h"
#include "daemon/profile/job.h"
#include "daemon/profile/setting.h"

/* Instances on their way to a list. */
struct collection {
	const struct broker *broker;
	struct profile_known *known;
};

/* Of a system. */
static const struct broker_provider *const settings[] = {
	&processor_setting, &memory_setting, &disk_setting, &adapter_setting, &serial_setting,
};

/* Of pools. */
static const struct broker_provider *const pools[] = {
	&resource_pool, &processor_pool_setting, &memory_pool_setting, &disk_pool,
	&adapter_pool,	&adapter_pool_setting,	 &serial_pool,
};

static int add(const struct broker_element *element, void *data)
{
	struct collection *c = data;
	struct profile_known *known = c->known;
	struct cim_instance **instances =
		reallocarray(known->instances, known->n + 1, sizeof(*instances));

	if (!instances)
		return -ENOMEM;
	known->instances = instances;
	instances[known->n] = broker_instance(c->broker, element);
	if (!instances[known->n])
		return -ENOMEM;
	known->n++;
	return 0;
}

static int collect_system(struct collection *c, const struct system *system)
{
	const struct broker_element element = profile_system_element(system);
	int r = add(&element, c);

	for (unsigned int world = 0; !r && world < PROFILE_WORLDS; world++) {
		const struct broker_element whole = { .provider = &configuration,
						      .object = system,
						      .part = world };

		r = add(&whole, c);
		for (size_t i = 0; !r && i < sizeof(settings) / sizeof(settings[0]); i++)
			r = profile_same_world(c->broker, &whole, settings[i], add, c);
	}
	return r;
}

static int collect_pools(struct collection *c)
{
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(pools) / sizeof(pools[0]); i++)
		r = broker_each(c->broker, pools[i], add, c);
	return r;
}

/**
 * profile_collect() - what there is of a system, of a job, or of pools
 * @broker: broker
 * @ret: says of what; receives the instances: none if the system or the job is gone
 *
 * Return: 0 or -ENOMEM; @ret is empty then.
 */
int profile_collect(const struct broker *broker, struct profile_known *ret)
{
	const struct host *host = profile_env(broker)->host;
	struct collection c = { broker, ret };
	const struct system *system = *ret->uuid ? host_find(host, ret->uuid) : NULL;
	const struct profile_job *job = profile_find_job(broker, ret->uuid);
	int r = 0;

	if (!*ret->uuid)
		r = collect_pools(&c);
	else if (job)
		r = add(&(struct broker_element){ .provider = &concrete_job, .object = job }, &c);
	else if (system)
		r = collect_system(&c, system);
	if (r)
		profile_known_clear(ret);
	return r;
}

static bool is_among(const struct broker_provider *provider,
		     const struct broker_provider *const *list, size_t n)
{
	size_t i = 0;

	while (i < n && list[i] != provider)
		i++;
	return i < n;
}

/**
 * profile_system_of() - the system that something is told of with
 * @element: any
 *
 * Return: NULL if it is not told of with a system.
 */
const struct system *profile_system_of(const struct broker_element *element)
{
	const struct broker_provider *p = element->provider;

	return p == &virtual_system || p == &configuration ||
			       is_among(p, settings, sizeof(settings) / sizeof(settings[0]))
		       ? element->object
		       : NULL;
}

/**
 * profile_is_told() - whether changes of instances are told
 * @provider: of the instances
 */
bool profile_is_told(const struct broker_provider *provider)
{
	return provider == &virtual_system || provider == &configuration ||
	       provider == &concrete_job ||
	       is_among(provider, settings, sizeof(settings) / sizeof(settings[0])) ||
	       is_among(provider, pools, sizeof(pools) / sizeof(pools[0]));
}

/**
 * profile_known_clear() - forget what is known
 * @known: is empty afterwards
 */
void profile_known_clear(struct profile_known *known)
{
	for (size_t i = 0; i < known->n; i++)
		cim_instance_free(known->instances[i]);
	free(known->instances);
	known->instances = NULL;
	known->n = 0;
}

/**
 * profile_known_find() - what is known of an instance
 * @known: of its system, of jobs, or of pools
 * @path: of the instance
 *
 * Return: the instance; NULL if there was none.
 */
struct cim_instance *profile_known_find(const struct profile_known *known,
					const struct cim_path *path)
{
	for (size_t i = 0; i < known->n; i++) {
		if (cim_path_equal(known->instances[i]->path, path))
			return known->instances[i];
	}
	return NULL;
}
