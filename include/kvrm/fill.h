/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Water-filling: what the members of a pool are due of an amount.
 *
 * Each member is due at least its floor, the part of its claim that it demands, and at most its
 * cap, the part of its demand that its limit allows. What floors leave is shared in proportion to
 * weights, each member capped, and what capped ones leave is shared again. So there is a level l
 * such that each is due
 *
 *	clamp(weight * l, floor, cap)
 *
 * (weighted max-min fairness with lower bounds; Bertsekas and Gallager, Data Networks, 2nd edition,
 * section 6.5.2, and the reservations of Waldspurger, OSDI 2002.)
 */
#ifndef KVRM_FILL_H
#define KVRM_FILL_H

#include "kvrm/node.h"

/* Levels are in the resource's unit and unit of weight, with this many binary places. */
#define KVRM_LEVEL_SHIFT 16
/*
 * Rates must stay below this, 2^48, that they fit into 64 bits with the binary places of a level.
 * A pool has fewer than 65,536 members, or less demand than 2^64 in all, so that sums do not
 * overflow.
 */
#define KVRM_RATE_MAX 281474976710656ULL

uint64_t kvrm_cap(const struct kvrm_node *node, enum kvrm_resource resource);
uint64_t kvrm_floor(const struct kvrm_node *node, enum kvrm_resource resource);
uint64_t kvrm_fill(struct kvrm_node *pool, enum kvrm_resource resource, uint64_t amount);

#endif
