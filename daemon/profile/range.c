// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can be asked for of each resource: published by DSP1043, and what requests are checked against.
 */
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#include "daemon/profile/setting.h"
#include "kvrm/cpumax.h"
#include "kvrm/memlimit.h"

/**
 * profile_ranges() - what can be asked for of a resource
 * @env: of the profiles
 * @type: ResourceType
 * @ret: receives the properties, in the unit that is published
 *
 * Return: how many; 0: the type cannot be asked for.
 */
size_t profile_ranges(const struct profile_env *env, unsigned int type,
		      struct profile_range ret[static PROFILE_RANGES_MAX])
{
	uint64_t capacity_us = env->host->sample.cpu_capacity_us;
	uint64_t unit = DEFINITION_MEMORY_UNIT, most = DEFINITION_MEMORY_MAX_BYTES;

	if (type == PROFILE_PROCESSOR) {
		ret[0] = (struct profile_range){
			"VirtualQuantity", 1, DEFINITION_VCPUS_MAX, 1, false, 1
		};
		ret[1] = (struct profile_range){ "Reservation", 0, capacity_us, 1, false, 0 };
		ret[2] = (struct profile_range){ "Limit",     KVRM_CPUMAX_LIMIT_MIN_US,
						 capacity_us, 1,
						 true,	      0 };
		ret[3] = (struct profile_range){ "Weight", KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX,
						 1,	   false,	    KVRM_WEIGHT_DEFAULT };
		ret[4] = (struct profile_range){ "VirtualProcessorLimit",
						 KVRM_CPUMAX_LIMIT_MIN_US,
						 KVRM_USEC_PER_SEC,
						 1,
						 true,
						 0 };
		return 5;
	}
	if (type != PROFILE_MEMORY)
		return 0;
	ret[0] = (struct profile_range){ "VirtualQuantity",	      unit, most, unit, false,
					 PROFILE_MEMORY_DEFAULT_BYTES };
	ret[1] = (struct profile_range){ "Reservation", 0, most, unit, false, 0 };
	ret[2] =
		(struct profile_range){ "Limit", KVRM_MEMLIMIT_MIN_BYTES, 2 * most, unit, true, 0 };
	ret[3] = (struct profile_range){ "Weight", KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX,
					 1,	   false,	    KVRM_WEIGHT_DEFAULT };
	return 4;
}

/**
 * profile_check_range() - whether a value can be asked for
 * @env: of the profiles
 * @type: ResourceType
 * @property: its name
 * @value: in the unit that is published
 * @where: what it is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_check_range(const struct profile_env *env, unsigned int type, const char *property,
			uint64_t value, const char *where, struct cim_error *error)
{
	struct profile_range ranges[PROFILE_RANGES_MAX];
	size_t n = profile_ranges(env, type, ranges);
	char is[24], low[24], high[24];

	snprintf(is, sizeof(is), "%" PRIu64, value);
	for (size_t i = 0; i < n; i++) {
		const struct profile_range *r = &ranges[i];

		if (strcasecmp(r->property, property))
			continue;
		if (r->zero && !value)
			return 0;
		snprintf(low, sizeof(low), "%" PRIu64, r->min);
		snprintf(high, sizeof(high), "%" PRIu64, r->max);
		if (value < r->min || value > r->max)
			return cim_fail(error, CIM_MESSAGE_RANGE, where, is, low, high);
		snprintf(low, sizeof(low), "%" PRIu64, r->step);
		if ((value - r->min) % r->step)
			return cim_fail(error, CIM_MESSAGE_INCREMENT, where, is, low);
		return 0;
	}
	return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, is, "the resource has no such setting");
}
