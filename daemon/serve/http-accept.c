// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of what a client would take; see http-accept.h.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "daemon/serve/http-accept.h"

bool http_piece_is(const struct http_piece *piece, const char *text)
{
	return piece->length == strlen(text) && !strncasecmp(piece->start, text, piece->length);
}

static void trim(struct http_piece *piece)
{
	while (piece->length && isblank((unsigned char)*piece->start)) {
		piece->start++;
		piece->length--;
	}
	while (piece->length && isblank((unsigned char)piece->start[piece->length - 1]))
		piece->length--;
}

/* Where the next separator is that is not between quotes; @piece's length if there is none. */
static size_t find(const struct http_piece *piece, char separator)
{
	bool quoted = false;

	for (size_t i = 0; i < piece->length; i++) {
		if (quoted && piece->start[i] == '\\')
			i++;
		else if (piece->start[i] == '"')
			quoted = !quoted;
		else if (!quoted && piece->start[i] == separator)
			return i;
	}
	return piece->length;
}

/* Cut the next piece off @rest, which ends at @separator; false: there is none. */
static bool cut(struct http_piece *rest, char separator, struct http_piece *ret)
{
	size_t length;

	if (!rest->start)
		return false;
	length = find(rest, separator);
	*ret = (struct http_piece){ rest->start, length };
	if (length < rest->length) {
		rest->start += length + 1;
		rest->length -= length + 1;
	} else {
		*rest = (struct http_piece){ NULL, 0 };
	}
	trim(ret);
	return true;
}

static void unquote(struct http_piece *piece)
{
	if (piece->length < 2 || *piece->start != '"' || piece->start[piece->length - 1] != '"')
		return;
	piece->start++;
	piece->length -= 2;
}

/* A quality, "0" to "1" with up to three decimal places, in thousandths; what is none counts as 0. */
static int quality(const struct http_piece *piece)
{
	int value = 0, places = 0;

	for (size_t i = 0; i < piece->length; i++) {
		char c = piece->start[i];

		if (i == 1 && c == '.')
			continue;
		if (!isdigit((unsigned char)c) || places == 4 || (i == 1 && c != '.'))
			return 0;
		value = 10 * value + (c - '0');
		places++;
	}
	if (!places)
		return 0;
	for (; places < 4; places++)
		value *= 10;
	return value > 1000 ? 0 : value;
}

struct http_piece http_accept_list(const char *header)
{
	return (struct http_piece){ header, header ? strlen(header) : 0 };
}

bool http_accept_next(struct http_piece *list, struct http_choice *ret)
{
	struct http_piece whole, q;

	if (!cut(list, ',', &whole))
		return false;
	cut(&whole, ';', &ret->name);
	ret->parameters = whole;
	ret->quality = http_accept_parameter(ret, "q", &q) ? quality(&q) : 1000;
	return true;
}

bool http_accept_parameter(const struct http_choice *choice, const char *name,
			   struct http_piece *ret)
{
	struct http_piece rest = choice->parameters, parameter, key;

	while (cut(&rest, ';', &parameter)) {
		if (!cut(&parameter, '=', &key) || !http_piece_is(&key, name) || !parameter.start)
			continue;
		*ret = parameter;
		trim(ret);
		unquote(ret);
		return true;
	}
	return false;
}
