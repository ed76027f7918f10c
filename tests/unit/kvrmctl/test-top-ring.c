// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks of kvrmd and the ring together: each tells what it knows best, NICs are told apart by their devices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tools/kvrmctl/client.h"
#include "tests/unit/kvrmctl/guests.h"
#include "tools/kvrmctl/top-ring.h"

#define SYSTEMS                                                                                    \
	"[{\"UUID\":\"a\",\"NICs\":[{\"Interface\":\"tap2\"},{\"Interface\":\"tap1\"},{}]},"       \
	"{\"UUID\":\"b\"},{\"UUID\":\"c\"}]"
#define MEASURED                                                                                   \
	"{\"a\":{\"SampleTime\":90,\"MonotonicTime\":9,\"CPUDemand\":5,\"CPUUsage\":1,"            \
	"\"CPUOverhead\":{\"emulator\":8},\"NICs\":["                                              \
	"{\"ToGuestBytes\":1,\"ToGuestDemand\":6},{\"ToGuestBytes\":2,\"ToGuestDemand\":7},{}]},"  \
	"\"b\":{\"CPUUsage\":1}}"
#define TOLD                                                                                       \
	"{\"a\":{\"MonotonicTime\":3,\"CPUUsage\":4,\"VCPUs\":[],\"NICs\":["                       \
	"{\"Interface\":\"tap1\",\"ToGuestBytes\":11},{\"Interface\":\"tap2\","                    \
	"\"ToGuestBytes\":12}]},\"c\":{\"CPUUsage\":4}}"

static void test_compose(void **state)
{
	struct look base = { parse(SYSTEMS), parse("[]"), parse(MEASURED) };
	struct look told = { parse("[]"), parse("[]"), parse(TOLD) };
	struct look look = { 0 };
	struct json_object *a, *nics;

	top_ring_compose(&base, &told, &look);
	assert_int_equal(json_object_array_length(look.systems), 3);
	/* Who is not in both has no sample: the ring remembers those that are gone. */
	assert_int_equal(json_object_object_length(look.samples), 1);
	a = value_get(look.samples, "a");
	assert_int_equal(rates_time_us(a), 3);
	assert_int_equal(value_number(a, "CPUUsage"), 4);
	assert_int_equal(value_number(a, "CPUDemand"), 5);
	/* Of another time than the ring's, and a counter. */
	assert_null(value_get(a, "CPUOverhead"));
	nics = value_get(a, "NICs");
	assert_int_equal(json_object_array_length(nics), 3);
	assert_int_equal(value_number(json_object_array_get_idx(nics, 0), "ToGuestBytes"), 12);
	assert_int_equal(value_number(json_object_array_get_idx(nics, 0), "ToGuestDemand"), 6);
	assert_int_equal(value_number(json_object_array_get_idx(nics, 1), "ToGuestBytes"), 11);
	assert_int_equal(value_number(json_object_array_get_idx(nics, 1), "ToGuestDemand"), 7);
	assert_null(value_get(json_object_array_get_idx(nics, 2), "ToGuestBytes"));
	/* What they are made of is as it was. */
	assert_int_equal(value_number(value_get(base.samples, "a"), "CPUUsage"), 1);
	look_deinit(&look);
	look_deinit(&base);
	look_deinit(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
