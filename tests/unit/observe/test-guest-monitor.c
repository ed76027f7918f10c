// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest's monitor tells, with a QEMU that says what it should, and what it should not.
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
#include "daemon/util/text.h"

#define TIMEOUT_US 30000000

struct test {
	struct guest_env env;
	struct system *system;
	struct guest *guest;
	int peer;
	int told[GUEST_ENDED + 1];
	char text[256];
};

static void on_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	struct test *t = data;

	t->told[news]++;
	snprintf(t->text, sizeof(t->text), "%s", text ? text : "");
}

static void say(struct test *t, const char *text)
{
	assert_int_equal(send(t->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	while (sd_event_run(t->env.event, 1000) > 0)
		;
}

static void hear(struct test *t, const char *part)
{
	char buffer[1024];
	ssize_t n;

	n = recv(t->peer, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
	buffer[n < 0 ? 0 : n] = '\0';
	if (!strstr(buffer, part))
		fail_msg("'%s' has no '%s'", buffer, part);
}

/* It waits for the answer to query-status, number 2. */
static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	struct definition *d = definition_new();
	int pair[2];

	d->memory_bytes = UINT64_C(512) << 20;
	strcpy(d->name, "web");
	t->env = (struct guest_env){ .timeout_us = TIMEOUT_US, .news = on_news, .data = t };
	assert_true(sd_event_new(&t->env.event) >= 0);
	t->system = system_new(d);
	t->guest = guest_new(&t->env, t->system);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	t->peer = pair[1];
	assert_int_equal(qmp_new(t->env.event, pair[0], TIMEOUT_US, &guest_monitor_callbacks,
				 t->guest, &t->guest->qmp),
			 0);
	say(t, "{\"QMP\": {}}\n");
	hear(t, "qmp_capabilities");
	say(t, "{\"return\": {}, \"id\": 1}\n");
	hear(t, "query-status");
	system_set_state(t->system, SYSTEM_ACTIVE, "");
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	guest_free(t->guest);
	system_free(t->system);
	sd_event_unref(t->env.event);
	close(t->peer);
	free(t);
	return 0;
}

static void test_running(void **state)
{
	struct test *t = *state;

	system_set_state(t->system, SYSTEM_PAUSED, "");
	say(t, "{\"return\": {\"status\": \"running\"}, \"id\": 2}\n");
	assert_int_equal(t->system->state, SYSTEM_ACTIVE);
	assert_int_equal(t->told[GUEST_MONITOR_READY], 1);
}

/* One that does not say that it runs does not. */
static void test_not_running(void **state)
{
	static const char *const answers[] = { "{\"status\": \"paused\"}",
					       "{\"status\": null}",
					       "{\"status\": 1}",
					       "{\"status\": [\"running\"]}",
					       "{}",
					       "[\"running\"]",
					       "\"running\"",
					       "null" };

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		void *fresh;
		struct test *t;
		char line[128];

		assert_int_equal(set_up(&fresh), 0);
		t = fresh;
		snprintf(line, sizeof(line), "{\"return\": %s, \"id\": 2}\n", answers[i]);
		say(t, line);
		assert_int_equal(t->system->state, SYSTEM_PAUSED);
		assert_int_equal(t->told[GUEST_MONITOR_READY], 1);
		tear_down(&fresh);
	}
}

/* An event with these members of its data, "" for none. */
static void say_event(struct test *t, const char *name, const char *data)
{
	char line[512];

	snprintf(line, sizeof(line), "{\"event\": \"%s\"%s%s}\n", name, *data ? ", \"data\": " : "",
		 data);
	say(t, line);
	assert_int_equal(t->told[GUEST_MONITOR_LOST], 0);
}

static void test_stop(void **state)
{
	struct test *t = *state;

	say_event(t, "STOP", "");
	assert_int_equal(t->system->state, SYSTEM_PAUSED);
	say_event(t, "STOP", "{\"reason\": null}");
	assert_int_equal(t->told[GUEST_CHANGED], 1);
	say_event(t, "RESUME", "");
	assert_int_equal(t->system->state, SYSTEM_ACTIVE);
	assert_int_equal(t->told[GUEST_CHANGED], 2);
	/* A start has a state of its own. */
	system_set_state(t->system, SYSTEM_STARTING, "");
	say_event(t, "STOP", "");
	say_event(t, "RESUME", "");
	assert_int_equal(t->system->state, SYSTEM_STARTING);
	assert_int_equal(t->told[GUEST_CHANGED], 2);
}

#define FORTY_LESS_ONE "123456789012345678901234567890123456789"

static void test_shutdown(void **state)
{
	static const struct {
		const char *data, *shown;
	} cases[] = {
		{ "{\"guest\": true, \"reason\": \"guest-shutdown\"}", "guest shut down" },
		{ "{\"reason\": \"host-signal\"}", "QEMU was asked to end by a signal" },
		{ "{\"reason\": \"guest-panic\"}", "QEMU ended: guest-panic" },
		{ "{\"reason\": null}", "QEMU ended" },
		{ "{\"reason\": 7}", "QEMU ended" },
		{ "{\"reason\": {}}", "QEMU ended" },
		{ "{}", "QEMU ended" },
		{ "null", "QEMU ended" },
		{ "", "QEMU ended" },
		{ "{\"reason\": \"a\\n\\u001b[1m\"}", "QEMU ended: a??[1m" },
		{ "{\"reason\": \"" FORTY_LESS_ONE "0x\"}", "QEMU ended: " FORTY_LESS_ONE "0" },
		{ "{\"reason\": \"" FORTY_LESS_ONE "ü\"}", "QEMU ended: " FORTY_LESS_ONE },
	};
	struct test *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say_event(t, "SHUTDOWN", cases[i].data);
		assert_string_equal(t->guest->shutdown, cases[i].shown);
		assert_true(text_is_clean(t->guest->shutdown));
	}
}

static void test_device(void **state)
{
	struct test *t = *state;

	say_event(t, "DEVICE_DELETED", "{\"device\": \"nic1\", \"path\": \"/machine\"}");
	assert_string_equal(t->text, "nic1");
	say_event(t, "DEVICE_DELETED", "{\"device\": null, \"path\": \"/machine\"}");
	assert_string_equal(t->text, "");
	say_event(t, "DEVICE_DELETED", "{\"path\": \"/machine\"}");
	say_event(t, "DEVICE_DELETED", "");
	assert_int_equal(t->told[GUEST_DEVICE_DELETED], 4);
	assert_string_equal(t->text, "");
}

static void test_balloon(void **state)
{
	static const char *const lies[] = { "{\"actual\": null}",
					    "{\"actual\": \"4096\"}",
					    "{\"actual\": -1}",
					    "{\"actual\": [4096]}",
					    "{}",
					    "" };
	struct test *t = *state;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		say_event(t, "BALLOON_CHANGE", lies[i]);
	assert_int_equal(t->system->balloon_left_bytes, 0);
	say_event(t, "BALLOON_CHANGE", "{\"actual\": 4096}");
	assert_int_equal(t->system->balloon_left_bytes, 4096);
}

static void test_closed(void **state)
{
	struct test *t = *state;

	assert_int_equal(shutdown(t->peer, SHUT_RDWR), 0);
	while (sd_event_run(t->env.event, 1000) > 0)
		;
	assert_null(t->guest->qmp);
	assert_int_equal(t->told[GUEST_MONITOR_LOST], 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_running), cmocka_unit_test(test_not_running),
		TEST(test_stop),    TEST(test_shutdown),
		TEST(test_device),  TEST(test_balloon),
		TEST(test_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
