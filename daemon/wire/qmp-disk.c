// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks in QMP; see qmp-disk.h. Names are those of QEMU 7.2 to 11.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/wire/qmp-disk.h"

#define ID_SIZE 64

/* The device itself is inside of the PCI device that has the id. */
static void device_path(size_t index, char path[ID_SIZE])
{
	snprintf(path, ID_SIZE, "/machine/peripheral/vd%zu/virtio-backend", index);
}

static int add_number(struct json_object *object, const char *key, uint64_t value)
{
	struct json_object *number = json_object_new_uint64(value);

	if (number && !json_object_object_add(object, key, number))
		return 0;
	json_object_put(number);
	return -ENOMEM;
}

static int add_text(struct json_object *object, const char *key, const char *value)
{
	struct json_object *text = json_object_new_string(value);

	if (text && !json_object_object_add(object, key, text))
		return 0;
	json_object_put(text);
	return -ENOMEM;
}

struct json_object *qmp_disk_throttle(size_t index,
				      const struct qmp_disk_limit limits[QMP_DISK_DIRECTIONS])
{
	const struct qmp_disk_limit *read = &limits[QMP_DISK_READ],
				    *write = &limits[QMP_DISK_WRITE];
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		/* Both directions together: QEMU demands them. */
		{ "bps", 0 },
		{ "iops", 0 },
		{ "bps_rd", read->bytes_per_s },
		{ "bps_wr", write->bytes_per_s },
		{ "iops_rd", read->operations_per_s },
		{ "iops_wr", write->operations_per_s },
		{ "bps_rd_max", read->burst_bytes },
		{ "bps_wr_max", write->burst_bytes },
	};
	struct json_object *object = json_object_new_object();
	char path[ID_SIZE];
	int r;

	if (!object)
		return NULL;
	device_path(index, path);
	r = add_text(object, "id", path);
	for (size_t i = 0; !r && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		r = add_number(object, numbers[i].key, numbers[i].value);
	if (!r)
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

static bool is_text(struct json_object *object, const char *text)
{
	return json_object_is_type(object, json_type_string) &&
	       !strcmp(json_object_get_string(object), text);
}

/* Return: false if it is there and is no number, or below 0; 0 if it is not there. */
static bool get_number(struct json_object *object, const char *key, uint64_t *ret)
{
	struct json_object *value = member(object, key);

	*ret = 0;
	if (!value)
		return true;
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return false;
	*ret = json_object_get_uint64(value);
	return true;
}

/* As get_number(), and it must be there. */
static bool get_known(struct json_object *object, const char *key, uint64_t *ret)
{
	return member(object, key) && get_number(object, key, ret);
}

/* The row of a disk, whose node's name is in the row itself or in its member @in. */
static struct json_object *find_row(struct json_object *list, size_t index, const char *in)
{
	char node[ID_SIZE];

	snprintf(node, sizeof(node), "disk%zu", index);
	if (!json_object_is_type(list, json_type_array))
		return NULL;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i);

		if (in)
			row = member(row, in);
		if (is_text(member(row, "node-name"), node))
			return row;
	}
	return NULL;
}

/* What kvrmd sets none of; lengths of bursts are 1 second unless somebody has said otherwise. */
static int read_others(struct json_object *row, size_t index, bool *ret)
{
	static const struct {
		const char *key;
		uint64_t harmless;
	} keys[] = {
		{ "bps", 0 },
		{ "iops", 0 },
		{ "bps_max", 0 },
		{ "iops_max", 0 },
		{ "iops_rd_max", 0 },
		{ "iops_wr_max", 0 },
		{ "bps_rd_max_length", 1 },
		{ "bps_wr_max_length", 1 },
		{ "iops_size", 0 },
	};
	struct json_object *group = member(row, "group");
	char path[ID_SIZE];
	uint64_t value;

	device_path(index, path);
	*ret = group && !is_text(group, path);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!get_number(row, keys[i].key, &value))
			return -EPROTO;
		*ret |= value && value != keys[i].harmless;
	}
	return 0;
}

int qmp_disk_read_limits(struct json_object *value, size_t index, struct qmp_disk_limits *ret)
{
	struct json_object *row = find_row(value, index, "inserted");
	struct qmp_disk_limit *read = &ret->flows[QMP_DISK_READ];
	struct qmp_disk_limit *write = &ret->flows[QMP_DISK_WRITE];

	if (!row)
		return json_object_is_type(value, json_type_array) ? -ENOENT : -EPROTO;
	if (!get_known(row, "bps_rd", &read->bytes_per_s) ||
	    !get_known(row, "bps_wr", &write->bytes_per_s) ||
	    !get_known(row, "iops_rd", &read->operations_per_s) ||
	    !get_known(row, "iops_wr", &write->operations_per_s) ||
	    !get_number(row, "bps_rd_max", &read->burst_bytes) ||
	    !get_number(row, "bps_wr_max", &write->burst_bytes))
		return -EPROTO;
	return read_others(row, index, &ret->others);
}

int qmp_disk_read_size(struct json_object *value, size_t index, uint64_t *ret_bytes)
{
	struct json_object *row = find_row(value, index, "inserted");

	if (!row)
		return json_object_is_type(value, json_type_array) ? -ENOENT : -EPROTO;
	return get_known(member(row, "image"), "virtual-size", ret_bytes) ? 0 : -EPROTO;
}

int qmp_disk_read_flows(struct json_object *value, size_t index,
			struct qmp_disk_flow ret[QMP_DISK_DIRECTIONS])
{
	struct qmp_disk_flow *read = &ret[QMP_DISK_READ], *write = &ret[QMP_DISK_WRITE];
	struct json_object *row = find_row(value, index, NULL), *stats = member(row, "stats");

	if (!row)
		return json_object_is_type(value, json_type_array) ? -ENOENT : -EPROTO;
	if (!get_known(stats, "rd_bytes", &read->bytes) ||
	    !get_known(stats, "wr_bytes", &write->bytes) ||
	    !get_known(stats, "rd_operations", &read->operations) ||
	    !get_known(stats, "wr_operations", &write->operations) ||
	    !get_known(stats, "failed_rd_operations", &read->failed) ||
	    !get_known(stats, "failed_wr_operations", &write->failed) ||
	    !get_known(stats, "rd_total_time_ns", &read->time_ns) ||
	    !get_known(stats, "wr_total_time_ns", &write->time_ns))
		return -EPROTO;
	return 0;
}
