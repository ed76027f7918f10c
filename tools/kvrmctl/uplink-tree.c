// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uplinks and what is on them as trees; see uplink-tree.h. Members are NICs, then parts, as their uplink lists them.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/direction.h"
#include "tools/kvrmctl/strokes.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/uplink-tree.h"
#include "tools/kvrmctl/value.h"

/* What a tree is made from: lists with properties, and samples by UUID. */
struct source {
	struct json_object *uplinks;
	struct json_object *systems;
	struct json_object *samples;
};

static struct json_object *find_named(struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *object = json_object_array_get_idx(list, i);

		if (!strcmp(value_text(object, "Name"), name))
			return object;
	}
	return NULL;
}

static void add_all(struct json_object *object, struct json_object *properties)
{
	json_object_object_foreach(properties, key, value)
		json_object_object_add(object, key, json_object_get(value));
}

static struct json_object *element(struct json_object *object, const char *key, size_t index)
{
	struct json_object *list = value_get(object, key);

	return list && index < json_object_array_length(list)
		       ? json_object_array_get_idx(list, index)
		       : NULL;
}

/* @member: "SYSTEM/INDEX". Return: NULL if it has vanished meanwhile. */
static struct json_object *build_nic(const struct source *source, const char *member)
{
	const char *slash = strrchr(member, '/');
	_cleanup_free_ char *name = strndup(member, slash ? (size_t)(slash - member) : 0);
	size_t index = slash ? strtoul(slash + 1, NULL, 10) : 0;
	struct json_object *system = name ? find_named(source->systems, name) : NULL;
	struct json_object *nic = element(system, "NICs", index);
	struct json_object *object;

	if (!nic)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "System", json_object_new_string(name));
	json_object_object_add(object, "UUID", json_object_new_string(value_text(system, "UUID")));
	json_object_object_add(object, "NIC", json_object_new_uint64(index));
	json_object_object_add(object, "State",
			       json_object_new_string(value_text(system, "State")));
	add_all(object, nic);
	nic = element(value_get(source->samples, value_text(system, "UUID")), "NICs", index);
	if (nic)
		add_all(object, nic);
	return object;
}

static struct json_object *build_uplink(const struct source *source, struct json_object *uplink)
{
	struct json_object *nics = json_object_new_array(), *parts = json_object_new_array();
	struct json_object *members = value_get(uplink, "Members");
	struct json_object *object = json_object_new_object();

	add_all(object, uplink);
	for (size_t i = 0; members && i < json_object_array_length(members); i++) {
		const char *member = json_object_get_string(json_object_array_get_idx(members, i));
		struct json_object *found = NULL;

		if (!strncmp(member, "nic/", 4))
			found = build_nic(source, member + 4);
		if (found)
			json_object_array_add(nics, found);
		if (!strncmp(member, "uplink/", 7))
			found = find_named(source->uplinks, member + 7);
		else
			found = NULL;
		if (found)
			json_object_array_add(parts, build_uplink(source, found));
	}
	json_object_object_add(object, "NICs", nics);
	json_object_object_add(object, "Parts", parts);
	return object;
}

/**
 * uplink_tree_build() - make trees
 * @uplinks: list of uplinks and parts with their properties, by name
 * @systems: list of virtual systems, likewise
 * @samples: as GetStatistics of the manager gives them; NULL: none
 * @root: name of the uplink or part at the top; NULL: all uplinks
 *
 * Return: a list of uplinks with their properties, their NICs (with System, UUID, NIC, State, what is known of each,
 * and what was measured) and their Parts, each such an uplink again; to be freed with json_object_put(). It is empty if
 * there is none.
 */
struct json_object *uplink_tree_build(struct json_object *uplinks, struct json_object *systems,
				      struct json_object *samples, const char *root)
{
	const struct source source = { uplinks, systems, samples };
	struct json_object *trees = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(uplinks); i++) {
		struct json_object *uplink = json_object_array_get_idx(uplinks, i);

		if (root ? !strcmp(value_text(uplink, "Name"), root)
			 : !*value_text(uplink, "Parent"))
			json_object_array_add(trees, build_uplink(&source, uplink));
	}
	return trees;
}

static void walk(const struct uplink_line *line, const char *below, const struct strokes *strokes,
		 uplink_tree_visit *visit, void *data)
{
	struct json_object *nics = value_get(line->object, "NICs");
	struct json_object *parts = value_get(line->object, "Parts");
	size_t n_nics, n;

	visit(line, data);
	if (line->nic)
		return;
	n_nics = json_object_array_length(nics);
	n = n_nics + json_object_array_length(parts);
	for (size_t i = 0; i < n; i++) {
		const bool last = i + 1 == n, nic = i < n_nics;
		_cleanup_free_ char *next =
			format_text("%s%s", below, last ? strokes->blank : strokes->past);
		const struct uplink_line member = {
			.object = nic ? json_object_array_get_idx(nics, i)
				      : json_object_array_get_idx(parts, i - n_nics),
			.nic = nic,
			.before = below,
			.stroke = last ? strokes->last : strokes->member,
		};

		walk(&member, next, strokes, visit, data);
	}
}

/**
 * uplink_tree_walk() - visit all lines of a tree, from the top
 * @tree: of those from uplink_tree_build()
 * @strokes: what it is drawn with
 * @visit: called for each
 * @data: for it
 */
void uplink_tree_walk(struct json_object *tree, const struct strokes *strokes,
		      uplink_tree_visit *visit, void *data)
{
	const struct uplink_line line = { .object = tree, .before = "", .stroke = "" };

	walk(&line, "", strokes, visit, data);
}

/**
 * uplink_tree_rests() - whether a NIC takes nothing out of its uplink, as its system does not run
 * @line: line
 *
 * Return: whether; false of uplinks and parts.
 */
bool uplink_tree_rests(const struct uplink_line *line)
{
	return line->nic && !strcmp(value_text(line->object, "State"), "defined");
}

/**
 * uplink_tree_cell() - begin a line of a table with its place in the tree
 * @t: table
 * @line: line
 * @loud: it lacks something
 */
void uplink_tree_cell(struct table *t, const struct uplink_line *line, bool loud)
{
	table_style(t, loud ? TABLE_LOUD : uplink_tree_rests(line) ? TABLE_DIM : TABLE_PLAIN);
	if (line->nic)
		table_add(t, "%s%s%s NIC %s", line->before, line->stroke,
			  value_text(line->object, "System"), value_text(line->object, "NIC"));
	else
		table_add(t, "%s%s%s%s", line->before, line->stroke,
			  value_text(line->object, "Name"), loud ? " (!)" : "");
}

/* How one direction is drawn. */
struct drawing {
	struct table *table;
	const struct direction *direction;
};

static void add_nic(const struct drawing *d, const struct uplink_line *line)
{
	struct json_object *nic = line->object;
	struct table *t = d->table;
	char reservation[32];

	rate_cell_format(direction_number(nic, d->direction, "Reservation"), reservation,
			 sizeof(reservation));
	uplink_tree_cell(t, line, false);
	cell_text(t, nic, "State");
	table_add(t, uplink_tree_rests(line) ? "(%s)" : "%s", reservation);
	cell_rate_limit(t, nic, direction_key(d->direction, "Limit"));
	cell_text(t, nic, direction_key(d->direction, "Weight"));
	cells_empty(t, 3);
	cell_rate_measured(t, nic, direction_key(d->direction, "Used"), true);
	cell_rate_measured(t, nic, direction_key(d->direction, "Demand"), true);
	cell_rate_measured(t, nic, direction_key(d->direction, "Entitled"), true);
}

static void add_uplink(const struct drawing *d, const struct uplink_line *line)
{
	struct json_object *uplink = line->object;
	/* Without the module they are 0, which says nothing. */
	bool measured = *value_text(uplink, "EnforcedBy");
	bool part = *value_text(uplink, "Parent");
	struct table *t = d->table;

	uplink_tree_cell(t, line, direction_number(uplink, d->direction, "Shortfall"));
	table_add(t, "%s", part ? "part" : "uplink");
	if (part) {
		cell_rate(t, uplink, direction_key(d->direction, "Reservation"));
		cell_rate_limit(t, uplink, direction_key(d->direction, "Limit"));
		cell_text(t, uplink, direction_key(d->direction, "Weight"));
	} else {
		cells_empty(t, 3);
	}
	cell_rate(t, uplink, direction_key(d->direction, "Capacity"));
	cell_rate(t, uplink, direction_key(d->direction, "Reserved"));
	cell_rate(t, uplink, direction_key(d->direction, "Unreserved"));
	cell_rate_measured(t, uplink, direction_key(d->direction, "Used"), measured);
	cell_rate_measured(t, uplink, direction_key(d->direction, "Demand"), measured);
	cell_rate_measured(t, uplink, direction_key(d->direction, "Entitled"), measured);
}

static void add_line(const struct uplink_line *line, void *data)
{
	if (line->nic)
		add_nic(data, line);
	else
		add_uplink(data, line);
}

static void print_direction(struct json_object *trees, const struct direction *direction,
			    const char *title, const struct strokes *strokes, bool colours,
			    FILE *file)
{
	const char *const header[] = { title,	  "STATE",     ">RESERVATION", ">LIMIT",
				       ">WEIGHT", ">CAPACITY", ">RESERVED",    ">UNRESERVED",
				       ">USED",	  ">DEMAND",   ">ENTITLED" };
	_cleanup_table_ struct table t = { .columns = 11, .header = header, .colours = colours };
	struct drawing d = { .table = &t, .direction = direction };

	for (size_t i = 0; i < json_object_array_length(trees); i++)
		uplink_tree_walk(json_object_array_get_idx(trees, i), strokes, add_line, &d);
	table_print(&t, file);
}

/**
 * uplink_tree_print() - draw trees, of what guests receive and then of what they send
 * @trees: from uplink_tree_build()
 * @lines: with characters for lines, in UTF-8; else in ASCII
 * @colours: NICs of systems that do not run dim, shortfalls red
 * @file: where to
 */
void uplink_tree_print(struct json_object *trees, bool lines, bool colours, FILE *file)
{
	const struct strokes *strokes = lines ? &line_strokes : &ascii_strokes;

	print_direction(trees, &nic_directions[0], "TO GUESTS", strokes, colours, file);
	fputc('\n', file);
	print_direction(trees, &nic_directions[1], "FROM GUESTS", strokes, colours, file);
}
