/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a QMP peer sends: cut into lines, counted, parsed. Bounded in every way, see qmp.h. Inside
 * daemon/wire only.
 */
#ifndef DAEMON_WIRE_QMP_INPUT_H
#define DAEMON_WIRE_QMP_INPUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct qmp_input - bytes that were read and not yet handled
 * @data: buffer
 * @start: of what was not handled
 * @scanned: no line ends between @start and here
 * @end: of what was read
 * @capacity: of @data
 * @window_us: when the second began that is counted, CLOCK_MONOTONIC
 * @window_bytes: read since then
 * @window_unasked: messages since then that answered nothing
 */
struct qmp_input {
	char *data;
	size_t start;
	size_t scanned;
	size_t end;
	size_t capacity;
	uint64_t window_us;
	uint64_t window_bytes;
	uint64_t window_unasked;
};

/**
 * qmp_input_deinit() - free what it owns
 * @input: may be all zero
 */
void qmp_input_deinit(struct qmp_input *input);

/**
 * qmp_input_read() - read at most QMP_TURN_BYTES
 * @input: complete lines must have been taken before
 * @fd: non-blocking
 * @now_us: CLOCK_MONOTONIC
 *
 * Return: bytes; 0: the peer has closed; -EAGAIN: nothing there; -EMSGSIZE: a line above
 * QMP_LINE_MAX_BYTES; -ENOBUFS: more than QMP_RATE_MAX_BYTES in a second; -ENOMEM; what the socket
 * said.
 */
ssize_t qmp_input_read(struct qmp_input *input, int fd, uint64_t now_us);

/**
 * qmp_input_line() - take the next complete line
 * @input: input
 * @ret_length: without the line's end
 *
 * Return: valid until the next qmp_input_read(); NULL: none is complete.
 */
const char *qmp_input_line(struct qmp_input *input, size_t *ret_length);

/**
 * qmp_input_pending() - whether a complete line waits
 * @input: input
 */
bool qmp_input_pending(struct qmp_input *input);

/**
 * qmp_input_count_unasked() - count a message that answered nothing
 * @input: input
 * @now_us: CLOCK_MONOTONIC
 *
 * Return: 0; -ENOBUFS: more than QMP_UNASKED_MAX in a second.
 */
int qmp_input_count_unasked(struct qmp_input *input, uint64_t now_us);

/**
 * qmp_input_parse() - parse a line
 * @line: need not end with NUL
 * @length: of it
 * @ret: an object, to be put
 * @ret_why: if the call fails, static text that says what is wrong
 *
 * Return: 0, -EPROTO or -ENOMEM.
 */
int qmp_input_parse(const char *line, size_t length, struct json_object **ret,
		    const char **ret_why);

/**
 * qmp_input_sentence() - a text from the peer, fit to be shown
 * @text: from the peer, UTF-8; NULL: none
 * @buffer: filled in; cut at a character if it does not fit, control characters become "?", and
 *	tabulators blanks
 * @size: of @buffer, at least 1
 */
void qmp_input_sentence(const char *text, char *buffer, size_t size);

#endif
