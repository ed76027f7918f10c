/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_TABLE_H
#define KVRMCTL_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/util/cleanup.h"

/**
 * struct table - lines of cells, printed with columns as wide as they must be
 * @columns: their number
 * @header: titles; one that begins with '>' is of a column that is aligned to the right
 * @cells: @n of them, line by line
 * @n: number of cells
 */
struct table {
	size_t columns;
	const char *const *header;
	char **cells;
	size_t n;
};

void table_add(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_print(const struct table *t, FILE *file);
void table_deinit(struct table *t);
#define _cleanup_table_ _cleanup_(table_deinit)

void format_bytes(uint64_t bytes, char *buffer, size_t size);

#endif
