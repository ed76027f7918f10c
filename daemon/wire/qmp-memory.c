// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory in QMP; see qmp-memory.h. Names are those of QEMU 7.2 to 11.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/wire/qmp-memory.h"

#define PATH_SIZE 64

static int add(struct json_object *object, const char *key, struct json_object *value)
{
	if (value && !json_object_object_add(object, key, value))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

struct json_object *qmp_memory_request(const char *id, uint64_t bytes)
{
	struct json_object *object = json_object_new_object();
	char path[PATH_SIZE];
	int r;

	if (!object)
		return NULL;
	snprintf(path, sizeof(path), "/machine/peripheral/%s", id);
	r = add(object, "path", json_object_new_string(path));
	if (!r)
		r = add(object, "property", json_object_new_string("requested-size"));
	if (!r)
		r = add(object, "value", json_object_new_uint64(bytes));
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

static bool get_number(struct json_object *object, const char *key, uint64_t *ret)
{
	struct json_object *value = member(object, key);

	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return false;
	*ret = json_object_get_uint64(value);
	return true;
}

static bool is_called(struct json_object *device, const char *id)
{
	struct json_object *value = member(device, "id");

	return json_object_is_type(value, json_type_string) &&
	       !strcmp(json_object_get_string(value), id);
}

/* Whatever it says of itself, no more is plugged in than can be. */
static int read_device(struct json_object *device, struct qmp_memory *ret)
{
	if (!get_number(device, "requested-size", &ret->requested_bytes) ||
	    !get_number(device, "size", &ret->size_bytes) ||
	    !get_number(device, "max-size", &ret->max_bytes) ||
	    ret->requested_bytes > ret->max_bytes || ret->size_bytes > ret->max_bytes)
		return -EPROTO;
	return 0;
}

int qmp_memory_read(struct json_object *value, const char *id, struct qmp_memory *ret)
{
	if (!json_object_is_type(value, json_type_array))
		return -EPROTO;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		struct json_object *device = member(json_object_array_get_idx(value, i), "data");

		if (is_called(device, id))
			return read_device(device, ret);
	}
	return -ENOENT;
}

int qmp_memory_read_base(struct json_object *value, uint64_t *ret_bytes)
{
	return get_number(value, "base-memory", ret_bytes) && *ret_bytes ? 0 : -EPROTO;
}
