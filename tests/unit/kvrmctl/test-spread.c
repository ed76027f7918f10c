// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What exits took between two samples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tools/kvrmctl/spread.h"
#include "tools/kvrmctl/value.h"

static struct json_object *latency(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

static void test_between(void **state)
{
	_cleanup_value_ struct json_object *before =
		latency("{\"Count\":10,\"Time\":5000,\"Histogram\":[10]}");
	_cleanup_value_ struct json_object *after =
		latency("{\"Count\":110,\"Time\":105000,\"Histogram\":[60,49,0,1]}");
	struct spread s = spread_between(before, after, 2000000);

	assert_int_equal(s.count, 100);
	assert_int_equal(s.time_ns, 100000);
	assert_int_equal(s.in_histogram, 100);
	assert_true(s.seconds == 2);
	assert_true(spread_mean(&s) == 1000);
	assert_true(spread_percentile(&s, 0.5) == 256);
	assert_true(spread_percentile(&s, 0.51) == 512);
	assert_true(spread_percentile(&s, 0.99) == 512);
	assert_true(spread_percentile(&s, 1) == 2048);
}

static void test_from_nothing(void **state)
{
	_cleanup_value_ struct json_object *after =
		latency("{\"Count\":3,\"Time\":30,\"Histogram\":"
			"[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,2]}");
	struct spread s = spread_between(NULL, after, 1000000);

	assert_int_equal(s.count, 3);
	assert_true(spread_percentile(&s, 0.3) == 256.0 * (1 << 22));
	assert_true(isinf(spread_percentile(&s, 0.5)));
}

/* Probes that were attached anew count from 0. */
static void test_anew(void **state)
{
	_cleanup_value_ struct json_object *before =
		latency("{\"Count\":1000,\"Time\":10,\"Histogram\":[1000]}");
	_cleanup_value_ struct json_object *after =
		latency("{\"Count\":4,\"Time\":400,\"Histogram\":[4]}");
	struct spread s = spread_between(before, after, 1000000);

	assert_int_equal(s.count, 4);
	assert_int_equal(s.time_ns, 400);
	assert_int_equal(s.in_histogram, 4);
}

static void test_without_histogram(void **state)
{
	_cleanup_value_ struct json_object *after = latency("{\"Count\":4,\"Time\":400}");
	struct spread s = spread_between(NULL, after, 1000000);

	assert_true(spread_mean(&s) == 100);
	assert_true(isnan(spread_percentile(&s, 0.5)));
	s = spread_between(after, after, 1000000);
	assert_int_equal(s.count, 0);
	assert_true(isnan(spread_mean(&s)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_from_nothing),
		cmocka_unit_test(test_anew),
		cmocka_unit_test(test_without_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
