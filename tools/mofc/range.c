// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tools/mofc/lexer.h"
#include "tools/mofc/range.h"

/**
 * mof_range_holds() - whether an integer type has a value
 * @type: signed or unsigned
 * @negative: the value is below zero
 * @magnitude: of it
 */
bool mof_range_holds(enum schema_type type, bool negative, uint64_t magnitude)
{
	uint64_t most = schema_type_max(type);

	if (negative && magnitude)
		return schema_type_is_signed(type) && magnitude - 1 <= most;
	return magnitude <= most;
}

static bool read_end(enum schema_type type, const char *text, size_t length, uint64_t *ret)
{
	bool negative = length && text[0] == '-';
	uint64_t magnitude;

	if (!mof_integer_read(text + negative, length - negative, &magnitude) ||
	    !mof_range_holds(type, negative, magnitude))
		return false;
	*ret = negative ? -magnitude : magnitude;
	return true;
}

static bool is_after(const struct mof_range *range, uint64_t a, uint64_t b)
{
	return range->is_signed ? (int64_t)a > (int64_t)b : a > b;
}

/**
 * mof_range_read() - read an entry of a ValueMap
 * @type: of the feature: an integer or string
 * @text: of the entry
 * @ret: receives it
 *
 * Return: false if it is none of @type.
 */
bool mof_range_read(enum schema_type type, const char *text, struct mof_range *ret)
{
	const char *dots = strstr(text, "..");
	const char *from = dots ? dots + 2 : text;

	*ret = (struct mof_range){ .text = type == SCHEMA_STRING,
				   .is_signed = schema_type_is_signed(type) };
	if (ret->text)
		return true;
	ret->first = (uint64_t)schema_type_min(type);
	ret->last = schema_type_max(type);
	ret->rest = !strcmp(text, "..");
	if (dots && dots != text && !read_end(type, text, (size_t)(dots - text), &ret->first))
		return false;
	if (!dots && !read_end(type, text, strlen(text), &ret->first))
		return false;
	if (*from && !read_end(type, from, strlen(from), &ret->last))
		return false;
	return (dots || *text) && !is_after(ret, ret->first, ret->last);
}

/**
 * mof_range_meets() - whether two ranges of a type have a value in common
 * @a: one
 * @b: the other
 */
bool mof_range_meets(const struct mof_range *a, const struct mof_range *b)
{
	return !is_after(a, a->first, b->last) && !is_after(a, b->first, a->last);
}
