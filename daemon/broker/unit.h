/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programmatic units (DSP0004, annex C): "byte * 2^20", "percent / 1000", "bit / second * 10^6". Amounts are
 * converted exactly or not at all.
 */
#ifndef KVRM_BROKER_UNIT_H
#define KVRM_BROKER_UNIT_H

#include <stdbool.h>
#include <stdint.h>

/* What all base units are powers of; see unit.c. */
#define CIM_UNIT_BASES	   16
#define CIM_UNIT_NAME_SIZE 64
/* Of a unit as text. */
#define CIM_UNIT_TEXT_MAX 256

__extension__ typedef unsigned __int128 cim_u128;

/**
 * struct cim_unit - a unit
 * @numerator: of the number of its bases' product that it is; no factor common with @denominator
 * @denominator: of that
 * @exponents: of the bases
 * @name: of the one base that is in no table, "count(fixed size block)" or "org:unit"; "": none
 * @exponent: of that one
 */
struct cim_unit {
	cim_u128 numerator;
	cim_u128 denominator;
	int8_t exponents[CIM_UNIT_BASES];
	char name[CIM_UNIT_NAME_SIZE];
	int8_t exponent;
};

int cim_unit_parse(const char *text, struct cim_unit *ret, const char **ret_why);
bool cim_unit_same_dimension(const struct cim_unit *a, const struct cim_unit *b);
int cim_unit_convert(uint64_t amount, const struct cim_unit *from, const struct cim_unit *to,
		     uint64_t *ret);

#endif
