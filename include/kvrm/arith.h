/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integer types and arithmetic that the pure code needs, under the same names in the kernel and in
 * user space.
 */
#ifndef KVRM_ARITH_H
#define KVRM_ARITH_H

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/stddef.h>
#include <linux/types.h>

#ifndef UINT64_MAX
#define UINT64_MAX U64_MAX
#endif
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

static inline uint64_t kvrm_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t kvrm_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* a - b, or 0 if that is negative. */
static inline uint64_t kvrm_excess(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* a * b / c without overflow in between; c is not 0, and the result must fit. */
static inline uint64_t kvrm_muldiv(uint64_t a, uint64_t b, uint64_t c)
{
#ifdef __KERNEL__
	return mul_u64_u64_div_u64(a, b, c);
#else
	return (uint64_t)((__uint128_t)a * b / c);
#endif
}

/* a / b; b is not 0. A processor of 32 bits has no instruction for it. */
static inline uint64_t kvrm_div(uint64_t a, uint64_t b)
{
#ifdef __KERNEL__
	return div64_u64(a, b);
#else
	return a / b;
#endif
}

#endif
