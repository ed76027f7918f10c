// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes about memory: from requests to changes (change.h), and into replies.
 */
#include <linux/math.h>
#include <linux/mm.h>

#include "kmod/change.h"
#include "kmod/guest.h"
#include "kmod/hostmem.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/young.h"
#include "kvrm/admit.h"
#include "kvrm/memlimit.h"

/* memory.min is kept in pages: what is none could not be kept exactly. */
static int kvrm_nl_parse_bytes(const struct nlattr *attr, u64 *ret_bytes, const char *sentence,
			       struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	*ret_bytes = nla_get_u64(attr);
	if (!(*ret_bytes % PAGE_SIZE))
		return 0;
	NL_SET_BAD_ATTR(extack, attr);
	if (extack)
		extack->_msg = sentence;
	return -EINVAL;
}

static int kvrm_nl_parse_memory_weight(struct nlattr *weight, struct kvrm_change *change,
				       struct netlink_ext_ack *extack)
{
	change->at_memory_weight = weight;
	if (!weight)
		return 0;
	change->memory_weight = nla_get_u32(weight);
	if (change->memory_weight >= KVRM_MEMORY_WEIGHT_MIN &&
	    change->memory_weight <= KVRM_MEMORY_WEIGHT_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, weight, "memory-weight is not 1 to 10000");
	return -ERANGE;
}

static int kvrm_nl_parse_memory_limit(const struct nlattr *limit, struct kvrm_change *change,
				      struct netlink_ext_ack *extack)
{
	int err;

	change->at_memory_limit = limit;
	err = kvrm_nl_parse_bytes(limit, &change->memory_limit_bytes,
				  "memory-limit-bytes is no multiple of the page size", extack);
	if (err || !change->memory_limit_bytes ||
	    change->memory_limit_bytes >= KVRM_MEMORY_LIMIT_MIN_BYTES)
		return err;
	BUILD_BUG_ON(KVRM_MEMORY_LIMIT_MIN_BYTES != KVRM_MEMLIMIT_MIN_BYTES);
	NL_SET_ERR_MSG_ATTR(extack, limit, "memory-limit-bytes is neither 0 nor at least 16777216");
	return -ERANGE;
}

/**
 * kvrm_nl_parse_guest_memory() - what a guest's attributes say about memory
 * @attrs: by type
 * @change: receives it
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int kvrm_nl_parse_guest_memory(struct nlattr **attrs, struct kvrm_change *change,
			       struct netlink_ext_ack *extack)
{
	int err;

	change->at_memory = attrs[KVRM_A_GUEST_MEMORY_RESERVATION_BYTES];
	change->at_overhead = attrs[KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES];
	err = kvrm_nl_parse_bytes(change->at_memory, &change->memory_bytes,
				  "memory-reservation-bytes is no multiple of the page size",
				  extack);
	if (!err)
		err = kvrm_nl_parse_bytes(change->at_overhead, &change->overhead_bytes,
					  "memory-overhead-bytes is no multiple of the page size",
					  extack);
	if (!err)
		err = kvrm_nl_parse_memory_limit(attrs[KVRM_A_GUEST_MEMORY_LIMIT_BYTES], change,
						 extack);
	if (err)
		return err;
	return kvrm_nl_parse_memory_weight(attrs[KVRM_A_GUEST_MEMORY_WEIGHT], change, extack);
}

/**
 * kvrm_nl_parse_pool_memory() - what a pool's attributes say about memory
 * @attrs: by type
 * @change: receives it
 * @extack: says what is wrong
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_parse_pool_memory(struct nlattr **attrs, struct kvrm_change *change,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *expandable = attrs[KVRM_A_POOL_MEMORY_EXPANDABLE];
	int err;

	change->at_memory = attrs[KVRM_A_POOL_MEMORY_RESERVATION_BYTES];
	change->at_memory_expandable = expandable;
	if (expandable && nla_get_u8(expandable) > 1) {
		NL_SET_ERR_MSG_ATTR(extack, expandable, "memory-expandable is not 0 or 1");
		return -ERANGE;
	}
	change->memory_expandable = expandable && nla_get_u8(expandable);
	err = kvrm_nl_parse_memory_weight(attrs[KVRM_A_POOL_MEMORY_WEIGHT], change, extack);
	if (!err)
		err = kvrm_nl_parse_memory_limit(attrs[KVRM_A_POOL_MEMORY_LIMIT_BYTES], change,
						 extack);
	if (err)
		return err;
	return kvrm_nl_parse_bytes(change->at_memory, &change->memory_bytes,
				   "memory-reservation-bytes is no multiple of the page size",
				   extack);
}

/**
 * kvrm_nl_parse_memory_reserve() - what the host is to keep of its memory
 * @attrs: of a pool, by type
 * @change: receives it
 * @extack: says what is wrong
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_parse_memory_reserve(struct nlattr **attrs, struct kvrm_change *change,
				 struct netlink_ext_ack *extack)
{
	struct nlattr *reserve = attrs[KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES];

	change->at_memory_reserve = reserve;
	if (!reserve)
		return 0;
	if (change->pool != &kvrm_root_pool) {
		NL_SET_ERR_MSG_ATTR(extack, reserve,
				    "memory-host-reserve-bytes is of the root pool only");
		return -EINVAL;
	}
	if (nla_get_u64(reserve) > kvrm_hostmem_capacity()) {
		NL_SET_ERR_MSG_ATTR(extack, reserve,
				    "memory-host-reserve-bytes is above memory-capacity-bytes");
		return -ERANGE;
	}
	return kvrm_nl_parse_bytes(reserve, &change->memory_reserve_bytes,
				   "memory-host-reserve-bytes is no multiple of the page size",
				   extack);
}

/**
 * kvrm_nl_host_fill_memory() - put what memory the host has into a message
 * @skb: the message
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_host_fill_memory(struct sk_buff *skb)
{
	if (nla_put_u64_64bit(skb, KVRM_A_HOST_MEMORY_CAPACITY_BYTES, kvrm_hostmem_capacity(),
			      KVRM_A_HOST_PAD))
		return -EMSGSIZE;
	return nla_put_u64_64bit(skb, KVRM_A_HOST_MEMORY_HOST_RESERVE_BYTES,
				 READ_ONCE(kvrm_host_memory.reserve), KVRM_A_HOST_PAD);
}

static int kvrm_nl_guest_fill_memory_limit(const struct kvrm_nl_out *out,
					   const struct kvrm_guest *guest)
{
	/* One that is being removed has its cgroup's memory no more. */
	if (!guest->memory_limit_bytes || !guest->mem)
		return 0;
	if (kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_LIMIT_BYTES, guest->memory_limit_bytes))
		return -EMSGSIZE;
	return kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_THROTTLE_BYTES,
			       READ_ONCE(guest->mem->high_found));
}

static int kvrm_nl_guest_fill_memory_active(const struct kvrm_nl_out *out,
					    const struct kvrm_young *young)
{
	if (!READ_ONCE(young->active.known))
		return 0;
	return kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_ACTIVE_BYTES, kvrm_young_bytes(young));
}

/**
 * kvrm_nl_guest_fill_memory() - put a guest's memory into a message
 * @out: the message
 * @guest: kvrm_tree_lock is held
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_guest_fill_memory(const struct kvrm_nl_out *out, const struct kvrm_guest *guest)
{
	const struct kvrm_share *share = &guest->node.share[KVRM_RESOURCE_MEMORY];

	lockdep_assert_held(&kvrm_tree_lock);
	if (kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES,
			    share->reservation - guest->overhead_bytes) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES, guest->overhead_bytes) ||
	    kvrm_nl_put_u32(out, KVRM_A_GUEST_MEMORY_WEIGHT, share->weight) ||
	    kvrm_nl_guest_fill_memory_limit(out, guest) ||
	    kvrm_nl_guest_fill_memory_active(out, &guest->young))
		return -EMSGSIZE;
	if (!guest->mem || !guest->placed)
		return 0;
	if (kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_PROTECTED_BYTES,
			    READ_ONCE(guest->mem->found)) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_ENTITLED_BYTES,
			    guest->node.due[KVRM_RESOURCE_MEMORY].entitled))
		return -EMSGSIZE;
	return kvrm_nl_put_u64(out, KVRM_A_GUEST_MEMORY_FAVOURED_BYTES,
			       READ_ONCE(guest->mem->low_found));
}

static int kvrm_nl_put_bytes(struct sk_buff *skb, int type, u64 bytes)
{
	return nla_put_u64_64bit(skb, type, bytes, KVRM_A_POOL_PAD);
}

static int kvrm_nl_pool_fill_memory_limit(struct sk_buff *skb, const struct kvrm_pool *pool)
{
	if (!pool->memory_limit_bytes)
		return 0;
	if (kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_LIMIT_BYTES, pool->memory_limit_bytes))
		return -EMSGSIZE;
	return kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_THROTTLE_BYTES,
				 READ_ONCE(pool->mem->high_found));
}

/**
 * kvrm_nl_pool_fill_memory() - put a pool's memory into a message
 * @skb: the message
 * @pool: kvrm_tree_lock is held
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_pool_fill_memory(struct sk_buff *skb, const struct kvrm_pool *pool)
{
	const enum kvrm_resource memory = KVRM_RESOURCE_MEMORY;
	const struct kvrm_node *node = &pool->node;

	lockdep_assert_held(&kvrm_tree_lock);
	if (kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_RESERVATION_BYTES,
			      node->share[memory].reservation) ||
	    nla_put_u8(skb, KVRM_A_POOL_MEMORY_EXPANDABLE, node->share[memory].expandable) ||
	    nla_put_u32(skb, KVRM_A_POOL_MEMORY_WEIGHT, node->share[memory].weight) ||
	    (pool == &kvrm_root_pool &&
	     kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES,
			       kvrm_host_memory.reserve)) ||
	    kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_RESERVED_BYTES, node->reserved[memory]) ||
	    kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_CLAIMED_BYTES, kvrm_claimed(node, memory)) ||
	    kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_UNRESERVED_BYTES,
			      kvrm_unreserved(node, memory)) ||
	    kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_SHORTFALL_BYTES,
			      kvrm_shortfall(node, memory)))
		return -EMSGSIZE;
	if (!pool->mem)
		return 0;
	if (kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_PROTECTED_BYTES,
			      READ_ONCE(pool->mem->found)) ||
	    kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_ENTITLED_BYTES, node->due[memory].entitled) ||
	    kvrm_nl_pool_fill_memory_limit(skb, pool))
		return -EMSGSIZE;
	return kvrm_nl_put_bytes(skb, KVRM_A_POOL_MEMORY_FAVOURED_BYTES,
				 READ_ONCE(pool->mem->low_found));
}
