// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables and sizes for people.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
