// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks as people write them: "/srv/a.img,format=qcow2,readonly=on,read-limit=100MB,write-iops=500".
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/node.h"

static int parse_operations(const char *key, const char *value, uint64_t *ret, char **ret_error)
{
	uint64_t operations;

	if (!strcmp(value, "unlimited")) {
		*ret = 0;
		return 0;
	}
	if (text_to_u64(value, &operations) || !operations ||
	    operations > DISK_LIMIT_MAX_OPERATIONS_PER_S)
		return text_error(ret_error, -EINVAL,
				  "disk: %s: '%s' is not 1 to %" PRIu64
				  " operations per second or unlimited",
				  key, value, DISK_LIMIT_MAX_OPERATIONS_PER_S);
	*ret = operations;
	return 0;
}

static int parse_burst(const char *key, const char *value, uint64_t *ret, char **ret_error)
{
	uint64_t bytes;

	if (text_to_bytes(value, &bytes) || bytes > DISK_LIMIT_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "disk: %s: '%s' is not a size from 0 to 1T (64M)", key, value);
	*ret = bytes;
	return 0;
}

/* Return: as disk_set(), -ENOENT if @key is no limit. */
static int set_limit(struct definition_disk *disk, const char *key, const char *value,
		     char **ret_error)
{
	for (size_t i = 0; i < DISK_LIMIT_KEYS; i++) {
		uint64_t *limit = disk_limit_at(disk, i);

		if (strcmp(key, disk_limit_keys[i].file))
			continue;
		if (disk_limit_keys[i].kind == LIMIT_RATE)
			return rate_parse("disk", key, value, limit, ret_error);
		if (disk_limit_keys[i].kind == LIMIT_COUNT)
			return parse_operations(key, value, limit, ret_error);
		return parse_burst(key, value, limit, ret_error);
	}
	return -ENOENT;
}

/**
 * disk_set() - set a limit of a disk
 * @disk: disk
 * @key: of a direction (read, write) -limit, -iops or -burst
 * @value: as in a definition file
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int disk_set(struct definition_disk *disk, const char *key, const char *value, char **ret_error)
{
	int r = set_limit(disk, key, value, ret_error);

	return r == -ENOENT
		       ? text_error(ret_error, -EINVAL,
				    "disk: unknown key '%s'; keys are " DISK_LIMIT_FILE_KEYS, key)
		       : r;
}

/**
 * storage_weight_parse() - read a share of storage
 * @text: 1 to 10000
 * @ret_weight: left alone if the call fails
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int storage_weight_parse(const char *text, uint32_t *ret_weight, char **ret_error)
{
	return share_parse("storage-weight", text, ret_weight, ret_error);
}

/* One KEY=VALUE; the format is checked by definition_add_disk(). */
static int set_option(struct definition_disk *disk, const char **format, char *option,
		      char **ret_error)
{
	char *value = strchr(option, '=');
	int r = -ENOENT;

	if (value) {
		*value = '\0';
		r = set_limit(disk, option, value + 1, ret_error);
		if (r != -ENOENT)
			return r;
		if (!strcmp(option, "format")) {
			*format = value + 1;
			return 0;
		}
		*value = '=';
	}
	disk->read_only = !strcmp(option, "readonly=on");
	if (disk->read_only || !strcmp(option, "readonly=off"))
		return 0;
	return text_error(
		ret_error, -EINVAL,
		"disk: '%s' is not format=raw, format=qcow2, readonly=on, readonly=off or "
		"KEY=LIMIT with a KEY of " DISK_LIMIT_FILE_KEYS,
		option);
}

/**
 * definition_parse_disk() - read a disk, and add it behind those that are there
 * @d: definition
 * @text: PATH[,format=raw|qcow2][,readonly=on|off][,KEY=VALUE]..., keys as disk_set() has them
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_parse_disk(struct definition *d, const char *text, char **ret_error)
{
	_cleanup_free_ char *copy = strdup(text);
	struct definition_disk disk = { 0 };
	char *rest = copy, *option;
	const char *format = NULL;
	int r;

	if (!copy)
		return -ENOMEM;
	strsep(&rest, ",");
	while ((option = strsep(&rest, ","))) {
		r = set_option(&disk, &format, option, ret_error);
		if (r)
			return r;
	}
	r = definition_add_disk(d, copy, format, disk.read_only, ret_error);
	if (!r)
		memcpy(d->disks[d->n_disks - 1].limits, disk.limits, sizeof(disk.limits));
	return r;
}
