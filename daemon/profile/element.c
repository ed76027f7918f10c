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
 * profile_each_one() - visit the one instance of a provider that has one
 * @provider: provider
 * @visit: visited with
 * @data: for @visit
 *
 * Return: what @visit returned.
 */
int profile_each_one(const struct broker_provider *provider, broker_visit *visit, void *data)
{
	return visit(&(struct broker_element){ .provider = provider }, data);
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
	const struct host *host = profile_env(broker)->host;
	char uuid[37];

	if (strncmp(text, PROFILE_PREFIX, strlen(PROFILE_PREFIX)))
		return NULL;
	text += strlen(PROFILE_PREFIX);
	if (strlen(text) < sizeof(uuid) - 1)
		return NULL;
	memcpy(uuid, text, sizeof(uuid) - 1);
	uuid[sizeof(uuid) - 1] = '\0';
	*ret_rest = text + sizeof(uuid) - 1;
	for (size_t i = 0; i < host->n_systems; i++) {
		if (!strcmp(host->systems[i]->definition->uuid, uuid))
			return host->systems[i];
	}
	return NULL;
}

/**
 * profile_put_service_keys() - put the keys of a service of the host
 * @broker: broker
 * @instance: of it
 * @name: of it
 */
void profile_put_service_keys(const struct broker *broker, struct cim_instance *instance,
			      const char *name)
{
	cim_put_text(instance, "SystemCreationClassName", host_system.class);
	cim_put_text(instance, "SystemName", profile_env(broker)->host->id);
	cim_put_text(instance, "Name", name);
}

/**
 * profile_put_service() - put what every service of the host tells
 * @broker: broker
 * @instance: of it
 * @name: for people
 */
void profile_put_service(const struct broker *broker, struct cim_instance *instance,
			 const char *name)
{
	static const uint16_t ok[] = { 2 };

	cim_put_text(instance, "ElementName", name);
	cim_put_number(instance, "EnabledState", 2);
	cim_put_number(instance, "RequestedState", 12);
	cim_put_number(instance, "EnabledDefault", 2);
	cim_put_bool(instance, "Started", true);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
	cim_put_time(instance, "TimeOfLastStateChange", profile_env(broker)->since_us);
}

/**
 * profile_to_host() - from anything to the host
 * @broker: broker
 * @from: where one is
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_to_host(const struct broker *broker, const struct broker_element *from,
		    broker_visit *visit, void *data)
{
	return profile_each_one(&host_system, visit, data);
}

/**
 * profile_to_systems() - from anything to all virtual systems
 * @broker: broker
 * @from: where one is
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_to_systems(const struct broker *broker, const struct broker_element *from,
		       broker_visit *visit, void *data)
{
	return profile_each_system(broker, &virtual_system, visit, data);
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
