// SPDX-License-Identifier: GPL-2.0-only
/*
 * What messages tell of a guest.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/string.h>

#include "kmod/guest.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/stat.h"
#include "kmod/threads.h"
#include "kmod/throttle.h"

#define KVRM_NL_GUEST_STALLS KVRM_NL_BITS(KVRM_A_GUEST_LIMIT_STALLS, KVRM_A_GUEST_LIMIT_STALL_NS)

static int kvrm_nl_guest_fill_limit(const struct kvrm_nl_out *out, const struct kvrm_cgcpu *cpu)
{
	if (!cpu->limit_us)
		return kvrm_nl_put(out, KVRM_A_GUEST_CPU_UNLIMITED, 0, NULL);
	if (kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_LIMIT_US, cpu->limit_us) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_QUOTA_US, cpu->quota_us) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_PERIOD_US, cpu->period_us))
		return -EMSGSIZE;
	return 0;
}

static int kvrm_nl_guest_fill_stalls(const struct kvrm_nl_out *out, const struct kvrm_guest *guest)
{
	struct kvrm_stalls stalls;

	BUILD_BUG_ON(KVRM_STALL_BUCKETS != KVRM_LIMIT_STALL_BUCKETS);
	BUILD_BUG_ON(KVRM_STALL_FIRST_NS != KVRM_LIMIT_STALL_FIRST_NS);
	BUILD_BUG_ON(KVRM_STALL_GAP_NS != KVRM_LIMIT_STALL_GAP_NS);
	BUILD_BUG_ON(sizeof(stalls.counts) != KVRM_LIMIT_STALL_BYTES);
	if (!guest->throttle || !kvrm_nl_wants(out, KVRM_NL_GUEST_STALLS))
		return 0;
	kvrm_throttle_read_stalls(guest->throttle, &stalls);
	if (kvrm_nl_put(out, KVRM_A_GUEST_LIMIT_STALLS, sizeof(stalls.counts), stalls.counts))
		return -EMSGSIZE;
	return kvrm_nl_put_u64(out, KVRM_A_GUEST_LIMIT_STALL_NS, stalls.held_ns);
}

/* CPU time of its process's threads that run no virtual CPU. */
static int kvrm_nl_guest_fill_threads(const struct kvrm_nl_out *out,
				      const struct kvrm_threads *threads)
{
	const u64 *spent_ns = threads->spent_ns;

	if (kvrm_nl_put_u64(out, KVRM_A_GUEST_EMULATOR_NS, spent_ns[KVRM_THREAD_EMULATOR]) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_IO_NS, spent_ns[KVRM_THREAD_IO]))
		return -EMSGSIZE;
	if (!threads->has_vhost)
		return 0;
	return kvrm_nl_put_u64(out, KVRM_A_GUEST_VHOST_NS, spent_ns[KVRM_THREAD_VHOST]);
}

/* Its place in the tree, its allocation, and what it is due. */
static int kvrm_nl_guest_fill_node(const struct kvrm_nl_out *out, const struct kvrm_guest *guest)
{
	const struct kvrm_share *share = &guest->node.share[KVRM_RESOURCE_CPU];
	const struct kvrm_due *due = &guest->node.due[KVRM_RESOURCE_CPU];
	u64 reasserted = guest->cpu.reasserted;
	struct kvrm_node *parent = guest->node.parent;

	if (guest->mem)
		reasserted += READ_ONCE(guest->mem->reasserted) +
			      READ_ONCE(guest->mem->low_reasserted) +
			      READ_ONCE(guest->mem->high_reasserted);
	if ((parent && kvrm_nl_put_u32(out, KVRM_A_GUEST_POOL_ID, kvrm_pool_of(parent)->id)) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_RESERVATION_US, share->reservation) ||
	    kvrm_nl_put_u32(out, KVRM_A_GUEST_CPU_WEIGHT, share->weight) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_DEMAND_US, due->demand) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_USED_US, guest->node.flow.used) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_ENTITLED_US, due->entitled) ||
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_REASSERTED, reasserted) ||
	    kvrm_nl_guest_fill_memory(out, guest))
		return -EMSGSIZE;
	if (guest->vcpu_limit_us &&
	    kvrm_nl_put_u64(out, KVRM_A_GUEST_CPU_VCPU_LIMIT_US, guest->vcpu_limit_us))
		return -EMSGSIZE;
	if (guest->cpu.weight_written)
		return kvrm_nl_put_u32(out, KVRM_A_GUEST_CPU_WEIGHT_APPLIED,
				       guest->cpu.weight_written);
	return 0;
}

/**
 * kvrm_nl_guest_fill() - put a guest's attributes into a message
 * @skb: the message
 * @guest: its lock and kvrm_tree_lock are held
 * @select: which, a bit for each by its number; its id always is
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_guest_fill(struct sk_buff *skb, struct kvrm_guest *guest, u64 select)
{
	const struct kvrm_nl_out out = { .skb = skb, .select = select };
	const char *name = guest->name;
	u32 vcpus = 0;

	lockdep_assert_held(&guest->lock);
	lockdep_assert_held(&kvrm_tree_lock);
	if (guest->attached)
		vcpus = atomic_read(&guest->vm.kvm->online_vcpus);
	if (nla_put_u32(skb, KVRM_A_GUEST_ID, guest->id) ||
	    kvrm_nl_put(&out, KVRM_A_GUEST_UUID, KVRM_UUID_LEN, &guest->uuid) ||
	    kvrm_nl_put(&out, KVRM_A_GUEST_NAME, strlen(name) + 1, name) ||
	    kvrm_nl_put_u64(&out, KVRM_A_GUEST_CGROUP_ID, cgroup_id(guest->cpu.cgroup)) ||
	    kvrm_nl_put_u32(&out, KVRM_A_GUEST_PID, pid_nr(guest->process)) ||
	    kvrm_nl_put_u32(&out, KVRM_A_GUEST_VCPUS, vcpus) ||
	    kvrm_nl_put_u64(&out, KVRM_A_GUEST_LIMITED_NS, kvrm_stat_limited_ns(guest)) ||
	    kvrm_nl_put_u64(&out, KVRM_A_GUEST_USAGE_NS, kvrm_stat_usage_ns(guest)) ||
	    kvrm_nl_put_u32(&out, KVRM_A_GUEST_SAMPLE_RATE_HZ, guest->sample_rate_hz) ||
	    kvrm_nl_put_u32(&out, KVRM_A_GUEST_PROBES, guest->probes) ||
	    kvrm_nl_put_u64(&out, KVRM_A_GUEST_SAMPLES_MISSED, READ_ONCE(guest->samples.missed)) ||
	    (guest->cpu.adopted && kvrm_nl_put(&out, KVRM_A_GUEST_ADOPTED, 0, NULL)) ||
	    kvrm_nl_guest_fill_limit(&out, &guest->cpu) || kvrm_nl_guest_fill_stalls(&out, guest) ||
	    kvrm_nl_guest_fill_threads(&out, &guest->threads))
		return -EMSGSIZE;
	return kvrm_nl_guest_fill_node(&out, guest);
}
