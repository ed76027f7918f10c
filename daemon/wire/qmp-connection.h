/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a QMP connection, shared by qmp.c and qmp-message.c. Inside daemon/wire only.
 */
#ifndef DAEMON_WIRE_QMP_CONNECTION_H
#define DAEMON_WIRE_QMP_CONNECTION_H

#include <sys/un.h>

#include "daemon/wire/qmp-call.h"
#include "daemon/wire/qmp-input.h"

#define QMP_SENTENCE_BYTES 1024

enum qmp_state {
	QMP_CONNECTING,	 /* the socket's queue is full, or the first turn has not come */
	QMP_GREETING,	 /* connected, QEMU has not said anything */
	QMP_NEGOTIATING, /* qmp_capabilities was sent */
	QMP_READY,
	QMP_CLOSED,
};

struct qmp {
	unsigned int refs;
	enum qmp_state state;
	sd_event *event;
	struct qmp_callbacks callbacks;
	void *data;
	struct sockaddr_un address;
	int fd;
	bool freed; /* qmp_free() was called */
	bool ended; /* the peer has closed; its last lines may not be handled yet */
	sd_event_source *io;
	sd_event_source *rest;
	sd_event_source *timer; /* until it must be ready */
	sd_event_source *retry; /* to connect */
	struct qmp_input input;
	char *output;
	size_t output_size;
	struct qmp_calls calls;
};

/**
 * qmp_end() - the connection has ended by itself: all are told
 * @qmp: the caller holds a reference; if it has ended before, nothing happens
 * @error: see qmp_callbacks
 * @text: sentence
 */
void qmp_end(struct qmp *qmp, int error, const char *text);

/**
 * qmp_end_errno() - as qmp_end(), the sentence is made from the error
 * @qmp: likewise
 * @error: from the socket or from the input
 */
void qmp_end_errno(struct qmp *qmp, int error);

/**
 * qmp_queue() - put a command's line behind what is to be sent already
 * @qmp: connection
 * @call: gives its text away
 *
 * Return: 0; -EBUSY: QEMU does not read what was sent before; -ENOMEM.
 */
int qmp_queue(struct qmp *qmp, struct qmp_call *call);

/**
 * qmp_flush() - send what is to be sent, as far as the socket takes it
 * @qmp: connection
 *
 * Return: 0, also if some is left; or what the socket said.
 */
int qmp_flush(struct qmp *qmp);

/**
 * qmp_send_fd() - send a command's line together with a descriptor, behind what is to be sent already
 * @qmp: connection
 * @call: gives its text away
 * @fd: stays the caller's
 *
 * Return: 0; -EBUSY: QEMU does not read what was sent before; or what the socket said.
 */
int qmp_send_fd(struct qmp *qmp, struct qmp_call *call, int fd);

/**
 * qmp_now_us() - time of this turn, CLOCK_MONOTONIC
 * @qmp: connection
 */
uint64_t qmp_now_us(struct qmp *qmp);

/**
 * qmp_take_line() - handle one message; may call callbacks, so the connection may have ended
 * afterwards
 * @qmp: the caller holds a reference
 * @line: message
 * @length: of @line
 */
void qmp_take_line(struct qmp *qmp, const char *line, size_t length);

#endif
