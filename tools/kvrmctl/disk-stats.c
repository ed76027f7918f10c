// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl disk stats: what disks read and write, and how long it takes.
 */
#include <stdio.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/direction.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/stats.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

static void add_row(struct table *t, struct json_object *system, size_t index, int direction,
		    const struct disk_rates *rates)
{
	struct json_object *disk = json_object_array_get_idx(value_get(system, "Disks"), index);
	uint64_t operations = direction_number(disk, &disk_directions[direction], "IOPS");
	char limit[32];

	rate_format(direction_number(disk, &disk_directions[direction], "Limit"), limit,
		    sizeof(limit));
	table_add(t, "%s", value_text(system, "Name"));
	table_add(t, "%zu", index);
	table_add(t, "%s", disk_directions[direction].name);
	table_add_amount(t, rates->bytes_per_s / 1000000, 3);
	table_add(t, "%s", limit);
	table_add_amount(t, rates->operations_per_s, 0);
	if (operations)
		table_add(t, "%llu", (unsigned long long)operations);
	else
		table_add(t, "unlimited");
	table_add_amount(t, rates->time_s * 1000, 1);
	table_add_amount(t, rates->failed_per_s, 0);
}

static struct json_object *row_object(struct json_object *system, size_t index, int direction,
				      const struct disk_rates *rates)
{
	struct json_object *disk = json_object_array_get_idx(value_get(system, "Disks"), index);
	const struct direction *of = &disk_directions[direction];
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "Name", json_object_new_string(value_text(system, "Name")));
	json_object_object_add(o, "UUID", json_object_new_string(value_text(system, "UUID")));
	json_object_object_add(o, "Disk", json_object_new_uint64(index));
	json_object_object_add(o, "Direction",
			       json_object_new_string(disk_directions[direction].name));
	json_object_object_add(o, "Limit",
			       json_object_new_uint64(direction_number(disk, of, "Limit")));
	json_object_object_add(o, "IOPSLimit",
			       json_object_new_uint64(direction_number(disk, of, "IOPS")));
	stats_add_number(o, "BytesPerSecond", rates->bytes_per_s);
	stats_add_number(o, "OperationsPerSecond", rates->operations_per_s);
	stats_add_number(o, "SecondsPerOperation", rates->time_s);
	stats_add_number(o, "FailedPerSecond", rates->failed_per_s);
	return o;
}

static void show_system(const struct frame *frame, struct json_object *system, struct table *t,
			struct json_object *rows)
{
	struct json_object *disks = value_get(system, "Disks");
	const char *uuid = value_text(system, "UUID");

	for (size_t n = 0; disks && n < json_object_array_length(disks); n++) {
		for (int d = 0; d < DIRECTIONS; d++) {
			struct disk_rates rates;

			rates_compute_disk(value_get(frame->before->samples, uuid),
					   value_get(frame->after->samples, uuid), n,
					   disk_directions[d].key, &rates);
			if (frame->client->json)
				json_object_array_add(rows, row_object(system, n, d, &rates));
			else
				add_row(t, system, n, d, &rates);
		}
	}
}

static const char *const header[] = { "NAME",	"DISK",	      "DIRECTION", ">MB/S",    ">LIMIT",
				      ">OPS/S", ">OPS LIMIT", ">MS/OP",	   ">FAILED/S" };

const struct stats_kind disk_stats = { .header = header,
				       .columns = sizeof(header) / sizeof(header[0]),
				       .show = show_system };

/** command_disk_stats() - kvrmctl disk stats; see command.h */
int command_disk_stats(struct client *client, int argc, char **argv)
{
	return stats_run(client, argc, argv, &disk_stats);
}
