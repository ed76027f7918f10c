// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tree of pools: what is a member of what, and how it is drawn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/kvrmctl/pool-tree.h"
#include "tools/kvrmctl/value.h"

static const char pools_text[] =
	"[{\"Name\":\"batch\",\"Parent\":\"host\",\"ProcessorReservation\":500000,"
	"\"ProcessorLimit\":1500000,\"ProcessorWeight\":50,\"ProcessorCapacity\":500000,"
	"\"ProcessorReserved\":200000,\"ProcessorUnreserved\":300000,\"ProcessorUsed\":10000,"
	"\"ProcessorDemand\":20000,\"ProcessorEntitled\":30000,\"EnforcedBy\":\"module\","
	"\"MemoryReservation\":104857600,\"MemoryCapacity\":104857600,\"MemoryReserved\":85983232,"
	"\"MemoryUnreserved\":18874368,\"MemoryUsed\":52428800},"
	"{\"Name\":\"host\",\"Parent\":\"host\",\"Primordial\":true,\"ProcessorCapacity\":3000000,"
	"\"ProcessorReserved\":700000,\"ProcessorUnreserved\":2300000,\"EnforcedBy\":\"cgroup\","
	"\"MemoryCapacity\":2147483648,\"MemoryReserved\":104857600,\"MemoryUnreserved\":"
	"2042626048,"
	"\"MemoryUsed\":52428800},"
	"{\"Name\":\"night\",\"Parent\":\"batch\",\"ProcessorWeight\":100}]";
static const char systems_text[] =
	"[{\"Name\":\"db1\",\"UUID\":\"u1\",\"Pool\":\"host\",\"State\":\"defined\","
	"\"ProcessorReservation\":250000,\"ProcessorWeight\":100,\"Memory\":1073741824,"
	"\"MemoryReservation\":536870912,\"MemoryOverhead\":68157440},"
	"{\"Name\":\"job1\",\"UUID\":\"u2\",\"Pool\":\"batch\",\"State\":\"active\","
	"\"ProcessorReservation\":200000,\"ProcessorLimit\":1000000,\"ProcessorWeight\":100,"
	"\"Memory\":16777216,\"MemoryReservation\":16777216,\"MemoryOverhead\":69206016},"
	"{\"Name\":\"job2\",\"UUID\":\"u3\",\"Pool\":\"night\",\"State\":\"paused\","
	"\"ProcessorWeight\":7}]";
static const char samples_text[] =
	"{\"u2\":{\"CPUUsed\":150000,\"CPUDemand\":900000,\"CPUEntitled\":250000,\"CPUUsage\":5,"
	"\"MemoryUsage\":31457280}}";

/* A line each, whatever its length. */
/* clang-format off */
static const char ascii_drawing[] =
	"NAME           STATE    RESERVATION      LIMIT  WEIGHT  CAPACITY  RESERVED  UNRESERVED     USED   DEMAND  ENTITLED\n"
	"host           pool               -          -       -      300%       70%        230%        -        -         -\n"
	"|- db1         defined        (25%)  unlimited     100         -         -           -        -        -         -\n"
	"`- batch       pool             50%       150%      50       50%       20%         30%   1.00 %   2.00 %    3.00 %\n"
	"   |- job1     active           20%       100%     100         -         -           -  15.00 %  90.00 %   25.00 %\n"
	"   `- night    pool               0  unlimited     100         0         0           0        -        -         -\n"
	"      `- job2  paused             0  unlimited       7         -         -           -        -        -         -\n"
	"\n"
	"MEMORY         STATE      SIZE  RESERVATION  CAPACITY  RESERVED  UNRESERVED    USED\n"
	"host           pool          -            -     2 GiB   100 MiB     1.9 GiB  50 MiB\n"
	"|- db1         defined   1 GiB    (512 MiB)         -         -           -       -\n"
	"`- batch       pool          -      100 MiB   100 MiB    82 MiB      18 MiB  50 MiB\n"
	"   |- job1     active   16 MiB       16 MiB         -    82 MiB           -  30 MiB\n"
	"   `- night    pool          -            0         0         0           0       0\n"
	"      `- job2  paused        0            0         -         0           -       -\n";
static const char lines_drawing[] =
	"NAME        STATE   RESERVATION      LIMIT  WEIGHT  CAPACITY  RESERVED  UNRESERVED     USED   DEMAND  ENTITLED\n"
	"batch       pool            50%       150%      50       50%       20%         30%   1.00 %   2.00 %    3.00 %\n"
	"├─ job1     active          20%       100%     100         -         -           -  15.00 %  90.00 %   25.00 %\n"
	"└─ night    pool              0  unlimited     100         0         0           0        -        -         -\n"
	"   └─ job2  paused            0  unlimited       7         -         -           -        -        -         -\n"
	"\n"
	"MEMORY      STATE     SIZE  RESERVATION  CAPACITY  RESERVED  UNRESERVED    USED\n"
	"batch       pool         -      100 MiB   100 MiB    82 MiB      18 MiB  50 MiB\n"
	"├─ job1     active  16 MiB       16 MiB         -    82 MiB           -  30 MiB\n"
	"└─ night    pool         -            0         0         0           0       0\n"
	"   └─ job2  paused       0            0         -         0           -       -\n";
static const char shortfall_drawing[] =
	"NAME   STATE  RESERVATION  LIMIT  WEIGHT  CAPACITY  RESERVED  UNRESERVED  USED  DEMAND  ENTITLED\n"
	"\033[1;31mr (!)  pool             -      -       -      100%      150%           0     -       -         -\033[0m\n"
	"\n"
	"MEMORY  STATE  SIZE  RESERVATION  CAPACITY  RESERVED  UNRESERVED  USED\n"
	"\033[1;31mr (!)   pool      -            -     2 GiB     3 GiB           0     0\033[0m\n"
	"\033[1;31mSHORTFALL: pool r lacks 50% for what is reserved in it; not all reservations below it can be kept\033[0m\n"
	"\033[1;31mSHORTFALL: pool r lacks 1 GiB of memory for what is reserved in it; not all reservations below it can be kept\033[0m\n";
/* clang-format on */

static struct json_object *build(const char *pools_json, const char *root)
{
	_cleanup_value_ struct json_object *pools = json_tokener_parse(pools_json);
	_cleanup_value_ struct json_object *systems = json_tokener_parse(systems_text);
	_cleanup_value_ struct json_object *samples = json_tokener_parse(samples_text);

	assert_non_null(pools);
	assert_non_null(systems);
	assert_non_null(samples);
	return pool_tree_build(pools, systems, samples, root);
}

static void check_drawing(struct json_object *tree, bool lines, bool colours, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	pool_tree_print(tree, lines, colours, file);
	fclose(file);
	assert_string_equal(text, expected);
}

static void test_build(void **state)
{
	_cleanup_value_ struct json_object *tree = build(pools_text, "host");
	struct json_object *batch, *job1;

	assert_int_equal(json_object_array_length(value_get(tree, "Systems")), 1);
	assert_int_equal(json_object_array_length(value_get(tree, "Pools")), 1);
	batch = json_object_array_get_idx(value_get(tree, "Pools"), 0);
	assert_string_equal(value_text(batch, "Name"), "batch");
	job1 = json_object_array_get_idx(value_get(batch, "Systems"), 0);
	assert_int_equal(value_number(job1, "CPUDemand"), 900000);
	assert_null(value_get(job1, "CPUUsage"));
	assert_int_equal(json_object_array_length(value_get(batch, "Pools")), 1);
}

static void test_no_such_pool(void **state)
{
	assert_null(build(pools_text, "nope"));
	assert_null(build("[]", "host"));
}

static void test_ascii(void **state)
{
	_cleanup_value_ struct json_object *tree = build(pools_text, "host");

	check_drawing(tree, false, false, ascii_drawing);
}

static void test_lines(void **state)
{
	_cleanup_value_ struct json_object *tree = build(pools_text, "batch");

	check_drawing(tree, true, false, lines_drawing);
}

/* Past a pool that others follow, the line goes on. */
static void test_line_goes_on(void **state)
{
	_cleanup_value_ struct json_object *tree = build(
		"[{\"Name\":\"batch\",\"Parent\":\"r\"},{\"Name\":\"night\",\"Parent\":\"r\"},"
		"{\"Name\":\"r\",\"Primordial\":true}]",
		"r");
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	pool_tree_print(tree, true, false, file);
	fclose(file);
	assert_non_null(strstr(text, "\n├─ batch "));
	assert_non_null(strstr(text, "\n│  └─ job1 "));
	assert_non_null(strstr(text, "\n└─ night "));
	assert_non_null(strstr(text, "\n   └─ job2 "));
}

static void test_shortfall(void **state)
{
	_cleanup_value_ struct json_object *tree =
		build("[{\"Name\":\"r\",\"Primordial\":true,\"ProcessorCapacity\":1000000,"
		      "\"ProcessorReserved\":1500000,\"ProcessorShortfall\":500000,"
		      "\"MemoryCapacity\":2147483648,\"MemoryReserved\":3221225472,"
		      "\"MemoryShortfall\":1073741824}]",
		      "r");

	check_drawing(tree, false, true, shortfall_drawing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),	     cmocka_unit_test(test_no_such_pool),
		cmocka_unit_test(test_ascii),	     cmocka_unit_test(test_lines),
		cmocka_unit_test(test_line_goes_on), cmocka_unit_test(test_shortfall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
