/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uplinks, their parts and the NICs on them: as one value, and as lines of tables. Pure.
 */
#ifndef KVRMCTL_UPLINK_TREE_H
#define KVRMCTL_UPLINK_TREE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

struct json_object *uplink_tree_build(struct json_object *uplinks, struct json_object *systems,
				      struct json_object *samples, const char *root);
void uplink_tree_print(struct json_object *trees, bool lines, bool colours, FILE *file);

#endif
