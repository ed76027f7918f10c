// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls to kvrmd; see client.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/kvrmctl/client.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/value.h"

#define BUS_NAME       "org.kvrm1"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"
#define ERRORS	       "org.kvrm1.Error."
#define BUS_ERRORS     "org.freedesktop.DBus.Error."
#define SYSTEMD_ERRORS "org.freedesktop.systemd1."
/* So often client.idle is called. */
#define IDLE_US 50000

static int status_of(const char *name, int r)
{
	static const struct {
		const char *name;
		int status;
	} known[] = {
		{ ERRORS "InvalidArgument", EXIT_USAGE },
		{ ERRORS "NotFound", EXIT_NOT_FOUND },
		{ ERRORS "AccessDenied", EXIT_ACCESS },
		{ ERRORS "InvalidState", EXIT_STATE },
		{ ERRORS "AlreadyExists", EXIT_STATE },
		{ ERRORS "Timeout", EXIT_TIMEOUT },
		{ ERRORS "InsufficientResources", EXIT_INSUFFICIENT },
		{ BUS_ERRORS "AccessDenied", EXIT_ACCESS },
		{ BUS_ERRORS "InteractiveAuthorizationRequired", EXIT_ACCESS },
		{ BUS_ERRORS "NoReply", EXIT_TIMEOUT },
		{ BUS_ERRORS "Timeout", EXIT_TIMEOUT },
		/* The bus has waited for kvrmd to start. */
		{ BUS_ERRORS "TimedOut", EXIT_UNREACHABLE },
		{ BUS_ERRORS "ServiceUnknown", EXIT_UNREACHABLE },
		{ BUS_ERRORS "NameHasNoOwner", EXIT_UNREACHABLE },
		{ BUS_ERRORS "Disconnected", EXIT_UNREACHABLE },
		{ BUS_ERRORS "UnknownObject", EXIT_NOT_FOUND },
	};

	for (size_t i = 0; name && i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(name, known[i].name))
			return known[i].status;
	}
	/* systemd could not start kvrmd, or was told not to. */
	if (name && (!strncmp(name, BUS_ERRORS "Spawn.", strlen(BUS_ERRORS "Spawn.")) ||
		     !strncmp(name, SYSTEMD_ERRORS, strlen(SYSTEMD_ERRORS))))
		return EXIT_UNREACHABLE;
	return r == -ECONNRESET || r == -ENOTCONN ? EXIT_UNREACHABLE : EXIT_FAILED;
}

/**
 * client_complain() - tell the user that something failed
 * @c: client
 * @status: exit status
 * @subject: what it is about, e.g. a system's name; NULL if nothing in particular
 * @error_name: of D-Bus; NULL if it is none
 * @message: sentence
 *
 * Return: @status.
 */
int client_complain(struct client *c, int status, const char *subject, const char *error_name,
		    const char *message)
{
	_cleanup_value_ struct json_object *object = NULL;

	if (c->keep) {
		snprintf(c->said, sizeof(c->said), "%s%s%s", subject ? subject : "",
			 subject ? ": " : "", message);
		return status;
	}
	if (!c->json) {
		fprintf(stderr, "kvrmctl: %s%s%s\n", subject ? subject : "", subject ? ": " : "",
			message);
		return status;
	}
	object = json_object_new_object();
	if (subject)
		json_object_object_add(object, "Subject", json_object_new_string(subject));
	if (error_name)
		json_object_object_add(object, "Error", json_object_new_string(error_name));
	json_object_object_add(object, "Message", json_object_new_string(message));
	json_object_object_add(object, "ExitStatus", json_object_new_int(status));
	fprintf(stderr, "%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	return status;
}

/**
 * client_refuse() - tell the user that an argument is wrong
 * @c: client
 * @r: negative errno of what read it
 * @error: its sentence; may be NULL
 *
 * Return: exit status.
 */
int client_refuse(struct client *c, int r, const char *error)
{
	return client_complain(c, r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE, NULL, NULL,
			       error ? error : strerror(-r));
}

/**
 * client_failed() - tell the user that a call failed
 * @c: client
 * @subject: as for client_complain()
 * @error: of D-Bus; may be unset
 * @r: negative errno
 *
 * Return: the exit status that fits.
 */
int client_failed(struct client *c, const char *subject, const sd_bus_error *error, int r)
{
	int status = status_of(error->name, r);
	const char *message = error->message ? error->message : strerror(-r);

	if (status == EXIT_UNREACHABLE && !c->keep && !c->json)
		fprintf(stderr, "kvrmctl: kvrmd cannot be reached; is kvrmd.service running?\n");
	return client_complain(c, status, subject, error->name, message);
}

/**
 * client_open() - connect
 * @c: not connected
 *
 * Return: EXIT_OK, or EXIT_UNREACHABLE.
 */
int client_open(struct client *c)
{
	char message[256];
	int r;

	if (c->address) {
		r = sd_bus_new(&c->bus);
		if (r >= 0)
			r = sd_bus_set_address(c->bus, c->address);
		if (r >= 0)
			r = sd_bus_set_bus_client(c->bus, 1);
		if (r >= 0)
			r = sd_bus_start(c->bus);
	} else {
		r = sd_bus_open_system(&c->bus);
	}
	if (r >= 0)
		r = sd_bus_set_allow_interactive_authorization(c->bus, isatty(STDIN_FILENO));
	if (r >= 0)
		return EXIT_OK;
	snprintf(message, sizeof(message), "the %s bus cannot be reached: %s",
		 c->address ? c->address : "system", strerror(-r));
	return client_complain(c, EXIT_UNREACHABLE, NULL, NULL, message);
}

/**
 * client_reopen() - connect anew if the connection was lost
 * @c: connected once
 *
 * Return: EXIT_OK, or EXIT_UNREACHABLE.
 */
int client_reopen(struct client *c)
{
	if (c->bus && sd_bus_is_open(c->bus) > 0)
		return EXIT_OK;
	client_close(c);
	return client_open(c);
}

/**
 * client_close() - disconnect
 * @c: connected or not
 */
void client_close(struct client *c)
{
	c->bus = sd_bus_flush_close_unref(c->bus);
}

/**
 * client_message() - begin a call
 * @c: connected
 * @path: object
 * @interface: interface
 * @member: method
 * @ret: message, to be given arguments and to client_send()
 *
 * Return: exit status.
 */
int client_message(struct client *c, const char *path, const char *interface, const char *member,
		   sd_bus_message **ret)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	int r = sd_bus_message_new_method_call(c->bus, ret, BUS_NAME, path, interface, member);

	if (r >= 0 && c->no_start)
		r = sd_bus_message_set_auto_start(*ret, 0);
	return r < 0 ? client_failed(c, member, &none, r) : EXIT_OK;
}

static int on_reply(sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	*(sd_bus_message **)data = sd_bus_message_ref(reply);
	return 0;
}

/* Wait for a reply; on a terminal say for how long already. */
static int wait_reply(struct client *c, sd_bus_message *const *reply, const char *subject,
		      const char *progress)
{
	bool show = progress && isatty(STDERR_FILENO);
	time_t start = time(NULL);
	int r = 0;

	while (!*reply && r >= 0) {
		r = sd_bus_process(c->bus, NULL);
		if (r)
			continue;
		if (show && time(NULL) > start)
			fprintf(stderr, "\r%s: %s, %lld s \033[K", subject, progress,
				(long long)(time(NULL) - start));
		r = sd_bus_wait(c->bus, c->idle ? IDLE_US : 1000000);
		if (!c->idle)
			continue;
		/* A signal is for whoever idles: the terminal may have another size. */
		r = r == -EINTR ? 0 : r;
		if (!c->idle(c->idle_data))
			r = -ECANCELED;
	}
	if (show && time(NULL) > start)
		fprintf(stderr, "\r\033[K");
	return r;
}

/**
 * client_send() - call and wait
 * @c: connected
 * @subject: as for client_complain()
 * @m: call; its reference is taken over
 * @timeout_us: for the reply
 * @progress: what is going on, for people who wait; NULL if it takes no time
 * @ret_reply: reply, to be freed; NULL if it is not wanted
 *
 * Return: exit status.
 */
int client_send(struct client *c, const char *subject, sd_bus_message *m, uint64_t timeout_us,
		const char *progress, sd_bus_message **ret_reply)
{
	_cleanup_message_ sd_bus_message *call = m, *reply = NULL;
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_slot *slot = NULL;
	int r = sd_bus_call_async(c->bus, &slot, call, on_reply, &reply, timeout_us);

	if (r >= 0)
		r = wait_reply(c, &reply, subject, progress);
	sd_bus_slot_unref(slot);
	/* Whoever gave up knows. */
	if (r == -ECANCELED && c->idle)
		return EXIT_FAILED;
	if (r < 0)
		return client_failed(c, subject, &none, r);
	if (sd_bus_message_is_method_error(reply, NULL))
		return client_failed(c, subject, sd_bus_message_get_error(reply),
				     -sd_bus_message_get_errno(reply));
	if (ret_reply)
		*ret_reply = TAKE_PTR(reply);
	return EXIT_OK;
}

/**
 * client_submit() - call what was built and wait; for calls whose answer is empty
 * @c: connected
 * @subject: as for client_complain()
 * @m: call; its reference is taken over
 * @r: what appending the arguments returned
 * @progress: as for client_send()
 *
 * Return: exit status.
 */
int client_submit(struct client *c, const char *subject, sd_bus_message *m, int r,
		  const char *progress)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;

	if (r >= 0)
		return client_send(c, subject, m, CLIENT_CHANGE_TIMEOUT_US, progress, NULL);
	sd_bus_message_unref(m);
	/* Only texts can be refused here. */
	if (r == -EINVAL)
		return client_complain(c, EXIT_USAGE, NULL, NULL, "an argument is not UTF-8 text");
	return client_failed(c, subject, &none, r);
}

/**
 * client_fetch() - call a method without arguments and take its first value
 * @c: connected
 * @path: object
 * @interface: interface
 * @member: method
 * @ret: to be freed with json_object_put()
 *
 * Return: exit status.
 */
int client_fetch(struct client *c, const char *path, const char *interface, const char *member,
		 struct json_object **ret)
{
	_cleanup_message_ sd_bus_message *reply = NULL;
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_message *m;
	int status = client_message(c, path, interface, member, &m);
	int r;

	if (status == EXIT_OK)
		status = client_send(c, NULL, m, CLIENT_TIMEOUT_US, NULL, &reply);
	if (status != EXIT_OK)
		return status;
	r = value_from_bus(reply, ret);
	return r < 0 ? client_failed(c, member, &none, r) : EXIT_OK;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(value_text(*(struct json_object *const *)a, "Name"),
		      value_text(*(struct json_object *const *)b, "Name"));
}

/**
 * client_objects() - all objects of kvrmd at one moment
 * @c: connected
 * @ret: by path, by interface, the properties; to be freed
 *
 * Return: exit status.
 */
int client_objects(struct client *c, struct json_object **ret)
{
	return client_fetch(c, CLIENT_MANAGER_PATH, OBJECT_MANAGER, "GetManagedObjects", ret);
}

/**
 * client_select() - objects of one kind
 * @objects: from client_objects()
 * @interface: CLIENT_SYSTEM, CLIENT_POOL or CLIENT_UPLINK
 *
 * Return: list of objects with the properties of each, by name; to be freed.
 */
struct json_object *client_select(struct json_object *objects, const char *interface)
{
	struct json_object *list = json_object_new_array();

	json_object_object_foreach(objects, path, interfaces) {
		struct json_object *properties = value_get(interfaces, interface);

		(void)path;
		if (properties)
			json_object_array_add(list, json_object_get(properties));
	}
	json_object_array_sort(list, compare_names);
	return list;
}

/**
 * client_systems() - all virtual systems
 * @c: connected
 * @ret: as from client_select()
 *
 * Return: exit status.
 */
int client_systems(struct client *c, struct json_object **ret)
{
	_cleanup_value_ struct json_object *objects = NULL;
	int status = client_objects(c, &objects);

	if (status == EXIT_OK)
		*ret = client_select(objects, CLIENT_SYSTEM);
	return status;
}
