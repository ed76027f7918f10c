// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Definitions as JSON, for the store: the keys of definition files, disks and channels as lists.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kvrm.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/model/json.h"
#include "daemon/util/text.h"
#include "kvrm/node.h"

static int add_text(json_object *object, const char *key, const char *value)
{
	return value && *value ? model_json_add(object, key, json_object_new_string(value)) : 0;
}

static int add_disk(json_object *list, struct definition_disk disk)
{
	json_object *object = json_object_new_object();
	int r;

	if (!object || json_object_array_add(list, object)) {
		json_object_put(object);
		return -ENOMEM;
	}
	r = add_text(object, "path", disk.path);
	if (!r)
		r = add_text(object, "format", disk.format);
	if (!r)
		r = model_json_add(object, "read-only", json_object_new_boolean(disk.read_only));
	for (size_t i = 0; !r && i < DISK_LIMIT_KEYS; i++) {
		uint64_t value = *disk_limit_at(&disk, i);

		if (value)
			r = model_json_add(object, disk_limit_keys[i].store,
					   json_object_new_uint64(value));
	}
	return r;
}

static int add_disks(json_object *object, const struct definition *d)
{
	json_object *list = json_object_new_array();
	int r = model_json_add(object, "disks", list);

	for (size_t i = 0; !r && i < d->n_disks; i++)
		r = add_disk(list, d->disks[i]);
	return r;
}

static int add_channels(json_object *object, const struct definition *d)
{
	json_object *list = json_object_new_array();
	int r = model_json_add(object, "channels", list);

	for (size_t i = 0; !r && i < d->n_channels; i++) {
		json_object *name = json_object_new_string(d->channels[i]);

		if (!name || json_object_array_add(list, name)) {
			json_object_put(name);
			return -ENOMEM;
		}
	}
	return r;
}

static int add_nic(json_object *list, struct definition_nic nic)
{
	json_object *object = json_object_new_object();
	int r;

	if (!object || json_object_array_add(list, object)) {
		json_object_put(object);
		return -ENOMEM;
	}
	r = add_text(object, "bridge", nic.bridge);
	if (!r)
		r = add_text(object, "mac", nic.mac);
	if (!r)
		r = model_json_add(object, "vhost", json_object_new_boolean(nic.vhost));
	if (!r && strcmp(nic.uplink, UPLINK_OF_BRIDGE))
		r = add_text(object, "uplink", nic.uplink);
	for (size_t i = 0; !r && i < NIC_LIMIT_KEYS; i++) {
		uint64_t value = *nic_limit_at(&nic, i);

		if (value != nic_limit_default(i))
			r = model_json_add(object, nic_limit_keys[i].store,
					   json_object_new_uint64(value));
	}
	return r;
}

static int add_nics(json_object *object, const struct definition *d)
{
	json_object *list;
	int r;

	if (!d->n_nics)
		return 0;
	list = json_object_new_array();
	r = model_json_add(object, "nics", list);
	for (size_t i = 0; !r && i < d->n_nics; i++)
		r = add_nic(list, d->nics[i]);
	return r;
}

/**
 * definition_to_json() - write a definition
 * @d: definition
 * @ret_text: to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int definition_to_json(const struct definition *d, char **ret_text)
{
	_cleanup_json_ json_object *object = json_object_new_object();
	const char *text;
	int r = object ? 0 : -ENOMEM;

	if (!r)
		r = add_text(object, "name", d->name);
	if (!r)
		r = add_text(object, "uuid", d->uuid);
	if (!r)
		r = add_text(object, "description", d->description);
	if (!r)
		r = model_json_add(object, "vcpus", json_object_new_uint64(d->vcpus));
	if (!r)
		r = model_json_add(object, "memory-bytes", json_object_new_uint64(d->memory_bytes));
	if (!r && d->memory_max_bytes)
		r = model_json_add(object, "memory-max-bytes",
				   json_object_new_uint64(d->memory_max_bytes));
	if (!r)
		r = add_text(object, "kernel", d->kernel);
	if (!r)
		r = add_text(object, "initrd", d->initrd);
	if (!r)
		r = add_text(object, "cmdline", d->cmdline);
	if (!r)
		r = add_text(object, "pool", d->pool);
	if (!r)
		r = model_json_add(object, "cpu-reservation-us",
				   json_object_new_uint64(d->cpu.reservation_us));
	if (!r)
		r = model_json_add(object, "cpu-limit-us", json_object_new_uint64(d->cpu.limit_us));
	if (!r)
		r = model_json_add(object, "cpu-weight", json_object_new_uint64(d->cpu.weight));
	if (!r && d->cpu.vcpu_limit_us)
		r = model_json_add(object, "vcpu-limit-us",
				   json_object_new_uint64(d->cpu.vcpu_limit_us));
	if (!r && d->memory.reservation_bytes)
		r = model_json_add(object, "memory-reservation-bytes",
				   json_object_new_uint64(d->memory.reservation_bytes));
	if (!r && d->memory.limit_bytes)
		r = model_json_add(object, "memory-limit-bytes",
				   json_object_new_uint64(d->memory.limit_bytes));
	if (!r && d->memory.weight != KVRM_WEIGHT_DEFAULT)
		r = model_json_add(object, "memory-weight",
				   json_object_new_uint64(d->memory.weight));
	if (!r && d->storage_weight != KVRM_WEIGHT_DEFAULT)
		r = model_json_add(object, "storage-weight",
				   json_object_new_uint64(d->storage_weight));
	if (!r && d->sample_rate_hz != KVRM_SAMPLE_RATE_DEFAULT_HZ)
		r = model_json_add(object, "sample-rate",
				   json_object_new_uint64(d->sample_rate_hz));
	if (!r && d->probes)
		r = model_json_add(object, "probes",
				   json_object_new_string(probes_text(d->probes)));
	if (!r)
		r = add_disks(object, d);
	if (!r)
		r = add_channels(object, d);
	if (!r)
		r = add_nics(object, d);
	if (r)
		return r;
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	*ret_text = text ? strdup(text) : NULL;
	return *ret_text ? 0 : -ENOMEM;
}

static int read_disk(struct definition *d, json_object *disk, char **ret_error)
{
	json_object *path, *format, *read_only, *value;
	int r;

	if (!json_object_object_get_ex(disk, "path", &path) ||
	    !json_object_object_get_ex(disk, "format", &format) ||
	    !json_object_object_get_ex(disk, "read-only", &read_only))
		return text_error(ret_error, -EINVAL,
				  "disks: path, format or read-only is missing");
	r = definition_add_disk(d, json_object_get_string(path), json_object_get_string(format),
				json_object_get_boolean(read_only), ret_error);
	for (size_t i = 0; !r && i < DISK_LIMIT_KEYS; i++) {
		if (json_object_object_get_ex(disk, disk_limit_keys[i].store, &value))
			*disk_limit_at(&d->disks[d->n_disks - 1], i) =
				json_object_get_uint64(value);
	}
	return r;
}

static int read_nic(struct definition *d, json_object *object, char **ret_error)
{
	struct definition_nic nic = NIC_DEFAULTS;
	json_object *bridge, *value;

	if (!json_object_object_get_ex(object, "bridge", &bridge) ||
	    json_object_get_string_len(bridge) > DEFINITION_BRIDGE_MAX)
		return text_error(ret_error, -EINVAL, "nics: bridge is missing or too long");
	strcpy(nic.bridge, json_object_get_string(bridge));
	if (json_object_object_get_ex(object, "mac", &value) &&
	    nic_mac_parse(json_object_get_string(value), nic.mac, ret_error))
		return -EINVAL;
	if (json_object_object_get_ex(object, "vhost", &value))
		nic.vhost = json_object_get_boolean(value);
	if (json_object_object_get_ex(object, "uplink", &value) &&
	    nic_set_uplink(&nic, json_object_get_string(value) ?: "", ret_error))
		return -EINVAL;
	for (size_t i = 0; i < NIC_LIMIT_KEYS; i++) {
		if (json_object_object_get_ex(object, nic_limit_keys[i].store, &value))
			*nic_limit_at(&nic, i) = json_object_get_uint64(value);
	}
	return definition_add_nic(d, &nic, ret_error);
}

static int read_channel(struct definition *d, json_object *name, char **ret_error)
{
	return definition_add_channel(d, json_object_get_string(name), ret_error);
}

static const struct {
	const char *key;
	int (*read)(struct definition *d, json_object *item, char **ret_error);
} lists[] = {
	{ "disks", read_disk },
	{ "channels", read_channel },
	{ "nics", read_nic },
};

static int read_list(struct definition *d, size_t which, json_object *list, char **ret_error)
{
	int r = 0;

	if (!json_object_is_type(list, json_type_array))
		return text_error(ret_error, -EINVAL, "%s: is not a list", lists[which].key);
	for (size_t i = 0; !r && i < json_object_array_length(list); i++)
		r = lists[which].read(d, json_object_array_get_idx(list, i), ret_error);
	return r;
}

static int read_value(struct definition *d, const char *key, json_object *value, char **ret_error)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!strcmp(key, lists[i].key))
			return read_list(d, i, value, ret_error);
	}
	if (!strcmp(key, "memory-bytes"))
		d->memory_bytes = json_object_get_uint64(value);
	else if (!strcmp(key, "memory-max-bytes"))
		d->memory_max_bytes = json_object_get_uint64(value);
	else if (!strcmp(key, "cpu-limit-us"))
		d->cpu.limit_us = json_object_get_uint64(value);
	else if (!strcmp(key, "cpu-reservation-us"))
		d->cpu.reservation_us = json_object_get_uint64(value);
	else if (!strcmp(key, "vcpu-limit-us"))
		d->cpu.vcpu_limit_us = json_object_get_uint64(value);
	else if (!strcmp(key, "memory-reservation-bytes"))
		d->memory.reservation_bytes = json_object_get_uint64(value);
	else if (!strcmp(key, "memory-limit-bytes"))
		d->memory.limit_bytes = json_object_get_uint64(value);
	else
		return definition_set(d, key, json_object_get_string(value), ret_error);
	return 0;
}

/**
 * definition_from_json() - read what definition_to_json() wrote
 * @text: JSON
 * @ret: validated; to be freed with definition_free()
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_from_json(const char *text, struct definition **ret, char **ret_error)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_json_ json_object *object = json_tokener_parse(text);
	int r;

	if (!d)
		return -ENOMEM;
	if (!json_object_is_type(object, json_type_object))
		return text_error(ret_error, -EINVAL, "the definition is not a JSON object");
	json_object_object_foreach(object, key, value) {
		r = read_value(d, key, value, ret_error);
		if (r)
			return r;
	}
	r = definition_validate(d, 0, ret_error);
	if (r)
		return r;
	*ret = TAKE_PTR(d);
	return 0;
}
