// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits of disks in definitions: read, every refusal with its sentence, and the rules for them together.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/model/definition.h"

static void test_refusals(void **state)
{
	static const char *const cases[][2] = {
		{ "/x,fast", "'fast' is not format=raw" },
		{ "/x,cache=none", "'cache=none' is not format=raw" },
		{ "/x,readonly=maybe", "'readonly=maybe' is not format=raw" },
		{ "/x,format=vmdk", "format 'vmdk' is not raw or qcow2" },
		{ "/x,limit=1MB", "KEY of read-limit read-iops read-burst write-limit" },
		{ "/x,read-limit", "'read-limit' is not" },
		{ "/x,read-limit=", "read-limit: '' is not a rate" },
		{ "/x,read-limit=100", "read-limit: '100' is not a rate" },
		{ "/x,write-limit=0B", "write-limit: '0B' is not a rate" },
		{ "/x,write-limit=7bit", "whole bytes" },
		{ "/x,write-limit=2TB", "1099511627776B" },
		{ "/x,read-iops=0", "read-iops: '0' is not 1 to 1000000000 operations" },
		{ "/x,read-iops=1000000001", "1 to 1000000000 operations" },
		{ "/x,write-iops=1k", "write-iops: '1k' is not 1 to 1000000000 operations" },
		{ "/x,write-iops=-1", "1 to 1000000000 operations" },
		{ "/x,read-burst=x", "read-burst: 'x' is not a size from 0 to 1T" },
		{ "/x,write-burst=2T", "write-burst: '2T' is not a size from 0 to 1T" },
		{ "relative,read-limit=1MB", "'relative' is not an absolute path" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_definition_ struct definition *d = definition_new();
		_cleanup_free_ char *error = NULL;

		assert_int_equal(definition_parse_disk(d, cases[i][0], &error), -EINVAL);
		if (!strstr(error, cases[i][1]) || strncmp(error, "disk: ", 6))
			fail_msg("'%s': '%s' does not say '%s'", cases[i][0], error, cases[i][1]);
		assert_int_equal(d->n_disks, 0);
	}
}

static void test_all_keys(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	const struct disk_limit *limits;

	assert_int_equal(definition_parse_disk(d,
					       "/x,read-limit=1MiB/s,read-iops=2,read-burst=3M,"
					       "readonly=on,write-limit=32bit,format=qcow2,"
					       "write-iops=5,write-burst=6",
					       NULL),
			 0);
	assert_string_equal(d->disks[0].path, "/x");
	assert_string_equal(d->disks[0].format, "qcow2");
	assert_true(d->disks[0].read_only);
	limits = d->disks[0].limits;
	assert_int_equal(limits[DISK_READ].bytes_per_s, 1048576);
	assert_int_equal(limits[DISK_READ].operations_per_s, 2);
	assert_int_equal(limits[DISK_READ].burst_bytes, 3145728);
	assert_int_equal(limits[DISK_WRITE].bytes_per_s, 4);
	assert_int_equal(limits[DISK_WRITE].operations_per_s, 5);
	assert_int_equal(limits[DISK_WRITE].burst_bytes, 6);
	assert_int_equal(definition_check_disks(d, NULL), 0);
	assert_true(definition_limits_disks(d));
}

/* A refused value changes nothing. */
static void test_set(void **state)
{
	struct definition_disk disk = { 0 };
	_cleanup_free_ char *unknown = NULL;

	assert_false(disk_limits_any(&disk));
	assert_int_equal(disk_set(&disk, "write-iops", "7", NULL), 0);
	assert_true(disk_limits_any(&disk));
	assert_int_equal(disk_set(&disk, "write-iops", "0", NULL), -EINVAL);
	assert_int_equal(disk.limits[DISK_WRITE].operations_per_s, 7);
	assert_int_equal(disk_set(&disk, "write-iops", "unlimited", NULL), 0);
	assert_false(disk_limits_any(&disk));
	assert_int_equal(disk_set(&disk, "read-limit", "1kB", NULL), 0);
	assert_int_equal(disk_set(&disk, "read-limit", "1", NULL), -EINVAL);
	assert_int_equal(disk.limits[DISK_READ].bytes_per_s, 1000);
	assert_int_equal(disk_set(&disk, "read-burst", "5", NULL), 0);
	assert_int_equal(disk_set(&disk, "read-burst", "1X", NULL), -EINVAL);
	assert_int_equal(disk.limits[DISK_READ].burst_bytes, 5);
	assert_int_equal(disk_set(&disk, "format", "raw", &unknown), -EINVAL);
	assert_string_equal(unknown, "disk: unknown key 'format'; keys are read-limit read-iops "
				     "read-burst write-limit write-iops write-burst");
}

static void expect_invalid(struct disk_limit limit, enum disk_direction direction,
			   const char *sentence)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *error = NULL;

	assert_int_equal(definition_set(d, "disk", "/a", NULL), 0);
	assert_int_equal(definition_set(d, "disk", "/b", NULL), 0);
	assert_int_equal(definition_check_disks(d, NULL), 0);
	assert_false(definition_limits_disks(d));
	d->disks[1].limits[direction] = limit;
	assert_int_equal(definition_check_disks(d, &error), -EINVAL);
	assert_string_equal(error, sentence);
}

static void test_rules(void **state)
{
	expect_invalid((struct disk_limit){ .bytes_per_s = UINT64_MAX }, DISK_READ,
		       "disk 1: read-limit: 18446744073709551615 bytes per second is not 1 to "
		       "1099511627776, or 0: unlimited");
	expect_invalid((struct disk_limit){ .operations_per_s = UINT64_C(1000000001) }, DISK_WRITE,
		       "disk 1: write-iops: 1000000001 operations per second is not 1 to "
		       "1000000000, or 0: unlimited");
	expect_invalid((struct disk_limit){ .burst_bytes = 1 }, DISK_WRITE,
		       "disk 1: write-burst: needs a write-limit");
	expect_invalid((struct disk_limit){ .operations_per_s = 1, .burst_bytes = 1 }, DISK_READ,
		       "disk 1: read-burst: needs a read-limit");
	expect_invalid((struct disk_limit){ .bytes_per_s = 1000, .burst_bytes = 999 }, DISK_READ,
		       "disk 1: read-burst: 999 bytes is not 1000 (what the limit lets pass in a "
		       "second) to 1099511627776, or 0");
	expect_invalid((struct disk_limit){ .bytes_per_s = 1000, .burst_bytes = UINT64_MAX },
		       DISK_READ,
		       "disk 1: read-burst: 18446744073709551615 bytes is not 1000 (what the limit "
		       "lets pass in a second) to 1099511627776, or 0");
}

/* The rules are part of those for the whole. */
static void test_whole(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *error = NULL, *weight = NULL;

	assert_int_equal(d->storage_weight, 100);
	assert_int_equal(definition_set(d, "name", "x", NULL), 0);
	assert_int_equal(definition_set(d, "memory", "1M", NULL), 0);
	assert_int_equal(definition_set(d, "disk", "/x,write-burst=1K", NULL), 0);
	assert_int_equal(definition_validate(d, 0, &error), -EINVAL);
	assert_string_equal(error, "disk 0: write-burst: needs a write-limit");
	d->storage_weight = 10001;
	d->disks[0].limits[DISK_WRITE].burst_bytes = 0;
	assert_int_equal(definition_validate(d, 0, &weight), -EINVAL);
	assert_string_equal(weight, "storage-weight: 10001 is not 1 to 10000");
	d->storage_weight = 10000;
	d->disks[0].limits[DISK_WRITE] =
		(struct disk_limit){ .bytes_per_s = 1024, .burst_bytes = 1024 };
	assert_int_equal(definition_validate(d, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_set),	 cmocka_unit_test(test_rules),
		cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
