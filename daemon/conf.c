// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configuration of kvrmd; see kvrm.conf(5).
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/conf.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/keyfile.h"
#include "daemon/util/text.h"

static const struct {
	const char *key;
	size_t offset;
	const char *value;
} conf_texts[] = {
	{ "metrics-address", offsetof(struct conf, metrics_address), "127.0.0.1:9645" },
	{ "metrics-socket", offsetof(struct conf, metrics_socket), "/run/kvrm/metrics.sock" },
	{ "state-directory", offsetof(struct conf, state_directory), "/var/lib/kvrm" },
};

static const struct {
	const char *key;
	size_t offset;
	uint64_t value, min, max, unit_us;
} conf_times[] = {
	{ "sample-interval-ms", offsetof(struct conf, sample_interval_us), 1000, 100, 60000, 1000 },
	{ "start-timeout-s", offsetof(struct conf, start_timeout_us), 60, 1, 3600, 1000000 },
};

static const char *const conf_levels[] = {
	[LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

static const struct {
	const char *key;
	size_t offset;
	uint64_t value;
} conf_sizes[] = {
	{ "memory-host-reserve", offsetof(struct conf, memory_host_reserve_bytes), UINT64_MAX },
	{ "memory-overhead", offsetof(struct conf, memory_overhead_bytes), CONF_MEMORY_OVERHEAD },
};

#define SIZE_UNIT      (UINT64_C(1) << 20)
#define SIZE_MAX_BYTES (UINT64_C(16) << 40)

#define N(array) (sizeof(array) / sizeof((array)[0]))

static int conf_set_text(struct conf *conf, size_t offset, const char *value)
{
	char **field = (char **)((char *)conf + offset);
	char *copy = strdup(strcmp(value, "off") ? value : "");

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int conf_set_level(struct conf *conf, const char *value, char **ret_error)
{
	for (size_t i = 0; i < N(conf_levels); i++) {
		if (conf_levels[i] && !strcmp(conf_levels[i], value)) {
			conf->log_level = (int)i;
			return 0;
		}
	}
	return text_error(ret_error, -EINVAL,
			  "log-level: '%s' is not error, warning, notice, info or debug", value);
}

static int conf_set_adopt(struct conf *conf, const char *value, char **ret_error)
{
	static const char *const names[] = { [CONF_ADOPT_NONE] = "none",
					     [CONF_ADOPT_LIBVIRT] = "libvirt",
					     [CONF_ADOPT_ALL] = "all" };

	for (size_t i = 0; i < N(names); i++) {
		if (!strcmp(names[i], value)) {
			conf->adopt = (enum conf_adopt)i;
			return 0;
		}
	}
	return text_error(ret_error, -EINVAL, "adopt: '%s' is not none, libvirt or all", value);
}

static int conf_set_reserve(struct conf *conf, const char *value, char **ret_error)
{
	if (text_to_cpu_us(value, &conf->cpu_host_reserve_us) ||
	    conf->cpu_host_reserve_us == UINT64_MAX)
		return text_error(ret_error, -EINVAL,
				  "cpu-host-reserve: '%s' is not a share of one CPU (25%%), a "
				  "number of CPUs (1.5) or 0, in steps of 0.0001%%",
				  value);
	return 0;
}

static int conf_set_size(struct conf *conf, const char *key, size_t offset, const char *value,
			 char **ret_error)
{
	uint64_t bytes;

	if (text_to_bytes(value, &bytes) || bytes % SIZE_UNIT || bytes > SIZE_MAX_BYTES)
		return text_error(ret_error, -EINVAL,
				  "%s: '%s' is not a size from 0 to 16T in steps of 1M (512M, 4G)",
				  key, value);
	*(uint64_t *)((char *)conf + offset) = bytes;
	return 0;
}

static int conf_pair(const char *key, const char *value, char **ret_error, void *data)
{
	struct conf *conf = data;
	uint64_t number;

	for (size_t i = 0; i < N(conf_texts); i++) {
		if (strcmp(key, conf_texts[i].key))
			continue;
		if (strstr(key, "directory") && *value != '/')
			return text_error(ret_error, -EINVAL, "%s: '%s' is not an absolute path",
					  key, value);
		return conf_set_text(conf, conf_texts[i].offset, value);
	}
	for (size_t i = 0; i < N(conf_times); i++) {
		if (strcmp(key, conf_times[i].key))
			continue;
		if (text_to_u64(value, &number) || number < conf_times[i].min ||
		    number > conf_times[i].max)
			return text_error(ret_error, -EINVAL,
					  "%s: '%s' is not %" PRIu64 " to %" PRIu64, key, value,
					  conf_times[i].min, conf_times[i].max);
		*(uint64_t *)((char *)conf + conf_times[i].offset) = number * conf_times[i].unit_us;
		return 0;
	}
	for (size_t i = 0; i < N(conf_sizes); i++) {
		if (!strcmp(key, conf_sizes[i].key))
			return conf_set_size(conf, key, conf_sizes[i].offset, value, ret_error);
	}
	if (!strcmp(key, "log-level"))
		return conf_set_level(conf, value, ret_error);
	if (!strcmp(key, "adopt"))
		return conf_set_adopt(conf, value, ret_error);
	if (!strcmp(key, "cpu-host-reserve"))
		return conf_set_reserve(conf, value, ret_error);
	return text_error(ret_error, -EINVAL,
			  "unknown key '%s'; keys are metrics-address metrics-socket "
			  "state-directory sample-interval-ms start-timeout-s "
			  "cpu-host-reserve memory-host-reserve memory-overhead adopt log-level",
			  key);
}

/**
 * conf_init() - the defaults
 * @conf: to be freed with conf_deinit(), also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int conf_init(struct conf *conf)
{
	int r = 0;

	memset(conf, 0, sizeof(*conf));
	for (size_t i = 0; !r && i < N(conf_texts); i++)
		r = conf_set_text(conf, conf_texts[i].offset, conf_texts[i].value);
	for (size_t i = 0; i < N(conf_times); i++)
		*(uint64_t *)((char *)conf + conf_times[i].offset) =
			conf_times[i].value * conf_times[i].unit_us;
	for (size_t i = 0; i < N(conf_sizes); i++)
		*(uint64_t *)((char *)conf + conf_sizes[i].offset) = conf_sizes[i].value;
	conf->cpu_host_reserve_us = UINT64_MAX;
	conf->log_level = LOG_INFO;
	return r;
}

/**
 * conf_read() - read a configuration file over what is set
 * @conf: initialised
 * @path: of the file
 * @ret_error: sentence with file and line, to be freed; may be NULL
 *
 * Return: 0, -ENOENT if there is no file, or another negative errno.
 */
int conf_read(struct conf *conf, const char *path, char **ret_error)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file)
		return text_error(ret_error, -errno, "%s: %s", path, strerror(errno));
	return keyfile_read(file, path, conf_pair, conf, ret_error);
}

/**
 * conf_deinit() - free what a configuration owns
 * @conf: may be half built
 */
void conf_deinit(struct conf *conf)
{
	for (size_t i = 0; i < N(conf_texts); i++)
		free(*(char **)((char *)conf + conf_texts[i].offset));
	memset(conf, 0, sizeof(*conf));
}
