// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Redirections; see redirect.h. Message formats are those of net/sched/cls_*.c and act_mirred.c.
 */
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/wire/redirect.h"
#include "daemon/wire/route.h"

static const char redirects[] = "a filter of traffic control redirects what its tap receives";
static const char bpf_sees[] = "a BPF program of traffic control sees first what its tap receives, "
			       "and may redirect it";

/* Where each kind of filter tells its actions. */
static const struct classifier {
	const char *kind;
	int actions;
} classifiers[] = {
	{ "basic", TCA_BASIC_ACT },  { "cgroup", TCA_CGROUP_ACT },
	{ "flow", TCA_FLOW_ACT },    { "flower", TCA_FLOWER_ACT },
	{ "fw", TCA_FW_ACT },	     { "matchall", TCA_MATCHALL_ACT },
	{ "route", TCA_ROUTE4_ACT }, { "u32", TCA_U32_ACT },
};

/* The highest number of an attribute that any of them has. */
#define OPTION_MAX 255

static bool is_kind(struct nlattr *attr, const char *kind)
{
	return attr && nla_len(attr) > 0 && !strncmp(nla_data(attr), kind, (size_t)nla_len(attr));
}

/* Whether a packet goes no further. */
static bool ends(int verdict)
{
	return verdict == TC_ACT_SHOT || verdict == TC_ACT_STOLEN || verdict == TC_ACT_QUEUED ||
	       verdict == TC_ACT_TRAP;
}

/* What all actions begin with, and what mirred has behind it. */
static bool parameters(struct nlattr *options, int attribute, struct tc_mirred *ret)
{
	struct nlattr *attrs[TCA_MIRRED_MAX + 1];
	struct tc_gact least;
	int length;

	*ret = (struct tc_mirred){ 0 };
	if (!options || nla_parse_nested(attrs, TCA_MIRRED_MAX, options, NULL) < 0 ||
	    !attrs[attribute])
		return false;
	length = nla_len(attrs[attribute]);
	if (length < (int)sizeof(least))
		return false;
	memcpy(ret, nla_data(attrs[attribute]),
	       length < (int)sizeof(*ret) ? (size_t)length : sizeof(*ret));
	return true;
}

/* @copied: something before it has sent a copy elsewhere; who drops what was copied has redirected it. */
static const char *in_action(struct nlattr *action, bool *copied)
{
	struct nlattr *attrs[TCA_ACT_MAX + 1];
	struct tc_mirred said;

	if (nla_parse_nested(attrs, TCA_ACT_MAX, action, NULL) < 0)
		return NULL;
	if (is_kind(attrs[TCA_ACT_KIND], "bpf"))
		return bpf_sees;
	if (is_kind(attrs[TCA_ACT_KIND], "mirred")) {
		if (!parameters(attrs[TCA_ACT_OPTIONS], TCA_MIRRED_PARMS, &said))
			return NULL;
		*copied = true;
		if (said.eaction == TCA_EGRESS_REDIR || said.eaction == TCA_INGRESS_REDIR)
			return redirects;
	} else if (!is_kind(attrs[TCA_ACT_KIND], "gact") ||
		   !parameters(attrs[TCA_ACT_OPTIONS], TCA_GACT_PARMS, &said)) {
		return NULL;
	}
	return *copied && ends(said.action) ? redirects : NULL;
}

static const char *in_actions(struct nlattr *actions)
{
	const char *what = NULL;
	struct nlattr *action;
	bool copied = false;
	int left;

	nla_for_each_nested(action, actions, left)
	{
		what = in_action(action, &copied);
		if (what)
			break;
	}
	return what;
}

const char *redirect_in_filter(struct nlmsghdr *header)
{
	struct nlattr *attrs[TCA_MAX + 1], *options[OPTION_MAX + 1];

	if (nlmsg_parse(header, sizeof(struct tcmsg), attrs, TCA_MAX, NULL) < 0)
		return NULL;
	if (is_kind(attrs[TCA_KIND], "bpf"))
		return bpf_sees;
	for (size_t i = 0; i < sizeof(classifiers) / sizeof(classifiers[0]); i++) {
		int at = classifiers[i].actions;

		if (!is_kind(attrs[TCA_KIND], classifiers[i].kind) || !attrs[TCA_OPTIONS] ||
		    nla_parse_nested(options, OPTION_MAX, attrs[TCA_OPTIONS], NULL) < 0)
			continue;
		return options[at] ? in_actions(options[at]) : NULL;
	}
	return NULL;
}

static int on_filter(struct nl_msg *m, void *data)
{
	struct nlmsghdr *header = nlmsg_hdr(m);
	struct redirect *found = data;
	struct tcmsg tc;

	/* They come in the order of their preferences. */
	if (found->what || header->nlmsg_type != RTM_NEWTFILTER ||
	    nlmsg_datalen(header) < (int)sizeof(tc))
		return NL_OK;
	memcpy(&tc, nlmsg_data(header), sizeof(tc));
	found->what = redirect_in_filter(header);
	found->preference = (uint16_t)(TC_H_MAJ(tc.tcm_info) >> 16);
	return NL_OK;
}

static int ask(struct nl_sock *socket, uint32_t ifindex)
{
	/* Of a clsact as well as of an ingress queueing discipline. */
	struct tcmsg tc = { .tcm_ifindex = (int)ifindex,
			    .tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) };
	int r = nl_send_simple(socket, RTM_GETTFILTER, NLM_F_DUMP, &tc, sizeof(tc));

	if (r >= 0)
		r = nl_recvmsgs_default(socket);
	return route_errno(r);
}

int redirect_find(uint32_t ifindex, struct redirect *ret)
{
	_cleanup_socket_ struct nl_sock *socket = NULL;
	struct redirect found = { 0 };
	int r = route_open(&socket);

	if (r)
		return r;
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_filter, &found);
	r = ask(socket, ifindex);
	if (r && r != -ENODEV)
		return r;
	*ret = found;
	return 0;
}
