// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problems, as the manager tells them: each once, and of foreign texts whole characters only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/manager-internal.h"
#include "daemon/util/text.h"

#define PREFIX "the disk of web: "

static struct manager m;
static char told[GUEST_PROBLEM_SIZE];

static int set_up(void **state)
{
	m = (struct manager){ 0 };
	told[0] = '\0';
	return host_init(&m.host);
}

static int tear_down(void **state)
{
	host_deinit(&m.host);
	return 0;
}

static void expect(const char *sentence)
{
	assert_int_equal(m.host.n_problems, 1);
	assert_string_equal(m.host.problems[0], sentence);
}

static void test_once(void **state)
{
	manager_tell(&m, told, PREFIX, "QEMU refused");
	manager_tell(&m, told, PREFIX, "QEMU refused");
	expect(PREFIX "QEMU refused");
	manager_tell(&m, told, PREFIX, "it is gone");
	expect(PREFIX "it is gone");
	manager_tell(&m, told, PREFIX, "");
	assert_int_equal(m.host.n_problems, 0);
}

/* Whatever number of bytes is in front of it, no character is cut. */
static void test_long(void **state)
{
	char why[GUEST_PROBLEM_SIZE + 8];

	for (size_t before = GUEST_PROBLEM_SIZE - 6; before < GUEST_PROBLEM_SIZE; before++) {
		memset(why, 'x', before);
		strcpy(why + before, "😀😀");
		manager_tell(&m, told, PREFIX, why);
		assert_int_equal(m.host.n_problems, 1);
		assert_true(text_is_clean(m.host.problems[0]));
		assert_int_equal(strlen(m.host.problems[0]),
				 strlen(PREFIX) + (before > GUEST_PROBLEM_SIZE - 5
							   ? before
							   : before + strlen("😀")));
		manager_tell(&m, told, PREFIX, why);
		assert_int_equal(m.host.n_problems, 1);
		manager_tell(&m, told, PREFIX, "");
	}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once),
		TEST(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
