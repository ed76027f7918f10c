// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instances; see instance.h.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/datetime.h"
#include "daemon/broker/instance.h"

/**
 * cim_instance_new() - an instance that says nothing
 * @class: its class
 *
 * Return: to be freed with cim_instance_free(); NULL: no memory.
 */
struct cim_instance *cim_instance_new(const struct schema_class *class)
{
	struct cim_instance *instance =
		calloc(1, sizeof(*instance) + class->n_properties * sizeof(instance->values[0]));

	if (instance)
		instance->class = class;
	return instance;
}

/**
 * cim_instance_free() - free an instance
 * @instance: may be NULL
 *
 * Return: NULL.
 */
struct cim_instance *cim_instance_free(struct cim_instance *instance)
{
	if (!instance)
		return NULL;
	for (size_t i = 0; i < instance->class->n_properties; i++)
		cim_value_deinit(&instance->values[i]);
	cim_path_free(instance->path);
	free(instance);
	return NULL;
}

/**
 * cim_instance_copy() - copy an instance
 * @instance: any
 *
 * Return: to be freed with cim_instance_free(); NULL: no memory.
 */
struct cim_instance *cim_instance_copy(const struct cim_instance *instance)
{
	struct cim_instance *copy = cim_instance_new(instance->class);
	bool failed = false;

	if (!copy)
		return NULL;
	if (instance->path) {
		copy->path = cim_path_copy(instance->path);
		failed = !copy->path;
	}
	for (size_t i = 0; i < instance->class->n_properties; i++)
		failed |= cim_value_copy(&copy->values[i], &instance->values[i]) != 0;
	return failed ? cim_instance_free(copy) : copy;
}

/**
 * cim_instance_equal() - whether two instances are of the same class and have the same values
 * @a: any
 * @b: any
 */
bool cim_instance_equal(const struct cim_instance *a, const struct cim_instance *b)
{
	if (a->class != b->class)
		return false;
	for (size_t i = 0; i < a->class->n_properties; i++) {
		if (!cim_value_equal(&a->values[i], &b->values[i]))
			return false;
	}
	return true;
}

/**
 * cim_instance_path() - the name of an instance
 * @instance: with all its keys
 * @ns: its namespace
 *
 * Return: to be freed with cim_path_free(); NULL: a key has no value, or there is no memory.
 */
struct cim_path *cim_instance_path(const struct cim_instance *instance, enum cim_namespace ns)
{
	const struct schema_class *class = instance->class;
	struct cim_path *path = cim_path_new(class, ns);
	size_t key = 0;

	for (size_t i = 0; path && i < class->n_properties; i++) {
		if (!(class->properties[i]->flags & SCHEMA_KEY))
			continue;
		if (instance->values[i].state != CIM_VALUE ||
		    cim_value_copy(&path->keys[key++], &instance->values[i]))
			return cim_path_free(path);
	}
	return path;
}

/**
 * cim_get() - the value of a property
 * @instance: any
 * @property: in any case
 *
 * Return: @instance's; NULL if its class has no such property.
 */
struct cim_value *cim_get(const struct cim_instance *instance, const char *property)
{
	size_t i = schema_property_index(instance->class, property);

	return i < instance->class->n_properties ? (struct cim_value *)&instance->values[i] : NULL;
}

static const struct cim_value *get_scalar(const struct cim_instance *instance, const char *property)
{
	const struct cim_value *value = cim_get(instance, property);

	return value && value->state == CIM_VALUE && !value->array ? value : NULL;
}

/**
 * cim_get_text() - the value of a property that is a text
 * @instance: any
 * @property: its name
 *
 * Return: @instance's; NULL if there is none.
 */
const char *cim_get_text(const struct cim_instance *instance, const char *property)
{
	const struct cim_value *value = get_scalar(instance, property);

	return value && (value->type == SCHEMA_STRING || value->type == SCHEMA_DATETIME)
		       ? value->one.text
		       : NULL;
}

/**
 * cim_get_number() - the value of a property that is a whole number
 * @instance: any
 * @property: its name
 * @ret: receives it; left alone if there is none
 *
 * Return: whether there is one.
 */
bool cim_get_number(const struct cim_instance *instance, const char *property, uint64_t *ret)
{
	const struct cim_value *value = get_scalar(instance, property);

	if (!value || !cim_type_is_integer(value->type))
		return false;
	*ret = value->one.number;
	return true;
}

/**
 * cim_get_bool() - the value of a property that is a boolean
 * @instance: any
 * @property: its name
 * @ret: receives it; left alone if there is none
 *
 * Return: whether there is one.
 */
bool cim_get_bool(const struct cim_instance *instance, const char *property, bool *ret)
{
	const struct cim_value *value = get_scalar(instance, property);

	if (!value || value->type != SCHEMA_BOOLEAN)
		return false;
	*ret = value->one.boolean;
	return true;
}

/* Where a value of a type goes, emptied; NULL, and the instance is marked, if the class has no such place. */
static struct cim_value *place(struct cim_instance *instance, const char *property, bool array,
			       bool (*fits)(enum schema_type type))
{
	size_t i = schema_property_index(instance->class, property);
	const struct schema_property *p;
	struct cim_value *value;

	p = i < instance->class->n_properties ? instance->class->properties[i] : NULL;
	if (!p || !fits(p->type) || p->array != array) {
		instance->failed = true;
		return NULL;
	}
	value = &instance->values[i];
	cim_value_deinit(value);
	value->type = p->type;
	value->array = array;
	value->state = CIM_VALUE;
	return value;
}

static bool fits_text(enum schema_type type)
{
	return type == SCHEMA_STRING || type == SCHEMA_DATETIME;
}

static bool fits_number(enum schema_type type)
{
	return cim_type_is_integer(type);
}

static bool fits_bool(enum schema_type type)
{
	return type == SCHEMA_BOOLEAN;
}

static bool fits_path(enum schema_type type)
{
	return type == SCHEMA_REFERENCE;
}

static bool reserve(struct cim_instance *instance, struct cim_value *value, size_t n)
{
	value->items = calloc(n ? n : 1, sizeof(*value->items));
	if (!value->items)
		instance->failed = true;
	return value->items;
}

/* A text that is the value's from now on. */
static void own_text(struct cim_instance *instance, const char *property, char *text)
{
	struct cim_value *value = text ? place(instance, property, false, fits_text) : NULL;

	if (value)
		value->one.text = text;
	else
		free(text);
	if (!text)
		instance->failed = true;
}

/**
 * cim_put_text() - set a property that is a text
 * @instance: any
 * @property: its name
 * @text: copied; NULL: left alone
 */
void cim_put_text(struct cim_instance *instance, const char *property, const char *text)
{
	if (text)
		own_text(instance, property, strdup(text));
}

/**
 * cim_put_format() - set a property that is a text
 * @instance: any
 * @property: its name
 * @format: as of printf()
 */
void cim_put_format(struct cim_instance *instance, const char *property, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	own_text(instance, property, text);
}

/**
 * cim_put_texts() - set a property that is an array of texts
 * @instance: any
 * @property: its name
 * @n: of @texts
 * @texts: copied
 */
void cim_put_texts(struct cim_instance *instance, const char *property, size_t n,
		   const char *const *texts)
{
	struct cim_value *value = place(instance, property, true, fits_text);

	if (!value || !reserve(instance, value, n))
		return;
	for (; value->n < n; value->n++) {
		value->items[value->n].text = strdup(texts[value->n]);
		if (!value->items[value->n].text) {
			instance->failed = true;
			return;
		}
	}
}

/**
 * cim_put_number() - set a property that is a whole number
 * @instance: any
 * @property: its name
 * @number: of its type, if signed as int64_t
 */
void cim_put_number(struct cim_instance *instance, const char *property, uint64_t number)
{
	struct cim_value *value = place(instance, property, false, fits_number);

	if (!value)
		return;
	value->one.number = number;
	if (schema_type_is_unsigned(value->type) && number > schema_type_max(value->type))
		instance->failed = true;
}

/**
 * cim_put_numbers() - set a property that is an array of whole numbers
 * @instance: any
 * @property: its name
 * @n: of @numbers
 * @numbers: copied
 */
void cim_put_numbers(struct cim_instance *instance, const char *property, size_t n,
		     const uint16_t *numbers)
{
	struct cim_value *value = place(instance, property, true, fits_number);

	if (!value || !reserve(instance, value, n))
		return;
	for (; value->n < n; value->n++)
		value->items[value->n].number = numbers[value->n];
}

/**
 * cim_put_bool() - set a property that is a boolean
 * @instance: any
 * @property: its name
 * @boolean: value
 */
void cim_put_bool(struct cim_instance *instance, const char *property, bool boolean)
{
	struct cim_value *value = place(instance, property, false, fits_bool);

	if (value)
		value->one.boolean = boolean;
}

/**
 * cim_put_time() - set a property that is a point in time
 * @instance: any
 * @property: its name
 * @time_us: CLOCK_REALTIME; 0: left alone
 */
void cim_put_time(struct cim_instance *instance, const char *property, uint64_t time_us)
{
	char text[CIM_DATETIME_SIZE];

	if (!time_us)
		return;
	cim_time_format(time_us, text);
	cim_put_text(instance, property, text);
}

/**
 * cim_put_path() - set a property that is a reference
 * @instance: any
 * @property: its name
 * @path: the instance's from now on, in any case; NULL: there was no memory
 */
void cim_put_path(struct cim_instance *instance, const char *property, struct cim_path *path)
{
	struct cim_value *value = path ? place(instance, property, false, fits_path) : NULL;

	if (value)
		value->one.path = path;
	else
		cim_path_free(path);
	if (!path)
		instance->failed = true;
}

/**
 * cim_put_instance() - set a property that is an embedded instance
 * @instance: any
 * @property: its name
 * @embedded: the instance's from now on, in any case; NULL: there was no memory
 */
void cim_put_instance(struct cim_instance *instance, const char *property,
		      struct cim_instance *embedded)
{
	struct cim_value *value = embedded ? place(instance, property, false, fits_text) : NULL;

	if (value) {
		value->type = CIM_INSTANCE;
		value->one.instance = embedded;
	} else {
		cim_instance_free(embedded);
	}
	if (!embedded)
		instance->failed = true;
}
