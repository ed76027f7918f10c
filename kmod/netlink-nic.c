// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about NICs, and what their group is told.
 */
#include <linux/rtnetlink.h>
#include <linux/string.h>

#include "kmod/compat/compat.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/netlink.h"
#include "kmod/nic.h"

/* The delays of both directions follow each other likewise. */
#define KVRM_NL_DELAYS_NEXT (KVRM_A_NIC_FROM_GUEST_QUEUE_DELAYS - KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS)

#define KVRM_NL_NIC_CAN                                                                            \
	(KVRM_NL_BITS(KVRM_A_NIC_ID, KVRM_A_NIC_FROM_GUEST_QUEUE_DELAY_NS) &                       \
	 ~BIT_ULL(KVRM_A_NIC_REMOVAL_REASON))

/* What a gate counts. */
#define KVRM_NL_NIC_COUNTED                                                                        \
	(KVRM_NL_BITS(KVRM_A_NIC_TO_GUEST_BYTES, KVRM_A_NIC_TO_GUEST_LIMITED_NS) |                 \
	 KVRM_NL_BITS(KVRM_A_NIC_FROM_GUEST_BYTES, KVRM_A_NIC_FROM_GUEST_LIMITED_NS) |             \
	 KVRM_NL_BITS(KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS, KVRM_A_NIC_FROM_GUEST_QUEUE_DELAY_NS))

const struct nla_policy kvrm_nl_nic_get_policy[KVRM_A_NIC_MAX + 1] = {
	[KVRM_A_NIC_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_SELECT] = { .type = NLA_BINARY, .len = KVRM_SELECT_BYTES_MAX },
};

const struct nla_policy kvrm_nl_nic_add_policy[KVRM_A_NIC_MAX + 1] = {
	[KVRM_A_NIC_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_IFINDEX] = { .type = NLA_U32 },
	[KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_LIMIT_PACKETS_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_BURST_BYTES] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_LIMIT_PACKETS_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_BURST_BYTES] = { .type = NLA_U64 },
	[KVRM_A_NIC_UPLINK_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_WEIGHT] = { .type = NLA_U32 },
};

const struct nla_policy kvrm_nl_nic_set_policy[KVRM_A_NIC_MAX + 1] = {
	[KVRM_A_NIC_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_LIMIT_PACKETS_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_BURST_BYTES] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_LIMIT_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_LIMIT_PACKETS_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_BURST_BYTES] = { .type = NLA_U64 },
	[KVRM_A_NIC_UPLINK_ID] = { .type = NLA_U32 },
	[KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_TO_GUEST_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S] = { .type = NLA_U64 },
	[KVRM_A_NIC_FROM_GUEST_WEIGHT] = { .type = NLA_U32 },
};

const struct nla_policy kvrm_nl_nic_del_policy[KVRM_A_NIC_MAX + 1] = {
	[KVRM_A_NIC_ID] = { .type = NLA_U32 },
};

/* One number of a direction, of an attribute that need not be there; sets limits->at if it is. */
static int kvrm_nl_nic_number(struct genl_info *info, int type, u64 most, u64 *ret_value,
			      struct kvrm_nic_limits *limits)
{
	const struct nlattr *at = info->attrs[type];

	if (!at)
		return 0;
	*ret_value = nla_get_u64(at);
	if (*ret_value > most) {
		NL_SET_BAD_ATTR(info->extack, at);
		kvrm_compat_extack(info->extack, "it is at most %llu", most);
		return -ERANGE;
	}
	if (*ret_value)
		limits->at = at;
	return 0;
}

static int kvrm_nl_nic_parse(struct genl_info *info, struct kvrm_nic_limits *limits)
{
	int i, type, err = 0;

	for (i = 0; i < KVRM_DIRECTIONS && !err; i++) {
		type = KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S + i * KVRM_NL_NIC_NEXT;
		err = kvrm_nl_nic_number(info, type, KVRM_NIC_LIMIT_BYTES_PER_S_MAX,
					 &limits->gates[i].bytes_per_s, limits);
		type = KVRM_A_NIC_TO_GUEST_LIMIT_PACKETS_PER_S + i * KVRM_NL_NIC_NEXT;
		if (!err)
			err = kvrm_nl_nic_number(info, type, KVRM_NIC_LIMIT_PACKETS_PER_S_MAX,
						 &limits->gates[i].packets_per_s, limits);
		type = KVRM_A_NIC_TO_GUEST_BURST_BYTES + i * KVRM_NL_NIC_NEXT;
		if (!err)
			err = kvrm_nl_nic_number(info, type, KVRM_NIC_BURST_BYTES_MAX,
						 &limits->gates[i].burst_bytes, limits);
	}
	return err;
}

/* The NIC that a request names; kvrm_nic_lock is held. */
static struct kvrm_nic *kvrm_nl_nic(struct genl_info *info)
{
	struct nlattr *id = info->attrs[KVRM_A_NIC_ID];
	struct kvrm_nic *nic;

	if (!id) {
		NL_SET_ERR_MSG(info->extack, "id is missing");
		return ERR_PTR(-EINVAL);
	}
	nic = kvrm_nic_find(nla_get_u32(id));
	if (nic)
		return nic;
	NL_SET_ERR_MSG_ATTR(info->extack, id, "no NIC with this id");
	return ERR_PTR(-ENOENT);
}

static int kvrm_nl_nic_fill_limit(const struct kvrm_nl_out *out,
				  const struct kvrm_gate_limit *limit, int next)
{
	if ((limit->bytes_per_s &&
	     kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S + next,
			     limit->bytes_per_s)) ||
	    (limit->packets_per_s &&
	     kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_LIMIT_PACKETS_PER_S + next,
			     limit->packets_per_s)) ||
	    (limit->burst_bytes &&
	     kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_BURST_BYTES + next, limit->burst_bytes)))
		return -EMSGSIZE;
	return 0;
}

static int kvrm_nl_nic_fill_delays(const struct kvrm_nl_out *out, const struct kvrm_delays *delays,
				   int direction)
{
	int next = direction * KVRM_NL_DELAYS_NEXT;

	BUILD_BUG_ON(KVRM_A_NIC_FROM_GUEST_QUEUE_DELAY_NS !=
		     KVRM_A_NIC_TO_GUEST_QUEUE_DELAY_NS + KVRM_NL_DELAYS_NEXT);
	BUILD_BUG_ON(KVRM_DELAY_BUCKETS != KVRM_NIC_QUEUE_DELAY_BUCKETS);
	BUILD_BUG_ON(KVRM_DELAY_FIRST_NS != KVRM_NIC_QUEUE_DELAY_FIRST_NS);
	BUILD_BUG_ON(sizeof(delays->counts) != KVRM_NIC_QUEUE_DELAY_BYTES);
	if (kvrm_nl_put(out, KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS + next, sizeof(delays->counts),
			delays->counts))
		return -EMSGSIZE;
	return kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_QUEUE_DELAY_NS + next, delays->waited_ns);
}

static int kvrm_nl_nic_fill_stat(const struct kvrm_nl_out *out, struct kvrm_gate *gate,
				 int direction)
{
	int next = direction * KVRM_NL_NIC_NEXT;
	struct kvrm_gate_stat stat;

	if (!kvrm_nl_wants(out, KVRM_NL_NIC_COUNTED))
		return 0;
	kvrm_gate_read(gate, &stat);
	if (kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_BYTES + next, stat.bytes) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_PACKETS + next, stat.packets) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_QUEUED_BYTES + next, stat.queued_bytes) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_QUEUED_PACKETS + next, stat.queued_packets) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_DELAYED_PACKETS + next,
			    stat.delayed_packets) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_UNOWNED_PACKETS + next,
			    stat.unowned_packets) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_DROPPED_FULL + next, stat.dropped_full) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_DROPPED_DEVICE + next, stat.dropped_device) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_DROPPED_MEMORY + next, stat.dropped_memory) ||
	    kvrm_nl_put_u64(out, KVRM_A_NIC_TO_GUEST_LIMITED_NS + next, stat.limited_ns))
		return -EMSGSIZE;
	return kvrm_nl_nic_fill_delays(out, &stat.delays, direction);
}

/* What identifies it, in all messages. */
static int kvrm_nl_nic_fill_identity(const struct kvrm_nl_out *out, const struct kvrm_nic *nic)
{
	if (nla_put_u32(out->skb, KVRM_A_NIC_ID, nic->id) ||
	    kvrm_nl_put_u32(out, KVRM_A_NIC_GUEST_ID, nic->guest_id) ||
	    kvrm_nl_put_u32(out, KVRM_A_NIC_IFINDEX, nic->ifindex) ||
	    kvrm_nl_put(out, KVRM_A_NIC_IFNAME, strlen(nic->ifname) + 1, nic->ifname))
		return -EMSGSIZE;
	return 0;
}

static int kvrm_nl_nic_fill(struct sk_buff *skb, struct kvrm_nic *nic, u64 select)
{
	const struct kvrm_nl_out out = { .skb = skb, .select = select };
	int i, err;

	BUILD_BUG_ON(KVRM_A_NIC_FROM_GUEST_LIMITED_NS !=
		     KVRM_A_NIC_TO_GUEST_LIMITED_NS + KVRM_NL_NIC_NEXT);
	lockdep_assert_held(&kvrm_nic_lock);
	err = kvrm_nl_nic_fill_identity(&out, nic)
		      ?: kvrm_nl_put_u32(&out, KVRM_A_NIC_STATE, nic->state);
	for (i = 0; i < KVRM_DIRECTIONS && !err; i++)
		err = kvrm_nl_nic_fill_limit(&out, &nic->gates[i].limit, i * KVRM_NL_NIC_NEXT)
			      ?: kvrm_nl_nic_fill_stat(&out, &nic->gates[i], i);
	return err ?: kvrm_nl_share_fill(&out, nic);
}

/* Whether it was filled; @reply is freed if not. kvrm_nic_lock is held. */
static int kvrm_nl_nic_fill_reply(struct genl_info *info, struct kvrm_nic *nic, u64 select,
				  struct sk_buff *reply)
{
	void *header;
	int err;

	header = genlmsg_put_reply(reply, info, &kvrm_genl_family, 0, info->genlhdr->cmd);
	err = header ? kvrm_nl_nic_fill(reply, nic, select) : -EMSGSIZE;
	if (!err)
		genlmsg_end(reply, header);
	return err;
}

/**
 * kvrm_nl_nic_get() - KVRM_CMD_NIC_GET for one NIC
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_nic_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct kvrm_nic *nic;
	u64 select;
	int err;

	err = kvrm_nl_select(info->attrs[KVRM_A_NIC_SELECT], KVRM_NL_NIC_CAN, &select,
			     info->extack);
	if (err)
		return err;
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return kvrm_nl_explain(info, -ENOMEM);
	mutex_lock(&kvrm_nic_lock);
	nic = kvrm_nl_nic(info);
	err = PTR_ERR_OR_ZERO(nic);
	if (!err) {
		kvrm_nic_look(nic);
		err = kvrm_nl_nic_fill_reply(info, nic, select, reply);
	}
	mutex_unlock(&kvrm_nic_lock);
	if (!err)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return err;
}

static int kvrm_nl_nic_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				struct kvrm_nic *nic)
{
	const struct kvrm_dump *dump = (const struct kvrm_dump *)cb->ctx;
	void *header;
	int err;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &kvrm_genl_family,
			     NLM_F_MULTI, KVRM_CMD_NIC_GET);
	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	kvrm_nic_look(nic);
	err = kvrm_nl_nic_fill(skb, nic, dump->select);
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

/**
 * kvrm_nl_nic_dump_start() - begin of KVRM_CMD_NIC_GET for all NICs
 * @cb: state of the dump
 *
 * Return: 0, or -EINVAL if no answer has an attribute that is asked for.
 */
int kvrm_nl_nic_dump_start(struct netlink_callback *cb)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;

	return kvrm_nl_select(kvrm_compat_dump_attrs(cb)[KVRM_A_NIC_SELECT], KVRM_NL_NIC_CAN,
			      &dump->select, cb->extack);
}

/**
 * kvrm_nl_nic_dump() - KVRM_CMD_NIC_GET for all NICs
 * @skb: reply
 * @cb: state of the dump
 *
 * Return: length of @skb, 0 at the end, or a negative errno.
 */
int kvrm_nl_nic_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	struct kvrm_nic *nic;
	int err = 0;

	mutex_lock(&kvrm_nic_lock);
	cb->seq = kvrm_nic_generation();
	while (!err) {
		nic = kvrm_nic_next(&dump->cursor);
		if (!nic)
			break;
		err = kvrm_nl_nic_dump_one(skb, cb, nic);
		if (!err)
			dump->cursor = nic->id + 1UL;
	}
	mutex_unlock(&kvrm_nic_lock);
	return skb->len ? skb->len : err;
}

/* The guest that a request names, with a reference. */
static struct kvrm_guest *kvrm_nl_nic_guest(struct genl_info *info)
{
	struct nlattr *id = info->attrs[KVRM_A_NIC_GUEST_ID];
	struct kvrm_guest *guest;

	if (!id) {
		NL_SET_ERR_MSG(info->extack, "guest-id is missing");
		return ERR_PTR(-EINVAL);
	}
	if (!info->attrs[KVRM_A_NIC_IFINDEX]) {
		NL_SET_ERR_MSG(info->extack, "ifindex is missing");
		return ERR_PTR(-EINVAL);
	}
	guest = kvrm_host_find(nla_get_u32(id));
	if (guest)
		return guest;
	NL_SET_ERR_MSG_ATTR(info->extack, id, "no guest with this id");
	return ERR_PTR(-ENOENT);
}

/* Add, and say what was added. */
static int kvrm_nl_nic_make(struct genl_info *info, struct kvrm_guest *guest,
			    const struct kvrm_nic_limits *limits, const struct kvrm_wish *wish,
			    struct sk_buff *reply)
{
	struct kvrm_nic *nic;
	int err;

	rtnl_lock();
	mutex_lock(&kvrm_nic_lock);
	nic = kvrm_nic_add(guest, info->attrs[KVRM_A_NIC_IFINDEX], limits, wish, info->extack);
	err = PTR_ERR_OR_ZERO(nic);
	/* There is room for it: this does not fail. */
	if (!err)
		err = kvrm_nl_nic_fill_reply(info, nic, KVRM_NL_ALL, reply);
	mutex_unlock(&kvrm_nic_lock);
	rtnl_unlock();
	return err;
}

/**
 * kvrm_nl_nic_add() - KVRM_CMD_NIC_ADD
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_nic_add(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_nic_limits limits = {};
	struct kvrm_guest *guest;
	struct sk_buff *reply;
	struct kvrm_wish wish;
	int err;

	err = kvrm_nl_nic_parse(info, &limits) ?: kvrm_nl_share_parse(info, NULL, &limits, &wish);
	if (err)
		return err;
	guest = kvrm_nl_nic_guest(info);
	if (IS_ERR(guest))
		return PTR_ERR(guest);
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	err = reply ? kvrm_nl_nic_make(info, guest, &limits, &wish, reply) : -ENOMEM;
	kvrm_guest_put(guest);
	if (!err)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return kvrm_nl_explain(info, err);
}

/**
 * kvrm_nl_nic_set() - KVRM_CMD_NIC_SET
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int kvrm_nl_nic_set(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_nic_limits limits = {};
	struct kvrm_wish wish;
	struct kvrm_nic *nic;
	int i, err;

	mutex_lock(&kvrm_nic_lock);
	nic = kvrm_nl_nic(info);
	err = PTR_ERR_OR_ZERO(nic);
	if (!err) {
		for (i = 0; i < KVRM_DIRECTIONS; i++)
			limits.gates[i] = nic->gates[i].limit;
		err = kvrm_nl_nic_parse(info, &limits)
			      ?: kvrm_nl_share_parse(info, nic, &limits, &wish);
	}
	if (!err)
		err = kvrm_nic_set(nic, &limits, &wish, info->extack);
	mutex_unlock(&kvrm_nic_lock);
	if (err == -ENODEV)
		NL_SET_BAD_ATTR(info->extack, info->attrs[KVRM_A_NIC_ID]);
	return err;
}

/**
 * kvrm_nl_nic_del() - KVRM_CMD_NIC_DEL
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_nic_del(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_nic *nic;
	u32 id = 0;
	int err;

	mutex_lock(&kvrm_nic_lock);
	nic = kvrm_nl_nic(info);
	err = PTR_ERR_OR_ZERO(nic);
	if (!err)
		id = nic->id;
	mutex_unlock(&kvrm_nic_lock);
	return err ? err : kvrm_nic_remove_one(id);
}

static void kvrm_nl_nic_notify(struct kvrm_nic *nic, u8 cmd)
{
	struct sk_buff *skb;
	void *header;

	skb = kvrm_nl_begin(KVRM_NL_GROUP_NIC, cmd, &header);
	if (skb)
		kvrm_nl_send(skb, header, KVRM_NL_GROUP_NIC,
			     kvrm_nl_nic_fill(skb, nic, KVRM_NL_ALL));
}

static void kvrm_nl_nic_added(struct kvrm_nic *nic)
{
	kvrm_nl_nic_notify(nic, KVRM_CMD_NIC_ADD_NTF);
}

static void kvrm_nl_nic_changed(struct kvrm_nic *nic)
{
	kvrm_nl_nic_notify(nic, KVRM_CMD_NIC_SET_NTF);
}

static void kvrm_nl_nic_removed(struct kvrm_nic *nic, enum kvrm_removal_reason reason)
{
	struct kvrm_nl_out out = { .select = KVRM_NL_ALL };
	struct sk_buff *skb;
	void *header;
	int err;

	skb = kvrm_nl_begin(KVRM_NL_GROUP_NIC, KVRM_CMD_NIC_DEL_NTF, &header);
	if (!skb)
		return;
	out.skb = skb;
	err = kvrm_nl_nic_fill_identity(&out, nic)
		      ?: nla_put_u32(skb, KVRM_A_NIC_REMOVAL_REASON, reason);
	kvrm_nl_send(skb, header, KVRM_NL_GROUP_NIC, err);
}

const struct kvrm_nic_sink kvrm_nl_nic_sink = {
	.added = kvrm_nl_nic_added,
	.changed = kvrm_nl_nic_changed,
	.removed = kvrm_nl_nic_removed,
};
