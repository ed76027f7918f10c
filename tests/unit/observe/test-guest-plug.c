// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that is plugged into a guest, with a QEMU that is the test itself: what it is asked, what is made of its
 * answers, and of those that cannot be.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/observe/guest.h"

#define MIB	   (UINT64_C(1) << 20)
#define TIMEOUT_US 30000000

/*
 * @changed: news that something has; @read: news of memory
 * @id: of the command that was heard last
 */
struct test {
	struct guest_env env;
	struct system *system;
	struct guest *guest;
	int peer;
	int changed;
	int read;
	int id;
	int replies;
	int error;
};

static void on_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	struct test *t = data;

	t->changed += news == GUEST_CHANGED;
	t->read += news == GUEST_MEMORY_READ;
}

static void turn(struct test *t)
{
	while (sd_event_run(t->env.event, 1000) > 0)
		;
}

static void say(struct test *t, const char *text)
{
	assert_int_equal(send(t->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	turn(t);
}

/* Commands that came, one behind the other, as their names with blanks behind them. */
static void hear(struct test *t, const char *names)
{
	char buffer[4096], *rest = buffer, *line, heard[256] = "";
	ssize_t n;

	turn(t);
	n = recv(t->peer, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
	buffer[n < 0 ? 0 : n] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		struct json_object *command = json_tokener_parse(line), *name, *id;

		if (!command)
			continue;
		assert_true(json_object_object_get_ex(command, "execute", &name));
		assert_true(json_object_object_get_ex(command, "id", &id));
		strcat(heard, json_object_get_string(name));
		strcat(heard, " ");
		t->id = json_object_get_int(id);
		json_object_put(command);
	}
	assert_string_equal(heard, names);
}

static void answer(struct test *t, int id, const char *value)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"return\":%s,\"id\":%d}\n", value, id);
	say(t, text);
}

static void answer_devices(struct test *t, uint64_t requested, uint64_t size, uint64_t max)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[{\"type\":\"virtio-mem\",\"data\":{\"id\":\"pluggable\",\"requested-size\":%llu,"
		 "\"size\":%llu,\"max-size\":%llu}}]",
		 (unsigned long long)requested, (unsigned long long)size, (unsigned long long)max);
	answer(t, t->id, text);
}

static int set_up(void **state)
{
	static const struct qmp_callbacks callbacks = { 0 };
	struct test *t = calloc(1, sizeof(*t));
	struct definition *d = definition_new();
	int pair[2];

	d->memory_bytes = 512 * MIB;
	d->memory_max_bytes = 1024 * MIB;
	strcpy(d->name, "web");
	t->env = (struct guest_env){ .timeout_us = TIMEOUT_US, .news = on_news, .data = t };
	assert_true(sd_event_new(&t->env.event) >= 0);
	t->system = system_new(d);
	t->guest = guest_new(&t->env, t->system);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	t->peer = pair[1];
	assert_int_equal(qmp_new(t->env.event, pair[0], TIMEOUT_US, &callbacks, t, &t->guest->qmp),
			 0);
	say(t, "{\"QMP\": {}}\n");
	hear(t, "qmp_capabilities ");
	say(t, "{\"return\": {}, \"id\": 1}\n");
	assert_true(qmp_is_ready(t->guest->qmp));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	guest_free(t->guest);
	system_free(t->system);
	close(t->peer);
	sd_event_unref(t->env.event);
	free(t);
	return 0;
}

/* As by another kvrmd: what it was started with is asked once; nothing twice before it is answered. */
static void test_found(void **state)
{
	struct test *t = *state;

	guest_ask_memory(t->guest);
	guest_ask_memory(t->guest);
	hear(t, "query-memory-size-summary query-memory-devices ");
	answer(t, t->id - 1, "{\"base-memory\":268435456,\"plugged-memory\":0}");
	assert_int_equal(t->system->memory_base_bytes, 256 * MIB);
	assert_int_equal(t->changed, 1);
	answer_devices(t, 256 * MIB, 128 * MIB, 768 * MIB);
	assert_int_equal(t->read, 1);
	assert_int_equal(t->changed, 2);
	assert_true(t->guest->plug.known);
	assert_int_equal(t->guest->plug.requested_bytes, 256 * MIB);
	assert_int_equal(t->guest->plug.max_bytes, 768 * MIB);
	assert_int_equal(system_memory(t->system), 384 * MIB);
	guest_ask_memory(t->guest);
	hear(t, "query-memory-devices ");
	answer_devices(t, 256 * MIB, 128 * MIB, 768 * MIB);
	assert_int_equal(t->read, 2);
	/* Nothing is new. */
	assert_int_equal(t->changed, 2);
}

/* A definition without a memory-max, or QEMU without a device. */
static void test_absent(void **state)
{
	struct test *t = *state;

	t->system->memory_base_bytes = 512 * MIB;
	guest_ask_memory(t->guest);
	hear(t, "query-memory-devices ");
	answer(t, t->id, "[]");
	assert_true(t->guest->plug.known);
	assert_int_equal(t->guest->plug.max_bytes, 0);
	assert_int_equal(t->read, 1);
	t->system->definition->memory_max_bytes = 0;
	guest_ask_memory(t->guest);
	hear(t, "");
}

/* What cannot be changes nothing. */
static void test_lies(void **state)
{
	static const char *const bases[] = { "{}", "[]", "{\"base-memory\":0}",
					     "{\"base-memory\":536870913}",
					     "{\"base-memory\":9223372036854775807}" };
	struct test *t = *state;

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		guest_ask_memory(t->guest);
		hear(t, "query-memory-size-summary query-memory-devices ");
		answer(t, t->id - 1, bases[i]);
		answer(t, t->id, "{}");
		assert_int_equal(t->system->memory_base_bytes, 0);
	}
	t->system->memory_base_bytes = 256 * MIB;
	guest_ask_memory(t->guest);
	hear(t, "query-memory-devices ");
	answer_devices(t, 0, UINT64_C(1) << 62, UINT64_C(1) << 62);
	guest_ask_memory(t->guest);
	hear(t, "query-memory-devices ");
	say(t, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"},\"id\":13}\n");
	assert_int_equal(t->id, 13);
	assert_int_equal(t->guest->plug.questions, 0);
	assert_false(t->guest->plug.known);
	assert_int_equal(t->read, 0);
	assert_int_equal(t->changed, 0);
	assert_int_equal(system_memory(t->system), 256 * MIB);
}

static void on_reply(struct qmp *qmp, int error, struct json_object *value, const char *text,
		     void *data)
{
	struct guest *guest = data;
	struct test *t = guest->env->data;

	t->replies++;
	t->error = error;
}

static void test_request(void **state)
{
	struct test *t = *state;

	assert_int_equal(guest_request_memory(t->guest, 4 * MIB, on_reply), 0);
	assert_int_equal(guest_request_memory(t->guest, 2 * MIB, NULL), 0);
	hear(t, "qom-set qom-set ");
	answer(t, t->id - 1, "{}");
	assert_int_equal(t->replies, 1);
	assert_int_equal(t->error, 0);
	answer(t, t->id, "{}");
	t->guest->qmp = qmp_free(t->guest->qmp);
	assert_int_equal(guest_request_memory(t->guest, 4 * MIB, on_reply), -ENOTCONN);
	assert_int_equal(t->replies, 1);
	guest_ask_memory(t->guest);
	assert_int_equal(t->guest->plug.questions, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_found),
		TEST(test_absent),
		TEST(test_lies),
		TEST(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
