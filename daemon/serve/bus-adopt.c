// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adopt and ListForeign of org.kvrm1.Manager; see Documentation/dbus/org.kvrm1.Manager.md.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"

/* A key, the type of its value, and where that goes. */
static const struct {
	const char *key;
	const char *type;
	size_t offset;
} keys[] = {
	{ "PID", "u", offsetof(struct bus_adoption, pid) },
	{ "ControlGroup", "s", offsetof(struct bus_adoption, cgroup) },
	{ "Name", "s", offsetof(struct bus_adoption, name) },
	{ "ProcessorLimit", "t", offsetof(struct bus_adoption, cpu_limit_us) },
	{ "ProcessorVCPULimit", "t", offsetof(struct bus_adoption, vcpu_limit_us) },
};

static int read_value(sd_bus_message *m, const char *key, struct bus_adoption *ret,
		      char **ret_error)
{
	const char *type;
	size_t i = 0;

	while (i < sizeof(keys) / sizeof(keys[0]) && strcmp(keys[i].key, key))
		i++;
	if (i == sizeof(keys) / sizeof(keys[0]))
		return text_error(ret_error, -EINVAL,
				  "unknown key '%s'; keys are PID ControlGroup Name ProcessorLimit "
				  "ProcessorVCPULimit",
				  key);
	if (sd_bus_message_peek_type(m, NULL, &type) < 0 || strcmp(type, keys[i].type))
		return text_error(ret_error, -EINVAL, "%s: is not of type %s", key, keys[i].type);
	return sd_bus_message_read(m, "v", keys[i].type, (char *)ret + keys[i].offset);
}

static int read_adoption(sd_bus_message *m, struct bus_adoption *ret, char **ret_error)
{
	const char *key;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &key);
		if (r >= 0)
			r = read_value(m, key, ret, ret_error);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r < 0)
		return r;
	if (!ret->pid == !ret->cgroup)
		return text_error(ret_error, -EINVAL,
				  "either PID or ControlGroup must be given, and not both");
	if (ret->pid > INT32_MAX)
		return text_error(ret_error, -EINVAL, "PID: is not 1 to %d", INT32_MAX);
	return 0;
}

static void adopt_go_on(struct bus_call *call)
{
	struct bus_adoption wish = { 0 };
	_cleanup_free_ char *error = NULL;
	struct bus *bus = call->bus;
	int r = read_adoption(call->message, &wish, &error);

	if (r)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
	else
		bus->operations->adopt(&wish, call, bus->data);
}

/**
 * bus_method_adopt() - Adopt
 * @m: call
 * @data: bus
 * @ret_error: filled in on failure
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_method_adopt(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.adopt", adopt_go_on);
}

static int append_foreign(sd_bus_message *reply, const struct bus_foreign *foreign, size_t n)
{
	int r = sd_bus_message_open_container(reply, 'a', "(usss)");

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(reply, "(usss)", foreign[i].pid, foreign[i].name,
					  foreign[i].manager, foreign[i].cgroup);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/**
 * bus_method_list_foreign() - ListForeign
 * @m: call
 * @data: bus
 * @ret_error: filled in on failure
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_method_list_foreign(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_free_ struct bus_foreign *foreign = NULL;
	struct bus *bus = data;
	sd_bus_message *reply = NULL;
	size_t n = 0;
	int r = bus->operations->list_foreign(&foreign, &n, bus->data);

	if (r >= 0)
		r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = append_foreign(reply, foreign, n);
	if (r >= 0)
		r = sd_bus_send(bus->sd, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}
