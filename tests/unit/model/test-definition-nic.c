// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of definitions: rates read and written exactly, every refusal with its sentence, addresses given.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/model/definition.h"

static void test_refusals(void **state)
{
	static const char *const cases[][2] = {
		{ "", "bridge '' is not 1 to 15" },
		{ "a/b", "bridge 'a/b' is not" },
		{ ".", "bridge '.' is not" },
		{ "0123456789abcdef", "is not 1 to 15" },
		{ "br0,fast", "'fast' is not KEY=VALUE" },
		{ "br0,speed=1", "unknown key 'speed'; keys are mac vhost" },
		{ "br0,limit=1", "unknown key 'limit'" },
		{ "br0,vhost=yes", "neither on nor off" },
		{ "br0,mac=", "not the address of one card" },
		{ "br0,mac=52:54:00:12:34", "not the address of one card" },
		{ "br0,mac=52-54-00-12-34-56", "not the address of one card" },
		{ "br0,mac=53:54:00:12:34:56", "not the address of one card" },
		{ "br0,mac=fe:54:00:12:34:56", "not beginning with fe" },
		{ "br0,mac=00:00:00:00:00:00", "not the address of one card" },
		{ "br0,mac=52:54:00:12:34:5g", "not the address of one card" },
		{ "br0,to-guest-limit=", "to-guest-limit: '' is not a rate" },
		{ "br0,to-guest-limit=0bit", "or unlimited" },
		{ "br0,to-guest-limit=100", "is not a rate" },
		{ "br0,to-guest-limit=bit", "is not a rate" },
		{ "br0,to-guest-limit=-1kbit", "is not a rate" },
		{ "br0,to-guest-limit=7bit", "whole bytes" },
		{ "br0,from-guest-limit=0.0001kbit",
		  "from-guest-limit: '0.0001kbit' is not a rate" },
		{ "br0,to-guest-limit=10Tbit", "1099511627776B" },
		{ "br0,to-guest-limit=99999999999999999999Gbit", "is not a rate" },
		{ "br0,to-guest-packet-limit=0", "1 to 1000000000 packets" },
		{ "br0,to-guest-packet-limit=1000000001", "1 to 1000000000 packets" },
		{ "br0,to-guest-packet-limit=1k", "1 to 1000000000 packets" },
		{ "br0,from-guest-burst=2G", "0 to 1G" },
		{ "br0,from-guest-burst=x", "0 to 1G" },
		{ "br0,to-guest-reservation=unlimited", "is not a rate of whole bytes" },
		{ "br0,to-guest-reservation=7bit", "or 0" },
		{ "br0,from-guest-reservation=10Tbit", "1099511627776B" },
		{ "br0,to-guest-weight=0", "to-guest-weight: '0' is not 1 to 10000" },
		{ "br0,from-guest-weight=10001", "is not 1 to 10000" },
		{ "br0,from-guest-weight=-1", "is not 1 to 10000" },
		{ "br0,uplink=", "uplink '' is not 1 to 63" },
		{ "br0,uplink=a/b", "uplink 'a/b' is not 1 to 63" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct definition_nic nic;
		_cleanup_free_ char *error = NULL;

		assert_int_equal(nic_parse(cases[i][0], &nic, &error), -EINVAL);
		if (!strstr(error, cases[i][1]) || strncmp(error, "nic: ", 5))
			fail_msg("'%s': '%s' does not say '%s'", cases[i][0], error, cases[i][1]);
	}
}

static void test_rates_are_exact(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes_per_s;
		const char *formatted;
	} cases[] = {
		{ "unlimited", 0, "unlimited" },
		{ "8bit", 1, "1B" },
		{ "1B", 1, "1B" },
		{ "3B/s", 3, "3B" },
		{ "1kbit", 125, "1kbit" },
		{ "100Mbit", 12500000, "100Mbit" },
		{ "1.5Gbit", 187500000, "1500Mbit" },
		{ "1.5Gbit/s", 187500000, "1500Mbit" },
		{ "0.000008Mbit", 1, "1B" },
		{ "2.5Tbit", UINT64_C(312500000000), "2500Gbit" },
		{ "10kB", 10000, "80kbit" },
		{ "1MiB", 1048576, "1MiB" },
		{ "1024KiB", 1048576, "1MiB" },
		{ "0.5GiB", 536870912, "512MiB" },
		{ "1099511627776B", UINT64_C(1) << 40, "1024GiB" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct definition_nic nic = NIC_DEFAULTS, back = NIC_DEFAULTS;
		char text[32];

		assert_int_equal(nic_set(&nic, "to-guest-limit", cases[i].text, NULL), 0);
		assert_int_equal(nic.limits[NIC_TO_GUEST].bytes_per_s, cases[i].bytes_per_s);
		assert_int_equal(nic.limits[NIC_FROM_GUEST].bytes_per_s, 0);
		rate_format(cases[i].bytes_per_s, text, sizeof(text));
		assert_string_equal(text, cases[i].formatted);
		assert_int_equal(nic_set(&back, "from-guest-limit", text, NULL), 0);
		assert_int_equal(back.limits[NIC_FROM_GUEST].bytes_per_s, cases[i].bytes_per_s);
	}
}

/* What a NIC has of its uplink. */
static void test_shares(void **state)
{
	struct definition_nic nic;

	assert_int_equal(nic_parse("br0", &nic, NULL), 0);
	assert_string_equal(nic.uplink, "bridge");
	assert_false(nic_reserves_any(&nic));
	for (int i = 0; i < NIC_DIRECTIONS; i++)
		assert_int_equal(nic.shares[i].weight, 100);
	assert_int_equal(nic_parse("br0,uplink=lan,to-guest-reservation=8Mbit,to-guest-weight=1,"
				   "from-guest-reservation=0,from-guest-weight=10000",
				   &nic, NULL),
			 0);
	assert_string_equal(nic.uplink, "lan");
	assert_int_equal(nic.shares[NIC_TO_GUEST].reservation_bytes_per_s, 1000000);
	assert_int_equal(nic.shares[NIC_TO_GUEST].weight, 1);
	assert_int_equal(nic.shares[NIC_FROM_GUEST].reservation_bytes_per_s, 0);
	assert_int_equal(nic.shares[NIC_FROM_GUEST].weight, 10000);
	assert_true(nic_reserves_any(&nic));
	assert_false(nic_limits_any(&nic));
	for (size_t i = 0; i < NIC_LIMIT_KEYS; i++)
		assert_int_equal(nic_limit_default(i),
				 nic_limit_keys[i].kind == LIMIT_WEIGHT ? 100 : 0);
}

/* What is written is read as the same, whatever it is. */
static void test_all_rates_round_trip(void **state)
{
	uint64_t rate = 1;

	for (int i = 0; i < 100000; i++) {
		struct definition_nic nic = NIC_DEFAULTS;
		char text[32];

		rate = (rate * UINT64_C(6364136223846793005) + 1442695040888963407u) >> (i % 24);
		rate = rate % NIC_LIMIT_MAX_BYTES_PER_S + 1;
		rate_format(rate, text, sizeof(text));
		assert_int_equal(nic_set(&nic, "to-guest-limit", text, NULL), 0);
		assert_int_equal(nic.limits[NIC_TO_GUEST].bytes_per_s, rate);
	}
}

static struct definition *with_nics(const char *uuid, const char *const nics[], size_t n)
{
	struct definition *d = definition_new();

	strcpy(d->name, "x");
	strcpy(d->uuid, uuid);
	d->memory_bytes = 1 << 20;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(definition_set(d, "nic", nics[i], NULL), 0);
	return d;
}

#define UUID "01234567-89ab-cdef-0123-456789abcdef"

static void test_addresses_are_given(void **state)
{
	static const char *const nics[] = { "a", "b,mac=52:54:00:00:00:01", "c" };
	_cleanup_definition_ struct definition *d = with_nics(UUID, nics, 3);
	_cleanup_definition_ struct definition *same = with_nics(UUID, nics, 3);
	_cleanup_definition_ struct definition *other =
		with_nics("11234567-89ab-cdef-0123-456789abcdef", nics, 3);
	char mac[18];

	assert_int_equal(definition_complete(d), 0);
	assert_int_equal(definition_complete(same), 0);
	assert_int_equal(definition_complete(other), 0);
	assert_int_equal(definition_validate(d, 0, NULL), 0);
	assert_string_equal(d->nics[1].mac, "52:54:00:00:00:01");
	for (int i = 0; i < 3; i += 2) {
		assert_int_equal(nic_mac_parse(d->nics[i].mac, mac, NULL), 0);
		assert_string_equal(mac, d->nics[i].mac);
		assert_string_equal(d->nics[i].mac, same->nics[i].mac);
		assert_string_not_equal(d->nics[i].mac, other->nics[i].mac);
	}
	assert_string_not_equal(d->nics[0].mac, d->nics[2].mac);
	*d->uuid = '\0';
	assert_int_equal(definition_complete(d), -EINVAL);
}

static void expect_invalid(const char *const nics[], size_t n, const char *part)
{
	_cleanup_definition_ struct definition *d = with_nics(UUID, nics, n);
	_cleanup_free_ char *error = NULL;

	assert_int_equal(definition_validate(d, 0, &error), -EINVAL);
	assert_non_null(strstr(error, part));
}

static void test_whole_rules(void **state)
{
	static const char *const twice[] = { "a,mac=52:54:00:00:00:01", "b,mac=52:54:00:00:00:01" };
	static const char *const burst[] = { "a,to-guest-burst=1K" };
	static const char *const above_limit[] = {
		"a,from-guest-limit=10Mbit,from-guest-reservation=20Mbit"
	};
	static const char *const nowhere[] = { "a,uplink=none,to-guest-reservation=1Mbit" };
	static const char *const nine[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	_cleanup_definition_ struct definition *d = with_nics(UUID, nine, 8);
	_cleanup_free_ char *error = NULL, *above = NULL, *packets = NULL;

	expect_invalid(twice, 2, "nic 1: mac '52:54:00:00:00:01' is given twice");
	expect_invalid(burst, 1, "nic 0: to-guest-burst: needs a to-guest-limit");
	expect_invalid(above_limit, 1,
		       "nic 0: from-guest-reservation: 2500000 bytes per second is above the "
		       "from-guest-limit, 1250000");
	expect_invalid(nowhere, 1, "nic 0: to-guest-reservation: needs an uplink");
	assert_int_equal(definition_set(d, "nic", "i", &error), -EINVAL);
	assert_string_equal(error, "nic: at most 8 are allowed");
	assert_false(nic_limits_any(&d->nics[0]));
	d->nics[3].limits[NIC_FROM_GUEST].bytes_per_s = UINT64_MAX;
	assert_true(nic_limits_any(&d->nics[3]));
	assert_int_equal(definition_validate(d, 0, &above), -EINVAL);
	assert_non_null(strstr(above,
			       "nic 3: from-guest-limit: 18446744073709551615 bytes per second"));
	d->nics[3].limits[NIC_FROM_GUEST].bytes_per_s = 0;
	d->nics[3].limits[NIC_TO_GUEST].packets_per_s = UINT64_C(1000000001);
	assert_int_equal(definition_validate(d, 0, &packets), -EINVAL);
	assert_non_null(strstr(packets,
			       "nic 3: to-guest-packet-limit: 1000000001 packets per second"));
}

/* An address that somebody has already is given to nobody else, and one that went is found no more. */
static void test_come_and_go(void **state)
{
	static const char *const three[] = { "a", "b", "c" };
	_cleanup_definition_ struct definition *d = with_nics(UUID, three, 3);
	struct definition_nic more = NIC_DEFAULTS;
	char device[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE], first[18], last[18];

	strcpy(more.bridge, "d");
	assert_int_equal(definition_complete(d), 0);
	strcpy(first, d->nics[0].mac);
	strcpy(last, d->nics[2].mac);
	definition_remove_nic(d, 0);
	assert_int_equal(d->n_nics, 2);
	assert_string_equal(d->nics[0].bridge, "b");
	assert_string_equal(d->nics[1].mac, last);
	assert_int_equal(definition_find_nic(d, last), 1);
	assert_int_equal(definition_find_nic(d, first), 2);
	/* At its place 2 it would have the address of the one that moved up. */
	assert_int_equal(definition_add_nic(d, &more, NULL), 0);
	assert_int_equal(definition_complete(d), 0);
	assert_int_equal(definition_check_nics(d, NULL), 0);
	assert_int_equal(definition_find_nic(d, last), 1);
	assert_string_not_equal(d->nics[2].mac, "");
	strcpy(d->nics[2].mac, "52:54:0a:bc:de:f0");
	nic_qemu_ids(&d->nics[2], device, netdev);
	assert_string_equal(device, "nic52540abcdef0");
	assert_string_equal(netdev, "net52540abcdef0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_rates_are_exact),
		cmocka_unit_test(test_all_rates_round_trip),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_addresses_are_given),
		cmocka_unit_test(test_whole_rules),
		cmocka_unit_test(test_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
