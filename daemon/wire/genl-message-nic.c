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
};

/* Where a direction's attributes begin: both have the same, in the same order. */
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

int genl_message_put_nic(struct nl_msg *message,
			 const struct genl_nic_limit limits[static GENL_DIRECTIONS])
{
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		if (nla_put_u64(message, first[i], limits[i].bytes_per_s) < 0 ||
		    nla_put_u64(message, first[i] + 1, limits[i].packets_per_s) < 0 ||
		    nla_put_u64(message, first[i] + 2, limits[i].burst_bytes) < 0)
			return -ENOMEM;
	}
	return 0;
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
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		for (size_t k = 0; k < N_FIELDS; k++) {
			struct nlattr *attr = attrs[first[i] + (int)k];

			if (attr)
				*(uint64_t *)((char *)&ret->flows[i] + fields[k]) =
					nla_get_u64(attr);
		}
	}
	return 0;
}
