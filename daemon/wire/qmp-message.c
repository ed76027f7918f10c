// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What QMP messages mean: greeting, answer, event. The peer may send them in any order; whatever
 * does not fit ends the connection or is counted.
 */
#include <errno.h>
#include <stdio.h>

#include "daemon/wire/qmp-connection.h"

static void on_negotiated(struct qmp *qmp, int error, struct json_object *value, const char *text,
			  void *data)
{
	/* Told by qmp_end() already, or freed. */
	if (qmp->state == QMP_CLOSED)
		return;
	if (error) {
		qmp_end(qmp, -EPROTO, text);
		return;
	}
	qmp->state = QMP_READY;
	qmp->timer = sd_event_source_disable_unref(qmp->timer);
	for (struct qmp_call *call = qmp->calls.first; call; call = call->next) {
		int r = call->text ? qmp_queue(qmp, call) : 0;

		if (r < 0) {
			qmp_end_errno(qmp, r);
			return;
		}
	}
	if (qmp->callbacks.ready)
		qmp->callbacks.ready(qmp, qmp->data);
}

static void take_greeting(struct qmp *qmp)
{
	struct qmp_call *call;

	if (qmp->state != QMP_GREETING) {
		qmp_end(qmp, -EPROTO, "QEMU greeted twice");
		return;
	}
	call = qmp_calls_add(&qmp->calls, "qmp_capabilities", NULL);
	if (!call || qmp_queue(qmp, call) < 0) {
		qmp_end(qmp, -ENOMEM, "no memory");
		return;
	}
	call->qmp = qmp;
	call->reply = on_negotiated;
	qmp->state = QMP_NEGOTIATING;
}

/* Count what answers nothing; true if that was too much. */
static bool is_flood(struct qmp *qmp)
{
	int r = qmp_input_count_unasked(&qmp->input, qmp_now_us(qmp));

	if (r < 0)
		qmp_end_errno(qmp, r);
	return r < 0;
}

static void take_event(struct qmp *qmp, struct json_object *name, struct json_object *message)
{
	struct json_object *arguments = NULL;

	if (is_flood(qmp) || qmp->state != QMP_READY || !qmp->callbacks.event)
		return;
	if (json_object_object_get_ex(message, "data", &arguments) &&
	    !json_object_is_type(arguments, json_type_object))
		arguments = NULL;
	qmp->callbacks.event(qmp, json_object_get_string(name), arguments, qmp->data);
}

static void take_answer(struct qmp *qmp, struct json_object *message)
{
	struct json_object *id, *error, *value, *desc = NULL;
	char sentence[QMP_SENTENCE_BYTES];
	struct qmp_call *call = NULL;

	if (json_object_object_get_ex(message, "id", &id) && json_object_is_type(id, json_type_int))
		call = qmp_calls_find(&qmp->calls, json_object_get_int64(id));
	/* An answer after its command's timeout, or one to nothing; to a command not sent yet, it lies. */
	if (!call || call->text) {
		is_flood(qmp);
		return;
	}
	if (json_object_object_get_ex(message, "error", &error)) {
		json_object_object_get_ex(error, "desc", &desc);
		qmp_input_sentence(json_object_is_type(desc, json_type_string)
					   ? json_object_get_string(desc)
					   : "QEMU refused and gave no reason",
				   sentence, sizeof(sentence));
		qmp_calls_end(&qmp->calls, call, -EREMOTEIO, NULL, sentence);
	} else {
		json_object_object_get_ex(message, "return", &value);
		qmp_calls_end(&qmp->calls, call, 0, value, NULL);
	}
}

void qmp_take_line(struct qmp *qmp, const char *line, size_t length)
{
	struct json_object *message, *member;
	char text[QMP_SENTENCE_BYTES];
	const char *why;
	int r;

	r = qmp_input_parse(line, length, &message, &why);
	if (r < 0) {
		snprintf(text, sizeof(text), "QEMU sent what is no QMP message: %s", why);
		qmp_end(qmp, r, text);
		return;
	}
	if (json_object_object_get_ex(message, "QMP", NULL))
		take_greeting(qmp);
	else if (qmp->state == QMP_GREETING)
		qmp_end(qmp, -EPROTO, "QEMU did not greet");
	else if (json_object_object_get_ex(message, "event", &member) &&
		 json_object_is_type(member, json_type_string))
		take_event(qmp, member, message);
	else if (json_object_object_get_ex(message, "return", NULL) ||
		 json_object_object_get_ex(message, "error", NULL))
		take_answer(qmp, message);
	else
		qmp_end(qmp, -EPROTO, "QEMU sent a message that is no event and no answer");
	json_object_put(message);
}
