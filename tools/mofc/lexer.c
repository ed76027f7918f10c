// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/util/text.h"
#include "tools/mofc/lexer.h"

/**
 * mof_lexer_begin() - begin to read a text
 * @lexer: receives where
 * @set: that tokens' texts are released with
 * @file: name for places
 * @text: need not end with NUL
 * @length: in bytes
 */
void mof_lexer_begin(struct mof_lexer *lexer, struct mof_set *set, const char *file,
		     const char *text, size_t length)
{
	*lexer = (struct mof_lexer){ .set = set, .at = text, .end = text + length };
	lexer->place = (struct mof_place){ .file = file, .line = 1, .column = 1 };
}

static int peek(const struct mof_lexer *lexer, size_t ahead)
{
	return (size_t)(lexer->end - lexer->at) > ahead ? (unsigned char)lexer->at[ahead] : -1;
}

static void step(struct mof_lexer *lexer, size_t n)
{
	for (; n; n--, lexer->at++) {
		lexer->place.column++;
		if (*lexer->at == '\n') {
			lexer->place.line++;
			lexer->place.column = 1;
		}
	}
}

static void wrong(struct mof_lexer *lexer, struct mof_token *token, const char *sentence)
{
	mof_error(lexer->set, &token->place, "%s", sentence);
	token->kind = TOKEN_WRONG;
}

/* Return: false for a comment without end, which is told. */
static bool skip_blank(struct mof_lexer *lexer, struct mof_token *token)
{
	for (;;) {
		token->place = lexer->place;
		if (peek(lexer, 0) == '/' && peek(lexer, 1) == '/') {
			while (peek(lexer, 0) != -1 && peek(lexer, 0) != '\n')
				step(lexer, 1);
		} else if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
			step(lexer, 2);
			while (peek(lexer, 0) != -1 &&
			       !(peek(lexer, 0) == '*' && peek(lexer, 1) == '/'))
				step(lexer, 1);
			if (peek(lexer, 0) == -1) {
				wrong(lexer, token, "the comment has no end");
				return false;
			}
			step(lexer, 2);
		} else if (peek(lexer, 0) != -1 && strchr(" \t\r\n\f\v", peek(lexer, 0)) &&
			   peek(lexer, 0)) {
			step(lexer, 1);
		} else {
			return true;
		}
	}
}

static void append_utf8(char **to, unsigned int code)
{
	if (code < 0x80) {
		*(*to)++ = (char)code;
	} else if (code < 0x800) {
		*(*to)++ = (char)(0xc0 | code >> 6);
		*(*to)++ = (char)(0x80 | (code & 0x3f));
	} else {
		*(*to)++ = (char)(0xe0 | code >> 12);
		*(*to)++ = (char)(0x80 | (code >> 6 & 0x3f));
		*(*to)++ = (char)(0x80 | (code & 0x3f));
	}
}

/* Behind a backslash. Return: false if there is no such escape. */
static bool read_escape(struct mof_lexer *lexer, char **to)
{
	static const char from[] = "btnfr\"'\\", meaning[] = "\b\t\n\f\r\"'\\";
	int c = peek(lexer, 0);
	const char *known = c > 0 ? strchr(from, c) : NULL;
	unsigned int code = 0, digits = 0;

	if (known) {
		*(*to)++ = meaning[known - from];
		step(lexer, 1);
		return true;
	}
	if (c != 'x' && c != 'X')
		return false;
	step(lexer, 1);
	for (; digits < 4 && isxdigit(peek(lexer, 0)); digits++) {
		c = tolower(peek(lexer, 0));
		code = code * 16 + (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
		step(lexer, 1);
	}
	/* One half of a surrogate pair is no character. */
	if (!code || (code >= 0xd800 && code <= 0xdfff))
		return false;
	append_utf8(to, code);
	return true;
}

/* A string or a character, between two of the same quotes. */
static void read_quoted(struct mof_lexer *lexer, struct mof_token *token, char quote)
{
	const char *begin = lexer->at + 1, *end = begin;
	char *text, *to;

	while (end < lexer->end && *end != quote && *end != '\n')
		end += *end == '\\' && end + 1 < lexer->end ? 2 : 1;
	if (end >= lexer->end || *end != quote) {
		wrong(lexer, token, "the string has no end on its line");
		return;
	}
	/* An escape is never shorter than what it means. */
	text = to = mof_allocate(lexer->set, (size_t)(end - begin) + 1);
	step(lexer, 1);
	while (peek(lexer, 0) != quote) {
		struct mof_place place = lexer->place;

		if (peek(lexer, 0) != '\\') {
			*to++ = *lexer->at;
			step(lexer, 1);
			continue;
		}
		step(lexer, 1);
		if (!read_escape(lexer, &to)) {
			token->place = place;
			wrong(lexer, token,
			      "no such escape; there are \\b \\t \\n \\f \\r \\\" \\' \\\\ and "
			      "\\x0001 "
			      "to \\xFFFF");
			return;
		}
	}
	step(lexer, 1);
	token->text = text;
	token->kind = quote == '"' ? TOKEN_TEXT : TOKEN_CHAR;
	if (memchr(text, 0, (size_t)(to - text)) || !text_is_utf8(text, (size_t)(to - text)))
		wrong(lexer, token, "the string is not UTF-8");
}

/* Return: false if the digits are not of the base, or exceed 64 bits. */
static bool read_digits(const char *text, size_t length, unsigned int base, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < length; i++) {
		int c = tolower((unsigned char)text[i]);
		unsigned int digit =
			isdigit(c) ? (unsigned int)(c - '0') : (unsigned int)(c - 'a' + 10);

		if (!isxdigit(c) || digit >= base || *ret > (UINT64_MAX - digit) / base)
			return false;
		*ret = *ret * base + digit;
	}
	return length > 0;
}

/**
 * mof_integer_read() - read an integer without sign
 * @text: decimal, 0x... (hexadecimal), 0... (octal) or ...b (binary); need not end with NUL
 * @length: in bytes
 * @ret: receives it; its value is lost if there is an error
 *
 * Return: false if it is none of at most 64 bits.
 */
bool mof_integer_read(const char *text, size_t length, uint64_t *ret)
{
	if (length > 2 && text[0] == '0' && tolower((unsigned char)text[1]) == 'x')
		return read_digits(text + 2, length - 2, 16, ret);
	if (length > 1 && tolower((unsigned char)text[length - 1]) == 'b')
		return read_digits(text, length - 1, 2, ret);
	if (length > 1 && text[0] == '0')
		return read_digits(text + 1, length - 1, 8, ret);
	return read_digits(text, length, 10, ret);
}

/* As [+-] *digit "." 1*digit [e [+-] 1*digit]. */
static bool is_real(const char *text)
{
	text += strspn(text, "0123456789");
	if (*text++ != '.' || !isdigit((unsigned char)*text))
		return false;
	text += strspn(text, "0123456789");
	if (*text != 'e' && *text != 'E')
		return !*text;
	text++;
	if (*text == '+' || *text == '-')
		text++;
	return isdigit((unsigned char)*text) && !text[strspn(text, "0123456789")];
}

static void read_number(struct mof_lexer *lexer, struct mof_token *token)
{
	char decimal[32];
	const char *begin;
	size_t sign = 0, length = 0;
	bool real = false;

	if (peek(lexer, 0) == '+' || peek(lexer, 0) == '-') {
		token->negative = peek(lexer, 0) == '-';
		sign = 1;
	}
	begin = lexer->at + sign;
	for (;; length++) {
		int c = peek(lexer, sign + length);

		real |= c == '.';
		if (!isalnum(c) && c != '.' &&
		    !(real && length && strchr("+-", c) && c > 0 &&
		      tolower((unsigned char)begin[length - 1]) == 'e'))
			break;
	}
	token->text = mof_copy(lexer->set, begin, length);
	step(lexer, sign + length);
	if (real) {
		token->kind = TOKEN_REAL;
		if (!is_real(token->text))
			wrong(lexer, token, "not a number");
		else if (token->negative)
			token->text = mof_copy(lexer->set, begin - 1, length + 1);
		return;
	}
	token->kind = TOKEN_INTEGER;
	if (!mof_integer_read(begin, length, &token->magnitude)) {
		wrong(lexer, token, "not a number of at most 64 bits");
		return;
	}
	token->negative &= token->magnitude > 0;
	snprintf(decimal, sizeof(decimal), "%s%ju", token->negative ? "-" : "",
		 (uintmax_t)token->magnitude);
	token->text = mof_copy(lexer->set, decimal, strlen(decimal));
}

static void read_name(struct mof_lexer *lexer, struct mof_token *token, size_t skip)
{
	size_t length = skip;

	while (isalnum(peek(lexer, length)) || peek(lexer, length) == '_')
		length++;
	token->kind = TOKEN_NAME;
	token->text = mof_copy(lexer->set, lexer->at, length);
	step(lexer, length);
}

/**
 * mof_lexer_next() - read a token
 * @lexer: that the text was given to
 * @ret: the token; TOKEN_END behind the last; TOKEN_WRONG for an error, which is told
 */
void mof_lexer_next(struct mof_lexer *lexer, struct mof_token *ret)
{
	int c;

	*ret = (struct mof_token){ 0 };
	if (!skip_blank(lexer, ret))
		return;
	c = peek(lexer, 0);
	if (c == -1) {
		ret->kind = TOKEN_END;
	} else if (isalpha(c) || c == '_') {
		read_name(lexer, ret, 0);
	} else if (c == '"' || c == '\'') {
		read_quoted(lexer, ret, (char)c);
	} else if (isdigit(c) || ((c == '+' || c == '-' || c == '.') &&
				  (isdigit(peek(lexer, 1)) || peek(lexer, 1) == '.'))) {
		read_number(lexer, ret);
	} else if (c == '#') {
		read_name(lexer, ret, 1);
		ret->kind = TOKEN_PRAGMA;
		if (strcasecmp(ret->text, "#pragma"))
			wrong(lexer, ret, "only #pragma begins with #");
	} else if (c && strchr("[](){}:,;=$", c)) {
		ret->kind = TOKEN_MARK;
		ret->text = mof_copy(lexer->set, lexer->at, 1);
		step(lexer, 1);
	} else {
		wrong(lexer, ret, "no token begins with this character");
	}
}
