// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of virtual systems and of their resources, in both worlds: which there are, what they are called, and
 * what all of them tell.
 *
 * The defined configuration is always there. The one in effect is as well, and has resources as long as the
 * virtual system has a QEMU.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/setting.h"

static const char *const worlds[PROFILE_WORLDS] = {
	[PROFILE_STATE] = "/state",
	[PROFILE_DEFINED] = "/defined",
};

/**
 * profile_setting_type() - the type of the resource that a virtual system's settings are of
 * @provider: provider of the settings
 *
 * Return: ResourceType; 0: they are of none, or no virtual system's.
 */
unsigned int profile_setting_type(const struct broker_provider *provider)
{
	static const struct {
		const struct broker_provider *provider;
		unsigned int type;
	} types[] = {
		{ &processor_setting, PROFILE_PROCESSOR }, { &memory_setting, PROFILE_MEMORY },
		{ &adapter_setting, PROFILE_ADAPTER },	   { &disk_setting, PROFILE_DISK },
		{ &serial_setting, PROFILE_SERIAL },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].provider == provider)
			return types[i].type;
	}
	return 0;
}

/**
 * profile_has_world() - whether a virtual system has settings of resources in a world
 * @system: which
 * @world: enum profile_world
 */
bool profile_has_world(const struct system *system, unsigned int world)
{
	return world == PROFILE_DEFINED || system->state != SYSTEM_DEFINED;
}

static const struct profile_setting *kind_of(const struct broker_provider *provider)
{
	return provider->data;
}

static bool has(const struct broker_provider *provider, const struct system *system,
		unsigned int world)
{
	/* The configuration itself, not a resource in it. */
	return !*kind_of(provider)->name || profile_has_world(system, world);
}

static size_t count(const struct broker_provider *provider, const struct system *system)
{
	return kind_of(provider)->count ? kind_of(provider)->count(system) : 1;
}

static int visit_setting(const struct broker_provider *provider, const struct broker_element *from,
			 unsigned int world, broker_visit *visit, void *data)
{
	/* From what belongs to one of several to that one, from what belongs to the system to all. */
	bool all = from->provider == &virtual_system || from->provider == &configuration;
	struct broker_element element = { .provider = provider,
					  .object = from->object,
					  .part = world };
	size_t end = count(provider, from->object);
	int r = 0;

	if (!has(provider, from->object, world))
		return 0;
	if (!all && kind_of(provider)->count) {
		element.index = from->index;
		end = end > from->index ? from->index + 1 : 0;
	}
	for (; !r && element.index < end; element.index++)
		r = visit(&element, data);
	return r;
}

/**
 * profile_each_setting() - visit the settings of one resource of all virtual systems
 * @broker: broker
 * @provider: provider of the settings
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_each_setting(const struct broker *broker, const struct broker_provider *provider,
			 broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_systems; i++) {
		const struct broker_element system = profile_system_element(host->systems[i]);

		for (unsigned int world = 0; !r && world < PROFILE_WORLDS; world++)
			r = visit_setting(provider, &system, world, visit, data);
	}
	return r;
}

/* Which of a kind's settings the end of an InstanceID names. */
static bool find_one(const struct broker_provider *provider, const struct system *system,
		     const char *rest, size_t *ret)
{
	const struct profile_setting *kind = kind_of(provider);
	size_t length = strlen(kind->name);

	*ret = 0;
	if (strncmp(rest, kind->name, length))
		return false;
	if (!kind->count)
		return !rest[length];
	*ret = kind->find(system, rest + length);
	return *ret < kind->count(system);
}

/**
 * profile_find_setting() - the settings with a path
 * @broker: broker
 * @provider: provider of the settings
 * @path: whose InstanceID counts
 * @ret: receives the element
 *
 * Return: whether there are such settings.
 */
bool profile_find_setting(const struct broker *broker, const struct broker_provider *provider,
			  const struct cim_path *path, struct broker_element *ret)
{
	const char *rest = "";
	const struct system *system =
		profile_find_uuid(broker, cim_path_text(path, "InstanceID"), &rest);

	if (!system)
		return false;
	*ret = (struct broker_element){ .provider = provider, .object = system };
	for (; ret->part < PROFILE_WORLDS; ret->part++) {
		size_t length = strlen(worlds[ret->part]);

		if (!strncmp(rest, worlds[ret->part], length) &&
		    find_one(provider, system, rest + length, &ret->index))
			return has(provider, system, ret->part);
	}
	return false;
}

/**
 * profile_setting_keys() - put the InstanceID of settings
 * @broker: broker
 * @element: settings
 * @instance: of them
 */
void profile_setting_keys(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance)
{
	const struct profile_setting *kind = kind_of(element->provider);
	const struct system *system = element->object;
	_cleanup_free_ char *id = kind->count ? kind->id(system, element->index) : strdup("");

	if (id)
		cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s%s%s%s",
			       system->definition->uuid, worlds[element->part], kind->name, id);
	else
		instance->failed = true;
}

/**
 * profile_put_setting() - put what the settings of every resource tell
 * @type: of the resource
 * @pool: PoolID of where it is from
 * @instance: of them
 */
void profile_put_setting(unsigned int type, const char *pool, struct cim_instance *instance)
{
	cim_put_number(instance, "ChangeableType", 2);
	cim_put_number(instance, "ResourceType", type);
	cim_put_text(instance, "PoolID", pool);
	cim_put_number(instance, "ConsumerVisibility", 3);
	cim_put_bool(instance, "AutomaticAllocation", true);
	cim_put_bool(instance, "AutomaticDeallocation", true);
}

/**
 * profile_put_resource() - likewise of a resource that is from the pool of its virtual system
 * @element: settings
 * @type: of the resource
 * @instance: of them
 */
void profile_put_resource(const struct broker_element *element, unsigned int type,
			  struct cim_instance *instance)
{
	const struct system *system = element->object;

	profile_put_setting(type, system->definition->pool, instance);
}

/**
 * profile_same_world() - between a configuration and the settings of a resource in it
 * @broker: broker
 * @from: either
 * @to: provider of the settings, or of what they are of
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what @visit returned.
 */
int profile_same_world(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit_setting(to, from, from->part, visit, data);
}

/**
 * profile_to_state() - to the settings in effect
 * @broker: broker
 * @from: an element of a virtual system
 * @to: provider of the settings, or of what they are of
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what @visit returned.
 */
int profile_to_state(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit_setting(to, from, PROFILE_STATE, visit, data);
}

/**
 * profile_from_state() - from the settings in effect to the one thing that they are of
 * @broker: broker
 * @from: settings
 * @to: provider of the settings, or of what they are of
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what @visit returned.
 */
int profile_from_state(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data)
{
	return from->part == PROFILE_STATE ? profile_same_object(broker, from, to, visit, data) : 0;
}

/**
 * profile_to_defined() - from settings in effect to the defined ones
 * @broker: broker
 * @from: settings
 * @to: provider of the settings, or of what they are of
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what @visit returned.
 */
int profile_to_defined(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data)
{
	return from->part == PROFILE_STATE ? visit_setting(to, from, PROFILE_DEFINED, visit, data)
					   : 0;
}

/**
 * profile_from_defined() - from defined settings to those in effect
 * @broker: broker
 * @from: settings
 * @to: provider of the settings, or of what they are of
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what @visit returned.
 */
int profile_from_defined(const struct broker *broker, const struct broker_element *from,
			 const struct broker_provider *to, broker_visit *visit, void *data)
{
	return from->part == PROFILE_DEFINED ? visit_setting(to, from, PROFILE_STATE, visit, data)
					     : 0;
}

/**
 * profile_fill_next() - of ElementSettingData: these settings are what the next start brings
 * @broker: broker
 * @ends: of the association
 * @instance: of it
 */
void profile_fill_next(const struct broker *broker, const struct broker_element *const ends[2],
		       struct cim_instance *instance)
{
	const struct system *system = ends[0]->object;

	cim_put_number(instance, "IsDefault", 1);
	cim_put_number(instance, "IsNext", 1);
	/* What runs was started with them, and what was changed since holds for both. */
	cim_put_number(instance, "IsCurrent", system->state == SYSTEM_DEFINED ? 2 : 1);
}
