// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policing: the messages, attribute by attribute, as the kernel reads them.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/wire/police.h"

#define PREFERENCE 0x6b76

/**
 * struct action - what one action of a filter says
 * @police: its structure
 * @result: what becomes of what conforms
 * @rate64: 0: not given
 * @packet_rate: likewise
 * @packet_burst: likewise
 * @table: there is one of rates
 */
struct action {
	struct tc_police police;
	int32_t result;
	uint64_t rate64;
	uint64_t packet_rate;
	uint64_t packet_burst;
	bool table;
};

static uint64_t number(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static struct action take_action(struct nlattr *attr)
{
	struct nlattr *act[TCA_ACT_MAX + 1], *options[TCA_POLICE_MAX + 1];
	struct action action = { 0 };

	assert_int_equal(nla_parse_nested(act, TCA_ACT_MAX, attr, NULL), 0);
	assert_string_equal(nla_get_string(act[TCA_ACT_KIND]), "police");
	assert_int_equal(nla_parse_nested(options, TCA_POLICE_MAX, act[TCA_ACT_OPTIONS], NULL), 0);
	assert_int_equal(nla_len(options[TCA_POLICE_TBF]), sizeof(action.police));
	memcpy(&action.police, nla_data(options[TCA_POLICE_TBF]), sizeof(action.police));
	action.result = (int32_t)nla_get_u32(options[TCA_POLICE_RESULT]);
	action.table =
		options[TCA_POLICE_RATE] && nla_len(options[TCA_POLICE_RATE]) == TC_RTAB_SIZE;
	action.rate64 = number(options[TCA_POLICE_RATE64]);
	action.packet_rate = number(options[TCA_POLICE_PKTRATE64]);
	action.packet_burst = number(options[TCA_POLICE_PKTBURST64]);
	/* What is too much is dropped, whatever its size. */
	assert_int_equal(action.police.action, TC_ACT_SHOT);
	assert_int_equal(action.police.mtu, UINT32_MAX);
	return action;
}

/* Return: how many actions there are. */
static int take_filter(struct nl_msg *m, struct tcmsg *ret_tc, struct action ret[static 2])
{
	struct nlattr *attrs[TCA_MAX + 1], *options[TCA_MATCHALL_MAX + 1], *actions[3];
	struct nlmsghdr *header = nlmsg_hdr(m);
	int n = 0;

	assert_int_equal(header->nlmsg_type, RTM_NEWTFILTER);
	assert_int_equal(header->nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL),
			 NLM_F_CREATE | NLM_F_EXCL);
	assert_int_equal(nlmsg_parse(header, sizeof(*ret_tc), attrs, TCA_MAX, NULL), 0);
	memcpy(ret_tc, nlmsg_data(header), sizeof(*ret_tc));
	assert_string_equal(nla_get_string(attrs[TCA_KIND]), "matchall");
	assert_int_equal(nla_parse_nested(options, TCA_MATCHALL_MAX, attrs[TCA_OPTIONS], NULL), 0);
	assert_int_equal(nla_parse_nested(actions, 2, options[TCA_MATCHALL_ACT], NULL), 0);
	for (int i = 1; i <= 2 && actions[i]; i++)
		ret[n++] = take_action(actions[i]);
	nlmsg_free(m);
	return n;
}

static void test_bytes(void **state)
{
	const struct genl_nic_limit limit = { .bytes_per_s = 1000000 };
	struct action actions[2];
	struct tcmsg tc;

	assert_int_equal(take_filter(police_new_filter(7, GENL_TO_GUEST, PREFERENCE, &limit,
						       POLICE_ALONE),
				     &tc, actions),
			 1);
	assert_int_equal(tc.tcm_ifindex, 7);
	assert_int_equal(tc.tcm_handle, 1);
	assert_int_equal(tc.tcm_parent, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	assert_int_equal(TC_H_MAJ(tc.tcm_info) >> 16, PREFERENCE);
	assert_int_equal(TC_H_MIN(tc.tcm_info), htons(ETH_P_ALL));
	assert_int_equal(actions[0].police.rate.rate, 1000000);
	assert_int_equal(actions[0].police.rate.overhead, 0);
	assert_true(actions[0].table);
	assert_int_equal(actions[0].rate64, 0);
	/* 4 ms, and 68 KiB at that rate, in ticks of 64 ns. */
	assert_int_equal(actions[0].police.burst, (4000000 + 69632000) / 64);
	assert_int_equal(actions[0].result, TC_ACT_UNSPEC);
}

static void test_from_guest(void **state)
{
	const struct genl_nic_limit limit = { .bytes_per_s = UINT64_C(1) << 40 };
	struct action actions[2];
	struct tcmsg tc;

	assert_int_equal(take_filter(police_new_filter(1, GENL_FROM_GUEST, 1, &limit, POLICE_ALONE),
				     &tc, actions),
			 1);
	assert_int_equal(tc.tcm_parent, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
	/* The Ethernet header is gone there. */
	assert_int_equal(actions[0].police.rate.overhead, 14);
	/* Too much for 32 bits. */
	assert_int_equal(actions[0].police.rate.rate, UINT32_MAX);
	assert_int_equal(actions[0].rate64, UINT64_C(1) << 40);
}

static void test_packets(void **state)
{
	struct genl_nic_limit limit = { .packets_per_s = 1000 };
	struct action actions[2];
	struct tcmsg tc;

	assert_int_equal(take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_ALONE),
				     &tc, actions),
			 2);
	assert_int_equal(actions[0].police.rate.rate, 1514000);
	assert_int_equal(actions[0].result, TC_ACT_PIPE);
	/* The kernel takes one or the other. */
	assert_int_equal(actions[1].police.rate.rate, 0);
	assert_false(actions[1].table);
	assert_int_equal(actions[1].packet_rate, 1000);
	assert_int_equal(actions[1].packet_burst, (4000000 + 1000000) / 64);
	assert_int_equal(actions[1].result, TC_ACT_UNSPEC);
	/* The smaller of both. */
	limit.bytes_per_s = 1000;
	take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_ALONE), &tc, actions);
	assert_int_equal(actions[0].police.rate.rate, 1000);
	limit.bytes_per_s = 2000000;
	take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_ALONE), &tc, actions);
	assert_int_equal(actions[0].police.rate.rate, 1514000);
}

/* The smallest and the largest limits there are. */
static void test_extremes(void **state)
{
	struct genl_nic_limit limit = { .bytes_per_s = 1 };
	struct action actions[2];
	struct tcmsg tc;

	take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_ALONE), &tc, actions);
	assert_int_equal(actions[0].police.rate.rate, 1);
	/* 68 KiB would take 19 hours: as much as the field holds, 274 s. */
	assert_int_equal(actions[0].police.burst, UINT32_MAX);
	limit = (struct genl_nic_limit){ .packets_per_s = 1000000000 };
	take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_ALONE), &tc, actions);
	assert_int_equal(actions[0].rate64, UINT64_C(1514000000000));
	assert_int_equal(actions[1].packet_burst, (4000001 + 63) / 64);
}

/* Behind the module nothing of what that lets pass is dropped, and what it holds back is not much more. */
static void test_behind(void **state)
{
	struct genl_nic_limit limit = { .bytes_per_s = 1000000, .burst_bytes = 500000 };
	struct action actions[2];
	struct tcmsg tc;

	assert_int_equal(take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_BEHIND),
				     &tc, actions),
			 1);
	assert_int_equal(actions[0].police.rate.rate, 1010001);
	/* 100 ms, 1 MiB and the burst at that rate: 1.533 s. */
	assert_int_equal(actions[0].police.burst, (100000000 + UINT64_C(1533242046) + 63) / 64);
	assert_int_equal(actions[0].result, TC_ACT_UNSPEC);
	/* 274 s are enough for 1 MiB. */
	limit = (struct genl_nic_limit){ .bytes_per_s = 1 };
	take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_BEHIND), &tc, actions);
	assert_int_equal(actions[0].police.rate.rate, 4096);
	assert_true(actions[0].police.burst > UINT64_C(256) * 1000000000 / 64);
	assert_true(actions[0].police.burst < UINT32_MAX);
	/* Packets of any size. */
	limit = (struct genl_nic_limit){ .packets_per_s = 1000 };
	assert_int_equal(take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_BEHIND),
				     &tc, actions),
			 1);
	assert_int_equal(actions[0].packet_rate, 1011);
	assert_int_equal(actions[0].packet_burst,
			 (100000000 + UINT64_C(16384) * 1000000000 / 1011 + 63) / 64);
	assert_int_equal(actions[0].result, TC_ACT_UNSPEC);
	limit.bytes_per_s = UINT64_C(1) << 40;
	assert_int_equal(take_filter(police_new_filter(1, GENL_TO_GUEST, 1, &limit, POLICE_BEHIND),
				     &tc, actions),
			 2);
	assert_int_equal(actions[0].result, TC_ACT_PIPE);
	assert_int_equal(actions[1].result, TC_ACT_UNSPEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),	cmocka_unit_test(test_from_guest),
		cmocka_unit_test(test_packets), cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
