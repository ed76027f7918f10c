// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directions; see direction.h.
 */
#include <stdio.h>

#include "tools/kvrmctl/direction.h"
#include "tools/kvrmctl/value.h"

/**
 * direction_key() - the key of a property of one direction
 * @direction: direction
 * @what: behind the direction, as "Limit"
 *
 * Return: the key, valid until the next call.
 */
const char *direction_key(const struct direction *direction, const char *what)
{
	static char key[64];

	snprintf(key, sizeof(key), "%s%s", direction->key, what);
	return key;
}

/**
 * direction_number() - what is set for one direction of a NIC or disk
 * @device: its properties
 * @direction: direction
 * @what: behind the direction, as "Limit"
 *
 * Return: the number; 0 if there is none.
 */
uint64_t direction_number(struct json_object *device, const struct direction *direction,
			  const char *what)
{
	return value_number(device, direction_key(direction, what));
}
