/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_REASON_DEVICE_H
#define KVRMCTL_REASON_DEVICE_H

struct json_object;

void reason_say(struct json_object *reasons, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reasons_find_devices(struct json_object *reasons, struct json_object *before,
			  struct json_object *after, struct json_object *system);

#endif
