// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes, as /proc shows them: a made one.
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

#include "daemon/wire/process.h"

#define PID   4242
#define FIRST "4242 (qemu-system-x86) S 1 4242 4242 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 4 0 "
#define STAT  FIRST "98765 123 456\n"

static char root[64];

static void put_bytes(const char *name, const char *bytes, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d/%s", root, PID, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static int set_up(void **state)
{
	char path[128];

	strcpy(root, "/tmp/kvrm-test-process.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/%d", root, PID);
	if (mkdir(path, 0700))
		return -1;
	put("stat", STAT);
	put("cgroup", "1:name=systemd:/other\n0::/machine.slice/a.scope\n");
	put_bytes("cmdline", "qemu\0-name\0web", 15);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int read_it(struct process *ret)
{
	return process_read(root, PID, ret);
}

static void test_read(void **state)
{
	struct process process;

	assert_int_equal(read_it(&process), 0);
	assert_int_equal(process.pid, PID);
	assert_string_equal(process.name, "qemu-system-x86");
	assert_int_equal(process.start_ticks, 98765);
	assert_string_equal(process.cgroup, "/machine.slice/a.scope");
	assert_int_equal(process.arguments_size, 15);
	assert_memory_equal(process.arguments, "qemu\0-name\0web", 15);
	process_deinit(&process);
	assert_null(process.arguments);
}

/* Whoever is root in a container may call its process anything. */
static void test_odd_names(void **state)
{
	static const struct {
		const char *name, *shown;
	} names[] = {
		{ "a) S 1 2 (b", "a) S 1 2 (b" },
		{ "(", "(" },
		{ ")", ")" },
		{ " ", " " },
		{ "", "" },
		{ "ü", "ü" },
		{ "a\nb\x1b", "a?b?" },
		{ "fifteen-bytes:\xc3", "fifteen-bytes:?" },
		{ "\xff\xfe", "??" },
	};
	struct process process;
	char text[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "4242 (%s) %s", names[i].name, strstr(STAT, "S 1"));
		put("stat", text);
		assert_int_equal(read_it(&process), 0);
		assert_string_equal(process.name, names[i].shown);
		assert_int_equal(process.start_ticks, 98765);
		process_deinit(&process);
	}
}

static void test_none(void **state)
{
	struct process process;

	assert_int_equal(process_read(root, 1, &process), -ESRCH);
	process_deinit(&process);
	put("stat", "4242 (qemu) Z 1 4242 4242 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 4 0 98765 1\n");
	assert_int_equal(read_it(&process), -ESRCH);
	process_deinit(&process);
}

static void test_no_cgroup(void **state)
{
	struct process process;

	put("cgroup", "1:name=systemd:/other\n");
	assert_int_equal(read_it(&process), 0);
	assert_string_equal(process.cgroup, "");
	process_deinit(&process);
	put("cgroup", "0::/\n");
	assert_int_equal(read_it(&process), 0);
	assert_string_equal(process.cgroup, "/");
	process_deinit(&process);
}

static void test_malformed(void **state)
{
	static const char *const texts[] = { "",
					     "4242",
					     "4242 (qemu",
					     "4242 qemu) S",
					     "4242 (qemu)",
					     "4242 (qemu) S",
					     "4242 (qemu) Q",
					     FIRST,
					     FIRST "x" };
	struct process process;
	char *cgroup;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put("stat", texts[i]);
		assert_int_equal(read_it(&process), -EBADMSG);
		process_deinit(&process);
	}
	put("stat", STAT);
	cgroup = malloc(SLICE_PATH_SIZE + 8);
	memset(cgroup, 'a', SLICE_PATH_SIZE + 7);
	cgroup[SLICE_PATH_SIZE + 7] = '\0';
	memcpy(cgroup, "0::/", 4);
	put("cgroup", cgroup);
	free(cgroup);
	assert_int_equal(read_it(&process), -ENAMETOOLONG);
	process_deinit(&process);
}

/* The real one. */
static void test_self(void **state)
{
	struct process process;

	assert_int_equal(process_read(NULL, getpid(), &process), 0);
	assert_true(process.start_ticks > 0);
	assert_non_null(strstr(process.arguments, "test-process"));
	process_deinit(&process);
}

static void test_name_and_list(void **state)
{
	char name[PROCESS_NAME_SIZE], path[128];
	pid_t *pids = NULL;
	size_t n = 0;

	assert_int_equal(process_read_name(root, PID, name), -ESRCH);
	put("comm", "qemu-system-x86\n");
	assert_int_equal(process_read_name(root, PID, name), 0);
	assert_string_equal(name, "qemu-system-x86");
	put("comm", "kvm\xff\n");
	assert_int_equal(process_read_name(root, PID, name), 0);
	assert_string_equal(name, "kvm?");
	/* What is no process is none. */
	snprintf(path, sizeof(path), "%s/self", root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/17x", root);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(process_list(root, &pids, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(pids[0], PID);
	free(pids);
	assert_int_equal(process_list("/nonexistent", &pids, &n), -ENOENT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read),	  TEST(test_odd_names), TEST(test_none),
		TEST(test_no_cgroup),	  TEST(test_malformed), TEST(test_self),
		TEST(test_name_and_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
