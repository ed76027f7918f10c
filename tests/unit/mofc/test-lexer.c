// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lexer: tokens, their places and values; what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/random.h"
#include "tests/unit/mofc/set.h"
#include "tools/mofc/lexer.h"

static void begin(struct mof_lexer *lexer, struct test_set *t, const char *text, size_t length)
{
	test_set_open(t);
	mof_lexer_begin(lexer, &t->set, "f", text, length);
}

static void test_places(void **state)
{
	static const struct {
		enum mof_token_kind kind;
		unsigned int line, column;
		const char *text;
	} expected[] = {
		{ TOKEN_NAME, 1, 1, "class" },	   { TOKEN_NAME, 1, 20, "CIM_A" },
		{ TOKEN_MARK, 2, 1, "{" },	   { TOKEN_NAME, 3, 2, "uint8" },
		{ TOKEN_NAME, 3, 8, "_x9" },	   { TOKEN_MARK, 3, 11, ";" },
		{ TOKEN_PRAGMA, 4, 1, "#pragma" }, { TOKEN_END, 5, 1, NULL },
	};
	static const char text[] = "class /* a\tb { */  CIM_A // }\n{\r\n\tuint8 _x9;\n#pragma\n";
	struct mof_lexer lexer;
	struct mof_token token;
	struct test_set t;

	begin(&lexer, &t, text, strlen(text));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		mof_lexer_next(&lexer, &token);
		assert_int_equal(token.kind, expected[i].kind);
		assert_int_equal(token.place.line, expected[i].line);
		assert_int_equal(token.place.column, expected[i].column);
		if (expected[i].text)
			assert_string_equal(token.text, expected[i].text);
	}
	assert_string_equal(test_set_told(&t), "");
	test_set_close(&t);
}

/* One token of a text, behind which the text ends. */
static void assert_token(const char *text, enum mof_token_kind kind, const char *value)
{
	struct mof_lexer lexer;
	struct mof_token token;
	struct test_set t;

	begin(&lexer, &t, text, strlen(text));
	mof_lexer_next(&lexer, &token);
	assert_string_equal(test_set_told(&t), "");
	assert_int_equal(token.kind, kind);
	assert_string_equal(token.text, value);
	mof_lexer_next(&lexer, &token);
	assert_int_equal(token.kind, TOKEN_END);
	test_set_close(&t);
}

static void test_values(void **state)
{
	assert_token("0", TOKEN_INTEGER, "0");
	assert_token("-0", TOKEN_INTEGER, "0");
	assert_token("+17", TOKEN_INTEGER, "17");
	assert_token("-17", TOKEN_INTEGER, "-17");
	assert_token("0x1aF", TOKEN_INTEGER, "431");
	assert_token("0XfF", TOKEN_INTEGER, "255");
	assert_token("017", TOKEN_INTEGER, "15");
	assert_token("101b", TOKEN_INTEGER, "5");
	assert_token("0B", TOKEN_INTEGER, "0");
	assert_token("18446744073709551615", TOKEN_INTEGER, "18446744073709551615");
	assert_token("-9223372036854775808", TOKEN_INTEGER, "-9223372036854775808");
	assert_token("1.5", TOKEN_REAL, "1.5");
	assert_token("-.5e-3", TOKEN_REAL, "-.5e-3");
	assert_token("2.0E+10", TOKEN_REAL, "2.0E+10");
	assert_token("\"\"", TOKEN_TEXT, "");
	assert_token("\"a // b /* c */\"", TOKEN_TEXT, "a // b /* c */");
	assert_token("\"\\\"\\\\\\'\\n\\t\\b\\f\\r\"", TOKEN_TEXT, "\"\\'\n\t\b\f\r");
	assert_token("\"\\x41\\x00e9\\x20AC\"", TOKEN_TEXT, "A\xc3\xa9\xe2\x82\xac");
	assert_token("\"\xc3\xa9\"", TOKEN_TEXT, "\xc3\xa9");
	assert_token("'x'", TOKEN_CHAR, "x");
	assert_token("'\\''", TOKEN_CHAR, "'");
}

/* The first token is wrong, and this is told. */
static void assert_wrong_bytes(const char *text, size_t length, const char *told)
{
	struct mof_lexer lexer;
	struct mof_token token;
	struct test_set t;

	begin(&lexer, &t, text, length);
	mof_lexer_next(&lexer, &token);
	assert_int_equal(token.kind, TOKEN_WRONG);
	assert_string_equal(test_set_told(&t), told);
	test_set_close(&t);
}

static void assert_wrong(const char *text, const char *told)
{
	assert_wrong_bytes(text, strlen(text), told);
}

static void test_wrong(void **state)
{
	static const char escape[] = "f:1:3: no such escape; there are \\b \\t \\n \\f \\r \\\" "
				     "\\' \\\\ and \\x0001 to \\xFFFF\n";

	assert_wrong("\n  /* x", "f:2:3: the comment has no end\n");
	assert_wrong(" \"abc", "f:1:2: the string has no end on its line\n");
	assert_wrong("\"abc\n\"", "f:1:1: the string has no end on its line\n");
	assert_wrong("\"abc\\\"", "f:1:1: the string has no end on its line\n");
	assert_wrong("\"abc\\", "f:1:1: the string has no end on its line\n");
	assert_wrong("\"a\\q\"", escape);
	assert_wrong("\"a\\x\"", escape);
	assert_wrong("\"a\\x0\"", escape);
	assert_wrong("\"a\\xd800\"", escape);
	assert_wrong("\"\xff\"", "f:1:1: the string is not UTF-8\n");
	assert_wrong_bytes("\"a\0b\"", 5, "f:1:1: the string is not UTF-8\n");
	assert_wrong("18446744073709551616", "f:1:1: not a number of at most 64 bits\n");
	assert_wrong("0x", "f:1:1: not a number of at most 64 bits\n");
	assert_wrong("08", "f:1:1: not a number of at most 64 bits\n");
	assert_wrong("12b", "f:1:1: not a number of at most 64 bits\n");
	assert_wrong("5x", "f:1:1: not a number of at most 64 bits\n");
	assert_wrong("1.", "f:1:1: not a number\n");
	assert_wrong("1.5e", "f:1:1: not a number\n");
	assert_wrong("1.2.3", "f:1:1: not a number\n");
	assert_wrong("#include", "f:1:1: only #pragma begins with #\n");
	assert_wrong("-", "f:1:1: no token begins with this character\n");
	assert_wrong("\xc3\xa9", "f:1:1: no token begins with this character\n");
	assert_wrong_bytes("\0", 1, "f:1:1: no token begins with this character\n");
}

/* A million numbers in four notations, read back. */
static void test_numbers(void **state)
{
	for (int i = 0; i < 1000000; i++) {
		uint64_t value = random64() >> (random64() % 64), got = ~value;
		char text[80];
		int n = 0;

		switch (i % 4) {
		case 0:
			n = snprintf(text, sizeof(text), "%ju", (uintmax_t)value);
			break;
		case 1:
			n = snprintf(text, sizeof(text), "0%c%jx", i & 4 ? 'x' : 'X',
				     (uintmax_t)value);
			break;
		case 2:
			n = snprintf(text, sizeof(text), "0%jo", (uintmax_t)value);
			break;
		case 3:
			for (int bit = 63; bit >= 0; bit--)
				if (n || value >> bit || !bit)
					text[n++] = (char)('0' + (value >> bit & 1));
			text[n++] = 'b';
			break;
		}
		assert_true(mof_integer_read(text, (size_t)n, &got));
		assert_true(got == value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
