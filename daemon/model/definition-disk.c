// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks of a virtual system: what they are, and their rules.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/node.h"

#define IN(direction, field) offsetof(struct definition_disk, limits[direction].field)

const struct limit_key disk_limit_keys[DISK_LIMIT_KEYS] = {
	{ "read-limit", "ReadLimit", "read-limit-bytes-per-s", LIMIT_RATE,
	  IN(DISK_READ, bytes_per_s) },
	{ "read-iops", "ReadIOPS", "read-limit-operations-per-s", LIMIT_COUNT,
	  IN(DISK_READ, operations_per_s) },
	{ "read-burst", "ReadBurst", "read-burst-bytes", LIMIT_BURST, IN(DISK_READ, burst_bytes) },
	{ "write-limit", "WriteLimit", "write-limit-bytes-per-s", LIMIT_RATE,
	  IN(DISK_WRITE, bytes_per_s) },
	{ "write-iops", "WriteIOPS", "write-limit-operations-per-s", LIMIT_COUNT,
	  IN(DISK_WRITE, operations_per_s) },
	{ "write-burst", "WriteBurst", "write-burst-bytes", LIMIT_BURST,
	  IN(DISK_WRITE, burst_bytes) },
};

/**
 * disk_limit_at() - where a disk has a limit
 * @disk: disk
 * @key: place in disk_limit_keys
 *
 * Return: to be read and written; valid as long as @disk.
 */
uint64_t *disk_limit_at(struct definition_disk *disk, size_t key)
{
	return (uint64_t *)((char *)disk + disk_limit_keys[key].offset);
}

/**
 * disk_limits_any() - whether a disk has any limit
 * @disk: disk
 */
bool disk_limits_any(const struct definition_disk *disk)
{
	for (int i = 0; i < DISK_DIRECTIONS; i++) {
		if (disk->limits[i].bytes_per_s || disk->limits[i].operations_per_s)
			return true;
	}
	return false;
}

/**
 * storage_weight_check() - whether a system can have that share of storage
 * @weight: share
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int storage_weight_check(uint32_t weight, char **ret_error)
{
	if (weight >= KVRM_WEIGHT_MIN && weight <= KVRM_WEIGHT_MAX)
		return 0;
	return text_error(ret_error, -EINVAL, "storage-weight: %" PRIu32 " is not %u to %u", weight,
			  KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX);
}

/**
 * definition_limits_disks() - whether any disk has any limit
 * @d: definition
 */
bool definition_limits_disks(const struct definition *d)
{
	for (size_t i = 0; i < d->n_disks; i++) {
		if (disk_limits_any(&d->disks[i]))
			return true;
	}
	return false;
}

/**
 * definition_add_disk() - add a disk behind those that are there
 * @d: definition
 * @path: copied
 * @format: "raw" or "qcow2"; NULL is "raw"
 * @read_only: the guest may not write
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_add_disk(struct definition *d, const char *path, const char *format, bool read_only,
			char **ret_error)
{
	struct definition_disk *disks;

	if (*path != '/')
		return text_error(ret_error, -EINVAL, "disk: '%s' is not an absolute path", path);
	if (format && strcmp(format, "raw") && strcmp(format, "qcow2"))
		return text_error(ret_error, -EINVAL, "disk: format '%s' is not raw or qcow2",
				  format);
	if (d->n_disks == DEFINITION_DISKS_MAX)
		return text_error(ret_error, -EINVAL, "disk: at most %d are allowed",
				  DEFINITION_DISKS_MAX);
	disks = reallocarray(d->disks, d->n_disks + 1, sizeof(*disks));
	if (!disks)
		return -ENOMEM;
	d->disks = disks;
	disks += d->n_disks;
	memset(disks, 0, sizeof(*disks));
	disks->path = strdup(path);
	if (!disks->path)
		return -ENOMEM;
	strcpy(disks->format, format ? format : "raw");
	disks->read_only = read_only;
	d->n_disks++;
	return 0;
}

/**
 * definition_remove_disk() - remove a disk; those behind it move up
 * @d: definition
 * @index: of the disk
 */
void definition_remove_disk(struct definition *d, size_t index)
{
	free(d->disks[index].path);
	d->n_disks--;
	memmove(&d->disks[index], &d->disks[index + 1], (d->n_disks - index) * sizeof(*d->disks));
}

static int check_limit(size_t at, const struct disk_limit *limit, const char *key, char **ret_error)
{
	if (limit->bytes_per_s > DISK_LIMIT_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "disk %zu: %s-limit: %" PRIu64
				  " bytes per second is not 1 to %" PRIu64 ", or 0: unlimited",
				  at, key, limit->bytes_per_s, DISK_LIMIT_MAX_BYTES_PER_S);
	if (limit->operations_per_s > DISK_LIMIT_MAX_OPERATIONS_PER_S)
		return text_error(ret_error, -EINVAL,
				  "disk %zu: %s-iops: %" PRIu64
				  " operations per second is not 1 to %" PRIu64 ", or 0: unlimited",
				  at, key, limit->operations_per_s,
				  DISK_LIMIT_MAX_OPERATIONS_PER_S);
	if (!limit->burst_bytes)
		return 0;
	if (!limit->bytes_per_s)
		return text_error(ret_error, -EINVAL, "disk %zu: %s-burst: needs a %s-limit", at,
				  key, key);
	/* QEMU's throttle has no smaller one. */
	if (limit->burst_bytes < limit->bytes_per_s ||
	    limit->burst_bytes > DISK_LIMIT_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "disk %zu: %s-burst: %" PRIu64 " bytes is not %" PRIu64
				  " (what the limit lets pass in a second) to %" PRIu64 ", or 0",
				  at, key, limit->burst_bytes, limit->bytes_per_s,
				  DISK_LIMIT_MAX_BYTES_PER_S);
	return 0;
}

/**
 * definition_check_disks() - the rules for the limits of all disks of a definition
 * @d: definition
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int definition_check_disks(const struct definition *d, char **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < d->n_disks; i++) {
		r = check_limit(i, &d->disks[i].limits[DISK_READ], "read", ret_error);
		if (!r)
			r = check_limit(i, &d->disks[i].limits[DISK_WRITE], "write", ret_error);
	}
	return r;
}
