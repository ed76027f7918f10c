// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests that run already when kvrmd is started, and systemd or the host that is not ready to tell of
 * them: systemd and the launcher are the test itself, cgroups are folders. There is no QEMU behind
 * the guest's monitor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/manager-internal.h"
#include "daemon/manager.h"
#include "daemon/util/clock.h"
#include "tests/unit/fake-bus.h"

#define UUID "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"
#define UNIT "kvrm-guest-" UUID ".service"
#define HOME "/kvrm.slice/" UNIT
#define PID  4242
/* Samples until a guest is looked for again. */
#define SAMPLES 6

/* What systemd says of the unit. */
enum answer { RUNS, REFUSED, SILENT, GONE };

struct test {
	struct fake_bus bus;
	struct conf conf;
	struct manager *m;
	struct system *system;
	char root[32];
	bool list_refused;
	enum answer answer;
	int lists;
	int reads;
};

static int answer_list(struct test *t, sd_bus_message *m)
{
	t->lists++;
	if (t->list_refused)
		return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_NO_REPLY, "not now");
	return sd_bus_reply_method_return(m, "a(ssssssouso)", 1, UNIT, "", "loaded", "active",
					  "running", "", "/", 0, "", "/");
}

static int answer_read(struct test *t, sd_bus_message *m)
{
	t->reads++;
	switch (t->answer) {
	case REFUSED:
		return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_ACCESS_DENIED, "no");
	case SILENT:
		return 1;
	case GONE:
		return sd_bus_reply_method_return(m, "a{sv}", 2, "LoadState", "s", "not-found",
						  "ActiveState", "s", "inactive");
	case RUNS:
		break;
	}
	return sd_bus_reply_method_return(m, "a{sv}", 4, "LoadState", "s", "loaded", "ActiveState",
					  "s", "active", "ControlGroup", "s", HOME, "MainPID", "u",
					  (uint32_t)PID);
}

static int on_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct test *t = data;

	if (!fake_bus_is_call(m))
		return 0;
	if (!strcmp(sd_bus_message_get_member(m), "ListUnitsByPatterns"))
		return answer_list(t, m);
	if (!strcmp(sd_bus_message_get_member(m), "GetAll"))
		return answer_read(t, m);
	if (!strcmp(sd_bus_message_get_destination(m), "org.freedesktop.systemd1"))
		return sd_bus_reply_method_return(m, NULL);
	return sd_bus_reply_method_errorf(m, "org.kvrm1.Error.LauncherFailed", "no");
}

static void put(struct test *t, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/kvrm.slice", t->root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s" HOME, t->root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s" HOME "/%s", t->root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void put_cgroup(struct test *t)
{
	put(t, "cgroup.procs", "4242\n");
	put(t, "cpu.max", "max 100000\n");
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	struct definition *d = definition_new();
	struct manager *m = calloc(1, sizeof(*m));

	strcpy(t->root, "/tmp/kvrm-find-XXXXXX");
	assert_non_null(mkdtemp(t->root));
	fake_bus_open(&t->bus, on_call, t);
	/* Samples are taken by hand. */
	t->conf.sample_interval_us = 3600 * UINT64_C(1000000);
	t->m = m;
	m->event = t->bus.event;
	m->conf = &t->conf;
	m->sd = sd_bus_ref(t->bus.client);
	m->env = (struct guest_env){ .event = m->event,
				     .bus = m->sd,
				     .cgroup_root = t->root,
				     .timeout_us = 100000,
				     .news = manager_news,
				     .data = m };
	assert_int_equal(host_init(&m->host), 0);
	m->host.metrics_address = "";
	strcpy(d->name, "web");
	strcpy(d->uuid, UUID);
	strcpy(d->pool, POOL_HOST);
	t->system = system_new(d);
	assert_int_equal(host_add(&m->host, t->system), 0);
	assert_int_equal(bus_new(m->sd, &m->host, &manager_operations, m, &m->bus), 0);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;
	char command[80];

	manager_free(t->m);
	fake_bus_close(&t->bus);
	snprintf(command, sizeof(command), "rm -rf %s", t->root);
	assert_int_equal(system(command), 0);
	free(t);
	return 0;
}

static void observe(struct test *t)
{
	assert_int_equal(manager_observe(t->m), 0);
	fake_bus_spin(&t->bus);
}

/* Until nothing is done with the guest any more, or it is gone; no more than ten seconds. */
static void await_job(struct test *t)
{
	uint64_t end_us = monotonic_us() + 10000000;
	struct guest *guest;

	while ((guest = t->system->runtime) && (guest->job || guest->ending)) {
		assert_true(monotonic_us() < end_us);
		assert_true(sd_event_run(t->bus.event, 100000) >= 0);
	}
}

static void sample(struct test *t, int n)
{
	while (n--) {
		manager_sample(t->m);
		fake_bus_spin(&t->bus);
	}
}

static bool is_told(struct test *t)
{
	static const char prefix[] = "web runs but cannot be observed: ";

	for (size_t i = 0; i < t->m->host.n_problems; i++) {
		if (!strncmp(t->m->host.problems[i], prefix, strlen(prefix)))
			return true;
	}
	return false;
}

/* There, and not to be started or deleted, though nothing is known of it. */
static void assert_kept(struct test *t)
{
	struct guest *guest = t->system->runtime;

	assert_non_null(guest);
	assert_true(guest->cgroup_fd < 0);
	assert_non_null(t->system->node.parent);
	assert_int_equal(t->system->state, SYSTEM_ACTIVE);
	assert_int_equal(system_check(t->system, SYSTEM_OP_START, NULL), -ESTALE);
	assert_int_equal(system_check(t->system, SYSTEM_OP_DELETE, NULL), -ESTALE);
	assert_int_equal(system_check(t->system, SYSTEM_OP_KILL, NULL), 0);
	assert_true(is_told(t));
}

static void assert_found(struct test *t)
{
	struct guest *guest = t->system->runtime;

	assert_non_null(guest);
	assert_true(guest->cgroup_fd >= 0);
	assert_int_equal(t->system->main_pid, PID);
	assert_string_equal(t->system->control_group, HOME);
	/* Its monitor is waited for. */
	await_job(t);
	assert_int_equal(t->system->state, SYSTEM_ACTIVE);
	assert_false(is_told(t));
}

static void test_found(void **state)
{
	struct test *t = *state;

	put_cgroup(t);
	observe(t);
	assert_true(t->m->listed);
	assert_found(t);
	assert_int_equal(t->lists, 1);
}

/* Nobody is told that it does not run; it is asked again. */
static void test_not_listed(void **state)
{
	struct test *t = *state;

	put_cgroup(t);
	t->list_refused = true;
	observe(t);
	assert_false(t->m->listed);
	sample(t, 1);
	assert_int_equal(t->lists, 2);
	assert_false(t->m->listed);
	t->list_refused = false;
	sample(t, 1);
	assert_true(t->m->listed);
	assert_found(t);
	sample(t, 1);
	assert_int_equal(t->lists, 3);
}

static void test_unit_refused(void **state)
{
	struct test *t = *state;

	put_cgroup(t);
	t->answer = REFUSED;
	observe(t);
	assert_kept(t);
	sample(t, SAMPLES - 1);
	assert_int_equal(t->reads, 1);
	sample(t, 1);
	assert_int_equal(t->reads, 2);
	assert_kept(t);
	t->answer = RUNS;
	sample(t, SAMPLES);
	assert_found(t);
}

/* As when there are no descriptors. */
static void test_no_cgroup(void **state)
{
	struct test *t = *state;

	observe(t);
	assert_kept(t);
	put_cgroup(t);
	sample(t, SAMPLES);
	assert_found(t);
}

/* Not in time. It ends before systemd answers. */
static void test_unit_silent(void **state)
{
	struct test *t = *state;

	t->answer = SILENT;
	observe(t);
	await_job(t);
	assert_kept(t);
	t->answer = GONE;
	sample(t, SAMPLES);
	await_job(t);
	assert_null(t->system->runtime);
	assert_int_equal(t->system->state, SYSTEM_DEFINED);
	assert_null(t->system->node.parent);
	assert_false(is_told(t));
}

static void test_gone(void **state)
{
	struct test *t = *state;

	t->answer = GONE;
	observe(t);
	await_job(t);
	assert_null(t->system->runtime);
	assert_int_equal(t->system->state, SYSTEM_DEFINED);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_found),     TEST(test_not_listed),  TEST(test_unit_refused),
		TEST(test_no_cgroup), TEST(test_unit_silent), TEST(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
