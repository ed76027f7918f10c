// SPDX-License-Identifier: GPL-2.0-only
/*
 * NICs on uplinks: what they have reserved there is admitted first, and changed as a whole or not
 * at all.
 */
#include "kmod/compat/compat.h"
#include "kmod/uplink.h"
#include "kvrm/admit.h"

/* What a direction's reservation is called. A sentence has at most 79 bytes. */
static const char *const kvrm_member_names[KVRM_DIRECTIONS] = {
	[KVRM_TO_GUEST] = "to-guest-reservation-bytes-per-s",
	[KVRM_FROM_GUEST] = "from-guest-reservation-bytes-per-s",
};

/**
 * kvrm_member_init() - a NIC that is on no uplink
 * @member: overwritten
 * @gates: its gates, by direction
 */
void kvrm_member_init(struct kvrm_member *member, struct kvrm_gate *gates)
{
	kvrm_line_init(&member->line, false);
	member->gates = gates;
}

/**
 * kvrm_member_uplink() - the uplink that a NIC is on
 * @member: the NIC
 *
 * Return: alive as long as struct kvrm_uplink says; NULL: it is on none.
 */
struct kvrm_uplink *kvrm_member_uplink(const struct kvrm_member *member)
{
	struct kvrm_node *node = member->line.node.parent;

	lockdep_assert_held(&kvrm_uplink_lock);
	while (node && node->parent)
		node = node->parent;
	return node ? kvrm_uplink_of(node) : NULL;
}

/**
 * kvrm_member_wish() - what a NIC has now, as a wish
 * @member: the NIC
 * @ret_wish: overwritten
 */
void kvrm_member_wish(const struct kvrm_member *member, struct kvrm_wish *ret_wish)
{
	int i;

	lockdep_assert_held(&kvrm_uplink_lock);
	*ret_wish = (struct kvrm_wish){ .uplink = kvrm_member_uplink(member) };
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		ret_wish->share[i] = member->line.node.share[i];
}

/* The attribute that a refusal is most likely about; NULL: none. */
static const struct nlattr *kvrm_wish_at(const struct kvrm_wish *wish, int direction)
{
	if (wish->at_reservation[direction])
		return wish->at_reservation[direction];
	return wish->at_limit[direction] ? wish->at_limit[direction] : wish->at_uplink;
}

static int kvrm_wish_refuse(const struct kvrm_wish *wish, const struct kvrm_refusal *refusal,
			    struct netlink_ext_ack *extack)
{
	const char *reservation = kvrm_member_names[refusal->resource];

	NL_SET_BAD_ATTR(extack, kvrm_wish_at(wish, refusal->resource));
	if (refusal->kind == KVRM_REFUSED_ABOVE_HOST)
		kvrm_compat_extack(extack, "%s is %llu above what the uplink has", reservation,
				   refusal->shortfall);
	else if (refusal->kind == KVRM_REFUSED_ABOVE_LIMIT)
		kvrm_compat_extack(extack, "%s is %llu above its limit", reservation,
				   refusal->shortfall);
	else
		kvrm_compat_extack(extack, "%s: uplink %u lacks %llu", reservation,
				   wish->uplink->id, refusal->shortfall);
	return -ENOSPC;
}

/* Whoever is on no uplink has nothing to reserve. */
static int kvrm_wish_check(const struct kvrm_wish *wish, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < KVRM_DIRECTIONS && !wish->uplink; i++) {
		if (!wish->share[i].reservation)
			continue;
		NL_SET_BAD_ATTR(extack, kvrm_wish_at(wish, i));
		kvrm_compat_extack(extack, "%s needs an uplink", kvrm_member_names[i]);
		return -EINVAL;
	}
	return 0;
}

/* It is held to nothing but its limits. */
static void kvrm_member_free(struct kvrm_member *member)
{
	const struct kvrm_gate_share none = { .grant_bytes = 1 };
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_gate_set_share(&member->gates[i], &none);
}

/* It has come to an uplink: what has passed before does not count, and the first packet is told. */
static void kvrm_member_begin(struct kvrm_member *member, const struct kvrm_uplink *uplink)
{
	struct kvrm_gate_share share = { .free = true, .excess = kvrm_uplink_kick };
	u64 packets;
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++) {
		share.bytes_per_s = uplink->line.node.share[i].reservation;
		kvrm_gate_sum(&member->gates[i], &member->bytes[i], &packets);
		member->line.streams[i] = (struct kvrm_stream){};
		kvrm_gate_set_share(&member->gates[i], &share);
	}
}

static bool kvrm_member_edit(struct kvrm_member *member, const struct kvrm_wish *wish,
			     struct kvrm_refusal *ret_refusal)
{
	struct kvrm_node *root = wish->uplink ? &wish->uplink->line.node : NULL;
	struct kvrm_edit edit = { .node = &member->line.node, .parent = root };
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++)
		edit.share[i] = wish->share[i];
	return kvrm_edits_apply(&edit, 1, root, ret_refusal);
}

/**
 * kvrm_member_set() - change what a NIC has of uplinks, and which one it is on
 * @member: the NIC
 * @wish: in range
 * @extack: says what is wrong
 *
 * Packets that wait go on at the new rate; of a NIC that leaves an uplink, at its limits.
 *
 * Return: 0; -ENOSPC if a reservation cannot be admitted, -EINVAL if it needs an uplink. Nothing
 * has changed then.
 */
int kvrm_member_set(struct kvrm_member *member, const struct kvrm_wish *wish,
		    struct netlink_ext_ack *extack)
{
	struct kvrm_uplink *before = kvrm_member_uplink(member);
	struct kvrm_refusal refusal;
	int err;

	lockdep_assert_held(&kvrm_uplink_lock);
	err = kvrm_wish_check(wish, extack);
	if (err)
		return err;
	if (!kvrm_member_edit(member, wish, &refusal))
		return kvrm_wish_refuse(wish, &refusal, extack);
	if (before && before != wish->uplink)
		kvrm_uplink_changed(before);
	if (before && !wish->uplink)
		kvrm_member_free(member);
	if (wish->uplink && wish->uplink != before)
		kvrm_member_begin(member, wish->uplink);
	if (wish->uplink)
		kvrm_uplink_changed(wish->uplink);
	return 0;
}

/**
 * kvrm_member_leave() - take a NIC from the uplink that it is on, if it is on one
 * @member: the NIC
 */
void kvrm_member_leave(struct kvrm_member *member)
{
	struct kvrm_uplink *uplink = kvrm_member_uplink(member);
	struct kvrm_wish wish;

	lockdep_assert_held(&kvrm_uplink_lock);
	if (!uplink)
		return;
	kvrm_member_wish(member, &wish);
	wish.uplink = NULL;
	wish.share[KVRM_TO_GUEST].reservation = 0;
	wish.share[KVRM_FROM_GUEST].reservation = 0;
	/* Who leaves is never refused. */
	WARN_ON_ONCE(kvrm_member_set(member, &wish, NULL));
}
