// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queries of filters: what is understood, what passes, and where and why anything else is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/profile/query.h"

#define CHANGE "SELECT * FROM CIM_InstModification WHERE "
#define OF_VM  CHANGE "SourceInstance ISA CIM_ComputerSystem AND "

static struct cim_instance *vm(uint64_t state, const char *name)
{
	struct cim_instance *instance = cim_instance_new(schema_class_find("KVRM_ComputerSystem"));

	cim_put_number(instance, "EnabledState", state);
	cim_put_text(instance, "ElementName", name);
	return instance;
}

/* A change of a virtual system's state from 3 to 2. */
static struct cim_instance *change(void)
{
	struct cim_instance *i = cim_instance_new(schema_class_find("CIM_InstModification"));

	cim_put_instance(i, "SourceInstance", vm(2, "it's"));
	cim_put_instance(i, "PreviousInstance", vm(3, "it's"));
	cim_put_number(i, "SequenceNumber", (uint64_t)-5);
	return i;
}

static struct cim_instance *alert(void)
{
	struct cim_instance *i = cim_instance_new(schema_class_find("KVRM_AlertIndication"));

	cim_put_number(i, "PerceivedSeverity", 3);
	cim_put_text(i, "Message", "it is so");
	return i;
}

static bool passes(const char *text, struct cim_instance *indication)
{
	_cleanup_error_ struct cim_error error = { 0 };
	struct query *query = NULL;
	bool result;

	if (query_parse(text, &query, &error))
		fail_msg("%s: %s", text, cim_error_text(&error));
	result = query_passes(query, indication);
	query_free(query);
	cim_instance_free(indication);
	return result;
}

static void test_classes(void **state)
{
	assert_true(passes("SELECT * FROM CIM_Indication", change()));
	assert_true(passes("select  *  from cim_instindication", change()));
	assert_true(passes("SELECT * FROM CIM_Indication", alert()));
	assert_true(passes("SELECT*FROM KVRM_AlertIndication", alert()));
	assert_false(passes("SELECT * FROM CIM_InstIndication", alert()));
	assert_false(passes("SELECT * FROM CIM_InstCreation", change()));
	assert_true(passes(CHANGE "SourceInstance ISA CIM_ComputerSystem", change()));
	assert_true(passes(CHANGE "SourceInstance ISA \"CIM_ManagedElement\"", change()));
	assert_true(passes(CHANGE "SourceInstance ISA 'KVRM_ComputerSystem' ", change()));
	assert_false(passes(CHANGE "SourceInstance ISA CIM_ConcreteJob", change()));
}

static void test_comparisons(void **state)
{
	static const struct {
		const char *condition;
		bool passes;
	} rows[] = {
		{ "SourceInstance.EnabledState = 2", true },
		{ "SourceInstance.EnabledState = 3", false },
		{ "SourceInstance.EnabledState <> 3", true },
		{ "SourceInstance.EnabledState < 2", false },
		{ "SourceInstance.EnabledState <= 2", true },
		{ "SourceInstance.EnabledState > 1", true },
		{ "SourceInstance.EnabledState >= 3", false },
		{ "PreviousInstance.EnabledState = 3", true },
		{ "sourceinstance.enabledstate=2 and previousinstance.enabledstate=3", true },
		{ "SourceInstance.EnabledState = 2 AND PreviousInstance.EnabledState = 2", false },
		{ "SourceInstance.EnabledState <> PreviousInstance.EnabledState", true },
		{ "PreviousInstance.EnabledState > SourceInstance.EnabledState", true },
		{ "SourceInstance.ElementName = PreviousInstance.ElementName", true },
		{ "SourceInstance.ElementName = \"it's\"", true },
		{ "SourceInstance.ElementName <> 'other'", true },
		{ "SourceInstance.ElementName = 'it'", false },
		{ "SourceInstance.CIM_EnabledLogicalElement::EnabledState = 2", true },
		{ "SourceInstance.CIM_Job::PercentComplete = 0", false },
		{ "SequenceNumber < 0", true },
		{ "SequenceNumber = -5", true },
		{ "SequenceNumber > -6", true },
		/* What has no value is neither equal nor not. */
		{ "SourceInstance.Caption = 'x'", false },
		{ "SourceInstance.Caption <> 'x'", false },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), OF_VM "%s", rows[i].condition);
		if (passes(text, change()) != rows[i].passes)
			fail_msg("%s", rows[i].condition);
	}
	assert_true(passes("SELECT * FROM CIM_AlertIndication WHERE PerceivedSeverity = 3 AND "
			   "Message = 'it is so'",
			   alert()));
	assert_true(passes(CHANGE "SourceInstance.CIM_ComputerSystem::EnabledState = 2", change()));
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{ "", "Query: at character 1: SELECT is expected." },
		{ "DELETE", "Query: at character 1: SELECT is expected." },
		{ "SELECT x FROM CIM_Indication",
		  "Query: at character 8: * is expected: an indication is delivered whole." },
		{ "SELECT * IN x", "Query: at character 10: FROM is expected." },
		{ "SELECT * FROM ", "Query: at character 15: the name of a class is expected." },
		{ "SELECT * FROM No_Class",
		  "Query: at character 15: there is no class 'No_Class'." },
		{ "SELECT * FROM CIM_Memory",
		  "Query: at character 15: CIM_Memory is no indication that kvrm delivers." },
		{ "SELECT * FROM CIM_InstMethodCall", "Query: at character 15: CIM_InstMethodCall "
						      "is no indication that kvrm delivers." },
		{ "SELECT * FROM CIM_Indication WHERE",
		  "Query: at character 35: a property is expected." },
		{ "SELECT * FROM CIM_Indication x", "Query: at character 30: nothing more is "
						    "understood than conditions that are joined "
						    "by AND." },
		{ "SELECT * FROM CIM_Indication WHERE SourceInstance ISA CIM_ComputerSystem",
		  "Query: at character 50: CIM_Indication has no SourceInstance." },
		{ CHANGE "SourceInstance ISA 'CIM_ComputerSystem",
		  "Query: at character 80: the quote is not closed." },
		{ CHANGE "SourceInstance ISA CIM_Processor",
		  "Query: at character 61: kvrm tells of no changes of CIM_Processor." },
		{ CHANGE "SourceInstance ISA CIM_Job AND SourceInstance ISA CIM_Job",
		  "Query: at character 91: SourceInstance ISA is there twice." },
		{ CHANGE "PreviousInstance ISA CIM_Job", "Query: at character 58: a property of it "
							 "is expected, or of SourceInstance ISA." },
		{ CHANGE "SourceInstance.JobState = 7",
		  "Query: at character 57: it is not said before of which class 'JobState' is: "
		  "SourceInstance ISA CLASS." },
		{ CHANGE "SourceInstance.CIM_No::X = 7",
		  "Query: at character 57: there is no class 'CIM_No'." },
		{ OF_VM "SourceInstance.Colour = 7",
		  "Query: at character 99: CIM_ComputerSystem has no property 'Colour'." },
		{ OF_VM "SourceInstance. = 7",
		  "Query: at character 100: the name of a property is expected." },
		{ OF_VM "SourceInstance.EnabledState LIKE 'x'",
		  "Query: at character 112: one of = <> < > <= >= is expected." },
		{ OF_VM "SourceInstance.OperationalStatus = 2",
		  "Query: at character 116: OperationalStatus is an array, which is not "
		  "compared." },
		{ CHANGE "SourceInstance = 2", "Query: at character 57: a property of it is "
					       "expected, or of SourceInstance ISA." },
		{ OF_VM "SourceInstance.EnabledState = 'x'",
		  "Query: at character 114: EnabledState is compared with a number." },
		{ OF_VM "SourceInstance.EnabledState = NULL",
		  "Query: at character 114: EnabledState is compared with a number." },
		{ OF_VM "SourceInstance.EnabledState = -1",
		  "Query: at character 114: EnabledState never is such a number." },
		{ OF_VM "SourceInstance.EnabledState = 65536",
		  "Query: at character 114: EnabledState never is such a number." },
		{ OF_VM "SourceInstance.EnabledState = 99999999999999999999",
		  "Query: at character 114: EnabledState never is such a number." },
		{ OF_VM "SourceInstance.EnabledState = 2.5",
		  "Query: at character 114: a number is a whole one, in decimal." },
		{ OF_VM "SourceInstance.EnabledState = 0x2",
		  "Query: at character 114: a number is a whole one, in decimal." },
		{ OF_VM "SourceInstance.ElementName = 2",
		  "Query: at character 113: ElementName is compared with a text in quotes." },
		{ OF_VM "SourceInstance.ElementName < 'x'",
		  "Query: at character 112: ElementName is compared with = and <> only." },
		{ OF_VM "SourceInstance.ElementName = 'x",
		  "Query: at character 115: the quote is not closed." },
		{ OF_VM "SourceInstance.ElementName = 'x\\'",
		  "Query: at character 115: a text has no \\ in it." },
		{ OF_VM "SourceInstance.EnabledState = PreviousInstance.RequestedState",
		  "Query: at character 114: a property is compared with a value, or with itself as "
		  "it "
		  "was before." },
		{ OF_VM "SourceInstance.EnabledState = 2 OR SourceInstance.EnabledState = 3",
		  "Query: at character 116: nothing more is understood than conditions that are "
		  "joined "
		  "by AND." },
		{ CHANGE "NOT SourceInstance ISA CIM_Job",
		  "Query: at character 45: NOT is not understood; there is <>." },
		{ CHANGE "(SourceInstance ISA CIM_Job)",
		  "Query: at character 43: parentheses are not understood." },
		{ "SELECT * FROM CIM_InstCreation WHERE PreviousInstance.CIM_Job::JobStatus = 'x'",
		  "Query: at character 54: CIM_InstCreation has no PreviousInstance." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_error_ struct cim_error error = { 0 };
		struct query *query = NULL;

		assert_int_equal(query_parse(rows[i].text, &query, &error), CIM_INVALID_QUERY);
		assert_null(query);
		if (strcmp(cim_error_text(&error), rows[i].message))
			fail_msg("%s: %s", rows[i].text, cim_error_text(&error));
	}
}

static void test_too_much(void **state)
{
	_cleanup_error_ struct cim_error error = { 0 };
	struct query *query = NULL;
	char text[QUERY_LENGTH_MAX + 2] = OF_VM "SourceInstance.EnabledState = 1";

	for (int i = 1; i < QUERY_CONDITIONS_MAX; i++)
		strcat(text, " AND SourceInstance.EnabledState = 1");
	assert_int_equal(query_parse(text, &query, &error), 0);
	query_free(query);
	strcat(text, " AND SourceInstance.EnabledState = 1");
	assert_int_equal(query_parse(text, &query, &error), CIM_INVALID_QUERY);
	assert_non_null(strstr(cim_error_text(&error), "more than 8 comparisons"));
	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(query_parse(text, &query, &error), CIM_INVALID_QUERY);
	assert_non_null(strstr(cim_error_text(&error), "longer than 1024"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
