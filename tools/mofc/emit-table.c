// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The small constant tables that classes and features point at. Equal ones are one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mofc/emit.h"
#include "tools/mofc/range.h"

/* A table that was written: "static const TYPE tN[] = { BODY };" */
struct emit_table {
	struct emit_table *next;
	size_t number;
	const char *type;
	const char *body;
};

/**
 * emit_string() - write a text as a string of C
 * @to: where to
 * @text: what is not ASCII is written in octal; NULL is written as NULL
 */
void emit_string(FILE *to, const char *text)
{
	if (!text) {
		fputs("NULL", to);
		return;
	}
	fputc('"', to);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\' || c == '?')
			fprintf(to, "\\%c", c);
		else if (c >= ' ' && c <= '~')
			fputc(c, to);
		else
			fprintf(to, "\\%03o", c);
	}
	fputc('"', to);
}

/**
 * emit_type() - write a type as enum schema_type names it
 * @to: where to
 * @type: below SCHEMA_TYPES
 */
void emit_type(FILE *to, enum schema_type type)
{
	fputs("SCHEMA_", to);
	for (const char *c = schema_type_name(type); *c; c++)
		fputc(toupper((unsigned char)*c), to);
}

/**
 * emit_table() - write a table, unless an equal one was written
 * @e: where to
 * @type: of an entry
 * @body: its entries
 *
 * Return: its number, for "tN".
 */
size_t emit_table(struct emit *e, const char *type, const char *body)
{
	struct emit_table *table = e->tables;

	while (table && (strcmp(table->type, type) || strcmp(table->body, body)))
		table = table->next;
	if (table)
		return table->number;
	table = mof_allocate(e->set, sizeof(*table));
	*table = (struct emit_table){ .next = e->tables, .number = e->n_tables++, .type = type };
	table->body = mof_copy(e->set, body, strlen(body));
	e->tables = table;
	fprintf(e->to, "static const %s t%zu[] = {\n%s};\n", type, table->number, body);
	return table->number;
}

/**
 * emit_reference() - write the fields FIELD and n_FIELD of a structure
 * @to: where to
 * @field: name of the first
 * @table: its number
 * @n: entries of the table; 0: nothing is written
 */
void emit_reference(FILE *to, const char *field, size_t table, size_t n)
{
	if (n)
		fprintf(to, "\t.%s = t%zu, .n_%s = %zu,\n", field, table, field, n);
}

/* A memory stream whose text becomes a table. */
struct body {
	char *text;
	size_t size;
	FILE *file;
};

static void body_open(struct body *body)
{
	*body = (struct body){ 0 };
	body->file = open_memstream(&body->text, &body->size);
	if (!body->file) {
		perror("mofc");
		exit(EXIT_FAILURE);
	}
}

static size_t body_close(struct body *body, struct emit *e, const char *type, size_t n)
{
	size_t number = 0;

	if (fclose(body->file)) {
		perror("mofc");
		exit(EXIT_FAILURE);
	}
	if (n)
		number = emit_table(e, type, body->text);
	free(body->text);
	return number;
}

/**
 * emit_texts() - write the texts of a value
 * @e: where to
 * @value: NULL is null
 * @ret_n: receives how many there are: 0 for null, so that nothing is written
 */
size_t emit_texts(struct emit *e, const struct mof_value *value, size_t *ret_n)
{
	struct body body;

	*ret_n = value && (value->array || value->items[0].text) ? value->n : 0;
	body_open(&body);
	for (size_t i = 0; i < *ret_n; i++) {
		fputc('\t', body.file);
		emit_string(body.file, value->items[i].text);
		fputs(",\n", body.file);
	}
	return body_close(&body, e, "char *const", *ret_n);
}

/* One entry of a ValueMap; without one, the name's place in Values is the value. */
static void emit_entry(FILE *to, enum schema_type type, const char *key, const char *name,
		       size_t place)
{
	struct mof_range range = { .first = place, .last = place };
	char number[24];

	snprintf(number, sizeof(number), "%zu", place);
	if (key)
		mof_range_read(type, key, &range);
	fputs("\t{ ", to);
	emit_string(to, key ? key : number);
	fputs(", ", to);
	emit_string(to, name);
	if (range.text)
		fputs(" },\n", to);
	else
		fprintf(to, ", UINT64_C(%ju), UINT64_C(%ju), %s },\n", (uintmax_t)range.first,
			(uintmax_t)range.last, range.rest ? "true" : "false");
}

/**
 * emit_values() - write what the values of a feature mean
 * @e: where to
 * @feature: that has them
 * @ret_n: receives how many there are
 */
size_t emit_values(struct emit *e, const struct mof_feature *feature, size_t *ret_n)
{
	const struct mof_qualifier *map = mof_qualifier_find(feature->qualifiers, "ValueMap");
	const struct mof_qualifier *names = mof_qualifier_find(feature->qualifiers, "Values");
	const struct mof_value *keys = map ? map->value : NULL,
			       *texts = names ? names->value : NULL;
	struct body body;

	*ret_n = keys ? keys->n : texts ? texts->n : 0;
	body_open(&body);
	for (size_t i = 0; i < *ret_n; i++)
		emit_entry(body.file, feature->type, keys ? keys->items[i].text : NULL,
			   texts ? texts->items[i].text : NULL, i);
	return body_close(&body, e, "struct schema_value", *ret_n);
}

static size_t declaration_index(const struct emit *e, const struct mof_declaration *declaration)
{
	size_t index = 0;

	for (const struct mof_declaration *d = e->set->declarations; d != declaration; d = d->next)
		index++;
	return index;
}

/* A boolean qualifier without value is true. */
static size_t emit_qualifier_texts(struct emit *e, const struct mof_qualifier *q, size_t *ret_n)
{
	if (q->value)
		return emit_texts(e, q->value, ret_n);
	*ret_n = 1;
	return emit_table(e, "char *const", "\t\"true\",\n");
}

/**
 * emit_qualifiers() - write the qualifiers of an element
 * @e: where to
 * @list: of them
 * @ret_n: receives how many there are
 */
size_t emit_qualifiers(struct emit *e, struct mof_qualifier *list, size_t *ret_n)
{
	struct body body;

	*ret_n = 0;
	body_open(&body);
	for (const struct mof_qualifier *q = list; q; q = q->next, ++*ret_n) {
		size_t n, table = emit_qualifier_texts(e, q, &n);

		fprintf(body.file, "\t{ &schema_qualifier_types[%zu], ",
			declaration_index(e, q->declaration));
		if (n)
			fprintf(body.file, "t%zu, %zu },\n", table, n);
		else
			fputs("NULL, 0 },\n", body.file);
	}
	return body_close(&body, e, "struct schema_qualifier", *ret_n);
}
