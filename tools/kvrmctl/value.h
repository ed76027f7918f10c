/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_VALUE_H
#define KVRMCTL_VALUE_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "daemon/util/cleanup.h"

int value_from_bus(sd_bus_message *m, struct json_object **ret);
struct json_object *value_get(struct json_object *object, const char *key);
const char *value_text(struct json_object *object, const char *key);
uint64_t value_number(struct json_object *object, const char *key);

static inline void value_putp(struct json_object **value)
{
	json_object_put(*value);
}
#define _cleanup_value_ _cleanup_(value_putp)

#endif
