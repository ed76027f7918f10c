/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of pools and their systems: as one value, and as lines of a table. Pure.
 */
#ifndef KVRMCTL_POOL_TREE_H
#define KVRMCTL_POOL_TREE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

struct json_object *pool_tree_build(struct json_object *pools, struct json_object *systems,
				    struct json_object *samples, const char *root);
void pool_tree_print(struct json_object *tree, bool lines, bool colours, FILE *file);

#endif
