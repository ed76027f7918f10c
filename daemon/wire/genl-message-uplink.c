// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages about uplinks, built and taken apart; see genl-message-uplink.h. As elsewhere, an attribute of the wrong
 * size makes the whole message -EPROTO, and those that are not known are passed over.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdio.h>

#include "daemon/wire/genl-message-uplink.h"

/* Both directions have the same attributes, in the same order. */
#define NEXT                                                                                       \
	(KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S -                                           \
	 KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S)

_Static_assert(KVRM_A_UPLINK_FROM_GUEST_CONTENDED == KVRM_A_UPLINK_TO_GUEST_CONTENDED + NEXT &&
		       KVRM_A_UPLINK_FROM_GUEST_CONTENDED == KVRM_A_UPLINK_MAX,
	       "the second direction's attributes follow the first one's");

/* One by its place in the first direction. */
static int at(int attribute, int direction)
{
	return attribute + direction * NEXT;
}

static struct nla_policy uplink_policy[KVRM_A_UPLINK_MAX + 1] = {
	[KVRM_A_UPLINK_ID] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_NAME] = { .type = NLA_STRING },
	[KVRM_A_UPLINK_PARENT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_MEMBERS] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_TO_GUEST_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_UPLINK_TO_GUEST_RESERVED_BYTES_PER_S...
		KVRM_A_UPLINK_TO_GUEST_ENTITLED_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_CONTENDED] = { .type = NLA_U8 },
	[KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_FROM_GUEST_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_UPLINK_FROM_GUEST_RESERVED_BYTES_PER_S...
		KVRM_A_UPLINK_FROM_GUEST_ENTITLED_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_CONTENDED] = { .type = NLA_U8 },
};

static int put_part(struct nl_msg *message, int direction, const struct genl_uplink_share *share)
{
	if (nla_put_u64(message, at(KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S, direction),
			share->reservation) < 0 ||
	    nla_put_u64(message, at(KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S, direction),
			share->limit) < 0 ||
	    nla_put_u32(message, at(KVRM_A_UPLINK_TO_GUEST_WEIGHT, direction), share->weight) < 0 ||
	    nla_put_u8(message, at(KVRM_A_UPLINK_TO_GUEST_EXPANDABLE, direction),
		       share->expandable) < 0)
		return -ENOMEM;
	return 0;
}

int genl_message_put_uplink(struct nl_msg *message, bool part,
			    const struct genl_uplink_share shares[static GENL_DIRECTIONS])
{
	int r = 0;

	for (int i = 0; !r && i < GENL_DIRECTIONS; i++) {
		if (part)
			r = put_part(message, i, &shares[i]);
		else if (nla_put_u64(message, at(KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S, i),
				     shares[i].capacity) < 0)
			r = -ENOMEM;
	}
	return r;
}

static uint64_t get_u64(struct nlattr *const *attrs, int attribute, int direction)
{
	struct nlattr *attr = attrs[at(attribute, direction)];

	return attr ? nla_get_u64(attr) : 0;
}

static uint8_t get_u8(struct nlattr *const *attrs, int attribute, int direction)
{
	struct nlattr *attr = attrs[at(attribute, direction)];

	return attr ? nla_get_u8(attr) : 0;
}

static void parse_direction(struct nlattr *const *attrs, int direction, struct genl_uplink *ret)
{
	struct nlattr *weight = attrs[at(KVRM_A_UPLINK_TO_GUEST_WEIGHT, direction)];

	ret->shares[direction] = (struct genl_uplink_share){
		.capacity = get_u64(attrs, KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S, direction),
		.reservation =
			get_u64(attrs, KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S, direction),
		.limit = get_u64(attrs, KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S, direction),
		.weight = weight ? nla_get_u32(weight) : 0,
		.expandable = get_u8(attrs, KVRM_A_UPLINK_TO_GUEST_EXPANDABLE, direction),
	};
	ret->flows[direction] = (struct genl_uplink_flow){
		.demand = get_u64(attrs, KVRM_A_UPLINK_TO_GUEST_DEMAND_BYTES_PER_S, direction),
		.used = get_u64(attrs, KVRM_A_UPLINK_TO_GUEST_USED_BYTES_PER_S, direction),
		.entitled = get_u64(attrs, KVRM_A_UPLINK_TO_GUEST_ENTITLED_BYTES_PER_S, direction),
		.contended = get_u8(attrs, KVRM_A_UPLINK_TO_GUEST_CONTENDED, direction),
	};
}

int genl_message_parse_uplink(struct nlmsghdr *header, struct genl_uplink *ret)
{
	struct nlattr *attrs[KVRM_A_UPLINK_MAX + 1];

	if (!genlmsg_valid_hdr(header, 0) ||
	    genlmsg_parse(header, 0, attrs, KVRM_A_UPLINK_MAX, uplink_policy) < 0 ||
	    !attrs[KVRM_A_UPLINK_ID])
		return -EPROTO;
	*ret = (struct genl_uplink){
		.id = nla_get_u32(attrs[KVRM_A_UPLINK_ID]),
		.parent =
			attrs[KVRM_A_UPLINK_PARENT] ? nla_get_u32(attrs[KVRM_A_UPLINK_PARENT]) : 0,
		.members = attrs[KVRM_A_UPLINK_MEMBERS] ? nla_get_u32(attrs[KVRM_A_UPLINK_MEMBERS])
							: 0,
	};
	if (attrs[KVRM_A_UPLINK_NAME])
		snprintf(ret->name, sizeof(ret->name), "%s",
			 nla_get_string(attrs[KVRM_A_UPLINK_NAME]));
	for (int i = 0; i < GENL_DIRECTIONS; i++)
		parse_direction(attrs, i, ret);
	return 0;
}
