// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command about the host.
 */
#include <linux/cpumask.h>

#include "kmod/control.h"
#include "kmod/find.h"
#include "kmod/host.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/probe.h"
#include "kmod/schedext.h"
#include "kmod/throttle.h"
#include "kmod/vcpu.h"
#include "kvrm/cpumax.h"
#include "kvrm/version.h"

static int kvrm_nl_host_fill(struct sk_buff *skb)
{
	bool attached;

	if (nla_put_u32(skb, KVRM_A_HOST_ABI, KVRM_ABI_VERSION) ||
	    nla_put_string(skb, KVRM_A_HOST_VERSION, KVRM_VERSION) ||
	    nla_put_u32(skb, KVRM_A_HOST_CPUS_ONLINE, num_online_cpus()) ||
	    nla_put_u64_64bit(skb, KVRM_A_HOST_CPU_CAPACITY_US,
			      num_online_cpus() * KVRM_USEC_PER_SEC, KVRM_A_HOST_PAD) ||
	    nla_put_u8(skb, KVRM_A_HOST_KVM_PRESENT, kvrm_kvm_present()) ||
	    nla_put_u32(skb, KVRM_A_HOST_GUESTS, kvrm_host_count()) ||
	    nla_put_u32(skb, KVRM_A_HOST_GENERATION, kvrm_host_generation()) ||
	    nla_put_u32(skb, KVRM_A_HOST_POOLS, kvrm_pool_count()) ||
	    nla_put_u64_64bit(skb, KVRM_A_HOST_CPU_HOST_RESERVE_US,
			      READ_ONCE(kvrm_host_cpu.reserve), KVRM_A_HOST_PAD) ||
	    nla_put_u32(skb, KVRM_A_HOST_CONTROL_INTERVAL_US, kvrm_control_interval_us()) ||
	    nla_put_u32(skb, KVRM_A_HOST_CPU_LIMITER,
			kvrm_throttle_available() ? KVRM_CPU_LIMITER_TASK_WORK
						  : KVRM_CPU_LIMITER_CPU_MAX) ||
	    nla_put_u64_64bit(skb, KVRM_A_HOST_VCPU_EXCESS_NS, kvrm_vcpu_excess_ns(),
			      KVRM_A_HOST_PAD) ||
	    nla_put_u32(skb, KVRM_A_HOST_PROBES, kvrm_probe_available()) ||
	    kvrm_nl_host_fill_memory(skb))
		return -EMSGSIZE;
	if (kvrm_schedext_state(&attached))
		return 0;
	return nla_put_u8(skb, KVRM_A_HOST_SCHED_EXT, attached);
}

/**
 * kvrm_nl_host_get() - KVRM_CMD_HOST_GET
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_host_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;

	if (!reply)
		return kvrm_nl_explain(info, -ENOMEM);
	header = genlmsg_put_reply(reply, info, &kvrm_genl_family, 0, info->genlhdr->cmd);
	if (!header || kvrm_nl_host_fill(reply)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}
