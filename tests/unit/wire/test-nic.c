// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs: netlink messages built and taken apart, also broken ones; whose a tap's alias says it is.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/wire/genl-message-nic.h"
#include "daemon/wire/tap.h"

#define FAMILY_ID 31
#define UUID	  "01234567-89ab-cdef-0123-456789abcdef"

static struct nl_msg *begin(void)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_NIC_GET, 0);

	nla_put_u32(m, KVRM_A_NIC_ID, 3);
	nla_put_u32(m, KVRM_A_NIC_GUEST_ID, 7);
	nla_put_u32(m, KVRM_A_NIC_IFINDEX, 12);
	return m;
}

static const uint64_t delays[KVRM_NIC_QUEUE_DELAY_BUCKETS] = { 1, [14] = UINT64_MAX };

static bool is_delays(int attribute)
{
	return attribute == KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS ||
	       attribute == KVRM_A_NIC_FROM_GUEST_QUEUE_DELAYS;
}

static bool is_u32(int attribute)
{
	return attribute == KVRM_A_NIC_UPLINK_ID || attribute == KVRM_A_NIC_TO_GUEST_WEIGHT ||
	       attribute == KVRM_A_NIC_FROM_GUEST_WEIGHT;
}

static void test_nic(void **state)
{
	struct nl_msg *m = begin();
	struct genl_nic nic;

	nla_put_string(m, KVRM_A_NIC_IFNAME, "kvrm0");
	nla_put_u32(m, KVRM_A_NIC_STATE, KVRM_NIC_STATE_XDP);
	/* Each counter says which attribute it came in. */
	for (int a = KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S; a <= KVRM_A_NIC_MAX; a++) {
		if (is_u32(a))
			nla_put_u32(m, a, (uint32_t)a << 20);
		else if (is_delays(a))
			nla_put(m, a, sizeof(delays), delays);
		else
			nla_put_u64(m, a, (uint64_t)a << 40);
	}
	nla_put_u64(m, KVRM_A_NIC_MAX + 5, 1);
	assert_int_equal(genl_message_parse_nic(nlmsg_hdr(m), &nic), 0);
	assert_int_equal(nic.id, 3);
	assert_int_equal(nic.guest_id, 7);
	assert_int_equal(nic.ifindex, 12);
	assert_string_equal(nic.ifname, "kvrm0");
	assert_int_equal(nic.state, KVRM_NIC_STATE_XDP);
#define CHECK(NAME, field, ATTRIBUTE)                                                              \
	assert_int_equal(nic.flows[GENL_##NAME].field,                                             \
			 (uint64_t)KVRM_A_NIC_##NAME##_##ATTRIBUTE << 40)
#define CHECK_BOTH(field, ATTRIBUTE)                                                               \
	CHECK(TO_GUEST, field, ATTRIBUTE);                                                         \
	CHECK(FROM_GUEST, field, ATTRIBUTE)
	CHECK_BOTH(limit.bytes_per_s, LIMIT_BYTES_PER_S);
	CHECK_BOTH(limit.packets_per_s, LIMIT_PACKETS_PER_S);
	CHECK_BOTH(limit.burst_bytes, BURST_BYTES);
	CHECK_BOTH(bytes, BYTES);
	CHECK_BOTH(packets, PACKETS);
	CHECK_BOTH(queued_bytes, QUEUED_BYTES);
	CHECK_BOTH(queued_packets, QUEUED_PACKETS);
	CHECK_BOTH(delayed_packets, DELAYED_PACKETS);
	CHECK_BOTH(unowned_packets, UNOWNED_PACKETS);
	CHECK_BOTH(dropped_full, DROPPED_FULL);
	CHECK_BOTH(dropped_device, DROPPED_DEVICE);
	CHECK_BOTH(dropped_memory, DROPPED_MEMORY);
	CHECK_BOTH(limited_ns, LIMITED_NS);
	CHECK_BOTH(share.reservation_bytes_per_s, RESERVATION_BYTES_PER_S);
	CHECK_BOTH(demand, DEMAND_BYTES_PER_S);
	CHECK_BOTH(used, USED_BYTES_PER_S);
	CHECK_BOTH(entitled, ENTITLED_BYTES_PER_S);
	CHECK_BOTH(applied, APPLIED_BYTES_PER_S);
	CHECK_BOTH(delay_ns, QUEUE_DELAY_NS);
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		assert_true(nic.flows[i].delays_known);
		assert_memory_equal(nic.flows[i].delays, delays, sizeof(delays));
	}
	assert_int_equal(nic.uplink_id, (uint32_t)KVRM_A_NIC_UPLINK_ID << 20);
	assert_int_equal(nic.flows[GENL_TO_GUEST].share.weight,
			 (uint32_t)KVRM_A_NIC_TO_GUEST_WEIGHT << 20);
	assert_int_equal(nic.flows[GENL_FROM_GUEST].share.weight,
			 (uint32_t)KVRM_A_NIC_FROM_GUEST_WEIGHT << 20);
	nlmsg_free(m);
}

/* A module that does not tell how long packets waited, or only of one direction. */
static void test_older_module(void **state)
{
	struct nl_msg *m = begin();
	struct genl_nic nic;

	nla_put_u64(m, KVRM_A_NIC_TO_GUEST_DELAYED_PACKETS, 5);
	nla_put_u64(m, KVRM_A_NIC_TO_GUEST_QUEUE_DELAY_NS, 7);
	nla_put(m, KVRM_A_NIC_FROM_GUEST_QUEUE_DELAYS, sizeof(delays), delays);
	nla_put_u64(m, KVRM_A_NIC_FROM_GUEST_QUEUE_DELAY_NS, 0);
	assert_int_equal(genl_message_parse_nic(nlmsg_hdr(m), &nic), 0);
	assert_int_equal(nic.flows[GENL_TO_GUEST].delayed_packets, 5);
	assert_false(nic.flows[GENL_TO_GUEST].delays_known);
	assert_true(nic.flows[GENL_FROM_GUEST].delays_known);
	nlmsg_free(m);
}

static void test_broken(void **state)
{
	static const int needed[] = { KVRM_A_NIC_ID, KVRM_A_NIC_GUEST_ID, KVRM_A_NIC_IFINDEX };
	struct genl_nic nic;

	for (int missing = 0; missing < 3; missing++) {
		struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_NIC_GET, 0);

		for (int i = 0; i < 3; i++) {
			if (i != missing)
				nla_put_u32(m, needed[i], 1);
		}
		assert_int_equal(genl_message_parse_nic(nlmsg_hdr(m), &nic), -EPROTO);
		nlmsg_free(m);
	}
	for (int a = KVRM_A_NIC_IFNAME; a <= KVRM_A_NIC_MAX; a++) {
		struct nl_msg *m;

		/* Of requests only. */
		if (a == KVRM_A_NIC_SELECT)
			continue;
		m = begin();

		/* Too short for a number, and a text without its end. */
		nla_put(m, a, 2, "xx");
		assert_int_equal(genl_message_parse_nic(nlmsg_hdr(m), &nic), -EPROTO);
		nlmsg_free(m);
	}
	/* One number more or less. */
	for (int by = -8; by <= 8; by += 16) {
		static const uint64_t more_delays[KVRM_NIC_QUEUE_DELAY_BUCKETS + 1];
		struct nl_msg *m = begin();

		nla_put(m, KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS, (int)sizeof(delays) + by, more_delays);
		assert_int_equal(genl_message_parse_nic(nlmsg_hdr(m), &nic), -EPROTO);
		nlmsg_free(m);
	}
}

static void test_wish(void **state)
{
	static const struct genl_nic_wish wish = {
		.uplink_id = 9,
		.limits = { { .bytes_per_s = 1, .packets_per_s = 2, .burst_bytes = 3 },
			    { .packets_per_s = UINT64_MAX } },
		.shares = { { .reservation_bytes_per_s = UINT64_C(1) << 40, .weight = 10000 },
			    { .reservation_bytes_per_s = 5, .weight = 1 } },
	};
	struct nl_msg *m = begin();
	struct genl_nic nic;

	assert_int_equal(genl_message_put_nic(m, &wish), 0);
	assert_int_equal(genl_message_parse_nic(nlmsg_hdr(m), &nic), 0);
	assert_int_equal(nic.uplink_id, 9);
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		assert_memory_equal(&nic.flows[i].limit, &wish.limits[i], sizeof(wish.limits[i]));
		assert_int_equal(nic.flows[i].share.reservation_bytes_per_s,
				 wish.shares[i].reservation_bytes_per_s);
		assert_int_equal(nic.flows[i].share.weight, wish.shares[i].weight);
	}
	nlmsg_free(m);
}

#define MAC "52:54:00:12:34:56"

static void test_alias(void **state)
{
	static const char *const others[] = {
		NULL,
		"",
		"kvrm",
		"kvrm " UUID,
		"kvrm " UUID " ",
		"kvrm " UUID " 1",
		"kvrm " UUID " " MAC,
		"kvrm " UUID " " MAC " x",
		"kvrm " UUID " " MAC " -1",
		"kvrm " UUID " " MAC " 1 ",
		"kvrm " UUID " " MAC " 01",
		"kvrm " UUID " " MAC ":00 1",
		" kvrm " UUID " " MAC " 1",
		"kvrm " UUID " 52:54:00:12:34:5 1",
		"kvrm 01234567-89ab-cdef-0123-456789abcde " MAC " 1",
		"uplink",
	};
	struct tap tap;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(tap_parse_alias(others[i], &tap), -ENOENT);
	assert_int_equal(tap_parse_alias("kvrm " UUID " " MAC " 7", &tap), 0);
	assert_string_equal(tap.uuid, UUID);
	assert_string_equal(tap.mac, MAC);
	assert_int_equal(tap.port, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nic),    cmocka_unit_test(test_older_module),
		cmocka_unit_test(test_broken), cmocka_unit_test(test_wish),
		cmocka_unit_test(test_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
