// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the netlink family; see genl-message.h. An attribute of the wrong size makes the
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
};

static struct nla_policy guest_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_UUID] = { .minlen = KVRM_UUID_LEN, .maxlen = KVRM_UUID_LEN },
	[KVRM_A_GUEST_NAME] = { .type = NLA_STRING },
	[KVRM_A_GUEST_CGROUP_ID] = { .type = NLA_U64 },
	[KVRM_A_GUEST_PID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_UNLIMITED] = { .type = NLA_FLAG },
	[KVRM_A_GUEST_CPU_QUOTA_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_PERIOD_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_VCPUS] = { .type = NLA_U32 },
	[KVRM_A_GUEST_LIMITED_NS] = { .type = NLA_U64 },
	[KVRM_A_GUEST_USAGE_NS] = { .type = NLA_U64 },
	[KVRM_A_GUEST_REMOVAL_REASON] = { .type = NLA_U32 },
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

struct nl_msg *genl_message_new(uint16_t family_id, uint8_t command, int flags)
{
	struct nl_msg *message = nlmsg_alloc();

	if (message && !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family_id, 0,
				    NLM_F_REQUEST | flags, command, KVRM_FAMILY_VERSION)) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

int genl_message_put_limit(struct nl_msg *message, uint64_t limit_us)
{
	int r;

	if (limit_us)
		r = nla_put_u64(message, KVRM_A_GUEST_CPU_LIMIT_US, limit_us);
	else
		r = nla_put_flag(message, KVRM_A_GUEST_CPU_UNLIMITED);
	return r < 0 ? -ENOMEM : 0;
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

int genl_message_parse_family(struct nlmsghdr *header, const char *group, struct genl_family *ret)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];

	if (parse(header, attrs, CTRL_ATTR_MAX, family_policy) < 0 || !attrs[CTRL_ATTR_FAMILY_ID] ||
	    !attrs[CTRL_ATTR_FAMILY_NAME])
		return -EPROTO;
	get_text(attrs[CTRL_ATTR_FAMILY_NAME], ret->name, sizeof(ret->name));
	ret->id = nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]);
	ret->group = find_group(attrs[CTRL_ATTR_MCAST_GROUPS], group);
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
	ret->kvm_present =
		attrs[KVRM_A_HOST_KVM_PRESENT] && nla_get_u8(attrs[KVRM_A_HOST_KVM_PRESENT]);
	ret->guests = get_u32(attrs[KVRM_A_HOST_GUESTS]);
	ret->generation = get_u32(attrs[KVRM_A_HOST_GENERATION]);
	return 0;
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
	};
	memcpy(ret->uuid, nla_data(attrs[KVRM_A_GUEST_UUID]), sizeof(ret->uuid));
	get_text(attrs[KVRM_A_GUEST_NAME], ret->name, sizeof(ret->name));
	if (ret_reason)
		*ret_reason = get_u32(attrs[KVRM_A_GUEST_REMOVAL_REASON]);
	return 0;
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
	for (int i = KVRM_A_VCPU_RUNNING_NS; i <= KVRM_A_VCPU_MAX; i++)
		policy[i].type = NLA_U64;
	if (parse(header, attrs, KVRM_A_VCPU_MAX, policy) < 0 || !attrs[KVRM_A_VCPU_GUEST_ID] ||
	    !attrs[KVRM_A_VCPU_INDEX])
		return -EPROTO;
	*ret = (struct genl_vcpu){
		.guest_id = nla_get_u32(attrs[KVRM_A_VCPU_GUEST_ID]),
		.index = nla_get_u32(attrs[KVRM_A_VCPU_INDEX]),
		.tid = get_u32(attrs[KVRM_A_VCPU_TID]),
	};
	for (int i = KVRM_A_VCPU_RUNNING_NS; i <= KVRM_A_VCPU_MAX; i++) {
		if (!attrs[i])
			continue;
		ret->value[i] = nla_get_u64(attrs[i]);
		ret->known |= UINT32_C(1) << i;
	}
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
