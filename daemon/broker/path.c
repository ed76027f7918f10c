// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instance paths; see path.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/broker/path.h"

static const char *const namespaces[CIM_NAMESPACES] = {
	[CIM_ROOT] = "root/cimv2",
	[CIM_INTEROP] = "interop",
};

/**
 * cim_namespace_name() - how a namespace is called
 * @ns: which
 */
const char *cim_namespace_name(enum cim_namespace ns)
{
	return namespaces[ns];
}

/**
 * cim_namespace_find() - the namespace with a name
 * @name: in any case, with or without a slash before it; "root/interop" is "interop"
 * @ret: receives it
 * @error: receives a message
 *
 * Return: 0 or CIM_INVALID_NAMESPACE.
 */
int cim_namespace_find(const char *name, enum cim_namespace *ret, struct cim_error *error)
{
	const char *bare = name + (*name == '/');

	for (int ns = 0; ns < CIM_NAMESPACES; ns++) {
		if (!strcasecmp(bare, namespaces[ns])) {
			*ret = ns;
			return 0;
		}
	}
	if (!strcasecmp(bare, "root/interop")) {
		*ret = CIM_INTEROP;
		return 0;
	}
	return cim_fail(error, CIM_MESSAGE_NAMESPACE, name);
}

/**
 * cim_path_new() - a path without values
 * @class: not abstract
 * @ns: namespace
 *
 * Return: to be freed with cim_path_free(), each of its keys to be given a value; NULL: no memory.
 */
struct cim_path *cim_path_new(const struct schema_class *class, enum cim_namespace ns)
{
	struct cim_path *path;
	size_t n = 0;

	for (size_t i = 0; i < class->n_properties; i++)
		n += !!(class->properties[i]->flags & SCHEMA_KEY);
	path = calloc(1, sizeof(*path) + n * sizeof(path->keys[0]));
	if (!path)
		return NULL;
	path->class = class;
	path->ns = ns;
	path->n = n;
	return path;
}

/**
 * cim_path_free() - free a path
 * @path: may be NULL
 *
 * Return: NULL.
 */
struct cim_path *cim_path_free(struct cim_path *path)
{
	for (size_t i = 0; path && i < path->n; i++)
		cim_value_deinit(&path->keys[i]);
	free(path);
	return NULL;
}

/**
 * cim_path_copy() - copy a path
 * @path: any
 *
 * Return: to be freed with cim_path_free(); NULL: no memory.
 */
struct cim_path *cim_path_copy(const struct cim_path *path)
{
	struct cim_path *copy = cim_path_new(path->class, path->ns);

	for (size_t i = 0; copy && i < path->n; i++) {
		if (cim_value_copy(&copy->keys[i], &path->keys[i]))
			return cim_path_free(copy);
	}
	return copy;
}

/**
 * cim_path_equal() - whether two paths name the same instance
 * @a: any
 * @b: any
 */
bool cim_path_equal(const struct cim_path *a, const struct cim_path *b)
{
	if (a->ns != b->ns || a->class != b->class)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!cim_value_equal(&a->keys[i], &b->keys[i]))
			return false;
	}
	return true;
}

/**
 * cim_path_key() - the value of a key
 * @path: any
 * @name: of the key, in any case
 *
 * Return: @path's; NULL if the class has no such key.
 */
struct cim_value *cim_path_key(struct cim_path *path, const char *name)
{
	size_t key = 0;

	for (size_t i = 0; i < path->class->n_properties; i++) {
		const struct schema_property *p = path->class->properties[i];

		if (!(p->flags & SCHEMA_KEY))
			continue;
		if (!strcasecmp(p->name, name))
			return &path->keys[key];
		key++;
	}
	return NULL;
}

/**
 * cim_path_text() - the value of a key that is a text
 * @path: any
 * @key: its name
 *
 * Return: @path's; "" if it has no such key.
 */
const char *cim_path_text(const struct cim_path *path, const char *key)
{
	const struct cim_value *value = cim_path_key((struct cim_path *)path, key);

	return value && value->state == CIM_VALUE && value->type == SCHEMA_STRING ? value->one.text
										  : "";
}

/**
 * cim_path_reference() - the value of a key that is a reference
 * @path: an association's
 * @key: its name
 *
 * Return: @path's; NULL if it has no such key.
 */
const struct cim_path *cim_path_reference(const struct cim_path *path, const char *key)
{
	const struct cim_value *value = cim_path_key((struct cim_path *)path, key);

	return value && value->state == CIM_VALUE && value->type == SCHEMA_REFERENCE
		       ? value->one.path
		       : NULL;
}
