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
		struct broker_element element = { .provider = provider,
						  .object = host->systems[i] };

		for (; !r && element.part < PROFILE_WORLDS; element.part++) {
			if (profile_has_world(host->systems[i], element.part))
				r = visit(&element, data);
		}
	}
	return r;
}

/**
 * profile_find_setting() - the settings with a path
 * @broker: broker
 * @provider: provider of the settings
 * @path: whose InstanceID counts
 * @suffix: what is behind the world in it
 * @ret: receives the element
 *
 * Return: whether there are such settings.
 */
bool profile_find_setting(const struct broker *broker, const struct broker_provider *provider,
			  const struct cim_path *path, const char *suffix,
			  struct broker_element *ret)
{
	const char *rest = "";
	const struct system *system =
		profile_find_uuid(broker, cim_path_text(path, "InstanceID"), &rest);

	if (!system)
		return false;
	*ret = (struct broker_element){ .provider = provider, .object = system };
	for (; ret->part < PROFILE_WORLDS; ret->part++) {
		size_t length = strlen(worlds[ret->part]);

		if (!strncmp(rest, worlds[ret->part], length) && !strcmp(rest + length, suffix))
			return !*suffix || profile_has_world(system, ret->part);
	}
	return false;
}

/**
 * profile_put_setting_key() - put the InstanceID of settings
 * @element: settings
 * @suffix: what is behind the world in it
 * @instance: of them
 */
void profile_put_setting_key(const struct broker_element *element, const char *suffix,
			     struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s%s%s", system->definition->uuid,
		       worlds[element->part], suffix);
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
 * profile_to_configuration() - from settings of a resource to the configuration that they are a part of
 * @broker: broker
 * @from: the settings
 * @visit: visited with
 * @data: for @visit
 *
 * Return: what @visit returned.
 */
int profile_to_configuration(const struct broker *broker, const struct broker_element *from,
			     broker_visit *visit, void *data)
{
	struct broker_element element = *from;

	element.provider = &configuration;
	return visit(&element, data);
}

/**
 * profile_visit_setting() - visit the settings of a resource of a virtual system, if there are any
 * @provider: provider of the settings
 * @from: an element of the virtual system
 * @world: enum profile_world
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what @visit returned.
 */
int profile_visit_setting(const struct broker_provider *provider, const struct broker_element *from,
			  unsigned int world, broker_visit *visit, void *data)
{
	const struct broker_element element = { .provider = provider,
						.object = from->object,
						.part = world };

	return profile_has_world(from->object, world) ? visit(&element, data) : 0;
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
