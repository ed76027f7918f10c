// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From settings of a disk that a client sends to a definition.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/setting.h"

/* As Access counts. */
enum {
	ACCESS_READABLE = 1,
	ACCESS_BOTH = 3,
};

#define BOUND(property, field) { property, NULL, NULL, offsetof(struct definition_disk, field) }

static const struct profile_amount amounts[] = {
	BOUND("ReadLimit", limits[DISK_READ].bytes_per_s),
	BOUND("ReadOperationLimit", limits[DISK_READ].operations_per_s),
	BOUND("ReadBurst", limits[DISK_READ].burst_bytes),
	BOUND("WriteLimit", limits[DISK_WRITE].bytes_per_s),
	BOUND("WriteOperationLimit", limits[DISK_WRITE].operations_per_s),
	BOUND("WriteBurst", limits[DISK_WRITE].burst_bytes),
};

static const char *const taken[] = {
	"InstanceID", "ElementName",	     "ResourceType", "PoolID",	   "HostResource",
	"Access",     "ImageFormat",	     "Weight",	     "ReadLimit",  "ReadOperationLimit",
	"ReadBurst",  "WriteOperationLimit", "WriteLimit",   "WriteBurst", NULL,
};

/* The file or device that a disk is kept in; NULL, and a message, if that is not one file of the host. */
static char *take_path(const struct cim_instance *setting, const char *where,
		       struct cim_error *error)
{
	const struct cim_value *value = cim_get(setting, "HostResource");
	size_t n = value ? cim_value_count(value) : 0;
	char field[CIM_FIELD_SIZE];
	char *path;

	cim_field(field, where, "HostResource");
	if (n != 1) {
		if (n)
			cim_fail(error, CIM_MESSAGE_UNUSABLE, field, "more than one entry",
				 "a disk is kept in one file or device");
		else
			cim_fail(error, CIM_MESSAGE_MISSING, field);
		return NULL;
	}
	path = profile_uri_file(cim_value_items(value)[0].text);
	if (!path)
		cim_fail(error, CIM_MESSAGE_UNUSABLE, field, cim_value_items(value)[0].text,
			 "it is neither file:///PATH nor an absolute path");
	return path;
}

static int take_access(struct definition_disk *disk, const struct cim_instance *setting,
		       const char *where, struct cim_error *error)
{
	uint64_t access = disk->read_only ? ACCESS_READABLE : ACCESS_BOTH;
	char field[CIM_FIELD_SIZE], number[24];

	cim_get_number(setting, "Access", &access);
	disk->read_only = access == ACCESS_READABLE;
	if (access == ACCESS_READABLE || access == ACCESS_BOTH)
		return 0;
	snprintf(number, sizeof(number), "%u", (unsigned int)access);
	return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, "Access"), number,
			"a disk can be read, or read and written");
}

/* Disks of a virtual system share one weight. */
static int take_weight(struct profile_wish *wish, const struct cim_instance *setting,
		       const char *where, struct cim_error *error)
{
	static const struct profile_amount amount = { "Weight", NULL, NULL, 0 };
	char field[CIM_FIELD_SIZE], number[24];
	uint64_t weight = 0;
	bool given;
	int status = profile_take_ranged(wish->env, setting, PROFILE_DISK, &amount, where, &weight,
					 &given, error);

	if (status || !given)
		return status;
	snprintf(number, sizeof(number), "%u", (unsigned int)weight);
	if (wish->storage_weight && weight != wish->storage_weight)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, "Weight"),
				number, "all disks of a virtual system have one weight");
	wish->storage_weight = (uint32_t)weight;
	wish->definition->storage_weight = (uint32_t)weight;
	return 0;
}

/* What can be said of any disk; undefined on failure. */
static int take(struct profile_wish *wish, struct definition_disk *disk,
		const struct cim_instance *setting, const struct cim_instance *is,
		const char *where, struct cim_error *error)
{
	const char *format = cim_get_text(setting, "ImageFormat");
	int status = profile_check_known(setting, taken, is, where, error);

	if (!status)
		status = profile_take_plain_pool(setting, where, error);
	if (!status)
		status = take_access(disk, setting, where, error);
	if (!status)
		status = take_weight(wish, setting, where, error);
	if (!status)
		status = profile_take_amounts(wish->env, setting, PROFILE_DISK, amounts,
					      sizeof(amounts) / sizeof(amounts[0]), where, disk,
					      error);
	/* One of the value map, which was checked. */
	if (!status && format)
		snprintf(disk->format, sizeof(disk->format), "%s", format);
	return status;
}

static int add(struct profile_wish *wish, const struct cim_instance *setting, const char *where,
	       struct cim_error *error)
{
	_cleanup_free_ char *path = NULL, *why = NULL;
	struct definition_disk disk = { .format = "raw" };
	struct definition *d = wish->definition;
	int status = take(wish, &disk, setting, NULL, where, error);

	if (status)
		return status;
	path = take_path(setting, where, error);
	if (!path)
		return CIM_INVALID_PARAMETER;
	if (definition_add_disk(d, path, disk.format, disk.read_only, &why))
		return why ? cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "it", why)
			   : cim_fail_memory(error);
	memcpy(d->disks[d->n_disks - 1].limits, disk.limits, sizeof(disk.limits));
	return 0;
}

/* What it is kept in is what a disk is known by. */
static int check_path(const struct definition_disk *disk, const struct cim_instance *setting,
		      const char *where, struct cim_error *error)
{
	const struct cim_value *value = cim_get(setting, "HostResource");
	_cleanup_free_ char *path = NULL;
	char field[CIM_FIELD_SIZE];

	if (!value || !cim_value_count(value))
		return 0;
	path = take_path(setting, where, error);
	if (!path)
		return CIM_INVALID_PARAMETER;
	return strcmp(path, disk->path) ? cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE,
						   cim_field(field, where, "HostResource"), path)
					: 0;
}

/**
 * profile_take_disk() - merge settings of a disk into a wish
 * @wish: receives them; undefined on failure
 * @setting: from a client
 * @is: settings of the disk as they are told; NULL: one is added
 * @index: of the disk, if there is one
 * @where: what @setting is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_disk(struct profile_wish *wish, const struct cim_instance *setting,
		      const struct cim_instance *is, size_t index, const char *where,
		      struct cim_error *error)
{
	struct definition_disk *disk, before;
	int status;

	if (!is)
		return add(wish, setting, where, error);
	disk = &wish->definition->disks[index];
	before = *disk;
	status = check_path(disk, setting, where, error);
	if (!status)
		status = take(wish, disk, setting, is, where, error);
	wish->machine |= disk->read_only != before.read_only || strcmp(disk->format, before.format);
	if (memcmp(disk->limits, before.limits, sizeof(before.limits))) {
		wish->n_devices++;
		wish->device = PROFILE_DISK;
		wish->index = index;
	}
	return status;
}
