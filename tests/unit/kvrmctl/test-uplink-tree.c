// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trees of uplinks: what is on what, and how it is drawn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/kvrmctl/uplink-tree.h"
#include "tools/kvrmctl/value.h"

static const char uplinks_text[] =
	"[{\"Name\":\"gold\",\"Parent\":\"lan\",\"Members\":[\"nic/web.1/1\"],\"EnforcedBy\":\"\","
	"\"ToGuestReservation\":125000,\"ToGuestCapacity\":125000,\"ToGuestWeight\":300,"
	"\"FromGuestLimit\":250000,\"FromGuestWeight\":100},"
	"{\"Name\":\"lan\",\"Parent\":\"\",\"Members\":[\"uplink/gold\",\"nic/web.1/0\",\"nic/off/"
	"0\","
	"\"nic/gone/0\",\"nic/off/7\"],\"EnforcedBy\":\"module\",\"ToGuestCapacity\":125000000,"
	"\"ToGuestReserved\":250000,\"ToGuestUnreserved\":124750000,\"ToGuestUsed\":1250000,"
	"\"ToGuestDemand\":2500000,\"ToGuestEntitled\":125000000,\"FromGuestCapacity\":1250000,"
	"\"FromGuestReserved\":2500000,\"FromGuestShortfall\":1250000},"
	"{\"Name\":\"wan\",\"Parent\":\"\",\"Members\":[],\"EnforcedBy\":\"module\"}]";
static const char systems_text[] =
	"[{\"Name\":\"off\",\"UUID\":\"u1\",\"State\":\"defined\",\"NICs\":[{"
	"\"ToGuestReservation\":"
	"1000000,\"ToGuestWeight\":100,\"FromGuestWeight\":7}]},"
	"{\"Name\":\"web.1\",\"UUID\":\"u2\",\"State\":\"active\",\"NICs\":[{"
	"\"ToGuestReservation\":"
	"125000,\"ToGuestLimit\":12500000,\"ToGuestWeight\":1,\"FromGuestWeight\":2},"
	"{\"ToGuestWeight\":3,\"FromGuestWeight\":4}]}]";
static const char samples_text[] =
	"{\"u2\":{\"NICs\":[{\"ToGuestUsed\":1250000,\"ToGuestDemand\":2500000,\"ToGuestEntitled\":"
	"12500000},{}]}}";

static struct json_object *build(const char *root)
{
	_cleanup_value_ struct json_object *uplinks = json_tokener_parse(uplinks_text),
					   *systems = json_tokener_parse(systems_text),
					   *samples = json_tokener_parse(samples_text);

	assert_non_null(uplinks);
	assert_non_null(systems);
	assert_non_null(samples);
	return uplink_tree_build(uplinks, systems, samples, root);
}

static char *draw(struct json_object *trees, bool lines, bool colours)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	uplink_tree_print(trees, lines, colours, file);
	fclose(file);
	return text;
}

static void test_build(void **state)
{
	_cleanup_value_ struct json_object *trees = build(NULL);
	struct json_object *lan, *nics, *gold;

	assert_int_equal(json_object_array_length(trees), 2);
	lan = json_object_array_get_idx(trees, 0);
	assert_string_equal(value_text(lan, "Name"), "lan");
	/* Those that are not there any more, or not yet, are passed over. */
	nics = value_get(lan, "NICs");
	assert_int_equal(json_object_array_length(nics), 2);
	assert_string_equal(value_text(json_object_array_get_idx(nics, 0), "System"), "web.1");
	assert_int_equal(value_number(json_object_array_get_idx(nics, 0), "ToGuestUsed"), 1250000);
	assert_string_equal(value_text(json_object_array_get_idx(nics, 1), "State"), "defined");
	assert_int_equal(json_object_array_length(value_get(lan, "Parts")), 1);
	gold = json_object_array_get_idx(value_get(lan, "Parts"), 0);
	assert_string_equal(value_text(gold, "Name"), "gold");
	nics = value_get(gold, "NICs");
	assert_int_equal(value_number(json_object_array_get_idx(nics, 0), "NIC"), 1);
	assert_int_equal(value_number(json_object_array_get_idx(nics, 0), "ToGuestWeight"), 3);
}

static void test_one(void **state)
{
	_cleanup_value_ struct json_object *trees = build("gold"), *none = build("nope");

	assert_int_equal(json_object_array_length(none), 0);
	assert_int_equal(json_object_array_length(trees), 1);
	assert_string_equal(value_text(json_object_array_get_idx(trees, 0), "Name"), "gold");
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in\n%s", part, text);
}

static void test_drawing(void **state)
{
	_cleanup_value_ struct json_object *trees = build(NULL);
	_cleanup_free_ char *text = draw(trees, false, false);
	_cleanup_free_ char *lines = draw(trees, true, false);

	expect(text, "TO GUESTS ");
	expect(text, "\nFROM GUESTS ");
	expect(text, "\n|- web.1 NIC 0 ");
	expect(text, "\n|- off NIC 0 ");
	expect(text, "\n`- gold ");
	expect(text, "\n   `- web.1 NIC 1 ");
	expect(text, "\nwan ");
	expect(text, "\nlan (!) ");
	/* What does not run takes nothing. */
	expect(text, " (8Mbit) ");
	expect(lines, "\n├─ web.1 NIC 0 ");
	expect(lines, "\n└─ gold ");
	expect(lines, "\n   └─ web.1 NIC 1 ");
}

static void test_line(void **state)
{
	_cleanup_value_ struct json_object *trees = build("gold");
	_cleanup_free_ char *text = draw(trees, false, false);
	/* A line each, whatever its length. */
	/* clang-format off */
	static const char expected[] =
		"TO GUESTS       STATE   RESERVATION      LIMIT  WEIGHT  CAPACITY  RESERVED  UNRESERVED  USED  DEMAND  ENTITLED\n"
		"gold            part          1Mbit  unlimited     300     1Mbit         0           0     -       -         -\n"
		"`- web.1 NIC 1  active            0  unlimited       3         -         -           -     -       -         -\n"
		"\n"
		"FROM GUESTS     STATE   RESERVATION      LIMIT  WEIGHT  CAPACITY  RESERVED  UNRESERVED  USED  DEMAND  ENTITLED\n"
		"gold            part              0      2Mbit     100         0         0           0     -       -         -\n"
		"`- web.1 NIC 1  active            0  unlimited       4         -         -           -     -       -         -\n";
	/* clang-format on */

	assert_string_equal(text, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_drawing),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
