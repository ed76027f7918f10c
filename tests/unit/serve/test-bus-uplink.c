// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.kvrm1.Uplink over a bus: properties one by one, all together and as they change; parts that move; what is
 * refused. The tables of properties are those of pools, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/serve/bus.h"
#include "tests/unit/driver.h"
#include "tests/unit/fake-bus.h"
#include "tests/unit/serve/call.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"

static struct fake_bus fake;
static struct bus *bus;
/* How often an uplink told that its parent changed. */
static int told;

/* As kvrmd does it in the model. */
static void op_set_uplink(struct uplink *uplink, struct uplink_definition *definition,
			  struct bus_call *call, void *data)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = definition;
	_cleanup_free_ char *error = NULL;
	int r = uplink_admit(&host, uplink, d, &error);

	if (!r) {
		uplink_definition_free(uplink->definition);
		uplink->definition = TAKE_PTR(d);
		bus_uplinks_changed(bus);
	}
	bus_reply(call, r, error);
}

static const struct bus_operations operations = { .set_uplink = op_set_uplink };

static int pass(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return 0;
}

static int on_signal(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	const char *interface, *name;

	if (!sd_bus_message_is_signal(m, PROPERTIES, "PropertiesChanged"))
		return 0;
	assert_true(sd_bus_message_read(m, "s", &interface) > 0);
	assert_string_equal(interface, "org.kvrm1.Uplink");
	assert_true(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(m, "s", &name) > 0);
		told += !strcmp(name, "Parent");
		sd_bus_message_skip(m, "v");
		sd_bus_message_exit_container(m);
	}
	sd_bus_message_rewind(m, 1);
	return 0;
}

static struct uplink *add_uplink(const char *name, const char *parent, uint64_t amount)
{
	struct uplink_definition *d = uplink_definition_new();
	struct uplink *uplink;

	strcpy(d->name, name);
	strcpy(d->parent, parent);
	for (int i = 0; i < NIC_DIRECTIONS; i++)
		*(*parent ? &d->allocations[i].reservation : &d->allocations[i].capacity) = amount;
	uplink = uplink_new(d);
	assert_int_equal(uplink_admit(&host, uplink, d, NULL), 0);
	assert_int_equal(host_add_uplink(&host, uplink), 0);
	return uplink;
}

static int setup(void **state)
{
	driver_open();
	add_uplink("lan", "", 1000);
	add_uplink("wan", "", 99);
	add_uplink("gold", "lan", 100);
	add_uplink("deep", "lan", 30);
	fake_bus_open(&fake, pass, NULL);
	assert_true(sd_bus_add_filter(fake.client, NULL, on_signal, NULL) >= 0);
	assert_int_equal(bus_new(fake.server, &host, &operations, NULL, &bus), 0);
	client = (struct walk_bus){ .bus = fake.client, .event = fake.event };
	told = 0;
	return 0;
}

static int teardown(void **state)
{
	bus = bus_free(bus);
	fake_bus_close(&fake);
	driver_close();
	return 0;
}

static sd_bus_message *property(const char *path, const char *interface, const char *name)
{
	return call(path, PROPERTIES, "Get", "ss", interface, name);
}

static void expect_text(const char *uplink, const char *name, const char *value)
{
	char path[64];
	const char *text = NULL;
	sd_bus_message *reply;

	snprintf(path, sizeof(path), "/org/kvrm1/uplink/%s", uplink);
	reply = property(path, "org.kvrm1.Uplink", name);
	assert_true(sd_bus_message_read(reply, "v", "s", &text) > 0);
	assert_string_equal(text, value);
	sd_bus_message_unref(reply);
}

static void expect_number(const char *path, const char *interface, const char *name, uint64_t value)
{
	sd_bus_message *reply = property(path, interface, name);
	uint64_t number = 0;

	assert_true(sd_bus_message_read(reply, "v", "t", &number) > 0);
	assert_int_equal(number, value);
	sd_bus_message_unref(reply);
}

static void expect_refused(sd_bus_message *reply, const char *name, const char *text)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	char full[64];

	snprintf(full, sizeof(full), "org.kvrm1.Error.%s", name);
	assert_non_null(error);
	assert_string_equal(error->name, full);
	assert_string_equal(error->message, text);
	sd_bus_message_unref(reply);
}

static sd_bus_message *move(const char *uplink, const char *parent)
{
	char path[64];

	snprintf(path, sizeof(path), "/org/kvrm1/uplink/%s", uplink);
	return call(path, "org.kvrm1.Uplink", "Move", "s", parent);
}

static void test_moves(void **state)
{
	expect_text("deep", "Parent", "lan");
	expect_number("/org/kvrm1/uplink/lan", "org.kvrm1.Uplink", "ToGuestReserved", 130);
	expect_done(move("deep", "gold"));
	expect_text("deep", "Parent", "gold");
	expect_number("/org/kvrm1/uplink/lan", "org.kvrm1.Uplink", "ToGuestReserved", 100);
	expect_number("/org/kvrm1/uplink/gold", "org.kvrm1.Uplink", "FromGuestReserved", 30);
	/* Each of them, as others lack what one takes. */
	assert_int_equal(told, 4);
	expect_done(move("deep", "wan"));
	expect_number("/org/kvrm1/uplink/wan", "org.kvrm1.Uplink", "ToGuestReserved", 30);
}

static void test_refused(void **state)
{
	expect_refused(move("gold", "tin"), "NotFound", "parent: there is no uplink 'tin'");
	expect_refused(move("gold", ""), "NotFound", "parent: there is no uplink ''");
	expect_refused(move("gold", "gold"), "InvalidArgument",
		       "parent: uplink 'gold' cannot lie in itself or below");
	expect_refused(
		move("gold", "wan"), "InsufficientResources",
		"to-guest-reservation: uplink 'wan' lacks 1B/s (1 bytes per second): it has 0 "
		"reserved of 99");
	expect_text("gold", "Parent", "lan");
	assert_int_equal(told, 0);
}

/* How many pairs a table has; each name is there once. */
static size_t count_pairs(sd_bus_message *m)
{
	const char *names[64], *type;
	size_t n = 0;

	assert_true(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		assert_true(n < 64);
		assert_true(sd_bus_message_read(m, "s", &names[n]) > 0);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(names[i], names[n]);
		assert_true(sd_bus_message_peek_type(m, NULL, &type) > 0);
		assert_true(sd_bus_message_skip(m, "v") >= 0);
		assert_true(sd_bus_message_exit_container(m) >= 0);
		n++;
	}
	assert_true(sd_bus_message_exit_container(m) >= 0);
	return n;
}

/* A list of the manager has of each what the object's properties are. */
static void expect_list(const char *method, const char *path, const char *interface, size_t n)
{
	sd_bus_message *list = call("/org/kvrm1", "org.kvrm1.Manager", method, "");
	sd_bus_message *all = call(path, PROPERTIES, "GetAll", "s", interface);
	size_t pairs = count_pairs(all), rows = 0;
	const char *name;

	assert_true(pairs > 10);
	assert_true(sd_bus_message_enter_container(list, 'a', "{sa{sv}}") > 0);
	while (sd_bus_message_enter_container(list, 'e', "sa{sv}") > 0) {
		assert_true(sd_bus_message_read(list, "s", &name) > 0);
		assert_int_equal(count_pairs(list), pairs);
		assert_true(sd_bus_message_exit_container(list) >= 0);
		rows++;
	}
	assert_int_equal(rows, n);
	sd_bus_message_unref(list);
	sd_bus_message_unref(all);
}

static void test_properties(void **state)
{
	expect_list("ListUplinks", "/org/kvrm1/uplink/lan", "org.kvrm1.Uplink", 4);
	expect_list("ListPools", "/org/kvrm1/pool/host", "org.kvrm1.Pool", 1);
	expect_number("/org/kvrm1/pool/host", "org.kvrm1.Pool", "ProcessorCapacity",
		      DRIVER_CPUS * 1000000);
	expect_number("/org/kvrm1/uplink/lan", "org.kvrm1.Uplink", "FromGuestCapacity", 1000);
	expect_text("gold", "EnforcedBy", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_moves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_properties, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
