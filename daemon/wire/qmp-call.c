// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands that are not answered yet; see qmp-call.h. There are few at a time, a list will do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/qmp-call.h"

static void put_object(struct json_object **object)
{
	json_object_put(*object);
}

#define _cleanup_object_ _cleanup_(put_object)

/* A member becomes the object's own, also if it cannot be added. */
static int add_member(struct json_object *object, const char *key, struct json_object *member)
{
	if (member && !json_object_object_add(object, key, member))
		return 0;
	json_object_put(member);
	return -ENOMEM;
}

/* The command as a line, ends with a newline. */
static int make_line(int64_t id, const char *command, struct json_object *arguments, char **ret,
		     size_t *ret_length)
{
	_cleanup_object_ struct json_object *message = json_object_new_object();
	const char *text;
	size_t length;
	char *line;

	if (!message || add_member(message, "execute", json_object_new_string(command)) < 0 ||
	    (arguments && add_member(message, "arguments", json_object_get(arguments)) < 0) ||
	    add_member(message, "id", json_object_new_int64(id)) < 0)
		return -ENOMEM;
	text = json_object_to_json_string_length(message, JSON_C_TO_STRING_PLAIN, &length);
	if (!text)
		return -ENOMEM;
	if (length >= QMP_LINE_MAX_BYTES)
		return -EMSGSIZE;
	line = malloc(length + 1);
	if (!line)
		return -ENOMEM;
	memcpy(line, text, length);
	line[length] = '\n';
	*ret = line;
	*ret_length = length + 1;
	return 0;
}

struct qmp_call *qmp_calls_add(struct qmp_calls *calls, const char *command,
			       struct json_object *arguments)
{
	_cleanup_object_ struct json_object *owned = arguments;
	_cleanup_free_ struct qmp_call *call = calloc(1, sizeof(*call));
	struct qmp_call **last = &calls->first;
	int r;

	if (!call) {
		errno = ENOMEM;
		return NULL;
	}
	r = make_line(calls->last_id + 1, command, owned, &call->text, &call->length);
	if (r < 0) {
		errno = -r;
		return NULL;
	}
	call->id = ++calls->last_id;
	while (*last)
		last = &(*last)->next;
	*last = call;
	calls->n++;
	return TAKE_PTR(call);
}

struct qmp_call *qmp_calls_find(struct qmp_calls *calls, int64_t id)
{
	struct qmp_call *call = calls->first;

	while (call && call->id != id)
		call = call->next;
	return call;
}

static void take_out(struct qmp_calls *calls, struct qmp_call *call)
{
	struct qmp_call **at = &calls->first;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	calls->n--;
}

static void call_free(struct qmp_call *call)
{
	sd_event_source_disable_unref(call->timer);
	free(call->text);
	free(call);
}

void qmp_calls_end(struct qmp_calls *calls, struct qmp_call *call, int error,
		   struct json_object *value, const char *text)
{
	take_out(calls, call);
	if (call->reply)
		call->reply(call->qmp, error, value, text, call->data);
	call_free(call);
}

void qmp_calls_drop(struct qmp_calls *calls, struct qmp_call *call)
{
	take_out(calls, call);
	call_free(call);
}
