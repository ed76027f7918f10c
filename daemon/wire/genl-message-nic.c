// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages about NICs, built and taken apart; see genl-message-nic.h. As elsewhere, an attribute of the wrong
 * size makes the whole message -EPROTO, and those that are not known are passed over.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "daemon/wire/genl-message-nic.h"

static struct nla_policy nic_policy[KVRM_A_NIC_MAX + 1] = {
	[KVRM_A_NIC_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_IFINDEX] = { .type = NLA_U32 },
	[KVRM_A_NIC_IFNAME] = { .type = NLA_STRING },
	[KVRM_A_NIC_STATE] = { .type = NLA_U32 },
	[KVRM_A_NIC_REMOVAL_REASON] = { .type = NLA_U32 },
	[KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S...
		KVRM_A_NIC_FROM_GUEST_LIMITED_NS] = { .type = NLA_U64 },
	[KVRM_A_NIC_UPLINK_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_NIC_TO_GUEST_DEMAND_BYTES_PER_S...
		KVRM_A_NIC_TO_GUEST_APPLIED_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_NIC_FROM_GUEST_DEMAND_BYTES_PER_S...
		KVRM_A_NIC_FROM_GUEST_APPLIED_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS] = { .minlen = KVRM_NIC_QUEUE_DELAY_BYTES,
					       .maxlen = KVRM_NIC_QUEUE_DELAY_BYTES },
	[KVRM_A_NIC_TO_GUEST_QUEUE_DELAY_NS] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_QUEUE_DELAYS] = { .minlen = KVRM_NIC_QUEUE_DELAY_BYTES,
						 .maxlen = KVRM_NIC_QUEUE_DELAY_BYTES },
	[KVRM_A_NIC_FROM_GUEST_QUEUE_DELAY_NS] = { .type = NLA_U64 },
};

/* Where a direction's limits and counters begin: both have the same, in the same order. */
static const int first[GENL_DIRECTIONS] = {
	[GENL_TO_GUEST] = KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S,
	[GENL_FROM_GUEST] = KVRM_A_NIC_FROM_GUEST_LIMIT_BYTES_PER_S,
};

/* The attributes from there on. */
static const size_t fields[] = {
	offsetof(struct genl_nic_flow, limit.bytes_per_s),
	offsetof(struct genl_nic_flow, limit.packets_per_s),
	offsetof(struct genl_nic_flow, limit.burst_bytes),
	offsetof(struct genl_nic_flow, bytes),
	offsetof(struct genl_nic_flow, packets),
	offsetof(struct genl_nic_flow, queued_bytes),
	offsetof(struct genl_nic_flow, queued_packets),
	offsetof(struct genl_nic_flow, delayed_packets),
	offsetof(struct genl_nic_flow, unowned_packets),
	offsetof(struct genl_nic_flow, dropped_full),
	offsetof(struct genl_nic_flow, dropped_device),
	offsetof(struct genl_nic_flow, dropped_memory),
	offsetof(struct genl_nic_flow, limited_ns),
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

_Static_assert(KVRM_A_NIC_TO_GUEST_LIMITED_NS - KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S + 1 ==
		       N_FIELDS,
	       "a field for each attribute of a direction");
_Static_assert(KVRM_A_NIC_FROM_GUEST_LIMITED_NS - KVRM_A_NIC_FROM_GUEST_LIMIT_BYTES_PER_S + 1 ==
		       N_FIELDS,
	       "a field for each attribute of a direction");

/* Where what it has of an uplink begins, likewise. */
static const int first_share[GENL_DIRECTIONS] = {
	[GENL_TO_GUEST] = KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S,
	[GENL_FROM_GUEST] = KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S,
};

/* The attributes from there on; the weight, which is no u64, has no place here. */
static const struct {
	int attribute;
	size_t field;
} share_fields[] = {
	{ 0, offsetof(struct genl_nic_flow, share.reservation_bytes_per_s) },
	{ 2, offsetof(struct genl_nic_flow, demand) },
	{ 3, offsetof(struct genl_nic_flow, used) },
	{ 4, offsetof(struct genl_nic_flow, entitled) },
	{ 5, offsetof(struct genl_nic_flow, applied) },
};

#define N_SHARE_FIELDS (sizeof(share_fields) / sizeof(share_fields[0]))
#define WEIGHT	       1

_Static_assert(KVRM_A_NIC_TO_GUEST_WEIGHT == KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S + WEIGHT &&
		       KVRM_A_NIC_TO_GUEST_APPLIED_BYTES_PER_S ==
			       KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S + 5 &&
		       KVRM_A_NIC_FROM_GUEST_WEIGHT ==
			       KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S + WEIGHT &&
		       KVRM_A_NIC_FROM_GUEST_APPLIED_BYTES_PER_S ==
			       KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S + 5,
	       "a share's attributes follow each other");

/* How long packets waited, of each direction, and for how long together. */
static const int delays[GENL_DIRECTIONS] = {
	[GENL_TO_GUEST] = KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS,
	[GENL_FROM_GUEST] = KVRM_A_NIC_FROM_GUEST_QUEUE_DELAYS,
};
static const int delay_ns[GENL_DIRECTIONS] = {
	[GENL_TO_GUEST] = KVRM_A_NIC_TO_GUEST_QUEUE_DELAY_NS,
	[GENL_FROM_GUEST] = KVRM_A_NIC_FROM_GUEST_QUEUE_DELAY_NS,
};

_Static_assert(sizeof(((struct genl_nic_flow *)0)->delays) == KVRM_NIC_QUEUE_DELAY_BYTES,
	       "a place for each number");

static int put_direction(struct nl_msg *message, int direction, const struct genl_nic_limit *limit,
			 const struct genl_nic_share *share)
{
	if (nla_put_u64(message, first[direction], limit->bytes_per_s) < 0 ||
	    nla_put_u64(message, first[direction] + 1, limit->packets_per_s) < 0 ||
	    nla_put_u64(message, first[direction] + 2, limit->burst_bytes) < 0 ||
	    nla_put_u64(message, first_share[direction], share->reservation_bytes_per_s) < 0 ||
	    nla_put_u32(message, first_share[direction] + WEIGHT, share->weight) < 0)
		return -ENOMEM;
	return 0;
}

int genl_message_put_nic(struct nl_msg *message, const struct genl_nic_wish *wish)
{
	int r = nla_put_u32(message, KVRM_A_NIC_UPLINK_ID, wish->uplink_id) < 0 ? -ENOMEM : 0;

	for (int i = 0; !r && i < GENL_DIRECTIONS; i++)
		r = put_direction(message, i, &wish->limits[i], &wish->shares[i]);
	return r;
}

static void parse_field(struct nlattr *attr, struct genl_nic_flow *flow, size_t field)
{
	if (attr)
		*(uint64_t *)((char *)flow + field) = nla_get_u64(attr);
}

static void parse_delays(struct nlattr *const *attrs, int direction, struct genl_nic_flow *flow)
{
	struct nlattr *counts = attrs[delays[direction]], *ns = attrs[delay_ns[direction]];

	flow->delays_known = counts && ns;
	if (!flow->delays_known)
		return;
	memcpy(flow->delays, nla_data(counts), sizeof(flow->delays));
	flow->delay_ns = nla_get_u64(ns);
}

static void parse_direction(struct nlattr *const *attrs, int direction, struct genl_nic_flow *flow)
{
	struct nlattr *weight = attrs[first_share[direction] + WEIGHT];

	for (size_t k = 0; k < N_FIELDS; k++)
		parse_field(attrs[first[direction] + (int)k], flow, fields[k]);
	for (size_t k = 0; k < N_SHARE_FIELDS; k++)
		parse_field(attrs[first_share[direction] + share_fields[k].attribute], flow,
			    share_fields[k].field);
	if (weight)
		flow->share.weight = nla_get_u32(weight);
	parse_delays(attrs, direction, flow);
}

int genl_message_parse_nic(struct nlmsghdr *header, struct genl_nic *ret)
{
	struct nlattr *attrs[KVRM_A_NIC_MAX + 1];

	if (!genlmsg_valid_hdr(header, 0) ||
	    genlmsg_parse(header, 0, attrs, KVRM_A_NIC_MAX, nic_policy) < 0 ||
	    !attrs[KVRM_A_NIC_ID] || !attrs[KVRM_A_NIC_GUEST_ID] || !attrs[KVRM_A_NIC_IFINDEX])
		return -EPROTO;
	*ret = (struct genl_nic){
		.id = nla_get_u32(attrs[KVRM_A_NIC_ID]),
		.guest_id = nla_get_u32(attrs[KVRM_A_NIC_GUEST_ID]),
		.ifindex = nla_get_u32(attrs[KVRM_A_NIC_IFINDEX]),
		.state = attrs[KVRM_A_NIC_STATE] ? nla_get_u32(attrs[KVRM_A_NIC_STATE])
						 : KVRM_NIC_STATE_ENFORCEABLE,
	};
	if (attrs[KVRM_A_NIC_IFNAME])
		snprintf(ret->ifname, sizeof(ret->ifname), "%s",
			 nla_get_string(attrs[KVRM_A_NIC_IFNAME]));
	if (attrs[KVRM_A_NIC_UPLINK_ID])
		ret->uplink_id = nla_get_u32(attrs[KVRM_A_NIC_UPLINK_ID]);
	for (int i = 0; i < GENL_DIRECTIONS; i++)
		parse_direction(attrs, i, &ret->flows[i]);
	return 0;
}
