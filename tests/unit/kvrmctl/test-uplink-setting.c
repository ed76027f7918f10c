// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of uplinks: of one direction or both, each once, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "daemon/util/cleanup.h"
#include "tools/kvrmctl/uplink-setting.h"

static const struct setting *find(const struct settings *s, const char *property)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->item[i].property, property))
			return &s->item[i];
	}
	return NULL;
}

static void expect(const struct settings *s, const char *property, char type, uint64_t number)
{
	const struct setting *setting = find(s, property);

	assert_non_null(setting);
	assert_int_equal(setting->type, type);
	assert_int_equal(setting->number, number);
}

static void test_both_directions(void **state)
{
	struct settings s = { 0 };

	assert_int_equal(settings_add_pair(&s, uplink_settings_add, "capacity=10Gbit", NULL), 0);
	assert_int_equal(settings_add_pair(&s, uplink_settings_add, "weight=10000", NULL), 0);
	assert_int_equal(settings_add_pair(&s, uplink_settings_add, "expandable=no", NULL), 0);
	assert_int_equal(s.n, 6);
	expect(&s, "ToGuestCapacity", 't', 1250000000);
	expect(&s, "FromGuestCapacity", 't', 1250000000);
	expect(&s, "ToGuestWeight", 'u', 10000);
	expect(&s, "FromGuestWeight", 'u', 10000);
	expect(&s, "ToGuestExpandable", 'b', 0);
	expect(&s, "FromGuestExpandable", 'b', 0);
}

static void test_all(void **state)
{
	static const char *const pairs[] = {
		"bridge=br0",
		"description=a=b",
		"to-guest-capacity=8bit",
		"from-guest-capacity=1MiB",
		"to-guest-reservation=0",
		"from-guest-reservation=1Mbit",
		"to-guest-limit=unlimited",
		"from-guest-limit=2Mbit",
		"to-guest-weight=1",
		"from-guest-weight=2",
		"to-guest-expandable=yes",
		"from-guest-expandable=no",
	};
	struct settings s = { 0 };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(settings_add_pair(&s, uplink_settings_add, pairs[i], NULL), 0);
	assert_int_equal(s.n, SETTINGS_MAX);
	assert_string_equal(find(&s, "Bridge")->text, "br0");
	assert_string_equal(find(&s, "Description")->text, "a=b");
	expect(&s, "ToGuestCapacity", 't', 1);
	expect(&s, "FromGuestCapacity", 't', 1048576);
	expect(&s, "ToGuestReservation", 't', 0);
	expect(&s, "FromGuestReservation", 't', 125000);
	expect(&s, "ToGuestLimit", 't', 0);
	expect(&s, "FromGuestLimit", 't', 250000);
	expect(&s, "ToGuestWeight", 'u', 1);
	expect(&s, "FromGuestWeight", 'u', 2);
	expect(&s, "ToGuestExpandable", 'b', 1);
	expect(&s, "FromGuestExpandable", 'b', 0);
}

static void test_refusals(void **state)
{
	static const char *const cases[][2] = {
		{ "capacity", "'capacity' is not KEY=VALUE" },
		{ "capacity=unlimited", "capacity: 'unlimited' is no capacity" },
		{ "to-guest-capacity=0", "to-guest-capacity: '0' is no capacity" },
		{ "capacity=1", "capacity: '1' is not a rate" },
		{ "reservation=unlimited", "or 0" },
		{ "limit=0", "or unlimited" },
		{ "weight=0", "weight: '0' is not 1 to 10000" },
		{ "from-guest-weight=x", "from-guest-weight: 'x' is not" },
		{ "expandable=1", "expandable: '1' is neither yes nor no" },
		{ "speed=1Gbit", "'speed' is nothing that can be changed" },
		{ "from-guest-speed=1", "'from-guest-speed' is nothing that can be changed" },
		{ "to-guest-limit=1Mbit", "to-guest-limit: given more than once" },
		{ "limit=1Mbit", "limit: given more than once" },
		{ "bridge=br1", "bridge: given more than once" },
		{ "description=\xff", "description: is not UTF-8 text" },
	};
	struct settings s = { 0 };

	assert_int_equal(settings_add_pair(&s, uplink_settings_add, "bridge=br0", NULL), 0);
	assert_int_equal(settings_add_pair(&s, uplink_settings_add, "to-guest-limit=1Mbit", NULL),
			 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *error = NULL;

		assert_int_equal(settings_add_pair(&s, uplink_settings_add, cases[i][0], &error),
				 -EINVAL);
		if (!strstr(error, cases[i][1]))
			fail_msg("'%s': '%s' does not say '%s'", cases[i][0], error, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_directions),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
