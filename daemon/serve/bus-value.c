// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values of DMTF's types on their way into messages, in one of two styles: that of org.kvrm1.Broker, where paths are
 * texts, and that of objects, where they are object paths. Documentation/dbus/org.kvrm1.Broker.md and org.kvrm1.cim.md
 * say how.
 */
#include <errno.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/serve/bus-object.h"

/**
 * bus_signature() - D-Bus' type for a value's, of one entry
 * @type: enum schema_type, or CIM_INSTANCE
 * @objects: in the style of objects
 */
const char *bus_signature(int type, bool objects)
{
	static const char *const signatures[] = {
		[SCHEMA_BOOLEAN] = "b",	     [SCHEMA_CHAR16] = "q", [SCHEMA_DATETIME] = "s",
		[SCHEMA_REAL32] = "d",	     [SCHEMA_REAL64] = "d", [SCHEMA_SINT8] = "n",
		[SCHEMA_SINT16] = "n",	     [SCHEMA_SINT32] = "i", [SCHEMA_SINT64] = "x",
		[SCHEMA_STRING] = "s",	     [SCHEMA_UINT8] = "y",  [SCHEMA_UINT16] = "q",
		[SCHEMA_UINT32] = "u",	     [SCHEMA_UINT64] = "t", [SCHEMA_REFERENCE] = "s",
		[CIM_INSTANCE] = "(sa{sv})",
	};

	if (objects && type == SCHEMA_REFERENCE)
		return "o";
	if (objects && type == CIM_INSTANCE)
		return "a{sv}";
	return signatures[type];
}

/* @objects: NULL: as a text */
static int append_path(sd_bus_message *m, const struct bus *objects, const struct cim_path *path)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!objects) {
		text = cim_path_format(path);
		return text ? sd_bus_message_append(m, "s", text) : -ENOMEM;
	}
	r = bus_object_path(objects, path, &text);
	return r < 0 ? r : sd_bus_message_append(m, "o", text);
}

static int append_pairs(sd_bus_message *m, const struct bus *objects,
			const struct cim_instance *instance);

static int append_embedded(sd_bus_message *m, const struct bus *objects,
			   const struct cim_instance *instance)
{
	int r = objects ? sd_bus_message_open_container(m, 'a', "{sv}")
			: sd_bus_message_open_container(m, 'r', "sa{sv}");

	if (r >= 0 && objects)
		r = sd_bus_message_append(m, "{sv}", BUS_OBJECT_CLASS, "s", instance->class->name);
	if (r >= 0 && objects)
		r = append_pairs(m, objects, instance);
	if (r >= 0 && !objects)
		r = sd_bus_message_append(m, "s", instance->class->name);
	if (r >= 0 && !objects)
		r = bus_append_instance(m, objects, instance);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_scalar(sd_bus_message *m, const struct bus *objects, int type,
			 const union cim_scalar *scalar)
{
	switch (type) {
	case SCHEMA_BOOLEAN:
		return sd_bus_message_append(m, "b", (int)scalar->boolean);
	case SCHEMA_REAL32:
	case SCHEMA_REAL64:
		return sd_bus_message_append(m, "d", scalar->real);
	case SCHEMA_UINT8:
		return sd_bus_message_append(m, "y", (uint8_t)scalar->number);
	case SCHEMA_SINT8:
	case SCHEMA_SINT16:
	case SCHEMA_UINT16:
	case SCHEMA_CHAR16:
		return sd_bus_message_append(m, bus_signature(type, false), (int)scalar->number);
	case SCHEMA_SINT32:
	case SCHEMA_UINT32:
		return sd_bus_message_append(m, bus_signature(type, false),
					     (uint32_t)scalar->number);
	case SCHEMA_SINT64:
	case SCHEMA_UINT64:
		return sd_bus_message_append(m, bus_signature(type, false), scalar->number);
	case SCHEMA_REFERENCE:
		return append_path(m, objects, scalar->path);
	case CIM_INSTANCE:
		return append_embedded(m, objects, scalar->instance);
	default:
		return sd_bus_message_append(m, "s", scalar->text);
	}
}

/* Whether each reference is to an instance that there is an object of. */
static bool are_objects(const struct bus *bus, const struct cim_value *value)
{
	const union cim_scalar *items = cim_value_items(value);
	bool all = true;

	for (size_t i = 0; all && i < cim_value_count(value); i++)
		all = bus_object_is(bus, items[i].path);
	return all;
}

/**
 * bus_append_value() - append a value as a variant
 * @m: message
 * @objects: bus, for the style of objects; NULL: in that of org.kvrm1.Broker
 * @value: that is one
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_value(sd_bus_message *m, const struct bus *objects, const struct cim_value *value)
{
	const union cim_scalar *items = cim_value_items(value);
	char all[16] = "a";
	const char *one;
	int r;

	/* Other references are texts. */
	if (objects && value->type == SCHEMA_REFERENCE && !are_objects(objects, value))
		objects = NULL;
	one = bus_signature(value->type, objects);
	strcat(all, one);
	r = sd_bus_message_open_container(m, 'v', value->array ? all : one);
	if (r >= 0 && value->array)
		r = sd_bus_message_open_container(m, 'a', one);
	for (size_t i = 0; r >= 0 && i < cim_value_count(value); i++)
		r = append_scalar(m, objects, value->type, &items[i]);
	if (r >= 0 && value->array)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_pair() - append a name and a value, {sv}
 * @m: message
 * @objects: as of bus_append_value()
 * @name: name
 * @value: that is one
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_pair(sd_bus_message *m, const struct bus *objects, const char *name,
		    const struct cim_value *value)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = bus_append_value(m, objects, value);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_pairs(sd_bus_message *m, const struct bus *objects,
			const struct cim_instance *instance)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < instance->class->n_properties; i++) {
		if (instance->values[i].state == CIM_VALUE)
			r = bus_append_pair(m, objects, instance->class->properties[i]->name,
					    &instance->values[i]);
	}
	return r;
}

/**
 * bus_append_instance() - append the properties of an instance that have a value, as a{sv}
 * @m: message
 * @objects: as of bus_append_value()
 * @instance: any
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_instance(sd_bus_message *m, const struct bus *objects,
			const struct cim_instance *instance)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_pairs(m, objects, instance);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_arguments() - append what a method gives, as a{sv}
 * @m: message
 * @objects: as of bus_append_value()
 * @arguments: NULL: nothing
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_arguments(sd_bus_message *m, const struct bus *objects,
			 const struct cim_arguments *arguments)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	for (size_t i = 0; r >= 0 && arguments && i < arguments->method->n_parameters; i++) {
		if (arguments->values[i].state == CIM_VALUE)
			r = bus_append_pair(m, objects, arguments->method->parameters[i].name,
					    &arguments->values[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}
