// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which format a collector likes best: the Accept header (RFC 9110, 12.5.1).
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "daemon/serve/openmetrics.h"

/* A piece of the header, without blanks around it. */
struct piece {
	const char *start;
	size_t length;
};

/* Cut the next piece off @rest, which ends at @separator; false: there is none. */
static bool cut(struct piece *rest, char separator, struct piece *ret)
{
	const char *end;

	if (!rest->start)
		return false;
	end = memchr(rest->start, separator, rest->length);
	*ret = (struct piece){ rest->start, end ? (size_t)(end - rest->start) : rest->length };
	rest->length -= ret->length + !!end;
	rest->start = end ? end + 1 : NULL;
	while (ret->length && isblank((unsigned char)*ret->start)) {
		ret->start++;
		ret->length--;
	}
	while (ret->length && isblank((unsigned char)ret->start[ret->length - 1]))
		ret->length--;
	return true;
}

static bool is(const struct piece *piece, const char *text)
{
	return piece->length == strlen(text) && !strncasecmp(piece->start, text, piece->length);
}

/* The value of a parameter if it has this name. */
static bool parameter(const struct piece *piece, const char *name, struct piece *ret)
{
	struct piece rest = *piece, key;

	return cut(&rest, '=', &key) && is(&key, name) && cut(&rest, ';', ret);
}

/* A quality, "0" to "1" with up to three decimal places, in thousandths; what is none counts as 0. */
static int quality(const struct piece *piece)
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

/* One alternative of the header: raises the quality of the format that it names. */
static void weigh(struct piece alternative, int *openmetrics, int *plain)
{
	struct piece type, next, value;
	bool version_fits = true;
	int q = 1000;

	cut(&alternative, ';', &type);
	while (cut(&alternative, ';', &next)) {
		if (parameter(&next, "q", &value))
			q = quality(&value);
		else if (parameter(&next, "version", &value))
			version_fits = is(&value, "1.0.0") || is(&value, "0.0.1");
	}
	if (is(&type, "application/openmetrics-text")) {
		if (version_fits && q > *openmetrics)
			*openmetrics = q;
	} else if (is(&type, "text/plain") || is(&type, "text/*") || is(&type, "*/*")) {
		if (q > *plain)
			*plain = q;
	}
}

enum openmetrics_format openmetrics_negotiate(const char *accept)
{
	struct piece rest = { accept, accept ? strlen(accept) : 0 };
	int openmetrics = 0, plain = 0;
	struct piece alternative;

	while (cut(&rest, ',', &alternative))
		weigh(alternative, &openmetrics, &plain);
	return openmetrics && openmetrics >= plain ? OPENMETRICS_TEXT : OPENMETRICS_PROMETHEUS;
}
