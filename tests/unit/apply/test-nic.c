// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs as the module is to have them: limits always, shares only on an uplink that it knows; and whether it has that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "daemon/apply/nic.h"
#include "daemon/model/error.h"
#include "daemon/util/cleanup.h"

static const struct definition_nic wanted = {
	.bridge = "br0",
	.uplink = "lan",
	.limits = { { .bytes_per_s = 1000, .packets_per_s = 20, .burst_bytes = 3 },
		    { .bytes_per_s = 4000 } },
	.shares = { { .reservation_bytes_per_s = 500, .weight = 6 },
		    { .reservation_bytes_per_s = 0, .weight = 10000 } },
};

static void test_wish(void **state)
{
	struct uplink uplink = { .module_id = 9 };
	struct genl_nic_wish wish;

	nic_wish(&wanted, &uplink, &wish);
	assert_int_equal(wish.uplink_id, 9);
	assert_int_equal(wish.limits[GENL_TO_GUEST].bytes_per_s, 1000);
	assert_int_equal(wish.limits[GENL_TO_GUEST].packets_per_s, 20);
	assert_int_equal(wish.limits[GENL_TO_GUEST].burst_bytes, 3);
	assert_int_equal(wish.limits[GENL_FROM_GUEST].bytes_per_s, 4000);
	assert_int_equal(wish.shares[GENL_TO_GUEST].reservation_bytes_per_s, 500);
	assert_int_equal(wish.shares[GENL_TO_GUEST].weight, 6);
	assert_int_equal(wish.shares[GENL_FROM_GUEST].weight, 10000);
}

/* What the module would refuse is not asked for; limits are. */
static void test_wish_without_uplink(void **state)
{
	struct uplink unknown = { .module_id = 0 };
	const struct uplink *const none[] = { NULL, &unknown };
	struct genl_nic_wish wish;

	for (int i = 0; i < 2; i++) {
		nic_wish(&wanted, none[i], &wish);
		assert_int_equal(wish.uplink_id, 0);
		assert_int_equal(wish.shares[GENL_TO_GUEST].reservation_bytes_per_s, 0);
		assert_int_equal(wish.limits[GENL_TO_GUEST].bytes_per_s, 1000);
		assert_int_equal(wish.limits[GENL_FROM_GUEST].bytes_per_s, 4000);
	}
}

/* Whatever differs is seen. */
static void test_hold(void **state)
{
	struct uplink uplink = { .module_id = 9 };
	struct genl_nic_wish wish;
	struct genl_nic same = { .uplink_id = 9 }, other;

	nic_wish(&wanted, &uplink, &wish);
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		same.flows[i].limit = wish.limits[i];
		same.flows[i].share = wish.shares[i];
		/* What is counted and measured is nobody's wish. */
		same.flows[i].bytes = same.flows[i].demand = same.flows[i].applied = 77;
	}
	assert_true(nic_hold(&wanted, &uplink, &same));
	assert_false(nic_hold(&wanted, NULL, &same));
#define DIFFERS(field)                                                                             \
	other = same;                                                                              \
	other.field++;                                                                             \
	assert_false(nic_hold(&wanted, &uplink, &other))
	DIFFERS(uplink_id);
	DIFFERS(flows[GENL_TO_GUEST].limit.bytes_per_s);
	DIFFERS(flows[GENL_FROM_GUEST].limit.packets_per_s);
	DIFFERS(flows[GENL_TO_GUEST].limit.burst_bytes);
	DIFFERS(flows[GENL_FROM_GUEST].share.reservation_bytes_per_s);
	DIFFERS(flows[GENL_TO_GUEST].share.weight);
}

static void test_check_uplink(void **state)
{
	struct uplink_definition definition = { .name = "lan" };
	struct uplink uplink = { .definition = &definition };
	struct uplink_member member = { .node = { .parent = &uplink.node } };
	struct system system = { .nics = { [1] = { .member = &member } } };
	struct guest guest = { .system = &system, .module_id = 3 };
	_cleanup_free_ char *error = NULL;

	assert_int_equal(nic_check_uplink(&guest, 0, NULL), 0);
	assert_int_equal(nic_check_uplink(&guest, 1, &error), ERROR_APPLY_FAILED);
	assert_non_null(strstr(error, "nic 1: uplink 'lan' is not known to the module"));
	uplink.module_id = 9;
	assert_int_equal(nic_check_uplink(&guest, 1, NULL), 0);
	/* Without the module nobody could hold it. */
	uplink.module_id = 0;
	guest.module_id = 0;
	assert_int_equal(nic_check_uplink(&guest, 1, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wish),
		cmocka_unit_test(test_wish_without_uplink),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_check_uplink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
