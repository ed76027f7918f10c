// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of several allocations: in order, read back, and undone in reverse if anything fails. The
 * launcher is the test itself; cgroups are folders with a cpu.max.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/apply/change.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/model/host.h"
#include "daemon/wire/launcher.h"
#include "tests/unit/fake-bus.h"

#define UUID1 "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"
#define UUID2 "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e11"

/*
 * @refuse: number of the call that is refused, from 1; @deaf: cpu.max is not written; @memory: memory.min is, and
 * logged; @forgetful: it is not
 */
struct test {
	struct fake_bus bus;
	struct host host;
	struct guest_env env;
	char directory[32];
	int calls;
	int refuse;
	bool deaf;
	bool memory;
	bool forgetful;
	char log[1024];
	int done;
	int error;
	char text[256];
	struct change *change;
};

static void write_cpu_max(struct test *t, const char *name, uint64_t quota_us, uint64_t period_us)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", t->directory, name);
	mkdir(path, 0700);
	strcat(path, "/cpu.max");
	file = fopen(path, "w");
	assert_non_null(file);
	/* As systemd does: the quota is for a second. */
	if (quota_us)
		fprintf(file, "%llu %llu\n", (unsigned long long)(quota_us * period_us / 1000000),
			(unsigned long long)period_us);
	else
		fprintf(file, "max 100000\n");
	fclose(file);
}

static void write_memory_min(struct test *t, const char *name, uint64_t bytes)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/memory.min", t->directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%llu\n", (unsigned long long)bytes);
	fclose(file);
}

static int on_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct test *t = data;
	uint64_t quota_us, period_us, weight, memory;
	const char *name = "";
	size_t len = strlen(t->log);

	if (!fake_bus_is_call(m))
		return 0;
	if (sd_bus_message_is_method_call(m, NULL, "SetPool"))
		assert_true(sd_bus_message_read(m, "astttt", 1, &name, &quota_us, &period_us,
						&weight, &memory) > 0);
	else
		assert_true(sd_bus_message_read(m, "stttt", &name, &quota_us, &period_us, &weight,
						&memory) > 0);
	assert_int_equal(weight, 0);
	snprintf(t->log + len, sizeof(t->log) - len, "%s=%llu ", name + (strlen(name) > 8) * 35,
		 (unsigned long long)quota_us);
	len = strlen(t->log);
	/* Of a pool it is told afterwards. */
	if (sd_bus_message_is_method_call(m, NULL, "SetPool"))
		assert_true(memory == LAUNCHER_AS_IT_IS);
	else if (t->memory)
		snprintf(t->log + len, sizeof(t->log) - len, "%lluM ",
			 (unsigned long long)memory >> 20);
	if (++t->calls == t->refuse)
		return sd_bus_reply_method_errorf(m, "org.kvrm1.Error.LauncherFailed", "no");
	if (!t->deaf)
		write_cpu_max(t, name, quota_us, period_us);
	if (t->memory && !t->forgetful)
		write_memory_min(t, name, memory);
	return sd_bus_reply_method_return(m, NULL);
}

static int open_cgroup(struct test *t, const char *name)
{
	char path[96];

	write_cpu_max(t, name, 0, 0);
	snprintf(path, sizeof(path), "%s/%s", t->directory, name);
	return open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
}

/* A system that runs, as far as a change can see. */
static struct system *add_system(struct test *t, const char *uuid)
{
	struct definition *d = definition_new();
	struct system *system;
	struct guest *guest;

	strcpy(d->name, uuid + 35);
	strcpy(d->uuid, uuid);
	system = system_new(d);
	assert_int_equal(host_add(&t->host, system), 0);
	assert_int_equal(admission_enter(&t->host, system, NULL), 0);
	guest = guest_new(&t->env, system);
	guest->cgroup_fd = open_cgroup(t, uuid);
	return system;
}

static struct pool *add_pool(struct test *t)
{
	struct pool *pool = pool_new(pool_definition_new("web"));

	assert_int_equal(host_add_pool(&t->host, pool), 0);
	admission_place(&t->host, pool);
	pool->cgroup_fd = open_cgroup(t, "web");
	return pool;
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	static const struct genl_callbacks callbacks;

	strcpy(t->directory, "/tmp/kvrm-change-XXXXXX");
	assert_non_null(mkdtemp(t->directory));
	fake_bus_open(&t->bus, on_call, t);
	t->env = (struct guest_env){ .event = t->bus.event, .bus = t->bus.client };
	assert_int_equal(genl_client_new(t->bus.event, &callbacks, NULL, &t->env.genl, NULL), 0);
	assert_int_equal(host_init(&t->host), 0);
	host_set_capacity(&t->host, 2000000, 0);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;
	char command[80];

	change_free(t->change);
	for (size_t i = 0; i < t->host.n_systems; i++)
		guest_free(t->host.systems[i]->runtime);
	host_deinit(&t->host);
	genl_client_free(t->env.genl);
	fake_bus_close(&t->bus);
	snprintf(command, sizeof(command), "rm -rf %s", t->directory);
	assert_int_equal(system(command), 0);
	free(t);
	return 0;
}

static void on_done(int error, const char *text, void *data)
{
	struct test *t = data;

	t->done++;
	t->error = error;
	t->change = NULL;
	snprintf(t->text, sizeof(t->text), "%s", text ? text : "");
}

static void run(struct test *t, struct change_item *items, size_t n)
{
	assert_int_equal(change_run(&t->env, items, n, on_done, t, &t->change), 0);
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 1);
	assert_null(t->change);
}

static struct change_item item_of(struct system *system, struct pool *pool, uint64_t limit_us)
{
	return (struct change_item){ .system = system,
				     .pool = pool,
				     .from = { .cpu = { .weight = 100 } },
				     .to = { .cpu = { .limit_us = limit_us, .weight = 100 } } };
}

static void test_all(void **state)
{
	struct test *t = *state;
	struct system *one = add_system(t, UUID1), *two = add_system(t, UUID2);
	struct change_item items[] = { item_of(one, NULL, 250000),
				       item_of(NULL, add_pool(t), 1500000), item_of(two, NULL, 0) };

	items[2].to.cpu.weight = 7;
	run(t, items, 3);
	assert_int_equal(t->error, 0);
	/* A weight alone is not systemd's business. */
	assert_string_equal(t->log, "0=250000 web=1500000 ");
	assert_int_equal(one->limit_applied_us, 250000);
}

static void test_refused_in_the_middle(void **state)
{
	struct test *t = *state;
	struct system *one = add_system(t, UUID1), *two = add_system(t, UUID2);
	struct change_item items[] = { item_of(one, NULL, 250000), item_of(two, NULL, 300000),
				       item_of(NULL, add_pool(t), 1500000) };

	t->refuse = 2;
	run(t, items, 3);
	assert_int_equal(t->error, ERROR_LAUNCHER_FAILED);
	assert_string_equal(t->text, "1: no");
	/* Whether the second was done is not known: it is undone, too, and first. */
	assert_string_equal(t->log, "0=250000 1=300000 1=0 0=0 ");
}

static void test_not_written(void **state)
{
	struct test *t = *state;
	struct change_item item = item_of(NULL, add_pool(t), 1500000);

	t->deaf = true;
	run(t, &item, 1);
	assert_int_equal(t->error, ERROR_APPLY_FAILED);
	assert_string_equal(t->text, "web: cpu.max does not say what was written to it");
	assert_string_equal(t->log, "web=1500000 web=0 ");
}

/* Only the module holds it: a guest that it does not know gets nothing of the change. */
static void test_vcpu_limit_without_module(void **state)
{
	struct test *t = *state;
	struct change_item item = item_of(add_system(t, UUID1), NULL, 250000);

	item.to.cpu.vcpu_limit_us = 50000;
	run(t, &item, 1);
	assert_int_equal(t->error, ERROR_APPLY_FAILED);
	assert_string_equal(t->text, "0: vcpu-limit: the module does not know the guest");
	assert_string_equal(t->log, "0=50000 0=0 ");
}

/* One that is there already, and since the module has gone held of all together, is not asked for. */
static void test_vcpu_limit_stays(void **state)
{
	struct test *t = *state;
	struct system *one = add_system(t, UUID1);
	struct change_item item = item_of(one, NULL, 250000);

	one->definition->vcpus = 8;
	item.from.cpu.vcpu_limit_us = item.to.cpu.vcpu_limit_us = 50000;
	run(t, &item, 1);
	assert_int_equal(t->error, 0);
	assert_string_equal(t->log, "0=250000 ");
	assert_int_equal(((struct guest *)one->runtime)->quota_asserted_us, 250000);

	/* Below what all may have together systemd has no part in it. */
	t->done = 0;
	one->definition->vcpus = 5;
	item.from.cpu.limit_us = 250000;
	item.to.cpu.limit_us = 900000;
	run(t, &item, 1);
	assert_int_equal(t->error, 0);
	assert_string_equal(t->log, "0=250000 ");
}

/* When it is lifted, what all had together goes as well. */
static void test_vcpu_limit_goes(void **state)
{
	struct test *t = *state;
	struct change_item item = item_of(add_system(t, UUID1), NULL, 0);

	item.from.cpu.vcpu_limit_us = 50000;
	write_cpu_max(t, UUID1, 50000, 20000);
	run(t, &item, 1);
	assert_int_equal(t->error, 0);
	assert_string_equal(t->log, "0=0 ");
}

/* A reservation concerns systemd, too: with it what QEMU needs beside; and it is read back. */
static void test_memory(void **state)
{
	struct test *t = *state;
	struct system *one = add_system(t, UUID1);
	struct change_item item = item_of(one, NULL, 0);

	t->memory = true;
	one->overhead_bytes = UINT64_C(8) << 20;
	one->definition->memory.reservation_bytes = UINT64_C(4) << 20;
	item.to.memory.reservation_bytes = UINT64_C(4) << 20;
	item.overhead_from_bytes = item.overhead_to_bytes = one->overhead_bytes;
	run(t, &item, 1);
	assert_int_equal(t->error, 0);
	assert_string_equal(t->log, "0=0 12M ");
	assert_int_equal(one->memory_applied_bytes, UINT64_C(4) << 20);
	assert_int_equal(((struct guest *)one->runtime)->memory_asserted, UINT64_C(12) << 20);
}

/* With more memory QEMU is counted with more, though the reservation stays; with less again if it fails. */
static void test_overhead(void **state)
{
	struct test *t = *state;
	struct change_item items[] = { item_of(add_system(t, UUID1), NULL, 0),
				       item_of(add_system(t, UUID2), NULL, 250000) };

	t->memory = true;
	items[0].overhead_from_bytes = UINT64_C(8) << 20;
	items[0].overhead_to_bytes = UINT64_C(9) << 20;
	t->refuse = 2;
	run(t, items, 2);
	assert_int_equal(t->error, ERROR_LAUNCHER_FAILED);
	assert_string_equal(t->log, "0=0 9M 1=250000 0M 1=0 0M 0=0 8M ");
	t->done = 0;
	run(t, items, 1);
	assert_int_equal(t->error, 0);
	assert_non_null(strstr(t->log, "0=0 8M 0=0 9M "));
}

static void test_memory_not_written(void **state)
{
	struct test *t = *state;
	struct change_item items[] = { item_of(add_system(t, UUID1), NULL, 250000),
				       item_of(add_system(t, UUID2), NULL, 0) };

	t->memory = t->forgetful = true;
	write_memory_min(t, UUID2, 4096);
	items[1].to.memory.reservation_bytes = UINT64_C(4) << 20;
	run(t, items, 2);
	assert_int_equal(t->error, ERROR_APPLY_FAILED);
	assert_string_equal(t->text, "1: memory-reservation: memory.min says 4096 bytes, not "
				     "4194304");
	assert_string_equal(t->log, "0=250000 0M 1=0 4M 1=0 0M 0=0 0M ");
}

/* What does not run needs nothing done, and nothing read back. */
static void test_not_running(void **state)
{
	struct test *t = *state;
	struct system *one = add_system(t, UUID1);
	struct change_item item = item_of(one, NULL, 250000);

	guest_free(one->runtime);
	run(t, &item, 1);
	assert_int_equal(t->error, 0);
	assert_string_equal(t->log, "");
}

/* One that is forgotten tells nobody. */
static void test_forgotten(void **state)
{
	struct test *t = *state;
	struct change_item item = item_of(add_system(t, UUID1), NULL, 250000);

	assert_int_equal(change_run(&t->env, &item, 1, on_done, t, &t->change), 0);
	assert_non_null(t->change);
	t->change = change_free(t->change);
	fake_bus_spin(&t->bus);
	assert_int_equal(t->done, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all),
		TEST(test_refused_in_the_middle),
		TEST(test_not_written),
		TEST(test_not_running),
		TEST(test_memory),
		TEST(test_memory_not_written),
		TEST(test_overhead),
		TEST(test_forgotten),
		TEST(test_vcpu_limit_without_module),
		TEST(test_vcpu_limit_stays),
		TEST(test_vcpu_limit_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
