/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes in, checked against the schema, in this one place.
 *
 * In two steps. First what a value is: its name, its type, its class. A value that is something else ends the
 * operation with a status. Then what it says: value maps, ranges, lengths. A method tells of that with a return
 * code.
 */
#ifndef KVRM_BROKER_CHECK_H
#define KVRM_BROKER_CHECK_H

#include "daemon/broker/instance.h"

/* Enough for the names of a parameter and an entry, and for that of a property behind them. */
#define CIM_WHERE_SIZE 192
#define CIM_FIELD_SIZE (CIM_WHERE_SIZE + 128)

/**
 * struct cim_arguments - what a method is given, or what it gives
 * @method: method
 * @values: in the order of its parameters
 */
struct cim_arguments {
	const struct schema_method *method;
	struct cim_value values[];
};

int cim_type_of(const struct schema_property *p);
int cim_convert(const struct schema_property *p, struct cim_value *value, const char *where,
		struct cim_error *error);
int cim_check(const struct schema_property *p, const struct cim_value *value, const char *where,
	      struct cim_error *error);

/* argument.c */
struct cim_arguments *cim_arguments_new(const struct schema_method *method);
struct cim_arguments *cim_arguments_free(struct cim_arguments *arguments);
struct cim_value *cim_argument(const struct cim_arguments *arguments, const char *name);
const char *cim_argument_text(const struct cim_arguments *arguments, const char *name);
bool cim_argument_number(const struct cim_arguments *arguments, const char *name, uint64_t *ret);
int cim_arguments_set(struct cim_arguments *arguments, const char *name, struct cim_value *value,
		      struct cim_error *error);
int cim_arguments_check(const struct cim_arguments *arguments, struct cim_error *error);

/* check.c */
const char *cim_field(char buf[static CIM_FIELD_SIZE], const char *where, const char *property);
int cim_instance_begin(const char *class, const char *where, struct cim_instance **ret,
		       struct cim_error *error);
int cim_instance_set(struct cim_instance *instance, const char *property, struct cim_value *value,
		     const char *where, struct cim_error *error);
int cim_instance_check(const struct cim_instance *instance, const char *where,
		       struct cim_error *error);

static inline void cim_arguments_freep(struct cim_arguments **arguments)
{
	cim_arguments_free(*arguments);
}
#define _cleanup_arguments_ _cleanup_(cim_arguments_freep)

#endif
