// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classes, their features and the parameters of methods.
 */
#include <string.h>
#include <strings.h>

#include "tools/mofc/parse.h"

static bool read_name(struct mof_parser *p, const char *what, const char **ret,
		      struct mof_place *ret_place)
{
	if (p->token.kind != TOKEN_NAME)
		return parser_expected(p, what);
	*ret = p->token.text;
	*ret_place = p->token.place;
	return parser_next(p);
}

/* A data type, or the name of a class and "REF". */
static bool read_type(struct mof_parser *p, struct mof_feature *feature)
{
	const char *name = NULL;
	struct mof_place place = { 0 };

	if (!read_name(p, "a data type", &name, &place))
		return false;
	feature->type = schema_type_find(name);
	if (feature->type < SCHEMA_REFERENCE)
		return true;
	if (!parser_is_word(p, "ref")) {
		mof_error(p->set, &place, "\"%s\" is no data type, and \"REF\" does not follow it",
			  name);
		return false;
	}
	feature->type = SCHEMA_REFERENCE;
	feature->target_name = name;
	feature->target_place = place;
	return parser_next(p);
}

/* Return: false also for an array of a fixed size, which the schema has none of. */
static bool read_brackets(struct mof_parser *p, struct mof_feature *feature)
{
	if (!parser_is(p, '['))
		return true;
	feature->array = true;
	return parser_next(p) && parser_mark(p, ']');
}

static struct mof_feature *read_parameter(struct mof_parser *p, struct mof_class *owner)
{
	struct mof_feature *parameter = mof_allocate(p->set, sizeof(*parameter));

	parameter->owner = owner;
	if (parser_is(p, '[') && !parser_qualifiers(p, &parameter->qualifiers))
		return NULL;
	if (!read_type(p, parameter) ||
	    !read_name(p, "the name of a parameter", &parameter->name, &parameter->place) ||
	    !read_brackets(p, parameter))
		return NULL;
	return parameter;
}

/* Behind the method's name, at "(". */
static bool read_parameters(struct mof_parser *p, struct mof_feature *method)
{
	struct mof_feature **end = &method->parameters;

	method->is_method = true;
	if (method->type == SCHEMA_REFERENCE) {
		mof_error(p->set, &method->target_place, "a method does not return a reference");
		return false;
	}
	if (!parser_next(p))
		return false;
	if (parser_is(p, ')'))
		return parser_next(p);
	for (;;) {
		*end = read_parameter(p, method->owner);
		if (!*end)
			return false;
		end = &(*end)->next;
		if (!parser_is(p, ','))
			return parser_mark(p, ')');
		if (!parser_next(p))
			return false;
	}
}

static struct mof_feature *read_feature(struct mof_parser *p, struct mof_class *owner)
{
	struct mof_feature *feature = mof_allocate(p->set, sizeof(*feature));

	feature->owner = owner;
	if (parser_is(p, '[') && !parser_qualifiers(p, &feature->qualifiers))
		return NULL;
	if (!read_type(p, feature) ||
	    !read_name(p, "the name of a property or method", &feature->name, &feature->place))
		return NULL;
	if (parser_is(p, '(')) {
		if (!read_parameters(p, feature))
			return NULL;
	} else {
		if (!read_brackets(p, feature))
			return NULL;
		if (parser_is(p, '=') && !(parser_next(p) && (feature->value = parser_value(p))))
			return NULL;
	}
	return parser_mark(p, ';') ? feature : NULL;
}

/**
 * parser_class() - read a class
 * @p: at the word "class"
 * @qualifiers: that stood before it
 */
bool parser_class(struct mof_parser *p, struct mof_qualifier *qualifiers)
{
	struct mof_class *class = mof_allocate(p->set, sizeof(*class)), **last;
	struct mof_feature **end = &class->features;

	class->qualifiers = qualifiers;
	if (!parser_next(p) || !read_name(p, "the name of a class", &class->name, &class->place))
		return false;
	if (parser_is(p, ':') &&
	    (!parser_next(p) ||
	     !read_name(p, "the name of a superclass", &class->super_name, &class->super_place)))
		return false;
	if (!parser_mark(p, '{'))
		return false;
	while (!parser_is(p, '}')) {
		*end = read_feature(p, class);
		if (!*end)
			return false;
		end = &(*end)->next;
	}
	if (!parser_next(p) || !parser_mark(p, ';'))
		return false;
	for (last = &p->set->classes; *last; last = &(*last)->next)
		;
	*last = class;
	return true;
}
