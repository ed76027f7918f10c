// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What probes counted; see latency.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/latency.h"

/* As kvrm_vm_exits_by_reason has them. */
static const char *const class_names[] = {
	[KVRM_EXIT_CLASS_OTHER] = "other",
	[KVRM_EXIT_CLASS_MMIO] = "mmio",
	[KVRM_EXIT_CLASS_IO] = "io",
	[KVRM_EXIT_CLASS_HALT] = "halt",
	[KVRM_EXIT_CLASS_HYPERCALL] = "hypercall",
	[KVRM_EXIT_CLASS_INSN_EMULATION] = "insn_emulation",
	[KVRM_EXIT_CLASS_PAGE_FAULT] = "page_fault",
	[KVRM_EXIT_CLASS_IRQ_WINDOW] = "irq_window",
	[KVRM_EXIT_CLASS_IRQ] = "irq",
	[KVRM_EXIT_CLASS_REQUEST_IRQ] = "request_irq",
	[KVRM_EXIT_CLASS_SIGNAL] = "signal",
};

/* KVM_EXIT_*; those that x86 does not have are left out. */
static const char *const user_names[] = {
	[KVM_EXIT_UNKNOWN] = "unknown",
	[KVM_EXIT_EXCEPTION] = "exception",
	[KVM_EXIT_IO] = "io",
	[KVM_EXIT_HYPERCALL] = "hypercall",
	[KVM_EXIT_DEBUG] = "debug",
	[KVM_EXIT_HLT] = "hlt",
	[KVM_EXIT_MMIO] = "mmio",
	[KVM_EXIT_IRQ_WINDOW_OPEN] = "irq_window_open",
	[KVM_EXIT_SHUTDOWN] = "shutdown",
	[KVM_EXIT_FAIL_ENTRY] = "fail_entry",
	[KVM_EXIT_INTR] = "intr",
	[KVM_EXIT_SET_TPR] = "set_tpr",
	[KVM_EXIT_TPR_ACCESS] = "tpr_access",
	[KVM_EXIT_NMI] = "nmi",
	[KVM_EXIT_INTERNAL_ERROR] = "internal_error",
	[KVM_EXIT_SYSTEM_EVENT] = "system_event",
	[KVM_EXIT_IOAPIC_EOI] = "ioapic_eoi",
	[KVM_EXIT_HYPERV] = "hyperv",
	[KVM_EXIT_X86_RDMSR] = "x86_rdmsr",
	[KVM_EXIT_X86_WRMSR] = "x86_wrmsr",
	[KVM_EXIT_DIRTY_RING_FULL] = "dirty_ring_full",
	[KVM_EXIT_AP_RESET_HOLD] = "ap_reset_hold",
	[KVM_EXIT_X86_BUS_LOCK] = "x86_bus_lock",
	[KVM_EXIT_XEN] = "xen",
	[KVM_EXIT_NOTIFY] = "notify",
};

void latencies_deinit(struct latencies *latencies)
{
	free(latencies->items);
	*latencies = (struct latencies){ 0 };
}

static bool is_before(const struct kvrm_probe_count *a, const struct kvrm_probe_count *b)
{
	return a->probe != b->probe ? a->probe < b->probe : a->reason < b->reason;
}

static void sum(struct kvrm_probe_count *all, const struct kvrm_probe_count *more)
{
	all->count += more->count;
	all->time_ns += more->time_ns;
	all->has_histogram &= more->has_histogram;
	for (int i = 0; i < KVRM_HISTOGRAM_BUCKETS; i++)
		all->histogram[i] += more->histogram[i];
}

int latencies_add(struct latencies *latencies, const struct kvrm_probe_count *more)
{
	struct kvrm_probe_count *items;
	size_t at = 0;

	while (at < latencies->n && is_before(&latencies->items[at], more))
		at++;
	if (at < latencies->n && !is_before(more, &latencies->items[at])) {
		sum(&latencies->items[at], more);
		return 0;
	}
	items = reallocarray(latencies->items, latencies->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	memmove(items + at + 1, items + at, (latencies->n - at) * sizeof(*items));
	items[at] = *more;
	latencies->items = items;
	latencies->n++;
	return 0;
}

const char *latency_probe_name(uint32_t probe)
{
	switch (probe) {
	case KVRM_PROBE_EXITS:
		return "exits";
	case KVRM_PROBE_USER_EXITS:
		return "user-exits";
	case KVRM_PROBE_WAKEUPS:
		return "wakeups";
	}
	return "unknown";
}

static const char *name_of(const char *const *names, size_t n, uint32_t reason)
{
	return reason < n ? names[reason] : NULL;
}

const char *latency_reason_name(const struct kvrm_probe_count *latency,
				char buf[static LATENCY_REASON_SIZE])
{
	const char *name = NULL;

	if (latency->probe == KVRM_PROBE_WAKEUPS)
		return "";
	if (latency->probe == KVRM_PROBE_EXITS)
		name = name_of(class_names, sizeof(class_names) / sizeof(class_names[0]),
			       latency->reason);
	else if (latency->probe == KVRM_PROBE_USER_EXITS)
		name = name_of(user_names, sizeof(user_names) / sizeof(user_names[0]),
			       latency->reason);
	if (name)
		return name;
	snprintf(buf, LATENCY_REASON_SIZE, "%" PRIu32, latency->reason);
	return buf;
}
