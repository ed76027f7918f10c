// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uplinks and what is on them as trees; see uplink-tree.h. Members are NICs, then parts, as their uplink lists them.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/kvrmctl/cell.h"
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
 * Return: a list of uplinks with their properties, their NICs (with System, NIC, State, what is known of each, and
 * what was measured) and their Parts, each such an uplink again; to be freed with json_object_put(). It is empty if
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

/* How one direction is drawn. */
struct drawing {
	struct table *table;
	const char *prefix;
	const struct strokes *strokes;
};

/* A property of the direction. Valid until the next call. */
static const char *key_of(const struct drawing *d, const char *rest)
{
	static char key[64];

	snprintf(key, sizeof(key), "%s%s", d->prefix, rest);
	return key;
}

static void add_nic(const struct drawing *d, struct json_object *nic, const char *before,
		    const char *stroke)
{
	/* It takes nothing out of its uplink then. */
	bool rests = !strcmp(value_text(nic, "State"), "defined");
	struct table *t = d->table;
	char reservation[32];

	rate_cell_format(value_number(nic, key_of(d, "Reservation")), reservation,
			 sizeof(reservation));
	table_style(t, rests ? TABLE_DIM : TABLE_PLAIN);
	table_add(t, "%s%s%s NIC %s", before, stroke, value_text(nic, "System"),
		  value_text(nic, "NIC"));
	cell_text(t, nic, "State");
	table_add(t, rests ? "(%s)" : "%s", reservation);
	cell_rate_limit(t, nic, key_of(d, "Limit"));
	cell_text(t, nic, key_of(d, "Weight"));
	cells_empty(t, 3);
	cell_rate_measured(t, nic, key_of(d, "Used"), true);
	cell_rate_measured(t, nic, key_of(d, "Demand"), true);
	cell_rate_measured(t, nic, key_of(d, "Entitled"), true);
}

static void add_uplink(const struct drawing *d, struct json_object *uplink, const char *before,
		       const char *stroke)
{
	/* Without the module they are 0, which says nothing. */
	bool measured = *value_text(uplink, "EnforcedBy");
	bool lacks = value_number(uplink, key_of(d, "Shortfall"));
	bool part = *value_text(uplink, "Parent");
	struct table *t = d->table;

	table_style(t, lacks ? TABLE_LOUD : TABLE_PLAIN);
	table_add(t, "%s%s%s%s", before, stroke, value_text(uplink, "Name"), lacks ? " (!)" : "");
	table_add(t, "%s", part ? "part" : "uplink");
	if (part) {
		cell_rate(t, uplink, key_of(d, "Reservation"));
		cell_rate_limit(t, uplink, key_of(d, "Limit"));
		cell_text(t, uplink, key_of(d, "Weight"));
	} else {
		cells_empty(t, 3);
	}
	cell_rate(t, uplink, key_of(d, "Capacity"));
	cell_rate(t, uplink, key_of(d, "Reserved"));
	cell_rate(t, uplink, key_of(d, "Unreserved"));
	cell_rate_measured(t, uplink, key_of(d, "Used"), measured);
	cell_rate_measured(t, uplink, key_of(d, "Demand"), measured);
	cell_rate_measured(t, uplink, key_of(d, "Entitled"), measured);
}

static void add_members(const struct drawing *d, struct json_object *uplink, const char *before)
{
	struct json_object *nics = value_get(uplink, "NICs"), *parts = value_get(uplink, "Parts");
	size_t n_nics = json_object_array_length(nics);
	size_t n = n_nics + json_object_array_length(parts);

	for (size_t i = 0; i < n; i++) {
		const char *stroke = i + 1 == n ? d->strokes->last : d->strokes->member;
		_cleanup_free_ char *below = NULL;
		struct json_object *part;

		if (i < n_nics) {
			add_nic(d, json_object_array_get_idx(nics, i), before, stroke);
			continue;
		}
		part = json_object_array_get_idx(parts, i - n_nics);
		add_uplink(d, part, before, stroke);
		below = format_text("%s%s", before,
				    i + 1 == n ? d->strokes->blank : d->strokes->past);
		add_members(d, part, below);
	}
}

static void print_direction(struct json_object *trees, const char *prefix, const char *title,
			    const struct strokes *strokes, bool colours, FILE *file)
{
	const char *const header[] = { title,	  "STATE",     ">RESERVATION", ">LIMIT",
				       ">WEIGHT", ">CAPACITY", ">RESERVED",    ">UNRESERVED",
				       ">USED",	  ">DEMAND",   ">ENTITLED" };
	_cleanup_table_ struct table t = { .columns = 11, .header = header, .colours = colours };
	const struct drawing d = { .table = &t, .prefix = prefix, .strokes = strokes };

	for (size_t i = 0; i < json_object_array_length(trees); i++) {
		struct json_object *tree = json_object_array_get_idx(trees, i);

		add_uplink(&d, tree, "", "");
		add_members(&d, tree, "");
	}
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

	print_direction(trees, "ToGuest", "TO GUESTS", strokes, colours, file);
	fputc('\n', file);
	print_direction(trees, "FromGuest", "FROM GUESTS", strokes, colours, file);
}
