// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a QMP peer sends; see qmp-input.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "daemon/wire/qmp-input.h"
#include "daemon/wire/qmp.h"

#define WINDOW_US 1000000

void qmp_input_deinit(struct qmp_input *input)
{
	free(input->data);
	*input = (struct qmp_input){ 0 };
}

static void roll_window(struct qmp_input *input, uint64_t now_us)
{
	if (now_us - input->window_us < WINDOW_US)
		return;
	input->window_us = now_us;
	input->window_bytes = 0;
	input->window_unasked = 0;
}

/* Room for a turn's bytes behind the beginning of an unfinished line. */
static int make_room(struct qmp_input *input)
{
	size_t used = input->end - input->start;
	size_t capacity = input->capacity ? input->capacity : QMP_TURN_BYTES;
	char *data;

	if (input->start) {
		memmove(input->data, input->data + input->start, used);
		input->scanned -= input->start;
		input->start = 0;
		input->end = used;
	}
	while (capacity - used < QMP_TURN_BYTES)
		capacity *= 2;
	/* One long line does not keep its memory for ever. */
	if (!used)
		capacity = QMP_TURN_BYTES;
	if (capacity == input->capacity)
		return 0;
	data = realloc(input->data, capacity);
	if (!data)
		return -ENOMEM;
	input->data = data;
	input->capacity = capacity;
	return 0;
}

ssize_t qmp_input_read(struct qmp_input *input, int fd, uint64_t now_us)
{
	ssize_t n;
	int r;

	r = make_room(input);
	if (r < 0)
		return r;
	do {
		n = recv(fd, input->data + input->end, QMP_TURN_BYTES, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	input->end += (size_t)n;
	roll_window(input, now_us);
	input->window_bytes += (uint64_t)n;
	if (input->window_bytes > QMP_RATE_MAX_BYTES)
		return -ENOBUFS;
	if (input->end - input->start > QMP_LINE_MAX_BYTES && !qmp_input_pending(input))
		return -EMSGSIZE;
	return n;
}

bool qmp_input_pending(struct qmp_input *input)
{
	const char *newline;

	if (input->scanned == input->end)
		return false;
	newline = memchr(input->data + input->scanned, '\n', input->end - input->scanned);
	input->scanned = newline ? (size_t)(newline - input->data) : input->end;
	return newline;
}

const char *qmp_input_line(struct qmp_input *input, size_t *ret_length)
{
	const char *line;
	size_t length;

	if (!qmp_input_pending(input))
		return NULL;
	line = input->data + input->start;
	length = input->scanned - input->start;
	input->start = ++input->scanned;
	if (length && line[length - 1] == '\r')
		length--;
	*ret_length = length;
	return line;
}

int qmp_input_count_unasked(struct qmp_input *input, uint64_t now_us)
{
	roll_window(input, now_us);
	return ++input->window_unasked > QMP_UNASKED_MAX ? -ENOBUFS : 0;
}

static void free_tokener(json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* json-c 0.18 takes every byte above 0x7f for a control character when it is to be strict. */
static bool is_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] & 0x80)
			return false;
	}
	return true;
}

/* Objects and arrays cost most. Those in strings are counted as well: QEMU's have hardly any. */
static bool has_too_many_parts(const char *line, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++)
		n += line[i] == '{' || line[i] == '[';
	return n > QMP_PARTS_MAX;
}

int qmp_input_parse(const char *line, size_t length, struct json_object **ret, const char **ret_why)
{
	_cleanup_(free_tokener) json_tokener *tokener = json_tokener_new_ex(QMP_DEPTH_MAX);
	struct json_object *message;
	enum json_tokener_error error;

	if (!tokener) {
		*ret_why = "no memory";
		return -ENOMEM;
	}
	if (!text_is_utf8(line, length)) {
		*ret_why = "invalid utf-8";
		return -EPROTO;
	}
	if (has_too_many_parts(line, length)) {
		*ret_why = "too many objects and arrays";
		return -EPROTO;
	}
	if (is_ascii(line, length))
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	message = json_tokener_parse_ex(tokener, line, (int)length);
	error = json_tokener_get_error(tokener);
	if (error != json_tokener_success) {
		*ret_why = json_tokener_error_desc(error);
	} else if (json_tokener_get_parse_end(tokener) != length) {
		*ret_why = "something follows the message";
	} else if (!json_object_is_type(message, json_type_object)) {
		*ret_why = "not an object";
	} else {
		*ret = message;
		return 0;
	}
	json_object_put(message);
	return -EPROTO;
}

void qmp_input_sentence(const char *text, char *buffer, size_t size)
{
	text_copy(buffer, size, text ? text : "");
	text_clean(buffer, strlen(buffer));
}
