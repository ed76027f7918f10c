// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uplinks and parts on D-Bus and in the store; see uplink.h.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/json.h"
#include "daemon/model/uplink.h"
#include "daemon/util/text.h"

#define IN(direction, field) offsetof(struct uplink_definition, allocations[direction].field)

/* Both directions have the same. */
#define DIRECTION(bus, store, direction)                                                           \
	{ bus "Capacity", store "-capacity-bytes-per-s", 't', IN(direction, capacity) },           \
		{ bus "Reservation", store "-reservation-bytes-per-s", 't',                        \
		  IN(direction, reservation) },                                                    \
		{ bus "Limit", store "-limit-bytes-per-s", 't', IN(direction, limit) },            \
		{ bus "Weight", store "-weight", 'u', IN(direction, weight) },                     \
	{                                                                                          \
		bus "Expandable", store "-expandable", 'b', IN(direction, expandable)              \
	}

/* Numbers and switches, by where they are. */
static const struct {
	const char *bus;
	const char *store;
	char type;
	size_t offset;
} numbers[] = {
	DIRECTION("ToGuest", "to-guest", NIC_TO_GUEST),
	DIRECTION("FromGuest", "from-guest", NIC_FROM_GUEST),
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void *number_at(struct uplink_definition *d, size_t which)
{
	return (char *)d + numbers[which].offset;
}

static int set_text(char *text, size_t size, const char *key, const char *value, char **ret_error)
{
	if (strlen(value) >= size)
		return text_error(ret_error, -EINVAL, "%s: longer than %zu characters", key,
				  size - 1);
	strcpy(text, value);
	return 0;
}

static int set_description(struct uplink_definition *d, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(d->description);
	d->description = copy;
	return 0;
}

/* A text by its name in the store. Return: -ENOENT if there is no such text. */
static int set_any_text(struct uplink_definition *d, const char *key, const char *value,
			char **ret_error)
{
	if (!strcmp(key, "name"))
		return set_text(d->name, sizeof(d->name), key, value, ret_error);
	if (!strcmp(key, "parent"))
		return set_text(d->parent, sizeof(d->parent), key, value, ret_error);
	if (!strcmp(key, "bridge"))
		return set_text(d->bridge, sizeof(d->bridge), key, value, ret_error);
	return strcmp(key, "description") ? -ENOENT : set_description(d, value);
}

/* Texts on D-Bus, and up to which of the sets of keys each is allowed. */
static const struct {
	const char *bus;
	const char *store;
	enum uplink_keys up_to;
} texts[] = {
	{ "Name", "name", UPLINK_KEYS_ALL },
	{ "Parent", "parent", UPLINK_KEYS_ALL },
	{ "Bridge", "bridge", UPLINK_KEYS_CHANGE },
	{ "Description", "description", UPLINK_KEYS_CHANGE },
};

/* Return: as sd_bus_message_read(); -ENOENT if there is no such key. */
static int read_text(sd_bus_message *m, enum uplink_keys keys, struct uplink_definition *d,
		     const char *key, char **ret_error)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *value;
		int r;

		if (strcmp(key, texts[i].bus) || texts[i].up_to < keys)
			continue;
		r = sd_bus_message_read(m, "v", "s", &value);
		return r < 0 ? r : set_any_text(d, texts[i].store, value, ret_error);
	}
	return -ENOENT;
}

static int read_expandable(sd_bus_message *m, bool *ret)
{
	int value;
	int r = sd_bus_message_read(m, "v", "b", &value);

	if (r >= 0)
		*ret = value;
	return r;
}

/* Likewise. */
static int read_number(sd_bus_message *m, struct uplink_definition *d, const char *key)
{
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (strcmp(key, numbers[i].bus))
			continue;
		if (numbers[i].type == 'b')
			return read_expandable(m, number_at(d, i));
		return sd_bus_message_read(m, "v", numbers[i].type == 't' ? "t" : "u",
					   number_at(d, i));
	}
	return -ENOENT;
}

#define DIRECTION_KEYS(direction)                                                                  \
	direction "Capacity " direction "Reservation " direction "Limit " direction                \
		  "Weight " direction "Expandable"

static int read_pair(sd_bus_message *m, enum uplink_keys keys, struct uplink_definition *d,
		     char **ret_error)
{
	const char *key;
	int r = sd_bus_message_read(m, "s", &key);

	if (r < 0)
		return r;
	r = read_text(m, keys, d, key, ret_error);
	if (r == -ENOENT)
		r = read_number(m, d, key);
	if (r == -ENOENT)
		return text_error(ret_error, -EINVAL,
				  "unknown key '%s'; keys are %sBridge Description " DIRECTION_KEYS(
					  "ToGuest") " " DIRECTION_KEYS("FromGuest"),
				  key, keys == UPLINK_KEYS_ALL ? "Name Parent " : "");
	if (r == -ENXIO)
		return text_error(
			ret_error, -EINVAL,
			"%s: is not of its type (texts s, weights u, expandable b, all else t)",
			key);
	return r;
}

/**
 * uplink_definition_read_bus() - read a{sv} over what is there; uplink_definition_validate() it afterwards
 * @m: message, at the a{sv}
 * @keys: that it may have
 * @d: what is not given stays
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see uplink.h; -EBADMSG or -ENXIO if there is no a{sv}.
 */
int uplink_definition_read_bus(sd_bus_message *m, enum uplink_keys keys,
			       struct uplink_definition *d, char **ret_error)
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

static json_object *number_to_json(struct uplink_definition *d, size_t which)
{
	const void *at = number_at(d, which);

	if (numbers[which].type == 'b')
		return json_object_new_boolean(*(const bool *)at);
	return json_object_new_uint64(numbers[which].type == 't' ? *(const uint64_t *)at
								 : *(const uint32_t *)at);
}

static int add_text(json_object *object, const char *key, const char *value)
{
	return value && *value ? model_json_add(object, key, json_object_new_string(value)) : 0;
}

/**
 * uplink_definition_to_json() - write a definition
 * @d: definition
 * @ret_text: to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int uplink_definition_to_json(const struct uplink_definition *d, char **ret_text)
{
	_cleanup_json_ json_object *object = json_object_new_object();
	struct uplink_definition copy = *d;
	const char *text;
	int r = object ? 0 : -ENOMEM;

	if (!r)
		r = add_text(object, "name", d->name);
	if (!r)
		r = add_text(object, "parent", d->parent);
	if (!r)
		r = add_text(object, "bridge", d->bridge);
	if (!r)
		r = add_text(object, "description", d->description);
	for (size_t i = 0; !r && i < N_NUMBERS; i++)
		r = model_json_add(object, numbers[i].store, number_to_json(&copy, i));
	if (r)
		return r;
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	*ret_text = text ? strdup(text) : NULL;
	return *ret_text ? 0 : -ENOMEM;
}

static int read_value(struct uplink_definition *d, const char *key, json_object *value,
		      char **ret_error)
{
	const char *text = json_object_get_string(value);
	int r = set_any_text(d, key, text ? text : "", ret_error);

	for (size_t i = 0; r == -ENOENT && i < N_NUMBERS; i++) {
		void *at = number_at(d, i);

		if (strcmp(key, numbers[i].store))
			continue;
		if (numbers[i].type == 'b')
			*(bool *)at = json_object_get_boolean(value);
		else if (numbers[i].type == 't')
			*(uint64_t *)at = json_object_get_uint64(value);
		else
			*(uint32_t *)at = (uint32_t)json_object_get_uint64(value);
		r = 0;
	}
	return r == -ENOENT ? text_error(ret_error, -EINVAL, "unknown key '%s'", key) : r;
}

/**
 * uplink_definition_from_json() - read what uplink_definition_to_json() wrote
 * @text: JSON
 * @ret: validated; to be freed with uplink_definition_free()
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see uplink.h.
 */
int uplink_definition_from_json(const char *text, struct uplink_definition **ret, char **ret_error)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();
	_cleanup_json_ json_object *object = json_tokener_parse(text);
	int r = 0;

	if (!d)
		return -ENOMEM;
	if (!json_object_is_type(object, json_type_object))
		return text_error(ret_error, -EINVAL, "the uplink is not a JSON object");
	json_object_object_foreach(object, key, value) {
		r = read_value(d, key, value, ret_error);
		if (r)
			return r;
	}
	r = uplink_definition_validate(d, ret_error);
	if (!r)
		*ret = TAKE_PTR(d);
	return r;
}
