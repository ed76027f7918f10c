// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl uplink list and show.
 */
#include <stdio.h>

#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/uplink-tree.h"
#include "tools/kvrmctl/value.h"

static void cell_or_none(struct table *t, struct json_object *uplink, const char *key)
{
	const char *text = value_text(uplink, key);

	table_add(t, "%s", *text ? text : "-");
}

/* @prefix: of the direction's properties */
static void list_row(struct table *t, struct json_object *uplink, const char *prefix,
		     const char *direction)
{
	static const char *const amounts[] = { "Capacity", "Reserved", "Unreserved", "Shortfall" };
	bool part = *value_text(uplink, "Parent");
	char key[64];

	snprintf(key, sizeof(key), "%sShortfall", prefix);
	table_style(t, value_number(uplink, key) ? TABLE_LOUD : TABLE_PLAIN);
	cell_text(t, uplink, "Name");
	cell_or_none(t, uplink, "Parent");
	cell_or_none(t, uplink, "Bridge");
	table_add(t, "%s", direction);
	if (part) {
		snprintf(key, sizeof(key), "%sReservation", prefix);
		cell_rate(t, uplink, key);
		snprintf(key, sizeof(key), "%sLimit", prefix);
		cell_rate_limit(t, uplink, key);
		snprintf(key, sizeof(key), "%sWeight", prefix);
		cell_text(t, uplink, key);
		snprintf(key, sizeof(key), "%sExpandable", prefix);
		table_add(t, "%s", json_object_get_boolean(value_get(uplink, key)) ? "yes" : "no");
	} else {
		cells_empty(t, 4);
	}
	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		snprintf(key, sizeof(key), "%s%s", prefix, amounts[i]);
		cell_rate(t, uplink, key);
	}
	cell_or_none(t, uplink, "EnforcedBy");
	cell_text(t, uplink, "Description");
}

static void list_table(struct json_object *uplinks)
{
	static const char *const header[] = {
		"NAME",	       "PARENT",     "BRIDGE",	    "DIRECTION",   ">RESERVATION",
		">LIMIT",      ">WEIGHT",    "EXPANDABLE",  ">CAPACITY",   ">RESERVED",
		">UNRESERVED", ">SHORTFALL", "ENFORCED BY", "DESCRIPTION",
	};
	_cleanup_table_ struct table t = { .columns = 14,
					   .header = header,
					   .colours = print_can_colours() };

	for (size_t i = 0; i < json_object_array_length(uplinks); i++) {
		struct json_object *uplink = json_object_array_get_idx(uplinks, i);

		list_row(&t, uplink, "ToGuest", "to guests");
		list_row(&t, uplink, "FromGuest", "from guests");
	}
	table_print(&t, stdout);
}

static int fetch_uplinks(struct client *client, struct json_object **ret)
{
	return listing_fetch(client, "ListUplinks", ret);
}

/** command_uplink_list() - kvrmctl uplink list; see command.h */
int command_uplink_list(struct client *client, int argc, char **argv)
{
	static const struct listing listing = { .fetch = fetch_uplinks, .table = list_table };

	return command_listing(client, argc, argv, &listing);
}

/* Of one that was asked for, what is not in the tree. */
static void show_fields(struct json_object *uplink)
{
	print_text(uplink, *value_text(uplink, "Parent") ? "Part" : "Uplink", "Name");
	print_text(uplink, "Description", "Description");
	print_text(uplink, "Parent", "Parent");
	print_text(uplink, "Bridge", "Bridge");
	if (*value_text(uplink, "Parent"))
		print_field("Expandable", "%s to guests, %s from guests",
			    json_object_get_boolean(value_get(uplink, "ToGuestExpandable")) ? "yes"
											    : "no",
			    json_object_get_boolean(value_get(uplink, "FromGuestExpandable"))
				    ? "yes"
				    : "no");
	else
		print_field("Contended", "%s to guests, %s from guests",
			    json_object_get_boolean(value_get(uplink, "ToGuestContended")) ? "yes"
											   : "no",
			    json_object_get_boolean(value_get(uplink, "FromGuestContended"))
				    ? "yes"
				    : "no");
	print_field("Enforced by", "%s",
		    *value_text(uplink, "EnforcedBy") ? value_text(uplink, "EnforcedBy")
						      : "nobody (the module does not hold it)");
	putchar('\n');
}

static int fetch_trees(struct client *client, const char *root, struct json_object **ret)
{
	_cleanup_value_ struct json_object *objects = NULL, *samples = NULL, *uplinks = NULL,
					   *systems = NULL;
	int status = client_objects(client, &objects);

	if (status == EXIT_OK)
		status = client_fetch(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "GetStatistics",
				      &samples);
	if (status != EXIT_OK)
		return status;
	uplinks = client_select(objects, CLIENT_UPLINK);
	systems = client_select(objects, CLIENT_SYSTEM);
	*ret = uplink_tree_build(uplinks, systems, samples, root);
	if (!root || json_object_array_length(*ret))
		return EXIT_OK;
	return client_complain(client, EXIT_NOT_FOUND, root, NULL, "there is no such uplink");
}

/** command_uplink_show() - kvrmctl uplink show; see command.h */
int command_uplink_show(struct client *client, int argc, char **argv)
{
	_cleanup_value_ struct json_object *trees = NULL;
	const char *name;
	int status = command_parse_common(client, argc, argv, 0, 1);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status != EXIT_OK)
		return status;
	name = argv[optind];
	status = fetch_trees(client, name, &trees);
	if (status != EXIT_OK)
		return status;
	if (client->json) {
		print_json(name ? json_object_array_get_idx(trees, 0) : trees);
		return EXIT_OK;
	}
	if (name)
		show_fields(json_object_array_get_idx(trees, 0));
	uplink_tree_print(trees, print_can_lines(), print_can_colours(), stdout);
	return EXIT_OK;
}
