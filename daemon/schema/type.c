// SPDX-License-Identifier: GPL-2.0-or-later
#include <strings.h>

#include "daemon/schema/type.h"

static const char *const names[SCHEMA_TYPES] = {
	[SCHEMA_BOOLEAN] = "boolean", [SCHEMA_CHAR16] = "char16", [SCHEMA_DATETIME] = "datetime",
	[SCHEMA_REAL32] = "real32",   [SCHEMA_REAL64] = "real64", [SCHEMA_SINT8] = "sint8",
	[SCHEMA_SINT16] = "sint16",   [SCHEMA_SINT32] = "sint32", [SCHEMA_SINT64] = "sint64",
	[SCHEMA_STRING] = "string",   [SCHEMA_UINT8] = "uint8",	  [SCHEMA_UINT16] = "uint16",
	[SCHEMA_UINT32] = "uint32",   [SCHEMA_UINT64] = "uint64", [SCHEMA_REFERENCE] = "reference",
};

/**
 * schema_type_name() - how a type is called, in MOF and in CIM-XML
 * @type: below SCHEMA_TYPES
 */
const char *schema_type_name(enum schema_type type)
{
	return names[type];
}

/**
 * schema_type_find() - the type with a name
 * @name: in any case
 *
 * Return: the type; SCHEMA_TYPES if there is none.
 */
enum schema_type schema_type_find(const char *name)
{
	int type = 0;

	while (type < SCHEMA_TYPES && strcasecmp(names[type], name))
		type++;
	return type;
}

/**
 * schema_type_is_unsigned() - whether a type is an integer from 0 on
 * @type: any
 */
bool schema_type_is_unsigned(enum schema_type type)
{
	return type >= SCHEMA_UINT8 && type <= SCHEMA_UINT64;
}

/**
 * schema_type_is_signed() - whether a type is an integer that may be below 0
 * @type: any
 */
bool schema_type_is_signed(enum schema_type type)
{
	return type >= SCHEMA_SINT8 && type <= SCHEMA_SINT64;
}

/**
 * schema_type_min() - the lowest value of an integer type
 * @type: signed or unsigned
 */
int64_t schema_type_min(enum schema_type type)
{
	return schema_type_is_signed(type) ? -1 - (int64_t)schema_type_max(type) : 0;
}

/**
 * schema_type_max() - the highest value of an integer type
 * @type: signed or unsigned
 */
uint64_t schema_type_max(enum schema_type type)
{
	if (schema_type_is_signed(type))
		return UINT64_MAX >> (65 - (8 << (type - SCHEMA_SINT8)));
	return UINT64_MAX >> (64 - (8 << (type - SCHEMA_UINT8)));
}
