// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether an indication passes a query; see query.h.
 */
#include <string.h>

#include "daemon/profile/query.h"

static const struct cim_instance *embedded(const struct cim_instance *indication,
					   const char *property)
{
	const struct cim_value *value = cim_get(indication, property);

	return value && value->state == CIM_VALUE && value->type == CIM_INSTANCE
		       ? value->one.instance
		       : NULL;
}

/* NULL: there is no value. */
static const struct cim_value *value_of(const struct cim_instance *indication,
					const struct query_operand *operand)
{
	const struct cim_instance *instance = indication;
	const struct cim_value *value;

	if (operand->subject == QUERY_SOURCE)
		instance = embedded(indication, "SourceInstance");
	else if (operand->subject == QUERY_PREVIOUS)
		instance = embedded(indication, "PreviousInstance");
	if (!instance || !schema_class_is_a(instance->class, operand->scope))
		return NULL;
	value = cim_get(instance, operand->property->name);
	return value && value->state == CIM_VALUE ? value : NULL;
}

/* Below 0, 0 or above 0. */
static int compare_numbers(uint64_t a, uint64_t b, bool is_unsigned)
{
	if (a == b)
		return 0;
	if (is_unsigned)
		return a < b ? -1 : 1;
	return (int64_t)a < (int64_t)b ? -1 : 1;
}

static int compare(const struct cim_value *a, const struct cim_value *b,
		   const struct schema_property *property)
{
	switch (property->type) {
	case SCHEMA_STRING:
	case SCHEMA_DATETIME:
		return strcmp(a->one.text, b->one.text);
	case SCHEMA_BOOLEAN:
		return a->one.boolean != b->one.boolean;
	default:
		return compare_numbers(a->one.number, b->one.number,
				       schema_type_is_unsigned(property->type));
	}
}

static bool holds(const struct query_condition *c, const struct cim_instance *indication)
{
	const struct cim_value *left = value_of(indication, &c->left);
	const struct cim_value *right =
		c->with_property ? value_of(indication, &c->right) : &c->value;
	int order;

	if (!left || !right)
		return false;
	order = compare(left, right, c->left.property);
	switch (c->operator) {
	case QUERY_EQUAL:
		return !order;
	case QUERY_UNEQUAL:
		return order;
	case QUERY_BELOW:
		return order < 0;
	case QUERY_ABOVE:
		return order > 0;
	case QUERY_AT_MOST:
		return order <= 0;
	case QUERY_AT_LEAST:
		return order >= 0;
	}
	return false;
}

/**
 * query_passes() - whether an indication passes a query
 * @query: query
 * @indication: any
 */
bool query_passes(const struct query *query, const struct cim_instance *indication)
{
	const struct cim_instance *source = embedded(indication, "SourceInstance");

	if (!schema_class_is_a(indication->class, query->class))
		return false;
	if (query->source && (!source || !schema_class_is_a(source->class, query->source)))
		return false;
	for (size_t i = 0; i < query->n; i++) {
		if (!holds(&query->conditions[i], indication))
			return false;
	}
	return true;
}
