// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of a guest that runs, through the manager: what comes before what, what is stored, and what is left when
 * QEMU or the guest does not do it. QEMU and the launcher are the test itself, the cgroup is a folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/manager-internal.h"
#include "daemon/manager.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/clock.h"
#include "tests/unit/fake-bus.h"

#define UUID "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"
#define MIB  (UINT64_C(1) << 20)
/* That QEMU could plug in. */
#define MOST (768 * MIB)

/*
 * @requested, @size: of QEMU's device
 * @obeys: the guest takes and gives back at once what it is told
 * @refuses: QEMU does not do what it is told
 * @log: what QEMU and the launcher were told, in order, in MiB
 * @replies: of the call; with @error and @text
 */
struct test {
	struct fake_bus bus;
	struct conf conf;
	struct manager *m;
	struct system *system;
	char root[32];
	int peer;
	uint64_t requested;
	uint64_t size;
	bool obeys;
	bool refuses;
	char log[512];
	int replies;
	int error;
	char text[256];
};

static struct guest *guest_of(const struct test *t)
{
	return t->system->runtime;
}

static void note(struct test *t, const char *what, uint64_t bytes)
{
	size_t len = strlen(t->log);

	snprintf(t->log + len, sizeof(t->log) - len, "%s=%llu ", what,
		 (unsigned long long)(bytes / MIB));
}

static void put(const struct test *t, const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", t->root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void put_memory_min(const struct test *t, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)bytes);
	put(t, "memory.min", text);
}

static int on_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct test *t = data;
	uint64_t quota_us, period_us, weight, memory;
	const char *uuid;

	if (!fake_bus_is_call(m))
		return 0;
	if (!sd_bus_message_is_method_call(m, NULL, "SetAllocation"))
		return sd_bus_reply_method_return(m, NULL);
	assert_true(sd_bus_message_read(m, "stttt", &uuid, &quota_us, &period_us, &weight,
					&memory) > 0);
	if (memory != LAUNCHER_AS_IT_IS) {
		note(t, "min", memory);
		put_memory_min(t, memory);
	}
	return sd_bus_reply_method_return(m, NULL);
}

static void say(struct test *t, const char *text)
{
	assert_int_equal(send(t->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void set_requested(struct test *t, struct json_object *command)
{
	struct json_object *arguments, *value;

	assert_true(json_object_object_get_ex(command, "arguments", &arguments));
	assert_true(json_object_object_get_ex(arguments, "value", &value));
	note(t, "take", json_object_get_uint64(value));
	if (t->refuses)
		return;
	t->requested = json_object_get_uint64(value);
	if (t->obeys)
		t->size = t->requested;
}

/* What QEMU says to one command. */
static void answer(struct test *t, const char *line)
{
	struct json_object *command = json_tokener_parse(line), *name, *id;
	char value[256] = "\"return\":{}", text[320];
	const char *what;

	assert_true(json_object_object_get_ex(command, "execute", &name));
	assert_true(json_object_object_get_ex(command, "id", &id));
	what = json_object_get_string(name);
	if (!strcmp(what, "query-status"))
		strcpy(value, "\"return\":{\"status\":\"running\"}");
	if (!strcmp(what, "query-memory-devices"))
		snprintf(value, sizeof(value),
			 "\"return\":[{\"type\":\"virtio-mem\",\"data\":{\"id\":\"pluggable\","
			 "\"requested-size\":%llu,\"size\":%llu,\"max-size\":%llu}}]",
			 (unsigned long long)t->requested, (unsigned long long)t->size,
			 (unsigned long long)MOST);
	if (!strcmp(what, "qom-set")) {
		set_requested(t, command);
		if (t->refuses)
			strcpy(value, "\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}");
	}
	snprintf(text, sizeof(text), "{%s,\"id\":%s}\n", value, json_object_get_string(id));
	json_object_put(command);
	say(t, text);
}

/* Until nothing happens any more. */
static void pump(struct test *t)
{
	char buffer[8192], *rest, *line;
	ssize_t n;

	for (;;) {
		fake_bus_spin(&t->bus);
		n = recv(t->peer, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
		if (n <= 0)
			return;
		buffer[n] = '\0';
		rest = buffer;
		while ((line = strsep(&rest, "\n"))) {
			if (*line)
				answer(t, line);
		}
	}
}

static void make_manager(struct test *t)
{
	static const struct genl_callbacks callbacks;
	struct manager *m = calloc(1, sizeof(*m));
	char path[64];

	t->m = m;
	m->event = t->bus.event;
	m->conf = &t->conf;
	m->sd = sd_bus_ref(t->bus.client);
	assert_int_equal(genl_client_new(m->event, &callbacks, NULL, &m->genl, NULL), 0);
	m->env = (struct guest_env){ .event = m->event,
				     .bus = m->sd,
				     .genl = m->genl,
				     .run_directory = t->root,
				     .timeout_us = 1000000,
				     .news = manager_news,
				     .data = m };
	assert_int_equal(host_init(&m->host), 0);
	m->host.metrics_address = "";
	m->host.overhead_base_bytes = 8 * MIB;
	host_set_memory(&m->host, 8192 * MIB, UINT64_MAX);
	snprintf(path, sizeof(path), "%s/kvrm.db", t->root);
	assert_int_equal(store_open(path, &m->store, NULL), 0);
	assert_int_equal(bus_new(m->sd, &m->host, &manager_operations, m, &m->bus), 0);
}

/* It runs, and its QEMU has answered. */
static void make_guest(struct test *t)
{
	struct definition *d = definition_new();
	int pair[2];

	strcpy(d->name, "web");
	strcpy(d->uuid, UUID);
	d->memory_bytes = 256 * MIB;
	d->memory_max_bytes = 1024 * MIB;
	t->system = system_new(d);
	assert_int_equal(host_add(&t->m->host, t->system), 0);
	assert_int_equal(store_put(t->m->store, d, NULL), 0);
	assert_int_equal(admission_enter(&t->m->host, t->system, NULL), 0);
	system_set_state(t->system, SYSTEM_ACTIVE, "");
	assert_non_null(guest_new(&t->m->env, t->system));
	t->system->memory_base_bytes = 256 * MIB;
	put(t, "cpu.max", "max 100000\n");
	put_memory_min(t, 9 * MIB);
	guest_of(t)->cgroup_fd = open(t->root, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	t->peer = pair[1];
	assert_int_equal(qmp_new(t->bus.event, pair[0], t->m->env.timeout_us,
				 &guest_monitor_callbacks, guest_of(t), &guest_of(t)->qmp),
			 0);
	say(t, "{\"QMP\": {}}\n");
	pump(t);
	assert_true(guest_of(t)->plug.known);
	t->log[0] = '\0';
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	strcpy(t->root, "/tmp/kvrm-resize-XXXXXX");
	assert_non_null(mkdtemp(t->root));
	fake_bus_open(&t->bus, on_call, t);
	t->obeys = true;
	make_manager(t);
	make_guest(t);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;
	char command[80];

	manager_free(t->m);
	close(t->peer);
	fake_bus_close(&t->bus);
	snprintf(command, sizeof(command), "rm -rf %s", t->root);
	assert_int_equal(system(command), 0);
	free(t);
	return 0;
}

static void on_done(int error, const char *text, struct system *system, struct pool *pool,
		    void *data)
{
	struct test *t = data;

	t->replies++;
	t->error = error;
	snprintf(t->text, sizeof(t->text), "%s", text ? text : "");
}

/* SetAllocation of Memory and MemoryReservation, in MiB. */
static void set(struct test *t, uint64_t memory, uint64_t reservation)
{
	struct bus_changes changes = { .items = calloc(1, sizeof(*changes.items)), .n = 1 };
	struct bus_call *call = calloc(1, sizeof(*call));

	*call = (struct bus_call){ .bus = t->m->bus, .done = on_done, .data = t };
	changes.items->system = t->system;
	changes.items->allocation = definition_allocation(t->system->definition);
	changes.items->allocation.memory_bytes = memory * MIB;
	changes.items->allocation.memory.reservation_bytes = reservation * MIB;
	t->log[0] = '\0';
	t->replies = 0;
	manager_op_set(changes, call, t->m);
	pump(t);
}

static int take_stored(struct definition *d, void *data)
{
	uint64_t *memory = data;

	*memory = d->memory_bytes;
	definition_free(d);
	return 0;
}

static void expect(struct test *t, int error, uint64_t memory, uint64_t overhead)
{
	uint64_t stored = 0;

	assert_int_equal(t->replies, 1);
	assert_int_equal(t->error, error);
	assert_int_equal(t->system->definition->memory_bytes, memory * MIB);
	assert_int_equal(t->system->overhead_bytes, overhead * MIB);
	assert_int_equal(store_load(t->m->store, take_stored, &stored, NULL), 0);
	assert_int_equal(stored, memory * MIB);
	assert_false(t->system->busy);
	assert_null(guest_of(t)->job);
	assert_null(t->m->resizes);
	assert_false(t->m->changing);
}

/* More is protected before QEMU is told; less the guest gives back before. */
static void test_more_and_less(void **state)
{
	struct test *t = *state;

	set(t, 512, 512);
	expect(t, 0, 512, 10);
	assert_string_equal(t->log, "min=522 take=256 ");
	guest_ask_memory(guest_of(t));
	pump(t);
	assert_int_equal(system_memory(t->system), 512 * MIB);
	set(t, 258, 100);
	expect(t, 0, 258, 10);
	assert_string_equal(t->log, "take=2 min=110 ");
	assert_int_equal(system_memory(t->system), 258 * MIB);
	/* Back to what it was started with. */
	set(t, 256, 100);
	expect(t, 0, 256, 9);
	assert_string_equal(t->log, "take=0 min=109 ");
}

/* The guest takes it when it wants to: nobody waits for that. */
static void test_guest_takes_nothing(void **state)
{
	struct test *t = *state;

	t->obeys = false;
	set(t, 1024, 0);
	expect(t, 0, 1024, 12);
	assert_int_equal(system_memory(t->system), 256 * MIB);
	/* It has no more than that already. */
	set(t, 512, 0);
	expect(t, 0, 512, 10);
}

static void test_qemu_refuses(void **state)
{
	struct test *t = *state;

	t->refuses = true;
	set(t, 512, 256);
	expect(t, ERROR_MONITOR_FAILED, 256, 9);
	assert_string_equal(t->text, "could not plug memory in: no");
	/* What goes to QEMU is read behind what goes over the bus. */
	assert_string_equal(t->log, "min=266 take=256 min=9 take=0 ");
	assert_int_equal(t->system->definition->memory.reservation_bytes, 0);
}

/* It keeps all, if it does not give back in time; meanwhile others go on. */
static void test_guest_keeps_it(void **state)
{
	uint64_t end_us = monotonic_us() + 10000000;
	struct test *t = *state;

	set(t, 512, 0);
	expect(t, 0, 512, 10);
	t->obeys = false;
	set(t, 384, 0);
	assert_int_equal(t->replies, 0);
	assert_true(t->system->busy);
	assert_false(t->m->changing);
	assert_int_equal(system_check(t->system, SYSTEM_OP_ALLOCATE, NULL), -EBUSY);
	assert_int_equal(t->requested, 128 * MIB);
	while (!t->replies) {
		assert_true(monotonic_us() < end_us);
		pump(t);
	}
	expect(t, ERROR_TIMEOUT, 512, 10);
	assert_non_null(strstr(t->text, "could not have the guest give memory back: "));
	pump(t);
	assert_int_equal(t->requested, 256 * MIB);
}

/* In parts: it is told how far it is, and only then is less protected. */
static void test_guest_is_slow(void **state)
{
	struct test *t = *state;

	set(t, 512, 0);
	guest_ask_memory(guest_of(t));
	pump(t);
	t->obeys = false;
	set(t, 384, 0);
	t->size = 192 * MIB;
	say(t, "{\"event\": \"MEMORY_DEVICE_SIZE_CHANGE\", \"data\": {}}\n");
	pump(t);
	assert_int_equal(t->replies, 0);
	assert_int_equal(t->system->progress_percent, 50);
	assert_string_equal(t->log, "take=128 ");
	t->size = 128 * MIB;
	say(t, "{\"event\": \"MEMORY_DEVICE_SIZE_CHANGE\", \"data\": {}}\n");
	pump(t);
	/* 384 MiB have tables of 1.5 MiB. */
	expect(t, 0, 384, 10);
}

/* A change of something else has its turn first. */
static void test_turn(void **state)
{
	struct test *t = *state;

	set(t, 512, 0);
	t->obeys = false;
	set(t, 256, 0);
	manager_begin(t->m, NULL);
	t->size = 0;
	say(t, "{\"event\": \"MEMORY_DEVICE_SIZE_CHANGE\", \"data\": {}}\n");
	pump(t);
	assert_int_equal(t->replies, 0);
	assert_true(t->system->busy);
	assert_null(guest_of(t)->job);
	manager_end(t->m, 0, NULL);
	pump(t);
	expect(t, 0, 256, 9);
	assert_string_equal(t->log, "take=0 min=9 ");
}

static void expect_refused(struct test *t, uint64_t memory, uint64_t reservation, int error,
			   const char *part)
{
	uint64_t before = t->system->definition->memory_bytes / MIB;

	set(t, memory, reservation);
	expect(t, error, before, t->system->overhead_bytes / MIB);
	if (!strstr(t->text, part))
		fail_msg("'%s' does not say '%s'", t->text, part);
	assert_string_equal(t->log, "");
}

static void test_refusals(void **state)
{
	struct test *t = *state;

	expect_refused(t, 254, 0, -EINVAL,
		       "memory: 254M is not 256M (what it was started with) to 1G (its "
		       "memory-max) in steps of 2M");
	expect_refused(t, 1026, 0, -EINVAL, "memory: 1026M is not 256M");
	expect_refused(t, 257, 0, -EINVAL, "in steps of 2M");
	expect_refused(t, 512, 513, -EINVAL, "memory-reservation: ");
	set(t, 512, 300);
	expect_refused(t, 258, 300, -EINVAL,
		       "memory-reservation: 314572800 bytes is above the memory of 258M");
	guest_ask_memory(guest_of(t));
	pump(t);
	system_set_state(t->system, SYSTEM_PAUSED, "");
	expect_refused(t, 384, 300, ERROR_INVALID_STATE, "web is paused");
	system_set_state(t->system, SYSTEM_ACTIVE, "");
	host_set_memory(&t->m->host, 1200 * MIB, UINT64_MAX);
	expect_refused(t, 1024, 1024, ERROR_INSUFFICIENT, "memory-reservation: pool 'host'");
	t->system->memory_base_bytes = 0;
	expect_refused(t, 258, 0, ERROR_MONITOR_FAILED, "QEMU has not said what web was started");
	t->system->memory_base_bytes = 256 * MIB;
	guest_of(t)->plug.max_bytes = 0;
	expect_refused(t, 1024, 0, ERROR_INVALID_STATE, "nothing that it could be plugged into");
	t->system->definition->memory_max_bytes = 0;
	expect_refused(t, 1024, 0, ERROR_INVALID_STATE, "it has no memory-max");
}

/* What somebody else, or a kvrmd that was killed, has told QEMU is put right, and counted once. */
static void test_drift(void **state)
{
	struct test *t = *state;

	t->requested = t->size = 64 * MIB;
	t->obeys = false;
	for (int i = 0; i < 2; i++) {
		guest_ask_memory(guest_of(t));
		pump(t);
	}
	assert_string_equal(t->log, "take=0 ");
	assert_int_equal(t->requested, 0);
	assert_int_equal(t->m->host.sample.drift_corrected, 1);
	assert_int_equal(system_memory(t->system), 320 * MIB);
}

/* Of one that does not run another size is stored, and nothing else. */
static void test_not_running(void **state)
{
	struct test *t = *state;

	guest_free(t->system->runtime);
	system_ended(t->system, "");
	t->log[0] = '\0';
	assert_int_equal(manager_check_memory(t->system, 1024 * MIB, NULL), 0);
	assert_int_equal(manager_check_memory(t->system, 1025 * MIB, NULL), -EINVAL);
	assert_int_equal(manager_check_memory(t->system, MIB, NULL), 0);
	set(t, 768, 768);
	assert_int_equal(t->replies, 1);
	assert_int_equal(t->error, 0);
	assert_int_equal(t->system->definition->memory_bytes, 768 * MIB);
	assert_int_equal(t->system->overhead_bytes, 11 * MIB);
	assert_string_equal(t->log, "");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_more_and_less), TEST(test_guest_takes_nothing),
		TEST(test_qemu_refuses),  TEST(test_guest_keeps_it),
		TEST(test_guest_is_slow), TEST(test_turn),
		TEST(test_refusals),	  TEST(test_drift),
		TEST(test_not_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
