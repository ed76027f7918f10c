// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reasons of a system's NICs and disks; see reason.h.
 */
#include <math.h>
#include <stdio.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/direction.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/reason-device.h"
#include "tools/kvrmctl/value.h"

/* Part of the time in which a NIC was held back that is worth a word. */
#define LIMITED_WORTH 0.01
/* Who has this part of a limit is held back by it, and not by another one. */
#define NEARLY 0.9

/* What holds a NIC back: a limit of its own, or else its uplink. */
static void say_nic(struct json_object *nic, const struct direction *direction,
		    const struct nic_rates *rates, char *buf, size_t size)
{
	uint64_t bytes = direction_number(nic, direction, "Limit");
	uint64_t packets = direction_number(nic, direction, "PacketLimit");
	const char *uplink = value_text(nic, "UplinkApplied");
	char rate[32];

	rate_format(bytes, rate, sizeof(rate));
	if (packets && (!bytes || rates->packets_per_s >= (double)packets * NEARLY))
		snprintf(buf, size, "limit %llu packets/s", (unsigned long long)packets);
	else if (bytes && (!*uplink || !(rates->bytes_per_s < (double)bytes * NEARLY)))
		snprintf(buf, size, "limit %s", rate);
	else if (*uplink && rates->entitled_bytes_per_s < rates->demand_bytes_per_s)
		snprintf(buf, size, "uplink %s; wants %.1f Mbit/s, is due %.1f", uplink,
			 rates->demand_bytes_per_s * 8 / 1000000,
			 rates->entitled_bytes_per_s * 8 / 1000000);
	else if (*uplink)
		snprintf(buf, size, "uplink %s", uplink);
	else
		snprintf(buf, size, "a limit that was lifted since");
}

/* Why most packets were dropped; "" if only their sum is known. */
static const char *why_dropped(const struct nic_rates *rates)
{
	static const char *const why[KVRM_DROP_COUNT] = {
		[KVRM_DROP_FULL] = ": its queue is full",
		[KVRM_DROP_DEVICE] = ": its device went down",
		[KVRM_DROP_MEMORY] = ": the host has no memory",
	};
	const char *most = "";
	double per_s = 0;

	for (int reason = 0; reason < KVRM_DROP_COUNT; reason++) {
		if (!(rates->dropped_by_per_s[reason] > per_s))
			continue;
		most = why[reason];
		per_s = rates->dropped_by_per_s[reason];
	}
	return most;
}

static void find_nic(struct json_object *reasons, struct json_object *before,
		     struct json_object *after, struct json_object *nic, size_t index)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct nic_rates rates;
		char why[128];

		rates_compute_nic(before, after, index, nic_directions[d].key, &rates);
		say_nic(nic, &nic_directions[d], &rates, why, sizeof(why));
		if (rates.limited >= LIMITED_WORTH)
			reason_say(reasons, "NIC %zu %s limited %.0f %%: %s", index,
				   nic_directions[d].name, fmin(rates.limited, 1) * 100, why);
		if (rates.dropped_per_s > 0)
			reason_say(reasons, "NIC %zu %s drops %.0f packets/s%s", index,
				   nic_directions[d].name, ceil(rates.dropped_per_s),
				   why_dropped(&rates));
	}
}

static void find_disk(struct json_object *reasons, struct json_object *before,
		      struct json_object *after, struct json_object *disk, size_t index)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		const struct direction *direction = &disk_directions[d];
		uint64_t bytes = direction_number(disk, direction, "Limit");
		uint64_t operations = direction_number(disk, direction, "IOPS");
		struct disk_rates rates;
		char rate[32];

		rates_compute_disk(before, after, index, direction->key, &rates);
		rate_format(bytes, rate, sizeof(rate));
		if (bytes && rates.bytes_per_s >= (double)bytes * NEARLY)
			reason_say(reasons, "disk %zu %s at limit: %s", index, direction->name,
				   rate);
		if (operations && rates.operations_per_s >= (double)operations * NEARLY)
			reason_say(reasons, "disk %zu %s at limit: %llu operations/s", index,
				   direction->name, (unsigned long long)operations);
		if (rates.failed_per_s > 0)
			reason_say(reasons, "disk %zu %s requests fail", index, direction->name);
	}
}

/**
 * reasons_find_devices() - add what holds back NICs and disks
 * @reasons: array
 * @before: earlier sample of the system; NULL: there is none
 * @after: later sample
 * @system: its properties
 */
void reasons_find_devices(struct json_object *reasons, struct json_object *before,
			  struct json_object *after, struct json_object *system)
{
	struct json_object *nics = value_get(system, "NICs"), *disks = value_get(system, "Disks");

	for (size_t i = 0; nics && i < json_object_array_length(nics); i++)
		find_nic(reasons, before, after, json_object_array_get_idx(nics, i), i);
	for (size_t i = 0; disks && i < json_object_array_length(disks); i++)
		find_disk(reasons, before, after, json_object_array_get_idx(disks, i), i);
}
