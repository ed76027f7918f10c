// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QMP client against a peer that says what the test wants: well-behaved, slow, lying, flooding, gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/qmp.h"

#define GREETING   "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define TIMEOUT_US 30000000

enum freeing { FREE_NEVER, FREE_ON_READY, FREE_ON_EVENT, FREE_ON_REPLY, FREE_ON_CLOSED };

struct test {
	sd_event *event;
	int peer;
	struct qmp *qmp;
	enum freeing freeing;
	int ready, closed, events, replies;
	int closed_error, reply_error;
	char closed_text[512], reply_text[2048], event_name[64];
	int64_t value;
	struct json_object *last_data;
};

static void free_if(struct test *t, enum freeing when)
{
	if (t->freeing == when)
		t->qmp = qmp_free(t->qmp);
}

static void on_ready(struct qmp *qmp, void *data)
{
	struct test *t = data;

	t->ready++;
	free_if(t, FREE_ON_READY);
}

static void on_event(struct qmp *qmp, const char *name, struct json_object *arguments, void *data)
{
	struct test *t = data;

	t->events++;
	snprintf(t->event_name, sizeof(t->event_name), "%s", name);
	json_object_put(t->last_data);
	t->last_data = json_object_get(arguments);
	free_if(t, FREE_ON_EVENT);
}

static void on_closed(struct qmp *qmp, int error, const char *text, void *data)
{
	struct test *t = data;

	t->closed++;
	t->closed_error = error;
	snprintf(t->closed_text, sizeof(t->closed_text), "%s", text);
	free_if(t, FREE_ON_CLOSED);
}

static const struct qmp_callbacks callbacks = { on_ready, on_event, on_closed };

static void on_reply(struct qmp *qmp, int error, struct json_object *value, const char *text,
		     void *data)
{
	struct test *t = data;

	t->replies++;
	t->reply_error = error;
	snprintf(t->reply_text, sizeof(t->reply_text), "%s", text ? text : "");
	t->value = json_object_get_int64(value);
	free_if(t, FREE_ON_REPLY);
}

/* Let the loop do all that it can do now. */
static void spin(struct test *t)
{
	for (int i = 0; i < 100000; i++) {
		if (sd_event_run(t->event, 0) == 0)
			return;
	}
	fail_msg("the loop does not come to rest");
}

/* Let the loop run until a counter has a value, at most five seconds. */
static void spin_until(struct test *t, const int *counter, int value)
{
	for (int i = 0; i < 500 && *counter != value; i++)
		sd_event_run(t->event, 10000);
	assert_int_equal(*counter, value);
}

static void say_bytes(struct test *t, const char *bytes, size_t n)
{
	while (n) {
		ssize_t sent = send(t->peer, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0) {
			/* Full, or the client has had enough: the test looks at the outcome. */
			if (errno != EAGAIN)
				return;
			spin(t);
			continue;
		}
		bytes += sent;
		n -= (size_t)sent;
	}
}

static void say(struct test *t, const char *text)
{
	say_bytes(t, text, strlen(text));
}

/* What the client has sent, as text. */
static const char *hear(struct test *t, char *buffer, size_t size)
{
	ssize_t n;

	spin(t);
	n = recv(t->peer, buffer, size - 1, MSG_DONTWAIT);
	buffer[n > 0 ? n : 0] = '\0';
	return buffer;
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	int fds[2];

	if (!t || sd_event_new(&t->event) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -1;
	t->peer = fds[1];
	*state = t;
	return qmp_new(t->event, fds[0], TIMEOUT_US, &callbacks, t, &t->qmp);
}

static int tear_down(void **state)
{
	struct test *t = *state;

	qmp_free(t->qmp);
	cleanup_closep(&t->peer);
	json_object_put(t->last_data);
	sd_event_unref(t->event);
	free(t);
	return 0;
}

static int set_up_ready(void **state)
{
	char buffer[256];
	struct test *t;

	if (set_up(state))
		return -1;
	t = *state;
	say(t, GREETING);
	if (!strstr(hear(t, buffer, sizeof(buffer)), "\"execute\":\"qmp_capabilities\""))
		return -1;
	say(t, "{\"return\": {}, \"id\": 1}\r\n");
	spin(t);
	return t->ready == 1 && qmp_is_ready(t->qmp) ? 0 : -1;
}

static void call(struct test *t, const char *command, uint64_t timeout_us)
{
	assert_int_equal(qmp_call(t->qmp, command, NULL, timeout_us, on_reply, t), 0);
}

static void expect_closed(struct test *t, int error, const char *part)
{
	spin(t);
	assert_int_equal(t->closed, 1);
	assert_int_equal(t->closed_error, error);
	if (!strstr(t->closed_text, part))
		fail_msg("'%s' does not say '%s'", t->closed_text, part);
	assert_false(qmp_is_ready(t->qmp));
	assert_int_equal(qmp_call(t->qmp, "stop", NULL, TIMEOUT_US, on_reply, t), -ENOTCONN);
}

static void test_command(void **state)
{
	struct json_object *arguments = json_object_new_object();
	struct test *t = *state;
	char buffer[256];

	json_object_object_add(arguments, "path", json_object_new_string("/x\n\"y"));
	assert_int_equal(qmp_call(t->qmp, "qom-get", arguments, TIMEOUT_US, on_reply, t), 0);
	assert_int_equal(t->replies, 0);
	assert_string_equal(hear(t, buffer, sizeof(buffer)),
			    "{\"execute\":\"qom-get\",\"arguments\":{\"path\":\"\\/x\\n\\\"y\"},"
			    "\"id\":2}\n");
	say(t, "{\"return\": 77, \"id\": 2}\r\n");
	spin(t);
	assert_int_equal(t->replies, 1);
	assert_int_equal(t->reply_error, 0);
	assert_int_equal(t->value, 77);
}

/* The descriptor that came with what the client sent; -1: none. */
static int hear_fd(struct test *t, char *buffer, size_t size)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { .iov_base = buffer, .iov_len = size - 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control.space,
				  .msg_controllen = sizeof(control.space) };
	ssize_t n = recvmsg(t->peer, &message, MSG_DONTWAIT);
	int fd = -1;

	buffer[n > 0 ? n : 0] = '\0';
	if (n > 0 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void test_descriptor(void **state)
{
	struct test *t = *state;
	char buffer[4096], byte = 0;
	int fd, ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(qmp_call_fd(t->qmp, "getfd", NULL, ends[1], TIMEOUT_US, on_reply, t), 0);
	fd = hear_fd(t, buffer, sizeof(buffer));
	assert_non_null(strstr(buffer, "\"getfd\""));
	/* It is the same pipe, and the test's own end is its own still. */
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(write(ends[1], "y", 1), 1);
	/* What is to be sent first goes first. */
	assert_int_equal(qmp_call(t->qmp, "first", NULL, TIMEOUT_US, on_reply, t), 0);
	assert_int_equal(qmp_call_fd(t->qmp, "getfd", NULL, ends[1], TIMEOUT_US, on_reply, t), 0);
	fd = hear_fd(t, buffer, sizeof(buffer));
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_non_null(strstr(buffer, "\"first\""));
	assert_non_null(strstr(strstr(buffer, "\"first\""), "\"getfd\""));
	close(ends[0]);
	close(ends[1]);
}

#define LONG_COMMANDS 12
#define LONG_BYTES    65536

/* QEMU does not read: what waits cannot go first, and nothing is sent of what cannot go behind it. */
static void test_descriptor_full(void **state)
{
	static char text[LONG_BYTES], heard[LONG_BYTES];
	struct test *t = *state;
	int lines = 0;

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < LONG_COMMANDS; i++) {
		struct json_object *arguments = json_object_new_object();

		json_object_object_add(arguments, "path", json_object_new_string(text));
		assert_int_equal(qmp_call(t->qmp, "long", arguments, TIMEOUT_US, on_reply, t), 0);
	}
	spin(t);
	assert_int_equal(qmp_call_fd(t->qmp, "getfd", NULL, t->peer, TIMEOUT_US, on_reply, t),
			 -EBUSY);
	do {
		spin(t);
		assert_int_equal(hear_fd(t, heard, sizeof(heard)), -1);
		assert_null(strstr(heard, "getfd"));
		for (const char *c = heard; *c; c++)
			lines += *c == '\n';
	} while (*heard);
	assert_int_equal(lines, LONG_COMMANDS);
}

static void test_descriptor_early(void **state)
{
	struct test *t = *state;

	assert_int_equal(qmp_call_fd(t->qmp, "getfd", NULL, t->peer, TIMEOUT_US, on_reply, t),
			 -ENOTCONN);
	spin(t);
	assert_int_equal(t->replies, 0);
}

static void test_refusal(void **state)
{
	struct test *t = *state;

	call(t, "cont", TIMEOUT_US);
	spin(t);
	say(t, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\\u001b[1m \\u00fcber\"}, "
	       "\"id\": 2}\r\n");
	spin(t);
	assert_int_equal(t->replies, 1);
	assert_int_equal(t->reply_error, -EREMOTEIO);
	assert_string_equal(t->reply_text, "no?[1m über");
	/* A refusal without reason, and one whose text is cut in the middle of a character. */
	call(t, "cont", TIMEOUT_US);
	spin(t);
	say(t, "{\"error\": 1, \"id\": 3}\r\n");
	spin(t);
	assert_int_equal(t->reply_error, -EREMOTEIO);
	assert_true(strlen(t->reply_text) > 0);
	call(t, "cont", TIMEOUT_US);
	spin(t);
	say(t, "{\"error\": {\"desc\": \"x");
	for (int i = 0; i < 1000; i++)
		say(t, "ü");
	say(t, "\"}, \"id\": 4}\r\n");
	spin(t);
	assert_int_equal(t->replies, 3);
	assert_int_equal(strlen(t->reply_text), 1023);
	assert_string_equal(t->reply_text + 1021, "ü");
}

/* What is no text is no reason. */
static void test_refusal_without_text(void **state)
{
	static const char *const errors[] = {
		"null", "{}", "[\"desc\"]", "{\"desc\": null}", "{\"desc\": [1]}", "{\"desc\": 7}"
	};
	struct test *t = *state;
	char line[128];

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		call(t, "cont", TIMEOUT_US);
		spin(t);
		snprintf(line, sizeof(line), "{\"error\": %s, \"id\": %zu}\r\n", errors[i], i + 2);
		say(t, line);
		spin(t);
		assert_int_equal(t->replies, i + 1);
		assert_int_equal(t->reply_error, -EREMOTEIO);
		assert_string_equal(t->reply_text, "QEMU refused and gave no reason");
	}
}

static void test_answers_in_any_order(void **state)
{
	struct test *t = *state;

	call(t, "one", TIMEOUT_US);
	call(t, "two", TIMEOUT_US);
	spin(t);
	say(t, "{\"id\": 3, \"return\": 33}\r\n");
	spin(t);
	assert_int_equal(t->value, 33);
	say(t, "{\"id\": 2, \"return\": 22}\r\n");
	spin(t);
	assert_int_equal(t->value, 22);
	assert_int_equal(t->replies, 2);
}

static void test_event(void **state)
{
	struct test *t = *state;

	say(t, "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": "
	       "\"guest-shutdown\"}, "
	       "\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n");
	spin(t);
	assert_int_equal(t->events, 1);
	assert_string_equal(t->event_name, "SHUTDOWN");
	assert_true(json_object_get_boolean(json_object_object_get(t->last_data, "guest")));
	say(t, "{\"event\": \"STOP\"}\r\n{\"event\": \"RESUME\", \"data\": [1]}\r\n");
	spin(t);
	assert_int_equal(t->events, 3);
	assert_string_equal(t->event_name, "RESUME");
	assert_null(t->last_data);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] = "{\"event\": \"STOP\"}\r\n{\"return\": 5, \"id\": 2}\n";
	struct test *t = *state;

	call(t, "query-status", TIMEOUT_US);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		say_bytes(t, text + i, 1);
		spin(t);
	}
	assert_int_equal(t->events, 1);
	assert_int_equal(t->replies, 1);
	assert_int_equal(t->value, 5);
}

static void test_before_ready(void **state)
{
	struct test *t = *state;
	char buffer[256];

	call(t, "stop", TIMEOUT_US);
	assert_string_equal(hear(t, buffer, sizeof(buffer)), "");
	/* An answer to what was not sent is a lie. */
	say(t, GREETING "{\"return\": 1, \"id\": 1}\r\n");
	assert_string_equal(hear(t, buffer, sizeof(buffer)),
			    "{\"execute\":\"qmp_capabilities\",\"id\":2}\n");
	assert_int_equal(t->replies, 0);
	assert_false(qmp_is_ready(t->qmp));
	say(t, "{\"return\": {}, \"id\": 2}\r\n");
	assert_string_equal(hear(t, buffer, sizeof(buffer)), "{\"execute\":\"stop\",\"id\":1}\n");
	assert_int_equal(t->ready, 1);
	say(t, "{\"return\": 3, \"id\": 1}\r\n");
	spin(t);
	assert_int_equal(t->value, 3);
}

static void test_capabilities_refused(void **state)
{
	struct test *t = *state;

	say(t, GREETING "{\"error\": {\"desc\": \"not today\"}, \"id\": 1}\r\n");
	spin(t);
	say(t, "{\"error\": {\"desc\": \"not today\"}, \"id\": 1}\r\n");
	expect_closed(t, -EPROTO, "not today");
	assert_int_equal(t->ready, 0);
}

static void test_no_greeting(void **state)
{
	say(*state, "{\"event\": \"STOP\"}\r\n");
	expect_closed(*state, -EPROTO, "did not greet");
}

static void test_garbage(void **state)
{
	static const char *const garbage[] = {
		"HTTP/1.1 200 OK\r\n",
		"\r\n",
		"[]\r\n",
		"null\r\n",
		"{}\r\n",
		"{\"return\": 1} x\r\n",
		"{\"return\": 1}{\"return\": 1}\r\n",
		"{\"return\"\r\n",
		"{\"return\": 'x'}\r\n",
		"{\"event\": \"\xff\xfe\"}\r\n",
		"{\"event\": 1}\r\n",
		"{\"return\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
		"]]]]]]]]}\r\n",
		GREETING,
	};

	for (size_t i = 0; i < sizeof(garbage) / sizeof(*garbage); i++) {
		void *fresh;

		assert_int_equal(set_up_ready(&fresh), 0);
		call(fresh, "stop", TIMEOUT_US);
		say(fresh, garbage[i]);
		expect_closed(fresh, -EPROTO, "QEMU");
		assert_int_equal(((struct test *)fresh)->replies, 1);
		assert_int_equal(((struct test *)fresh)->reply_error, -ECONNRESET);
		tear_down(&fresh);
	}
}

static void test_nul_byte(void **state)
{
	static const char text[] = "{\"event\": \"STOP\"}\0\r\n";

	say_bytes(*state, text, sizeof(text) - 1);
	expect_closed(*state, -EPROTO, "QEMU");
}

static void test_long_line(void **state)
{
	static char chunk[65536];
	struct test *t = *state;

	memset(chunk, 'x', sizeof(chunk));
	say(t, "{\"event\": \"");
	for (int i = 0; i < 32 && !t->closed; i++)
		say_bytes(t, chunk, sizeof(chunk));
	expect_closed(t, -EMSGSIZE, "1048576 bytes");
}

static void test_longest_line(void **state)
{
	static char chunk[65536];
	struct test *t = *state;

	call(t, "query-qmp-schema", TIMEOUT_US);
	memset(chunk, ' ', sizeof(chunk));
	for (int i = 0; i < 15; i++)
		say_bytes(t, chunk, sizeof(chunk));
	say(t, "{\"return\": 9, \"id\": 2}\r\n");
	spin(t);
	assert_int_equal(t->closed, 0);
	assert_int_equal(t->value, 9);
}

static void test_close_in_the_middle(void **state)
{
	struct test *t = *state;

	call(t, "one", TIMEOUT_US);
	call(t, "two", TIMEOUT_US);
	spin(t);
	say(t, "{\"return\": {}, \"i");
	cleanup_closep(&t->peer);
	t->peer = -1;
	expect_closed(t, -ECONNRESET, "closed");
	assert_int_equal(t->replies, 2);
	assert_int_equal(t->reply_error, -ECONNRESET);
	assert_true(strlen(t->reply_text) > 0);
}

static void test_last_words(void **state)
{
	struct test *t = *state;

	call(t, "quit", TIMEOUT_US);
	spin(t);
	for (int i = 0; i < 40; i++)
		say(t, "{\"event\": \"STOP\"}\r\n");
	say(t, "{\"return\": 4, \"id\": 2}\r\n{\"event\": \"SHUTDOWN\"}\r\n");
	cleanup_closep(&t->peer);
	t->peer = -1;
	expect_closed(t, -ECONNRESET, "closed");
	assert_int_equal(t->replies, 1);
	assert_int_equal(t->reply_error, 0);
	assert_int_equal(t->events, 41);
	assert_string_equal(t->event_name, "SHUTDOWN");
}

static int on_tick(sd_event_source *source, void *data)
{
	(*(int *)data)++;
	return 0;
}

/* Others get their turn between the shares of a flood that is just small enough. */
static void test_turns(void **state)
{
	sd_event_source *tick = NULL;
	struct test *t = *state;
	static const char event[] = "{\"event\": \"STOP\"}\r\n";
	static char all[500 * (sizeof(event) - 1) + 1];
	int ticks = 0, before;

	for (int i = 0; i < 500; i++)
		strcat(all, event);
	say(t, all);
	assert_int_equal(sd_event_add_defer(t->event, &tick, on_tick, &ticks), 0);
	while (t->events < 500) {
		before = t->events;
		sd_event_source_set_enabled(tick, SD_EVENT_ONESHOT);
		assert_int_equal(sd_event_run(t->event, 1000000), 1);
		assert_int_equal(t->events, before);
		assert_int_equal(sd_event_run(t->event, 1000000), 1);
		assert_in_range(t->events, before + 1, before + QMP_TURN_MESSAGES);
	}
	assert_int_equal(ticks, (500 + QMP_TURN_MESSAGES - 1) / QMP_TURN_MESSAGES);
	assert_int_equal(t->closed, 0);
	sd_event_source_unref(tick);
}

static void test_event_flood(void **state)
{
	struct test *t = *state;

	for (int i = 0; i < 5000 && !t->closed; i++)
		say(t, "{\"event\": \"STOP\"}\r\n");
	expect_closed(t, -ENOBUFS, "1000 messages");
	assert_int_equal(t->events, QMP_UNASKED_MAX);
}

static void test_answer_flood(void **state)
{
	struct test *t = *state;

	for (int i = 0; i < 5000 && !t->closed; i++)
		say(t, "{\"return\": {}, \"id\": 99}\r\n");
	expect_closed(t, -ENOBUFS, "1000 messages");
}

static void test_byte_flood(void **state)
{
	static char line[100000];
	struct test *t = *state;

	memset(line, ' ', sizeof(line));
	memcpy(line, "{\"return\": 1}", 13);
	line[sizeof(line) - 1] = '\n';
	/* It is too much within a second: on a busy machine, sooner or later. */
	for (int i = 0; i < 5000 && !t->closed; i++)
		say_bytes(t, line, sizeof(line));
	expect_closed(t, -ENOBUFS, "4194304 bytes");
}

static void test_timeout(void **state)
{
	struct test *t = *state;

	call(t, "slow", 20000);
	spin_until(t, &t->replies, 1);
	assert_int_equal(t->reply_error, -ETIMEDOUT);
	assert_string_equal(t->reply_text, "QEMU did not answer in time");
	/* The answer comes too late, for the wrong command it must not count. */
	call(t, "next", TIMEOUT_US);
	say(t, "{\"return\": 1, \"id\": 2}\r\n");
	spin(t);
	assert_int_equal(t->replies, 1);
	say(t, "{\"return\": 8, \"id\": 3}\r\n");
	spin(t);
	assert_int_equal(t->replies, 2);
	assert_int_equal(t->value, 8);
	assert_int_equal(t->closed, 0);
}

static void test_greeting_timeout(void **state)
{
	struct test *t = *state;
	int fds[2];

	qmp_free(t->qmp);
	cleanup_closep(&t->peer);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	t->peer = fds[1];
	assert_int_equal(qmp_new(t->event, fds[0], 20000, &callbacks, t, &t->qmp), 0);
	call(t, "stop", TIMEOUT_US);
	spin_until(t, &t->closed, 1);
	expect_closed(t, -ETIMEDOUT, "greet");
	assert_int_equal(t->replies, 1);
}

static void test_peer_does_not_read(void **state)
{
	struct test *t = *state;
	int r = 0, n = 0;

	/* Commands that time out do not pile up for ever either. */
	for (; n < 200 && !r; n++) {
		struct json_object *big = json_object_new_object();
		char *text = malloc(100001);

		memset(text, 'x', 100000);
		text[100000] = '\0';
		json_object_object_add(big, "x", json_object_new_string(text));
		free(text);
		r = qmp_call(t->qmp, "big", big, 1, on_reply, t);
		if (!r)
			spin_until(t, &t->replies, n + 1);
	}
	assert_int_equal(r, -EBUSY);
	assert_in_range(n, 10, 20);
	assert_int_equal(t->closed, 0);
}

static void test_too_many(void **state)
{
	struct test *t = *state;

	for (int i = 0; i < QMP_PENDING_MAX; i++)
		call(t, "stop", TIMEOUT_US);
	assert_int_equal(qmp_call(t->qmp, "stop", json_object_new_object(), TIMEOUT_US, on_reply,
				  t),
			 -EBUSY);
	t->qmp = qmp_free(t->qmp);
	assert_int_equal(t->replies, QMP_PENDING_MAX);
	assert_int_equal(t->reply_error, -ECANCELED);
	assert_int_equal(t->closed, 0);
}

static void test_too_long(void **state)
{
	struct json_object *big = json_object_new_object();
	char *text = malloc(QMP_LINE_MAX_BYTES + 1);
	struct test *t = *state;

	memset(text, 'x', QMP_LINE_MAX_BYTES);
	text[QMP_LINE_MAX_BYTES] = '\0';
	json_object_object_add(big, "x", json_object_new_string(text));
	free(text);
	assert_int_equal(qmp_call(t->qmp, "big", big, TIMEOUT_US, on_reply, t), -EMSGSIZE);
	spin(t);
	assert_int_equal(t->replies, 0);
}

static void test_free_on_ready(void **state)
{
	struct test *t = *state;

	t->freeing = FREE_ON_READY;
	call(t, "stop", TIMEOUT_US);
	say(t, GREETING);
	spin(t);
	say(t, "{\"return\": {}, \"id\": 2}\r\n{\"event\": \"STOP\"}\r\n");
	spin(t);
	assert_null(t->qmp);
	assert_int_equal(t->reply_error, -ECANCELED);
	assert_int_equal(t->events, 0);
}

static void test_free_on_event(void **state)
{
	struct test *t = *state;

	t->freeing = FREE_ON_EVENT;
	call(t, "stop", TIMEOUT_US);
	say(t, "{\"event\": \"STOP\"}\r\n{\"event\": \"STOP\"}\r\n{\"return\": 1, \"id\": 2}\r\n");
	spin(t);
	assert_null(t->qmp);
	assert_int_equal(t->events, 1);
	assert_int_equal(t->replies, 1);
	assert_int_equal(t->reply_error, -ECANCELED);
}

static void test_free_on_reply(void **state)
{
	struct test *t = *state;

	t->freeing = FREE_ON_REPLY;
	call(t, "one", TIMEOUT_US);
	call(t, "two", TIMEOUT_US);
	call(t, "three", TIMEOUT_US);
	spin(t);
	say(t, "{\"return\": 1, \"id\": 3}\r\n{\"return\": 1, \"id\": 2}\r\n");
	spin(t);
	assert_null(t->qmp);
	assert_int_equal(t->replies, 3);
}

/* As above, but it is the end of the connection that ends the first command. */
static void test_free_on_reply_at_close(void **state)
{
	struct test *t = *state;

	t->freeing = FREE_ON_REPLY;
	call(t, "one", TIMEOUT_US);
	call(t, "two", TIMEOUT_US);
	spin(t);
	cleanup_closep(&t->peer);
	t->peer = -1;
	spin(t);
	assert_null(t->qmp);
	assert_int_equal(t->replies, 2);
	assert_int_equal(t->closed, 0);
}

static void test_free_on_timeout(void **state)
{
	struct test *t = *state;

	t->freeing = FREE_ON_REPLY;
	call(t, "one", 10000);
	call(t, "two", TIMEOUT_US);
	spin_until(t, &t->replies, 2);
	assert_null(t->qmp);
	spin(t);
}

static void test_free_on_closed(void **state)
{
	struct test *t = *state;

	t->freeing = FREE_ON_CLOSED;
	say(t, "garbage\n");
	spin(t);
	assert_null(t->qmp);
	assert_int_equal(t->closed, 1);
}

static int listen_at(struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "/tmp/kvrm-test-qmp.%d", getpid());
	unlink(address->sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
	assert_int_equal(listen(fd, 0), 0);
	return fd;
}

static void connect_to(struct test *t, const char *path)
{
	qmp_free(t->qmp);
	t->qmp = NULL;
	assert_int_equal(qmp_connect(t->event, path, TIMEOUT_US, &callbacks, t, &t->qmp), 0);
	assert_int_equal(t->closed, 0);
}

static void test_connect_to_nothing(void **state)
{
	struct sockaddr_un address;
	struct test *t = *state;
	char path[200];

	connect_to(t, "/nonexistent/qmp.sock");
	spin_until(t, &t->closed, 1);
	expect_closed(t, -ENOENT, "/nonexistent/qmp.sock");
	t->closed = 0;
	close(listen_at(&address));
	connect_to(t, address.sun_path);
	spin_until(t, &t->closed, 1);
	expect_closed(t, -ECONNREFUSED, "refused");
	unlink(address.sun_path);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	t->qmp = qmp_free(t->qmp);
	assert_int_equal(qmp_connect(t->event, path, 0, &callbacks, t, &t->qmp), -ENAMETOOLONG);
	assert_null(t->qmp);
}

/* The queue of the listening socket is full at first. */
static void test_connect_later(void **state)
{
	struct sockaddr_un address;
	struct test *t = *state;
	int fd = listen_at(&address);
	int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int first;

	assert_int_equal(connect(other, (struct sockaddr *)&address, sizeof(address)), 0);
	connect_to(t, address.sun_path);
	for (int i = 0; i < 10; i++)
		sd_event_run(t->event, 10000);
	assert_int_equal(t->closed, 0);
	first = accept(fd, NULL, NULL);
	cleanup_closep(&t->peer);
	for (int i = 0; i < 20; i++)
		sd_event_run(t->event, 10000);
	t->peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	say(t, GREETING "{\"return\": {}, \"id\": 1}\r\n");
	spin_until(t, &t->ready, 1);
	close(first);
	close(other);
	close(fd);
	unlink(address.sun_path);
}

#define READY(test)   cmocka_unit_test_setup_teardown(test, set_up_ready, tear_down)
#define UNREADY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READY(test_command),
		READY(test_descriptor),
		READY(test_descriptor_full),
		UNREADY(test_descriptor_early),
		READY(test_refusal),
		READY(test_refusal_without_text),
		READY(test_answers_in_any_order),
		READY(test_event),
		READY(test_byte_by_byte),
		UNREADY(test_before_ready),
		UNREADY(test_capabilities_refused),
		UNREADY(test_no_greeting),
		cmocka_unit_test(test_garbage),
		READY(test_nul_byte),
		READY(test_long_line),
		READY(test_longest_line),
		READY(test_close_in_the_middle),
		READY(test_last_words),
		READY(test_turns),
		READY(test_event_flood),
		READY(test_answer_flood),
		READY(test_byte_flood),
		READY(test_timeout),
		UNREADY(test_greeting_timeout),
		READY(test_peer_does_not_read),
		READY(test_too_many),
		READY(test_too_long),
		UNREADY(test_free_on_ready),
		READY(test_free_on_event),
		READY(test_free_on_reply),
		READY(test_free_on_reply_at_close),
		READY(test_free_on_timeout),
		READY(test_free_on_closed),
		UNREADY(test_connect_to_nothing),
		UNREADY(test_connect_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
