/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stalls: how long a limit holds a thread back at a stretch, as a histogram. A limiter stops a
 * thread again and again, for a moment each, as long as the thread wants more than its limit. What
 * was held back in stops that follow each other closely is one stall, so that a burst that was
 * slowed down for 20 ms is one of 20 ms, however the limiter cuts it up. Pure.
 *
 * Whoever owns the objects says which lock protects them.
 */
#ifndef KVRM_STALL_H
#define KVRM_STALL_H

#include "kvrm/arith.h"
#include "kvrm/histogram.h"

/* A thread that was not stopped for longer has its stall behind it. */
#define KVRM_STALL_GAP_NS 10000000ULL
/* Bucket b is of stalls up to 2^b times this, less those before it; the last of all longer. */
#define KVRM_STALL_FIRST_NS 1000000ULL
#define KVRM_STALL_BUCKETS  12
/* One that comes to so much is counted, and the next one begins: one without end is seen, too. */
#define KVRM_STALL_LONGEST_NS (KVRM_STALL_FIRST_NS << (KVRM_STALL_BUCKETS - 2))

/**
 * struct kvrm_stall - the stall of a thread that may not be over; zeroed at first
 * @held_ns: for how long it was held back in it; 0: there is none
 * @ended_ns: when its last stop ended
 */
struct kvrm_stall {
	uint64_t held_ns;
	uint64_t ended_ns;
};

/**
 * struct kvrm_stalls - stalls that were counted; zeroed at first
 * @counts: of each bucket
 * @held_ns: for how long they held somebody back, together
 */
struct kvrm_stalls {
	uint64_t counts[KVRM_STALL_BUCKETS];
	uint64_t held_ns;
};

/**
 * kvrm_stall_bucket() - where a stall is counted
 * @held_ns: for how long it held somebody back
 */
static inline unsigned int kvrm_stall_bucket(uint64_t held_ns)
{
	return kvrm_histogram_bucket(held_ns, KVRM_STALL_FIRST_NS, KVRM_STALL_BUCKETS);
}

/**
 * kvrm_stall_end() - a thread's stall is over, if there is one
 * @stall: of the thread
 * @stalls: where it is counted
 */
static inline void kvrm_stall_end(struct kvrm_stall *stall, struct kvrm_stalls *stalls)
{
	if (!stall->held_ns)
		return;
	stalls->counts[kvrm_stall_bucket(stall->held_ns)]++;
	stalls->held_ns += stall->held_ns;
	stall->held_ns = 0;
}

/**
 * kvrm_stall_settle() - a thread was not stopped until now: its stall may be over
 * @stall: of the thread
 * @stalls: where it is counted
 * @now_ns: time
 */
static inline void kvrm_stall_settle(struct kvrm_stall *stall, struct kvrm_stalls *stalls,
				     uint64_t now_ns)
{
	if (kvrm_excess(now_ns, stall->ended_ns) > KVRM_STALL_GAP_NS)
		kvrm_stall_end(stall, stalls);
}

/**
 * kvrm_stall_add() - a thread was stopped, and goes on
 * @stall: of the thread
 * @stalls: where stalls that are over are counted
 * @since_ns: when it was stopped
 * @held_ns: for how long it was held back
 * @until_ns: time, not before @since_ns
 */
static inline void kvrm_stall_add(struct kvrm_stall *stall, struct kvrm_stalls *stalls,
				  uint64_t since_ns, uint64_t held_ns, uint64_t until_ns)
{
	kvrm_stall_settle(stall, stalls, since_ns);
	stall->held_ns += held_ns;
	stall->ended_ns = until_ns;
	if (stall->held_ns >= KVRM_STALL_LONGEST_NS)
		kvrm_stall_end(stall, stalls);
}

#endif
