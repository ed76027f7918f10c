// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans for balloons; see balloon.h.
 */
#include "daemon/plan/balloon.h"
#include "kvrm/arith.h"

#define MIB (UINT64_C(1) << 20)

/* Whole MiB, rounded up. */
static uint64_t part_of(uint64_t bytes, uint64_t dividend, uint64_t divisor)
{
	return (kvrm_muldiv(bytes, dividend, divisor) + MIB - 1) / MIB * MIB;
}

/* What it is due, less what its QEMU is counted with. */
static uint64_t left_of_due(const struct plan_balloon_facts *facts)
{
	uint64_t least = part_of(facts->memory_bytes, 100 - PLAN_BALLOON_MAX_PERCENT, 100);
	uint64_t due = kvrm_excess(facts->entitled_bytes, facts->overhead_bytes) / MIB * MIB;

	return kvrm_max(due, kvrm_max(least, facts->reservation_bytes));
}

/**
 * plan_pressure_in() - how it is with memory for a pool's members
 * @host: for the pool as a whole
 * @room: that its limit leaves
 *
 * Return: the worse of both.
 */
enum plan_pressure plan_pressure_in(enum plan_pressure host, enum pool_room room)
{
	if (room >= POOL_ROOM_NONE)
		return PLAN_PRESSED;
	return room == POOL_ROOM_LITTLE && host == PLAN_CALM ? PLAN_RESTING : host;
}

/**
 * plan_balloon() - what a guest's balloon is to leave it, because of all others
 * @facts: observed
 *
 * What its own limit leaves it (kvrm_memlimit_balloon()) is another matter; the less counts.
 *
 * Return: bytes, whole MiB, at most its memory, and at least its reservation, and what a balloon has to leave.
 */
uint64_t plan_balloon(const struct plan_balloon_facts *facts)
{
	uint64_t left = kvrm_min(facts->left_bytes, facts->memory_bytes);

	switch (facts->pressure) {
	case PLAN_PRESSED:
		if (facts->entitled_bytes &&
		    facts->usage_bytes > facts->entitled_bytes + PLAN_BALLOON_SLACK_BYTES)
			left = kvrm_min(left, left_of_due(facts));
		break;
	case PLAN_RESTING:
		break;
	case PLAN_CALM:
		left = kvrm_min(left + part_of(facts->memory_bytes, 1, PLAN_BALLOON_BACK_PART),
				facts->memory_bytes);
		break;
	}
	return kvrm_max(left, kvrm_min(facts->reservation_bytes, facts->memory_bytes));
}
