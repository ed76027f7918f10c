// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that runs moves into another pool, without the module: where its process is afterwards, and where
 * if anything fails. The launcher is the test itself; cgroups are folders with a cpu.max and a cgroup.procs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/apply/relocation.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/model/host.h"
#include "tests/unit/fake-bus.h"

#define UUID "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"
#define HOME "/kvrm.slice/kvrm-a.slice/kvrm-guest-" UUID ".service"
#define PID  4242

/*
 * @refuse: number of the call that is refused, from 1
 * @late: it moves the process nevertheless
 * @deaf: number of the call that does not write cpu.max
 * @end: the guest ends before the launcher answers
 */
struct test {
	struct fake_bus bus;
	struct host host;
	struct guest_env env;
	struct system *system;
	struct pool *a;
	struct pool *b;
	char root[32];
	int calls;
	int refuse;
	bool late;
	int deaf;
	bool end;
	char log[512];
	int done;
	int error;
	char text[256];
	struct relocation *relocation;
};

static void put(struct test *t, const char *folder, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", t->root, folder);
	for (char *at = path + strlen(t->root); (at = strchr(at + 1, '/'));) {
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
	mkdir(path, 0700);
	strcat(strcat(path, "/"), name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* The process is in this cgroup, and not in the one that it was in. */
static void place(struct test *t, const char *path, const char *cpu_max, uint64_t usage_us)
{
	char stat[64];

	if (*t->system->control_group)
		put(t, t->system->control_group, "cgroup.procs", "");
	snprintf(stat, sizeof(stat), "usage_usec %llu\n", (unsigned long long)usage_us);
	put(t, path, "cgroup.procs", "4242\n");
	put(t, path, "cpu.max", cpu_max);
	put(t, path, "cpu.stat", stat);
}

static int on_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *uuid, *pool;
	struct test *t = data;
	uint64_t quota_us, period_us, weight;
	char unit[64], path[256];
	size_t len = strlen(t->log);
	bool refused;

	if (!fake_bus_is_call(m))
		return 0;
	assert_true(sd_bus_message_is_method_call(m, "org.kvrm1.Launcher", "Move"));
	assert_true(sd_bus_message_read(m, "sastttt", &uuid, 1, &pool, &quota_us, &period_us,
					&weight) > 0);
	assert_string_equal(uuid, UUID);
	assert_int_equal(quota_us, 250000);
	assert_int_equal(period_us, 10000);
	assert_in_range(weight, 1, 10000);
	snprintf(t->log + len, sizeof(t->log) - len, "%s ", pool);
	refused = ++t->calls == t->refuse;
	snprintf(unit, sizeof(unit), "kvrm-guest-" UUID "-%d.scope", t->calls);
	snprintf(path, sizeof(path), "/kvrm.slice/kvrm-%s.slice/%s", pool, unit);
	if (!refused || t->late)
		place(t, path, t->calls == t->deaf ? "max 100000\n" : "2500 10000\n",
		      1000 * (uint64_t)t->calls);
	if (t->end)
		guest_free(t->system->runtime);
	return refused ? sd_bus_reply_method_errorf(m, "org.kvrm1.Error.LauncherFailed", "no")
		       : sd_bus_reply_method_return(m, "s", unit);
}

static struct pool *add_pool(struct test *t, const char *name)
{
	struct pool *pool = pool_new(pool_definition_new(name));

	assert_int_equal(host_add_pool(&t->host, pool), 0);
	admission_place(&t->host, pool);
	return pool;
}

static void add_system(struct test *t)
{
	struct definition *d = definition_new();
	struct guest *guest;

	strcpy(d->name, "web1");
	strcpy(d->uuid, UUID);
	strcpy(d->pool, "a");
	d->cpu.limit_us = 250000;
	t->system = system_new(d);
	assert_int_equal(host_add(&t->host, t->system), 0);
	assert_int_equal(admission_enter(&t->host, t->system, NULL), 0);
	guest = guest_new(&t->env, t->system);
	t->system->main_pid = PID;
	strcpy(guest->home, HOME);
	place(t, HOME, "2500 10000\n", 500);
	guest_adopt_cgroup(guest, guest_open_cgroup(guest, HOME), HOME);
	assert_true(guest->cgroup_fd >= 0);
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	static const struct genl_callbacks callbacks;

	strcpy(t->root, "/tmp/kvrm-relocation-XXXXXX");
	assert_non_null(mkdtemp(t->root));
	fake_bus_open(&t->bus, on_call, t);
	t->env = (struct guest_env){ .event = t->bus.event,
				     .bus = t->bus.client,
				     .cgroup_root = t->root };
	assert_int_equal(genl_client_new(t->bus.event, &callbacks, NULL, &t->env.genl, NULL), 0);
	assert_int_equal(host_init(&t->host), 0);
	host_set_capacity(&t->host, 2000000, 0);
	t->a = add_pool(t, "a");
	t->b = add_pool(t, "b");
	add_system(t);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;
	char command[80];

	relocation_free(t->relocation);
	guest_free(t->system->runtime);
	host_deinit(&t->host);
	genl_client_free(t->env.genl);
	fake_bus_close(&t->bus);
	snprintf(command, sizeof(command), "rm -rf %s", t->root);
	assert_int_equal(system(command), 0);
	free(t);
	return 0;
}

static void on_done(int error, const char *text, void *data)
{
	struct test *t = data;

	t->done++;
	t->error = error;
	t->relocation = NULL;
	snprintf(t->text, sizeof(t->text), "%s", text ? text : "");
}

static void run(struct test *t, struct pool *from, struct pool *to)
{
	t->done = 0;
	assert_int_equal(relocation_run(t->system->runtime, from, to, on_done, t, &t->relocation),
			 0);
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 1);
	assert_null(t->relocation);
}

static void assert_in(struct test *t, const char *pool, int number)
{
	char path[256];

	snprintf(path, sizeof(path), "/kvrm.slice/kvrm-%s.slice/kvrm-guest-" UUID "-%d.scope", pool,
		 number);
	assert_string_equal(t->system->control_group, path);
}

/* There, and back; what was counted in all the cgroups goes on. */
static void test_moved(void **state)
{
	struct test *t = *state;
	struct cgroup_cpu_stat stat;

	run(t, t->a, t->b);
	assert_int_equal(t->error, 0);
	assert_in(t, "b", 1);
	assert_int_equal(guest_read_cpu_stat(t->system->runtime, &stat), 0);
	assert_int_equal(stat.usage_us, 500 + 1000);
	run(t, t->b, t->a);
	assert_int_equal(t->error, 0);
	assert_in(t, "a", 2);
	assert_int_equal(guest_read_cpu_stat(t->system->runtime, &stat), 0);
	assert_int_equal(stat.usage_us, 500 + 1000 + 2000);
	assert_string_equal(t->log, "b a ");
}

/* Without the module the new scope has what all virtual CPUs may have together. */
static void test_vcpu_limit(void **state)
{
	struct test *t = *state;
	struct definition *d = t->system->definition;

	d->vcpus = 5;
	d->cpu.limit_us = 0;
	d->cpu.vcpu_limit_us = 50000;
	run(t, t->a, t->b);
	assert_int_equal(t->error, 0);
	assert_int_equal(((struct guest *)t->system->runtime)->quota_asserted_us, 250000);
}

static void test_refused(void **state)
{
	struct test *t = *state;

	t->refuse = 1;
	run(t, t->a, t->b);
	assert_int_equal(t->error, ERROR_LAUNCHER_FAILED);
	assert_string_equal(t->text, "no");
	assert_string_equal(t->system->control_group, HOME);
	assert_string_equal(t->log, "b ");
}

/* The launcher has failed after systemd had moved the process: it is moved back. */
static void test_refused_too_late(void **state)
{
	struct test *t = *state;

	t->refuse = 1;
	t->late = true;
	run(t, t->a, t->b);
	assert_int_equal(t->error, ERROR_LAUNCHER_FAILED);
	assert_string_equal(t->text, "no");
	assert_in(t, "a", 2);
	assert_string_equal(t->log, "b a ");
}

static void test_limit_not_in_force(void **state)
{
	struct test *t = *state;

	t->deaf = 1;
	run(t, t->a, t->b);
	assert_int_equal(t->error, ERROR_APPLY_FAILED);
	assert_string_equal(t->text, "cpu.max does not say what was written to it");
	assert_in(t, "a", 2);
}

/* Nor back: why it began is told, and where the process is is known. */
static void test_not_back(void **state)
{
	struct test *t = *state;

	t->deaf = 1;
	t->refuse = 2;
	run(t, t->a, t->b);
	assert_int_equal(t->error, ERROR_APPLY_FAILED);
	assert_string_equal(t->text, "cpu.max does not say what was written to it");
	assert_in(t, "b", 1);
	assert_string_equal(t->log, "b a ");
}

static void test_no_way_back(void **state)
{
	struct test *t = *state;

	t->deaf = 1;
	run(t, NULL, t->b);
	assert_int_equal(t->error, ERROR_APPLY_FAILED);
	assert_in(t, "b", 1);
	assert_string_equal(t->log, "b ");
}

static void test_ended(void **state)
{
	struct test *t = *state;

	t->end = true;
	run(t, t->a, t->b);
	assert_int_equal(t->error, ERROR_INVALID_STATE);
	assert_string_equal(t->text, "it ended while it was moved");
	assert_string_equal(t->log, "b ");
}

static void test_forgotten(void **state)
{
	struct test *t = *state;

	assert_int_equal(relocation_run(t->system->runtime, t->a, t->b, on_done, t, &t->relocation),
			 0);
	t->relocation = relocation_free(t->relocation);
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 0);
}

/* By a kvrmd that was started after the move. */
static void test_found(void **state)
{
	struct test *t = *state;
	struct guest *guest = t->system->runtime;
	struct cgroup_cpu_stat stat;
	char path[SLICE_PATH_SIZE];
	int fd;

	run(t, t->a, t->b);
	guest_free(guest);
	guest = guest_new(&t->env, t->system);
	strcpy(guest->home, HOME);
	fd = guest_find_cgroup(guest, HOME, PID, path);
	assert_true(fd >= 0);
	guest_adopt_cgroup(guest, fd, path);
	assert_in(t, "b", 1);
	assert_int_equal(guest_read_cpu_stat(guest, &stat), 0);
	assert_int_equal(stat.usage_us, 500 + 1000);
	/* One that is nowhere is taken to be where its unit says. */
	fd = guest_find_cgroup(guest, HOME, PID + 1, path);
	assert_true(fd >= 0);
	close(fd);
	assert_string_equal(path, HOME);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_moved),
		TEST(test_vcpu_limit),
		TEST(test_refused),
		TEST(test_refused_too_late),
		TEST(test_limit_not_in_force),
		TEST(test_not_back),
		TEST(test_no_way_back),
		TEST(test_ended),
		TEST(test_forgotten),
		TEST(test_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
