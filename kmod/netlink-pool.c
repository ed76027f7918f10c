// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about pools.
 */
#include "kmod/change.h"
#include "kmod/event.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/protect.h"
#include "kvrm/admit.h"

const struct nla_policy kvrm_nl_pool_get_policy[KVRM_A_POOL_MAX + 1] = {
	[KVRM_A_POOL_ID] = { .type = NLA_U32 },
};

const struct nla_policy kvrm_nl_pool_add_policy[KVRM_A_POOL_MAX + 1] = {
	[KVRM_A_POOL_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_POOL_NAME_MAX },
	[KVRM_A_POOL_PARENT] = { .type = NLA_U32 },
	[KVRM_A_POOL_CGROUP_FD] = { .type = NLA_U32 },
	[KVRM_A_POOL_CPU_RESERVATION_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_UNLIMITED] = { .type = NLA_FLAG },
	[KVRM_A_POOL_CPU_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_POOL_CPU_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_POOL_MEMORY_RESERVATION_BYTES] = { .type = NLA_U64 },
	[KVRM_A_POOL_MEMORY_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_POOL_MEMORY_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_POOL_MEMORY_LIMIT_BYTES] = { .type = NLA_U64 },
};

const struct nla_policy kvrm_nl_pool_set_policy[KVRM_A_POOL_MAX + 1] = {
	[KVRM_A_POOL_ID] = { .type = NLA_U32 },
	[KVRM_A_POOL_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_POOL_NAME_MAX },
	[KVRM_A_POOL_PARENT] = { .type = NLA_U32 },
	[KVRM_A_POOL_CGROUP_FD] = { .type = NLA_U32 },
	[KVRM_A_POOL_CPU_RESERVATION_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_UNLIMITED] = { .type = NLA_FLAG },
	[KVRM_A_POOL_CPU_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_POOL_CPU_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_POOL_MEMORY_RESERVATION_BYTES] = { .type = NLA_U64 },
	[KVRM_A_POOL_MEMORY_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_POOL_MEMORY_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_POOL_MEMORY_LIMIT_BYTES] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_HOST_RESERVE_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES] = { .type = NLA_U64 },
};

const struct nla_policy kvrm_nl_pool_del_policy[KVRM_A_POOL_MAX + 1] = {
	[KVRM_A_POOL_ID] = { .type = NLA_U32 },
};

/**
 * kvrm_nl_pool() - the pool that attributes name
 * @attrs: by type
 * @extack: says what is wrong
 *
 * Return: the pool, which lives as long as struct kvrm_pool says, or an error pointer.
 */
struct kvrm_pool *kvrm_nl_pool(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	struct nlattr *id = attrs[KVRM_A_POOL_ID];
	struct kvrm_pool *pool;

	if (!id) {
		NL_SET_ERR_MSG(extack, "id is missing");
		return ERR_PTR(-EINVAL);
	}
	mutex_lock(&kvrm_tree_lock);
	pool = kvrm_pool_find(nla_get_u32(id));
	mutex_unlock(&kvrm_tree_lock);
	if (pool)
		return pool;
	NL_SET_ERR_MSG_ATTR(extack, id, "no pool with this id");
	return ERR_PTR(-ENOENT);
}

static int kvrm_nl_put_us(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, KVRM_A_POOL_PAD);
}

static int kvrm_nl_pool_fill_share(struct sk_buff *skb, const struct kvrm_pool *pool)
{
	const struct kvrm_share *share = &pool->node.share[KVRM_RESOURCE_CPU];
	bool root = pool == &kvrm_root_pool;

	if (kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_RESERVATION_US, share->reservation) ||
	    (root && kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_HOST_RESERVE_US, kvrm_host_cpu.reserve)) ||
	    nla_put_u32(skb, KVRM_A_POOL_CPU_WEIGHT, share->weight) ||
	    nla_put_u8(skb, KVRM_A_POOL_CPU_EXPANDABLE, share->expandable))
		return -EMSGSIZE;
	if (share->limit == KVRM_UNLIMITED)
		return nla_put_flag(skb, KVRM_A_POOL_CPU_UNLIMITED);
	return kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_LIMIT_US, share->limit);
}

static int kvrm_nl_pool_fill_state(struct sk_buff *skb, const struct kvrm_pool *pool)
{
	const struct kvrm_node *node = &pool->node;
	const struct kvrm_due *due = &node->due[KVRM_RESOURCE_CPU];
	u64 reasserted = pool->cpu.reasserted;

	if (pool->mem)
		reasserted += READ_ONCE(pool->mem->reasserted) +
			      READ_ONCE(pool->mem->low_reasserted) +
			      READ_ONCE(pool->mem->high_reasserted);
	if (kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_RESERVED_US, node->reserved[KVRM_RESOURCE_CPU]) ||
	    kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_CLAIMED_US,
			   kvrm_claimed(node, KVRM_RESOURCE_CPU)) ||
	    kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_UNRESERVED_US,
			   kvrm_unreserved(node, KVRM_RESOURCE_CPU)) ||
	    kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_SHORTFALL_US,
			   kvrm_shortfall(node, KVRM_RESOURCE_CPU)) ||
	    kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_DEMAND_US, due->demand) ||
	    kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_USED_US, node->flow.used) ||
	    kvrm_nl_put_us(skb, KVRM_A_POOL_CPU_ENTITLED_US, due->entitled) ||
	    nla_put_u32(skb, KVRM_A_POOL_MEMBERS, node->children) ||
	    kvrm_nl_put_us(skb, KVRM_A_POOL_REASSERTED, reasserted) ||
	    kvrm_nl_pool_fill_memory(skb, pool))
		return -EMSGSIZE;
	if (pool->cpu.weight_written)
		return nla_put_u32(skb, KVRM_A_POOL_CPU_WEIGHT_APPLIED, pool->cpu.weight_written);
	return 0;
}

/**
 * kvrm_nl_pool_fill() - put a pool's attributes into a message
 * @skb: the message
 * @pool: kvrm_tree_lock is held
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_pool_fill(struct sk_buff *skb, struct kvrm_pool *pool)
{
	struct kvrm_node *parent = pool->node.parent;

	lockdep_assert_held(&kvrm_tree_lock);
	if (nla_put_u32(skb, KVRM_A_POOL_ID, pool->id) ||
	    nla_put_string(skb, KVRM_A_POOL_NAME, pool->name) ||
	    (parent && nla_put_u32(skb, KVRM_A_POOL_PARENT, kvrm_pool_of(parent)->id)) ||
	    (pool->cpu.cgroup &&
	     kvrm_nl_put_us(skb, KVRM_A_POOL_CGROUP_ID, cgroup_id(pool->cpu.cgroup))) ||
	    kvrm_nl_pool_fill_share(skb, pool))
		return -EMSGSIZE;
	return kvrm_nl_pool_fill_state(skb, pool);
}

/* @reply: empty; sent or freed */
static int kvrm_nl_pool_reply(struct genl_info *info, struct kvrm_pool *pool, struct sk_buff *reply)
{
	void *header;
	int err;

	header = genlmsg_put_reply(reply, info, &kvrm_genl_family, 0, info->genlhdr->cmd);
	mutex_lock(&kvrm_tree_lock);
	kvrm_pool_refresh_capacity();
	err = header ? kvrm_nl_pool_fill(reply, pool) : -EMSGSIZE;
	mutex_unlock(&kvrm_tree_lock);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

/**
 * kvrm_nl_pool_get() - KVRM_CMD_POOL_GET for one pool
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_pool_get(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_pool *pool = kvrm_nl_pool(info->attrs, info->extack);
	struct sk_buff *reply;

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return kvrm_nl_explain(info, -ENOMEM);
	return kvrm_nl_pool_reply(info, pool, reply);
}

static int kvrm_nl_pool_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				 struct kvrm_pool *pool)
{
	void *header;
	int err;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &kvrm_genl_family,
			     NLM_F_MULTI, KVRM_CMD_POOL_GET);
	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	err = kvrm_nl_pool_fill(skb, pool);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * kvrm_nl_pool_dump() - KVRM_CMD_POOL_GET for all pools
 * @skb: reply
 * @cb: state of the dump
 *
 * Return: length of @skb, 0 at the end, or a negative errno.
 */
int kvrm_nl_pool_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	struct kvrm_pool *pool;
	unsigned long cursor;
	int err = 0;

	mutex_lock(&kvrm_tree_lock);
	cb->seq = kvrm_pool_generation();
	kvrm_pool_refresh_capacity();
	while (!err) {
		cursor = dump->cursor;
		pool = kvrm_pool_next(&cursor);
		if (!pool)
			break;
		err = kvrm_nl_pool_dump_one(skb, cb, pool);
		if (!err)
			dump->cursor = cursor;
	}
	mutex_unlock(&kvrm_tree_lock);
	return skb->len ? skb->len : err;
}

/* Put a new pool, bound to its cgroup, into the tree and the registry. */
static int kvrm_nl_pool_publish(struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	struct kvrm_pool *pool = change->pool;
	int err;

	mutex_lock(&kvrm_tree_lock);
	err = kvrm_pool_publish(pool);
	if (!err) {
		/* Once its limit is written, nothing may fail any more. */
		err = kvrm_changes_apply(change, 1, extack);
		if (err)
			kvrm_pool_unpublish(pool);
	}
	mutex_unlock(&kvrm_tree_lock);
	kvrm_protect_flush();
	return err;
}

/**
 * kvrm_nl_pool_add() - KVRM_CMD_POOL_ADD
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_pool_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *fd = info->attrs[KVRM_A_POOL_CGROUP_FD];
	struct kvrm_change change = { .add = true };
	struct kvrm_pool *pool;
	struct sk_buff *reply;
	int err;

	if (!info->attrs[KVRM_A_POOL_NAME] || !fd) {
		if (!fd)
			NL_SET_ERR_MSG(info->extack, "cgroup-fd is missing");
		else
			NL_SET_ERR_MSG(info->extack, "name is missing");
		return -EINVAL;
	}
	err = kvrm_nl_parse_pool(info->attrs, &change, info->extack);
	if (err)
		return err;
	/* Once the pool is there, nothing may fail any more. */
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	pool = kvrm_pool_new();
	if (!reply || !pool) {
		nlmsg_free(reply);
		kvrm_pool_free(pool);
		return kvrm_nl_explain(info, -ENOMEM);
	}
	change.pool = pool;
	change.at_cgroup = fd;
	if (!change.parent)
		change.parent = &kvrm_root_pool;
	err = kvrm_cgcpu_open(&pool->cpu, nla_get_u32(fd), 0, info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, fd);
	else
		err = kvrm_nl_pool_publish(&change, info->extack);
	if (err) {
		nlmsg_free(reply);
		kvrm_pool_free(pool);
		return kvrm_nl_explain(info, err);
	}
	kvrm_event_pool_added(pool);
	return kvrm_nl_pool_reply(info, pool, reply);
}

/**
 * kvrm_nl_pool_set() - KVRM_CMD_POOL_SET
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int kvrm_nl_pool_set(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_change change;
	int err;

	err = kvrm_nl_pool_change(info->attrs, &change, info->extack);
	if (!err) {
		mutex_lock(&kvrm_tree_lock);
		err = kvrm_changes_apply(&change, 1, info->extack);
		mutex_unlock(&kvrm_tree_lock);
		kvrm_protect_flush();
	}
	if (!err)
		kvrm_event_pool_changed(change.pool);
	kvrm_nl_change_release(&change);
	return kvrm_nl_explain(info, err);
}

/**
 * kvrm_nl_pool_del() - KVRM_CMD_POOL_DEL
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_pool_del(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_pool *pool = kvrm_nl_pool(info->attrs, info->extack);
	struct nlattr *id = info->attrs[KVRM_A_POOL_ID];
	bool has_members;

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	if (pool == &kvrm_root_pool) {
		NL_SET_ERR_MSG_ATTR(info->extack, id, "the root pool cannot be removed");
		return -EINVAL;
	}
	mutex_lock(&kvrm_tree_lock);
	has_members = pool->node.first;
	if (!has_members) {
		kvrm_pool_unpublish(pool);
		kvrm_cgcpu_leave(&pool->cpu, pool->cpu.limit_us);
	}
	mutex_unlock(&kvrm_tree_lock);
	if (has_members) {
		NL_SET_ERR_MSG_ATTR(info->extack, id, "the pool has members");
		return -EBUSY;
	}
	kvrm_pool_leave(&pool->node);
	kvrm_protect_forget(&pool->mem);
	kvrm_protect_flush();
	kvrm_event_pool_removed(pool);
	kvrm_pool_free(pool);
	return 0;
}
