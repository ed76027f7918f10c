// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about guests: parse, call, fill. Every refusal has a sentence and, where one attribute
 * is at fault, that attribute.
 */
#include <linux/atomic.h>
#include <linux/file.h>
#include <linux/time64.h>

#include "kmod/event.h"
#include "kmod/find.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/limit.h"
#include "kmod/netlink.h"
#include "kmod/stat.h"

const struct nla_policy kvrm_nl_guest_get_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_ID] = { .type = NLA_U32 },
};

const struct nla_policy kvrm_nl_guest_add_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_UUID] = NLA_POLICY_EXACT_LEN(KVRM_UUID_LEN),
	[KVRM_A_GUEST_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_GUEST_NAME_MAX },
	[KVRM_A_GUEST_CGROUP_FD] = { .type = NLA_U32 },
	[KVRM_A_GUEST_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_UNLIMITED] = { .type = NLA_FLAG },
};

const struct nla_policy kvrm_nl_guest_set_policy[KVRM_A_GUEST_MAX + 1] = {
	[KVRM_A_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_GUEST_NAME] = { .type = NLA_NUL_STRING, .len = KVRM_GUEST_NAME_MAX },
	[KVRM_A_GUEST_CPU_LIMIT_US] = { .type = NLA_U64 },
	[KVRM_A_GUEST_CPU_UNLIMITED] = { .type = NLA_FLAG },
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

/* The limit that a request asks for: 0 is unlimited. Absent: @ret_limit_us is left alone. */
static int kvrm_nl_parse_limit(struct genl_info *info, u64 *ret_limit_us)
{
	struct nlattr *limit = info->attrs[KVRM_A_GUEST_CPU_LIMIT_US];
	struct nlattr *unlimited = info->attrs[KVRM_A_GUEST_CPU_UNLIMITED];
	u64 limit_us;

	if (limit && unlimited) {
		NL_SET_ERR_MSG_ATTR(info->extack, unlimited,
				    "cpu-limit-us and cpu-unlimited exclude each other");
		return -EINVAL;
	}
	if (unlimited)
		*ret_limit_us = 0;
	if (!limit)
		return 0;
	limit_us = nla_get_u64(limit);
	if (limit_us < KVRM_CPU_LIMIT_MIN_US) {
		NL_SET_ERR_MSG_ATTR(info->extack, limit,
				    "cpu-limit-us is below 10000, 1 % of one CPU");
		return -ERANGE;
	}
	if (limit_us > kvrm_limit_capacity_us()) {
		NL_SET_ERR_MSG_ATTR(info->extack, limit,
				    "cpu-limit-us is above 1000000 per online CPU");
		return -ERANGE;
	}
	*ret_limit_us = limit_us;
	return 0;
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

static int kvrm_nl_guest_fill_limit(struct sk_buff *skb, struct kvrm_guest *guest)
{
	if (!guest->limit_us)
		return nla_put_flag(skb, KVRM_A_GUEST_CPU_UNLIMITED);
	if (nla_put_u64_64bit(skb, KVRM_A_GUEST_CPU_LIMIT_US, guest->limit_us, KVRM_A_GUEST_PAD) ||
	    nla_put_u64_64bit(skb, KVRM_A_GUEST_CPU_QUOTA_US, guest->quota_us, KVRM_A_GUEST_PAD) ||
	    nla_put_u64_64bit(skb, KVRM_A_GUEST_CPU_PERIOD_US, guest->period_us, KVRM_A_GUEST_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * kvrm_nl_guest_fill() - put a guest's attributes into a message
 * @skb: the message
 * @guest: its lock is held
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_guest_fill(struct sk_buff *skb, struct kvrm_guest *guest)
{
	u64 limited_ns = (guest->throttled_us - guest->throttled_base_us) * NSEC_PER_USEC;
	u64 usage_ns = (guest->usage_us - guest->usage_base_us) * NSEC_PER_USEC;
	u32 vcpus = 0;

	lockdep_assert_held(&guest->lock);
	if (guest->attached)
		vcpus = atomic_read(&guest->vm.kvm->online_vcpus);
	if (nla_put_u32(skb, KVRM_A_GUEST_ID, guest->id) ||
	    nla_put(skb, KVRM_A_GUEST_UUID, KVRM_UUID_LEN, &guest->uuid) ||
	    nla_put_string(skb, KVRM_A_GUEST_NAME, guest->name) ||
	    nla_put_u64_64bit(skb, KVRM_A_GUEST_CGROUP_ID, guest->cgroup_id, KVRM_A_GUEST_PAD) ||
	    nla_put_u32(skb, KVRM_A_GUEST_PID, guest->pid) ||
	    nla_put_u32(skb, KVRM_A_GUEST_VCPUS, vcpus) ||
	    nla_put_u64_64bit(skb, KVRM_A_GUEST_LIMITED_NS, limited_ns, KVRM_A_GUEST_PAD) ||
	    nla_put_u64_64bit(skb, KVRM_A_GUEST_USAGE_NS, usage_ns, KVRM_A_GUEST_PAD))
		return -EMSGSIZE;
	return kvrm_nl_guest_fill_limit(skb, guest);
}

static int kvrm_nl_guest_reply(struct genl_info *info, struct kvrm_guest *guest)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;
	int err;

	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &kvrm_genl_family, 0, info->genlhdr->cmd);
	mutex_lock(&guest->lock);
	kvrm_stat_refresh(guest);
	err = header ? kvrm_nl_guest_fill(reply, guest) : -EMSGSIZE;
	mutex_unlock(&guest->lock);
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
	struct kvrm_guest *guest = kvrm_nl_guest(info);
	int err;

	if (IS_ERR(guest))
		return PTR_ERR(guest);
	err = kvrm_nl_guest_reply(info, guest);
	kvrm_guest_put(guest);
	return err;
}

/* One guest of a dump. */
static int kvrm_nl_guest_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				  struct kvrm_guest *guest)
{
	void *header;
	int err;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &kvrm_genl_family,
			     NLM_F_MULTI, KVRM_CMD_GUEST_GET);
	if (!header)
		return -EMSGSIZE;
	kvrm_nl_dump_mark(cb, header);
	mutex_lock(&guest->lock);
	kvrm_stat_refresh(guest);
	err = kvrm_nl_guest_fill(skb, guest);
	mutex_unlock(&guest->lock);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genlmsg_end(skb, header);
	return 0;
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

/* A new guest for the cgroup that the request names. */
static struct kvrm_guest *kvrm_nl_guest_new(struct genl_info *info)
{
	struct nlattr *fd = info->attrs[KVRM_A_GUEST_CGROUP_FD];
	struct kvrm_guest *guest;
	struct cgroup *cgroup;
	struct file *dir;

	dir = fget(nla_get_u32(fd));
	if (!dir) {
		NL_SET_ERR_MSG_ATTR(info->extack, fd, "cgroup-fd is not an open descriptor");
		return ERR_PTR(-EBADF);
	}
	cgroup = cgroup_get_from_fd(nla_get_u32(fd));
	if (IS_ERR(cgroup)) {
		NL_SET_ERR_MSG_ATTR(info->extack, fd, "cgroup-fd is not a cgroup v2 directory");
		guest = ERR_CAST(cgroup);
		goto put_dir;
	}
	/* The descriptor may have been replaced between the two calls. */
	if (file_inode(dir)->i_ino != cgroup_id(cgroup)) {
		NL_SET_ERR_MSG_ATTR(info->extack, fd, "cgroup-fd is not a cgroup v2 directory");
		cgroup_put(cgroup);
		guest = ERR_PTR(-EBADF);
		goto put_dir;
	}
	if (!cgroup_parent(cgroup)) {
		NL_SET_ERR_MSG_ATTR(info->extack, fd,
				    "cgroup-fd is the root: a guest needs a cgroup of its own");
		cgroup_put(cgroup);
		guest = ERR_PTR(-EINVAL);
		goto put_dir;
	}
	guest = kvrm_guest_new(cgroup, &dir->f_path, info->extack);
	if (IS_ERR(guest))
		NL_SET_BAD_ATTR(info->extack, fd);
put_dir:
	fput(dir);
	return guest;
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

/* Put an attached guest under its limit and into the registry. */
static int kvrm_nl_guest_publish(struct genl_info *info, struct kvrm_guest *guest, u64 limit_us)
{
	int at_fault = 0;
	int err;

	mutex_lock(&guest->lock);
	err = kvrm_stat_begin(guest);
	if (!err)
		err = kvrm_limit_apply(guest, limit_us, info->extack);
	mutex_unlock(&guest->lock);
	if (err)
		return err;
	err = kvrm_host_add(guest, info->extack, &at_fault);
	if (err && at_fault)
		NL_SET_BAD_ATTR(info->extack, info->attrs[at_fault]);
	return err;
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
	struct kvrm_vm vm = {};
	struct kvrm_guest *guest;
	u64 limit_us = 0;
	int err;

	err = kvrm_nl_guest_check_add(info);
	if (!err)
		err = kvrm_nl_parse_limit(info, &limit_us);
	if (err)
		return err;
	guest = kvrm_nl_guest_new(info);
	if (IS_ERR(guest))
		return PTR_ERR(guest);
	nla_memcpy(&guest->uuid, info->attrs[KVRM_A_GUEST_UUID], KVRM_UUID_LEN);
	nla_strscpy(guest->name, info->attrs[KVRM_A_GUEST_NAME], sizeof(guest->name));

	err = kvrm_find_vm(guest->cgroup, &vm, info->extack);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[KVRM_A_GUEST_CGROUP_FD]);
		goto put_guest;
	}
	err = kvrm_guest_attach(guest, &vm, kvrm_nl_guest_exited);
	if (err) {
		NL_SET_ERR_MSG(info->extack, "the virtual machine's process is ending");
		goto put_vm;
	}
	err = kvrm_nl_guest_publish(info, guest, limit_us);
	if (err)
		goto detach;
	kvrm_event_added(guest);
	/*
	 * A process that ended before the guest was in the registry was not found there by
	 * kvrm_nl_guest_exited(). The registry's lock orders this read after its write.
	 */
	if (READ_ONCE(guest->exited))
		kvrm_host_remove(guest, KVRM_REMOVAL_REASON_EXITED);
	err = kvrm_nl_guest_reply(info, guest);
	kvrm_guest_put(guest);
	return err;

detach:
	kvrm_guest_detach(guest);
put_vm:
	kvrm_vm_put(&vm);
put_guest:
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
	struct nlattr *name = info->attrs[KVRM_A_GUEST_NAME];
	struct kvrm_guest *guest = kvrm_nl_guest(info);
	u64 limit_us;
	int err;

	if (IS_ERR(guest))
		return PTR_ERR(guest);
	mutex_lock(&guest->lock);
	limit_us = guest->limit_us;
	err = kvrm_nl_parse_limit(info, &limit_us);
	if (!err && !guest->attached) {
		NL_SET_ERR_MSG(info->extack, "the virtual machine's process is ending");
		err = -ESRCH;
	}
	if (!err)
		err = kvrm_limit_apply(guest, limit_us, info->extack);
	if (!err && name)
		nla_strscpy(guest->name, name, sizeof(guest->name));
	mutex_unlock(&guest->lock);
	if (!err)
		kvrm_event_changed(guest);
	kvrm_guest_put(guest);
	return err;
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
	return err;
}
