// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking things up in the tables of classes.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/schema/schema.h"

static int compare_class(const void *name, const void *class)
{
	return strcasecmp(name, ((const struct schema_class *)class)->name);
}

/**
 * schema_class_find() - a class by its name
 * @name: in any case
 *
 * Return: NULL if there is none.
 */
const struct schema_class *schema_class_find(const char *name)
{
	return bsearch(name, schema_classes, schema_n_classes, sizeof(schema_classes[0]),
		       compare_class);
}

/**
 * schema_class_is_a() - whether a class is another one or a subclass of it
 * @class: that is asked for
 * @ancestor: the other one
 */
bool schema_class_is_a(const struct schema_class *class, const struct schema_class *ancestor)
{
	while (class && class != ancestor)
		class = class->super;
	return class != NULL;
}

/* Most names differ at once: letters that are the same in another case differ in one bit. */
static bool is_name(const char *name, const char *other)
{
	return !((*name ^ *other) & ~('a' ^ 'A')) && !strcasecmp(name, other);
}

/**
 * schema_property_index() - where a property or reference of a class is, also an inherited one
 * @class: that has it
 * @name: in any case
 *
 * Return: index into its properties; their number if there is none.
 */
size_t schema_property_index(const struct schema_class *class, const char *name)
{
	size_t i = 0;

	while (i < class->n_properties && !is_name(class->properties[i]->name, name))
		i++;
	return i;
}

/**
 * schema_property_find() - a property or reference of a class, also an inherited one
 * @class: that has it
 * @name: in any case
 *
 * Return: NULL if there is none.
 */
const struct schema_property *schema_property_find(const struct schema_class *class,
						   const char *name)
{
	size_t i = schema_property_index(class, name);

	return i < class->n_properties ? class->properties[i] : NULL;
}

/**
 * schema_method_find() - a method of a class, also an inherited one
 * @class: that has it
 * @name: in any case
 *
 * Return: NULL if there is none.
 */
const struct schema_method *schema_method_find(const struct schema_class *class, const char *name)
{
	for (size_t i = 0; i < class->n_methods; i++)
		if (!strcasecmp(class->methods[i]->result.name, name))
			return class->methods[i];
	return NULL;
}

/**
 * schema_parameter_find() - a parameter of a method
 * @method: that has it
 * @name: in any case
 *
 * Return: NULL if there is none.
 */
const struct schema_property *schema_parameter_find(const struct schema_method *method,
						    const char *name)
{
	for (size_t i = 0; i < method->n_parameters; i++)
		if (!strcasecmp(method->parameters[i].name, name))
			return &method->parameters[i];
	return NULL;
}

static bool is_between(enum schema_type type, uint64_t number, const struct schema_value *value)
{
	if (schema_type_is_signed(type))
		return (int64_t)number >= (int64_t)value->first &&
		       (int64_t)number <= (int64_t)value->last;
	return number >= value->first && number <= value->last;
}

/**
 * schema_value_of() - what a number means
 * @property: of an integer type
 * @number: of a signed type as int64_t
 *
 * Return: the entry that names the number, else the one for the rest, else NULL.
 */
const struct schema_value *schema_value_of(const struct schema_property *property, uint64_t number)
{
	const struct schema_value *rest = NULL;

	for (size_t i = 0; i < property->n_values; i++) {
		const struct schema_value *value = &property->values[i];

		if (!is_between(property->type, number, value))
			continue;
		if (!value->rest)
			return value;
		rest = value;
	}
	return rest;
}

/**
 * schema_value_of_text() - what a text means
 * @property: of type string
 * @text: compared exactly
 *
 * Return: NULL if no entry names it.
 */
const struct schema_value *schema_value_of_text(const struct schema_property *property,
						const char *text)
{
	for (size_t i = 0; i < property->n_values; i++)
		if (!strcmp(property->values[i].key, text))
			return &property->values[i];
	return NULL;
}
