// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls to objects of instances: introspection, properties, all objects at once, and methods; see bus-object.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-object.h"

/* Of all objects in one answer: a bus throws out who sends more than 32 MiB. */
#define OBJECTS_MIB 16

/**
 * struct target - what a call is to
 * @bus: bus
 * @class: whose objects are there, if it is a folder; NULL: BUS_PATH_OBJECT
 * @path: of the instance; NULL: it is a folder
 * @element: the instance
 */
struct target {
	struct bus *bus;
	const char *class;
	struct cim_path *path;
	struct broker_element element;
};

static int reply_text(sd_bus_message *m, int r, char *text)
{
	_cleanup_free_ char *owned = text;

	return r < 0 ? r : sd_bus_reply_method_return(m, "s", owned);
}

static int introspect(sd_bus_message *m, struct target *target, sd_bus_error *ret_error)
{
	char *text = NULL;
	int r = target->path ? bus_object_introspect(target->bus, &target->element, &text)
			     : bus_object_introspect_folder(target->bus, target->class, &text);

	return reply_text(m, r, text);
}

/**
 * struct objects - all objects on their way into an answer
 * @bus: bus
 * @m: answer
 * @size_bytes: of it, at most
 * @error: receives a message
 */
struct objects {
	struct bus *bus;
	sd_bus_message *m;
	size_t size_bytes;
	struct cim_error *error;
};

/* What a value may take in a message, and what is around it. */
static size_t size_of(const struct cim_value *value)
{
	const union cim_scalar *items = cim_value_items(value);
	size_t n = cim_value_count(value), bytes = 32 + 8 * n;

	for (size_t i = 0; i < n; i++) {
		if (value->type == SCHEMA_STRING || value->type == SCHEMA_DATETIME)
			bytes += strlen(items[i].text);
	}
	return bytes;
}

static int check_size(struct objects *objects, const struct cim_instance *instance,
		      const char *path)
{
	char text[24];

	objects->size_bytes += 64 + strlen(path) + strlen(instance->class->name);
	for (size_t i = 0; i < instance->class->n_properties; i++) {
		if (instance->values[i].state == CIM_VALUE)
			objects->size_bytes += strlen(instance->class->properties[i]->name) +
					       size_of(&instance->values[i]);
	}
	if (objects->size_bytes <= (size_t)OBJECTS_MIB << 20)
		return 0;
	snprintf(text, sizeof(text), "%d", OBJECTS_MIB);
	return cim_fail(objects->error, CIM_MESSAGE_TOO_MANY_OBJECTS, text);
}

/**
 * bus_append_object() - append an object's interface with its properties, a{sa{sv}}
 * @m: message
 * @bus: bus
 * @instance: its instance
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_object(sd_bus_message *m, const struct bus *bus, const struct cim_instance *instance)
{
	char interface[sizeof(BUS_OBJECT_PREFIX) + 80];
	int r = sd_bus_message_open_container(m, 'a', "{sa{sv}}");

	snprintf(interface, sizeof(interface), BUS_OBJECT_PREFIX "%s", instance->class->name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'e', "sa{sv}");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", interface);
	if (r >= 0)
		r = bus_append_instance(m, bus, instance);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int on_instance(struct cim_instance *instance, void *data)
{
	_cleanup_instance_ struct cim_instance *owned = instance;
	struct objects *objects = data;
	_cleanup_free_ char *path = NULL;
	int r;

	if (!bus_object_is(objects->bus, instance->path))
		return 0;
	r = bus_object_path(objects->bus, instance->path, &path);
	if (!r)
		r = check_size(objects, instance, path);
	if (!r)
		r = sd_bus_message_open_container(objects->m, 'e', "oa{sa{sv}}");
	/* A status is more than 0. */
	if (objects->error->message || r < 0)
		return r;
	r = sd_bus_message_append(objects->m, "o", path);
	if (r >= 0)
		r = bus_append_object(objects->m, objects->bus, instance);
	if (r >= 0)
		r = sd_bus_message_close_container(objects->m);
	return r < 0 ? r : 0;
}

static int on_class(const struct broker_provider *provider, void *data)
{
	struct objects *objects = data;

	return broker_enumerate(&objects->bus->broker, provider->ns, provider->class, NULL,
				on_instance, objects, objects->error);
}

static int get_managed_objects(sd_bus_message *m, struct target *target, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	struct objects objects = { .bus = target->bus, .error = &error };
	int r = sd_bus_message_new_method_return(m, &reply);

	objects.m = reply;
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}");
	if (r >= 0)
		r = bus_each_object_class(&target->bus->broker, on_class, &objects);
	if (error.message)
		return bus_broker_error(ret_error, &error);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r < 0)
		return r;
	/* Who was refused has read nothing. */
	bus_watch(target->bus, m, NULL);
	return sd_bus_send(NULL, reply, NULL);
}

static bool is_own(const struct cim_path *path, const char *interface)
{
	size_t length = strlen(BUS_OBJECT_PREFIX);

	return !strncmp(interface, BUS_OBJECT_PREFIX, length) &&
	       !strcmp(interface + length, path->class->name);
}

/* One of those that every object has, which have no properties. */
static bool is_standard(const char *interface)
{
	static const char *const names[] = { "Peer", "Introspectable", "Properties" };
	const char *prefix = "org.freedesktop.DBus.";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strncmp(interface, prefix, strlen(prefix)) &&
		    !strcmp(interface + strlen(prefix), names[i]))
			return true;
	}
	return false;
}

static int unknown_interface(sd_bus_error *ret_error, const char *interface)
{
	return sd_bus_error_setf(ret_error, SD_BUS_ERROR_UNKNOWN_INTERFACE,
				 "The object has no interface '%s'.", interface);
}

/* A property as D-Bus names it: exactly. */
static const struct schema_property *find_property(const struct cim_path *path,
						   const char *interface, const char *name,
						   sd_bus_error *ret_error)
{
	const struct schema_property *p = schema_property_find(path->class, name);

	if (*interface && !is_own(path, interface)) {
		unknown_interface(ret_error, interface);
		return NULL;
	}
	if (p && !strcmp(p->name, name))
		return p;
	sd_bus_error_setf(ret_error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "%s has no property '%s'.",
			  path->class->name, name);
	return NULL;
}

static int get(sd_bus_message *m, struct target *target, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_instance_ struct cim_instance *instance = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	const struct schema_property *p;
	const struct cim_value *value;
	const char *interface, *name;
	int r = sd_bus_message_read(m, "ss", &interface, &name);

	if (r < 0)
		return r;
	p = find_property(target->path, interface, name, ret_error);
	if (!p)
		return -ENOENT;
	if (broker_get(&target->bus->broker, target->path, NULL, &instance, &error))
		return bus_broker_error(ret_error, &error);
	value = cim_get(instance, p->name);
	if (value->state != CIM_VALUE) {
		cim_fail(&error, CIM_MESSAGE_NULL_PROPERTY, p->name);
		return bus_broker_error(ret_error, &error);
	}
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = bus_append_value(reply, target->bus, value);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int get_all(sd_bus_message *m, struct target *target, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_instance_ struct cim_instance *instance = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	const char *interface;
	int r = sd_bus_message_read(m, "s", &interface);

	if (r < 0)
		return r;
	if (is_standard(interface))
		return sd_bus_reply_method_return(m, "a{sv}", 0);
	if (*interface && !is_own(target->path, interface))
		return unknown_interface(ret_error, interface);
	bus_watch(target->bus, m, &target->element);
	if (broker_get(&target->bus->broker, target->path, NULL, &instance, &error))
		return bus_broker_error(ret_error, &error);
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = bus_append_instance(reply, target->bus, instance);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* The path of the object that a call is to; NULL: the call was answered. */
static struct cim_path *path_of(struct bus_call *call)
{
	const char *text = sd_bus_message_get_path(call->message);
	struct cim_path *path = NULL;
	int r = bus_object_parse(call->bus, text, &path);

	call->object = true;
	sd_bus_message_rewind(call->message, 1);
	/* It was one when the call came in. */
	if (r <= 0)
		bus_reply(call, r ? r : -ENOENT, NULL);
	return path;
}

static int modify(struct bus_call *call, const struct cim_path *path,
		  const struct schema_property *p, struct cim_error *error)
{
	_cleanup_instance_ struct cim_instance *wanted = cim_instance_new(path->class);
	int status = wanted ? bus_read_property(call->message, call->bus, p, wanted, error)
			    : cim_fail_memory(error);

	return status ? status : broker_modify(&call->bus->broker, path, wanted, error);
}

static void set_go_on(struct bus_call *call)
{
	_cleanup_path_ struct cim_path *path = path_of(call);
	sd_bus_error sd_error = SD_BUS_ERROR_NULL;
	const struct schema_property *p = NULL;
	struct cim_error error = { 0 };
	const char *interface, *name;

	if (!path)
		return;
	if (sd_bus_message_read(call->message, "ss", &interface, &name) >= 0)
		p = find_property(path, interface, name, &sd_error);
	if (p && !(p->flags & SCHEMA_WRITE)) {
		sd_bus_error_setf(&sd_error, SD_BUS_ERROR_PROPERTY_READ_ONLY,
				  "%s cannot be written.", p->name);
		p = NULL;
	}
	if (!p) {
		sd_bus_reply_method_error(call->message, &sd_error);
		sd_bus_error_free(&sd_error);
		bus_call_free(call);
	} else if (modify(call, path, p, &error)) {
		bus_broker_refuse(call, &error);
	} else {
		bus_reply(call, 0, NULL);
	}
}

static int set(sd_bus_message *m, struct target *target, sd_bus_error *ret_error)
{
	return bus_authorize_alone(target->bus, m, "org.kvrm1.manage", set_go_on);
}

static void method_go_on(struct bus_call *call)
{
	_cleanup_path_ struct cim_path *path = path_of(call);

	if (path)
		bus_invoke(call, path, sd_bus_message_get_member(call->message));
}

typedef int handler(sd_bus_message *m, struct target *target, sd_bus_error *ret_error);

enum level {
	ROOT = 1,
	CLASS = 2,
	INSTANCE = 4,
};

/* What objects, and what is above them, have beside their own interface. */
static const struct {
	const char *interface;
	const char *member;
	const char *signature;
	unsigned int levels;
	handler *handle;
} standard[] = {
	{ "org.freedesktop.DBus.Introspectable", "Introspect", "", ROOT | CLASS | INSTANCE,
	  introspect },
	{ "org.freedesktop.DBus.Properties", "Get", "ss", INSTANCE, get },
	{ "org.freedesktop.DBus.Properties", "GetAll", "s", INSTANCE, get_all },
	{ "org.freedesktop.DBus.Properties", "Set", "ssv", INSTANCE, set },
	{ "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "", ROOT,
	  get_managed_objects },
};

static int wrong_arguments(sd_bus_message *m, sd_bus_error *ret_error, const char *signature)
{
	return sd_bus_error_setf(ret_error, SD_BUS_ERROR_INVALID_ARGS, "%s takes '%s', not '%s'.",
				 sd_bus_message_get_member(m), signature,
				 sd_bus_message_get_signature(m, 1));
}

static int unknown_method(sd_bus_message *m, sd_bus_error *ret_error)
{
	return sd_bus_error_setf(ret_error, SD_BUS_ERROR_UNKNOWN_METHOD,
				 "There is no method '%s' here.", sd_bus_message_get_member(m));
}

/* A method of the object's class. */
static int invoke(sd_bus_message *m, struct target *target, sd_bus_error *ret_error)
{
	const char *member = sd_bus_message_get_member(m);
	const struct schema_method *method = schema_method_find(target->path->class, member);

	if (!method || strcmp(method->result.name, member))
		return unknown_method(m, ret_error);
	if (!sd_bus_message_has_signature(m, "a{sv}"))
		return wrong_arguments(m, ret_error, "a{sv}");
	return bus_allow_method(target->bus, m, target->path, member, method_go_on);
}

static int dispatch(sd_bus_message *m, struct target *target, unsigned int level,
		    sd_bus_error *ret_error)
{
	const char *interface = sd_bus_message_get_interface(m);

	for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++) {
		if (!(standard[i].levels & level) ||
		    strcmp(sd_bus_message_get_member(m), standard[i].member) ||
		    (interface && strcmp(interface, standard[i].interface)))
			continue;
		return sd_bus_message_has_signature(m, standard[i].signature)
			       ? standard[i].handle(m, target, ret_error)
			       : wrong_arguments(m, ret_error, standard[i].signature);
	}
	if (level == INSTANCE && (!interface || is_own(target->path, interface)))
		return invoke(m, target, ret_error);
	return unknown_method(m, ret_error);
}

static int unknown_object(sd_bus_message *m, sd_bus_error *ret_error)
{
	return sd_bus_error_setf(ret_error, SD_BUS_ERROR_UNKNOWN_OBJECT, "There is no object '%s'.",
				 sd_bus_message_get_path(m));
}

static int on_call(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	const char *text = sd_bus_message_get_path(m);
	const char *class = text + strlen(BUS_PATH_OBJECT "/");
	struct target target = { .bus = data };
	_cleanup_path_ struct cim_path *path = NULL;
	int r;

	if (!strcmp(text, BUS_PATH_OBJECT))
		return dispatch(m, &target, ROOT, ret_error);
	if (bus_object_provider(&target.bus->broker, class)) {
		target.class = class;
		return dispatch(m, &target, CLASS, ret_error);
	}
	r = bus_object_parse(target.bus, text, &path);
	if (r < 0)
		return r;
	if (!r || !broker_find(&target.bus->broker, path, &target.element))
		return unknown_object(m, ret_error);
	target.path = path;
	return dispatch(m, &target, INSTANCE, ret_error);
}

/**
 * bus_add_objects() - show instances as objects
 * @bus: with its broker
 * @ret: slot, to be unreferenced
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_add_objects(struct bus *bus, sd_bus_slot **ret)
{
	return sd_bus_add_fallback(bus->sd, ret, BUS_PATH_OBJECT, on_call, bus);
}
