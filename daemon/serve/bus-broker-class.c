// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classes of the schema in messages.
 */
#include <errno.h>

#include "daemon/serve/bus-internal.h"

static int append_texts(sd_bus_message *m, const char *key, const struct schema_property *p,
			bool names)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "s");
	for (size_t i = 0; r >= 0 && i < p->n_values; i++) {
		const char *name = p->values[i].name ? p->values[i].name : "";

		r = sd_bus_message_append(m, "s", names ? name : p->values[i].key);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What a property, a parameter or what a method returns is, without its end. */
static int append_feature(sd_bus_message *m, const struct schema_property *p)
{
	int r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}", "Name", "s", p->name, "Description",
				      "s", p->description, "Type", "s", schema_type_name(p->type),
				      "Array", "b", (int)p->array);

	if (r >= 0 && p->target)
		r = sd_bus_message_append(m, "{sv}", "Class", "s", p->target->name);
	if (r >= 0 && p->unit)
		r = sd_bus_message_append(m, "{sv}", "Unit", "s", p->unit);
	if (r >= 0 && p->origin)
		r = sd_bus_message_append(m, "{sv}", "Origin", "s", p->origin->name);
	if (r >= 0 && p->n_values)
		r = append_texts(m, "ValueMap", p, false);
	if (r >= 0 && p->n_values)
		r = append_texts(m, "Values", p, true);
	return r;
}

static int append_property(sd_bus_message *m, const struct schema_property *p)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_feature(m, p);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}", "Key", "b", !!(p->flags & SCHEMA_KEY),
					  "Required", "b", !!(p->flags & SCHEMA_REQUIRED), "Write",
					  "b", !!(p->flags & SCHEMA_WRITE));
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_parameter(sd_bus_message *m, const struct schema_property *p)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_feature(m, p);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}", "In", "b", !!(p->flags & SCHEMA_IN),
					  "Out", "b", !!(p->flags & SCHEMA_OUT), "Required", "b",
					  !!(p->flags & SCHEMA_REQUIRED));
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A key whose value is a list of a{sv}; closed with close_list(). */
static int open_list(sd_bus_message *m, const char *key)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "aa{sv}");
	return r < 0 ? r : sd_bus_message_open_container(m, 'a', "a{sv}");
}

static int close_list(sd_bus_message *m)
{
	int r = sd_bus_message_close_container(m);

	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_method(sd_bus_message *m, const struct schema_method *method)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_feature(m, &method->result);
	if (r >= 0)
		r = open_list(m, "Parameters");
	for (size_t i = 0; r >= 0 && i < method->n_parameters; i++)
		r = append_parameter(m, &method->parameters[i]);
	if (r >= 0)
		r = close_list(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_class(sd_bus_message *m, const struct schema_class *class)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}{sv}{sv}", "Name", "s",
					  class->name, "SuperClass", "s",
					  class->super ? class->super->name : "", "Description",
					  "s", class->description, "Version", "s", class->version,
					  "Abstract", "b", !!(class->flags & SCHEMA_ABSTRACT),
					  "Association", "b", !!(class->flags & SCHEMA_ASSOCIATION),
					  "Indication", "b", !!(class->flags & SCHEMA_INDICATION));
	if (r >= 0)
		r = open_list(m, "Properties");
	for (size_t i = 0; r >= 0 && i < class->n_properties; i++)
		r = append_property(m, class->properties[i]);
	if (r >= 0)
		r = close_list(m);
	if (r >= 0)
		r = open_list(m, "Methods");
	for (size_t i = 0; r >= 0 && i < class->n_methods; i++)
		r = append_method(m, class->methods[i]);
	if (r >= 0)
		r = close_list(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_method_get_class() - GetClass
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_get_class(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	const struct schema_class *class;
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	if (r < 0)
		return r;
	if (broker_get_class(name, &class, &error))
		return bus_broker_error(ret_error, &error);
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = append_class(reply, class);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int on_name(const struct schema_class *class, void *data)
{
	int r = sd_bus_message_append(data, "s", class->name);

	return r < 0 ? r : 0;
}

static int on_class(const struct schema_class *class, void *data)
{
	int r = append_class(data, class);

	return r < 0 ? r : 0;
}

static int enumerate(sd_bus_message *m, const char *type, broker_class_sink *sink,
		     sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	const char *above;
	int deep, r = sd_bus_message_read(m, "sb", &above, &deep);

	if (r >= 0)
		r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', type);
	if (r >= 0)
		r = broker_enumerate_classes(*above ? above : NULL, deep, sink, reply, &error);
	if (error.message)
		return bus_broker_error(ret_error, &error);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/**
 * bus_method_enumerate_class_names() - EnumerateClassNames
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_enumerate_class_names(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return enumerate(m, "s", on_name, ret_error);
}

/**
 * bus_method_enumerate_classes() - EnumerateClasses
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_enumerate_classes(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return enumerate(m, "a{sv}", on_class, ret_error);
}
