// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's monitor: what QEMU tells of itself, asked and unasked. QEMU is not trusted: what is of
 * another type than it should be is not there, and its texts are made fit to be shown.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/observe/guest.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "kvrm/run.h"

/* Of what QEMU says why it ends, with a NUL. */
#define REASON_SIZE 41

static void set_run_state(struct guest *guest, bool running)
{
	struct system *system = guest->system;

	/* A start, and a shut down that was asked for, have states of their own. */
	if (running && system->state == SYSTEM_PAUSED)
		system_set_state(system, SYSTEM_ACTIVE, "");
	else if (!running && system->state == SYSTEM_ACTIVE)
		system_set_state(system, SYSTEM_PAUSED, guest_stopped_reason(guest));
	else
		return;
	guest_tell(guest, GUEST_CHANGED, NULL);
}

static void go_on(struct guest *guest)
{
	guest_forget_stopped(guest);
	set_run_state(guest, true);
}

/* A member that is a text; "" if there is none. @object may be anything, or NULL. */
static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static void note_shutdown(struct guest *guest, const char *reason)
{
	char shown[REASON_SIZE];

	text_copy(shown, sizeof(shown), reason);
	text_clean(shown, strlen(shown));
	if (!strcmp(reason, "guest-shutdown"))
		strcpy(guest->shutdown, "guest shut down");
	else if (!strcmp(reason, "host-signal"))
		strcpy(guest->shutdown, "QEMU was asked to end by a signal");
	else
		snprintf(guest->shutdown, sizeof(guest->shutdown), "QEMU ended%s%s",
			 *shown ? ": " : "", shown);
}

static void on_event(struct qmp *qmp, const char *name, struct json_object *arguments, void *data)
{
	struct guest *guest = data;

	if (!strcmp(name, "STOP"))
		set_run_state(guest, false);
	else if (!strcmp(name, "RESUME"))
		go_on(guest);
	else if (!strcmp(name, "DEVICE_DELETED"))
		guest_tell(guest, GUEST_DEVICE_DELETED, text_of(arguments, "device"));
	else if (!strcmp(name, "BALLOON_CHANGE"))
		guest_balloon_changed(guest, arguments);
	else if (!strcmp(name, "MEMORY_DEVICE_SIZE_CHANGE"))
		guest_ask_memory(guest);
	else if (!strcmp(name, "SHUTDOWN"))
		note_shutdown(guest, text_of(arguments, "reason"));
}

static void recall_stopped(struct guest *guest, const char *status)
{
	if (!strcmp(status, "paused"))
		guest_recall_stopped(guest);
	else
		guest_forget_stopped(guest);
}

/* What QEMU says of itself when it is met again: kvrmd was restarted, or its monitor was lost. */
static void on_status(struct qmp *qmp, int error, struct json_object *value, const char *text,
		      void *data)
{
	struct guest *guest = data;
	struct system *system = guest->system;
	const char *status = text_of(value, "status");

	if (error)
		return;
	/* If it was told to stop, or to go on, meanwhile, the answer to that counts. */
	if (!guest->stopping)
		recall_stopped(guest, status);
	/* A system that is being started waits in "prelaunch". */
	if (system->state != SYSTEM_STARTING && system->state != SYSTEM_STOPPING)
		system_set_state(system, strcmp(status, "running") ? SYSTEM_PAUSED : SYSTEM_ACTIVE,
				 guest_stopped_reason(guest));
	guest_ask_memory(guest);
	guest_tell(guest, GUEST_MONITOR_READY, NULL);
}

static void on_ready(struct qmp *qmp, void *data)
{
	struct guest *guest = data;

	if (qmp_call(qmp, "query-status", NULL, guest->env->timeout_us, on_status, guest))
		guest_tell(guest, GUEST_MONITOR_LOST, "the monitor takes no command");
}

static void on_closed(struct qmp *qmp, int error, const char *text, void *data)
{
	struct guest *guest = data;

	guest->qmp = qmp_free(guest->qmp);
	guest_lose_balloon(guest);
	guest_tell(guest, GUEST_MONITOR_LOST, text);
}

const struct qmp_callbacks guest_monitor_callbacks = {
	.ready = on_ready,
	.event = on_event,
	.closed = on_closed,
};

/**
 * guest_connect_monitor() - connect; GUEST_MONITOR_READY or GUEST_MONITOR_LOST follows
 * @guest: guest
 *
 * Return: 0 or a negative errno.
 */
int guest_connect_monitor(struct guest *guest)
{
	const char *folder = guest->env->guests_directory;
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s/qmp.sock", folder ? folder : KVRM_GUESTS_DIRECTORY,
		     guest->system->definition->uuid) < 0)
		return -ENOMEM;
	return qmp_connect(guest->env->event, path, guest->env->timeout_us,
			   &guest_monitor_callbacks, guest, &guest->qmp);
}
