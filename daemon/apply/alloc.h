/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wanted, as the module takes it.
 */
#ifndef KVRM_ALLOC_H
#define KVRM_ALLOC_H

#include "daemon/model/system.h"
#include "daemon/wire/genl.h"

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

#endif
