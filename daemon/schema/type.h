/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data types of CIM (DSP0004, 5.2), for the compiler of the schema and for who reads its tables.
 */
#ifndef KVRM_SCHEMA_TYPE_H
#define KVRM_SCHEMA_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum schema_type {
	SCHEMA_BOOLEAN,
	SCHEMA_CHAR16,
	SCHEMA_DATETIME,
	SCHEMA_REAL32,
	SCHEMA_REAL64,
	SCHEMA_SINT8,
	SCHEMA_SINT16,
	SCHEMA_SINT32,
	SCHEMA_SINT64,
	SCHEMA_STRING,
	SCHEMA_UINT8,
	SCHEMA_UINT16,
	SCHEMA_UINT32,
	SCHEMA_UINT64,
	SCHEMA_REFERENCE,
	SCHEMA_TYPES,
};

const char *schema_type_name(enum schema_type type);
enum schema_type schema_type_find(const char *name);
bool schema_type_is_unsigned(enum schema_type type);
bool schema_type_is_signed(enum schema_type type);
int64_t schema_type_min(enum schema_type type);
uint64_t schema_type_max(enum schema_type type);

#endif
