/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_NIC_H
#define KVRMCTL_NIC_H

#include <json-c/json.h>

/**
 * nic_show() - print the NICs of a virtual system, as "kvrmctl show" does
 * @nics: its property NICs; may be NULL
 */
void nic_show(struct json_object *nics);

#endif
