// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrm.conf: defaults, every key, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/conf.h"
#include "daemon/util/cleanup.h"

static int read_text(struct conf *conf, const char *text, char **ret_error)
{
	char path[] = "/tmp/kvrm-conf-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	r = conf_read(conf, path, ret_error);
	unlink(path);
	return r;
}

static void test_defaults(void **state)
{
	struct conf conf;

	assert_int_equal(conf_init(&conf), 0);
	assert_string_equal(conf.metrics_address, "127.0.0.1:9645");
	assert_string_equal(conf.metrics_socket, "/run/kvrm/metrics.sock");
	assert_string_equal(conf.state_directory, "/var/lib/kvrm");
	assert_int_equal(conf.sample_interval_us, 1000000);
	assert_int_equal(conf.start_timeout_us, 60000000);
	assert_true(conf.cpu_host_reserve_us == UINT64_MAX);
	assert_true(conf.memory_host_reserve_bytes == UINT64_MAX);
	assert_int_equal(conf.memory_overhead_bytes, CONF_MEMORY_OVERHEAD);
	assert_int_equal(conf.adopt, CONF_ADOPT_NONE);
	assert_int_equal(conf.log_level, LOG_INFO);
	conf_deinit(&conf);
}

/* The file that is shipped has the defaults, commented out. */
static void test_shipped_file(void **state)
{
	struct conf conf, defaults;

	assert_int_equal(conf_init(&conf), 0);
	assert_int_equal(conf_init(&defaults), 0);
	assert_int_equal(conf_read(&conf, "daemon/data/kvrm.conf", NULL), 0);
	assert_string_equal(conf.metrics_address, defaults.metrics_address);
	assert_int_equal(conf.sample_interval_us, defaults.sample_interval_us);
	conf_deinit(&conf);
	conf_deinit(&defaults);
}

static void test_every_key(void **state)
{
	struct conf conf;

	assert_int_equal(conf_init(&conf), 0);
	assert_int_equal(
		read_text(&conf,
			  "# comment\n\nmetrics-address = [::1]:1\nmetrics-socket=off\n"
			  "state-directory = /srv/x\nsample-interval-ms = 100\n"
			  "start-timeout-s = 3600\ncpu-host-reserve = 150%\nlog-level = debug\n"
			  "memory-host-reserve = 2G\nmemory-overhead = 0\n"
			  "adopt = libvirt\n",
			  NULL),
		0);
	assert_string_equal(conf.metrics_address, "[::1]:1");
	assert_string_equal(conf.metrics_socket, "");
	assert_string_equal(conf.state_directory, "/srv/x");
	assert_int_equal(conf.sample_interval_us, 100000);
	assert_int_equal(conf.start_timeout_us, 3600000000);
	assert_int_equal(conf.cpu_host_reserve_us, 1500000);
	assert_int_equal(conf.log_level, LOG_DEBUG);
	assert_int_equal(conf.memory_host_reserve_bytes, UINT64_C(2) << 30);
	assert_int_equal(conf.memory_overhead_bytes, 0);
	assert_int_equal(conf.adopt, CONF_ADOPT_LIBVIRT);
	conf_deinit(&conf);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{ "\ncolour = red\n", ":2: unknown key 'colour'; keys are metrics-address" },
		{ "sample-interval-ms = 99\n", ":1: sample-interval-ms: '99' is not 100 to 60000" },
		{ "sample-interval-ms = 60001\n", "is not 100 to 60000" },
		{ "start-timeout-s = 0\n", "start-timeout-s: '0' is not 1 to 3600" },
		{ "start-timeout-s = 1s\n", "start-timeout-s: '1s' is not 1 to 3600" },
		{ "state-directory = var/lib\n", "'var/lib' is not an absolute path" },
		{ "log-level = loud\n", "log-level: 'loud' is not error, warning, notice" },
		{ "cpu-host-reserve = some\n",
		  "cpu-host-reserve: 'some' is not a share of one CPU" },
		{ "cpu-host-reserve = -1\n", "cpu-host-reserve: '-1'" },
		{ "log-level\n", ":1:" },
		{ "adopt = some\n", "adopt: 'some' is not none, libvirt or all" },
		{ "memory-host-reserve = 5%\n",
		  "memory-host-reserve: '5%' is not a size from 0 to 16T in steps of 1M" },
		{ "memory-overhead = 1000K\n", "memory-overhead: '1000K' is not a size" },
		{ "memory-overhead = 17T\n", "memory-overhead: '17T' is not a size from 0 to 16T" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *error = NULL;
		struct conf conf;

		assert_int_equal(conf_init(&conf), 0);
		assert_int_equal(read_text(&conf, cases[i].text, &error), -EINVAL);
		assert_non_null(error);
		if (!strstr(error, cases[i].sentence))
			fail_msg("'%s' does not have '%s'", error, cases[i].sentence);
		conf_deinit(&conf);
	}
}

static void test_no_file(void **state)
{
	_cleanup_free_ char *error = NULL;
	struct conf conf;

	assert_int_equal(conf_init(&conf), 0);
	assert_int_equal(conf_read(&conf, "/nonexistent/kvrm.conf", &error), -ENOENT);
	assert_non_null(strstr(error, "/nonexistent/kvrm.conf"));
	conf_deinit(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),  cmocka_unit_test(test_shipped_file),
		cmocka_unit_test(test_every_key), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
