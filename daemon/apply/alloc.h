/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wanted, as the module and the launcher take it.
 */
#ifndef KVRM_ALLOC_H
#define KVRM_ALLOC_H

#include "daemon/model/system.h"
#include "daemon/wire/genl.h"
#include "daemon/wire/launcher.h"
#include "kvrm/cpumax.h"
#include "kvrm/node.h"

static inline struct genl_cpu_alloc alloc_cpu(const struct cpu_allocation *cpu)
{
	return (struct genl_cpu_alloc){ .reservation_us = cpu->reservation_us,
					.limit_us = cpu->limit_us,
					.weight = cpu->weight,
					.vcpu_limit_us = cpu->vcpu_limit_us };
}

/* @system: NULL: a pool's, which has no overhead. */
static inline struct genl_memory_alloc alloc_memory(const struct memory_allocation *memory,
						    const struct system *system)
{
	return (struct genl_memory_alloc){ .reservation_bytes = memory->reservation_bytes,
					   .overhead_bytes = system ? system->overhead_bytes : 0 };
}

/* Of a unit that is there: its limit, and nothing else. */
static inline struct launcher_allocation alloc_limit(uint64_t limit_us)
{
	return (struct launcher_allocation){
		.quota_us = limit_us,
		.period_us = limit_us ? kvrm_cpumax_period_us(limit_us) : 0,
		.memory_min_bytes = LAUNCHER_AS_IT_IS,
	};
}

/* Of a new unit. */
static inline struct launcher_allocation alloc_unit(const struct system *system)
{
	struct launcher_allocation allocation = alloc_limit(system->definition->cpu.limit_us);

	allocation.weight = kvrm_max(system->node.flow.weight, KVRM_WEIGHT_MIN);
	allocation.memory_min_bytes = system->node.share[KVRM_RESOURCE_MEMORY].reservation;
	return allocation;
}

#endif
