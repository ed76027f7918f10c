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

/* Of samples a second apart, the earlier one with these Latencies. */
static struct spread since(const char *latencies)
{
	_cleanup_value_ struct json_object *before = json_object_new_object();
	_cleanup_value_ struct json_object *after =
		latency("{\"MonotonicTime\":3000000,\"Latencies\":"
			"[{\"Probe\":\"exits\",\"Reason\":\"io\",\"Count\":5,\"Time\":50}]}");

	json_object_object_add(before, "MonotonicTime", json_object_new_uint64(2000000));
	if (latencies)
		json_object_object_add(before, "Latencies", latency(latencies));
	return spread_of(before, after,
			 json_object_array_get_idx(value_get(after, "Latencies"), 0));
}

static void test_reason(void **state)
{
	struct spread s = since("[{\"Probe\":\"user-exits\",\"Reason\":\"io\",\"Count\":1},"
				"{\"Probe\":\"exits\",\"Reason\":\"io\",\"Count\":2,\"Time\":20}]");

	assert_int_equal(s.count, 3);
	assert_int_equal(s.time_ns, 30);
	assert_true(s.seconds == 1);
	/* It is the first of its reason, but not the first that was counted. */
	s = since("[{\"Probe\":\"exits\",\"Reason\":\"halt\",\"Count\":1}]");
	assert_int_equal(s.count, 5);
	assert_true(s.seconds == 1);
}

/* What was counted since probes were attached, in between, is not what was counted in an interval. */
static void test_nothing_to_compare(void **state)
{
	static const char *const earlier[] = { NULL, "[]" };

	for (size_t i = 0; i < sizeof(earlier) / sizeof(earlier[0]); i++) {
		struct spread s = since(earlier[i]);

		assert_int_equal(s.count, 0);
		assert_true(isnan(s.seconds));
		assert_true(isnan(spread_mean(&s)));
		assert_true(isnan(spread_percentile(&s, 1)));
	}
}

/* Nor is there anything without an earlier sample, or with the same one. */
static void test_one_sample(void **state)
{
	_cleanup_value_ struct json_object *sample =
		latency("{\"MonotonicTime\":3000000,\"Latencies\":"
			"[{\"Probe\":\"exits\",\"Reason\":\"io\",\"Count\":5,\"Time\":50}]}");
	struct json_object *reason = json_object_array_get_idx(value_get(sample, "Latencies"), 0);

	assert_true(isnan(spread_of(NULL, sample, reason).seconds));
	assert_true(isnan(spread_of(sample, sample, reason).seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between),	   cmocka_unit_test(test_from_nothing),
		cmocka_unit_test(test_anew),	   cmocka_unit_test(test_without_histogram),
		cmocka_unit_test(test_reason),	   cmocka_unit_test(test_nothing_to_compare),
		cmocka_unit_test(test_one_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
