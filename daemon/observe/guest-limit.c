// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's limits and its protected memory as they are in force: in cpu.max and memory.min, and in the module.
 */
#include <inttypes.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/observe/guest.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "kvrm/cpumax.h"

/**
 * guest_quota_us() - what cpu.max is to hold of a guest's limits
 * @guest: guest
 * @cpu: its allocation
 *
 * A limit of each virtual CPU is the module's. Without it all together have no more than the sum.
 *
 * Return: µs of CPU time per second; 0: unlimited.
 */
uint64_t guest_quota_us(const struct guest *guest, const struct cpu_allocation *cpu)
{
	return guest->module_id ? cpu->limit_us
				: kvrm_cpumax_alone_us(cpu->limit_us, cpu->vcpu_limit_us,
						       guest->system->definition->vcpus);
}

/* The module may choose another period. */
static bool quota_holds(const struct guest *guest, uint64_t limit_us, uint64_t quota_us,
			uint64_t period_us)
{
	if (!guest->module_id || !limit_us)
		return kvrm_cpumax_holds(limit_us, quota_us, period_us);
	return period_us >= KVRM_CPUMAX_PERIOD_MIN_US && period_us <= KVRM_CPUMAX_PERIOD_MAX_US &&
	       quota_us == kvrm_cpumax_quota_us(limit_us, period_us);
}

/* Where there is no memory.min nothing is protected. */
static int read_memory(struct guest *guest, uint64_t *ret_protected_bytes)
{
	struct system *system = guest->system;
	uint64_t bytes = 0;
	int r = cgroup_read_memory_min(guest->cgroup_fd, &bytes);

	system->memory_applied_bytes = kvrm_min(kvrm_excess(bytes, system->overhead_bytes),
						system->definition->memory.reservation_bytes);
	*ret_protected_bytes = bytes;
	return r;
}

/**
 * guest_read_limit() - read cpu.max back into the system, and memory.min as far as there is one
 * @guest: its cgroup is known
 * @cpu: allocation that is wanted
 * @ret_holds: whether it is exactly what that asks of cpu.max
 *
 * Return: 0 or a negative errno.
 */
int guest_read_limit(struct guest *guest, const struct cpu_allocation *cpu, bool *ret_holds)
{
	struct system *system = guest->system;
	uint64_t quota_us, period_us, protected_bytes;
	int r = cgroup_read_cpu_max(guest->cgroup_fd, &quota_us, &period_us);

	if (r)
		return r;
	read_memory(guest, &protected_bytes);
	system->limit_applied_us = quota_us ? kvrm_cpumax_limit_us(quota_us, period_us) : 0;
	system->enforced_by = guest->module_id ? SYSTEM_ENFORCED_MODULE : SYSTEM_ENFORCED_CGROUP;
	*ret_holds = quota_holds(guest, guest_quota_us(guest, cpu), quota_us, period_us);
	return 0;
}

/**
 * guest_verify_limit() - as guest_read_limit(), if nothing but that limit will do
 * @guest: its cgroup is known
 * @cpu: allocation that is wanted
 * @ret_error: sentence, to be freed
 *
 * Return: 0 if it is in force, or ERROR_APPLY_FAILED.
 */
int guest_verify_limit(struct guest *guest, const struct cpu_allocation *cpu, char **ret_error)
{
	bool holds;
	int r = guest_read_limit(guest, cpu, &holds);

	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED, "cpu.max cannot be read: %s",
				  strerror(-r));
	if (!holds)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "cpu.max does not say what was written to it");
	return 0;
}

/**
 * guest_verify_memory() - whether memory.min says what is reserved, and what QEMU needs beside
 * @guest: its cgroup is known
 * @wanted_bytes: both together
 * @ret_error: sentence, to be freed
 *
 * Return: 0 if it is in force, or ERROR_APPLY_FAILED.
 */
int guest_verify_memory(struct guest *guest, uint64_t wanted_bytes, char **ret_error)
{
	uint64_t protected_bytes;
	int r = read_memory(guest, &protected_bytes);

	if (protected_bytes == wanted_bytes)
		return 0;
	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "memory-reservation: memory.min cannot be read: %s",
				  strerror(-r));
	return text_error(ret_error, ERROR_APPLY_FAILED,
			  "memory-reservation: memory.min says %" PRIu64 " bytes, not %" PRIu64,
			  protected_bytes, wanted_bytes);
}

/**
 * guest_read_vcpu_limit() - read the limit of each virtual CPU back from the module
 * @guest: guest
 * @limit_us: that is wanted, µs of CPU time per second; 0: unlimited
 * @ret_error: sentence, to be freed
 *
 * Return: 0 if it is in force, or ERROR_APPLY_FAILED.
 */
int guest_read_vcpu_limit(struct guest *guest, uint64_t limit_us, char **ret_error)
{
	struct system *system = guest->system;
	_cleanup_free_ char *error = NULL;
	struct genl_guest known = { 0 };
	int r = guest->module_id
			? genl_guest_get(guest->env->genl, guest->module_id, &known, &error)
			: 0;

	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "vcpu-limit: cannot be read back: %s",
				  error ? error : strerror(-r));
	system->vcpu_limit_applied_us = known.vcpu_limit_us;
	if (known.vcpu_limit_us == limit_us)
		return 0;
	return text_error(ret_error, ERROR_APPLY_FAILED,
			  guest->module_id ? "vcpu-limit: the module does not hold it"
					   : "vcpu-limit: the module does not know the guest");
}
