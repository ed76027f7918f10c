// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that can be plugged into a virtual system while it runs: up to what size, and in what steps.
 */
#include <errno.h>
#include <inttypes.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/arith.h"

/**
 * memory_max_check() - whether memory can be plugged in up to a size
 * @memory_bytes: that the system has before
 * @max_bytes: size; 0: none can be plugged in
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int memory_max_check(uint64_t memory_bytes, uint64_t max_bytes, char **ret_error)
{
	char memory[32], max[32];

	if (!max_bytes)
		return 0;
	if (max_bytes % DEFINITION_MEMORY_UNIT || max_bytes > DEFINITION_MEMORY_MAX_BYTES)
		return text_error(ret_error, -EINVAL,
				  "memory-max: %" PRIu64
				  " bytes is neither 0 nor a multiple of 1M from 1M to 16T",
				  max_bytes);
	if (max_bytes >= memory_bytes)
		return 0;
	memory_format(memory_bytes, memory, sizeof(memory));
	memory_format(max_bytes, max, sizeof(max));
	return text_error(ret_error, -EINVAL, "memory-max: %s is below the memory of %s", max,
			  memory);
}

/**
 * memory_size_check() - whether a system can have a size of memory, instead of that which it has
 * @bytes: size
 * @base_bytes: of one that runs: that it was started with; 0: it does not run
 * @max_bytes: its memory-max; 0: none
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int memory_size_check(uint64_t bytes, uint64_t base_bytes, uint64_t max_bytes, char **ret_error)
{
	uint64_t least = base_bytes ? base_bytes : DEFINITION_MEMORY_UNIT;
	uint64_t most = max_bytes ? max_bytes : DEFINITION_MEMORY_MAX_BYTES;
	uint64_t step = base_bytes ? MEMORY_PLUG_UNIT : DEFINITION_MEMORY_UNIT;
	char size[32], low[32], high[32], by[32];

	if (bytes >= least && bytes <= most && !((bytes - least) % step))
		return 0;
	memory_format(bytes, size, sizeof(size));
	memory_format(least, low, sizeof(low));
	memory_format(most, high, sizeof(high));
	memory_format(step, by, sizeof(by));
	return text_error(ret_error, -EINVAL, "memory: %s is not %s%s to %s%s in steps of %s", size,
			  low, base_bytes ? " (what it was started with)" : "", high,
			  max_bytes ? " (its memory-max)" : "", by);
}

/**
 * definition_pluggable() - how large what memory is plugged into is to be
 * @d: validated; of a system that is started
 *
 * Linux takes memory by whole blocks of addresses, though it uses a part of one if it is given no more: so there is a
 * whole number of them.
 *
 * Return: bytes, whole MEMORY_PLUG_BLOCK; 0: there is none.
 */
uint64_t definition_pluggable(const struct definition *d)
{
	uint64_t bytes = kvrm_excess(d->memory_max_bytes, d->memory_bytes);

	return (bytes + MEMORY_PLUG_BLOCK - 1) / MEMORY_PLUG_BLOCK * MEMORY_PLUG_BLOCK;
}
