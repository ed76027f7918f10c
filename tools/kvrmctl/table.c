// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables for people.
 */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "tools/kvrmctl/table.h"

/* Of a column that is left out. */
#define HIDDEN SIZE_MAX
#define GAP    2
/* Others are left out before the last column has less. */
#define LAST_LEAST 38

/* There is nothing to show without memory. */
static void *need(void *pointer)
{
	if (pointer)
		return pointer;
	fprintf(stderr, "kvrmctl: no memory\n");
	exit(EXIT_FAILURE);
}

static char *print_text(const char *format, va_list list)
{
	char *text;

	return need(vasprintf(&text, format, list) < 0 ? NULL : text);
}

/**
 * table_add() - add the next cell
 * @t: table
 * @format: of the cell
 *
 * Without memory the program ends, as in all that add to a table.
 */
void table_add(struct table *t, const char *format, ...)
{
	va_list list;

	t->cells = need(reallocarray(t->cells, t->n + 1, sizeof(*t->cells)));
	va_start(list, format);
	t->cells[t->n++] = print_text(format, list);
	va_end(list);
}

/**
 * table_add_share() - add the next cell: a measured share of a CPU
 * @t: table
 * @cpus: 1 is one CPU; NAN if it is not known
 */
void table_add_share(struct table *t, double cpus)
{
	if (isnan(cpus))
		table_add(t, "-");
	else
		table_add(t, "%.2f %%", cpus * 100);
}

/**
 * table_add_amount() - add the next cell: a measured number
 * @t: table
 * @value: NAN if it is not known
 * @places: behind the point
 */
void table_add_amount(struct table *t, double value, int places)
{
	if (isnan(value))
		table_add(t, "-");
	else
		table_add(t, "%.*f", places, value);
}

/**
 * table_style() - set the style of a line, before its first cell is added
 * @t: table whose last line is complete
 * @style: style
 */
void table_style(struct table *t, enum table_style style)
{
	size_t line = t->n / t->columns;

	t->styles = need(reallocarray(t->styles, line + 1, sizeof(*t->styles)));
	while (t->n_styles < line)
		t->styles[t->n_styles++] = TABLE_PLAIN;
	t->styles[line] = style;
	t->n_styles = line + 1;
}

static const char *title(const struct table *t, size_t column)
{
	return t->header[column] + (t->header[column][0] == '>');
}

/* In characters: all bytes but those that continue one. */
static size_t length(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/**
 * table_text_bytes() - how long the beginning of a text is
 * @text: UTF-8
 * @characters: of it
 *
 * Return: bytes; all of it if it has no more characters than these.
 */
size_t table_text_bytes(const char *text, size_t characters)
{
	const char *end = text;

	while (*end && characters--) {
		end++;
		while (((unsigned char)*end & 0xc0) == 0x80)
			end++;
	}
	return (size_t)(end - text);
}

static size_t width(const struct table *t, size_t column)
{
	size_t widest = length(title(t, column));

	for (size_t i = column; i < t->n; i += t->columns) {
		size_t n = length(t->cells[i]);

		widest = n > widest ? n : widest;
	}
	return widest;
}

/* The last column that is not left out. */
static size_t last_column(const struct table *t, const size_t *widths)
{
	size_t last = t->columns - 1;

	while (last && widths[last] == HIDDEN)
		last--;
	return last;
}

static size_t sum_widths(const struct table *t, const size_t *widths)
{
	size_t last = last_column(t, widths), sum = 0;

	for (size_t i = 0; i < last; i++)
		sum += widths[i] == HIDDEN ? 0 : widths[i] + GAP;
	return sum + (widths[last] < LAST_LEAST ? widths[last] : LAST_LEAST);
}

/* The column that is left out next; t->columns: none can be. */
static size_t next_hidden(const struct table *t, const size_t *widths)
{
	size_t next = t->columns;

	for (size_t i = 0; i < t->columns; i++) {
		if (widths[i] != HIDDEN && t->ranks[i] != ' ' &&
		    (next == t->columns || t->ranks[i] >= t->ranks[next]))
			next = i;
	}
	return next;
}

/* Leave out columns, and cut the last one, until all is as wide as it may be. */
static void fit(const struct table *t, size_t *widths)
{
	size_t last, before = 0;

	while (t->ranks && sum_widths(t, widths) > t->width) {
		size_t next = next_hidden(t, widths);

		if (next == t->columns)
			break;
		widths[next] = HIDDEN;
	}
	last = last_column(t, widths);
	for (size_t i = 0; i < last; i++)
		before += widths[i] == HIDDEN ? 0 : widths[i] + GAP;
	if (before + widths[last] > t->width)
		widths[last] = before < t->width ? t->width - before : 0;
}

static void print_cell(const struct table *t, const size_t *widths, size_t column, const char *text,
		       FILE *file)
{
	size_t shown = length(text);
	bool last = column == last_column(t, widths);
	int padding;

	if (widths[column] == HIDDEN)
		return;
	shown = shown < widths[column] ? shown : widths[column];
	padding = (int)(widths[column] - shown);
	if (t->header[column][0] == '>')
		fprintf(file, "%*s", padding, "");
	fwrite(text, 1, table_text_bytes(text, shown), file);
	if (last)
		return;
	if (t->header[column][0] != '>')
		fprintf(file, "%*s", padding, "");
	fprintf(file, "%*s", GAP, "");
}

static void print_line(const struct table *t, const size_t *widths, size_t line, FILE *file)
{
	static const char *const escapes[] = { "", "\033[2m", "\033[1;31m" };
	enum table_style style = line < t->n_styles && t->colours ? t->styles[line] : TABLE_PLAIN;

	fputs(escapes[style], file);
	for (size_t i = 0; i < t->columns; i++)
		print_cell(t, widths, i, t->cells[line * t->columns + i], file);
	fputs(style == TABLE_PLAIN ? "\n" : "\033[0m\n", file);
}

/**
 * table_print() - print a table with its header
 * @t: table whose last line is complete
 * @file: where to
 */
void table_print(const struct table *t, FILE *file)
{
	_cleanup_free_ size_t *widths = need(calloc(t->columns, sizeof(*widths)));

	for (size_t i = 0; i < t->columns; i++)
		widths[i] = width(t, i);
	if (t->width)
		fit(t, widths);
	for (size_t i = 0; i < t->columns; i++)
		print_cell(t, widths, i, title(t, i), file);
	fputc('\n', file);
	for (size_t line = 0; line < t->n / t->columns; line++)
		print_line(t, widths, line, file);
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
	free(t->styles);
	t->cells = NULL;
	t->styles = NULL;
	t->n = t->n_styles = 0;
}

/**
 * format_text() - make a text; without memory the program ends
 * @format: of the text
 *
 * Return: the text, to be freed.
 */
char *format_text(const char *format, ...)
{
	va_list list;
	char *text;

	va_start(list, format);
	text = print_text(format, list);
	va_end(list);
	return text;
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
