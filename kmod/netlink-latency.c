// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command about what probes counted: a dump that goes round the guests, in each round its virtual
 * CPUs, and in each of these round the reasons of which there was any.
 */
#include "kmod/compat/compat.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/netlink.h"
#include "kmod/probe.h"
#include "kmod/stat.h"
#include "kmod/vcpu.h"

/* All reasons of all groups, one after the other. */
#define KVRM_NL_LATENCY_USER  (KVRM_EXIT_CLASS_SIGNAL + 1)
#define KVRM_NL_LATENCY_WAKE  (KVRM_NL_LATENCY_USER + KVRM_PROBE_USER_REASONS)
#define KVRM_NL_LATENCY_SLOTS (KVRM_NL_LATENCY_WAKE + 1)

const struct nla_policy kvrm_nl_latency_policy[KVRM_A_LATENCY_MAX + 1] = {
	[KVRM_A_LATENCY_GUEST_ID] = { .type = NLA_U32 },
	[KVRM_A_LATENCY_SELECT] = { .type = NLA_BINARY, .len = KVRM_SELECT_BYTES_MAX },
};

#define KVRM_NL_LATENCY_CAN KVRM_NL_BITS(KVRM_A_LATENCY_GUEST_ID, KVRM_A_LATENCY_HISTOGRAM)

/**
 * struct kvrm_nl_latency - one message
 * @probe: group
 * @reason: in it
 * @count: how often
 * @time_ns: how long together
 * @histogram: where it tells how long each took
 * @counts: if @histogram
 */
struct kvrm_nl_latency {
	u32 probe;
	u32 reason;
	u64 count;
	u64 time_ns;
	bool histogram;
	u64 counts[KVRM_LATENCY_BUCKETS];
};

static void kvrm_nl_latency_copy(struct kvrm_nl_latency *m, const struct kvrm_latency *latency)
{
	size_t i;

	for (i = 0; i < KVRM_LATENCY_BUCKETS; i++) {
		m->counts[i] = READ_ONCE(latency->counts[i]);
		m->count += m->counts[i];
	}
	m->time_ns = READ_ONCE(latency->total_ns);
	m->histogram = true;
}

/* Whether there was any of the reason in @slot. */
static bool kvrm_nl_latency_read(struct kvrm_nl_latency *m, const struct kvrm_probed *p,
				 unsigned int slot)
{
	memset(m, 0, sizeof(*m));
	if (slot < KVRM_NL_LATENCY_USER) {
		m->probe = KVRM_PROBE_EXITS;
		m->reason = slot;
		kvrm_nl_latency_copy(m, &p->exits[slot]);
	} else if (slot < KVRM_NL_LATENCY_WAKE) {
		m->probe = KVRM_PROBE_USER_EXITS;
		m->reason = slot - KVRM_NL_LATENCY_USER;
		m->count = READ_ONCE(p->user_exits[m->reason]);
		m->time_ns = READ_ONCE(p->user_exit_ns[m->reason]);
	} else {
		m->probe = KVRM_PROBE_WAKEUPS;
		kvrm_nl_latency_copy(m, &p->wakeups);
	}
	return m->count;
}

static int kvrm_nl_latency_fill(const struct kvrm_nl_out *out, u32 guest_id,
				const struct kvrm_vcpu *v, const struct kvrm_nl_latency *m)
{
	if (nla_put_u32(out->skb, KVRM_A_LATENCY_GUEST_ID, guest_id) ||
	    nla_put_u32(out->skb, KVRM_A_LATENCY_INDEX, v->vcpu->vcpu_id) ||
	    nla_put_u32(out->skb, KVRM_A_LATENCY_PROBE, m->probe) ||
	    nla_put_u32(out->skb, KVRM_A_LATENCY_REASON, m->reason) ||
	    kvrm_nl_put_u64(out, KVRM_A_LATENCY_COUNT, m->count) ||
	    kvrm_nl_put_u64(out, KVRM_A_LATENCY_TIME_NS, m->time_ns))
		return -EMSGSIZE;
	if (!m->histogram)
		return 0;
	return kvrm_nl_put(out, KVRM_A_LATENCY_HISTOGRAM, sizeof(m->counts), m->counts);
}

static int kvrm_nl_latency_put(struct sk_buff *skb, struct netlink_callback *cb, u32 guest_id,
			       const struct kvrm_vcpu *v, const struct kvrm_nl_latency *m)
{
	const struct kvrm_dump *dump = (const struct kvrm_dump *)cb->ctx;
	const struct kvrm_nl_out out = { .skb = skb, .select = dump->select };
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &kvrm_genl_family, NLM_F_MULTI, KVRM_CMD_LATENCY_GET);
	int err;

	if (!header)
		return -EMSGSIZE;
	kvrm_nl_dump_mark(cb, header);
	err = kvrm_nl_latency_fill(&out, guest_id, v, m);
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

/* The virtual CPUs of one guest, from dump->vcpu and dump->slot on; they move past what fitted. */
static int kvrm_nl_latency_dump_guest(struct sk_buff *skb, struct netlink_callback *cb,
				      struct kvrm_guest *guest)
{
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;
	struct kvrm_nl_latency m;
	struct kvrm_vcpu *v;
	unsigned long index;
	int err;

	BUILD_BUG_ON(KVRM_LATENCY_BUCKETS != KVRM_HISTOGRAM_BUCKETS);
	BUILD_BUG_ON(KVRM_LATENCY_FIRST_NS != KVRM_HISTOGRAM_FIRST_NS);
	BUILD_BUG_ON(sizeof(m.counts) != KVRM_HISTOGRAM_BYTES);
	lockdep_assert_held(&guest->lock);
	/* Probes follow virtual CPUs to other threads when they are sampled. */
	if (!dump->vcpu && !dump->slot)
		kvrm_stat_refresh(guest, dump->since_ns);
	xa_for_each_start(&guest->vcpus, index, v, dump->vcpu) {
		if (index != dump->vcpu)
			dump->slot = 0;
		dump->vcpu = index;
		for (; v->probed && dump->slot < KVRM_NL_LATENCY_SLOTS; dump->slot++) {
			if (!kvrm_nl_latency_read(&m, v->probed, dump->slot))
				continue;
			err = kvrm_nl_latency_put(skb, cb, guest->id, v, &m);
			if (err)
				return err;
		}
		dump->vcpu = index + 1;
		dump->slot = 0;
	}
	return 0;
}

/**
 * kvrm_nl_latency_dump_start() - begin of KVRM_CMD_LATENCY_GET
 * @cb: state of the dump
 *
 * Return: as kvrm_nl_vcpu_dump_start().
 */
int kvrm_nl_latency_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = kvrm_compat_dump_attrs(cb);
	struct kvrm_dump *dump = (struct kvrm_dump *)cb->ctx;

	return kvrm_nl_select(attrs[KVRM_A_LATENCY_SELECT], KVRM_NL_LATENCY_CAN, &dump->select,
			      cb->extack)
		       ?: kvrm_nl_dump_guest(cb, attrs[KVRM_A_LATENCY_GUEST_ID]);
}

/**
 * kvrm_nl_latency_dump() - KVRM_CMD_LATENCY_GET
 * @skb: reply
 * @cb: state of the dump
 *
 * Return: length of @skb, 0 at the end, or a negative errno.
 */
int kvrm_nl_latency_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return kvrm_nl_dump_guests(skb, cb, kvrm_nl_latency_dump_guest);
}
