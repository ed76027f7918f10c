// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of virtual systems and of their resources, in both worlds: which there are, what they are called, and
 * what all of them tell.
 *
 * The defined configuration is always there. The one in effect is as well, and has resources as long as the
 * virtual system has a QEMU.
 */
#include <string.h>

#include "daemon/profile/setting.h"

static const char *const worlds[PROFILE_WORLDS] = {
	[PROFILE_STATE] = "/state",
	[PROFILE_DEFINED] = "/defined",
};

/**
 * profile_has_world() - whether a virtual system has settings of resources in a world
 * @system: which
 * @world: enum profile_world
 */
bool profile_has_world(const struct system *system, unsigned int world)
{
	return world == PROFILE_DEFINED || system->state != SYSTEM_DEFINED;
}

static bool has(const struct broker_provider *provider, const struct system *system,
		unsigned int world)
{
	/* The configuration itself, not a resource in it. */
	return !*(const char *)provider->data || profile_has_world(system, world);
}

static int visit_setting(const struct broker_provider *provider, const struct broker_element *from,
			 unsigned int world, broker_visit *visit, void *data)
{
	const struct broker_element element = { .provider = provider,
						.object = from->object,
						.part = world };

	return has(provider, from->object, world) ? visit(&element, data) : 0;
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
		    !strcmp(rest + length, provider->data))
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
	const struct system *system = element->object;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s%s%s", system->definition->uuid,
		       worlds[element->part], (const char *)element->provider->data);
}

/**
 * profile_put_resource() - put what the settings of every resource tell
 * @element: settings
 * @type: of the resource
 * @instance: of them
 */
void profile_put_resource(const struct broker_element *element, unsigned int type,
			  struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_number(instance, "ChangeableType", 2);
	cim_put_number(instance, "ResourceType", type);
	cim_put_text(instance, "PoolID", system->definition->pool);
	cim_put_number(instance, "ConsumerVisibility", 3);
	cim_put_bool(instance, "AutomaticAllocation", true);
	cim_put_bool(instance, "AutomaticDeallocation", true);
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
