// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a change is refused, as a sentence, and which attribute is at fault. A sentence with numbers
 * has 79 characters at most, also with the largest: the kernel cuts off what is beyond.
 */
#include "kmod/change.h"
#include "kmod/compat/compat.h"

/* What a resource's attributes are called. */
static const struct {
	const char *reservation;
	const char *limit;
} kvrm_words[KVRM_RESOURCE_COUNT] = {
	[KVRM_RESOURCE_CPU] = { "cpu-reservation-us", "cpu-limit-us" },
	[KVRM_RESOURCE_MEMORY] = { "memory-reservation-bytes", "what its limit leaves" },
};

/* The first of the attributes that a request has. */
static const struct nlattr *kvrm_change_at_memory(const struct kvrm_change *change)
{
	if (change->at_memory)
		return change->at_memory;
	if (change->at_overhead)
		return change->at_overhead;
	if (change->at_memory_limit)
		return change->at_memory_limit;
	if (change->at_memory_expandable)
		return change->at_memory_expandable;
	return change->at_memory_weight;
}

static const struct nlattr *kvrm_change_at_cpu(const struct kvrm_change *change)
{
	if (change->at_limit)
		return change->at_limit;
	return change->at_expandable;
}

/**
 * kvrm_change_at() - the attribute that a refusal is most likely about
 * @change: that is refused
 * @resource: of which there is not enough
 * @kind: why
 *
 * Return: an attribute; NULL if none is to be named.
 */
const struct nlattr *kvrm_change_at(const struct kvrm_change *change, enum kvrm_resource resource,
				    enum kvrm_refusal_kind kind)
{
	const struct nlattr *at = NULL;

	if ((kind == KVRM_REFUSED_CYCLE || kind == KVRM_REFUSED_DEPTH) && change->at_parent)
		return change->at_parent;
	if (resource == KVRM_RESOURCE_MEMORY)
		at = kvrm_change_at_memory(change);
	else if (change->at_reservation)
		at = change->at_reservation;
	else if (kind == KVRM_REFUSED_ABOVE_LIMIT)
		at = change->at_limit;
	if (!at)
		at = change->at_parent;
	if (!at && resource == KVRM_RESOURCE_CPU)
		at = kvrm_change_at_cpu(change);
	if (!at)
		at = kvrm_change_at_memory(change);
	return at ? at : change->at_self;
}

/**
 * kvrm_change_refuse() - say why admission refuses a change
 * @change: at fault
 * @refusal: why
 * @extack: receives sentence and attribute
 *
 * Return: a negative errno.
 */
int kvrm_change_refuse(const struct kvrm_change *change, const struct kvrm_refusal *refusal,
		       struct netlink_ext_ack *extack)
{
	u32 pool_id = refusal->at && refusal->at->pool ? kvrm_pool_of(refusal->at)->id : 0;
	const char *reservation = kvrm_words[refusal->resource].reservation;
	const char *limit = kvrm_words[refusal->resource].limit;

	NL_SET_BAD_ATTR(extack, kvrm_change_at(change, refusal->resource, refusal->kind));
	switch (refusal->kind) {
	case KVRM_REFUSED_ABOVE_HOST:
		kvrm_compat_extack(extack, "%s is %llu above what the host has", reservation,
				   refusal->shortfall);
		return -ENOSPC;
	case KVRM_REFUSED_ABOVE_LIMIT:
		kvrm_compat_extack(extack, "%s is %llu above %s", reservation, refusal->shortfall,
				   limit);
		return -ENOSPC;
	case KVRM_REFUSED_POOL_LACKS:
		kvrm_compat_extack(extack, "%s: pool %u lacks %llu", reservation, pool_id,
				   refusal->shortfall);
		return -ENOSPC;
	case KVRM_REFUSED_POOL_LIMIT:
		kvrm_compat_extack(extack, "pool %u: %llu reserved above %s", pool_id,
				   refusal->shortfall, limit);
		return -ENOSPC;
	case KVRM_REFUSED_CYCLE:
		NL_SET_ERR_MSG(extack, "a pool cannot lie in itself or below");
		return -EINVAL;
	case KVRM_REFUSED_DEPTH:
		NL_SET_ERR_MSG(extack, "more than 8 pools would lie above a guest");
		return -EINVAL;
	case KVRM_REFUSED_MEMBERS:
	case KVRM_ADMITTED:
		break;
	}
	NL_SET_ERR_MSG(extack, "the pool has members");
	return -EBUSY;
}
