// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring a guest's counters up to date.
 *
 * Each virtual CPU's thread tells how long it waited (vcpu.c); the cgroup's cpu.stat tells how
 * long cpu.max held it back, summed over CPUs, but not whom. The limited time is
 * attributed to the virtual CPUs that waited, in proportion to how long each did since the last
 * sample; the rest of their waiting is ready time. For a guest with one virtual CPU this is exact.
 *
 * Both sides count a wait only once it is over, the limit's a moment earlier than the thread's. So
 * threads are read first and cpu.stat second, and limited time that finds no wait yet is kept for
 * the next sample. What is kept is bounded by one period for each virtual CPU: the guest's other
 * threads are held back as well, and their time must not turn into the virtual CPUs'.
 *
 * Where many guests are sampled one after the other, CPU time is summed up once for all of them
 * (cgflush.c), when the first is sampled.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "kmod/guest.h"
#include "kmod/stat.h"
#include "kmod/vcpu.h"
#include "kvrm/cpumax.h"

/**
 * kvrm_stat_find_vcpus() - notice virtual CPUs that were added
 * @guest: its lock is held
 *
 * A lack of memory leaves them for the next time.
 *
 * Context: process, may sleep.
 */
void kvrm_stat_find_vcpus(struct kvrm_guest *guest)
{
	struct kvm_vcpu *vcpu;
	struct kvrm_vcpu *v;
	unsigned long index;

	lockdep_assert_held(&guest->lock);
	if (!guest->attached)
		return;
	kvm_for_each_vcpu(index, vcpu, guest->vm.kvm) {
		if (xa_load(&guest->vcpus, index))
			continue;
		v = kvrm_vcpu_new(vcpu, guest->throttle);
		if (v && xa_err(xa_store(&guest->vcpus, index, v, GFP_KERNEL)))
			kvrm_vcpu_free(v);
	}
}

/* Split what the virtual CPUs waited into limited and ready. */
static void kvrm_stat_attribute(struct kvrm_guest *guest, u64 waited_ns, unsigned int vcpus)
{
	u64 limited_ns = min(guest->unattributed_ns, waited_ns);
	struct kvrm_vcpu *v;
	unsigned long index;
	u64 part_ns;

	guest->unattributed_ns -= limited_ns;
	guest->unattributed_ns =
		min(guest->unattributed_ns, vcpus * KVRM_CPUMAX_PERIOD_MAX_US * NSEC_PER_USEC);
	if (!waited_ns)
		return;
	xa_for_each(&guest->vcpus, index, v) {
		part_ns = mul_u64_u64_div_u64(v->wait_ns, limited_ns, waited_ns);
		v->limited_ns += part_ns;
		v->ready_ns += v->wait_ns - part_ns;
	}
}

/**
 * kvrm_stat_sample() - bring a guest's counters up to date
 * @guest: attached; its lock is held
 * @since_ns: it is one of many that are sampled, and the CPU time of its cgroup may be that of then
 *	or later (ktime_get_ns()); 0: it is sampled alone
 *
 * If cpu.stat cannot be read, because the cgroup is being removed, the guest's own sums stay.
 *
 * Context: process, may sleep.
 */
void kvrm_stat_sample(struct kvrm_guest *guest, u64 since_ns)
{
	u64 usage_us, throttled_us, waited_ns = 0;
	unsigned int vcpus = 0;
	struct kvrm_vcpu *v;
	unsigned long index;

	lockdep_assert_held(&guest->lock);
	if (!guest->attached)
		return;
	kvrm_stat_find_vcpus(guest);
	xa_for_each(&guest->vcpus, index, v) {
		guest->paused_ns += kvrm_vcpu_sample(v, guest->throttle);
		kvrm_vcpu_probe(v, READ_ONCE(guest->probes));
		waited_ns += v->wait_ns;
		vcpus++;
	}
	if (!kvrm_cgcpu_stat(&guest->cpu, since_ns, &usage_us, &throttled_us)) {
		if (throttled_us > guest->throttled_us) {
			guest->unattributed_ns +=
				(throttled_us - guest->throttled_us) * NSEC_PER_USEC;
			guest->throttled_us = throttled_us;
		} else if (throttled_us < guest->throttled_us) {
			/* The controller was taken away: the kernel counts anew. */
			guest->throttled_base_us -= guest->throttled_us - throttled_us;
			guest->throttled_us = throttled_us;
		}
		guest->usage_us = max(guest->usage_us, usage_us);
	}
	kvrm_stat_attribute(guest, waited_ns, vcpus);
	guest->sampled_ns = ktime_get_ns();
}

/**
 * kvrm_stat_rebase() - the guest is about to be bound to another cgroup: its sums go on from there
 * @guest: its lock is held
 * @cpu: the other cgroup
 *
 * If the other one's cpu.stat cannot be read, the guest's sums stay as they are.
 *
 * Context: process, may sleep.
 */
void kvrm_stat_rebase(struct kvrm_guest *guest, struct kvrm_cgcpu *cpu)
{
	u64 usage_us, throttled_us;

	lockdep_assert_held(&guest->lock);
	kvrm_stat_sample(guest, 0);
	if (kvrm_cgcpu_stat(cpu, 0, &usage_us, &throttled_us))
		return;
	guest->usage_base_us += usage_us - guest->usage_us;
	guest->throttled_base_us += throttled_us - guest->throttled_us;
	guest->usage_us = usage_us;
	guest->throttled_us = throttled_us;
}

/**
 * kvrm_stat_refresh() - as kvrm_stat_sample(), unless the last sample is fresh
 * @guest: its lock is held
 * @since_ns: as of kvrm_stat_sample(); if that was long ago, CPU time is fresh all the same
 *
 * A dump waits for its reader, who may take his time: nobody is to be told for fresh what was
 * summed up for the dump's beginning.
 */
void kvrm_stat_refresh(struct kvrm_guest *guest, u64 since_ns)
{
	u64 fresh_ns = ktime_get_ns() - KVRM_SAMPLE_FRESH_MS * NSEC_PER_MSEC;

	lockdep_assert_held(&guest->lock);
	if (guest->sampled_ns < fresh_ns)
		kvrm_stat_sample(guest, since_ns ? max(since_ns, fresh_ns) : 0);
}

/**
 * kvrm_stat_begin() - begin to count a guest: everything is counted from now
 * @guest: attached, not yet published; its lock is held
 *
 * Return: 0 or a negative errno if cpu.stat cannot be read.
 */
int kvrm_stat_begin(struct kvrm_guest *guest)
{
	int err;

	lockdep_assert_held(&guest->lock);
	err = kvrm_cgcpu_stat(&guest->cpu, 0, &guest->usage_base_us, &guest->throttled_base_us);
	if (err)
		return err;
	guest->usage_us = guest->usage_base_us;
	guest->throttled_us = guest->throttled_base_us;
	kvrm_stat_sample(guest, 0);
	return 0;
}

/**
 * kvrm_stat_usage_ns() - CPU time of everything in a guest's cgroup
 * @guest: its lock is held
 *
 * Return: ns since registration, up to the last sample.
 */
u64 kvrm_stat_usage_ns(const struct kvrm_guest *guest)
{
	lockdep_assert_held(&guest->lock);
	return (guest->usage_us - guest->usage_base_us) * NSEC_PER_USEC;
}

/**
 * kvrm_stat_limited_ns() - time for which a guest's own limits held it back
 * @guest: its lock is held
 *
 * Return: ns since registration, up to the last sample, summed over CPUs and virtual CPUs.
 */
u64 kvrm_stat_limited_ns(const struct kvrm_guest *guest)
{
	lockdep_assert_held(&guest->lock);
	return (guest->throttled_us - guest->throttled_base_us) * NSEC_PER_USEC + guest->paused_ns;
}
