/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP: commands to a QEMU, and its events, over a UNIX socket.
 *
 * The QEMU at the other end is not trusted: a guest may have taken it over. It can neither make
 * kvrmd wait, nor use up its memory, nor keep it busy while others want something: all I/O is
 * non-blocking, its sources have a low priority, each turn of the loop reads a bounded amount and
 * handles a bounded number of messages, and a peer that sends what is not JSON, a line above
 * QMP_LINE_MAX_BYTES, nesting above QMP_DEPTH_MAX, more objects and arrays in a line than
 * QMP_PARTS_MAX, or more unasked-for messages or bytes in a second than QMP_UNASKED_MAX and
 * QMP_RATE_MAX_BYTES is disconnected.
 *
 * What a line costs is more than its bytes: "{}" is two, and some 800 in json-c's hands. With
 * QMP_PARTS_MAX that is 13 MB at most, as long as the line is handled, and other values of the
 * longest line take up to 38 MB. No QEMU comes near it: QMP_PARTS_MAX is one for each 64 bytes of
 * the longest line, and the shortest object that there are many of, a bitmap of a disk, has 100.
 *
 * The most that is asked for are two lines with each sample, of all disks: with sixteen of them an
 * estimated 100 KB, 1 MB a second if there are ten samples in it, and 40 KB again for each disk whose
 * limits are put in force. QMP_RATE_MAX_BYTES is more than twice that together, and four of the
 * longest lines.
 */
#ifndef DAEMON_WIRE_QMP_H
#define DAEMON_WIRE_QMP_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define QMP_LINE_MAX_BYTES (1024 * 1024)
#define QMP_RATE_MAX_BYTES (4 * 1024 * 1024)
#define QMP_DEPTH_MAX	   32
#define QMP_PARTS_MAX	   16384
#define QMP_UNASKED_MAX	   1000
#define QMP_PENDING_MAX	   64
#define QMP_TURN_MESSAGES  16
#define QMP_TURN_BYTES	   (64 * 1024)

struct qmp;

/**
 * qmp_reply - a command's end; called exactly once for each qmp_call() that returned 0
 * @qmp: connection
 * @error: 0; -EREMOTEIO: QEMU refused; -ETIMEDOUT; -ECONNRESET: the connection ended; -ECANCELED:
 *	qmp_free() was called
 * @value: what QEMU returned, if @error is 0; belongs to the connection, json_object_get() keeps it
 * @text: if @error is not 0, a sentence, QEMU's own if it refused
 * @data: as given to qmp_call()
 *
 * May call qmp_call() and qmp_free().
 */
typedef void qmp_reply(struct qmp *qmp, int error, struct json_object *value, const char *text,
		       void *data);

/**
 * struct qmp_callbacks - what a connection tells, always from the event loop; each may be NULL
 * @ready: QEMU has accepted us; commands given before are sent now
 * @event: QEMU's event @name with its @arguments (NULL if it has none); the strings and the object
 *	belong to the connection
 * @closed: the connection ended, once; pending commands have been told before. @error is -ECONNRESET (the peer
 *	closed), -ECONNREFUSED or -ENOENT (nobody listens), -EPROTO or -EMSGSIZE (it sent what it must not),
 *	-ENOBUFS (it sent too much), -ETIMEDOUT (no greeting) or what the socket said; @text is a sentence
 *
 * May call qmp_call() and qmp_free().
 */
struct qmp_callbacks {
	void (*ready)(struct qmp *qmp, void *data);
	void (*event)(struct qmp *qmp, const char *name, struct json_object *arguments, void *data);
	void (*closed)(struct qmp *qmp, int error, const char *text, void *data);
};

/**
 * qmp_connect() - begin to connect to a QEMU
 * @event: loop
 * @path: of its socket, shorter than 108 bytes
 * @timeout_us: until it must be ready; 0: for ever
 * @callbacks: copied; @ready or @closed follows
 * @data: for @callbacks
 * @ret: to be freed with qmp_free(), also after @closed
 *
 * Return: 0 or a negative errno: -ENAMETOOLONG, -ENOMEM, or no descriptor to be had. That nobody
 * listens is told through @closed.
 */
int qmp_connect(sd_event *event, const char *path, uint64_t timeout_us,
		const struct qmp_callbacks *callbacks, void *data, struct qmp **ret);

/**
 * qmp_new() - as qmp_connect(), on a socket that is connected already
 * @event: loop
 * @fd: stream socket; belongs to the connection from now on, unless the call fails
 * @timeout_us: until it must be ready; 0: for ever
 * @callbacks: copied
 * @data: for @callbacks
 * @ret: to be freed with qmp_free()
 *
 * Return: 0 or a negative errno.
 */
int qmp_new(sd_event *event, int fd, uint64_t timeout_us, const struct qmp_callbacks *callbacks,
	    void *data, struct qmp **ret);

/**
 * qmp_free() - disconnect; pending commands are told -ECANCELED, @closed is not called
 * @qmp: may be NULL
 *
 * Return: NULL.
 */
struct qmp *qmp_free(struct qmp *qmp);

/**
 * qmp_is_ready() - whether QEMU has accepted us and the connection stands
 * @qmp: connection
 */
bool qmp_is_ready(const struct qmp *qmp);

/**
 * qmp_call() - give a command; before @ready it waits until then
 * @qmp: connection
 * @command: such as "stop"
 * @arguments: object, or NULL; belongs to the connection from now on, even if the call fails
 * @timeout_us: from now until the reply
 * @reply: called once, never from inside qmp_call()
 * @data: for @reply
 *
 * Return: 0; -ENOTCONN: the connection has ended; -EBUSY: QMP_PENDING_MAX commands are pending, or
 * QEMU does not read them;
 * -EMSGSIZE: more than QMP_LINE_MAX_BYTES to be sent; -ENOMEM. @reply is not called then.
 */
int qmp_call(struct qmp *qmp, const char *command, struct json_object *arguments,
	     uint64_t timeout_us, qmp_reply *reply, void *data);

/**
 * qmp_call_fd() - give a command that a descriptor goes along with, as getfd
 * @qmp: ready
 * @command: likewise
 * @arguments: likewise
 * @fd: QEMU gets one of its own; stays the caller's
 * @timeout_us: likewise
 * @reply: likewise
 * @data: for @reply
 *
 * QEMU keeps one descriptor that no command has taken yet: the next such command waits for the answer to this one.
 *
 * Return: as qmp_call(); -ENOTCONN also before @ready, -EBUSY if QEMU does not read what was sent before.
 */
int qmp_call_fd(struct qmp *qmp, const char *command, struct json_object *arguments, int fd,
		uint64_t timeout_us, qmp_reply *reply, void *data);

#endif
