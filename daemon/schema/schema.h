/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classes that kvrm serves, as constant tables. tools/mofc makes them from the MOF files here
 * when kvrm is built; whoever needs a class's features, types or values takes them from here.
 *
 * All names are as the MOF text writes them and equal in any case (DSP0004, 5.1.2.8). Everything is
 * read-only and lives as long as the program; no function here fails for want of memory.
 */
#ifndef KVRM_SCHEMA_H
#define KVRM_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/schema/type.h"

/**
 * struct schema_qualifier_type - a declared qualifier
 * @name: as "ValueMap"
 * @type: of its value
 * @array: its value is an array
 * @fixed: a subclass may not change it (DisableOverride)
 * @restricted: a subclass does not inherit it
 * @translatable: its text is for people
 */
struct schema_qualifier_type {
	const char *name;
	enum schema_type type;
	bool array;
	bool fixed;
	bool restricted;
	bool translatable;
};

/**
 * struct schema_qualifier - a qualifier at an element, written there or inherited
 * @type: its declaration
 * @values: its value's texts, one if @type is no array; numbers in decimal, "true" or "false"; an entry
 *	is NULL for null
 * @n_values: of them
 */
struct schema_qualifier {
	const struct schema_qualifier_type *type;
	const char *const *values;
	size_t n_values;
};

/**
 * struct schema_value - what a value, or a range of values, of a property means
 * @key: as ValueMap says, "2" or "0x8000..0xFFFF" or "UUID"
 * @name: as Values says; NULL if the property has a ValueMap only
 * @first: lowest number, of a signed type as int64_t; 0 if the values are texts
 * @last: highest number
 * @rest: it stands for all that no other entry names (".."); @first and @last are the type's bounds
 */
struct schema_value {
	const char *key;
	const char *name;
	uint64_t first;
	uint64_t last;
	bool rest;
};

/* How the entries of an array stand to each other (qualifier ArrayType). */
enum schema_order {
	SCHEMA_BAG,
	SCHEMA_ORDERED,
	SCHEMA_INDEXED,
};

/* Boolean qualifiers that are true. */
enum schema_flag {
	SCHEMA_KEY = 1,
	SCHEMA_REQUIRED = 2,
	SCHEMA_WRITE = 4,
	SCHEMA_IN = 8,
	SCHEMA_OUT = 16,
	SCHEMA_COUNTER = 32,
	SCHEMA_GAUGE = 64,
	SCHEMA_EMBEDDED_OBJECT = 128, /* a string that holds an instance of any class */
	SCHEMA_DEPRECATED = 256,
};

/**
 * struct schema_property - a property, a reference, a parameter, or what a method returns
 * @name: of the property, parameter or method
 * @description: a sentence or a few
 * @type: of the value
 * @array: the value is an array of @type
 * @order: of the array's entries
 * @flags: of enum schema_flag
 * @target: of a reference, the class that it refers to; of a string, the class of the instance that it
 *	holds (EmbeddedInstance); else NULL
 * @unit: DSP0004 programmatic unit (PUnit); NULL: none
 * @min_length: of a string, in characters
 * @max_length: likewise; 0: any
 * @min_value: of a number; INT64_MIN: the type's
 * @max_value: likewise; INT64_MAX: the type's
 * @values: what values mean, in the order of the text; NULL if any value means itself
 * @n_values: of them
 * @defaults: texts as in struct schema_qualifier; NULL if the default is null
 * @n_defaults: of them
 * @qualifiers: all that hold, @n_qualifiers of them
 * @n_qualifiers: of them
 * @origin: the class that has it first (CLASSORIGIN); NULL for a parameter
 * @declared: the class whose text it is from, which is @origin or overrides it; NULL for a parameter
 */
struct schema_property {
	const char *name;
	const char *description;
	enum schema_type type;
	bool array;
	enum schema_order order;
	unsigned int flags;
	const struct schema_class *target;
	const char *unit;
	uint32_t min_length;
	uint32_t max_length;
	int64_t min_value;
	int64_t max_value;
	const struct schema_value *values;
	size_t n_values;
	const char *const *defaults;
	size_t n_defaults;
	const struct schema_qualifier *qualifiers;
	size_t n_qualifiers;
	const struct schema_class *origin;
	const struct schema_class *declared;
};

/**
 * struct schema_method - a method
 * @result: its name and what it returns; @result.values are the return codes
 * @parameters: in their order
 * @n_parameters: of them
 */
struct schema_method {
	struct schema_property result;
	const struct schema_property *parameters;
	size_t n_parameters;
};

enum schema_class_flag {
	SCHEMA_ABSTRACT = 1,
	SCHEMA_ASSOCIATION = 2,
	SCHEMA_INDICATION = 4,
	SCHEMA_AGGREGATION = 8,
};

/**
 * struct schema_class - a class with everything that it has or inherits
 * @name: as "CIM_ComputerSystem"
 * @description: a sentence or a few
 * @version: of the official schema that the class is as in, or of kvrm's own
 * @super: NULL: none
 * @flags: of enum schema_class_flag
 * @properties: also references; those of superclasses first, one that is overridden in its old place
 * @n_properties: of them
 * @methods: likewise
 * @n_methods: of them
 * @qualifiers: all that hold
 * @n_qualifiers: of them
 */
struct schema_class {
	const char *name;
	const char *description;
	const char *version;
	const struct schema_class *super;
	unsigned int flags;
	const struct schema_property *const *properties;
	size_t n_properties;
	const struct schema_method *const *methods;
	size_t n_methods;
	const struct schema_qualifier *qualifiers;
	size_t n_qualifiers;
};

/* The generated tables: classes in the order of strcasecmp(). */
extern const struct schema_class schema_classes[];
extern const size_t schema_n_classes;
extern const struct schema_qualifier_type schema_qualifier_types[];
extern const size_t schema_n_qualifier_types;

const struct schema_class *schema_class_find(const char *name);
bool schema_class_is_a(const struct schema_class *class, const struct schema_class *ancestor);
size_t schema_property_index(const struct schema_class *class, const char *name);
const struct schema_property *schema_property_find(const struct schema_class *class,
						   const char *name);
const struct schema_method *schema_method_find(const struct schema_class *class, const char *name);
const struct schema_property *schema_parameter_find(const struct schema_method *method,
						    const char *name);
const struct schema_value *schema_value_of(const struct schema_property *property, uint64_t number);
const struct schema_value *schema_value_of_text(const struct schema_property *property,
						const char *text);

#endif
