// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes in, checked; see check.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/broker/check.h"
#include "daemon/broker/datetime.h"
#include "daemon/util/text.h"

/**
 * cim_field() - what a property is called in messages
 * @buf: receives it
 * @where: what the instance is called; "": it is by itself
 * @property: its name
 *
 * Return: @buf.
 */
const char *cim_field(char buf[static CIM_FIELD_SIZE], const char *where, const char *property)
{
	snprintf(buf, CIM_FIELD_SIZE, "%s%s%s", where, *where ? "." : "", property);
	return buf;
}

static void format_number(int type, uint64_t number, char text[static 24])
{
	if (schema_type_is_signed(type))
		snprintf(text, 24, "%" PRId64, (int64_t)number);
	else
		snprintf(text, 24, "%" PRIu64, number);
}

static int wrong_type(const struct schema_property *p, const struct cim_value *value,
		      const char *where, struct cim_error *error)
{
	char is[64], wanted[192];

	cim_value_describe(value, is, sizeof(is));
	if (p->target)
		snprintf(wanted, sizeof(wanted), "%s%s of %s", p->array ? "an array of " : "",
			 p->type == SCHEMA_REFERENCE ? "a reference to an instance" : "an instance",
			 p->target->name);
	else
		snprintf(wanted, sizeof(wanted), "%s%s", p->array ? "an array of " : "",
			 schema_type_name(p->type));
	return cim_fail(error, CIM_MESSAGE_TYPE, where, is, wanted);
}

/* A whole number of another width, or of the other sign, is taken if the type holds it. */
static int convert_number(const struct schema_property *p, int from, uint64_t number,
			  const char *where, struct cim_error *error)
{
	bool negative = schema_type_is_signed(from) && (int64_t)number < 0;
	bool fits = number <= schema_type_max(p->type);
	char is[24], min[24], max[24];

	if (negative)
		fits = schema_type_is_signed(p->type) &&
		       (int64_t)number >= schema_type_min(p->type);
	if (fits)
		return 0;
	format_number(from, number, is);
	format_number(p->type, (uint64_t)schema_type_min(p->type), min);
	format_number(p->type, schema_type_max(p->type), max);
	return cim_fail(error, CIM_MESSAGE_RANGE, where, is, min, max);
}

static int convert_class(const struct schema_property *p, const struct schema_class *class,
			 const char *where, struct cim_error *error)
{
	if (!p->target || schema_class_is_a(class, p->target))
		return 0;
	return cim_fail(error, CIM_MESSAGE_WRONG_CLASS, where, class->name, p->target->name);
}

/* A reference that came as a text. */
static int convert_path(const struct schema_property *p, union cim_scalar *scalar,
			const char *where, struct cim_error *error)
{
	struct cim_path *path;
	int status = cim_path_parse(scalar->text, CIM_ROOT, where, &path, error);

	if (status)
		return status;
	status = convert_class(p, path->class, where, error);
	if (status) {
		cim_path_free(path);
		return status;
	}
	free(scalar->text);
	scalar->path = path;
	return 0;
}

static bool is_embedded(const struct schema_property *p)
{
	return p->type == SCHEMA_STRING && (p->target || p->flags & SCHEMA_EMBEDDED_OBJECT);
}

/**
 * cim_type_of() - the type of a property's values
 * @p: property or parameter
 *
 * Return: enum schema_type, or CIM_INSTANCE.
 */
int cim_type_of(const struct schema_property *p)
{
	return is_embedded(p) ? CIM_INSTANCE : (int)p->type;
}

/* What a value's type becomes; SCHEMA_TYPES + 1: it cannot become what the property is. */
static int converted_type(const struct schema_property *p, int from)
{
	if (is_embedded(p))
		return from == CIM_INSTANCE ? CIM_INSTANCE : SCHEMA_TYPES + 1;
	if (from == (int)p->type)
		return from;
	if (cim_type_is_integer(p->type) && cim_type_is_integer(from))
		return p->type;
	if (p->type == SCHEMA_REAL32 && from == SCHEMA_REAL64)
		return p->type;
	if (from == SCHEMA_STRING && (p->type == SCHEMA_DATETIME || p->type == SCHEMA_REFERENCE))
		return p->type;
	return SCHEMA_TYPES + 1;
}

static void entry_name(const char *where, bool array, size_t index,
		       char name[static CIM_WHERE_SIZE])
{
	if (array)
		snprintf(name, CIM_WHERE_SIZE, "%s[%zu]", where, index);
	else
		snprintf(name, CIM_WHERE_SIZE, "%s", where);
}

static int convert_scalar(const struct schema_property *p, int from, union cim_scalar *scalar,
			  const char *where, struct cim_error *error)
{
	if (from == CIM_INSTANCE)
		return convert_class(p, scalar->instance->class, where, error);
	if (cim_type_is_integer(from))
		return convert_number(p, from, scalar->number, where, error);
	if (p->type == SCHEMA_REFERENCE && from == SCHEMA_STRING)
		return convert_path(p, scalar, where, error);
	if (p->type == SCHEMA_REFERENCE)
		return convert_class(p, scalar->path->class, where, error);
	if (p->type == SCHEMA_DATETIME && !cim_datetime_is_valid(scalar->text))
		return cim_fail(error, CIM_MESSAGE_DATETIME, where, scalar->text);
	if (p->type == SCHEMA_STRING && !text_is_utf8(scalar->text, strlen(scalar->text)))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "its text", "it is not UTF-8");
	return 0;
}

/* Frees what an array holds whose entries are of two types: the first @n are references. */
static void drop_mixed(struct cim_value *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		value->items[i].path = cim_path_free(value->items[i].path);
	for (size_t i = n; i < value->n; i++)
		free(value->items[i].text);
	free(value->items);
	*value = (struct cim_value){ 0 };
}

/**
 * cim_convert() - make a value what a property is, or refuse it
 * @p: property or parameter
 * @value: from outside; stays the caller's
 * @where: what it is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int cim_convert(const struct schema_property *p, struct cim_value *value, const char *where,
		struct cim_error *error)
{
	union cim_scalar *items = value->array ? value->items : &value->one;
	size_t n = cim_value_count(value);
	char name[CIM_WHERE_SIZE];
	int type, status;

	if (value->state != CIM_VALUE)
		return 0;
	/* Nothing is of any type. */
	if (value->array && !value->n && p->array) {
		value->type = cim_type_of(p);
		return 0;
	}
	type = converted_type(p, value->type);
	if (type > SCHEMA_TYPES || value->array != p->array)
		return wrong_type(p, value, where, error);
	for (size_t i = 0; i < n; i++) {
		entry_name(where, value->array, i, name);
		status = convert_scalar(p, value->type, &items[i], name, error);
		if (!status)
			continue;
		if (value->array && type == SCHEMA_REFERENCE && value->type != type)
			drop_mixed(value, i);
		return status;
	}
	value->type = type;
	return 0;
}

static int check_number(const struct schema_property *p, uint64_t number, const char *where,
			struct cim_error *error)
{
	bool is_signed = schema_type_is_signed(p->type);
	const struct schema_value *meaning;
	char is[24], min[24], max[24];
	bool low, high;

	format_number(p->type, number, is);
	low = p->min_value != INT64_MIN &&
	      (is_signed ? (int64_t)number < p->min_value
			 : p->min_value > 0 && number < (uint64_t)p->min_value);
	high = p->max_value != INT64_MAX &&
	       (is_signed ? (int64_t)number > p->max_value : number > (uint64_t)p->max_value);
	if (low || high) {
		format_number(p->type,
			      p->min_value == INT64_MIN ? (uint64_t)schema_type_min(p->type)
							: (uint64_t)p->min_value,
			      min);
		format_number(p->type,
			      p->max_value == INT64_MAX ? schema_type_max(p->type)
							: (uint64_t)p->max_value,
			      max);
		return cim_fail(error, CIM_MESSAGE_RANGE, where, is, min, max);
	}
	if (!p->n_values)
		return 0;
	/* What only ".." stands for is reserved. */
	meaning = schema_value_of(p, number);
	return meaning && !meaning->rest ? 0 : cim_fail(error, CIM_MESSAGE_VALUE, where, is);
}

static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int check_text(const struct schema_property *p, const char *text, const char *where,
		      struct cim_error *error)
{
	size_t length = characters(text);
	char is[24], min[24], max[24];

	if (length < p->min_length || (p->max_length && length > p->max_length)) {
		snprintf(is, sizeof(is), "%zu", length);
		snprintf(min, sizeof(min), "%" PRIu32, p->min_length);
		snprintf(max, sizeof(max), "%" PRIu32, p->max_length);
		return cim_fail(error, CIM_MESSAGE_LENGTH, where, is, min, max);
	}
	/* Of a text, a value map is of what is common; an open one ends with "..". */
	for (size_t i = 0; i < p->n_values; i++) {
		if (p->values[i].rest)
			return 0;
	}
	if (p->n_values && !schema_value_of_text(p, text))
		return cim_fail(error, CIM_MESSAGE_VALUE, where, text);
	return 0;
}

/**
 * cim_check() - whether what a value says is in a property's bounds
 * @p: property or parameter
 * @value: of its type
 * @where: what it is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int cim_check(const struct schema_property *p, const struct cim_value *value, const char *where,
	      struct cim_error *error)
{
	const union cim_scalar *items = cim_value_items(value);
	size_t n = cim_value_count(value);
	char name[CIM_WHERE_SIZE];
	int status = 0;

	for (size_t i = 0; !status && i < n; i++) {
		entry_name(where, value->array, i, name);
		if (value->type == CIM_INSTANCE)
			status = cim_instance_check(items[i].instance, name, error);
		else if (cim_type_is_integer(value->type))
			status = check_number(p, items[i].number, name, error);
		else if (value->type == SCHEMA_STRING)
			status = check_text(p, items[i].text, name, error);
	}
	return status;
}

/**
 * cim_instance_begin() - an instance from outside, to be filled with cim_instance_set()
 * @class: its class, as given
 * @where: what it is given as, for messages
 * @ret: to be freed with cim_instance_free()
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int cim_instance_begin(const char *class, const char *where, struct cim_instance **ret,
		       struct cim_error *error)
{
	const struct schema_class *found = schema_class_find(class);

	if (!found)
		return cim_fail(error, CIM_MESSAGE_CLASS, where, class);
	*ret = cim_instance_new(found);
	return *ret ? 0 : cim_fail_memory(error);
}

/**
 * cim_instance_set() - take a property from outside
 * @instance: receives it
 * @property: its name, as given
 * @value: @instance's from now on, in any case
 * @where: what the instance is given as, for messages; "": by itself
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int cim_instance_set(struct cim_instance *instance, const char *property, struct cim_value *value,
		     const char *where, struct cim_error *error)
{
	const struct schema_property *p = schema_property_find(instance->class, property);
	struct cim_value *to = cim_get(instance, property);
	char name[CIM_FIELD_SIZE];
	int status;

	cim_field(name, where, p ? p->name : property);
	if (!p)
		status = cim_fail(error, CIM_MESSAGE_UNKNOWN_PROPERTY, name, instance->class->name,
				  property);
	else if (to->state != CIM_ABSENT)
		status = cim_fail(error, CIM_MESSAGE_TWICE, name);
	else
		status = cim_convert(p, value, name, error);
	if (status) {
		cim_value_deinit(value);
		return status;
	}
	*to = *value;
	*value = (struct cim_value){ 0 };
	return 0;
}

/**
 * cim_instance_check() - whether what an instance says is in the schema's bounds
 * @instance: taken from outside
 * @where: what it is given as, for messages; "": by itself
 * @error: receives a message
 *
 * Return: 0 or a status. Properties may be missing.
 */
int cim_instance_check(const struct cim_instance *instance, const char *where,
		       struct cim_error *error)
{
	char name[CIM_FIELD_SIZE];
	int status = 0;

	for (size_t i = 0; !status && i < instance->class->n_properties; i++) {
		const struct schema_property *p = instance->class->properties[i];

		cim_field(name, where, p->name);
		status = cim_check(p, &instance->values[i], name, error);
	}
	return status;
}
