/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that were given to a QMP peer and are not answered yet. Inside daemon/wire only.
 */
#ifndef DAEMON_WIRE_QMP_CALL_H
#define DAEMON_WIRE_QMP_CALL_H

#include "daemon/wire/qmp.h"

/**
 * struct qmp_call - one command
 * @next: given later
 * @qmp: connection
 * @id: that its answer will carry
 * @text: line to be sent, with its end; NULL once it was queued
 * @length: of @text
 * @timer: until it must be answered
 * @reply: of the owner
 * @data: for @reply
 */
struct qmp_call {
	struct qmp_call *next;
	struct qmp *qmp;
	int64_t id;
	char *text;
	size_t length;
	sd_event_source *timer;
	qmp_reply *reply;
	void *data;
};

/**
 * struct qmp_calls - commands, oldest first
 * @first: oldest; NULL: none
 * @n: how many
 * @last_id: id of the youngest that ever was
 */
struct qmp_calls {
	struct qmp_call *first;
	size_t n;
	int64_t last_id;
};

/**
 * qmp_calls_add() - make a command
 * @calls: gets it as the last
 * @command: name
 * @arguments: NULL: none; put in any case
 *
 * Return: the command, without timer and reply; NULL with errno ENOMEM or EMSGSIZE.
 */
struct qmp_call *qmp_calls_add(struct qmp_calls *calls, const char *command,
			       struct json_object *arguments);

/**
 * qmp_calls_find() - the command with an id
 * @calls: commands
 * @id: as sent back
 *
 * Return: NULL: none.
 */
struct qmp_call *qmp_calls_find(struct qmp_calls *calls, int64_t id);

/**
 * qmp_calls_end() - take a command out, tell its owner, free it
 * @calls: commands
 * @call: one of them
 * @error: see qmp_reply
 * @value: likewise
 * @text: likewise
 */
void qmp_calls_end(struct qmp_calls *calls, struct qmp_call *call, int error,
		   struct json_object *value, const char *text);

/**
 * qmp_calls_drop() - take a command out and free it; its owner is told nothing
 * @calls: commands
 * @call: one of them
 */
void qmp_calls_drop(struct qmp_calls *calls, struct qmp_call *call);

#endif
