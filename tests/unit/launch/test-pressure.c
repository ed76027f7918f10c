// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trigger that the kernel is given, as its file receives it; what it says if it cannot be.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/launch/pressure.h"

static void test_trigger(void **state)
{
	char path[] = "/tmp/kvrm-pressure-XXXXXX", text[64] = "";
	int file = mkstemp(path), fd;
	char *error = NULL;

	assert_true(file >= 0);
	fd = pressure_open(path, &error);
	assert_true(fd >= 0);
	assert_null(error);
	/* With its terminator: the kernel puts one over the last byte. */
	assert_int_equal(read(file, text, sizeof(text)), sizeof("some 100000 1000000"));
	assert_string_equal(text, "some 100000 1000000");
	close(fd);
	close(file);
	unlink(path);
}

static void test_without(void **state)
{
	char *error = NULL;

	assert_int_equal(pressure_open("/nowhere/memory", &error), -ENOENT);
	assert_string_equal(error, "/nowhere/memory: No such file or directory");
	free(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trigger),
		cmocka_unit_test(test_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
