// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs over a bus: a method that takes long is answered at once, and a job that was kept for long enough goes by
 * itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/serve/bus.h"
#include "tests/unit/serve/client.h"

static struct bus_operations slow;
static struct bus_call *late;
static struct system *vm;
static char path[256];

static void op_slow_start(struct system *system, struct bus_call *call, void *data)
{
	assert_null(late);
	late = call;
}

static int setup(void **state_)
{
	struct definition *d = definition_new();

	driver_open();
	strcpy(d->name, "one");
	d->memory_bytes = UINT64_C(16) << 20;
	assert_int_equal(driver_define(d, &vm, NULL), 0);
	snprintf(path, sizeof(path),
		 "/root/"
		 "cimv2:KVRM_ComputerSystem.CreationClassName=\"KVRM_ComputerSystem\",Name=\"%s\"",
		 d->uuid);
	slow = operations;
	slow.start = op_slow_start;
	client_open(&slow);
	return 0;
}

static void keep(const char *text, void *data)
{
	snprintf(data, 256, "%s", text);
}

static int64_t start(char job[static 256])
{
	const struct walk_backend backend = walk_bus_backend(&client, NULL);
	struct walk_value state = { .kind = WALK_NUMBER, .number = 2 };
	char name[] = "RequestedState", message[512];

	state.name = name;
	return backend.invoke(path, "RequestStateChange", &state, 1, "Job", message, keep, job,
			      &client);
}

/* Whether there is a job still; its state. */
static bool state_of(const char *job, char state[static 256])
{
	const struct walk_backend backend = walk_bus_backend(&client, NULL);

	return backend.property(job, "JobState", keep, state, &client);
}

static void keep_for(const char *job, const char *interval)
{
	sd_bus_message *m = walk_bus_method(&client, "ModifyInstance"), *reply;

	sd_bus_message_append(m, "sa{sv}", job, 1, "TimeBeforeRemoval", "s", interval);
	reply = walk_bus_send(&client, m);
	assert_false(sd_bus_message_is_method_error(reply, NULL));
	sd_bus_message_unref(reply);
}

static void test_life(void **state_)
{
	char job[256] = "", state[256] = "";
	unsigned int looks = 0;

	assert_int_equal(start(job), 4096);
	assert_non_null(strstr(job, "KVRM_ConcreteJob"));
	assert_true(state_of(job, state));
	assert_string_equal(state, "4");
	keep_for(job, "00000000000000.000001:000");
	assert_true(state_of(job, state));
	bus_reply(late, 0, NULL);
	late = NULL;
	while (state_of(job, state) && looks++ < 1000)
		assert_string_equal(state, "7");
	assert_true(looks < 1000);
}

/* What goes on when kvrmd ends has failed. */
static void test_the_end_of_the_bus(void **state_)
{
	char job[256] = "";

	assert_int_equal(start(job), 4096);
	bus_reply(late, -ESHUTDOWN, "kvrmd is ending");
	late = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, client_close),
		cmocka_unit_test_setup_teardown(test_the_end_of_the_bus, setup, client_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
