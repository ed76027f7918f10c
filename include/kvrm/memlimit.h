/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arithmetic of memory limits. Pure; the module and the daemon must come to the same numbers, and
 * systemd is told the same.
 *
 * A limit is memory.max. Below it lies a margin in which the kernel throttles whoever charges more
 * memory (memory.high): the further above memory.high, the longer each charge sleeps, with the
 * square of the excess (mm/memcontrol.c, calculate_high_delay()). So the margin is where a guest
 * that does not give memory back is slowed down until somebody has acted, long before anybody
 * would be killed. What a guest may use without being slowed down is the limit less the margin.
 */
#ifndef KVRM_MEMLIMIT_H
#define KVRM_MEMLIMIT_H

#include "kvrm/arith.h"

/*
 * A thread that is above memory.high by a 64th of it charges 16 MiB/s, by a 32nd 4 MiB/s. A margin
 * of 8 MiB gives a second to act even if the limit is small.
 */
#define KVRM_MEMLIMIT_MIB	       1048576ULL
#define KVRM_MEMLIMIT_MARGIN_PART      32
#define KVRM_MEMLIMIT_MARGIN_MIN_BYTES (8 * KVRM_MEMLIMIT_MIB)
/* The margin is at most half of the limit. */
#define KVRM_MEMLIMIT_MIN_BYTES (2 * KVRM_MEMLIMIT_MARGIN_MIN_BYTES)
/* A multiple of every page size that there is. */
#define KVRM_MEMLIMIT_UNIT (64ULL << 10)
/* What is reclaimed at once, at most, on the way down. */
#define KVRM_MEMLIMIT_STEP_BYTES (64 * KVRM_MEMLIMIT_MIB)
#define KVRM_MEMLIMIT_NONE	 UINT64_MAX

/**
 * kvrm_memlimit_high() - from where on a guest with a limit is throttled
 * @limit_bytes: whole pages; 0: no limit
 *
 * Return: bytes, whole pages: the limit less a 32nd of it, at least 8 MiB; KVRM_MEMLIMIT_NONE if
 * there is no limit.
 */
static inline uint64_t kvrm_memlimit_high(uint64_t limit_bytes)
{
	uint64_t margin = limit_bytes / KVRM_MEMLIMIT_MARGIN_PART;

	if (!limit_bytes)
		return KVRM_MEMLIMIT_NONE;
	margin += KVRM_MEMLIMIT_UNIT - 1;
	margin -= margin % KVRM_MEMLIMIT_UNIT;
	return kvrm_excess(limit_bytes, kvrm_max(margin, KVRM_MEMLIMIT_MARGIN_MIN_BYTES));
}

/**
 * kvrm_memlimit_stop() - from where on a guest is near being killed
 * @limit_bytes: not 0
 *
 * Return: bytes: the middle of the margin.
 */
static inline uint64_t kvrm_memlimit_stop(uint64_t limit_bytes)
{
	uint64_t high = kvrm_memlimit_high(limit_bytes);

	return high + (limit_bytes - high) / 2;
}

/**
 * kvrm_memlimit_least() - the smallest limit that leaves so much unthrottled
 * @need_bytes: at most 2^60
 *
 * Return: bytes, whole MiB.
 */
static inline uint64_t kvrm_memlimit_least(uint64_t need_bytes)
{
	uint64_t mib = need_bytes / KVRM_MEMLIMIT_MIB;
	uint64_t limit = mib + mib / (KVRM_MEMLIMIT_MARGIN_PART - 1);

	/* At most a few MiB too little, because of what is rounded. */
	limit = kvrm_max(limit * KVRM_MEMLIMIT_MIB, KVRM_MEMLIMIT_MIN_BYTES);
	while (kvrm_memlimit_high(limit) < need_bytes)
		limit += KVRM_MEMLIMIT_MIB;
	return limit;
}

/**
 * kvrm_memlimit_next() - what memory.high is to say next, on its way to what it should say
 * @wanted_bytes: what it should say in the end; KVRM_MEMLIMIT_NONE: max
 * @found_bytes: what it says; likewise
 * @usage_bytes: charged now, whole pages
 *
 * Whoever lowers memory.high reclaims what is above it, and waits for that. So it comes down in
 * steps, and follows what is used if that shrinks by itself, as the guest's balloon takes it.
 * Nothing more can be charged meanwhile without being slowed down.
 *
 * Return: bytes, whole pages: @wanted_bytes once nothing, or no more than a step, is to be
 * reclaimed.
 */
static inline uint64_t kvrm_memlimit_next(uint64_t wanted_bytes, uint64_t found_bytes,
					  uint64_t usage_bytes)
{
	uint64_t from = kvrm_min(found_bytes, usage_bytes);

	if (found_bytes <= wanted_bytes || usage_bytes <= wanted_bytes)
		return wanted_bytes;
	return kvrm_max(wanted_bytes, kvrm_excess(from, KVRM_MEMLIMIT_STEP_BYTES));
}

/**
 * kvrm_memlimit_balloon() - how much memory the balloon of a guest is to leave it
 * @limit_bytes: 0: no limit
 * @memory_bytes: that it has
 * @overhead_bytes: what its process needs beside
 *
 * Return: bytes; 0 if the limit leaves nothing.
 */
static inline uint64_t kvrm_memlimit_balloon(uint64_t limit_bytes, uint64_t memory_bytes,
					     uint64_t overhead_bytes)
{
	uint64_t high = kvrm_memlimit_high(limit_bytes);

	return kvrm_min(memory_bytes, kvrm_excess(high, overhead_bytes));
}

#endif
