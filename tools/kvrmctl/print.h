/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_PRINT_H
#define KVRMCTL_PRINT_H

#include <stdbool.h>

struct json_object;

void print_json(struct json_object *value);
void print_field(const char *title, const char *format, ...) __attribute__((format(printf, 2, 3)));
void print_text(struct json_object *object, const char *title, const char *key);
bool print_can_colours(void);
bool print_can_lines(void);

#endif
