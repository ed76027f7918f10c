/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wanted, as the module and the launcher take it.
 */
#ifndef KVRM_ALLOC_H
#define KVRM_ALLOC_H

#include "daemon/model/system.h"
#include "daemon/observe/guest.h"
#include "daemon/wire/genl.h"
#include "daemon/wire/launcher.h"
#include "kvrm/cpumax.h"
#include "kvrm/memlimit.h"
#include "kvrm/node.h"

static inline struct genl_cpu_alloc alloc_cpu(const struct cpu_allocation *cpu)
{
	return (struct genl_cpu_alloc){ .reservation_us = cpu->reservation_us,
					.limit_us = cpu->limit_us,
					.weight = cpu->weight,
					.vcpu_limit_us = cpu->vcpu_limit_us };
}

/* @overhead_bytes: of a virtual system; a pool has none. */
static inline struct genl_memory_alloc alloc_memory_with(const struct memory_allocation *memory,
							 uint64_t overhead_bytes)
{
	return (struct genl_memory_alloc){ .reservation_bytes = memory->reservation_bytes,
					   .overhead_bytes = overhead_bytes,
					   .limit_bytes = memory->limit_bytes,
					   .weight = memory->weight };
}

/* @system: NULL: a pool's. */
static inline struct genl_memory_alloc alloc_memory(const struct memory_allocation *memory,
						    const struct system *system)
{
	return alloc_memory_with(memory, system ? system->overhead_bytes : 0);
}

/* A memory.high or memory.max, of which UINT64_MAX is "max", as the launcher takes it. */
static inline uint64_t alloc_memory_bound(uint64_t bytes)
{
	return bytes == UINT64_MAX ? 0 : bytes;
}

/* What systemd is told of a new unit. */
static inline void alloc_note(struct guest *guest, const struct launcher_allocation *allocation)
{
	uint64_t high = allocation->memory_high_bytes, max = allocation->memory_max_bytes;

	guest->quota_asserted_us = allocation->quota_us;
	guest->weight_asserted = (uint32_t)allocation->weight;
	guest->memory_asserted = allocation->memory_min_bytes;
	guest->high_asserted = high ? high : UINT64_MAX;
	guest->max_asserted = max ? max : UINT64_MAX;
}

/* Of a unit or slice that is there: its limit, and nothing else. */
static inline struct launcher_allocation alloc_limit(uint64_t limit_us)
{
	return (struct launcher_allocation){
		.quota_us = limit_us,
		.period_us = limit_us ? kvrm_cpumax_period_us(limit_us) : 0,
		.memory_min_bytes = LAUNCHER_AS_IT_IS,
		.memory_high_bytes = LAUNCHER_AS_IT_IS,
		.memory_max_bytes = LAUNCHER_AS_IT_IS,
	};
}

/* The same of a guest's unit, of which it is noted that systemd is told. */
static inline struct launcher_allocation alloc_quota(struct guest *guest,
						     const struct cpu_allocation *cpu)
{
	guest->quota_asserted_us = guest_quota_us(guest, cpu);
	return alloc_limit(guest->quota_asserted_us);
}

/* Of a new unit, in which nothing is used yet. */
static inline struct launcher_allocation alloc_unit(const struct system *system, uint64_t quota_us)
{
	struct launcher_allocation allocation = alloc_limit(quota_us);

	allocation.weight = kvrm_max(system->node.flow.weight, KVRM_WEIGHT_MIN);
	allocation.memory_min_bytes = system->node.share[KVRM_RESOURCE_MEMORY].reservation;
	allocation.memory_max_bytes = system->definition->memory.limit_bytes;
	allocation.memory_high_bytes =
		allocation.memory_max_bytes ? kvrm_memlimit_high(allocation.memory_max_bytes) : 0;
	return allocation;
}

#endif
