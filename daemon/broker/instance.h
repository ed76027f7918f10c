/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instances: a class and a value for each of its properties.
 *
 * What makes instances puts values; a value that does not fit the class, or has no memory, marks the instance as
 * failed, and whoever hands it on looks at that once.
 */
#ifndef KVRM_BROKER_INSTANCE_H
#define KVRM_BROKER_INSTANCE_H

#include "daemon/broker/path.h"

/**
 * struct cim_instance - an instance
 * @class: its class
 * @path: its name, owned; NULL of an embedded instance
 * @failed: a value could not be put
 * @values: in the order of the class's properties
 */
struct cim_instance {
	const struct schema_class *class;
	struct cim_path *path;
	bool failed;
	struct cim_value values[];
};

struct cim_instance *cim_instance_new(const struct schema_class *class);
struct cim_instance *cim_instance_free(struct cim_instance *instance);
struct cim_instance *cim_instance_copy(const struct cim_instance *instance);
bool cim_instance_equal(const struct cim_instance *a, const struct cim_instance *b);
struct cim_path *cim_instance_path(const struct cim_instance *instance, enum cim_namespace ns);

struct cim_value *cim_get(const struct cim_instance *instance, const char *property);
const char *cim_get_text(const struct cim_instance *instance, const char *property);
bool cim_get_number(const struct cim_instance *instance, const char *property, uint64_t *ret);
bool cim_get_bool(const struct cim_instance *instance, const char *property, bool *ret);

void cim_put_text(struct cim_instance *instance, const char *property, const char *text);
void cim_put_texts(struct cim_instance *instance, const char *property, size_t n,
		   const char *const *texts);
void cim_put_format(struct cim_instance *instance, const char *property, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void cim_put_number(struct cim_instance *instance, const char *property, uint64_t number);
void cim_put_numbers(struct cim_instance *instance, const char *property, size_t n,
		     const uint16_t *numbers);
void cim_put_bool(struct cim_instance *instance, const char *property, bool value);
void cim_put_time(struct cim_instance *instance, const char *property, uint64_t time_us);
void cim_put_path(struct cim_instance *instance, const char *property, struct cim_path *path);
void cim_put_instance(struct cim_instance *instance, const char *property,
		      struct cim_instance *embedded);

static inline void cim_instance_freep(struct cim_instance **instance)
{
	cim_instance_free(*instance);
}
#define _cleanup_instance_ _cleanup_(cim_instance_freep)

#endif
