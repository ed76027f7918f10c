// SPDX-License-Identifier: GPL-2.0-only
/*
 * The numbers of uplinks and their parts, in the commands about them.
 */
#include "kmod/compat/compat.h"
#include "kmod/netlink.h"
#include "kmod/uplink.h"
#include "kvrm/admit.h"

/* The attributes of both directions follow each other in the same order. */
#define KVRM_NL_UPLINK_NEXT                                                                        \
	(KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S -                                           \
	 KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S)

/* An attribute of a direction, by its type in the first one. */
static struct nlattr *kvrm_nl_part_at(struct genl_info *info, int type, int direction)
{
	return info->attrs[type + direction * KVRM_NL_UPLINK_NEXT];
}

static int kvrm_nl_part_refuse(struct genl_info *info, const struct nlattr *at, const char *text)
{
	NL_SET_BAD_ATTR(info->extack, at);
	kvrm_compat_extack(info->extack, "%s", text);
	return -EINVAL;
}

static int kvrm_nl_part_parse_capacity(struct genl_info *info, int direction, bool part,
				       struct kvrm_capacity *capacity)
{
	struct nlattr *at =
		kvrm_nl_part_at(info, KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S, direction);
	const u64 most = KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX;

	capacity->at[direction] = at;
	if (!at)
		return 0;
	if (part)
		return kvrm_nl_part_refuse(info, at, "a part of an uplink has no capacity");
	capacity->bytes_per_s[direction] = nla_get_u64(at);
	if (capacity->bytes_per_s[direction] && capacity->bytes_per_s[direction] <= most)
		return 0;
	NL_SET_BAD_ATTR(info->extack, at);
	kvrm_compat_extack(info->extack, "it is from 1 to %llu", most);
	return -ERANGE;
}

static int kvrm_nl_part_parse_limit(struct genl_info *info, int direction, struct kvrm_wish *wish)
{
	const struct nlattr *limit = wish->at_limit[direction];
	const struct nlattr *expandable = wish->at_expandable[direction];
	const u64 most = KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX;
	struct kvrm_share *share = &wish->share[direction];

	if (limit) {
		share->limit = nla_get_u64(limit) ?: KVRM_UNLIMITED;
		if (share->limit > most && share->limit != KVRM_UNLIMITED) {
			NL_SET_BAD_ATTR(info->extack, limit);
			kvrm_compat_extack(info->extack, "it is at most %llu", most);
			return -ERANGE;
		}
	}
	if (!expandable)
		return 0;
	if (nla_get_u8(expandable) > 1) {
		NL_SET_ERR_MSG_ATTR(info->extack, expandable, "it is 0 or 1");
		return -ERANGE;
	}
	share->expandable = nla_get_u8(expandable);
	return 0;
}

static int kvrm_nl_part_parse_share(struct genl_info *info, int direction, bool part,
				    struct kvrm_wish *wish)
{
	struct nlattr *reservation =
		kvrm_nl_part_at(info, KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S, direction);
	struct nlattr *limit =
		kvrm_nl_part_at(info, KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S, direction);
	struct nlattr *weight = kvrm_nl_part_at(info, KVRM_A_UPLINK_TO_GUEST_WEIGHT, direction);
	struct nlattr *expandable =
		kvrm_nl_part_at(info, KVRM_A_UPLINK_TO_GUEST_EXPANDABLE, direction);
	struct nlattr *any = reservation ?: limit ?: weight ?: expandable;

	if (any && !part)
		return kvrm_nl_part_refuse(info, any, "only a part of an uplink has this");
	wish->at_reservation[direction] = reservation;
	wish->at_limit[direction] = limit;
	wish->at_expandable[direction] = expandable;
	return kvrm_nl_share_read(reservation, weight, &wish->share[direction], info->extack)
		       ?: kvrm_nl_part_parse_limit(info, direction, wish);
}

/**
 * kvrm_nl_part_parse() - what an uplink, or a part, is to have
 * @info: request
 * @wish: of a part; what is not given stays as it is; its uplink is NULL if it is no part
 * @capacity: of what is no part; likewise
 *
 * Return: 0; -ERANGE if something is out of range, -EINVAL if it is not of that kind.
 */
int kvrm_nl_part_parse(struct genl_info *info, struct kvrm_wish *wish,
		       struct kvrm_capacity *capacity)
{
	int i, err = 0;

	for (i = 0; i < KVRM_DIRECTIONS && !err; i++)
		err = kvrm_nl_part_parse_capacity(info, i, wish->uplink, capacity)
			      ?: kvrm_nl_part_parse_share(info, i, wish->uplink, wish);
	return err;
}

static int kvrm_nl_part_put(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, KVRM_A_UPLINK_PAD);
}

/* What is asked. */
static int kvrm_nl_part_fill_share(struct sk_buff *skb, const struct kvrm_node *node, int direction)
{
	const struct kvrm_share *share = &node->share[direction];
	int next = direction * KVRM_NL_UPLINK_NEXT;

	if (!node->parent)
		return kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S + next,
					share->reservation);
	if (kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S + next,
			     share->reservation) ||
	    (share->limit != KVRM_UNLIMITED &&
	     kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S + next,
			      share->limit)) ||
	    nla_put_u32(skb, KVRM_A_UPLINK_TO_GUEST_WEIGHT + next, share->weight) ||
	    nla_put_u8(skb, KVRM_A_UPLINK_TO_GUEST_EXPANDABLE + next, share->expandable) ||
	    kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_CLAIMED_BYTES_PER_S + next,
			     kvrm_claimed(node, direction)))
		return -EMSGSIZE;
	return 0;
}

static int kvrm_nl_part_fill_state(struct sk_buff *skb, const struct kvrm_uplink *uplink,
				   int direction)
{
	const struct kvrm_stream *stream = &uplink->line.streams[direction];
	const struct kvrm_node *node = &uplink->line.node;
	int next = direction * KVRM_NL_UPLINK_NEXT;

	if (kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_RESERVED_BYTES_PER_S + next,
			     node->reserved[direction]) ||
	    kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_UNRESERVED_BYTES_PER_S + next,
			     kvrm_unreserved(node, direction)) ||
	    kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_DEMAND_BYTES_PER_S + next,
			     stream->demand) ||
	    kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_USED_BYTES_PER_S + next, stream->used) ||
	    kvrm_nl_part_put(skb, KVRM_A_UPLINK_TO_GUEST_ENTITLED_BYTES_PER_S + next,
			     node->due[direction].entitled) ||
	    (!node->parent && nla_put_u8(skb, KVRM_A_UPLINK_TO_GUEST_CONTENDED + next,
					 uplink->trunks[direction].contended_ns > 0)))
		return -EMSGSIZE;
	return 0;
}

/**
 * kvrm_nl_part_fill() - put an uplink's, or a part's, numbers into a message
 * @skb: the message
 * @uplink: kvrm_uplink_lock is held
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_part_fill(struct sk_buff *skb, const struct kvrm_uplink *uplink)
{
	int i, err = 0;

	BUILD_BUG_ON(KVRM_A_UPLINK_FROM_GUEST_CONTENDED !=
		     KVRM_A_UPLINK_TO_GUEST_CONTENDED + KVRM_NL_UPLINK_NEXT);
	lockdep_assert_held(&kvrm_uplink_lock);
	for (i = 0; i < KVRM_DIRECTIONS && !err; i++)
		err = kvrm_nl_part_fill_share(skb, &uplink->line.node, i)
			      ?: kvrm_nl_part_fill_state(skb, uplink, i);
	return err;
}
