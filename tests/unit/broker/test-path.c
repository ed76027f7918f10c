// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instance paths as text, both ways; points in time and intervals.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/broker/datetime.h"
#include "daemon/broker/path.h"
#include "tests/unit/random.h"

static struct cim_path *parse(const char *text)
{
	struct cim_error error = { 0 };
	struct cim_path *path = NULL;

	if (cim_path_parse(text, CIM_ROOT, "InstanceName", &path, &error))
		fail_msg("%s: %s", text, cim_error_text(&error));
	return path;
}

static void assert_formats(const char *text, const char *as)
{
	_cleanup_path_ struct cim_path *path = parse(text);
	_cleanup_free_ char *formatted = cim_path_format(path);

	assert_string_equal(formatted, as);
}

static void test_format(void **state)
{
	assert_formats("KVRM_ResourcePool.InstanceID=\"KVRM:a\"",
		       "/root/cimv2:KVRM_ResourcePool.InstanceID=\"KVRM:a\"");
	assert_formats("/INTEROP:kvrm_registeredprofile.instanceid=\"x\"",
		       "/interop:KVRM_RegisteredProfile.InstanceID=\"x\"");
	assert_formats("root/interop:KVRM_RegisteredProfile.InstanceID=\"\"",
		       "/interop:KVRM_RegisteredProfile.InstanceID=\"\"");
	assert_formats("KVRM_ComputerSystem.Name=\"n\",CreationClassName=\"c.d:e,=\"",
		       "/root/cimv2:KVRM_ComputerSystem.Name=\"n\",CreationClassName=\"c.d:e,=\"");
	assert_formats("KVRM_ResourcePool.InstanceID=\"a\\\"b\\\\c\"",
		       "/root/cimv2:KVRM_ResourcePool.InstanceID=\"a\\\"b\\\\c\"");
}

static void test_reference(void **state)
{
	const char *text =
		"/root/cimv2:CIM_ResourceAllocationFromPool.Antecedent="
		"\"/root/cimv2:KVRM_ResourcePool.InstanceID=\\\"p\\\\\\\"q\\\"\",Dependent="
		"\"/root/cimv2:KVRM_ResourceAllocationSettingData.InstanceID=\\\"s\\\"\"";
	_cleanup_path_ struct cim_path *path = parse(text);
	_cleanup_path_ struct cim_path *copy = cim_path_copy(path);
	const struct cim_path *pool = cim_path_reference(path, "antecedent");

	assert_string_equal(pool->class->name, "KVRM_ResourcePool");
	assert_string_equal(cim_path_text(pool, "InstanceID"), "p\"q");
	assert_true(cim_path_equal(path, copy));
	cim_path_key(copy, "Dependent")->one.path->ns = CIM_INTEROP;
	assert_false(cim_path_equal(path, copy));
	assert_formats(text, text);
}

static void assert_refused(const char *text, const char *id)
{
	_cleanup_error_ struct cim_error error = { 0 };
	struct cim_path *path = NULL;

	if (!cim_path_parse(text, CIM_ROOT, "InstanceName", &path, &error))
		fail_msg("%s was taken", text);
	assert_null(path);
	if (strcmp(error.message->id, id))
		fail_msg("%s: %s %s", text, error.message->id, cim_error_text(&error));
	assert_null(strchr(cim_error_text(&error), '{'));
}

static void test_refused(void **state)
{
	char long_text[CIM_PATH_TEXT_MAX + 64];

	assert_refused("", "KVRM0103");
	assert_refused("KVRM_ResourcePool", "KVRM0103");
	assert_refused("KVRM_ResourcePool.", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=a", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=\"a", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=\"a\\", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=\"a\"b", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=\"a\",", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=\"\xff\"", "KVRM0103");
	assert_refused("KVRM_ResourcePool.Capacity=3", "KVRM0103");
	assert_refused("KVRM_ResourcePool.InstanceID=\"a\",InstanceID=\"a\"", "KVRM0122");
	assert_refused("KVRM_ComputerSystem.Name=\"n\"", "KVRM0103");
	assert_refused("/root/virt:KVRM_ResourcePool.InstanceID=\"a\"", "KVRM0100");
	assert_refused("KVRM_Pool.InstanceID=\"a\"", "KVRM0101");
	assert_refused("CIM_Error.InstanceID=\"a\"", "KVRM0103");
	assert_refused("CIM_ResourceAllocationFromPool.Antecedent=\"x\"", "KVRM0103");
	assert_refused("CIM_ResourceAllocationFromPool.Antecedent="
		       "\"KVRM_ComputerSystem.Name=\\\"\\\",CreationClassName=\\\"\\\"\"",
		       "KVRM0124");
	memset(long_text, 'a', sizeof(long_text) - 1);
	memcpy(long_text, "KVRM_ResourcePool.InstanceID=\"", 30);
	strcpy(long_text + sizeof(long_text) - 2, "\"");
	assert_refused(long_text, "KVRM0103");
}

/* What is written can be read, whatever the key is. */
static void test_random(void **state)
{
	static const char alphabet[] = "ab\"\\,=.:/ \n";

	for (int i = 0; i < 20000; i++) {
		struct cim_path *path = cim_path_new(schema_class_find("KVRM_ResourcePool"),
						     random64() % 2 ? CIM_ROOT : CIM_INTEROP);
		_cleanup_free_ char *text = NULL;
		char *key = calloc(1, 16);
		struct cim_path *again;

		for (size_t k = random64() % 15; k; k--)
			key[k - 1] = alphabet[random64() % (sizeof(alphabet) - 1)];
		path->keys[0] = (struct cim_value){ .state = CIM_VALUE, .type = SCHEMA_STRING };
		path->keys[0].one.text = key;
		text = cim_path_format(path);
		again = parse(text);
		assert_true(cim_path_equal(path, again));
		cim_path_free(path);
		cim_path_free(again);
	}
}

static void test_datetime(void **state)
{
	char text[CIM_DATETIME_SIZE];
	uint64_t us = 1;

	cim_time_format(UINT64_C(951827696123456), text);
	assert_string_equal(text, "20000229123456.123456+000");
	assert_true(cim_datetime_is_valid(text));
	cim_interval_format(UINT64_C(93784000005), text);
	assert_string_equal(text, "00000001020304.000005:000");
	assert_int_equal(cim_interval_parse(text, &us), 0);
	assert_true(us == UINT64_C(93784000005));
	cim_interval_format(UINT64_MAX, text);
	assert_string_equal(text, "99999999235959.999999:000");
	assert_int_equal(cim_interval_parse("00000000000130.******:000", &us), 0);
	assert_true(us == 90000000);
	assert_int_equal(cim_interval_parse("20000229123456.123456+000", &us), -EINVAL);
	assert_int_equal(cim_interval_parse("00000001240304.000005:000", &us), -EINVAL);
	assert_int_equal(cim_interval_parse("00000001020304.00000*:001", &us), -EINVAL);
	assert_true(cim_datetime_is_valid("2000************.******+000") == false);
	assert_true(cim_datetime_is_valid("2000**********.******+060"));
	assert_false(cim_datetime_is_valid("20001329123456.123456+000"));
	assert_false(cim_datetime_is_valid("20*00229123456.123456+000"));
	assert_false(cim_datetime_is_valid("2000-02-29 12:34:56.12345"));
	assert_false(cim_datetime_is_valid(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),	 cmocka_unit_test(test_reference),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_random),
		cmocka_unit_test(test_datetime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
