// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Last words, put together backwards from lines that are not trusted.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/journal-words.h"

static int prepend(struct journal_words *words, const char *line)
{
	return journal_words_prepend(words, line, strlen(line));
}

static void expect(const struct journal_words *words, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(journal_words_text(words, &text), 0);
	assert_string_equal(text, expected);
}

static void test_order(void **state)
{
	struct journal_words words;

	journal_words_init(&words);
	expect(&words, "");
	assert_int_equal(prepend(&words, "third"), 1);
	assert_int_equal(prepend(&words, ""), 1);
	assert_int_equal(prepend(&words, "second"), 1);
	assert_int_equal(prepend(&words, "first"), 1);
	expect(&words, "first\nsecond\nthird");
}

static void test_unclean(void **state)
{
	static const struct {
		const char *line, *shown;
	} cases[] = {
		{ "plain", "plain" },
		{ "tab\there", "tab here" },
		{ "two\nlines\r", "two?lines?" },
		{ "\x1b[31mred\x7f", "?[31mred?" },
		{ "grüße €10 😀", "grüße €10 😀" },
		{ "\xff\xfe", "??" },
		{ "\xc3", "?" },
		{ "\xc3(", "?(" },
		{ "\xe2\x82", "??" },
		{ "\xc0\xaf", "??" },
		{ "\xe0\x80\xaf", "???" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" },
		{ "\xf8\x88\x80\x80\x80", "?????" },
		{ "\x80", "?" },
		{ "\xc2\x9b", "??" },
		{ "\xc2\xa0", "\xc2\xa0" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct journal_words words;

		journal_words_init(&words);
		assert_int_equal(prepend(&words, cases[i].line), 1);
		expect(&words, cases[i].shown);
	}
}

static void test_nul(void **state)
{
	struct journal_words words;

	journal_words_init(&words);
	assert_int_equal(journal_words_prepend(&words, "a\0b", 3), 1);
	expect(&words, "a?b");
}

static void test_full(void **state)
{
	static char line[JOURNAL_WORDS_MAX_BYTES + 100];
	static char expected[JOURNAL_WORDS_MAX_BYTES + 1];
	struct journal_words words;

	memset(line, 'x', sizeof(line));
	memset(expected, 'x', JOURNAL_WORDS_MAX_BYTES);
	/* One line that is too long: its end. */
	journal_words_init(&words);
	line[sizeof(line) - 1] = 'E';
	expected[JOURNAL_WORDS_MAX_BYTES - 1] = 'E';
	assert_int_equal(journal_words_prepend(&words, line, sizeof(line)), 0);
	expect(&words, expected);
	assert_int_equal(prepend(&words, "more"), 0);
	expect(&words, expected);
	/* Filled to the last byte, then to the last but one. */
	for (size_t rest = 0; rest < 4; rest++) {
		journal_words_init(&words);
		assert_int_equal(journal_words_prepend(&words, line,
						       JOURNAL_WORDS_MAX_BYTES - rest),
				 1);
		assert_int_equal(prepend(&words, "ab"), rest == 3);
		assert_int_equal(sizeof(words.buffer) - words.start,
				 rest < 2 ? JOURNAL_WORDS_MAX_BYTES - rest
					  : JOURNAL_WORDS_MAX_BYTES);
	}
}

static void test_arguments(void **state)
{
	char *text = NULL;

	assert_int_equal(journal_last_words(NULL, NULL, 0, 0, 10, &text), -EINVAL);
	assert_int_equal(journal_last_words("", NULL, 0, 0, 10, &text), -EINVAL);
	assert_null(text);
}

/* No unit has this name, here or anywhere. */
static void test_nothing(void **state)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(journal_last_words(NULL, "kvrm-no-such-unit.service", 4194305, 0, 10,
					    &text),
			 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	  cmocka_unit_test(test_unclean),
		cmocka_unit_test(test_nul),	  cmocka_unit_test(test_full),
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
