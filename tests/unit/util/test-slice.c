// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of slices: as systemd would escape and nest them, and never longer than it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "daemon/util/slice.h"

static void test_names(void **state)
{
	static const char *const chain[] = { "web", "front-end", "a.b_c" };
	char name[SLICE_NAME_SIZE];

	assert_int_equal(slice_name(NULL, 0, name), 0);
	assert_string_equal(name, "kvrm.slice");
	assert_int_equal(slice_name(chain, 1, name), 0);
	assert_string_equal(name, "kvrm-web.slice");
	assert_int_equal(slice_name(chain, 2, name), 0);
	assert_string_equal(name, "kvrm-web-front\\x2dend.slice");
	assert_int_equal(slice_name(chain, 3, name), 0);
	assert_string_equal(name, "kvrm-web-front\\x2dend-a.b_c.slice");
}

static void test_paths(void **state)
{
	static const char *const chain[] = { "web", "x-y" };
	char path[SLICE_PATH_SIZE];

	assert_int_equal(slice_path(NULL, 0, path), 0);
	assert_string_equal(path, "/kvrm.slice");
	assert_int_equal(slice_path(chain, 2, path), 0);
	assert_string_equal(path, "/kvrm.slice/kvrm-web.slice/kvrm-web-x\\x2dy.slice");
}

/* Nothing that could name another unit. */
static void test_no_names(void **state)
{
	static const char *const bad[] = { "",
					   ".",
					   "..",
					   "-x",
					   "a/b",
					   "a b",
					   "a\\b",
					   "_x",
					   "0123456789012345678901234567890123456789012345678901234"
					   "567890123" };
	char name[SLICE_NAME_SIZE];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(slice_name(&bad[i], 1, name), -EINVAL);
}

static void test_bounds(void **state)
{
	static const char longest[] =
		"012345678901234567890123456789012345678901234567890123456789012";
	static const char dashes[] =
		"a--------------------------------------------------------------";
	const char *chain[SLICE_CHAIN_MAX + 1];
	char name[SLICE_NAME_SIZE], path[SLICE_PATH_SIZE];
	/* "kvrm", four times a dash and a name, ".slice": two bytes more than systemd takes. */
	char last[] = "0123456789012345678901234567890123456789012345678901";

	for (size_t i = 0; i < SLICE_CHAIN_MAX + 1; i++)
		chain[i] = "a";
	assert_int_equal(slice_name(chain, SLICE_CHAIN_MAX, name), 0);
	assert_int_equal(slice_path(chain, SLICE_CHAIN_MAX, path), 0);
	assert_int_equal(slice_name(chain, SLICE_CHAIN_MAX + 1, name), -EINVAL);
	for (size_t i = 0; i < SLICE_CHAIN_MAX; i++)
		chain[i] = longest;
	assert_int_equal(slice_name(chain, 3, name), 0);
	assert_int_equal(slice_name(chain, 4, name), -ENAMETOOLONG);
	chain[3] = last;
	assert_int_equal(slice_name(chain, 4, name), 0);
	assert_int_equal(strlen(name), 4 + 3 * 64 + 1 + 52 + 6);
	assert_int_equal(strlen(name), 255);
	chain[3] = "01234567890123456789012345678901234567890123456789012";
	assert_int_equal(slice_name(chain, 4, name), -ENAMETOOLONG);
	/* Escaped, a name is up to four times as long. */
	chain[0] = dashes;
	assert_int_equal(slice_name(chain, 1, name), -ENAMETOOLONG);
	chain[0] = "a----------------------------------------------------";
	assert_int_equal(slice_name(chain, 1, name), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
