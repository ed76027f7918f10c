/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers that are the same each time (SplitMix64, Steele, Lea and Flood, OOPSLA 2014).
 */
#ifndef KVRM_TEST_RANDOM_H
#define KVRM_TEST_RANDOM_H

#include <stdint.h>

static uint64_t seed;

static inline uint64_t random64(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

#endif
