/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latencies: how long something took, as a histogram whose buckets double. Pure.
 */
#ifndef KVRM_LATENCY_H
#define KVRM_LATENCY_H

#include "kvrm/histogram.h"

/* Bucket b is of what took up to 2^b times this, less those before it; the last of all longer. */
#define KVRM_LATENCY_FIRST_NS 256ULL
#define KVRM_LATENCY_BUCKETS  24

/**
 * struct kvrm_latency - what was counted; zeroed at first
 * @counts: of each bucket
 * @total_ns: how long they took together
 */
struct kvrm_latency {
	uint64_t counts[KVRM_LATENCY_BUCKETS];
	uint64_t total_ns;
};

/**
 * kvrm_latency_bucket() - where something is counted
 * @ns: how long it took
 */
static inline unsigned int kvrm_latency_bucket(uint64_t ns)
{
	return kvrm_histogram_bucket(ns, KVRM_LATENCY_FIRST_NS, KVRM_LATENCY_BUCKETS);
}

#endif
