/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of kvrm's sample ring, for programs of any kind: this file is all that it takes, with
 * linux/kvrm_samples.h. Once a ring is open, reading takes no system call; readers know nothing of
 * each other, and the kernel knows nothing of them.
 *
 *	struct kvrm_samples s;
 *	const struct kvrm_samples_column *running;
 *	alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];
 *
 *	if (kvrm_samples_open(&s, KVRM_SAMPLES_DEVICE) < 0)
 *		...
 *	running = kvrm_samples_find(&s, KVRM_SAMPLES_VCPU, "running_ns");
 *	for (;;) {
 *		while (kvrm_samples_next(&s, record))
 *			if (kvrm_samples_has(running, record))
 *				... kvrm_samples_number(running, record) ...
 *		usleep(100000);
 *	}
 *
 * A reader that is slower than the ring loses the oldest records; s.lost counts them.
 */
#ifndef KVRM_SAMPLES_H
#define KVRM_SAMPLES_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvrm_samples.h>

#define KVRM_SAMPLES_DEVICE "/dev/kvrm-samples"
/* No record is larger. */
#define KVRM_SAMPLES_RECORD_MAX 4096

/**
 * struct kvrm_samples - a ring that is read
 * @area: what was mapped, or whatever holds a ring
 * @size: of @area in bytes
 * @columns_at: as in the header, which is looked at only once, like those that follow
 * @columns: see above
 * @column_bytes: see above
 * @record_bytes: see above
 * @records_at: see above
 * @records: see above
 * @next: number of the record that is read next
 * @lost: records that were overwritten before they were read
 * @mapped: @area is to be unmapped
 */
struct kvrm_samples {
	const unsigned char *area;
	size_t size;
	uint32_t columns_at;
	uint32_t columns;
	uint32_t column_bytes;
	uint32_t record_bytes;
	uint64_t records_at;
	uint64_t records;
	uint64_t next;
	uint64_t lost;
	bool mapped;
};

static inline const struct kvrm_samples_header *kvrm_samples_header_of(const struct kvrm_samples *s)
{
	return (const struct kvrm_samples_header *)s->area;
}

/* Description of a column, in the ring; later versions may add to struct kvrm_samples_column. */
static inline const struct kvrm_samples_column *kvrm_samples_column(const struct kvrm_samples *s,
								    uint32_t i)
{
	return (const struct kvrm_samples_column *)(s->area + s->columns_at +
						    (size_t)i * s->column_bytes);
}

static inline bool kvrm_samples_check_header(const struct kvrm_samples_header *h, size_t size)
{
	return h->header_bytes >= sizeof(*h) && h->size_bytes <= size &&
	       h->column_bytes >= sizeof(struct kvrm_samples_column) && h->column_bytes % 8 == 0 &&
	       h->columns_at >= h->header_bytes && h->columns_at % 8 == 0 &&
	       h->columns_at + (uint64_t)h->columns * h->column_bytes <= h->size_bytes &&
	       h->record_bytes >= sizeof(struct kvrm_samples_record) && h->record_bytes % 8 == 0 &&
	       h->record_bytes <= KVRM_SAMPLES_RECORD_MAX && h->records_at % 8 == 0 &&
	       h->records_at <= h->size_bytes && h->records &&
	       h->records <= (h->size_bytes - h->records_at) / h->record_bytes;
}

/* Columns of a type that is not known here are skipped when one is looked for. */
static inline bool kvrm_samples_check_column(const struct kvrm_samples *s,
					     const struct kvrm_samples_column *c)
{
	if (!memchr(c->name, '\0', sizeof(c->name)) || !memchr(c->unit, '\0', sizeof(c->unit)) ||
	    c->size > s->record_bytes || c->offset > s->record_bytes - c->size)
		return false;
	switch (c->type) {
	case KVRM_SAMPLES_U32:
		return c->size == 4 && c->offset % 4 == 0;
	case KVRM_SAMPLES_U64:
		return c->size == 8 && c->offset % 8 == 0;
	case KVRM_SAMPLES_UUID:
		return c->size == 16;
	case KVRM_SAMPLES_TEXT:
		return c->size > 0;
	default:
		return true;
	}
}

/**
 * kvrm_samples_attach() - read a ring that is in memory; from what is written from now on
 * @s: overwritten
 * @area: aligned to 8; must live as long as @s is read
 * @size: of it in bytes
 *
 * Return: 0; -EPROTO if that is no ring; -EPROTONOSUPPORT if its version is newer than this reader.
 */
static inline int kvrm_samples_attach(struct kvrm_samples *s, const void *area, size_t size)
{
	const struct kvrm_samples_header *h = (const struct kvrm_samples_header *)area;

	memset(s, 0, sizeof(*s));
	if (size < sizeof(*h) || h->magic != KVRM_SAMPLES_MAGIC || !h->version)
		return -EPROTO;
	if (h->version > KVRM_SAMPLES_VERSION)
		return -EPROTONOSUPPORT;
	if (!kvrm_samples_check_header(h, size))
		return -EPROTO;
	s->area = (const unsigned char *)area;
	s->size = size;
	s->columns_at = h->columns_at;
	s->columns = h->columns;
	s->column_bytes = h->column_bytes;
	s->record_bytes = h->record_bytes;
	s->records_at = h->records_at;
	s->records = h->records;
	for (uint32_t i = 0; i < s->columns; i++) {
		if (!kvrm_samples_check_column(s, kvrm_samples_column(s, i)))
			return -EPROTO;
	}
	s->next = __atomic_load_n(&h->written, __ATOMIC_ACQUIRE);
	return 0;
}

/* The size that the ring behind a descriptor has; 0 or a negative errno. */
static inline int kvrm_samples_probe(int fd, size_t *ret)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const struct kvrm_samples_header *h =
		(const struct kvrm_samples_header *)mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);

	if (h == MAP_FAILED)
		return -errno;
	*ret = h->magic == KVRM_SAMPLES_MAGIC ? (size_t)h->size_bytes : 0;
	munmap((void *)h, page);
	return *ret >= page ? 0 : -EPROTO;
}

/**
 * kvrm_samples_open() - map a ring, and read what is written from now on
 * @s: overwritten; to be closed if this succeeds
 * @path: KVRM_SAMPLES_DEVICE
 *
 * While it is open the module cannot be unloaded, and guests are sampled.
 *
 * Return: 0; a negative errno of open() or mmap(), or as kvrm_samples_attach().
 */
static inline int kvrm_samples_open(struct kvrm_samples *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;
	void *area = MAP_FAILED;
	size_t size = 0;

	memset(s, 0, sizeof(*s));
	if (fd < 0)
		return -errno;
	r = kvrm_samples_probe(fd, &size);
	if (!r) {
		area = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
		r = area == MAP_FAILED ? -errno : 0;
	}
	close(fd);
	if (!r) {
		r = kvrm_samples_attach(s, area, size);
		s->mapped = !r;
	}
	if (r && area != MAP_FAILED)
		munmap(area, size);
	return r;
}

/**
 * kvrm_samples_close() - undo kvrm_samples_open() or kvrm_samples_attach()
 * @s: emptied
 */
static inline void kvrm_samples_close(struct kvrm_samples *s)
{
	if (s->mapped)
		munmap((void *)s->area, s->size);
	memset(s, 0, sizeof(*s));
}

/**
 * kvrm_samples_rewind() - go back to the oldest record that is still there
 * @s: open
 */
static inline void kvrm_samples_rewind(struct kvrm_samples *s)
{
	uint64_t written = __atomic_load_n(&kvrm_samples_header_of(s)->written, __ATOMIC_ACQUIRE);

	s->next = written > s->records ? written - s->records : 0;
}

/* Whether record s->next was there, whole, while it was copied. */
static inline bool kvrm_samples_copy(const struct kvrm_samples *s, void *record)
{
	const uint64_t *from = (const uint64_t *)(s->area + s->records_at +
						  s->next % s->records * s->record_bytes);
	uint64_t sequence = 2 * s->next + 2, word;

	if (__atomic_load_n(from, __ATOMIC_ACQUIRE) != sequence)
		return false;
	for (uint32_t at = 0; at < s->record_bytes; at += sizeof(word)) {
		word = __atomic_load_n(from + at / sizeof(word), __ATOMIC_RELAXED);
		memcpy((unsigned char *)record + at, &word, sizeof(word));
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(from, __ATOMIC_RELAXED) == sequence;
}

/**
 * kvrm_samples_next() - copy the next record
 * @s: open; its lost grows by what was overwritten meanwhile
 * @record: s->record_bytes of room, aligned to 8
 *
 * Return: false if there is none yet.
 */
static inline bool kvrm_samples_next(struct kvrm_samples *s, void *record)
{
	for (;;) {
		uint64_t written =
			__atomic_load_n(&kvrm_samples_header_of(s)->written, __ATOMIC_ACQUIRE);

		if (s->next >= written)
			return false;
		if (written - s->next > s->records) {
			s->lost += written - s->records - s->next;
			s->next = written - s->records;
		}
		if (kvrm_samples_copy(s, record)) {
			s->next++;
			return true;
		}
		/* It is being overwritten, or was. */
		s->lost++;
		s->next++;
	}
}

/**
 * kvrm_samples_find() - find a column
 * @s: open
 * @kind: of records, enum kvrm_samples_kind
 * @name: its name
 *
 * Return: valid while @s is open; NULL if there is none.
 */
static inline const struct kvrm_samples_column *kvrm_samples_find(const struct kvrm_samples *s,
								  uint32_t kind, const char *name)
{
	for (uint32_t i = 0; i < s->columns; i++) {
		const struct kvrm_samples_column *c = kvrm_samples_column(s, i);

		if (kind < 32 && c->kinds & (1U << kind) && !strcmp(c->name, name))
			return c;
	}
	return NULL;
}

/* Whether a record has a column; NULL: nothing has. */
static inline bool kvrm_samples_has(const struct kvrm_samples_column *c, const void *record)
{
	uint32_t kind = ((const struct kvrm_samples_record *)record)->kind;

	return c && kind < 32 && c->kinds & (1U << kind);
}

/**
 * kvrm_samples_number() - a number of a record
 * @c: of the type KVRM_SAMPLES_U32 or KVRM_SAMPLES_U64
 * @record: that has it
 *
 * Return: the number; KVRM_SAMPLES_UNKNOWN if it is not known, or @c is no number.
 */
static inline uint64_t kvrm_samples_number(const struct kvrm_samples_column *c, const void *record)
{
	const unsigned char *at = (const unsigned char *)record + c->offset;
	uint32_t small;
	uint64_t large;

	switch (c->type) {
	case KVRM_SAMPLES_U32:
		memcpy(&small, at, sizeof(small));
		return small;
	case KVRM_SAMPLES_U64:
		memcpy(&large, at, sizeof(large));
		return large;
	default:
		return KVRM_SAMPLES_UNKNOWN;
	}
}

/**
 * kvrm_samples_text() - a text of a record
 * @c: of the type KVRM_SAMPLES_TEXT
 * @record: that has it
 *
 * Return: in @record; "" if it has no end, or @c is no text.
 */
static inline const char *kvrm_samples_text(const struct kvrm_samples_column *c, const void *record)
{
	const char *text = (const char *)record + c->offset;

	return c->type == KVRM_SAMPLES_TEXT && memchr(text, '\0', c->size) ? text : "";
}

#endif
