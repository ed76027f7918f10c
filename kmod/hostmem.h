/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_HOSTMEM_H
#define KVRM_HOSTMEM_H

#include <linux/types.h>

/**
 * struct kvrm_hostmem - the host's memory
 * @capacity: that the kernel manages, in bytes
 * @reserve: that reservations leave to the host itself, in bytes
 * @reserve_is_fixed: the reserve was set, and does not follow the capacity
 *
 * Protected by kvrm_tree_lock; @reserve may be read at any time.
 */
struct kvrm_hostmem {
	u64 capacity;
	u64 reserve;
	bool reserve_is_fixed;
};

extern struct kvrm_hostmem kvrm_host_memory;

u64 kvrm_hostmem_capacity(void);
void kvrm_hostmem_refresh(void);
u64 kvrm_hostmem_reservable(void);

#endif
