// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block devices of a host, as a tree of plain files.
 */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/wire/blockdev.h"

struct test {
	char root[64];
	char sysfs[80];
};

static void put(struct test *t, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", t->root, name);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void add_directory(struct test *t, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", t->root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	char path[128];

	strcpy(t->root, "/tmp/kvrm-test-blockdev.XXXXXX");
	if (!mkdtemp(t->root))
		return -1;
	snprintf(t->sysfs, sizeof(t->sysfs), "%s/block", t->root);
	add_directory(t, "block");
	add_directory(t, "devices");
	add_directory(t, "devices/sda");
	add_directory(t, "devices/sda/queue");
	add_directory(t, "block/loop0");
	/* As in sysfs. */
	snprintf(path, sizeof(path), "%s/block/sda", t->root);
	if (symlink("../devices/sda", path))
		return -1;
	*state = t;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct test *t = *state;

	nftw(t->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

static void test_schedulers(void **state)
{
	struct test *t = *state;

	assert_int_equal(blockdev_any_weighs(t->sysfs, t->root), 0);
	put(t, "devices/sda/queue/scheduler", "[none] mq-deadline bfq\n");
	assert_int_equal(blockdev_any_weighs(t->sysfs, t->root), 0);
	put(t, "devices/sda/queue/scheduler", "none mq-deadline [bfq]\n");
	assert_int_equal(blockdev_any_weighs(t->sysfs, t->root), 1);
}

static void test_cost(void **state)
{
	struct test *t = *state;

	put(t, "io.cost.qos", "");
	assert_int_equal(blockdev_any_weighs(t->sysfs, t->root), 0);
	put(t, "io.cost.qos", "8:0 enable=0 ctrl=auto rpct=0.00 rlat=250000\n");
	assert_int_equal(blockdev_any_weighs(t->sysfs, t->root), 0);
	put(t, "io.cost.qos",
	    "8:0 enable=0 ctrl=auto rpct=0.00 rlat=250000\n8:16 enable=1 ctrl=auto rpct=0.00\n");
	assert_int_equal(blockdev_any_weighs(t->sysfs, t->root), 1);
}

static void test_no_sysfs(void **state)
{
	struct test *t = *state;

	assert_int_equal(blockdev_any_weighs("/nonexistent", t->root), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_schedulers), TEST(test_cost),
					    TEST(test_no_sysfs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
