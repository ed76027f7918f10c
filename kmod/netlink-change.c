// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the attributes of guest-add, guest-set, pool-add, pool-set and the parts of batch-set to
 * changes (change.h).
 */
#include "kmod/change.h"
#include "kmod/find.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/netlink.h"
#include "kmod/pool.h"
#include "kmod/probe.h"
#include "kmod/throttle.h"
#include "kvrm/cpumax.h"

static int kvrm_nl_parse_limit(struct kvrm_change *change, struct nlattr *limit,
			       struct nlattr *unlimited, struct netlink_ext_ack *extack)
{
	if (limit && unlimited) {
		NL_SET_ERR_MSG_ATTR(extack, unlimited,
				    "cpu-limit-us and cpu-unlimited exclude each other");
		return -EINVAL;
	}
	change->at_limit = limit ? limit : unlimited;
	if (!limit)
		return 0;
	change->limit_us = nla_get_u64(limit);
	if (change->limit_us < KVRM_CPU_LIMIT_MIN_US) {
		NL_SET_ERR_MSG_ATTR(extack, limit, "cpu-limit-us is below 10000, 1 % of one CPU");
		return -ERANGE;
	}
	if (change->limit_us > num_online_cpus() * KVRM_USEC_PER_SEC) {
		NL_SET_ERR_MSG_ATTR(extack, limit, "cpu-limit-us is above 1000000 per online CPU");
		return -ERANGE;
	}
	return 0;
}

static int kvrm_nl_parse_share(struct kvrm_change *change, struct nlattr *reservation,
			       struct nlattr *weight, struct netlink_ext_ack *extack)
{
	change->at_reservation = reservation;
	if (reservation)
		change->reservation_us = nla_get_u64(reservation);
	change->at_weight = weight;
	if (!weight)
		return 0;
	change->weight = nla_get_u32(weight);
	if (change->weight < KVRM_CPU_WEIGHT_MIN || change->weight > KVRM_CPU_WEIGHT_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, weight, "cpu-weight is not 1 to 10000");
		return -ERANGE;
	}
	return 0;
}

static int kvrm_nl_parse_vcpu_limit(struct kvrm_change *change, struct nlattr *limit,
				    struct netlink_ext_ack *extack)
{
	u64 limit_us;

	change->at_vcpu_limit = limit;
	if (!limit)
		return 0;
	limit_us = nla_get_u64(limit);
	change->vcpu_limit_us = limit_us;
	if (limit_us && (limit_us < KVRM_CPU_LIMIT_MIN_US || limit_us > KVRM_USEC_PER_SEC)) {
		NL_SET_ERR_MSG_ATTR(extack, limit,
				    "cpu-vcpu-limit-us is not 0 or from 10000 to 1000000");
		return -ERANGE;
	}
	if (!limit_us || kvrm_throttle_available())
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, limit, "cpu-vcpu-limit-us needs the limiter task-work");
	return -EOPNOTSUPP;
}

static int kvrm_nl_parse_sample_rate(struct kvrm_change *change, struct nlattr *rate,
				     struct netlink_ext_ack *extack)
{
	change->at_sample_rate = rate;
	if (!rate)
		return 0;
	change->sample_rate_hz = nla_get_u32(rate);
	if (change->sample_rate_hz <= KVRM_SAMPLE_RATE_MAX_HZ)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, rate, "sample-rate-hz is not 0 to 1000");
	return -ERANGE;
}

static int kvrm_nl_parse_probes(struct kvrm_change *change, struct nlattr *probes,
				struct netlink_ext_ack *extack)
{
	change->at_probes = probes;
	if (!probes)
		return 0;
	change->probes = nla_get_u32(probes);
	if (change->probes & ~KVRM_PROBE_ALL) {
		NL_SET_ERR_MSG_ATTR(extack, probes, "probes is not 0 to 7");
		return -ERANGE;
	}
	/* Without KVM there is no guest, which is told by whoever looks for it. */
	if (!kvrm_kvm_present() || !(change->probes & ~kvrm_probe_available()))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, probes, "the kernel has no tracepoint for these probes");
	return -EOPNOTSUPP;
}

/* The pool that something is to be in. */
static int kvrm_nl_parse_parent(struct kvrm_change *change, struct nlattr *parent,
				struct netlink_ext_ack *extack)
{
	change->at_parent = parent;
	if (!parent)
		return 0;
	mutex_lock(&kvrm_tree_lock);
	change->parent = kvrm_pool_find(nla_get_u32(parent));
	mutex_unlock(&kvrm_tree_lock);
	if (change->parent)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, parent, "no pool with this id");
	return -ENOENT;
}

/* Another cgroup; @now is what it is bound to, which only commands change. */
static int kvrm_nl_parse_cgroup(struct kvrm_change *change, struct nlattr *fd, bool may_be_root,
				const struct kvrm_cgcpu *now, struct netlink_ext_ack *extack)
{
	int err;

	change->at_cgroup = fd;
	if (!fd)
		return 0;
	err = kvrm_cgcpu_open(&change->cpu, nla_get_u32(fd),
			      may_be_root ? KVRM_CGCPU_MAY_BE_ROOT : 0, extack);
	if (err) {
		NL_SET_BAD_ATTR(extack, fd);
		return err;
	}
	if (change->cpu.cgroup == now->cgroup)
		kvrm_cgcpu_close(&change->cpu);
	else
		change->rebind = true;
	return 0;
}

/**
 * kvrm_nl_parse_guest() - the allocation, place and name in a guest's attributes
 * @attrs: by type
 * @change: receives them; the rest of it is left alone
 * @extack: says what is wrong
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_parse_guest(struct nlattr **attrs, struct kvrm_change *change,
			struct netlink_ext_ack *extack)
{
	int err;

	change->name = attrs[KVRM_A_GUEST_NAME];
	change->at_self = attrs[KVRM_A_GUEST_ID];
	err = kvrm_nl_parse_limit(change, attrs[KVRM_A_GUEST_CPU_LIMIT_US],
				  attrs[KVRM_A_GUEST_CPU_UNLIMITED], extack);
	if (!err)
		err = kvrm_nl_parse_share(change, attrs[KVRM_A_GUEST_CPU_RESERVATION_US],
					  attrs[KVRM_A_GUEST_CPU_WEIGHT], extack);
	if (!err)
		err = kvrm_nl_parse_vcpu_limit(change, attrs[KVRM_A_GUEST_CPU_VCPU_LIMIT_US],
					       extack);
	if (!err)
		err = kvrm_nl_parse_sample_rate(change, attrs[KVRM_A_GUEST_SAMPLE_RATE_HZ], extack);
	if (!err)
		err = kvrm_nl_parse_probes(change, attrs[KVRM_A_GUEST_PROBES], extack);
	if (!err)
		err = kvrm_nl_parse_guest_memory(attrs, change, extack);
	if (!err)
		err = kvrm_nl_parse_parent(change, attrs[KVRM_A_GUEST_POOL_ID], extack);
	return err;
}

/**
 * kvrm_nl_parse_pool() - the allocation, place and name in a pool's attributes
 * @attrs: by type
 * @change: receives them; the rest of it is left alone
 * @extack: says what is wrong
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_parse_pool(struct nlattr **attrs, struct kvrm_change *change,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *expandable = attrs[KVRM_A_POOL_CPU_EXPANDABLE];
	int err;

	change->name = attrs[KVRM_A_POOL_NAME];
	change->at_self = attrs[KVRM_A_POOL_ID];
	change->at_expandable = expandable;
	if (expandable && nla_get_u8(expandable) > 1) {
		NL_SET_ERR_MSG_ATTR(extack, expandable, "cpu-expandable is not 0 or 1");
		return -ERANGE;
	}
	change->expandable = expandable && nla_get_u8(expandable);
	err = kvrm_nl_parse_limit(change, attrs[KVRM_A_POOL_CPU_LIMIT_US],
				  attrs[KVRM_A_POOL_CPU_UNLIMITED], extack);
	if (!err)
		err = kvrm_nl_parse_share(change, attrs[KVRM_A_POOL_CPU_RESERVATION_US],
					  attrs[KVRM_A_POOL_CPU_WEIGHT], extack);
	if (!err)
		err = kvrm_nl_parse_pool_memory(attrs, change, extack);
	if (!err)
		err = kvrm_nl_parse_parent(change, attrs[KVRM_A_POOL_PARENT], extack);
	return err;
}

/* A guest is followed into another cgroup only if its virtual machine is there. */
static int kvrm_nl_check_followed(const struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	struct kvrm_guest *guest = change->guest;
	struct kvrm_vm vm = {};
	int at_fault = 0, err;
	bool same;

	if (!change->rebind)
		return 0;
	if (guest->cpu.adopted) {
		NL_SET_ERR_MSG_ATTR(extack, change->at_cgroup,
				    "an adopted guest stays in its cgroup");
		return -EOPNOTSUPP;
	}
	err = kvrm_host_check(guest, change->cpu.cgroup, extack, &at_fault);
	if (!err)
		err = kvrm_find_vm(change->cpu.cgroup, &vm, extack);
	if (err) {
		NL_SET_BAD_ATTR(extack, change->at_cgroup);
		return err;
	}
	mutex_lock(&guest->lock);
	same = guest->vm.kvm == vm.kvm;
	mutex_unlock(&guest->lock);
	kvrm_vm_put(&vm);
	if (same)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, change->at_cgroup, "another virtual machine is in this cgroup");
	return -ENODEV;
}

/**
 * kvrm_nl_guest_change() - a change of a registered guest
 * @attrs: by type
 * @change: overwritten; to be released with kvrm_nl_change_release() in any case
 * @extack: says what is wrong
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_guest_change(struct nlattr **attrs, struct kvrm_change *change,
			 struct netlink_ext_ack *extack)
{
	int err;

	memset(change, 0, sizeof(*change));
	if (!attrs[KVRM_A_GUEST_ID]) {
		NL_SET_ERR_MSG(extack, "id is missing");
		return -EINVAL;
	}
	change->guest = kvrm_host_find(nla_get_u32(attrs[KVRM_A_GUEST_ID]));
	if (!change->guest) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[KVRM_A_GUEST_ID], "no guest with this id");
		return -ENOENT;
	}
	err = kvrm_nl_parse_guest(attrs, change, extack);
	if (!err)
		err = kvrm_nl_parse_cgroup(change, attrs[KVRM_A_GUEST_CGROUP_FD], false,
					   &change->guest->cpu, extack);
	return err ? err : kvrm_nl_check_followed(change, extack);
}

/* The root is what the host has. */
static int kvrm_nl_check_root(struct kvrm_change *change, struct netlink_ext_ack *extack)
{
	const struct nlattr *wrong = change->at_parent;

	if (!wrong)
		wrong = change->at_reservation;
	if (!wrong)
		wrong = change->at_limit;
	if (!wrong)
		wrong = change->at_weight;
	if (!wrong)
		wrong = change->at_expandable;
	if (!wrong)
		wrong = change->at_memory;
	if (!wrong)
		wrong = change->at_memory_expandable;
	if (!wrong)
		wrong = change->at_memory_weight;
	if (!wrong)
		wrong = change->at_memory_limit;
	if (wrong) {
		NL_SET_ERR_MSG_ATTR(extack, wrong,
				    "the root pool is what the host has; this cannot be set");
		return -EINVAL;
	}
	if (change->at_reserve && change->reserve_us > num_online_cpus() * KVRM_USEC_PER_SEC) {
		NL_SET_ERR_MSG_ATTR(extack, change->at_reserve,
				    "cpu-host-reserve-us is above 1000000 per online CPU");
		return -ERANGE;
	}
	return 0;
}

static int kvrm_nl_parse_reserve(struct nlattr **attrs, struct kvrm_change *change,
				 struct netlink_ext_ack *extack)
{
	struct nlattr *reserve = attrs[KVRM_A_POOL_CPU_HOST_RESERVE_US];

	change->at_reserve = reserve;
	if (reserve)
		change->reserve_us = nla_get_u64(reserve);
	if (change->pool == &kvrm_root_pool)
		return kvrm_nl_check_root(change, extack);
	if (!reserve)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, reserve, "cpu-host-reserve-us is of the root pool only");
	return -EINVAL;
}

/**
 * kvrm_nl_pool_change() - a change of a published pool
 * @attrs: by type
 * @change: overwritten; to be released with kvrm_nl_change_release() in any case
 * @extack: says what is wrong
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nl_pool_change(struct nlattr **attrs, struct kvrm_change *change,
			struct netlink_ext_ack *extack)
{
	int err;

	memset(change, 0, sizeof(*change));
	change->pool = kvrm_nl_pool(attrs, extack);
	if (IS_ERR(change->pool)) {
		err = PTR_ERR(change->pool);
		change->pool = NULL;
		return err;
	}
	err = kvrm_nl_parse_pool(attrs, change, extack);
	if (!err)
		err = kvrm_nl_parse_reserve(attrs, change, extack);
	if (!err)
		err = kvrm_nl_parse_memory_reserve(attrs, change, extack);
	if (!err)
		err = kvrm_nl_parse_cgroup(change, attrs[KVRM_A_POOL_CGROUP_FD],
					   change->pool == &kvrm_root_pool, &change->pool->cpu,
					   extack);
	return err;
}

/**
 * kvrm_nl_change_release() - release what a change holds
 * @change: from kvrm_nl_guest_change() or kvrm_nl_pool_change(), made or not
 */
void kvrm_nl_change_release(struct kvrm_change *change)
{
	kvrm_cgcpu_leave(&change->cpu, change->cpu.limit_us);
	kvrm_cgcpu_close(&change->cpu);
	if (change->guest)
		kvrm_guest_put(change->guest);
}
