// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.kvrm1.Uplink; see Documentation/dbus/org.kvrm1.Uplink.md.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/text.h"

/**
 * bus_uplink_path() - object path of an uplink or part
 * @uplink: uplink
 *
 * Return: to be freed; NULL if there is no memory.
 */
char *bus_uplink_path(const struct uplink *uplink)
{
	char *path = NULL;

	return sd_bus_path_encode(BUS_PATH_UPLINK, uplink->definition->name, &path) < 0 ? NULL
											: path;
}

/**
 * bus_path_uplink() - uplink or part at an object path
 * @bus: bus
 * @path: object path
 *
 * Return: the uplink, or NULL.
 */
struct uplink *bus_path_uplink(struct bus *bus, const char *path)
{
	_cleanup_free_ char *name = NULL;

	return sd_bus_path_decode(path, BUS_PATH_UPLINK, &name) > 0
		       ? host_find_uplink(bus->host, name)
		       : NULL;
}

static void create_go_on(struct bus_call *call)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();
	_cleanup_free_ char *error = NULL;
	struct bus *bus = call->bus;
	int r = d ? uplink_definition_read_bus(call->message, UPLINK_KEYS_ALL, d, &error) : -ENOMEM;

	if (r)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
	else
		bus->operations->create_uplink(TAKE_PTR(d), call, bus->data);
}

/**
 * bus_method_create_uplink() - CreateUplink
 * @m: call
 * @data: bus
 * @ret_error: filled in if it fails at once
 *
 * Return: as sd-bus wants it.
 */
int bus_method_create_uplink(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", create_go_on);
}

/**
 * bus_method_get_uplink() - GetUplink
 * @m: call
 * @data: bus
 * @ret_error: filled in if it fails
 *
 * Return: as sd-bus wants it.
 */
int bus_method_get_uplink(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_free_ char *path = NULL;
	const struct uplink *uplink;
	struct bus *bus = data;
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	if (r < 0)
		return r;
	uplink = host_find_uplink(bus->host, name);
	if (!uplink)
		return bus_error(ret_error, ERROR_NOT_FOUND, "there is no such uplink");
	path = bus_uplink_path(uplink);
	return path ? sd_bus_reply_method_return(m, "o", path) : -ENOMEM;
}

/* The uplink that a call is about; else the call is refused. */
static struct uplink *call_uplink(struct bus_call *call)
{
	struct uplink *uplink = bus_path_uplink(call->bus, sd_bus_message_get_path(call->message));

	if (!uplink)
		bus_reply(call, ERROR_NOT_FOUND, "the uplink was deleted");
	return uplink;
}

static void set_go_on(struct bus_call *call)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = NULL;
	struct uplink *uplink = call_uplink(call);
	_cleanup_free_ char *error = NULL;
	struct bus *bus = call->bus;
	int r;

	if (!uplink)
		return;
	d = uplink_definition_copy(uplink->definition);
	r = d ? uplink_definition_read_bus(call->message, UPLINK_KEYS_CHANGE, d, &error) : -ENOMEM;
	if (r)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
	else
		bus->operations->set_uplink(uplink, TAKE_PTR(d), call, bus->data);
}

static int method_set(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", set_go_on);
}

static void move_go_on(struct bus_call *call)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = NULL;
	struct uplink *uplink = call_uplink(call), *parent;
	_cleanup_free_ char *error = NULL;
	struct bus *bus = call->bus;
	const char *name;

	if (!uplink)
		return;
	if (sd_bus_message_read(call->message, "s", &name) < 0) {
		bus_reply(call, ERROR_INVALID_ARGUMENT, "parent is missing");
		return;
	}
	parent = host_find_uplink(bus->host, name);
	if (!parent) {
		text_error(&error, 0, "parent: there is no uplink '%s'", name);
		bus_reply(call, ERROR_NOT_FOUND, error);
		return;
	}
	d = uplink_definition_copy(uplink->definition);
	if (!d) {
		bus_reply(call, -ENOMEM, NULL);
		return;
	}
	strcpy(d->parent, parent->definition->name);
	bus->operations->set_uplink(uplink, TAKE_PTR(d), call, bus->data);
}

static int method_move(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", move_go_on);
}

static void delete_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct uplink *uplink = call_uplink(call);

	if (uplink)
		bus->operations->remove_uplink(uplink, call, bus->data);
}

static int method_delete(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", delete_go_on);
}

static int append_member(sd_bus_message *m, char *text)
{
	_cleanup_free_ char *owned = text;

	return owned ? sd_bus_message_append(m, "s", owned) : -ENOMEM;
}

static int append_nics(sd_bus_message *m, const struct host *host, const struct uplink *uplink,
		       const struct definition *d)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < d->n_nics; i++) {
		char *text = NULL;

		if (host_uplink_of_nic(host, &d->nics[i]) != uplink)
			continue;
		text_error(&text, 0, "nic/%s/%zu", d->name, i);
		r = append_member(m, text);
	}
	return r;
}

static int append_members(sd_bus_message *m, const struct host *host, const void *object,
			  const char *property)
{
	const struct uplink *uplink = object;
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; r >= 0 && i < host->n_uplinks; i++) {
		const struct uplink_definition *d = host->uplinks[i]->definition;
		char *text = NULL;

		if (strcmp(d->parent, uplink->definition->name))
			continue;
		text_error(&text, 0, "uplink/%s", d->name);
		r = append_member(m, text);
	}
	for (size_t i = 0; r >= 0 && i < host->n_systems; i++)
		r = append_nics(m, host, uplink, host->systems[i]->definition);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_text(sd_bus_message *m, const struct host *host, const void *object,
		       const char *property)
{
	const struct uplink *uplink = object;
	const struct uplink_definition *d = uplink->definition;
	const char *value = d->description ? d->description : "";

	if (!strcmp(property, "Name"))
		value = d->name;
	else if (!strcmp(property, "Parent"))
		value = d->parent;
	else if (!strcmp(property, "Bridge"))
		value = d->bridge;
	else if (!strcmp(property, "EnforcedBy"))
		value = uplink->module_id ? "module" : "";
	return sd_bus_message_append(m, "s", value);
}

/* What a property is about, and what is behind that in its name. */
static enum nic_direction direction_of(const char *property, const char **ret_rest)
{
	bool receives = !strncmp(property, "ToGuest", strlen("ToGuest"));

	*ret_rest = property + strlen(receives ? "ToGuest" : "FromGuest");
	return receives ? NIC_TO_GUEST : NIC_FROM_GUEST;
}

static int append_number(sd_bus_message *m, const struct host *host, const void *object,
			 const char *property)
{
	const struct uplink *uplink = object;
	const char *rest;
	enum nic_direction direction = direction_of(property, &rest);
	const struct uplink_allocation *a = &uplink->definition->allocations[direction];
	const struct uplink_flow *flow = &uplink->flows[direction];
	const struct kvrm_node *node = &uplink->node;
	enum kvrm_resource resource = (enum kvrm_resource)direction;
	const struct {
		const char *name;
		uint64_t value;
	} values[] = {
		{ "Reservation", a->reservation },
		{ "Limit", a->limit },
		{ "Capacity", node->share[resource].reservation },
		{ "Reserved", node->reserved[resource] },
		{ "Unreserved", kvrm_unreserved(node, resource) },
		{ "Shortfall", kvrm_shortfall(node, resource) },
		{ "Demand", flow->demand },
		{ "Used", flow->used },
		{ "Entitled", flow->entitled },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (!strcmp(rest, values[i].name))
			return sd_bus_message_append(m, "t", values[i].value);
	}
	return -ENOENT;
}

static int append_weight(sd_bus_message *m, const struct host *host, const void *object,
			 const char *property)
{
	const struct uplink *uplink = object;
	const char *rest;
	enum nic_direction direction = direction_of(property, &rest);

	return sd_bus_message_append(m, "u", uplink->definition->allocations[direction].weight);
}

static int append_bool(sd_bus_message *m, const struct host *host, const void *object,
		       const char *property)
{
	const struct uplink *uplink = object;
	const char *rest;
	enum nic_direction direction = direction_of(property, &rest);
	const struct uplink_allocation *a = &uplink->definition->allocations[direction];

	return sd_bus_message_append(m, "b",
				     (int)(strcmp(rest, "Contended")
						   ? a->expandable
						   : uplink->flows[direction].contended));
}

#define DIRECTION(prefix)                                                                          \
	{ prefix "Capacity", "t", append_number }, { prefix "Reservation", "t", append_number },   \
		{ prefix "Limit", "t", append_number }, { prefix "Weight", "u", append_weight },   \
		{ prefix "Expandable", "b", append_bool },                                         \
		{ prefix "Reserved", "t", append_number },                                         \
		{ prefix "Unreserved", "t", append_number },                                       \
		{ prefix "Shortfall", "t", append_number },                                        \
		{ prefix "Demand", "t", append_number }, { prefix "Used", "t", append_number },    \
		{ prefix "Entitled", "t", append_number },                                         \
	{                                                                                          \
		prefix "Contended", "b", append_bool                                               \
	}

/* Every property, for ListUplinks and for the object. */
static const struct bus_property properties[] = {
	{ "Name", "s", append_text },
	{ "Description", "s", append_text },
	{ "Parent", "s", append_text },
	{ "Bridge", "s", append_text },
	{ "Members", "as", append_members },
	{ "EnforcedBy", "s", append_text },
	DIRECTION("ToGuest"),
	DIRECTION("FromGuest"),
	{ NULL, NULL, NULL },
};

/**
 * bus_append_uplink() - append everything known of an uplink or part as a{sv}
 * @m: message
 * @host: its host
 * @uplink: uplink
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_uplink(sd_bus_message *m, const struct host *host, const struct uplink *uplink)
{
	return bus_append_properties(m, host, uplink, properties);
}

static int property_any(sd_bus *sd, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	const struct uplink *uplink = bus_path_uplink(bus, path);

	if (!uplink)
		return bus_error(ret_error, ERROR_NOT_FOUND, "the uplink was deleted");
	return bus_append_property(reply, bus->host, uplink, properties, property);
}

#define CONSTANT(name, type) BUS_CONSTANT(name, type, property_any)
#define CHANGING(name, type) BUS_CHANGING(name, type, property_any)
#define MEASURED(name, type) BUS_MEASURED(name, type, property_any)

/* Those of a direction that change when somebody changes something, and those that are measured. */
#define CHANGING_DIRECTION(prefix)                                                                 \
	CHANGING(prefix "Capacity", "t"), CHANGING(prefix "Reservation", "t"),                     \
		CHANGING(prefix "Limit", "t"), CHANGING(prefix "Weight", "u"),                     \
		CHANGING(prefix "Expandable", "b"), CHANGING(prefix "Reserved", "t"),              \
		CHANGING(prefix "Unreserved", "t"), CHANGING(prefix "Shortfall", "t")
#define MEASURED_DIRECTION(prefix)                                                                 \
	MEASURED(prefix "Demand", "t"), MEASURED(prefix "Used", "t"),                              \
		MEASURED(prefix "Entitled", "t"), MEASURED(prefix "Contended", "b")

const sd_bus_vtable bus_uplink_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("Set", "a{sv}", SD_BUS_PARAM(changes), NULL, , method_set,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Move", "s", SD_BUS_PARAM(parent), NULL, , method_move,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Delete", NULL, NULL, method_delete, SD_BUS_VTABLE_UNPRIVILEGED),
	CONSTANT("Name", "s"),
	CHANGING("Description", "s"),
	CHANGING("Parent", "s"),
	CHANGING("Bridge", "s"),
	CHANGING("Members", "as"),
	CHANGING("EnforcedBy", "s"),
	CHANGING_DIRECTION("ToGuest"),
	CHANGING_DIRECTION("FromGuest"),
	MEASURED_DIRECTION("ToGuest"),
	MEASURED_DIRECTION("FromGuest"),
	SD_BUS_VTABLE_END,
};
