// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about guests: parse, call, answer. Every refusal has a sentence and, where one attribute
 * is at fault, that attribute.
 */
#include <linux/ktime.h>
#include <linux/time64.h>

#include "kmod/change.h"
#include "kmod/compat/compat.h"
#include "kmod/control.h"
#include "kmod/event.h"
#include "kmod/find.h"
#include "kmod/flow.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/protect.h"
#include "kmod/stat.h"
#include "kmod/threads.h"

#define KVRM_NL_GUEST_CAN                                                                          \
	(KVRM_NL_BITS(KVRM_A_GUEST_ID, KVRM_A_GUEST_VHOST_NS) &                                    \
	 ~(BIT_ULL(KVRM_A_GUEST_CGROUP_FD) | BIT_ULL(KVRM_A_GUEST_REMOVAL_REASON)))

/* What takes a look at each thread of its process. */
#define KVRM_NL_GUEST_THREADS KVRM_NL_BITS(KVRM_A_GUEST_EMULATOR_NS, KVRM_A_GUEST_VHOST_NS)

/* What takes a sample, which also finds out which threads run virtual CPUs. */
#define KVRM_NL_GUEST_SAMPLED                                                                      \
	(BIT_ULL(KVRM_A_GUEST_LIMITED_NS) | BIT_ULL(KVRM_A_GUEST_USAGE_NS) | KVRM_NL_GUEST_THREADS)

const struct nla_policy kvrm_nl_guest_get_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_SELECT] = { .type = NLA_BINARY, .len = KVRM_SELECT_BYTES_MAX },
};

const struct nla_policy kvrm_nl_guest_add_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_UUID] = NLA_POLICY_EXACT_LEN(KVRM_UUID_LEN),
	[KVRM_A_GUEST_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_GUEST_NAME_MAX },
	[KVRM_A_GUEST_CGROUP_FD] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_UNLIMITED] = { .type = NLA_FLAG },
	[KVRM_A_GUEST_POOL_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_RESERVATION_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_VCPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_RESERVATION_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_LIMIT_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_GUEST_SAMPLE_RATE_HZ] = { .type = NLA_U32 },
	[KVRM_A_GUEST_PROBES] = { .type = NLA_U32 },
	[KVRM_A_GUEST_ADOPTED] = { .type = NLA_FLAG },
};

const struct nla_policy kvrm_nl_guest_set_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_GUEST_NAME_MAX },
	[KVRM_A_GUEST_CGROUP_FD] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_UNLIMITED] = { .type = NLA_FLAG },
	[KVRM_A_GUEST_POOL_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_RESERVATION_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_VCPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_RESERVATION_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_LIMIT_BYTES] = { .type = NLA_U64 },
	[KVRM_A_GUEST_MEMORY_WEIGHT] = { .type = NLA_U32 },
	[KVRM_A_GUEST_SAMPLE_RATE_HZ] = { .type = NLA_U32 },
	[KVRM_A_GUEST_PROBES] = { .type = NLA_U32 },
};

const struct nla_policy kvrm_nl_guest_del_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_ID] = { .type = NLA_U32 },
};

/* One attribute that a command cannot do without. */
static int kvrm_nl_need(struct genl_info *info, int type, const char *sentence)
{
	if (info->attrs[type])
		return 0;
	if (info->extack)
		info->extack->_msg = sentence;
	return -EINVAL;
}

/* The guest that a request names, with a reference. */
static struct kvrm_guest *kvrm_nl_guest(struct genl_info *info)
{
	struct kvrm_guest *guest;
	int err;

	err = kvrm_nl_need(info, KVRM_A_GUEST_ID, "id is missing");
	if (err)
		return ERR_PTR(err);
	guest = kvrm_host_find(nla_get_u32(info->attrs[KVRM_A_GUEST_ID]));
	if (!guest) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KVRM_A_GUEST_ID],
				    "no guest with this id");
		return ERR_PTR(-ENOENT);
	}
	return guest;
}

/* Bring up to date what a message is to tell of a guest. */
static void kvrm_nl_guest_refresh(struct kvrm_guest *guest, u64 select, u64 since_ns)
{
	u64 age_ns = ktime_get_ns() - guest->threads.sampled_ns;

	if (select & KVRM_NL_GUEST_SAMPLED)
		kvrm_stat_refresh(guest, since_ns);
	if (select & KVRM_NL_GUEST_THREADS && guest->attached &&
	    age_ns > KVRM_SAMPLE_FRESH_MS * NSEC_PER_MSEC)
		kvrm_threads_sample(&guest->threads, guest->process, &guest->vcpus);
}

/* What a guest is like now. */
static int kvrm_nl_guest_tell(struct sk_buff *skb, struct kvrm_guest *guest, u64 select,
			      u64 since_ns)
{
	int err;

	mutex_lock(&kvrm_tree_lock);
	mutex_lock(&guest->lock);
	kvrm_nl_guest_refresh(guest, select, since_ns);
	err = kvrm_nl_guest_fill(skb, guest, select);
	mutex_unlock(&guest->lock);
	mutex_unlock(&kvrm_tree_lock);
	return err;
}

/* @reply: empty; sent or freed */
static int kvrm_nl_guest_reply(struct genl_info *info, struct kvrm_guest *guest, u64 select,
			       struct sk_buff *reply)
{
	void *header;
	int err;

	header = genlmsg_put_reply(reply, info, &kvrm_genl_family, 0, info->genlhdr->cmd);
	err = header ? kvrm_nl_guest_tell(reply, guest, select, 0) : -EMSGSIZE;
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

/**
 * kvrm_nl_guest_get() - KVRM_CMD_GUEST_GET for one guest
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_guest_get(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_guest *guest;
	struct sk_buff *reply;
	u64 select;
	int err;

	err = kvrm_nl_select(info->attrs[KVRM_A_GUEST_SELECT], KVRM_NL_GUEST_CAN, &select,
			     info->extack);
	if (err)
		return err;
	guest = kvrm_nl_guest(info);
	if (IS_ERR(guest))
		return PTR_ERR(guest);
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	err = reply ? kvrm_nl_guest_reply(info, guest, select, reply) : -ENOMEM;
	kvrm_guest_put(guest);
	return kvrm_nl_explain(info, err);
}

/* One guest of a dump. */
static int kvrm_nl_guest_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				  struct kvrm_guest *guest)
{
	const struct kvrm_dump *dump = (const struct kvrm_dump *)cb->ctx;
	void *header;
	int err;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &kvrm_genl_family,
			     NLM_F_MULTI, KVRM_CMD_GUEST_GET);
	if (!header)
		return -EMSGSIZE;
	kvrm_nl_dump_mark(cb, header);
	err = kvrm_nl_guest_tell(skb, guest, dump->select, dump->since_ns);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * kvrm_nl_guest_dump_start() - begin of KVRM_CMD_GUEST_GET for all guests
 * @cb: state of the dump
 *
 * Return: 0, or -EINVAL if no answer has an attribute that is asked for.
 */
int kvrm_nl_guest_dump_start(struct netlink_callback *cb)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;

	return kvrm_nl_select(kvrm_compat_dump_attrs(cb)[KVRM_A_GUEST_SELECT], KVRM_NL_GUEST_CAN,
			      &dump->select, cb->extack)
		       ?: kvrm_nl_dump_guest(cb, NULL);
}

/**
 * kvrm_nl_guest_dump() - KVRM_CMD_GUEST_GET for all guests
 * @skb: reply
 * @cb: state of the dump
 *
 * Return: length of @skb, 0 at the end, or a negative errno.
 */
int kvrm_nl_guest_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	struct kvrm_guest *guest;
	unsigned long cursor;
	int err = 0;

	while (!err) {
		cursor = dump->cursor;
		guest = kvrm_host_next(&cursor);
		if (!guest)
			break;
		err = kvrm_nl_guest_dump_one(skb, cb, guest);
		if (!err)
			dump->cursor = cursor;
		kvrm_guest_put(guest);
	}
	return skb->len ? skb->len : err;
}

static void kvrm_nl_guest_exited(struct kvrm_guest *guest)
{
	kvrm_host_remove(guest, KVRM_REMOVAL_REASON_EXITED);
}

static int kvrm_nl_guest_check_add(struct genl_info *info)
{
	int err;

	err = kvrm_nl_need(info, KVRM_A_GUEST_UUID, "uuid is missing");
	if (!err)
		err = kvrm_nl_need(info, KVRM_A_GUEST_NAME, "name is missing");
	if (!err)
		err = kvrm_nl_need(info, KVRM_A_GUEST_CGROUP_FD, "cgroup-fd is missing");
	if (err)
		return err;
	if (!info->attrs[KVRM_A_GUEST_CPU_LIMIT_US] && !info->attrs[KVRM_A_GUEST_CPU_UNLIMITED]) {
		NL_SET_ERR_MSG(info->extack, "cpu-limit-us or cpu-unlimited is missing");
		return -EINVAL;
	}
	if (uuid_is_null(nla_data(info->attrs[KVRM_A_GUEST_UUID]))) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KVRM_A_GUEST_UUID],
				    "uuid is all zero");
		return -EINVAL;
	}
	return 0;
}

/* Put an attached guest into its pool, under its limit, and into the registry. */
static int kvrm_nl_guest_publish(struct genl_info *info, struct kvrm_guest *guest,
				 struct kvrm_change *change)
{
	int at_fault = 0;
	int err;

	err = kvrm_host_check(guest, guest->cpu.cgroup, info->extack, &at_fault);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[at_fault]);
		return err;
	}
	mutex_lock(&guest->lock);
	err = kvrm_stat_begin(guest);
	if (!err)
		kvrm_threads_sample(&guest->threads, guest->process, &guest->vcpus);
	mutex_unlock(&guest->lock);
	if (err) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KVRM_A_GUEST_CGROUP_FD],
				    "the cgroup's cpu.stat cannot be read");
		return err;
	}
	err = kvrm_host_reserve(guest);
	if (err)
		return err;
	mutex_lock(&kvrm_tree_lock);
	err = kvrm_changes_apply(change, 1, info->extack);
	if (!err)
		kvrm_flow_begin(guest);
	mutex_unlock(&kvrm_tree_lock);
	kvrm_protect_flush();
	/* Its limit is written: nothing may fail any more. */
	if (err)
		kvrm_host_unreserve(guest);
	else
		kvrm_host_add(guest);
	return err;
}

/* The guest that a request describes, with its virtual machine. */
static struct kvrm_guest *kvrm_nl_guest_new(struct genl_info *info)
{
	struct nlattr *fd = info->attrs[KVRM_A_GUEST_CGROUP_FD];
	struct kvrm_vm vm = {};
	struct kvrm_guest *guest;
	int err;

	guest = kvrm_guest_new(nla_get_u32(fd), nla_get_flag(info->attrs[KVRM_A_GUEST_ADOPTED]),
			       info->extack);
	if (IS_ERR(guest)) {
		NL_SET_BAD_ATTR(info->extack, fd);
		return guest;
	}
	nla_memcpy(&guest->uuid, info->attrs[KVRM_A_GUEST_UUID], KVRM_UUID_LEN);
	nla_strscpy(guest->name, info->attrs[KVRM_A_GUEST_NAME], sizeof(guest->name));
	err = kvrm_find_vm(guest->cpu.cgroup, &vm, info->extack);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, fd);
		goto put_guest;
	}
	err = kvrm_guest_attach(guest, &vm, kvrm_nl_guest_exited);
	if (err) {
		if (err == -ESRCH)
			NL_SET_ERR_MSG(info->extack, "the virtual machine's process is ending");
		goto put_vm;
	}
	return guest;

put_vm:
	kvrm_vm_put(&vm);
put_guest:
	kvrm_guest_put(guest);
	return ERR_PTR(err);
}

/**
 * kvrm_nl_guest_add() - KVRM_CMD_GUEST_ADD
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_guest_add(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_change change = { .add = true };
	struct kvrm_guest *guest;
	struct sk_buff *reply;
	int err;

	err = kvrm_nl_guest_check_add(info);
	if (!err)
		err = kvrm_nl_parse_guest(info->attrs, &change, info->extack);
	if (err)
		return err;
	/* Once the guest is there, nothing may fail any more. */
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return kvrm_nl_explain(info, -ENOMEM);
	guest = kvrm_nl_guest_new(info);
	if (IS_ERR(guest)) {
		nlmsg_free(reply);
		return kvrm_nl_explain(info, PTR_ERR(guest));
	}
	change.guest = guest;
	change.at_cgroup = info->attrs[KVRM_A_GUEST_CGROUP_FD];
	if (!change.parent)
		change.parent = &kvrm_root_pool;
	err = kvrm_nl_guest_publish(info, guest, &change);
	if (err) {
		nlmsg_free(reply);
		kvrm_guest_detach(guest);
		kvrm_guest_put(guest);
		return kvrm_nl_explain(info, err);
	}
	kvrm_control_wake();
	kvrm_event_added(guest);
	/*
	 * A process that ended before the guest was in the registry was not found there by
	 * kvrm_nl_guest_exited(). The registry's lock orders this read after its write.
	 */
	if (READ_ONCE(guest->exited))
		kvrm_host_remove(guest, KVRM_REMOVAL_REASON_EXITED);
	err = kvrm_nl_guest_reply(info, guest, KVRM_NL_ALL, reply);
	kvrm_guest_put(guest);
	return err;
}

/**
 * kvrm_nl_guest_set() - KVRM_CMD_GUEST_SET
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int kvrm_nl_guest_set(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_change change;
	int err;

	err = kvrm_nl_guest_change(info->attrs, &change, info->extack);
	if (!err) {
		mutex_lock(&kvrm_tree_lock);
		err = kvrm_changes_apply(&change, 1, info->extack);
		mutex_unlock(&kvrm_tree_lock);
		kvrm_protect_flush();
	}
	if (!err)
		kvrm_event_changed(change.guest);
	kvrm_nl_change_release(&change);
	return kvrm_nl_explain(info, err);
}

/**
 * kvrm_nl_guest_del() - KVRM_CMD_GUEST_DEL
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_guest_del(struct sk_buff *skb, struct genl_info *info)
{
	struct kvrm_guest *guest = kvrm_nl_guest(info);
	int err;

	if (IS_ERR(guest))
		return PTR_ERR(guest);
	err = kvrm_host_remove(guest, KVRM_REMOVAL_REASON_REQUESTED);
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KVRM_A_GUEST_ID],
				    "no guest with this id");
	kvrm_guest_put(guest);
	kvrm_protect_flush();
	return err;
}
