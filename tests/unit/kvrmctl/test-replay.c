// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl replay: systems that are named are in the file, or it is an error.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/kvrmctl/tapes.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/tape.h"

#define MS UINT64_C(1000000)

static char path[] = "/tmp/kvrm-test-replay-XXXXXX";

static void write_guest(struct tape *t, struct stage *st, uint32_t guest, const char *name)
{
	struct kvrm_sample sample;

	stage_guest(st, guest, name, (1 + st->round) * 100 * MS, (1 + st->round) * 10 * MS);
	assert_true(kvrm_samples_next(&st->reader, &sample));
	assert_int_equal(tape_write(t, &sample), 0);
}

/* "web" in both rounds, "db" in the first one only. */
static int make_file(void **state)
{
	_cleanup_tape_ struct tape t = { 0 };
	struct stage st;
	int fd;

	strcpy(path, "/tmp/kvrm-test-replay-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	stage_init(&st);
	assert_int_equal(tape_create(&t, fd, &st.reader), 0);
	write_guest(&t, &st, 1, "web");
	write_guest(&t, &st, 2, "db");
	st.round++;
	write_guest(&t, &st, 1, "web");
	assert_int_equal(tape_finish(&t), 0);
	stage_deinit(&st);
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	return unlink(path);
}

/* Of up to two names; what is written is not of interest. Returns the exit status. */
static int replay(struct client *client, const char *first, const char *second)
{
	static char name[] = "replay", csv[] = "--csv";
	char *argv[] = { name, csv, path, (char *)first, (char *)second, NULL };
	int argc = 3 + (first != NULL) + (second != NULL);
	int out, null, status;

	fflush(stdout);
	out = dup(STDOUT_FILENO);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_true(out >= 0 && null >= 0);
	assert_true(dup2(null, STDOUT_FILENO) >= 0);
	*client = (struct client){ .keep = true };
	/* getopt_long() begins anew. */
	optind = 0;
	status = command_replay(client, argc, argv);
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	close(out);
	close(null);
	return status;
}

static void test_who_is_there(void **state)
{
	struct client client;

	assert_int_equal(replay(&client, NULL, NULL), EXIT_OK);
	assert_int_equal(replay(&client, "web", NULL), EXIT_OK);
	assert_int_equal(replay(&client, "web", "db"), EXIT_OK);
	assert_int_equal(replay(&client, "00000000-0000-0000-0000-000000000002", NULL), EXIT_OK);
	assert_string_equal(client.said, "");
}

static void test_who_is_not(void **state)
{
	struct client client;

	assert_int_equal(replay(&client, "nobody", NULL), EXIT_NOT_FOUND);
	assert_string_equal(client.said, "nobody: there is no such virtual system");
	assert_int_equal(replay(&client, "web", "nobody"), EXIT_NOT_FOUND);
	assert_string_equal(client.said, "nobody: there is no such virtual system");
}

/* Of a file that ends too early nobody can say who would have been in it. */
static void test_too_short(void **state)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct client client;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 1), 0);
	close(fd);
	assert_int_equal(replay(&client, "nobody", NULL), EXIT_FAILED);
	assert_non_null(strstr(client.said, "ends too early"));
}

static void test_nothing_in_it(void **state)
{
	_cleanup_tape_ struct tape t = { 0 };
	struct client client;
	struct stage st;
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	stage_init(&st);
	assert_int_equal(tape_create(&t, fd, &st.reader), 0);
	assert_int_equal(tape_finish(&t), 0);
	stage_deinit(&st);
	close(fd);
	assert_int_equal(replay(&client, NULL, NULL), EXIT_OK);
	assert_int_equal(replay(&client, "web", NULL), EXIT_NOT_FOUND);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make_file, remove_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_is_there),
		TEST(test_who_is_not),
		TEST(test_too_short),
		TEST(test_nothing_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
