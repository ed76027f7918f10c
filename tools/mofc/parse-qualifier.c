// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Qualifiers, and their declarations.
 */
#include <strings.h>

#include "tools/mofc/parse.h"

/* A word and what it stands for. */
struct word {
	const char *name;
	unsigned int bits;
};

static const struct word scopes[] = {
	{ "schema", MOF_AT_SCHEMA },
	{ "class", MOF_AT_CLASS },
	{ "association", MOF_AT_ASSOCIATION },
	{ "indication", MOF_AT_INDICATION },
	{ "qualifier", MOF_AT_QUALIFIER },
	{ "property", MOF_AT_PROPERTY },
	{ "reference", MOF_AT_REFERENCE },
	{ "method", MOF_AT_METHOD },
	{ "parameter", MOF_AT_PARAMETER },
	{ "any", MOF_AT_ANY },
	{ NULL, 0 },
};

/* EnableOverride and ToSubclass say what holds without them. */
static const struct word flavors[] = {
	{ "EnableOverride", 0 },	  { "DisableOverride", MOF_FIXED },	{ "ToSubclass", 0 },
	{ "Restricted", MOF_RESTRICTED }, { "Translatable", MOF_TRANSLATABLE }, { NULL, 0 },
};

static bool read_word(struct mof_parser *p, const struct word *words, const char *what,
		      unsigned int *bits)
{
	for (; words->name; words++) {
		if (parser_is_word(p, words->name)) {
			*bits |= words->bits;
			return parser_next(p);
		}
	}
	return parser_expected(p, what);
}

/* As Scope(class, property) or Flavor(Restricted). */
static bool read_words(struct mof_parser *p, const struct word *words, const char *what,
		       unsigned int *bits)
{
	if (!parser_next(p) || !parser_mark(p, '(') || !read_word(p, words, what, bits))
		return false;
	while (parser_is(p, ','))
		if (!parser_next(p) || !read_word(p, words, what, bits))
			return false;
	return parser_mark(p, ')');
}

static bool read_declared_type(struct mof_parser *p, struct mof_declaration *declaration)
{
	if (!parser_mark(p, ':'))
		return false;
	declaration->type =
		p->token.kind == TOKEN_NAME ? schema_type_find(p->token.text) : SCHEMA_TYPES;
	if (declaration->type >= SCHEMA_REFERENCE)
		return parser_expected(p, "a data type");
	if (!parser_next(p))
		return false;
	if (parser_is(p, '[')) {
		declaration->array = true;
		if (!parser_next(p) || !parser_mark(p, ']'))
			return false;
	}
	if (!parser_is(p, '='))
		return true;
	return parser_next(p) && (declaration->value = parser_value(p));
}

/**
 * parser_declaration() - read the declaration of a qualifier
 * @p: at the word "Qualifier"
 */
bool parser_declaration(struct mof_parser *p)
{
	struct mof_declaration *declaration = mof_allocate(p->set, sizeof(*declaration)), **end;

	if (!parser_next(p))
		return false;
	if (p->token.kind != TOKEN_NAME)
		return parser_expected(p, "the name of a qualifier");
	declaration->name = p->token.text;
	declaration->place = p->token.place;
	if (!parser_next(p) || !read_declared_type(p, declaration) || !parser_mark(p, ','))
		return false;
	if (!parser_is_word(p, "scope"))
		return parser_expected(p, "\"Scope\"");
	if (!read_words(p, scopes, "a kind of element", &declaration->scope))
		return false;
	if (parser_is(p, ',')) {
		if (!parser_next(p))
			return false;
		if (!parser_is_word(p, "flavor"))
			return parser_expected(p, "\"Flavor\"");
		if (!read_words(p, flavors, "a flavor", &declaration->flavor))
			return false;
	}
	if (!parser_mark(p, ';'))
		return false;
	for (end = &p->set->declarations; *end; end = &(*end)->next)
		;
	*end = declaration;
	return true;
}

static struct mof_qualifier *read_qualifier(struct mof_parser *p)
{
	struct mof_qualifier *qualifier = mof_allocate(p->set, sizeof(*qualifier));

	if (p->token.kind != TOKEN_NAME) {
		parser_expected(p, "the name of a qualifier");
		return NULL;
	}
	qualifier->name = p->token.text;
	qualifier->place = p->token.place;
	if (!parser_next(p))
		return NULL;
	if (parser_is(p, '{')) {
		qualifier->value = parser_value(p);
		return qualifier->value ? qualifier : NULL;
	}
	if (!parser_is(p, '('))
		return qualifier;
	if (!parser_next(p))
		return NULL;
	if (parser_is(p, '{')) {
		parser_expected(p, "a constant");
		return NULL;
	}
	qualifier->value = parser_value(p);
	return qualifier->value && parser_mark(p, ')') ? qualifier : NULL;
}

/**
 * parser_qualifiers() - read qualifiers in brackets
 * @p: at the opening bracket
 * @ret: receives them, in their order
 *
 * Flavors at a qualifier's use are not read: what its declaration says holds everywhere.
 */
bool parser_qualifiers(struct mof_parser *p, struct mof_qualifier **ret)
{
	struct mof_qualifier **end = ret;

	do {
		if (!parser_next(p) || !(*end = read_qualifier(p)))
			return false;
		end = &(*end)->next;
	} while (parser_is(p, ','));
	return parser_mark(p, ']');
}
