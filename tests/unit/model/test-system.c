// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual systems: what each state allows, by the table of org.kvrm1.VirtualSystem.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "daemon/model/system.h"

static struct system *new_system(void)
{
	struct definition *d = definition_new();
	struct system *system;

	assert_non_null(d);
	strcpy(d->name, "web1");
	system = system_new(d);
	assert_non_null(system);
	return system;
}

/* What is plugged in counts as long as QEMU is there, and has said what it was started with. */
static void test_memory(void **state)
{
	struct system *system = new_system();

	system->definition->memory_bytes = 512 << 20;
	assert_int_equal(system_memory(system), 512 << 20);
	system->memory_base_bytes = 256 << 20;
	assert_int_equal(system_memory(system), 256 << 20);
	system->memory_plugged_bytes = 2 << 20;
	assert_int_equal(system_memory(system), 258 << 20);
	system_ended(system, "");
	assert_int_equal(system->memory_plugged_bytes, 0);
	assert_int_equal(system_memory(system), 512 << 20);
	system_free(system);
}

static void test_every_operation_in_every_state(void **state)
{
	static const char *const allowed[SYSTEM_OP_COUNT] = {
		[SYSTEM_OP_START] = "defined",
		[SYSTEM_OP_STOP] = "active",
		[SYSTEM_OP_KILL] = "starting active paused stopping",
		[SYSTEM_OP_PAUSE] = "active",
		[SYSTEM_OP_RESUME] = "paused",
		[SYSTEM_OP_RESET] = "active paused",
		[SYSTEM_OP_DELETE] = "defined",
		[SYSTEM_OP_REDEFINE] = "defined",
		[SYSTEM_OP_ALLOCATE] = "defined active paused stopping",
		[SYSTEM_OP_SET] = "defined active paused stopping",
		[SYSTEM_OP_MOVE] = "defined active paused stopping",
		[SYSTEM_OP_CONSOLE] = "active paused stopping",
	};
	struct system *system = new_system();

	for (int s = 0; s < SYSTEM_STATE_COUNT; s++) {
		system_set_state(system, s, "");
		for (int op = 0; op < SYSTEM_OP_COUNT; op++) {
			const char *name = system_state_name(s);
			_cleanup_free_ char *error = NULL;
			int r = system_check(system, op, &error);

			assert_int_equal(r, strstr(allowed[op], name) ? 0 : -ESTALE);
			if (!r)
				continue;
			assert_non_null(strstr(error, "web1 is "));
			assert_non_null(strstr(error, name));
		}
	}
	system_free(system);
}

static void test_busy(void **state)
{
	struct system *system = new_system();

	system_set_state(system, SYSTEM_ACTIVE, "");
	system->busy = true;
	assert_int_equal(system_check(system, SYSTEM_OP_SET, NULL), -EBUSY);
	assert_int_equal(system_check(system, SYSTEM_OP_STOP, NULL), -EBUSY);
	assert_int_equal(system_check(system, SYSTEM_OP_KILL, NULL), 0);
	assert_int_equal(system_check(system, SYSTEM_OP_CONSOLE, NULL), 0);
	system_free(system);
}

/* What is known of a NIC goes with it. */
static void test_remove_nic(void **state)
{
	struct system *system = new_system();
	static const char *const bridges[] = { "a", "b", "c" };

	for (int i = 0; i < 3; i++) {
		assert_int_equal(definition_set(system->definition, "nic", bridges[i], NULL), 0);
		snprintf(system->nics[i].ifname, sizeof(system->nics[i].ifname), "tap%d", i);
		system->sample.nics[i].flows[0].bytes = 100 + (uint64_t)i;
	}
	system_remove_nic(system, 1);
	assert_int_equal(system->definition->n_nics, 2);
	assert_string_equal(system->definition->nics[1].bridge, "c");
	assert_string_equal(system->nics[0].ifname, "tap0");
	assert_string_equal(system->nics[1].ifname, "tap2");
	assert_string_equal(system->nics[2].ifname, "");
	assert_int_equal(system->sample.nics[1].flows[0].bytes, 102);
	assert_int_equal(system->sample.nics[2].flows[0].bytes, 0);
	system_free(system);
}

static void test_ended(void **state)
{
	struct system *system = new_system();

	system_set_state(system, SYSTEM_ACTIVE, "");
	system->definition->cpu.limit_us = 250000;
	system->limit_applied_us = 250000;
	system->enforced_by = SYSTEM_ENFORCED_MODULE;
	system->main_pid = 7;
	strcpy(system->control_group, "/kvrm.slice/x");
	system->started_us = 9;
	system_ended(system, "killed");
	assert_int_equal(system->state, SYSTEM_DEFINED);
	assert_string_equal(system->reason, "killed");
	assert_int_equal(system->limit_applied_us, 0);
	assert_int_equal(system->enforced_by, SYSTEM_ENFORCED_NOT);
	assert_int_equal(system->main_pid, 0);
	assert_string_equal(system->control_group, "");
	assert_int_equal(system->started_us, 0);
	/* What is wanted stays. */
	assert_int_equal(system->definition->cpu.limit_us, 250000);
	system_free(system);
	assert_null(system_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_every_operation_in_every_state),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_remove_nic),
		cmocka_unit_test(test_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
