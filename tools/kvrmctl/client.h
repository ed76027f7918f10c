/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvrmctl's side of kvrmd's D-Bus interfaces. Functions that fail have told the user why and return
 * an exit status other than EXIT_OK; command.h lists them.
 */
#ifndef KVRMCTL_CLIENT_H
#define KVRMCTL_CLIENT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#define CLIENT_MANAGER_PATH "/org/kvrm1"
#define CLIENT_MANAGER	    "org.kvrm1.Manager"
#define CLIENT_SYSTEM	    "org.kvrm1.VirtualSystem"
#define CLIENT_POOL	    "org.kvrm1.Pool"
#define CLIENT_UPLINK	    "org.kvrm1.Uplink"
#define CLIENT_ROOT_POOL    "host"

/* For calls that kvrmd answers at once. */
#define CLIENT_TIMEOUT_US (30 * UINT64_C(1000000))
/* For those that change something: none. kvrmd's own time limits end them, of which the user is told, and the bus tells of its end. */
#define CLIENT_CHANGE_TIMEOUT_US UINT64_MAX

/**
 * struct client - a connection, and how the user wants answers
 * @bus: connection; NULL before client_open()
 * @address: instead of the system bus, NULL if not
 * @json: answers and errors as JSON
 * @keep: complaints are kept in @said, not printed
 * @said: the last of them
 * @no_start: calls do not start a kvrmd that does not run
 * @idle: called again and again while a reply is awaited; the call fails if it returns false; may be NULL
 * @idle_data: for it
 */
struct client {
	sd_bus *bus;
	const char *address;
	bool json;
	bool keep;
	char said[256];
	bool no_start;
	bool (*idle)(void *data);
	void *idle_data;
};

int client_open(struct client *c);
int client_reopen(struct client *c);
void client_close(struct client *c);
int client_complain(struct client *c, int status, const char *subject, const char *error_name,
		    const char *message);
int client_refuse(struct client *c, int r, const char *error);
int client_failed(struct client *c, const char *subject, const sd_bus_error *error, int r);
int client_message(struct client *c, const char *path, const char *interface, const char *member,
		   sd_bus_message **ret);
int client_send(struct client *c, const char *subject, sd_bus_message *m, uint64_t timeout_us,
		const char *progress, sd_bus_message **ret_reply);
int client_submit(struct client *c, const char *subject, sd_bus_message *m, int r,
		  const char *progress);
int client_fetch(struct client *c, const char *path, const char *interface, const char *member,
		 struct json_object **ret);
int client_objects(struct client *c, struct json_object **ret);
struct json_object *client_select(struct json_object *objects, const char *interface);
int client_systems(struct client *c, struct json_object **ret);
int client_system_message(struct client *c, const char *name, const char *member,
			  sd_bus_message **ret);
int client_pool_message(struct client *c, const char *name, const char *member,
			sd_bus_message **ret);
int client_uplink_message(struct client *c, const char *name, const char *member,
			  sd_bus_message **ret);

static inline void client_message_unrefp(sd_bus_message **m)
{
	sd_bus_message_unref(*m);
}
#define _cleanup_message_ __attribute__((cleanup(client_message_unrefp)))

#endif
