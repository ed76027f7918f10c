// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the netlink family, built; see genl-message.h.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <string.h>

#include "daemon/wire/genl-message.h"

/* More than one change takes, but for its name. */
#define CHANGE_BYTES 256

/* Where the parts of an allocation go; 0: it has no such part. */
struct alloc_attrs {
	int reservation;
	int limit;
	int unlimited;
	int weight;
	int vcpu_limit;
};

static const struct alloc_attrs guest_alloc = {
	.reservation = KVRM_A_GUEST_CPU_RESERVATION_US,
	.limit = KVRM_A_GUEST_CPU_LIMIT_US,
	.unlimited = KVRM_A_GUEST_CPU_UNLIMITED,
	.weight = KVRM_A_GUEST_CPU_WEIGHT,
	.vcpu_limit = KVRM_A_GUEST_CPU_VCPU_LIMIT_US,
};

static const struct alloc_attrs pool_alloc = {
	.reservation = KVRM_A_POOL_CPU_RESERVATION_US,
	.limit = KVRM_A_POOL_CPU_LIMIT_US,
	.unlimited = KVRM_A_POOL_CPU_UNLIMITED,
	.weight = KVRM_A_POOL_CPU_WEIGHT,
};

static struct nl_msg *begin(struct nl_msg *message, uint16_t family_id, uint8_t command, int flags)
{
	if (message && !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family_id, 0,
				    NLM_F_REQUEST | flags, command, KVRM_FAMILY_VERSION)) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

struct nl_msg *genl_message_new(uint16_t family_id, uint8_t command, int flags)
{
	return begin(nlmsg_alloc(), family_id, command, flags);
}

struct nl_msg *genl_message_new_batch(uint16_t family_id, const struct genl_batch_item *items,
				      size_t n)
{
	size_t size = CHANGE_BYTES;

	for (size_t i = 0; i < n; i++) {
		const char *name = items[i].is_pool ? items[i].pool.name : items[i].guest.name;

		size += CHANGE_BYTES + (name ? strlen(name) : 0);
	}
	return begin(nlmsg_alloc_size(size), family_id, KVRM_CMD_BATCH_SET, NLM_F_ACK);
}

static int put_alloc(struct nl_msg *message, const struct alloc_attrs *attrs,
		     const struct genl_cpu_alloc *alloc)
{
	int r = alloc->limit_us ? nla_put_u64(message, attrs->limit, alloc->limit_us)
				: nla_put_flag(message, attrs->unlimited);

	if (r < 0 || nla_put_u64(message, attrs->reservation, alloc->reservation_us) < 0 ||
	    nla_put_u32(message, attrs->weight, alloc->weight) < 0)
		return -ENOMEM;
	if (attrs->vcpu_limit && nla_put_u64(message, attrs->vcpu_limit, alloc->vcpu_limit_us) < 0)
		return -ENOMEM;
	return 0;
}

static int put_guest_memory(struct nl_msg *message, const struct genl_memory_alloc *memory)
{
	if (nla_put_u64(message, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES, memory->reservation_bytes) <
		    0 ||
	    nla_put_u64(message, KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES, memory->overhead_bytes) < 0 ||
	    nla_put_u64(message, KVRM_A_GUEST_MEMORY_LIMIT_BYTES, memory->limit_bytes) < 0 ||
	    nla_put_u32(message, KVRM_A_GUEST_MEMORY_WEIGHT, memory->weight) < 0)
		return -ENOMEM;
	return 0;
}

int genl_message_put_guest(struct nl_msg *message, const struct genl_guest_change *change)
{
	if (change->name && nla_put_string(message, KVRM_A_GUEST_NAME, change->name) < 0)
		return -ENOMEM;
	if (change->cgroup_fd >= 0 &&
	    nla_put_u32(message, KVRM_A_GUEST_CGROUP_FD, (uint32_t)change->cgroup_fd) < 0)
		return -ENOMEM;
	if (change->pool_id && nla_put_u32(message, KVRM_A_GUEST_POOL_ID, change->pool_id) < 0)
		return -ENOMEM;
	if (change->memory && put_guest_memory(message, change->memory) < 0)
		return -ENOMEM;
	if (change->sample_rate_hz &&
	    nla_put_u32(message, KVRM_A_GUEST_SAMPLE_RATE_HZ, change->sample_rate_hz) < 0)
		return -ENOMEM;
	if (change->set_probes && nla_put_u32(message, KVRM_A_GUEST_PROBES, change->probes) < 0)
		return -ENOMEM;
	if (change->adopted && nla_put_flag(message, KVRM_A_GUEST_ADOPTED) < 0)
		return -ENOMEM;
	return change->alloc ? put_alloc(message, &guest_alloc, change->alloc) : 0;
}

static int put_pool_memory(struct nl_msg *message, const struct genl_pool_change *change)
{
	const struct genl_memory_alloc *memory = change->memory;

	if (memory &&
	    (nla_put_u64(message, KVRM_A_POOL_MEMORY_RESERVATION_BYTES, memory->reservation_bytes) <
		     0 ||
	     nla_put_u64(message, KVRM_A_POOL_MEMORY_LIMIT_BYTES, memory->limit_bytes) < 0 ||
	     nla_put_u32(message, KVRM_A_POOL_MEMORY_WEIGHT, memory->weight) < 0))
		return -ENOMEM;
	if (change->memory_expandable &&
	    nla_put_u8(message, KVRM_A_POOL_MEMORY_EXPANDABLE, *change->memory_expandable) < 0)
		return -ENOMEM;
	if (change->memory_reserve_bytes &&
	    nla_put_u64(message, KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES,
			*change->memory_reserve_bytes) < 0)
		return -ENOMEM;
	return 0;
}

int genl_message_put_pool(struct nl_msg *message, const struct genl_pool_change *change)
{
	if (change->name && nla_put_string(message, KVRM_A_POOL_NAME, change->name) < 0)
		return -ENOMEM;
	if (change->parent && nla_put_u32(message, KVRM_A_POOL_PARENT, change->parent) < 0)
		return -ENOMEM;
	if (change->cgroup_fd >= 0 &&
	    nla_put_u32(message, KVRM_A_POOL_CGROUP_FD, (uint32_t)change->cgroup_fd) < 0)
		return -ENOMEM;
	if (change->expandable &&
	    nla_put_u8(message, KVRM_A_POOL_CPU_EXPANDABLE, *change->expandable) < 0)
		return -ENOMEM;
	if (change->host_reserve_us &&
	    nla_put_u64(message, KVRM_A_POOL_CPU_HOST_RESERVE_US, *change->host_reserve_us) < 0)
		return -ENOMEM;
	if (put_pool_memory(message, change) < 0)
		return -ENOMEM;
	return change->alloc ? put_alloc(message, &pool_alloc, change->alloc) : 0;
}

static int put_item(struct nl_msg *message, const struct genl_batch_item *item)
{
	if (item->is_pool)
		return nla_put_u32(message, KVRM_A_POOL_ID, item->id) < 0
			       ? -ENOMEM
			       : genl_message_put_pool(message, &item->pool);
	return nla_put_u32(message, KVRM_A_GUEST_ID, item->id) < 0
		       ? -ENOMEM
		       : genl_message_put_guest(message, &item->guest);
}

int genl_message_put_batch(struct nl_msg *message, const struct genl_batch_item *item)
{
	struct nlattr *nest =
		nla_nest_start(message, item->is_pool ? KVRM_A_BATCH_POOL : KVRM_A_BATCH_GUEST);

	if (!nest || put_item(message, item) < 0)
		return -ENOMEM;
	nla_nest_end(message, nest);
	return 0;
}
