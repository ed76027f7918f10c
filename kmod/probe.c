// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes: what no counter of KVM's tells. They run in the thread of a virtual CPU, at each exit
 * from its guest and each entry, and only for guests for which somebody asked.
 *
 * exits       time from an exit to the next entry, by what KVM counted meanwhile: its exit reasons
 *	       are not told to modules, but its counters say what it did. An exit that it counts in
 *	       several, as a page fault that turns out to be MMIO, is of the class that comes first
 *	       in kvrm_probe_counters. And the time in between, which is the guest's alone.
 * user-exits  how often, why and for how long KVM_RUN returned to its user.
 * wakeups     time from a wake-up to running. The scheduler counts how often the thread got a CPU,
 *	       gave one up, and how long it waited; between two entries that is one wait, mostly,
 *	       and where it is several each is taken for their mean.
 *
 * On AMD, Linux 6.1 tells of an exit only when it begins to handle it, with interrupts on: those
 * that it handles at once are not seen, and the guest's time has them.
 *
 * Who is asked for is found in a table by thread, under RCU. What a probe counts, its thread alone
 * writes: it is in one probe at a time.
 */
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/kvm.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include "kmod/probe.h"
#include "kmod/tracepoint.h"

/* One call in so many is timed; a prime, as calls of several kinds take turns. */
#define KVRM_PROBE_TIMED 257
/* A call that took longer was interrupted. */
#define KVRM_PROBE_COST_MAX_NS (20 * NSEC_PER_USEC)

/* By thread; changed under kvrm_probe_lock, which is a leaf, and read under RCU. */
static DEFINE_HASHTABLE(kvrm_probes, 10);
static DEFINE_SPINLOCK(kvrm_probe_lock);

/* KVM's counters that tell of what class an exit was, by enum kvrm_exit_class. */
static const u16 kvrm_probe_counters[] = {
	[KVRM_EXIT_CLASS_MMIO] = offsetof(struct kvm_vcpu_stat, mmio_exits),
	[KVRM_EXIT_CLASS_IO] = offsetof(struct kvm_vcpu_stat, io_exits),
	[KVRM_EXIT_CLASS_HALT] = offsetof(struct kvm_vcpu_stat, halt_exits),
	[KVRM_EXIT_CLASS_HYPERCALL] = offsetof(struct kvm_vcpu_stat, hypercalls),
	[KVRM_EXIT_CLASS_INSN_EMULATION] = offsetof(struct kvm_vcpu_stat, insn_emulation),
	[KVRM_EXIT_CLASS_PAGE_FAULT] = offsetof(struct kvm_vcpu_stat, pf_taken),
	[KVRM_EXIT_CLASS_IRQ_WINDOW] = offsetof(struct kvm_vcpu_stat, irq_window_exits),
	[KVRM_EXIT_CLASS_IRQ] = offsetof(struct kvm_vcpu_stat, irq_exits),
	[KVRM_EXIT_CLASS_REQUEST_IRQ] = offsetof(struct kvm_vcpu_stat, request_irq_exits),
	[KVRM_EXIT_CLASS_SIGNAL] = offsetof(struct kvm_vcpu_stat, signal_exits),
};

static void kvrm_probe_grow(u64 *counter, u64 by)
{
	WRITE_ONCE(*counter, *counter + by);
}

static void kvrm_probe_count(struct kvrm_latency *latency, u64 ns, u64 times)
{
	kvrm_probe_grow(&latency->counts[kvrm_latency_bucket(ns)], times);
	kvrm_probe_grow(&latency->total_ns, ns * times);
}

/* The clocks of two CPUs may differ by a little. */
static u64 kvrm_probe_since(u64 then_ns, u64 now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/* Of the current thread; @vcpu is NULL where the kernel does not tell. Under RCU. */
static struct kvrm_probed *kvrm_probe_find(const struct kvm_vcpu *vcpu)
{
	struct kvrm_probed *p;

	hash_for_each_possible_rcu(kvrm_probes, p, link, (unsigned long)current) {
		if (p->task == current && (!vcpu || p->vcpu == vcpu))
			return p;
	}
	return NULL;
}

/* Since the probe has read the clock: what it did before is about what reading it here takes. */
static void kvrm_probe_note_cost(struct kvrm_probed *p, u64 begun_ns)
{
	u64 cost_ns;

	kvrm_probe_grow(&p->calls, 1);
	if (p->calls % KVRM_PROBE_TIMED)
		return;
	cost_ns = min(kvrm_probe_since(begun_ns, local_clock()), KVRM_PROBE_COST_MAX_NS);
	kvrm_probe_grow(&p->cost_ns, cost_ns * KVRM_PROBE_TIMED);
}

/* What KVM has counted since the last entry; the first class wins, and all are remembered. */
static enum kvrm_exit_class kvrm_probe_classify(struct kvrm_probed *p)
{
	enum kvrm_exit_class class = KVRM_EXIT_CLASS_OTHER;
	size_t i;

	for (i = ARRAY_SIZE(kvrm_probe_counters) - 1; i > KVRM_EXIT_CLASS_OTHER; i--) {
		const void *stat = (const void *)&p->vcpu->stat + kvrm_probe_counters[i];
		u64 count = READ_ONCE(*(const u64 *)stat);

		if (count == p->seen[i])
			continue;
		p->seen[i] = count;
		class = i;
	}
	return class;
}

static void kvrm_probe_note_wakeups(struct kvrm_probed *p)
{
	unsigned long runs = current->sched_info.pcount, n = runs - p->runs;
	unsigned long sleeps = current->nvcsw, woken = min(sleeps - p->sleeps, n);
	u64 delay_ns = current->sched_info.run_delay;

	if (p->begun && woken)
		kvrm_probe_count(&p->wakeups, div64_ul(delay_ns - p->delay_ns, n), woken);
	p->runs = runs;
	p->sleeps = sleeps;
	p->delay_ns = delay_ns;
}

/* The thread is back in KVM, if it was with its user. */
static void kvrm_probe_note_return(struct kvrm_probed *p, u64 now_ns)
{
	if (p->user_ns)
		kvrm_probe_grow(&p->user_exit_ns[p->user_reason],
				kvrm_probe_since(p->user_ns, now_ns));
	p->user_ns = 0;
}

/* See struct kvrm_probed for the times. */
static void kvrm_probe_note_entry(struct kvrm_probed *p, u64 now_ns)
{
	enum kvrm_exit_class class;

	if (p->groups & KVRM_PROBE_EXITS) {
		class = kvrm_probe_classify(p);
		if (p->begun && !p->in_guest)
			kvrm_probe_count(&p->exits[class], kvrm_probe_since(p->since_ns, now_ns),
					 1);
	}
	if (p->groups & KVRM_PROBE_WAKEUPS)
		kvrm_probe_note_wakeups(p);
	kvrm_probe_note_return(p, now_ns);
	/* It was in the guest all the time if nobody told of an exit. */
	if (!p->begun || !p->in_guest)
		p->since_ns = now_ns;
	p->begun = true;
	p->in_guest = true;
}

static void kvrm_probe_entry(void *data, struct kvm_vcpu *vcpu)
{
	struct kvrm_probed *p;
	u64 now_ns;

	rcu_read_lock();
	p = kvrm_probe_find(vcpu);
	if (p) {
		now_ns = local_clock();
		kvrm_probe_note_entry(p, now_ns);
		kvrm_probe_note_cost(p, now_ns);
	}
	rcu_read_unlock();
}

static void kvrm_probe_left(void *data, struct kvm_vcpu *vcpu)
{
	struct kvrm_probed *p;
	u64 now_ns;

	rcu_read_lock();
	p = kvrm_probe_find(vcpu);
	if (p && p->in_guest && (p->groups & KVRM_PROBE_EXITS)) {
		now_ns = local_clock();
		kvrm_probe_grow(&p->inside_ns, kvrm_probe_since(p->since_ns, now_ns));
		p->in_guest = false;
		p->since_ns = now_ns;
		kvrm_probe_note_cost(p, now_ns);
	}
	rcu_read_unlock();
}

/* If KVM has not run the guest at all, the reason is that of the time before. */
static void kvrm_probe_user(void *data, u32 reason, int error)
{
	struct kvrm_probed *p;
	u64 now_ns;

	rcu_read_lock();
	p = kvrm_probe_find(NULL);
	if (p && (p->groups & KVRM_PROBE_USER_EXITS)) {
		now_ns = local_clock();
		kvrm_probe_note_return(p, now_ns);
		if (error == -EINTR)
			reason = KVM_EXIT_INTR;
		p->user_reason = reason < KVRM_PROBE_USER_REASONS ? reason : 0;
		p->user_ns = now_ns;
		kvrm_probe_grow(&p->user_exits[p->user_reason], 1);
		kvrm_probe_note_cost(p, now_ns);
	}
	rcu_read_unlock();
}

/* What groups need. */
static u32 kvrm_probe_tracepoints(u32 groups)
{
	u32 which = 0;

	if (groups)
		which |= BIT(KVRM_TRACEPOINT_ENTRY);
	if (groups & KVRM_PROBE_EXITS)
		which |= BIT(KVRM_TRACEPOINT_EXIT);
	if (groups & KVRM_PROBE_USER_EXITS)
		which |= BIT(KVRM_TRACEPOINT_USER);
	return which;
}

/**
 * kvrm_probe_available() - what the kernel offers now
 *
 * Context: process, may sleep.
 * Return: groups, of KVRM_PROBE_*; 0 before KVM is loaded.
 */
u32 kvrm_probe_available(void)
{
	u32 found = kvrm_tracepoint_found(), available = 0, group;

	for (group = 1; group <= KVRM_PROBE_ALL; group <<= 1) {
		if (!(kvrm_probe_tracepoints(group) & ~found))
			available |= group;
	}
	return available;
}

/**
 * kvrm_probed_new() - begin to probe a virtual CPU
 * @vcpu: of a VM that the caller holds a reference on until kvrm_probed_free()
 * @task: the thread that runs it, referenced likewise
 * @groups: of KVRM_PROBE_*, not 0
 *
 * Context: process, may sleep.
 * Return: what is found out from now on; NULL if there is no memory or no such tracepoint.
 */
struct kvrm_probed *kvrm_probed_new(struct kvm_vcpu *vcpu, struct task_struct *task, u32 groups)
{
	struct kvrm_probed *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->vcpu = vcpu;
	p->task = task;
	p->groups = groups;
	if (kvrm_tracepoint_get(kvrm_probe_tracepoints(groups))) {
		kfree(p);
		return NULL;
	}
	spin_lock(&kvrm_probe_lock);
	hash_add_rcu(kvrm_probes, &p->link, (unsigned long)task);
	spin_unlock(&kvrm_probe_lock);
	return p;
}

/**
 * kvrm_probed_free() - end it; NULL is allowed
 * @p: what to end
 *
 * Context: process, may sleep.
 */
void kvrm_probed_free(struct kvrm_probed *p)
{
	u32 which;

	if (!p)
		return;
	which = kvrm_probe_tracepoints(p->groups);
	spin_lock(&kvrm_probe_lock);
	hash_del_rcu(&p->link);
	spin_unlock(&kvrm_probe_lock);
	kfree_rcu(p, rcu);
	kvrm_tracepoint_put(which);
}

/**
 * kvrm_probe_init() - look for the tracepoints
 *
 * Return: 0 or a negative errno.
 */
int kvrm_probe_init(void)
{
	static void *const probes[KVRM_TRACEPOINTS] = {
		[KVRM_TRACEPOINT_ENTRY] = kvrm_probe_entry,
		[KVRM_TRACEPOINT_EXIT] = kvrm_probe_left,
		[KVRM_TRACEPOINT_USER] = kvrm_probe_user,
	};

	return kvrm_tracepoint_init(probes);
}

/**
 * kvrm_probe_exit() - undo kvrm_probe_init(); nothing is probed any more
 */
void kvrm_probe_exit(void)
{
	kvrm_tracepoint_exit();
}
