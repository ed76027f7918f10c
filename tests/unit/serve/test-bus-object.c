// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects of instances: what there is, what each tells, and that it is what the broker tells.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/serve/object-client.h"

/* An object's path as the broker has it, and the interface of its class. */
static void names_of(const char *object, char uri[static 512], char interface[static 128])
{
	struct cim_path *path = NULL;
	char *text;

	assert_int_equal(bus_object_parse(bus, object, &path), 1);
	text = cim_path_format(path);
	snprintf(uri, 512, "%s", text);
	snprintf(interface, 128, BUS_OBJECT_PREFIX "%s", path->class->name);
	free(text);
	cim_path_free(path);
}

/* Moves both messages behind values that are equal. */
static void same_contents(sd_bus_message *a, sd_bus_message *b)
{
	char type_a, type_b;
	const char *contents_a, *contents_b;

	while (sd_bus_message_peek_type(a, &type_a, &contents_a) > 0) {
		assert_true(sd_bus_message_peek_type(b, &type_b, &contents_b) > 0);
		assert_int_equal(type_a, type_b);
		if (contents_a) {
			assert_string_equal(contents_a, contents_b);
			assert_true(sd_bus_message_enter_container(a, type_a, contents_a) >= 0);
			assert_true(sd_bus_message_enter_container(b, type_b, contents_b) >= 0);
			same_contents(a, b);
			assert_true(sd_bus_message_exit_container(a) >= 0);
			assert_true(sd_bus_message_exit_container(b) >= 0);
		} else if (type_a == 's') {
			const char *text_a, *text_b;

			assert_true(sd_bus_message_read_basic(a, 's', &text_a) > 0);
			assert_true(sd_bus_message_read_basic(b, 's', &text_b) > 0);
			assert_string_equal(text_a, text_b);
		} else {
			uint64_t value_a = 0, value_b = 0;

			assert_true(sd_bus_message_read_basic(a, type_a, &value_a) > 0);
			assert_true(sd_bus_message_read_basic(b, type_b, &value_b) > 0);
			assert_int_equal(value_a, value_b);
		}
	}
	assert_true(sd_bus_message_at_end(b, 0));
}

/* No kind of object has a reference or an embedded instance: what it tells is what the broker tells. */
static void check_object(const char *object)
{
	char uri[512], interface[128];
	const char *path, *class;
	sd_bus_message *m, *told, *broker;

	names_of(object, uri, interface);
	m = method(object, PROPERTIES, "GetAll");
	sd_bus_message_append(m, "s", interface);
	told = answered(m);
	m = walk_bus_method(&client, "GetInstance");
	sd_bus_message_append(m, "sa{sv}", uri, 0);
	broker = answered(m);
	assert_true(sd_bus_message_read(broker, "ss", &path, &class) > 0);
	assert_string_equal(path, uri);
	same_contents(told, broker);
	sd_bus_message_unref(told);
	sd_bus_message_unref(broker);
	told = answered(method(object, "org.freedesktop.DBus.Introspectable", "Introspect"));
	assert_true(sd_bus_message_read(told, "s", &path) > 0);
	assert_non_null(strstr(path, interface));
	sd_bus_message_unref(told);
}

/* How many objects of a class there are; each is as the broker has it, and has one interface. */
static size_t check_all(const char *class)
{
	sd_bus_message *reply =
		answered(method(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"));
	char folder[128];
	const char *path, *interface;
	size_t n = 0;

	snprintf(folder, sizeof(folder), ROOT "/%s/", class);
	assert_true(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") > 0);
	while (sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0) {
		assert_true(sd_bus_message_read(reply, "o", &path) > 0);
		assert_true(sd_bus_message_enter_container(reply, 'a', "{sa{sv}}") > 0);
		assert_true(sd_bus_message_enter_container(reply, 'e', "sa{sv}") > 0);
		assert_true(sd_bus_message_read(reply, "s", &interface) > 0);
		assert_true(sd_bus_message_skip(reply, "a{sv}") > 0);
		assert_true(sd_bus_message_exit_container(reply) > 0);
		assert_int_equal(sd_bus_message_at_end(reply, 0), 1);
		assert_true(sd_bus_message_exit_container(reply) > 0);
		assert_true(sd_bus_message_exit_container(reply) > 0);
		check_object(path);
		n += !strncmp(path, folder, strlen(folder));
	}
	sd_bus_message_unref(reply);
	return n;
}

static void test_all(void **state_)
{
	/* Systems: the host and one; of that both configurations; services of which there is one. */
	assert_int_equal(check_all("KVRM_ComputerSystem"), 2);
	assert_int_equal(check_all("KVRM_VirtualSystemSettingData"), 2);
	assert_int_equal(check_all("KVRM_VirtualSystemManagementService"), 1);
	assert_int_equal(check_all("KVRM_IndicationService"), 1);
	assert_true(check_all("KVRM_BaseMetricDefinition") > 10);
	/* Processors and memory, and the pools of what there is one pool of. */
	assert_true(check_all("KVRM_ResourcePool") >= 4);
	assert_true(check_all("KVRM_ProcessorAllocationSettingData") > 1);
	assert_int_equal(check_all("KVRM_ConcreteJob"), 0);
}

static size_t count_nodes(const char *path, const char *expected)
{
	sd_bus_message *reply =
		answered(method(path, "org.freedesktop.DBus.Introspectable", "Introspect"));
	const char *text, *at;
	size_t n = 0;

	assert_true(sd_bus_message_read(reply, "s", &text) > 0);
	if (expected && !strstr(text, expected))
		fail_msg("%s: no %s in %s", path, expected, text);
	for (at = text; (at = strstr(at, "<node name=")); at++)
		n++;
	sd_bus_message_unref(reply);
	return n;
}

static void test_introspection(void **state_)
{
	char child[300];

	count_nodes("/org/kvrm1", "<node name=\"cim\"/>");
	assert_true(count_nodes(ROOT, "<node name=\"KVRM_ComputerSystem\"/>") >= 12);
	count_nodes(ROOT, "GetManagedObjects");
	snprintf(child, sizeof(child), "<node name=\"%s\"/>", strrchr(vm_path, '/') + 1);
	assert_int_equal(count_nodes(ROOT "/KVRM_ComputerSystem", child), 2);
	assert_int_equal(count_nodes(ROOT "/KVRM_ConcreteJob", NULL), 0);
	count_nodes(vm_path, "<property name=\"EnabledState\" type=\"q\" access=\"read\"/>");
	count_nodes(vm_path, "<property name=\"OperationalStatus\" type=\"aq\" access=\"read\"/>");
}

/* What holds all objects of kvrm's own has none of these. */
static void test_two_managers(void **state_)
{
	sd_bus_message *reply = answered(method("/org/kvrm1", "org.freedesktop.DBus.ObjectManager",
						"GetManagedObjects"));
	const char *path;

	assert_true(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") > 0);
	while (sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0) {
		assert_true(sd_bus_message_read(reply, "o", &path) > 0);
		assert_null(strstr(path, ROOT));
		assert_true(sd_bus_message_skip(reply, "a{sa{sv}}") > 0);
		assert_true(sd_bus_message_exit_container(reply) > 0);
	}
	sd_bus_message_unref(reply);
}

static void test_get(void **state_)
{
	sd_bus_message *reply = answered(get(vm_path, SYSTEM, "ElementName"));
	const char *name;
	uint16_t state;

	assert_true(sd_bus_message_read(reply, "v", "s", &name) > 0);
	assert_string_equal(name, "one");
	sd_bus_message_unref(reply);
	reply = answered(get(vm_path, "", "EnabledState"));
	assert_true(sd_bus_message_read(reply, "v", "q", &state) > 0);
	assert_int_equal(state, 3);
	sd_bus_message_unref(reply);
}

static void test_refused(void **state_)
{
	const char *unknown = "org.freedesktop.DBus.Error.UnknownObject";
	char other[300];
	sd_bus_message *m;

	refused(get(vm_path, SYSTEM, "Colour"), "org.freedesktop.DBus.Error.UnknownProperty",
		"KVRM_ComputerSystem has no");
	refused(get(vm_path, SYSTEM, "enabledstate"), "org.freedesktop.DBus.Error.UnknownProperty",
		"KVRM_ComputerSystem has no");
	refused(get(vm_path, "org.kvrm1.cim.KVRM_ResourcePool", "EnabledState"),
		"org.freedesktop.DBus.Error.UnknownInterface", "The object has no");
	refused(get(vm_path, SYSTEM, "Roles"), "org.kvrm1.Error.CIM.NotFound",
		"KVRM0143: Roles: is null.");
	refused(get(ROOT, SYSTEM, "EnabledState"), "org.freedesktop.DBus.Error.UnknownMethod", "");
	refused(get(ROOT "/KVRM_ComputerSystem/none", SYSTEM, "EnabledState"), unknown, "");
	/* Other ways to write the same, what is no class here, and what is no text. */
	snprintf(other, sizeof(other), "%s/x", vm_path);
	refused(get(other, SYSTEM, "EnabledState"), unknown, "");
	refused(get(ROOT "/kvrm_computersystem/none", SYSTEM, "EnabledState"), unknown, "");
	refused(get(ROOT "/KVRM_MetricService/metric_73", "", "Name"), unknown, "");
	refused(get(ROOT "/KVRM_MetricService/_ff", "", "Name"), unknown, "");
	refused(get(ROOT "/KVRM_Memory/x", "", "Name"), unknown, "");
	refused(get(ROOT "/CIM_Service/x", "", "Name"), unknown, "");
	sd_bus_message_unref(answered(get(ROOT "/KVRM_MetricService/metrics", "", "Name")));
	m = method(vm_path, PROPERTIES, "Get");
	sd_bus_message_append(m, "s", SYSTEM);
	refused(m, "org.freedesktop.DBus.Error.InvalidArgs", "Get takes 'ss', not 's'.");
	m = method(vm_path, PROPERTIES, "GetAll");
	sd_bus_message_append(m, "s", "org.freedesktop.DBus.Peer");
	sd_bus_message_unref(answered(m));
	m = method(vm_path, PROPERTIES, "GetAll");
	sd_bus_message_append(m, "s", "org.kvrm1.Pool");
	refused(m, "org.freedesktop.DBus.Error.UnknownInterface", "");
	refused(method(vm_path, SYSTEM, "None"), "org.freedesktop.DBus.Error.UnknownMethod", "");
}

static void test_methods(void **state_)
{
	const char *no = "org.freedesktop.DBus.Error.UnknownMethod";
	const char *service = ROOT "/KVRM_VirtualSystemManagementService/management";
	const char *interface = "org.kvrm1.cim.KVRM_VirtualSystemManagementService";
	sd_bus_message *m;

	sd_bus_message_unref(called(request_state(2), 0, ""));
	assert_int_equal(vm->state, SYSTEM_ACTIVE);
	sd_bus_message_unref(called(request_state(7), 1, "KVRM0200"));
	m = method(vm_path, SYSTEM, "RequestStateChange");
	sd_bus_message_append(m, "a{sv}", 1, "RequestedState", "s", "2");
	refused(m, "org.kvrm1.Error.CIM.TypeMismatch", "KVRM0123: RequestedState:");
	m = method(vm_path, SYSTEM, "RequestStateChange");
	sd_bus_message_append(m, "a{sv}", 1, "Colour", "s", "2");
	refused(m, "org.kvrm1.Error.CIM.InvalidParameter", "KVRM0120:");
	m = method(vm_path, SYSTEM, "RequestStateChange");
	sd_bus_message_append(m, "q", 2);
	refused(m, "org.freedesktop.DBus.Error.InvalidArgs", "RequestStateChange takes");
	refused(method(vm_path, SYSTEM, "requeststatechange"), no, "");
	refused(method(ROOT, SYSTEM, "RequestStateChange"), no, "");
	refused(method(vm_path, interface, "DestroySystem"), no, "");
	m = method(vm_path, SYSTEM, "SetPowerState");
	sd_bus_message_append(m, "a{sv}", 0);
	refused(m, "org.kvrm1.Error.CIM.MethodNotAvailable", "KVRM0111:");
	/* References are object paths, of objects of the right class. */
	m = method(service, interface, "DestroySystem");
	sd_bus_message_append(m, "a{sv}", 1, "AffectedSystem", "o", service);
	refused(m, "org.kvrm1.Error.CIM.InvalidParameter", "KVRM0124: AffectedSystem:");
	m = method(service, interface, "DestroySystem");
	sd_bus_message_append(m, "a{sv}", 1, "AffectedSystem", "o", "/org/kvrm1");
	refused(m, "org.kvrm1.Error.CIM.InvalidParameter", "KVRM0136: AffectedSystem: /org/kvrm1");
	m = method(service, interface, "DestroySystem");
	sd_bus_message_append(m, "a{sv}", 1, "AffectedSystem", "o",
			      ROOT "/KVRM_ComputerSystem/none");
	sd_bus_message_unref(called(m, 4, "KVRM0136"));
	m = method(service, interface, "DestroySystem");
	sd_bus_message_append(m, "a{sv}", 1, "AffectedSystem", "o", vm_path);
	sd_bus_message_unref(called(m, 0, ""));
	assert_int_equal(host.n_systems, 0);
	refused(request_state(2), "org.freedesktop.DBus.Error.UnknownObject", "");
}

/* Embedded instances say of which class they are, or are of the parameter's. */
static void test_embedded(void **state_)
{
	const char *service = ROOT "/KVRM_VirtualSystemManagementService/management";
	const char *interface = "org.kvrm1.cim.KVRM_VirtualSystemManagementService";
	char path[256] = "";
	sd_bus_message *m = method(service, interface, "DefineSystem");

	assert_true(sd_bus_message_append(m, "a{sv}", 2, "SystemSettings", "a{sv}", 2,
					  "ElementName", "s", "two", "__CLASS", "s",
					  "KVRM_VirtualSystemSettingData", "ResourceSettings",
					  "aa{sv}", 1, 4, "__CLASS", "s",
					  "CIM_ProcessorAllocationSettingData", "ResourceType", "q",
					  3, "VirtualQuantity", "t", UINT64_C(2), "Limit", "t",
					  UINT64_C(500000)) >= 0);
	output(called(m, 0, ""), "ResultingSystem", path);
	assert_int_equal(host.n_systems, 2);
	vm = host_find(&host, "two");
	assert_int_equal(vm->definition->vcpus, 2);
	assert_int_equal(vm->definition->cpu.limit_us, 500000);
	snprintf(vm_path, sizeof(vm_path), "%s", path);
	sd_bus_message_unref(answered(get(path, SYSTEM, "ElementName")));
	/* The class that the parameter has. */
	m = method(service, interface, "DefineSystem");
	sd_bus_message_append(m, "a{sv}", 1, "SystemSettings", "a{sv}", 1, "ElementName", "s",
			      "three");
	sd_bus_message_unref(called(m, 0, ""));
	assert_non_null(host_find(&host, "three"));
	m = method(service, interface, "DefineSystem");
	sd_bus_message_append(m, "a{sv}", 1, "SystemSettings", "a{sv}", 1, "__CLASS", "s",
			      "CIM_Memory");
	refused(m, "org.kvrm1.Error.CIM.InvalidParameter", "KVRM0124: SystemSettings:");
	m = method(service, interface, "DefineSystem");
	sd_bus_message_append(m, "a{sv}", 1, "SystemSettings", "a{sv}", 1, "__CLASS", "u", 1);
	refused(m, "org.kvrm1.Error.CIM.InvalidParameter", "KVRM0136: SystemSettings:");
	m = method(service, interface, "DefineSystem");
	sd_bus_message_append(m, "a{sv}", 1, "SystemSettings", "(sa{sv})", "CIM_Memory", 0);
	refused(m, "org.kvrm1.Error.CIM.InvalidParameter", "KVRM0136: SystemSettings:");
}

static void test_set(void **state_)
{
	const char *read_only = "org.freedesktop.DBus.Error.PropertyReadOnly";
	sd_bus_message *m = method(vm_path, PROPERTIES, "Set");

	sd_bus_message_append(m, "ssv", SYSTEM, "EnabledState", "q", 2);
	refused(m, read_only, "EnabledState cannot be written.");
	m = method(vm_path, PROPERTIES, "Set");
	sd_bus_message_append(m, "ssv", SYSTEM, "Colour", "q", 2);
	refused(m, "org.freedesktop.DBus.Error.UnknownProperty", "");
	/* The schema would have it written, kvrm has not. */
	m = method(vm_path, PROPERTIES, "Set");
	sd_bus_message_append(m, "ssv", SYSTEM, "PrimaryOwnerName", "s", "x");
	refused(m, "org.kvrm1.Error.CIM.NotSupported", "KVRM0105:");
}

/* What is larger than an answer may be is refused, and read in pages. */
static void test_too_many(void **state_)
{
	char *text = malloc(DEFINITION_CMDLINE_MAX);

	memset(text, 'x', DEFINITION_CMDLINE_MAX - 1);
	text[DEFINITION_CMDLINE_MAX - 1] = '\0';
	for (int i = 0; i < 4500; i++) {
		struct definition *d = definition_new();

		snprintf(d->name, sizeof(d->name), "vm%d", i);
		d->kernel = strdup("/k");
		d->cmdline = strdup(text);
		d->memory_bytes = UINT64_C(16) << 20;
		assert_int_equal(driver_define(d, &vm, NULL), 0);
	}
	free(text);
	refused(method(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"),
		"org.kvrm1.Error.CIM.ServerLimitsExceeded", "KVRM0144: All objects are more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, setup, client_close),
		cmocka_unit_test_setup_teardown(test_introspection, setup, client_close),
		cmocka_unit_test_setup_teardown(test_two_managers, setup, client_close),
		cmocka_unit_test_setup_teardown(test_get, setup, client_close),
		cmocka_unit_test_setup_teardown(test_refused, setup, client_close),
		cmocka_unit_test_setup_teardown(test_methods, setup, client_close),
		cmocka_unit_test_setup_teardown(test_embedded, setup, client_close),
		cmocka_unit_test_setup_teardown(test_set, setup, client_close),
		cmocka_unit_test_setup_teardown(test_too_many, setup, client_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
