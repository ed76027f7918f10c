/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates shown once or again and again: what stats, nic stats, disk stats and uplink stats have in common.
 */
#ifndef KVRMCTL_STATS_H
#define KVRMCTL_STATS_H

#include <stddef.h>

#include "tools/kvrmctl/command.h"

struct json_object;
struct look;
struct nic_rates;
struct rates;
struct table;

/**
 * struct frame - what is shown at once
 * @client: says whether as JSON
 * @before: earlier look
 * @after: later look
 * @names: systems, or uplinks, asked for; empty: all
 */
struct frame {
	struct client *client;
	const struct look *before;
	const struct look *after;
	char **names;
};

/* Adds the rows of a system to @t, or to @rows if they are shown as JSON. */
typedef void stats_show_system(const struct frame *frame, struct json_object *system,
			       struct table *t, struct json_object *rows);
/* Adds all rows, likewise. */
typedef void stats_show_all(const struct frame *frame, struct table *t, struct json_object *rows);
/* Complains of a name that nothing has. Return: EXIT_OK or EXIT_NOT_FOUND. */
typedef int stats_check_names(struct client *client, char *const *names, const struct look *look);

/**
 * struct stats_kind - rows of one kind: of systems, of parts of them, or of uplinks
 * @header: of the table's columns
 * @columns: how many
 * @show: adds the rows of a system
 * @show_all: adds all rows, instead; NULL: @show does, of each system that is asked for
 * @check_names: of what is asked for; NULL: names are those of systems
 */
struct stats_kind {
	const char *const *header;
	size_t columns;
	stats_show_system *show;
	stats_show_all *show_all;
	stats_check_names *check_names;
};

extern const struct stats_kind vcpu_stats, nic_stats, disk_stats, uplink_stats;

void stats_show(const struct frame *frame, const struct stats_kind *kind);
struct json_object *stats_object(struct json_object *system, const struct rates *rates);
void stats_add_number(struct json_object *object, const char *key, double value);
void stats_add_flow(struct json_object *object, const struct nic_rates *rates);
void stats_add_mbit(struct table *t, double bytes_per_s);
void stats_add_held(struct table *t, const struct nic_rates *rates);
int stats_run(struct client *client, int argc, char **argv, const struct stats_kind *kind);

#endif
