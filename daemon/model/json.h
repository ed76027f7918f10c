/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What writing a definition as JSON needs beyond json-c.
 */
#ifndef KVRM_MODEL_JSON_H
#define KVRM_MODEL_JSON_H

#include <errno.h>
#include <json-c/json.h>

#include "daemon/util/cleanup.h"

static inline void model_json_putp(json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(model_json_putp)

/**
 * model_json_add() - add a value to an object
 * @object: receives it, under a key that it does not have
 * @key: copied
 * @value: owned by @object afterwards, or freed; NULL: it could not be made
 *
 * Return: 0 or -ENOMEM.
 */
static inline int model_json_add(json_object *object, const char *key, json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, key, value)) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

#endif
