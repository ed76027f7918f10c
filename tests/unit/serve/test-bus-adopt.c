// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adoption over a bus: what Adopt takes and refuses, ListForeign, who manages what is adopted, and what is refused of
 * it; Release.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/serve/client.h"

#define MANAGER "org.kvrm1.Manager"
#define SYSTEM	"org.kvrm1.VirtualSystem"
#define UUID	"6d8f1b1e-0000-4000-8000-0123456789ab"
#define PATH	"/org/kvrm1/system/6d8f1b1e_0000_4000_8000_0123456789ab"

/* What was asked for last; its texts are gone by now. */
static struct bus_adoption asked;
static char asked_cgroup[64], asked_name[64];
static int calls;

static struct system *add_adopted(void)
{
	struct definition *d = definition_new();
	struct system *system;

	strcpy(d->name, "web");
	strcpy(d->uuid, UUID);
	system = system_new(d);
	system->adoption = calloc(1, sizeof(*system->adoption));
	strcpy(system->adoption->manager, ADOPTION_LIBVIRT);
	system_set_state(system, SYSTEM_ACTIVE, "");
	assert_int_equal(host_add(&host, system), 0);
	return system;
}

static void op_adopt(const struct bus_adoption *wish, struct bus_call *call, void *data)
{
	asked = *wish;
	snprintf(asked_cgroup, sizeof(asked_cgroup), "%s", wish->cgroup ? wish->cgroup : "");
	snprintf(asked_name, sizeof(asked_name), "%s", wish->name ? wish->name : "");
	calls++;
	bus_reply_system(call, add_adopted());
}

static void op_release(struct system *system, struct bus_call *call, void *data)
{
	host_remove(&host, system);
	system_free(system);
	bus_reply(call, 0, NULL);
}

static int op_list_foreign(struct bus_foreign **ret, size_t *ret_n, void *data)
{
	*ret = calloc(1, sizeof(**ret));
	(*ret)->pid = 42;
	strcpy((*ret)->name, "db");
	strcpy((*ret)->manager, ADOPTION_PROXMOX);
	strcpy((*ret)->cgroup, "/qemu.slice/100.scope");
	*ret_n = 1;
	return 0;
}

static int setup(void **state_)
{
	static struct bus_operations todo;

	todo = operations;
	todo.adopt = op_adopt;
	todo.release = op_release;
	todo.list_foreign = op_list_foreign;
	driver_open();
	calls = 0;
	client_open(&todo);
	return 0;
}

#define ADOPT(...) call("/org/kvrm1", MANAGER, "Adopt", "a{sv}", __VA_ARGS__)

static void expect_refused(sd_bus_message *reply, const char *name, const char *sentence)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	assert_non_null(error);
	assert_string_equal(error->name, name);
	if (!strstr(error->message, sentence))
		fail_msg("'%s' does not have '%s'", error->message, sentence);
	sd_bus_message_unref(reply);
}

#define EXPECT_INVALID(reply, sentence)                                                            \
	expect_refused(reply, "org.kvrm1.Error.InvalidArgument", sentence)

static void test_by_pid(void **state_)
{
	sd_bus_message *reply = ADOPT(1, "PID", "u", 4242);
	const char *path;

	assert_true(sd_bus_message_read(reply, "o", &path) > 0);
	assert_string_equal(path, PATH);
	sd_bus_message_unref(reply);
	assert_int_equal(asked.pid, 4242);
	assert_null(asked.cgroup);
	assert_null(asked.name);
	assert_int_equal(asked.cpu_limit_us, 0);
	assert_int_equal(asked.vcpu_limit_us, 0);
}

static void test_every_key(void **state_)
{
	expect_done(ADOPT(4, "ControlGroup", "s", "/a", "Name", "s", "web", "ProcessorLimit", "t",
			  UINT64_C(250000), "ProcessorVCPULimit", "t", UINT64_C(125000)));
	assert_int_equal(asked.pid, 0);
	assert_string_equal(asked_cgroup, "/a");
	assert_string_equal(asked_name, "web");
	assert_int_equal(asked.cpu_limit_us, 250000);
	assert_int_equal(asked.vcpu_limit_us, 125000);
}

static void test_refused(void **state_)
{
	EXPECT_INVALID(ADOPT(0), "either PID or ControlGroup must be given");
	EXPECT_INVALID(ADOPT(1, "Name", "s", "web"), "either PID or ControlGroup must be given");
	EXPECT_INVALID(ADOPT(2, "PID", "u", 1, "ControlGroup", "s", "/a"), "and not both");
	EXPECT_INVALID(ADOPT(1, "PID", "u", UINT32_MAX), "PID: is not 1 to 2147483647");
	EXPECT_INVALID(ADOPT(1, "PID", "t", UINT64_C(1)), "PID: is not of type u");
	EXPECT_INVALID(ADOPT(1, "ControlGroup", "u", 1), "ControlGroup: is not of type s");
	EXPECT_INVALID(ADOPT(2, "PID", "u", 1, "ProcessorLimit", "u", 1),
		       "ProcessorLimit: is not of type t");
	EXPECT_INVALID(ADOPT(1, "Colour", "s", "red"), "unknown key 'Colour'; keys are PID");
	assert_int_equal(calls, 0);
}

static void test_list(void **state_)
{
	sd_bus_message *reply = call("/org/kvrm1", MANAGER, "ListForeign", "");
	const char *name, *manager, *cgroup;
	uint32_t pid;

	assert_true(sd_bus_message_enter_container(reply, 'a', "(usss)") > 0);
	assert_true(sd_bus_message_read(reply, "(usss)", &pid, &name, &manager, &cgroup) > 0);
	assert_int_equal(pid, 42);
	assert_string_equal(name, "db");
	assert_string_equal(manager, "Proxmox VE");
	assert_string_equal(cgroup, "/qemu.slice/100.scope");
	assert_int_equal(sd_bus_message_at_end(reply, 0), 1);
	sd_bus_message_unref(reply);
}

static void expect_property(const char *name, const char *value)
{
	sd_bus_message *reply =
		call(PATH, "org.freedesktop.DBus.Properties", "Get", "ss", SYSTEM, name);
	const char *text;

	assert_true(sd_bus_message_read(reply, "v", "s", &text) > 0);
	assert_string_equal(text, value);
	sd_bus_message_unref(reply);
}

static void test_adopted(void **state_)
{
	static const char *const methods[] = { "Start", "Kill",	  "Pause",	"Resume",
					       "Reset", "Delete", "OpenConsole" };

	add_adopted();
	expect_property("ManagedBy", "libvirt");
	expect_property("Unit", "");
	expect_property("State", "active");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		expect_refused(call(PATH, SYSTEM, methods[i], ""), "org.kvrm1.Error.InvalidState",
			       "web is adopted: it is managed by libvirt, and cannot be ");
	expect_refused(call(PATH, SYSTEM, "Stop", "t", UINT64_C(0)), "org.kvrm1.Error.InvalidState",
		       "managed by libvirt");
	expect_refused(call(PATH, SYSTEM, "MoveToPool", "s", "host"),
		       "org.kvrm1.Error.InvalidState", "managed by libvirt");
	expect_done(call(PATH, SYSTEM, "Release", ""));
	assert_null(host_find(&host, UUID));
}

/* What is kvrmd's own is not released. */
static void test_own(void **state_)
{
	struct system *system = add_adopted();

	free(system->adoption);
	system->adoption = NULL;
	expect_property("ManagedBy", "");
	expect_property("Unit", "kvrm-guest-" UUID ".service");
	expect_refused(call(PATH, SYSTEM, "Release", ""), "org.kvrm1.Error.InvalidState",
		       "it is not adopted");
	assert_non_null(host_find(&host, UUID));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, client_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_pid), TEST(test_every_key), TEST(test_refused),
		TEST(test_list),   TEST(test_adopted),	 TEST(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
