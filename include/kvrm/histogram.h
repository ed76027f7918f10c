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
 * @first: the largest value of the first bucket, from 1; doubled @buckets - 2 times it must fit
 * @buckets: how many there are, at least 2
 *
 * Return: from 0 to @buckets - 1.
 */
static inline unsigned int kvrm_histogram_bucket(uint64_t value, uint64_t first,
						 unsigned int buckets)
{
	unsigned int bucket = 0;

	while (bucket < buckets - 1 && value > first << bucket)
		bucket++;
	return bucket;
}

#endif
