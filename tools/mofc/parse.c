// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <strings.h>

#include "tools/mofc/parse.h"

/**
 * parser_next() - read the next token
 * @p: receives it in its token
 *
 * Return: false if there is something that is none, which is told.
 */
bool parser_next(struct mof_parser *p)
{
	mof_lexer_next(&p->lexer, &p->token);
	return p->token.kind != TOKEN_WRONG;
}

/**
 * parser_expected() - tell that something else stands where it should not
 * @p: with the token that does
 * @what: should be there
 *
 * Return: false.
 */
bool parser_expected(struct mof_parser *p, const char *what)
{
	static const char *const kinds[] = {
		[TOKEN_END] = "the end of the file",
		[TOKEN_NAME] = "",
		[TOKEN_TEXT] = "a string",
		[TOKEN_CHAR] = "a character",
		[TOKEN_INTEGER] = "",
		[TOKEN_REAL] = "a real number",
		[TOKEN_PRAGMA] = "#pragma",
		[TOKEN_MARK] = "",
	};
	const char *found = kinds[p->token.kind];

	if (*found)
		mof_error(p->set, &p->token.place, "%s is expected, not %s", what, found);
	else
		mof_error(p->set, &p->token.place, "%s is expected, not \"%s\"", what,
			  p->token.text);
	return false;
}

/**
 * parser_is() - whether the token is a character of punctuation
 * @p: with the token
 * @mark: the character
 */
bool parser_is(const struct mof_parser *p, char mark)
{
	return p->token.kind == TOKEN_MARK && p->token.text[0] == mark;
}

/**
 * parser_is_word() - whether the token is a word
 * @p: with the token
 * @word: in any case
 */
bool parser_is_word(const struct mof_parser *p, const char *word)
{
	return p->token.kind == TOKEN_NAME && !strcasecmp(p->token.text, word);
}

/**
 * parser_mark() - read one character of punctuation
 * @p: at it, or there is an error
 * @mark: the character
 */
bool parser_mark(struct mof_parser *p, char mark)
{
	const char what[] = { '"', mark, '"', 0 };

	return parser_is(p, mark) ? parser_next(p) : parser_expected(p, what);
}

/* Only the language is told by a pragma: files are named to the compiler, not included. */
static bool read_pragma(struct mof_parser *p)
{
	if (!parser_next(p))
		return false;
	if (!parser_is_word(p, "locale") && !parser_is_word(p, "instancelocale"))
		return parser_expected(p, "\"locale\"");
	if (!parser_next(p) || !parser_mark(p, '('))
		return false;
	if (p->token.kind != TOKEN_TEXT)
		return parser_expected(p, "a string");
	return parser_next(p) && parser_mark(p, ')');
}

static bool read_production(struct mof_parser *p)
{
	struct mof_qualifier *qualifiers = NULL;

	if (p->token.kind == TOKEN_PRAGMA)
		return read_pragma(p);
	if (parser_is_word(p, "qualifier"))
		return parser_declaration(p);
	if (parser_is(p, '[') && !parser_qualifiers(p, &qualifiers))
		return false;
	if (parser_is_word(p, "class"))
		return parser_class(p, qualifiers);
	return parser_expected(p, qualifiers ? "\"class\""
					     : "a class or the declaration of a qualifier");
}

/**
 * mof_parse() - add what a text says to a set
 * @set: that it is added to; its errors_to is set
 * @file: name for places; lives as long as the set
 * @text: need not end with NUL
 * @length: in bytes
 *
 * Reading ends at the first error, which is told.
 *
 * Return: whether there was none.
 */
bool mof_parse(struct mof_set *set, const char *file, const char *text, size_t length)
{
	struct mof_parser p = { .set = set };

	mof_lexer_begin(&p.lexer, set, file, text, length);
	if (!parser_next(&p))
		return false;
	while (p.token.kind != TOKEN_END)
		if (!read_production(&p))
			return false;
	return true;
}
