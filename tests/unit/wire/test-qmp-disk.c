// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks in QMP: what is sent, and what QEMU 7.2, 10.0 and 11.1 answer, cut to what is read; and answers that lie.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/qmp-disk.h"

static void put_json(struct json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(put_json)

static struct json_object *parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

static void test_throttle(void **state)
{
	static const struct qmp_disk_limit limits[] = {
		{ .bytes_per_s = 1000000, .operations_per_s = 50, .burst_bytes = 2000000 },
		{ .bytes_per_s = UINT64_C(1) << 40, .operations_per_s = 1000000000 },
	};
	_cleanup_json_ struct json_object *arguments = qmp_disk_throttle(12, limits);

	assert_string_equal(
		json_object_to_json_string_ext(arguments, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE),
		"{\"id\":\"/machine/peripheral/vd12/virtio-backend\",\"bps\":0,\"iops\":0,"
		"\"bps_rd\":1000000,\"bps_wr\":1099511627776,\"iops_rd\":50,\"iops_wr\":1000000000,"
		"\"bps_rd_max\":2000000,\"bps_wr_max\":0}");
}

/* A disk without limits, one with all, and one that somebody has put something else on. */
#define BLOCK                                                                                      \
	"[{\"io-status\":\"ok\",\"device\":\"\",\"inserted\":{\"iops_rd\":0,\"iops_wr\":0,"        \
	"\"node-name\":\"disk0\",\"iops\":0,\"bps_wr\":0,\"bps\":0,\"bps_rd\":0},\"qdev\":\"x\"}," \
	"{\"device\":\"empty\"},"                                                                  \
	"{\"device\":\"\",\"inserted\":{\"iops_rd\":50,\"iops_wr\":7,"                             \
	"\"group\":\"/machine/peripheral/vd1/virtio-backend\",\"node-name\":\"disk1\","            \
	"\"bps_rd_max_length\":1,\"iops\":0,\"bps_wr\":100,\"bps_rd_max\":2000000,\"bps\":0,"      \
	"\"bps_rd\":1000000}},"                                                                    \
	"{\"device\":\"\",\"inserted\":{\"iops_rd\":0,\"iops_wr\":0,\"node-name\":\"disk2\","      \
	"\"iops\":0,\"bps_wr\":0,\"bps\":0,\"bps_rd\":0%s}}]"

static int read_third(const char *more, struct qmp_disk_limits *ret)
{
	_cleanup_json_ struct json_object *value = NULL;
	char text[2048];

	snprintf(text, sizeof(text), BLOCK, more);
	value = parse(text);
	return qmp_disk_read_limits(value, 2, ret);
}

static void test_limits(void **state)
{
	_cleanup_json_ struct json_object *value = NULL;
	struct qmp_disk_limits limits;
	char text[2048];

	snprintf(text, sizeof(text), BLOCK, "");
	value = parse(text);
	assert_int_equal(qmp_disk_read_limits(value, 0, &limits), 0);
	assert_false(limits.others);
	for (int i = 0; i < QMP_DISK_DIRECTIONS; i++)
		assert_true(!limits.flows[i].bytes_per_s && !limits.flows[i].operations_per_s &&
			    !limits.flows[i].burst_bytes);
	assert_int_equal(qmp_disk_read_limits(value, 1, &limits), 0);
	assert_false(limits.others);
	assert_int_equal(limits.flows[QMP_DISK_READ].bytes_per_s, 1000000);
	assert_int_equal(limits.flows[QMP_DISK_READ].operations_per_s, 50);
	assert_int_equal(limits.flows[QMP_DISK_READ].burst_bytes, 2000000);
	assert_int_equal(limits.flows[QMP_DISK_WRITE].bytes_per_s, 100);
	assert_int_equal(limits.flows[QMP_DISK_WRITE].operations_per_s, 7);
	assert_int_equal(limits.flows[QMP_DISK_WRITE].burst_bytes, 0);
	assert_int_equal(qmp_disk_read_limits(value, 3, &limits), -ENOENT);
}

/* Each of these is a limit that kvrmd has not set. */
static void test_others(void **state)
{
	static const char *const foreign[] = {
		",\"bps_max\":1",      ",\"iops_max\":1",	   ",\"iops_rd_max\":1",
		",\"iops_wr_max\":1",  ",\"bps_rd_max_length\":2", ",\"bps_wr_max_length\":60",
		",\"iops_size\":4096", ",\"group\":\"together\"",
	};
	struct qmp_disk_limits limits;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		assert_int_equal(read_third(foreign[i], &limits), 0);
		if (!limits.others)
			fail_msg("%s is overlooked", foreign[i]);
	}
	assert_int_equal(read_third(",\"group\":\"/machine/peripheral/vd2/virtio-backend\"",
				    &limits),
			 0);
	assert_false(limits.others);
}

static void test_lies(void **state)
{
	static const char *const texts[] = {
		"7",
		"{}",
		"\"disk0\"",
	};
	static const char *const rows[] = {
		"{\"node-name\":\"disk0\"}",
		"{\"node-name\":\"disk0\",\"bps_rd\":\"1\",\"bps_wr\":0,\"iops_rd\":0,\"iops_wr\":"
		"0}",
		"{\"node-name\":\"disk0\",\"bps_rd\":-1,\"bps_wr\":0,\"iops_rd\":0,\"iops_wr\":0}",
		"{\"node-name\":\"disk0\",\"bps_rd\":0.5,\"bps_wr\":0,\"iops_rd\":0,\"iops_wr\":0}",
		"{\"node-name\":\"disk0\",\"bps_rd\":0,\"bps_wr\":0,\"iops_rd\":0,\"iops_wr\":0,"
		"\"iops_size\":[]}",
	};
	struct qmp_disk_flow flows[QMP_DISK_DIRECTIONS];
	struct qmp_disk_limits limits;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_json_ struct json_object *value = parse(texts[i]);

		assert_int_equal(qmp_disk_read_limits(value, 0, &limits), -EPROTO);
		assert_int_equal(qmp_disk_read_flows(value, 0, flows), -EPROTO);
	}
	assert_int_equal(qmp_disk_read_limits(NULL, 0, &limits), -EPROTO);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_json_ struct json_object *value = NULL;
		char text[256];

		snprintf(text, sizeof(text), "[7,{\"inserted\":7},{\"inserted\":%s}]", rows[i]);
		value = parse(text);
		assert_int_equal(qmp_disk_read_limits(value, 0, &limits), -EPROTO);
		assert_int_equal(qmp_disk_read_limits(value, 1, &limits), -ENOENT);
	}
}

static void test_size(void **state)
{
	_cleanup_json_ struct json_object *value =
		parse("[{\"device\":\"empty\"},{\"inserted\":{\"node-name\":\"disk1\",\"image\":"
		      "{\"virtual-size\":1073741824,\"filename\":\"x\",\"format\":\"raw\"}}},"
		      "{\"inserted\":{\"node-name\":\"disk2\",\"image\":{\"virtual-size\":\"x\"}}},"
		      "{\"inserted\":{\"node-name\":\"disk3\",\"image\":7}},"
		      "{\"inserted\":{\"node-name\":\"disk4\"}}]");
	uint64_t size;

	assert_int_equal(qmp_disk_read_size(value, 0, &size), -ENOENT);
	for (size_t i = 2; i < 5; i++)
		assert_int_equal(qmp_disk_read_size(value, i, &size), -EPROTO);
	assert_int_equal(qmp_disk_read_size(NULL, 0, &size), -EPROTO);
	assert_int_equal(qmp_disk_read_size(value, 1, &size), 0);
	assert_int_equal(size, 1073741824);
}

static void test_flows(void **state)
{
	_cleanup_json_ struct json_object *value = parse(
		"[{\"device\":\"\",\"parent\":{\"node-name\":\"file0\",\"stats\":{\"rd_bytes\":99}}"
		","
		"\"stats\":{\"wr_total_time_ns\":8,\"failed_wr_operations\":6,"
		"\"failed_rd_operations\":5,\"wr_bytes\":2,\"rd_total_time_ns\":7,"
		"\"wr_operations\":4,\"rd_bytes\":9223372036854775807,\"rd_operations\":3},"
		"\"node-name\":\"disk0\",\"qdev\":\"x\"},"
		"{\"node-name\":\"disk1\"},{\"node-name\":\"disk2\",\"stats\":{\"rd_bytes\":1}}]");
	struct qmp_disk_flow flows[QMP_DISK_DIRECTIONS];

	assert_int_equal(qmp_disk_read_flows(value, 0, flows), 0);
	assert_int_equal(flows[QMP_DISK_READ].bytes, INT64_MAX);
	assert_int_equal(flows[QMP_DISK_WRITE].bytes, 2);
	assert_int_equal(flows[QMP_DISK_READ].operations, 3);
	assert_int_equal(flows[QMP_DISK_WRITE].operations, 4);
	assert_int_equal(flows[QMP_DISK_READ].failed, 5);
	assert_int_equal(flows[QMP_DISK_WRITE].failed, 6);
	assert_int_equal(flows[QMP_DISK_READ].time_ns, 7);
	assert_int_equal(flows[QMP_DISK_WRITE].time_ns, 8);
	assert_int_equal(qmp_disk_read_flows(value, 1, flows), -EPROTO);
	assert_int_equal(qmp_disk_read_flows(value, 2, flows), -EPROTO);
	assert_int_equal(qmp_disk_read_flows(value, 3, flows), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_throttle), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_others),	 cmocka_unit_test(test_lies),
		cmocka_unit_test(test_size),	 cmocka_unit_test(test_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
