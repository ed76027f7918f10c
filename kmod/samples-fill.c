// SPDX-License-Identifier: GPL-2.0-only
/*
 * What records of the sample ring say; include/kvrm/sample.h names it.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/page_counter.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/uuid.h>

#include "kmod/guest.h"
#include "kmod/nic.h"
#include "kmod/samples.h"
#include "kmod/stat.h"
#include "kmod/vcpu.h"
#include "kvrm/sample.h"

#ifdef CONFIG_MEMCG
/* The kernel's own counters of the cgroup: no file is read, and nothing summed up. */
static void kvrm_samples_fill_memory(struct kvrm_sample_guest *to, const struct cgroup *cgroup)
{
	struct mem_cgroup *memcg;

	rcu_read_lock();
	memcg = mem_cgroup_from_css(rcu_dereference(cgroup->subsys[memory_cgrp_id]));
	to->memory_bytes = KVRM_SAMPLES_UNKNOWN;
	to->swap_bytes = KVRM_SAMPLES_UNKNOWN;
	if (memcg) {
		to->memory_bytes = (u64)page_counter_read(&memcg->memory) << PAGE_SHIFT;
		to->swap_bytes = (u64)page_counter_read(&memcg->swap) << PAGE_SHIFT;
	}
	rcu_read_unlock();
}
#else
static void kvrm_samples_fill_memory(struct kvrm_sample_guest *to, const struct cgroup *cgroup)
{
	to->memory_bytes = KVRM_SAMPLES_UNKNOWN;
	to->swap_bytes = KVRM_SAMPLES_UNKNOWN;
}
#endif

/**
 * kvrm_samples_fill_guest() - of a guest
 * @sample: its head is the caller's
 * @guest: attached, just brought up to date; its lock is held
 */
void kvrm_samples_fill_guest(struct kvrm_sample *sample, struct kvrm_guest *guest)
{
	struct kvrm_sample_guest *to = &sample->guest;

	BUILD_BUG_ON(sizeof(to->uuid) != sizeof(guest->uuid));
	BUILD_BUG_ON(sizeof(to->name) < sizeof(guest->name));
	lockdep_assert_held(&guest->lock);
	export_uuid(to->uuid, &guest->uuid);
	strscpy(to->name, guest->name, sizeof(to->name));
	to->usage_ns = kvrm_stat_usage_ns(guest);
	to->limited_ns = kvrm_stat_limited_ns(guest);
	/* Of what commands change under the tree's lock, a word each. */
	to->cpu_limit_us = READ_ONCE(guest->cpu.limit_us);
	to->vcpu_limit_us = READ_ONCE(guest->vcpu_limit_us);
	kvrm_samples_fill_memory(to, guest->cpu.cgroup);
	to->vcpus = atomic_read(&guest->vm.kvm->online_vcpus);
	to->rate_hz = guest->samples.pulse.rate_hz;
	to->missed = guest->samples.missed;
}

static void kvrm_samples_fill_vcpu(struct kvrm_sample_vcpu *to, const struct kvrm_vcpu *v)
{
	const struct kvm_vcpu_stat *stat = &v->vcpu->stat;

	to->running_ns = v->running_ns;
	to->ready_ns = v->ready_ns;
	to->limited_ns = v->limited_ns;
	to->halted_ns = v->halted_ns;
	to->waiting_ns = v->waiting_ns;
	to->exits = READ_ONCE(stat->exits);
	to->io_exits = READ_ONCE(stat->io_exits);
	to->mmio_exits = READ_ONCE(stat->mmio_exits);
	to->halt_exits = READ_ONCE(stat->halt_exits);
	to->irq_exits = READ_ONCE(stat->irq_exits);
	to->irq_window_exits = READ_ONCE(stat->irq_window_exits);
	to->signal_exits = READ_ONCE(stat->signal_exits);
	to->request_irq_exits = READ_ONCE(stat->request_irq_exits);
	to->hypercalls = READ_ONCE(stat->hypercalls);
	to->insn_emulation = READ_ONCE(stat->insn_emulation);
	to->page_faults = READ_ONCE(stat->pf_taken);
}

/**
 * kvrm_samples_put_vcpus() - a record for each virtual CPU of a guest
 * @ring: where to
 * @sample: with its head; overwritten
 * @guest: attached, just brought up to date; its lock is held
 */
void kvrm_samples_put_vcpus(struct kvrm_ring *ring, struct kvrm_sample *sample,
			    struct kvrm_guest *guest)
{
	struct kvrm_vcpu *v;
	unsigned long index;

	lockdep_assert_held(&guest->lock);
	memset(sample->words, 0, sizeof(sample->words));
	xa_for_each(&guest->vcpus, index, v) {
		sample->head.index = v->vcpu->vcpu_id;
		kvrm_samples_fill_vcpu(&sample->vcpu, v);
		kvrm_ring_put(ring, &sample->head);
	}
}

static void kvrm_samples_fill_flow(struct kvrm_sample_flow *to, struct kvrm_gate *gate)
{
	struct kvrm_gate_stat stat;

	kvrm_gate_read(gate, &stat);
	to->bytes = stat.bytes;
	to->packets = stat.packets;
	to->delayed_packets = stat.delayed_packets;
	to->dropped_packets = stat.dropped_full + stat.dropped_device + stat.dropped_memory;
	to->limited_ns = stat.limited_ns;
	to->queued_bytes = stat.queued_bytes;
	to->limit_bytes_per_s = gate->limit.bytes_per_s;
	to->limit_packets_per_s = gate->limit.packets_per_s;
}

/**
 * kvrm_samples_fill_nic() - of a NIC
 * @sample: its head is the caller's
 * @nic: in the registry; kvrm_nic_lock is held
 */
void kvrm_samples_fill_nic(struct kvrm_sample *sample, struct kvrm_nic *nic)
{
	struct kvrm_sample_nic *to = &sample->nic;

	BUILD_BUG_ON(sizeof(to->device) < sizeof(nic->ifname));
	lockdep_assert_held(&kvrm_nic_lock);
	strscpy(to->device, nic->ifname, sizeof(to->device));
	kvrm_samples_fill_flow(&to->to_guest, &nic->gates[KVRM_TO_GUEST]);
	kvrm_samples_fill_flow(&to->from_guest, &nic->gates[KVRM_FROM_GUEST]);
}
