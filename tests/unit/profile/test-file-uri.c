// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files as URIs, both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "daemon/profile/setting.h"

static const struct {
	const char *path;
	const char *uri;
} pairs[] = {
	{ "/srv/a.raw", "file:///srv/a.raw" },
	{ "/srv/a b", "file:///srv/a%20b" },
	{ "/%41", "file:///%2541" },
	{ "/a?b#c\"d\\e", "file:///a%3Fb%23c%22d%5Ce" },
	{ "/\xc3\xa4", "file:///%C3%A4" },
	{ "/\x01", "file:///%01" },
	{ "/-._~!$&'()*+,;=:@", "file:///-._~!$&'()*+,;=:@" },
};

static void test_both_ways(void **state)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		_cleanup_free_ char *uri = profile_file_uri(pairs[i].path);
		_cleanup_free_ char *path = profile_uri_file(pairs[i].uri);

		assert_string_equal(uri, pairs[i].uri);
		assert_string_equal(path, pairs[i].path);
	}
}

static void test_paths_are_taken_as_they_are(void **state)
{
	_cleanup_free_ char *plain = profile_uri_file("/srv/a%20b");
	_cleanup_free_ char *other = profile_uri_file("FILE:///x%c3%A4");

	assert_string_equal(plain, "/srv/a%20b");
	assert_string_equal(other, "/x\xc3\xa4");
}

static void test_others_are_not(void **state)
{
	static const char *const wrong[] = {
		"",
		"a",
		"file:",
		"file:/a",
		"file://host/a",
		"http:///a",
		"file:///%",
		"file:///%4",
		"file:///%zz",
		"file:///%00",
		"file:///% 1",
		"file:///%ff",
		"file:///%+1",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_null(profile_uri_file(wrong[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_paths_are_taken_as_they_are),
		cmocka_unit_test(test_others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
