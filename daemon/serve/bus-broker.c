// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.kvrm1.Broker: the model as DMTF's classes, for clients of any class; see
 * Documentation/dbus/org.kvrm1.Broker.md.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/util/text.h"

/**
 * bus_broker_error() - an error for a message of the registry
 * @ret: receives it
 * @error: message
 *
 * Return: a negative errno, for sd-bus.
 */
int bus_broker_error(sd_bus_error *ret, const struct cim_error *error)
{
	static const struct {
		enum cim_status status;
		const char *name;
	} names[] = {
		{ CIM_FAILED, "org.kvrm1.Error.CIM.Failed" },
		{ CIM_ACCESS_DENIED, "org.kvrm1.Error.CIM.AccessDenied" },
		{ CIM_INVALID_NAMESPACE, "org.kvrm1.Error.CIM.InvalidNamespace" },
		{ CIM_INVALID_PARAMETER, "org.kvrm1.Error.CIM.InvalidParameter" },
		{ CIM_INVALID_CLASS, "org.kvrm1.Error.CIM.InvalidClass" },
		{ CIM_NOT_FOUND, "org.kvrm1.Error.CIM.NotFound" },
		{ CIM_NOT_SUPPORTED, "org.kvrm1.Error.CIM.NotSupported" },
		{ CIM_ALREADY_EXISTS, "org.kvrm1.Error.CIM.AlreadyExists" },
		{ CIM_NO_SUCH_PROPERTY, "org.kvrm1.Error.CIM.NoSuchProperty" },
		{ CIM_TYPE_MISMATCH, "org.kvrm1.Error.CIM.TypeMismatch" },
		{ CIM_QUERY_LANGUAGE_NOT_SUPPORTED,
		  "org.kvrm1.Error.CIM.QueryLanguageNotSupported" },
		{ CIM_INVALID_QUERY, "org.kvrm1.Error.CIM.InvalidQuery" },
		{ CIM_METHOD_NOT_AVAILABLE, "org.kvrm1.Error.CIM.MethodNotAvailable" },
		{ CIM_METHOD_NOT_FOUND, "org.kvrm1.Error.CIM.MethodNotFound" },
		{ CIM_INVALID_ENUMERATION_CONTEXT,
		  "org.kvrm1.Error.CIM.InvalidEnumerationContext" },
		{ CIM_SERVER_LIMITS_EXCEEDED, "org.kvrm1.Error.CIM.ServerLimitsExceeded" },
	};
	const char *name = names[0].name;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].status == error->message->status)
			name = names[i].name;
	}
	return sd_bus_error_setf(ret, name, "%s: %s", error->message->id, cim_error_text(error));
}

/**
 * bus_broker_refuse() - answer a call with a message of the registry
 * @call: ended by this
 * @error: freed
 */
void bus_broker_refuse(struct bus_call *call, struct cim_error *error)
{
	sd_bus_error sd_error = SD_BUS_ERROR_NULL;

	bus_broker_error(&sd_error, error);
	sd_bus_reply_method_error(call->message, &sd_error);
	sd_bus_error_free(&sd_error);
	cim_error_deinit(error);
	bus_call_free(call);
}

/**
 * bus_read_options() - read what is said beside: texts, truths and a list of properties
 * @m: message, at a{sv}
 * @options: receives them; all zero
 * @error: receives a message
 *
 * Return: 0 or a status; in any case to be freed with bus_options_deinit().
 */
int bus_read_options(sd_bus_message *m, struct bus_options *options, struct cim_error *error)
{
	const struct {
		const char *key;
		const char **to;
	} texts[] = {
		{ "AssocClass", &options->filter.association },
		{ "ResultClass", &options->filter.result },
		{ "Role", &options->filter.role },
		{ "ResultRole", &options->filter.result_role },
	};
	const char *key;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}"), deep;

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		bool known = false;

		r = sd_bus_message_read(m, "s", &key);
		for (size_t i = 0; r >= 0 && i < sizeof(texts) / sizeof(texts[0]); i++) {
			if (strcmp(key, texts[i].key))
				continue;
			known = true;
			r = sd_bus_message_read(m, "v", "s", texts[i].to);
		}
		if (r >= 0 && !strcmp(key, "DeepInheritance")) {
			known = true;
			r = sd_bus_message_read(m, "v", "b", &deep);
			options->select.shallow = r >= 0 && !deep;
		}
		if (r >= 0 && !strcmp(key, "PropertyList")) {
			known = true;
			r = sd_bus_message_enter_container(m, 'v', "as");
			if (r >= 0 && !options->names)
				r = sd_bus_message_read_strv(m, &options->names);
			if (r >= 0)
				r = sd_bus_message_exit_container(m);
			options->select.some = true;
		}
		if (r >= 0 && !known)
			return cim_fail(error, CIM_MESSAGE_UNKNOWN_PARAMETER, "This operation",
					key);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r < 0)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, "options", "a value",
				"it is of the wrong type");
	for (size_t n = 0; options->names && options->names[n]; n++)
		options->select.n = n + 1;
	options->select.names = (const char *const *)options->names;
	return 0;
}

/**
 * bus_options_deinit() - free options
 * @options: read
 */
void bus_options_deinit(struct bus_options *options)
{
	for (size_t i = 0; options->names && options->names[i]; i++)
		free(options->names[i]);
	free(options->names);
}

/**
 * bus_append_named() - append an instance as path, class and properties, ssa{sv}
 * @m: message
 * @instance: with its path
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_named(sd_bus_message *m, const struct cim_instance *instance)
{
	_cleanup_free_ char *path = cim_path_format(instance->path);
	int r = path ? sd_bus_message_append(m, "ss", path, instance->class->name) : -ENOMEM;

	return r < 0 ? r : bus_append_instance(m, NULL, instance);
}

static int method_get_instance(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	_cleanup_path_ struct cim_path *path = NULL;
	_cleanup_instance_ struct cim_instance *instance = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	struct bus_options options = { 0 };
	const char *text;
	int status, r = sd_bus_message_read(m, "s", &text);

	if (r < 0)
		return r;
	status = bus_read_options(m, &options, &error);
	if (!status)
		status = cim_path_parse(text, CIM_ROOT, "InstanceName", &path, &error);
	if (!status)
		status = broker_get(&bus->broker, path, &options.select, &instance, &error);
	bus_options_deinit(&options);
	if (status)
		return bus_broker_error(ret_error, &error);
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = bus_append_named(reply, instance);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

const sd_bus_vtable bus_broker_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("GetInstance", "sa{sv}", SD_BUS_PARAM(path) SD_BUS_PARAM(options),
				 "ssa{sv}",
				 SD_BUS_PARAM(path) SD_BUS_PARAM(class) SD_BUS_PARAM(properties),
				 method_get_instance, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("OpenInstances", "ssa{sv}",
				 SD_BUS_PARAM(namespace) SD_BUS_PARAM(class) SD_BUS_PARAM(options),
				 "t", SD_BUS_PARAM(context), bus_method_open_instances,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("OpenAssociators", "sa{sv}",
				 SD_BUS_PARAM(path) SD_BUS_PARAM(options), "t",
				 SD_BUS_PARAM(context), bus_method_open_associators,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("OpenReferences", "sa{sv}",
				 SD_BUS_PARAM(path) SD_BUS_PARAM(options), "t",
				 SD_BUS_PARAM(context), bus_method_open_references,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("PullInstances", "tu", SD_BUS_PARAM(context) SD_BUS_PARAM(most),
				 "a(ssa{sv})b", SD_BUS_PARAM(instances) SD_BUS_PARAM(end),
				 bus_method_pull_instances, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("PullPaths", "tu", SD_BUS_PARAM(context) SD_BUS_PARAM(most), "asb",
				 SD_BUS_PARAM(paths) SD_BUS_PARAM(end), bus_method_pull_paths,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Close", "t", SD_BUS_PARAM(context), NULL, , bus_method_close,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ModifyInstance", "sa{sv}",
				 SD_BUS_PARAM(path) SD_BUS_PARAM(properties), NULL, ,
				 bus_method_modify_instance, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CreateInstance", "ssa{sv}",
				 SD_BUS_PARAM(namespace) SD_BUS_PARAM(class)
					 SD_BUS_PARAM(properties),
				 "s", SD_BUS_PARAM(path), bus_method_create_instance,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("DeleteInstance", "s", SD_BUS_PARAM(path), NULL, ,
				 bus_method_delete_instance, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("InvokeMethod", "ssa{sv}",
				 SD_BUS_PARAM(path) SD_BUS_PARAM(method) SD_BUS_PARAM(inputs),
				 "ua{sv}ss",
				 SD_BUS_PARAM(return_code) SD_BUS_PARAM(outputs)
					 SD_BUS_PARAM(message_id) SD_BUS_PARAM(message),
				 bus_method_invoke, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetClass", "s", SD_BUS_PARAM(name), "a{sv}", SD_BUS_PARAM(class),
				 bus_method_get_class, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("EnumerateClassNames", "sb",
				 SD_BUS_PARAM(above) SD_BUS_PARAM(deep), "as", SD_BUS_PARAM(names),
				 bus_method_enumerate_class_names, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("EnumerateClasses", "sb", SD_BUS_PARAM(above) SD_BUS_PARAM(deep),
				 "aa{sv}", SD_BUS_PARAM(classes), bus_method_enumerate_classes,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Subscribe", "s", SD_BUS_PARAM(filter), "t",
				 SD_BUS_PARAM(subscription), bus_method_subscribe,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Unsubscribe", "t", SD_BUS_PARAM(subscription), NULL, ,
				 bus_method_unsubscribe, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_NAMES("Indication", "txsa{sv}",
				 SD_BUS_PARAM(subscription) SD_BUS_PARAM(number) SD_BUS_PARAM(class)
					 SD_BUS_PARAM(properties),
				 0),
	SD_BUS_VTABLE_END,
};
