/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histograms by powers of two: the first bucket is of values up to a bound, each further one of
 * those up to twice as much, the last one of all larger. Pure.
 */
#ifndef KVRM_HISTOGRAM_H
#define KVRM_HISTOGRAM_H

#include "kvrm/arith.h"

/**
 * kvrm_histogram_bucket() - where a value is counted
 * @value: what was measured
 * @first: the largest value of the first bucket, from 1; best a constant
 * @buckets: how many there are, at least 2
 *
 * Return: from 0 to @buckets - 1.
 */
static inline unsigned int kvrm_histogram_bucket(uint64_t value, uint64_t first,
						 unsigned int buckets)
{
	/* How often @first has to be doubled to come to @value: the length of this in bits. */
	const uint64_t firsts = value ? (value - 1) / first : 0;
	const unsigned int bucket = firsts ? 64 - (unsigned int)__builtin_clzll(firsts) : 0;

	return bucket < buckets ? bucket : buckets - 1;
}

#endif
