/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CHANGE_H
#define KVRM_CHANGE_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "kmod/guest.h"
#include "kmod/pool.h"

/**
 * struct kvrm_change - what one guest or pool is to become
 * @guest: which, referenced by whoever made the change; NULL: a pool
 * @pool: which; NULL: a guest
 * @add: it is in no pool yet
 * @parent: the pool it is to be in; NULL: as it is
 * @rebind: it is to be bound to @cpu instead of what it is bound to now
 * @cpu: another cgroup; afterwards the one before, if the change was made
 * @reservation_us: µs of CPU time per second, if @at_reservation
 * @limit_us: likewise, if @at_limit; 0: none
 * @weight: if @at_weight
 * @vcpu_limit_us: likewise, of each virtual CPU, if @at_vcpu_limit
 * @expandable: if @at_expandable
 * @reserve_us: what the host keeps for itself, if @at_reserve; of the root pool only
 * @name: NULL: as it is
 * @at_self: attribute that names it, for errors
 * @at_parent: attribute that names its pool; NULL: not given; those below likewise
 * @at_cgroup: attribute
 * @at_reservation: attribute
 * @at_limit: attribute, of the limit or of there being none
 * @at_vcpu_limit: attribute
 * @at_weight: attribute
 * @at_expandable: attribute
 * @at_reserve: attribute
 */
struct kvrm_change {
	struct kvrm_guest *guest;
	struct kvrm_pool *pool;
	bool add;
	struct kvrm_pool *parent;
	bool rebind;
	struct kvrm_cgcpu cpu;
	u64 reservation_us;
	u64 limit_us;
	u64 vcpu_limit_us;
	u32 weight;
	bool expandable;
	u64 reserve_us;
	const struct nlattr *name;
	const struct nlattr *at_self;
	const struct nlattr *at_parent;
	const struct nlattr *at_cgroup;
	const struct nlattr *at_reservation;
	const struct nlattr *at_limit;
	const struct nlattr *at_vcpu_limit;
	const struct nlattr *at_weight;
	const struct nlattr *at_expandable;
	const struct nlattr *at_reserve;
};

int kvrm_changes_apply(struct kvrm_change *changes, size_t n, struct netlink_ext_ack *extack);

#endif
