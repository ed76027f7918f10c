// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QMP connection; see qmp.h.
 *
 * A turn of the loop reads once (source io) and handles some of the lines that are complete. If
 * some are left, reading stops, and source rest goes on with them in the next turn, after
 * everything of higher priority. What is to be sent waits in output until the socket takes it.
 *
 * A callback may free the connection. So whoever calls one holds a reference, and a connection
 * that was freed or has ended is in state QMP_CLOSED, where nothing is handled and nobody is
 * called.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/qmp-connection.h"

#define QMP_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)
#define QMP_RETRY_US 50000

static void qmp_unref(struct qmp *qmp)
{
	if (--qmp->refs)
		return;
	qmp_input_deinit(&qmp->input);
	sd_event_unref(qmp->event);
	free(qmp->output);
	free(qmp);
}

static void qmp_unrefp(struct qmp **qmp)
{
	if (*qmp)
		qmp_unref(*qmp);
}

static struct qmp *qmp_ref(struct qmp *qmp)
{
	qmp->refs++;
	return qmp;
}

#define _cleanup_qmp_ _cleanup_(qmp_unrefp)

uint64_t qmp_now_us(struct qmp *qmp)
{
	uint64_t now = 0;

	sd_event_now(qmp->event, CLOCK_MONOTONIC, &now);
	return now;
}

/* Everything ends but the memory; pending commands are told. The caller holds a reference. */
static void disconnect(struct qmp *qmp, int error, const char *text)
{
	qmp->state = QMP_CLOSED;
	qmp->io = sd_event_source_disable_unref(qmp->io);
	qmp->rest = sd_event_source_disable_unref(qmp->rest);
	qmp->timer = sd_event_source_disable_unref(qmp->timer);
	qmp->retry = sd_event_source_disable_unref(qmp->retry);
	cleanup_closep(&qmp->fd);
	qmp->fd = -1;
	while (qmp->calls.first)
		qmp_calls_end(&qmp->calls, qmp->calls.first, error, NULL, text);
}

/* The connection has ended by itself. */
void qmp_end(struct qmp *qmp, int error, const char *text)
{
	char why[QMP_SENTENCE_BYTES];

	if (qmp->state == QMP_CLOSED)
		return;
	/* Callbacks may free what the text points into. */
	snprintf(why, sizeof(why), "%s", text);
	disconnect(qmp, -ECONNRESET, why);
	if (qmp->callbacks.closed)
		qmp->callbacks.closed(qmp, error, why, qmp->data);
}

void qmp_end_errno(struct qmp *qmp, int error)
{
	char why[QMP_SENTENCE_BYTES];

	switch (error) {
	case -EMSGSIZE:
		snprintf(why, sizeof(why), "QEMU sent a message above %d bytes",
			 QMP_LINE_MAX_BYTES);
		break;
	case -ENOBUFS:
		snprintf(why, sizeof(why),
			 "QEMU sent more than %d messages that nobody asked for, or %d bytes, in a "
			 "second",
			 QMP_UNASKED_MAX, QMP_RATE_MAX_BYTES);
		break;
	case -ECONNRESET:
	case -EPIPE:
		error = -ECONNRESET;
		snprintf(why, sizeof(why), "QEMU closed the monitor");
		break;
	default:
		snprintf(why, sizeof(why), "monitor: %s", strerror(-error));
	}
	qmp_end(qmp, error, why);
}

static void watch_io(struct qmp *qmp)
{
	uint32_t events = 0;

	if (qmp->state == QMP_CLOSED || !qmp->io)
		return;
	if (!qmp->ended && !qmp_input_pending(&qmp->input))
		events |= EPOLLIN;
	if (qmp->output_size && !qmp->ended)
		events |= EPOLLOUT;
	sd_event_source_set_io_events(qmp->io, events);
	/* Without events it would still report a hang-up, again and again. */
	sd_event_source_set_enabled(qmp->io, events ? SD_EVENT_ON : SD_EVENT_OFF);
	sd_event_source_set_enabled(qmp->rest,
				    qmp_input_pending(&qmp->input) ? SD_EVENT_ON : SD_EVENT_OFF);
}

int qmp_queue(struct qmp *qmp, struct qmp_call *call)
{
	char *output;

	/* A command that QEMU has not read yet may have timed out and does not count as pending. */
	if (qmp->output_size && qmp->output_size + call->length > QMP_LINE_MAX_BYTES)
		return -EBUSY;
	output = realloc(qmp->output, qmp->output_size + call->length);
	if (!output)
		return -ENOMEM;
	memcpy(output + qmp->output_size, call->text, call->length);
	qmp->output = output;
	qmp->output_size += call->length;
	free(TAKE_PTR(call->text));
	watch_io(qmp);
	return 0;
}

int qmp_flush(struct qmp *qmp)
{
	ssize_t n;

	if (!qmp->output_size)
		return 0;
	do {
		n = send(qmp->fd, qmp->output, qmp->output_size, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	qmp->output_size -= (size_t)n;
	memmove(qmp->output, qmp->output + n, qmp->output_size);
	return 0;
}

/* Handle a turn's share of the lines that are complete. */
static void take_lines(struct qmp *qmp)
{
	const char *line;
	size_t length;

	for (int i = 0; i < QMP_TURN_MESSAGES && qmp->state != QMP_CLOSED; i++) {
		line = qmp_input_line(&qmp->input, &length);
		if (!line)
			break;
		qmp_take_line(qmp, line, length);
	}
	if (qmp->ended && !qmp_input_pending(&qmp->input))
		qmp_end_errno(qmp, -ECONNRESET);
	watch_io(qmp);
}

static int on_rest(sd_event_source *source, void *userdata)
{
	_cleanup_qmp_ struct qmp *qmp = qmp_ref(userdata);

	take_lines(qmp);
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	_cleanup_qmp_ struct qmp *qmp = qmp_ref(userdata);
	ssize_t n = -EAGAIN;

	/* If QEMU has gone, reading will tell. */
	if (revents & EPOLLOUT && qmp_flush(qmp) < 0)
		qmp->output_size = 0;
	/* What QEMU said before it closed is read first. */
	if (revents & ~(uint32_t)EPOLLOUT && !qmp_input_pending(&qmp->input))
		n = qmp_input_read(&qmp->input, fd, qmp_now_us(qmp));
	if (n == 0 || n == -ECONNRESET || n == -EPIPE)
		qmp->ended = true;
	else if (n < 0 && n != -EAGAIN)
		qmp_end_errno(qmp, (int)n);
	take_lines(qmp);
	return 0;
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	_cleanup_qmp_ struct qmp *qmp = qmp_ref(userdata);

	qmp_end(qmp, -ETIMEDOUT,
		qmp->state == QMP_CONNECTING ? "QEMU did not accept the connection in time"
					     : "QEMU did not greet in time");
	return 0;
}

/* From now on the socket is connected. */
static int watch(struct qmp *qmp)
{
	int r;

	r = sd_event_add_io(qmp->event, &qmp->io, qmp->fd, EPOLLIN, on_io, qmp);
	if (r < 0)
		return r;
	qmp->state = QMP_GREETING;
	sd_event_source_set_description(qmp->io, "qmp-io");
	return sd_event_source_set_priority(qmp->io, QMP_PRIORITY);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	_cleanup_qmp_ struct qmp *qmp = qmp_ref(userdata);
	char why[QMP_SENTENCE_BYTES];
	int r = 0;

	if (connect(qmp->fd, (struct sockaddr *)&qmp->address, sizeof(qmp->address)) < 0)
		r = -errno;
	if (!r)
		r = watch(qmp);
	if (r == -EAGAIN || r == -EINTR) {
		sd_event_source_set_time_relative(source, QMP_RETRY_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	} else if (r < 0) {
		snprintf(why, sizeof(why), "cannot connect to %s: %s", qmp->address.sun_path,
			 strerror(-r));
		qmp_end(qmp, r, why);
	}
	return 0;
}

static void qmp_freep(struct qmp **qmp)
{
	qmp_free(*qmp);
}

/* A connection without a socket. */
static int make(sd_event *event, uint64_t timeout_us, const struct qmp_callbacks *callbacks,
		void *data, struct qmp **ret)
{
	_cleanup_(qmp_freep) struct qmp *qmp = calloc(1, sizeof(*qmp));
	int r;

	if (!qmp)
		return -ENOMEM;
	qmp->refs = 1;
	qmp->fd = -1;
	qmp->event = sd_event_ref(event);
	qmp->data = data;
	r = sd_event_add_defer(event, &qmp->rest, on_rest, qmp);
	if (r < 0)
		return r;
	sd_event_source_set_description(qmp->rest, "qmp-rest");
	sd_event_source_set_enabled(qmp->rest, SD_EVENT_OFF);
	r = sd_event_source_set_priority(qmp->rest, QMP_PRIORITY);
	if (r < 0)
		return r;
	if (timeout_us) {
		r = sd_event_add_time_relative(event, &qmp->timer, CLOCK_MONOTONIC, timeout_us, 0,
					       on_late, qmp);
		if (r < 0)
			return r;
	}
	qmp->callbacks = *callbacks;
	*ret = TAKE_PTR(qmp);
	return 0;
}

int qmp_new(sd_event *event, int fd, uint64_t timeout_us, const struct qmp_callbacks *callbacks,
	    void *data, struct qmp **ret)
{
	_cleanup_(qmp_freep) struct qmp *qmp = NULL;
	int r;

	r = make(event, timeout_us, callbacks, data, &qmp);
	if (r < 0)
		return r;
	qmp->fd = fd;
	r = watch(qmp);
	if (r < 0) {
		qmp->fd = -1;
		return r;
	}
	*ret = TAKE_PTR(qmp);
	return 0;
}

int qmp_connect(sd_event *event, const char *path, uint64_t timeout_us,
		const struct qmp_callbacks *callbacks, void *data, struct qmp **ret)
{
	_cleanup_(qmp_freep) struct qmp *qmp = NULL;
	int r;

	if (strlen(path) >= sizeof(qmp->address.sun_path))
		return -ENAMETOOLONG;
	r = make(event, timeout_us, callbacks, data, &qmp);
	if (r < 0)
		return r;
	qmp->address.sun_family = AF_UNIX;
	strcpy(qmp->address.sun_path, path);
	qmp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (qmp->fd < 0)
		return -errno;
	r = sd_event_add_time_relative(event, &qmp->retry, CLOCK_MONOTONIC, 0, 1000, on_retry, qmp);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(qmp);
	return 0;
}

struct qmp *qmp_free(struct qmp *qmp)
{
	/* A command that is told may free the connection once more. */
	if (!qmp || qmp->freed)
		return NULL;
	qmp->freed = true;
	qmp->callbacks = (struct qmp_callbacks){ 0 };
	disconnect(qmp, -ECANCELED, "kvrmd has closed the monitor");
	qmp_unref(qmp);
	return NULL;
}

bool qmp_is_ready(const struct qmp *qmp)
{
	return qmp->state == QMP_READY;
}

static int on_call_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct qmp_call *call = userdata;
	_cleanup_qmp_ struct qmp *qmp = qmp_ref(call->qmp);

	qmp_calls_end(&qmp->calls, call, -ETIMEDOUT, NULL, "QEMU did not answer in time");
	return 0;
}

/* With a descriptor, unless @fd is -1. */
static int give(struct qmp *qmp, const char *command, struct json_object *arguments, int fd,
		uint64_t timeout_us, qmp_reply *reply, void *data)
{
	struct qmp_call *call;
	int r = 0;

	if (qmp->state == QMP_CLOSED || (fd >= 0 && qmp->state != QMP_READY))
		r = -ENOTCONN;
	else if (qmp->calls.n >= QMP_PENDING_MAX)
		r = -EBUSY;
	if (r < 0) {
		json_object_put(arguments);
		return r;
	}
	call = qmp_calls_add(&qmp->calls, command, arguments);
	if (!call)
		return -errno;
	call->qmp = qmp;
	call->reply = reply;
	call->data = data;
	r = sd_event_add_time_relative(qmp->event, &call->timer, CLOCK_MONOTONIC, timeout_us, 0,
				       on_call_late, call);
	if (r >= 0 && qmp->state == QMP_READY)
		r = fd < 0 ? qmp_queue(qmp, call) : qmp_send_fd(qmp, call, fd);
	if (r < 0)
		qmp_calls_drop(&qmp->calls, call);
	return r < 0 ? r : 0;
}

int qmp_call(struct qmp *qmp, const char *command, struct json_object *arguments,
	     uint64_t timeout_us, qmp_reply *reply, void *data)
{
	return give(qmp, command, arguments, -1, timeout_us, reply, data);
}

int qmp_call_fd(struct qmp *qmp, const char *command, struct json_object *arguments, int fd,
		uint64_t timeout_us, qmp_reply *reply, void *data)
{
	return give(qmp, command, arguments, fd, timeout_us, reply, data);
}
