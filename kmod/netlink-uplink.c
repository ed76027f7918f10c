// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about uplinks and their parts, and what their group is told.
 */
#include <linux/slab.h>

#include "kmod/netlink.h"
#include "kmod/uplink.h"

const struct nla_policy kvrm_nl_uplink_get_policy[KVRM_A_UPLINK_MAX + 1] = {
	[KVRM_A_UPLINK_ID] = { .type = NLA_U32 },
};

const struct nla_policy kvrm_nl_uplink_add_policy[KVRM_A_UPLINK_MAX + 1] = {
	[KVRM_A_UPLINK_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_UPLINK_NAME_MAX },
	[KVRM_A_UPLINK_PARENT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_TO_GUEST_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_FROM_GUEST_EXPANDABLE] = { .type = NLA_U8 },
};

const struct nla_policy kvrm_nl_uplink_set_policy[KVRM_A_UPLINK_MAX + 1] = {
	[KVRM_A_UPLINK_ID] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_UPLINK_NAME_MAX },
	[KVRM_A_UPLINK_PARENT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_TO_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_TO_GUEST_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_UPLINK_FROM_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_UPLINK_FROM_GUEST_EXPANDABLE] = { .type = NLA_U8 },
};

const struct nla_policy kvrm_nl_uplink_del_policy[KVRM_A_UPLINK_MAX + 1] = {
	[KVRM_A_UPLINK_ID] = { .type = NLA_U32 },
};

/* The uplink that an attribute names, which lives until the command is over. */
static struct kvrm_uplink *kvrm_nl_uplink_by(struct genl_info *info, const struct nlattr *id)
{
	struct kvrm_uplink *uplink = kvrm_uplink_find(nla_get_u32(id));

	if (uplink)
		return uplink;
	NL_SET_ERR_MSG_ATTR(info->extack, id, "no uplink with this id");
	return ERR_PTR(-ENOENT);
}

static struct kvrm_uplink *kvrm_nl_uplink(struct genl_info *info)
{
	struct nlattr *id = info->attrs[KVRM_A_UPLINK_ID];
	struct kvrm_uplink *uplink;

	if (!id) {
		NL_SET_ERR_MSG(info->extack, "id is missing");
		return ERR_PTR(-EINVAL);
	}
	mutex_lock(&kvrm_uplink_lock);
	uplink = kvrm_nl_uplink_by(info, id);
	mutex_unlock(&kvrm_uplink_lock);
	return uplink;
}

static int kvrm_nl_uplink_fill(struct sk_buff *skb, const struct kvrm_uplink *uplink)
{
	struct kvrm_node *parent = uplink->line.node.parent;

	lockdep_assert_held(&kvrm_uplink_lock);
	if (nla_put_u32(skb, KVRM_A_UPLINK_ID, uplink->id) ||
	    nla_put_string(skb, KVRM_A_UPLINK_NAME, uplink->name) ||
	    (parent && nla_put_u32(skb, KVRM_A_UPLINK_PARENT, kvrm_uplink_of(parent)->id)) ||
	    nla_put_u32(skb, KVRM_A_UPLINK_MEMBERS, uplink->line.node.children))
		return -EMSGSIZE;
	return kvrm_nl_part_fill(skb, uplink);
}

/* @reply: empty; sent or freed */
static int kvrm_nl_uplink_reply(struct genl_info *info, const struct kvrm_uplink *uplink,
				struct sk_buff *reply)
{
	void *header;
	int err;

	header = genlmsg_put_reply(reply, info, &kvrm_genl_family, 0, info->genlhdr->cmd);
	mutex_lock(&kvrm_uplink_lock);
	err = header ? kvrm_nl_uplink_fill(reply, uplink) : -EMSGSIZE;
	mutex_unlock(&kvrm_uplink_lock);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static void kvrm_nl_uplink_notify(const struct kvrm_uplink *uplink, u8 cmd)
{
	struct sk_buff *skb;
	void *header;
	int err = 0;

	skb = kvrm_nl_begin(KVRM_NL_GROUP_UPLINK, cmd, &header);
	if (!skb)
		return;
	mutex_lock(&kvrm_uplink_lock);
	if (cmd != KVRM_CMD_UPLINK_DEL_NTF)
		err = kvrm_nl_uplink_fill(skb, uplink);
	else if (nla_put_u32(skb, KVRM_A_UPLINK_ID, uplink->id) ||
		 nla_put_string(skb, KVRM_A_UPLINK_NAME, uplink->name))
		err = -EMSGSIZE;
	mutex_unlock(&kvrm_uplink_lock);
	kvrm_nl_send(skb, header, KVRM_NL_GROUP_UPLINK, err);
}

/**
 * kvrm_nl_uplink_get() - KVRM_CMD_UPLINK_GET for one uplink
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_uplink_get(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_uplink *uplink = kvrm_nl_uplink(info);
	struct sk_buff *reply;

	if (IS_ERR(uplink))
		return PTR_ERR(uplink);
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return kvrm_nl_explain(info, -ENOMEM);
	return kvrm_nl_uplink_reply(info, uplink, reply);
}

static int kvrm_nl_uplink_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				   const struct kvrm_uplink *uplink)
{
	void *header;
	int err;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &kvrm_genl_family,
			     NLM_F_MULTI, KVRM_CMD_UPLINK_GET);
	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	err = kvrm_nl_uplink_fill(skb, uplink);
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

/**
 * kvrm_nl_uplink_dump() - KVRM_CMD_UPLINK_GET for all uplinks
 * @skb: reply
 * @cb: state of the dump
 *
 * Return: length of @skb, 0 at the end, or a negative errno.
 */
int kvrm_nl_uplink_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	struct kvrm_uplink *uplink;
	int err = 0;

	mutex_lock(&kvrm_uplink_lock);
	cb->seq = kvrm_uplink_generation();
	while (!err) {
		uplink = kvrm_uplink_next(&dump->cursor);
		if (!uplink)
			break;
		err = kvrm_nl_uplink_dump_one(skb, cb, uplink);
		if (!err)
			dump->cursor = uplink->id + 1UL;
	}
	mutex_unlock(&kvrm_uplink_lock);
	return skb->len ? skb->len : err;
}

/* What must be given. */
static int kvrm_nl_uplink_check(struct genl_info *info)
{
	bool part = info->attrs[KVRM_A_UPLINK_PARENT];

	if (!info->attrs[KVRM_A_UPLINK_NAME])
		NL_SET_ERR_MSG(info->extack, "name is missing");
	else if (!part && !info->attrs[KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S])
		NL_SET_ERR_MSG(info->extack, "to-guest-capacity-bytes-per-s is missing");
	else if (!part && !info->attrs[KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S])
		NL_SET_ERR_MSG(info->extack, "from-guest-capacity-bytes-per-s is missing");
	else
		return 0;
	return -EINVAL;
}

/* What an uplink, or a part, is to have, and where; what is not given stays as it is. */
static int kvrm_nl_uplink_parse(struct genl_info *info, const struct kvrm_uplink *uplink,
				struct kvrm_wish *ret_wish, struct kvrm_capacity *ret_capacity)
{
	struct nlattr *parent = info->attrs[KVRM_A_UPLINK_PARENT];
	int i;

	lockdep_assert_held(&kvrm_uplink_lock);
	kvrm_wish_of(&uplink->line.node, ret_wish);
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		ret_capacity->bytes_per_s[i] = uplink->line.node.share[i].reservation;
	if (parent)
		ret_wish->uplink = kvrm_nl_uplink_by(info, parent);
	if (IS_ERR(ret_wish->uplink))
		return PTR_ERR(ret_wish->uplink);
	ret_wish->at_uplink = parent;
	return kvrm_nl_part_parse(info, ret_wish, ret_capacity);
}

static int kvrm_nl_uplink_make(struct genl_info *info, struct kvrm_uplink *uplink)
{
	struct kvrm_capacity capacity = {};
	struct kvrm_wish wish;
	int err;

	mutex_lock(&kvrm_uplink_lock);
	err = kvrm_nl_uplink_parse(info, uplink, &wish, &capacity)
		      ?: kvrm_uplink_add(uplink, &wish, &capacity, info->extack);
	mutex_unlock(&kvrm_uplink_lock);
	return err;
}

/**
 * kvrm_nl_uplink_add() - KVRM_CMD_UPLINK_ADD
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_uplink_add(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_uplink *uplink;
	struct sk_buff *reply;
	int err;

	err = kvrm_nl_uplink_check(info);
	if (err)
		return err;
	/* Once the uplink is there, nothing may fail any more. */
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	uplink = kvrm_uplink_new(nla_data(info->attrs[KVRM_A_UPLINK_NAME]));
	err = reply && uplink ? kvrm_nl_uplink_make(info, uplink) : -ENOMEM;
	if (err) {
		nlmsg_free(reply);
		kfree(uplink);
		return kvrm_nl_explain(info, err);
	}
	kvrm_nl_uplink_notify(uplink, KVRM_CMD_UPLINK_ADD_NTF);
	return kvrm_nl_uplink_reply(info, uplink, reply);
}

static int kvrm_nl_uplink_change(struct genl_info *info, struct kvrm_uplink *uplink)
{
	struct nlattr *parent = info->attrs[KVRM_A_UPLINK_PARENT];
	struct kvrm_capacity capacity = {};
	struct kvrm_wish wish;

	lockdep_assert_held(&kvrm_uplink_lock);
	if (parent && !uplink->line.node.parent) {
		NL_SET_ERR_MSG_ATTR(info->extack, parent, "only a part of an uplink has this");
		return -EINVAL;
	}
	return kvrm_nl_uplink_parse(info, uplink, &wish, &capacity)
		       ?: kvrm_uplink_change(uplink, &wish, &capacity, info->extack);
}

/**
 * kvrm_nl_uplink_set() - KVRM_CMD_UPLINK_SET
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int kvrm_nl_uplink_set(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_uplink *uplink = kvrm_nl_uplink(info);
	const struct nlattr *name = info->attrs[KVRM_A_UPLINK_NAME];
	int err;

	if (IS_ERR(uplink))
		return PTR_ERR(uplink);
	mutex_lock(&kvrm_uplink_lock);
	err = kvrm_nl_uplink_change(info, uplink);
	if (!err && name)
		nla_strscpy(uplink->name, name, sizeof(uplink->name));
	mutex_unlock(&kvrm_uplink_lock);
	if (!err)
		kvrm_nl_uplink_notify(uplink, KVRM_CMD_UPLINK_SET_NTF);
	return err;
}

/**
 * kvrm_nl_uplink_del() - KVRM_CMD_UPLINK_DEL
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_uplink_del(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_uplink *uplink = kvrm_nl_uplink(info);
	int err;

	if (IS_ERR(uplink))
		return PTR_ERR(uplink);
	mutex_lock(&kvrm_uplink_lock);
	err = kvrm_uplink_remove(uplink);
	mutex_unlock(&kvrm_uplink_lock);
	if (err) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KVRM_A_UPLINK_ID],
				    "the uplink has members");
		return err;
	}
	kvrm_nl_uplink_notify(uplink, KVRM_CMD_UPLINK_DEL_NTF);
	kfree(uplink);
	return 0;
}
