// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel counts of a cgroup's memory and pressure, from files as it writes them; and sums of several cgroups.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/cgroup.h"

/* What Linux 6.12 has, and what comes first and last of each kind of line. */
#define STAT                                                                                       \
	"anon 221184\nfile 0\npgscan 9\npgsteal 7\npgscan_kswapd 5\npgscan_direct 4\n"             \
	"pgscan_khugepaged 0\npgsteal_kswapd 4\npgsteal_direct 3\npgsteal_khugepaged 0\n"          \
	"pgfault 1000\npgmajfault 30\npgrefill 1\nswpout_zero 2\nthp_swpout_fallback 0\n"
#define EVENTS "low 1\nhigh 22\nmax 333\noom 2\noom_kill 1\noom_group_kill 9\n"
#define PRESSURE(some, full)                                                                       \
	"some avg10=1.50 avg60=0.00 avg300=0.00 total=" #some "\n"                                 \
	"full avg10=0.00 avg60=0.00 avg300=0.00 total=" #full "\n"

static const char *const names[] = {
	"memory.stat",	"memory.events",   "memory.swap.current",
	"cpu.pressure", "memory.pressure", "io.pressure",
};

struct test {
	char path[64];
	int fd;
};

static void put(const struct test *t, const char *name, const char *text)
{
	_cleanup_close_ int fd =
		openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	strcpy(t->path, "/tmp/kvrm-test-counts.XXXXXX");
	if (!mkdtemp(t->path))
		return -1;
	t->fd = open(t->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	*state = t;
	return t->fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(t->fd, names[i], 0);
	close(t->fd);
	rmdir(t->path);
	free(t);
	return 0;
}

static bool knows(const struct kvrm_counts *counts, enum kvrm_count count)
{
	return counts->known & KVRM_COUNT_BIT(count);
}

static void is(const struct kvrm_counts *counts, enum kvrm_count count, uint64_t value)
{
	if (!knows(counts, count) || counts->value[count] != value)
		fail_msg("count %d: known %d, %llu, not %llu", count, knows(counts, count),
			 (unsigned long long)counts->value[count], (unsigned long long)value);
}

static void test_all(void **state)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct kvrm_counts counts;

	put(*state, "memory.stat", STAT);
	put(*state, "memory.events", EVENTS);
	put(*state, "cpu.pressure", PRESSURE(1, 0));
	put(*state, "memory.pressure", PRESSURE(123456789012, 5));
	put(*state, "io.pressure", PRESSURE(7, 6));
	cgroup_read_counts(((struct test *)*state)->fd, &counts);
	is(&counts, KVRM_COUNT_FAULT_MINOR, 970);
	is(&counts, KVRM_COUNT_FAULT_MAJOR, 30);
	is(&counts, KVRM_COUNT_SCAN_KSWAPD, 5 * page);
	is(&counts, KVRM_COUNT_SCAN_DIRECT, 4 * page);
	is(&counts, KVRM_COUNT_SCAN_KHUGEPAGED, 0);
	is(&counts, KVRM_COUNT_RECLAIM_KSWAPD, 4 * page);
	is(&counts, KVRM_COUNT_RECLAIM_DIRECT, 3 * page);
	is(&counts, KVRM_COUNT_RECLAIM_KHUGEPAGED, 0);
	is(&counts, KVRM_COUNT_EVENT_LOW, 1);
	is(&counts, KVRM_COUNT_EVENT_HIGH, 22);
	is(&counts, KVRM_COUNT_EVENT_MAX, 333);
	is(&counts, KVRM_COUNT_EVENT_OOM, 2);
	is(&counts, KVRM_COUNT_EVENT_OOM_KILL, 1);
	is(&counts, KVRM_COUNT_CPU_SOME, 1);
	is(&counts, KVRM_COUNT_CPU_FULL, 0);
	is(&counts, KVRM_COUNT_MEMORY_SOME, UINT64_C(123456789012));
	is(&counts, KVRM_COUNT_MEMORY_FULL, 5);
	is(&counts, KVRM_COUNT_IO_SOME, 7);
	is(&counts, KVRM_COUNT_IO_FULL, 6);
	/* This kernel does not count them. */
	assert_false(knows(&counts, KVRM_COUNT_SWAP_IN));
	assert_false(knows(&counts, KVRM_COUNT_SWAP_OUT));
	assert_false(knows(&counts, KVRM_COUNT_SCAN_PROACTIVE));
	assert_false(knows(&counts, KVRM_COUNT_RECLAIM_PROACTIVE));
	put(*state, "memory.stat", "pswpin 2\npswpout 3\npgscan_proactive 1\npgsteal_proactive 1");
	cgroup_read_counts(((struct test *)*state)->fd, &counts);
	is(&counts, KVRM_COUNT_SWAP_IN, 2 * page);
	is(&counts, KVRM_COUNT_SWAP_OUT, 3 * page);
	is(&counts, KVRM_COUNT_SCAN_PROACTIVE, page);
	is(&counts, KVRM_COUNT_RECLAIM_PROACTIVE, page);
	assert_false(knows(&counts, KVRM_COUNT_FAULT_MAJOR));
}

/* What one file does not tell, or not as a number, is not known; what others tell is. */
static void test_unknown(void **state)
{
	static const char *const bad[] = {
		"",	     "\n\n",	 "max\n",
		"max \n",    "max x\n",	 "max -1\n",
		"max 1 2\n", "maxi 5\n", "max 18446744073709551616\n",
	};
	struct test *t = *state;
	struct kvrm_counts counts;

	cgroup_read_counts(t->fd, &counts);
	assert_int_equal(counts.known, 0);
	put(t, "memory.stat", "pgfault 5\npgscan_direct 18446744073709551615\n");
	put(t, "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00\nfull total=\n");
	put(t, "io.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=4\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(t, "memory.events", bad[i]);
		cgroup_read_counts(t->fd, &counts);
		/* Nor are minor faults, without the major ones. */
		assert_int_equal(counts.known, KVRM_COUNT_BIT(KVRM_COUNT_IO_SOME));
		is(&counts, KVRM_COUNT_IO_SOME, 4);
		for (int c = 0; c < KVRM_COUNTS_N; c++)
			assert_true(knows(&counts, c) || !counts.value[c]);
	}
}

/* Counted a moment before they are counted among all. */
static void test_major_first(void **state)
{
	struct kvrm_counts counts;

	put(*state, "memory.stat", "pgfault 5\npgmajfault 6\n");
	cgroup_read_counts(((struct test *)*state)->fd, &counts);
	is(&counts, KVRM_COUNT_FAULT_MINOR, 0);
	is(&counts, KVRM_COUNT_FAULT_MAJOR, 6);
}

static void test_swap(void **state)
{
	struct test *t = *state;
	uint64_t bytes = 5;

	assert_int_equal(cgroup_read_swap(t->fd, &bytes), -ENOENT);
	put(t, "memory.swap.current", "max\n");
	assert_int_equal(cgroup_read_swap(t->fd, &bytes), -EBADMSG);
	assert_int_equal(bytes, 5);
	put(t, "memory.swap.current", "17179869184\n");
	assert_int_equal(cgroup_read_swap(t->fd, &bytes), 0);
	assert_int_equal(bytes, UINT64_C(17179869184));
}

static void test_sums(void **state)
{
	const struct kvrm_counts left = { .known = KVRM_COUNT_BIT(KVRM_COUNT_EVENT_LOW),
					  .value = { [KVRM_COUNT_EVENT_LOW] = 5 } };
	struct kvrm_counts before = {
		.known =
			KVRM_COUNT_BIT(KVRM_COUNT_EVENT_LOW) | KVRM_COUNT_BIT(KVRM_COUNT_EVENT_OOM),
		.value = { [KVRM_COUNT_EVENT_LOW] = 2, [KVRM_COUNT_EVENT_OOM] = 3 }
	};
	struct kvrm_counts now = before;

	kvrm_counts_add(&now, &left);
	assert_int_equal(now.value[KVRM_COUNT_EVENT_LOW], 7);
	assert_int_equal(now.value[KVRM_COUNT_EVENT_OOM], 3);
	assert_int_equal(now.known, before.known);
	/* Only what was known before and is now is kept. */
	before.value[KVRM_COUNT_EVENT_LOW] = 8;
	now.value[KVRM_COUNT_EVENT_OOM] = 4;
	before.value[KVRM_COUNT_EVENT_MAX] = 9;
	kvrm_counts_keep(&now, &before);
	assert_int_equal(now.value[KVRM_COUNT_EVENT_LOW], 8);
	assert_int_equal(now.value[KVRM_COUNT_EVENT_OOM], 4);
	assert_int_equal(now.value[KVRM_COUNT_EVENT_MAX], 0);
	now.known = 0;
	now.value[KVRM_COUNT_EVENT_LOW] = 0;
	kvrm_counts_keep(&now, &before);
	assert_int_equal(now.value[KVRM_COUNT_EVENT_LOW], 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all),	 TEST(test_unknown),	      TEST(test_major_first),
		TEST(test_swap), cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
