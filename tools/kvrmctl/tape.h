/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of samples: what the ring's header says of its columns, and then records as they were in the ring, compressed
 * (gzip). They can be read where there is no kvrm. Numbers have the byte order of the machine that wrote them; a
 * reader of another one refuses them.
 */
#ifndef KVRMCTL_TAPE_H
#define KVRMCTL_TAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>

#include "daemon/util/cleanup.h"
#include "kvrm/samples.h"

/* "KVRMTAPE" in the memory of a machine that begins with the lowest byte. */
#define TAPE_MAGIC   UINT64_C(0x455041544d52564b)
#define TAPE_VERSION 1

/* Kinds of records that are in files only. */
enum {
	TAPE_LOST = 0x40000000, /* its sequence says how many were lost before what follows */
	TAPE_END,		/* there is nothing more */
};

/**
 * struct tape_head - what a file begins with
 * @magic: TAPE_MAGIC
 * @version: TAPE_VERSION; a newer one is refused
 * @description_bytes: length of what follows: the ring's header and columns
 * @realtime_ns: CLOCK_REALTIME when CLOCK_MONOTONIC was 0, as when the file was begun
 * @reserved: 0
 */
struct tape_head {
	uint64_t magic;
	uint32_t version;
	uint32_t description_bytes;
	int64_t realtime_ns;
	uint64_t reserved[5];
};

/**
 * struct tape - a file that is written or read
 * @file: compressed
 * @ring: of what is read: its columns; memory is @description
 * @description: owned
 * @realtime_ns: as in the head
 * @record_bytes: of each record
 */
struct tape {
	gzFile file;
	struct kvrm_samples ring;
	unsigned char *description;
	int64_t realtime_ns;
	uint32_t record_bytes;
};

int tape_create(struct tape *t, int fd, const struct kvrm_samples *ring);
int tape_write(struct tape *t, const void *record);
int tape_write_lost(struct tape *t, uint64_t lost);
int tape_finish(struct tape *t);
int tape_open(struct tape *t, int fd);
int tape_read(struct tape *t, void *record);
uint64_t tape_lost(const void *record);
void tape_close(struct tape *t);
#define _cleanup_tape_ _cleanup_(tape_close)

#endif
