// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the netlink family, taken apart; see genl-message.h. An attribute of the wrong size makes the
 * whole message -EPROTO; attributes that are not known are passed over, a newer module may send
 * them.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/wire/genl-message.h"

static struct nla_policy host_policy[KVRM_A_HOST_MAX + 1] = {
	[KVRM_A_HOST_ABI] = { .type = NLA_U32 },
	[KVRM_A_HOST_VERSION] = { .type = NLA_STRING },
	[KVRM_A_HOST_CPUS_ONLINE] = { .type = NLA_U32 },
	[KVRM_A_HOST_CPU_CAPACITY_US] = { .type = NLA_U64 },
	[KVRM_A_HOST_KVM_PRESENT] = { .type = NLA_U8 },
	[KVRM_A_HOST_GUESTS] = { .type = NLA_U32 },
	[KVRM_A_HOST_GENERATION] = { .type = NLA_U32 },
	[KVRM_A_HOST_POOLS] = { .type = NLA_U32 },
	[KVRM_A_HOST_CPU_HOST_RESERVE_US] = { .type = NLA_U64 },
	[KVRM_A_HOST_CONTROL_INTERVAL_US] = { .type = NLA_U32 },
	[KVRM_A_HOST_SCHED_EXT] = { .type = NLA_U8 },
	[KVRM_A_HOST_CPU_LIMITER] = { .type = NLA_U32 },
	[KVRM_A_HOST_MEMORY_CAPACITY_BYTES] = { .type = NLA_U64 },
	[KVRM_A_HOST_MEMORY_HOST_RESERVE_BYTES] = { .type = NLA_U64 },
	[KVRM_A_HOST_VCPU_EXCESS_NS] = { .type = NLA_U64 },
	[KVRM_A_HOST_PROBES] = { .type = NLA_U32 },
};

static struct nla_policy guest_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_UUID] = { .minlen = KVRM_UUID_LEN, .maxlen = KVRM_UUID_LEN },
	[KVRM_A_GUEST_NAME] = { .type = NLA_STRING },
	[KVRM_A_GUEST_CGROUP_ID] = { .type = NLA_U64 },
	[KVRM_A_GUEST_PID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_UNLIMITED] = { .type = NLA_FLAG },
	[KVRM_A_GUEST_ADOPTED] = { .type = NLA_FLAG },
	[KVRM_A_GUEST_CPU_QUOTA_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_PERIOD_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_VCPUS] = { .type = NLA_U32 },
	[KVRM_A_GUEST_LIMITED_NS] = { .type = NLA_U64 },
	[KVRM_A_GUEST_USAGE_NS] = { .type = NLA_U64 },
	[KVRM_A_GUEST_REMOVAL_REASON] = { .type = NLA_U32 },
	[KVRM_A_GUEST_POOL_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_RESERVATION_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_DEMAND_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_USED_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_ENTITLED_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_WEIGHT_APPLIED] = { .type = NLA_U32 },
	[KVRM_A_GUEST_REASSERTED] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_VCPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_RESERVATION_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_LIMIT_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_ACTIVE_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_GUEST_MEMORY_ENTITLED_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_SAMPLE_RATE_HZ] = { .type = NLA_U32 },
	[KVRM_A_GUEST_SAMPLES_MISSED] = { .type = NLA_U64 },
	[KVRM_A_GUEST_LIMIT_STALLS] = { .minlen = KVRM_LIMIT_STALL_BYTES,
					.maxlen = KVRM_LIMIT_STALL_BYTES },
	[KVRM_A_GUEST_LIMIT_STALL_NS] = { .type = NLA_U64 },
	[KVRM_A_GUEST_PROBES] = { .type = NLA_U32 },
	[KVRM_A_GUEST_EMULATOR_NS] = { .type = NLA_U64 },
	[KVRM_A_GUEST_IO_NS] = { .type = NLA_U64 },
	[KVRM_A_GUEST_VHOST_NS] = { .type = NLA_U64 },
};

static struct nla_policy pool_policy[KVRM_A_POOL_MAX + 1] = {
	[KVRM_A_POOL_ID] = { .type = NLA_U32 },
	[KVRM_A_POOL_NAME] = { .type = NLA_STRING },
	[KVRM_A_POOL_PARENT] = { .type = NLA_U32 },
	[KVRM_A_POOL_CGROUP_ID] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_RESERVATION_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_UNLIMITED] = { .type = NLA_FLAG },
	[KVRM_A_POOL_CPU_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_POOL_CPU_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_POOL_CPU_HOST_RESERVE_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_RESERVED_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_CLAIMED_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_UNRESERVED_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_SHORTFALL_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_DEMAND_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_USED_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_ENTITLED_US] = { .type = NLA_U64 },
	[KVRM_A_POOL_CPU_WEIGHT_APPLIED] = { .type = NLA_U32 },
	[KVRM_A_POOL_MEMBERS] = { .type = NLA_U32 },
	[KVRM_A_POOL_REASSERTED] = { .type = NLA_U64 },
	[KVRM_A_POOL_MEMORY_RESERVATION_BYTES] = { .type = NLA_U64 },
	[KVRM_A_POOL_MEMORY_EXPANDABLE] = { .type = NLA_U8 },
	[KVRM_A_POOL_MEMORY_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_POOL_MEMORY_LIMIT_BYTES] = { .type = NLA_U64 },
};

static struct nla_policy family_policy[CTRL_ATTR_MAX + 1] = {
	[CTRL_ATTR_FAMILY_ID] = { .type = NLA_U16 },
	[CTRL_ATTR_FAMILY_NAME] = { .type = NLA_STRING },
	[CTRL_ATTR_MCAST_GROUPS] = { .type = NLA_NESTED },
};

static struct nla_policy group_policy[CTRL_ATTR_MCAST_GRP_MAX + 1] = {
	[CTRL_ATTR_MCAST_GRP_NAME] = { .type = NLA_STRING },
	[CTRL_ATTR_MCAST_GRP_ID] = { .type = NLA_U32 },
};

static uint8_t get_u8(struct nlattr *attr)
{
	return attr ? nla_get_u8(attr) : 0;
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static void get_text(struct nlattr *attr, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s", attr ? nla_get_string(attr) : "");
}

static int parse(struct nlmsghdr *header, struct nlattr **attrs, int max, struct nla_policy *policy)
{
	if (!genlmsg_valid_hdr(header, 0) || genlmsg_parse(header, 0, attrs, max, policy) < 0)
		return -EPROTO;
	return 0;
}

/* The number of the group with this name; 0: there is none. */
static uint32_t find_group(struct nlattr *groups, const char *name)
{
	struct nlattr *attrs[CTRL_ATTR_MCAST_GRP_MAX + 1];
	struct nlattr *group;
	int rest;

	if (!groups)
		return 0;
	nla_for_each_nested(group, groups, rest)
	{
		if (nla_parse_nested(attrs, CTRL_ATTR_MCAST_GRP_MAX, group, group_policy) < 0)
			continue;
		if (attrs[CTRL_ATTR_MCAST_GRP_NAME] && attrs[CTRL_ATTR_MCAST_GRP_ID] &&
		    !strcmp(nla_get_string(attrs[CTRL_ATTR_MCAST_GRP_NAME]), name))
			return nla_get_u32(attrs[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

int genl_message_parse_family(struct nlmsghdr *header, const char *const groups[GENL_GROUPS],
			      struct genl_family *ret)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];

	if (parse(header, attrs, CTRL_ATTR_MAX, family_policy) < 0 || !attrs[CTRL_ATTR_FAMILY_ID] ||
	    !attrs[CTRL_ATTR_FAMILY_NAME])
		return -EPROTO;
	get_text(attrs[CTRL_ATTR_FAMILY_NAME], ret->name, sizeof(ret->name));
	ret->id = nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]);
	for (int i = 0; i < GENL_GROUPS; i++)
		ret->groups[i] =
			groups[i] ? find_group(attrs[CTRL_ATTR_MCAST_GROUPS], groups[i]) : 0;
	return 0;
}

int genl_message_parse_host(struct nlmsghdr *header, struct genl_host *ret)
{
	struct nlattr *attrs[KVRM_A_HOST_MAX + 1];

	if (parse(header, attrs, KVRM_A_HOST_MAX, host_policy) < 0 || !attrs[KVRM_A_HOST_ABI] ||
	    !attrs[KVRM_A_HOST_VERSION] || !attrs[KVRM_A_HOST_CPU_CAPACITY_US])
		return -EPROTO;
	ret->abi = nla_get_u32(attrs[KVRM_A_HOST_ABI]);
	get_text(attrs[KVRM_A_HOST_VERSION], ret->version, sizeof(ret->version));
	ret->cpus_online = get_u32(attrs[KVRM_A_HOST_CPUS_ONLINE]);
	ret->cpu_capacity_us = nla_get_u64(attrs[KVRM_A_HOST_CPU_CAPACITY_US]);
	ret->kvm_present = get_u8(attrs[KVRM_A_HOST_KVM_PRESENT]);
	ret->guests = get_u32(attrs[KVRM_A_HOST_GUESTS]);
	ret->generation = get_u32(attrs[KVRM_A_HOST_GENERATION]);
	ret->pools = get_u32(attrs[KVRM_A_HOST_POOLS]);
	ret->host_reserve_us = get_u64(attrs[KVRM_A_HOST_CPU_HOST_RESERVE_US]);
	ret->control_interval_us = get_u32(attrs[KVRM_A_HOST_CONTROL_INTERVAL_US]);
	ret->sched_ext = get_u8(attrs[KVRM_A_HOST_SCHED_EXT]);
	ret->sched_ext_known = attrs[KVRM_A_HOST_SCHED_EXT];
	ret->vcpu_excess_ns = get_u64(attrs[KVRM_A_HOST_VCPU_EXCESS_NS]);
	ret->vcpu_excess_known = attrs[KVRM_A_HOST_VCPU_EXCESS_NS];
	ret->cpu_limiter = get_u32(attrs[KVRM_A_HOST_CPU_LIMITER]);
	ret->memory_capacity_bytes = get_u64(attrs[KVRM_A_HOST_MEMORY_CAPACITY_BYTES]);
	ret->memory_reserve_bytes = get_u64(attrs[KVRM_A_HOST_MEMORY_HOST_RESERVE_BYTES]);
	ret->probes = get_u32(attrs[KVRM_A_HOST_PROBES]);
	ret->probes_known = attrs[KVRM_A_HOST_PROBES];
	return 0;
}

#define OVERHEAD_ATTRIBUTE(id, name, attribute, ...) [KVRM_CPU_OVERHEAD_##id] = (attribute),

static void get_overheads(struct nlattr **attrs, struct genl_guest *ret)
{
	static const int attributes[KVRM_CPU_OVERHEAD_COUNT] = {
		KVRM_CPU_OVERHEADS(OVERHEAD_ATTRIBUTE)
	};

	for (int i = 0; i < KVRM_CPU_OVERHEAD_COUNT; i++) {
		if (!attrs[attributes[i]])
			continue;
		ret->overhead_ns[i] = nla_get_u64(attrs[attributes[i]]);
		ret->overhead_known |= UINT32_C(1) << i;
	}
}

int genl_message_parse_guest(struct nlmsghdr *header, struct genl_guest *ret,
			     enum kvrm_removal_reason *ret_reason)
{
	struct nlattr *attrs[KVRM_A_GUEST_MAX + 1];

	if (parse(header, attrs, KVRM_A_GUEST_MAX, guest_policy) < 0 || !attrs[KVRM_A_GUEST_ID] ||
	    !attrs[KVRM_A_GUEST_UUID])
		return -EPROTO;
	*ret = (struct genl_guest){
		.id = nla_get_u32(attrs[KVRM_A_GUEST_ID]),
		.cgroup_id = get_u64(attrs[KVRM_A_GUEST_CGROUP_ID]),
		.pid = get_u32(attrs[KVRM_A_GUEST_PID]),
		.limit_us = get_u64(attrs[KVRM_A_GUEST_CPU_LIMIT_US]),
		.quota_us = get_u64(attrs[KVRM_A_GUEST_CPU_QUOTA_US]),
		.period_us = get_u64(attrs[KVRM_A_GUEST_CPU_PERIOD_US]),
		.vcpus = get_u32(attrs[KVRM_A_GUEST_VCPUS]),
		.limited_ns = get_u64(attrs[KVRM_A_GUEST_LIMITED_NS]),
		.usage_ns = get_u64(attrs[KVRM_A_GUEST_USAGE_NS]),
		.pool_id = get_u32(attrs[KVRM_A_GUEST_POOL_ID]),
		.reservation_us = get_u64(attrs[KVRM_A_GUEST_CPU_RESERVATION_US]),
		.weight = get_u32(attrs[KVRM_A_GUEST_CPU_WEIGHT]),
		.demand_us = get_u64(attrs[KVRM_A_GUEST_CPU_DEMAND_US]),
		.used_us = get_u64(attrs[KVRM_A_GUEST_CPU_USED_US]),
		.entitled_us = get_u64(attrs[KVRM_A_GUEST_CPU_ENTITLED_US]),
		.weight_applied = get_u32(attrs[KVRM_A_GUEST_CPU_WEIGHT_APPLIED]),
		.reasserted = get_u64(attrs[KVRM_A_GUEST_REASSERTED]),
		.vcpu_limit_us = get_u64(attrs[KVRM_A_GUEST_CPU_VCPU_LIMIT_US]),
		.memory_reservation_bytes = get_u64(attrs[KVRM_A_GUEST_MEMORY_RESERVATION_BYTES]),
		.memory_overhead_bytes = get_u64(attrs[KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES]),
		.memory_limit_bytes = get_u64(attrs[KVRM_A_GUEST_MEMORY_LIMIT_BYTES]),
		.memory_weight = get_u32(attrs[KVRM_A_GUEST_MEMORY_WEIGHT]),
		.memory_entitled_bytes = get_u64(attrs[KVRM_A_GUEST_MEMORY_ENTITLED_BYTES]),
		.memory_active_known = attrs[KVRM_A_GUEST_MEMORY_ACTIVE_BYTES],
		.memory_active_bytes = get_u64(attrs[KVRM_A_GUEST_MEMORY_ACTIVE_BYTES]),
		.sample_rate_hz = get_u32(attrs[KVRM_A_GUEST_SAMPLE_RATE_HZ]),
		.probes = get_u32(attrs[KVRM_A_GUEST_PROBES]),
		.samples_missed = get_u64(attrs[KVRM_A_GUEST_SAMPLES_MISSED]),
		.samples_known = attrs[KVRM_A_GUEST_SAMPLES_MISSED],
		.stalls_known = attrs[KVRM_A_GUEST_LIMIT_STALLS],
		.stall_ns = get_u64(attrs[KVRM_A_GUEST_LIMIT_STALL_NS]),
	};
	memcpy(ret->uuid, nla_data(attrs[KVRM_A_GUEST_UUID]), sizeof(ret->uuid));
	if (ret->stalls_known)
		memcpy(ret->stalls, nla_data(attrs[KVRM_A_GUEST_LIMIT_STALLS]),
		       sizeof(ret->stalls));
	get_overheads(attrs, ret);
	get_text(attrs[KVRM_A_GUEST_NAME], ret->name, sizeof(ret->name));
	if (ret_reason)
		*ret_reason = get_u32(attrs[KVRM_A_GUEST_REMOVAL_REASON]);
	return 0;
}

/* All from running-ns on are counters, but for what only requests have. */
static bool is_vcpu_counter(int attribute)
{
	return attribute >= KVRM_A_VCPU_RUNNING_NS && attribute != KVRM_A_VCPU_SELECT;
}

int genl_message_parse_vcpu(struct nlmsghdr *header, struct genl_vcpu *ret)
{
	struct nlattr *attrs[KVRM_A_VCPU_MAX + 1];
	struct nla_policy policy[KVRM_A_VCPU_MAX + 1] = {
		[KVRM_A_VCPU_GUEST_ID] = { .type = NLA_U32 },
		[KVRM_A_VCPU_INDEX] = { .type = NLA_U32 },
		[KVRM_A_VCPU_TID] = { .type = NLA_U32 },
	};

	_Static_assert(KVRM_A_VCPU_MAX < 32, "genl_vcpu.known has a bit for each attribute");
	for (int i = 0; i <= KVRM_A_VCPU_MAX; i++) {
		if (is_vcpu_counter(i))
			policy[i].type = NLA_U64;
	}
	if (parse(header, attrs, KVRM_A_VCPU_MAX, policy) < 0 || !attrs[KVRM_A_VCPU_GUEST_ID] ||
	    !attrs[KVRM_A_VCPU_INDEX])
		return -EPROTO;
	*ret = (struct genl_vcpu){
		.guest_id = nla_get_u32(attrs[KVRM_A_VCPU_GUEST_ID]),
		.index = nla_get_u32(attrs[KVRM_A_VCPU_INDEX]),
		.tid = get_u32(attrs[KVRM_A_VCPU_TID]),
	};
	for (int i = 0; i <= KVRM_A_VCPU_MAX; i++) {
		if (!attrs[i] || !is_vcpu_counter(i))
			continue;
		ret->value[i] = nla_get_u64(attrs[i]);
		ret->known |= UINT32_C(1) << i;
	}
	return 0;
}

int genl_message_parse_pool(struct nlmsghdr *header, struct genl_pool *ret)
{
	struct nlattr *attrs[KVRM_A_POOL_MAX + 1];

	if (parse(header, attrs, KVRM_A_POOL_MAX, pool_policy) < 0 || !attrs[KVRM_A_POOL_ID])
		return -EPROTO;
	*ret = (struct genl_pool){
		.id = nla_get_u32(attrs[KVRM_A_POOL_ID]),
		.parent = get_u32(attrs[KVRM_A_POOL_PARENT]),
		.cgroup_id = get_u64(attrs[KVRM_A_POOL_CGROUP_ID]),
		.reservation_us = get_u64(attrs[KVRM_A_POOL_CPU_RESERVATION_US]),
		.limit_us = get_u64(attrs[KVRM_A_POOL_CPU_LIMIT_US]),
		.weight = get_u32(attrs[KVRM_A_POOL_CPU_WEIGHT]),
		.expandable = get_u8(attrs[KVRM_A_POOL_CPU_EXPANDABLE]),
		.host_reserve_us = get_u64(attrs[KVRM_A_POOL_CPU_HOST_RESERVE_US]),
		.reserved_us = get_u64(attrs[KVRM_A_POOL_CPU_RESERVED_US]),
		.claimed_us = get_u64(attrs[KVRM_A_POOL_CPU_CLAIMED_US]),
		.unreserved_us = get_u64(attrs[KVRM_A_POOL_CPU_UNRESERVED_US]),
		.shortfall_us = get_u64(attrs[KVRM_A_POOL_CPU_SHORTFALL_US]),
		.demand_us = get_u64(attrs[KVRM_A_POOL_CPU_DEMAND_US]),
		.used_us = get_u64(attrs[KVRM_A_POOL_CPU_USED_US]),
		.entitled_us = get_u64(attrs[KVRM_A_POOL_CPU_ENTITLED_US]),
		.weight_applied = get_u32(attrs[KVRM_A_POOL_CPU_WEIGHT_APPLIED]),
		.members = get_u32(attrs[KVRM_A_POOL_MEMBERS]),
		.reasserted = get_u64(attrs[KVRM_A_POOL_REASSERTED]),
		.memory_reservation_bytes = get_u64(attrs[KVRM_A_POOL_MEMORY_RESERVATION_BYTES]),
		.memory_expandable = get_u8(attrs[KVRM_A_POOL_MEMORY_EXPANDABLE]),
		.memory_weight = get_u32(attrs[KVRM_A_POOL_MEMORY_WEIGHT]),
		.memory_limit_bytes = get_u64(attrs[KVRM_A_POOL_MEMORY_LIMIT_BYTES]),
	};
	get_text(attrs[KVRM_A_POOL_NAME], ret->name, sizeof(ret->name));
	return 0;
}

/* Where the attributes of an ack begin, counted from its payload; 0: it has none. */
static int ack_attrs_offset(struct nlmsghdr *header)
{
	struct nlmsgerr *e = nlmsg_data(header);
	int offset = sizeof(int);

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	if (header->nlmsg_type == NLMSG_ERROR) {
		offset = sizeof(*e);
		if (!(header->nlmsg_flags & NLM_F_CAPPED)) {
			if (e->msg.nlmsg_len < sizeof(e->msg) ||
			    e->msg.nlmsg_len > header->nlmsg_len)
				return 0;
			offset += e->msg.nlmsg_len - sizeof(e->msg);
		}
	}
	offset = NLMSG_ALIGN(offset);
	return offset < nlmsg_datalen(header) ? offset : 0;
}

int genl_message_parse_ack(struct nlmsghdr *header, struct genl_ack *ret)
{
	struct nla_policy policy[NLMSGERR_ATTR_MAX + 1] = {
		[NLMSGERR_ATTR_MSG] = { .type = NLA_STRING },
	};
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1] = { 0 };
	size_t least = header->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);
	int offset;

	if (!nlmsg_valid_hdr(header, least))
		return -EPROTO;
	/* Both begin with the error. */
	memcpy(&ret->error, nlmsg_data(header), sizeof(ret->error));
	offset = ack_attrs_offset(header);
	if (offset)
		nla_parse(attrs, NLMSGERR_ATTR_MAX,
			  (struct nlattr *)((char *)nlmsg_data(header) + offset),
			  nlmsg_datalen(header) - offset, policy);
	get_text(attrs[NLMSGERR_ATTR_MSG], ret->sentence, sizeof(ret->sentence));
	return ret->error > 0 ? -EPROTO : 0;
}

uint8_t genl_message_command(struct nlmsghdr *header)
{
	return genlmsg_valid_hdr(header, 0) ? genlmsg_hdr(header)->cmd : 0;
}
