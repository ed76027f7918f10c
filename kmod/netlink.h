/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_NETLINK_H
#define KVRM_NETLINK_H

#include <linux/bits.h>
#include <net/genetlink.h>
#include <linux/kvrm.h>

struct kvrm_capacity;
struct kvrm_change;
struct kvrm_guest;
struct kvrm_nic;
struct kvrm_nic_limits;
struct kvrm_nic_sink;
struct kvrm_pool;
struct kvrm_share;
struct kvrm_uplink;
struct kvrm_wish;

enum {
	KVRM_NL_GROUP_GUEST,
	KVRM_NL_GROUP_POOL,
	KVRM_NL_GROUP_NIC,
	KVRM_NL_GROUP_UPLINK,
};

/**
 * struct kvrm_dump - where a dump stands; lives in netlink_callback.ctx
 * @cursor: id of the next guest, NIC or uplink
 * @vcpu: index of the next virtual CPU of that guest
 * @slot: of what is told of that one, the next
 * @only: the guest asked for, 0 for all
 * @select: attributes that are asked for, a bit for each by its number
 * @since_ns: when it began (ktime_get_ns()), for kvrm_stat_refresh(); 0: it is of one guest
 */
struct kvrm_dump {
	unsigned long cursor;
	unsigned long vcpu;
	u32 slot;
	u32 only;
	u64 select;
	u64 since_ns;
};

/**
 * struct kvrm_nl_out - a message, and what it is to have
 * @skb: the message
 * @select: attributes that are asked for, a bit for each by its number
 */
struct kvrm_nl_out {
	struct sk_buff *skb;
	u64 select;
};

/* Whoever listens is told everything. */
#define KVRM_NL_ALL (~0ULL)

/* A bit for each attribute from one to another. */
#define KVRM_NL_BITS(from, to) GENMASK_ULL(to, from)

/* Whether any of some attributes, a bit for each, is asked for. */
static inline bool kvrm_nl_wants(const struct kvrm_nl_out *out, u64 any)
{
	return out->select & any;
}

extern struct genl_family kvrm_genl_family;

int kvrm_netlink_init(void);
void kvrm_netlink_exit(void);

int kvrm_nl_explain(const struct genl_info *info, int err);
void kvrm_nl_dump_mark(struct netlink_callback *cb, void *header);
struct sk_buff *kvrm_nl_begin(int group, u8 cmd, void **ret_header);
void kvrm_nl_send(struct sk_buff *skb, void *header, int group, int err);

/* netlink-select.c */
int kvrm_nl_select(const struct nlattr *at, u64 can, u64 *ret_select,
		   struct netlink_ext_ack *extack);
int kvrm_nl_put_u32(const struct kvrm_nl_out *out, int type, u32 value);
int kvrm_nl_put_u64(const struct kvrm_nl_out *out, int type, u64 value);
int kvrm_nl_put(const struct kvrm_nl_out *out, int type, int size, const void *data);

/* netlink-host.c */
int kvrm_nl_host_get(struct sk_buff *skb, struct genl_info *info);

/* netlink-guest.c */
extern const struct nla_policy kvrm_nl_guest_get_policy[KVRM_A_GUEST_MAX + 1];
extern const struct nla_policy kvrm_nl_guest_add_policy[KVRM_A_GUEST_MAX + 1];
extern const struct nla_policy kvrm_nl_guest_set_policy[KVRM_A_GUEST_MAX + 1];
extern const struct nla_policy kvrm_nl_guest_del_policy[KVRM_A_GUEST_MAX + 1];
int kvrm_nl_guest_get(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_guest_dump_start(struct netlink_callback *cb);
int kvrm_nl_guest_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kvrm_nl_guest_add(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_guest_set(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_guest_del(struct sk_buff *skb, struct genl_info *info);

/* netlink-guest-fill.c */
int kvrm_nl_guest_fill(struct sk_buff *skb, struct kvrm_guest *guest, u64 select);

/* netlink-pool.c */
extern const struct nla_policy kvrm_nl_pool_get_policy[KVRM_A_POOL_MAX + 1];
extern const struct nla_policy kvrm_nl_pool_add_policy[KVRM_A_POOL_MAX + 1];
extern const struct nla_policy kvrm_nl_pool_set_policy[KVRM_A_POOL_MAX + 1];
extern const struct nla_policy kvrm_nl_pool_del_policy[KVRM_A_POOL_MAX + 1];
struct kvrm_pool *kvrm_nl_pool(struct nlattr **attrs, struct netlink_ext_ack *extack);
int kvrm_nl_pool_get(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_pool_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kvrm_nl_pool_add(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_pool_set(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_pool_del(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_pool_fill(struct sk_buff *skb, struct kvrm_pool *pool);

/* netlink-change.c */
int kvrm_nl_parse_guest(struct nlattr **attrs, struct kvrm_change *change,
			struct netlink_ext_ack *extack);
int kvrm_nl_parse_pool(struct nlattr **attrs, struct kvrm_change *change,
		       struct netlink_ext_ack *extack);
int kvrm_nl_guest_change(struct nlattr **attrs, struct kvrm_change *change,
			 struct netlink_ext_ack *extack);
int kvrm_nl_pool_change(struct nlattr **attrs, struct kvrm_change *change,
			struct netlink_ext_ack *extack);
void kvrm_nl_change_release(struct kvrm_change *change);

/* netlink-memory.c */
int kvrm_nl_parse_guest_memory(struct nlattr **attrs, struct kvrm_change *change,
			       struct netlink_ext_ack *extack);
int kvrm_nl_parse_pool_memory(struct nlattr **attrs, struct kvrm_change *change,
			      struct netlink_ext_ack *extack);
int kvrm_nl_parse_memory_reserve(struct nlattr **attrs, struct kvrm_change *change,
				 struct netlink_ext_ack *extack);
int kvrm_nl_host_fill_memory(struct sk_buff *skb);
int kvrm_nl_guest_fill_memory(const struct kvrm_nl_out *out, const struct kvrm_guest *guest);
int kvrm_nl_pool_fill_memory(struct sk_buff *skb, const struct kvrm_pool *pool);

/* The attributes of both directions follow each other in the same order. */
#define KVRM_NL_NIC_NEXT                                                                           \
	(KVRM_A_NIC_FROM_GUEST_LIMIT_BYTES_PER_S - KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S)

/* netlink-nic.c */
extern const struct nla_policy kvrm_nl_nic_get_policy[KVRM_A_NIC_MAX + 1];
extern const struct nla_policy kvrm_nl_nic_add_policy[KVRM_A_NIC_MAX + 1];
extern const struct nla_policy kvrm_nl_nic_set_policy[KVRM_A_NIC_MAX + 1];
extern const struct nla_policy kvrm_nl_nic_del_policy[KVRM_A_NIC_MAX + 1];
extern const struct kvrm_nic_sink kvrm_nl_nic_sink;
int kvrm_nl_nic_get(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_nic_dump_start(struct netlink_callback *cb);
int kvrm_nl_nic_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kvrm_nl_nic_add(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_nic_set(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_nic_del(struct sk_buff *skb, struct genl_info *info);

/* netlink-share.c */
int kvrm_nl_share_read(const struct nlattr *reservation, const struct nlattr *weight,
		       struct kvrm_share *share, struct netlink_ext_ack *extack);
int kvrm_nl_share_parse(struct genl_info *info, const struct kvrm_nic *nic,
			const struct kvrm_nic_limits *limits, struct kvrm_wish *ret_wish);
int kvrm_nl_share_fill(const struct kvrm_nl_out *out, struct kvrm_nic *nic);

/* netlink-part.c */
int kvrm_nl_part_parse(struct genl_info *info, struct kvrm_wish *wish,
		       struct kvrm_capacity *capacity);
int kvrm_nl_part_fill(struct sk_buff *skb, const struct kvrm_uplink *uplink);

/* netlink-uplink.c */
extern const struct nla_policy kvrm_nl_uplink_get_policy[KVRM_A_UPLINK_MAX + 1];
extern const struct nla_policy kvrm_nl_uplink_add_policy[KVRM_A_UPLINK_MAX + 1];
extern const struct nla_policy kvrm_nl_uplink_set_policy[KVRM_A_UPLINK_MAX + 1];
extern const struct nla_policy kvrm_nl_uplink_del_policy[KVRM_A_UPLINK_MAX + 1];
int kvrm_nl_uplink_get(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_uplink_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kvrm_nl_uplink_add(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_uplink_set(struct sk_buff *skb, struct genl_info *info);
int kvrm_nl_uplink_del(struct sk_buff *skb, struct genl_info *info);

/* netlink-batch.c */
extern const struct nla_policy kvrm_nl_batch_policy[KVRM_A_BATCH_MAX + 1];
int kvrm_nl_batch_set(struct sk_buff *skb, struct genl_info *info);

/* netlink-vcpu.c */
extern const struct nla_policy kvrm_nl_vcpu_policy[KVRM_A_VCPU_MAX + 1];
int kvrm_nl_vcpu_dump_start(struct netlink_callback *cb);
int kvrm_nl_vcpu_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kvrm_nl_dump_guest(struct netlink_callback *cb, struct nlattr *id);
int kvrm_nl_dump_guests(struct sk_buff *skb, struct netlink_callback *cb,
			int (*dump_guest)(struct sk_buff *skb, struct netlink_callback *cb,
					  struct kvrm_guest *guest));

/* netlink-latency.c */
extern const struct nla_policy kvrm_nl_latency_policy[KVRM_A_LATENCY_MAX + 1];
int kvrm_nl_latency_dump_start(struct netlink_callback *cb);
int kvrm_nl_latency_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
