// SPDX-License-Identifier: GPL-2.0-only
/*
 * NICs on uplinks: what becomes of their gates when they come and go.
 */
#include <linux/math64.h>
#include <linux/minmax.h>

#include "kmod/uplink.h"

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

/* It is held to nothing but its limits. */
static void kvrm_member_free(struct kvrm_member *member)
{
	const struct kvrm_gate_share none = { .grant_bytes = 1 };
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_gate_set_share(&member->gates[i], &none);
}

/*
 * It has come to an uplink. What has passed before does not count, and the first packet is told.
 * Until the next tick it may have what is reserved for it, or as much as any other.
 */
static void kvrm_member_begin(struct kvrm_member *member)
{
	struct kvrm_gate_share share = { .free = true, .excess = kvrm_uplink_kick };
	struct kvrm_node *node = &member->line.node;
	struct kvrm_uplink *whole = kvrm_uplink_whole(kvrm_uplink_of(node->parent));
	u64 packets, capacity;
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++) {
		capacity = whole->line.node.share[i].reservation;
		share.bytes_per_s = max3((u64)1, node->share[i].reservation,
					 div_u64(capacity, node->parent->children));
		kvrm_gate_sum(&member->gates[i], &member->bytes[i], &packets);
		member->line.streams[i] = (struct kvrm_stream){};
		kvrm_gate_set_share(&member->gates[i], &share);
	}
}

/* The uplink that a NIC is on; NULL: none. */
static struct kvrm_uplink *kvrm_member_whole(const struct kvrm_member *member)
{
	struct kvrm_node *parent = member->line.node.parent;

	return parent ? kvrm_uplink_whole(kvrm_uplink_of(parent)) : NULL;
}

/**
 * kvrm_member_set() - change what a NIC has of uplinks, and which one it is on
 * @member: the NIC
 * @wish: in range
 * @extack: says what is wrong
 *
 * Packets that wait go on at the new rate; of a NIC that leaves an uplink, at its limits.
 *
 * Return: as kvrm_wish_place().
 */
int kvrm_member_set(struct kvrm_member *member, const struct kvrm_wish *wish,
		    struct netlink_ext_ack *extack)
{
	struct kvrm_uplink *before = kvrm_member_whole(member), *after;
	int err;

	err = kvrm_wish_place(&member->line.node, wish, extack);
	if (err)
		return err;
	after = kvrm_member_whole(member);
	if (after && after != before)
		kvrm_member_begin(member);
	if (before && !after)
		kvrm_member_free(member);
	return 0;
}

/**
 * kvrm_member_leave() - take a NIC from the uplink that it is on, if it is on one
 * @member: the NIC
 */
void kvrm_member_leave(struct kvrm_member *member)
{
	bool shares = kvrm_member_whole(member);

	kvrm_wish_leave(&member->line.node);
	if (shares)
		kvrm_member_free(member);
}

/**
 * kvrm_member_begin_all() - a part has come to another uplink, with all NICs that lie in it
 * @part: which
 */
void kvrm_member_begin_all(struct kvrm_uplink *part)
{
	struct kvrm_node *top = &part->line.node, *node;

	lockdep_assert_held(&kvrm_uplink_lock);
	for (node = top; node; node = kvrm_node_after(node, top)) {
		if (!node->pool)
			kvrm_member_begin(kvrm_member_of(node));
	}
}
