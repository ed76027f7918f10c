// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals of objects of instances: who is told, and of what exactly; jobs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/serve/object-client.h"

/**
 * struct heard - signals that came
 * @n: of them
 * @added: of these, of objects that are new
 * @removed: of objects that are gone
 * @about_vm: of any kind, of the virtual system itself
 * @names: of properties that have changed of it, each behind a space
 * @invalid: of those that have no value any more, likewise
 */
struct heard {
	size_t n;
	size_t added;
	size_t removed;
	size_t about_vm;
	char names[1024];
	char invalid[1024];
};

static void note(char names[static 1024], const char *name)
{
	size_t length = strlen(names);

	snprintf(names + length, 1024 - length, " %s", name);
}

static int on_object(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct heard *heard = data;
	const char *path, *interface;

	assert_string_equal(sd_bus_message_get_path(m), ROOT);
	assert_true(sd_bus_message_read(m, "o", &path) > 0);
	if (sd_bus_message_is_signal(m, NULL, "InterfacesAdded")) {
		assert_true(sd_bus_message_skip(m, "a{sa{sv}}") > 0);
		heard->added++;
	} else {
		assert_true(sd_bus_message_read(m, "as", 1, &interface) > 0);
		heard->removed++;
	}
	heard->about_vm += !strcmp(path, vm_path);
	heard->n++;
	return 0;
}

static int on_properties(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct heard *heard = data;
	const char *path = sd_bus_message_get_path(m), *interface, *name;

	/* kvrm's own objects have theirs. */
	if (strncmp(path, ROOT, strlen(ROOT)))
		return 0;
	heard->n++;
	if (strcmp(path, vm_path))
		return 0;
	heard->about_vm++;
	assert_true(sd_bus_message_read(m, "s", &interface) > 0);
	assert_string_equal(interface, SYSTEM);
	assert_true(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(m, "s", &name) > 0);
		note(heard->names, name);
		assert_true(sd_bus_message_skip(m, "v") > 0);
		assert_true(sd_bus_message_exit_container(m) > 0);
	}
	assert_true(sd_bus_message_exit_container(m) > 0);
	assert_true(sd_bus_message_enter_container(m, 'a', "s") > 0);
	while (sd_bus_message_read(m, "s", &name) > 0)
		note(heard->invalid, name);
	return 0;
}

static void listen_to(struct heard *heard)
{
	assert_true(sd_bus_match_signal(fake.client, NULL, NULL, ROOT,
					"org.freedesktop.DBus.ObjectManager", NULL, on_object,
					heard) >= 0);
	assert_true(sd_bus_match_signal(fake.client, NULL, NULL, NULL, PROPERTIES,
					"PropertiesChanged", on_properties, heard) >= 0);
}

/* What has come since. */
static struct heard hear(struct heard *heard)
{
	struct heard is;

	fake_bus_spin(&fake);
	is = *heard;
	*heard = (struct heard){ 0 };
	return is;
}

static struct system *add_system(const char *name)
{
	struct definition *d = definition_new();
	struct system *system = NULL;

	strcpy(d->name, name);
	d->kernel = strdup("/k");
	d->memory_bytes = UINT64_C(16) << 20;
	assert_int_equal(driver_define(d, &system, NULL), 0);
	bus_system_added(bus, system);
	return system;
}

static void remove_system(struct system *system)
{
	bus_system_removed(bus, system);
	host_remove(&host, system);
	system_free(system);
}

static void test_signals(void **state_)
{
	struct heard all = { 0 }, heard;
	struct system *two;
	size_t before, with_two;

	listen_to(&all);
	/* Nobody has looked at anything. */
	remove_system(add_system("nobody"));
	assert_int_equal(hear(&all).n, 0);
	before = count_objects();
	assert_int_equal(hear(&all).n, 0);

	two = add_system("two");
	heard = hear(&all);
	with_two = count_objects();
	assert_true(with_two > before + 2);
	assert_int_equal(heard.added, with_two - before);
	assert_int_equal(heard.n, heard.added);

	/* What has changed is named, what has not is not; what changes twice is told once. */
	system_set_state(vm, SYSTEM_STARTING, "");
	bus_system_changed(bus, vm);
	system_set_state(vm, SYSTEM_ACTIVE, "");
	bus_system_changed(bus, vm);
	heard = hear(&all);
	assert_int_equal(heard.about_vm, 1);
	assert_non_null(strstr(heard.names, " EnabledState"));
	assert_null(strstr(heard.names, " ElementName"));
	assert_int_equal(heard.removed, 0);
	bus_system_changed(bus, vm);
	assert_int_equal(hear(&all).n, 0);
	assert_int_equal(count_objects(), with_two + heard.added);

	remove_system(two);
	heard = hear(&all);
	assert_int_equal(heard.removed, with_two - before);
	assert_int_equal(heard.n, heard.removed);
}

/* Who has looked at one system is told of that, and of what begins and ends. */
static void test_signals_of_one(void **state_)
{
	struct heard all = { 0 }, heard;
	struct system *two = add_system("two");
	sd_bus_message *m = method(vm_path, PROPERTIES, "GetAll");

	listen_to(&all);
	sd_bus_message_append(m, "s", SYSTEM);
	sd_bus_message_unref(answered(m));
	system_set_state(two, SYSTEM_ACTIVE, "");
	bus_system_changed(bus, two);
	assert_int_equal(hear(&all).n, 0);
	system_set_state(vm, SYSTEM_ACTIVE, "");
	bus_system_changed(bus, vm);
	heard = hear(&all);
	assert_int_equal(heard.about_vm, 1);
	remove_system(two);
	heard = hear(&all);
	assert_true(heard.removed > 2);
	assert_int_equal(heard.about_vm, 0);
	add_system("three");
	assert_true(hear(&all).added > 2);
}

static void set_bool(const char *path, const char *property, int value)
{
	sd_bus_message *m = method(path, PROPERTIES, "Set");

	sd_bus_message_append(m, "ssv", "org.kvrm1.cim.KVRM_ConcreteJob", property, "b", value);
	sd_bus_message_unref(answered(m));
}

/* What takes long is answered at once with a job, which is an object that tells of its end. */
static void test_job(void **state_)
{
	struct heard all = { 0 }, heard;
	char path[256] = "";
	sd_bus_message *m;
	uint16_t state;

	hold = true;
	listen_to(&all);
	count_objects();
	output(called(request_state(2), 4096, ""), "Job", path);
	assert_non_null(strstr(path, ROOT "/KVRM_ConcreteJob/"));
	assert_int_equal(hear(&all).added, 1);
	set_bool(path, "DeleteOnCompletion", false);
	heard = hear(&all);
	assert_int_equal(heard.n, 1);
	m = method(path, PROPERTIES, "Set");
	sd_bus_message_append(m, "ssv", "", "DeleteOnCompletion", "s", "no");
	refused(m, "org.kvrm1.Error.CIM.TypeMismatch", "KVRM0123: DeleteOnCompletion:");
	m = method(path, PROPERTIES, "Set");
	sd_bus_message_append(m, "ssv", "", "JobState", "q", 7);
	refused(m, "org.freedesktop.DBus.Error.PropertyReadOnly", "JobState cannot be written.");
	m = answered(get(path, "", "JobState"));
	assert_true(sd_bus_message_read(m, "v", "q", &state) > 0);
	assert_int_equal(state, 4);
	sd_bus_message_unref(m);
	bus_reply(late, 0, NULL);
	late = NULL;
	heard = hear(&all);
	assert_int_equal(heard.added + heard.removed, 0);
	assert_true(heard.n >= 1);
	/* It is removed as a client asks. */
	set_bool(path, "DeleteOnCompletion", true);
	hear(&all);
	m = method(path, PROPERTIES, "Set");
	sd_bus_message_append(m, "ssv", "", "TimeBeforeRemoval", "s", "00000000000000.000001:000");
	sd_bus_message_unref(answered(m));
	for (int i = 0; i < 20 && !heard.removed; i++)
		heard = hear(&all);
	assert_int_equal(heard.removed, 1);
	refused(get(path, "", "JobState"), "org.freedesktop.DBus.Error.UnknownObject", "");
}

/* What has another value comes with it, what has none any more by its name, and what is as it was does not. */
static void test_exactly_what_changes(void **state_)
{
	const struct broker_element element = profile_system_element(vm);
	struct cim_instance *was = broker_instance(&bus->broker, &element);
	struct cim_instance *is = broker_instance(&bus->broker, &element);
	struct heard all = { 0 }, heard;

	listen_to(&all);
	cim_put_text(was, "Caption", "before");
	cim_value_deinit(cim_get(is, "ElementName"));
	cim_put_text(is, "ElementName", "other");
	cim_put_text(is, "PrimaryOwnerName", "somebody");
	bus_object_changed(was, is, bus);
	heard = hear(&all);
	assert_int_equal(heard.n, 1);
	assert_string_equal(heard.names, " ElementName PrimaryOwnerName");
	assert_string_equal(heard.invalid, " Caption");
	cim_instance_free(was);
	cim_instance_free(is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_signals, setup, client_close),
		cmocka_unit_test_setup_teardown(test_signals_of_one, setup, client_close),
		cmocka_unit_test_setup_teardown(test_job, setup, client_close),
		cmocka_unit_test_setup_teardown(test_exactly_what_changes, setup, client_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
