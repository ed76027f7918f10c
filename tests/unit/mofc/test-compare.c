// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The comparison with an official schema: what differs is told, what may differ is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "tests/unit/mofc/set.h"
#include "tools/mofc/compare.h"

static const char official[] =
	"[Description(\"theirs\")] class CIM_A { [Key, Description(\"theirs\")] string Id;"
	" [ValueMap{\"0\", \"1\"}, Values{\"No\", \"Yes\"}] uint16 State[]; [MaxLen(9)] string "
	"Text = \"t\";"
	" uint32 Run([In(false), Out] CIM_A REF Result, [EmbeddedInstance(\"CIM_A\")] string "
	"Input[]); };"
	"class CIM_B : CIM_A { CIM_A REF Other; };"
	"Qualifier Extra : string = null, Scope(any), Flavor(Restricted);";

/* Compares a text with the official one; @told is to be freed. */
static void compare(const char *text, size_t *ret_classes, size_t *ret_differences, char **ret_told)
{
	struct test_set ours, theirs;
	struct compare c = { .ours = &ours.set, .official = &theirs.set };
	size_t size;

	test_set_open(&ours);
	test_set_open(&theirs);
	assert_true(mof_parse(&ours.set, "q", QUALIFIERS, strlen(QUALIFIERS)));
	assert_true(mof_parse(&theirs.set, "q", QUALIFIERS, strlen(QUALIFIERS)));
	assert_true(mof_parse(&ours.set, "f", text, strlen(text)));
	assert_true(mof_parse(&theirs.set, "o", official, strlen(official)));
	c.to = open_memstream(ret_told, &size);
	mof_compare(&c);
	fclose(c.to);
	*ret_classes = c.n_classes;
	*ret_differences = c.n_differences;
	test_set_close(&ours);
	test_set_close(&theirs);
}

static void test_same(void **state)
{
	/* Another description, another order of features, defaults that are written, and a class of ours. */
	static const char text[] =
		"[Description(\"ours\")] class CIM_A {"
		" uint32 Run([Out(true), In(false)] CIM_A REF Result,"
		" [In, EmbeddedInstance(\"CIM_A\")] string Input[]);"
		" [Values{\"No\", \"Yes\"}, ValueMap{\"0\", \"1\"}] uint16 State[];"
		" [Key(true)] string Id;"
		" [MaxLen(9), Required(false)] string Text = \"t\"; };"
		"class KVRM_A : CIM_A { uint8 More; };";
	size_t classes, differences;
	char *told;

	compare(text, &classes, &differences, &told);
	assert_string_equal(told, "");
	assert_int_equal(classes, 1);
	assert_int_equal(differences, 0);
	free(told);
}

static void test_different(void **state)
{
	static const struct {
		const char *from, *to;
		const char *told;
	} cases[] = {
		{ "class CIM_A {", "class cim_a {", "cim_a: officially written CIM_A" },
		{ "[Key, D", "[D", "CIM_A.Id: the qualifier Key differs" },
		{ "string Id", "string ID", "CIM_A.Id: officially written Id" },
		{ "string Id", "uint8 Id", "CIM_A.Id: the type is officially string" },
		{ "string Id", "string Id[]", "CIM_A.Id: the type is officially string" },
		{ "uint16 State[]", "uint16 State",
		  "CIM_A.State: the type is officially uint16[]" },
		{ "\"1\"}", "\"2\"}", "CIM_A.State: the qualifier ValueMap differs" },
		{ "\"Yes\"", "\"Maybe\"", "CIM_A.State: the qualifier Values differs" },
		{ "\"Yes\"", "\"Yes\", \"Maybe\"", "CIM_A.State: the qualifier Values differs" },
		{ "MaxLen(9)", "MaxLen(8)", "CIM_A.Text: the qualifier MaxLen differs" },
		{ "MaxLen(9)", "MaxLen(9), Required",
		  "CIM_A.Text: the qualifier Required is not official" },
		{ " = \"t\"", "", "CIM_A.Text: the default differs" },
		{ "\"t\"", "\"u\"", "CIM_A.Text: the default differs" },
		{ "Out] CIM_A", "Out] CIM_B", "CIM_A.Run.Result: refers officially to CIM_A" },
		{ "In(false), Out", "Out", "CIM_A.Run.Result: the qualifier In differs" },
		{ "Input[]", "Input", "CIM_A.Run.Input: the type is officially string[]" },
		{ "(\"CIM_A\")", "(\"CIM_B\")",
		  "CIM_A.Run.Input: the qualifier EmbeddedInstance differs" },
		{ "Input[])", "Input[], uint8 More)", "CIM_A.Run.More: not official" },
		{ "CIM_B : CIM_A", "CIM_B", "CIM_B: the superclass is officially CIM_A" },
		{ "CIM_B : CIM_A", "CIM_B : CIM_C", "CIM_B: the superclass is officially CIM_A" },
		{ " CIM_A REF Other;", "", "CIM_B.Other: missing here" },
		{ " CIM_A REF Other;", " CIM_A REF Other; uint8 More;",
		  "CIM_B.More: not official" },
		{ "class CIM_B :", "class CIM_C :", "CIM_C: not official" },
		{ "uint32 Run(", "uint64 Run(", "CIM_A.Run: the type is officially uint32" },
		{ "string Id", "string Id()", "CIM_A.Id: officially a property" },
		{ "Extra : string", "Extra : uint8",
		  "the declaration of the qualifier Extra differs" },
		{ "Extra : string", "Extra : string[]",
		  "the declaration of the qualifier Extra differs" },
		{ "Extra : string", "extra : string",
		  "the declaration of the qualifier extra differs" },
		{ "= null, S", "= \"x\", S", "the declaration of the qualifier Extra differs" },
		{ "(any)", "(class)", "the declaration of the qualifier Extra differs" },
		{ "(Restricted)", "(ToSubclass)",
		  "the declaration of the qualifier Extra differs" },
		{ "Qualifier Extra", "Qualifier More", "the qualifier More is not official" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = strstr(official, cases[i].from);
		size_t classes, differences;
		char text[1024], *told;

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - official), official,
			 cases[i].to, at + strlen(cases[i].from));
		compare(text, &classes, &differences, &told);
		assert_int_equal(differences, 1);
		assert_non_null(strstr(told, cases[i].told));
		free(told);
	}
}

static void test_order(void **state)
{
	const char *at = strstr(official, "[In(false), Out] CIM_A REF Result");
	size_t classes, differences;
	char text[1024], *told;

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - official), official,
		 "[EmbeddedInstance(\"CIM_A\")] string Input[], [In(false), Out] CIM_A REF Result",
		 strstr(at, "); };"));
	compare(text, &classes, &differences, &told);
	assert_int_equal(differences, 2);
	assert_non_null(strstr(told, "CIM_A.Run.Result: officially in another place"));
	assert_non_null(strstr(told, "CIM_A.Run.Input: officially in another place"));
	free(told);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Only files of our classes and of qualifiers are read, wherever they lie. */
static void test_folder(void **state)
{
	static const char *const files[] = { "Core/CIM_A.mof", "Core/CIM_Wrong.mof",
					     "qualifiers.mof", "Core", "" };
	static const char text[] = "class CIM_A { };";
	char folder[] = "/tmp/kvrm-official-XXXXXX", path[256];
	struct test_set ours, theirs;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/Core", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(folder, "Core/CIM_A.mof", text);
	write_file(folder, "Core/CIM_Wrong.mof", "?");
	test_set_open(&ours);
	assert_true(mof_parse(&ours.set, "f", text, strlen(text)));

	test_set_open(&theirs);
	assert_false(mof_official_read(&theirs.set, &ours.set, folder));
	assert_non_null(strstr(test_set_told(&theirs), ": no file qualifiers*.mof is here\n"));
	test_set_close(&theirs);

	write_file(folder, "qualifiers.mof", QUALIFIERS);
	test_set_open(&theirs);
	assert_true(mof_official_read(&theirs.set, &ours.set, folder));
	assert_non_null(mof_class_find(&theirs.set, "CIM_A"));
	test_set_close(&theirs);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		assert_int_equal(remove(path), 0);
	}
	test_set_open(&theirs);
	assert_false(mof_official_read(&theirs.set, &ours.set, folder));
	assert_non_null(strstr(test_set_told(&theirs), ": No such file or directory\n"));
	test_set_close(&theirs);
	test_set_close(&ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_different),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
