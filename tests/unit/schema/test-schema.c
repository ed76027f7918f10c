// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of classes: looking things up, and what clients rely on, written down a second time from
 * DMTF's documents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include "daemon/schema/schema.h"

static void test_types(void **state)
{
	assert_int_equal(schema_type_find("UInt64"), SCHEMA_UINT64);
	assert_int_equal(schema_type_find("int"), SCHEMA_TYPES);
	for (int type = 0; type < SCHEMA_TYPES; type++)
		assert_int_equal(schema_type_find(schema_type_name(type)), type);
	assert_true(schema_type_max(SCHEMA_UINT8) == UINT8_MAX);
	assert_true(schema_type_max(SCHEMA_UINT64) == UINT64_MAX);
	assert_true(schema_type_max(SCHEMA_SINT16) == INT16_MAX);
	assert_true(schema_type_max(SCHEMA_SINT64) == INT64_MAX);
	assert_true(schema_type_min(SCHEMA_SINT8) == INT8_MIN);
	assert_true(schema_type_min(SCHEMA_SINT64) == INT64_MIN);
	assert_true(schema_type_min(SCHEMA_UINT32) == 0);
}

static void test_find(void **state)
{
	const struct schema_class *pool = schema_class_find("cim_RESOURCEPOOL");
	const struct schema_class *ours = schema_class_find("KVRM_ResourcePool");

	assert_string_equal(pool->name, "CIM_ResourcePool");
	assert_null(schema_class_find(""));
	assert_null(schema_class_find("CIM_"));
	assert_null(schema_class_find("CIM_ResourcePools"));
	assert_true(schema_class_is_a(ours, pool));
	assert_true(schema_class_is_a(pool, pool));
	assert_false(schema_class_is_a(pool, ours));
	assert_true(schema_class_is_a(ours, schema_class_find("CIM_ManagedElement")));
	assert_false(schema_class_is_a(ours, schema_class_find("CIM_Dependency")));
	assert_ptr_equal(schema_property_find(ours, "capacity"),
			 schema_property_find(pool, "Capacity"));
	assert_null(schema_property_find(pool, "Weight"));
	assert_null(schema_method_find(pool, "RequestStateChange"));
}

/* What holds for every class. */
static void test_all(void **state)
{
	for (size_t i = 0; i < schema_n_classes; i++) {
		const struct schema_class *class = &schema_classes[i];
		size_t references = 0;

		assert_ptr_equal(schema_class_find(class->name), class);
		if (i)
			assert_true(strcasecmp(schema_classes[i - 1].name, class->name) < 0);
		assert_true(class->description[0] && class->version);
		for (size_t k = 0; k < class->n_properties; k++) {
			const struct schema_property *p = class->properties[k];

			references += p->type == SCHEMA_REFERENCE;
			assert_ptr_equal(schema_property_find(class, p->name), p);
			assert_true(schema_class_is_a(class, p->declared));
			assert_true(schema_class_is_a(p->declared, p->origin));
			assert_true(p->description[0]);
			assert_int_equal(p->type == SCHEMA_REFERENCE && !p->target, 0);
		}
		for (size_t k = 0; k < class->n_methods; k++)
			assert_ptr_equal(schema_method_find(class, class->methods[k]->result.name),
					 class->methods[k]);
		assert_int_equal(references > 1, !!(class->flags & SCHEMA_ASSOCIATION));
		/* A superclass's features are there, by the same name and type. */
		for (size_t k = 0; class->super && k < class->super->n_properties; k++) {
			const struct schema_property *p = class->super->properties[k];

			assert_int_equal(schema_property_find(class, p->name)->type, p->type);
		}
		if (class->super)
			assert_true(class->n_methods >= class->super->n_methods);
	}
}

/* Every class that has instances of its own can be addressed. */
static void test_keys(void **state)
{
	for (size_t i = 0; i < schema_n_classes; i++) {
		const struct schema_class *class = &schema_classes[i];
		size_t keys = 0;

		for (size_t k = 0; k < class->n_properties; k++)
			keys += !!(class->properties[k]->flags & SCHEMA_KEY);
		/* Exists only inside of answers. */
		if (strcmp(class->name, "CIM_Error"))
			assert_true(keys || class->flags & (SCHEMA_ABSTRACT | SCHEMA_INDICATION));
	}
}

static void test_system_key(void **state)
{
	static const char *const keys[] = { "SystemCreationClassName", "SystemName",
					    "CreationClassName", "DeviceID" };
	const struct schema_class *memory = schema_class_find("KVRM_Memory");
	size_t n = 0;

	for (size_t i = 0; i < memory->n_properties; i++)
		n += !!(memory->properties[i]->flags & SCHEMA_KEY);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct schema_property *p = schema_property_find(memory, keys[i]);

		assert_true(p->flags & SCHEMA_KEY);
		assert_string_equal(p->origin->name, "CIM_LogicalDevice");
	}
	assert_int_equal(schema_property_find(memory, "DeviceID")->max_length, 64);
}

static void assert_means(const struct schema_property *p, uint64_t number, const char *name)
{
	const struct schema_value *value = schema_value_of(p, number);

	assert_non_null(value);
	assert_string_equal(value->name, name);
}

static void test_values(void **state)
{
	const struct schema_class *system = schema_class_find("CIM_ComputerSystem");
	const struct schema_property *state_p = schema_property_find(system, "EnabledState");
	const struct schema_property *type =
		schema_property_find(schema_class_find("CIM_ResourceAllocationSettingData"),
				     "ResourceType");
	const struct schema_property *format = schema_property_find(system, "NameFormat");

	assert_means(state_p, 2, "Enabled");
	assert_means(state_p, 3, "Disabled");
	assert_means(state_p, 6, "Enabled but Offline");
	assert_means(state_p, 9, "Quiesce");
	assert_means(state_p, 32768, "Vendor Reserved");
	assert_means(state_p, 65535, "Vendor Reserved");
	assert_null(schema_value_of(state_p, 65536));
	assert_means(type, 3, "Processor");
	assert_means(type, 4, "Memory");
	assert_means(type, 10, "Ethernet Adapter");
	assert_means(type, 30, "Ethernet Switch Port");
	assert_means(type, 33, "Ethernet Connection");
	assert_means(type, 0x8000, "Vendor Reserved");
	assert_true(schema_value_of(type, 5000)->rest);
	assert_null(schema_value_of_text(format, "No such format"));
	assert_string_equal(schema_property_find(system, "NameFormat")->declared->name,
			    "CIM_ComputerSystem");
	assert_string_equal(schema_property_find(system, "NameFormat")->origin->name, "CIM_System");
}

static void test_define_system(void **state)
{
	const struct schema_class *service =
		schema_class_find("KVRM_VirtualSystemManagementService");
	const struct schema_method *define = schema_method_find(service, "DefineSystem");
	const struct schema_property *p = define->parameters;

	assert_int_equal(define->n_parameters, 5);
	assert_string_equal(p[0].name, "SystemSettings");
	assert_string_equal(p[0].target->name, "CIM_VirtualSystemSettingData");
	assert_string_equal(p[1].name, "ResourceSettings");
	assert_true(p[1].array);
	assert_int_equal(p[1].order, SCHEMA_INDEXED);
	assert_string_equal(p[2].target->name, "CIM_VirtualSystemSettingData");
	assert_int_equal(p[2].flags, SCHEMA_IN);
	assert_string_equal(p[3].target->name, "CIM_ComputerSystem");
	assert_int_equal(p[3].flags, SCHEMA_OUT);
	assert_string_equal(p[4].target->name, "CIM_ConcreteJob");
	assert_means(&define->result, 0, "Completed with No Error");
	assert_means(&define->result, 4, "Invalid Parameter");
	assert_means(&define->result, 4096, "Method Parameters Checked - Job Started");
	assert_null(p[0].origin);
}

static void test_units(void **state)
{
	const struct schema_class *port = schema_class_find("KVRM_EthernetPort");
	const struct schema_class *nic =
		schema_class_find("KVRM_EthernetPortAllocationSettingData");

	assert_string_equal(schema_property_find(port, "Speed")->unit, "bit / second");
	assert_string_equal(schema_property_find(nic, "TransmitPacketLimit")->unit,
			    "count / second");
	assert_null(schema_property_find(nic, "Weight")->unit);
	assert_int_equal(schema_property_find(schema_class_find("CIM_ConcreteJob"),
					      "PercentComplete")
				 ->max_value,
			 101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),	      cmocka_unit_test(test_find),
		cmocka_unit_test(test_all),	      cmocka_unit_test(test_keys),
		cmocka_unit_test(test_system_key),    cmocka_unit_test(test_values),
		cmocka_unit_test(test_define_system), cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
