// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: its table of operations, and what it tells the multicast group.
 *
 * The table is written by hand because the kernel's generator writes one that needs 6.2 and opens
 * the family to every network namespace; tools/check-policy compares it with the specification.
 * Commands are serialised by genl_mutex (parallel_ops is not set).
 */
#include "kmod/event.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/netlink.h"
#include "kmod/nic.h"
#include "kmod/pool.h"

static const struct genl_multicast_group kvrm_nl_mcgrps[] = {
	[KVRM_NL_GROUP_GUEST] = { .name = KVRM_MCGRP_GUEST },
	[KVRM_NL_GROUP_POOL] = { .name = KVRM_MCGRP_POOL },
	[KVRM_NL_GROUP_NIC] = { .name = KVRM_MCGRP_NIC },
	[KVRM_NL_GROUP_UPLINK] = { .name = KVRM_MCGRP_UPLINK },
};

static const struct genl_ops kvrm_nl_ops[] = {
	{
		.cmd = KVRM_CMD_HOST_GET,
		.doit = kvrm_nl_host_get,
	},
	{
		.cmd = KVRM_CMD_GUEST_GET,
		.doit = kvrm_nl_guest_get,
		.start = kvrm_nl_guest_dump_start,
		.dumpit = kvrm_nl_guest_dump,
		.policy = kvrm_nl_guest_get_policy,
		.maxattr = KVRM_A_GUEST_MAX,
	},
	{
		.cmd = KVRM_CMD_GUEST_ADD,
		.doit = kvrm_nl_guest_add,
		.policy = kvrm_nl_guest_add_policy,
		.maxattr = KVRM_A_GUEST_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_GUEST_SET,
		.doit = kvrm_nl_guest_set,
		.policy = kvrm_nl_guest_set_policy,
		.maxattr = KVRM_A_GUEST_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_GUEST_DEL,
		.doit = kvrm_nl_guest_del,
		.policy = kvrm_nl_guest_del_policy,
		.maxattr = KVRM_A_GUEST_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_VCPU_GET,
		.start = kvrm_nl_vcpu_dump_start,
		.dumpit = kvrm_nl_vcpu_dump,
		.policy = kvrm_nl_vcpu_policy,
		.maxattr = KVRM_A_VCPU_MAX,
	},
	{
		.cmd = KVRM_CMD_POOL_GET,
		.doit = kvrm_nl_pool_get,
		.dumpit = kvrm_nl_pool_dump,
		.policy = kvrm_nl_pool_get_policy,
		.maxattr = KVRM_A_POOL_MAX,
	},
	{
		.cmd = KVRM_CMD_POOL_ADD,
		.doit = kvrm_nl_pool_add,
		.policy = kvrm_nl_pool_add_policy,
		.maxattr = KVRM_A_POOL_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_POOL_SET,
		.doit = kvrm_nl_pool_set,
		.policy = kvrm_nl_pool_set_policy,
		.maxattr = KVRM_A_POOL_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_POOL_DEL,
		.doit = kvrm_nl_pool_del,
		.policy = kvrm_nl_pool_del_policy,
		.maxattr = KVRM_A_POOL_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_BATCH_SET,
		.doit = kvrm_nl_batch_set,
		.policy = kvrm_nl_batch_policy,
		.maxattr = KVRM_A_BATCH_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_NIC_GET,
		.doit = kvrm_nl_nic_get,
		.start = kvrm_nl_nic_dump_start,
		.dumpit = kvrm_nl_nic_dump,
		.policy = kvrm_nl_nic_get_policy,
		.maxattr = KVRM_A_NIC_MAX,
	},
	{
		.cmd = KVRM_CMD_NIC_ADD,
		.doit = kvrm_nl_nic_add,
		.policy = kvrm_nl_nic_add_policy,
		.maxattr = KVRM_A_NIC_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_NIC_SET,
		.doit = kvrm_nl_nic_set,
		.policy = kvrm_nl_nic_set_policy,
		.maxattr = KVRM_A_NIC_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_NIC_DEL,
		.doit = kvrm_nl_nic_del,
		.policy = kvrm_nl_nic_del_policy,
		.maxattr = KVRM_A_NIC_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_UPLINK_GET,
		.doit = kvrm_nl_uplink_get,
		.dumpit = kvrm_nl_uplink_dump,
		.policy = kvrm_nl_uplink_get_policy,
		.maxattr = KVRM_A_UPLINK_MAX,
	},
	{
		.cmd = KVRM_CMD_UPLINK_ADD,
		.doit = kvrm_nl_uplink_add,
		.policy = kvrm_nl_uplink_add_policy,
		.maxattr = KVRM_A_UPLINK_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_UPLINK_SET,
		.doit = kvrm_nl_uplink_set,
		.policy = kvrm_nl_uplink_set_policy,
		.maxattr = KVRM_A_UPLINK_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_UPLINK_DEL,
		.doit = kvrm_nl_uplink_del,
		.policy = kvrm_nl_uplink_del_policy,
		.maxattr = KVRM_A_UPLINK_MAX,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = KVRM_CMD_LATENCY_GET,
		.start = kvrm_nl_latency_dump_start,
		.dumpit = kvrm_nl_latency_dump,
		.policy = kvrm_nl_latency_policy,
		.maxattr = KVRM_A_LATENCY_MAX,
	},
};

struct genl_family kvrm_genl_family __ro_after_init = {
	.name = KVRM_FAMILY_NAME,
	.version = KVRM_FAMILY_VERSION,
	.module = THIS_MODULE,
	.ops = kvrm_nl_ops,
	.n_ops = ARRAY_SIZE(kvrm_nl_ops),
	.mcgrps = kvrm_nl_mcgrps,
	.n_mcgrps = ARRAY_SIZE(kvrm_nl_mcgrps),
};

/**
 * kvrm_nl_explain() - the last step of a command: a lack of memory, wherever it was, has a sentence
 * @info: request
 * @err: what the command returns
 *
 * Return: @err.
 */
int kvrm_nl_explain(const struct genl_info *info, int err)
{
	if (err == -ENOMEM && info->extack && !info->extack->_msg)
		NL_SET_ERR_MSG(info->extack, "the kernel has no memory for this");
	return err;
}

/**
 * kvrm_nl_dump_mark() - mark a message of a dump if guests came or went since the message before
 * @cb: the dump
 * @header: the message
 *
 * A reader that sees the mark knows that what it got never was the whole truth at one moment.
 */
void kvrm_nl_dump_mark(struct netlink_callback *cb, void *header)
{
	cb->seq = kvrm_host_generation();
	genl_dump_check_consistent(cb, header);
}

static int kvrm_nl_fill_removed(struct sk_buff *skb, struct kvrm_guest *guest,
				enum kvrm_removal_reason reason)
{
	if (nla_put_u32(skb, KVRM_A_GUEST_ID, guest->id) ||
	    nla_put(skb, KVRM_A_GUEST_UUID, KVRM_UUID_LEN, &guest->uuid) ||
	    nla_put_string(skb, KVRM_A_GUEST_NAME, guest->name) ||
	    nla_put_u64_64bit(skb, KVRM_A_GUEST_CGROUP_ID, cgroup_id(guest->cpu.cgroup),
			      KVRM_A_GUEST_PAD) ||
	    nla_put_u32(skb, KVRM_A_GUEST_REMOVAL_REASON, reason))
		return -EMSGSIZE;
	return 0;
}

/**
 * kvrm_nl_begin() - begin a message for a group, if anybody listens
 * @group: which
 * @cmd: the notification
 * @ret_header: set if there is a message; NULL if that has no room
 *
 * Without memory the listeners are told that they missed one.
 *
 * Context: process.
 * Return: the message, or NULL.
 */
struct sk_buff *kvrm_nl_begin(int group, u8 cmd, void **ret_header)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&kvrm_genl_family, &init_net, group))
		return NULL;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb) {
		genl_set_err(&kvrm_genl_family, &init_net, 0, group, -ENOBUFS);
		return NULL;
	}
	*ret_header = genlmsg_put(skb, 0, 0, &kvrm_genl_family, 0, cmd);
	return skb;
}

/**
 * kvrm_nl_send() - send what kvrm_nl_begin() began
 * @skb: the message; sent or freed
 * @header: its header
 * @group: as it was begun for
 * @err: it could not be filled
 */
void kvrm_nl_send(struct sk_buff *skb, void *header, int group, int err)
{
	if (WARN_ON_ONCE(err || !header)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&kvrm_genl_family, skb, 0, group, GFP_KERNEL);
}

/*
 * @reason is for KVRM_CMD_GUEST_DEL_NTF, after which nothing is told of a guest: it is detached
 * before, and this is called under kvrm_event_lock.
 */
static void kvrm_nl_notify(struct kvrm_guest *guest, u8 cmd, enum kvrm_removal_reason reason)
{
	struct sk_buff *skb;
	bool gone = false;
	void *header;
	int err = 0;

	skb = kvrm_nl_begin(KVRM_NL_GROUP_GUEST, cmd, &header);
	if (!skb)
		return;
	mutex_lock(&kvrm_tree_lock);
	mutex_lock(&guest->lock);
	if (cmd == KVRM_CMD_GUEST_DEL_NTF)
		err = kvrm_nl_fill_removed(skb, guest, reason);
	else if (guest->attached)
		err = kvrm_nl_guest_fill(skb, guest, KVRM_NL_ALL);
	else
		gone = true;
	mutex_unlock(&guest->lock);
	mutex_unlock(&kvrm_tree_lock);
	if (gone)
		nlmsg_free(skb);
	else
		kvrm_nl_send(skb, header, KVRM_NL_GROUP_GUEST, err);
}

static void kvrm_nl_notify_pool(struct kvrm_pool *pool, u8 cmd)
{
	struct sk_buff *skb;
	void *header;
	int err = 0;

	skb = kvrm_nl_begin(KVRM_NL_GROUP_POOL, cmd, &header);
	if (!skb)
		return;
	mutex_lock(&kvrm_tree_lock);
	if (cmd != KVRM_CMD_POOL_DEL_NTF)
		err = kvrm_nl_pool_fill(skb, pool);
	else if (nla_put_u32(skb, KVRM_A_POOL_ID, pool->id) ||
		 nla_put_string(skb, KVRM_A_POOL_NAME, pool->name))
		err = -EMSGSIZE;
	mutex_unlock(&kvrm_tree_lock);
	kvrm_nl_send(skb, header, KVRM_NL_GROUP_POOL, err);
}

static void kvrm_nl_added(struct kvrm_guest *guest)
{
	kvrm_nl_notify(guest, KVRM_CMD_GUEST_ADD_NTF, 0);
}

static void kvrm_nl_changed(struct kvrm_guest *guest)
{
	kvrm_nl_notify(guest, KVRM_CMD_GUEST_SET_NTF, 0);
}

static void kvrm_nl_removed(struct kvrm_guest *guest, enum kvrm_removal_reason reason)
{
	kvrm_nl_notify(guest, KVRM_CMD_GUEST_DEL_NTF, reason);
}

static void kvrm_nl_pool_added(struct kvrm_pool *pool)
{
	kvrm_nl_notify_pool(pool, KVRM_CMD_POOL_ADD_NTF);
}

static void kvrm_nl_pool_changed(struct kvrm_pool *pool)
{
	kvrm_nl_notify_pool(pool, KVRM_CMD_POOL_SET_NTF);
}

static void kvrm_nl_pool_removed(struct kvrm_pool *pool)
{
	kvrm_nl_notify_pool(pool, KVRM_CMD_POOL_DEL_NTF);
}

static const struct kvrm_event_sink kvrm_nl_sink = {
	.added = kvrm_nl_added,
	.changed = kvrm_nl_changed,
	.removed = kvrm_nl_removed,
	.pool_added = kvrm_nl_pool_added,
	.pool_changed = kvrm_nl_pool_changed,
	.pool_removed = kvrm_nl_pool_removed,
};

static void kvrm_nl_clear_sinks(void)
{
	kvrm_nic_set_sink(NULL);
	kvrm_event_set_sink(NULL);
}

/**
 * kvrm_netlink_init() - open the family; commands may arrive from now on
 *
 * Return: 0 or a negative errno.
 */
int __init kvrm_netlink_init(void)
{
	int err;

	BUILD_BUG_ON(sizeof(struct kvrm_dump) > sizeof_field(struct netlink_callback, ctx));
	kvrm_event_set_sink(&kvrm_nl_sink);
	kvrm_nic_set_sink(&kvrm_nl_nic_sink);
	err = genl_register_family(&kvrm_genl_family);
	if (err)
		kvrm_nl_clear_sinks();
	return err;
}

/**
 * kvrm_netlink_exit() - close the family; no command is running afterwards
 */
void kvrm_netlink_exit(void)
{
	kvrm_nl_clear_sinks();
	genl_unregister_family(&kvrm_genl_family);
}
