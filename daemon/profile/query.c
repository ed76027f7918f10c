// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads queries; see query.h.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/profile/query.h"

#define NAME_SIZE 128

/* A query on its way. */
struct parser {
	const char *text;
	const char *at;
	struct query *query;
	struct cim_error *error;
};

static int fail(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct parser *p, const char *format, ...)
{
	char place[24], why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(place, sizeof(place), "%zu", (size_t)(p->at - p->text) + 1);
	return cim_fail(p->error, CIM_MESSAGE_QUERY, place, why);
}

static void skip(struct parser *p)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
}

static size_t name_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return isdigit((unsigned char)*text) ? 0 : n;
}

static bool take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	skip(p);
	if (name_length(p->at) != n || strncasecmp(p->at, word, n))
		return false;
	p->at += n;
	return true;
}

static bool take_mark(struct parser *p, const char *mark)
{
	size_t n = strlen(mark);

	skip(p);
	if (strncmp(p->at, mark, n))
		return false;
	p->at += n;
	return true;
}

static int take_name(struct parser *p, char name[static NAME_SIZE], const char *what)
{
	size_t n;

	skip(p);
	n = name_length(p->at);
	if (!n || n >= NAME_SIZE)
		return fail(p, "%s is expected", what);
	memcpy(name, p->at, n);
	name[n] = '\0';
	p->at += n;
	return 0;
}

static int take_class(struct parser *p, const struct schema_class **ret)
{
	char quote = '\0', name[NAME_SIZE];
	const char *from;
	int status;

	skip(p);
	/* WQL has quotes here. */
	if (*p->at == '"' || *p->at == '\'')
		quote = *p->at++;
	from = p->at;
	status = take_name(p, name, "the name of a class");
	if (status)
		return status;
	if (quote && *p->at++ != quote) {
		p->at--;
		return fail(p, "the quote is not closed");
	}
	*ret = schema_class_find(name);
	if (*ret)
		return 0;
	p->at = from;
	return fail(p, "there is no class '%s'", name);
}

static bool is_related(const struct schema_class *class, const char *const *names, size_t n,
		       bool below)
{
	for (size_t i = 0; i < n; i++) {
		const struct schema_class *other = schema_class_find(names[i]);

		if (schema_class_is_a(other, class) || (below && schema_class_is_a(class, other)))
			return true;
	}
	return false;
}

static int take_from(struct parser *p)
{
	static const char *const delivered[] = { "CIM_InstCreation", "CIM_InstModification",
						 "CIM_InstDeletion", "KVRM_AlertIndication" };
	const char *from;
	int status;

	skip(p);
	from = p->at;
	status = take_class(p, &p->query->class);
	if (status ||
	    is_related(p->query->class, delivered, sizeof(delivered) / sizeof(delivered[0]), false))
		return status;
	p->at = from;
	return fail(p, "%s is no indication that kvrm delivers", p->query->class->name);
}

/* What the indications are about. */
static int take_source(struct parser *p)
{
	static const char *const told[] = { "KVRM_ComputerSystem", "CIM_SettingData",
					    "KVRM_ResourcePool", "KVRM_ConcreteJob" };
	const char *from;
	int status;

	if (p->query->source)
		return fail(p, "SourceInstance ISA is there twice");
	skip(p);
	from = p->at;
	status = take_class(p, &p->query->source);
	if (status || is_related(p->query->source, told, sizeof(told) / sizeof(told[0]), true))
		return status;
	p->at = from;
	return fail(p, "kvrm tells of no changes of %s", p->query->source->name);
}

static bool is_of_instances(const struct query *query)
{
	return schema_class_is_a(query->class, schema_class_find("CIM_InstIndication"));
}

static int check_subject(struct parser *p, enum query_subject subject)
{
	const struct query *q = p->query;

	if (subject == QUERY_SOURCE && !is_of_instances(q))
		return fail(p, "%s has no SourceInstance", q->class->name);
	if (subject == QUERY_PREVIOUS &&
	    !schema_class_is_a(q->class, schema_class_find("CIM_InstModification")))
		return fail(p, "%s has no PreviousInstance", q->class->name);
	return 0;
}

/* The class of whose properties an operand is, unless it says so itself. */
static const struct schema_class *scope_of(const struct query *query, enum query_subject subject)
{
	return subject == QUERY_INDICATION ? query->class : query->source;
}

static int check_comparable(struct parser *p, const struct schema_property *property)
{
	if (property->array)
		return fail(p, "%s is an array, which is not compared", property->name);
	if (property->target || property->flags & SCHEMA_EMBEDDED_OBJECT)
		return fail(p, "%s is an instance, which is not compared", property->name);
	if (property->type == SCHEMA_REAL32 || property->type == SCHEMA_REAL64)
		return fail(p, "%s is a real number, which is not compared", property->name);
	return 0;
}

/* [CLASS::]PROPERTY, whose first name is read. */
static int take_property(struct parser *p, char name[static NAME_SIZE], const char *from,
			 struct query_operand *operand)
{
	int status;

	operand->scope = scope_of(p->query, operand->subject);
	if (!strncmp(p->at, "::", 2)) {
		operand->scope = schema_class_find(name);
		if (!operand->scope) {
			p->at = from;
			return fail(p, "there is no class '%s'", name);
		}
		p->at += 2;
		from = p->at;
		status = take_name(p, name, "the name of a property");
		if (status)
			return status;
	}
	if (!operand->scope) {
		p->at = from;
		return fail(
			p, "it is not said before of which class '%s' is: SourceInstance ISA CLASS",
			name);
	}
	operand->property = schema_property_find(operand->scope, name);
	if (operand->property)
		return check_comparable(p, operand->property);
	p->at = from;
	return fail(p, "%s has no property '%s'", operand->scope->name, name);
}

/* A property, or all of an instance: then there is no property. */
static int take_operand(struct parser *p, struct query_operand *operand)
{
	char name[NAME_SIZE];
	const char *from;
	int status;

	skip(p);
	from = p->at;
	status = take_name(p, name, "a property");
	if (status)
		return status;
	*operand = (struct query_operand){ .subject = QUERY_INDICATION };
	if (!strcasecmp(name, "SourceInstance"))
		operand->subject = QUERY_SOURCE;
	else if (!strcasecmp(name, "PreviousInstance"))
		operand->subject = QUERY_PREVIOUS;
	status = check_subject(p, operand->subject);
	if (status)
		return status;
	if (operand->subject != QUERY_INDICATION) {
		if (*p->at != '.')
			return 0;
		p->at++;
		from = p->at;
		status = take_name(p, name, "the name of a property");
	}
	return status ? status : take_property(p, name, from, operand);
}

static int take_operator(struct parser *p, enum query_operator *ret)
{
	/* Those that others begin with come behind them. */
	static const struct {
		const char *mark;
		enum query_operator operator;
	} marks[] = {
		{ "<>", QUERY_UNEQUAL }, { "<=", QUERY_AT_MOST }, { ">=", QUERY_AT_LEAST },
		{ "=", QUERY_EQUAL },	 { "<", QUERY_BELOW },	  { ">", QUERY_ABOVE },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (take_mark(p, marks[i].mark)) {
			*ret = marks[i].operator;
			return 0;
		}
	}
	return fail(p, "one of = <> < > <= >= is expected");
}

static int take_text(struct parser *p, struct cim_value *value)
{
	char quote = *p->at++;
	size_t n = strcspn(p->at, quote == '"' ? "\"\\" : "'\\");

	if (p->at[n] != quote) {
		p->at += n;
		return fail(p, *p->at ? "a text has no \\ in it" : "the quote is not closed");
	}
	value->one.text = strndup(p->at, n);
	if (!value->one.text)
		return cim_fail_memory(p->error);
	value->type = SCHEMA_STRING;
	p->at += n + 1;
	return 0;
}

static int take_number(struct parser *p, const struct schema_property *property,
		       struct cim_value *value)
{
	bool negative = *p->at == '-', is_unsigned = schema_type_is_unsigned(property->type);
	const char *from = p->at;
	char *end;

	errno = 0;
	value->one.number = negative ? (uint64_t)strtoll(from, &end, 10) : strtoull(from, &end, 10);
	if (end == from || name_length(end) || *end == '.')
		return fail(p, "a number is a whole one, in decimal");
	if (errno || (is_unsigned ? negative || value->one.number > schema_type_max(property->type)
				  : !negative && value->one.number > INT64_MAX))
		return fail(p, "%s never is such a number", property->name);
	value->type = SCHEMA_UINT64;
	p->at = end;
	return 0;
}

static bool is_number(const struct schema_property *property)
{
	return cim_type_is_integer(property->type);
}

static int take_value(struct parser *p, const struct schema_property *property,
		      struct cim_value *value)
{
	const char *wanted = is_number(property)		? "a number"
			     : property->type == SCHEMA_BOOLEAN ? "TRUE or FALSE"
								: "a text in quotes";
	bool text = property->type == SCHEMA_STRING || property->type == SCHEMA_DATETIME;

	value->state = CIM_VALUE;
	if (text && (*p->at == '"' || *p->at == '\''))
		return take_text(p, value);
	if (is_number(property) && (isdigit((unsigned char)*p->at) || *p->at == '-'))
		return take_number(p, property, value);
	if (property->type == SCHEMA_BOOLEAN && (take_word(p, "TRUE") || take_word(p, "FALSE"))) {
		value->type = SCHEMA_BOOLEAN;
		value->one.boolean = toupper((unsigned char)p->at[-2]) == 'U';
		return 0;
	}
	return fail(p, "%s is compared with %s", property->name, wanted);
}

/* The same property before and after. */
static int take_other(struct parser *p, struct query_condition *c)
{
	const char *from = p->at;
	int status = take_operand(p, &c->right);

	if (status)
		return status;
	c->with_property = true;
	if (c->right.property && c->right.subject != c->left.subject &&
	    !strcasecmp(c->right.property->name, c->left.property->name))
		return 0;
	p->at = from;
	return fail(p, "a property is compared with a value, or with itself as it was before");
}

static int take_comparison(struct parser *p, struct query_condition *c)
{
	int status = take_operator(p, &c->operator);
	const char *other = c->left.subject == QUERY_SOURCE ? "PreviousInstance" : "SourceInstance";
	size_t n = strlen(other);

	if (status)
		return status;
	if (!is_number(c->left.property) && c->operator> QUERY_UNEQUAL)
		return fail(p, "%s is compared with = and <> only", c->left.property->name);
	skip(p);
	if (c->left.subject != QUERY_INDICATION && !strncasecmp(p->at, other, n))
		return take_other(p, c);
	return take_value(p, c->left.property, &c->value);
}

static int take_condition(struct parser *p)
{
	struct query *q = p->query;
	struct query_condition *c = &q->conditions[q->n];
	struct query_operand left;
	int status;

	if (take_word(p, "NOT"))
		return fail(p, "NOT is not understood; there is <>");
	if (take_mark(p, "("))
		return fail(p, "parentheses are not understood");
	status = take_operand(p, &left);
	if (status)
		return status;
	if (!left.property) {
		if (left.subject != QUERY_SOURCE || !take_word(p, "ISA"))
			return fail(p, "a property of it is expected, or of SourceInstance ISA");
		return take_source(p);
	}
	if (q->n == QUERY_CONDITIONS_MAX)
		return fail(p, "there are more than %d comparisons", QUERY_CONDITIONS_MAX);
	/* It is freed with the query, however far it comes. */
	q->n++;
	c->left = left;
	return take_comparison(p, c);
}

static int take_query(struct parser *p)
{
	int status;

	if (!take_word(p, "SELECT"))
		return fail(p, "SELECT is expected");
	if (!take_mark(p, "*"))
		return fail(p, "* is expected: an indication is delivered whole");
	if (!take_word(p, "FROM"))
		return fail(p, "FROM is expected");
	status = take_from(p);
	if (!status && take_word(p, "WHERE")) {
		do {
			status = take_condition(p);
		} while (!status && take_word(p, "AND"));
	}
	skip(p);
	if (status || !*p->at)
		return status;
	return fail(p, "nothing more is understood than conditions that are joined by AND");
}

/**
 * query_parse() - read a query
 * @text: of the query
 * @ret: receives it, to be freed with query_free()
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int query_parse(const char *text, struct query **ret, struct cim_error *error)
{
	struct parser p = { .text = text, .at = text, .error = error };
	int status;

	if (strlen(text) > QUERY_LENGTH_MAX)
		return fail(&p, "it is longer than %d characters", QUERY_LENGTH_MAX);
	p.query = calloc(1, sizeof(*p.query));
	if (!p.query)
		return cim_fail_memory(error);
	status = take_query(&p);
	if (status)
		p.query = query_free(p.query);
	*ret = p.query;
	return status;
}

/**
 * query_free() - free a query
 * @query: may be NULL
 *
 * Return: NULL.
 */
struct query *query_free(struct query *query)
{
	for (size_t i = 0; query && i < query->n; i++)
		cim_value_deinit(&query->conditions[i].value);
	free(query);
	return NULL;
}
