/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpu.max arithmetic: from a processor limit to the quota and period that cgroup v2 takes, and
 * back. Pure; the module, the daemon and the launcher must come to the same numbers, and systemd,
 * given the limit as CPUQuotaPerSecUSec and the period as CPUQuotaPeriodUSec, computes the same
 * quota from them.
 *
 * A short period makes short stops. The kernel takes no quota below 1 ms, so a small limit needs a
 * longer period; the smallest limit, 1 % of a CPU, still fits the 100 ms window that limits are
 * promised for.
 */
#ifndef KVRM_CPUMAX_H
#define KVRM_CPUMAX_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define KVRM_USEC_PER_SEC	  1000000ULL
#define KVRM_CPUMAX_LIMIT_MIN_US  10000ULL
#define KVRM_CPUMAX_QUOTA_MIN_US  1000ULL
#define KVRM_CPUMAX_PERIOD_MIN_US 10000ULL
#define KVRM_CPUMAX_PERIOD_MAX_US 100000ULL

/**
 * kvrm_cpumax_period_us() - period for a limit
 * @limit_us: µs of CPU time per second, at least KVRM_CPUMAX_LIMIT_MIN_US
 *
 * Return: 10000 to 100000 µs, so that the quota is at least 1000 µs.
 */
static inline uint64_t kvrm_cpumax_period_us(uint64_t limit_us)
{
	uint64_t need_us = KVRM_CPUMAX_QUOTA_MIN_US * KVRM_USEC_PER_SEC;

	need_us = (need_us + limit_us - 1) / limit_us;
	if (need_us < KVRM_CPUMAX_PERIOD_MIN_US)
		return KVRM_CPUMAX_PERIOD_MIN_US;
	return need_us;
}

/**
 * kvrm_cpumax_quota_us() - quota for a limit and a period
 * @limit_us: µs of CPU time per second
 * @period_us: as kvrm_cpumax_period_us() chose it
 *
 * Rounded down: never more than the limit, less by 0.1 % at most.
 *
 * Return: µs of CPU time per period.
 */
static inline uint64_t kvrm_cpumax_quota_us(uint64_t limit_us, uint64_t period_us)
{
	return limit_us / KVRM_USEC_PER_SEC * period_us +
	       limit_us % KVRM_USEC_PER_SEC * period_us / KVRM_USEC_PER_SEC;
}

/**
 * kvrm_cpumax_limit_us() - the limit that a quota and a period amount to
 * @quota_us: µs of CPU time per period
 * @period_us: µs, not 0
 *
 * Return: µs of CPU time per second, rounded to the nearest.
 */
static inline uint64_t kvrm_cpumax_limit_us(uint64_t quota_us, uint64_t period_us)
{
	return quota_us / period_us * KVRM_USEC_PER_SEC +
	       (quota_us % period_us * KVRM_USEC_PER_SEC + period_us / 2) / period_us;
}

/**
 * kvrm_cpumax_alone_us() - the strictest limit that cpu.max can hold where nothing else does
 * @limit_us: of a guest as a whole, µs of CPU time per second; 0: none
 * @vcpu_limit_us: of each of its virtual CPUs, likewise
 * @vcpus: how many it has
 *
 * cpu.max knows no single virtual CPU. But all together have no more than the sum.
 *
 * Return: µs of CPU time per second; 0: none.
 */
static inline uint64_t kvrm_cpumax_alone_us(uint64_t limit_us, uint64_t vcpu_limit_us,
					    uint32_t vcpus)
{
	uint64_t all_us = vcpu_limit_us * vcpus;

	return all_us && (!limit_us || all_us < limit_us) ? all_us : limit_us;
}

/**
 * kvrm_cpumax_holds() - whether what cpu.max says is what a limit asks for
 * @limit_us: the limit wanted, µs of CPU time per second, 0 for none
 * @quota_us: quota read back, 0 for "max"
 * @period_us: period read back
 *
 * Return: true if quota and period are exactly those of the limit.
 */
static inline _Bool kvrm_cpumax_holds(uint64_t limit_us, uint64_t quota_us, uint64_t period_us)
{
	if (!limit_us)
		return !quota_us;
	return period_us == kvrm_cpumax_period_us(limit_us) &&
	       quota_us == kvrm_cpumax_quota_us(limit_us, period_us);
}

#endif
