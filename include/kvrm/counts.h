/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel counts in a cgroup's files of a guest's memory and of the pressure on it: one
 * table, for who reads the files and for whoever shows the numbers. They only ever grow.
 */
#ifndef KVRM_COUNTS_H
#define KVRM_COUNTS_H

#include <stdint.h>

/* clang-format off */
/* X(id, name): the files. */
#define KVRM_COUNT_FILES(X) \
	X(STAT, "memory.stat") \
	X(EVENTS, "memory.events") \
	X(CPU, "cpu.pressure") \
	X(MEMORY, "memory.pressure") \
	X(IO, "io.pressure")

/*
 * X(id, group, name, file, key, unit):
 *   group   enum kvrm_count_group: those that are shown together
 *   name    which one of its group it is, in labels and on D-Bus
 *   key     begins its line in the file; of a line with several numbers it is the one behind
 *           "total="
 *   unit    what the kernel counts: ONE (what is shown) or PAGES (bytes are shown)
 * The kernel counts minor faults together with major ones: whoever reads takes these off.
 */
#define KVRM_COUNTS(X) \
	X(FAULT_MINOR, FAULTS, "minor", STAT, "pgfault", ONE) \
	X(FAULT_MAJOR, FAULTS, "major", STAT, "pgmajfault", ONE) \
	X(SWAP_IN, SWAP, "in", STAT, "pswpin", PAGES) \
	X(SWAP_OUT, SWAP, "out", STAT, "pswpout", PAGES) \
	X(SCAN_KSWAPD, SCANNED, "kswapd", STAT, "pgscan_kswapd", PAGES) \
	X(SCAN_DIRECT, SCANNED, "direct", STAT, "pgscan_direct", PAGES) \
	X(SCAN_KHUGEPAGED, SCANNED, "khugepaged", STAT, "pgscan_khugepaged", PAGES) \
	X(SCAN_PROACTIVE, SCANNED, "proactive", STAT, "pgscan_proactive", PAGES) \
	X(RECLAIM_KSWAPD, RECLAIMED, "kswapd", STAT, "pgsteal_kswapd", PAGES) \
	X(RECLAIM_DIRECT, RECLAIMED, "direct", STAT, "pgsteal_direct", PAGES) \
	X(RECLAIM_KHUGEPAGED, RECLAIMED, "khugepaged", STAT, "pgsteal_khugepaged", PAGES) \
	X(RECLAIM_PROACTIVE, RECLAIMED, "proactive", STAT, "pgsteal_proactive", PAGES) \
	X(EVENT_LOW, EVENTS, "low", EVENTS, "low", ONE) \
	X(EVENT_HIGH, EVENTS, "high", EVENTS, "high", ONE) \
	X(EVENT_MAX, EVENTS, "max", EVENTS, "max", ONE) \
	X(EVENT_OOM, EVENTS, "oom", EVENTS, "oom", ONE) \
	X(EVENT_OOM_KILL, EVENTS, "oom_kill", EVENTS, "oom_kill", ONE) \
	X(CPU_SOME, CPU_PRESSURE, "some", CPU, "some", ONE) \
	X(CPU_FULL, CPU_PRESSURE, "full", CPU, "full", ONE) \
	X(MEMORY_SOME, MEMORY_PRESSURE, "some", MEMORY, "some", ONE) \
	X(MEMORY_FULL, MEMORY_PRESSURE, "full", MEMORY, "full", ONE) \
	X(IO_SOME, IO_PRESSURE, "some", IO, "some", ONE) \
	X(IO_FULL, IO_PRESSURE, "full", IO, "full", ONE)
/* clang-format on */

#define KVRM_COUNT_FILE_ENUM(id, ...) KVRM_COUNT_FILE_##id,
#define KVRM_COUNT_ENUM(id, ...)      KVRM_COUNT_##id,

enum kvrm_count_file { KVRM_COUNT_FILES(KVRM_COUNT_FILE_ENUM) KVRM_COUNT_FILES_N };

enum kvrm_count { KVRM_COUNTS(KVRM_COUNT_ENUM) KVRM_COUNTS_N };

/* Numbers of events, then bytes, then µs of time that was lost. */
enum kvrm_count_group {
	KVRM_COUNT_FAULTS,
	KVRM_COUNT_EVENTS,
	KVRM_COUNT_SWAP,
	KVRM_COUNT_SCANNED,
	KVRM_COUNT_RECLAIMED,
	KVRM_COUNT_CPU_PRESSURE,
	KVRM_COUNT_MEMORY_PRESSURE,
	KVRM_COUNT_IO_PRESSURE,
};

enum kvrm_count_unit {
	KVRM_COUNT_ONE,
	KVRM_COUNT_PAGES,
};

/* Of kvrm_counts.known. */
#define KVRM_COUNT_BIT(count) (UINT32_C(1) << (count))
_Static_assert(KVRM_COUNTS_N <= 32, "kvrm_counts.known has a bit for each");

/**
 * struct kvrm_counts - all of them at one moment
 * @known: KVRM_COUNT_BIT() of those that are known
 * @value: by enum kvrm_count; 0 of what no file told
 */
struct kvrm_counts {
	uint32_t known;
	uint64_t value[KVRM_COUNTS_N];
};

/**
 * kvrm_counts_add() - what was counted in another cgroup, too
 * @sum: what it does not know stays unknown
 * @more: added
 */
static inline void kvrm_counts_add(struct kvrm_counts *sum, const struct kvrm_counts *more)
{
	for (int i = 0; i < KVRM_COUNTS_N; i++)
		sum->value[i] += more->value[i];
}

/**
 * kvrm_counts_keep() - what only ever grows does not go back
 * @now: raised to what was before
 * @before: earlier ones of the same guest; all 0: there are none
 *
 * Minor faults are what is left of all, and a major one is counted a moment before it is counted
 * among all; and a cgroup that is left behind may not be readable once.
 */
static inline void kvrm_counts_keep(struct kvrm_counts *now, const struct kvrm_counts *before)
{
	for (int i = 0; i < KVRM_COUNTS_N; i++) {
		if (now->known & before->known & KVRM_COUNT_BIT(i) &&
		    now->value[i] < before->value[i])
			now->value[i] = before->value[i];
	}
}

#endif
