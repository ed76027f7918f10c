// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programmatic units; see unit.h. The grammar is that of DSP0004 2.7, annex C, without a sign before the
 * whole: there is no negative amount here.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/unit.h"

#define EXPONENT_MAX 127

enum base {
	BASE_BIT,
	BASE_SECOND,
	BASE_COUNT,
	BASE_PERCENT,
	BASE_METER,
	BASE_GRAM,
	BASE_AMPERE,
	BASE_KELVIN,
	BASE_VOLT,
	BASE_WATT,
	BASE_JOULE,
	BASE_DECIBEL,
	BASE_CELSIUS,
	BASE_REVOLUTION,
	BASE_PIXEL,
	BASE_DOT,
	BASE_N,
};
_Static_assert(BASE_N <= CIM_UNIT_BASES, "room for each");

/* Base units as DSP0004 names them: how many of what, and to which power. */
static const struct {
	const char *name;
	enum base base;
	int exponent;
	unsigned int numerator;
	unsigned int denominator;
} units[] = {
	{ "bit", BASE_BIT, 1, 1, 1 },
	{ "byte", BASE_BIT, 1, 8, 1 },
	{ "word", BASE_BIT, 1, 16, 1 },
	{ "double word", BASE_BIT, 1, 32, 1 },
	{ "quadruple word", BASE_BIT, 1, 64, 1 },
	{ "second", BASE_SECOND, 1, 1, 1 },
	{ "minute", BASE_SECOND, 1, 60, 1 },
	{ "hour", BASE_SECOND, 1, 3600, 1 },
	{ "day", BASE_SECOND, 1, 86400, 1 },
	{ "week", BASE_SECOND, 1, 604800, 1 },
	{ "hertz", BASE_SECOND, -1, 1, 1 },
	{ "count", BASE_COUNT, 1, 1, 1 },
	{ "percent", BASE_PERCENT, 1, 1, 1 },
	{ "permille", BASE_PERCENT, 1, 1, 10 },
	{ "meter", BASE_METER, 1, 1, 1 },
	{ "gram", BASE_GRAM, 1, 1, 1 },
	{ "ampere", BASE_AMPERE, 1, 1, 1 },
	{ "kelvin", BASE_KELVIN, 1, 1, 1 },
	{ "volt", BASE_VOLT, 1, 1, 1 },
	{ "watt", BASE_WATT, 1, 1, 1 },
	{ "joule", BASE_JOULE, 1, 1, 1 },
	{ "decibel", BASE_DECIBEL, 1, 1, 1 },
	{ "degree celsius", BASE_CELSIUS, 1, 1, 1 },
	{ "revolution", BASE_REVOLUTION, 1, 1, 1 },
	{ "pixel", BASE_PIXEL, 1, 1, 1 },
	{ "dot", BASE_DOT, 1, 1, 1 },
};
#define N_UNITS (sizeof(units) / sizeof(units[0]))

static const struct {
	const char *name;
	int base;
	int exponent;
} prefixes[] = {
	{ "deca", 10, 1 },  { "hecto", 10, 2 },	 { "kilo", 10, 3 },   { "mega", 10, 6 },
	{ "giga", 10, 9 },  { "tera", 10, 12 },	 { "peta", 10, 15 },  { "exa", 10, 18 },
	{ "deci", 10, -1 }, { "centi", 10, -2 }, { "milli", 10, -3 }, { "micro", 10, -6 },
	{ "nano", 10, -9 }, { "pico", 10, -12 }, { "kibi", 2, 10 },   { "mebi", 2, 20 },
	{ "gibi", 2, 30 },  { "tebi", 2, 40 },	 { "pebi", 2, 50 },   { "exbi", 2, 60 },
};
#define N_PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

static const char out_of_bounds[] = "it is out of bounds";

/**
 * struct parser - a unit that is being read
 * @at: what comes next
 * @unit: what it is so far
 * @why: what is wrong with it
 */
struct parser {
	const char *at;
	struct cim_unit *unit;
	const char *why;
};

static cim_u128 gcd(cim_u128 a, cim_u128 b)
{
	while (b) {
		cim_u128 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static bool wrong(struct parser *p, const char *why)
{
	p->why = why;
	return false;
}

/* Multiply the unit's number by @numerator / @denominator. */
static bool scale(struct parser *p, cim_u128 numerator, cim_u128 denominator)
{
	struct cim_unit *u = p->unit;
	cim_u128 g;

	if (!numerator || !denominator)
		return wrong(p, "it is a multiple of 0");
	g = gcd(numerator, denominator);
	numerator /= g;
	denominator /= g;
	g = gcd(u->numerator, denominator);
	u->numerator /= g;
	denominator /= g;
	g = gcd(numerator, u->denominator);
	numerator /= g;
	u->denominator /= g;
	if (__builtin_mul_overflow(u->numerator, numerator, &u->numerator) ||
	    __builtin_mul_overflow(u->denominator, denominator, &u->denominator))
		return wrong(p, out_of_bounds);
	return true;
}

/* Multiply by (@numerator / @denominator)^@exponent. */
static bool scale_power(struct parser *p, cim_u128 numerator, cim_u128 denominator, int exponent)
{
	cim_u128 base[2] = { numerator, denominator };

	/* Nothing is worth repeating, and a base above 1 ends by overflow. */
	if (numerator == denominator)
		return true;
	for (int i = 0; i < abs(exponent); i++) {
		if (!scale(p, base[exponent < 0], base[exponent > 0 ? 1 : 0]))
			return false;
	}
	return true;
}

static bool add_exponent(struct parser *p, int8_t *to, int exponent)
{
	int sum = *to + exponent;

	if (sum > EXPONENT_MAX || sum < -EXPONENT_MAX)
		return wrong(p, out_of_bounds);
	*to = (int8_t)sum;
	return true;
}

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\t')
		p->at++;
}

static bool read_integer(struct parser *p, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)*p->at))
		return wrong(p, "a number is missing");
	for (; isdigit((unsigned char)*p->at); p->at++) {
		value = value * 10 + (uint64_t)(*p->at - '0');
		if (value > max)
			return wrong(p, out_of_bounds);
	}
	*ret = value;
	return true;
}

/* What is behind "^". */
static bool read_exponent(struct parser *p, int *ret)
{
	bool negative;
	uint64_t value;

	p->at++;
	skip_blanks(p);
	negative = *p->at == '-';
	if (negative || *p->at == '+')
		p->at++;
	if (!read_integer(p, EXPONENT_MAX, &value))
		return false;
	*ret = negative ? -(int)value : (int)value;
	return true;
}

/* "1000", "1.5" or "10^-3"; @sign is -1 behind a "/". */
static bool read_number(struct parser *p, int sign)
{
	uint64_t value, fraction = 1;
	int exponent = 1;

	if (!read_integer(p, UINT64_MAX / 100, &value))
		return false;
	if (*p->at == '.') {
		for (p->at++; isdigit((unsigned char)*p->at); p->at++) {
			if (value > UINT64_MAX / 100 || fraction > UINT64_MAX / 100)
				return wrong(p, out_of_bounds);
			value = value * 10 + (uint64_t)(*p->at - '0');
			fraction *= 10;
		}
		return scale_power(p, value, fraction, sign);
	}
	skip_blanks(p);
	if (*p->at == '^' && !read_exponent(p, &exponent))
		return false;
	return value ? scale_power(p, value, 1, exponent * sign)
		     : wrong(p, "it is a multiple of 0");
}

/* A base that is in the table; false without a reason: it is not. */
static bool take_known(struct parser *p, const char *name, int exponent)
{
	for (size_t i = 0; i < N_UNITS; i++) {
		if (!strcmp(units[i].name, name))
			return add_exponent(p, &p->unit->exponents[units[i].base],
					    units[i].exponent * exponent) &&
			       scale_power(p, units[i].numerator, units[i].denominator, exponent);
	}
	return false;
}

static bool take_prefixed(struct parser *p, const char *name, int exponent)
{
	for (size_t i = 0; i < N_PREFIXES; i++) {
		size_t length = strlen(prefixes[i].name);

		if (strncmp(prefixes[i].name, name, length) || !name[length])
			continue;
		if (take_known(p, name + length, exponent))
			return scale_power(p, (cim_u128)prefixes[i].base, 1,
					   prefixes[i].exponent * exponent);
		return false;
	}
	return false;
}

/* A kind of count, or an organization's own unit: nothing is known of it but its name. */
static bool take_named(struct parser *p, const char *name, int exponent)
{
	struct cim_unit *u = p->unit;

	if (strncmp(name, "count(", 6) && !strchr(name, ':'))
		return wrong(p, "there is no such base unit");
	if (*u->name && strcmp(u->name, name))
		return wrong(p, "it has more than one base unit of its own");
	strcpy(u->name, name);
	return add_exponent(p, &u->exponent, exponent);
}

static bool is_in_name(char c, int depth)
{
	return c && (depth || !strchr("*/^", c));
}

/* A base unit, perhaps with an exponent. */
static bool read_base(struct parser *p, int sign)
{
	char name[CIM_UNIT_NAME_SIZE];
	int exponent = 1, depth = 0;
	size_t length = 0;

	for (; is_in_name(*p->at, depth); p->at++) {
		depth += *p->at == '(';
		depth -= *p->at == ')';
		if (length == sizeof(name) - 1)
			return wrong(p, "a base unit is too long");
		name[length++] = *p->at;
	}
	while (length && name[length - 1] == ' ')
		length--;
	name[length] = '\0';
	if (!length || depth)
		return wrong(p, length ? "a parenthesis is not closed" : "a base unit is missing");
	if (*p->at == '^' && !read_exponent(p, &exponent))
		return false;
	exponent *= sign;
	if (take_known(p, name, exponent) || (!p->why && take_prefixed(p, name, exponent)))
		return true;
	return !p->why && take_named(p, name, exponent);
}

static bool read_elements(struct parser *p)
{
	int sign = 1;

	for (;;) {
		skip_blanks(p);
		if (isdigit((unsigned char)*p->at) ? !read_number(p, sign) : !read_base(p, sign))
			return false;
		skip_blanks(p);
		if (!*p->at)
			return true;
		if (*p->at != '*' && *p->at != '/')
			return wrong(p, "there is neither * nor / between two parts");
		sign = *p->at++ == '*' ? 1 : -1;
	}
}

/**
 * cim_unit_parse() - read a unit
 * @text: any
 * @ret: what it is
 * @ret_why: what is wrong with it, static; may be NULL
 *
 * Return: 0, or -EINVAL: it is none, or out of bounds.
 */
int cim_unit_parse(const char *text, struct cim_unit *ret, const char **ret_why)
{
	struct parser p = { .at = text, .unit = ret };

	*ret = (struct cim_unit){ .numerator = 1, .denominator = 1 };
	if (strlen(text) > CIM_UNIT_TEXT_MAX)
		p.why = "it is too long";
	else
		read_elements(&p);
	if (!p.why)
		return 0;
	if (ret_why)
		*ret_why = p.why;
	return -EINVAL;
}

/**
 * cim_unit_same_dimension() - whether amounts in one unit can be said in the other
 * @a: any
 * @b: any
 */
bool cim_unit_same_dimension(const struct cim_unit *a, const struct cim_unit *b)
{
	if (memcmp(a->exponents, b->exponents, sizeof(a->exponents)) || a->exponent != b->exponent)
		return false;
	return !a->exponent || !strcmp(a->name, b->name);
}

/**
 * cim_unit_convert() - say an amount in another unit
 * @amount: in @from
 * @from: unit
 * @to: unit of the same dimension
 * @ret: the same amount in @to
 *
 * Return: 0, -EDOM if it is no whole number, -ERANGE if it is one that is too large.
 */
int cim_unit_convert(uint64_t amount, const struct cim_unit *from, const struct cim_unit *to,
		     uint64_t *ret)
{
	cim_u128 g1 = gcd(from->numerator, to->numerator);
	cim_u128 g2 = gcd(from->denominator, to->denominator);
	cim_u128 numerator, denominator, value;
	bool many, few;

	if (!amount) {
		*ret = 0;
		return 0;
	}
	many = __builtin_mul_overflow(from->numerator / g1, to->denominator / g2, &numerator);
	few = __builtin_mul_overflow(from->denominator / g2, to->numerator / g1, &denominator);
	/* The two have no factor in common, so that the amount itself has to be divisible. */
	if (few || amount % denominator)
		return -EDOM;
	if (many || __builtin_mul_overflow(amount / denominator, numerator, &value) ||
	    value > UINT64_MAX)
		return -ERANGE;
	*ret = (uint64_t)value;
	return 0;
}
