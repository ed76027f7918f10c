// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Introspection of objects, from the schema's tables.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-object.h"

#define STANDARD                                                                                   \
	" <interface name=\"org.freedesktop.DBus.Peer\">\n"                                        \
	"  <method name=\"Ping\"/>\n"                                                              \
	"  <method name=\"GetMachineId\">\n"                                                       \
	"   <arg type=\"s\" name=\"machine_uuid\" direction=\"out\"/>\n"                           \
	"  </method>\n"                                                                            \
	" </interface>\n"                                                                          \
	" <interface name=\"org.freedesktop.DBus.Introspectable\">\n"                              \
	"  <method name=\"Introspect\">\n"                                                         \
	"   <arg name=\"xml_data\" type=\"s\" direction=\"out\"/>\n"                               \
	"  </method>\n"                                                                            \
	" </interface>\n"

#define MANAGER                                                                                    \
	" <interface name=\"org.freedesktop.DBus.ObjectManager\">\n"                               \
	"  <method name=\"GetManagedObjects\">\n"                                                  \
	"   <arg name=\"objects\" type=\"a{oa{sa{sv}}}\" direction=\"out\"/>\n"                    \
	"  </method>\n"                                                                            \
	"  <signal name=\"InterfacesAdded\">\n"                                                    \
	"   <arg name=\"object\" type=\"o\"/>\n"                                                   \
	"   <arg name=\"interfaces\" type=\"a{sa{sv}}\"/>\n"                                       \
	"  </signal>\n"                                                                            \
	"  <signal name=\"InterfacesRemoved\">\n"                                                  \
	"   <arg name=\"object\" type=\"o\"/>\n"                                                   \
	"   <arg name=\"interfaces\" type=\"as\"/>\n"                                              \
	"  </signal>\n"                                                                            \
	" </interface>\n"

#define PROPERTIES                                                                                 \
	" <interface name=\"org.freedesktop.DBus.Properties\">\n"                                  \
	"  <method name=\"Get\">\n"                                                                \
	"   <arg name=\"interface_name\" type=\"s\" direction=\"in\"/>\n"                          \
	"   <arg name=\"property_name\" type=\"s\" direction=\"in\"/>\n"                           \
	"   <arg name=\"value\" type=\"v\" direction=\"out\"/>\n"                                  \
	"  </method>\n"                                                                            \
	"  <method name=\"GetAll\">\n"                                                             \
	"   <arg name=\"interface_name\" type=\"s\" direction=\"in\"/>\n"                          \
	"   <arg name=\"props\" type=\"a{sv}\" direction=\"out\"/>\n"                              \
	"  </method>\n"                                                                            \
	"  <method name=\"Set\">\n"                                                                \
	"   <arg name=\"interface_name\" type=\"s\" direction=\"in\"/>\n"                          \
	"   <arg name=\"property_name\" type=\"s\" direction=\"in\"/>\n"                           \
	"   <arg name=\"value\" type=\"v\" direction=\"in\"/>\n"                                   \
	"  </method>\n"                                                                            \
	"  <signal name=\"PropertiesChanged\">\n"                                                  \
	"   <arg name=\"interface_name\" type=\"s\"/>\n"                                           \
	"   <arg name=\"changed_properties\" type=\"a{sv}\"/>\n"                                   \
	"   <arg name=\"invalidated_properties\" type=\"as\"/>\n"                                  \
	"  </signal>\n"                                                                            \
	" </interface>\n"

#define EMITS                                                                                      \
	"  <annotation name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\" value=\"%s\"/>\n"

static FILE *begin(char **text, size_t *size)
{
	FILE *to = open_memstream(text, size);

	if (to)
		fputs("<!DOCTYPE node PUBLIC "
		      "\"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
		      "\"https://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n"
		      "<node>\n" STANDARD,
		      to);
	return to;
}

/* @ret is what was written; @r is 0 if nothing has failed. */
static int end(FILE *to, int r, char **text, char **ret)
{
	bool failed;

	fputs("</node>\n", to);
	failed = ferror(to);
	failed = fclose(to) || failed;
	if (!r && !failed) {
		*ret = *text;
		return 0;
	}
	free(*text);
	return r < 0 ? r : -ENOMEM;
}

static int write_class(const struct broker_provider *provider, void *data)
{
	fprintf(data, " <node name=\"%s\"/>\n", provider->class);
	return 0;
}

/* Nodes of a folder on their way to the text. */
struct folder {
	const struct bus *bus;
	FILE *to;
};

static int write_node(struct cim_path *path, void *data)
{
	_cleanup_path_ struct cim_path *owned = path;
	_cleanup_free_ char *text = NULL;
	struct folder *folder = data;
	int r;

	if (!bus_object_is(folder->bus, path))
		return 0;
	r = bus_object_path(folder->bus, path, &text);
	if (r)
		return r;
	fprintf(folder->to, " <node name=\"%s\"/>\n", strrchr(text, '/') + 1);
	return 0;
}

/**
 * bus_object_introspect_folder() - what there is below a path that is no object
 * @bus: bus
 * @class: whose objects are there; NULL: it is BUS_PATH_OBJECT
 * @ret: to be freed
 *
 * Return: 0 or a negative errno.
 */
int bus_object_introspect_folder(const struct bus *bus, const char *class, char **ret)
{
	_cleanup_error_ struct cim_error error = { 0 };
	char *text = NULL;
	size_t size;
	FILE *to = begin(&text, &size);
	struct folder folder = { bus, to };
	int r = 0;

	if (!to)
		return -ENOMEM;
	if (class) {
		r = broker_enumerate_names(&bus->broker,
					   bus_object_provider(&bus->broker, class)->ns, class,
					   write_node, &folder, &error);
	} else {
		fputs(MANAGER, to);
		bus_each_object_class(&bus->broker, write_class, to);
	}
	return end(to, r, &text, ret);
}

/* What grows with time alone is told when something else has changed. */
static bool is_measured(const struct schema_property *p)
{
	return !strcmp(p->name, "ElapsedTime") || !strcmp(p->name, "PercentComplete");
}

static void write_property(FILE *to, const struct broker_provider *provider,
			   const struct schema_property *p)
{
	bool writable = p->flags & SCHEMA_WRITE && provider->modify;

	fprintf(to, "  <property name=\"%s\" type=\"%s%s\" access=\"%s\"", p->name,
		p->array ? "a" : "", bus_signature(cim_type_of(p), true),
		writable ? "readwrite" : "read");
	if (profile_is_told(provider) && is_measured(p))
		fprintf(to, ">\n " EMITS "  </property>\n", "false");
	else
		fputs("/>\n", to);
}

/* What a parameter is; @way: In or Out. */
static void write_parameter(FILE *to, const struct bus *bus, const char *way,
			    const struct schema_property *p)
{
	bool object = p->type != SCHEMA_REFERENCE || bus_object_has(&bus->broker, p->target);

	fprintf(to, "   <annotation name=\"org.kvrm1.%s.%s\" value=\"%s%s\"/>\n", way, p->name,
		p->array ? "a" : "", bus_signature(cim_type_of(p), object));
}

static void write_method(FILE *to, const struct bus *bus, const struct broker_method *method,
			 const struct schema_method *m)
{
	static const char *const who[] = {
		[BROKER_READ] = "all", [BROKER_OPERATE] = "operate", [BROKER_MANAGE] = "manage"
	};

	fprintf(to, "  <method name=\"%s\">\n", m->result.name);
	fputs("   <arg name=\"Inputs\" type=\"a{sv}\" direction=\"in\"/>\n"
	      "   <arg name=\"ReturnCode\" type=\"u\" direction=\"out\"/>\n"
	      "   <arg name=\"Outputs\" type=\"a{sv}\" direction=\"out\"/>\n"
	      "   <arg name=\"MessageID\" type=\"s\" direction=\"out\"/>\n"
	      "   <arg name=\"Message\" type=\"s\" direction=\"out\"/>\n",
	      to);
	fprintf(to, "   <annotation name=\"org.kvrm1.Access\" value=\"%s\"/>\n",
		who[method->access]);
	for (size_t i = 0; i < m->n_parameters; i++) {
		if (m->parameters[i].flags & SCHEMA_IN)
			write_parameter(to, bus, "In", &m->parameters[i]);
		if (m->parameters[i].flags & SCHEMA_OUT)
			write_parameter(to, bus, "Out", &m->parameters[i]);
	}
	fputs("  </method>\n", to);
}

/**
 * bus_object_introspect() - what an object has
 * @bus: bus
 * @element: its instance
 * @ret: to be freed
 *
 * Return: 0 or a negative errno.
 */
int bus_object_introspect(const struct bus *bus, const struct broker_element *element, char **ret)
{
	const struct broker_provider *provider = element->provider;
	const struct schema_class *class = schema_class_find(provider->class);
	char *text = NULL;
	size_t size;
	FILE *to = begin(&text, &size);

	if (!to)
		return -ENOMEM;
	fprintf(to, PROPERTIES " <interface name=\"" BUS_OBJECT_PREFIX "%s\">\n", class->name);
	fprintf(to, EMITS, profile_is_told(provider) ? "true" : "false");
	for (size_t i = 0; i < class->n_properties; i++)
		write_property(to, provider, class->properties[i]);
	for (size_t i = 0; i < provider->n_methods; i++)
		write_method(to, bus, &provider->methods[i],
			     schema_method_find(class, provider->methods[i].name));
	fputs(" </interface>\n", to);
	return end(to, 0, &text, ret);
}
