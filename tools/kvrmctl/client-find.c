// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls to one system, pool or uplink, by its name; see client.h.
 */
#include <errno.h>
#include <string.h>

#include "tools/kvrmctl/client.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/value.h"

/* Path of a system, pool or uplink. */
static int find(struct client *c, const char *method, const char *name, char **ret_path)
{
	_cleanup_message_ sd_bus_message *reply = NULL;
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	const char *path;
	sd_bus_message *m;
	int status = client_message(c, CLIENT_MANAGER_PATH, CLIENT_MANAGER, method, &m);
	int r;

	if (status != EXIT_OK)
		return status;
	r = sd_bus_message_append(m, "s", name);
	if (r < 0) {
		sd_bus_message_unref(m);
		return client_complain(c, EXIT_USAGE, NULL, NULL, "the name is not UTF-8 text");
	}
	status = client_send(c, name, m, CLIENT_TIMEOUT_US, NULL, &reply);
	if (status != EXIT_OK)
		return status;
	r = sd_bus_message_read(reply, "o", &path);
	*ret_path = r < 0 ? NULL : strdup(path);
	return *ret_path ? EXIT_OK : client_failed(c, name, &none, r < 0 ? r : -ENOMEM);
}

/**
 * client_system_message() - begin a call to a virtual system
 * @c: connected
 * @name: name or UUID
 * @member: method
 * @ret: message, to be given arguments and to client_send()
 *
 * Return: exit status.
 */
int client_system_message(struct client *c, const char *name, const char *member,
			  sd_bus_message **ret)
{
	_cleanup_free_ char *path = NULL;
	int status = find(c, "GetSystem", name, &path);

	return status == EXIT_OK ? client_message(c, path, CLIENT_SYSTEM, member, ret) : status;
}

/**
 * client_pool_message() - begin a call to a pool
 * @c: connected
 * @name: of the pool
 * @member: method
 * @ret: message, to be given arguments and to client_send()
 *
 * Return: exit status.
 */
int client_pool_message(struct client *c, const char *name, const char *member,
			sd_bus_message **ret)
{
	_cleanup_free_ char *path = NULL;
	int status = find(c, "GetPool", name, &path);

	return status == EXIT_OK ? client_message(c, path, CLIENT_POOL, member, ret) : status;
}

/**
 * client_uplink_message() - begin a call to an uplink or part
 * @c: connected
 * @name: of it
 * @member: method
 * @ret: message, to be given arguments and to client_send()
 *
 * Return: exit status.
 */
int client_uplink_message(struct client *c, const char *name, const char *member,
			  sd_bus_message **ret)
{
	_cleanup_free_ char *path = NULL;
	int status = find(c, "GetUplink", name, &path);

	return status == EXIT_OK ? client_message(c, path, CLIENT_UPLINK, member, ret) : status;
}
