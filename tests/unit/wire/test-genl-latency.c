// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What probes counted, taken apart, also broken.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/wire/genl-latency.h"
#include "daemon/wire/genl-message.h"

#define FAMILY_ID 31

static const uint64_t histogram[KVRM_HISTOGRAM_BUCKETS + 1] = { 1, 2, [23] = UINT64_MAX };

/* Without the attribute @but; 0: with all. */
static struct nl_msg *message(int but, int histogram_bytes)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_LATENCY_GET, 0);

	for (int i = KVRM_A_LATENCY_GUEST_ID; i <= KVRM_A_LATENCY_REASON; i++) {
		if (i != but)
			nla_put_u32(m, i, 10u + (unsigned int)i);
	}
	for (int i = KVRM_A_LATENCY_COUNT; i <= KVRM_A_LATENCY_TIME_NS; i++) {
		if (i != but)
			nla_put_u64(m, i, UINT64_MAX - (unsigned int)i);
	}
	if (histogram_bytes)
		nla_put(m, KVRM_A_LATENCY_HISTOGRAM, histogram_bytes, histogram);
	return m;
}

static void test_full(void **state)
{
	struct nl_msg *m = message(0, KVRM_HISTOGRAM_BYTES);
	struct genl_latency latency;

	assert_int_equal(genl_latency_parse(nlmsg_hdr(m), &latency), 0);
	assert_int_equal(latency.guest_id, 10 + KVRM_A_LATENCY_GUEST_ID);
	assert_int_equal(latency.index, 10 + KVRM_A_LATENCY_INDEX);
	assert_int_equal(latency.counted.probe, 10 + KVRM_A_LATENCY_PROBE);
	assert_int_equal(latency.counted.reason, 10 + KVRM_A_LATENCY_REASON);
	assert_true(latency.counted.count == UINT64_MAX - KVRM_A_LATENCY_COUNT);
	assert_true(latency.counted.time_ns == UINT64_MAX - KVRM_A_LATENCY_TIME_NS);
	assert_true(latency.counted.has_histogram);
	assert_memory_equal(latency.counted.histogram, histogram,
			    sizeof(latency.counted.histogram));
	nlmsg_free(m);
}

static void test_without_histogram(void **state)
{
	struct nl_msg *m = message(0, 0);
	struct genl_latency latency;

	assert_int_equal(genl_latency_parse(nlmsg_hdr(m), &latency), 0);
	assert_false(latency.counted.has_histogram);
	nlmsg_free(m);
}

static void test_broken(void **state)
{
	struct genl_latency latency;
	struct nl_msg *m;

	for (int i = KVRM_A_LATENCY_GUEST_ID; i <= KVRM_A_LATENCY_TIME_NS; i++) {
		m = message(i, KVRM_HISTOGRAM_BYTES);
		assert_int_equal(genl_latency_parse(nlmsg_hdr(m), &latency), -EPROTO);
		nlmsg_free(m);
	}
	for (int bytes = KVRM_HISTOGRAM_BYTES - 8; bytes <= KVRM_HISTOGRAM_BYTES + 8; bytes += 16) {
		m = message(0, bytes);
		assert_int_equal(genl_latency_parse(nlmsg_hdr(m), &latency), -EPROTO);
		nlmsg_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_without_histogram),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
