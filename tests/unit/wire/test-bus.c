// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls to systemd and to the launcher, over a bus connection whose other end is the test itself.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/launcher.h"
#include "daemon/wire/systemd.h"
#include "tests/unit/fake-bus.h"

#define UNIT	  "kvrm-guest-1.service"
#define UNITS	  "/org/freedesktop/systemd1/unit"
#define UNIT_PATH UNITS "/kvrm_2dguest_2d1_2eservice"
#define TIMEOUT	  10000000

/* As many units are being read at once. */
#define READS 32

enum { MAX_CALLS = 64 };

struct test {
	struct fake_bus bus;
	sd_bus_message *calls[MAX_CALLS]; /* not answered yet, oldest first */
	size_t n_calls;
	/* what was told */
	int done, list, removed, reloading, subscribed, changed;
	char text[256];
	bool failed;
	size_t n_units;
	struct systemd_unit_status status;
	struct systemd *systemd;
	struct systemd_unit *unit;
	bool freeing;
};

static int on_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct test *t = data;

	if (!fake_bus_is_call(m))
		return 0;
	assert_true(t->n_calls < MAX_CALLS);
	t->calls[t->n_calls++] = sd_bus_message_ref(m);
	return 1;
}

static void spin(struct test *t)
{
	fake_bus_spin(&t->bus);
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	fake_bus_open(&t->bus, on_call, t);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	systemd_unit_free(t->unit);
	systemd_free(t->systemd);
	for (size_t i = 0; i < t->n_calls; i++)
		sd_bus_message_unref(t->calls[i]);
	fake_bus_close(&t->bus);
	free(t);
	return 0;
}

/* The oldest call, which must be this one; the caller unrefs it. */
static sd_bus_message *take_call(struct test *t, const char *destination, const char *interface,
				 const char *member, const char *signature)
{
	sd_bus_message *m;

	spin(t);
	assert_true(t->n_calls > 0);
	m = t->calls[0];
	memmove(t->calls, t->calls + 1, --t->n_calls * sizeof(*t->calls));
	assert_string_equal(sd_bus_message_get_destination(m), destination);
	assert_string_equal(sd_bus_message_get_interface(m), interface);
	assert_string_equal(sd_bus_message_get_member(m), member);
	assert_true(sd_bus_message_has_signature(m, signature));
	return m;
}

static void refuse(sd_bus_message *m, const char *name, const char *text)
{
	const sd_bus_error error = SD_BUS_ERROR_MAKE_CONST(name, text);

	assert_true(sd_bus_reply_method_error(m, &error) >= 0);
	sd_bus_message_unref(m);
}

static void on_done(const char *unit, const sd_bus_error *error, void *data)
{
	struct test *t = data;

	t->done++;
	t->failed = error;
	snprintf(t->text, sizeof(t->text), "%s", error ? error->message : unit ? unit : "");
	if (error)
		assert_non_null(error->name);
}

static int append(sd_bus_message *m, const void *definition)
{
	if (!definition)
		return -EINVAL;
	return sd_bus_message_append(m, "a{sv}", 1, "Name", "s", (const char *)definition);
}

static void test_launcher_start(void **state)
{
	const struct launcher_allocation cpu = { .quota_us = 250000,
						 .period_us = 10000,
						 .weight = 300,
						 .memory_min_bytes = 4096,
						 .memory_high_bytes = 8192,
						 .memory_max_bytes = 12288 };
	const struct launcher_pool pool = { .chain = { "a", "b" }, .n = 2 };
	const char *uuid, *key, *name, *a, *b;
	struct test *t = *state;
	uint64_t quota_us, period_us, weight, memory, high, max;
	int ends[2], first, second;
	const struct launcher_taps taps = { .fds = ends, .n = 2 }, none = { 0 };
	sd_bus_message *m;
	char byte = 0;

	assert_int_equal(pipe(ends), 0);
	/* Whether the other end takes descriptors must be known. */
	spin(t);
	assert_int_equal(launcher_start(t->bus.client, "u", append, "web", &pool, &cpu, &taps,
					TIMEOUT, on_done, t, NULL),
			 0);
	close(ends[0]);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "Start", "sa{sv}asttttttah");
	assert_string_equal(sd_bus_message_get_path(m), "/org/kvrm1/launcher");
	assert_true(sd_bus_message_read(m, "sa{sv}astttttt", &uuid, 1, &key, "s", &name, 2, &a, &b,
					&quota_us, &period_us, &weight, &memory, &high, &max) > 0);
	/* Descriptors arrive, in their order. */
	assert_true(sd_bus_message_read(m, "ah", 2, &first, &second) > 0);
	assert_int_equal(write(second, "x", 1), 1);
	assert_int_equal(read(first, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(ends[1]);
	assert_string_equal(a, "a");
	assert_string_equal(b, "b");
	assert_int_equal(weight, 300);
	assert_int_equal(memory, 4096);
	assert_int_equal(high, 8192);
	assert_int_equal(max, 12288);
	assert_string_equal(uuid, "u");
	assert_string_equal(name, "web");
	assert_int_equal(quota_us, 250000);
	assert_int_equal(period_us, 10000);
	assert_true(sd_bus_reply_method_return(m, "s", UNIT) >= 0);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 1);
	assert_false(t->failed);
	assert_string_equal(t->text, UNIT);
	assert_int_equal(launcher_start(t->bus.client, "u", append, NULL, &pool, &cpu, &none,
					TIMEOUT, on_done, t, NULL),
			 -EINVAL);
}

static void test_launcher_move(void **state)
{
	const struct launcher_allocation cpu = { .quota_us = 250000,
						 .period_us = 10000,
						 .weight = 300,
						 .memory_min_bytes = 4096,
						 .memory_high_bytes = 8192,
						 .memory_max_bytes = 12288 };
	const struct launcher_pool pool = { .chain = { "a", "b" }, .n = 2 };
	struct test *t = *state;
	uint64_t quota_us, period_us, weight, memory, high, max;
	const char *uuid, *a, *b;
	sd_bus_message *m;

	assert_int_equal(launcher_move(t->bus.client, "u", &pool, &cpu, TIMEOUT, on_done, t, NULL),
			 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "Move", "sastttttt");
	assert_true(sd_bus_message_read(m, "sastttttt", &uuid, 2, &a, &b, &quota_us, &period_us,
					&weight, &memory, &high, &max) > 0);
	assert_string_equal(uuid, "u");
	assert_string_equal(a, "a");
	assert_string_equal(b, "b");
	assert_int_equal(quota_us, 250000);
	assert_int_equal(period_us, 10000);
	assert_int_equal(weight, 300);
	assert_int_equal(memory, 4096);
	assert_int_equal(high, 8192);
	assert_int_equal(max, 12288);
	assert_true(sd_bus_reply_method_return(m, "s", UNIT) >= 0);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 1);
	assert_false(t->failed);
	assert_string_equal(t->text, UNIT);
}

static void test_launcher_others(void **state)
{
	const struct launcher_allocation cpu = { .quota_us = 1, .period_us = 2 };
	struct test *t = *state;
	sd_bus_slot *slot = NULL;
	sd_bus_message *m;
	const char *uuid;
	uint64_t weight;

	assert_int_equal(launcher_set_allocation(t->bus.client, "u", &cpu, TIMEOUT, on_done, t,
						 NULL),
			 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "SetAllocation", "stttttt");
	refuse(m, "org.kvrm1.Error.LauncherFailed", "no such unit");
	spin(t);
	assert_int_equal(t->done, 1);
	assert_true(t->failed);
	assert_string_equal(t->text, "no such unit");
	assert_int_equal(launcher_kill(t->bus.client, "u", TIMEOUT, on_done, t, NULL), 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "Kill", "s");
	sd_bus_reply_method_return(m, NULL);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 2);
	assert_false(t->failed);
	assert_int_equal(launcher_set_storage_weight(t->bus.client, "u", 10000, TIMEOUT, on_done, t,
						     NULL),
			 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "SetStorageWeight", "st");
	assert_true(sd_bus_message_read(m, "st", &uuid, &weight) > 0);
	assert_string_equal(uuid, "u");
	assert_int_equal(weight, 10000);
	sd_bus_reply_method_return(m, NULL);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 3);
	t->done = 2;
	/* Not answered in time. */
	assert_int_equal(launcher_ping(t->bus.client, 20000, on_done, t, NULL), 0);
	sd_bus_message_unref(take_call(t, "org.kvrm1.Launcher", "org.freedesktop.DBus.Peer", "Ping",
				       ""));
	spin(t);
	assert_int_equal(t->done, 3);
	assert_true(t->failed);
	/* Forgotten before it is answered. */
	assert_int_equal(launcher_ping(t->bus.client, TIMEOUT, on_done, t, &slot), 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.freedesktop.DBus.Peer", "Ping", "");
	sd_bus_slot_unref(slot);
	sd_bus_reply_method_return(m, NULL);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 3);
}

static void on_opened(int fd, const sd_bus_error *error, void *data)
{
	struct test *t = data;

	t->done++;
	t->failed = error;
	assert_true(error ? fd == -1 : fd >= 0);
}

static void test_launcher_opens(void **state)
{
	struct test *t = *state;
	sd_bus_message *m;

	assert_int_equal(launcher_open_memory_pressure(t->bus.client, TIMEOUT, on_opened, t, NULL),
			 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "OpenMemoryPressure", "");
	assert_true(sd_bus_reply_method_return(m, "h", 0) >= 0);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 1);
	assert_false(t->failed);
	assert_int_equal(launcher_open_vhost(t->bus.client, TIMEOUT, on_opened, t, NULL), 0);
	refuse(take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "OpenVHost", ""),
	       "org.kvrm1.Error.LauncherFailed", "no such device");
	spin(t);
	assert_int_equal(t->done, 2);
	assert_true(t->failed);
	/* No descriptor at all. */
	assert_int_equal(launcher_open_vhost(t->bus.client, TIMEOUT, on_opened, t, NULL), 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "OpenVHost", "");
	sd_bus_reply_method_return(m, NULL);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 3);
	assert_true(t->failed);
}

static void test_launcher_pools(void **state)
{
	const struct launcher_allocation cpu = { .weight = 7,
						 .memory_min_bytes = LAUNCHER_AS_IT_IS,
						 .memory_high_bytes = LAUNCHER_AS_IT_IS };
	const struct launcher_pool pool = { .chain = { "web" }, .n = 1 }, root = { .n = 0 };
	uint64_t quota_us, period_us, weight, memory, high, max;
	struct test *t = *state;
	sd_bus_message *m;
	const char *name;

	assert_int_equal(launcher_set_pool(t->bus.client, &pool, &cpu, TIMEOUT, on_done, t, NULL),
			 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "SetPool", "astttttt");
	assert_true(sd_bus_message_read(m, "astttttt", 1, &name, &quota_us, &period_us, &weight,
					&memory, &high, &max) > 0);
	assert_string_equal(name, "web");
	assert_int_equal(quota_us, 0);
	assert_int_equal(weight, 7);
	assert_true(memory == UINT64_MAX);
	assert_true(high == UINT64_MAX);
	assert_int_equal(max, 0);
	sd_bus_reply_method_return(m, NULL);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->done, 1);
	assert_false(t->failed);
	assert_int_equal(launcher_set_pool(t->bus.client, &root, &cpu, TIMEOUT, on_done, t, NULL),
			 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "SetPool", "astttttt");
	assert_true(sd_bus_message_read(m, "astttttt", 0, &quota_us, &period_us, &weight, &memory,
					&high, &max) > 0);
	sd_bus_message_unref(m);
	assert_int_equal(launcher_remove_pool(t->bus.client, &pool, TIMEOUT, on_done, t, NULL), 0);
	m = take_call(t, "org.kvrm1.Launcher", "org.kvrm1.Launcher", "RemovePool", "as");
	refuse(m, "org.kvrm1.Error.LauncherFailed", "no");
	spin(t);
	assert_int_equal(t->done, 2);
	assert_true(t->failed);
}

static void test_launcher_bus_closed(void **state)
{
	struct test *t = *state;

	assert_int_equal(launcher_kill(t->bus.client, "u", TIMEOUT, on_done, t, NULL), 0);
	spin(t);
	sd_bus_close(t->bus.server);
	spin(t);
	assert_int_equal(t->done, 1);
	assert_true(t->failed);
}

static void on_list(const struct systemd_unit_entry *entries, size_t n, const sd_bus_error *error,
		    void *data)
{
	struct test *t = data;

	t->list++;
	t->n_units = n;
	t->failed = error;
	if (n)
		snprintf(t->text, sizeof(t->text), "%s %s %s", entries[n - 1].name,
			 entries[n - 1].active_state, entries[n - 1].sub_state);
}

static void on_removed(const char *unit, void *data)
{
	((struct test *)data)->removed++;
	assert_string_equal(unit, UNIT);
}

static void on_reloading(bool active, void *data)
{
	((struct test *)data)->reloading += active ? 1 : 10;
}

static void on_subscribed(const sd_bus_error *error, void *data)
{
	((struct test *)data)->subscribed += error ? 10 : 1;
}

/* A signal that says it is systemd's. */
static void signal_from(struct test *t, const char *path, const char *interface, const char *member,
			const char *types, ...)
{
	sd_bus_message *m = NULL;
	va_list args;

	assert_true(sd_bus_message_new_signal(t->bus.server, &m, path, interface, member) >= 0);
	assert_true(sd_bus_message_set_sender(m, "org.freedesktop.systemd1") >= 0);
	va_start(args, types);
	assert_true(sd_bus_message_appendv(m, types, args) >= 0);
	va_end(args);
	assert_true(sd_bus_send(t->bus.server, m, NULL) >= 0);
	sd_bus_message_unref(m);
	spin(t);
}

static void signal_removed(struct test *t, const char *unit)
{
	char *path = NULL;

	assert_true(sd_bus_path_encode(UNITS, unit, &path) >= 0);
	signal_from(t, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
		    "UnitRemoved", "so", unit, path);
	free(path);
}

static void test_manager(void **state)
{
	const struct systemd_callbacks callbacks = { on_list, on_removed, on_reloading,
						     on_subscribed };
	struct test *t = *state;
	sd_bus_message *m;

	assert_int_equal(systemd_new(t->bus.client, &callbacks, t, &t->systemd), 0);
	m = take_call(t, "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager",
		      "Subscribe", "");
	refuse(m, "org.freedesktop.systemd1.AlreadySubscribed", "again");
	spin(t);
	assert_int_equal(t->subscribed, 1);
	signal_removed(t, UNIT);
	assert_int_equal(t->removed, 1);
	signal_from(t, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Reloading",
		    "b", 1);
	assert_int_equal(t->reloading, 1);
	signal_from(t, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Reloading",
		    "b", 0);
	assert_int_equal(t->reloading, 11);
	assert_true(systemd_list(t->systemd, "kvrm-guest-*.service") >= 0);
	m = take_call(t, "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager",
		      "ListUnitsByPatterns", "asas");
	assert_true(sd_bus_reply_method_return(m, "a(ssssssouso)", 2, "a.service", "A", "loaded",
					       "active", "running", "", UNIT_PATH, 0, "", "/",
					       "b.service", "B", "loaded", "failed", "failed", "",
					       UNIT_PATH, 0, "", "/") >= 0);
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->list, 1);
	assert_int_equal(t->n_units, 2);
	assert_false(t->failed);
	assert_string_equal(t->text, "b.service failed failed");
	assert_true(systemd_list(t->systemd, "x*") >= 0);
	m = take_call(t, "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager",
		      "ListUnitsByPatterns", "asas");
	sd_bus_reply_method_return(m, "s", "nonsense");
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->list, 2);
	assert_true(t->failed);
	assert_int_equal(t->n_units, 0);
}

/* systemd, which is subscribed to. */
static void listen_to(struct test *t)
{
	const struct systemd_callbacks callbacks = { 0 };
	sd_bus_message *m;

	assert_int_equal(systemd_new(t->bus.client, &callbacks, t, &t->systemd), 0);
	m = take_call(t, "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager",
		      "Subscribe", "");
	sd_bus_reply_method_return(m, NULL);
	sd_bus_message_unref(m);
	spin(t);
}

/* Until something is asked, or a second has passed. */
static void await_call(struct test *t)
{
	for (int i = 0; i < 20 && !t->n_calls; i++)
		spin(t);
}

static sd_bus_message *take_get_all(struct test *t)
{
	return take_call(t, "org.freedesktop.systemd1", "org.freedesktop.DBus.Properties", "GetAll",
			 "s");
}

static void on_changed(struct systemd_unit *unit, const struct systemd_unit_status *status,
		       const sd_bus_error *error, void *data)
{
	struct test *t = data;

	t->changed++;
	t->status = *status;
	t->failed = error;
	if (t->freeing)
		t->unit = systemd_unit_free(t->unit);
}

static void answer_call(struct test *t, sd_bus_message *m, const char *load, const char *active,
			const char *cgroup, uint32_t pid)
{
	sd_bus_message *reply = NULL;

	assert_true(sd_bus_message_new_method_return(m, &reply) >= 0);
	assert_true(sd_bus_message_append(reply, "a{sv}", 9, "LoadState", "s", load, "ActiveState",
					  "s", active, "SubState", "s", "running", "Unknown", "as",
					  2, "x", "y", "Result", "s", "success", "ControlGroup",
					  "s", cgroup, "InvocationID", "ay", 16, 1, 2, 3, 4, 5, 6,
					  7, 8, 9, 10, 11, 12, 13, 14, 15, 0xff, "MainPID", "u",
					  pid, "ExecMainStartTimestamp", "t",
					  UINT64_C(1700000000123456)) >= 0);
	assert_true(sd_bus_send(NULL, reply, NULL) >= 0);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(m);
	spin(t);
}

static void answer_properties(struct test *t, const char *load, const char *active,
			      const char *cgroup, uint32_t pid)
{
	sd_bus_message *m = take_get_all(t);

	assert_string_equal(sd_bus_message_get_path(m), UNIT_PATH);
	answer_call(t, m, load, active, cgroup, pid);
}

/* ActiveState=active */
static void signal_active(struct test *t, const char *path)
{
	signal_from(t, path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
		    "org.freedesktop.systemd1.Unit", 1, "ActiveState", "s", "active", 0);
}

static void follow(struct test *t)
{
	listen_to(t);
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &t->unit), 0);
	assert_string_equal(systemd_unit_name(t->unit), UNIT);
	answer_properties(t, "loaded", "activating", "", 0);
	assert_int_equal(t->changed, 1);
}

static void test_unit(void **state)
{
	struct test *t = *state;

	follow(t);
	assert_true(t->status.loaded);
	assert_string_equal(t->status.active_state, "activating");
	assert_string_equal(t->status.invocation_id, "0102030405060708090a0b0c0d0e0fff");
	assert_int_equal(t->status.started_us, UINT64_C(1700000000123456));
	/* It runs: all is read again. A change meanwhile makes it be read once more. */
	for (int i = 0; i < 3; i++)
		signal_active(t, UNIT_PATH);
	assert_int_equal(t->changed, 4);
	assert_string_equal(t->status.active_state, "active");
	answer_properties(t, "loaded", "active", "/kvrm.slice/" UNIT, 4242);
	assert_string_equal(t->status.control_group, "/kvrm.slice/" UNIT);
	assert_int_equal(t->status.main_pid, 4242);
	answer_properties(t, "loaded", "active", "/kvrm.slice/" UNIT, 4242);
	spin(t);
	assert_int_equal(t->n_calls, 0);
	/* Its end: told, not asked for. */
	signal_from(t, UNIT_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
		    "sa{sv}as", "org.freedesktop.systemd1.Service", 4, "MainPID", "u", 0, "Result",
		    "s", "exit-code", "ExecMainCode", "i", 1, "ExecMainStatus", "i", 7, 0);
	answer_properties(t, "loaded", "active", "/kvrm.slice/" UNIT, 0);
	signal_from(t, UNIT_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
		    "sa{sv}as", "org.freedesktop.systemd1.Unit", 3, "ActiveState", "s", "failed",
		    "Result", "s", "exit-code", "ExecMainStatus", "i", 7, 0);
	assert_int_equal(t->n_calls, 0);
	signal_removed(t, "other.service");
	assert_true(t->status.loaded);
	signal_removed(t, UNIT);
	assert_false(t->status.loaded);
	assert_string_equal(t->status.active_state, "failed");
	assert_string_equal(t->status.result, "exit-code");
	assert_int_equal(t->status.exec_main_status, 7);
	assert_string_equal(t->status.control_group, "");
	/* systemd tells of that again and again when it is asked: nobody asks. */
	t->changed = 0;
	signal_removed(t, UNIT);
	assert_int_equal(t->changed, 0);
	assert_int_equal(t->n_calls, 0);
}

static void test_unit_not_found(void **state)
{
	struct test *t = *state;

	listen_to(t);
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &t->unit), 0);
	answer_properties(t, "not-found", "inactive", "", 0);
	assert_int_equal(t->changed, 1);
	assert_false(t->status.loaded);
	assert_string_equal(t->status.active_state, "inactive");
	assert_int_equal(t->status.started_us, 0);
	signal_removed(t, UNIT);
	assert_int_equal(t->changed, 1);
	assert_int_equal(t->n_calls, 0);
	/* It is started at last. */
	signal_active(t, UNIT_PATH);
	answer_properties(t, "loaded", "active", "/x", 5);
	assert_true(t->status.loaded);
	assert_int_equal(t->status.main_pid, 5);
}

static void test_unit_unreadable(void **state)
{
	struct test *t = *state;
	sd_bus_message *m;

	listen_to(t);
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &t->unit), 0);
	refuse(take_get_all(t), "org.freedesktop.DBus.Error.AccessDenied", "no");
	spin(t);
	assert_int_equal(t->changed, 1);
	assert_true(t->failed);
	t->unit = systemd_unit_free(t->unit);
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &t->unit), 0);
	m = take_get_all(t);
	sd_bus_reply_method_return(m, "a{sv}", 1, "MainPID", "s", "no number");
	sd_bus_message_unref(m);
	spin(t);
	assert_int_equal(t->changed, 2);
	assert_true(t->failed);
	assert_int_equal(t->status.main_pid, 0);
}

static void test_unit_freed(void **state)
{
	struct test *t = *state;

	follow(t);
	t->freeing = true;
	signal_active(t, UNIT_PATH);
	assert_null(t->unit);
	assert_int_equal(t->changed, 2);
	spin(t);
	assert_int_equal(t->n_calls, 0);
	/* While an answer is being told. */
	t->freeing = false;
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &t->unit), 0);
	t->freeing = true;
	answer_properties(t, "loaded", "active", "", 0);
	assert_null(t->unit);
	assert_int_equal(t->changed, 3);
}

/* What passes, passes: nothing is told before the unit could be read. */
static void test_unit_retried(void **state)
{
	static const char *const errors[] = {
		"org.freedesktop.DBus.Error.LimitsExceeded",
		"org.freedesktop.DBus.Error.NoReply",
		"org.freedesktop.DBus.Error.ServiceUnknown",
	};
	struct test *t = *state;

	listen_to(t);
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &t->unit), 0);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		await_call(t);
		refuse(take_get_all(t), errors[i], "not now");
		spin(t);
		assert_int_equal(t->changed, 0);
	}
	/* It is there all the same. */
	signal_active(t, UNIT_PATH);
	assert_int_equal(t->changed, 0);
	answer_properties(t, "loaded", "active", "/x", 5);
	assert_int_equal(t->changed, 1);
	assert_false(t->failed);
	assert_int_equal(t->status.main_pid, 5);
	/* Nobody waits for it. */
	signal_active(t, UNIT_PATH);
	refuse(take_get_all(t), errors[0], "not now");
	spin(t);
	t->unit = systemd_unit_free(t->unit);
	await_call(t);
	assert_int_equal(t->n_calls, 0);
}

/* Few enough to be allowed, in their order; and whoever does not wait any more makes room. */
static void test_unit_window(void **state)
{
	enum { N = READS + 6 };
	struct systemd_unit *units[N];
	struct test *t = *state;
	char name[32], *path;

	listen_to(t);
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "kvrm-guest-%d.service", i);
		assert_int_equal(systemd_unit_new(t->systemd, name, on_changed, t, &units[i]), 0);
	}
	spin(t);
	assert_int_equal(t->n_calls, READS);
	answer_call(t, take_get_all(t), "loaded", "active", "/x", 1);
	assert_int_equal(t->changed, 1);
	assert_int_equal(t->n_calls, READS);
	/* One that waits, and one that is being read. */
	units[READS + 1] = systemd_unit_free(units[READS + 1]);
	units[1] = systemd_unit_free(units[1]);
	spin(t);
	assert_int_equal(t->n_calls, READS + 1);
	assert_true(sd_bus_path_encode(UNITS, "kvrm-guest-34.service", &path) >= 0);
	assert_string_equal(sd_bus_message_get_path(t->calls[READS]), path);
	free(path);
	/* A refusal does, too; and what was refused comes behind those that wait. */
	sd_bus_message_unref(take_get_all(t));
	refuse(take_get_all(t), "org.freedesktop.DBus.Error.LimitsExceeded", "not now");
	spin(t);
	assert_int_equal(t->n_calls, READS);
	for (int i = 0; i < N; i++)
		systemd_unit_free(units[i]);
}

/* A change is told to the unit whose it is, and to no other. */
static void test_unit_dispatch(void **state)
{
	static const char *const names[] = {
		"kvrm-guest-2.service", UNIT, "kvrm-guest-10.service", "a.service", "z.service",
		"kvrm-guest-1.scope",
	};
	enum { N = sizeof(names) / sizeof(names[0]) };
	struct systemd_unit *units[N], *twice;
	struct test tests[N] = { 0 };
	struct test *t = *state;

	listen_to(t);
	for (int i = 0; i < N; i++) {
		assert_int_equal(systemd_unit_new(t->systemd, names[i], on_changed, &tests[i],
						  &units[i]),
				 0);
		answer_call(t, take_get_all(t), "loaded", "active", "/x", 1);
	}
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &twice), -EEXIST);
	signal_active(t, UNIT_PATH);
	signal_active(t, UNITS "/other_2eservice");
	for (int i = 0; i < N; i++)
		assert_int_equal(tests[i].changed, i == 1 ? 2 : 1);
	answer_properties(t, "loaded", "active", "/x", 1);
	/* What a scope tells is not asked for. */
	signal_from(t, UNIT_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
		    "sa{sv}as", "org.freedesktop.systemd1.Scope", 1, "Result", "s", "success", 0);
	assert_int_equal(tests[1].changed, 3);
	units[1] = systemd_unit_free(units[1]);
	signal_active(t, UNIT_PATH);
	signal_removed(t, UNIT);
	for (int i = 0; i < N; i++)
		assert_int_equal(tests[i].changed, i == 1 ? 3 : 1);
	assert_int_equal(t->n_calls, 0);
	for (int i = 0; i < N; i++)
		systemd_unit_free(units[i]);
}

/* What units told while systemd could not be subscribed to is read. */
static void test_subscribed_late(void **state)
{
	const struct systemd_callbacks callbacks = { .subscribed = on_subscribed };
	struct test *t = *state;

	assert_int_equal(systemd_new(t->bus.client, &callbacks, t, &t->systemd), 0);
	refuse(take_call(t, "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager",
			 "Subscribe", ""),
	       "org.freedesktop.DBus.Error.NoReply", "it executes itself anew");
	assert_int_equal(systemd_unit_new(t->systemd, UNIT, on_changed, t, &t->unit), 0);
	answer_properties(t, "loaded", "active", "/x", 5);
	assert_int_equal(t->subscribed, 10);
	await_call(t);
	sd_bus_reply_method_return(t->calls[0], NULL);
	sd_bus_message_unref(take_call(t, "org.freedesktop.systemd1",
				       "org.freedesktop.systemd1.Manager", "Subscribe", ""));
	spin(t);
	assert_int_equal(t->subscribed, 11);
	answer_properties(t, "loaded", "active", "/x", 6);
	assert_int_equal(t->status.main_pid, 6);
	assert_int_equal(t->n_calls, 0);
}

/* A bus daemon as far as a client needs one to begin with; it counts match rules. */
static int on_daemon_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	int *rules = data;

	if (!fake_bus_is_call(m))
		return 0;
	*rules += sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "AddMatch");
	*rules -= sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "RemoveMatch");
	if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "Hello"))
		return sd_bus_reply_method_return(m, "s", ":1.1");
	return sd_bus_reply_method_return(m, NULL);
}

/* dbus-daemon allows 512 to a connection: there are no more with more units. */
static void test_match_rules(void **state)
{
	const struct systemd_callbacks callbacks = { 0 };
	struct systemd_unit *units[3];
	struct systemd *systemd;
	struct fake_bus bus;
	int rules = 0, before;
	char name[32];

	fake_bus_open_client(&bus, on_daemon_call, &rules, true);
	assert_int_equal(systemd_new(bus.client, &callbacks, NULL, &systemd), 0);
	fake_bus_spin(&bus);
	before = rules;
	assert_in_range(before, 1, 8);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "kvrm-guest-%d.service", i);
		assert_int_equal(systemd_unit_new(systemd, name, on_changed, NULL, &units[i]), 0);
	}
	for (int i = 0; i < 3; i++)
		systemd_unit_free(units[i]);
	fake_bus_spin(&bus);
	assert_int_equal(rules, before);
	systemd_free(systemd);
	fake_bus_close(&bus);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_launcher_start),
		TEST(test_launcher_others),
		TEST(test_launcher_opens),
		TEST(test_launcher_pools),
		TEST(test_manager),
		TEST(test_launcher_bus_closed),
		TEST(test_unit),
		TEST(test_unit_not_found),
		TEST(test_unit_unreadable),
		TEST(test_unit_freed),
		TEST(test_unit_retried),
		TEST(test_unit_window),
		TEST(test_unit_dispatch),
		TEST(test_subscribed_late),
		cmocka_unit_test(test_match_rules),
		TEST(test_launcher_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
