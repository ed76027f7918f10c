// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a NIC has of an uplink, in the commands about NICs.
 */
#include "kmod/compat/compat.h"
#include "kmod/netlink.h"
#include "kmod/nic.h"

/* The attributes of both directions follow each other in the same order. */
#define KVRM_NL_SHARE_NEXT                                                                         \
	(KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S -                                           \
	 KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S)

#define KVRM_NL_NIC_SHARED                                                                         \
	KVRM_NL_BITS(KVRM_A_NIC_UPLINK_ID, KVRM_A_NIC_FROM_GUEST_APPLIED_BYTES_PER_S)

/**
 * kvrm_nl_share_read() - a reservation and a weight
 * @reservation: attribute; NULL: not given
 * @weight: likewise
 * @share: what is not given stays as it is
 * @extack: says what is wrong
 *
 * Return: 0 or -ERANGE.
 */
int kvrm_nl_share_read(const struct nlattr *reservation, const struct nlattr *weight,
		       struct kvrm_share *share, struct netlink_ext_ack *extack)
{
	const u64 most = KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX;

	if (reservation)
		share->reservation = nla_get_u64(reservation);
	if (share->reservation > most) {
		NL_SET_BAD_ATTR(extack, reservation);
		kvrm_compat_extack(extack, "it is at most %llu", most);
		return -ERANGE;
	}
	if (!weight)
		return 0;
	share->weight = nla_get_u32(weight);
	if (share->weight < KVRM_WEIGHT_MIN || share->weight > KVRM_WEIGHT_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, weight, "it is from 1 to 10000");
		return -ERANGE;
	}
	return 0;
}

static int kvrm_nl_share_parse_direction(struct genl_info *info, int direction,
					 const struct kvrm_gate_limit *limit,
					 struct kvrm_wish *wish)
{
	int next = direction * KVRM_NL_SHARE_NEXT;
	struct nlattr *reservation =
		info->attrs[KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S + next];
	struct nlattr *weight = info->attrs[KVRM_A_NIC_TO_GUEST_WEIGHT + next];

	wish->at_reservation[direction] = reservation;
	wish->at_limit[direction] =
		info->attrs[KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S + direction * KVRM_NL_NIC_NEXT];
	wish->share[direction].limit = limit->bytes_per_s ?: KVRM_UNLIMITED;
	return kvrm_nl_share_read(reservation, weight, &wish->share[direction], info->extack);
}

/* The uplink that a request names, if it names one; 0 is none. */
static int kvrm_nl_share_uplink(struct genl_info *info, struct kvrm_wish *wish)
{
	struct nlattr *id = info->attrs[KVRM_A_NIC_UPLINK_ID];

	wish->at_uplink = id;
	if (!id)
		return 0;
	wish->uplink = kvrm_uplink_find(nla_get_u32(id));
	if (wish->uplink || !nla_get_u32(id))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, id, "no uplink with this id");
	return -ENOENT;
}

/**
 * kvrm_nl_share_parse() - what a NIC is to have of an uplink
 * @info: request
 * @nic: what is not given stays as it is of this one; NULL: it is to be added
 * @limits: that it is to have
 * @ret_wish: overwritten
 *
 * Context: process; takes kvrm_uplink_lock.
 * Return: 0 or a negative errno.
 */
int kvrm_nl_share_parse(struct genl_info *info, const struct kvrm_nic *nic,
			const struct kvrm_nic_limits *limits, struct kvrm_wish *ret_wish)
{
	struct kvrm_node none;
	int i, err;

	kvrm_node_init(&none, false);
	mutex_lock(&kvrm_uplink_lock);
	kvrm_wish_of(nic ? &nic->member.line.node : &none, ret_wish);
	err = kvrm_nl_share_uplink(info, ret_wish);
	mutex_unlock(&kvrm_uplink_lock);
	for (i = 0; i < KVRM_DIRECTIONS && !err; i++)
		err = kvrm_nl_share_parse_direction(info, i, &limits->gates[i], ret_wish);
	return err;
}

static int kvrm_nl_share_fill_direction(const struct kvrm_nl_out *out, struct kvrm_nic *nic,
					int direction, bool shares)
{
	const struct kvrm_line *line = &nic->member.line;
	const struct kvrm_share *share = &line->node.share[direction];
	u64 applied = kvrm_gate_applied(&nic->gates[direction]);
	int next = direction * KVRM_NL_SHARE_NEXT;

	if (kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S + next,
			    share->reservation) ||
	    kvrm_nl_put_u32(out, KVRM_A_NIC_TO_GUEST_WEIGHT + next, share->weight) ||
	    (applied &&
	     kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_APPLIED_BYTES_PER_S + next, applied)))
		return -EMSGSIZE;
	if (!shares)
		return 0;
	if (kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_DEMAND_BYTES_PER_S + next,
			    line->node.due[direction].demand) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_USED_BYTES_PER_S + next,
			    line->streams[direction].used) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_ENTITLED_BYTES_PER_S + next,
			    line->node.due[direction].entitled))
		return -EMSGSIZE;
	return 0;
}

/**
 * kvrm_nl_share_fill() - put what a NIC has of an uplink into a message
 * @out: the message
 * @nic: kvrm_nic_lock is held
 *
 * Context: process; takes kvrm_uplink_lock.
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_share_fill(const struct kvrm_nl_out *out, struct kvrm_nic *nic)
{
	struct kvrm_node *parent;
	int i, err = 0;

	BUILD_BUG_ON(KVRM_A_NIC_FROM_GUEST_APPLIED_BYTES_PER_S !=
		     KVRM_A_NIC_TO_GUEST_APPLIED_BYTES_PER_S + KVRM_NL_SHARE_NEXT);
	if (!kvrm_nl_wants(out, KVRM_NL_NIC_SHARED))
		return 0;
	mutex_lock(&kvrm_uplink_lock);
	parent = nic->member.line.node.parent;
	if (parent)
		err = kvrm_nl_put_u32(out, KVRM_A_NIC_UPLINK_ID, kvrm_uplink_of(parent)->id);
	for (i = 0; i < KVRM_DIRECTIONS && !err; i++)
		err = kvrm_nl_share_fill_direction(out, nic, i, parent);
	mutex_unlock(&kvrm_uplink_lock);
	return err;
}
