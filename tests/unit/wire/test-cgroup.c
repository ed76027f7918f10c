// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cgroup files, as a tree of plain files.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/cgroup.h"

struct test {
	char root[64];
	int fd;
};

static void put(struct test *t, const char *name, const char *text)
{
	_cleanup_close_ int fd =
		openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	char path[128];

	strcpy(t->root, "/tmp/kvrm-test-cgroup.XXXXXX");
	if (!mkdtemp(t->root))
		return -1;
	snprintf(path, sizeof(path), "%s/kvrm.slice", t->root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/kvrm.slice/guest", t->root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/kvrm.slice/link", t->root);
	if (symlink("guest", path) < 0)
		return -1;
	t->fd = cgroup_open(t->root, "/kvrm.slice/guest");
	*state = t;
	return t->fd < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct test *t = *state;

	close(t->fd);
	nftw(t->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

static void test_open(void **state)
{
	struct test *t = *state;
	_cleanup_close_ int fd = cgroup_open(t->root, "kvrm.slice//guest");
	uint64_t one, other;

	assert_true(fd >= 0);
	assert_int_equal(cgroup_id(fd, &one), 0);
	assert_int_equal(cgroup_id(t->fd, &other), 0);
	assert_int_equal(one, other);
	assert_int_equal(cgroup_open(t->root, "/"), -EINVAL);
	assert_int_equal(cgroup_open(t->root, ""), -EINVAL);
	assert_int_equal(cgroup_open(t->root, "."), -EINVAL);
	assert_int_equal(cgroup_open(t->root, "/kvrm.slice/none"), -ENOENT);
	assert_int_equal(cgroup_open(t->root, "/kvrm.slice/link"), -ENOTDIR);
	assert_int_equal(cgroup_open(t->root, "/../etc"), -EINVAL);
	put(t, "file", "");
	assert_int_equal(cgroup_open(t->root, "/kvrm.slice/guest/file"), -ENOTDIR);
	assert_int_equal(cgroup_open("/nonexistent", "/x"), -ENOENT);
}

static void test_cpu_stat(void **state)
{
	struct cgroup_cpu_stat stat = { .usage_us = 1 };
	struct test *t = *state;

	assert_int_equal(cgroup_read_cpu_stat(t->fd, &stat), -ENOENT);
	put(t, "cpu.stat",
	    "usage_usec 123456789012\nuser_usec 5\nsystem_usec 6\nnr_periods 7\nnr_throttled 8\n"
	    "throttled_usec 99\nnr_bursts 0\nburst_usec 0\n");
	assert_int_equal(cgroup_read_cpu_stat(t->fd, &stat), 0);
	assert_int_equal(stat.usage_us, UINT64_C(123456789012));
	assert_true(stat.limited_known);
	assert_int_equal(stat.limited_us, 99);
	put(t, "cpu.stat", "usage_usec 5\nuser_usec 5\nsystem_usec 0");
	assert_int_equal(cgroup_read_cpu_stat(t->fd, &stat), 0);
	assert_int_equal(stat.usage_us, 5);
	assert_false(stat.limited_known);
}

static void test_bad_cpu_stat(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"user_usec 1\n",
		"usage_usec\n",
		"usage_usec \n",
		"usage_usec x\n",
		"usage_usec -1\n",
		"usage_usec 18446744073709551616\n",
		"usage_usec 111111111111111111111111111111\n",
		"usage_usec_more 5\n",
		"usage_usec 5\nthrottled_usec x\n",
	};
	struct cgroup_cpu_stat stat = { .usage_us = 1 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		put(*state, "cpu.stat", texts[i]);
		assert_int_equal(cgroup_read_cpu_stat(((struct test *)*state)->fd, &stat),
				 -EBADMSG);
		assert_int_equal(stat.usage_us, 1);
	}
}

static void test_cpu_max(void **state)
{
	static const char *const bad[] = { "",	    "max\n",   "max 0\n",   "0 100000\n", "x 1\n",
					   "1 x\n", "1 2 3\n", "max max\n", "-1 100000\n" };
	struct test *t = *state;
	uint64_t quota_us = 77, period_us = 77;

	assert_int_equal(cgroup_read_cpu_max(t->fd, &quota_us, &period_us), -ENOENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put(t, "cpu.max", bad[i]);
		assert_int_equal(cgroup_read_cpu_max(t->fd, &quota_us, &period_us), -EBADMSG);
	}
	assert_int_equal(quota_us, 77);
	assert_int_equal(period_us, 77);
	put(t, "cpu.max", "max 100000\n");
	assert_int_equal(cgroup_read_cpu_max(t->fd, &quota_us, &period_us), 0);
	assert_int_equal(quota_us, 0);
	assert_int_equal(period_us, 100000);
	put(t, "cpu.max", "2500 10000\n");
	assert_int_equal(cgroup_read_cpu_max(t->fd, &quota_us, &period_us), 0);
	assert_int_equal(quota_us, 2500);
	assert_int_equal(period_us, 10000);
}

static void test_cpu_weight(void **state)
{
	static const char *const bad[] = { "", "0\n", "10001\n", "-1\n", "1 2\n", "idle\n" };
	struct test *t = *state;
	uint32_t weight = 77;

	assert_int_equal(cgroup_read_cpu_weight(t->fd, &weight), -ENOENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put(t, "cpu.weight", bad[i]);
		assert_int_equal(cgroup_read_cpu_weight(t->fd, &weight), -EBADMSG);
	}
	assert_int_equal(weight, 77);
	put(t, "cpu.weight", "10000\n");
	assert_int_equal(cgroup_read_cpu_weight(t->fd, &weight), 0);
	assert_int_equal(weight, 10000);
}

static void test_io_weight(void **state)
{
	static const char *const bad[] = {
		"", "100\n", "default\n", "default 0\n", "default 10001\n", "8:0 50\n"
	};
	struct test *t = *state;
	uint32_t weight = 77;

	assert_int_equal(cgroup_read_io_weight(t->fd, &weight), -ENOENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put(t, "io.weight", bad[i]);
		assert_int_equal(cgroup_read_io_weight(t->fd, &weight), -EBADMSG);
	}
	assert_int_equal(weight, 77);
	put(t, "io.weight", "default 250\n8:0 50\n");
	assert_int_equal(cgroup_read_io_weight(t->fd, &weight), 0);
	assert_int_equal(weight, 250);
}

static void test_memory(void **state)
{
	struct test *t = *state;
	uint64_t bytes = 5;

	assert_int_equal(cgroup_read_memory(t->fd, &bytes), -ENOENT);
	put(t, "memory.current", "max\n");
	assert_int_equal(cgroup_read_memory(t->fd, &bytes), -EBADMSG);
	assert_int_equal(bytes, 5);
	put(t, "memory.current", "17179869184\n");
	assert_int_equal(cgroup_read_memory(t->fd, &bytes), 0);
	assert_int_equal(bytes, UINT64_C(17179869184));
}

static void test_memory_min(void **state)
{
	struct test *t = *state;
	uint64_t bytes = 5;

	assert_int_equal(cgroup_read_memory_min(t->fd, &bytes), -ENOENT);
	put(t, "memory.min", "much\n");
	assert_int_equal(cgroup_read_memory_min(t->fd, &bytes), -EBADMSG);
	assert_int_equal(bytes, 5);
	put(t, "memory.min", "4096\n");
	assert_int_equal(cgroup_read_memory_min(t->fd, &bytes), 0);
	assert_int_equal(bytes, 4096);
	put(t, "memory.min", "max\n");
	assert_int_equal(cgroup_read_memory_min(t->fd, &bytes), 0);
	assert_true(bytes == UINT64_MAX);
}

static void test_procs(void **state)
{
	struct test *t = *state;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n;

	put(t, "cgroup.procs", "");
	assert_int_equal(cgroup_read_procs(t->fd, &pids, &n), 0);
	assert_null(pids);
	assert_int_equal(n, 0);
	put(t, "cgroup.procs", "1\n4194304\n7\n");
	assert_int_equal(cgroup_read_procs(t->fd, &pids, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(pids[1], 4194304);
	assert_int_equal(pids[2], 7);
	put(t, "cgroup.procs", "1\nx\n");
	assert_int_equal(cgroup_read_procs(t->fd, NULL, NULL), -EBADMSG);
	put(t, "cgroup.procs", "2147483648\n");
	assert_int_equal(cgroup_read_procs(t->fd, NULL, NULL), -EBADMSG);
}

static void test_read(void **state)
{
	struct test *t = *state;
	char buffer[8];

	put(t, "f", "1234567");
	assert_int_equal(cgroup_read(t->fd, "f", buffer, sizeof(buffer)), 7);
	assert_string_equal(buffer, "1234567");
	put(t, "f", "12345678");
	assert_int_equal(cgroup_read(t->fd, "f", buffer, sizeof(buffer)), -EFBIG);
}

struct told {
	int times;
	bool freeing;
	struct cgroup_watch *watch;
};

static void on_empty(void *data)
{
	struct told *told = data;

	told->times++;
	if (told->freeing)
		told->watch = cgroup_watch_free(told->watch);
}

static void spin(sd_event *event)
{
	while (sd_event_run(event, 20000) > 0)
		;
}

static void test_watch(void **state)
{
	struct told told = { 0 };
	struct test *t = *state;
	sd_event *event = NULL;

	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(cgroup_watch_new(event, t->fd, on_empty, &told, &told.watch), -ENOENT);
	put(t, "cgroup.events", "populated 1\nfrozen 0\n");
	assert_int_equal(cgroup_read_populated(t->fd), 1);
	assert_int_equal(cgroup_watch_new(event, t->fd, on_empty, &told, &told.watch), 0);
	spin(event);
	assert_int_equal(told.times, 0);
	put(t, "cgroup.events", "populated 1\nfrozen 1\n");
	spin(event);
	assert_int_equal(told.times, 0);
	put(t, "cgroup.events", "populated 0\nfrozen 0\n");
	spin(event);
	assert_int_equal(told.times, 1);
	assert_int_equal(cgroup_read_populated(t->fd), 0);
	put(t, "cgroup.events", "populated 0\nfrozen 1\n");
	spin(event);
	assert_int_equal(told.times, 1);
	told.watch = cgroup_watch_free(told.watch);
	/* Empty before it is watched; freed by who is told. */
	told.freeing = true;
	assert_int_equal(cgroup_watch_new(event, t->fd, on_empty, &told, &told.watch), 0);
	assert_int_equal(told.times, 1);
	spin(event);
	assert_int_equal(told.times, 2);
	assert_null(told.watch);
	sd_event_unref(event);
}

static void put_guest(struct test *t, const char *folder, const char *procs)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/kvrm.slice/%s", t->root, folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "../%s/cgroup.procs", folder);
	put(t, path, procs);
}

static void test_find(void **state)
{
	struct test *t = *state;
	char path[256], small[24];

	put_guest(t, "kvrm-a.slice", "");
	put_guest(t, "kvrm-a.slice/kvrm-a-b.slice", "");
	put_guest(t, "kvrm-a.slice/kvrm-a-b.slice/guest-2.scope", "17\n4242\n");
	put_guest(t, "guest-1.scope", "17\n42\n");
	put_guest(t, "other", "43\n");
	assert_int_equal(cgroup_find(t->root, "/kvrm.slice", "guest-", 4242, path, sizeof(path)),
			 0);
	assert_string_equal(path, "/kvrm.slice/kvrm-a.slice/kvrm-a-b.slice/guest-2.scope");
	assert_int_equal(cgroup_find(t->root, "/kvrm.slice", "guest-", 42, path, sizeof(path)), 0);
	assert_string_equal(path, "/kvrm.slice/guest-1.scope");
	assert_int_equal(cgroup_find(t->root, "/kvrm.slice", "guest-", 43, path, sizeof(path)),
			 -ESRCH);
	assert_int_equal(cgroup_find(t->root, "/kvrm.slice", "guest-", 4, path, sizeof(path)),
			 -ESRCH);
	assert_int_equal(cgroup_find(t->root, "/none.slice", "guest-", 42, path, sizeof(path)),
			 -ENOENT);
	/* What does not fit is not found. */
	assert_int_equal(cgroup_find(t->root, "/kvrm.slice", "guest-", 42, small, sizeof(small)),
			 -ESRCH);
	assert_int_equal(cgroup_find(t->root, "/kvrm.slice", "guest-", 42, small, 5),
			 -ENAMETOOLONG);
}

/* As libvirt has them: a threaded part lists nothing. */
static void test_all_procs(void **state)
{
	struct test *t = *state;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0, sum = 0;

	assert_int_equal(cgroup_read_all_procs(t->fd, &pids, &n), 0);
	assert_int_equal(n, 0);
	assert_null(pids);
	put(t, "cgroup.procs", "7\n");
	assert_int_equal(mkdirat(t->fd, "libvirt", 0700), 0);
	assert_int_equal(mkdirat(t->fd, "libvirt/emulator", 0700), 0);
	put(t, "libvirt/cgroup.procs", "20\n300\n");
	put(t, "libvirt/emulator/cgroup.procs", "4000\n");
	put(t, "libvirt/file", "");
	assert_int_equal(cgroup_read_all_procs(t->fd, &pids, &n), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		sum += (size_t)pids[i];
	assert_int_equal(sum, 4327);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open),       TEST(test_cpu_stat), TEST(test_bad_cpu_stat),
		TEST(test_cpu_max),    TEST(test_memory),   TEST(test_memory_min),
		TEST(test_procs),      TEST(test_read),	    TEST(test_watch),
		TEST(test_cpu_weight), TEST(test_find),	    TEST(test_io_weight),
		TEST(test_all_procs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
