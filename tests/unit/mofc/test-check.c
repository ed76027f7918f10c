// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The checker: what it completes, and the sentence for each rule that text can break.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/mofc/set.h"
#include "tools/mofc/range.h"

/* Text behind the declarations; it begins at line 2, column 1. */
static bool check(struct test_set *t, const char *text)
{
	test_set_open(t);
	assert_true(mof_parse(&t->set, "f", QUALIFIERS, strlen(QUALIFIERS)));
	/* The place of the text is that of a file of its own. */
	assert_true(mof_parse(&t->set, "f", text, strlen(text)));
	return mof_check(&t->set);
}

static void test_inherited(void **state)
{
	static const char text[] = "[" D "] class CIM_C : CIM_B { [" D
				   ", Override(\"id\")] string ID; [" D "] uint8 New; };"
				   "[Abstract, " D "] class CIM_A { [Key, MaxLen(9), " D
				   "] string Id; [" D "] uint8 Run(); };"
				   "[" D "] class CIM_B : CIM_A { [" D "] uint8 Own; };";
	struct mof_class *a, *c;
	struct test_set t;

	assert_true(check(&t, text));
	assert_string_equal(test_set_told(&t), "");
	c = mof_class_find(&t.set, "cim_c");
	a = mof_class_find(&t.set, "CIM_A");
	assert_int_equal(c->n_all, 4);
	assert_string_equal(c->all[0]->name, "ID");
	assert_ptr_equal(c->all[0]->owner, c);
	assert_ptr_equal(c->all[0]->overridden, a->features);
	assert_ptr_equal(c->all[1]->owner, a);
	assert_string_equal(c->all[2]->name, "Own");
	assert_string_equal(c->all[3]->name, "New");
	/* Inherited, unless a qualifier is restricted. */
	assert_true(mof_flag(&t.set, c->all[0]->qualifiers, "Key"));
	assert_string_equal(mof_text(c->all[0]->qualifiers, "MaxLen"), "9");
	assert_false(mof_flag(&t.set, c->qualifiers, "Abstract"));
	test_set_close(&t);
}

/* Two references, of an association to be. */
#define ENDS "[Key," D "] CIM_A REF X; [Key," D "] CIM_A REF Y;"
#define A    "[" D "] class CIM_A { [Key," D "] string Id; };\n"
/* A class with one property that has the qualifiers and type. */
#define P(qualifiers, feature) "[" D "] class CIM_P { [" D "," qualifiers "] " feature "; };"

static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		const char *told;
	} cases[] = {
		/* Classes. */
		{ "[" D "] class Thing { };",
		  "f:1:26: the name Thing does not begin with the name of a schema and \"_\"\n" },
		{ "[" D "] class _A { };",
		  "f:1:26: the name _A does not begin with the name of a schema and \"_\"\n" },
		{ A "[" D "] class cim_a { };",
		  "f:2:26: the class cim_a has been declared at f:1\n" },
		{ "[" D "] class CIM_A : CIM_B { };",
		  "f:1:34: the superclass CIM_B is not declared\n" },
		{ "[" D "] class CIM_A : CIM_A { };", "f:1:34: CIM_A is a superclass of itself\n" },
		{ "[" D "] class CIM_A : CIM_B { };\n[" D "] class CIM_B : CIM_C { };\n[" D
		  "] class CIM_C : CIM_A { };",
		  "f:3:34: CIM_A is a superclass of itself\n" },
		{ "class CIM_A { };", "f:1:7: CIM_A has no Description\n" },
		{ A "[Association," D "] class CIM_B : CIM_A { };",
		  "f:2:46: CIM_B has the qualifier Association, its superclass CIM_A has not\n"
		  "f:2:38: the association CIM_B has fewer than two references\n" },
		{ A "[Association," D "] class CIM_B { [Key," D "] CIM_A REF X; };",
		  "f:2:38: the association CIM_B has fewer than two references\n" },
		{ A "[" D "] class CIM_B { " ENDS " };",
		  "f:2:67: CIM_B is no association and has the reference X\n"
		  "f:2:103: CIM_B is no association and has the reference Y\n" },
		{ "[Association,Indication," D "] class CIM_A { [Key," D "] CIM_A REF X; [Key," D
		  "] CIM_A REF Y; };",
		  "f:1:49: CIM_A is an association and an indication\n"
		  "f:1:14: the qualifier Indication may not stand here\n" },
		/* Features. */
		{ "[" D "] class CIM_A { [" D "] uint8 x; [" D "] uint8 X; };",
		  "f:1:87: CIM_A has X already\n" },
		{ "[" D "] class CIM_A { uint8 X; };", "f:1:40: X has no Description\n" },
		{ A "[" D "] class CIM_B : CIM_A { [" D "] string Id; };",
		  "f:2:68: CIM_B has Id from CIM_A; write Override (\"Id\") to change it\n" },
		{ A "[" D "] class CIM_B : CIM_A { [" D ",Override(\"No\")] string Id; };",
		  "f:2:60: Id overrides another name\n" },
		{ A "[" D "] class CIM_B : CIM_A { [" D ",Override(\"No\")] string No; };",
		  "f:2:60: No overrides nothing: no superclass has it\n" },
		{ A "[" D "] class CIM_B : CIM_A { [" D ",Override(\"Id\")] uint8 Id; };",
		  "f:2:82: Id has another type than in CIM_A\n" },
		{ A "[" D "] class CIM_B : CIM_A { [" D ",Override(\"Id\")] string Id[]; };",
		  "f:2:83: Id has another type than in CIM_A\n" },
		{ A "[" D "] class CIM_B : CIM_A { [" D ",Override(\"Id\")] string Id(); };",
		  "f:2:83: Id has another type than in CIM_A\n" },
		{ A "[" D "] class CIM_B : CIM_A { [Key," D "] string More; };",
		  "f:2:72: CIM_B adds the key More to those of CIM_A\n" },
		{ P("Key", "real32 X"), "f:1:64: the key X is an array or a real number\n" },
		{ A "[" D "] class CIM_B : CIM_A { [" D
		    ",Key(false),Override(\"Id\")] string Id; };",
		  "f:2:60: the qualifier Key may not differ from that at f:1\n" },
		{ "[Association," D "] class CIM_B { [" D "] CIM_X REF X; [" D "] CIM_B REF Y; };",
		  "f:1:65: the class CIM_X is not declared\n" },
		{ A "[Association," D "] class CIM_L { " ENDS " };\n"
		    "[" D "] class CIM_O { };\n[Association," D "] class CIM_M : CIM_L { [" D
		    ",Override(\"X\")] CIM_O REF X; };",
		  "f:4:87: CIM_O is no subclass of CIM_A, which X is for in CIM_L\n" },
		/* Methods. */
		{ P("Required", "uint32 X([" D "] uint8 A, [" D "] uint8 a)"),
		  "f:1:124: X has a parameter a already\n" },
		{ P("Required", "uint32 X(uint8 A)"), "f:1:77: A has no Description\n" },
		{ P("Required", "uint32 X([In(false)," D "] uint8 A)"),
		  "f:1:106: the parameter A is neither In nor Out\n" },
		{ "[" D "] class CIM_A { [" D "] uint8 X([" D "] uint8 A); };\n[" D
		  "] class CIM_B : CIM_A { [" D ",Override(\"X\")] uint8 X([" D "] uint8 B); };",
		  "f:2:108: X has other parameters than in CIM_A\n" },
		{ "[" D "] class CIM_A { [" D "] uint8 X([" D "] uint8 A); };\n[" D
		  "] class CIM_B : CIM_A { [" D ",Override(\"X\")] uint8 X(); };",
		  "f:2:81: X has other parameters than in CIM_A\n" },
		/* Qualifiers. */
		{ P("Nice", "uint8 X"), "f:1:52: the qualifier Nice is not declared\n" },
		{ P("Required,required", "uint8 X"),
		  "f:1:61: the qualifier required is written twice\n" },
		{ P("Abstract", "uint8 X"), "f:1:52: the qualifier Abstract may not stand here\n" },
		{ P("PUnit", "uint8 X"), "f:1:52: the qualifier PUnit needs a value\n" },
		{ P("MaxLen(\"9\")", "string X"), "f:1:59: \"9\" is no uint32\n" },
		{ P("MaxLen(-9)", "string X"), "f:1:59: \"-9\" is no uint32\n" },
		{ P("MaxLen{9}", "string X"), "f:1:58: one constant is expected, not an array\n" },
		{ P("ValueMap(\"9\")", "string X"), "f:1:61: an array is expected, in braces\n" },
		{ P("ArrayType(\"Bag\")", "string X"), "f:1:52: X is no array\n" },
		{ P("ArrayType(\"Sack\")", "string X[]"),
		  "f:1:52: ArrayType is Bag, Ordered or Indexed\n" },
		{ P("EmbeddedInstance(\"CIM_P\")", "uint8 X"),
		  "f:1:52: the qualifier EmbeddedInstance is for strings only\n" },
		{ P("EmbeddedObject", "uint8 X"),
		  "f:1:52: the qualifier EmbeddedObject is for strings only\n" },
		{ P("EmbeddedInstance(\"CIM_Q\")", "string X"),
		  "f:1:69: the class CIM_Q is not declared\n" },
		{ "Qualifier F : string, Scope(any), Flavor(DisableOverride);\n[F(\"a\")," D
		  "] class CIM_A { };\n[F(\"b\")," D "] class CIM_B : CIM_A { };",
		  "f:3:2: the qualifier F may not differ from that at f:2\n" },
		/* Values. */
		{ P("ValueMap{\"1\",\"2\"},Values{\"a\"}", "uint8 X"),
		  "f:1:70: Values and ValueMap differ in length: 1 and 2\n" },
		{ P("ValueMap{\"1\"}", "boolean X"),
		  "f:1:52: ValueMap is for integers and strings, not for boolean\n" },
		{ P("ValueMap{\"x\"}", "uint8 X"),
		  "f:1:61: \"x\" is no value or range of type uint8\n" },
		{ P("ValueMap{\"256\"}", "uint8 X"),
		  "f:1:61: \"256\" is no value or range of type uint8\n" },
		{ P("ValueMap{\"5..3\"}", "uint8 X"),
		  "f:1:61: \"5..3\" is no value or range of type uint8\n" },
		{ P("ValueMap{null}", "uint8 X"),
		  "f:1:61: \"null\" is no value or range of type uint8\n" },
		{ P("ValueMap{\"1..4\",\"4\"}", "uint8 X"),
		  "f:1:68: \"4\" is among the values of \"1..4\" already\n" },
		{ P("ValueMap{\"..\",\"4\",\"..\"}", "uint8 X"),
		  "f:1:70: \"..\" is among the values of \"..\" already\n" },
		{ P("ValueMap{\"a\",\"a\"}", "string X"),
		  "f:1:65: \"a\" is among the values of \"a\" already\n" },
		{ P("Required", "uint8 X = 256"), "f:1:72: \"256\" is no uint8\n" },
		{ P("Required", "sint8 X = -129"), "f:1:72: \"-129\" is no sint8\n" },
		{ P("Required", "boolean X = \"true\""), "f:1:74: \"true\" is no boolean\n" },
		{ P("Required", "uint8 X[] = 5"), "f:1:74: an array is expected, in braces\n" },
		{ P("Required", "datetime X = \"2026\""), "f:1:75: \"2026\" is no datetime\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_set t;

		assert_false(check(&t, cases[i].text));
		assert_string_equal(test_set_told(&t), cases[i].told);
		test_set_close(&t);
	}
}

static void test_right(void **state)
{
	static const char *const cases[] = {
		P("Required", "datetime X = \"00000000000500.000000:000\""),
		P("Required", "sint8 X = -128"),
		P("Required", "uint64 X = 18446744073709551615"),
		P("Required", "real32 X = 5"),
		P("Required", "char16 X = 'a'"),
		P("Required", "string X = null"),
		P("ValueMap{\"..\",\"0\",\"2..5\",\"0x80..\"}", "uint8 X"),
		P("ValueMap{\"-5..-1\",\"..-6\",\"0..\"}", "sint8 X"),
		P("ValueMap{\"\",\"..\",\"a\"},Values{\"x\",\"y\",\"z\"}", "string X"),
		P("Values{\"a\",\"b\"}", "uint8 X[]"),
		P("EmbeddedInstance(\"CIM_P\")", "string X[]"),
		"[" D "] class CIM_A { [" D "] uint8 X([" D "] uint8 A, [" D "] string B[]); };[" D
		"] class CIM_B : CIM_A { [" D ",Override(\"x\")] uint8 x([" D "] uint8 a, [" D
		"] string B[]); };",
		/* What an association's subclass is, it need not say. */
		A "Qualifier O : boolean = false, Scope(association);[Association," D
		  "] class CIM_L { " ENDS " };[O," D "] class CIM_M : CIM_L { };",
		"Qualifier F : string, Scope(any), Flavor(DisableOverride);[F(\"a\")," D
		"] class CIM_A { };[F(\"a\")," D "] class CIM_B : CIM_A { };",
		A "[Association," D "] class CIM_L { " ENDS " };\n[" D
		  "] class CIM_O : CIM_A { };[Association," D "] class CIM_M : CIM_L { [" D
		  ",Override(\"X\")] CIM_O REF X; };",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_set t;

		assert_true(check(&t, cases[i]));
		assert_string_equal(test_set_told(&t), "");
		test_set_close(&t);
	}
}

static void test_declarations(void **state)
{
	static const char text[] = "Qualifier key : string, Scope(any);\n"
				   "Qualifier K : uint8 = 300, Scope(any);\n"
				   "Qualifier BitMap : string, Scope(any);\n"
				   "Qualifier MinValue : uint64, Scope(any);\n";
	struct test_set t;

	assert_false(check(&t, text));
	assert_string_equal(test_set_told(&t),
			    "f:1:11: the qualifier key has been declared at f:1\n"
			    "f:1:11: the qualifier key is a boolean\n"
			    "f:2:23: \"300\" is no uint8\n"
			    "f:3:11: the qualifier BitMap is a string[]\n"
			    "f:4:11: the qualifier MinValue is a sint64\n");
	test_set_close(&t);
}

/* Ranges of 8 bits against a list of all their values. */
static void test_ranges(void **state)
{
	for (int type = 0; type < 2; type++) {
		enum schema_type t = type ? SCHEMA_SINT8 : SCHEMA_UINT8;
		int low = type ? -128 : 0;

		for (int a = low - 2; a < low + 258; a++) {
			for (int b = low - 2; b < low + 258; b++) {
				bool valid = a >= low && b < low + 256 && a <= b;
				struct mof_range r, one;
				char text[32];

				snprintf(text, sizeof(text), "%d..%d", a, b);
				assert_int_equal(mof_range_read(t, text, &r), valid);
				if (!valid)
					continue;
				for (int v = low; v < low + 256; v += 5) {
					snprintf(text, sizeof(text), "%d", v);
					assert_true(mof_range_read(t, text, &one));
					assert_int_equal(mof_range_meets(&r, &one),
							 v >= a && v <= b);
					assert_int_equal(mof_range_meets(&one, &r),
							 v >= a && v <= b);
				}
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inherited), cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_right),	  cmocka_unit_test(test_declarations),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
