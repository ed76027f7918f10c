/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delays: how long packets that were held back waited until they went on, as a histogram. Those
 * that pass at once are not in it, nor those that are dropped. Pure.
 *
 * Whoever owns the objects says which lock protects them.
 */
#ifndef KVRM_DELAY_H
#define KVRM_DELAY_H

#include "kvrm/histogram.h"

/* Bucket b is of delays up to 2^b times this, less those before it; the last of all longer. */
#define KVRM_DELAY_FIRST_NS 125000ULL
#define KVRM_DELAY_BUCKETS  15

/**
 * struct kvrm_delays - delays that were counted; zeroed at first
 * @counts: packets, of each bucket
 * @waited_ns: for how long they waited, summed over packets
 */
struct kvrm_delays {
	uint64_t counts[KVRM_DELAY_BUCKETS];
	uint64_t waited_ns;
};

/**
 * kvrm_delay_bucket() - where a delay is counted
 * @waited_ns: for how long a packet waited
 */
static inline unsigned int kvrm_delay_bucket(uint64_t waited_ns)
{
	return kvrm_histogram_bucket(waited_ns, KVRM_DELAY_FIRST_NS, KVRM_DELAY_BUCKETS);
}

/**
 * kvrm_delays_add() - packets have waited together, and go on
 * @delays: where they are counted
 * @packets: how many
 * @since_ns: when they came
 * @until_ns: time; before @since_ns they have not waited at all
 */
static inline void kvrm_delays_add(struct kvrm_delays *delays, uint32_t packets, uint64_t since_ns,
				   uint64_t until_ns)
{
	uint64_t waited_ns = kvrm_excess(until_ns, since_ns);

	delays->counts[kvrm_delay_bucket(waited_ns)] += packets;
	delays->waited_ns += waited_ns * packets;
}

#endif
