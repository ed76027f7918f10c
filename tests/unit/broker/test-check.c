// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arguments and embedded instances from outside: each thing that can be wrong with them, and what is said of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/broker/check.h"
#include "daemon/util/text.h"

#define RASD "KVRM_ProcessorAllocationSettingData"

static struct cim_value text(const char *t)
{
	return (struct cim_value){ .state = CIM_VALUE,
				   .type = SCHEMA_STRING,
				   .one.text = strdup(t) };
}

static struct cim_value number(int type, uint64_t n)
{
	return (struct cim_value){ .state = CIM_VALUE, .type = type, .one.number = n };
}

static struct cim_value embedded(struct cim_instance *instance)
{
	return (struct cim_value){ .state = CIM_VALUE,
				   .type = CIM_INSTANCE,
				   .one.instance = instance };
}

static struct cim_value array(struct cim_value a, struct cim_value b)
{
	struct cim_value value = { .state = CIM_VALUE, .type = a.type, .array = true, .n = 2 };

	value.items = calloc(2, sizeof(*value.items));
	value.items[0] = a.one;
	value.items[1] = b.one;
	return value;
}

static const struct schema_method *method(const char *class, const char *name)
{
	return schema_method_find(schema_class_find(class), name);
}

static void assert_says(struct cim_error *error, int status, int wanted, const char *sentence)
{
	if (status != wanted || strcmp(cim_error_text(error), sentence))
		fail_msg("%d %s, not %d %s", status, cim_error_text(error), wanted, sentence);
	cim_error_deinit(error);
}

static void refuse_property(const char *property, struct cim_value value, int status,
			    const char *sentence)
{
	_cleanup_instance_ struct cim_instance *i = cim_instance_new(schema_class_find(RASD));
	struct cim_error error = { 0 };

	assert_says(&error, cim_instance_set(i, property, &value, "ResourceSettings[2]", &error),
		    status, sentence);
	assert_int_equal(value.state, CIM_ABSENT);
}

/* Of the right type, and yet wrong. */
static void refuse_meaning(const char *property, struct cim_value value, const char *sentence)
{
	_cleanup_instance_ struct cim_instance *i = cim_instance_new(schema_class_find(RASD));
	struct cim_error error = { 0 };

	assert_int_equal(cim_instance_set(i, property, &value, "", &error), 0);
	assert_says(&error, cim_instance_check(i, "", &error), CIM_INVALID_PARAMETER, sentence);
}

static void test_properties(void **state)
{
	refuse_property("Colour", text("red"), CIM_NO_SUCH_PROPERTY,
			"ResourceSettings[2].Colour: " RASD " has no property 'Colour'.");
	refuse_property("limit", text("7"), CIM_TYPE_MISMATCH,
			"ResourceSettings[2].Limit: is string, and has to be uint64.");
	refuse_property("Limit", array(number(SCHEMA_UINT64, 1), number(SCHEMA_UINT64, 2)),
			CIM_TYPE_MISMATCH,
			"ResourceSettings[2].Limit: is an array of uint64, and has to be uint64.");
	refuse_property("HostResource", text("x"), CIM_TYPE_MISMATCH,
			"ResourceSettings[2].HostResource: is string, and has to be an array of "
			"string.");
	refuse_property("Weight", number(SCHEMA_UINT64, UINT64_C(1) << 32), CIM_INVALID_PARAMETER,
			"ResourceSettings[2].Weight: is 4294967296, and has to be from 0 to "
			"4294967295.");
	refuse_property("Limit", number(SCHEMA_SINT32, (uint64_t)-5), CIM_INVALID_PARAMETER,
			"ResourceSettings[2].Limit: is -5, and has to be from 0 to "
			"18446744073709551615.");
	refuse_property(
		"AutomaticAllocation", number(SCHEMA_UINT8, 1), CIM_TYPE_MISMATCH,
		"ResourceSettings[2].AutomaticAllocation: is uint8, and has to be boolean.");
	refuse_property(
		"PoolID", text("\xc3"), CIM_INVALID_PARAMETER,
		"ResourceSettings[2].PoolID: its text cannot be used here: it is not UTF-8.");
	refuse_property(
		"ComponentSetting", text("<INSTANCE/>"), CIM_TYPE_MISMATCH,
		"ResourceSettings[2].ComponentSetting: is string, and has to be an array of "
		"string.");
	refuse_meaning("MappingBehavior", number(SCHEMA_UINT16, 77),
		       "MappingBehavior: 77 is none of its values.");
	refuse_meaning("ResourceType", number(SCHEMA_UINT16, 600),
		       "ResourceType: 600 is none of its values.");
	refuse_meaning("Caption",
		       text("0123456789012345678901234567890123456789012345678901234567890123456"),
		       "Caption: has 67 characters, and has to have from 0 to 64.");
}

/* What is too long is cut, and what is said of it is a text nevertheless. */
static void test_long_name(void **state)
{
	char name[CIM_FIELD_SIZE + 8];

	for (size_t before = CIM_FIELD_SIZE - 4; before < CIM_FIELD_SIZE; before++) {
		_cleanup_instance_ struct cim_instance *i =
			cim_instance_new(schema_class_find(RASD));
		_cleanup_error_ struct cim_error error = { 0 };
		struct cim_value value = text("x");
		const char *sentence;

		memset(name, 'x', before);
		strcpy(name + before, "üü");
		assert_int_equal(cim_instance_set(i, name, &value, "", &error),
				 CIM_NO_SUCH_PROPERTY);
		sentence = cim_error_text(&error);
		assert_true(text_is_utf8(sentence, strlen(sentence)));
	}
}

static void test_taken(void **state)
{
	_cleanup_instance_ struct cim_instance *i = cim_instance_new(schema_class_find(RASD));
	struct cim_value null = { .state = CIM_NULL }, again = text("KVRM:y");
	struct cim_value id = text("KVRM:x"), limit = number(SCHEMA_SINT16, 300);
	struct cim_value type = number(SCHEMA_UINT32, 0x8001);
	struct cim_error error = { 0 };
	uint64_t n = 0;

	assert_int_equal(cim_instance_set(i, "instanceid", &id, "", &error), 0);
	assert_int_equal(cim_instance_set(i, "Limit", &limit, "", &error), 0);
	assert_int_equal(cim_instance_set(i, "ResourceType", &type, "", &error), 0);
	assert_int_equal(cim_instance_set(i, "Reservation", &null, "", &error), 0);
	assert_int_equal(cim_instance_check(i, "", &error), 0);
	assert_string_equal(cim_get_text(i, "InstanceID"), "KVRM:x");
	assert_true(cim_get_number(i, "Limit", &n) && n == 300);
	assert_int_equal(cim_get(i, "Limit")->type, SCHEMA_UINT64);
	assert_int_equal(cim_get(i, "Reservation")->state, CIM_NULL);
	assert_int_equal(cim_get(i, "Weight")->state, CIM_ABSENT);
	assert_says(&error, cim_instance_set(i, "InstanceID", &again, "", &error),
		    CIM_INVALID_PARAMETER, "InstanceID: is given twice.");
}

static struct cim_arguments *define(void)
{
	return cim_arguments_new(method("KVRM_VirtualSystemManagementService", "DefineSystem"));
}

static void refuse_argument(const char *name, struct cim_value value, int status,
			    const char *sentence)
{
	_cleanup_arguments_ struct cim_arguments *a = define();
	struct cim_error error = { 0 };

	assert_says(&error, cim_arguments_set(a, name, &value, &error), status, sentence);
	assert_int_equal(value.state, CIM_ABSENT);
}

static struct cim_instance *of_class(const char *class)
{
	struct cim_error error = { 0 };
	struct cim_instance *instance = NULL;

	assert_int_equal(cim_instance_begin(class, "", &instance, &error), 0);
	return instance;
}

static void test_arguments(void **state)
{
	struct cim_error error = { 0 };
	struct cim_instance *none = NULL;

	refuse_argument("Settings", text("x"), CIM_INVALID_PARAMETER,
			"DefineSystem has no parameter 'Settings'.");
	refuse_argument("resultingsystem", text("x"), CIM_INVALID_PARAMETER,
			"ResultingSystem: is a result and cannot be given.");
	refuse_argument("SystemSettings", text("x"), CIM_TYPE_MISMATCH,
			"SystemSettings: is string, and has to be an instance of "
			"CIM_VirtualSystemSettingData.");
	refuse_argument("SystemSettings", embedded(of_class(RASD)), CIM_INVALID_PARAMETER,
			"SystemSettings: is of class " RASD
			", and has to be of CIM_VirtualSystemSettingData or a subclass.");
	refuse_argument(
		"ResourceSettings",
		array(embedded(of_class(RASD)), embedded(of_class("CIM_VirtualSystemSettingData"))),
		CIM_INVALID_PARAMETER,
		"ResourceSettings[1]: is of class CIM_VirtualSystemSettingData, and has to be "
		"of CIM_ResourceAllocationSettingData or a subclass.");
	refuse_argument("ReferenceConfiguration", text("KVRM_ResourcePool.InstanceID=\"a\""),
			CIM_INVALID_PARAMETER,
			"ReferenceConfiguration: is of class KVRM_ResourcePool, and has to be of "
			"CIM_VirtualSystemSettingData or a subclass.");
	refuse_argument("ReferenceConfiguration", text("x"), CIM_INVALID_PARAMETER,
			"ReferenceConfiguration: is no instance path: there are no keys.");
	assert_says(&error, cim_instance_begin("CIM_Nothing", "SystemSettings", &none, &error),
		    CIM_INVALID_CLASS, "SystemSettings: there is no class 'CIM_Nothing'.");
}

/* References as text become paths; one that is wrong in the middle takes all with it. */
static void test_references(void **state)
{
	const struct schema_method *remove =
		method("KVRM_VirtualSystemManagementService", "RemoveResourceSettings");
	_cleanup_arguments_ struct cim_arguments *a = cim_arguments_new(remove);
	_cleanup_arguments_ struct cim_arguments *b = cim_arguments_new(remove);
	struct cim_value good =
		array(text(RASD ".InstanceID=\"a\""), text(RASD ".InstanceID=\"b\""));
	struct cim_value bad = array(text(RASD ".InstanceID=\"a\""), text("b"));
	struct cim_value empty = { .state = CIM_VALUE, .type = SCHEMA_STRING, .array = true };
	struct cim_error error = { 0 };
	const struct cim_value *value;

	assert_says(&error, cim_arguments_set(a, "ResourceSettings", &bad, &error),
		    CIM_INVALID_PARAMETER,
		    "ResourceSettings[1]: is no instance path: there are no keys.");
	assert_int_equal(bad.state, CIM_ABSENT);
	assert_int_equal(cim_arguments_set(a, "ResourceSettings", &good, &error), 0);
	value = cim_argument(a, "ResourceSettings");
	assert_int_equal(value->type, SCHEMA_REFERENCE);
	assert_string_equal(cim_path_text(value->items[1].path, "InstanceID"), "b");
	/* One without entries is of the type that it has to be of. */
	empty.items = calloc(1, sizeof(*empty.items));
	assert_int_equal(cim_arguments_set(b, "ResourceSettings", &empty, &error), 0);
	assert_int_equal(cim_argument(b, "ResourceSettings")->type, SCHEMA_REFERENCE);
	assert_int_equal(cim_value_count(cim_argument(b, "ResourceSettings")), 0);
}

/* What is meant is checked at any depth. */
static void test_depth(void **state)
{
	_cleanup_arguments_ struct cim_arguments *a = define();
	struct cim_instance *first = of_class(RASD), *second = of_class(RASD);
	struct cim_value type = number(SCHEMA_UINT16, 0);
	struct cim_value value = array(embedded(first), embedded(second));
	struct cim_error error = { 0 };

	assert_int_equal(cim_instance_set(second, "ResourceType", &type, "x", &error), 0);
	assert_int_equal(cim_arguments_set(a, "ResourceSettings", &value, &error), 0);
	assert_says(&error, cim_arguments_check(a, &error), CIM_INVALID_PARAMETER,
		    "ResourceSettings[1].ResourceType: 0 is none of its values.");
}

static void test_datetime(void **state)
{
	_cleanup_arguments_ struct cim_arguments *a =
		cim_arguments_new(method("KVRM_ComputerSystem", "RequestStateChange"));
	struct cim_value bad = text("5 minutes"), good = text("00000000000500.000000:000");
	struct cim_error error = { 0 };

	assert_says(&error, cim_arguments_set(a, "TimeoutPeriod", &bad, &error),
		    CIM_INVALID_PARAMETER,
		    "TimeoutPeriod: '5 minutes' is no date and time, and no interval.");
	assert_int_equal(cim_arguments_set(a, "TimeoutPeriod", &good, &error), 0);
	assert_int_equal(cim_argument(a, "TimeoutPeriod")->type, SCHEMA_DATETIME);
}

/* Identifiers are unique, texts use their arguments, refusals have a return code. */
static void test_registry(void **state)
{
	for (int i = 0; i < CIM_MESSAGES; i++) {
		const struct cim_message *m = cim_message(i);

		assert_int_equal(strlen(m->id), 8);
		assert_int_not_equal(m->status, CIM_OK);
		assert_true(strlen(m->text) && strlen(m->action));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(m->id, cim_message(k)->id);
		for (int family = 0; family < CIM_FAMILY_PLAIN; family++)
			assert_int_not_equal(cim_return_code(family, m->reason), 0);
	}
	assert_int_equal(cim_return_code(CIM_FAMILY_SERVICE, CIM_REASON_INVALID_PARAMETER), 4);
	assert_int_equal(cim_return_code(CIM_FAMILY_STATE, CIM_REASON_INVALID_PARAMETER), 5);
	assert_int_equal(cim_return_code(CIM_FAMILY_POOL, CIM_REASON_INVALID_PARAMETER), 5);
	assert_int_equal(cim_return_code(CIM_FAMILY_STATE, CIM_REASON_INVALID_TRANSITION), 4097);
	assert_int_equal(cim_return_code(CIM_FAMILY_POOL, CIM_REASON_INSUFFICIENT), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_properties), cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_taken),	   cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_references), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_datetime),   cmocka_unit_test(test_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
