/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What time it is.
 */
#ifndef KVRM_CLOCK_H
#define KVRM_CLOCK_H

#include <stdint.h>
#include <time.h>

/**
 * monotonic_us() - time that nobody sets
 *
 * Return: CLOCK_MONOTONIC, µs.
 */
static inline uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#endif
