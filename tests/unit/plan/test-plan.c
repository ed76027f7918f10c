// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans: the steps, and their order, for every case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/plan/plan.h"

static void assert_plan(struct plan plan, const enum plan_step *steps, size_t n)
{
	assert_int_equal(plan.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(plan.steps[i], steps[i]);
}
#define ASSERT_PLAN(plan, ...)                                                                     \
	do {                                                                                       \
		static const enum plan_step steps_[] = { __VA_ARGS__ };                            \
		assert_plan(plan, steps_, sizeof(steps_) / sizeof(steps_[0]));                     \
	} while (0)

static const struct plan_facts without_module = { false, false };
static const struct plan_facts unregistered = { true, false };
static const struct plan_facts registered = { true, true };

static const struct plan_facts with_nics = { .module_up = true, .nics = true };
static const struct plan_facts with_disks = { .module_up = true, .disks = true };
static const struct plan_facts with_both = { .nics = true, .disks = true };
static const struct plan_facts nics_without_module = { .nics = true };

/* The limit is read back before the guest's first instruction. */
static void test_start(void **state)
{
	ASSERT_PLAN(plan_start(&unregistered), PLAN_LAUNCH, PLAN_UNIT, PLAN_MONITOR, PLAN_REGISTER,
		    PLAN_VERIFY, PLAN_CONTINUE);
	ASSERT_PLAN(plan_start(&without_module), PLAN_LAUNCH, PLAN_UNIT, PLAN_MONITOR, PLAN_VERIFY,
		    PLAN_CONTINUE);
	ASSERT_PLAN(plan_start(&with_nics), PLAN_TAPS, PLAN_LAUNCH, PLAN_UNIT, PLAN_MONITOR,
		    PLAN_REGISTER, PLAN_NICS, PLAN_VERIFY, PLAN_CONTINUE);
	ASSERT_PLAN(plan_start(&nics_without_module), PLAN_TAPS, PLAN_LAUNCH, PLAN_UNIT,
		    PLAN_MONITOR, PLAN_NICS, PLAN_VERIFY, PLAN_CONTINUE);
	ASSERT_PLAN(plan_start(&with_disks), PLAN_LAUNCH, PLAN_UNIT, PLAN_MONITOR, PLAN_REGISTER,
		    PLAN_DISKS, PLAN_VERIFY, PLAN_CONTINUE);
	ASSERT_PLAN(plan_start(&with_both), PLAN_TAPS, PLAN_LAUNCH, PLAN_UNIT, PLAN_MONITOR,
		    PLAN_NICS, PLAN_DISKS, PLAN_VERIFY, PLAN_CONTINUE);
}

static void test_limit(void **state)
{
	ASSERT_PLAN(plan_limit(&registered), PLAN_QUOTA, PLAN_MODULE, PLAN_VERIFY);
	ASSERT_PLAN(plan_limit(&unregistered), PLAN_QUOTA, PLAN_REGISTER, PLAN_VERIFY);
	ASSERT_PLAN(plan_limit(&without_module), PLAN_QUOTA, PLAN_VERIFY);
}

static void test_find_and_register(void **state)
{
	ASSERT_PLAN(plan_find(), PLAN_UNIT, PLAN_MONITOR);
	ASSERT_PLAN(plan_register(&unregistered), PLAN_REGISTER, PLAN_VERIFY);
	assert_int_equal(plan_register(&registered).n, 0);
	assert_int_equal(plan_register(&without_module).n, 0);
}

/* The guest sees a NIC that is limited, and has let go of one that is limited no more. */
static void test_plug(void **state)
{
	ASSERT_PLAN(plan_plug(3, false), PLAN_PLUG_TAP, PLAN_PLUG_LIMIT, PLAN_PLUG_GIVE_TAP,
		    PLAN_PLUG_NETDEV, PLAN_PLUG_DEVICE);
	ASSERT_PLAN(plan_plug(3, true), PLAN_PLUG_TAP, PLAN_PLUG_VHOST, PLAN_PLUG_LIMIT,
		    PLAN_PLUG_GIVE_TAP, PLAN_PLUG_GIVE_VHOST, PLAN_PLUG_NETDEV, PLAN_PLUG_DEVICE);
	ASSERT_PLAN(plan_unplug(3), PLAN_UNPLUG_DEVICE, PLAN_UNPLUG_NETDEV, PLAN_UNPLUG_LIMIT);
	assert_int_equal(plan_plug(3, true).nic, 3);
	assert_int_equal(plan_unplug(3).nic, 3);
}

/* What is as it should be needs nothing. */
static void test_resize(void **state)
{
	struct plan plan = plan_resize(4, 6);

	ASSERT_PLAN(plan, PLAN_PLUG_MEMORY);
	assert_int_equal(plan.memory_from_bytes, 4);
	assert_int_equal(plan.memory_to_bytes, 6);
	ASSERT_PLAN(plan_resize(UINT64_MAX, 0), PLAN_UNPLUG_MEMORY);
	assert_int_equal(plan_resize(4, 4).n, 0);
}

static void test_names(void **state)
{
	for (int a = 0; a < PLAN_STEP_COUNT; a++) {
		assert_true(strlen(plan_step_name(a)) > 5);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(plan_step_name(a), plan_step_name(b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_find_and_register),
		cmocka_unit_test(test_plug),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
