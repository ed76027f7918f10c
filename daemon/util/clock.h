/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What time it is.
 */
#ifndef KVRM_CLOCK_H
#define KVRM_CLOCK_H

#include <stdint.h>
#include <time.h>

/**
 * clock_us() - what a clock says
 * @clock: as clock_gettime() takes it
 *
 * Return: µs.
 */
static inline uint64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/**
 * monotonic_us() - time that nobody sets
 *
 * Return: CLOCK_MONOTONIC, µs.
 */
static inline uint64_t monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/**
 * realtime_us() - time of day, which may be set, also back
 *
 * Return: CLOCK_REALTIME, µs.
 */
static inline uint64_t realtime_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

#endif
