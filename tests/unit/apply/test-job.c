// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs, with a launcher, a systemd and a QEMU that the test itself is: what a step's end leaves
 * behind, and QEMU's end while a step waits for its answer.
 */
#include <fcntl.h>
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

#include "daemon/apply/job.h"
#include "daemon/model/error.h"
#include "tests/unit/fake-bus.h"

#define TIMEOUT_US 30000000

/*
 * @active_state: of the guest's unit
 * @refuse: the launcher does
 * @frees: the job's end frees the guest, as that of a start that has failed does
 * @calls: that came to the launcher
 * @done: ends of the job
 * @ended: news of QEMU's end that the job has left to others
 */
struct test {
	struct fake_bus bus;
	struct systemd *systemd;
	struct guest_env env;
	struct system *system;
	int peer;
	const char *active_state;
	bool refuse;
	bool frees;
	int calls;
	int done;
	int error;
	char text[256];
	int ended;
};

static int answer_unit(struct test *t, sd_bus_message *m)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(m, &reply);

	if (r >= 0)
		r = sd_bus_message_append(reply, "a{sv}", 2, "LoadState", "s", "loaded",
					  "ActiveState", "s", t->active_state);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	assert_true(r >= 0);
	return 1;
}

static int answer_vhost(sd_bus_message *m)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC), r;

	assert_true(fd >= 0);
	r = sd_bus_reply_method_return(m, "h", fd);
	close(fd);
	return r;
}

static int on_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct test *t = data;

	if (!fake_bus_is_call(m))
		return 0;
	if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Properties", "GetAll"))
		return answer_unit(t, m);
	if (sd_bus_message_is_method_call(m, NULL, "Subscribe"))
		return sd_bus_reply_method_return(m, NULL);
	t->calls++;
	if (t->refuse)
		return sd_bus_reply_method_errorf(m, "org.kvrm1.Error.LauncherFailed", "no");
	if (sd_bus_message_is_method_call(m, NULL, "OpenVHost"))
		return answer_vhost(m);
	assert_true(sd_bus_message_is_method_call(m, NULL, "SetAllocation"));
	return sd_bus_reply_method_return(m, NULL);
}

/* As the manager does. */
static void on_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	struct system *system = guest->system;
	struct test *t = data;

	if (guest->job) {
		job_news(guest, news, text);
		if (system->runtime != guest)
			return;
	}
	if (news != GUEST_ENDED)
		return;
	t->ended++;
	guest_free(guest);
}

static void on_done(struct guest *guest, int error, const char *text, void *data)
{
	struct test *t = data;

	t->done++;
	t->error = error;
	snprintf(t->text, sizeof(t->text), "%s", text ? text : "");
	if (t->frees)
		guest_free(guest);
}

static void hear(struct test *t, const char *part)
{
	char buffer[1024];
	ssize_t n;

	fake_bus_spin(&t->bus);
	n = recv(t->peer, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
	buffer[n < 0 ? 0 : n] = '\0';
	if (!strstr(buffer, part))
		fail_msg("'%s' has no '%s'", buffer, part);
}

static void say(struct test *t, const char *text)
{
	assert_int_equal(send(t->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static struct guest *guest_of(struct test *t)
{
	return t->system->runtime;
}

static int set_up(void **state)
{
	static const struct systemd_callbacks callbacks;
	struct test *t = calloc(1, sizeof(*t));
	struct definition *d = definition_new();
	int pair[2];

	fake_bus_open(&t->bus, on_call, t);
	assert_int_equal(systemd_new(t->bus.client, &callbacks, t, &t->systemd), 0);
	/* Whether the other end takes descriptors must be known. */
	fake_bus_spin(&t->bus);
	t->env = (struct guest_env){ .event = t->bus.event,
				     .bus = t->bus.client,
				     .systemd = t->systemd,
				     .timeout_us = TIMEOUT_US,
				     .news = on_news,
				     .data = t };
	t->active_state = "active";
	strcpy(d->name, "web");
	strcpy(d->uuid, "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10");
	t->system = system_new(d);
	guest_new(&t->env, t->system);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	t->peer = pair[1];
	assert_int_equal(qmp_new(t->bus.event, pair[0], TIMEOUT_US, &guest_monitor_callbacks,
				 guest_of(t), &guest_of(t)->qmp),
			 0);
	say(t, "{\"QMP\": {}}\n");
	hear(t, "qmp_capabilities");
	say(t, "{\"return\": {}, \"id\": 1}\n");
	hear(t, "query-status");
	say(t, "{\"return\": {\"status\": \"prelaunch\"}, \"id\": 2}\n");
	fake_bus_spin(&t->bus);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	guest_free(t->system->runtime);
	system_free(t->system);
	if (t->peer >= 0)
		close(t->peer);
	systemd_free(t->systemd);
	fake_bus_close(&t->bus);
	free(t);
	return 0;
}

static void run(struct test *t, enum plan_step step)
{
	const struct plan plan = { .steps = { step }, .n = 1 };

	t->done = 0;
	assert_int_equal(job_run(guest_of(t), &plan, on_done, t), 0);
	assert_int_equal(t->done, 0);
	fake_bus_spin(&t->bus);
}

/* Nothing is left of a call to the launcher: it would keep the bus, which the sanitizer sees. */
static void test_launcher(void **state)
{
	static const enum plan_step steps[] = { PLAN_QUOTA, PLAN_PLUG_VHOST };
	struct test *t = *state;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		t->refuse = false;
		run(t, steps[i]);
		assert_int_equal(t->done, 1);
		assert_int_equal(t->error, 0);
		t->refuse = true;
		run(t, steps[i]);
		assert_int_equal(t->done, 1);
		assert_int_equal(t->error, ERROR_LAUNCHER_FAILED);
		assert_non_null(strstr(t->text, ": no"));
	}
	assert_int_equal(t->calls, 4);
	assert_null(guest_of(t)->job);
}

/* systemd tells of it while the monitor still stands. */
static void end_while_asked(struct test *t)
{
	run(t, PLAN_CONTINUE);
	hear(t, "\"cont\"");
	assert_int_equal(t->done, 0);
	strcpy(guest_of(t)->shutdown, "guest shut down");
	t->active_state = "failed";
	assert_int_equal(guest_follow_unit(guest_of(t)), 0);
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 1);
	assert_int_equal(t->error, ERROR_START_FAILED);
	assert_non_null(strstr(t->text, ": guest shut down"));
	assert_null(t->system->runtime);
}

static void test_end_of_start(void **state)
{
	struct test *t = *state;

	t->frees = true;
	end_while_asked(t);
	assert_int_equal(t->ended, 0);
}

static void test_end_of_other(void **state)
{
	struct test *t = *state;

	end_while_asked(t);
	assert_int_equal(t->ended, 1);
}

static void begin(struct test *t, struct plan plan)
{
	t->done = 0;
	assert_int_equal(job_run(guest_of(t), &plan, on_done, t), 0);
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 0);
}

static void answer_devices(struct test *t, int id, int mib)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "{\"return\": [{\"type\": \"virtio-mem\", \"data\": {\"id\": \"pluggable\", "
		 "\"requested-size\": 2097152, \"size\": %d, \"max-size\": 134217728}}], "
		 "\"id\": %d}\n",
		 mib << 20, id);
	say(t, text);
	fake_bus_spin(&t->bus);
}

/* It is done when QEMU has told the guest; if QEMU refuses, it is told what was before. */
static void test_plug_memory(void **state)
{
	struct test *t = *state;

	begin(t, plan_resize(2 << 20, 4 << 20));
	hear(t, "\"value\":4194304");
	say(t, "{\"return\": {}, \"id\": 3}\n");
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 1);
	assert_int_equal(t->error, 0);
	begin(t, plan_resize(4 << 20, 6 << 20));
	hear(t, "\"value\":6291456");
	say(t, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 4}\n");
	hear(t, "\"value\":4194304");
	assert_int_equal(t->done, 1);
	assert_int_equal(t->error, ERROR_MONITOR_FAILED);
	assert_string_equal(t->text, "could not plug memory in: no");
	assert_null(guest_of(t)->job);
}

/* What the guest had before it was told does not count, nor what is still too much. */
static void test_unplug_memory(void **state)
{
	struct test *t = *state;

	t->system->definition->memory_bytes = 12 << 20;
	t->system->definition->memory_max_bytes = 16 << 20;
	t->system->memory_base_bytes = 4 << 20;
	t->system->memory_plugged_bytes = 8 << 20;
	guest_ask_memory(guest_of(t));
	hear(t, "query-memory-devices");
	begin(t, plan_resize(8 << 20, 2 << 20));
	hear(t, "\"value\":2097152");
	answer_devices(t, 3, 0);
	assert_int_equal(t->system->memory_plugged_bytes, 0);
	assert_int_equal(t->done, 0);
	say(t, "{\"return\": {}, \"id\": 4}\n");
	hear(t, "query-memory-devices");
	answer_devices(t, 5, 4);
	assert_int_equal(t->done, 0);
	assert_int_equal(t->system->progress_percent, 66);
	say(t, "{\"event\": \"MEMORY_DEVICE_SIZE_CHANGE\", \"data\": {\"id\": \"pluggable\", "
	       "\"size\": 2097152}}\n");
	hear(t, "query-memory-devices");
	answer_devices(t, 6, 2);
	assert_int_equal(t->done, 1);
	assert_int_equal(t->error, 0);
}

/* It is not known whether it gives back any more: it keeps what it has. */
static void test_unplug_memory_lost(void **state)
{
	struct test *t = *state;

	t->system->memory_plugged_bytes = 8 << 20;
	begin(t, plan_resize(8 << 20, 0));
	hear(t, "\"value\":0");
	say(t, "{\"return\": {}, \"id\": 3}\n");
	fake_bus_spin(&t->bus);
	close(t->peer);
	t->peer = -1;
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 1);
	assert_int_equal(t->error, ERROR_MONITOR_FAILED);
	assert_non_null(strstr(t->text, "could not have the guest give memory back: "));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_launcher),	TEST(test_end_of_start),  TEST(test_end_of_other),
		TEST(test_plug_memory), TEST(test_unplug_memory), TEST(test_unplug_memory_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
