// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The view of top: keys, and what is drawn for a terminal of any size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/kvrmctl/guests.h"
#include "tools/kvrmctl/screen.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/view.h"

/**
 * struct stage - a view and what it shows
 */
struct stage {
	struct pair pair;
	struct histories histories;
	struct view view;
	struct scene scene;
	struct screen screen;
};

static void draw(struct stage *s, size_t width, size_t height)
{
	screen_deinit(&s->screen);
	s->screen = (struct screen){ .width = width, .height = height };
	order_apply(&s->view.order, &s->pair.guests);
	view_draw(&s->view, &s->scene, &s->screen);
}

static int setup(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));

	pair_init(&s->pair, THREE_SYSTEMS, "[]", THREE_BEFORE, THREE_AFTER);
	assert_int_equal(histories_add(&s->histories, &s->pair.guests), 0);
	s->scene = (struct scene){ .frame = &s->pair.frame,
				   .guests = &s->pair.guests,
				   .histories = &s->histories,
				   .clock = "12:34:56",
				   .interval_us = 500000 };
	draw(s, 200, 24);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct stage *s = *state;

	screen_deinit(&s->screen);
	histories_deinit(&s->histories);
	pair_deinit(&s->pair);
	free(s);
	return 0;
}

/* Keys one after the other, drawn after each. */
static void press(struct stage *s, const int *keys)
{
	for (; *keys; keys++) {
		assert_true(view_press(&s->view, &s->scene, *keys));
		draw(s, 200, 24);
	}
}
#define PRESS(s, ...) press(s, (const int[]){ __VA_ARGS__, 0 })

static bool shows(const struct stage *s, const char *text)
{
	for (size_t i = 0; i < s->screen.n; i++) {
		if (strstr(s->screen.line[i].text, text))
			return true;
	}
	return false;
}

static const char *selected(const struct stage *s)
{
	for (size_t i = 0; i < s->screen.n; i++) {
		if (s->screen.line[i].style == SCREEN_SELECTED)
			return s->screen.line[i].text;
	}
	return "none";
}

static void test_list(void **state)
{
	struct stage *s = *state;

	assert_true(shows(s,
			  "12:34:56  3 of 3 systems  0.90 CPUs, 3 MiB used  by used  every 0.5 s"));
	assert_true(shows(s, "limited 70 %: processor limit 300 ms/s"));
	assert_int_equal(s->screen.line[2].style, SCREEN_HEADER);
	assert_non_null(strstr(selected(s), "waits"));
	/* One that is not measured is dim. */
	assert_int_equal(s->screen.line[5].style, SCREEN_DIM);
}

static void test_select(void **state)
{
	struct stage *s = *state;

	PRESS(s, VIEW_KEY_DOWN);
	assert_non_null(strstr(selected(s), " limited "));
	/* It stays selected, wherever it is. */
	PRESS(s, 'n');
	assert_non_null(strstr(selected(s), " limited "));
	assert_int_equal(s->view.index, 0);
	PRESS(s, VIEW_KEY_UP);
	assert_int_equal(s->view.index, 0);
	PRESS(s, VIEW_KEY_END);
	assert_non_null(strstr(selected(s), "waits"));
	PRESS(s, VIEW_KEY_DOWN, VIEW_KEY_PAGE_DOWN);
	assert_non_null(strstr(selected(s), "waits"));
	PRESS(s, VIEW_KEY_HOME);
	assert_non_null(strstr(selected(s), " limited "));
}

static void test_sort(void **state)
{
	struct stage *s = *state;

	PRESS(s, 'l');
	assert_int_equal(s->view.order.key, ORDER_LIMITED);
	assert_false(s->view.order.reverse);
	PRESS(s, 'l');
	assert_true(s->view.order.reverse);
	assert_true(shows(s, "by limited, reverse"));
	PRESS(s, 's');
	assert_int_equal(s->view.order.key, ORDER_LIMITED + 1);
	assert_false(s->view.order.reverse);
	PRESS(s, 't', 's');
	assert_int_equal(s->view.order.key, 0);
	PRESS(s, 'g');
	assert_int_equal(s->view.history, HISTORY_HELD);
	/* What means nothing changes nothing. */
	PRESS(s, 'Z', 1);
	assert_int_equal(s->view.order.key, 0);
}

static void test_filter(void **state)
{
	struct stage *s = *state;

	PRESS(s, 'f', 'q', VIEW_KEY_BACKSPACE, 'b', 'a', 't');
	assert_true(shows(s, "filter: bat_"));
	assert_true(shows(s, "1 of 3 systems"));
	PRESS(s, VIEW_KEY_ENTER);
	assert_true(shows(s, "only those with: bat"));
	PRESS(s, '/', 'x', VIEW_KEY_ESCAPE);
	assert_string_equal(s->view.filter, "bat");
	PRESS(s, 'f', 'x', VIEW_KEY_ENTER);
	/* None is left: keys find nothing to move to, or to show. */
	PRESS(s, VIEW_KEY_DOWN, VIEW_KEY_END);
	assert_string_equal(selected(s), "none");
	PRESS(s, 'f');
	for (int i = 0; i < 2 * VIEW_FILTER_MAX; i++)
		PRESS(s, 'y');
	assert_int_equal(strlen(s->view.filter), VIEW_FILTER_MAX - 1);
}

static void test_details(void **state)
{
	struct stage *s = *state;

	PRESS(s, VIEW_KEY_ENTER);
	assert_int_equal(s->view.page, VIEW_DETAILS);
	assert_true(shows(s, "waits  active  pool batch  UUID w"));
	assert_true(shows(s, "memory: 3 MiB swapped, major faults 12/s, waited for it 7 %"));
	assert_true(shows(s, "ready 20 %: others run; wants 1000 ms/s, is due 600 ms/s"));
	assert_true(shows(s, "waits     1   0.00 %   0.00 %   0.00 %  100.00 %   0.00 %        0"));
	assert_true(shows(s, "       10  50.00 %  6.00 %  4.00 %"));
	assert_true(shows(s, "QEMU: emulator 5.00 %, I/O threads 0.00 %, vhost 0.25 % of a CPU"));
	PRESS(s, VIEW_KEY_DOWN, VIEW_KEY_ESCAPE);
	assert_int_equal(s->view.page, VIEW_LIST);
	PRESS(s, VIEW_KEY_DOWN, VIEW_KEY_ENTER);
	assert_true(shows(s, "memory: - swapped, major faults -, waited for it -"));
	assert_true(shows(s, "QEMU: emulator -, I/O threads -, vhost - of a CPU"));
	PRESS(s, VIEW_KEY_ESCAPE, VIEW_KEY_UP);
	/* It is gone while it is looked at. */
	PRESS(s, VIEW_KEY_ENTER);
	strcpy(s->view.selected, "gone");
	draw(s, 80, 24);
	assert_int_equal(s->view.page, VIEW_LIST);
	assert_non_null(strstr(selected(s), "waits"));
}

static void test_pages(void **state)
{
	struct stage *s = *state;

	PRESS(s, '?');
	assert_true(shows(s, "q             quit"));
	PRESS(s, VIEW_KEY_ESCAPE);
	assert_false(shows(s, "q             quit"));
	s->scene.trouble = "kvrmd is away";
	draw(s, 80, 24);
	assert_int_equal(s->screen.line[1].style, SCREEN_LOUD);
	assert_string_equal(s->screen.line[1].text, "kvrmd is away");
	/* What is shown is old then. */
	assert_int_equal(s->screen.line[4].style, SCREEN_DIM);
	assert_false(view_press(&s->view, &s->scene, 'q'));
}

/* Of any size: nothing is wider than the terminal, and the one that is selected is in sight. */
static void test_sizes(void **state)
{
	static const int pages[] = { VIEW_KEY_ESCAPE, VIEW_KEY_ENTER, 'h' };
	struct stage *s = *state;

	s->view.utf8 = true;
	for (size_t page = 0; page < 3; page++) {
		PRESS(s, VIEW_KEY_ESCAPE, VIEW_KEY_END, pages[page]);
		for (size_t width = 1; width < 220; width += 3) {
			for (size_t height = 1; height < 12; height++) {
				draw(s, width, height);
				for (size_t i = 0; i < s->screen.n; i++)
					assert_int_equal(strlen(s->screen.line[i].text),
							 table_text_bytes(s->screen.line[i].text,
									  width));
				if (s->view.page == VIEW_LIST && height > 3 && width > 20)
					assert_int_not_equal(strcmp(selected(s), "none"), 0);
			}
		}
	}
}

/* The window follows what is selected. */
static void test_window(void **state)
{
	struct stage *s = *state;

	PRESS(s, 'n', VIEW_KEY_HOME);
	draw(s, 200, 4);
	assert_int_equal(s->view.rows, 1);
	assert_non_null(strstr(s->screen.line[3].text, "limited"));
	assert_true(view_press(&s->view, &s->scene, VIEW_KEY_PAGE_DOWN));
	draw(s, 200, 4);
	assert_non_null(strstr(s->screen.line[3].text, "stopped"));
	assert_int_equal(s->screen.line[3].style, SCREEN_SELECTED);
	draw(s, 200, 24);
	assert_int_equal(s->view.first, 0);
}

static void test_no_guests(void **state)
{
	struct stage *s = *state;
	const struct guests none = { 0 };

	s->scene.guests = &none;
	draw(s, 80, 24);
	PRESS(s, VIEW_KEY_DOWN, VIEW_KEY_ENTER, VIEW_KEY_UP);
	assert_true(shows(s, "0 of 0 systems"));
	assert_int_equal(s->view.page, VIEW_LIST);
}

/* What would move the cursor does not get to the terminal. */
static void test_tame(void **state)
{
	struct screen screen = { .width = 80, .height = 24 };

	screen_add(&screen, SCREEN_PLAIN, "a\033[2Jb\nc");
	assert_string_equal(screen.line[0].text, "a?[2Jb?c");
	screen_deinit(&screen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_select, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sort, setup, teardown),
		cmocka_unit_test_setup_teardown(test_filter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_details, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_guests, setup, teardown),
		cmocka_unit_test(test_tame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
