// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processor limits and reservations as people write them: "25%" of one CPU, "1.5" CPUs,
 * "unlimited". Exact: what would need rounding is refused.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/cpumax.h"
#include "kvrm/node.h"

/**
 * cpu_limit_parse() - read a processor limit
 * @text: "25%", "1.5" or "unlimited"
 * @ret_us: µs of CPU time per second; 0: unlimited
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int cpu_limit_parse(const char *text, uint64_t *ret_us, char **ret_error)
{
	uint64_t us;

	if (!strcmp(text, "unlimited")) {
		*ret_us = 0;
		return 0;
	}
	if (text_to_cpu_us(text, &us))
		return text_error(ret_error, -EINVAL,
				  "cpu-limit: '%s' is not a share of one CPU (25%%), a number of "
				  "CPUs (1.5) or unlimited, in steps of 0.0001%%",
				  text);
	if (!us)
		return text_error(ret_error, -EINVAL,
				  "cpu-limit: '%s' is below 1%% of one CPU (or say unlimited)",
				  text);
	*ret_us = us;
	return definition_check_limit(us, 0, ret_error);
}

static int check_vcpu_limit(uint64_t limit_us, char **ret_error)
{
	if (!limit_us || (limit_us >= KVRM_CPUMAX_LIMIT_MIN_US && limit_us <= KVRM_USEC_PER_SEC))
		return 0;
	return text_error(ret_error, -EINVAL,
			  "vcpu-limit: %" PRIu64
			  " us per second is not %llu to %llu (1 %% to 100 %% of one CPU)",
			  limit_us, KVRM_CPUMAX_LIMIT_MIN_US, KVRM_USEC_PER_SEC);
}

/**
 * vcpu_limit_parse() - read a processor limit of each virtual CPU
 * @text: "25%", "0.25" or "unlimited"
 * @ret_us: µs of CPU time per second; 0: unlimited
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int vcpu_limit_parse(const char *text, uint64_t *ret_us, char **ret_error)
{
	uint64_t us;

	if (!strcmp(text, "unlimited")) {
		*ret_us = 0;
		return 0;
	}
	if (text_to_cpu_us(text, &us) || !us)
		return text_error(ret_error, -EINVAL,
				  "vcpu-limit: '%s' is not a share of one CPU (25%%) from 1%% to "
				  "100%%, in steps of 0.0001%%, or unlimited",
				  text);
	*ret_us = us;
	return check_vcpu_limit(us, ret_error);
}

/**
 * cpu_reservation_parse() - read a processor reservation
 * @text: "25%", "1.5" or "0"
 * @ret_us: µs of CPU time per second
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int cpu_reservation_parse(const char *text, uint64_t *ret_us, char **ret_error)
{
	if (text_to_cpu_us(text, ret_us))
		return text_error(ret_error, -EINVAL,
				  "cpu-reservation: '%s' is not a share of one CPU (25%%), a "
				  "number of CPUs (1.5) or 0, in steps of 0.0001%%",
				  text);
	return 0;
}

/**
 * cpu_weight_parse() - read a processor weight
 * @text: a number
 * @ret_weight: weight
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int cpu_weight_parse(const char *text, uint32_t *ret_weight, char **ret_error)
{
	return share_parse("cpu-weight", text, ret_weight, ret_error);
}

/* The largest reservation that can be used; 0: there is none. */
static int check_ceiling(const struct cpu_allocation *cpu, uint64_t ceiling_us, char **ret_error)
{
	if (cpu->vcpu_limit_us)
		ceiling_us = ceiling_us / KVRM_USEC_PER_SEC * cpu->vcpu_limit_us;
	if (!ceiling_us || cpu->reservation_us <= ceiling_us)
		return 0;
	return text_error(ret_error, -EINVAL,
			  "cpu-reservation: %" PRIu64 " us per second is above %" PRIu64
			  " (all virtual CPUs%s)",
			  cpu->reservation_us, ceiling_us,
			  cpu->vcpu_limit_us ? ", each at its vcpu-limit" : "");
}

/**
 * cpu_allocation_check() - whether an allocation can be kept, as far as itself says
 * @cpu: allocation
 * @ceiling_us: of a reservation: all virtual CPUs, as if they had no limit; 0: none
 * @capacity_us: of the host; 0: not known here
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int cpu_allocation_check(const struct cpu_allocation *cpu, uint64_t ceiling_us,
			 uint64_t capacity_us, char **ret_error)
{
	int r = definition_check_limit(cpu->limit_us, capacity_us, ret_error);

	if (!r)
		r = check_vcpu_limit(cpu->vcpu_limit_us, ret_error);
	if (r)
		return r;
	if (cpu->weight < KVRM_WEIGHT_MIN || cpu->weight > KVRM_WEIGHT_MAX)
		return text_error(ret_error, -EINVAL, "cpu-weight: %" PRIu32 " is not %u to %u",
				  cpu->weight, KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX);
	if (cpu->limit_us && cpu->reservation_us > cpu->limit_us)
		return text_error(ret_error, -EINVAL,
				  "cpu-reservation: %" PRIu64
				  " us per second is above the cpu-limit of %" PRIu64,
				  cpu->reservation_us, cpu->limit_us);
	return check_ceiling(cpu, ceiling_us, ret_error);
}

/**
 * cpu_allocation_equal() - whether two allocations are the same
 * @a: one
 * @b: the other
 */
bool cpu_allocation_equal(const struct cpu_allocation *a, const struct cpu_allocation *b)
{
	return a->reservation_us == b->reservation_us && a->limit_us == b->limit_us &&
	       a->weight == b->weight && a->vcpu_limit_us == b->vcpu_limit_us;
}

/**
 * cpu_limit_format() - write a processor limit
 * @limit_us: µs of CPU time per second; 0: unlimited
 * @buf: receives what cpu_limit_parse() reads as the same limit
 * @size: of @buf; 32 is enough
 */
void cpu_limit_format(uint64_t limit_us, char *buf, size_t size)
{
	char fraction[8];
	size_t len;

	if (!limit_us) {
		snprintf(buf, size, "unlimited");
		return;
	}
	snprintf(fraction, sizeof(fraction), ".%04u", (unsigned int)(limit_us % 10000));
	for (len = strlen(fraction); len > 0 && strchr("0.", fraction[len - 1]); len--) {
		bool point = fraction[len - 1] == '.';

		fraction[len - 1] = '\0';
		if (point)
			break;
	}
	snprintf(buf, size, "%" PRIu64 "%s%%", limit_us / 10000, fraction);
}
