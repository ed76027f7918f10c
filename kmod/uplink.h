/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_UPLINK_TREE_H
#define KVRM_UPLINK_TREE_H

#include <linux/kvrm.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/types.h>

#include "kmod/gate.h"
#include "kvrm/uplink.h"

/**
 * struct kvrm_uplink - what NICs share: an uplink, or a part of one
 * @line: root of the tree of those that are on it; of a part, its place in that and its allocation
 * @id: key; set once, before it is published
 * @name: for people
 * @trunks: by direction; this and the next two are of no use in a part
 * @ticked_ns: when its rates were last computed
 * @unsettled: its tree or capacity has changed since then
 *
 * Everything is protected by kvrm_uplink_lock. Uplinks come and go by commands only, which
 * genl_mutex serialises, so a command may use one after it let go of the lock.
 */
struct kvrm_uplink {
	struct kvrm_line line;
	u32 id;
	char name[KVRM_UPLINK_NAME_MAX + 1];
	struct kvrm_trunk trunks[KVRM_DIRECTIONS];
	u64 ticked_ns;
	bool unsettled;
};

/**
 * struct kvrm_member - a NIC, as uplinks know it
 * @line: its place in an uplink's tree, if it has one, and its allocation; kvrm_uplink_lock
 * @gates: by direction; constant
 * @bytes: that had passed at the last tick, by direction; kvrm_uplink_lock
 */
struct kvrm_member {
	struct kvrm_line line;
	struct kvrm_gate *gates;
	u64 bytes[KVRM_DIRECTIONS];
};

/**
 * struct kvrm_wish - what a NIC, or a part, is to have of an uplink
 * @uplink: that, or the part, that it is to lie in; NULL: none
 * @share: by direction
 * @at_uplink: attribute that names the uplink, for errors; NULL: not given; those below likewise
 * @at_reservation: attributes, by direction
 * @at_limit: attributes, by direction
 * @at_expandable: attributes, by direction
 */
struct kvrm_wish {
	struct kvrm_uplink *uplink;
	struct kvrm_share share[KVRM_DIRECTIONS];
	const struct nlattr *at_uplink;
	const struct nlattr *at_reservation[KVRM_DIRECTIONS];
	const struct nlattr *at_limit[KVRM_DIRECTIONS];
	const struct nlattr *at_expandable[KVRM_DIRECTIONS];
};

/**
 * struct kvrm_capacity - of an uplink
 * @bytes_per_s: by direction
 * @at: attributes, by direction, for errors; NULL: not given
 */
struct kvrm_capacity {
	u64 bytes_per_s[KVRM_DIRECTIONS];
	const struct nlattr *at[KVRM_DIRECTIONS];
};

/* Protects the registry, and all trees: uplinks, parts, NICs' lines, and what is measured. */
extern struct mutex kvrm_uplink_lock;

/* uplink.c */
int kvrm_uplink_init(void);
void kvrm_uplink_exit(void);
struct kvrm_uplink *kvrm_uplink_new(const char *name);
int kvrm_uplink_add(struct kvrm_uplink *uplink, const struct kvrm_wish *wish,
		    const struct kvrm_capacity *capacity, struct netlink_ext_ack *extack);
int kvrm_uplink_change(struct kvrm_uplink *uplink, const struct kvrm_wish *wish,
		       const struct kvrm_capacity *capacity, struct netlink_ext_ack *extack);
int kvrm_uplink_remove(struct kvrm_uplink *uplink);
struct kvrm_uplink *kvrm_uplink_find(u32 id);
struct kvrm_uplink *kvrm_uplink_next(unsigned long *cursor);
u32 kvrm_uplink_generation(void);

/* uplink-place.c */
void kvrm_wish_of(const struct kvrm_node *node, struct kvrm_wish *ret_wish);
int kvrm_wish_place(struct kvrm_node *node, const struct kvrm_wish *wish,
		    struct netlink_ext_ack *extack);
void kvrm_wish_leave(struct kvrm_node *node);

/* uplink-member.c */
void kvrm_member_init(struct kvrm_member *member, struct kvrm_gate *gates);
int kvrm_member_set(struct kvrm_member *member, const struct kvrm_wish *wish,
		    struct netlink_ext_ack *extack);
void kvrm_member_leave(struct kvrm_member *member);
void kvrm_member_begin_all(struct kvrm_uplink *part);

/* uplink-tick.c */
int kvrm_uplink_start(void);
void kvrm_uplink_stop(void);
void kvrm_uplink_kick(void);
void kvrm_uplink_changed(struct kvrm_uplink *uplink);

static inline struct kvrm_uplink *kvrm_uplink_of(struct kvrm_node *node)
{
	return container_of(kvrm_line_of(node), struct kvrm_uplink, line);
}

/* The uplink that a part, or itself, belongs to. */
static inline struct kvrm_uplink *kvrm_uplink_whole(struct kvrm_uplink *uplink)
{
	struct kvrm_node *node = &uplink->line.node;

	while (node->parent)
		node = node->parent;
	return kvrm_uplink_of(node);
}

static inline struct kvrm_member *kvrm_member_of(struct kvrm_node *node)
{
	return container_of(kvrm_line_of(node), struct kvrm_member, line);
}

#endif
