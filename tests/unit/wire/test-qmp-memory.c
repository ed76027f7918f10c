// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory in QMP: what is sent, what QEMU answers, and answers that lie.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/qmp-memory.h"

static void put_json(struct json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(put_json)

static struct json_object *parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

static void test_request(void **state)
{
	_cleanup_json_ struct json_object *arguments =
		qmp_memory_request("plug", UINT64_C(3) << 40);

	assert_string_equal(
		json_object_to_json_string_ext(arguments, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE),
		"{\"path\":\"/machine/peripheral/plug\",\"property\":\"requested-size\","
		"\"value\":3298534883328}");
}

/* A module of memory, a device of somebody else's, and ours. */
#define DEVICES                                                                                    \
	"[{\"type\":\"dimm\",\"data\":{\"id\":\"d0\",\"addr\":4294967296,\"size\":134217728}},"    \
	"{\"type\":\"virtio-mem\",\"data\":{\"memaddr\":4429185024,\"requested-size\":1,"          \
	"\"size\":1,\"max-size\":1,\"block-size\":2097152,\"node\":0,\"memdev\":\"/objects/x\"}}," \
	"{\"type\":\"virtio-mem\",\"data\":{\"id\":\"plug\",\"memaddr\":5368709120,"               \
	"\"requested-size\":268435456,\"size\":134217728,\"max-size\":805306368,"                  \
	"\"block-size\":2097152,\"node\":0,\"memdev\":\"/objects/plugram\"}}]"

static void test_devices(void **state)
{
	_cleanup_json_ struct json_object *value = parse(DEVICES), *none = parse("[]");
	struct qmp_memory memory;

	assert_int_equal(qmp_memory_read(value, "plug", &memory), 0);
	assert_int_equal(memory.requested_bytes, 268435456);
	assert_int_equal(memory.size_bytes, 134217728);
	assert_int_equal(memory.max_bytes, 805306368);
	assert_int_equal(qmp_memory_read(value, "other", &memory), -ENOENT);
	assert_int_equal(qmp_memory_read(none, "plug", &memory), -ENOENT);
}

static void test_bad_devices(void **state)
{
	static const char *const bad[] = {
		"{}",
		"7",
		"\"plug\"",
		"[{\"data\":{\"id\":\"plug\"}}]",
		"[{\"data\":{\"id\":\"plug\",\"requested-size\":0,\"size\":0}}]",
		"[{\"data\":{\"id\":\"plug\",\"requested-size\":0,\"size\":\"0\",\"max-size\":8}}]",
		"[{\"data\":{\"id\":\"plug\",\"requested-size\":0,\"size\":-2,\"max-size\":8}}]",
		"[{\"data\":{\"id\":\"plug\",\"requested-size\":0,\"size\":1.5,\"max-size\":8}}]",
		"[{\"data\":{\"id\":\"plug\",\"requested-size\":0,\"size\":9,\"max-size\":8}}]",
		"[{\"data\":{\"id\":\"plug\",\"requested-size\":9,\"size\":0,\"max-size\":8}}]",
	};
	static const char *const not_there[] = {
		"[7]",
		"[{}]",
		"[{\"data\":[]}]",
		"[{\"data\":{\"id\":7}}]",
		"[[{\"data\":{\"id\":\"plug\"}}]]",
		"[null]",
	};
	struct qmp_memory memory;

	assert_int_equal(qmp_memory_read(NULL, "plug", &memory), -EPROTO);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_json_ struct json_object *value = parse(bad[i]);

		if (qmp_memory_read(value, "plug", &memory) != -EPROTO)
			fail_msg("'%s' was read", bad[i]);
	}
	for (size_t i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++) {
		_cleanup_json_ struct json_object *value = parse(not_there[i]);

		if (qmp_memory_read(value, "plug", &memory) != -ENOENT)
			fail_msg("'%s' was read", not_there[i]);
	}
}

static void test_base(void **state)
{
	static const char *const bad[] = { "{}",
					   "[]",
					   "268435456",
					   "{\"base-memory\":0}",
					   "{\"base-memory\":-1}",
					   "{\"base-memory\":\"268435456\"}",
					   "{\"plugged-memory\":268435456}" };
	_cleanup_json_ struct json_object *value =
		parse("{\"base-memory\":268435456,\"plugged-memory\":134217728}");
	uint64_t bytes = 0;

	assert_int_equal(qmp_memory_read_base(value, &bytes), 0);
	assert_int_equal(bytes, 268435456);
	assert_int_equal(qmp_memory_read_base(NULL, &bytes), -EPROTO);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_json_ struct json_object *wrong = parse(bad[i]);

		if (qmp_memory_read_base(wrong, &bytes) != -EPROTO)
			fail_msg("'%s' was read", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_bad_devices),
		cmocka_unit_test(test_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
