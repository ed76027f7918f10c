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
#include "tests/unit/serve/client.h"

static int setup(void **state_)
{
	driver_open();
	client_open(&operations);
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

static void test_dsp1047(void **state_)
{
	walk("DSP1047");
}

static void test_dsp1059(void **state_)
{
	walk("DSP1059");
}

static void test_dsp1050(void **state_)
{
	driver_add_uplinks();
	walk("DSP1050");
}

/* Asks for what passes a filter. */
static uint64_t subscribe(const char *filter)
{
	sd_bus_message *m = walk_bus_method(&client, "Subscribe"), *reply;
	uint64_t id = 0;

	sd_bus_message_append(m, "s", filter);
	reply = walk_bus_send(&client, m);
	assert_true(sd_bus_message_read(reply, "t", &id) > 0);
	sd_bus_message_unref(reply);
	return id;
}

static void test_dsp1054(void **state_)
{
	subscribe("KVRM:systems");
	walk("DSP1054");
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

/* Of each system three defined settings; beside, those that bound what can be asked for. */
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
	assert_int_equal(n, all + 60);
	/* What is gone meanwhile is left out. */
	gone = host.systems[0];
	host_remove(&host, gone);
	system_free(gone);
	n = pull(other, 1000, &end);
	assert_true(end);
	assert_int_equal(n, all + 57);
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

/* What came as an indication last, and how many. */
struct heard {
	uint64_t id;
	int64_t number;
	char class[64];
	size_t n;
};

static int on_indication(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	struct heard *heard = data;
	const char *class;

	assert_true(sd_bus_message_read(m, "txs", &heard->id, &heard->number, &class) > 0);
	assert_true(sd_bus_message_skip(m, "a{sv}") > 0);
	snprintf(heard->class, sizeof(heard->class), "%s", class);
	heard->n++;
	return 0;
}

/* Until so many have come, or for long enough that none will. */
static void hear(const struct heard *heard, size_t n)
{
	while (heard->n < n && sd_event_run(fake.event, 1000000) > 0)
		;
	assert_int_equal(heard->n, n);
	for (unsigned int i = 0; i < 10; i++)
		sd_event_run(fake.event, 1000);
	assert_int_equal(heard->n, n);
}

static void test_indications(void **state_)
{
	struct heard heard = { 0 };
	struct system *system;
	sd_bus_message *m, *reply;
	uint64_t id;

	assert_true(sd_bus_match_signal(fake.client, NULL, NULL, "/org/kvrm1", "org.kvrm1.Broker",
					"Indication", on_indication, &heard) >= 0);
	id = subscribe("KVRM:systems");
	add_system("one");
	system = host_find(&host, "one");
	bus_system_added(bus, system);
	hear(&heard, 1);
	assert_int_equal(heard.id, id);
	assert_int_equal(heard.number, 0);
	assert_string_equal(heard.class, "CIM_InstCreation");

	/* What changes twice is told once; what does not change is not told. */
	system_set_state(system, SYSTEM_STARTING, "");
	bus_system_changed(bus, system);
	system_set_state(system, SYSTEM_ACTIVE, "");
	bus_system_changed(bus, system);
	hear(&heard, 2);
	assert_string_equal(heard.class, "CIM_InstModification");
	bus_system_changed(bus, system);
	hear(&heard, 2);

	bus_system_removed(bus, system);
	host_remove(&host, system);
	system_free(system);
	hear(&heard, 3);
	assert_int_equal(heard.number, 2);
	assert_string_equal(heard.class, "CIM_InstDeletion");

	subscribe("KVRM:alerts");
	bus_problem(bus, "something does not hold");
	hear(&heard, 4);
	assert_int_equal(heard.number, 0);
	assert_string_equal(heard.class, "KVRM_AlertIndication");

	for (unsigned int i = 0; i < 2; i++) {
		m = walk_bus_method(&client, "Unsubscribe");
		sd_bus_message_append(m, "t", id);
		reply = walk_bus_send(&client, m);
		assert_int_equal(sd_bus_message_is_method_error(reply, NULL), i);
		sd_bus_message_unref(reply);
	}
	add_system("two");
	bus_system_added(bus, host_find(&host, "two"));
	hear(&heard, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dsp1033, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1041, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1042, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1043, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1044, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1045, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1047, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1059, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1050, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1053, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1054, setup, client_close),
		cmocka_unit_test_setup_teardown(test_dsp1057, setup, client_close),
		cmocka_unit_test_setup_teardown(test_indications, setup, client_close),
		cmocka_unit_test_setup_teardown(test_pages, setup, client_close),
		cmocka_unit_test_setup_teardown(test_refused, setup, client_close),
		cmocka_unit_test_setup_teardown(test_types, setup, client_close),
		cmocka_unit_test_setup_teardown(test_classes, setup, client_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
