// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command about virtual CPUs: a dump that goes round the guests and, in each, round its virtual
 * CPUs.
 */
#include <linux/ktime.h>

#include "kmod/compat/compat.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/modes.h"
#include "kmod/netlink.h"
#include "kmod/probe.h"
#include "kmod/stat.h"
#include "kmod/vcpu.h"

const struct nla_policy kvrm_nl_vcpu_policy[KVRM_A_VCPU_MAX + 1] = {
	[KVRM_A_VCPU_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_VCPU_SELECT] = { .type = NLA_BINARY, .len = KVRM_SELECT_BYTES_MAX },
};

#define KVRM_NL_VCPU_CAN KVRM_NL_BITS(KVRM_A_VCPU_GUEST_ID, KVRM_A_VCPU_USER_NS)

/* What running-ns is made of. */
#define KVRM_NL_VCPU_MODES KVRM_NL_BITS(KVRM_A_VCPU_GUEST_NS, KVRM_A_VCPU_USER_NS)

/* What is not KVM's own, nor counted by probes: it takes a sample. */
#define KVRM_NL_VCPU_SAMPLED                                                                       \
	(KVRM_NL_BITS(KVRM_A_VCPU_TID, KVRM_A_VCPU_HALTED_NS) |                                    \
	 KVRM_NL_BITS(KVRM_A_VCPU_WAITING_NS, KVRM_A_VCPU_ELAPSED_NS) | KVRM_NL_VCPU_MODES)

/* KVM's own counters, in the order of the messages. */
static const struct {
	u16 type;
	size_t offset;
} kvrm_nl_vcpu_stats[] = {
	{ KVRM_A_VCPU_EXITS, offsetof(struct kvm_vcpu_stat, exits) },
	{ KVRM_A_VCPU_IO_EXITS, offsetof(struct kvm_vcpu_stat, io_exits) },
	{ KVRM_A_VCPU_MMIO_EXITS, offsetof(struct kvm_vcpu_stat, mmio_exits) },
	{ KVRM_A_VCPU_HALT_EXITS, offsetof(struct kvm_vcpu_stat, halt_exits) },
	{ KVRM_A_VCPU_IRQ_EXITS, offsetof(struct kvm_vcpu_stat, irq_exits) },
	{ KVRM_A_VCPU_IRQ_WINDOW_EXITS, offsetof(struct kvm_vcpu_stat, irq_window_exits) },
	{ KVRM_A_VCPU_SIGNAL_EXITS, offsetof(struct kvm_vcpu_stat, signal_exits) },
	{ KVRM_A_VCPU_REQUEST_IRQ_EXITS, offsetof(struct kvm_vcpu_stat, request_irq_exits) },
	{ KVRM_A_VCPU_HYPERCALLS, offsetof(struct kvm_vcpu_stat, hypercalls) },
	{ KVRM_A_VCPU_INSN_EMULATION, offsetof(struct kvm_vcpu_stat, insn_emulation) },
	{ KVRM_A_VCPU_PAGE_FAULTS, offsetof(struct kvm_vcpu_stat, pf_taken) },
	{ KVRM_A_VCPU_HALT_POLL_SUCCESS_NS,
	  offsetof(struct kvm_vcpu_stat, generic.halt_poll_success_ns) },
	{ KVRM_A_VCPU_HALT_POLL_FAIL_NS,
	  offsetof(struct kvm_vcpu_stat, generic.halt_poll_fail_ns) },
};

static int kvrm_nl_vcpu_fill_stats(const struct kvrm_nl_out *out, struct kvm_vcpu *vcpu)
{
	const u64 *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kvrm_nl_vcpu_stats); i++) {
		value = (const void *)&vcpu->stat + kvrm_nl_vcpu_stats[i].offset;
		if (kvrm_nl_put_u64(out, kvrm_nl_vcpu_stats[i].type, READ_ONCE(*value)))
			return -EMSGSIZE;
	}
	return 0;
}

static int kvrm_nl_vcpu_fill_probed(const struct kvrm_nl_out *out, const struct kvrm_probed *p)
{
	if (!p)
		return 0;
	if (p->groups & KVRM_PROBE_EXITS &&
	    kvrm_nl_put_u64(out, KVRM_A_VCPU_ENTERED_NS, READ_ONCE(p->inside_ns)))
		return -EMSGSIZE;
	return kvrm_nl_put_u64(out, KVRM_A_VCPU_PROBE_NS, READ_ONCE(p->cost_ns));
}

/* What running-ns, as it is in the same message or would be, was. */
static int kvrm_nl_vcpu_fill_modes(const struct kvrm_nl_out *out, struct kvrm_vcpu *v)
{
	static const u16 types[KVRM_MODES] = {
		[KVRM_MODE_GUEST] = KVRM_A_VCPU_GUEST_NS,
		[KVRM_MODE_KERNEL] = KVRM_A_VCPU_KERNEL_NS,
		[KVRM_MODE_USER] = KVRM_A_VCPU_USER_NS,
	};
	int i;

	if (!kvrm_nl_wants(out, KVRM_NL_VCPU_MODES))
		return 0;
	kvrm_modes_split(&v->modes, v->task, v->running_ns);
	for (i = 0; i < KVRM_MODES; i++) {
		if (kvrm_nl_put_u64(out, types[i], v->modes.split.parts[i]))
			return -EMSGSIZE;
	}
	return 0;
}

static int kvrm_nl_vcpu_fill(const struct kvrm_nl_out *out, struct kvrm_guest *guest,
			     struct kvrm_vcpu *v)
{
	lockdep_assert_held(&guest->lock);
	if (nla_put_u32(out->skb, KVRM_A_VCPU_GUEST_ID, guest->id) ||
	    nla_put_u32(out->skb, KVRM_A_VCPU_INDEX, v->vcpu->vcpu_id) ||
	    (v->pid && kvrm_nl_put_u32(out, KVRM_A_VCPU_TID, pid_nr(v->pid))) ||
	    kvrm_nl_put_u64(out, KVRM_A_VCPU_RUNNING_NS, v->running_ns) ||
	    kvrm_nl_put_u64(out, KVRM_A_VCPU_READY_NS, v->ready_ns) ||
	    kvrm_nl_put_u64(out, KVRM_A_VCPU_LIMITED_NS, v->limited_ns) ||
	    kvrm_nl_put_u64(out, KVRM_A_VCPU_HALTED_NS, v->halted_ns) ||
	    kvrm_nl_put_u64(out, KVRM_A_VCPU_WAITING_NS, v->waiting_ns) ||
	    kvrm_nl_put_u64(out, KVRM_A_VCPU_ELAPSED_NS, v->elapsed_ns) ||
	    kvrm_nl_vcpu_fill_modes(out, v))
		return -EMSGSIZE;
	if (kvrm_nl_vcpu_fill_probed(out, v->probed))
		return -EMSGSIZE;
	return kvrm_nl_vcpu_fill_stats(out, v->vcpu);
}

/* The virtual CPUs of one guest, from dump->vcpu on; that moves past those that fitted in. */
static int kvrm_nl_vcpu_dump_guest(struct sk_buff *skb, struct netlink_callback *cb,
				   struct kvrm_guest *guest)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	const struct kvrm_nl_out out = { .skb = skb, .select = dump->select };
	struct kvrm_vcpu *v;
	unsigned long index;
	void *header;
	int err;

	lockdep_assert_held(&guest->lock);
	/* Once: many virtual CPUs take many messages. */
	if (!dump->vcpu && kvrm_nl_wants(&out, KVRM_NL_VCPU_SAMPLED))
		kvrm_stat_refresh(guest, dump->since_ns);
	else if (!dump->vcpu)
		kvrm_stat_find_vcpus(guest);
	xa_for_each_start(&guest->vcpus, index, v, dump->vcpu) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &kvrm_genl_family, NLM_F_MULTI, KVRM_CMD_VCPU_GET);
		if (!header)
			return -EMSGSIZE;
		kvrm_nl_dump_mark(cb, header);
		err = kvrm_nl_vcpu_fill(&out, guest, v);
		if (err) {
			genlmsg_cancel(skb, header);
			return err;
		}
		genlmsg_end(skb, header);
		dump->vcpu = index + 1;
	}
	return 0;
}

/**
 * kvrm_nl_dump_guest() - begin of a dump of one guest, or its virtual CPUs, or of all guests
 * @cb: state of the dump
 * @id: of the guest; NULL: all
 *
 * Return: 0, or -ENOENT if the guest that is asked for is not registered.
 */
int kvrm_nl_dump_guest(struct netlink_callback *cb, struct nlattr *id)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	struct kvrm_guest *guest;

	if (!id) {
		if (kvrm_host_count() > 1)
			dump->since_ns = ktime_get_ns();
		return 0;
	}
	guest = kvrm_host_find(nla_get_u32(id));
	if (!guest) {
		NL_SET_ERR_MSG_ATTR(cb->extack, id, "no guest with this id");
		return -ENOENT;
	}
	dump->only = guest->id;
	dump->cursor = guest->id;
	kvrm_guest_put(guest);
	return 0;
}

static void kvrm_nl_dump_rewind(struct kvrm_dump *dump)
{
	dump->vcpu = 0;
	dump->slot = 0;
}

/**
 * kvrm_nl_dump_guests() - a dump of virtual CPUs, which kvrm_nl_dump_guest() began
 * @skb: reply
 * @cb: state of the dump
 * @dump_guest: puts the virtual CPUs of one guest into @skb, from dump->vcpu and dump->slot on, and
 *	moves these past what fitted; the guest's lock is held, and both are 0 when it begins
 *
 * Return: length of @skb, 0 at the end, or a negative errno.
 */
int kvrm_nl_dump_guests(struct sk_buff *skb, struct netlink_callback *cb,
			int (*dump_guest)(struct sk_buff *skb, struct netlink_callback *cb,
					  struct kvrm_guest *guest))
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	unsigned long before = dump->cursor, cursor;
	struct kvrm_guest *guest;
	int err = 0;

	cb->seq = kvrm_host_generation();
	while (!err) {
		cursor = dump->cursor;
		guest = kvrm_host_next(&cursor);
		if (!guest)
			break;
		if (dump->only && guest->id != dump->only) {
			kvrm_guest_put(guest);
			break;
		}
		/* A guest further on than where the dump stood: from its first virtual CPU. */
		if (guest->id != before)
			kvrm_nl_dump_rewind(dump);
		mutex_lock(&guest->lock);
		err = dump_guest(skb, cb, guest);
		mutex_unlock(&guest->lock);
		dump->cursor = err ? guest->id : cursor;
		before = dump->cursor;
		if (!err)
			kvrm_nl_dump_rewind(dump);
		kvrm_guest_put(guest);
	}
	return skb->len ? skb->len : err;
}

/**
 * kvrm_nl_vcpu_dump_start() - begin of KVRM_CMD_VCPU_GET
 * @cb: state of the dump
 *
 * Return: 0; -ENOENT if the guest that is asked for is not registered; -EINVAL if no answer has an
 * attribute that is asked for.
 */
int kvrm_nl_vcpu_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = kvrm_compat_dump_attrs(cb);
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;

	return kvrm_nl_select(attrs[KVRM_A_VCPU_SELECT], KVRM_NL_VCPU_CAN, &dump->select,
			      cb->extack)
		       ?: kvrm_nl_dump_guest(cb, attrs[KVRM_A_VCPU_GUEST_ID]);
}

/**
 * kvrm_nl_vcpu_dump() - KVRM_CMD_VCPU_GET
 * @skb: reply
 * @cb: state of the dump
 *
 * Return: length of @skb, 0 at the end, or a negative errno.
 */
int kvrm_nl_vcpu_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return kvrm_nl_dump_guests(skb, cb, kvrm_nl_vcpu_dump_guest);
}
