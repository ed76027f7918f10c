/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CHANGE_H
#define KVRM_CHANGE_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "kmod/guest.h"
#include "kmod/pool.h"
#include "kvrm/admit.h"

/**
 * struct kvrm_change - what one guest or pool is to become
 * @guest: which, referenced by whoever made the change; NULL: a pool
 * @pool: which; NULL: a guest
 * @add: it is in no pool yet
 * @parent: the pool it is to be in; NULL: as it is
 * @rebind: it is to be bound to @cpu instead of what it is bound to now
 * @cpu: another cgroup; afterwards the one before, if the change was made
 * @mem: its memory.min, while the change is being made
 * @reservation_us: µs of CPU time per second, if @at_reservation
 * @limit_us: likewise, if @at_limit; 0: none
 * @weight: if @at_weight
 * @vcpu_limit_us: likewise, of each virtual CPU, if @at_vcpu_limit
 * @expandable: if @at_expandable
 * @reserve_us: what the host keeps for itself, if @at_reserve; of the root pool only
 * @sample_rate_hz: of a guest, if @at_sample_rate; 0: it is not sampled
 * @probes: of a guest, if @at_probes
 * @memory_bytes: reservation, if @at_memory
 * @overhead_bytes: of a guest, if @at_overhead
 * @memory_limit_bytes: if @at_memory_limit; 0: none
 * @memory_weight: if @at_memory_weight
 * @memory_expandable: if @at_memory_expandable
 * @memory_reserve_bytes: as @reserve_us, if @at_memory_reserve
 * @name: NULL: as it is
 * @at_self: attribute that names it, for errors
 * @at_parent: attribute that names its pool; NULL: not given; those below likewise
 * @at_cgroup: attribute
 * @at_reservation: attribute
 * @at_limit: attribute, of the limit or of there being none
 * @at_vcpu_limit: attribute
 * @at_weight: attribute
 * @at_sample_rate: attribute
 * @at_probes: attribute
 * @at_expandable: attribute
 * @at_reserve: attribute
 * @at_memory: attribute
 * @at_overhead: attribute
 * @at_memory_limit: attribute
 * @at_memory_weight: attribute
 * @at_memory_expandable: attribute
 * @at_memory_reserve: attribute
 */
struct kvrm_change {
	struct kvrm_guest *guest;
	struct kvrm_pool *pool;
	bool add;
	struct kvrm_pool *parent;
	bool rebind;
	struct kvrm_cgcpu cpu;
	struct kvrm_cgmem *mem;
	u64 reservation_us;
	u64 limit_us;
	u64 vcpu_limit_us;
	u32 weight;
	bool expandable;
	u64 reserve_us;
	u32 sample_rate_hz;
	u32 probes;
	u64 memory_bytes;
	u64 overhead_bytes;
	u64 memory_limit_bytes;
	u32 memory_weight;
	bool memory_expandable;
	u64 memory_reserve_bytes;
	const struct nlattr *name;
	const struct nlattr *at_self;
	const struct nlattr *at_parent;
	const struct nlattr *at_cgroup;
	const struct nlattr *at_reservation;
	const struct nlattr *at_limit;
	const struct nlattr *at_vcpu_limit;
	const struct nlattr *at_weight;
	const struct nlattr *at_sample_rate;
	const struct nlattr *at_probes;
	const struct nlattr *at_expandable;
	const struct nlattr *at_reserve;
	const struct nlattr *at_memory;
	const struct nlattr *at_overhead;
	const struct nlattr *at_memory_limit;
	const struct nlattr *at_memory_weight;
	const struct nlattr *at_memory_expandable;
	const struct nlattr *at_memory_reserve;
};

/**
 * struct kvrm_memory_reserve - what the host kept of its memory before changes
 * @at: attribute that changed it; NULL: none did
 * @bytes: before
 * @fixed: whether it was set before
 */
struct kvrm_memory_reserve {
	const struct nlattr *at;
	u64 bytes;
	bool fixed;
};

static inline struct kvrm_node *kvrm_change_node(const struct kvrm_change *change)
{
	return change->guest ? &change->guest->node : &change->pool->node;
}

/* change.c */
int kvrm_changes_apply(struct kvrm_change *changes, size_t n, struct netlink_ext_ack *extack);

/* change-refuse.c */
const struct nlattr *kvrm_change_at(const struct kvrm_change *change, enum kvrm_resource resource,
				    enum kvrm_refusal_kind kind);
int kvrm_change_refuse(const struct kvrm_change *change, const struct kvrm_refusal *refusal,
		       struct netlink_ext_ack *extack);

/* change-memory.c */
int kvrm_change_edit_memory(const struct kvrm_change *change, struct kvrm_edit *edit,
			    struct netlink_ext_ack *extack);
int kvrm_changes_open_memory(struct kvrm_change *changes, size_t n, struct kvrm_change *change,
			     struct netlink_ext_ack *extack);
void kvrm_change_commit_memory(struct kvrm_change *change);
void kvrm_changes_release_memory(struct kvrm_change *changes, size_t n, bool made);
void kvrm_changes_set_memory_reserve(const struct kvrm_change *changes, size_t n,
				     struct kvrm_memory_reserve *ret_before);
int kvrm_changes_check_memory_reserve(const struct kvrm_memory_reserve *before,
				      struct netlink_ext_ack *extack);
void kvrm_changes_undo_memory_reserve(const struct kvrm_memory_reserve *before);

#endif
