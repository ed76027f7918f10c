/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cells of tables, made from the properties of systems and pools.
 */
#ifndef KVRMCTL_CELL_H
#define KVRMCTL_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct table;

void cell_text(struct table *t, struct json_object *object, const char *key);
void cell_state(struct table *t, struct json_object *system);
void cell_reservation(struct table *t, struct json_object *object, const char *key);
void cell_limit(struct table *t, struct json_object *object, const char *key);
void cell_bytes(struct table *t, struct json_object *object, const char *key);
void cell_measured(struct table *t, struct json_object *object, const char *key, bool known);
void cell_rate(struct table *t, struct json_object *object, const char *key);
void cell_rate_limit(struct table *t, struct json_object *object, const char *key);
void cell_rate_measured(struct table *t, struct json_object *object, const char *key, bool known);
void rate_cell_format(uint64_t bytes_per_s, char *buf, size_t size);
void cells_empty(struct table *t, int n);

#endif
