// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables for people.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "tools/kvrmctl/table.h"

/**
 * table_add() - add the next cell
 * @t: table
 * @format: of the cell
 *
 * Without memory the program ends: there is nothing to show then.
 */
void table_add(struct table *t, const char *format, ...)
{
	char **cells = reallocarray(t->cells, t->n + 1, sizeof(*cells));
	va_list list;
	int len = -1;

	va_start(list, format);
	if (cells)
		len = vasprintf(&cells[t->n], format, list);
	va_end(list);
	if (len < 0) {
		fprintf(stderr, "kvrmctl: no memory\n");
		exit(EXIT_FAILURE);
	}
	t->cells = cells;
	t->n++;
}

static const char *title(const struct table *t, size_t column)
{
	return t->header[column] + (t->header[column][0] == '>');
}

static int width(const struct table *t, size_t column)
{
	size_t widest = strlen(title(t, column));

	for (size_t i = column; i < t->n; i += t->columns) {
		size_t length = strlen(t->cells[i]);

		widest = length > widest ? length : widest;
	}
	return (int)widest;
}

static void print_cell(const struct table *t, size_t column, const char *text, FILE *file)
{
	bool last = column + 1 == t->columns;

	if (t->header[column][0] == '>')
		fprintf(file, "%*s", width(t, column), text);
	else if (last)
		fputs(text, file);
	else
		fprintf(file, "%-*s", width(t, column), text);
	fputs(last ? "\n" : "  ", file);
}

/**
 * table_print() - print a table with its header
 * @t: table whose last line is complete
 * @file: where to
 */
void table_print(const struct table *t, FILE *file)
{
	for (size_t i = 0; i < t->columns; i++)
		print_cell(t, i, title(t, i), file);
	for (size_t i = 0; i < t->n; i++)
		print_cell(t, i % t->columns, t->cells[i], file);
}

/**
 * table_deinit() - free the cells
 * @t: table
 */
void table_deinit(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	t->cells = NULL;
	t->n = 0;
}

/**
 * format_bytes() - a size for people, in binary units
 * @bytes: size
 * @buffer: receives it, e.g. "512 MiB", "1.5 GiB"
 * @size: of @buffer; 32 is enough
 */
void format_bytes(uint64_t bytes, char *buffer, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0;
	double value = (double)bytes;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	/* A tenth where it says something. */
	if (unit && value < 100 && bytes % (UINT64_C(1) << (10 * unit)))
		snprintf(buffer, size, "%.1f %s", value, units[unit]);
	else
		snprintf(buffer, size, "%.0f %s", value, units[unit]);
}
