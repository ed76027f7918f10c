// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When QEMUs of others are tried, and what is told of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/model/foreign.h"

static struct foreign_list list;

static int teardown(void **state)
{
	foreign_list_deinit(&list);
	return 0;
}

/* A look that finds one process. Return: whether it is due. */
static bool look(uint32_t pid, uint64_t start_ticks)
{
	bool due;

	foreign_begin_look(&list);
	due = foreign_is_due(&list, pid, start_ticks);
	foreign_end_look(&list);
	return due;
}

static void look_at_nothing(void)
{
	foreign_begin_look(&list);
	foreign_end_look(&list);
}

static void test_due_when_seen_twice(void **state)
{
	assert_false(look(7, 100));
	assert_true(look(7, 100));
	assert_false(look(7, 100));
	/* Another process with the same number. */
	assert_false(look(7, 200));
	assert_true(look(7, 200));
	assert_int_equal(list.n, 1);
}

static void test_tried_again(void **state)
{
	int tries = 0;

	for (int i = 0; i < 3 * FOREIGN_TRIES_EVERY; i++)
		tries += look(7, 100);
	assert_int_equal(tries, 3);
}

static void test_told_once(void **state)
{
	look(7, 100);
	look(7, 100);
	assert_true(foreign_refused(&list, 7, 100, "no"));
	assert_false(foreign_refused(&list, 7, 100, "no"));
	assert_true(foreign_refused(&list, 7, 100, "not now"));
	assert_true(foreign_refused(&list, 8, 100, "not now"));
}

static void test_forgotten(void **state)
{
	look(7, 100);
	look(7, 100);
	foreign_refused(&list, 7, 100, "no");
	look_at_nothing();
	assert_int_equal(list.n, 0);
	assert_false(look(7, 100));
	assert_true(look(7, 100));
	assert_true(foreign_refused(&list, 7, 100, "no"));
}

static void test_several(void **state)
{
	for (int i = 0; i < 2; i++) {
		foreign_begin_look(&list);
		assert_int_equal(foreign_is_due(&list, 1, 10), i == 1);
		assert_int_equal(foreign_is_due(&list, 2, 20), i == 1);
		assert_int_equal(foreign_is_due(&list, 3, 30), i == 1);
		foreign_end_look(&list);
	}
	foreign_begin_look(&list);
	foreign_is_due(&list, 1, 10);
	foreign_is_due(&list, 3, 30);
	foreign_end_look(&list);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.items[1].pid, 3);
}

static void test_left_alone(void **state)
{
	foreign_leave_alone(&list, 7, 100);
	for (int i = 0; i < 2 * FOREIGN_TRIES_EVERY; i++)
		assert_false(look(7, 100));
	/* Released while a look is under way that has passed it by. */
	foreign_begin_look(&list);
	foreign_is_due(&list, 7, 100);
	foreign_leave_alone(&list, 8, 100);
	foreign_end_look(&list);
	assert_int_equal(list.n, 2);
	/* It has ended; its number is another's. */
	look_at_nothing();
	assert_false(look(7, 300));
	assert_true(look(7, 300));
}

#define TEST(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_due_when_seen_twice), TEST(test_tried_again), TEST(test_told_once),
		TEST(test_forgotten),		TEST(test_several),	TEST(test_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
