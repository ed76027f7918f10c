// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink messages about uplinks and parts, built and taken apart, also broken ones.
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

#include "daemon/wire/genl-message-uplink.h"

#define FAMILY_ID 31

static bool is_u32(int attribute)
{
	switch (attribute) {
	case KVRM_A_UPLINK_ID:
	case KVRM_A_UPLINK_PARENT:
	case KVRM_A_UPLINK_MEMBERS:
	case KVRM_A_UPLINK_TO_GUEST_WEIGHT:
	case KVRM_A_UPLINK_FROM_GUEST_WEIGHT:
		return true;
	}
	return false;
}

static bool is_u8(int attribute)
{
	switch (attribute) {
	case KVRM_A_UPLINK_TO_GUEST_EXPANDABLE:
	case KVRM_A_UPLINK_TO_GUEST_CONTENDED:
	case KVRM_A_UPLINK_FROM_GUEST_EXPANDABLE:
	case KVRM_A_UPLINK_FROM_GUEST_CONTENDED:
		return true;
	}
	return false;
}

static struct nl_msg *begin(void)
{
	return genl_message_new(FAMILY_ID, KVRM_CMD_UPLINK_GET, 0);
}

static void test_uplink(void **state)
{
	struct nl_msg *m = begin();
	struct genl_uplink uplink;

	/* Each number says which attribute it came in. */
	for (int a = KVRM_A_UPLINK_ID; a <= KVRM_A_UPLINK_MAX; a++) {
		if (a == KVRM_A_UPLINK_NAME)
			nla_put_string(m, a, "lan");
		else if (is_u32(a))
			nla_put_u32(m, a, (uint32_t)a << 20);
		else if (is_u8(a))
			nla_put_u8(m, a, 1);
		else
			nla_put_u64(m, a, (uint64_t)a << 40);
	}
	nla_put_u64(m, KVRM_A_UPLINK_MAX + 5, 1);
	assert_int_equal(genl_message_parse_uplink(nlmsg_hdr(m), &uplink), 0);
	assert_int_equal(uplink.id, (uint32_t)KVRM_A_UPLINK_ID << 20);
	assert_string_equal(uplink.name, "lan");
	assert_int_equal(uplink.parent, (uint32_t)KVRM_A_UPLINK_PARENT << 20);
	assert_int_equal(uplink.members, (uint32_t)KVRM_A_UPLINK_MEMBERS << 20);
#define CHECK(NAME, field, ATTRIBUTE)                                                              \
	assert_int_equal(uplink.field, (uint64_t)KVRM_A_UPLINK_##NAME##_##ATTRIBUTE << 40)
#define CHECK_BOTH(part, field, ATTRIBUTE)                                                         \
	CHECK(TO_GUEST, part[GENL_TO_GUEST].field, ATTRIBUTE);                                     \
	CHECK(FROM_GUEST, part[GENL_FROM_GUEST].field, ATTRIBUTE)
	CHECK_BOTH(shares, capacity, CAPACITY_BYTES_PER_S);
	CHECK_BOTH(shares, reservation, RESERVATION_BYTES_PER_S);
	CHECK_BOTH(shares, limit, LIMIT_BYTES_PER_S);
	CHECK_BOTH(flows, demand, DEMAND_BYTES_PER_S);
	CHECK_BOTH(flows, used, USED_BYTES_PER_S);
	CHECK_BOTH(flows, entitled, ENTITLED_BYTES_PER_S);
	assert_int_equal(uplink.shares[GENL_TO_GUEST].weight,
			 (uint32_t)KVRM_A_UPLINK_TO_GUEST_WEIGHT << 20);
	assert_int_equal(uplink.shares[GENL_FROM_GUEST].weight,
			 (uint32_t)KVRM_A_UPLINK_FROM_GUEST_WEIGHT << 20);
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		assert_true(uplink.shares[i].expandable);
		assert_true(uplink.flows[i].contended);
	}
	nlmsg_free(m);
}

/* What is not there is nothing. */
static void test_least(void **state)
{
	static const struct genl_uplink nothing = { .id = 3 };
	struct nl_msg *m = begin();
	struct genl_uplink uplink;

	memset(&uplink, 0xff, sizeof(uplink));
	nla_put_u32(m, KVRM_A_UPLINK_ID, 3);
	assert_int_equal(genl_message_parse_uplink(nlmsg_hdr(m), &uplink), 0);
	assert_int_equal(uplink.id, nothing.id);
	assert_string_equal(uplink.name, "");
	assert_int_equal(uplink.parent, 0);
	assert_int_equal(uplink.shares[GENL_TO_GUEST].capacity, 0);
	assert_int_equal(uplink.shares[GENL_FROM_GUEST].limit, 0);
	assert_false(uplink.flows[GENL_FROM_GUEST].contended);
	nlmsg_free(m);
}

static void test_broken(void **state)
{
	struct genl_uplink uplink;
	struct nl_msg *m = begin();

	assert_int_equal(genl_message_parse_uplink(nlmsg_hdr(m), &uplink), -EPROTO);
	nlmsg_free(m);
	for (int a = KVRM_A_UPLINK_ID; a <= KVRM_A_UPLINK_MAX; a++) {
		/* Too short for a number, and a text without its end. */
		m = begin();
		if (a != KVRM_A_UPLINK_ID)
			nla_put_u32(m, KVRM_A_UPLINK_ID, 1);
		nla_put(m, a, is_u8(a) ? 0 : 2, "xx");
		assert_int_equal(genl_message_parse_uplink(nlmsg_hdr(m), &uplink), -EPROTO);
		nlmsg_free(m);
	}
}

static int count(struct nl_msg *m)
{
	struct nlattr *attr;
	int rest, n = 0;

	nlmsg_for_each_attr(attr, nlmsg_hdr(m), GENL_HDRLEN, rest)
		n++;
	return n;
}

/* An uplink has capacities and nothing else; a part all but those. */
static void test_shares(void **state)
{
	static const struct genl_uplink_share shares[GENL_DIRECTIONS] = {
		{ .capacity = 1, .reservation = 2, .limit = 3, .weight = 4, .expandable = true },
		{ .capacity = UINT64_C(1) << 40, .weight = 10000 },
	};
	struct nl_msg *m = begin(), *part = begin();
	struct genl_uplink uplink;

	assert_int_equal(genl_message_put_uplink(m, false, shares), 0);
	assert_int_equal(count(m), 2);
	nla_put_u32(m, KVRM_A_UPLINK_ID, 1);
	assert_int_equal(genl_message_parse_uplink(nlmsg_hdr(m), &uplink), 0);
	assert_int_equal(uplink.shares[GENL_TO_GUEST].capacity, 1);
	assert_int_equal(uplink.shares[GENL_FROM_GUEST].capacity, UINT64_C(1) << 40);
	assert_int_equal(genl_message_put_uplink(part, true, shares), 0);
	assert_int_equal(count(part), 8);
	nla_put_u32(part, KVRM_A_UPLINK_ID, 1);
	assert_int_equal(genl_message_parse_uplink(nlmsg_hdr(part), &uplink), 0);
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		assert_int_equal(uplink.shares[i].capacity, 0);
		assert_int_equal(uplink.shares[i].reservation, shares[i].reservation);
		assert_int_equal(uplink.shares[i].limit, shares[i].limit);
		assert_int_equal(uplink.shares[i].weight, shares[i].weight);
		assert_int_equal(uplink.shares[i].expandable, shares[i].expandable);
	}
	nlmsg_free(m);
	nlmsg_free(part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uplink),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
