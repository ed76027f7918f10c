// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What changes something through the broker: methods, and instances that clients make, change and remove. Who may
 * do it is decided by the method's name and the class of the instance, before arguments are looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/util/text.h"

static void on_done(const struct broker_result *result, void *data)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	const struct cim_message *message = result->error->message;
	struct bus_call *call = data;
	int r;

	if (result->status) {
		bus_broker_error(&error, result->error);
		sd_bus_reply_method_error(call->message, &error);
		sd_bus_error_free(&error);
		bus_call_free(call);
		return;
	}
	r = sd_bus_message_new_method_return(call->message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "u", result->code);
	if (r >= 0)
		r = bus_append_arguments(reply, call->object ? call->bus : NULL, result->outputs);
	if (r >= 0)
		r = sd_bus_message_append(reply, "ss", message ? message->id : "",
					  message ? cim_error_text(result->error) : "");
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	if (r < 0)
		sd_bus_reply_method_errno(call->message, r, NULL);
	bus_call_free(call);
}

/**
 * bus_invoke() - call a method of an instance
 * @call: its message is at the arguments, a{sv}; ended by this, at once or later
 * @path: of the instance
 * @method: name
 */
void bus_invoke(struct bus_call *call, const struct cim_path *path, const char *method)
{
	const struct bus *objects = call->object ? call->bus : NULL;
	struct cim_arguments *inputs = NULL;
	struct cim_error error = { 0 };
	int status = broker_prepare(path, method, &inputs, &error);

	if (!status)
		status = bus_read_arguments(call->message, objects, inputs, &error);
	if (status) {
		cim_arguments_free(inputs);
		bus_broker_refuse(call, &error);
		return;
	}
	broker_invoke(&call->bus->broker, path, inputs, on_done, call);
}

static void invoke_go_on(struct bus_call *call)
{
	_cleanup_path_ struct cim_path *path = NULL;
	struct cim_error error = { 0 };
	const char *text, *method;
	int status;

	sd_bus_message_rewind(call->message, 1);
	if (sd_bus_message_read(call->message, "ss", &text, &method) < 0)
		status = cim_fail(&error, CIM_MESSAGE_MISSING, "path");
	else
		status = cim_path_parse(text, CIM_ROOT, "ObjectName", &path, &error);
	if (status)
		bus_broker_refuse(call, &error);
	else
		bus_invoke(call, path, method);
}

/**
 * bus_allow_method() - go on with the call of a method if its caller may make it
 * @bus: bus
 * @m: message; arguments not looked at yet
 * @path: of the instance, which need not be there
 * @method: name
 * @go_on: called with the call, at once or later; else the call is refused
 *
 * Return: 1 or a negative errno, for sd-bus.
 */
int bus_allow_method(struct bus *bus, sd_bus_message *m, const struct cim_path *path,
		     const char *method, void (*go_on)(struct bus_call *call))
{
	switch (broker_access(&bus->broker, path, method)) {
	case BROKER_MANAGE:
		return bus_authorize_alone(bus, m, "org.kvrm1.manage", go_on);
	case BROKER_OPERATE:
		return bus_authorize(bus, m, "org.kvrm1.operate", go_on);
	case BROKER_READ:
		break;
	}
	return bus_allow(bus, m, go_on);
}

/**
 * bus_method_invoke() - InvokeMethod
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_invoke(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_error_ struct cim_error error = { 0 };
	_cleanup_path_ struct cim_path *path = NULL;
	const char *text, *method;
	int r = sd_bus_message_read(m, "ss", &text, &method);

	if (r < 0)
		return r;
	if (cim_path_parse(text, CIM_ROOT, "ObjectName", &path, &error))
		return bus_broker_error(ret_error, &error);
	return bus_allow_method(data, m, path, method, invoke_go_on);
}

/* The path that a message begins with. */
static int read_path(sd_bus_message *m, const char *where, struct cim_path **ret,
		     struct cim_error *error)
{
	const char *text;

	if (sd_bus_message_read(m, "s", &text) < 0)
		return cim_fail(error, CIM_MESSAGE_MISSING, where);
	return cim_path_parse(text, CIM_ROOT, where, ret, error);
}

static void modify_go_on(struct bus_call *call)
{
	_cleanup_path_ struct cim_path *path = NULL;
	_cleanup_instance_ struct cim_instance *wanted = NULL;
	struct cim_error error = { 0 };
	int status = read_path(call->message, "InstanceName", &path, &error);

	if (!status) {
		wanted = cim_instance_new(path->class);
		status = wanted ? bus_read_properties(call->message, wanted, "", &error)
				: cim_fail_memory(&error);
	}
	if (!status)
		status = broker_modify(&call->bus->broker, path, wanted, &error);
	if (status)
		bus_broker_refuse(call, &error);
	else
		bus_reply(call, 0, NULL);
}

/**
 * bus_method_modify_instance() - ModifyInstance
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_modify_instance(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", modify_go_on);
}

static int read_new(sd_bus_message *m, enum cim_namespace *ret_ns, struct cim_instance **ret,
		    struct cim_error *error)
{
	const char *ns, *class;
	int status;

	if (sd_bus_message_read(m, "ss", &ns, &class) < 0)
		return cim_fail(error, CIM_MESSAGE_MISSING, "class");
	status = cim_namespace_find(ns, ret_ns, error);
	if (!status)
		status = cim_instance_begin(class, "class", ret, error);
	return status ? status : bus_read_properties(m, *ret, "", error);
}

static void create_go_on(struct bus_call *call)
{
	_cleanup_instance_ struct cim_instance *wanted = NULL;
	_cleanup_path_ struct cim_path *path = NULL;
	struct cim_error error = { 0 };
	_cleanup_free_ char *text = NULL;
	enum cim_namespace ns;
	int status = read_new(call->message, &ns, &wanted, &error);

	if (!status)
		status = broker_create(&call->bus->broker, ns, wanted, &path, &error);
	if (!status) {
		text = cim_path_format(path);
		if (!text)
			status = cim_fail_memory(&error);
	}
	if (status) {
		bus_broker_refuse(call, &error);
		return;
	}
	sd_bus_reply_method_return(call->message, "s", text);
	bus_call_free(call);
}

/**
 * bus_method_create_instance() - CreateInstance
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_create_instance(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", create_go_on);
}

static void delete_go_on(struct bus_call *call)
{
	_cleanup_path_ struct cim_path *path = NULL;
	struct cim_error error = { 0 };
	int status = read_path(call->message, "InstanceName", &path, &error);

	if (!status)
		status = broker_remove(&call->bus->broker, path, &error);
	if (status)
		bus_broker_refuse(call, &error);
	else
		bus_reply(call, 0, NULL);
}

/**
 * bus_method_delete_instance() - DeleteInstance
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_delete_instance(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", delete_go_on);
}
