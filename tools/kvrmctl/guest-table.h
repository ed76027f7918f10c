/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_GUEST_TABLE_H
#define KVRMCTL_GUEST_TABLE_H

#include <stdbool.h>

struct guest;
struct table;

void guest_table_begin(struct table *t, bool history);
void guest_table_add(struct table *t, const struct guest *guest, const char *history);

#endif
