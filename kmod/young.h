/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_YOUNG_H
#define KVRM_YOUNG_H

#include <linux/types.h>

#include "kvrm/active.h"

/* So many pages are drawn each second, and looked at so many seconds later. */
#define KVRM_YOUNG_PAGES   32
#define KVRM_YOUNG_SECONDS 4

struct kvm;

/**
 * struct kvrm_young - how much memory a guest has touched of late; zeroed at first
 * @drawn: addresses in its process of the pages drawn in each of the last seconds; 0: none
 * @second: place in @drawn of those that are next to be looked at
 * @next_ns: when that is (ktime_get_ns())
 * @memory_bytes: that the guest has, without read-only memory, when pages were last drawn
 * @active: the estimate
 *
 * Protected by the guest's lock; @memory_bytes and @active may be read at any time, and may not fit
 * together for a moment.
 */
struct kvrm_young {
	unsigned long drawn[KVRM_YOUNG_SECONDS][KVRM_YOUNG_PAGES];
	unsigned int second;
	u64 next_ns;
	u64 memory_bytes;
	struct kvrm_active active;
};

void kvrm_young_look(struct kvrm_young *young, struct kvm *kvm);

/**
 * kvrm_young_bytes() - what the guest has touched of late
 * @young: with @active known
 *
 * Return: bytes, an estimate.
 */
static inline u64 kvrm_young_bytes(const struct kvrm_young *young)
{
	return kvrm_active_of(&young->active, READ_ONCE(young->memory_bytes));
}

#endif
