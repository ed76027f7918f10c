/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cells of tables, made from the properties of systems and pools.
 */
#ifndef KVRMCTL_CELL_H
#define KVRMCTL_CELL_H

#include <stdbool.h>

struct json_object;
struct table;

void cell_text(struct table *t, struct json_object *object, const char *key);
void cell_reservation(struct table *t, struct json_object *object, const char *key);
void cell_limit(struct table *t, struct json_object *object, const char *key);
void cell_bytes(struct table *t, struct json_object *object, const char *key);
void cell_measured(struct table *t, struct json_object *object, const char *key, bool known);
void cells_empty(struct table *t, int n);

#endif
