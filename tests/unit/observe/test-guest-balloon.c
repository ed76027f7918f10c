// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Balloons, with a QEMU that is told what its guest does: obeys, is slow, has no driver, takes memory back; and one
 * that lies, or has no balloon.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/observe/guest.h"

#define MIB	   (INT64_C(1) << 20)
#define MEMORY	   (512 * MIB)
#define TIMEOUT_US 30000000

struct test {
	struct guest_env env;
	struct system *system;
	struct guest *guest;
	int peer;
	int changed;
	/* The guest behind QEMU. */
	int64_t left;
	int64_t target;
	int64_t step;
	int orders;
	int queries;
	const char *lie;
};

static void on_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	struct test *t = data;

	assert_int_equal(news, GUEST_CHANGED);
	t->changed++;
}

static void say(struct test *t, const char *text)
{
	assert_int_equal(send(t->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void turn(struct test *t)
{
	while (sd_event_run(t->env.event, 1000) > 0)
		;
}

/* The guest does a step towards its target. */
static void guest_works(struct test *t)
{
	int64_t way = t->target - t->left;

	if (llabs(way) > t->step)
		way = way < 0 ? -t->step : t->step;
	t->left += way;
}

/* What QEMU answers to one command. */
static void answer(struct test *t, const char *line)
{
	struct json_object *command = json_tokener_parse(line), *name, *id, *arguments, *value;
	char text[256];

	assert_non_null(command);
	assert_true(json_object_object_get_ex(command, "execute", &name));
	assert_true(json_object_object_get_ex(command, "id", &id));
	snprintf(text, sizeof(text), "{\"return\":{},\"id\":%s}\n", json_object_get_string(id));
	if (!strcmp(json_object_get_string(name), "balloon")) {
		t->orders++;
		assert_true(json_object_object_get_ex(command, "arguments", &arguments));
		assert_true(json_object_object_get_ex(arguments, "value", &value));
		t->target = json_object_get_int64(value);
	} else if (!strcmp(json_object_get_string(name), "query-balloon")) {
		t->queries++;
		guest_works(t);
		snprintf(text, sizeof(text), "{\"return\":{\"actual\":%lld},\"id\":%s}\n",
			 (long long)t->left, json_object_get_string(id));
		if (t->lie)
			snprintf(text, sizeof(text), "{%s,\"id\":%s}\n", t->lie,
				 json_object_get_string(id));
	}
	say(t, text);
	json_object_put(command);
}

/* One sample: what kvrmd sends is answered. */
static void sample(struct test *t, int64_t left)
{
	char buffer[4096], *rest = buffer, *line;
	ssize_t n;

	guest_tend_balloon(t->guest, (uint64_t)left);
	turn(t);
	n = recv(t->peer, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
	buffer[n < 0 ? 0 : n] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		if (*line)
			answer(t, line);
	}
	turn(t);
}

static int setup(void **state)
{
	static const struct qmp_callbacks callbacks = { 0 };
	struct test *t = calloc(1, sizeof(*t));
	struct definition *d = definition_new();
	char hello[256];
	int pair[2];

	d->memory_bytes = MEMORY;
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
	turn(t);
	assert_true(recv(t->peer, hello, sizeof(hello), 0) > 0);
	say(t, "{\"return\": {}, \"id\": 1}\n");
	turn(t);
	assert_true(qmp_is_ready(t->guest->qmp));
	t->left = t->target = MEMORY;
	t->step = MEMORY;
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct test *t = *state;

	guest_free(t->guest);
	system_free(t->system);
	close(t->peer);
	sd_event_unref(t->env.event);
	free(t);
	return 0;
}

static void expect(struct test *t, enum balloon_state state, int64_t left)
{
	assert_int_equal(t->system->balloon, state);
	assert_int_equal(t->system->balloon_left_bytes, left);
}

/* One that is to have all and has it is asked once, and told nothing. */
static void test_full(void **state)
{
	struct test *t = *state;

	expect(t, BALLOON_UNKNOWN, 0);
	for (int i = 0; i < 5; i++)
		sample(t, MEMORY);
	expect(t, BALLOON_SETTLED, MEMORY);
	assert_int_equal(t->queries, 1);
	assert_int_equal(t->orders, 0);
	assert_int_equal(t->changed, 1);
}

/* Told once, asked until it has done; a kvrmd that finds it so tells it again, which changes nothing. */
static void test_slow(void **state)
{
	struct test *t = *state;
	int i;

	sample(t, MEMORY);
	t->step = 32 * MIB;
	for (i = 0; i < 30 && t->left > 128 * MIB; i++) {
		sample(t, 128 * MIB);
		if (i > 1)
			assert_int_equal(t->system->balloon,
					 t->left == 128 * MIB ? BALLOON_SETTLED : BALLOON_MOVING);
	}
	expect(t, BALLOON_SETTLED, 128 * MIB);
	assert_int_equal(t->orders, 1);
	i = t->queries;
	sample(t, 128 * MIB);
	assert_int_equal(t->queries, i);
	guest_lose_balloon(t->guest);
	expect(t, BALLOON_UNKNOWN, 0);
	for (i = 0; i < 4; i++)
		sample(t, 128 * MIB);
	expect(t, BALLOON_SETTLED, 128 * MIB);
	/* Back to all. */
	for (i = 0; i < 30; i++)
		sample(t, MEMORY);
	expect(t, BALLOON_SETTLED, MEMORY);
}

/* No driver: it is told now and then, and shown; one that comes later is welcome. */
static void test_silent(void **state)
{
	struct test *t = *state;

	t->step = 0;
	for (int i = 0; i < 8; i++)
		sample(t, 128 * MIB);
	expect(t, BALLOON_MOVING, MEMORY);
	for (int i = 0; i < 20; i++)
		sample(t, 128 * MIB);
	expect(t, BALLOON_SILENT, MEMORY);
	assert_in_range(t->orders, 3, 8);
	t->step = MEMORY;
	for (int i = 0; i < 3; i++)
		sample(t, 128 * MIB);
	expect(t, BALLOON_SETTLED, 128 * MIB);
	/* Another wish is another chance. */
	t->step = 0;
	sample(t, 256 * MIB);
	sample(t, 256 * MIB);
	expect(t, BALLOON_MOVING, 128 * MIB);
}

/* It took some back, rather than kill: QEMU tells, and it is told again. */
static void test_taken_back(void **state)
{
	struct test *t = *state;
	struct json_object *event;
	int orders;

	for (int i = 0; i < 4; i++)
		sample(t, 128 * MIB);
	expect(t, BALLOON_SETTLED, 128 * MIB);
	orders = t->orders;
	t->step = 0;
	t->left = 160 * MIB;
	event = json_tokener_parse("{\"actual\": 167772160}");
	guest_balloon_changed(t->guest, event);
	json_object_put(event);
	expect(t, BALLOON_MOVING, 160 * MIB);
	for (int i = 0; i < 7; i++)
		sample(t, 128 * MIB);
	assert_int_equal(t->orders, orders + 1);
	t->step = MEMORY;
	for (int i = 0; i < 2; i++)
		sample(t, 128 * MIB);
	expect(t, BALLOON_SETTLED, 128 * MIB);
}

static void test_absent(void **state)
{
	struct test *t = *state;

	t->lie = "\"error\":{\"class\":\"DeviceNotActive\",\"desc\":\"No balloon\"}";
	for (int i = 0; i < 5; i++)
		sample(t, 128 * MIB);
	expect(t, BALLOON_ABSENT, 0);
	assert_int_equal(t->queries, 1);
	assert_int_equal(t->orders, 0);
	/* Another QEMU may have one. */
	guest_lose_balloon(t->guest);
	t->lie = NULL;
	for (int i = 0; i < 3; i++)
		sample(t, MEMORY);
	expect(t, BALLOON_SETTLED, MEMORY);
}

/* What is plugged in QEMU does not count: it is told without it, and what it tells is shown with it. */
static void test_plugged(void **state)
{
	struct test *t = *state;

	t->system->definition->memory_max_bytes = 4 * MEMORY;
	/* Of what memory can be plugged into, it has to be known what it was started with. */
	sample(t, MEMORY);
	assert_int_equal(t->queries, 0);
	t->system->memory_base_bytes = MEMORY;
	t->system->definition->memory_bytes = 3 * MEMORY;
	for (int i = 0; i < 3; i++)
		sample(t, MEMORY);
	expect(t, BALLOON_SETTLED, MEMORY);
	t->system->memory_plugged_bytes = 256 * MIB;
	guest_show_balloon(t->guest);
	expect(t, BALLOON_SETTLED, MEMORY + 256 * MIB);
	for (int i = 0; i < 3; i++)
		sample(t, MEMORY);
	assert_int_equal(t->target, MEMORY - 256 * MIB);
	expect(t, BALLOON_SETTLED, MEMORY);
	/* More than it was started with the balloon cannot take. */
	t->system->memory_plugged_bytes = MEMORY;
	assert_int_equal(guest_balloon_value(t->guest, MEMORY), MIB);
	assert_int_equal(guest_balloon_value(t->guest, 2 * MEMORY), MEMORY);
	guest_lose_balloon(t->guest);
	expect(t, BALLOON_UNKNOWN, 0);
}

/* Amounts that cannot be are no answer. */
static void test_lies(void **state)
{
	static const char *const lies[] = {
		"\"return\":{\"actual\":0}",
		"\"return\":{\"actual\":-1}",
		"\"return\":{\"actual\":536870913}",
		"\"return\":{\"actual\":9223372036854775807}",
		"\"return\":{\"actual\":\"much\"}",
		"\"return\":{\"actual\":1e9}",
		"\"return\":{}",
		"\"return\":[]",
		"\"return\":7",
	};
	struct test *t = *state;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		t->lie = lies[i];
		sample(t, 128 * MIB);
		expect(t, BALLOON_UNKNOWN, 0);
	}
	guest_balloon_changed(t->guest, NULL);
	expect(t, BALLOON_UNKNOWN, 0);
	assert_int_equal(t->changed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lies, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
