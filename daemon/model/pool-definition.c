// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wanted of a pool: rules, D-Bus and JSON; see pool.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/json.h"
#include "daemon/model/pool.h"
#include "daemon/util/text.h"

/**
 * pool_definition_new() - no reservation, no limit, expandable, carved out of the root
 * @name: copied, as far as it fits; "" for none yet
 *
 * Return: to be freed with pool_definition_free(); NULL if there is no memory.
 */
struct pool_definition *pool_definition_new(const char *name)
{
	struct pool_definition *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	strncpy(d->name, name, POOL_NAME_MAX);
	strcpy(d->parent, POOL_HOST);
	d->cpu.weight = KVRM_WEIGHT_DEFAULT;
	d->memory.weight = KVRM_WEIGHT_DEFAULT;
	d->expandable = true;
	d->memory_expandable = true;
	return d;
}

/**
 * pool_definition_copy() - a copy
 * @d: of what
 *
 * Return: to be freed with pool_definition_free(); NULL if there is no memory.
 */
struct pool_definition *pool_definition_copy(const struct pool_definition *d)
{
	_cleanup_pool_definition_ struct pool_definition *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *d;
	copy->description = NULL;
	if (d->description) {
		copy->description = strdup(d->description);
		if (!copy->description)
			return NULL;
	}
	return TAKE_PTR(copy);
}

/**
 * pool_definition_free() - free what is wanted of a pool
 * @d: may be NULL
 *
 * Return: NULL.
 */
struct pool_definition *pool_definition_free(struct pool_definition *d)
{
	if (d)
		free(d->description);
	free(d);
	return NULL;
}

static int set_name(char name[static POOL_NAME_MAX + 1], const char *key, const char *value,
		    char **ret_error)
{
	if (!text_is_name(value, POOL_NAME_MAX))
		return text_error(ret_error, -EINVAL,
				  "%s: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", key, value,
				  POOL_NAME_MAX);
	strcpy(name, value);
	return 0;
}

static int set_description(struct pool_definition *d, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(d->description);
	d->description = copy;
	return 0;
}

/**
 * pool_definition_validate() - the rules for a pool as a whole
 * @d: definition
 * @capacity_us: processor capacity of the host in µs per second; 0: not known here
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see pool.h.
 */
int pool_definition_validate(const struct pool_definition *d, uint64_t capacity_us,
			     char **ret_error)
{
	char ignored[POOL_NAME_MAX + 1];
	int r;

	if (!*d->name)
		return text_error(ret_error, -EINVAL, "name: is missing");
	r = set_name(ignored, "name", d->name, ret_error);
	if (!r)
		r = set_name(ignored, "parent", d->parent, ret_error);
	if (r)
		return r;
	if (!strcmp(d->name, POOL_HOST))
		return text_error(ret_error, -EINVAL, "name: '%s' is the root pool's", d->name);
	if (d->description && strlen(d->description) > DEFINITION_DESCRIPTION_MAX)
		return text_error(ret_error, -EINVAL, "description: longer than %d bytes",
				  DEFINITION_DESCRIPTION_MAX);
	r = memory_allocation_check(&d->memory, 0, ret_error);
	return r ? r : cpu_allocation_check(&d->cpu, 0, capacity_us, ret_error);
}

static int read_name(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	const char *value;
	int r = sd_bus_message_read(m, "v", "s", &value);

	return r < 0 ? r : set_name(d->name, "name", value, ret_error);
}

static int read_parent(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	const char *value;
	int r = sd_bus_message_read(m, "v", "s", &value);

	return r < 0 ? r : set_name(d->parent, "parent", value, ret_error);
}

static int read_description(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	const char *value;
	int r = sd_bus_message_read(m, "v", "s", &value);

	return r < 0 ? r : set_description(d, value);
}

static int read_reservation(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->cpu.reservation_us);
}

static int read_limit(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->cpu.limit_us);
}

static int read_weight(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "u", &d->cpu.weight);
}

static int read_bool(sd_bus_message *m, bool *ret)
{
	int value;
	int r = sd_bus_message_read(m, "v", "b", &value);

	if (r >= 0)
		*ret = value;
	return r;
}

static int read_expandable(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return read_bool(m, &d->expandable);
}

static int read_memory_reservation(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->memory.reservation_bytes);
}

static int read_memory_weight(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "u", &d->memory.weight);
}

static int read_memory_limit(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->memory.limit_bytes);
}

static int read_memory_expandable(sd_bus_message *m, struct pool_definition *d, char **ret_error)
{
	return read_bool(m, &d->memory_expandable);
}

/* Up to which of the sets of keys each is allowed. */
static const struct {
	const char *key;
	const char *type;
	int (*read)(sd_bus_message *m, struct pool_definition *d, char **ret_error);
	enum pool_keys up_to;
} bus_keys[] = {
	{ "Name", "s", read_name, POOL_KEYS_ALL },
	{ "Parent", "s", read_parent, POOL_KEYS_ALL },
	{ "Description", "s", read_description, POOL_KEYS_NOTHING },
	{ "ProcessorReservation", "t", read_reservation, POOL_KEYS_CHANGE },
	{ "ProcessorLimit", "t", read_limit, POOL_KEYS_CHANGE },
	{ "ProcessorWeight", "u", read_weight, POOL_KEYS_CHANGE },
	{ "ProcessorExpandable", "b", read_expandable, POOL_KEYS_CHANGE },
	{ "MemoryReservation", "t", read_memory_reservation, POOL_KEYS_CHANGE },
	{ "MemoryExpandable", "b", read_memory_expandable, POOL_KEYS_CHANGE },
	{ "MemoryWeight", "u", read_memory_weight, POOL_KEYS_CHANGE },
	{ "MemoryLimit", "t", read_memory_limit, POOL_KEYS_CHANGE },
};

static int unknown_key(enum pool_keys keys, const char *key, char **ret_error)
{
	static const char *const lists[] = {
		[POOL_KEYS_ALL] = "Name Parent Description ProcessorReservation ProcessorLimit "
				  "ProcessorWeight ProcessorExpandable MemoryReservation "
				  "MemoryExpandable MemoryWeight MemoryLimit",
		[POOL_KEYS_CHANGE] = "Description ProcessorReservation ProcessorLimit "
				     "ProcessorWeight ProcessorExpandable MemoryReservation "
				     "MemoryExpandable MemoryWeight MemoryLimit",
		[POOL_KEYS_NOTHING] = "Description",
	};

	return text_error(ret_error, -EINVAL,
			  keys == POOL_KEYS_NOTHING
				  ? "key '%s' of the root pool cannot be set; keys are %s"
				  : "unknown key '%s'; keys are %s",
			  key, lists[keys]);
}

static int read_pair(sd_bus_message *m, enum pool_keys keys, struct pool_definition *d,
		     char **ret_error)
{
	const char *key, *type;
	char kind;
	int r = sd_bus_message_read(m, "s", &key);

	if (r < 0)
		return r;
	r = sd_bus_message_peek_type(m, &kind, &type);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(bus_keys) / sizeof(bus_keys[0]); i++) {
		if (strcmp(key, bus_keys[i].key) || bus_keys[i].up_to < keys)
			continue;
		if (strcmp(type, bus_keys[i].type))
			return text_error(ret_error, -EINVAL, "%s: is of type %s, not %s", key,
					  type, bus_keys[i].type);
		return bus_keys[i].read(m, d, ret_error);
	}
	return unknown_key(keys, key, ret_error);
}

/**
 * pool_definition_read_bus() - read a{sv} over what is there; pool_definition_validate() it afterwards
 * @m: message, at the a{sv}
 * @keys: that it may have
 * @d: what is not given stays
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see pool.h; -EBADMSG or -ENXIO if there is no a{sv}.
 */
int pool_definition_read_bus(sd_bus_message *m, enum pool_keys keys, struct pool_definition *d,
			     char **ret_error)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_pair(m, keys, d, ret_error);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : 0;
}

/**
 * pool_definition_to_json() - write a definition
 * @d: definition
 * @ret_text: to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int pool_definition_to_json(const struct pool_definition *d, char **ret_text)
{
	_cleanup_json_ json_object *object = json_object_new_object();
	const char *text;
	int r = object ? 0 : -ENOMEM;

	if (!r)
		r = model_json_add(object, "name", json_object_new_string(d->name));
	if (!r && *d->parent)
		r = model_json_add(object, "parent", json_object_new_string(d->parent));
	if (!r && d->description)
		r = model_json_add(object, "description", json_object_new_string(d->description));
	if (!r)
		r = model_json_add(object, "cpu-reservation-us",
				   json_object_new_uint64(d->cpu.reservation_us));
	if (!r)
		r = model_json_add(object, "cpu-limit-us", json_object_new_uint64(d->cpu.limit_us));
	if (!r)
		r = model_json_add(object, "cpu-weight", json_object_new_uint64(d->cpu.weight));
	if (!r)
		r = model_json_add(object, "cpu-expandable",
				   json_object_new_boolean(d->expandable));
	if (!r && d->memory.reservation_bytes)
		r = model_json_add(object, "memory-reservation-bytes",
				   json_object_new_uint64(d->memory.reservation_bytes));
	if (!r && !d->memory_expandable)
		r = model_json_add(object, "memory-expandable", json_object_new_boolean(false));
	if (!r && d->memory.weight != KVRM_WEIGHT_DEFAULT)
		r = model_json_add(object, "memory-weight",
				   json_object_new_uint64(d->memory.weight));
	if (!r && d->memory.limit_bytes)
		r = model_json_add(object, "memory-limit-bytes",
				   json_object_new_uint64(d->memory.limit_bytes));
	if (r)
		return r;
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	*ret_text = text ? strdup(text) : NULL;
	return *ret_text ? 0 : -ENOMEM;
}

static int read_value(struct pool_definition *d, const char *key, json_object *value,
		      char **ret_error)
{
	const char *text = json_object_get_string(value);

	if (!strcmp(key, "name"))
		return set_name(d->name, key, text ? text : "", ret_error);
	if (!strcmp(key, "parent"))
		return set_name(d->parent, key, text ? text : "", ret_error);
	if (!strcmp(key, "description"))
		return set_description(d, text ? text : "");
	if (!strcmp(key, "cpu-reservation-us"))
		d->cpu.reservation_us = json_object_get_uint64(value);
	else if (!strcmp(key, "cpu-limit-us"))
		d->cpu.limit_us = json_object_get_uint64(value);
	else if (!strcmp(key, "cpu-weight"))
		return cpu_weight_parse(text ? text : "", &d->cpu.weight, ret_error);
	else if (!strcmp(key, "cpu-expandable"))
		d->expandable = json_object_get_boolean(value);
	else if (!strcmp(key, "memory-reservation-bytes"))
		d->memory.reservation_bytes = json_object_get_uint64(value);
	else if (!strcmp(key, "memory-limit-bytes"))
		d->memory.limit_bytes = json_object_get_uint64(value);
	else if (!strcmp(key, "memory-expandable"))
		d->memory_expandable = json_object_get_boolean(value);
	else if (!strcmp(key, "memory-weight"))
		return memory_weight_parse(text ? text : "", &d->memory.weight, ret_error);
	else
		return text_error(ret_error, -EINVAL, "unknown key '%s'", key);
	return 0;
}

/**
 * pool_definition_from_json() - read what pool_definition_to_json() wrote
 * @text: JSON
 * @ret: validated, unless it is the root's; to be freed with pool_definition_free()
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see pool.h.
 */
int pool_definition_from_json(const char *text, struct pool_definition **ret, char **ret_error)
{
	_cleanup_pool_definition_ struct pool_definition *d = pool_definition_new("");
	_cleanup_json_ json_object *object = json_tokener_parse(text);
	int r = 0;

	if (!d)
		return -ENOMEM;
	if (!json_object_is_type(object, json_type_object))
		return text_error(ret_error, -EINVAL, "the pool is not a JSON object");
	json_object_object_foreach(object, key, value) {
		r = read_value(d, key, value, ret_error);
		if (r)
			return r;
	}
	if (!strcmp(d->name, POOL_HOST))
		d->parent[0] = '\0';
	else
		r = pool_definition_validate(d, 0, ret_error);
	if (r)
		return r;
	*ret = TAKE_PTR(d);
	return 0;
}
