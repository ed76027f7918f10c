// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of uplinks. An uplink is what the administrator says it is: a capacity in each
 * direction, which the NICs on it share. It is the root of a tree of its own, in which reservations
 * are admitted as in the tree of pools (include/kvrm/admit.c). Parts of it are carved out as pools
 * are, and are uplinks as well to whoever lies in them.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "kmod/compat/compat.h"
#include "kmod/uplink.h"
#include "kvrm/admit.h"

DEFINE_MUTEX(kvrm_uplink_lock);
static DEFINE_XARRAY_FLAGS(kvrm_uplinks, XA_FLAGS_ALLOC1);
static u32 kvrm_uplink_next_id;
static u32 kvrm_uplink_changes;

/**
 * kvrm_uplink_new() - make an uplink, or a part, that nobody finds yet
 * @name: of at most KVRM_UPLINK_NAME_MAX bytes
 *
 * Return: the uplink, to be freed with kfree(); NULL for lack of memory.
 */
struct kvrm_uplink *kvrm_uplink_new(const char *name)
{
	struct kvrm_uplink *uplink = kzalloc(sizeof(*uplink), GFP_KERNEL);

	if (!uplink)
		return NULL;
	kvrm_line_init(&uplink->line, true);
	strscpy(uplink->name, name, sizeof(uplink->name));
	return uplink;
}

static int kvrm_uplink_check(const struct kvrm_uplink *uplink, const struct kvrm_capacity *capacity,
			     struct netlink_ext_ack *extack)
{
	static const char *const names[KVRM_DIRECTIONS] = {
		"to-guest-capacity-bytes-per-s",
		"from-guest-capacity-bytes-per-s",
	};
	u64 lacks;
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++) {
		lacks = kvrm_excess(uplink->line.node.reserved[i], capacity->bytes_per_s[i]);
		if (!lacks)
			continue;
		NL_SET_BAD_ATTR(extack, capacity->at[i]);
		kvrm_compat_extack(extack, "%s: uplink %u lacks %llu", names[i], uplink->id, lacks);
		return -ENOSPC;
	}
	return 0;
}

static void kvrm_uplink_resize(struct kvrm_uplink *uplink, const struct kvrm_capacity *capacity)
{
	const u64 most = KVRM_UPLINK_RATE_MAX;
	int i;

	BUILD_BUG_ON(most < KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX);
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_uplink_set(&uplink->line, i, capacity->bytes_per_s[i]);
	kvrm_uplink_changed(uplink);
}

/**
 * kvrm_uplink_add() - give an uplink, or a part, an id by which it can be found
 * @uplink: new; if this fails it is still the caller's to free
 * @wish: of a part: where it is to lie, and what it is to have there; else its uplink is NULL
 * @capacity: of what is no part, in range
 * @extack: says what is wrong
 *
 * Return: 0, -ENOMEM, or as kvrm_wish_place().
 */
int kvrm_uplink_add(struct kvrm_uplink *uplink, const struct kvrm_wish *wish,
		    const struct kvrm_capacity *capacity, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&kvrm_uplink_lock);
	err = xa_alloc_cyclic(&kvrm_uplinks, &uplink->id, uplink, xa_limit_32b,
			      &kvrm_uplink_next_id, GFP_KERNEL);
	if (err < 0)
		return err;
	err = wish->uplink ? kvrm_wish_place(&uplink->line.node, wish, extack) : 0;
	if (err) {
		xa_erase(&kvrm_uplinks, uplink->id);
		return err;
	}
	uplink->ticked_ns = ktime_get_ns();
	if (!wish->uplink)
		kvrm_uplink_resize(uplink, capacity);
	kvrm_uplink_changes++;
	return 0;
}

/* What lies in a part goes with it; NICs that come to another uplink begin there. */
static int kvrm_uplink_change_part(struct kvrm_uplink *part, const struct kvrm_wish *wish,
				   struct netlink_ext_ack *extack)
{
	struct kvrm_uplink *before = kvrm_uplink_whole(part);
	int err;

	err = kvrm_wish_place(&part->line.node, wish, extack);
	if (!err && kvrm_uplink_whole(part) != before)
		kvrm_member_begin_all(part);
	return err;
}

/**
 * kvrm_uplink_change() - change capacities, or what a part has and where it lies; rates follow at
 * once
 * @uplink: published
 * @wish: of a part, in range
 * @capacity: of what is no part, in range
 * @extack: says what is wrong
 *
 * Return: 0; -ENOSPC if there is less than what is reserved, or as kvrm_wish_place(). Nothing has
 * changed then.
 */
int kvrm_uplink_change(struct kvrm_uplink *uplink, const struct kvrm_wish *wish,
		       const struct kvrm_capacity *capacity, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&kvrm_uplink_lock);
	if (uplink->line.node.parent)
		return kvrm_uplink_change_part(uplink, wish, extack);
	err = kvrm_uplink_check(uplink, capacity, extack);
	if (!err)
		kvrm_uplink_resize(uplink, capacity);
	return err;
}

/**
 * kvrm_uplink_remove() - nobody finds it any more
 * @uplink: published; the caller's to free, if it was removed
 *
 * Return: 0; -EBUSY if there are NICs or parts in it.
 */
int kvrm_uplink_remove(struct kvrm_uplink *uplink)
{
	lockdep_assert_held(&kvrm_uplink_lock);
	if (uplink->line.node.first)
		return -EBUSY;
	kvrm_wish_leave(&uplink->line.node);
	xa_erase(&kvrm_uplinks, uplink->id);
	kvrm_uplink_changes++;
	return 0;
}

/**
 * kvrm_uplink_find() - look an uplink up
 * @id: as it was assigned
 *
 * Return: the uplink, alive as long as struct kvrm_uplink says, or NULL.
 */
struct kvrm_uplink *kvrm_uplink_find(u32 id)
{
	lockdep_assert_held(&kvrm_uplink_lock);
	return xa_load(&kvrm_uplinks, id);
}

/**
 * kvrm_uplink_next() - go round the uplinks
 * @cursor: least id; set to that of the uplink that is returned
 *
 * Return: the next uplink, or NULL.
 */
struct kvrm_uplink *kvrm_uplink_next(unsigned long *cursor)
{
	lockdep_assert_held(&kvrm_uplink_lock);
	return xa_find(&kvrm_uplinks, cursor, ULONG_MAX, XA_PRESENT);
}

/**
 * kvrm_uplink_generation() - for dumps, to see whether uplinks came or went
 *
 * Return: a number that changes then.
 */
u32 kvrm_uplink_generation(void)
{
	lockdep_assert_held(&kvrm_uplink_lock);
	return kvrm_uplink_changes;
}

/**
 * kvrm_uplink_init() - start the thread that computes rates
 *
 * Return: 0 or a negative errno.
 */
int kvrm_uplink_init(void)
{
	return kvrm_uplink_start();
}

/**
 * kvrm_uplink_exit() - stop it, and release all uplinks; there are no NICs any more
 */
void kvrm_uplink_exit(void)
{
	struct kvrm_uplink *uplink;
	unsigned long id;

	kvrm_uplink_stop();
	xa_for_each(&kvrm_uplinks, id, uplink)
		kfree(uplink);
	xa_destroy(&kvrm_uplinks);
}
