/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queries of indication filters: the part of DMTF:CQL (DSP0202) and of WQL that kvrm understands. It is the same of
 * both, and everything else is refused with the place and the reason.
 *
 *	SELECT * FROM CLASS [WHERE CONDITION [AND CONDITION]...]
 *
 *	CONDITION	SourceInstance ISA CLASS
 *			PROPERTY = <> < > <= >= VALUE
 *			SourceInstance.X = <> < > <= >= PreviousInstance.X, or the other way round
 *	PROPERTY	X				of the indication
 *			SourceInstance.[CLASS::]X	of the instance that it is about
 *			PreviousInstance.[CLASS::]X	as it was before
 *	VALUE		a whole number, 'text', "text", TRUE or FALSE
 *
 * Texts and truths are equal or not. A property without a value passes no condition.
 */
#ifndef KVRM_PROFILE_QUERY_H
#define KVRM_PROFILE_QUERY_H

#include "daemon/broker/instance.h"

#define QUERY_CONDITIONS_MAX 8
#define QUERY_LENGTH_MAX     1024

enum query_operator {
	QUERY_EQUAL,
	QUERY_UNEQUAL,
	QUERY_AT_MOST,
	QUERY_AT_LEAST,
	QUERY_BELOW,
	QUERY_ABOVE,
};

/* Whose property it is. */
enum query_subject {
	QUERY_INDICATION,
	QUERY_SOURCE,
	QUERY_PREVIOUS,
};

/**
 * struct query_operand - a property
 * @subject: whose
 * @scope: class that it is of; others have no value
 * @property: which
 */
struct query_operand {
	enum query_subject subject;
	const struct schema_class *scope;
	const struct schema_property *property;
};

/**
 * struct query_condition - a comparison
 * @left: what is compared
 * @operator: how
 * @with_property: with @right; else with @value
 * @right: property
 * @value: owned
 */
struct query_condition {
	struct query_operand left;
	enum query_operator operator;
	bool with_property;
	struct query_operand right;
	struct cim_value value;
};

/**
 * struct query - a query
 * @class: of the indications
 * @source: class of the instances that they are about; NULL: any
 * @conditions: @n of them, which all have to hold
 * @n: of @conditions
 */
struct query {
	const struct schema_class *class;
	const struct schema_class *source;
	struct query_condition conditions[QUERY_CONDITIONS_MAX];
	size_t n;
};

int query_parse(const char *text, struct query **ret, struct cim_error *error);
struct query *query_free(struct query *query);

/* query-match.c */
bool query_passes(const struct query *query, const struct cim_instance *indication);

#endif
