// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is kept for connections: how much of it one user may have, and that it goes with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/serve/peer.h"

#define LIMITS "org.kvrm1.Error.CIM.ServerLimitsExceeded"

static sd_bus_message *broker(const char *peer, const char *member)
{
	return peer_method(peer, "/org/kvrm1", "org.kvrm1.Broker", member);
}

static sd_bus_message *enumeration(const char *peer)
{
	sd_bus_message *m = broker(peer, "OpenInstances");

	sd_bus_message_append(m, "ssa{sv}", "root/cimv2", "CIM_ComputerSystem", 0);
	return m;
}

static sd_bus_message *subscription(const char *peer)
{
	sd_bus_message *m = broker(peer, "Subscribe");

	sd_bus_message_append(m, "s", "KVRM:systems");
	return m;
}

static uint64_t number(sd_bus_message *m)
{
	sd_bus_message *reply = answered(m);
	uint64_t id;

	assert_true(sd_bus_message_read(reply, "t", &id) > 0);
	sd_bus_message_unref(reply);
	return id;
}

/* So many as one user may have, and all. */
static void use_up(sd_bus_message *(*make)(const char *peer), size_t share, const char *one,
		   const char *all)
{
	for (size_t i = 0; i < share; i++)
		number(make(i % 2 ? ":1000.1" : ":1000.2"));
	refused(make(":1000.1"), LIMITS, one);
	refused(make(":1000.3"), LIMITS, one);
	for (size_t i = 0; i < share; i++)
		number(make(":1001.1"));
	refused(make(":1002.1"), LIMITS, all);
	refused(make(":0.1"), LIMITS, all);
	/* What has an end makes room, for the same user and others. */
	peer_leave(":1000.1");
	for (size_t i = 0; i < share / 2; i++)
		number(make(i % 2 ? ":1000.3" : ":1002.1"));
	refused(make(":1002.1"), LIMITS, all);
	peer_leave(":1000.2");
	peer_leave(":1000.3");
	peer_leave(":1001.1");
	peer_leave(":1002.1");
	/* root may have all. */
	for (size_t i = 0; i < 2 * share; i++)
		number(make(":0.1"));
	refused(make(":0.2"), LIMITS, all);
}

static void test_enumerations(void **state_)
{
	uint64_t id;
	sd_bus_message *m;

	use_up(enumeration, 16, "KVRM0107: There are 16 open enumerations of this user already.",
	       "KVRM0107: There are 32 open enumerations of ");
	peer_leave(":0.1");
	id = number(enumeration(":1000.7"));
	peer_leave(":1000.8");
	m = broker(":1000.7", "PullPaths");
	sd_bus_message_append(m, "tu", id, 1);
	sd_bus_message_unref(answered(m));
	m = broker(":1000.8", "PullPaths");
	sd_bus_message_append(m, "tu", id, 1);
	refused(m, "org.kvrm1.Error.CIM.InvalidEnumerationContext", "KVRM0106:");
}

static void test_subscriptions(void **state_)
{
	use_up(subscription, 32, "KVRM0109: There are 32 subscriptions of this user already.",
	       "KVRM0109: There are 64 subscriptions of ");
	peer_leave(":0.1");
	fake_bus_spin(&fake);
	assert_null(bus->indications.subscriptions);
}

static int on_properties(sd_bus_message *m, void *data, sd_bus_error *error)
{
	size_t *n = data;

	*n += !strcmp(sd_bus_message_get_path(m), vm_path);
	return 0;
}

static void watch(const char *peer)
{
	sd_bus_message *m = peer_method(peer, vm_path, PROPERTIES, "GetAll");

	sd_bus_message_append(m, "s", SYSTEM);
	sd_bus_message_unref(answered(m));
}

/* How often a change is told of. */
static size_t told(size_t *n)
{
	bool active = vm->state == SYSTEM_ACTIVE;

	fake_bus_spin(&fake);
	*n = 0;
	system_set_state(vm, active ? SYSTEM_PAUSED : SYSTEM_ACTIVE, "");
	bus_system_changed(bus, vm);
	fake_bus_spin(&fake);
	return *n;
}

/* As long as there is one who has looked; of them there may be more than a bus gives matches. */
static void test_watchers(void **state_)
{
	char peer[32];
	size_t n;

	assert_true(sd_bus_match_signal(fake.client, NULL, NULL, NULL, PROPERTIES,
					"PropertiesChanged", on_properties, &n) >= 0);
	peer_leave(":1000.1");
	assert_int_equal(told(&n), 0);
	watch(":1000.1");
	watch(":1000.1");
	watch(":1001.1");
	assert_int_equal(told(&n), 1);
	peer_leave(":1000.1");
	peer_leave(":1000.2");
	assert_int_equal(told(&n), 1);
	peer_leave(":1001.1");
	assert_int_equal(told(&n), 0);

	for (int i = 0; i < 600; i++) {
		snprintf(peer, sizeof(peer), ":1000.%d", i);
		watch(peer);
	}
	assert_int_equal(told(&n), 1);
	for (int i = 0; i < 600; i++) {
		snprintf(peer, sizeof(peer), ":1000.%d", i);
		if (i != 300)
			peer_leave(peer);
	}
	assert_int_equal(told(&n), 1);
	peer_leave(":1000.300");
	assert_int_equal(told(&n), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_enumerations, setup, client_close),
		cmocka_unit_test_setup_teardown(test_subscriptions, setup, client_close),
		cmocka_unit_test_setup_teardown(test_watchers, setup, client_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
