/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of its memory a guest uses, from samples: of so many pages that were drawn at random, so
 * many were touched. Pure; the module draws and looks (kmod/young.c).
 *
 * The estimate is the higher of two running averages, a fast and a slow one: it rises fast, since a
 * guest that becomes busy needs its memory at once, and falls slowly, since one that rests for a
 * moment will be back. (Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002,
 * section 5.3.)
 */
#ifndef KVRM_ACTIVE_H
#define KVRM_ACTIVE_H

#include "kvrm/arith.h"

/* All of it; averages are parts of this. */
#define KVRM_ACTIVE_ALL 1048576U
/* What a new sample counts in the averages. */
#define KVRM_ACTIVE_FAST 4
#define KVRM_ACTIVE_SLOW 32

/**
 * struct kvrm_active - what part of a guest's memory is in use; zeroed at first
 * @known: there was a sample
 * @fast: average over some @KVRM_ACTIVE_FAST samples, of KVRM_ACTIVE_ALL
 * @slow: average over some @KVRM_ACTIVE_SLOW samples, likewise
 */
struct kvrm_active {
	bool known;
	uint32_t fast;
	uint32_t slow;
};

static inline uint32_t kvrm_active_average(uint32_t average, uint32_t part, uint32_t samples)
{
	if (part > average)
		return average + (part - average) / samples;
	return average - (average - part) / samples;
}

/**
 * kvrm_active_add() - take another sample into the estimate
 * @active: estimate
 * @touched: pages that were touched
 * @pages: that were looked at; not 0
 */
static inline void kvrm_active_add(struct kvrm_active *active, uint32_t touched, uint32_t pages)
{
	uint32_t part = (uint32_t)kvrm_muldiv(touched, KVRM_ACTIVE_ALL, pages);

	active->fast =
		active->known ? kvrm_active_average(active->fast, part, KVRM_ACTIVE_FAST) : part;
	active->slow =
		active->known ? kvrm_active_average(active->slow, part, KVRM_ACTIVE_SLOW) : part;
	active->known = true;
}

/**
 * kvrm_active_of() - how much of something is in use
 * @active: estimate
 * @amount: of which the samples were drawn
 *
 * Return: in the unit of @amount, and at most that; 0 without a sample.
 */
static inline uint64_t kvrm_active_of(const struct kvrm_active *active, uint64_t amount)
{
	uint64_t part = kvrm_max(active->fast, active->slow);

	return kvrm_muldiv(amount, part, KVRM_ACTIVE_ALL);
}

#endif
