// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often org.kvrm1.VirtualSystem tells that it has changed: at once, and of what QEMU changes
 * over and over not more than is good for who listens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/util/clock.h"
#include "tests/unit/serve/client.h"

#define UUID "6d8f1b1e-0000-4000-8000-0123456789ab"
#define PATH "/org/kvrm1/system/6d8f1b1e_0000_4000_8000_0123456789ab"
/* Longer than anything is put off. */
#define LONG_US 300000

static struct system *vm;
/* Signals that came, and the state that the last one told. */
static int told;
static char told_state[32];

static int on_changed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	const char *interface, *name, *state;

	assert_true(sd_bus_message_read(m, "s", &interface) > 0);
	assert_string_equal(interface, "org.kvrm1.VirtualSystem");
	assert_true(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(m, "s", &name) > 0);
		if (strcmp(name, "State")) {
			assert_true(sd_bus_message_skip(m, "v") > 0);
		} else {
			assert_true(sd_bus_message_read(m, "v", "s", &state) > 0);
			snprintf(told_state, sizeof(told_state), "%s", state);
		}
		assert_true(sd_bus_message_exit_container(m) > 0);
	}
	told++;
	return 0;
}

static int setup(void **state_)
{
	struct definition *d = definition_new();

	driver_open();
	strcpy(d->name, "web");
	strcpy(d->uuid, UUID);
	vm = system_new(d);
	assert_int_equal(host_add(&host, vm), 0);
	system_set_state(vm, SYSTEM_ACTIVE, "");
	client_open(&operations);
	assert_true(sd_bus_match_signal(fake.client, NULL, NULL, PATH,
					"org.freedesktop.DBus.Properties", "PropertiesChanged",
					on_changed, NULL) >= 0);
	fake_bus_spin(&fake);
	told = 0;
	told_state[0] = '\0';
	return 0;
}

static void spin_long(void)
{
	uint64_t end_us = monotonic_us() + LONG_US;

	while (monotonic_us() < end_us)
		sd_event_run(fake.event, 10000);
}

/* What comes at once: whatever is put off comes later than that. */
static void spin_short(void)
{
	while (sd_event_run(fake.event, 0) > 0)
		;
}

static void stop_or_go(bool stop)
{
	system_set_state(vm, stop ? SYSTEM_PAUSED : SYSTEM_ACTIVE, "");
	bus_system_changed_by_guest(bus, vm);
}

static void test_at_once(void **state_)
{
	stop_or_go(true);
	spin_short();
	assert_int_equal(told, 1);
	assert_string_equal(told_state, "paused");
	spin_long();
	assert_int_equal(told, 1);
	stop_or_go(false);
	spin_short();
	assert_int_equal(told, 2);
	assert_string_equal(told_state, "active");
}

static void test_flood(void **state_)
{
	for (int i = 0; i < 500; i++)
		stop_or_go(i % 2 == 0);
	spin_long();
	assert_in_range(told, 2, 4);
	assert_string_equal(told_state, "active");
	/* And again. */
	told = 0;
	for (int i = 0; i < 501; i++)
		stop_or_go(i % 2 == 0);
	spin_long();
	assert_in_range(told, 2, 4);
	assert_string_equal(told_state, "paused");
}

/* What others change is told at once, and with it what was put off. */
static void test_others(void **state_)
{
	stop_or_go(true);
	stop_or_go(false);
	vm->definition->vcpus = 3;
	bus_system_changed(bus, vm);
	spin_short();
	assert_int_equal(told, 2);
	assert_string_equal(told_state, "active");
	spin_long();
	assert_int_equal(told, 2);
}

static void test_removed(void **state_)
{
	stop_or_go(true);
	stop_or_go(false);
	bus_system_removed(bus, vm);
	host_remove(&host, vm);
	vm = system_free(vm);
	spin_long();
	assert_int_equal(told, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, client_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_at_once),
		TEST(test_flood),
		TEST(test_others),
		TEST(test_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
