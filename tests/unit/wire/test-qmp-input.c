// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a QMP peer sends: what is parsed, and sentences made of its texts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/util/text.h"
#include "daemon/wire/qmp-input.h"
#include "daemon/wire/qmp.h"

/* A message with so many objects and arrays, itself and the array in it among them. */
static int parse_parts(size_t n, struct json_object **ret, const char **ret_why)
{
	static char line[4 * QMP_PARTS_MAX];
	size_t length = (size_t)sprintf(line, "{\"return\": [");

	for (size_t i = 0; i < n - 2; i++)
		length += (size_t)sprintf(line + length, "%s%s", i ? "," : "", i % 2 ? "{}" : "[]");
	length += (size_t)sprintf(line + length, "]}");
	return qmp_input_parse(line, length, ret, ret_why);
}

static void test_parts(void **state)
{
	struct json_object *message = NULL, *list;
	const char *why = NULL;

	assert_int_equal(parse_parts(QMP_PARTS_MAX, &message, &why), 0);
	assert_true(json_object_object_get_ex(message, "return", &list));
	assert_int_equal(json_object_array_length(list), QMP_PARTS_MAX - 2);
	json_object_put(message);
	assert_int_equal(parse_parts(QMP_PARTS_MAX + 1, &message, &why), -EPROTO);
	assert_string_equal(why, "too many objects and arrays");
}

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
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
