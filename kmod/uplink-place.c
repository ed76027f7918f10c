// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places in uplinks' trees, of NICs and of parts: what is reserved is admitted first, and all is
 * changed or nothing.
 */
#include "kmod/compat/compat.h"
#include "kmod/uplink.h"
#include "kvrm/admit.h"

/* What a direction's reservation is called. A sentence has at most 79 bytes. */
static const char *const kvrm_wish_names[KVRM_DIRECTIONS] = {
	[KVRM_TO_GUEST] = "to-guest-reservation-bytes-per-s",
	[KVRM_FROM_GUEST] = "from-guest-reservation-bytes-per-s",
};

/**
 * kvrm_wish_of() - what a NIC or part has now, as a wish
 * @node: its place
 * @ret_wish: overwritten
 */
void kvrm_wish_of(const struct kvrm_node *node, struct kvrm_wish *ret_wish)
{
	int i;

	lockdep_assert_held(&kvrm_uplink_lock);
	*ret_wish = (struct kvrm_wish){};
	if (node->parent)
		ret_wish->uplink = kvrm_uplink_of(node->parent);
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		ret_wish->share[i] = node->share[i];
}

/* The attribute that a refusal is most likely about; NULL: none. */
static const struct nlattr *kvrm_wish_at(const struct kvrm_wish *wish, int direction)
{
	if (wish->at_reservation[direction])
		return wish->at_reservation[direction];
	if (wish->at_limit[direction])
		return wish->at_limit[direction];
	return wish->at_expandable[direction] ? wish->at_expandable[direction] : wish->at_uplink;
}

static int kvrm_wish_refuse(const struct kvrm_wish *wish, const struct kvrm_refusal *refusal,
			    struct netlink_ext_ack *extack)
{
	u32 id = refusal->at && refusal->at->pool ? kvrm_uplink_of(refusal->at)->id : 0;
	const char *name = kvrm_wish_names[refusal->resource];

	NL_SET_BAD_ATTR(extack, kvrm_wish_at(wish, refusal->resource));
	switch (refusal->kind) {
	case KVRM_REFUSED_ABOVE_HOST:
		kvrm_compat_extack(extack, "%s is %llu above what the uplink has", name,
				   refusal->shortfall);
		return -ENOSPC;
	case KVRM_REFUSED_ABOVE_LIMIT:
		kvrm_compat_extack(extack, "%s is %llu above its limit", name, refusal->shortfall);
		return -ENOSPC;
	case KVRM_REFUSED_POOL_LACKS:
		kvrm_compat_extack(extack, "%s: uplink %u lacks %llu", name, id,
				   refusal->shortfall);
		return -ENOSPC;
	case KVRM_REFUSED_POOL_LIMIT:
		kvrm_compat_extack(extack, "uplink %u: reservations exceed its limit by %llu", id,
				   refusal->shortfall);
		return -ENOSPC;
	case KVRM_REFUSED_CYCLE:
		NL_SET_ERR_MSG_ATTR(extack, wish->at_uplink,
				    "an uplink cannot lie in itself or below");
		return -EINVAL;
	default:
		NL_SET_ERR_MSG_ATTR(extack, wish->at_uplink,
				    "more than 8 uplinks would lie above a NIC");
		return -EINVAL;
	}
}

/* Whoever is on no uplink has nothing to reserve. */
static int kvrm_wish_check(const struct kvrm_wish *wish, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < KVRM_DIRECTIONS && !wish->uplink; i++) {
		if (!wish->share[i].reservation)
			continue;
		NL_SET_BAD_ATTR(extack, kvrm_wish_at(wish, i));
		kvrm_compat_extack(extack, "%s needs an uplink", kvrm_wish_names[i]);
		return -EINVAL;
	}
	return 0;
}

/**
 * kvrm_wish_place() - change what a NIC or part has of uplinks, and in which one it lies
 * @node: its place
 * @wish: in range
 * @extack: says what is wrong
 *
 * Rates follow at the next tick.
 *
 * Return: 0; -ENOSPC if a reservation cannot be admitted, -EINVAL if it needs an uplink, or if
 * parts would lie too deep, or one in itself. Nothing has changed then.
 */
int kvrm_wish_place(struct kvrm_node *node, const struct kvrm_wish *wish,
		    struct netlink_ext_ack *extack)
{
	struct kvrm_uplink *whole = wish->uplink ? kvrm_uplink_whole(wish->uplink) : NULL;
	struct kvrm_node *before = node->parent;
	struct kvrm_edit edit = { .node = node };
	struct kvrm_refusal refusal;
	int i, err;

	lockdep_assert_held(&kvrm_uplink_lock);
	err = kvrm_wish_check(wish, extack);
	if (err)
		return err;
	if (wish->uplink)
		edit.parent = &wish->uplink->line.node;
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		edit.share[i] = wish->share[i];
	if (!kvrm_edits_apply(&edit, 1, whole ? &whole->line.node : NULL, &refusal))
		return kvrm_wish_refuse(wish, &refusal, extack);
	if (before)
		kvrm_uplink_changed(kvrm_uplink_of(before));
	if (whole)
		kvrm_uplink_changed(whole);
	return 0;
}

/**
 * kvrm_wish_leave() - take a NIC, or a part without members, out of its uplink
 * @node: its place; nothing is done if it lies in none
 */
void kvrm_wish_leave(struct kvrm_node *node)
{
	struct kvrm_wish wish;
	int i;

	kvrm_wish_of(node, &wish);
	if (!wish.uplink)
		return;
	wish.uplink = NULL;
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		wish.share[i].reservation = 0;
	/* Who leaves is never refused. */
	WARN_ON_ONCE(kvrm_wish_place(node, &wish, NULL));
}
