// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Elements that several profiles use, and how to get to them.
 */
#include <string.h>
#include <strings.h>

#include "daemon/profile/profile.h"

/**
 * profile_host_element() - the host
 *
 * Return: the element.
 */
struct broker_element profile_host_element(void)
{
	return (struct broker_element){ .provider = &host_system };
}

/**
 * profile_system_element() - a virtual system
 * @system: which
 *
 * Return: the element.
 */
struct broker_element profile_system_element(const struct system *system)
{
	return (struct broker_element){ .provider = &virtual_system, .object = system };
}

/**
 * profile_each_system() - visit the instances of a provider that has one for each virtual system
 * @broker: broker
 * @provider: provider
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_each_system(const struct broker *broker, const struct broker_provider *provider,
			broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_systems; i++)
		r = visit(&(struct broker_element){ .provider = provider,
						    .object = host->systems[i] },
			  data);
	return r;
}

/**
 * profile_find_system() - the virtual system that a path names
 * @broker: broker
 * @path: of a ComputerSystem, or of anything
 *
 * Return: NULL if it names none.
 */
struct system *profile_find_system(const struct broker *broker, const struct cim_path *path)
{
	struct broker_element element;

	if (strcasecmp(path->class->name, virtual_system.class) ||
	    !broker_find(broker, path, &element) || element.provider != &virtual_system)
		return NULL;
	return (struct system *)element.object;
}

/**
 * profile_find_uuid() - the virtual system that an InstanceID begins with
 * @broker: broker
 * @text: the InstanceID
 * @ret_rest: receives what is behind its UUID
 *
 * Return: NULL if it begins with none.
 */
struct system *profile_find_uuid(const struct broker *broker, const char *text,
				 const char **ret_rest)
{
	char uuid[37];

	if (strncmp(text, PROFILE_PREFIX, strlen(PROFILE_PREFIX)))
		return NULL;
	text += strlen(PROFILE_PREFIX);
	if (strlen(text) < sizeof(uuid) - 1)
		return NULL;
	memcpy(uuid, text, sizeof(uuid) - 1);
	uuid[sizeof(uuid) - 1] = '\0';
	*ret_rest = text + sizeof(uuid) - 1;
	return host_find_uuid(profile_env(broker)->host, uuid);
}

/**
 * profile_find_system_part() - what there is one of for each virtual system, with a path
 * @broker: broker
 * @provider: of the element
 * @path: whose InstanceID counts
 * @ret: receives the element
 *
 * Return: whether it begins as that of a virtual system.
 */
bool profile_find_system_part(const struct broker *broker, const struct broker_provider *provider,
			      const struct cim_path *path, struct broker_element *ret)
{
	const char *rest;

	*ret = (struct broker_element){ .provider = provider };
	ret->object = profile_find_uuid(broker, cim_path_text(path, "InstanceID"), &rest);
	return ret->object;
}

/**
 * profile_put_host() - put keys that say that something is of the host
 * @broker: broker
 * @instance: receives them
 */
void profile_put_host(const struct broker *broker, struct cim_instance *instance)
{
	cim_put_text(instance, "SystemCreationClassName", host_system.class);
	cim_put_text(instance, "SystemName", profile_env(broker)->host->id);
}

/**
 * profile_id_keys() - put the InstanceID of the one instance of a provider, whose data is the last part of it
 * @broker: broker
 * @element: the instance
 * @instance: receives it
 */
void profile_id_keys(const struct broker *broker, const struct broker_element *element,
		     struct cim_instance *instance)
{
	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s",
		       (const char *)element->provider->data);
}

/**
 * profile_system_id_keys() - put an InstanceID that is a virtual system's, and the provider's data behind it
 * @broker: broker
 * @element: of the virtual system
 * @instance: receives it
 */
void profile_system_id_keys(const struct broker *broker, const struct broker_element *element,
			    struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s%s", system->definition->uuid,
		       (const char *)element->provider->data);
}

/**
 * profile_service_keys() - put the keys of a service of the host
 * @broker: broker
 * @element: the service; the data of its provider is a struct profile_service
 * @instance: receives them
 */
void profile_service_keys(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance)
{
	const struct profile_service *service = element->provider->data;

	profile_put_host(broker, instance);
	cim_put_text(instance, "Name", service->name);
}

/**
 * profile_service_fill() - put what every service of the host tells
 * @broker: broker
 * @element: the service; the data of its provider is a struct profile_service
 * @instance: receives it
 */
void profile_service_fill(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance)
{
	const struct profile_service *service = element->provider->data;
	static const uint16_t ok[] = { 2 };

	cim_put_text(instance, "ElementName", service->title);
	cim_put_number(instance, "EnabledState", 2);
	cim_put_number(instance, "RequestedState", 12);
	cim_put_number(instance, "EnabledDefault", 2);
	cim_put_bool(instance, "Started", true);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
	cim_put_time(instance, "TimeOfLastStateChange", profile_env(broker)->since_us);
}

/**
 * profile_same_object() - between elements that are of the same object
 * @broker: broker
 * @from: where one is
 * @to: provider of what is at the other end, one for each object
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_same_object(const struct broker *broker, const struct broker_element *from,
			const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit(&(struct broker_element){ .provider = to, .object = from->object }, data);
}

/**
 * profile_fill_manages() - of ServiceAffectsElement: the service manages the element
 * @broker: broker
 * @ends: of the association
 * @instance: of it
 */
void profile_fill_manages(const struct broker *broker, const struct broker_element *const ends[2],
			  struct cim_instance *instance)
{
	static const uint16_t manages[] = { 5 };

	cim_put_numbers(instance, "ElementEffects", 1, manages);
}

/**
 * profile_fill_default() - of ElementCapabilities: these are the element's default capabilities
 * @broker: broker
 * @ends: of the association
 * @instance: of it
 */
void profile_fill_default(const struct broker *broker, const struct broker_element *const ends[2],
			  struct cim_instance *instance)
{
	static const uint16_t is_default[] = { 2 };

	cim_put_numbers(instance, "Characteristics", 1, is_default);
}
