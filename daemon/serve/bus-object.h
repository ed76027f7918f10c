/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of instances: each instance that a person would look for is an object of the bus, of one interface that is
 * named after its class; see Documentation/dbus/org.kvrm1.cim.md. They are made of the schema's tables and of what the
 * broker tells when somebody asks, and kept nowhere.
 *
 * Their paths are BUS_PATH_OBJECT/CLASS/KEY: the class, and the one key that is not the same for all, escaped as
 * sd_bus_path_encode() does.
 */
#ifndef KVRM_SERVE_BUS_OBJECT_H
#define KVRM_SERVE_BUS_OBJECT_H

#include "daemon/serve/bus-internal.h"

#define BUS_PATH_OBJECT	  "/org/kvrm1/cim"
#define BUS_OBJECT_PREFIX "org.kvrm1.cim."

/* Of which class an embedded instance is, among its properties; no property is called so. */
#define BUS_OBJECT_CLASS "__CLASS"

/* Gets the first provider of each class that there are objects of; what is not 0 ends it. */
typedef int bus_object_visit(const struct broker_provider *provider, void *data);

/* bus-object.c */
int bus_add_objects(struct bus *bus, sd_bus_slot **ret);
int bus_append_object(sd_bus_message *m, const struct bus *bus,
		      const struct cim_instance *instance);

/* bus-object-path.c */
int bus_each_object_class(const struct broker *broker, bus_object_visit *visit, void *data);
const struct broker_provider *bus_object_provider(const struct broker *broker, const char *class);
bool bus_object_has(const struct broker *broker, const struct schema_class *class);
bool bus_object_is(const struct bus *bus, const struct cim_path *path);
int bus_object_path(const struct bus *bus, const struct cim_path *path, char **ret);
int bus_object_parse(const struct bus *bus, const char *text, struct cim_path **ret);

/* bus-object-xml.c */
int bus_object_introspect_folder(const struct bus *bus, const char *class, char **ret);
int bus_object_introspect(const struct bus *bus, const struct broker_element *element, char **ret);

/* bus-object-watch.c */
void bus_watch(struct bus *bus, sd_bus_message *m, const struct broker_element *element);
void bus_unwatch(struct bus *bus, const char *name);
void bus_end_watch(struct bus *bus);
void bus_object_changed(const struct cim_instance *was, const struct cim_instance *is, void *data);

#endif
