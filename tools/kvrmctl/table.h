/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_TABLE_H
#define KVRMCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/util/cleanup.h"

/* How a line looks on a terminal. */
enum table_style {
	TABLE_PLAIN,
	TABLE_DIM,
	TABLE_LOUD,
};

/**
 * struct table - lines of cells, printed with columns as wide as they must be
 * @columns: their number
 * @header: titles; one that begins with '>' is of a column that is aligned to the right
 * @colours: print styles as escape sequences; else they are not seen
 * @width: of the whole, in characters; 0: as wide as it must be
 * @ranks: a letter for each column: if @width is not enough, those with the last letter of the alphabet are left out
 *	first, and those with a blank never; NULL: none is. Then the last column is cut
 * @cells: @n of them, line by line; UTF-8, each character one column wide
 * @n: number of cells
 * @styles: of the first @n_styles lines; those that follow are plain
 * @n_styles: number of styles
 */
struct table {
	size_t columns;
	const char *const *header;
	bool colours;
	size_t width;
	const char *ranks;
	char **cells;
	size_t n;
	enum table_style *styles;
	size_t n_styles;
};

void table_add(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_add_share(struct table *t, double cpus);
void table_add_amount(struct table *t, double value, int places);
void table_style(struct table *t, enum table_style style);
void table_print(const struct table *t, FILE *file);
void table_deinit(struct table *t);
#define _cleanup_table_ _cleanup_(table_deinit)

size_t table_text_bytes(const char *text, size_t characters);
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void format_bytes(uint64_t bytes, char *buffer, size_t size);

#endif
