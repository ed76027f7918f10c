// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processor limit, carried by the cgroup's cpu.max.
 *
 * cpu.max is written when the limit changes and never otherwise: each write refills the quota, so
 * a limit that is rewritten again and again is no limit. What was written is read back, and only
 * what was read back counts as applied. It stays in force when the module is unloaded.
 */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "kmod/cgfile.h"
#include "kmod/guest.h"
#include "kmod/limit.h"
#include "kvrm/cpumax.h"

/**
 * kvrm_limit_capacity_us() - the host's processor capacity
 *
 * Return: µs of CPU time per second.
 */
u64 kvrm_limit_capacity_us(void)
{
	return num_online_cpus() * KVRM_USEC_PER_SEC;
}

/* Whether cpu.max says what was just written. */
static int kvrm_limit_verify(struct kvrm_guest *guest, const char *wrote)
{
	size_t len = strcspn(wrote, "\n");
	char text[64];
	int err;

	err = kvrm_cgfile_read(guest->cpu_max, text, sizeof(text));
	if (err)
		return err;
	/* For "max" the period that is shown is the one before. */
	return strncmp(text, wrote, len) || !isspace(text[len]) ? -EIO : 0;
}

/**
 * kvrm_limit_apply() - put a processor limit into force
 * @guest: attached; its lock is held
 * @limit_us: µs of CPU time per second, KVRM_CPU_LIMIT_MIN_US to the capacity; 0 for no limit
 * @extack: says what went wrong
 *
 * Writes nothing if the limit is already the one in force.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno; the limit before stays in force then, as far as the kernel let
 * it.
 */
int kvrm_limit_apply(struct kvrm_guest *guest, u64 limit_us, struct netlink_ext_ack *extack)
{
	u64 quota_us = 0, period_us = 0;
	char text[64];
	int len, err;

	lockdep_assert_held(&guest->lock);
	if (limit_us) {
		period_us = kvrm_cpumax_period_us(limit_us);
		quota_us = kvrm_cpumax_quota_us(limit_us, period_us);
		len = scnprintf(text, sizeof(text), "%llu %llu\n", quota_us, period_us);
	} else {
		len = scnprintf(text, sizeof(text), "max\n");
	}
	if (!kvrm_limit_verify(guest, text))
		goto applied;

	err = kvrm_cgfile_write(guest->cpu_max, text, len);
	if (err) {
		NL_SET_ERR_MSG(extack, "the kernel refused the guest's cpu.max");
		return err;
	}
	err = kvrm_limit_verify(guest, text);
	if (err) {
		NL_SET_ERR_MSG(extack, "the guest's cpu.max does not say what was written to it");
		return err;
	}
applied:
	guest->limit_us = limit_us;
	guest->quota_us = quota_us;
	guest->period_us = period_us;
	return 0;
}
