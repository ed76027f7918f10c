// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl uplink stats: what passes through uplinks, their parts and the NICs on them.
 */
#include <math.h>
#include <string.h>

#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/direction.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/stats.h"
#include "tools/kvrmctl/strokes.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/uplink-tree.h"
#include "tools/kvrmctl/value.h"

/**
 * struct rows - rows in the making
 * @frame: of which
 * @table: they are added to
 * @list: or to this one, as JSON
 * @direction: that they are of
 * @uplink: last one that was visited above the NICs that follow
 */
struct rows {
	const struct frame *frame;
	struct table *table;
	struct json_object *list;
	const struct direction *direction;
	const char *uplink;
};

static void compute_nic(const struct frame *frame, const struct direction *direction,
			struct json_object *nic, struct nic_rates *ret)
{
	const char *uuid = value_text(nic, "UUID");

	rates_compute_nic(value_get(frame->before->samples, uuid),
			  value_get(frame->after->samples, uuid), value_number(nic, "NIC"),
			  direction->key, ret);
}

static void add_known(double *sum, double value)
{
	if (!isnan(value))
		*sum = (isnan(*sum) ? 0 : *sum) + value;
}

/* Adds what is known of all NICs in an uplink or part. */
static void add_members(const struct frame *frame, const struct direction *direction,
			struct json_object *uplink, struct nic_rates *sum)
{
	struct json_object *nics = value_get(uplink, "NICs"), *parts = value_get(uplink, "Parts");

	for (size_t i = 0; i < json_object_array_length(nics); i++) {
		struct nic_rates rates;

		compute_nic(frame, direction, json_object_array_get_idx(nics, i), &rates);
		add_known(&sum->bytes_per_s, rates.bytes_per_s);
		add_known(&sum->packets_per_s, rates.packets_per_s);
		add_known(&sum->delayed_per_s, rates.delayed_per_s);
		add_known(&sum->dropped_per_s, rates.dropped_per_s);
		for (int reason = 0; reason < KVRM_DROP_COUNT; reason++)
			add_known(&sum->dropped_by_per_s[reason], rates.dropped_by_per_s[reason]);
		add_known(&sum->queued_bytes, rates.queued_bytes);
	}
	for (size_t i = 0; i < json_object_array_length(parts); i++)
		add_members(frame, direction, json_object_array_get_idx(parts, i), sum);
}

static void compute_uplink(const struct frame *frame, const struct direction *direction,
			   struct json_object *uplink, struct nic_rates *ret)
{
	rates_forget_nic(ret);
	add_members(frame, direction, uplink, ret);
	/* Without the module they are 0, which says nothing. */
	if (!*value_text(uplink, "EnforcedBy"))
		return;
	ret->demand_bytes_per_s = (double)direction_number(uplink, direction, "Demand");
	ret->entitled_bytes_per_s = (double)direction_number(uplink, direction, "Entitled");
}

static void add_number(struct json_object *row, const struct rows *rows, struct json_object *from,
		       const char *what)
{
	json_object_object_add(row, what,
			       json_object_new_uint64(direction_number(from, rows->direction,
								       what)));
}

static void add_text(struct json_object *row, const char *key, const char *text)
{
	json_object_object_add(row, key, json_object_new_string(text));
}

static struct json_object *row_object(const struct rows *rows, const struct uplink_line *line,
				      const struct nic_rates *rates)
{
	struct json_object *row = json_object_new_object(), *from = line->object;

	add_text(row, "Uplink", rows->uplink);
	add_text(row, "Direction", rows->direction->name);
	if (line->nic) {
		add_text(row, "System", value_text(from, "System"));
		add_text(row, "UUID", value_text(from, "UUID"));
		json_object_object_add(row, "NIC",
				       json_object_new_uint64(value_number(from, "NIC")));
		add_text(row, "State", value_text(from, "State"));
		add_number(row, rows, from, "Reservation");
	} else {
		add_text(row, "Parent", value_text(from, "Parent"));
		add_text(row, "EnforcedBy", value_text(from, "EnforcedBy"));
		add_number(row, rows, from, "Capacity");
		add_number(row, rows, from, "Reserved");
	}
	if (line->nic || *value_text(from, "Parent"))
		add_number(row, rows, from, "Limit");
	stats_add_flow(row, rates);
	return row;
}

/* What an uplink has to share, and its NICs may take of it. */
static void add_allocation(const struct rows *rows, const struct uplink_line *line)
{
	const struct direction *direction = rows->direction;
	struct table *t = rows->table;
	char reserved[32];

	if (line->nic)
		cells_empty(t, 1);
	else
		cell_rate(t, line->object, direction_key(direction, "Capacity"));
	if (line->nic || *value_text(line->object, "Parent"))
		cell_rate_limit(t, line->object, direction_key(direction, "Limit"));
	else
		cells_empty(t, 1);
	rate_cell_format(direction_number(line->object, direction,
					  line->nic ? "Reservation" : "Reserved"),
			 reserved, sizeof(reserved));
	table_add(t, uplink_tree_rests(line) ? "(%s)" : "%s", reserved);
}

static void add_row(const struct rows *rows, const struct uplink_line *line,
		    const struct nic_rates *rates)
{
	struct table *t = rows->table;

	uplink_tree_cell(t, line, direction_number(line->object, rows->direction, "Shortfall"));
	table_add(t, "%s", rows->direction->name);
	add_allocation(rows, line);
	stats_add_mbit(t, rates->bytes_per_s);
	stats_add_mbit(t, rates->demand_bytes_per_s);
	stats_add_mbit(t, rates->entitled_bytes_per_s);
	stats_add_held(t, rates);
}

static void add_line(const struct uplink_line *line, void *data)
{
	struct rows *rows = data;
	struct nic_rates rates;

	if (line->nic) {
		compute_nic(rows->frame, rows->direction, line->object, &rates);
	} else {
		compute_uplink(rows->frame, rows->direction, line->object, &rates);
		rows->uplink = value_text(line->object, "Name");
	}
	if (rows->frame->client->json)
		json_object_array_add(rows->list, row_object(rows, line, &rates));
	else
		add_row(rows, line, &rates);
}

/* @name: NULL: all */
static void show_trees(struct rows *rows, const char *name)
{
	const struct strokes *strokes = print_can_lines() ? &line_strokes : &ascii_strokes;
	const struct look *look = rows->frame->after;
	_cleanup_value_ struct json_object *trees =
		uplink_tree_build(look->uplinks, look->systems, look->samples, name);

	for (size_t i = 0; i < json_object_array_length(trees); i++) {
		for (int d = 0; d < DIRECTIONS; d++) {
			rows->direction = &nic_directions[d];
			uplink_tree_walk(json_object_array_get_idx(trees, i), strokes, add_line,
					 rows);
		}
	}
}

static void show_all(const struct frame *frame, struct table *t, struct json_object *list)
{
	struct rows rows = { .frame = frame, .table = t, .list = list };

	if (!*frame->names)
		show_trees(&rows, NULL);
	for (char *const *name = frame->names; *name; name++)
		show_trees(&rows, *name);
}

static int check_names(struct client *client, char *const *names, const struct look *look)
{
	for (; *names; names++) {
		_cleanup_value_ struct json_object *tree =
			uplink_tree_build(look->uplinks, look->systems, look->samples, *names);

		if (!json_object_array_length(tree))
			return client_complain(client, EXIT_NOT_FOUND, *names, NULL,
					       "there is no such uplink");
	}
	return EXIT_OK;
}

static const char *const header[] = { "UPLINK",	   "DIRECTION",	 ">CAPACITY", ">LIMIT",
				      ">RESERVED", ">MBIT/S",	 ">DEMAND",   ">ENTITLED",
				      ">QUEUED",   ">DELAYED/S", ">DROPPED/S" };

const struct stats_kind uplink_stats = { .header = header,
					 .columns = sizeof(header) / sizeof(header[0]),
					 .show_all = show_all,
					 .check_names = check_names };

/** command_uplink_stats() - kvrmctl uplink stats; see command.h */
int command_uplink_stats(struct client *client, int argc, char **argv)
{
	return stats_run(client, argc, argv, &uplink_stats);
}
