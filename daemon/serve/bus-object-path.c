// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which instances are objects, and their object paths; see bus-object.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-object.h"
#include "daemon/util/text.h"

/* Who looks for something looks for one of these, or for what is below it. */
static const char *const kinds[] = {
	"CIM_ComputerSystem", "CIM_ResourcePool",	  "CIM_SettingData",
	"CIM_ConcreteJob",    "CIM_BaseMetricDefinition", "CIM_Service",
};

static bool is_of_a_kind(const struct schema_class *class)
{
	for (size_t i = 0; class && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (schema_class_is_a(class, schema_class_find(kinds[i])))
			return true;
	}
	return false;
}

/* The provider behind one, or the first one behind NULL; NULL: there is none. */
static const struct broker_provider *next_provider(const struct broker *broker, size_t *profile,
						   size_t *provider)
{
	while (*profile < broker->n_profiles) {
		const struct broker_profile *p = broker->profiles[*profile];

		if (*provider < p->n_providers)
			return p->providers[(*provider)++];
		*provider = 0;
		(*profile)++;
	}
	return NULL;
}

/**
 * bus_object_provider() - the first provider of a class that there are objects of
 * @broker: broker
 * @class: name, exactly
 *
 * Return: NULL if there are none.
 */
const struct broker_provider *bus_object_provider(const struct broker *broker, const char *class)
{
	const struct broker_provider *p;
	size_t profile = 0, provider = 0;

	while ((p = next_provider(broker, &profile, &provider))) {
		if (!strcmp(p->class, class))
			return is_of_a_kind(schema_class_find(class)) ? p : NULL;
	}
	return NULL;
}

/**
 * bus_each_object_class() - visit each class that there are objects of, once
 * @broker: broker
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int bus_each_object_class(const struct broker *broker, bus_object_visit *visit, void *data)
{
	const struct broker_provider *p;
	size_t profile = 0, provider = 0;
	int r = 0;

	while (!r && (p = next_provider(broker, &profile, &provider))) {
		if (bus_object_provider(broker, p->class) == p)
			r = visit(p, data);
	}
	return r;
}

static int on_class(const struct broker_provider *provider, void *data)
{
	return schema_class_is_a(schema_class_find(provider->class), data);
}

/**
 * bus_object_has() - whether there are objects of a class or below it
 * @broker: broker
 * @class: that references are to; NULL: any
 */
bool bus_object_has(const struct broker *broker, const struct schema_class *class)
{
	return class && bus_each_object_class(broker, on_class, (void *)class) == 1;
}

/* What a key always is; NULL: it is in the path. */
static const char *implied(const struct bus *bus, const struct schema_class *class,
			   const struct schema_property *key)
{
	if (!strcmp(key->name, "CreationClassName"))
		return class->name;
	if (!strcmp(key->name, "SystemCreationClassName"))
		return host_system.class;
	return strcmp(key->name, "SystemName") ? NULL : bus->host->id;
}

/* The text of the one key that counts; NULL: there is no object of this. */
static const char *label_of(const struct bus *bus, const struct cim_path *path)
{
	const char *label = NULL;
	size_t key = 0;

	for (size_t i = 0; i < path->class->n_properties; i++) {
		const struct schema_property *p = path->class->properties[i];
		const struct cim_value *value;
		const char *always;

		if (!(p->flags & SCHEMA_KEY))
			continue;
		value = &path->keys[key++];
		if (value->type != SCHEMA_STRING)
			return NULL;
		always = implied(bus, path->class, p);
		if (always ? strcmp(always, value->one.text) : label != NULL)
			return NULL;
		if (!always)
			label = value->one.text;
	}
	return label;
}

/**
 * bus_object_is() - whether the instance with a path is an object, if there is one
 * @bus: bus
 * @path: any
 */
bool bus_object_is(const struct bus *bus, const struct cim_path *path)
{
	const struct broker_provider *p = bus_object_provider(&bus->broker, path->class->name);

	return p && p->ns == path->ns && label_of(bus, path);
}

/**
 * bus_object_path() - the object path of an instance
 * @bus: bus
 * @path: of an object
 * @ret: to be freed
 *
 * Return: 0, or -ENOMEM.
 */
int bus_object_path(const struct bus *bus, const struct cim_path *path, char **ret)
{
	char folder[sizeof(BUS_PATH_OBJECT) + 80];

	snprintf(folder, sizeof(folder), BUS_PATH_OBJECT "/%s", path->class->name);
	return sd_bus_path_encode(folder, label_of(bus, path), ret) < 0 ? -ENOMEM : 0;
}

static int build(const struct bus *bus, const struct broker_provider *provider, const char *label,
		 struct cim_path **ret)
{
	const struct schema_class *class = schema_class_find(provider->class);
	_cleanup_path_ struct cim_path *path = cim_path_new(class, provider->ns);
	size_t key = 0;

	for (size_t i = 0; path && i < class->n_properties; i++) {
		const struct schema_property *p = class->properties[i];
		const char *text;

		if (!(p->flags & SCHEMA_KEY))
			continue;
		text = implied(bus, class, p);
		path->keys[key] = (struct cim_value){ .state = CIM_VALUE, .type = SCHEMA_STRING };
		path->keys[key].one.text = strdup(text ? text : label);
		if (!path->keys[key++].one.text)
			return -ENOMEM;
	}
	if (!path)
		return -ENOMEM;
	*ret = TAKE_PTR(path);
	return 1;
}

/**
 * bus_object_parse() - the instance that an object path names, which need not be there
 * @bus: bus
 * @text: object path
 * @ret: to be freed with cim_path_free()
 *
 * Return: 1; 0: no instance has this path; -ENOMEM.
 */
int bus_object_parse(const struct bus *bus, const char *text, struct cim_path **ret)
{
	const char *begin = text + strlen(BUS_PATH_OBJECT "/"), *end;
	_cleanup_path_ struct cim_path *path = NULL;
	_cleanup_free_ char *label = NULL, *again = NULL;
	const struct broker_provider *provider;
	char folder[256];
	int r;

	if (strncmp(text, BUS_PATH_OBJECT "/", strlen(BUS_PATH_OBJECT "/")))
		return 0;
	end = strchr(begin, '/');
	if (!end || (size_t)(end - text) >= sizeof(folder))
		return 0;
	snprintf(folder, sizeof(folder), "%.*s", (int)(end - text), text);
	provider = bus_object_provider(&bus->broker, folder + strlen(BUS_PATH_OBJECT "/"));
	if (!provider)
		return 0;
	r = sd_bus_path_decode(text, folder, &label);
	if (r <= 0)
		return r;
	if (!text_is_utf8(label, strlen(label)))
		return 0;
	r = build(bus, provider, label, &path);
	if (r <= 0)
		return r;
	/* There is one way to write it. */
	if (!bus_object_is(bus, path))
		return 0;
	r = bus_object_path(bus, path, &again);
	if (r < 0 || strcmp(again, text))
		return r;
	*ret = TAKE_PTR(path);
	return 1;
}
