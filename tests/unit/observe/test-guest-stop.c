// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests that were stopped at their memory limit, and are met again: by another kvrmd, or because the monitor was lost.
 * The test is QEMU, behind a socket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/observe/guest.h"

#define UUID	   "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"
#define TIMEOUT_US 30000000

struct test {
	struct guest_env env;
	struct system *system;
	struct guest *guest;
	char folder[32];
	char mark[96];
	int listener;
	int peer;
	int ready;
};

static void on_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	struct test *t = data;

	assert_true(news == GUEST_MONITOR_READY || news == GUEST_CHANGED);
	t->ready += news == GUEST_MONITOR_READY;
}

static void say(struct test *t, const char *text)
{
	assert_int_equal(send(t->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	while (sd_event_run(t->env.event, 1000) > 0)
		;
}

/* What kvrmd says next. */
static void hear(struct test *t, char text[static 256])
{
	ssize_t n;

	while (sd_event_run(t->env.event, 1000) > 0)
		;
	n = recv(t->peer, text, 255, 0);
	assert_true(n > 0);
	text[n] = '\0';
}

static void listen_at(struct test *t)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[96];

	snprintf(path, sizeof(path), "%s/" UUID, t->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/qmp.sock", path);
	t->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(t->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(t->listener, 1), 0);
}

/* As another kvrmd has it, which knows nothing but that it runs. */
static void find(struct test *t)
{
	struct definition *d = definition_new();

	strcpy(d->name, "web");
	strcpy(d->uuid, UUID);
	t->system = system_new(d);
	t->guest = guest_new(&t->env, t->system);
	system_set_state(t->system, SYSTEM_ACTIVE, "");
}

static void lose(struct test *t)
{
	guest_free(t->guest);
	system_free(t->system);
	if (t->peer >= 0)
		close(t->peer);
	t->peer = -1;
}

/* Connect, and be told a status. */
static void meet(struct test *t, const char *status)
{
	char text[256];
	int ready = t->ready;

	assert_int_equal(guest_connect_monitor(t->guest), 0);
	while (t->peer < 0) {
		sd_event_run(t->env.event, 1000);
		t->peer = accept(t->listener, NULL, NULL);
	}
	say(t, "{\"QMP\": {}}\n");
	hear(t, text);
	say(t, "{\"return\": {}, \"id\": 1}\n");
	hear(t, text);
	assert_non_null(strstr(text, "query-status"));
	snprintf(text, sizeof(text), "{\"return\": {\"status\": \"%s\"}, \"id\": 2}\n", status);
	say(t, text);
	assert_int_equal(t->ready, ready + 1);
}

static bool is_noted(const struct test *t)
{
	return !access(t->mark, F_OK);
}

static int setup(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	strcpy(t->folder, "/tmp/kvrm-stop-XXXXXX");
	assert_non_null(mkdtemp(t->folder));
	snprintf(t->mark, sizeof(t->mark), "%s/stopped-" UUID, t->folder);
	t->peer = -1;
	t->env = (struct guest_env){ .timeout_us = TIMEOUT_US,
				     .guests_directory = t->folder,
				     .run_directory = t->folder,
				     .news = on_news,
				     .data = t };
	assert_true(sd_event_new(&t->env.event) >= 0);
	listen_at(t);
	find(t);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct test *t = *state;
	char command[80];

	lose(t);
	close(t->listener);
	sd_event_unref(t->env.event);
	snprintf(command, sizeof(command), "rm -rf %s", t->folder);
	assert_int_equal(system(command), 0);
	free(t);
	return 0;
}

/* Another kvrmd knows that it was stopped, and why. */
static void test_another(void **state)
{
	struct test *t = *state;

	for (int in_pool = 0; in_pool < 2; in_pool++) {
		guest_note_stopped(t->guest, in_pool);
		assert_true(t->guest->stopped);
		lose(t);
		assert_true(is_noted(t));
		find(t);
		assert_false(t->guest->stopped);
		meet(t, "paused");
		assert_true(t->guest->stopped);
		assert_int_equal(t->guest->stopped_in_pool, in_pool);
		assert_int_equal(t->system->state, SYSTEM_PAUSED);
		assert_string_equal(t->system->reason,
				    in_pool ? GUEST_STOPPED_POOL_REASON : GUEST_STOPPED_REASON);
	}
}

/* One that somebody has paused stays so. */
static void test_paused(void **state)
{
	struct test *t = *state;

	meet(t, "paused");
	assert_false(t->guest->stopped);
	assert_int_equal(t->system->state, SYSTEM_PAUSED);
	assert_string_equal(t->system->reason, "");
}

/* kvrmd has ended before QEMU had the command, or QEMU stands still for another reason now. */
static void test_others(void **state)
{
	static const char *const status[] = { "running", "io-error", "prelaunch" };
	struct test *t = *state;

	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		guest_note_stopped(t->guest, false);
		lose(t);
		find(t);
		meet(t, status[i]);
		assert_false(t->guest->stopped);
		assert_false(is_noted(t));
		assert_string_equal(t->system->reason, "");
	}
}

/* Whoever lets it go on: from then on it is paused only if somebody wants that. */
static void test_resumed(void **state)
{
	struct test *t = *state;

	meet(t, "running");
	guest_note_stopped(t->guest, false);
	say(t, "{\"event\": \"STOP\"}\n");
	assert_string_equal(t->system->reason, GUEST_STOPPED_REASON);
	assert_true(is_noted(t));
	say(t, "{\"event\": \"RESUME\"}\n");
	assert_false(t->guest->stopped);
	assert_false(is_noted(t));
	say(t, "{\"event\": \"STOP\"}\n");
	assert_int_equal(t->system->state, SYSTEM_PAUSED);
	assert_string_equal(t->system->reason, "");
}

/* It was told to stop after it had been asked: what it was then does not count. */
static void test_being_stopped(void **state)
{
	struct test *t = *state;

	guest_note_stopped(t->guest, false);
	t->guest->stopping = true;
	meet(t, "running");
	assert_true(t->guest->stopped);
	assert_true(is_noted(t));
}

/* What cannot be noted holds as long as this kvrmd. */
static void test_unnoted(void **state)
{
	struct test *t = *state;

	t->env.run_directory = "/nonexistent";
	guest_note_stopped(t->guest, true);
	assert_string_equal(guest_stopped_reason(t->guest), GUEST_STOPPED_POOL_REASON);
	guest_forget_stopped(t->guest);
	assert_string_equal(guest_stopped_reason(t->guest), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_another), TEST(test_paused),	      TEST(test_others),
		TEST(test_resumed), TEST(test_being_stopped), TEST(test_unnoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
