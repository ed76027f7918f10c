// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Constants.
 */
#include <string.h>

#include "tools/mofc/parse.h"

/* Strings that follow each other are one. */
static bool read_strings(struct mof_parser *p, struct mof_scalar *ret)
{
	size_t length = 0;
	char *text = NULL;

	while (p->token.kind == TOKEN_TEXT) {
		size_t more = strlen(p->token.text);
		char *joined = mof_allocate(p->set, length + more + 1);

		if (text)
			memcpy(joined, text, length);
		memcpy(joined + length, p->token.text, more);
		text = joined;
		length += more;
		if (!parser_next(p))
			return false;
	}
	ret->kind = MOF_TEXT;
	ret->text = text;
	return true;
}

/* A character is one of the basic plane: 16 bits. */
static bool is_char16(const char *text)
{
	size_t length = strlen(text);
	unsigned char first = (unsigned char)text[0];

	return length && first < 0xf0 && length == (first < 0x80 ? 1u : first < 0xe0 ? 2u : 3u);
}

static bool read_scalar(struct mof_parser *p, struct mof_scalar *ret)
{
	const struct mof_token *token = &p->token;

	*ret = (struct mof_scalar){ .place = token->place, .text = token->text };
	if (token->kind == TOKEN_TEXT)
		return read_strings(p, ret);
	if (token->kind == TOKEN_INTEGER) {
		ret->kind = MOF_INTEGER;
		ret->magnitude = token->magnitude;
		ret->negative = token->negative;
	} else if (token->kind == TOKEN_REAL) {
		ret->kind = MOF_REAL;
	} else if (token->kind == TOKEN_CHAR) {
		ret->kind = MOF_CHAR;
		if (!is_char16(token->text)) {
			mof_error(p->set, &token->place,
				  "one character of 16 bits stands between ' and '");
			return false;
		}
	} else if (parser_is_word(p, "true") || parser_is_word(p, "false")) {
		ret->kind = MOF_BOOLEAN;
		ret->text = parser_is_word(p, "true") ? "true" : "false";
	} else if (parser_is_word(p, "null")) {
		ret->kind = MOF_NULL;
		ret->text = NULL;
	} else {
		return parser_expected(p, "a constant");
	}
	return parser_next(p);
}

/* Room for one more, doubled when it is full. */
static struct mof_scalar *add_item(struct mof_set *set, struct mof_value *value)
{
	if (!(value->n & (value->n - 1))) {
		size_t room = value->n ? value->n * 2 : 1;
		struct mof_scalar *items = mof_allocate(set, room * sizeof(*items));

		if (value->n)
			memcpy(items, value->items, value->n * sizeof(*items));
		value->items = items;
	}
	return &value->items[value->n++];
}

/**
 * parser_value() - read a constant, or an array of them in braces
 * @p: at its first token
 */
struct mof_value *parser_value(struct mof_parser *p)
{
	struct mof_value *value = mof_allocate(p->set, sizeof(*value));

	value->place = p->token.place;
	if (!parser_is(p, '{'))
		return read_scalar(p, add_item(p->set, value)) ? value : NULL;
	value->array = true;
	if (!parser_next(p))
		return NULL;
	while (!parser_is(p, '}')) {
		if (value->n && !parser_mark(p, ','))
			return NULL;
		if (!read_scalar(p, add_item(p->set, value)))
			return NULL;
	}
	return parser_next(p) ? value : NULL;
}
