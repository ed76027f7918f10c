// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Documentation pages of the classes, from the tables that kvrmd has: one for each class, and an index.
 *   schema-pages FOLDER
 */
#include <errno.h>
#include <string.h>

#include "daemon/schema/schema.h"
#include "daemon/util/cleanup.h"
#include "tools/page.h"

static const char generated[] =
	"Generated from `daemon/schema/` by `tools/gen-schema-doc`; do not edit.\n\n";

static void link_to(FILE *to, const struct schema_class *class)
{
	fprintf(to, "[%s](%s.md)", class->name, class->name);
}

static void write_type(FILE *to, const struct schema_property *p)
{
	if (p->type == SCHEMA_REFERENCE)
		fputs("reference to ", to);
	else
		fputs(schema_type_name(p->type), to);
	if (p->type != SCHEMA_REFERENCE && p->target)
		fputs(" with ", to);
	if (p->target)
		link_to(to, p->target);
	if (p->flags & SCHEMA_EMBEDDED_OBJECT)
		fputs(" with an instance", to);
	if (p->array)
		fputs(p->order == SCHEMA_INDEXED   ? ", indexed array"
		      : p->order == SCHEMA_ORDERED ? ", ordered array"
						   : ", array",
		      to);
}

static void write_row(FILE *to, const struct schema_property *p, const char *direction)
{
	fprintf(to, "| `%s` | %s", p->name, direction);
	write_type(to, p);
	fputs(" | ", to);
	page_cell(to, p->description);
	page_notes(to, p);
	page_values(to, p);
	fputs(" |\n", to);
}

static void write_properties(FILE *to, const struct schema_class *class)
{
	bool any = false;

	for (size_t i = 0; i < class->n_properties; i++) {
		if (class->properties[i]->declared != class)
			continue;
		if (!any)
			fputs("\n## Properties\n\n| property | type | meaning |\n|---|---|---|\n",
			      to);
		any = true;
		write_row(to, class->properties[i], "");
	}
}

static void write_method(FILE *to, const struct schema_method *m)
{
	static const char *const directions[] = { "", "in, ", "out, ", "in and out, " };

	fprintf(to, "\n## %s\n\n%s", m->result.name, m->result.description);
	page_notes(to, &m->result);
	fputs("\n\n| parameter | type | meaning |\n|---|---|---|\n", to);
	for (size_t i = 0; i < m->n_parameters; i++)
		write_row(to, &m->parameters[i],
			  directions[!!(m->parameters[i].flags & SCHEMA_IN) +
				     2 * !!(m->parameters[i].flags & SCHEMA_OUT)]);
	fprintf(to, "| | %s | Return code.", schema_type_name(m->result.type));
	page_values(to, &m->result);
	fputs(" |\n", to);
}

/* Names of what comes from superclasses, each linked to the class that it is from. */
static void write_inherited(FILE *to, const struct schema_class *class)
{
	bool any = false;

	for (const struct schema_class *c = class->super; c; c = c->super) {
		size_t n = 0;

		for (size_t i = 0; i < class->n_properties; i++)
			if (class->properties[i]->declared == c)
				fprintf(to, "%s`%s`",
					n++   ? ", "
					: any ? "\n- "
					      : "\n## Inherited\n\n- ",
					class->properties[i]->name);
		for (size_t i = 0; i < class->n_methods; i++)
			if (class->methods[i]->result.declared == c)
				fprintf(to, "%s`%s()`",
					n++   ? ", "
					: any ? "\n- "
					      : "\n## Inherited\n\n- ",
					class->methods[i]->result.name);
		if (!n)
			continue;
		any = true;
		fputs(" from ", to);
		link_to(to, c);
	}
	if (any)
		fputc('\n', to);
}

static void write_kind(FILE *to, const struct schema_class *class)
{
	const char *kind = class->flags & SCHEMA_AGGREGATION   ? "aggregation"
			   : class->flags & SCHEMA_ASSOCIATION ? "association"
			   : class->flags & SCHEMA_INDICATION  ? "indication"
							       : "class";

	fprintf(to, "%s %s", class->flags & SCHEMA_ABSTRACT ? "Abstract" : "Concrete", kind);
	if (class->super) {
		fputs(", subclass of ", to);
		link_to(to, class->super);
	}
	fprintf(to, "; version %s.\n", class->version ? class->version : "none");
}

static void write_class(FILE *to, const struct schema_class *class)
{
	fprintf(to, "# %s\n\n%s%s\n\n", class->name, generated, class->description);
	write_kind(to, class);
	write_properties(to, class);
	for (size_t i = 0; i < class->n_methods; i++)
		if (class->methods[i]->result.declared == class)
			write_method(to, class->methods[i]);
	write_inherited(to, class);
}

/* A class and those below it, as a list in a list. */
static void write_branch(FILE *to, const struct schema_class *class, int depth)
{
	fprintf(to, "%*s- ", depth * 2, "");
	link_to(to, class);
	fputs(class->flags & SCHEMA_ABSTRACT ? " (abstract)\n" : "\n", to);
	for (size_t i = 0; i < schema_n_classes; i++)
		if (schema_classes[i].super == class)
			write_branch(to, &schema_classes[i], depth + 1);
}

static void write_index(FILE *to)
{
	fprintf(to, "# Classes\n\n%s%zu classes. [dmtf.md](../dmtf.md) says what they are for.\n\n",
		generated, schema_n_classes);
	for (size_t i = 0; i < schema_n_classes; i++)
		if (!schema_classes[i].super)
			write_branch(to, &schema_classes[i], 0);
}

/* @class: NULL for the index */
static bool write_page(const char *folder, const struct schema_class *class)
{
	_cleanup_fclose_ FILE *to = page_open(folder, class ? class->name : "README");

	if (!to)
		return false;
	if (class)
		write_class(to, class);
	else
		write_index(to);
	return !ferror(to) && !fflush(to);
}

int main(int argc, char **argv)
{
	bool good;

	if (argc != 2) {
		fputs("usage: schema-pages FOLDER\n", stderr);
		return 64;
	}
	good = write_page(argv[1], NULL);
	for (size_t i = 0; good && i < schema_n_classes; i++)
		good = write_page(argv[1], &schema_classes[i]);
	if (!good)
		fprintf(stderr, "schema-pages: %s: %s\n", argv[1], strerror(errno));
	return !good;
}
