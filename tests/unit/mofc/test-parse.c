// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser: what it makes of good text, and the sentence for each place where text can be wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/mofc/set.h"
#include "tools/mofc/file.h"

static const char good[] =
	"#pragma locale (\"en_US\")\n"
	"Qualifier Max : uint32 = null, Scope(reference), Flavor(EnableOverride, ToSubclass);\n"
	"Qualifier List : string[] = { \"a\", null }, Scope(property, any);\n"
	"QUALIFIER Abstract : boolean = FALSE, SCOPE(class), FLAVOR(restricted, disableoverride);\n"
	"[Abstract, List { \"x\" \"y\", \"z\" }]\n"
	"class CIM_A : CIM_B {\n"
	"  [Max(3)] CIM_B REF Other;\n"
	"  string Names[] = { \"a\", \"b\" };\n"
	"  sint8 Low = -5;\n"
	"  real64 Half = 0.5;\n"
	"  char16 Letter = 'x';\n"
	"  boolean On = true;\n"
	"  uint32 Run([Max(1)] CIM_A REF Who[], string What);\n"
	"  uint32 Stop();\n"
	"};\n"
	"class CIM_B { };\n";

static void test_class(void **state)
{
	const struct mof_feature *f;
	const struct mof_class *class;
	struct test_set t;

	test_set_open(&t);
	assert_true(mof_parse(&t.set, "f", good, strlen(good)));
	assert_string_equal(test_set_told(&t), "");
	class = t.set.classes;
	assert_string_equal(class->name, "CIM_A");
	assert_string_equal(class->super_name, "CIM_B");
	assert_int_equal(class->place.line, 6);
	assert_int_equal(class->place.column, 7);
	assert_string_equal(class->next->name, "CIM_B");
	assert_null(class->next->next);
	assert_int_equal(class->qualifiers->next->value->n, 2);
	assert_string_equal(class->qualifiers->next->value->items[0].text, "xy");

	f = class->features;
	assert_int_equal(f->type, SCHEMA_REFERENCE);
	assert_string_equal(f->target_name, "CIM_B");
	assert_string_equal(f->qualifiers->value->items[0].text, "3");
	f = f->next;
	assert_true(f->array);
	assert_string_equal(f->value->items[1].text, "b");
	f = f->next;
	assert_int_equal(f->type, SCHEMA_SINT8);
	assert_true(f->value->items[0].negative);
	f = f->next;
	assert_int_equal(f->value->items[0].kind, MOF_REAL);
	f = f->next;
	assert_int_equal(f->value->items[0].kind, MOF_CHAR);
	f = f->next;
	assert_string_equal(f->value->items[0].text, "true");
	f = f->next;
	assert_true(f->is_method);
	assert_true(f->parameters->array);
	assert_string_equal(f->parameters->target_name, "CIM_A");
	assert_string_equal(f->parameters->next->name, "What");
	assert_null(f->parameters->next->next);
	f = f->next;
	assert_true(f->is_method);
	assert_null(f->parameters);
	assert_null(f->next);
	test_set_close(&t);
}

static void test_declarations(void **state)
{
	const struct mof_declaration *d;
	struct test_set t;

	test_set_open(&t);
	assert_true(mof_parse(&t.set, "f", good, strlen(good)));
	d = t.set.declarations;
	assert_int_equal(d->type, SCHEMA_UINT32);
	assert_int_equal(d->scope, MOF_AT_REFERENCE);
	assert_int_equal(d->flavor, 0);
	d = d->next;
	assert_true(d->array);
	assert_int_equal(d->value->n, 2);
	assert_null(d->value->items[1].text);
	assert_int_equal(d->scope, MOF_AT_ANY);
	d = d->next;
	assert_int_equal(d->flavor, MOF_RESTRICTED | MOF_FIXED);
	test_set_close(&t);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		const char *told;
	} cases[] = {
		{ "klass",
		  "f:1:1: a class or the declaration of a qualifier is expected, not \"klass\"\n" },
		{ "instance of CIM_A {};", "f:1:1: a class or the declaration of a qualifier is "
					   "expected, not \"instance\"\n" },
		{ "5",
		  "f:1:1: a class or the declaration of a qualifier is expected, not \"5\"\n" },
		{ "#pragma include (\"x.mof\")",
		  "f:1:9: \"locale\" is expected, not \"include\"\n" },
		{ "#pragma locale (5)", "f:1:17: a string is expected, not \"5\"\n" },
		{ "[]", "f:1:2: the name of a qualifier is expected, not \"]\"\n" },
		{ "[A,] class", "f:1:4: the name of a qualifier is expected, not \"]\"\n" },
		{ "[A B]", "f:1:4: \"]\" is expected, not \"B\"\n" },
		{ "[A(1] class", "f:1:5: \")\" is expected, not \"]\"\n" },
		{ "[A({1})]", "f:1:4: a constant is expected, not \"{\"\n" },
		{ "[A{1 2}]", "f:1:6: \",\" is expected, not \"2\"\n" },
		{ "[A{1,}]", "f:1:6: a constant is expected, not \"}\"\n" },
		{ "[A(maybe)]", "f:1:4: a constant is expected, not \"maybe\"\n" },
		{ "[A('xy')]", "f:1:4: one character of 16 bits stands between ' and '\n" },
		{ "[A('')]", "f:1:4: one character of 16 bits stands between ' and '\n" },
		{ "[A] qualifier", "f:1:5: \"class\" is expected, not \"qualifier\"\n" },
		{ "class", "f:1:6: the name of a class is expected, not the end of the file\n" },
		{ "class \"A\"", "f:1:7: the name of a class is expected, not a string\n" },
		{ "class A : {", "f:1:11: the name of a superclass is expected, not \"{\"\n" },
		{ "class A }", "f:1:9: \"{\" is expected, not \"}\"\n" },
		{ "class A { }", "f:1:12: \";\" is expected, not the end of the file\n" },
		{ "class A {", "f:1:10: a data type is expected, not the end of the file\n" },
		{ "class A { uint9 B; };",
		  "f:1:11: \"uint9\" is no data type, and \"REF\" does not follow it\n" },
		{ "class A { reference B; };",
		  "f:1:11: \"reference\" is no data type, and \"REF\" does not follow it\n" },
		{ "class A { uint8 ; };",
		  "f:1:17: the name of a property or method is expected, not \";\"\n" },
		{ "class A { uint8 B[4]; };", "f:1:19: \"]\" is expected, not \"4\"\n" },
		{ "class A { uint8 B = ; };", "f:1:21: a constant is expected, not \";\"\n" },
		{ "class A { uint8 B };", "f:1:19: \";\" is expected, not \"}\"\n" },
		{ "class A { A REF B(); };", "f:1:11: a method does not return a reference\n" },
		{ "class A { uint8 B(uint8 C,); };",
		  "f:1:27: a data type is expected, not \")\"\n" },
		{ "class A { uint8 B(uint8); };",
		  "f:1:24: the name of a parameter is expected, not \")\"\n" },
		{ "class A { uint8 B(uint8 C; };", "f:1:26: \")\" is expected, not \";\"\n" },
		{ "Qualifier",
		  "f:1:10: the name of a qualifier is expected, not the end of the file\n" },
		{ "Qualifier A;", "f:1:12: \":\" is expected, not \";\"\n" },
		{ "Qualifier A : reference",
		  "f:1:15: a data type is expected, not \"reference\"\n" },
		{ "Qualifier A : 5", "f:1:15: a data type is expected, not \"5\"\n" },
		{ "Qualifier A : string;", "f:1:21: \",\" is expected, not \";\"\n" },
		{ "Qualifier A : string, Flavor",
		  "f:1:23: \"Scope\" is expected, not \"Flavor\"\n" },
		{ "Qualifier A : string, Scope(house);",
		  "f:1:29: a kind of element is expected, not \"house\"\n" },
		{ "Qualifier A : string, Scope(any), Scope(any);",
		  "f:1:35: \"Flavor\" is expected, not \"Scope\"\n" },
		{ "Qualifier A : string, Scope(any), Flavor(ToInstance);",
		  "f:1:42: a flavor is expected, not \"ToInstance\"\n" },
		{ "class A { };\n class ?", "f:2:8: no token begins with this character\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_set t;

		test_set_open(&t);
		assert_false(mof_parse(&t.set, "f", cases[i].text, strlen(cases[i].text)));
		assert_string_equal(test_set_told(&t), cases[i].told);
		assert_int_equal(t.set.errors, 1);
		test_set_close(&t);
	}
}

/* Cut anywhere, a good text is wrong, unless it is cut between two declarations. */
static void test_cut(void **state)
{
	for (size_t length = 0; length < strlen(good); length++) {
		size_t last = length;
		struct test_set t;
		bool whole;

		while (last && strchr(" \n", good[last - 1]))
			last--;
		whole = !last ||
			(last > 1 && good[last - 1] == ';' && good[last] == '\n' &&
			 good[last + 1] != ' ' && good[last + 1] != '}') ||
			good[last - 1] == ')';
		if (last && good[last - 1] == ')')
			whole = last == strlen("#pragma locale (\"en_US\")");
		test_set_open(&t);
		assert_int_equal(mof_parse(&t.set, "f", good, length), whole);
		test_set_close(&t);
	}
}

static void test_file(void **state)
{
	struct test_set t;

	test_set_open(&t);
	assert_false(mof_file_parse(&t.set, "/nowhere/a.mof"));
	assert_false(mof_file_parse(&t.set, "/"));
	assert_string_equal(test_set_told(&t), "/nowhere/a.mof:0:0: No such file or directory\n"
					       "/:0:0: Is a directory\n");
	assert_true(mof_file_parse(&t.set, "/dev/null"));
	test_set_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_class), cmocka_unit_test(test_declarations),
		cmocka_unit_test(test_wrong), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
