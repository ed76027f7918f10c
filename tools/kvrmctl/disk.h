/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_DISK_H
#define KVRMCTL_DISK_H

#include <json-c/json.h>

/**
 * disk_show() - print the disks of a virtual system, as "kvrmctl show" does
 * @disks: its property Disks; may be NULL
 */
void disk_show(struct json_object *disks);

#endif
