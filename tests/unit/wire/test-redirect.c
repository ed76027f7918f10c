// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Filters that redirect, as the kernel tells them.
 */
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/wire/redirect.h"

/**
 * struct act - an action
 * @kind: its kind; NULL: there is none
 * @verdict: what becomes of the packet
 * @eaction: of mirred
 */
struct act {
	const char *kind;
	int verdict;
	int eaction;
};

static void put_action(struct nl_msg *m, int order, const struct act *act)
{
	const struct tc_mirred mirred = { .action = act->verdict,
					  .eaction = act->eaction,
					  .ifindex = 3 };
	const struct tc_gact gact = { .action = act->verdict };
	struct nlattr *action = nla_nest_start(m, order), *options;

	nla_put_string(m, TCA_ACT_KIND, act->kind);
	options = nla_nest_start(m, TCA_ACT_OPTIONS);
	if (!strcmp(act->kind, "mirred"))
		nla_put(m, TCA_MIRRED_PARMS, sizeof(mirred), &mirred);
	else
		nla_put(m, TCA_GACT_PARMS, sizeof(gact), &gact);
	nla_nest_end(m, options);
	nla_nest_end(m, action);
}

/* What is found in a filter of a kind, with actions where @at says. */
static const char *found(const char *classifier, int at, struct act first, struct act second)
{
	struct nl_msg *m = nlmsg_alloc_simple(RTM_NEWTFILTER, 0);
	const struct tcmsg tc = { .tcm_ifindex = 7 };
	struct nlattr *options, *actions;
	const char *what;

	assert_non_null(m);
	assert_int_equal(nlmsg_append(m, (void *)(uintptr_t)&tc, sizeof(tc), NLMSG_ALIGNTO), 0);
	nla_put_string(m, TCA_KIND, classifier);
	options = nla_nest_start(m, TCA_OPTIONS);
	actions = nla_nest_start(m, at);
	put_action(m, 1, &first);
	if (second.kind)
		put_action(m, 2, &second);
	nla_nest_end(m, actions);
	nla_nest_end(m, options);
	what = redirect_in_filter(nlmsg_hdr(m));
	nlmsg_free(m);
	return what;
}

#define PASS	 ((struct act){ "gact", TC_ACT_PIPE, 0 })
#define DROP	 ((struct act){ "gact", TC_ACT_SHOT, 0 })
#define COPY	 ((struct act){ "mirred", TC_ACT_PIPE, TCA_EGRESS_MIRROR })
#define REDIRECT ((struct act){ "mirred", TC_ACT_STOLEN, TCA_EGRESS_REDIR })
#define NONE	 ((struct act){ NULL, 0, 0 })

static const char redirects[] = "a filter of traffic control redirects what its tap receives";

static void test_redirects(void **state)
{
	static const struct {
		const char *kind;
		int at;
	} all[] = {
		{ "basic", TCA_BASIC_ACT },  { "cgroup", TCA_CGROUP_ACT },
		{ "flow", TCA_FLOW_ACT },    { "flower", TCA_FLOWER_ACT },
		{ "fw", TCA_FW_ACT },	     { "matchall", TCA_MATCHALL_ACT },
		{ "route", TCA_ROUTE4_ACT }, { "u32", TCA_U32_ACT },
	};
	const struct act in = { "mirred", TC_ACT_STOLEN, TCA_INGRESS_REDIR };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_string_equal(found(all[i].kind, all[i].at, PASS, REDIRECT), redirects);
		assert_string_equal(found(all[i].kind, all[i].at, in, NONE), redirects);
	}
}

/* Who copies and drops what was copied. */
static void test_copies(void **state)
{
	const struct act steals = { "mirred", TC_ACT_STOLEN, TCA_EGRESS_MIRROR };

	assert_string_equal(found("u32", TCA_U32_ACT, COPY, DROP), redirects);
	assert_string_equal(found("u32", TCA_U32_ACT, steals, NONE), redirects);
	assert_null(found("u32", TCA_U32_ACT, COPY, PASS));
	assert_null(found("u32", TCA_U32_ACT, COPY, NONE));
	assert_null(found("u32", TCA_U32_ACT, DROP, COPY));
}

static void test_others(void **state)
{
	const struct act police = { "police", TC_ACT_SHOT, 0 };

	assert_null(found("u32", TCA_U32_ACT, DROP, NONE));
	assert_null(found("u32", TCA_U32_ACT, police, PASS));
	/* Not where that classifier has them. */
	assert_null(found("u32", TCA_MATCHALL_ACT, REDIRECT, NONE));
	assert_null(found("nobody's", TCA_U32_ACT, REDIRECT, NONE));
}

static void test_bpf(void **state)
{
	static const char sees[] = "a BPF program of traffic control sees first what its tap "
				   "receives, and may redirect it";
	const struct act bpf = { "bpf", TC_ACT_PIPE, 0 };

	assert_string_equal(found("bpf", TCA_BPF_ACT, PASS, NONE), sees);
	assert_string_equal(found("matchall", TCA_MATCHALL_ACT, PASS, bpf), sees);
}

/* Nothing of it is there. */
static void test_short(void **state)
{
	struct nl_msg *m = nlmsg_alloc_simple(RTM_NEWTFILTER, 0);
	const struct tcmsg tc = { .tcm_ifindex = 7 };

	assert_null(redirect_in_filter(nlmsg_hdr(m)));
	nlmsg_append(m, (void *)(uintptr_t)&tc, sizeof(tc), NLMSG_ALIGNTO);
	assert_null(redirect_in_filter(nlmsg_hdr(m)));
	nla_put_string(m, TCA_KIND, "matchall");
	assert_null(redirect_in_filter(nlmsg_hdr(m)));
	nlmsg_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redirects), cmocka_unit_test(test_copies),
		cmocka_unit_test(test_others),	  cmocka_unit_test(test_bpf),
		cmocka_unit_test(test_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
