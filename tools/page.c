// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "daemon/util/cleanup.h"
#include "tools/page.h"

/**
 * page_open() - begin a page
 * @folder: of it
 * @name: without its end
 *
 * Return: to be closed; NULL: errno says why.
 */
FILE *page_open(const char *folder, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s.md", folder, name) < 0) {
		path = NULL;
		return NULL;
	}
	return fopen(path, "we");
}

/**
 * page_cell() - write a text as a table's cell
 * @to: page
 * @text: NULL: nothing
 */
void page_cell(FILE *to, const char *text)
{
	for (; text && *text; text++) {
		if (strchr("|*_<", *text))
			fputc('\\', to);
		fputc(*text, to);
	}
}

/**
 * page_notes() - write what a client has to know beside the type, behind the description
 * @to: page
 * @p: property or parameter
 */
void page_notes(FILE *to, const struct schema_property *p)
{
	static const struct {
		unsigned int flag;
		const char *note;
	} notes[] = {
		{ SCHEMA_KEY, "Key." },
		{ SCHEMA_REQUIRED, "Never null." },
		{ SCHEMA_WRITE, "May be written." },
		{ SCHEMA_COUNTER, "Counter." },
		{ SCHEMA_GAUGE, "Gauge." },
		{ SCHEMA_DEPRECATED, "Deprecated." },
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (p->flags & notes[i].flag)
			fprintf(to, " %s", notes[i].note);
	if (p->unit)
		fprintf(to, " Unit: `%s`.", p->unit);
	if (p->max_length)
		fprintf(to, " At most %u characters.", p->max_length);
	if (p->min_value != INT64_MIN)
		fprintf(to, " At least %jd.", (intmax_t)p->min_value);
	if (p->max_value != INT64_MAX)
		fprintf(to, " At most %jd.", (intmax_t)p->max_value);
	for (size_t i = 0; i < p->n_defaults; i++)
		fprintf(to, "%s`%s`%s", i ? ", " : " Default: ", p->defaults[i],
			i + 1 == p->n_defaults ? "." : "");
}

/**
 * page_values() - write what values mean
 * @to: page
 * @p: property or parameter, or what a method returns
 */
void page_values(FILE *to, const struct schema_property *p)
{
	for (size_t i = 0; i < p->n_values; i++) {
		fprintf(to, "%s`%s`", i ? ", " : "<br>", p->values[i].key);
		if (p->values[i].name && strcmp(p->values[i].name, p->values[i].key)) {
			fputc(' ', to);
			page_cell(to, p->values[i].name);
		}
	}
}
