// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command batch-set: several changes as one.
 */
#include <linux/slab.h>

#include "kmod/change.h"
#include "kmod/event.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/protect.h"

const struct nla_policy kvrm_nl_batch_policy[KVRM_A_BATCH_MAX + 1] = {
	[KVRM_A_BATCH_GUEST] = NLA_POLICY_NESTED(kvrm_nl_guest_set_policy),
	[KVRM_A_BATCH_POOL] = NLA_POLICY_NESTED(kvrm_nl_pool_set_policy),
};

static bool kvrm_nl_is_part(const struct nlattr *attr)
{
	return nla_type(attr) == KVRM_A_BATCH_GUEST || nla_type(attr) == KVRM_A_BATCH_POOL;
}

static int kvrm_nl_batch_count(struct genl_info *info, size_t *ret_n)
{
	struct nlattr *part;
	size_t n = 0;
	int rem;

	nlmsg_for_each_attr(part, info->nlhdr, GENL_HDRLEN, rem)
		n += kvrm_nl_is_part(part);
	if (!n) {
		NL_SET_ERR_MSG(info->extack, "no guest and no pool is given");
		return -EINVAL;
	}
	if (n > KVRM_BATCH_CHANGES_MAX) {
		NL_SET_ERR_MSG(info->extack, "more than 256 changes");
		return -E2BIG;
	}
	*ret_n = n;
	return 0;
}

static int kvrm_nl_batch_part(struct nlattr *part, struct kvrm_change *change,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *guest[KVRM_A_GUEST_MAX + 1], *pool[KVRM_A_POOL_MAX + 1];
	int err;

	if (nla_type(part) == KVRM_A_BATCH_GUEST) {
		err = nla_parse_nested(guest, KVRM_A_GUEST_MAX, part, kvrm_nl_guest_set_policy,
				       extack);
		if (!err)
			err = kvrm_nl_guest_change(guest, change, extack);
	} else {
		err = nla_parse_nested(pool, KVRM_A_POOL_MAX, part, kvrm_nl_pool_set_policy,
				       extack);
		if (!err)
			err = kvrm_nl_pool_change(pool, change, extack);
	}
	/* What is wrong with a part as a whole. */
	if (err && extack && !extack->bad_attr)
		NL_SET_BAD_ATTR(extack, part);
	return err;
}

static int kvrm_nl_batch_check_twice(const struct kvrm_change *changes, size_t n,
				     struct netlink_ext_ack *extack)
{
	const struct kvrm_change *last = &changes[n - 1];
	size_t i;

	for (i = 0; i < n - 1; i++) {
		if (changes[i].guest != last->guest || changes[i].pool != last->pool)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, last->at_self, "this is changed twice in one batch");
		return -EINVAL;
	}
	return 0;
}

static int kvrm_nl_batch_parse(struct genl_info *info, struct kvrm_change *changes)
{
	struct nlattr *part;
	size_t n = 0;
	int rem, err;

	nlmsg_for_each_attr(part, info->nlhdr, GENL_HDRLEN, rem) {
		if (!kvrm_nl_is_part(part))
			continue;
		err = kvrm_nl_batch_part(part, &changes[n++], info->extack);
		if (!err)
			err = kvrm_nl_batch_check_twice(changes, n, info->extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * kvrm_nl_batch_set() - KVRM_CMD_BATCH_SET
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int kvrm_nl_batch_set(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_change *changes;
	size_t n = 0, i;
	int err;

	err = kvrm_nl_batch_count(info, &n);
	if (err)
		return err;
	changes = kvcalloc(n, sizeof(*changes), GFP_KERNEL);
	if (!changes)
		return kvrm_nl_explain(info, -ENOMEM);
	err = kvrm_nl_batch_parse(info, changes);
	if (!err) {
		mutex_lock(&kvrm_tree_lock);
		err = kvrm_changes_apply(changes, n, info->extack);
		mutex_unlock(&kvrm_tree_lock);
		kvrm_protect_flush();
	}
	for (i = 0; i < n; i++) {
		if (!err && changes[i].guest)
			kvrm_event_changed(changes[i].guest);
		else if (!err)
			kvrm_event_pool_changed(changes[i].pool);
		kvrm_nl_change_release(&changes[i]);
	}
	kvfree(changes);
	return kvrm_nl_explain(info, err);
}
