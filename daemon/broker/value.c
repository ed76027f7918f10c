// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values; see value.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/instance.h"
#include "daemon/broker/path.h"
#include "daemon/broker/value.h"

static bool is_text(int type)
{
	return type == SCHEMA_STRING || type == SCHEMA_DATETIME;
}

/**
 * cim_type_is_integer() - whether values of a type are whole numbers
 * @type: any, also CIM_INSTANCE
 */
bool cim_type_is_integer(int type)
{
	return schema_type_is_signed(type) || schema_type_is_unsigned(type);
}

/**
 * cim_value_count() - how many scalars a value has
 * @value: any
 *
 * Return: 0 if it is absent, null or an empty array.
 */
size_t cim_value_count(const struct cim_value *value)
{
	if (value->state != CIM_VALUE)
		return 0;
	return value->array ? value->n : 1;
}

/**
 * cim_value_items() - a value's scalars
 * @value: any
 *
 * Return: cim_value_count() of them.
 */
const union cim_scalar *cim_value_items(const struct cim_value *value)
{
	return value->array ? value->items : &value->one;
}

static void scalar_free(int type, union cim_scalar *scalar)
{
	if (is_text(type))
		free(scalar->text);
	else if (type == SCHEMA_REFERENCE)
		cim_path_free(scalar->path);
	else if (type == CIM_INSTANCE)
		cim_instance_free(scalar->instance);
}

/**
 * cim_value_deinit() - free what a value owns; it is absent afterwards
 * @value: any
 */
void cim_value_deinit(struct cim_value *value)
{
	union cim_scalar *items = value->array ? value->items : &value->one;
	size_t n = cim_value_count(value);

	for (size_t i = 0; i < n; i++)
		scalar_free(value->type, &items[i]);
	if (value->array)
		free(value->items);
	*value = (struct cim_value){ 0 };
}

static bool scalar_copy(int type, union cim_scalar *to, const union cim_scalar *from)
{
	*to = *from;
	if (is_text(type))
		return (to->text = strdup(from->text)) != NULL;
	if (type == SCHEMA_REFERENCE)
		return (to->path = cim_path_copy(from->path)) != NULL;
	if (type == CIM_INSTANCE)
		return (to->instance = cim_instance_copy(from->instance)) != NULL;
	return true;
}

/**
 * cim_value_copy() - copy a value
 * @to: overwritten; absent on failure
 * @from: any
 *
 * Return: 0 or -ENOMEM.
 */
int cim_value_copy(struct cim_value *to, const struct cim_value *from)
{
	size_t n = cim_value_count(from);

	*to = (struct cim_value){ .state = from->state, .type = from->type };
	if (from->state != CIM_VALUE)
		return 0;
	if (!from->array) {
		if (scalar_copy(from->type, &to->one, &from->one))
			return 0;
		*to = (struct cim_value){ 0 };
		return -ENOMEM;
	}
	to->array = true;
	to->items = calloc(n ? n : 1, sizeof(*to->items));
	if (to->items) {
		while (to->n < n && scalar_copy(from->type, &to->items[to->n], &from->items[to->n]))
			to->n++;
		if (to->n == n)
			return 0;
	}
	cim_value_deinit(to);
	return -ENOMEM;
}

static bool scalar_equal(int type, const union cim_scalar *a, const union cim_scalar *b)
{
	if (is_text(type))
		return !strcmp(a->text, b->text);
	if (type == SCHEMA_REFERENCE)
		return cim_path_equal(a->path, b->path);
	if (type == CIM_INSTANCE)
		return cim_instance_equal(a->instance, b->instance);
	if (type == SCHEMA_BOOLEAN)
		return a->boolean == b->boolean;
	if (type == SCHEMA_REAL32 || type == SCHEMA_REAL64)
		return a->real == b->real;
	return a->number == b->number;
}

/**
 * cim_value_equal() - whether two values are the same
 * @a: any
 * @b: any; the entries of arrays are compared in their order
 */
bool cim_value_equal(const struct cim_value *a, const struct cim_value *b)
{
	const union cim_scalar *left = cim_value_items(a), *right = cim_value_items(b);
	size_t n = cim_value_count(a);

	if (a->state != b->state || n != cim_value_count(b))
		return false;
	if (a->state != CIM_VALUE)
		return true;
	if (a->type != b->type || a->array != b->array)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!scalar_equal(a->type, &left[i], &right[i]))
			return false;
	}
	return true;
}

/**
 * cim_value_describe() - what a value is, for a sentence: "uint32", "an array of string"
 * @value: any
 * @buf: receives it
 * @size: of @buf
 */
void cim_value_describe(const struct cim_value *value, char *buf, size_t size)
{
	const char *type = value->type == CIM_INSTANCE ? "instance" : schema_type_name(value->type);

	if (value->state == CIM_VALUE)
		snprintf(buf, size, "%s%s", value->array ? "an array of " : "", type);
	else
		snprintf(buf, size, "%s", value->state == CIM_NULL ? "null" : "absent");
}
