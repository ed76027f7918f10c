// SPDX-License-Identifier: GPL-2.0-only
/*
 * What memory the host has, and keeps for itself.
 *
 * Memory that is reserved cannot be reclaimed, so what the host needs besides must be left out: the
 * kernel's own memory that no guest is charged for, the watermarks below which it does not let free
 * memory fall, and the host's services. That is a twentieth, as of the processor, and at least
 * 512 MiB, which is the default of OpenStack Nova's reserved_host_memory_mb, too.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "kmod/hostmem.h"
#include "kvrm/arith.h"

#define KVRM_MEMORY_RESERVE_PART 20
#define KVRM_MEMORY_RESERVE_MIN	 SZ_512M

struct kvrm_hostmem kvrm_host_memory;

/**
 * kvrm_hostmem_capacity() - memory that the kernel manages at this moment
 *
 * Return: bytes.
 */
u64 kvrm_hostmem_capacity(void)
{
	return (u64)totalram_pages() << PAGE_SHIFT;
}

/**
 * kvrm_hostmem_refresh() - look how much memory there is; a reserve that was not set follows
 *
 * Context: kvrm_tree_lock is held.
 */
void kvrm_hostmem_refresh(void)
{
	struct kvrm_hostmem *memory = &kvrm_host_memory;

	memory->capacity = kvrm_hostmem_capacity();
	if (memory->reserve_is_fixed)
		return;
	WRITE_ONCE(memory->reserve,
		   max_t(u64, round_up(memory->capacity / KVRM_MEMORY_RESERVE_PART, PAGE_SIZE),
			 KVRM_MEMORY_RESERVE_MIN));
}

/**
 * kvrm_hostmem_reservable() - what reservations may take
 *
 * Context: kvrm_tree_lock is held.
 * Return: bytes.
 */
u64 kvrm_hostmem_reservable(void)
{
	return kvrm_excess(kvrm_host_memory.capacity, kvrm_host_memory.reserve);
}
