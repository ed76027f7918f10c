// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a QMP peer sends: what is parsed, and sentences made of its texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/util/text.h"
#include "daemon/wire/qmp-input.h"

/* Halves of surrogate pairs are no characters, and what is made of them must be. */
static void test_escapes(void **state)
{
	static const char *const lines[] = { "{\"a\": \"\\ud800\"}", "{\"a\": \"\\udc00x\"}",
					     "{\"a\": \"\\ud800\\ud800\"}",
					     "{\"a\": \"\\ud83d\\u0041\"}" };
	struct json_object *message, *text;
	char shown[64];
	const char *why;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(qmp_input_parse(lines[i], strlen(lines[i]), &message, &why), 0);
		assert_true(json_object_object_get_ex(message, "a", &text));
		qmp_input_sentence(json_object_get_string(text), shown, sizeof(shown));
		assert_true(text_is_clean(shown));
		json_object_put(message);
	}
}

static void test_sentences(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ NULL, "" },
		{ "", "" },
		{ "no", "no" },
		{ "a\nb\x1b[1m\x7f", "a?b?[1m?" },
		{ "\xc2\x9b", "??" },
		{ "1234567890123ü", "1234567890123ü" },
		{ "12345678901234ü", "12345678901234" },
		{ "1234567890123😀", "1234567890123" },
	};
	char shown[16];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		qmp_input_sentence(cases[i].text, shown, sizeof(shown));
		assert_string_equal(shown, cases[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
