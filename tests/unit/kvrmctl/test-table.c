// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables and sizes for people.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tools/kvrmctl/table.h"

static void test_columns(void **state)
{
	static const char *const header[] = { "NAME", ">LIMIT", "LAST" };
	_cleanup_table_ struct table t = { .columns = 3, .header = header };
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	table_add(&t, "a-long-name");
	table_add(&t, "%d %%", 25);
	table_add(&t, "x");
	table_add(&t, "b");
	table_add(&t, "unlimited");
	table_add(&t, "a longer end");
	table_print(&t, file);
	fclose(file);
	assert_string_equal(text, "NAME             LIMIT  LAST\n"
				  "a-long-name       25 %  x\n"
				  "b            unlimited  a longer end\n");
}

static void print_to_text(const struct table *t, char **ret_text)
{
	size_t size;
	FILE *file = open_memstream(ret_text, &size);

	assert_non_null(file);
	table_print(t, file);
	fclose(file);
}

/* A column is as wide as its characters, not as their bytes. */
static void test_characters(void **state)
{
	static const char *const header[] = { "NAME", ">N" };
	_cleanup_table_ struct table t = { .columns = 2, .header = header };
	_cleanup_free_ char *text = NULL;

	table_add(&t, "└─ größe");
	table_add(&t, "1");
	table_add(&t, "b");
	table_add(&t, "ü2");
	print_to_text(&t, &text);
	assert_string_equal(text, "NAME       N\n"
				  "└─ größe   1\n"
				  "b         ü2\n");
}

static void test_styles(void **state)
{
	static const char *const header[] = { "A", "B" };
	_cleanup_table_ struct table t = { .columns = 2, .header = header };
	_cleanup_free_ char *plain = NULL, *coloured = NULL;

	table_add(&t, "1");
	table_add(&t, "2");
	table_style(&t, TABLE_DIM);
	table_add(&t, "3");
	table_add(&t, "4");
	table_style(&t, TABLE_LOUD);
	table_add(&t, "5");
	table_add(&t, "6");
	table_add(&t, "7");
	table_add(&t, "8");
	print_to_text(&t, &plain);
	assert_string_equal(plain, "A  B\n1  2\n3  4\n5  6\n7  8\n");
	t.colours = true;
	print_to_text(&t, &coloured);
	assert_string_equal(coloured, "A  B\n1  2\n\033[2m3  4\033[0m\n\033[1;31m5  6\033[0m\n"
				      "7  8\n");
}

static void test_shares(void **state)
{
	static const char *const header[] = { ">A" };
	_cleanup_table_ struct table t = { .columns = 1, .header = header };

	table_add_share(&t, 1.5);
	table_add_share(&t, NAN);
	assert_string_equal(t.cells[0], "150.00 %");
	assert_string_equal(t.cells[1], "-");
}

static void test_bytes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 1536, "1.5 KiB" },
		{ UINT64_C(512) << 20, "512 MiB" },
		{ UINT64_C(3) << 29, "1.5 GiB" },
		{ UINT64_C(16) << 40, "16 TiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		format_bytes(cases[i].bytes, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

/* What does not fit is left out by rank, and the last column is cut. */
static void test_width(void **state)
{
	static const char *const header[] = { "NAME", ">A", ">B", "WHY" };
	_cleanup_table_ struct table t = { .columns = 4, .header = header, .ranks = " ba " };
	static const struct {
		size_t width;
		const char *text;
	} cases[] = {
		{ 200, "NAME    A    B  WHY\n"
		       "gäst  100  200  a reason that is longer than what is left to it\n" },
		{ 60, "NAME    A    B  WHY\n"
		      "gäst  100  200  a reason that is longer than what is left to\n" },
		{ 50, "NAME    B  WHY\n"
		      "gäst  200  a reason that is longer than what is le\n" },
		{ 44, "NAME  WHY\n"
		      "gäst  a reason that is longer than what is l\n" },
		{ 7, "NAME  W\n"
		     "gäst  a\n" },
		{ 3, "NAME  \n"
		     "gäst  \n" },
	};

	table_add(&t, "gäst");
	table_add(&t, "100");
	table_add(&t, "200");
	table_add(&t, "a reason that is longer than what is left to it");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *text = NULL;

		t.width = cases[i].width;
		print_to_text(&t, &text);
		assert_string_equal(text, cases[i].text);
	}
	assert_int_equal(table_text_bytes("gäst", 2), 3);
	assert_int_equal(table_text_bytes("gäst", 9), 5);
	assert_int_equal(table_text_bytes("", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),	   cmocka_unit_test(test_columns),
		cmocka_unit_test(test_characters), cmocka_unit_test(test_styles),
		cmocka_unit_test(test_shares),	   cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
