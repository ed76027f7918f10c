// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl pool list and show.
 */
#include <stdio.h>

#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/pool-tree.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/setting.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

static bool is_true(struct json_object *pool, const char *key)
{
	return json_object_get_boolean(value_get(pool, key));
}

static void list_row(struct table *t, struct json_object *pool)
{
	table_style(t, value_number(pool, "ProcessorShortfall") ? TABLE_LOUD : TABLE_PLAIN);
	cell_text(t, pool, "Name");
	/* The root is what the host has; nothing was decided about it. */
	if (is_true(pool, "Primordial")) {
		cells_empty(t, 5);
	} else {
		cell_text(t, pool, "Parent");
		cell_reservation(t, pool, "ProcessorReservation");
		cell_limit(t, pool, "ProcessorLimit");
		cell_text(t, pool, "ProcessorWeight");
		table_add(t, "%s", is_true(pool, "ProcessorExpandable") ? "yes" : "no");
	}
	cell_reservation(t, pool, "ProcessorCapacity");
	cell_reservation(t, pool, "ProcessorReserved");
	cell_reservation(t, pool, "ProcessorUnreserved");
	cell_reservation(t, pool, "ProcessorShortfall");
	cell_text(t, pool, "EnforcedBy");
	cell_text(t, pool, "Description");
}

/* "4 GiB (not yet)": one that is not in force, in words. */
static void cell_memory_limit(struct table *t, struct json_object *pool)
{
	uint64_t wanted_bytes = value_number(pool, "MemoryLimit");
	bool holds = wanted_bytes == value_number(pool, "MemoryLimitApplied");
	char text[32] = "unlimited";

	if (wanted_bytes)
		bytes_format(wanted_bytes, text, sizeof(text));
	table_add(t, "%s%s", text, holds ? "" : " (not yet)");
}

static void list_memory_row(struct table *t, struct json_object *pool)
{
	table_style(t, value_number(pool, "MemoryShortfall") ? TABLE_LOUD : TABLE_PLAIN);
	cell_text(t, pool, "Name");
	if (is_true(pool, "Primordial")) {
		cells_empty(t, 4);
	} else {
		cell_bytes(t, pool, "MemoryReservation");
		cell_memory_limit(t, pool);
		cell_text(t, pool, "MemoryWeight");
		table_add(t, "%s", is_true(pool, "MemoryExpandable") ? "yes" : "no");
	}
	cell_bytes(t, pool, "MemoryCapacity");
	cell_bytes(t, pool, "MemoryReserved");
	cell_bytes(t, pool, "MemoryUnreserved");
	cell_bytes(t, pool, "MemoryShortfall");
	cell_bytes(t, pool, "MemoryUsed");
}

/* Of memory, below that of the processors. */
static void list_memory_table(struct json_object *pools)
{
	static const char *const header[] = {
		"MEMORY",    ">RESERVATION", ">LIMIT",	    ">WEIGHT",	  "EXPANDABLE",
		">CAPACITY", ">RESERVED",    ">UNRESERVED", ">SHORTFALL", ">USED",
	};
	_cleanup_table_ struct table t = { .columns = 10,
					   .header = header,
					   .colours = print_can_colours() };

	for (size_t i = 0; i < json_object_array_length(pools); i++)
		list_memory_row(&t, json_object_array_get_idx(pools, i));
	table_print(&t, stdout);
}

static void list_table(struct json_object *pools)
{
	static const char *const header[] = {
		"NAME",	       "PARENT",     ">RESERVATION", ">LIMIT",
		">WEIGHT",     "EXPANDABLE", ">CAPACITY",    ">RESERVED",
		">UNRESERVED", ">SHORTFALL", "ENFORCED BY",  "DESCRIPTION",
	};
	_cleanup_table_ struct table t = { .columns = 12,
					   .header = header,
					   .colours = print_can_colours() };

	for (size_t i = 0; i < json_object_array_length(pools); i++)
		list_row(&t, json_object_array_get_idx(pools, i));
	table_print(&t, stdout);
	putchar('\n');
	list_memory_table(pools);
}

static int fetch_pools(struct client *client, struct json_object **ret)
{
	return listing_fetch(client, "ListPools", ret);
}

/** command_pool_list() - kvrmctl pool list; see command.h */
int command_pool_list(struct client *client, int argc, char **argv)
{
	static const struct listing listing = { .fetch = fetch_pools, .table = list_table };

	return command_listing(client, argc, argv, &listing);
}

/* Of one pool that was asked for, what is not in the tree. */
static void show_fields(struct json_object *pool)
{
	print_text(pool, "Pool", "Name");
	print_text(pool, "Description", "Description");
	if (!is_true(pool, "Primordial")) {
		print_text(pool, "Parent", "Parent");
		print_field("Expandable", "%s",
			    is_true(pool, "ProcessorExpandable") ? "yes" : "no");
		print_field("  in memory", "%s", is_true(pool, "MemoryExpandable") ? "yes" : "no");
	}
	print_text(pool, "Enforced by", "EnforcedBy");
	print_text(pool, "Slice", "Slice");
	print_text(pool, "Cgroup", "ControlGroup");
	putchar('\n');
}

static int fetch_tree(struct client *client, const char *root, struct json_object **ret)
{
	_cleanup_value_ struct json_object *objects = NULL, *samples = NULL, *pools = NULL,
					   *systems = NULL;
	int status = client_objects(client, &objects);

	if (status == EXIT_OK)
		status = client_fetch(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "GetStatistics",
				      &samples);
	if (status != EXIT_OK)
		return status;
	pools = client_select(objects, CLIENT_POOL);
	systems = client_select(objects, CLIENT_SYSTEM);
	*ret = pool_tree_build(pools, systems, samples, root);
	return *ret ? EXIT_OK
		    : client_complain(client, EXIT_NOT_FOUND, root, NULL, "there is no such pool");
}

/** command_pool_show() - kvrmctl pool show; see command.h */
int command_pool_show(struct client *client, int argc, char **argv)
{
	_cleanup_value_ struct json_object *tree = NULL;
	const char *name;
	int status = command_parse_common(client, argc, argv, 0, 1);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status != EXIT_OK)
		return status;
	name = argv[optind];
	status = fetch_tree(client, name ? name : CLIENT_ROOT_POOL, &tree);
	if (status != EXIT_OK)
		return status;
	if (client->json) {
		print_json(tree);
		return EXIT_OK;
	}
	if (name)
		show_fields(tree);
	pool_tree_print(tree, print_can_lines(), print_can_colours(), stdout);
	return EXIT_OK;
}
