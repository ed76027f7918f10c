/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uplinks, their parts and the NICs on them: as one value, and as lines of tables. Pure.
 */
#ifndef KVRMCTL_UPLINK_TREE_H
#define KVRMCTL_UPLINK_TREE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

struct strokes;
struct table;

/**
 * struct uplink_line - a line of a tree
 * @object: an uplink or part, or a NIC
 * @nic: which of both
 * @before: what is drawn before all of its line
 * @stroke: and behind that
 */
struct uplink_line {
	struct json_object *object;
	bool nic;
	const char *before;
	const char *stroke;
};

typedef void uplink_tree_visit(const struct uplink_line *line, void *data);

struct json_object *uplink_tree_build(struct json_object *uplinks, struct json_object *systems,
				      struct json_object *samples, const char *root);
void uplink_tree_walk(struct json_object *tree, const struct strokes *strokes,
		      uplink_tree_visit *visit, void *data);
void uplink_tree_cell(struct table *t, const struct uplink_line *line, bool loud);
bool uplink_tree_rests(const struct uplink_line *line);
void uplink_tree_print(struct json_object *trees, bool lines, bool colours, FILE *file);

#endif
