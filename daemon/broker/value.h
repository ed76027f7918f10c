/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of properties and parameters, whatever protocol they came by. A value that is absent says nothing; one
 * that is null says that there is none; neither is an empty text or an array without entries.
 */
#ifndef KVRM_BROKER_VALUE_H
#define KVRM_BROKER_VALUE_H

#include "daemon/schema/schema.h"
#include "daemon/util/cleanup.h"

/* A type beside those of the schema: an embedded instance. */
#define CIM_INSTANCE SCHEMA_TYPES

struct cim_path;
struct cim_instance;

enum cim_state {
	CIM_ABSENT,
	CIM_NULL,
	CIM_VALUE,
};

/**
 * union cim_scalar - one value
 * @boolean: of a boolean
 * @number: of an integer, of a signed one as int64_t; of a char16
 * @real: of a real number
 * @text: of a string or a datetime, owned, UTF-8
 * @path: of a reference, owned
 * @instance: of an embedded instance, owned
 */
union cim_scalar {
	bool boolean;
	uint64_t number;
	double real;
	char *text;
	struct cim_path *path;
	struct cim_instance *instance;
};

/**
 * struct cim_value - a value; small, since an instance has one for each property, most of them absent
 * @state: enum cim_state: whether there is one; nothing else counts unless CIM_VALUE
 * @array: there are @n entries in @items; else there is @one
 * @type: enum schema_type, or CIM_INSTANCE
 * @n: of @items
 * @one: the value
 * @items: owned
 */
struct cim_value {
	uint8_t state;
	bool array;
	int16_t type;
	uint32_t n;
	union {
		union cim_scalar one;
		union cim_scalar *items;
	};
};

void cim_value_deinit(struct cim_value *value);
int cim_value_copy(struct cim_value *to, const struct cim_value *from);
bool cim_value_equal(const struct cim_value *a, const struct cim_value *b);
size_t cim_value_count(const struct cim_value *value);
const union cim_scalar *cim_value_items(const struct cim_value *value);
void cim_value_describe(const struct cim_value *value, char *buf, size_t size);
bool cim_type_is_integer(int type);

#define _cleanup_value_ _cleanup_(cim_value_deinit)

#endif
