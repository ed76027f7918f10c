// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts: UTF-8, numbers, names, UUIDs.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/util/text.h"

static void test_utf8(void **state)
{
	static const char *const good[] = {
		"", "abc", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"
	};
	static const char *const bad[] = {
		"\x80",
		"\xc3",
		"\xc3(",
		"\xc0\xaf",
		"\xe0\x80\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xff",
		"x\xe2\x82",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
}

static void test_clean(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "", "" },
		{ "grüße €10 😀", "grüße €10 😀" },
		{ "a\tb", "a b" },
		{ "a\nb\x7f", "a?b?" },
		{ "\xc2\x9b[1m", "??[1m" },
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "x\xe2\x82", "x??" },
		{ "\xffü", "?ü" },
		{ "\xed\xa0\x80", "???" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64];

		assert_int_equal(text_is_clean(cases[i].text),
				 !strcmp(cases[i].text, cases[i].shown));
		strcpy(text, cases[i].text);
		text_clean(text, strlen(text));
		assert_string_equal(text, cases[i].shown);
		assert_true(text_is_clean(text));
	}
}

/* Characters of one to four bytes, cut after each number of bytes. */
static void test_copy(void **state)
{
	static const char text[] = "aü€😀";
	static const size_t lengths[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
	char buffer[16];

	for (size_t room = 0; room < sizeof(lengths) / sizeof(lengths[0]); room++) {
		memset(buffer, 'x', sizeof(buffer));
		text_copy(buffer, room + 1, text);
		assert_int_equal(strlen(buffer), lengths[room]);
		assert_memory_equal(buffer, text, lengths[room]);
		assert_int_equal(buffer[room + 1], 'x');
	}
	text_copy(buffer, 4, "\x80\x80\x80\x80\x80");
	assert_string_equal(buffer, "");
}

static void test_numbers(void **state)
{
	uint64_t value = 7;

	assert_int_equal(text_to_u64("18446744073709551615", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(text_to_u64("18446744073709551616", &value), -ERANGE);
	assert_int_equal(text_to_u64("", &value), -EINVAL);
	assert_int_equal(text_to_u64(" 1", &value), -EINVAL);
	assert_int_equal(text_to_u64("-1", &value), -EINVAL);
	assert_int_equal(text_to_bytes("4G", &value), 0);
	assert_true(value == UINT64_C(4) << 30);
	assert_int_equal(text_to_bytes("16777216T", &value), -ERANGE);
	assert_int_equal(text_to_bytes("G", &value), -EINVAL);
}

static void test_uuids(void **state)
{
	char uuid[37], back[37];
	uint8_t bytes[16];

	text_uuid_new(uuid);
	assert_true(text_is_uuid(uuid));
	assert_int_equal(uuid[14], '4');
	assert_int_equal(text_uuid_to_bytes(uuid, bytes), 0);
	text_uuid_from_bytes(bytes, back);
	assert_string_equal(uuid, back);
	assert_false(text_is_uuid("01234567-89ab-cdef-0123-456789abcdeg"));
	assert_false(text_is_uuid("0123456789abcdef0123456789abcdef"));
}

static void test_names(void **state)
{
	assert_true(text_is_name("web-1.example_x", 63));
	assert_true(text_is_name("a", 1));
	assert_false(text_is_name("ab", 1));
	assert_false(text_is_name(".a", 63));
	assert_false(text_is_name("a b", 63));
	assert_false(text_is_name("", 63));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),  cmocka_unit_test(test_clean),
		cmocka_unit_test(test_copy),  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_uuids), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
