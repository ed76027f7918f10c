// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.kvrm1.Broker: the lists of tests/profiles walked over a bus; pages, what is no operand, who may do what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/serve/bus.h"
#include "tests/profiles/walk-bus.h"
#include "tests/unit/driver.h"
#include "tests/unit/fake-bus.h"

static struct fake_bus fake;
static struct bus *bus;
static struct walk_bus client;

static void answer(struct bus_call *call, int r, char *error)
{
	bus_reply(call, r, error);
	free(error);
}

static void op_define(struct definition *d, struct bus_call *call, void *data)
{
	struct system *system = NULL;
	char *error = NULL;
	int r = driver_define(d, &system, &error);

	if (r) {
		answer(call, r, error);
		return;
	}
	bus_system_added(bus, system);
	bus_reply_system(call, system);
}

static void op_redefine(struct system *system, struct definition *d, struct bus_call *call,
			void *data)
{
	char *error = NULL;
	int r = driver_redefine(system, d, &error);

	answer(call, r, error);
}

static void state(enum profile_ask ask, struct system *system, struct bus_call *call)
{
	char *error = NULL;
	int r = driver_change_state(ask, system, &error);

	answer(call, r, error);
}

static void op_start(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_START, system, call);
}

static void op_stop(struct system *system, uint64_t timeout_us, struct bus_call *call, void *data)
{
	state(PROFILE_STOP, system, call);
}

static void op_kill(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_KILL, system, call);
}

static void op_pause(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_PAUSE, system, call);
}

static void op_resume(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_RESUME, system, call);
}

static void op_reset(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_RESET, system, call);
}

static void op_remove(struct system *system, struct bus_call *call, void *data)
{
	bus_system_removed(bus, system);
	host_remove(&host, system);
	system_free(system);
	bus_reply(call, 0, NULL);
}

static void op_move(struct system *system, const char *pool, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = driver_move(system, pool, &error);

	answer(call, r, error);
}

static void op_set(struct bus_changes changes, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < changes.n; i++) {
		struct bus_change *item = &changes.items[i];
		struct system *system = item->system;

		if (!system) {
			r = driver_set_pool(item->pool, item->definition, &error);
			continue;
		}
		r = driver_set_system(system, &item->allocation, &error);
		if (r)
			break;
		system->definition->cpu = item->allocation.cpu;
		system->definition->memory = item->allocation.memory;
		if (system->state != SYSTEM_DEFINED)
			driver_put_in_effect(system);
	}
	bus_changes_deinit(&changes);
	answer(call, r, error);
}

static void op_create_pool(struct pool_definition *d, struct bus_call *call, void *data)
{
	struct pool *pool = NULL;
	char *error = NULL;
	int r = driver_create_pool(d, &pool, &error);

	if (r)
		answer(call, r, error);
	else
		bus_reply_pool(call, pool);
}

static void op_move_pool(struct pool *pool, const char *parent, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = driver_move_pool(pool, parent, &error);

	answer(call, r, error);
}

static void op_remove_pool(struct pool *pool, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = driver_remove_pool(pool, &error);

	answer(call, r, error);
}

static const struct bus_operations operations = {
	.define = op_define,
	.redefine = op_redefine,
	.start = op_start,
	.stop = op_stop,
	.kill = op_kill,
	.pause = op_pause,
	.resume = op_resume,
	.reset = op_reset,
	.remove = op_remove,
	.move = op_move,
	.set = op_set,
	.create_pool = op_create_pool,
	.move_pool = op_move_pool,
	.remove_pool = op_remove_pool,
};

static int pass(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return 0;
}

static int setup(void **state_)
{
	driver_open();
	fake_bus_open(&fake, pass, NULL);
	assert_int_equal(bus_new(fake.server, &host, &operations, NULL, &bus), 0);
	client = (struct walk_bus){ .bus = fake.client, .event = fake.event, .page = 2 };
	return 0;
}

static int teardown(void **state_)
{
	bus = bus_free(bus);
	fake_bus_close(&fake);
	driver_close();
	return 0;
}

static void walk(const char *name)
{
	static const struct walk_variable variables[] = DRIVER_VARIABLES;
	const struct walk_backend backend = walk_bus_backend(&client, variables);
	char file[64];

	snprintf(file, sizeof(file), "tests/profiles/%s", name);
	assert_true(walk_file(&backend, file, name));
}

static void test_dsp1033(void **state_)
{
	walk("DSP1033");
}

static void test_dsp1041(void **state_)
{
	walk("DSP1041");
}

static void test_dsp1042(void **state_)
{
	walk("DSP1042");
}

static void test_dsp1043(void **state_)
{
	walk("DSP1043");
}

static void test_dsp1044(void **state_)
{
	walk("DSP1044");
}

static void test_dsp1045(void **state_)
{
	walk("DSP1045");
}

static void test_dsp1053(void **state_)
{
	walk("DSP1053");
}

static void test_dsp1057(void **state_)
{
	walk("DSP1057");
}

static void add_system(const char *name)
{
	struct definition *d = definition_new();
	struct system *system = NULL;
	char *error = NULL;

	strcpy(d->name, name);
	d->memory_bytes = UINT64_C(16) << 20;
	d->kernel = strdup("/k");
	if (driver_define(d, &system, &error))
		fail_msg("%s", error);
}

static uint64_t open_settings(void)
{
	sd_bus_message *m = walk_bus_method(&client, "OpenInstances"), *reply;
	uint64_t context = 0;

	sd_bus_message_append(m, "ssa{sv}", "root/cimv2", "CIM_ResourceAllocationSettingData", 2,
			      "PropertyList", "as", 1, "VirtualQuantity", "DeepInheritance", "b",
			      1);
	reply = walk_bus_send(&client, m);
	assert_true(sd_bus_message_read(reply, "t", &context) > 0);
	sd_bus_message_unref(reply);
	return context;
}

/* How many instances of a page there are, and whether it is the last; -1: refused. */
static int pull(uint64_t context, uint32_t most, int *ret_end)
{
	sd_bus_message *m = walk_bus_method(&client, "PullInstances"), *reply;
	const char *path, *class;
	int n = 0;

	sd_bus_message_append(m, "tu", context, most);
	reply = walk_bus_send(&client, m);
	if (sd_bus_message_is_method_error(reply, NULL)) {
		sd_bus_message_unref(reply);
		return -1;
	}
	sd_bus_message_enter_container(reply, 'a', "(ssa{sv})");
	while (sd_bus_message_enter_container(reply, 'r', "ssa{sv}") > 0) {
		sd_bus_message_read(reply, "ss", &path, &class);
		assert_non_null(strstr(path, class));
		sd_bus_message_skip(reply, "a{sv}");
		sd_bus_message_exit_container(reply);
		n++;
	}
	sd_bus_message_exit_container(reply);
	sd_bus_message_read(reply, "b", ret_end);
	sd_bus_message_unref(reply);
	return n;
}

/* Of each system two defined settings; beside, those that bound what can be asked for. */
static void test_pages(void **state_)
{
	uint64_t context, other;
	int end = 0, all, n = 0;
	struct system *gone;
	char name[16];

	context = open_settings();
	all = pull(context, 1000, &end);
	assert_true(all > 0 && end);
	assert_int_equal(pull(context, 1, &end), -1);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "vm%d", i);
		add_system(name);
	}
	context = open_settings();
	other = open_settings();
	assert_true(other != context);
	for (end = 0; !end;) {
		int page = pull(context, 7, &end);

		assert_true(page == 7 || end);
		n += page;
	}
	assert_int_equal(n, all + 40);
	/* What is gone meanwhile is left out. */
	gone = host.systems[0];
	host_remove(&host, gone);
	system_free(gone);
	n = pull(other, 1000, &end);
	assert_true(end);
	assert_int_equal(n, all + 38);
	assert_int_equal(pull(other, 1, &end), -1);
}

/* One that is refused, and says so with a message of the registry. */
static void refused(sd_bus_message *m, const char *name, const char *text)
{
	sd_bus_message *reply = walk_bus_send(&client, m);
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	char full[128];

	snprintf(full, sizeof(full), "org.kvrm1.Error.CIM.%s", name);
	assert_non_null(error);
	if (strcmp(error->name, full) || strncmp(error->message, text, strlen(text)))
		fail_msg("%s: %s, not %s: %s", error->name, error->message, full, text);
	sd_bus_message_unref(reply);
}

static sd_bus_message *get(const char *path, const char *key, const char *value)
{
	sd_bus_message *m = walk_bus_method(&client, "GetInstance");

	if (key)
		sd_bus_message_append(m, "sa{sv}", path, 1, key, "s", value);
	else
		sd_bus_message_append(m, "sa{sv}", path, 0);
	return m;
}

static void test_refused(void **state_)
{
	const char *pool = "KVRM_ResourcePool.InstanceID=\"KVRM:pool/memory/host\"";
	sd_bus_message *m;

	refused(get("nonsense", NULL, NULL), "InvalidParameter", "KVRM0103: InstanceName:");
	refused(get("KVRM_No.InstanceID=\"x\"", NULL, NULL), "InvalidClass", "KVRM0101:");
	refused(get("KVRM_ResourcePool.InstanceID=\"x\"", NULL, NULL), "NotFound", "KVRM0102:");
	refused(get("/root/x:KVRM_ResourcePool.InstanceID=\"x\"", NULL, NULL), "InvalidNamespace",
		"KVRM0100:");
	refused(get(pool, "Colour", "red"), "InvalidParameter", "KVRM0120:");
	refused(get(pool, "PropertyList", "Name"), "InvalidParameter", "KVRM0136: options:");
	m = walk_bus_method(&client, "PullPaths");
	sd_bus_message_append(m, "tu", UINT64_C(4711), 1);
	refused(m, "InvalidEnumerationContext", "KVRM0106: There is no enumeration 4711.");
	m = walk_bus_method(&client, "PullPaths");
	sd_bus_message_append(m, "tu", open_settings(), 1001);
	refused(m, "InvalidParameter", "KVRM0126: most: is 1001,");
	m = walk_bus_method(&client, "Close");
	sd_bus_message_append(m, "t", UINT64_C(4711));
	refused(m, "InvalidEnumerationContext", "KVRM0106:");
	m = walk_bus_method(&client, "ModifyInstance");
	sd_bus_message_append(m, "sa{sv}", pool, 1, "Capacity", "t", UINT64_C(1));
	refused(m, "NotSupported", "KVRM0105:");
	m = walk_bus_method(&client, "ModifyInstance");
	sd_bus_message_append(m, "sa{sv}", pool, 1, "Colour", "t", UINT64_C(1));
	refused(m, "NoSuchProperty", "KVRM0125: Colour:");
	m = walk_bus_method(&client, "CreateInstance");
	sd_bus_message_append(m, "ssa{sv}", "root/cimv2", "KVRM_ResourcePool", 0);
	refused(m, "NotSupported", "KVRM0105:");
	m = walk_bus_method(&client, "DeleteInstance");
	sd_bus_message_append(m, "s", pool);
	refused(m, "NotSupported", "KVRM0105:");
	m = walk_bus_method(&client, "GetClass");
	sd_bus_message_append(m, "s", "CIM_No");
	refused(m, "InvalidClass", "KVRM0101:");
	m = walk_bus_method(&client, "OpenAssociators");
	sd_bus_message_append(m, "sa{sv}", pool, 1, "AssocClass", "s", "CIM_ResourcePool");
	refused(m, "InvalidParameter", "KVRM0104: AssocClass:");
}

/* Types that no property has, and instances in instances without end. */
static void test_types(void **state_)
{
	const char *service = "KVRM_ResourcePoolConfigurationService.CreationClassName=\"\","
			      "Name=\"\",SystemCreationClassName=\"\",SystemName=\"\"";
	sd_bus_message *m = walk_bus_method(&client, "InvokeMethod");

	sd_bus_message_append(m, "ssa{sv}", service, "DeleteResourcePool", 1, "Pool", "o", "/x");
	refused(m, "InvalidParameter", "KVRM0136: Pool: the value cannot be used here:");
	m = walk_bus_method(&client, "InvokeMethod");
	sd_bus_message_append(m, "ssa{sv}", service, "DeleteResourcePool", 1, "Pool", "av", 0);
	refused(m, "InvalidParameter", "KVRM0136: Pool:");
	m = walk_bus_method(&client, "InvokeMethod");
	sd_bus_message_append(m, "ssa{sv}", service, "DeleteResourcePool", 1, "Pool", "g", "s");
	refused(m, "InvalidParameter", "KVRM0136: Pool:");
	m = walk_bus_method(&client, "InvokeMethod");
	sd_bus_message_append(m, "ssa{sv}", service, "DeleteResourcePool", 2, "Pool", "g", "",
			      "pool", "g", "");
	refused(m, "InvalidParameter", "KVRM0122: Pool: is given twice.");
	m = walk_bus_method(&client, "InvokeMethod");
	sd_bus_message_append(m, "ssa{sv}", service, "DeleteResourcePool", 1, "Pool", "g", "");
	refused(m, "NotFound", "KVRM0102:");
	m = walk_bus_method(&client, "InvokeMethod");
	sd_bus_message_append(m, "ss", service, "DeleteResourcePool");
	sd_bus_message_open_container(m, 'a', "{sv}");
	sd_bus_message_open_container(m, 'e', "sv");
	sd_bus_message_append(m, "s", "Pool");
	for (int i = 0; i < 6; i++) {
		sd_bus_message_open_container(m, 'v', "(sa{sv})");
		sd_bus_message_open_container(m, 'r', "sa{sv}");
		sd_bus_message_append(m, "s", "CIM_Memory");
		sd_bus_message_open_container(m, 'a', "{sv}");
		sd_bus_message_open_container(m, 'e', "sv");
		sd_bus_message_append(m, "s", "AllocationState");
	}
	sd_bus_message_append(m, "v", "s", "x");
	for (int i = 0; i < 6; i++) {
		sd_bus_message_close_container(m);
		sd_bus_message_close_container(m);
		sd_bus_message_close_container(m);
		sd_bus_message_close_container(m);
	}
	sd_bus_message_close_container(m);
	sd_bus_message_close_container(m);
	refused(m, "InvalidParameter", "KVRM0136: Pool.AllocationState.AllocationState");
}

static void test_classes(void **state_)
{
	sd_bus_message *m = walk_bus_method(&client, "EnumerateClassNames"), *reply;
	const char *name;
	size_t n = 0;

	sd_bus_message_append(m, "sb", "CIM_System", 1);
	reply = walk_bus_send(&client, m);
	sd_bus_message_enter_container(reply, 'a', "s");
	while (sd_bus_message_read(reply, "s", &name) > 0)
		n++;
	assert_int_equal(n, 2);
	sd_bus_message_unref(reply);
	m = walk_bus_method(&client, "GetClass");
	sd_bus_message_append(m, "s", "CIM_ResourcePool");
	reply = walk_bus_send(&client, m);
	assert_false(sd_bus_message_is_method_error(reply, NULL));
	sd_bus_message_unref(reply);
	m = walk_bus_method(&client, "EnumerateClasses");
	sd_bus_message_append(m, "sb", "", 1);
	reply = walk_bus_send(&client, m);
	assert_false(sd_bus_message_is_method_error(reply, NULL));
	n = 0;
	sd_bus_message_enter_container(reply, 'a', "a{sv}");
	while (sd_bus_message_skip(reply, "a{sv}") > 0)
		n++;
	assert_int_equal(n, schema_n_classes);
	sd_bus_message_unref(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dsp1033, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1041, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1042, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1043, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1044, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1045, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1053, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1057, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_types, setup, teardown),
		cmocka_unit_test_setup_teardown(test_classes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
