// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The writer of a sample ring; see ring.h. Readers are on other processors and write nothing: the
 * sequence of a record is odd before, and even after its words have changed.
 */
#include "kvrm/ring.h"

#ifdef __KERNEL__
#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/string.h>

#define ring_store(where, value)   WRITE_ONCE(*(where), value)
#define ring_publish(where, value) smp_store_release(where, value)
/* What is stored before is seen before what is stored after. */
#define ring_order() smp_wmb()
#else
#include <string.h>

#define ring_store(where, value)   __atomic_store_n(where, value, __ATOMIC_RELAXED)
#define ring_publish(where, value) __atomic_store_n(where, value, __ATOMIC_RELEASE)
#define ring_order()		   __atomic_thread_fence(__ATOMIC_RELEASE)
#endif

/* Of records, whatever they are looked at as elsewhere. */
typedef uint64_t __attribute__((may_alias)) ring_word;

/* Records begin at a line of a processor's cache. */
#define LINE_BYTES 64

/**
 * kvrm_ring_init() - lay out an empty ring
 * @ring: overwritten
 * @memory: of zeros, aligned to LINE_BYTES; must live as long as @ring is written
 * @size_bytes: of @memory
 * @layout: what it is to hold
 *
 * Return: false if there is no room for KVRM_RING_RECORDS_MIN records.
 */
bool kvrm_ring_init(struct kvrm_ring *ring, void *memory, uint64_t size_bytes,
		    const struct kvrm_ring_layout *layout)
{
	struct kvrm_samples_header *header = memory;
	uint64_t table_bytes = (uint64_t)layout->count * sizeof(*layout->columns);
	uint64_t records_at = sizeof(*header) + table_bytes;

	records_at = (records_at + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
	if (size_bytes < records_at + (uint64_t)layout->record_bytes * KVRM_RING_RECORDS_MIN)
		return false;
	*ring = (struct kvrm_ring){
		.header = header,
		.record_bytes = layout->record_bytes,
		.records_at = records_at,
		.records = kvrm_div(size_bytes - records_at, layout->record_bytes),
	};
	*header = (struct kvrm_samples_header){
		.magic = KVRM_SAMPLES_MAGIC,
		.version = KVRM_SAMPLES_VERSION,
		.header_bytes = sizeof(*header),
		.size_bytes = size_bytes,
		.columns_at = sizeof(*header),
		.columns = layout->count,
		.column_bytes = sizeof(*layout->columns),
		.record_bytes = layout->record_bytes,
		.records_at = records_at,
		.records = ring->records,
	};
	memcpy(header + 1, layout->columns, table_bytes);
	return true;
}

/**
 * kvrm_ring_put() - write the next record
 * @ring: ring
 * @record: of the layout's size, aligned to 8; its sequence is not heeded
 *
 * The oldest record goes if there is no other room, whether it was read or not.
 *
 * Context: any; one at a time. Waits for nobody.
 */
void kvrm_ring_put(struct kvrm_ring *ring, const struct kvrm_samples_record *record)
{
	unsigned char *slot =
		(unsigned char *)ring->header + ring->records_at + ring->slot * ring->record_bytes;
	ring_word *to = (ring_word *)slot;
	const ring_word *from = (const ring_word *)record;
	uint64_t sequence = 2 * ring->written + 2;
	uint32_t i;

	ring_store(to, sequence - 1);
	ring_order();
	/* The first word is the sequence. */
	for (i = 1; i < ring->record_bytes / sizeof(*to); i++)
		ring_store(to + i, from[i]);
	ring_publish(to, sequence);
	ring->written++;
	ring->slot = ring->slot + 1 < ring->records ? ring->slot + 1 : 0;
	ring_publish(&ring->header->written, ring->written);
}

/**
 * kvrm_ring_add_missed() - tell readers that samples were not taken
 * @ring: ring
 * @missed: of a guest each
 * @nics_missed: rounds without NICs
 */
void kvrm_ring_add_missed(struct kvrm_ring *ring, uint64_t missed, uint64_t nics_missed)
{
	struct kvrm_samples_header *header = ring->header;

	ring_store(&header->missed, header->missed + missed);
	ring_store(&header->nics_missed, header->nics_missed + nics_missed);
}
