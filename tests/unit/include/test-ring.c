// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sample ring: writer against readers, beside each other as well; what readers refuse, and what
 * they skip.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "kvrm/ring.h"
#include "kvrm/sample.h"
#include "kvrm/samples.h"
#include "tests/unit/random.h"

#define PAGE	   4096
#define SIZE	   (4 * PAGE)
#define WORDS	   (sizeof(struct kvrm_sample) / sizeof(uint64_t))
#define HEAD_WORDS (sizeof(struct kvrm_samples_record) / sizeof(uint64_t))

static const struct kvrm_ring_layout *layout(void)
{
	static struct kvrm_ring_layout l;

	l = (struct kvrm_ring_layout){ .columns = kvrm_sample_columns,
				       .count = kvrm_sample_columns_count,
				       .record_bytes = sizeof(struct kvrm_sample) };
	return &l;
}

static void *make(struct kvrm_ring *ring, size_t size)
{
	void *memory = aligned_alloc(PAGE, size);

	assert_non_null(memory);
	memset(memory, 0, size);
	assert_true(kvrm_ring_init(ring, memory, size, layout()));
	return memory;
}

/* A record of a virtual CPU, all of whose words behind the head are a number. */
static void put(struct kvrm_ring *ring, uint64_t number)
{
	struct kvrm_sample sample = { .head = { .time_ns = number, .kind = KVRM_SAMPLES_VCPU } };

	for (size_t i = 0; i < sizeof(sample.words) / sizeof(*sample.words); i++)
		sample.words[i] = number;
	kvrm_ring_put(ring, &sample.head);
}

/* The number in a record; it must be the same everywhere. */
static uint64_t number_of(const struct kvrm_sample *sample)
{
	const uint64_t *words = (const uint64_t *)sample;

	for (size_t i = HEAD_WORDS; i < WORDS; i++) {
		if (words[i] != sample->head.time_ns)
			return UINT64_MAX;
	}
	return sample->head.time_ns;
}

static void test_layout(void **state)
{
	alignas(64) unsigned char small[PAGE] = { 0 };
	struct kvrm_samples s;
	struct kvrm_ring ring;
	void *memory = make(&ring, SIZE);

	assert_false(kvrm_ring_init(&ring, small, sizeof(small), layout()));
	assert_int_equal(small[0], 0);
	assert_int_equal(kvrm_samples_attach(&s, memory, SIZE), 0);
	assert_memory_equal(memory, "KVRMSMPL", 8);
	assert_int_equal(s.columns, kvrm_sample_columns_count);
	assert_int_equal(s.record_bytes, sizeof(struct kvrm_sample));
	assert_int_equal(s.records_at % 64, 0);
	assert_true(s.records_at + s.records * s.record_bytes <= SIZE);
	assert_true(s.records_at + (s.records + 1) * s.record_bytes > SIZE);
	kvrm_samples_close(&s);
	free(memory);
}

static void test_goes_round(void **state)
{
	struct kvrm_sample sample;
	struct kvrm_samples s;
	struct kvrm_ring ring;
	void *memory = make(&ring, SIZE);

	assert_int_equal(kvrm_samples_attach(&s, memory, SIZE), 0);
	assert_false(kvrm_samples_next(&s, &sample));
	for (uint64_t n = 0; n < 5 * s.records + 3; n++) {
		put(&ring, n);
		assert_true(kvrm_samples_next(&s, &sample));
		assert_int_equal(number_of(&sample), n);
		assert_int_equal(sample.head.sequence, 2 * n + 2);
		assert_false(kvrm_samples_next(&s, &sample));
	}
	assert_int_equal(s.lost, 0);
	free(memory);
}

static void test_lost_are_counted(void **state)
{
	struct kvrm_samples slow, late;
	struct kvrm_sample sample;
	struct kvrm_ring ring;
	void *memory = make(&ring, SIZE);
	uint64_t n = 0, all;

	assert_int_equal(kvrm_samples_attach(&slow, memory, SIZE), 0);
	for (; n < slow.records + 10; n++)
		put(&ring, n);
	for (uint64_t i = 10; i < n; i++) {
		assert_true(kvrm_samples_next(&slow, &sample));
		assert_int_equal(number_of(&sample), i);
	}
	assert_false(kvrm_samples_next(&slow, &sample));
	assert_int_equal(slow.lost, 10);

	/* Who comes later sees what comes then, unless he goes back. */
	assert_int_equal(kvrm_samples_attach(&late, memory, SIZE), 0);
	assert_false(kvrm_samples_next(&late, &sample));
	kvrm_samples_rewind(&late);
	assert_true(kvrm_samples_next(&late, &sample));
	assert_int_equal(number_of(&sample), 10);
	assert_int_equal(late.lost, 0);

	/* Many times round meanwhile. */
	for (all = n + 7 * slow.records + 1; n < all; n++)
		put(&ring, n);
	assert_true(kvrm_samples_next(&slow, &sample));
	assert_int_equal(number_of(&sample), all - slow.records);
	assert_int_equal(slow.lost, 10 + 6 * slow.records + 1);
	free(memory);
}

/* What the writer is just overwriting, or has overwritten in the moment after it was seen to be there. */
static void test_overwritten_while_read(void **state)
{
	struct kvrm_sample sample;
	struct kvrm_samples s;
	struct kvrm_ring ring;
	unsigned char *memory = make(&ring, SIZE);
	uint64_t *sequence;

	assert_int_equal(kvrm_samples_attach(&s, memory, SIZE), 0);
	for (uint64_t n = 0; n < s.records; n++)
		put(&ring, n);
	sequence = (uint64_t *)(memory + s.records_at);
	*sequence = 2 * s.records + 1;
	assert_true(kvrm_samples_next(&s, &sample));
	assert_int_equal(number_of(&sample), 1);
	assert_int_equal(s.lost, 1);
	sequence = (uint64_t *)(memory + s.records_at + 2 * s.record_bytes);
	*sequence = 2 * (s.records + 2) + 2;
	assert_true(kvrm_samples_next(&s, &sample));
	assert_int_equal(number_of(&sample), 3);
	assert_int_equal(s.lost, 2);
	free(memory);
}

#define RUN_RECORDS 300000
#define READERS	    3

struct run {
	void *memory;
	const bool *ended;
	uint64_t got;
	uint64_t lost;
	bool torn;
};

static void *read_all(void *data)
{
	struct run *run = data;
	struct kvrm_samples s;
	bool ended = false;

	if (kvrm_samples_attach(&s, run->memory, SIZE))
		return NULL;
	s.next = 0;
	/* After the end once more. */
	while (!ended) {
		struct kvrm_sample sample;

		ended = __atomic_load_n(run->ended, __ATOMIC_ACQUIRE);
		while (kvrm_samples_next(&s, &sample)) {
			run->torn |= number_of(&sample) != s.next - 1;
			run->got++;
		}
	}
	run->lost = s.lost;
	return NULL;
}

static void test_beside_a_writer(void **state)
{
	struct run runs[READERS] = { 0 };
	pthread_t threads[READERS];
	struct kvrm_ring ring;
	void *memory = make(&ring, SIZE);
	bool ended = false;

	for (int i = 0; i < READERS; i++) {
		runs[i] = (struct run){ .memory = memory, .ended = &ended };
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &runs[i]), 0);
	}
	for (uint64_t n = 0; n < RUN_RECORDS; n++)
		put(&ring, n);
	__atomic_store_n(&ended, true, __ATOMIC_RELEASE);
	for (int i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(runs[i].torn);
		assert_true(runs[i].got > 0);
		assert_int_equal(runs[i].got + runs[i].lost, RUN_RECORDS);
	}
	free(memory);
}

static void test_missed(void **state)
{
	struct kvrm_ring ring;
	struct kvrm_samples_header *header = make(&ring, SIZE);

	kvrm_ring_add_missed(&ring, 3, 0);
	kvrm_ring_add_missed(&ring, 4, 1);
	assert_int_equal(header->missed, 7);
	assert_int_equal(header->nics_missed, 1);
	free(header);
}

static void test_other_versions(void **state)
{
	struct kvrm_samples s;
	struct kvrm_ring ring;
	struct kvrm_samples_header *header = make(&ring, SIZE);

	header->version = KVRM_SAMPLES_VERSION + 1;
	assert_int_equal(kvrm_samples_attach(&s, header, SIZE), -EPROTONOSUPPORT);
	header->version = 0;
	assert_int_equal(kvrm_samples_attach(&s, header, SIZE), -EPROTO);
	header->version = KVRM_SAMPLES_VERSION;
	header->magic = __builtin_bswap64(header->magic);
	assert_int_equal(kvrm_samples_attach(&s, header, SIZE), -EPROTO);
	free(header);
}

/* Each field that says where something is, pointing out of the ring. */
static void test_no_ring(void **state)
{
	struct kvrm_samples s;
	struct kvrm_ring ring;
	struct kvrm_samples_header *h = make(&ring, SIZE), good = *h;
	struct kvrm_samples_column *c = (struct kvrm_samples_column *)(h + 1), column = *c;

#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		h->field = value;                                                                  \
		assert_int_equal(kvrm_samples_attach(&s, h, SIZE), -EPROTO);                       \
		*h = good;                                                                         \
	} while (0)
#define REFUSED_COLUMN(field, value)                                                               \
	do {                                                                                       \
		c->field = value;                                                                  \
		assert_int_equal(kvrm_samples_attach(&s, h, SIZE), -EPROTO);                       \
		*c = column;                                                                       \
	} while (0)
	assert_int_equal(kvrm_samples_attach(&s, h, sizeof(*h) - 1), -EPROTO);
	assert_int_equal(kvrm_samples_attach(&s, h, SIZE - 1), -EPROTO);
	REFUSED(size_bytes, SIZE + 1);
	REFUSED(header_bytes, 64);
	REFUSED(columns_at, 8);
	REFUSED(columns_at, UINT32_MAX - 7);
	REFUSED(columns_at, sizeof(*h) + 4);
	REFUSED(columns, UINT32_MAX);
	REFUSED(column_bytes, 56);
	REFUSED(column_bytes, 66);
	REFUSED(column_bytes, UINT32_MAX - 7);
	REFUSED(record_bytes, 24);
	REFUSED(record_bytes, 196);
	REFUSED(record_bytes, 2 * KVRM_SAMPLES_RECORD_MAX);
	REFUSED(records_at, SIZE + 8);
	REFUSED(records_at, good.records_at + 4);
	REFUSED(records_at, UINT64_MAX - 7);
	REFUSED(records, 0);
	REFUSED(records, good.records + 1);
	REFUSED(records, UINT64_MAX);
	REFUSED_COLUMN(offset, sizeof(struct kvrm_sample));
	REFUSED_COLUMN(offset, UINT32_MAX);
	REFUSED_COLUMN(offset, 4);
	REFUSED_COLUMN(size, 4);
	REFUSED_COLUMN(size, UINT32_MAX);
	REFUSED_COLUMN(type, KVRM_SAMPLES_UUID);
	memset(c->name, 'x', sizeof(c->name));
	assert_int_equal(kvrm_samples_attach(&s, h, SIZE), -EPROTO);
	*c = column;
	assert_int_equal(kvrm_samples_attach(&s, h, SIZE), 0);
#undef REFUSED
#undef REFUSED_COLUMN
	free(h);
}

/* Whatever is changed in what describes the ring: it is refused, or nothing outside of it is read. */
static void test_damaged(void **state)
{
	struct kvrm_ring ring;
	unsigned char *good = make(&ring, SIZE), *memory = malloc(SIZE);
	int refused = 0;

	assert_non_null(memory);
	for (uint64_t n = 0; n < 100; n++)
		put(&ring, n);
	for (int i = 0; i < 20000; i++) {
		alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];
		struct kvrm_samples s;

		memcpy(memory, good, SIZE);
		for (int j = 0; j < 3; j++)
			memory[random64() % (sizeof(struct kvrm_samples_header) + 128)] =
				(unsigned char)random64();
		if (kvrm_samples_attach(&s, memory, SIZE)) {
			refused++;
			continue;
		}
		kvrm_samples_rewind(&s);
		for (int j = 0; j < 200 && kvrm_samples_next(&s, record); j++) {
			for (uint32_t c = 0; c < s.columns; c++) {
				kvrm_samples_number(kvrm_samples_column(&s, c), record);
				kvrm_samples_text(kvrm_samples_column(&s, c), record);
			}
		}
	}
	assert_in_range(refused, 1, 19999);
	free(memory);
	free(good);
}

/* A ring of a later writer: all that may grow has, and there are columns and records of which nobody here knows. */
struct later_header {
	struct kvrm_samples_header known;
	uint64_t more[8];
};

struct later_column {
	struct kvrm_samples_column known;
	uint64_t more[2];
};

struct later_ring {
	struct later_header header;
	struct later_column columns[5];
	uint64_t records[8][40];
};

static void make_later(struct later_ring *ring)
{
	const struct kvrm_samples_header header = {
		.magic = KVRM_SAMPLES_MAGIC,
		.version = KVRM_SAMPLES_VERSION,
		.header_bytes = sizeof(struct later_header),
		.size_bytes = sizeof(*ring),
		.columns_at = offsetof(struct later_ring, columns),
		.columns = 5,
		.column_bytes = sizeof(struct later_column),
		.record_bytes = sizeof(ring->records[0]),
		.records_at = offsetof(struct later_ring, records),
		.records = 8,
		.written = 2,
	};
	static const struct kvrm_samples_column columns[5] = {
		{ "novelty", "odd", 77, 88, 3, 5, ~0U },
		{ "running_ns", "ns", KVRM_SAMPLES_U64, KVRM_SAMPLES_COUNTER, 312, 8, 1U << 1 },
		{ "running_ns", "ns", KVRM_SAMPLES_U64, KVRM_SAMPLES_COUNTER, 32, 8, 1U << 9 },
		{ "name", "", KVRM_SAMPLES_TEXT, KVRM_SAMPLES_LABEL, 40, 8, 1U << 0 },
		{ "kind", "", KVRM_SAMPLES_U32, KVRM_SAMPLES_LABEL, 16, 4, ~0U },
	};

	memset(ring, 0xa5, sizeof(*ring));
	ring->header.known = header;
	for (int i = 0; i < 5; i++)
		ring->columns[i].known = columns[i];
	for (uint64_t n = 0; n < 2; n++) {
		struct kvrm_samples_record head = { .sequence = 2 * n + 2, .kind = n ? 9 : 1 };

		memcpy(ring->records[n], &head, sizeof(head));
		ring->records[n][39] = 1234;
	}
}

static void test_later_writer(void **state)
{
	struct later_ring *ring = malloc(sizeof(*ring));
	const struct kvrm_samples_column *running;
	uint64_t record[40];
	struct kvrm_samples s;

	assert_non_null(ring);
	make_later(ring);
	assert_int_equal(kvrm_samples_attach(&s, ring, sizeof(*ring)), 0);
	running = kvrm_samples_find(&s, KVRM_SAMPLES_VCPU, "running_ns");
	assert_ptr_equal(running, &ring->columns[1].known);
	assert_null(kvrm_samples_find(&s, KVRM_SAMPLES_GUEST, "running_ns"));
	assert_null(kvrm_samples_find(&s, KVRM_SAMPLES_VCPU, "ready_ns"));
	kvrm_samples_rewind(&s);
	assert_true(kvrm_samples_next(&s, record));
	assert_true(kvrm_samples_has(running, record));
	assert_int_equal(kvrm_samples_number(running, record), 1234);
	assert_true(kvrm_samples_next(&s, record));
	assert_false(kvrm_samples_has(running, record));
	assert_false(kvrm_samples_has(NULL, record));
	/* Of what type it is, nobody knows; and a text that does not end. */
	assert_true(kvrm_samples_number(&ring->columns[0].known, record) == KVRM_SAMPLES_UNKNOWN);
	assert_string_equal(kvrm_samples_text(&ring->columns[3].known, record), "");
	assert_false(kvrm_samples_next(&s, record));
	free(ring);
}

/* A ring in a file is mapped as one of the device is. */
static void test_open(void **state)
{
	char path[] = "/tmp/kvrm-test-ring-XXXXXX";
	struct kvrm_sample sample;
	struct kvrm_samples s;
	struct kvrm_ring ring;
	void *memory = make(&ring, SIZE);
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	put(&ring, 42);
	assert_int_equal(kvrm_samples_open(&s, "/nowhere"), -ENOENT);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_int_equal(kvrm_samples_open(&s, path), -EPROTO);
	assert_int_equal(pwrite(fd, memory, SIZE, 0), SIZE);
	assert_int_equal(kvrm_samples_open(&s, path), 0);
	assert_false(kvrm_samples_next(&s, &sample));
	kvrm_samples_rewind(&s);
	assert_true(kvrm_samples_next(&s, &sample));
	assert_int_equal(number_of(&sample), 42);
	kvrm_samples_close(&s);
	assert_null(s.area);
	close(fd);
	unlink(path);
	free(memory);
}

static bool overlap(const struct kvrm_samples_column *a, const struct kvrm_samples_column *b)
{
	return a->kinds & b->kinds && a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size;
}

/* All that the module writes: no two of a kind share a name or a place. */
static void test_columns(void **state)
{
	for (uint32_t i = 0; i < kvrm_sample_columns_count; i++) {
		const struct kvrm_samples_column *a = &kvrm_sample_columns[i];

		assert_true(strlen(a->name) > 0 && a->kinds && !(a->kinds >> 3));
		assert_in_range(a->role, KVRM_SAMPLES_LABEL, KVRM_SAMPLES_GAUGE);
		/* Numbers that are no labels have a unit. */
		assert_int_equal(*a->unit != '\0', a->role != KVRM_SAMPLES_LABEL);
		for (uint32_t j = 0; j < i; j++) {
			const struct kvrm_samples_column *b = &kvrm_sample_columns[j];

			assert_false(overlap(a, b));
			assert_false(a->kinds & b->kinds && !strcmp(a->name, b->name));
		}
	}
}

/* The page has a row for each, with its unit. */
static void test_documented(void **state)
{
	FILE *file = fopen("Documentation/samples.md", "r");
	char page[32768] = "";
	size_t n;

	assert_non_null(file);
	n = fread(page, 1, sizeof(page) - 1, file);
	fclose(file);
	assert_in_range(n, 1, sizeof(page) - 2);
	for (uint32_t i = 0; i < kvrm_sample_columns_count; i++) {
		const struct kvrm_samples_column *c = &kvrm_sample_columns[i];
		static const char *const roles[] = { "", "label", "counter", "gauge" };
		char row[128];

		snprintf(row, sizeof(row), "| `%s` | %s | %s |", c->name, c->unit, roles[c->role]);
		if (!strstr(page, row))
			fail_msg("Documentation/samples.md lacks '%s'", row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_goes_round),
		cmocka_unit_test(test_lost_are_counted),
		cmocka_unit_test(test_overwritten_while_read),
		cmocka_unit_test(test_beside_a_writer),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_other_versions),
		cmocka_unit_test(test_no_ring),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_later_writer),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
