// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of samples: what was written is read again; what is newer, damaged, too short or something else is told apart.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/unit/kvrmctl/tapes.h"
#include "tests/unit/random.h"
#include "tools/kvrmctl/tape.h"
#include "tools/kvrmctl/wanted.h"

#define RECORDS 200

struct file {
	struct stage st;
	int fd;
};

/* A file of RECORDS records, each with its number, and 5 lost before the 100th. */
static int make_file(void **state)
{
	static struct file file;
	char path[] = "/tmp/kvrm-test-tape-XXXXXX";
	_cleanup_tape_ struct tape t = { 0 };
	struct kvrm_sample sample;

	stage_init(&file.st);
	file.fd = mkstemp(path);
	unlink(path);
	assert_true(file.fd >= 0);
	assert_int_equal(tape_create(&t, file.fd, &file.st.reader), 0);
	for (uint64_t n = 0; n < RECORDS; n++) {
		stage_vcpu(&file.st, 1, n, n, 0);
		assert_true(kvrm_samples_next(&file.st.reader, &sample));
		if (n == 100)
			assert_int_equal(tape_write_lost(&t, 5), 0);
		assert_int_equal(tape_write(&t, &sample), 0);
	}
	assert_int_equal(tape_finish(&t), 0);
	*state = &file;
	return 0;
}

static int free_file(void **state)
{
	struct file *file = *state;

	stage_deinit(&file->st);
	close(file->fd);
	return 0;
}

/* Reads all that there is, with a sum over it. Returns as the last tape_read(), or as tape_open(). */
static int read_sum(int fd, uint64_t *ret_records, uint64_t *ret_lost, uLong *ret_sum)
{
	_Alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];
	_cleanup_tape_ struct tape t = { 0 };
	int r;

	*ret_records = 0;
	*ret_lost = 0;
	*ret_sum = crc32(0, NULL, 0);
	lseek(fd, 0, SEEK_SET);
	r = tape_open(&t, fd);
	if (r < 0)
		return r;
	while ((r = tape_read(&t, record)) > 0) {
		*ret_lost += tape_lost(record);
		*ret_records += !tape_lost(record);
		*ret_sum = crc32(*ret_sum, record, (uInt)t.record_bytes);
	}
	return r;
}

static int read_all(int fd, uint64_t *ret_records, uint64_t *ret_lost)
{
	uLong sum;

	return read_sum(fd, ret_records, ret_lost, &sum);
}

static void test_as_written(void **state)
{
	const struct file *file = *state;
	const struct kvrm_samples_column *running;
	_cleanup_tape_ struct tape t = { 0 };
	_Alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];

	lseek(file->fd, 0, SEEK_SET);
	assert_int_equal(tape_open(&t, file->fd), 0);
	assert_int_equal(t.record_bytes, sizeof(struct kvrm_sample));
	running = kvrm_samples_find(&t.ring, KVRM_SAMPLES_VCPU, "running_ns");
	assert_non_null(running);
	for (uint64_t n = 0; n < RECORDS; n++) {
		assert_int_equal(tape_read(&t, record), 1);
		if (n == 100) {
			assert_int_equal(tape_lost(record), 5);
			assert_int_equal(tape_read(&t, record), 1);
		}
		assert_int_equal(tape_lost(record), 0);
		assert_int_equal(kvrm_samples_number(running, record), n);
	}
	assert_int_equal(tape_read(&t, record), 0);
	/* Since 2001, and before 2100. */
	assert_true(t.realtime_ns > INT64_C(978307200) * 1000000000);
	assert_true(t.realtime_ns < INT64_C(4102444800) * 1000000000);
}

static void test_too_short(void **state)
{
	const struct file *file = *state;
	off_t size = lseek(file->fd, 0, SEEK_END);
	uint64_t records, lost, all = 0;

	for (off_t end = size - 1; end >= 0; end -= 7) {
		assert_int_equal(ftruncate(file->fd, end), 0);
		assert_true(read_all(file->fd, &records, &lost) < 0);
		assert_in_range(records, 0, RECORDS);
		all += records;
	}
	/* What is there is read. */
	assert_true(all > 0);
}

static void test_damaged(void **state)
{
	const struct file *file = *state;
	off_t size = lseek(file->fd, 0, SEEK_END);
	uint64_t records, lost;
	uLong right, sum;
	int refused = 0;

	assert_int_equal(read_sum(file->fd, &records, &lost, &right), 0);
	for (int i = 0; i < 300; i++) {
		/* Behind what gzip says of the file's name and date. */
		off_t at = 10 + (off_t)(random64() % (uint64_t)(size - 10));
		unsigned char byte, other;

		assert_int_equal(pread(file->fd, &byte, 1, at), 1);
		other = byte ^ (unsigned char)(1 + random64() % 255);
		assert_int_equal(pwrite(file->fd, &other, 1, at), 1);
		/* Where much is alike, a reference to another place says the same. */
		if (read_sum(file->fd, &records, &lost, &sum) < 0)
			refused++;
		else
			assert_int_equal(sum, right);
		assert_int_equal(pwrite(file->fd, &byte, 1, at), 1);
	}
	assert_in_range(refused, 270, 300);
	assert_int_equal(read_all(file->fd, &records, &lost), 0);
	assert_int_equal(records, RECORDS);
	assert_int_equal(lost, 5);
}

static void write_head(int fd, const struct tape_head *head)
{
	gzFile file;

	lseek(fd, 0, SEEK_SET);
	assert_int_equal(ftruncate(fd, 0), 0);
	file = gzdopen(dup(fd), "wb");
	assert_non_null(file);
	assert_int_equal(gzwrite(file, head, sizeof(*head)), sizeof(*head));
	assert_int_equal(gzclose(file), Z_OK);
}

static void test_something_else(void **state)
{
	const struct file *file = *state;
	struct tape_head head = { .magic = TAPE_MAGIC, .version = TAPE_VERSION };
	uint64_t records, lost;

	write_head(file->fd, &head);
	assert_int_equal(read_all(file->fd, &records, &lost), -EPROTO);
	head.description_bytes = UINT32_MAX - 7;
	write_head(file->fd, &head);
	assert_int_equal(read_all(file->fd, &records, &lost), -EPROTO);
	head.description_bytes = 4096;
	write_head(file->fd, &head);
	assert_int_equal(read_all(file->fd, &records, &lost), -ENODATA);
	head.version = TAPE_VERSION + 1;
	write_head(file->fd, &head);
	assert_int_equal(read_all(file->fd, &records, &lost), -EPROTONOSUPPORT);
	head.magic = __builtin_bswap64(TAPE_MAGIC);
	write_head(file->fd, &head);
	assert_int_equal(read_all(file->fd, &records, &lost), -EPROTO);
	/* gzip's reader takes what is not compressed as it is. */
	assert_int_equal(ftruncate(file->fd, 0), 0);
	assert_int_equal(pwrite(file->fd, "Time,Name\n", 10, 0), 10);
	assert_int_equal(read_all(file->fd, &records, &lost), -ENODATA);
	assert_int_equal(ftruncate(file->fd, 100000), 0);
	assert_int_equal(read_all(file->fd, &records, &lost), -EPROTO);
}

static void test_full_disk(void **state)
{
	const struct file *file = *state;
	int fd = open("/dev/full", O_WRONLY);
	_cleanup_tape_ struct tape t = { 0 };
	struct kvrm_sample sample = { 0 };
	int r;

	assert_true(fd >= 0);
	r = tape_create(&t, fd, &file->st.reader);
	for (int n = 0; !r && n < 100000; n++) {
		for (size_t i = 0; i < 20; i++)
			sample.words[i] = random64();
		r = tape_write(&t, &sample);
	}
	assert_int_equal(r, -ENOSPC);
	close(fd);
}

static void test_wanted(void **state)
{
	char *all[] = { NULL };
	char *some[] = { "b", "00000000-0000-0000-0000-000000000003", "nobody", NULL };
	static const int takes[] = { 0, 0, 1, 1, 1 };
	struct kvrm_sample sample;
	struct wanted w, any;
	struct stage st;

	stage_init(&st);
	wanted_init(&w, &st.reader, some);
	wanted_init(&any, &st.reader, all);
	stage_guest(&st, 1, "a", 0, 0);
	stage_vcpu(&st, 1, 0, 0, 0);
	stage_guest(&st, 2, "b", 0, 0);
	stage_vcpu(&st, 2, 0, 0, 0);
	stage_guest(&st, 3, "c", 0, 0);
	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		assert_true(kvrm_samples_next(&st.reader, &sample));
		assert_int_equal(wanted_takes(&w, &sample.head), takes[i]);
		assert_true(wanted_takes(&any, &sample.head));
	}
	assert_int_equal(wanted_count(&w), 2);
	assert_string_equal(wanted_missing(&w), "nobody");
	assert_int_equal(wanted_count(&any), 3);
	assert_null(wanted_missing(&any));
	/* Of a guest of which nothing is known yet. */
	stage_vcpu(&st, 9, 0, 0, 0);
	assert_true(kvrm_samples_next(&st.reader, &sample));
	assert_false(wanted_takes(&any, &sample.head));
	wanted_deinit(&w);
	wanted_deinit(&any);
	stage_deinit(&st);
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_file, free_file)
	const struct CMUnitTest tests[] = {
		WITH_FILE(test_as_written), WITH_FILE(test_too_short),
		WITH_FILE(test_damaged),    WITH_FILE(test_something_else),
		WITH_FILE(test_full_disk),  cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
