// SPDX-License-Identifier: GPL-2.0-only
/*
 * What messages tell of a guest.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>

#include "kmod/guest.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/stat.h"
#include "kmod/threads.h"
#include "kmod/throttle.h"

static int kvrm_nl_put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, KVRM_A_GUEST_PAD);
}

static int kvrm_nl_guest_fill_limit(struct sk_buff *skb, const struct kvrm_cgcpu *cpu)
{
	if (!cpu->limit_us)
		return nla_put_flag(skb, KVRM_A_GUEST_CPU_UNLIMITED);
	if (kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_LIMIT_US, cpu->limit_us) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_QUOTA_US, cpu->quota_us) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_PERIOD_US, cpu->period_us))
		return -EMSGSIZE;
	return 0;
}

static int kvrm_nl_guest_fill_stalls(struct sk_buff *skb, const struct kvrm_guest *guest)
{
	struct kvrm_stalls stalls;

	BUILD_BUG_ON(KVRM_STALL_BUCKETS != KVRM_LIMIT_STALL_BUCKETS);
	BUILD_BUG_ON(KVRM_STALL_FIRST_NS != KVRM_LIMIT_STALL_FIRST_NS);
	BUILD_BUG_ON(KVRM_STALL_GAP_NS != KVRM_LIMIT_STALL_GAP_NS);
	BUILD_BUG_ON(sizeof(stalls.counts) != KVRM_LIMIT_STALL_BYTES);
	if (!guest->throttle)
		return 0;
	kvrm_throttle_read_stalls(guest->throttle, &stalls);
	if (nla_put(skb, KVRM_A_GUEST_LIMIT_STALLS, sizeof(stalls.counts), stalls.counts))
		return -EMSGSIZE;
	return kvrm_nl_put_u64(skb, KVRM_A_GUEST_LIMIT_STALL_NS, stalls.held_ns);
}

/* CPU time of its process's threads that run no virtual CPU. */
static int kvrm_nl_guest_fill_threads(struct sk_buff *skb, const struct kvrm_threads *threads)
{
	const u64 *spent_ns = threads->spent_ns;

	if (kvrm_nl_put_u64(skb, KVRM_A_GUEST_EMULATOR_NS, spent_ns[KVRM_THREAD_EMULATOR]) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_IO_NS, spent_ns[KVRM_THREAD_IO]))
		return -EMSGSIZE;
	if (!threads->has_vhost)
		return 0;
	return kvrm_nl_put_u64(skb, KVRM_A_GUEST_VHOST_NS, spent_ns[KVRM_THREAD_VHOST]);
}

/* Its place in the tree, its allocation, and what it is due. */
static int kvrm_nl_guest_fill_node(struct sk_buff *skb, const struct kvrm_guest *guest)
{
	const struct kvrm_share *share = &guest->node.share[KVRM_RESOURCE_CPU];
	const struct kvrm_due *due = &guest->node.due[KVRM_RESOURCE_CPU];
	u64 reasserted = guest->cpu.reasserted;
	struct kvrm_node *parent = guest->node.parent;

	if (guest->mem)
		reasserted += READ_ONCE(guest->mem->reasserted) +
			      READ_ONCE(guest->mem->low_reasserted) +
			      READ_ONCE(guest->mem->high_reasserted);
	if ((parent && nla_put_u32(skb, KVRM_A_GUEST_POOL_ID, kvrm_pool_of(parent)->id)) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_RESERVATION_US, share->reservation) ||
	    nla_put_u32(skb, KVRM_A_GUEST_CPU_WEIGHT, share->weight) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_DEMAND_US, due->demand) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_USED_US, guest->node.flow.used) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_ENTITLED_US, due->entitled) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_REASSERTED, reasserted) ||
	    kvrm_nl_guest_fill_memory(skb, guest))
		return -EMSGSIZE;
	if (guest->vcpu_limit_us &&
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CPU_VCPU_LIMIT_US, guest->vcpu_limit_us))
		return -EMSGSIZE;
	if (guest->cpu.weight_written)
		return nla_put_u32(skb, KVRM_A_GUEST_CPU_WEIGHT_APPLIED, guest->cpu.weight_written);
	return 0;
}

/**
 * kvrm_nl_guest_fill() - put a guest's attributes into a message
 * @skb: the message
 * @guest: its lock and kvrm_tree_lock are held
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_guest_fill(struct sk_buff *skb, struct kvrm_guest *guest)
{
	u32 vcpus = 0;

	lockdep_assert_held(&guest->lock);
	lockdep_assert_held(&kvrm_tree_lock);
	if (guest->attached)
		vcpus = atomic_read(&guest->vm.kvm->online_vcpus);
	if (nla_put_u32(skb, KVRM_A_GUEST_ID, guest->id) ||
	    nla_put(skb, KVRM_A_GUEST_UUID, KVRM_UUID_LEN, &guest->uuid) ||
	    nla_put_string(skb, KVRM_A_GUEST_NAME, guest->name) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_CGROUP_ID, cgroup_id(guest->cpu.cgroup)) ||
	    nla_put_u32(skb, KVRM_A_GUEST_PID, pid_nr(guest->process)) ||
	    nla_put_u32(skb, KVRM_A_GUEST_VCPUS, vcpus) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_LIMITED_NS, kvrm_stat_limited_ns(guest)) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_USAGE_NS, kvrm_stat_usage_ns(guest)) ||
	    nla_put_u32(skb, KVRM_A_GUEST_SAMPLE_RATE_HZ, guest->sample_rate_hz) ||
	    nla_put_u32(skb, KVRM_A_GUEST_PROBES, guest->probes) ||
	    kvrm_nl_put_u64(skb, KVRM_A_GUEST_SAMPLES_MISSED, READ_ONCE(guest->samples.missed)) ||
	    (guest->cpu.adopted && nla_put_flag(skb, KVRM_A_GUEST_ADOPTED)) ||
	    kvrm_nl_guest_fill_limit(skb, &guest->cpu) || kvrm_nl_guest_fill_stalls(skb, guest) ||
	    kvrm_nl_guest_fill_threads(skb, &guest->threads))
		return -EMSGSIZE;
	return kvrm_nl_guest_fill_node(skb, guest);
}
