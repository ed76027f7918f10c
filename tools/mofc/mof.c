// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/mofc/mof.h"

/* One piece of a set's memory. */
struct mof_block {
	struct mof_block *next;
	_Alignas(max_align_t) char bytes[];
};

/**
 * mof_allocate() - memory of a set
 * @set: that it is released with
 * @size: in bytes
 *
 * Return: zeroed memory. The program ends where there is none.
 */
void *mof_allocate(struct mof_set *set, size_t size)
{
	struct mof_block *block = calloc(1, sizeof(*block) + size);

	if (!block) {
		fputs("mofc: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	block->next = set->memory;
	set->memory = block;
	return block->bytes;
}

/**
 * mof_copy() - copy a text into a set's memory
 * @set: that it is released with
 * @text: need not end with NUL
 * @length: in bytes
 */
char *mof_copy(struct mof_set *set, const char *text, size_t length)
{
	char *copy = mof_allocate(set, length + 1);

	memcpy(copy, text, length);
	return copy;
}

/**
 * mof_release() - release all that a set holds
 * @set: empty afterwards; its stream for errors is the caller's
 */
void mof_release(struct mof_set *set)
{
	while (set->memory) {
		struct mof_block *block = set->memory;

		set->memory = block->next;
		free(block);
	}
	set->declarations = NULL;
	set->classes = NULL;
}

/**
 * mof_error() - tell of an error and count it
 * @set: that has it
 * @place: where
 * @format: of a sentence without full stop
 */
void mof_error(struct mof_set *set, const struct mof_place *place, const char *format, ...)
{
	va_list arguments;

	set->errors++;
	fprintf(set->errors_to, "%s:%u:%u: ", place->file, place->line, place->column);
	va_start(arguments, format);
	vfprintf(set->errors_to, format, arguments);
	va_end(arguments);
	fputc('\n', set->errors_to);
}

/**
 * mof_class_find() - a class by its name
 * @set: that it is in
 * @name: in any case (DSP0004, 5.1.2.8), as all names
 *
 * Return: the first one; NULL if there is none.
 */
struct mof_class *mof_class_find(const struct mof_set *set, const char *name)
{
	struct mof_class *class = set->classes;

	while (class && strcasecmp(class->name, name))
		class = class->next;
	return class;
}

/**
 * mof_declaration_find() - the declaration of a qualifier
 * @set: that it is in
 * @name: of the qualifier
 *
 * Return: the first one; NULL if there is none.
 */
struct mof_declaration *mof_declaration_find(const struct mof_set *set, const char *name)
{
	struct mof_declaration *declaration = set->declarations;

	while (declaration && strcasecmp(declaration->name, name))
		declaration = declaration->next;
	return declaration;
}

/**
 * mof_feature_find() - a feature or parameter by its name
 * @list: of a class or method
 * @name: of the feature
 *
 * Return: the first one; NULL if there is none.
 */
struct mof_feature *mof_feature_find(struct mof_feature *list, const char *name)
{
	while (list && strcasecmp(list->name, name))
		list = list->next;
	return list;
}

/**
 * mof_qualifier_find() - a qualifier by its name
 * @list: of an element
 * @name: of the qualifier
 *
 * Return: the first one; NULL if there is none.
 */
struct mof_qualifier *mof_qualifier_find(struct mof_qualifier *list, const char *name)
{
	while (list && strcasecmp(list->name, name))
		list = list->next;
	return list;
}

/**
 * mof_flag() - whether a boolean qualifier is true
 * @set: with its declaration, whose default counts where it is not written
 * @list: an element's qualifiers
 * @name: of the qualifier
 */
bool mof_flag(const struct mof_set *set, struct mof_qualifier *list, const char *name)
{
	const struct mof_qualifier *qualifier = mof_qualifier_find(list, name);
	const struct mof_declaration *declaration = mof_declaration_find(set, name);
	const struct mof_value *value = qualifier     ? qualifier->value
					: declaration ? declaration->value
						      : NULL;

	if (!value)
		return qualifier != NULL;
	return value->n && value->items[0].kind == MOF_BOOLEAN && value->items[0].text[0] == 't';
}

/**
 * mof_text() - the text of a qualifier that has one constant
 * @list: an element's qualifiers
 * @name: of the qualifier
 *
 * Return: NULL if it is not written, or null.
 */
const char *mof_text(struct mof_qualifier *list, const char *name)
{
	const struct mof_qualifier *qualifier = mof_qualifier_find(list, name);

	return qualifier && qualifier->value && qualifier->value->n
		       ? qualifier->value->items[0].text
		       : NULL;
}

static bool scalar_equal(const struct mof_scalar *a, const struct mof_scalar *b)
{
	if (!a->text || !b->text)
		return a->text == b->text;
	return a->kind == b->kind && !strcmp(a->text, b->text);
}

/**
 * mof_value_equal() - whether two values say the same
 * @a: NULL is null
 * @b: likewise
 */
bool mof_value_equal(const struct mof_value *a, const struct mof_value *b)
{
	bool none_a = !a || (!a->array && !a->items[0].text);
	bool none_b = !b || (!b->array && !b->items[0].text);

	if (none_a || none_b)
		return none_a && none_b;
	if (a->array != b->array || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!scalar_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}
