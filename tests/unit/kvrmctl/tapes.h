/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring in memory, with guests that do what a test says, for the tests of what is recorded of them.
 */
#ifndef TEST_TAPES_H
#define TEST_TAPES_H

#include <stdlib.h>
#include <string.h>

#include "kvrm/ring.h"
#include "kvrm/sample.h"
#include "kvrm/samples.h"

#define STAGE_BYTES 65536

/**
 * struct stage - a ring, its writer and a reader
 * @memory: of the ring
 * @ring: writer
 * @reader: sees all from the beginning
 * @round: of what is written next
 */
struct stage {
	void *memory;
	struct kvrm_ring ring;
	struct kvrm_samples reader;
	uint32_t round;
};

static inline void stage_init(struct stage *st)
{
	const struct kvrm_ring_layout layout = { .columns = kvrm_sample_columns,
						 .count = kvrm_sample_columns_count,
						 .record_bytes = sizeof(struct kvrm_sample) };

	*st = (struct stage){ .memory = aligned_alloc(4096, STAGE_BYTES) };
	assert_non_null(st->memory);
	memset(st->memory, 0, STAGE_BYTES);
	assert_true(kvrm_ring_init(&st->ring, st->memory, STAGE_BYTES, &layout));
	assert_int_equal(kvrm_samples_attach(&st->reader, st->memory, STAGE_BYTES), 0);
}

static inline void stage_deinit(struct stage *st)
{
	kvrm_samples_close(&st->reader);
	free(st->memory);
}

static inline struct kvrm_sample stage_record(const struct stage *st, uint32_t kind, uint32_t guest,
					      uint64_t time_ns)
{
	return (struct kvrm_sample){
		.head = { .time_ns = time_ns, .kind = kind, .guest = guest, .round = st->round }
	};
}

/* A guest with a limit of half a CPU, as of a time, which has used a part of it. Its UUID ends with its id. */
static inline void stage_guest(struct stage *st, uint32_t guest, const char *name, uint64_t time_ns,
			       uint64_t usage_ns)
{
	struct kvrm_sample sample = stage_record(st, KVRM_SAMPLES_GUEST, guest, time_ns);

	sample.guest.uuid[15] = (uint8_t)guest;
	strncpy(sample.guest.name, name, sizeof(sample.guest.name) - 1);
	sample.guest.usage_ns = usage_ns;
	sample.guest.cpu_limit_us = 500000;
	sample.guest.memory_bytes = 1048576;
	sample.guest.swap_bytes = KVRM_SAMPLES_UNKNOWN;
	sample.guest.vcpus = 1;
	kvrm_ring_put(&st->ring, &sample.head);
}

static inline void stage_vcpu(struct stage *st, uint32_t guest, uint64_t time_ns,
			      uint64_t running_ns, uint64_t limited_ns)
{
	struct kvrm_sample sample = stage_record(st, KVRM_SAMPLES_VCPU, guest, time_ns);

	sample.vcpu.running_ns = running_ns;
	sample.vcpu.limited_ns = limited_ns;
	sample.vcpu.exits = running_ns / 1000000;
	kvrm_ring_put(&st->ring, &sample.head);
}

static inline void stage_nic(struct stage *st, uint32_t guest, uint64_t time_ns, uint64_t bytes)
{
	struct kvrm_sample sample = stage_record(st, KVRM_SAMPLES_NIC, guest, time_ns);

	strncpy(sample.nic.device, "tap0", sizeof(sample.nic.device));
	sample.nic.to_guest.bytes = bytes;
	sample.nic.from_guest.bytes = 2 * bytes;
	kvrm_ring_put(&st->ring, &sample.head);
}

#endif
