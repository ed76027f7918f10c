// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools and systems as a tree; see pool-tree.h. A pool's members are its systems, then its pools, each
 * by name.
 */
#include <string.h>

#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/pool-tree.h"
#include "tools/kvrmctl/setting.h"
#include "tools/kvrmctl/strokes.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

/* What a tree is made from, all by name but samples, which are by UUID. */
struct source {
	struct json_object *pools;
	struct json_object *systems;
	struct json_object *samples;
};

static struct json_object *copy(struct json_object *properties)
{
	struct json_object *object = json_object_new_object();

	json_object_object_foreach(properties, key, value)
		json_object_object_add(object, key, json_object_get(value));
	return object;
}

static struct json_object *build_system(const struct source *source, struct json_object *system)
{
	static const char *const keys[] = { "CPUUsed", "CPUDemand", "CPUEntitled", "MemoryUsage" };
	struct json_object *sample = value_get(source->samples, value_text(system, "UUID"));
	struct json_object *object = copy(system);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct json_object *value = value_get(sample, keys[i]);

		if (value)
			json_object_object_add(object, keys[i], json_object_get(value));
	}
	return object;
}

static struct json_object *build_pool(const struct source *source, struct json_object *pool)
{
	struct json_object *systems = json_object_new_array(), *pools = json_object_new_array();
	struct json_object *object = copy(pool);
	const char *name = value_text(pool, "Name");

	for (size_t i = 0; i < json_object_array_length(source->systems); i++) {
		struct json_object *system = json_object_array_get_idx(source->systems, i);

		if (!strcmp(value_text(system, "Pool"), name))
			json_object_array_add(systems, build_system(source, system));
	}
	for (size_t i = 0; i < json_object_array_length(source->pools); i++) {
		struct json_object *other = json_object_array_get_idx(source->pools, i);

		/* The root is in no pool, whatever its parent is said to be. */
		if (!strcmp(value_text(other, "Parent"), name) &&
		    !json_object_get_boolean(value_get(other, "Primordial")))
			json_object_array_add(pools, build_pool(source, other));
	}
	json_object_object_add(object, "Systems", systems);
	json_object_object_add(object, "Pools", pools);
	return object;
}

/**
 * pool_tree_build() - make a tree
 * @pools: list of pools with their properties, by name
 * @systems: list of virtual systems, likewise
 * @samples: as GetStatistics of the manager gives them; NULL: none
 * @root: name of the pool at the top
 *
 * Return: the pool with its properties, its Systems (with CPUUsed, CPUDemand, CPUEntitled and MemoryUsage of
 * their samples) and its Pools, each such a pool again; to be freed with json_object_put(). NULL if there is
 * no such pool.
 */
struct json_object *pool_tree_build(struct json_object *pools, struct json_object *systems,
				    struct json_object *samples, const char *root)
{
	const struct source source = { pools, systems, samples };

	for (size_t i = 0; i < json_object_array_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		if (!strcmp(value_text(pool, "Name"), root))
			return build_pool(&source, pool);
	}
	return NULL;
}

static void add_system(struct table *t, struct json_object *system, const char *before,
		       const char *stroke)
{
	/* It takes nothing out of its pool then. */
	bool rests = !strcmp(value_text(system, "State"), "defined");
	char reservation[32];

	reservation_format(value_number(system, "ProcessorReservation"), reservation,
			   sizeof(reservation));
	table_style(t, rests ? TABLE_DIM : TABLE_PLAIN);
	table_add(t, "%s%s%s", before, stroke, value_text(system, "Name"));
	cell_state(t, system);
	table_add(t, rests ? "(%s)" : "%s", reservation);
	cell_limit(t, system, "ProcessorLimit");
	cell_text(t, system, "ProcessorWeight");
	cells_empty(t, 3);
	cell_measured(t, system, "CPUUsed", true);
	cell_measured(t, system, "CPUDemand", true);
	cell_measured(t, system, "CPUEntitled", true);
}

static void add_pool(struct table *t, struct json_object *pool, const char *before,
		     const char *stroke)
{
	/* Without the module they are 0, which says nothing. */
	bool measured = !strcmp(value_text(pool, "EnforcedBy"), "module");
	bool primordial = json_object_get_boolean(value_get(pool, "Primordial"));
	bool lacks = value_number(pool, "ProcessorShortfall");

	table_style(t, lacks ? TABLE_LOUD : TABLE_PLAIN);
	table_add(t, "%s%s%s%s", before, stroke, value_text(pool, "Name"), lacks ? " (!)" : "");
	table_add(t, "pool");
	if (primordial) {
		cells_empty(t, 3);
	} else {
		cell_reservation(t, pool, "ProcessorReservation");
		cell_limit(t, pool, "ProcessorLimit");
		cell_text(t, pool, "ProcessorWeight");
	}
	cell_reservation(t, pool, "ProcessorCapacity");
	cell_reservation(t, pool, "ProcessorReserved");
	cell_reservation(t, pool, "ProcessorUnreserved");
	cell_measured(t, pool, "ProcessorUsed", measured);
	cell_measured(t, pool, "ProcessorDemand", measured);
	cell_measured(t, pool, "ProcessorEntitled", measured);
}

static void add_memory_system(struct table *t, struct json_object *system, const char *before,
			      const char *stroke)
{
	bool rests = !strcmp(value_text(system, "State"), "defined");
	uint64_t reservation = value_number(system, "MemoryReservation");
	char wanted[32], taken[32], used[32];

	bytes_format(reservation, wanted, sizeof(wanted));
	bytes_format(reservation + value_number(system, "MemoryOverhead"), taken, sizeof(taken));
	bytes_format(value_number(system, "MemoryUsage"), used, sizeof(used));
	table_style(t, rests ? TABLE_DIM : TABLE_PLAIN);
	table_add(t, "%s%s%s", before, stroke, value_text(system, "Name"));
	cell_state(t, system);
	cell_bytes(t, system, "Memory");
	table_add(t, rests ? "(%s)" : "%s", wanted);
	cells_empty(t, 1);
	table_add(t, "%s", rests ? "-" : taken);
	cells_empty(t, 1);
	table_add(t, "%s", value_get(system, "MemoryUsage") ? used : "-");
}

static void add_memory_pool(struct table *t, struct json_object *pool, const char *before,
			    const char *stroke)
{
	bool lacks = value_number(pool, "MemoryShortfall");

	table_style(t, lacks ? TABLE_LOUD : TABLE_PLAIN);
	table_add(t, "%s%s%s%s", before, stroke, value_text(pool, "Name"), lacks ? " (!)" : "");
	table_add(t, "pool");
	cells_empty(t, 1);
	if (json_object_get_boolean(value_get(pool, "Primordial")))
		cells_empty(t, 1);
	else
		cell_bytes(t, pool, "MemoryReservation");
	cell_bytes(t, pool, "MemoryCapacity");
	cell_bytes(t, pool, "MemoryReserved");
	cell_bytes(t, pool, "MemoryUnreserved");
	cell_bytes(t, pool, "MemoryUsed");
}

/* How the lines of one resource are made. */
struct rows {
	void (*system)(struct table *t, struct json_object *system, const char *before,
		       const char *stroke);
	void (*pool)(struct table *t, struct json_object *pool, const char *before,
		     const char *stroke);
};

static const struct rows cpu_rows = { add_system, add_pool };
static const struct rows memory_rows = { add_memory_system, add_memory_pool };

static void add_members(struct table *t, struct json_object *pool, const struct rows *rows,
			const struct strokes *strokes, const char *before)
{
	struct json_object *systems = value_get(pool, "Systems"), *pools = value_get(pool, "Pools");
	size_t n_systems = json_object_array_length(systems);
	size_t n = n_systems + json_object_array_length(pools);

	for (size_t i = 0; i < n; i++) {
		const char *stroke = i + 1 == n ? strokes->last : strokes->member;
		_cleanup_free_ char *below = NULL;
		struct json_object *inner;

		if (i < n_systems) {
			rows->system(t, json_object_array_get_idx(systems, i), before, stroke);
			continue;
		}
		inner = json_object_array_get_idx(pools, i - n_systems);
		rows->pool(t, inner, before, stroke);
		below = format_text("%s%s", before, i + 1 == n ? strokes->blank : strokes->past);
		add_members(t, inner, rows, strokes, below);
	}
}

static void print_shortfall(struct json_object *pool, const char *amount, const char *what,
			    bool colours, FILE *file)
{
	fprintf(file,
		"%sSHORTFALL: pool %s lacks %s%s for what is reserved in it; not all "
		"reservations below it can be kept%s\n",
		colours ? "\033[1;31m" : "", value_text(pool, "Name"), amount, what,
		colours ? "\033[0m" : "");
}

/* The guarantees are worth nothing then, so whoever looks must see it. */
static void print_shortfalls(struct json_object *pool, bool colours, FILE *file)
{
	struct json_object *pools = value_get(pool, "Pools");
	uint64_t cpu_us = value_number(pool, "ProcessorShortfall");
	uint64_t memory = value_number(pool, "MemoryShortfall");
	char text[32];

	if (cpu_us) {
		reservation_format(cpu_us, text, sizeof(text));
		print_shortfall(pool, text, "", colours, file);
	}
	if (memory) {
		bytes_format(memory, text, sizeof(text));
		print_shortfall(pool, text, " of memory", colours, file);
	}
	for (size_t i = 0; i < json_object_array_length(pools); i++)
		print_shortfalls(json_object_array_get_idx(pools, i), colours, file);
}

/**
 * pool_tree_print() - draw a tree, of the processors and then of memory, with a line for each shortfall below it
 * @tree: from pool_tree_build()
 * @lines: with characters for lines, in UTF-8; else in ASCII
 * @colours: systems that do not run dim, shortfalls red
 * @file: where to
 */
void pool_tree_print(struct json_object *tree, bool lines, bool colours, FILE *file)
{
	static const char *const header[] = { "NAME",	 "STATE",     ">RESERVATION", ">LIMIT",
					      ">WEIGHT", ">CAPACITY", ">RESERVED",    ">UNRESERVED",
					      ">USED",	 ">DEMAND",   ">ENTITLED" };
	static const char *const memory_header[] = { "MEMORY",	     "STATE",	  ">SIZE",
						     ">RESERVATION", ">CAPACITY", ">RESERVED",
						     ">UNRESERVED",  ">USED" };
	const struct strokes *strokes = lines ? &line_strokes : &ascii_strokes;
	_cleanup_table_ struct table t = { .columns = 11, .header = header, .colours = colours };
	_cleanup_table_ struct table memory = { .columns = 8,
						.header = memory_header,
						.colours = colours };

	add_pool(&t, tree, "", "");
	add_members(&t, tree, &cpu_rows, strokes, "");
	table_print(&t, file);
	fputc('\n', file);
	add_memory_pool(&memory, tree, "", "");
	add_members(&memory, tree, &memory_rows, strokes, "");
	table_print(&memory, file);
	print_shortfalls(tree, colours, file);
}
