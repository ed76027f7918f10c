// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can be asked for of each resource: published by DSP1043, and what requests are checked against.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/profile/setting.h"
#include "kvrm/cpumax.h"
#include "kvrm/memlimit.h"

/* What is published of a type of resource; the most of what is 0 here is the host's processors. */
static const struct profile_range processor[] = {
	{ "VirtualQuantity", 1, DEFINITION_VCPUS_MAX, 1, false, 1 },
	{ "Reservation", 0, 0, 1, false, 0 },
	{ "Limit", KVRM_CPUMAX_LIMIT_MIN_US, 0, 1, true, 0 },
	{ "Weight", KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX, 1, false, KVRM_WEIGHT_DEFAULT },
	{ "VirtualProcessorLimit", KVRM_CPUMAX_LIMIT_MIN_US, KVRM_USEC_PER_SEC, 1, true, 0 },
};

#define UNIT DEFINITION_MEMORY_UNIT
#define MOST DEFINITION_MEMORY_MAX_BYTES
static const struct profile_range memory[] = {
	{ "VirtualQuantity", UNIT, MOST, UNIT, false, PROFILE_MEMORY_DEFAULT_BYTES },
	{ "VirtualQuantityLimit", UNIT, MOST, UNIT, true, 0 },
	{ "Reservation", 0, MOST, UNIT, false, 0 },
	{ "Limit", KVRM_MEMLIMIT_MIN_BYTES, 2 * MOST, UNIT, true, 0 },
	{ "Weight", KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX, 1, false, KVRM_WEIGHT_DEFAULT },
};

/* One end of the range, in both directions. */
#define ADAPTER_RATES(reservation, limit)                                                          \
	{ reservation, 0, UPLINK_MAX_BYTES_PER_S, 1, false, 0 },                                   \
		{ limit, 1, NIC_LIMIT_MAX_BYTES_PER_S, 1, true, 0 }
#define ADAPTER_BOUNDS(weight, packets, burst)                                                     \
	{ weight, KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX, 1, false, KVRM_WEIGHT_DEFAULT },               \
		{ packets, 1, NIC_LIMIT_MAX_PACKETS_PER_S, 1, true, 0 },                           \
		{ burst, 1, NIC_BURST_MAX_BYTES, 1, true, 0 }
static const struct profile_range adapter[] = {
	{ "VirtualQuantity", 1, 1, 1, false, 1 },
	ADAPTER_RATES("Reservation", "Limit"),
	ADAPTER_RATES("ReceiveBandwidthReservation", "ReceiveBandwidthLimit"),
	ADAPTER_BOUNDS("Weight", "TransmitPacketLimit", "TransmitBurst"),
	ADAPTER_BOUNDS("ReceiveWeight", "ReceivePacketLimit", "ReceiveBurst"),
};

#define DISK_BOUNDS(rate, operations, burst)                                                       \
	{ rate, 1, DISK_LIMIT_MAX_BYTES_PER_S, 1, true, 0 },                                       \
		{ operations, 1, DISK_LIMIT_MAX_OPERATIONS_PER_S, 1, true, 0 },                    \
		{ burst, 1, DISK_LIMIT_MAX_BYTES_PER_S, 1, true, 0 }
static const struct profile_range disk[] = {
	{ "Weight", KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX, 1, false, KVRM_WEIGHT_DEFAULT },
	DISK_BOUNDS("ReadLimit", "ReadOperationLimit", "ReadBurst"),
	DISK_BOUNDS("WriteLimit", "WriteOperationLimit", "WriteBurst"),
};

static const struct profile_range serial[] = {
	{ "VirtualQuantity", 1, 1, 1, false, 1 },
};

#define TYPE(number, ranges) { number, ranges, sizeof(ranges) / sizeof((ranges)[0]) }
static const struct {
	unsigned int type;
	const struct profile_range *ranges;
	size_t n;
} types[] = {
	TYPE(PROFILE_PROCESSOR, processor), TYPE(PROFILE_MEMORY, memory),
	TYPE(PROFILE_ADAPTER, adapter),	    TYPE(PROFILE_DISK, disk),
	TYPE(PROFILE_SERIAL, serial),
};
_Static_assert(sizeof(adapter) / sizeof(adapter[0]) == PROFILE_RANGES_MAX, "the longest one");

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
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type != type)
			continue;
		memcpy(ret, types[i].ranges, types[i].n * sizeof(*ret));
		for (size_t k = 0; k < types[i].n; k++) {
			if (!ret[k].max)
				ret[k].max = env->host->sample.cpu_capacity_us;
		}
		return types[i].n;
	}
	return 0;
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
