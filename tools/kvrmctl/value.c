// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values from D-Bus as JSON: dictionaries become objects, other arrays and structures lists, variants
 * what is in them. Tables and --json are made from the same values.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/kvrmctl/value.h"

static int from_number(sd_bus_message *m, char type, struct json_object **ret)
{
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
		int b;
	} v = { 0 };
	int r = sd_bus_message_read_basic(m, type, &v);

	if (r < 0)
		return r;
	switch (type) {
	case 'b':
		*ret = json_object_new_boolean(v.b);
		break;
	case 'y':
		*ret = json_object_new_int(v.y);
		break;
	case 'n':
		*ret = json_object_new_int(v.n);
		break;
	case 'q':
		*ret = json_object_new_int(v.q);
		break;
	case 'i':
		*ret = json_object_new_int(v.i);
		break;
	case 'u':
		*ret = json_object_new_int64(v.u);
		break;
	case 'x':
		*ret = json_object_new_int64(v.x);
		break;
	case 't':
		*ret = json_object_new_uint64(v.t);
		break;
	case 'd':
		*ret = json_object_new_double(v.d);
		break;
	default:
		return -EOPNOTSUPP;
	}
	return *ret ? 0 : -ENOMEM;
}

static int from_text(sd_bus_message *m, char type, struct json_object **ret)
{
	const char *text;
	int r = sd_bus_message_read_basic(m, type, &text);

	if (r < 0)
		return r;
	*ret = json_object_new_string(text);
	return *ret ? 0 : -ENOMEM;
}

/* The entries of the dictionary that was entered; keys are texts. */
static int read_entries(sd_bus_message *m, struct json_object *object, const char *entry)
{
	int r;

	while ((r = sd_bus_message_enter_container(m, 'e', entry)) > 0) {
		struct json_object *value = NULL;
		const char *key;

		r = sd_bus_message_read_basic(m, entry[0], &key);
		if (r >= 0)
			r = value_from_bus(m, &value);
		if (r >= 0 && json_object_object_add(object, key, value)) {
			json_object_put(value);
			r = -ENOMEM;
		}
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	return r;
}

static int from_dictionary(sd_bus_message *m, const char *contents, struct json_object **ret)
{
	_cleanup_value_ struct json_object *object = json_object_new_object();
	char entry[256];
	int r;

	if (!object)
		return -ENOMEM;
	if (contents[1] != 's' && contents[1] != 'o')
		return -EOPNOTSUPP;
	/* Between the braces. */
	snprintf(entry, sizeof(entry), "%.*s", (int)strlen(contents) - 2, contents + 1);
	r = sd_bus_message_enter_container(m, 'a', contents);
	if (r >= 0)
		r = read_entries(m, object, entry);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r >= 0)
		*ret = TAKE_PTR(object);
	return r;
}

static int from_list(sd_bus_message *m, char type, const char *contents, struct json_object **ret)
{
	_cleanup_value_ struct json_object *list = json_object_new_array();
	int r = list ? sd_bus_message_enter_container(m, type, contents) : -ENOMEM;

	while (r >= 0 && (r = sd_bus_message_at_end(m, 0)) == 0) {
		struct json_object *value = NULL;

		r = value_from_bus(m, &value);
		if (r >= 0 && json_object_array_add(list, value)) {
			json_object_put(value);
			r = -ENOMEM;
		}
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r >= 0)
		*ret = TAKE_PTR(list);
	return r;
}

static int from_variant(sd_bus_message *m, const char *contents, struct json_object **ret)
{
	_cleanup_value_ struct json_object *value = NULL;
	int r = sd_bus_message_enter_container(m, 'v', contents);

	if (r >= 0)
		r = value_from_bus(m, &value);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r >= 0)
		*ret = TAKE_PTR(value);
	return r;
}

/**
 * value_from_bus() - read the next complete value of a message
 * @m: message
 * @ret: to be freed with json_object_put()
 *
 * Return: 0 or more, or a negative errno; -EOPNOTSUPP for what JSON has not, such as descriptors.
 */
int value_from_bus(sd_bus_message *m, struct json_object **ret)
{
	const char *contents;
	char type;
	int r = sd_bus_message_peek_type(m, &type, &contents);

	if (r <= 0)
		return r < 0 ? r : -ENODATA;
	switch (type) {
	case 's':
	case 'o':
	case 'g':
		return from_text(m, type, ret);
	case 'v':
		return from_variant(m, contents, ret);
	case 'a':
		return contents[0] == '{' ? from_dictionary(m, contents, ret)
					  : from_list(m, type, contents, ret);
	case 'r':
		return from_list(m, type, contents, ret);
	default:
		return from_number(m, type, ret);
	}
}

/**
 * value_get() - a member of an object
 * @object: object, or NULL
 * @key: of the member
 *
 * Return: the member, still the object's; NULL if there is none.
 */
struct json_object *value_get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (object)
		json_object_object_get_ex(object, key, &value);
	return value;
}

/**
 * value_text() - a member as text
 * @object: object
 * @key: of the member
 *
 * Return: the text, still the object's; "" if there is none.
 */
const char *value_text(struct json_object *object, const char *key)
{
	struct json_object *value = value_get(object, key);

	return value ? json_object_get_string(value) : "";
}

/**
 * value_number() - a member as a number
 * @object: object
 * @key: of the member
 *
 * Return: the number; 0 if there is none.
 */
uint64_t value_number(struct json_object *object, const char *key)
{
	struct json_object *value = value_get(object, key);

	return value ? json_object_get_uint64(value) : 0;
}
