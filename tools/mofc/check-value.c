// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Constants and the meanings of values.
 */
#include <string.h>

#include "tools/mofc/check.h"
#include "tools/mofc/range.h"

/* A datetime is 25 characters; asterisks stand for digits that do not matter (DSP0004, 5.2.4). */
static bool is_datetime(const char *text)
{
	static const char digits[] = "0123456789*";

	for (size_t i = 0; i < 25; i++) {
		bool good = i == 14   ? text[i] == '.'
			    : i == 21 ? text[i] && strchr("+-:", text[i])
				      : text[i] && strchr(digits, text[i]);

		if (!good)
			return false;
	}
	return !text[25];
}

static bool fits(const struct mof_scalar *item, enum schema_type type)
{
	if (item->kind == MOF_NULL)
		return true;
	if (type == SCHEMA_BOOLEAN)
		return item->kind == MOF_BOOLEAN;
	if (type == SCHEMA_CHAR16)
		return item->kind == MOF_CHAR;
	if (type == SCHEMA_DATETIME)
		return item->kind == MOF_TEXT && is_datetime(item->text);
	if (type == SCHEMA_STRING)
		return item->kind == MOF_TEXT;
	if (type == SCHEMA_REAL32 || type == SCHEMA_REAL64)
		return item->kind == MOF_REAL || item->kind == MOF_INTEGER;
	return item->kind == MOF_INTEGER && mof_range_holds(type, item->negative, item->magnitude);
}

/**
 * check_constant() - tell of constants that are not of a type
 * @set: that has them
 * @value: NULL is null and always right
 * @type: that it has to have; a reference has no constants but null
 * @array: it has to be an array
 */
void check_constant(struct mof_set *set, const struct mof_value *value, enum schema_type type,
		    bool array)
{
	const char *name = schema_type_name(type);

	if (!value || (!value->array && value->items[0].kind == MOF_NULL))
		return;
	if (value->array != array) {
		mof_error(set, &value->place,
			  array ? "an array is expected, in braces"
				: "one constant is expected, not an array");
		return;
	}
	for (size_t i = 0; i < value->n; i++)
		if (!fits(&value->items[i], type))
			mof_error(set, &value->items[i].place, "\"%s\" is no %s",
				  value->items[i].text, name);
}

/* Two entries that name the same value. */
static void check_twice(struct mof_set *set, const struct mof_scalar *a,
			const struct mof_range *range_a, const struct mof_scalar *b,
			const struct mof_range *range_b)
{
	bool twice = range_a->text || range_b->text   ? !strcmp(a->text, b->text)
		     : range_a->rest || range_b->rest ? range_a->rest && range_b->rest
						      : mof_range_meets(range_a, range_b);

	if (twice)
		mof_error(set, &b->place, "\"%s\" is among the values of \"%s\" already", b->text,
			  a->text);
}

static void check_map(struct mof_set *set, const struct mof_value *map, enum schema_type type)
{
	struct mof_range *ranges = mof_allocate(set, map->n * sizeof(*ranges));

	for (size_t i = 0; i < map->n; i++) {
		if (!map->items[i].text || !mof_range_read(type, map->items[i].text, &ranges[i])) {
			mof_error(set, &map->items[i].place,
				  "\"%s\" is no value or range of type %s",
				  map->items[i].text ? map->items[i].text : "null",
				  schema_type_name(type));
			return;
		}
		for (size_t k = 0; k < i; k++)
			check_twice(set, &map->items[k], &ranges[k], &map->items[i], &ranges[i]);
	}
}

static void check_pair(struct mof_set *set, struct mof_qualifier *list, const char *map,
		       const char *names)
{
	const struct mof_qualifier *a = mof_qualifier_find(list, map),
				   *b = mof_qualifier_find(list, names);

	if (a && b && a->value && b->value && a->value->n != b->value->n)
		mof_error(set, &b->place, "%s and %s differ in length: %zu and %zu", b->name,
			  a->name, b->value->n, a->value->n);
}

/**
 * check_value_map() - check what says which values a feature has and what they mean
 * @set: that has it
 * @feature: with its inherited qualifiers
 */
void check_value_map(struct mof_set *set, const struct mof_feature *feature)
{
	const struct mof_qualifier *map = mof_qualifier_find(feature->qualifiers, "ValueMap");
	const struct mof_qualifier *names = mof_qualifier_find(feature->qualifiers, "Values");
	const struct mof_qualifier *any = map ? map : names;

	check_pair(set, feature->qualifiers, "ValueMap", "Values");
	check_pair(set, feature->qualifiers, "BitMap", "BitValues");
	if (any && !schema_type_is_signed(feature->type) &&
	    !schema_type_is_unsigned(feature->type) && feature->type != SCHEMA_STRING)
		mof_error(set, &any->place, "%s is for integers and strings, not for %s", any->name,
			  schema_type_name(feature->type));
	else if (map && map->value && map->value->array)
		check_map(set, map->value, feature->type);
}
