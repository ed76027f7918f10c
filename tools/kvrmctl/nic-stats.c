// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl nic stats: what passes through NICs, and what limits do to it.
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
		    const struct nic_rates *rates)
{
	struct json_object *nic = json_object_array_get_idx(value_get(system, "NICs"), index);
	const char *interface = value_text(nic, "Interface");
	char limit[32];

	rate_format(direction_number(nic, &nic_directions[direction], "Limit"), limit,
		    sizeof(limit));
	table_add(t, "%s", value_text(system, "Name"));
	table_add(t, "%zu", index);
	table_add(t, "%s", *interface ? interface : "-");
	table_add(t, "%s", nic_directions[direction].name);
	stats_add_mbit(t, rates->bytes_per_s);
	table_add(t, "%s", limit);
	table_add_amount(t, rates->packets_per_s, 0);
	table_add_share(t, rates->limited);
	stats_add_held(t, rates);
	stats_add_mbit(t, rates->demand_bytes_per_s);
	stats_add_mbit(t, rates->entitled_bytes_per_s);
}

static struct json_object *row_object(struct json_object *system, size_t index, int direction,
				      const struct nic_rates *rates)
{
	struct json_object *nic = json_object_array_get_idx(value_get(system, "NICs"), index);
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "Name", json_object_new_string(value_text(system, "Name")));
	json_object_object_add(o, "UUID", json_object_new_string(value_text(system, "UUID")));
	json_object_object_add(o, "NIC", json_object_new_uint64(index));
	json_object_object_add(o, "Interface",
			       json_object_new_string(value_text(nic, "Interface")));
	json_object_object_add(o, "Direction",
			       json_object_new_string(nic_directions[direction].name));
	json_object_object_add(o, "Limit",
			       json_object_new_uint64(direction_number(nic,
								       &nic_directions[direction],
								       "Limit")));
	stats_add_flow(o, rates);
	return o;
}

static void show_system(const struct frame *frame, struct json_object *system, struct table *t,
			struct json_object *rows)
{
	struct json_object *nics = value_get(system, "NICs");
	const char *uuid = value_text(system, "UUID");

	for (size_t n = 0; nics && n < json_object_array_length(nics); n++) {
		for (int d = 0; d < DIRECTIONS; d++) {
			struct nic_rates rates;

			rates_compute_nic(value_get(frame->before->samples, uuid),
					  value_get(frame->after->samples, uuid), n,
					  nic_directions[d].key, &rates);
			if (frame->client->json)
				json_object_array_add(rows, row_object(system, n, d, &rates));
			else
				add_row(t, system, n, d, &rates);
		}
	}
}

static const char *const header[] = { "NAME",	  "NIC",	"INTERFACE",  "DIRECTION",
				      ">MBIT/S",  ">LIMIT",	">PACKETS/S", ">LIMITED",
				      ">QUEUED",  ">DELAYED/S", ">DROPPED/S", ">DEMAND",
				      ">ENTITLED" };

const struct stats_kind nic_stats = { .header = header,
				      .columns = sizeof(header) / sizeof(header[0]),
				      .show = show_system };

/** command_nic_stats() - kvrmctl nic stats; see command.h */
int command_nic_stats(struct client *client, int argc, char **argv)
{
	return stats_run(client, argc, argv, &nic_stats);
}
