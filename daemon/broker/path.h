/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instance paths: a namespace, a class and its keys. As text they are WBEM URIs in their untyped local form
 * (DSP0207), /root/cimv2:KVRM_ResourcePool.InstanceID="KVRM:processor/host".
 */
#ifndef KVRM_BROKER_PATH_H
#define KVRM_BROKER_PATH_H

#include "daemon/broker/message.h"
#include "daemon/broker/value.h"

enum cim_namespace {
	CIM_ROOT,    /* root/cimv2 */
	CIM_INTEROP, /* interop */
	CIM_NAMESPACES,
};

/* References in keys of associations; theirs are not followed further. */
#define CIM_PATH_DEPTH_MAX 3
/* Of a path as text. */
#define CIM_PATH_TEXT_MAX 8192

/**
 * struct cim_path - names an instance
 * @ns: its namespace
 * @class: its class
 * @n: keys
 * @keys: in the order of the class's properties; each has a value
 */
struct cim_path {
	enum cim_namespace ns;
	const struct schema_class *class;
	size_t n;
	struct cim_value keys[];
};

const char *cim_namespace_name(enum cim_namespace ns);
int cim_namespace_find(const char *name, enum cim_namespace *ret, struct cim_error *error);
struct cim_path *cim_path_new(const struct schema_class *class, enum cim_namespace ns);
struct cim_path *cim_path_free(struct cim_path *path);
struct cim_path *cim_path_copy(const struct cim_path *path);
bool cim_path_equal(const struct cim_path *a, const struct cim_path *b);
struct cim_value *cim_path_key(struct cim_path *path, const char *name);
const char *cim_path_text(const struct cim_path *path, const char *key);
const struct cim_path *cim_path_reference(const struct cim_path *path, const char *key);

/* path-text.c */
char *cim_path_format(const struct cim_path *path);
int cim_path_parse(const char *text, enum cim_namespace ns, const char *where,
		   struct cim_path **ret, struct cim_error *error);

static inline void cim_path_freep(struct cim_path **path)
{
	cim_path_free(*path);
}
#define _cleanup_path_ _cleanup_(cim_path_freep)

#endif
