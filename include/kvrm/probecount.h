/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What probes counted of one reason: one struct, for who reads it from the module, of each virtual
 * CPU, and for who sums it up and shows it.
 */
#ifndef KVRM_PROBECOUNT_H
#define KVRM_PROBECOUNT_H

#include <linux/kvrm.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct kvrm_probe_count - one reason
 * @probe: one group, KVRM_PROBE_*
 * @reason: of KVRM_PROBE_EXITS an enum kvrm_exit_class, of KVRM_PROBE_USER_EXITS a KVM_EXIT_*,
 *	else 0
 * @count: how often
 * @time_ns: how long together
 * @has_histogram: whether the next is known
 * @histogram: how often by how long: up to KVRM_HISTOGRAM_FIRST_NS, each further one up to twice as
 *	long, the last one longer
 */
struct kvrm_probe_count {
	uint32_t probe;
	uint32_t reason;
	uint64_t count;
	uint64_t time_ns;
	bool has_histogram;
	uint64_t histogram[KVRM_HISTOGRAM_BUCKETS];
};

#endif
