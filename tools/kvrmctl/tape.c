// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of samples; see tape.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/kvrmctl/tape.h"

#define DESCRIPTION_MAX (1 << 20)
/* Faster than the default, and nearly as small. */
#define MODE "wb3"

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int tape_error(const struct tape *t)
{
	int number;

	gzerror(t->file, &number);
	if (number == Z_ERRNO && errno)
		return -errno;
	return number == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int put(struct tape *t, const void *data, size_t size)
{
	errno = 0;
	return gzwrite(t->file, data, (unsigned int)size) == (int)size ? 0 : tape_error(t);
}

/* The ring's header and columns, of a ring with room for one record and none in it. */
static int describe(struct tape *t, const struct kvrm_samples *ring)
{
	size_t size = ring->records_at;
	struct kvrm_samples_header *header;

	if (size > DESCRIPTION_MAX)
		return -EFBIG;
	t->description = malloc(size);
	if (!t->description)
		return -ENOMEM;
	memcpy(t->description, ring->area, size);
	header = (struct kvrm_samples_header *)t->description;
	header->size_bytes = size + ring->record_bytes;
	header->records = 1;
	header->written = 0;
	return 0;
}

/**
 * tape_create() - begin a file
 * @t: overwritten; to be closed in any case
 * @fd: open for writing; not closed
 * @ring: open; of which records will come
 *
 * Return: 0 or a negative errno.
 */
int tape_create(struct tape *t, int fd, const struct kvrm_samples *ring)
{
	struct tape_head head = {
		.magic = TAPE_MAGIC,
		.version = TAPE_VERSION,
		.description_bytes = (uint32_t)ring->records_at,
		.realtime_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC),
	};
	int r;

	*t = (struct tape){ .record_bytes = ring->record_bytes, .realtime_ns = head.realtime_ns };
	r = describe(t, ring);
	if (r < 0)
		return r;
	fd = dup(fd);
	t->file = fd < 0 ? NULL : gzdopen(fd, MODE);
	if (!t->file) {
		r = errno ? -errno : -ENOMEM;
		if (fd >= 0)
			close(fd);
		return r;
	}
	r = put(t, &head, sizeof(head));
	return r < 0 ? r : put(t, t->description, ring->records_at);
}

/**
 * tape_write() - write a record
 * @t: from tape_create()
 * @record: of the ring
 *
 * Return: 0 or a negative errno.
 */
int tape_write(struct tape *t, const void *record)
{
	return put(t, record, t->record_bytes);
}

static int write_own(struct tape *t, uint32_t kind, uint64_t number)
{
	_Alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX] = { 0 };
	struct kvrm_samples_record *head = (struct kvrm_samples_record *)record;

	head->kind = kind;
	/* In the head, which is all that every record has. */
	head->sequence = number;
	return put(t, record, t->record_bytes);
}

/**
 * tape_write_lost() - write that records were lost
 * @t: from tape_create()
 * @lost: how many
 *
 * Return: 0 or a negative errno.
 */
int tape_write_lost(struct tape *t, uint64_t lost)
{
	return write_own(t, TAPE_LOST, lost);
}

/**
 * tape_finish() - write the end, and all that was kept back
 * @t: from tape_create(); only closed afterwards
 *
 * Return: 0 or a negative errno.
 */
int tape_finish(struct tape *t)
{
	int r = write_own(t, TAPE_END, 0);
	int number;

	errno = 0;
	number = gzclose(t->file);
	t->file = NULL;
	if (r < 0 || number == Z_OK)
		return r;
	return number == Z_ERRNO && errno ? -errno : -EIO;
}

/* All of it, or an error; -ENODATA if it ends before. */
static int get(struct tape *t, void *data, size_t size)
{
	int n;

	errno = 0;
	n = gzread(t->file, data, (unsigned int)size);
	if (n == (int)size)
		return 0;
	if (n < 0)
		return tape_error(t);
	return -ENODATA;
}

static int get_description(struct tape *t, const struct tape_head *head)
{
	struct kvrm_samples_header *header;
	size_t size = head->description_bytes;
	int r;

	if (size < sizeof(*header) || size > DESCRIPTION_MAX || size % 8)
		return -EPROTO;
	t->description = calloc(1, size + KVRM_SAMPLES_RECORD_MAX);
	if (!t->description)
		return -ENOMEM;
	r = get(t, t->description, size);
	if (r < 0)
		return r;
	header = (struct kvrm_samples_header *)t->description;
	r = kvrm_samples_attach(&t->ring, header, size + KVRM_SAMPLES_RECORD_MAX);
	if (!r && header->records_at != size)
		r = -EPROTO;
	t->record_bytes = t->ring.record_bytes;
	t->realtime_ns = head->realtime_ns;
	return r;
}

/**
 * tape_open() - begin to read a file
 * @t: overwritten; to be closed in any case; its ring has the columns
 * @fd: open for reading; not closed
 *
 * Return: 0; -EPROTO if that is no file of samples, -EPROTONOSUPPORT if it is one of a newer version, -ENODATA if it ends
 * at once, or another negative errno.
 */
int tape_open(struct tape *t, int fd)
{
	struct tape_head head;
	int r;

	*t = (struct tape){ 0 };
	fd = dup(fd);
	t->file = fd < 0 ? NULL : gzdopen(fd, "rb");
	if (!t->file) {
		r = errno ? -errno : -ENOMEM;
		if (fd >= 0)
			close(fd);
		return r;
	}
	r = get(t, &head, sizeof(head));
	if (r < 0)
		return r;
	if (head.magic != TAPE_MAGIC || !head.version)
		return -EPROTO;
	if (head.version > TAPE_VERSION)
		return -EPROTONOSUPPORT;
	return get_description(t, &head);
}

/* Nothing follows, and the sum over all of it is right. */
static int check_end(struct tape *t)
{
	char more;
	int n, number;

	errno = 0;
	n = gzread(t->file, &more, 1);
	if (n < 0)
		return tape_error(t);
	gzerror(t->file, &number);
	if (number == Z_BUF_ERROR)
		return -ENODATA;
	return n ? -EBADMSG : 0;
}

/**
 * tape_read() - the next record
 * @t: from tape_open()
 * @record: KVRM_SAMPLES_RECORD_MAX of room
 *
 * Return: 1; 0 at the end; -ENODATA if the file ends before that, -EBADMSG if it is damaged, or another negative errno.
 */
int tape_read(struct tape *t, void *record)
{
	int r = get(t, record, t->record_bytes);

	if (r < 0)
		return r;
	return ((struct kvrm_samples_record *)record)->kind == TAPE_END ? check_end(t) : 1;
}

/**
 * tape_lost() - how many records were lost before this one
 * @record: from tape_read()
 *
 * Return: their number, if that is all that it says; else 0.
 */
uint64_t tape_lost(const void *record)
{
	const struct kvrm_samples_record *head = record;

	return head->kind == TAPE_LOST ? head->sequence : 0;
}

/**
 * tape_close() - close a file; what was not finished may be incomplete
 * @t: emptied; may be all zero
 */
void tape_close(struct tape *t)
{
	if (t->file)
		gzclose(t->file);
	free(t->description);
	*t = (struct tape){ 0 };
}
