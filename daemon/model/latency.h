/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What probes counted of a virtual system, its virtual CPUs together: for each reason how often, for how long, and
 * mostly how long each took. Sorted by probe and reason; reasons of which there was nothing are left out.
 */
#ifndef DAEMON_MODEL_LATENCY_H
#define DAEMON_MODEL_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#include "kvrm/probecount.h"

/**
 * struct latencies - all reasons
 * @items: sorted; owned
 * @n: how many
 */
struct latencies {
	struct kvrm_probe_count *items;
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
int latencies_add(struct latencies *latencies, const struct kvrm_probe_count *more);

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
const char *latency_reason_name(const struct kvrm_probe_count *latency,
				char buf[static LATENCY_REASON_SIZE]);

#endif
