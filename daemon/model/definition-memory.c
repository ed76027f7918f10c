// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory reservations, limits and weights: as people write them, their rules, and what QEMU needs beside the guest's
 * memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/memlimit.h"
#include "kvrm/node.h"

/* Two tables of 8 bytes for each page of 4 KiB: the process's own, and the one by which KVM maps the guest. */
#define TABLES_PART 256

/**
 * memory_format() - write an amount of memory
 * @bytes: amount
 * @buf: receives what text_to_bytes() reads as the same amount
 * @size: of @buf; 32 is enough
 */
void memory_format(uint64_t bytes, char *buf, size_t size)
{
	static const char *const suffixes[] = { "", "K", "M", "G", "T" };
	size_t i = 0;

	for (; bytes && !(bytes % 1024) && i < sizeof(suffixes) / sizeof(suffixes[0]) - 1; i++)
		bytes /= 1024;
	snprintf(buf, size, "%" PRIu64 "%s", bytes, suffixes[i]);
}

/* Of memory, but for 0. */
static bool is_size(uint64_t bytes)
{
	return !(bytes % DEFINITION_MEMORY_UNIT) && bytes <= DEFINITION_MEMORY_MAX_BYTES;
}

/**
 * memory_size_parse() - read a size of memory
 * @text: a size such as "512M"
 * @ret_bytes: bytes
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int memory_size_parse(const char *text, uint64_t *ret_bytes, char **ret_error)
{
	uint64_t bytes;

	if (text_to_bytes(text, &bytes) || !bytes || !is_size(bytes))
		return text_error(ret_error, -EINVAL,
				  "memory: '%s' is not a size from 1M to 16T in steps of 1M "
				  "(512M, 4G)",
				  text);
	*ret_bytes = bytes;
	return 0;
}

/**
 * memory_max_parse() - read up to what size memory can be plugged in
 * @text: a size such as "512M", or "0": none can
 * @ret_bytes: bytes
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int memory_max_parse(const char *text, uint64_t *ret_bytes, char **ret_error)
{
	uint64_t bytes;

	if (text_to_bytes(text, &bytes) || !is_size(bytes))
		return text_error(
			ret_error, -EINVAL,
			"memory-max: '%s' is neither a size from 1M to 16T in steps of 1M "
			"(512M, 4G) nor 0",
			text);
	*ret_bytes = bytes;
	return 0;
}

/**
 * memory_reservation_parse() - read a memory reservation
 * @text: a size such as "512M", or "0"
 * @ret_bytes: bytes
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int memory_reservation_parse(const char *text, uint64_t *ret_bytes, char **ret_error)
{
	uint64_t bytes;

	if (text_to_bytes(text, &bytes) || !is_size(bytes))
		return text_error(ret_error, -EINVAL,
				  "memory-reservation: '%s' is not a size from 0 to 16T in steps "
				  "of 1M (512M, 4G)",
				  text);
	*ret_bytes = bytes;
	return 0;
}

/**
 * memory_weight_parse() - read a memory weight
 * @text: a number
 * @ret_weight: weight
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int memory_weight_parse(const char *text, uint32_t *ret_weight, char **ret_error)
{
	return share_parse("memory-weight", text, ret_weight, ret_error);
}

static int check_limit(uint64_t bytes, char **ret_error)
{
	if (!bytes || (!(bytes % DEFINITION_MEMORY_UNIT) && bytes >= KVRM_MEMLIMIT_MIN_BYTES &&
		       bytes <= 2 * DEFINITION_MEMORY_MAX_BYTES))
		return 0;
	return text_error(ret_error, -EINVAL,
			  "memory-limit: %" PRIu64
			  " bytes is neither 0 (unlimited) nor a multiple of 1M from 16M to 32T",
			  bytes);
}

/**
 * memory_limit_parse() - read a memory limit
 * @text: a size such as "512M", or "unlimited"
 * @ret_bytes: bytes; 0: unlimited
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int memory_limit_parse(const char *text, uint64_t *ret_bytes, char **ret_error)
{
	uint64_t bytes = 0;

	if (strcmp(text, "unlimited") &&
	    (text_to_bytes(text, &bytes) || !bytes || check_limit(bytes, NULL)))
		return text_error(
			ret_error, -EINVAL,
			"memory-limit: '%s' is neither a size from 16M to 32T in steps of 1M "
			"(512M, 4G) nor unlimited",
			text);
	*ret_bytes = bytes;
	return 0;
}

/**
 * memory_limit_check() - whether a limit leaves room for what is reserved below it
 * @memory: of a virtual system
 * @overhead_bytes: what its QEMU is counted with beside
 * @ret_error: sentence
 *
 * The balloon must leave the guest a MiB at least.
 *
 * Return: 0 or -EINVAL.
 */
int memory_limit_check(const struct memory_allocation *memory, uint64_t overhead_bytes,
		       char **ret_error)
{
	uint64_t need =
		kvrm_max(memory->reservation_bytes, DEFINITION_MEMORY_UNIT) + overhead_bytes;
	uint64_t least = kvrm_memlimit_least(need);
	char text[32];

	if (!memory->limit_bytes || memory->limit_bytes >= least)
		return 0;
	memory_format(least, text, sizeof(text));
	return text_error(ret_error, -EINVAL,
			  "memory-limit: %" PRIu64 " bytes is %" PRIu64
			  " below %s, the least for a memory-reservation of %" PRIu64
			  " and %" PRIu64 " of QEMU",
			  memory->limit_bytes, least - memory->limit_bytes, text,
			  memory->reservation_bytes, overhead_bytes);
}

/**
 * memory_allocation_check() - whether an allocation can be kept, as far as itself says
 * @memory: allocation
 * @ceiling_bytes: the memory of the virtual system; 0: of a pool
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int memory_allocation_check(const struct memory_allocation *memory, uint64_t ceiling_bytes,
			    char **ret_error)
{
	uint64_t bytes = memory->reservation_bytes;
	char ceiling[32];

	if (memory->weight < KVRM_WEIGHT_MIN || memory->weight > KVRM_WEIGHT_MAX)
		return text_error(ret_error, -EINVAL, "memory-weight: %" PRIu32 " is not %u to %u",
				  memory->weight, KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX);
	if (!is_size(bytes))
		return text_error(ret_error, -EINVAL,
				  "memory-reservation: %" PRIu64
				  " bytes is not a multiple of 1M from 0 to 16T",
				  bytes);
	if (!ceiling_bytes || bytes <= ceiling_bytes)
		return check_limit(memory->limit_bytes, ret_error);
	memory_format(ceiling_bytes, ceiling, sizeof(ceiling));
	return text_error(ret_error, -EINVAL,
			  "memory-reservation: %" PRIu64
			  " bytes is above the memory of %s (%" PRIu64 ")",
			  bytes, ceiling, ceiling_bytes);
}

/**
 * allocation_equal() - whether two allocations are the same
 * @a: one
 * @b: the other
 */
bool allocation_equal(const struct allocation *a, const struct allocation *b)
{
	return cpu_allocation_equal(&a->cpu, &b->cpu) &&
	       a->memory.reservation_bytes == b->memory.reservation_bytes &&
	       a->memory.limit_bytes == b->memory.limit_bytes &&
	       a->memory.weight == b->memory.weight && a->storage_weight == b->storage_weight &&
	       a->sample_rate_hz == b->sample_rate_hz && a->probes == b->probes &&
	       a->memory_bytes == b->memory_bytes;
}

/**
 * memory_overhead() - what a QEMU is counted with beside so much memory of its guest
 * @memory_bytes: size of that
 * @base_bytes: what each takes, whole MiB; 0: nothing is counted, of tables neither
 *
 * Return: bytes, whole MiB.
 */
uint64_t memory_overhead(uint64_t memory_bytes, uint64_t base_bytes)
{
	uint64_t tables = memory_bytes / TABLES_PART;
	uint64_t unit = DEFINITION_MEMORY_UNIT;

	return base_bytes ? base_bytes + (tables + unit - 1) / unit * unit : 0;
}

/**
 * definition_overhead() - what the QEMU of a virtual system is counted with beside the guest's memory
 * @d: definition
 * @base_bytes: as of memory_overhead()
 *
 * Return: bytes, whole MiB.
 */
uint64_t definition_overhead(const struct definition *d, uint64_t base_bytes)
{
	return memory_overhead(d->memory_bytes, base_bytes);
}
