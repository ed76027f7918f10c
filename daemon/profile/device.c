// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices of virtual systems: which there are, what they are called, and what all of them tell. They are there as
 * long as their virtual system has a QEMU.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/setting.h"

static size_t count(const struct broker_provider *provider, const struct system *system)
{
	const struct profile_device *device = provider->data;

	if (!profile_has_world(system, PROFILE_STATE))
		return 0;
	return device->count ? device->count(system) : 1;
}

static int visit_devices(const struct broker_provider *provider, const struct system *system,
			 broker_visit *visit, void *data)
{
	struct broker_element element = { .provider = provider, .object = system };
	size_t n = count(provider, system);
	int r = 0;

	for (; !r && element.index < n; element.index++)
		r = visit(&element, data);
	return r;
}

/**
 * profile_each_device() - visit the devices of one type of all virtual systems
 * @broker: broker
 * @provider: provider of the devices
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_each_device(const struct broker *broker, const struct broker_provider *provider,
			broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_systems; i++)
		r = visit_devices(provider, host->systems[i], visit, data);
	return r;
}

/**
 * profile_find_device() - the device with a path
 * @broker: broker
 * @provider: provider of the devices
 * @path: whose SystemName and DeviceID count
 * @ret: receives the element
 *
 * Return: whether there may be such a device: other keys were not looked at.
 */
bool profile_find_device(const struct broker *broker, const struct broker_provider *provider,
			 const struct cim_path *path, struct broker_element *ret)
{
	const struct system *system =
		host_find(profile_env(broker)->host, cim_path_text(path, "SystemName"));
	const struct profile_device *device = provider->data;
	const char *id = cim_path_text(path, "DeviceID");

	if (!system || strncmp(id, device->id, strlen(device->id)))
		return false;
	*ret = (struct broker_element){ .provider = provider, .object = system };
	id += strlen(device->id);
	ret->index = device->find ? device->find(system, id) : strtoul(id, NULL, 10);
	return ret->index < count(provider, system);
}

/**
 * profile_device_keys() - put the keys of a device
 * @broker: broker
 * @element: the device
 * @instance: of it
 */
void profile_device_keys(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	const struct profile_device *device = element->provider->data;
	const struct system *system = element->object;
	_cleanup_free_ char *name = device->name ? device->name(system, element->index) : NULL;

	cim_put_text(instance, "SystemCreationClassName", virtual_system.class);
	cim_put_text(instance, "SystemName", system->definition->uuid);
	if (device->name)
		cim_put_format(instance, "DeviceID", "%s%s", device->id, name ? name : "");
	else if (device->count)
		cim_put_format(instance, "DeviceID", "%s%zu", device->id, element->index);
	else
		cim_put_text(instance, "DeviceID", device->id);
}

/**
 * profile_put_device() - put what every device tells
 * @system: whose device
 * @instance: of it
 */
void profile_put_device(const struct system *system, struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 };

	cim_put_number(instance, "EnabledState", profile_enabled_state(system));
	/* It goes with its system, and cannot be asked for a state of its own. */
	cim_put_number(instance, "RequestedState", 12);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

/**
 * profile_to_devices() - to the devices of a virtual system
 * @broker: broker
 * @from: an element of the virtual system
 * @to: provider of the devices
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_to_devices(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit_devices(to, from->object, visit, data);
}

/**
 * profile_state_to_devices() - from settings in effect to the devices that they are of
 * @broker: broker
 * @from: settings
 * @to: provider of the devices
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_state_to_devices(const struct broker *broker, const struct broker_element *from,
			     const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct profile_setting *setting = from->provider->data;
	const struct broker_element one = { .provider = to,
					    .object = from->object,
					    .index = from->index };

	if (from->part != PROFILE_STATE)
		return 0;
	return setting->count ? visit(&one, data) : visit_devices(to, from->object, visit, data);
}
