/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The writer of a sample ring (linux/kvrm_samples.h). One at a time writes; any number read, and
 * none of them is known here. The reader is in samples.h.
 */
#ifndef KVRM_RING_H
#define KVRM_RING_H

#include <linux/kvrm_samples.h>

#include "kvrm/arith.h"

/**
 * struct kvrm_ring - a ring that is written
 * @header: begin of the memory that readers map
 * @record_bytes: size of a record
 * @records_at: where the records begin
 * @records: slots
 * @slot: where the next record goes
 * @written: records so far
 *
 * What is written is decided by this alone, not by what readers can see.
 */
struct kvrm_ring {
	struct kvrm_samples_header *header;
	uint32_t record_bytes;
	uint64_t records_at;
	uint64_t records;
	uint64_t slot;
	uint64_t written;
};

/**
 * struct kvrm_ring_layout - what is in a ring
 * @columns: descriptions; copied
 * @count: of them
 * @record_bytes: size of a record, a multiple of 8, the head included
 */
struct kvrm_ring_layout {
	const struct kvrm_samples_column *columns;
	uint32_t count;
	uint32_t record_bytes;
};

/* Fewer slots than this are of no use to anybody. */
#define KVRM_RING_RECORDS_MIN 16

bool kvrm_ring_init(struct kvrm_ring *ring, void *memory, uint64_t size_bytes,
		    const struct kvrm_ring_layout *layout);
void kvrm_ring_put(struct kvrm_ring *ring, const struct kvrm_samples_record *record);
void kvrm_ring_add_missed(struct kvrm_ring *ring, uint64_t missed, uint64_t nics_missed);

#endif
