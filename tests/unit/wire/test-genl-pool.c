// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink messages about pools taken apart, also broken ones, and changes of guests and pools built,
 * alone and several at once.
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

#include "daemon/wire/genl-message.h"

#define FAMILY_ID 31

static const struct genl_cpu_alloc limited = {
	.reservation_us = 0, .limit_us = 250000, .weight = 7, .vcpu_limit_us = 50000
};
static const struct genl_memory_alloc memory = {
	.reservation_bytes = 1 << 20, .overhead_bytes = 4096, .limit_bytes = 1 << 25, .weight = 300
};
static const struct genl_cpu_alloc unlimited = { .reservation_us = UINT64_MAX, .weight = 10000 };

static struct nl_msg *full_pool(void)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_POOL_GET, 0);

	nla_put_u32(m, KVRM_A_POOL_ID, 3);
	nla_put_string(m, KVRM_A_POOL_NAME, "production");
	nla_put_u32(m, KVRM_A_POOL_PARENT, 1);
	nla_put_u64(m, KVRM_A_POOL_CGROUP_ID, UINT64_C(0x123456789a));
	nla_put_u64(m, KVRM_A_POOL_CPU_RESERVATION_US, 1000001);
	nla_put_u64(m, KVRM_A_POOL_CPU_LIMIT_US, 1000002);
	nla_put_u32(m, KVRM_A_POOL_CPU_WEIGHT, 10000);
	nla_put_u8(m, KVRM_A_POOL_CPU_EXPANDABLE, 1);
	nla_put_u64(m, KVRM_A_POOL_CPU_HOST_RESERVE_US, 1000003);
	nla_put_u64(m, KVRM_A_POOL_CPU_RESERVED_US, 1000004);
	nla_put_u64(m, KVRM_A_POOL_CPU_CLAIMED_US, 1000005);
	nla_put_u64(m, KVRM_A_POOL_CPU_UNRESERVED_US, 1000006);
	nla_put_u64(m, KVRM_A_POOL_CPU_SHORTFALL_US, 1000007);
	nla_put_u64(m, KVRM_A_POOL_CPU_DEMAND_US, 1000008);
	nla_put_u64(m, KVRM_A_POOL_CPU_USED_US, 1000009);
	nla_put_u64(m, KVRM_A_POOL_CPU_ENTITLED_US, 1000010);
	nla_put_u32(m, KVRM_A_POOL_CPU_WEIGHT_APPLIED, 43);
	nla_put_u32(m, KVRM_A_POOL_MEMBERS, 12);
	nla_put_u64(m, KVRM_A_POOL_REASSERTED, UINT64_MAX);
	nla_put_u64(m, KVRM_A_POOL_MEMORY_RESERVATION_BYTES, 4096);
	nla_put_u8(m, KVRM_A_POOL_MEMORY_EXPANDABLE, 1);
	nla_put_u32(m, KVRM_A_POOL_MEMORY_WEIGHT, 302);
	nla_put_u64(m, KVRM_A_POOL_MEMORY_LIMIT_BYTES, 8192);
	/* From a newer module. */
	nla_put_u64(m, KVRM_A_POOL_MAX + 5, 1);
	return m;
}

static void test_pool(void **state)
{
	struct nl_msg *m = full_pool();
	struct genl_pool pool;

	assert_int_equal(genl_message_parse_pool(nlmsg_hdr(m), &pool), 0);
	assert_int_equal(pool.id, 3);
	assert_string_equal(pool.name, "production");
	assert_int_equal(pool.parent, 1);
	assert_int_equal(pool.cgroup_id, UINT64_C(0x123456789a));
	assert_int_equal(pool.reservation_us, 1000001);
	assert_int_equal(pool.limit_us, 1000002);
	assert_int_equal(pool.weight, 10000);
	assert_true(pool.expandable);
	assert_int_equal(pool.host_reserve_us, 1000003);
	assert_int_equal(pool.reserved_us, 1000004);
	assert_int_equal(pool.claimed_us, 1000005);
	assert_int_equal(pool.unreserved_us, 1000006);
	assert_int_equal(pool.shortfall_us, 1000007);
	assert_int_equal(pool.demand_us, 1000008);
	assert_int_equal(pool.used_us, 1000009);
	assert_int_equal(pool.entitled_us, 1000010);
	assert_int_equal(pool.weight_applied, 43);
	assert_int_equal(pool.members, 12);
	assert_true(pool.reasserted == UINT64_MAX);
	assert_int_equal(pool.memory_reservation_bytes, 4096);
	assert_true(pool.memory_expandable);
	assert_int_equal(pool.memory_weight, 302);
	assert_int_equal(pool.memory_limit_bytes, 8192);
	nlmsg_free(m);
}

/* The root without a cgroup and without a limit; a pool that was removed has even less. */
static void test_small_pool(void **state)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_POOL_DEL_NTF, 0);
	struct genl_pool pool;

	memset(&pool, 0xff, sizeof(pool));
	nla_put_u32(m, KVRM_A_POOL_ID, 1);
	nla_put_flag(m, KVRM_A_POOL_CPU_UNLIMITED);
	assert_int_equal(genl_message_parse_pool(nlmsg_hdr(m), &pool), 0);
	assert_int_equal(pool.id, 1);
	assert_string_equal(pool.name, "");
	assert_int_equal(pool.parent, 0);
	assert_int_equal(pool.cgroup_id, 0);
	assert_int_equal(pool.limit_us, 0);
	assert_false(pool.expandable);
	assert_int_equal(pool.weight_applied, 0);
	nlmsg_free(m);
}

static void test_bad_pool(void **state)
{
	struct genl_pool pool = { .id = 1 };

	for (int i = 0; i < 6; i++) {
		struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_POOL_GET, 0);

		if (i == 1)
			nla_put_u16(m, KVRM_A_POOL_ID, 7);
		else if (i != 0)
			nla_put_u32(m, KVRM_A_POOL_ID, 7);
		if (i == 2)
			nla_put(m, KVRM_A_POOL_NAME, 3, "abc");
		if (i == 3)
			nla_put_u32(m, KVRM_A_POOL_CPU_RESERVATION_US, 1);
		if (i == 4)
			nla_put(m, KVRM_A_POOL_CPU_EXPANDABLE, 0, NULL);
		if (i == 5)
			nla_put_u16(m, KVRM_A_POOL_MEMBERS, 1);
		assert_int_equal(genl_message_parse_pool(nlmsg_hdr(m), &pool), -EPROTO);
		assert_int_equal(pool.id, 1);
		nlmsg_free(m);
	}
}

/* Every message with bytes changed and cut short: refused or taken, never read beyond its end. */
static void test_mutations(void **state)
{
	struct nl_msg *m = full_pool();
	struct nlmsghdr *original = nlmsg_hdr(m);
	struct genl_pool pool;
	int refused = 0;

	srand(2);
	for (int i = 0; i < 20000; i++) {
		size_t length = original->nlmsg_len;
		uint8_t *copy;

		if (i % 3 == 0)
			length = sizeof(*original) +
				 (size_t)rand() % (length - sizeof(*original) + 1);
		copy = malloc(length);
		memcpy(copy, original, length);
		((struct nlmsghdr *)copy)->nlmsg_len = (uint32_t)length;
		for (int n = rand() % 4; n > 0 && length > sizeof(*original); n--)
			copy[sizeof(*original) + (size_t)rand() % (length - sizeof(*original))] =
				(uint8_t)rand();
		refused += genl_message_parse_pool((struct nlmsghdr *)copy, &pool) < 0;
		free(copy);
	}
	assert_in_range(refused, 1, 19999);
	nlmsg_free(m);
}

/* Exactly the attributes in @types, which ends with 0, are there. */
static void expect_attrs(struct nlattr **attrs, int max, const int *types)
{
	for (int i = 1; i <= max; i++) {
		bool wanted = false;

		for (const int *t = types; *t; t++)
			wanted |= *t == i;
		assert_int_equal(attrs[i] != NULL, wanted);
	}
}

static void test_guest_change(void **state)
{
	static const int most[] = { KVRM_A_GUEST_NAME,
				    KVRM_A_GUEST_CGROUP_FD,
				    KVRM_A_GUEST_POOL_ID,
				    KVRM_A_GUEST_CPU_LIMIT_US,
				    KVRM_A_GUEST_CPU_RESERVATION_US,
				    KVRM_A_GUEST_CPU_WEIGHT,
				    KVRM_A_GUEST_CPU_VCPU_LIMIT_US,
				    KVRM_A_GUEST_MEMORY_RESERVATION_BYTES,
				    KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES,
				    KVRM_A_GUEST_MEMORY_LIMIT_BYTES,
				    KVRM_A_GUEST_MEMORY_WEIGHT,
				    0 };
	const struct genl_guest_change change = {
		.name = "web", .cgroup_fd = 0, .pool_id = 4, .alloc = &limited, .memory = &memory
	};
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_GUEST_SET, NLM_F_ACK);
	struct nlattr *attrs[KVRM_A_GUEST_MAX + 1];

	assert_int_equal(nlmsg_hdr(m)->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(nlmsg_hdr(m)->nlmsg_type, FAMILY_ID);
	assert_int_equal(genl_message_put_guest(m, &change), 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(m), 0, attrs, KVRM_A_GUEST_MAX, NULL), 0);
	expect_attrs(attrs, KVRM_A_GUEST_MAX, most);
	assert_string_equal(nla_get_string(attrs[KVRM_A_GUEST_NAME]), "web");
	assert_int_equal(nla_get_u32(attrs[KVRM_A_GUEST_CGROUP_FD]), 0);
	assert_int_equal(nla_get_u32(attrs[KVRM_A_GUEST_POOL_ID]), 4);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_GUEST_CPU_LIMIT_US]), 250000);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_GUEST_CPU_RESERVATION_US]), 0);
	assert_int_equal(nla_get_u32(attrs[KVRM_A_GUEST_CPU_WEIGHT]), 7);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_GUEST_CPU_VCPU_LIMIT_US]), 50000);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_GUEST_MEMORY_RESERVATION_BYTES]), 1 << 20);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES]), 4096);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_GUEST_MEMORY_LIMIT_BYTES]), 1 << 25);
	assert_int_equal(nla_get_u32(attrs[KVRM_A_GUEST_MEMORY_WEIGHT]), 300);
	nlmsg_free(m);
}

static void test_pool_change(void **state)
{
	static const int all[] = { KVRM_A_POOL_NAME,
				   KVRM_A_POOL_PARENT,
				   KVRM_A_POOL_CGROUP_FD,
				   KVRM_A_POOL_CPU_RESERVATION_US,
				   KVRM_A_POOL_CPU_UNLIMITED,
				   KVRM_A_POOL_CPU_WEIGHT,
				   KVRM_A_POOL_CPU_EXPANDABLE,
				   KVRM_A_POOL_CPU_HOST_RESERVE_US,
				   KVRM_A_POOL_MEMORY_RESERVATION_BYTES,
				   KVRM_A_POOL_MEMORY_EXPANDABLE,
				   KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES,
				   KVRM_A_POOL_MEMORY_WEIGHT,
				   KVRM_A_POOL_MEMORY_LIMIT_BYTES,
				   0 };
	const uint64_t host_reserve_us = 0, memory_reserve = 8192;
	const bool expandable = false, memory_expandable = true;
	const struct genl_pool_change change = { .name = "",
						 .parent = 9,
						 .cgroup_fd = 5,
						 .alloc = &unlimited,
						 .expandable = &expandable,
						 .host_reserve_us = &host_reserve_us,
						 .memory = &memory,
						 .memory_expandable = &memory_expandable,
						 .memory_reserve_bytes = &memory_reserve };
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_POOL_SET, NLM_F_ACK);
	struct nlattr *attrs[KVRM_A_POOL_MAX + 1];

	assert_int_equal(genl_message_put_pool(m, &change), 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(m), 0, attrs, KVRM_A_POOL_MAX, NULL), 0);
	expect_attrs(attrs, KVRM_A_POOL_MAX, all);
	assert_string_equal(nla_get_string(attrs[KVRM_A_POOL_NAME]), "");
	assert_int_equal(nla_get_u32(attrs[KVRM_A_POOL_PARENT]), 9);
	assert_int_equal(nla_get_u32(attrs[KVRM_A_POOL_CGROUP_FD]), 5);
	assert_true(nla_get_u64(attrs[KVRM_A_POOL_CPU_RESERVATION_US]) == UINT64_MAX);
	assert_int_equal(nla_get_u32(attrs[KVRM_A_POOL_CPU_WEIGHT]), 10000);
	assert_int_equal(nla_len(attrs[KVRM_A_POOL_CPU_EXPANDABLE]), 1);
	assert_int_equal(nla_get_u8(attrs[KVRM_A_POOL_CPU_EXPANDABLE]), 0);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_POOL_CPU_HOST_RESERVE_US]), 0);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_POOL_MEMORY_RESERVATION_BYTES]), 1 << 20);
	assert_int_equal(nla_get_u8(attrs[KVRM_A_POOL_MEMORY_EXPANDABLE]), 1);
	assert_int_equal(nla_get_u32(attrs[KVRM_A_POOL_MEMORY_WEIGHT]), 300);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_POOL_MEMORY_LIMIT_BYTES]), 1 << 25);
	assert_int_equal(nla_get_u64(attrs[KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES]), 8192);
	nlmsg_free(m);
}

/* Only of what is adopted it is said. */
static void test_adopted(void **state)
{
	const struct genl_guest_change guest = { .cgroup_fd = -1, .adopted = true };
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_GUEST_ADD, NLM_F_ACK);
	struct nlattr *attrs[KVRM_A_GUEST_MAX + 1];

	assert_int_equal(genl_message_put_guest(m, &guest), 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(m), 0, attrs, KVRM_A_GUEST_MAX, NULL), 0);
	assert_non_null(attrs[KVRM_A_GUEST_ADOPTED]);
	assert_int_equal(nla_len(attrs[KVRM_A_GUEST_ADOPTED]), 0);
	nlmsg_free(m);
}

/* Nothing to change: nothing is sent. */
static void test_no_change(void **state)
{
	const struct genl_guest_change guest = { .cgroup_fd = -1 };
	const struct genl_pool_change pool = { .cgroup_fd = -1 };
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_POOL_SET, NLM_F_ACK);
	uint32_t length = nlmsg_hdr(m)->nlmsg_len;

	assert_int_equal(genl_message_put_guest(m, &guest), 0);
	assert_int_equal(genl_message_put_pool(m, &pool), 0);
	assert_int_equal(nlmsg_hdr(m)->nlmsg_len, length);
	nlmsg_free(m);
}

/* A name that does not fit into a message is not cut. */
static void test_no_room(void **state)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_GUEST_SET, NLM_F_ACK);
	static char name[100000];
	const struct genl_guest_change guest = { .name = name, .cgroup_fd = -1 };
	const struct genl_pool_change pool = { .name = name, .cgroup_fd = -1 };

	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(genl_message_put_guest(m, &guest), -ENOMEM);
	assert_int_equal(genl_message_put_pool(m, &pool), -ENOMEM);
	nlmsg_free(m);
}

/* As many changes as there can be, of the longest names: all of them, in their order. */
static void test_batch(void **state)
{
	static struct genl_batch_item items[KVRM_BATCH_CHANGES_MAX];
	char name[KVRM_POOL_NAME_MAX + 1] = "";
	const uint64_t host_reserve_us = 1;
	const bool expandable = true;
	struct nlattr *attr, *inner[KVRM_A_POOL_MAX + 1];
	struct nl_msg *m;
	uint32_t n = 0;
	int rest;

	memset(name, 'x', sizeof(name) - 1);
	for (uint32_t i = 0; i < KVRM_BATCH_CHANGES_MAX; i++) {
		items[i].is_pool = i % 2;
		items[i].id = 1000 + i;
		if (items[i].is_pool)
			items[i].pool = (struct genl_pool_change){
				.name = name,
				.parent = 1,
				.cgroup_fd = 3,
				.alloc = &unlimited,
				.expandable = &expandable,
				.host_reserve_us = &host_reserve_us,
				.memory = &memory,
				.memory_expandable = &expandable,
				.memory_reserve_bytes = &host_reserve_us,
			};
		else
			items[i].guest = (struct genl_guest_change){ .name = name,
								     .cgroup_fd = 4,
								     .pool_id = 1,
								     .alloc = &limited,
								     .memory = &memory };
	}
	m = genl_message_new_batch(FAMILY_ID, items, KVRM_BATCH_CHANGES_MAX);
	for (int i = 0; i < KVRM_BATCH_CHANGES_MAX; i++)
		assert_int_equal(genl_message_put_batch(m, &items[i]), 0);
	assert_int_equal(genl_message_command(nlmsg_hdr(m)), KVRM_CMD_BATCH_SET);
	assert_int_equal(nlmsg_hdr(m)->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	nlmsg_for_each_attr(attr, nlmsg_hdr(m), GENL_HDRLEN, rest) {
		bool is_pool = n % 2;

		assert_int_equal(nla_type(attr), is_pool ? KVRM_A_BATCH_POOL : KVRM_A_BATCH_GUEST);
		/* The kernel insists on that. */
		assert_true(attr->nla_type & NLA_F_NESTED);
		assert_int_equal(nla_parse_nested(inner, KVRM_A_POOL_MAX, attr, NULL), 0);
		assert_int_equal(nla_get_u32(inner[is_pool ? KVRM_A_POOL_ID : KVRM_A_GUEST_ID]),
				 1000 + n);
		assert_string_equal(
			nla_get_string(inner[is_pool ? KVRM_A_POOL_NAME : KVRM_A_GUEST_NAME]),
			name);
		n++;
	}
	assert_int_equal(n, KVRM_BATCH_CHANGES_MAX);
	assert_int_equal(rest, 0);
	nlmsg_free(m);
}

static void test_empty_batch(void **state)
{
	struct nl_msg *m = genl_message_new_batch(FAMILY_ID, NULL, 0);

	assert_int_equal(genl_message_command(nlmsg_hdr(m)), KVRM_CMD_BATCH_SET);
	assert_int_equal(genlmsg_attrlen(genlmsg_hdr(nlmsg_hdr(m)), 0), 0);
	nlmsg_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool),	    cmocka_unit_test(test_small_pool),
		cmocka_unit_test(test_bad_pool),    cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_no_change),   cmocka_unit_test(test_guest_change),
		cmocka_unit_test(test_adopted),	    cmocka_unit_test(test_pool_change),
		cmocka_unit_test(test_no_room),	    cmocka_unit_test(test_batch),
		cmocka_unit_test(test_empty_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
