/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What probes counted of a virtual system, its virtual CPUs together: for each reason how often, for how long, and
 * mostly how long each took. Sorted by probe and reason; reasons of which there was nothing are left out.
 */
#ifndef DAEMON_MODEL_LATENCY_H
#define DAEMON_MODEL_LATENCY_H

#include <linux/kvrm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct latency - one reason
 * @probe: one group, KVRM_PROBE_*
 * @reason: of KVRM_PROBE_EXITS an enum kvrm_exit_class, of KVRM_PROBE_USER_EXITS a KVM_EXIT_*, else 0
 * @count: how often
 * @time_ns: how long together
 * @has_histogram: whether the next is known
 * @histogram: how often by how long: up to KVRM_HISTOGRAM_FIRST_NS, each further one up to twice as long, the last one
 *	longer
 */
struct latency {
	uint32_t probe;
	uint32_t reason;
	uint64_t count;
	uint64_t time_ns;
	bool has_histogram;
	uint64_t histogram[KVRM_HISTOGRAM_BUCKETS];
};

/**
 * struct latencies - all of them
 * @items: sorted; owned
 * @n: how many
 */
struct latencies {
	struct latency *items;
	size_t n;
};

/**
 * latencies_deinit() - free what it owns, and clear it
 * @latencies: all zero, or filled
 */
void latencies_deinit(struct latencies *latencies);

/**
 * latencies_add() - add what was counted of one virtual CPU to that of the others
 * @latencies: grows if it has no such reason yet
 * @more: copied
 *
 * Return: 0, or -ENOMEM: it is as it was.
 */
int latencies_add(struct latencies *latencies, const struct latency *more);

/**
 * latency_probe_name() - name of a group of probes
 * @probe: KVRM_PROBE_*
 *
 * Return: static text such as "exits", or "unknown" of a newer module's.
 */
const char *latency_probe_name(uint32_t probe);

/* As long as a reason's name may be, with its end. */
#define LATENCY_REASON_SIZE 24

/**
 * latency_reason_name() - name of a reason
 * @latency: of which
 * @buf: for those that have no name but their number
 *
 * Return: "io" and so on, the number of one that is not known here; "" of a group without reasons. Static, or @buf.
 */
const char *latency_reason_name(const struct latency *latency,
				char buf[static LATENCY_REASON_SIZE]);

#endif
